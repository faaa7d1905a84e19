"""Finding and reading what is to be loaded: files and folders, several at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iam.arn import is_account_id
from iam.entities import ManagedPolicy, Organization, Resource
from iam.estate import Estate
from loader.companions import Refused, read_identity_center, read_manifest
from loader.credentials import read_credentials
from loader.details import Details, read_details
from loader.managed import complete_policies
from loader.normalise import account_from_details
from loader.organization import ReadOrganization, read_organization
from loader.outsiders import outsiders_of
from loader.problems import BadInput, Report
from loader.progress import Progress, Silent
from loader.resources import read_resources

DETAILS = "authorization-details.json"
CREDENTIALS = "credential-report.csv"
RESOURCES = "resources.json"
ORGANIZATION = "organization.json"
IDENTITY_CENTER = "identity-center.json"
MANIFEST = "manifest.json"
NAMES = (DETAILS, CREDENTIALS, RESOURCES, ORGANIZATION, IDENTITY_CENTER, MANIFEST)


@dataclass(slots=True)
class Loaded:
    """What was read: an estate, the texts of its policies' documents by policy id, and what else nodes show
    (properties by the id of an account, unit or organization). `files` counts the files read.
    """

    estate: Estate
    texts: dict[str, str] = field(default_factory=dict)
    extras: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: int = 0


@dataclass(frozen=True, slots=True)
class _Source:
    """A file, what it holds (one of `NAMES`), and the account id that its folder gives.

    `above` marks the manifest of the collection that a folder is part of.
    """

    kind: str
    path: Path
    account: str
    above: bool = False


def read_sources(
    paths: Sequence[str | Path],
    report: Report,
    *,
    progress: Progress | None = None,
    aws_policies: Callable[[], Mapping[str, ManagedPolicy]] = dict,
) -> Loaded:
    """Read files and folders into one estate, outsiders included.

    `aws_policies` gives the managed policies of AWS that are known from before, by ARN; it is called when all
    files are read. Warnings and what is missing go to the report. Raises `BadInput` for the first thing that
    makes loading impossible.
    """
    progress = progress or Silent()
    sources = list(_found(paths))
    progress.step("read", len(sources))
    reader = _Reader(report)
    for source in sources:
        reader.read(source)
        progress.advance()
    return reader.finish(aws_policies(), len(sources))


def _found(paths: Sequence[str | Path]) -> Iterator[_Source]:
    seen: set[Path] = set()
    if not paths:
        raise BadInput("", "", "nothing to load was named", "Name a file or a folder")
    for given in map(Path, paths):
        sources = _in_folder(given) if given.is_dir() else [_source(given)]
        if not sources:
            raise BadInput(
                given, "", f"no export in this folder or below: none of {', '.join(NAMES[:4])}",
                "Name the file itself, or a folder that `iamatlas collect` wrote",
            )  # fmt: skip
        for source in sources:
            real = source.path.resolve()
            if real not in seen:
                seen.add(real)
                yield source


def _in_folder(folder: Path) -> list[_Source]:
    found = []
    for where, folders, files in os.walk(folder):
        folders.sort()
        found += [_source(Path(where, name)) for name in sorted(files) if _kind(name)]
    return [*found, *_manifest_above(folder)] if found else []


def _manifest_above(folder: Path) -> list[_Source]:
    """The manifest beside `accounts/`, for one account's folder in it: it says what is missing there."""
    whole = folder.absolute().parent
    path = whole.parent / MANIFEST
    if whole.name == "accounts" and is_account_id(folder.absolute().name) and path.is_file():
        return [_Source(MANIFEST, path, "", above=True)]
    return []


def _kind(name: str) -> str:
    plain = name.lower().removesuffix(".gz")
    return plain if plain in NAMES else ""


def _source(path: Path) -> _Source:
    kind = _kind(path.name) or (CREDENTIALS if path.suffix.lower() == ".csv" else DETAILS)
    folder = path.absolute().parent.name
    known = bool(_kind(path.name)) and is_account_id(folder)
    return _Source(kind, path, folder if known else "")


class _Reader:
    """Takes in one file after the other, and puts the accounts together at the end."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.details: dict[str, Details] = {}
        self.resources: dict[str, dict[str, Resource]] = {}
        self.credentials: dict[str, dict[str, dict[str, Any]]] = {}
        self.of: dict[tuple[str, str], Path] = {}
        self.texts: dict[str, str] = {}
        self.organization: ReadOrganization | None = None
        self.refused: list[Refused] = []

    def read(self, source: _Source) -> None:
        path, account = source.path, source.account
        if source.kind == DETAILS:
            details = read_details(path, account, self.report)
            known = self.details.get(details.account)
            if known is None:
                self.details[details.account] = details
            else:
                known.merge(details, self.report)
        elif source.kind == RESOURCES:
            account, resources, texts = read_resources(path, account, self.report)
            if account:
                self.once("resources", account, path)
                self.resources[account] = resources
                self.texts.update(texts)
        elif source.kind == CREDENTIALS:
            account, credentials = read_credentials(path, account)
            if account:
                self.once("credentials", account, path)
                self.credentials[account] = credentials
        elif source.kind == ORGANIZATION:
            self.once("organization", "", path)
            self.organization = read_organization(path, self.report)
            self.texts.update(self.organization.texts)
        elif source.kind == MANIFEST:
            self.refused_by(source)
        else:
            read_identity_center(path, self.report)

    def refused_by(self, source: _Source) -> None:
        """Note what a manifest says was refused; of a collection's, what concerns the accounts loaded."""
        for each in read_manifest(source.path):
            if not source.above or not each.account or each.account in self.details:
                self.refused.append(each)
                self.report.lacks(each.account, each.text)

    def once(self, what: str, account: str, path: Path) -> None:
        """Refuse a second file of what there can be one of."""
        key = (what, account)
        if key in self.of:
            raise BadInput(path, "", f"a second {what} file{f' of account {account}' if account else ''}, "
                           f"beside {self.of[key]}", "Keep the newer one")  # fmt: skip
        self.of[key] = path

    def finish(self, aws_policies: Mapping[str, ManagedPolicy], files: int) -> Loaded:
        for (_, account_id), path in self.of.items():
            if account_id and account_id not in self.details:
                raise BadInput(
                    path, "", f"account {account_id} has no authorization details among what is loaded",
                    f"Load it together with the account's {DETAILS}",
                )  # fmt: skip
        read = self.organization
        organization = read.organization if read else None
        names = organization.account_names if organization else {}
        accounts = {}
        for account_id, details in sorted(self.details.items()):
            account = account_from_details(
                details, self.resources.get(account_id), self.credentials.get(account_id), self.report
            )
            account.name = names.get(account_id, "")
            refused = (each for each in self.refused if each.account in ("", account_id))
            account.unread_services = tuple(sorted({each.service for each in refused if each.service}))
            accounts[account_id] = account
            self.texts.update(details.texts)
        complete_policies(accounts, self.texts, aws_policies, self.report)
        self.lacking(accounts, organization)
        if not accounts and organization is None:
            raise BadInput(
                next(iter(self.of.values()), ""), "", "no account and no organization to load",
                f"Load an account's {DETAILS}",
            )  # fmt: skip
        estate = Estate(accounts=accounts, organization=organization, outsiders=outsiders_of(accounts))
        return Loaded(estate, self.texts, read.extras if read else {}, files)

    def lacking(self, accounts: Iterable[str], organization: Organization | None) -> None:
        for account in accounts:
            if self.details[account].cut_off:
                self.report.lacks(
                    account,
                    "the export says that more pages follow (IsTruncated): part of it is missing",
                )
            if account not in self.resources:
                self.report.lacks(account, "no resources.json: resources' policies, and what runs with roles")
            if account not in self.credentials:
                self.report.lacks(account, "no credential-report.csv: passwords, MFA devices and access keys")
            if organization is not None and account not in organization.parents:
                self.report.lacks(account, "it is not in the organization that was loaded: its SCPs and RCPs")

"""Loading: read what is named, derive what follows, and write it, all or nothing."""

from __future__ import annotations

import gc
import secrets
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from graph.connection import Database, DatabaseUnavailable
from graph.entities import (
    Change,
    catalogue_is_current,
    document_text,
    read_aws_policies,
    read_estate,
    update_standings,
    write_assumptions,
    write_catalogue,
    write_change,
    write_escalations,
)
from graph.schema import CHANGE, ensure_schema
from graph.sequence import Overtaken, current, load_transaction
from graph.write import create_nodes
from iam import catalogue
from iam.derivation import DERIVATION
from iam.entities import Account, ManagedPolicy, PrincipalType
from iam.estate import Estate
from loader.deriving import MOST_FOR_ALL, MOST_FOR_BEST, Deriving
from loader.escalate import Kept
from loader.lint import Marks, policy_marks, renew_strangers
from loader.managed import uses
from loader.outsiders import outsiders_of, trusts_of
from loader.problems import Report, Warned
from loader.progress import Progress, Silent
from loader.sources import Loaded, read_sources

T = TypeVar("T")

SWITCH_SECONDS = 0.0005
ATTEMPTS = 5
"""So often a load starts anew when others are committed meanwhile."""


@dataclass(slots=True)
class LoadSummary:
    """What a load did. `counts` are of what was loaded, by kind in words (`users`, `can assume`).

    `seconds` are those of the steps: read, catalogue (next to none where it is there), derive (what has to be
    worked out before), and write, while which the rest is derived.
    `others` are the accounts that the database holds beside those loaded.
    """

    accounts: list[str] = field(default_factory=list)
    organization: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    warnings: list[Warned] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)


def load(database: Database, paths: Sequence[str | Path], progress: Progress | None = None) -> LoadSummary:
    """Load files and folders; the accounts in them replace what the graph held of them.

    Everything is one transaction: a load that fails or is killed leaves the graph as it was. Where another load
    is committed meanwhile, it starts anew. Raises `BadInput` for input that can't be loaded, and
    `graph.connection.DatabaseUnavailable`.
    """
    with _uncollected():
        return _unless_overtaken(lambda: _load(database, paths, progress or Silent()))


def _unless_overtaken(work: Callable[[], T]) -> T:
    """What it returns, once no other load was committed meanwhile: it goes by what was in the graph before."""
    for _ in range(ATTEMPTS):
        try:
            return work()
        except Overtaken:
            continue
    raise DatabaseUnavailable("Other loads keep being committed. Load again when they are done.")


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for unreachable objects, as what a load makes stays until its end; turns are short.

    Looking through an account of 5,000 principals again and again takes longer than to decide who can assume
    what in it. While one thread derives, the one that writes would wait 5 ms for its turn at each word with the
    server, and the server with it.
    """
    was_on, interval = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        if was_on:
            gc.enable()


def _load(database: Database, paths: Sequence[str | Path], progress: Progress) -> LoadSummary:
    watch = _Watch()
    report = Report()
    known: dict[str, ManagedPolicy] = {}

    def aws_policies() -> dict[str, ManagedPolicy]:
        ensure_schema(database)
        known.update(read_aws_policies(database))
        return known

    since = current(database)
    with watch.step("read"):
        loaded = read_sources(paths, report, progress=progress, aws_policies=aws_policies)
    if _catalogue(database, progress, watch):
        since += 2
    estate = loaded.estate
    with watch.step("derive"):
        progress.step("derive")
        merged, changed_policies = _merged(database, loaded, known, report)
        concerned = None if estate.organization else _concerned(merged, estate.accounts, changed_policies)
        deriving = Deriving(merged, concerned, lambda: _marks(loaded, merged))
    counts = {account.id: _counts(account) for account in estate.accounts.values()}
    change = Change(
        estate=merged,
        accounts=estate.accounts.keys(),
        organization=estate.organization is not None,
        texts=loaded.texts,
        extras=loaded.extras,
        loads=[_load_row(account, counts[account.id], report) for account in estate.accounts.values()],
        trusts=_trusts(merged, estate.accounts),
        aws_policies=[policy for arn, policy in _aws_policies(estate).items() if arn in changed_policies],
        marks=deriving.marks.result,
        administrators=deriving.administrators,
        concerned=concerned,
    )
    total: dict[str, int] = {"accounts": len(estate.accounts)}
    for each in counts.values():
        for name, number in each.items():
            total[name] = total.get(name, 0) + number
    entry = _entry("load", list(estate.accounts), [Path(path).absolute().name for path in paths], total)
    with watch.step("write"):
        _write(database, change, deriving, entry, since, progress)
    assumed, escalated = deriving.assumptions.result(), deriving.escalations.result()
    if escalated.kept is not Kept.ALL:
        report.lacks("", _LEFT_OUT[escalated.kept])
    if escalated.truncated:
        report.lacks("", "changed principals were followed up to a limit of steps: there may be more ways up")
    if merged.organization is None:
        # Not kept with the accounts: an organization may be loaded later.
        report.lacks("", "no organization.json: what SCPs and RCPs take away is not known")
    total["can assume"] = len(assumed)
    total["can escalate"] = len(escalated.edges)
    return LoadSummary(
        accounts=list(estate.accounts),
        organization=estate.organization.id if estate.organization else "",
        counts=total,
        warnings=report.warnings,
        missing=report.missing(),
        seconds=watch.seconds,
        others=[each for each in merged.accounts if each not in estate.accounts],
    )


def remove_account(database: Database, account: str, progress: Progress | None = None) -> bool:
    """Take an account out of the graph, all or nothing; False where it wasn't loaded.

    Principals of it that other accounts' policies name stay, as ones that aren't loaded.
    """
    ensure_schema(database)
    with _uncollected():
        return _unless_overtaken(lambda: _remove(database, account, progress or Silent()))


def _remove(database: Database, account: str, progress: Progress) -> bool:
    since = current(database)
    merged = read_estate(database)
    if account not in merged.accounts:
        return False
    del merged.accounts[account]
    merged.outsiders = outsiders_of(merged.accounts)
    deriving = Deriving(merged, [account])
    change = Change(
        estate=merged,
        accounts=[account],
        trusts=_trusts(merged, [account]),
        marks=deriving.marks.result,
        administrators=deriving.administrators,
        concerned=[account],
    )
    _write(database, change, deriving, _entry("removal", [account]), since, progress)
    return True


_LEFT_OUT = {
    Kept.BEST_WAYS: (
        f"with more than {MOST_FOR_ALL} users and roles the graph keeps each one's best way to an administrator; "
        "`iamatlas paths` finds the others when asked"
    ),
    Kept.ADMINISTRATORS: (
        f"escalation is kept in the graph for up to {MOST_FOR_BEST} users and roles; "
        "`iamatlas paths` works it out when asked"
    ),
}


def _marks(loaded: Loaded, merged: Estate) -> Marks:
    """What linting says of the policies that were read."""
    return policy_marks(
        loaded.estate.accounts.values(), loaded.estate.organization, _own(merged), loaded.texts
    )


def _own(merged: Estate) -> Collection[str]:
    """The ids of all accounts that belong together; none where no organization says it."""
    return {*merged.organization.parents, *merged.accounts} if merged.organization else ()


def _catalogue(database: Database, progress: Progress, watch: _Watch) -> bool:
    """Write the catalogue where it isn't there; whether it was written."""
    with watch.step("catalogue"):
        if catalogue_is_current(database):
            return False
        progress.step("catalogue of AWS's actions, once per database", len(catalogue.action_names()))
        write_catalogue(database, progress.advance)
        return True


def _merged(
    database: Database, loaded: Loaded, known: Mapping[str, ManagedPolicy], report: Report
) -> tuple[Estate, set[str]]:
    """All as it stands after the load, and the ARNs of AWS's policies whose text changes in the graph."""
    estate = loaded.estate
    stored = read_estate(database, without=estate.accounts.keys())
    aws = _aws_policies(estate)
    changed = {arn for arn, policy in aws.items() if policy is not known.get(arn)}
    for account in stored.accounts.values():
        for _, arn in uses(account):
            if arn in aws:
                account.policies[arn] = aws[arn]
    accounts = dict(sorted({**stored.accounts, **estate.accounts}.items()))
    organization = estate.organization or stored.organization
    if organization is not None and stored.organization is not None:
        before = stored.organization.id
        if before != organization.id:
            report.warn(organization.id, f"takes the place of organization {before}: one is kept at a time")
    if organization is not None:
        for account in accounts.values():
            account.name = organization.account_names.get(account.id, "")
    merged = Estate(accounts=accounts, organization=organization, outsiders=outsiders_of(accounts))
    return merged, changed


def _aws_policies(estate: Estate) -> dict[str, ManagedPolicy]:
    return {
        arn: policy
        for account in estate.accounts.values()
        for arn, policy in account.policies.items()
        if policy.managed_by_aws
    }


def _concerned(merged: Estate, accounts: Collection[str], changed: Collection[str]) -> set[str]:
    """The accounts whose assumptions may change: those loaded, and those that use a policy that changed."""
    using = {each.id for each in merged.accounts.values() if not each.policies.keys().isdisjoint(changed)}
    return {*accounts, *using}


def _trusts(merged: Estate, accounts: Collection[str]) -> list[tuple[str, str, Any]]:
    """The TRUSTS relationships of the accounts' roles, and of other roles to principals of these accounts."""
    found = []
    for trust in trusts_of(merged.accounts):
        to_account = trust.mention.type is PrincipalType.ACCOUNT
        here = trust.role_account in accounts
        if here or (trust.mention.account in accounts and not to_account):
            key = trust.mention.account if to_account else trust.mention.key
            found.append((trust.role, key, trust.properties))
    return found


def _write(
    database: Database,
    change: Change,
    deriving: Deriving,
    entry: dict[str, Any],
    since: int,
    progress: Progress,
) -> None:
    progress.step("write, and derive meanwhile")
    with deriving, load_transaction(database, since) as transaction:
        kept = write_change(transaction, change, progress.advance)
        staying = [each for each in change.estate.accounts.values() if each.id not in change.accounts]
        renew_strangers(transaction, staying, _own(change.estate))
        assumed = deriving.assumptions.result()
        progress.step("write who can assume what", len(assumed))
        write_assumptions(transaction, assumed, kept, progress.advance)
        progress.step("derive who can become whom")
        escalated = deriving.escalations.result()
        progress.step("write who can become whom", len(escalated.edges))
        write_escalations(transaction, change.estate.accounts, escalated.edges, kept, progress.advance)
        kept.finish(transaction)
        update_standings(transaction, escalated.standings)
        create_nodes(transaction, CHANGE, [entry])
        progress.step("commit")


def _load_row(account: Account, counts: dict[str, int], report: Report) -> dict[str, Any]:
    return {
        "id": account.id,
        "account": account.id,
        "when": _now(),
        "source": account.source,
        "counts": document_text(counts),
        "warnings": list(report.warnings_of(account.id)) or None,
        "missing": report.missing(account.id) or None,
        "unread_services": list(account.unread_services) or None,
        "derivation": DERIVATION,
    }


def _entry(
    what: str,
    accounts: Sequence[str],
    sources: Sequence[str] = (),
    counts: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """A row of the history. Written with the change itself, so that it tells of nothing that failed."""
    now = _now()
    return {
        "id": f"{now} {secrets.token_hex(6)}",
        "when": now,
        "what": what,
        "accounts": list(accounts),
        "sources": list(sources) or None,
        "counts": document_text(counts) if counts else None,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _counts(account: Account) -> dict[str, int]:
    types = [principal.type for principal in account.principals.values()]
    counts = {
        "users": types.count(PrincipalType.USER),
        "roles": types.count(PrincipalType.ROLE),
        "groups": len(account.groups),
        "managed policies": len(account.policies),
        "instance profiles": len(account.instance_profiles),
    }
    if account.has_resources:
        counts["resources"] = len(account.resources)
    if account.has_credential_report:
        counts["credential report"] = 1
    return counts


class _Watch:
    """Takes the time of steps."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

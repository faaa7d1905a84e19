"""What stands in the database: accounts, when they were loaded, what was wrong with them, what is missing."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from graph.sequence import consistent_read
from iam.derivation import DERIVATION
from queries.library import find_query

if TYPE_CHECKING:
    from graph.connection import Database


@dataclass(frozen=True)
class LoadedAccount:
    """One loaded account. `counts` maps kinds of things to how many; `missing` is what its source lacked.

    `outdated` says that other rules than this program's derived who can assume and become whom.
    """

    id: str
    name: str
    loaded_at: str
    source: str
    counts: dict[str, Any]
    missing: tuple[str, ...]
    outdated: bool = False


@dataclass(frozen=True)
class Warned:
    """A warning, and the kind and id of the thing that it is about."""

    what: str
    id: str
    warning: str


@dataclass(frozen=True)
class PolicyWarning:
    """What linting says of a policy or of a statement of it, whose id this is; `level` is error or note."""

    account: str | None
    policy: str
    level: str
    rule: str
    warning: str
    id: str


@dataclass(frozen=True)
class Status:
    """What stands in the database. `organization` is its id, None where none is loaded."""

    kind: str
    server: str
    uri: str
    catalogue: str
    organization: str | None
    accounts: tuple[LoadedAccount, ...]
    not_loaded: tuple[str, ...]
    warnings: tuple[Warned, ...] = field(default=())
    policy_warnings: tuple[PolicyWarning, ...] = field(default=())

    @property
    def policy_warning_counts(self) -> dict[tuple[str, str], int]:
        """How many policy warnings there are of each level and rule: errors first, then the most frequent."""
        counts = Counter((each.level, each.rule) for each in self.policy_warnings)
        return dict(sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1])))

    @property
    def missing(self) -> list[str]:
        """What is not loaded and could change answers, one sentence each."""
        found = []
        if self.accounts and self.organization is None:
            found.append("No organization is loaded: its SCPs and RCPs could take permissions away.")
        lacking: dict[str, list[str]] = {}
        for account in self.accounts:
            for text in account.missing:
                lacking.setdefault(text, []).append(account.id)
        for text, ids in lacking.items():
            everywhere = len(ids) == len(self.accounts) > 1
            found.append(text if everywhere else f"account {', '.join(ids)}: {text}")
        if self.not_loaded:
            found.append(f"Accounts that are referred to and not loaded: {', '.join(self.not_loaded)}.")
        return found

    def as_json(self) -> dict[str, Any]:
        """The status as `iamatlas status --format json` gives it."""
        return {
            "database": {"kind": self.kind, "server": self.server, "uri": self.uri},
            "catalogue": self.catalogue or None,
            "organization": self.organization,
            "accounts": [
                {
                    "account": each.id,
                    "name": each.name,
                    "loaded_at": each.loaded_at,
                    "source": each.source,
                    "counts": each.counts,
                    "missing": list(each.missing),
                    "outdated": each.outdated,
                }
                for each in self.accounts
            ],
            "warnings": [
                {"what": each.what, "id": each.id, "warning": each.warning} for each in self.warnings
            ],
            "policy_warnings": [asdict(each) for each in self.policy_warnings],
            "missing": self.missing,
        }


_ACCOUNTS = """
MATCH (a:Account)
OPTIONAL MATCH (l:Load {id: a.id})
RETURN a.id AS id, a.name AS name, a.loaded AS loaded, l.when AS loaded_at, l.source AS source,
       l.counts AS counts, l.missing AS missing, l.derivation AS derivation
ORDER BY id
"""
_META = "MATCH (m:Meta {id: 'atlas'}) RETURN m.catalogue_version AS catalogue"
_ORGANIZATION = "MATCH (o:Organization) RETURN o.id AS id"


def status(database: Database) -> Status:
    """What stands in the database. Raises `graph.connection.DatabaseUnavailable`."""

    def read() -> Status:
        rows = database.read(_ACCOUNTS)
        meta = database.read(_META)
        organization = database.read(_ORGANIZATION)
        settings = database.settings
        return Status(
            kind=database.kind,
            server=database.server,
            uri="embedded" if settings.embedded else settings.uri,
            catalogue=(meta[0]["catalogue"] or "") if meta else "",
            organization=organization[0]["id"] if organization else None,
            accounts=tuple(
                LoadedAccount(
                    id=row["id"],
                    name=row["name"] or "",
                    loaded_at=row["loaded_at"] or "",
                    source=row["source"] or "",
                    counts=json.loads(row["counts"] or "{}"),
                    missing=tuple(row["missing"] or ()),
                    outdated=row["derivation"] != DERIVATION,
                )
                for row in rows
                if row["loaded"]
            ),
            not_loaded=tuple(row["id"] for row in rows if not row["loaded"]),
            warnings=tuple(
                Warned(row["what"], row["id"], row["warning"])
                for row in database.read(find_query("warnings").cypher)
            ),
            policy_warnings=tuple(
                PolicyWarning(**row)
                for row in database.read(find_query("policy-warnings").cypher, rule="", level="")
            ),
        )

    return consistent_read(database, read)

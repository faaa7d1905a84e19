"""The graph as questions use it: everyone and everything that is loaded, with policies read as needed.

Who there is and who holds what is the same for every question until the next load, so it is read once and
kept with the load sequence number. The texts of policies are the bulk of an account. A question reads those
only that bear on its action; a policy that hasn't been read yet has no statements here, which to a question
that it doesn't bear on is the same.
"""

from __future__ import annotations

import threading
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from graph.entities import account_from, document_from, group_from, principal_from, resource_from, unit_from
from graph.sequence import consistent_read, current
from iam.decision import Policy
from iam.document import Document, PolicyKind, action_pattern
from iam.entities import ManagedPolicy, Organization
from iam.estate import Estate

if TYPE_CHECKING:
    from neo4j import Record

    from graph.connection import Database

T = TypeVar("T")

_KINDS = {
    "trust": PolicyKind.TRUST,
    "resource": PolicyKind.RESOURCE,
    "scp": PolicyKind.SERVICE_CONTROL,
    "rcp": PolicyKind.RESOURCE_CONTROL,
}

# What an owner's own policies are attached as; only shared ones are asked for by their relationships.
_OWNED = {"inline": "permissions", "trust": "trust", "resource": "resource"}

# What a question reads of everyone comes as one list of rows: the driver takes twenty times as long over as many
# records. The names of a row's columns stand beside each.
_PRINCIPALS = ("arn", "type", "name", "account", "path", "unique_id", "tags", "loaded")
_READ_PRINCIPALS = """
MATCH (p:Principal)
WHERE p.loaded IS NOT NULL
RETURN collect([p.arn, p.type, p.name, p.account, p.path, p.unique_id, p.tags, p.loaded]) AS rows
"""
_GROUPS = ("arn", "name", "account", "path")
_READ_GROUPS = "MATCH (g:Group) RETURN collect([g.arn, g.name, g.account, g.path]) AS rows"
_READ_MEMBERS = "MATCH (u:User)-[:MEMBER_OF]->(g:Group) RETURN collect([u.arn, g.arn]) AS rows"
_READ_POLICIES = """
MATCH (o:Policy)
RETURN collect([o.id, o.name, o.account, o.kind, o.loaded, o.managed_by_aws]) AS rows
"""
_READ_ATTACHED = """
MATCH (o:Managed)<-[a:ATTACHED]-(x)
RETURN collect([x.arn, a.as, o.id]) AS rows
"""
_READ_SERVICE_CONTROLS = """
MATCH (o:ServiceControl)<-[a:ATTACHED]-(x)
RETURN collect([x.id, a.as, o.id]) AS rows
"""
_READ_RESOURCE_CONTROLS = """
MATCH (o:ResourceControl)<-[a:ATTACHED]-(x)
RETURN collect([x.id, a.as, o.id]) AS rows
"""
_ACCOUNTS = """
MATCH (a:Account)
OPTIONAL MATCH (l:Load {id: a.id})
RETURN properties(a) AS account, properties(l) AS load
"""
_ORGANIZATION = "MATCH (o:Organization) RETURN properties(o) AS organization"
_UNITS = """
MATCH (u:OrganizationalUnit)
OPTIONAL MATCH (u)-[:IN]->(above:OrganizationalUnit)
RETURN properties(u) AS unit, above.id AS parent
"""
_PLACES = "MATCH (a:Account)-[:IN]->(u:OrganizationalUnit) RETURN a.id AS account, u.id AS unit"
_RESOURCES = ("arn", "type", "name", "account", "region", "tags")
_READ_RESOURCES = """
MATCH (x:Resource)
RETURN collect([x.arn, x.type, x.name, x.account, x.region, x.tags]) AS rows
"""
_READ_OF_EVERYONE = (
    _READ_POLICIES, _READ_ATTACHED, _READ_SERVICE_CONTROLS, _READ_RESOURCE_CONTROLS, _READ_MEMBERS, _READ_GROUPS,
    _READ_PRINCIPALS, _READ_RESOURCES,
)  # fmt: skip
"""In the order in which they are taken in."""
_READ_DOCUMENTS = """
UNWIND $ids AS id
MATCH (o:Policy {id: id})
RETURN collect([o.id, o.document]) AS rows
"""
_DOCUMENTS_AT_ONCE = 2_000
"""So many documents come in one list; a hundred thousand at once would be hundreds of megabytes."""
_PATTERNS = "MATCH (pattern:ActionPattern) RETURN pattern.pattern AS pattern"
_BEARING = """
UNWIND $actions AS name
MATCH (:Action {name: name})<-[:MATCHES]-(:ActionPattern)<-[:HAS_ACTION]-(:Statement)
      <-[:HAS_STATEMENT]-(o:Policy)
RETURN collect(DISTINCT o.id) AS rows
"""
_BEARING_BY_PATTERN = """
MATCH (pattern:ActionPattern)<-[:HAS_ACTION]-(:Statement)<-[:HAS_STATEMENT]-(o:Policy)
WHERE pattern.pattern IN $patterns
RETURN collect(DISTINCT o.id) AS rows
"""
_WITH_NOT_ACTION = """
MATCH (s:Statement)
WHERE s.not_actions IS NOT NULL
RETURN collect(s.id) AS rows
"""
_KNOWN_ACTIONS = "UNWIND $actions AS name MATCH (a:Action {name: name}) RETURN a.name AS name"


class Snapshot:
    """What is loaded, at one load sequence number.

    `estate` holds accounts, principals, groups, policies, resources and the organization; `missing` what each
    load said of what its source did not hold, by account id.
    """

    def __init__(self, database: Database, number: int) -> None:
        self.number = number
        self._guard = threading.RLock()
        self._policies: dict[str, Policy] = {}
        self._unread: set[str] = set()
        self._asked: set[str] = set()
        self.missing: dict[str, list[str]] = {}
        self.estate = self._read(database)

    def estate_now(self) -> Estate:
        """What is loaded, asked about at this moment."""
        known = self.estate
        return Estate(known.accounts, known.organization, known.outsiders)

    # ------------------------------------------------------------ policies, as a question needs them

    def read_bearing(self, database: Database, actions: Iterable[str]) -> None:
        """Read the policies that bear on actions (whole names, as the catalogue spells them)."""
        with self._guard:
            new = [each for each in actions if each not in self._asked]
            if new:
                self.read_policies(database, self._find_bearing(database, new))
                self._asked.update(new)

    def read_kind(self, database: Database, kind: PolicyKind) -> None:
        """Read every policy of a kind."""
        self.read_policies(database, [key for key, each in self._policies.items() if each.kind is kind])

    def read_policies(self, database: Database, ids: Iterable[str]) -> None:
        """Read these policies, as far as they haven't been."""
        with self._guard:
            wanted = self._unread.intersection(ids)
            if not wanted:
                return
            ids = sorted(wanted)
            for start in range(0, len(ids), _DOCUMENTS_AT_ONCE):
                some = ids[start : start + _DOCUMENTS_AT_ONCE]
                for key, text in _rows(database, _READ_DOCUMENTS, ids=some):
                    policy = self._policies[key]
                    if text:
                        read = document_from(text, policy.kind)
                        own = policy.document
                        own.version, own.statements, own.problems = (
                            read.version,
                            read.statements,
                            read.problems,
                        )
            self._unread -= wanted

    def _find_bearing(self, database: Database, actions: list[str]) -> Iterable[str]:
        if not self._asked:
            # A statement's id is its policy's, `#`, and its place (`graph.entities_ids`).
            yield from {key.rpartition("#")[0] for key in _rows(database, _WITH_NOT_ACTION)}
        yield from _rows(database, _BEARING, actions=actions)
        known = {row["name"] for row in database.read(_KNOWN_ACTIONS, actions=actions)}
        unknown = [each.lower() for each in actions if each not in known]
        if unknown:
            # The catalogue in the graph is an older one: patterns are compared here instead.
            patterns = [row["pattern"] for row in database.read(_PATTERNS)]
            matching = [each for each in patterns if any(map(action_pattern(each).matches, unknown))]
            yield from _rows(database, _BEARING_BY_PATTERN, patterns=matching)

    # ------------------------------------------------------------ what is the same for every question

    def _read(self, database: Database) -> Estate:
        # The server works on the next statements while the rows of the first are taken in.
        with ThreadPoolExecutor(2) as ahead:
            accounts = ahead.submit(database.read, _ACCOUNTS)
            rows = {statement: ahead.submit(_rows, database, statement) for statement in _READ_OF_EVERYONE}
            try:
                return self._taken_in(database, accounts, rows)
            finally:
                ahead.shutdown(wait=False, cancel_futures=True)

    def _taken_in(
        self, database: Database, accounts: Future[list[Record]], rows: Mapping[str, Future[list[Any]]]
    ) -> Estate:
        estate = Estate()
        for found in accounts.result():
            if found["account"].get("loaded") and found["load"]:
                account = account_from(found["account"], found["load"])
                estate.accounts[account.id] = account
                self.missing[account.id] = list(found["load"].get("missing") or ())
        held = self._policies_and_holders(estate, rows)
        groups = defaultdict(list)
        for user, group_arn in rows[_READ_MEMBERS].result():
            groups[user].append(group_arn)
        for found in rows[_READ_GROUPS].result():
            row = _present(_GROUPS, found)
            mine = held[row["arn"]]
            group = group_from(row, inline=self._inline(mine), attached=_managed(mine))
            if group.account in estate.accounts:
                estate.accounts[group.account].groups[group.arn] = group
        for found in rows[_READ_PRINCIPALS].result():
            row = _present(_PRINCIPALS, found)
            self._add_principal(estate, row, held[row["arn"]], groups[row["arn"]])
        for found in rows[_READ_RESOURCES].result():
            row = _present(_RESOURCES, found)
            policy = next(
                (self._policies[each] for as_, _, each in held[row["arn"]] if as_ == "resource"), None
            )
            resource = resource_from(row, policy)
            if resource.account in estate.accounts:
                estate.accounts[resource.account].resources[resource.arn] = resource
        estate.organization = self._read_organization(database, estate, held)
        return estate

    def _policies_and_holders(
        self, estate: Estate, rows: Mapping[str, Future[list[Any]]]
    ) -> dict[str, list[tuple[str, str, str]]]:
        """Policies, still unread; and by holder what it holds: as what, of which kind, the policy's id."""
        kinds: dict[str, str] = {}
        held: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        managed: dict[str, ManagedPolicy] = {}
        for key, name, account_id, kind_word, loaded, managed_by_aws in rows[_READ_POLICIES].result():
            kinds[key] = kind_word
            if kind_word in _OWNED:
                # Such a policy's id begins with its owner's key (`graph.entities_ids`).
                held[key.rpartition(":")[0]].append((_OWNED[kind_word], kind_word, key))
            if loaded is False:
                continue
            kind = _KINDS.get(kind_word, PolicyKind.IDENTITY)
            policy = self._policies[key] = Policy(key, name or "", kind, Document("", (), ()))
            if kind_word == "managed":
                managed[key] = ManagedPolicy(
                    policy=policy, account=account_id or "", managed_by_aws=bool(managed_by_aws)
                )
        self._unread = set(self._policies)
        for statement in (_READ_ATTACHED, _READ_SERVICE_CONTROLS, _READ_RESOURCE_CONTROLS):
            for holder, how, key in rows[statement].result():
                held[holder].append((how, kinds[key], key))
        for account in estate.accounts.values():
            account.policies.update(
                (key, each)
                for key, each in managed.items()
                if each.managed_by_aws or each.account == account.id
            )
        return held

    def _add_principal(
        self, estate: Estate, row: dict[str, Any], held: list[tuple[str, str, str]], groups: list[str]
    ) -> None:
        trust = next((self._policies.get(each) for as_, _, each in held if as_ == "trust"), None)
        principal = principal_from(
            row,
            groups=groups,
            inline=self._inline(held),
            attached=_managed(held),
            boundary=next((each for as_, _, each in held if as_ == "boundary"), ""),
            trust=trust,
        )
        if principal.loaded and principal.account in estate.accounts:
            estate.accounts[principal.account].principals[principal.arn] = principal
        else:
            estate.outsiders[principal.arn] = principal

    def _inline(self, held: list[tuple[str, str, str]]) -> list[Policy]:
        return [self._policies[each] for as_, kind, each in held if as_ == "permissions" and kind == "inline"]

    def _read_organization(
        self, database: Database, estate: Estate, held: dict[str, list[tuple[str, str, str]]]
    ) -> Organization | None:
        rows = database.read(_ORGANIZATION)
        if not rows:
            return None
        organization = rows[0]["organization"]
        units = {
            row["unit"]["id"]: unit_from(row["unit"], row["parent"] or "") for row in database.read(_UNITS)
        }
        parents = {row["account"]: row["unit"] for row in database.read(_PLACES)}
        control = {"scp", "rcp"}
        policies = {
            key: policy
            for key, policy in self._policies.items()
            if policy.kind in (PolicyKind.SERVICE_CONTROL, PolicyKind.RESOURCE_CONTROL)
        }
        # What caps everyone is read whole: that a level has policies which don't bear on the action matters.
        self.read_policies(database, policies)
        return Organization(
            id=organization["id"],
            management_account=organization.get("management_account", ""),
            units=units,
            parents=parents,
            policies=policies,
            targets={
                place: tuple(each for as_, _, each in held[place] if as_ in control)
                for place in [*units, *parents]
                if place in held
            },
            account_names={account.id: account.name for account in estate.accounts.values()},
        )


def _rows(database: Database, cypher: str, **parameters: Any) -> list[Any]:
    """The rows of a statement that gives them as one list."""
    (record,) = database.read(cypher, **parameters)
    found: list[Any] = record["rows"]
    return found


def _present(columns: Iterable[str], row: list[Any]) -> dict[str, Any]:
    return {key: value for key, value in zip(columns, row, strict=True) if value is not None}


def _managed(held: list[tuple[str, str, str]]) -> list[str]:
    return [each for as_, kind, each in held if as_ == "permissions" and kind == "managed"]


_snapshots: weakref.WeakKeyDictionary[Database, Snapshot] = weakref.WeakKeyDictionary()
_guard = threading.Lock()


def snapshot_of(database: Database) -> Snapshot:
    """What is loaded now; the one read before where nothing has been loaded since."""
    number = current(database)
    with _guard:
        known = _snapshots.get(database)
        if known is None or known.number != number:
            known = _snapshots[database] = Snapshot(database, number)
        return known


def ask(database: Database, question: Callable[[Snapshot], T]) -> T:
    """What a question answers on a graph that no load changed meanwhile.

    Raises `graph.connection.DatabaseUnavailable`, and what the question raises.
    """
    return consistent_read(database, lambda: question(snapshot_of(database)))

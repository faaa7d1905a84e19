"""Accounts and the organization into the graph, within one transaction that replaces what was there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graph.batches import batches
from graph.entities_catalogue import add_patterns, pattern_key
from graph.entities_escalation import NOWHERE, Standing, update_standings
from graph.entities_organization import write_organization
from graph.entities_rows import (
    group_row,
    instance_profile_row,
    managed_policy_row,
    policy_row,
    principal_node,
    principal_row,
    resource_row,
    statement_row,
    unknown_policy_row,
    version_rows,
)
from graph.schema import (
    ACCOUNT,
    ACTION_PATTERN,
    ADMIN_LABEL,
    ATTACHED,
    CAN_ASSUME,
    GROUP,
    HAS_ACTION,
    HAS_NOT_ACTION,
    HAS_ROLE,
    HAS_STATEMENT,
    HAS_VERSION,
    IN,
    INLINE_POLICY,
    INSTANCE_PROFILE,
    LOAD,
    MANAGED_POLICY,
    MEMBER_OF,
    POLICY,
    POLICY_VERSION,
    PRINCIPAL,
    RESOURCE,
    RESOURCE_POLICY,
    ROLE,
    STATEMENT,
    TRUST_POLICY,
    TRUSTS,
    USER,
    NodeType,
    key_types,
)
from graph.write import Edge, Row, create_nodes, create_relationships, merge_nodes
from iam.arn import root_arn
from iam.decision import Policy
from iam.entities import Account, Group, ManagedPolicy, Principal, PrincipalType

if TYPE_CHECKING:
    from neo4j import ManagedTransaction, Transaction

    from iam.estate import Estate

    AnyTransaction = Transaction | ManagedTransaction

UNKNOWN_TEXT = "its text is not in the export: what it grants is not known"


@dataclass(slots=True, kw_only=True)
class Change:
    """What a load changes.

    `estate` is everything as it stands afterwards. `accounts` are the ids of those to be written anew, or
    taken out where the estate doesn't have them; `organization` says whether the organization is written
    anew. `texts` maps policy ids to documents, `extras` gives nodes of accounts and units more properties,
    `loads` are rows of `Load`. `trusts` are the TRUSTS relationships of the roles and principals of
    `accounts`: role, the principal's key or the account's id, properties. `aws_policies` are those whose text
    is new to the graph. `marks` are what linting says of policies and statements, by id. `standings` are
    those of all principals, by ARN, that are administrators or come to one.
    """

    estate: Estate
    accounts: Collection[str]
    organization: bool = False
    texts: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    loads: list[dict[str, Any]] = field(default_factory=list)
    trusts: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    aws_policies: list[ManagedPolicy] = field(default_factory=list)
    marks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    standings: Mapping[str, Standing] = field(default_factory=dict)


def write_change(
    transaction: AnyTransaction, change: Change, advance: Callable[[int], None] = lambda _: None
) -> None:
    """Write a change. The schema and the action catalogue must be there.

    `advance` is told how many nodes and relationships are done. Derived relationships of the accounts go, and
    are the caller's to write again (`write_assumptions`, `write_escalations`), as are the nodes
    `administrator:ACCOUNT`.
    """
    writer = _Writer(transaction, change, advance)
    writer.take_out()
    update_standings(transaction, change.estate, change.accounts, change.standings)
    writer.write_accounts()
    writer.write_policies()
    writer.write_links()
    organization = change.estate.organization
    if change.organization and organization is not None:
        write_organization(transaction, organization, change.texts, {**change.extras, **change.marks})
        for policy in organization.policies.values():
            writer.statements_of(policy, "")
    writer.finish_statements()


def write_assumptions(
    transaction: AnyTransaction, edges: Iterable[Edge], advance: Callable[[int], None] = lambda _: None
) -> int:
    """Write CAN_ASSUME: key of the principal, ARN of the role, properties. Returns how many."""
    written = 0
    for part in _parts(list(edges)):
        written += create_relationships(transaction, CAN_ASSUME, PRINCIPAL, ROLE, part)
        advance(len(part))
    return written


class _Writer:
    def __init__(self, transaction: AnyTransaction, change: Change, advance: Callable[[int], None]) -> None:
        self.transaction = transaction
        self.change = change
        self.estate = change.estate
        self.advance = advance
        self.new = [
            self.estate.accounts[each] for each in sorted(change.accounts) if each in self.estate.accounts
        ]
        self.statements: list[dict[str, Any]] = []
        self.owners: list[Edge] = []
        self.outsiders: list[Principal] = []

    # ------------------------------------------------------------ taking out

    def take_out(self) -> None:
        """Delete the accounts' nodes, policies that nobody uses any more, and outsiders nobody names."""
        for node in key_types():
            if any(one.name == "account" for one in node.properties):
                for account in sorted(self.change.accounts):
                    self.run(
                        f"MATCH (n:{node.label}) WHERE n.account = $account DETACH DELETE n", account=account
                    )
        self.delete_outsiders()
        used = {
            arn
            for account in self.estate.accounts.values()
            for arn in (*account.policies, *_unknown_policies(account))
        }
        stored = self.keys("MATCH (p:Managed) WHERE p.managed_by_aws = true RETURN p.id AS key")
        rewritten = {policy.arn for policy in self.change.aws_policies}
        self.delete_policies(stored - used)
        self.delete_policies(stored & rewritten, only_parts=True)

    def delete_outsiders(self) -> None:
        stored = self.keys("MATCH (p:Principal) WHERE p.loaded = false RETURN p.arn AS key")
        self.delete(PRINCIPAL, stored - self.estate.outsiders.keys())
        self.outsiders = [each for key, each in self.estate.outsiders.items() if key not in stored]

    def delete_policies(self, ids: set[str], *, only_parts: bool = False) -> None:
        for keys in batches(sorted(ids)):
            for kind in ("HAS_STATEMENT", "HAS_VERSION"):
                self.run(
                    f"UNWIND $keys AS key MATCH (p:Policy {{id: key}})-[:{kind}]->(part) DETACH DELETE part",
                    keys=keys,
                )
        if not only_parts:
            self.delete(POLICY, ids)

    def delete(self, node: NodeType, keys: Iterable[str]) -> None:
        for some in batches(sorted(keys)):
            self.run(
                f"UNWIND $keys AS key MATCH (n:{node.label} {{{node.key}: key}}) DETACH DELETE n", keys=some
            )

    # ------------------------------------------------------------ nodes

    def write_accounts(self) -> None:
        """Nodes of the accounts, of everything in them but policies, and of outsiders."""
        self.account_nodes()
        by_kind: dict[NodeType, list[Row]] = defaultdict(list)
        admins: dict[NodeType, list[Row]] = defaultdict(list)
        for principal in (*self.principals(), *self.outsiders):
            standing = self.change.standings.get(principal.arn, NOWHERE)
            kinds = admins if standing.admin else by_kind
            kinds[principal_node(principal)].append({**principal_row(principal), **standing.properties()})
        for account in self.new:
            by_kind[GROUP] += [group_row(each) for each in account.groups.values()]
            by_kind[INSTANCE_PROFILE] += [
                instance_profile_row(each) for each in account.instance_profiles.values()
            ]
            by_kind[RESOURCE] += [resource_row(each) for each in account.resources.values()]
        marked = [(node, rows, (ADMIN_LABEL,)) for node, rows in admins.items()]
        for node, rows, more in (*((node, rows, ()) for node, rows in by_kind.items()), *marked):
            self.create(node, rows, more)
            belonging: list[Edge] = [(row[node.key], row["account"], {}) for row in rows if row["account"]]
            self.link(IN, node, ACCOUNT, belonging)

    def account_nodes(self) -> None:
        organization = self.estate.organization
        named = {each.account for each in self.estate.outsiders.values() if each.account}
        wanted = {*self.estate.accounts, *named, *(organization.parents if organization else ())}
        self.delete(ACCOUNT, self.keys("MATCH (a:Account) RETURN a.id AS key") - wanted)
        names = organization.account_names if organization else {}
        merge_nodes(
            self.transaction,
            ACCOUNT,
            [
                {
                    "id": each,
                    "arn": root_arn(each, self.partition(each)),
                    "name": names.get(each) or None,
                    "loaded": each in self.estate.accounts,
                    **self.change.extras.get(each, {}),
                }
                for each in sorted(wanted)
            ],
        )
        self.create(LOAD, self.change.loads)

    def partition(self, account: str) -> str:
        loaded = self.estate.accounts.get(account)
        if loaded is not None:
            return loaded.partition
        return next((each.partition for each in self.estate.accounts.values()), "aws")

    def principals(self) -> Iterator[Principal]:
        for account in self.new:
            yield from account.principals.values()

    def write_policies(self) -> None:
        """Nodes of all policies of the accounts, of their versions, and of AWS's policies that are new."""
        rows: dict[NodeType, list[Row]] = defaultdict(list)
        versions: list[Row] = []
        texts = self.change.texts
        for account in self.new:
            for policy in account.policies.values():
                if not policy.managed_by_aws:
                    rows[MANAGED_POLICY].append(managed_policy_row(policy, texts[policy.arn]))
                    versions += version_rows(policy)
                    self.statements_of(policy.policy, account.id)
            for kind, policies in (
                (INLINE_POLICY, _inline_policies(account)),
                (TRUST_POLICY, (each.trust for each in account.principals.values())),
                (RESOURCE_POLICY, (each.policy for each in account.resources.values())),
            ):
                for each in policies:
                    if each is not None:
                        rows[kind].append(policy_row(each, texts[each.id], account=account.id))
                        self.statements_of(each, account.id)
        for kind, found in rows.items():
            self.create(kind, [{**row, **self.change.marks.get(row["id"], {})} for row in found])
            self.link(IN, kind, ACCOUNT, [(row["id"], row["account"], {}) for row in found])
        self.aws_policies(versions)
        self.create(POLICY_VERSION, versions)
        self.link(
            HAS_VERSION, MANAGED_POLICY, POLICY_VERSION, [(row["policy"], row["id"], {}) for row in versions]
        )

    def aws_policies(self, versions: list[Row]) -> None:
        rows: list[Row] = []
        for policy in self.change.aws_policies:
            rows.append(managed_policy_row(policy, self.change.texts[policy.arn]))
            versions += version_rows(policy)
            self.statements_of(policy.policy, "")
        merge_nodes(self.transaction, MANAGED_POLICY, rows)
        unknown = [
            unknown_policy_row(arn, "" if ":iam::aws:policy/" in arn else account.id, UNKNOWN_TEXT)
            for account in self.new
            for arn in _unknown_policies(account)
        ]
        merge_nodes(self.transaction, MANAGED_POLICY, unknown, only_new=True)

    def statements_of(self, policy: Policy, account: str) -> None:
        for statement in policy.document.statements:
            row = statement_row(policy, statement, account)
            row.update(self.change.marks.get(row["id"], {}))
            self.statements.append(row)
            self.owners.append((policy.id, row["id"], {}))

    def finish_statements(self) -> None:
        """Nodes of the statements, and the patterns of their actions."""
        keys = add_patterns(
            self.transaction,
            dict.fromkeys(
                text
                for row in self.statements
                for text in (*(row["actions"] or ()), *(row["not_actions"] or ()))
            ),
        )
        self.create(STATEMENT, self.statements)
        self.link(HAS_STATEMENT, POLICY, STATEMENT, self.owners)
        for relationship, name in ((HAS_ACTION, "actions"), (HAS_NOT_ACTION, "not_actions")):
            edges: list[Edge] = [
                (row["id"], key, {}) for row in self.statements for key in _patterns(row[name] or (), keys)
            ]
            self.link(relationship, STATEMENT, ACTION_PATTERN, edges)

    # ------------------------------------------------------------ relationships

    def write_links(self) -> None:
        """Memberships, attachments, instance profiles' roles, and who trusts whom."""
        members: list[Edge] = []
        attached: dict[NodeType, list[Edge]] = defaultdict(list)
        profiles: list[Edge] = []
        for account in self.new:
            for principal in account.principals.values():
                node = USER if principal.type is PrincipalType.USER else ROLE
                members += [(principal.arn, group, {}) for group in principal.groups]
                attached[node] += _attachments(principal)
                if principal.boundary:
                    attached[node].append((principal.arn, principal.boundary, {"as": "boundary"}))
                if principal.trust is not None:
                    attached[node].append((principal.arn, principal.trust.id, {"as": "trust"}))
            for group in account.groups.values():
                attached[GROUP] += _attachments(group)
            attached[RESOURCE] += [
                (each.arn, each.policy.id, {"as": "resource"})
                for each in account.resources.values()
                if each.policy is not None
            ]
            profiles += [
                (each.arn, role, {}) for each in account.instance_profiles.values() for role in each.roles
            ]
        self.link(MEMBER_OF, USER, GROUP, members)
        for node, edges in attached.items():
            self.link(ATTACHED, node, POLICY, edges)
        self.link(HAS_ROLE, INSTANCE_PROFILE, ROLE, profiles)
        accounts = [(role, key, row) for role, key, row in self.change.trusts if key.isdigit()]
        principals = [(role, key, row) for role, key, row in self.change.trusts if not key.isdigit()]
        self.link(TRUSTS, ROLE, ACCOUNT, accounts)
        self.link(TRUSTS, ROLE, PRINCIPAL, principals)

    # ------------------------------------------------------------ small parts

    def create(self, node: NodeType, rows: list[Any], more: tuple[str, ...] = ()) -> None:
        for part in _parts(rows):
            self.advance(create_nodes(self.transaction, node, part, more=more))

    def link(self, relationship: Any, start: NodeType, end: NodeType, edges: list[Edge]) -> None:
        for part in _parts(edges):
            self.advance(create_relationships(self.transaction, relationship, start, end, part))

    def run(self, statement: Any, **parameters: object) -> None:
        self.transaction.run(statement, parameters).consume()

    def keys(self, statement: Any) -> set[str]:
        return {record["key"] for record in self.transaction.run(statement)}


def _inline_policies(account: Account) -> Iterator[Policy]:
    for holder in _holders(account):
        yield from holder.inline


def _holders(account: Account) -> Iterator[Principal | Group]:
    yield from account.principals.values()
    yield from account.groups.values()


def _attachments(holder: Principal | Group) -> list[Edge]:
    ids = (*(policy.id for policy in holder.inline), *holder.attached)
    return [(holder.arn, each, {"as": "permissions"}) for each in ids]


def _unknown_policies(account: Account) -> list[str]:
    """Managed policies that somebody holds and whose text isn't there."""
    named = {arn for holder in _holders(account) for arn in holder.attached}
    named |= {each.boundary for each in account.principals.values() if each.boundary}
    return sorted(named - account.policies.keys())


def _patterns(texts: Iterable[str], keys: Mapping[str, str]) -> set[str]:
    found = (pattern_key(text) for text in texts)
    return {keys[key.lower()] for key in found if key is not None}


def _parts(rows: list[Any]) -> Iterator[list[Any]]:
    """Parts of a size at which progress can be told; the writing cuts them further where they are large."""
    return (rows[start : start + 2_000] for start in range(0, len(rows), 2_000))

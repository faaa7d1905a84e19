"""Accounts and the organization into the graph, within one transaction that replaces what was there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from graph.batches import batches, parts
from graph.entities_catalogue import add_patterns, pattern_key
from graph.entities_escalation import ADMINISTRATOR_ITSELF, NOWHERE, update_administrators
from graph.entities_kept import Kept, accounts_to_keep, read_kept
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
    RelationshipType,
    key_types,
)
from graph.write import (
    Edge,
    Inside,
    Owned,
    Row,
    create_nodes,
    create_owned,
    create_relationships,
    merge_nodes,
)
from iam.arn import root_arn
from iam.decision import Policy
from iam.derivation import DERIVATION
from iam.entities import Account, Group, ManagedPolicy, Principal, PrincipalType

if TYPE_CHECKING:
    from neo4j import ManagedTransaction, Transaction

    from iam.estate import Estate

    AnyTransaction = Transaction | ManagedTransaction

_PART = 10_000
"""So many rows make a part after which progress is told; the writing cuts them further."""
"""So many things are written between two words on progress."""
_PERMISSIONS, _BOUNDARY = {"as": "permissions"}, {"as": "boundary"}
_TRUST, _RESOURCE = {"as": "trust"}, {"as": "resource"}

UNKNOWN_TEXT = "its text is not in the export: what it grants is not known"


@dataclass(slots=True, kw_only=True)
class Change:
    """What a load changes.

    `estate` is everything as it stands afterwards. `accounts` are the ids of those to be written anew, or
    taken out where the estate doesn't have them; `organization` says whether the organization is written
    anew. `texts` maps policy ids to documents, `extras` gives nodes of accounts and units more properties,
    `loads` are rows of `Load`. `trusts` are the TRUSTS relationships of the roles and principals of
    `accounts`: role, the principal's key or the account's id, properties. `aws_policies` are those whose text
    is new to the graph. `marks` gives what linting says of policies and statements, by id; it is called when
    that is first needed, so that it can be worked out meanwhile. `administrators` are the ARNs of all.
    `concerned` are the accounts whose CAN_ASSUME are derived anew, None for all.
    """

    estate: Estate
    accounts: Collection[str]
    organization: bool = False
    texts: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    loads: list[dict[str, Any]] = field(default_factory=list)
    trusts: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    aws_policies: list[ManagedPolicy] = field(default_factory=list)
    marks: Callable[[], Mapping[str, Mapping[str, Any]]] = dict
    administrators: Collection[str] = ()
    concerned: Collection[str] | None = None


def write_change(
    transaction: AnyTransaction, change: Change, advance: Callable[[int], None] = lambda _: None
) -> Kept:
    """Write a change; of accounts that are there already, what differs. Schema and catalogue must be there.

    `advance` is told how many nodes and relationships are done. What is derived is the caller's to write
    (`write_assumptions`, `write_escalations`), and so are the nodes `administrator:ACCOUNT`, what changed in the
    nodes that stay (`Kept.finish`), and how far principals are from an administrator (`update_standings`), in
    this order.
    """
    there = [each for each in change.accounts if each in change.estate.accounts]
    again = accounts_to_keep(transaction, there, DERIVATION)
    update_administrators(transaction, change.estate, set(change.accounts) - again, change.administrators)
    kept, again = read_kept(transaction, change.accounts, again, change.concerned)
    writer = _Writer(transaction, change, kept, again, advance)
    writer.take_out()
    writer.write_accounts()
    writer.write_policies()
    writer.write_links()
    organization = change.estate.organization
    if change.organization and organization is not None:
        write_organization(transaction, organization, change.texts, {**change.extras, **writer.marks})
        for policy in organization.policies.values():
            writer.statements_of(policy, "")
    writer.finish_statements()
    writer.take_out_rest()
    return kept


def write_assumptions(
    transaction: AnyTransaction,
    edges: Iterable[Edge],
    kept: Kept,
    advance: Callable[[int], None] = lambda _: None,
) -> int:
    """Write CAN_ASSUME, as far as they aren't kept: key of the principal, ARN of the role, properties.

    Those that are there and not among them go. Returns how many are new.
    """
    new = kept.new_edges(CAN_ASSUME, PRINCIPAL, ROLE, edges)
    kept.delete_leftovers(transaction, CAN_ASSUME)
    # By role, so that its relationships go out together.
    ordered = sorted(new, key=itemgetter(1))
    return create_relationships(transaction, CAN_ASSUME, PRINCIPAL, ROLE, ordered, advance)


class _Writer:
    def __init__(
        self,
        transaction: AnyTransaction,
        change: Change,
        kept: Kept,
        again: Collection[str],
        advance: Callable[[int], None],
    ) -> None:
        self.transaction = transaction
        self.change = change
        self.kept = kept
        self.again = again
        self.estate = change.estate
        self.advance = advance
        self.new = [
            self.estate.accounts[each] for each in sorted(change.accounts) if each in self.estate.accounts
        ]
        self.statements: list[Owned] = []
        self.outsiders: list[Principal] = []

    # ------------------------------------------------------------ taking out

    def take_out(self) -> None:
        """Delete accounts of which nothing stays, and policies and outsiders that nobody names any more."""
        for node in key_types():
            if any(one.name == "account" for one in node.properties):
                for account in sorted(set(self.change.accounts) - set(self.again)):
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

    def take_out_rest(self) -> None:
        """Delete what the accounts have no more, and relationships between what stays."""
        for relationship in (MEMBER_OF, ATTACHED, HAS_ROLE, TRUSTS):
            self.kept.delete_leftovers(self.transaction, relationship)
        for node in key_types():
            self.delete(node, self.kept.gone(node))

    def delete(self, node: NodeType, keys: Collection[str]) -> None:
        for some in batches(sorted(keys)):
            self.run(
                f"UNWIND $keys AS key MATCH (n:{node.label} {{{node.key}: key}}) DETACH DELETE n", keys=some
            )
        self.kept.drop(node, keys)

    # ------------------------------------------------------------ nodes

    def write_accounts(self) -> None:
        """Nodes of the accounts, of everything in them but policies, and of outsiders."""
        self.account_nodes()
        by_kind: dict[NodeType, list[Row]] = defaultdict(list)
        admins: dict[NodeType, list[Row]] = defaultdict(list)
        for principal in (*self.principals(), *self.outsiders):
            admin = principal.arn in self.change.administrators
            kinds, standing = (admins, ADMINISTRATOR_ITSELF) if admin else (by_kind, NOWHERE)
            kinds[principal_node(principal)].append({**principal_row(principal), **standing.properties()})
        for account in self.new:
            by_kind[GROUP] += [group_row(each) for each in account.groups.values()]
            by_kind[INSTANCE_PROFILE] += [
                instance_profile_row(each) for each in account.instance_profiles.values()
            ]
            by_kind[RESOURCE] += [resource_row(each) for each in account.resources.values()]
        marked = [(node, rows, (ADMIN_LABEL,)) for node, rows in admins.items()]
        for node, rows, more in (*((node, rows, ()) for node, rows in by_kind.items()), *marked):
            self.create_in_accounts(node, rows, more)

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
        """All policies of the accounts on what holds them, their versions, and AWS's policies that are new."""
        versions: list[Row] = []
        for account in self.new:
            own = [each for each in account.policies.values() if not each.managed_by_aws]
            rows = [managed_policy_row(each, self.change.texts[each.arn]) for each in own]
            self.create(MANAGED_POLICY, list(map(self.marked, rows)), inside=(IN, ACCOUNT, account.id))
            for policy in own:
                versions += version_rows(policy)
                self.statements_of(policy.policy, account.id)
            self.write_owned_policies(account)
        self.aws_policies(versions)
        self.own(HAS_VERSION, MANAGED_POLICY, POLICY_VERSION, [(row["policy"], {}, row) for row in versions])

    def write_owned_policies(self, account: Account) -> None:
        """Inline policies, trust policies and resources' policies, each with its owner."""
        owned: dict[tuple[NodeType, NodeType], list[Owned]] = defaultdict(list)

        def add(owner: str, kind: NodeType, how: Row, node: NodeType, policy: Policy) -> None:
            row = policy_row(policy, self.change.texts[policy.id], account=account.id)
            owned[kind, node].append((owner, how, self.marked(row)))
            self.statements_of(policy, account.id)

        for principal in account.principals.values():
            kind = USER if principal.type is PrincipalType.USER else ROLE
            for policy in principal.inline:
                add(principal.arn, kind, _PERMISSIONS, INLINE_POLICY, policy)
            if principal.trust is not None:
                add(principal.arn, ROLE, _TRUST, TRUST_POLICY, principal.trust)
        for group in account.groups.values():
            for policy in group.inline:
                add(group.arn, GROUP, _PERMISSIONS, INLINE_POLICY, policy)
        for resource in account.resources.values():
            if resource.policy is not None:
                add(resource.arn, RESOURCE, _RESOURCE, RESOURCE_POLICY, resource.policy)
        for (kind, node), found in owned.items():
            self.own(ATTACHED, kind, node, found, inside=(IN, ACCOUNT, account.id))

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
        new = self.kept.new_nodes(MANAGED_POLICY, unknown)
        merge_nodes(self.transaction, MANAGED_POLICY, new, only_new=True)

    @cached_property
    def marks(self) -> Mapping[str, Mapping[str, Any]]:
        return self.change.marks()

    def marked(self, row: Row) -> Row:
        """A row with what is to be marked on its node."""
        return {**row, **self.marks.get(row["id"], {})}

    def statements_of(self, policy: Policy, account: str) -> None:
        for statement in policy.document.statements:
            row = statement_row(policy, statement, account)
            self.statements.append((policy.id, {}, self.marked(row)))

    def finish_statements(self) -> None:
        """Nodes of the statements on their policies, and the patterns of their actions.

        One that differs is written anew, as its relationships to patterns follow from it.
        """
        equal = self.kept.equal(STATEMENT, (row for _, _, row in self.statements))
        self.delete(STATEMENT, self.kept.keys(STATEMENT) - equal)
        statements = [each for each in self.statements if each[2]["id"] not in equal]
        rows = [row for _, _, row in statements]
        keys = add_patterns(
            self.transaction,
            dict.fromkeys(
                text for row in rows for text in (*(row["actions"] or ()), *(row["not_actions"] or ()))
            ),
        )
        self.own(HAS_STATEMENT, POLICY, STATEMENT, statements)
        for relationship, name in ((HAS_ACTION, "actions"), (HAS_NOT_ACTION, "not_actions")):
            edges: list[Edge] = [
                (row["id"], key, {}) for row in rows for key in _patterns(row[name] or (), keys)
            ]
            self.link(relationship, STATEMENT, ACTION_PATTERN, edges)

    # ------------------------------------------------------------ relationships

    def write_links(self) -> None:
        """Memberships, managed policies and boundaries, instance profiles' roles, and who trusts whom."""
        members: list[Edge] = []
        attached: dict[NodeType, list[Edge]] = defaultdict(list)
        profiles: list[Edge] = []
        for account in self.new:
            for principal in account.principals.values():
                node = USER if principal.type is PrincipalType.USER else ROLE
                members += [(principal.arn, group, {}) for group in principal.groups]
                attached[node] += [(principal.arn, each, _PERMISSIONS) for each in principal.attached]
                if principal.boundary:
                    attached[node].append((principal.arn, principal.boundary, _BOUNDARY))
            for group in account.groups.values():
                attached[GROUP] += [(group.arn, each, _PERMISSIONS) for each in group.attached]
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

    def missing(self, node: NodeType, rows: list[Row], more: tuple[str, ...] = ()) -> list[Row]:
        """The rows whose nodes aren't there; those with other labels are taken out first."""
        self.delete(node, self.kept.relabelled(node, rows, more))
        return self.kept.new_nodes(node, rows, more)

    def create_in_accounts(self, node: NodeType, rows: list[Row], more: tuple[str, ...]) -> None:
        """Nodes that belong to the account which their row names, if it does."""
        rows = self.missing(node, rows, more)
        loaded = {account.id for account in self.new}
        by_account: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            account = row["account"] or ""
            by_account[account if account in loaded else ""].append(row)
        others = by_account.pop("", [])
        for account, found in by_account.items():
            self.create(node, found, more, inside=(IN, ACCOUNT, account))
        self.create(node, others, more)
        belonging: list[Edge] = [(row[node.key], row["account"], {}) for row in others if row["account"]]
        self.link(IN, node, ACCOUNT, belonging)

    def create(
        self, node: NodeType, rows: list[Any], more: tuple[str, ...] = (), inside: Inside | None = None
    ) -> None:
        for part in parts(self.missing(node, rows, more), _PART):
            self.advance(create_nodes(self.transaction, node, part, more=more, inside=inside))

    def own(
        self,
        relationship: RelationshipType,
        owner: NodeType,
        node: NodeType,
        owned: list[Owned],
        inside: Inside | None = None,
    ) -> None:
        new = {row[node.key] for row in self.kept.new_nodes(node, [row for _, _, row in owned])}
        for part in parts([each for each in owned if each[2][node.key] in new], _PART):
            self.advance(create_owned(self.transaction, relationship, owner, node, part, inside=inside))

    def link(self, relationship: RelationshipType, start: NodeType, end: NodeType, edges: list[Edge]) -> None:
        new = self.kept.new_edges(relationship, start, end, edges)
        create_relationships(self.transaction, relationship, start, end, new, self.advance)

    def run(self, statement: Any, **parameters: object) -> None:
        self.transaction.run(statement, parameters).consume()

    def keys(self, statement: Any) -> set[str]:
        return {record["key"] for record in self.transaction.run(statement)}


def _holders(account: Account) -> Iterator[Principal | Group]:
    yield from account.principals.values()
    yield from account.groups.values()


def _unknown_policies(account: Account) -> list[str]:
    """Managed policies that somebody holds and whose text isn't there."""
    named = {arn for holder in _holders(account) for arn in holder.attached}
    named |= {each.boundary for each in account.principals.values() if each.boundary}
    return sorted(named - account.policies.keys())


def _patterns(texts: Iterable[str], keys: Mapping[str, str]) -> set[str]:
    found = (pattern_key(text) for text in texts)
    return {keys[key.lower()] for key in found if key is not None}

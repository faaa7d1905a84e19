"""What stays in the graph of accounts that are loaded again.

An export a day later says nearly what the one before said. Reading a node or a relationship takes a server a
fraction of what writing it takes, and deleting one takes as long as writing it. So a load reads first what is
there, and then writes only what differs.

Nodes are compared by their labels and properties. A statement and its relationships to actions follow from its
properties, what lies in a policy from the policy's id, and so on: such relationships stay along with their nodes.
Relationships between things that stand on their own are compared one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, LiteralString

from graph.batches import ROWS_PER_BATCH, batches, parts
from graph.entities_catalogue import pattern_key
from graph.entities_escalation import NOWHERE
from graph.schema import (
    ACCOUNT,
    ATTACHED,
    CAN_ASSUME,
    CAN_ESCALATE,
    GROUP,
    HAS_ROLE,
    INSTANCE_PROFILE,
    MEMBER_OF,
    POLICY,
    PRINCIPAL,
    TRUSTS,
    NodeType,
    RelationshipType,
    key_types,
)
from graph.write import Edge, Row, delete_relationships, set_properties

if TYPE_CHECKING:
    from neo4j import ManagedTransaction, Transaction

    AnyTransaction = Transaction | ManagedTransaction

_DENSE = 50
"""So many roles' CAN_ASSUME come in one answer: a server collects some 500,000 things at most."""
_STANDING = frozenset(NOWHERE.properties())
"""What `update_standings` alone writes."""

_Stored = tuple[str, dict[str, Any]]
"""The server's own id of a relationship, and its properties."""


class Kept:
    """The nodes of accounts and the relationships that a load may leave as they are.

    Everything that the load writes is asked about first (`new_nodes`, `new_edges`). What nothing asked about is
    gone from the input: `gone` and `delete_leftovers`. What changed in nodes that stay is set by `finish`.
    """

    def __init__(self) -> None:
        self._nodes: dict[str, dict[str, tuple[frozenset[str], dict[str, Any]]]] = defaultdict(dict)
        self._edges: dict[tuple[str, str, str], dict[tuple[str, str], list[_Stored]]] = {}
        self._asked: dict[str, set[str]] = defaultdict(set)
        self._dropped: dict[str, set[str]] = defaultdict(set)
        self._changed: dict[str, list[Row]] = defaultdict(list)

    # ------------------------------------------------------------ nodes

    def new_nodes(self, node: NodeType, rows: Iterable[Row], more: tuple[str, ...] = ()) -> list[Row]:
        """The rows whose nodes aren't there; how the others' properties differ is noted for `finish`.

        A node with other labels counts as not there: `relabelled` ones are to be deleted before.
        """
        stored = self._nodes[node.label]
        if not stored:
            return list(rows)
        names = {each.name for each in node.properties} - _STANDING
        new: list[Row] = []
        for row in rows:
            key = row[node.key]
            found = stored.get(key)
            if found is None or found[0] != {*node.labels, *more}:
                new.append(row)
                continue
            self._asked[node.label].add(key)
            differing = {name: row.get(name) for name in names if row.get(name) != found[1].get(name)}
            if differing:
                self._changed[node.label].append({node.key: key, **differing})
        return new

    def relabelled(self, node: NodeType, rows: Iterable[Row], more: tuple[str, ...] = ()) -> set[str]:
        """The keys of rows whose nodes are there with other labels."""
        stored = self._nodes[node.label]
        labels = {*node.labels, *more}
        keys = {row[node.key] for row in rows} if stored else set()
        return {key for key in keys if key in stored and stored[key][0] != labels}

    def equal(self, node: NodeType, rows: Iterable[Row]) -> set[str]:
        """The keys of rows whose nodes are there just so."""
        stored = self._nodes[node.label]
        found = {
            row[node.key]
            for row in rows
            if row[node.key] in stored
            and stored[row[node.key]][1] == {name: value for name, value in row.items() if value is not None}
        }
        self._asked[node.label] |= found
        return found

    def keys(self, node: NodeType) -> set[str]:
        """The keys of the nodes of a kind that are there."""
        return set(self._nodes[node.label])

    def gone(self, node: NodeType) -> set[str]:
        """The keys of nodes about which nothing asked."""
        return self._nodes[node.label].keys() - self._asked[node.label]

    def drop(self, node: NodeType, keys: Collection[str]) -> None:
        """Note that nodes have been deleted, and their relationships with them."""
        stored = self._nodes[node.label]
        for key in keys:
            stored.pop(key, None)
        self._dropped[node.label].update(keys)

    def finish(self, transaction: AnyTransaction) -> None:
        """Set what changed in nodes that stay.

        After all relationships: the embedded server doesn't find those of a node any more whose properties the
        transaction has set.
        """
        for node in key_types():
            set_properties(transaction, node, self._changed.pop(node.label, []))

    # ------------------------------------------------------------ relationships

    def new_edges(
        self, relationship: RelationshipType, start: NodeType, end: NodeType, edges: Iterable[Edge]
    ) -> list[Edge]:
        """The relationships that aren't there just so."""
        stored = self._edges.get((relationship.name, start.label, end.label))
        if not stored:
            return list(edges)
        starts, ends = self._dropped[start.label], self._dropped[end.label]
        plain: dict[int, tuple[Row, dict[str, Any]]] = {}
        new: list[Edge] = []
        for edge in edges:
            a, b, row = edge
            found = stored.get((a, b))
            if found and a not in starts and b not in ends:
                if id(row) not in plain:
                    plain[id(row)] = row, {name: each for name, each in row.items() if each is not None}
                wanted = plain[id(row)][1]
                at = next((at for at, (_, properties) in enumerate(found) if properties == wanted), None)
                if at is not None:
                    del found[at]
                    continue
            new.append(edge)
        return new

    def delete_leftovers(self, transaction: AnyTransaction, relationship: RelationshipType) -> None:
        """Delete the relationships of a type about which nothing asked."""
        for node_a, node_b in _ENDS[relationship.name]:
            stored = self._edges.pop((relationship.name, node_a.label, node_b.label), {})
            starts, ends = self._dropped[node_a.label], self._dropped[node_b.label]
            delete_relationships(
                transaction,
                relationship,
                node_a,
                node_b,
                [
                    (a, b, each)
                    for (a, b), found in stored.items()
                    if a not in starts and b not in ends
                    for each, _ in found
                ],
            )

    # ------------------------------------------------------------ reading

    def read_nodes(self, transaction: AnyTransaction, accounts: Collection[str]) -> bool:
        """Read the nodes of accounts; False where relationships that follow from them are missing."""
        for node in key_types():
            if not any(each.name == "account" for each in node.properties):
                continue
            loaded = " AND n.loaded = true" if node is PRINCIPAL else ""
            keys = _one(
                transaction,
                f"MATCH (n:{node.label}) WHERE n.account IN $accounts{loaded} "
                f"RETURN collect(n.{node.key}) AS found",
                accounts=list(accounts),
            )
            stored = self._nodes[node.label]
            look = (
                f"UNWIND $keys AS key MATCH (n:{node.label} {{{node.key}: key}}) "
                "RETURN collect([labels(n), properties(n)]) AS found"
            )
            for some in batches(sorted(keys)):
                for labels, properties in _one(transaction, look, keys=some):
                    stored[properties[node.key]] = frozenset(labels), properties
        return self._is_whole(transaction, accounts)

    def _is_whole(self, transaction: AnyTransaction, accounts: Collection[str]) -> bool:
        """Whether the relationships are there that stay along with their nodes, as many as there must be.

        Whoever may write in the graph may have taken some out.
        """
        nodes = self._nodes
        statements = [properties for _, properties in nodes["Statement"].values()]
        kinds = [each["kind"] for _, each in nodes["Policy"].values() if each["loaded"]]
        things = len(kinds) + sum(len(nodes[label]) for label in ("Group", "InstanceProfile", "Resource"))
        people: LiteralString = "MATCH (n:Principal) WHERE n.account IN $accounts RETURN count(*) AS number"
        here = {"accounts": list(accounts)}
        wanted: dict[LiteralString, int] = {
            "(n:Statement)<-[:HAS_STATEMENT]-()": len(statements),
            "(n:PolicyVersion)<-[:HAS_VERSION]-()": len(nodes["PolicyVersion"]),
            "(n:Statement)-[:HAS_ACTION]->()": _patterns(statements, "actions"),
            "(n:Statement)-[:HAS_NOT_ACTION]->()": _patterns(statements, "not_actions"),
            "(n:Inline)<-[:ATTACHED]-()": kinds.count("inline"),
            "(n:Trust)<-[:ATTACHED]-()": kinds.count("trust"),
            "(n:ResourceBased)<-[:ATTACHED]-()": kinds.count("resource"),
        }
        found = {
            pattern: _number(
                transaction, f"MATCH {pattern} WHERE n.account IN $accounts RETURN count(*) AS number", here
            )
            for pattern in wanted
        }
        inside: LiteralString = (
            "UNWIND $accounts AS id MATCH (:Account {id: id})<-[r:IN]-() RETURN count(r) AS number"
        )
        wanted_inside = things + _number(transaction, people, here)
        return found == wanted and _number(transaction, inside, here) == wanted_inside

    def read_edges(
        self,
        transaction: AnyTransaction,
        accounts: Collection[str],
        concerned: Collection[str] | None,
        without: Collection[str],
    ) -> None:
        """Read the relationships that a load writes anew, but for those with an end in the accounts `without`.

        They are those of the nodes of `accounts`, CAN_ASSUME of the accounts `concerned` (None: of all), and
        every CAN_ESCALATE.
        """
        lists = {"accounts": list(accounts), "without": list(without)}
        if accounts:
            people = self.keys(PRINCIPAL)
            users = {key for key, (labels, _) in self._nodes["Principal"].items() if "User" in labels}
            self._take(transaction, MEMBER_OF, PRINCIPAL, GROUP, users, "true", lists)
            for owner in (PRINCIPAL, GROUP):
                managed = "b.kind = 'managed'"
                self._take(transaction, ATTACHED, owner, POLICY, self.keys(owner), managed, lists)
            profiles = self.keys(INSTANCE_PROFILE)
            self._take(transaction, HAS_ROLE, INSTANCE_PROFILE, PRINCIPAL, profiles, "true", lists)
            not_without = "(b.account IS NULL OR NOT b.account IN $without)"
            self._take(transaction, TRUSTS, PRINCIPAL, PRINCIPAL, people - users, not_without, lists)
            self._take(transaction, TRUSTS, PRINCIPAL, ACCOUNT, people - users, "true", lists)
            named = _one(
                transaction,
                "MATCH (n:Principal) WHERE n.account IN $accounts RETURN collect(n.arn) AS found",
                accounts=list(accounts),
            )
            others = "NOT a.account IN $accounts AND NOT a.account IN $without"
            self._take(transaction, TRUSTS, PRINCIPAL, PRINCIPAL, named, others, lists, from_end=True)
        self._read_assumptions(transaction, concerned, without)
        # Also those from where whoever made itself administrator comes to, which no export holds.
        from_ = _one(transaction, "MATCH (n:Principal) RETURN collect(n.arn) AS found")
        neither = f"(a.account IS NULL OR NOT a.account IN $without) AND {_NOT_WITHOUT}"
        self._take(transaction, CAN_ESCALATE, PRINCIPAL, PRINCIPAL, from_, neither, lists)

    def _read_assumptions(
        self, transaction: AnyTransaction, concerned: Collection[str] | None, without: Collection[str]
    ) -> None:
        here = "true" if concerned is None else "n.account IN $here AND NOT n.account IN $without"
        lists = {"here": list(concerned or ()), "without": list(without)}

        def keys(label: str, where: str) -> list[str]:
            return _one(
                transaction, f"MATCH (n:{label}) WHERE {where} RETURN collect(n.arn) AS found", **lists
            )

        anybody = "(a.account IS NULL OR NOT a.account IN $without)"
        ends = CAN_ASSUME, PRINCIPAL, PRINCIPAL
        self._take(transaction, *ends, keys("Role", here), anybody, lists, from_end=True)
        if concerned is None:
            return
        # What joins them to other accounts is looked for from the side that has less.
        people, roles = keys("Principal", here), keys("Role", "NOT n.account IN $here")
        if len(people) < len(roles):
            self._take(transaction, *ends, people, "NOT b.account IN $here", lists)
        else:
            to = "a.account IN $here AND NOT a.account IN $without"
            self._take(transaction, *ends, roles, to, lists, from_end=True)

    def _take(
        self,
        transaction: AnyTransaction,
        relationship: RelationshipType,
        start: NodeType,
        end: NodeType,
        keys: Collection[str],
        where: str,
        lists: Mapping[str, Any],
        *,
        from_end: bool = False,
    ) -> None:
        """Read the relationships that begin (or end) at these nodes."""
        name, node = ("b", end) if from_end else ("a", start)
        values = "".join(f", e.`{each.name}`" for each in relationship.properties)
        statement = (
            f"UNWIND $keys AS key MATCH ({name}:{node.label} {{{node.key}: key}}) "
            f"MATCH (a:{start.label})-[e:{relationship.name}]->(b:{end.label}) WHERE {where} "
            f"RETURN collect([a.{start.key}, b.{end.key}, elementId(e){values}]) AS found"
        )
        names = [each.name for each in relationship.properties]
        known = self._edges.setdefault((relationship.name, start.label, end.label), {})
        for some in parts(sorted(keys), _DENSE if relationship.derived else ROWS_PER_BATCH // 4):
            for a, b, own_id, *found in _one(transaction, statement, keys=some, **lists):
                properties = {key: each for key, each in zip(names, found, strict=True) if each is not None}
                known.setdefault((a, b), []).append((own_id, properties))


_NOT_WITHOUT = "(b.account IS NULL OR NOT b.account IN $without)"
_ENDS: Mapping[str, tuple[tuple[NodeType, NodeType], ...]] = {
    MEMBER_OF.name: ((PRINCIPAL, GROUP),),
    ATTACHED.name: ((PRINCIPAL, POLICY), (GROUP, POLICY)),
    HAS_ROLE.name: ((INSTANCE_PROFILE, PRINCIPAL),),
    TRUSTS.name: ((PRINCIPAL, PRINCIPAL), (PRINCIPAL, ACCOUNT)),
    CAN_ASSUME.name: ((PRINCIPAL, PRINCIPAL),),
    CAN_ESCALATE.name: ((PRINCIPAL, PRINCIPAL),),
}
"""The kinds of nodes, by the labels of their keys, between which such relationships are compared."""


def accounts_to_keep(transaction: AnyTransaction, accounts: Collection[str], derivation: int) -> set[str]:
    """Those of `accounts` (to be loaded again) of which something may stay.

    The others aren't there, or older rules wrote them: `derivation` is the number of the rules of today.
    """
    return set(
        _one(
            transaction,
            "MATCH (l:Load) WHERE l.id IN $accounts AND l.derivation = $derivation "
            "RETURN collect(l.id) AS found",
            accounts=list(accounts),
            derivation=derivation,
        )
    )


def read_kept(
    transaction: AnyTransaction,
    accounts: Collection[str],
    again: set[str],
    concerned: Collection[str] | None,
) -> tuple[Kept, set[str]]:
    """What may stay of the accounts `again`, and these; none where the graph lacks what must be there.

    `accounts` are all to be written, `concerned` those whose CAN_ASSUME are derived anew, None for all.
    """
    kept = Kept()
    if again and not kept.read_nodes(transaction, again):
        kept, again = Kept(), set()
    kept.read_edges(transaction, again, concerned, set(accounts) - again)
    return kept, again


def _one(transaction: AnyTransaction, statement: str, **parameters: Any) -> list[Any]:
    found: list[Any] = transaction.run(statement, parameters).single(strict=True)["found"]
    return found


def _number(transaction: AnyTransaction, statement: LiteralString, parameters: dict[str, Any]) -> int:
    number: int = transaction.run(statement, parameters).single(strict=True)["number"]
    return number


def _patterns(statements: Iterable[Mapping[str, Any]], name: str) -> int:
    """How many relationships to patterns such statements have."""
    total = 0
    for each in statements:
        keys = (pattern_key(text) for text in each.get(name) or ())
        total += len({key.lower() for key in keys if key is not None})
    return total

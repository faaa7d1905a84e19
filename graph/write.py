"""Batched writing of declared nodes and relationships within one transaction.

Every function takes an open transaction (`Database.transaction()` or `graph.sequence.load_transaction()`) and
sends rows in batches that stay far below the 16 MiB at which a request hangs on the embedded server.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graph.batches import batches
from graph.relabel import change_labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from neo4j import ManagedTransaction, Transaction

    from graph.schema import NodeType, RelationshipType

    AnyTransaction = Transaction | ManagedTransaction

Row = Mapping[str, Any]
Edge = tuple[str, str, Row]
"""Key of the node it starts from, key of the node it goes to, properties."""


class MissingEnd(ValueError):
    """A relationship names a node that isn't there. The text gives type and number."""


def create_nodes(
    transaction: AnyTransaction, node: NodeType, rows: Iterable[Row], *, more: tuple[str, ...] = ()
) -> int:
    """Create nodes that are known to be new; each row maps property names to values and holds the key.

    Values are text, numbers, truth values or lists of text; None leaves a property out. `more` names labels
    beyond the type's, `(ADMIN_LABEL,)`. Returns how many.
    Raises `ValueError` for a property that isn't declared, `TooLarge`, and the driver's `ConstraintError`
    where the key exists.
    """
    names = {node.key, *(one.name for one in node.properties)}
    statement = f"UNWIND $rows AS row CREATE (n:{':'.join((*node.labels, *more))}) SET n = row"
    written = 0
    for batch in batches(_cleaned(rows, names, node.key, node.special)):
        transaction.run(statement, rows=batch).consume()
        written += len(batch)
    return written


def merge_nodes(
    transaction: AnyTransaction, node: NodeType, rows: Iterable[Row], *, only_new: bool = False
) -> int:
    """Create the nodes that are missing; give the others the row's properties and this type's labels.

    Other labels go: so what was only known as `Principal:External` becomes `Principal:Role` when it is
    loaded, and an `Admin` of an earlier load has to show it again. Relationships stay.

    With `only_new` existing nodes stay exactly as they are: so a mere mention never touches a loaded entity.
    A key may occur more than once in `rows`; the last one counts. Returns how many were created.
    """
    by_key = {row[node.key]: row for row in rows}
    labels: dict[str, frozenset[str]] = {}
    look = (
        f"UNWIND $keys AS key MATCH (n:{node.label} {{{node.key}: key}}) "
        f"RETURN n.{node.key} AS key, labels(n) AS labels"
    )
    for keys in batches(list(by_key)):
        for record in transaction.run(look, keys=keys):
            labels[record["key"]] = frozenset(record["labels"])
    created = create_nodes(transaction, node, [row for key, row in by_key.items() if key not in labels])
    if not only_new and labels:
        names = {node.key, *(one.name for one in node.properties)}
        wanted = frozenset(node.labels)
        change_labels(transaction, node, [key for key, found in labels.items() if found != wanted])
        set_properties(transaction, node, [_declared(by_key[key], names, node.special) for key in labels])
    return created


def set_properties(transaction: AnyTransaction, node: NodeType, rows: Iterable[Row]) -> None:
    """Set properties of existing nodes; each row holds the key and the properties; None removes one."""
    statement = f"UNWIND $rows AS row MATCH (n:{node.label} {{{node.key}: row.key}}) SET n += row.properties"
    plain = ({"key": row[node.key], "properties": _others(row, node.key)} for row in rows)
    for batch in batches(plain):
        transaction.run(statement, rows=batch).consume()


def create_relationships(
    transaction: AnyTransaction,
    relationship: RelationshipType,
    start: NodeType,
    end: NodeType,
    edges: Iterable[Edge],
) -> int:
    """Create relationships between existing nodes: `(key of the start, key of the end, properties)`.

    Nodes are found by the key label of `start` and `end`. Returns how many. Raises `ValueError` for ends or
    properties that aren't declared, and `MissingEnd` where a node isn't there.
    """
    if not any(a in start.labels and b in end.labels for a, b in relationship.ends):
        raise ValueError(f"{relationship.name} does not go from {start.special} to {end.special}")
    names = {one.name for one in relationship.properties}
    values = ", ".join(f"`{name}`: row.`{name}`" for name in sorted(names))
    statement = (
        f"UNWIND $rows AS row MATCH (a:{start.label} {{{start.key}: row.a}}) "
        f"MATCH (b:{end.label} {{{end.key}: row.b}}) "
        f"CREATE (a)-[r:{relationship.name}{f' {{{values}}}' if names else ''}]->(b) RETURN count(r) AS made"
    )
    rows = ({**_declared(row, names, relationship.name), "a": a, "b": b} for a, b, row in edges)
    written = 0
    for batch in batches(rows):
        made = transaction.run(statement, rows=batch).single(strict=True)["made"]
        if made != len(batch):
            raise MissingEnd(
                f"{len(batch) - made} of {len(batch)} {relationship.name} relationships name a "
                f"{start.special} or {end.special} that isn't in the graph"
            )
        written += made
    return written


def _cleaned(rows: Iterable[Row], names: set[str], key: str, what: str) -> Iterator[dict[str, Any]]:
    for row in rows:
        if not row.get(key):
            raise ValueError(f"a {what} without its key '{key}'")
        yield {name: value for name, value in _declared(row, names, what).items() if value is not None}


def _declared(row: Row, names: set[str], what: str) -> Row:
    if not row.keys() <= names:
        raise ValueError(f"{what} has no property {', '.join(sorted(row.keys() - names))}")
    return row


def _others(row: Row, key: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != key}

"""Changing the labels of nodes that exist.

The embedded server keeps each combination of labels as a type of its own, and takes one change of a node's
labels in a transaction, and none where the node was made in it. So nodes are taken out and put back with
their relationships, which works on every server.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from graph.batches import batches
from graph.schema import key_types

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neo4j import ManagedTransaction, Transaction

    from graph.schema import NodeType

    AnyTransaction = Transaction | ManagedTransaction

_End = tuple[str, str]
"""Key label and key of a node."""


def change_labels(
    transaction: AnyTransaction, node: NodeType, keys: Iterable[str], more: tuple[str, ...] = ()
) -> None:
    """Give existing nodes exactly the labels of this type (and `more`); properties and relationships stay.

    `keys` that aren't in the graph are passed over. The nodes' element ids change. Once for a key in one
    transaction: the embedded server takes a key out and puts it back one time only.
    """
    for some in batches(sorted(set(keys))):
        nodes, edges = _take_out(transaction, node, some)
        put = f"UNWIND $rows AS row CREATE (n:{':'.join((*node.labels, *more))}) SET n = row"
        for rows in batches(nodes):
            transaction.run(put, rows=rows).consume()
        for (name, start, end), pairs in edges.items():
            join = (
                f"UNWIND $rows AS row MATCH (a:{start} {{{_KEYS[start]}: row.a}}) "
                f"MATCH (b:{end} {{{_KEYS[end]}: row.b}}) CREATE (a)-[r:{name}]->(b) SET r = row.properties"
            )
            for rows in batches(pairs):
                transaction.run(join, rows=rows).consume()


_KEYS = {node.label: node.key for node in key_types()}


def _take_out(
    transaction: AnyTransaction, node: NodeType, keys: list[str]
) -> tuple[list[dict[str, Any]], dict[tuple[str, str, str], list[dict[str, Any]]]]:
    """Properties of the nodes, and their relationships by type and ends; the nodes are deleted."""
    match = f"UNWIND $keys AS key MATCH (n:{node.label} {{{node.key}: key}})"
    nodes = [
        dict(one["found"]) for one in transaction.run(f"{match} RETURN properties(n) AS found", keys=keys)
    ]
    edges: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    seen: set[str] = set()
    asked = (
        f"{match} MATCH (n)-[r]-(m) RETURN elementId(r) AS id, type(r) AS name, properties(r) AS properties, "
        "labels(startNode(r)) AS start_labels, properties(startNode(r)) AS start, "
        "labels(endNode(r)) AS end_labels, properties(endNode(r)) AS end"
    )
    for record in transaction.run(asked, keys=keys):
        if record["id"] in seen:
            continue  # both of its ends are taken out, or it is a loop
        seen.add(record["id"])
        start, a = _end(record["start_labels"], record["start"])
        end, b = _end(record["end_labels"], record["end"])
        edges[record["name"], start, end].append({"a": a, "b": b, "properties": record["properties"]})
    transaction.run(f"{match} DETACH DELETE n", keys=keys).consume()
    return nodes, edges


def _end(labels: list[str], properties: dict[str, Any]) -> _End:
    label = next(one for one in labels if one in _KEYS)
    return label, properties[_KEYS[label]]

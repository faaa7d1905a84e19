"""What comes out of the graph as plain Python: for tables, JSON and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graph.driver import import_driver


@dataclass(frozen=True)
class GraphNode:
    """A node: its id within this answer's database, labels in alphabetical order, properties."""

    id: str
    labels: tuple[str, ...]
    properties: dict[str, Any]


@dataclass(frozen=True)
class GraphRelationship:
    """A relationship: its id, its type, the ids of its ends, properties."""

    id: str
    type: str
    start: str
    end: str
    properties: dict[str, Any]


@dataclass(frozen=True)
class GraphPath:
    """A path: its nodes in order, and the relationships between them."""

    nodes: tuple[GraphNode, ...]
    relationships: tuple[GraphRelationship, ...]


def plain(value: Any) -> Any:
    """A driver's value as None, truth value, number, text, list, dict, or one of the three kinds above.

    Dates and times become ISO 8601 text, bytes hexadecimal text, points a dict.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple, set, frozenset)) and not hasattr(value, "srid"):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    return _entity(value)


def _entity(value: Any) -> Any:
    graph = import_driver().graph
    if isinstance(value, graph.Node):
        return GraphNode(value.element_id, tuple(sorted(value.labels)), plain(dict(value)))
    if isinstance(value, graph.Relationship):
        start, end = (node.element_id if node is not None else "" for node in value.nodes)
        return GraphRelationship(value.element_id, value.type, start, end, plain(dict(value)))
    if isinstance(value, graph.Path):
        return GraphPath(
            tuple(plain(node) for node in value.nodes), tuple(plain(one) for one in value.relationships)
        )
    if hasattr(value, "srid"):
        return {"srid": value.srid, "coordinates": [float(one) for one in value]}
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    return value.iso_format() if hasattr(value, "iso_format") else str(value)


def as_json(value: Any) -> Any:
    """The same as `plain` gives, with nodes, relationships and paths as dicts: what `json.dumps` takes."""
    if isinstance(value, GraphNode):
        return {"id": value.id, "labels": list(value.labels), "properties": as_json(value.properties)}
    if isinstance(value, GraphRelationship):
        return {
            "id": value.id,
            "type": value.type,
            "start": value.start,
            "end": value.end,
            "properties": as_json(value.properties),
        }
    if isinstance(value, GraphPath):
        return {"nodes": as_json(list(value.nodes)), "relationships": as_json(list(value.relationships))}
    if isinstance(value, (list, tuple)):
        return [as_json(one) for one in value]
    if isinstance(value, dict):
        return {key: as_json(one) for key, one in value.items()}
    return value

"""The picture of an answer in Cypher: the nodes, relationships and paths that stand in its rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from app.cells import cell_text
from app.pictures.addresses import address
from app.pictures.kinds import KINDS
from app.pictures.layout import on_a_grid, with_room
from app.pictures.picture import MOST_NODES, Edge, Node, Picture
from app.pictures.text import labels
from graph.values import GraphNode, GraphPath, GraphRelationship

_BY_LABEL = {
    "Group": "group",
    "Policy": "policy",
    "PolicyVersion": "policy",
    "Resource": "resource",
    "Account": "account",
    "OrganizationalUnit": "account",
    "Organization": "account",
    "Action": "action",
    "ActionPattern": "action",
}
_MOST_LINES = 12
_MOST_NAMED = 40
_SEED = 7
_ROOM = (165.0, 80.0)
_WIDEST = 1400.0
"""Wider than this its labels are too small where the page has room for them."""


def picture_of_answer(rows: Iterable[Sequence[Any]], most: int = MOST_NODES) -> Picture | None:
    """The picture; None where the rows hold no node, relationship or path. At most `most` nodes."""
    nodes: dict[str, GraphNode] = {}
    edges: dict[str, GraphRelationship] = {}
    for row in rows:
        for found in _entities(row):
            if isinstance(found, GraphNode):
                # The whole node, rather than the mere end of a relationship that came before it.
                if found.id not in nodes or found.labels:
                    nodes[found.id] = found
            else:
                edges[found.id] = found
    for each in edges.values():
        for end in (each.start, each.end):
            nodes.setdefault(end, GraphNode(end, (), {}))
    if not nodes:
        return None
    shown = list(nodes.values())[:most]
    kept = {each.id for each in shown}
    lines = [
        Edge(
            each.start,
            each.end,
            str(each.properties.get("verdict") or ""),
            each.type,
            (each.type, *_lines(each.properties)),
        )
        for each in edges.values()
        if each.start in kept and each.end in kept
    ]
    drawn = tuple(map(_node, shown))
    names = labels(drawn)
    places = _places(names, lines)
    room = with_room([(each.source, each.target, each.name) for each in lines], places, names)
    return Picture(
        "Answer",
        drawn,
        tuple(each if at in room else replace(each, name="") for at, each in enumerate(lines)),
        places,
        len(shown),
        len(nodes),
        "nodes",
    )


def words_of(value: Any) -> Any:
    """A value of an answer as a cell: of nodes their names, of paths the names along them."""
    if isinstance(value, GraphNode):
        return _name(value)
    if isinstance(value, GraphRelationship):
        return value.type
    if isinstance(value, GraphPath):
        return " → ".join(map(_name, value.nodes))
    if isinstance(value, list):
        return "; ".join(cell_text(words_of(each)) for each in value)
    return value


def _entities(value: Any) -> Iterator[GraphNode | GraphRelationship]:
    if isinstance(value, (GraphNode, GraphRelationship)):
        yield value
    elif isinstance(value, GraphPath):
        yield from value.nodes
        yield from value.relationships
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _entities(each)


def _node(node: GraphNode) -> Node:
    kind = _kind(node)
    ident = str(node.properties.get("arn") or node.properties.get("id") or "")
    page = ""
    if "Principal" in node.labels or kind in ("group", "resource"):
        page = address("principal" if "Principal" in node.labels else kind, arn=ident)
    elif "Policy" in node.labels:
        page = address("policy", id=ident)
    return Node(node.id, kind, _name(node), (" ".join(node.labels), *_lines(node.properties)), address=page)


def _kind(node: GraphNode) -> str:
    if "Principal" in node.labels:
        kind = str(node.properties.get("type"))
        return kind if kind in KINDS else "other"
    if "Statement" in node.labels:
        return "deny" if node.properties.get("effect") == "Deny" else "allow"
    return next((_BY_LABEL[label] for label in node.labels if label in _BY_LABEL), "other")


def _name(node: GraphNode) -> str:
    have = node.properties
    for key in ("name", "sid", "pattern", "arn", "id"):
        if have.get(key):
            return str(have[key])
    return "statement " + str(have["index"]) if "index" in have else node.id


def _lines(properties: dict[str, Any]) -> tuple[str, ...]:
    found = [
        f"{key}: {cell_text(value)[:200]}" for key, value in properties.items() if value not in (None, "", [])
    ]
    return tuple(found[:_MOST_LINES])


def _places(names: dict[str, str], edges: Sequence[Edge]) -> dict[str, tuple[float, float]]:
    """Places by springs between joined nodes, with a fixed beginning; the parts stand side by side.

    `names` are the nodes' labels, by their ids.
    """
    import networkx as nx

    web = nx.Graph()
    web.add_nodes_from(sorted(names))
    web.add_edges_from((each.source, each.target) for each in edges)
    parts = []
    for members in sorted(nx.connected_components(web), key=lambda part: (-len(part), min(part))):
        part = web.subgraph(sorted(members))
        reach = 62.0 * math.sqrt(len(part)) if len(part) > 1 else 1.0
        wide = min(1.5 * reach, (_WIDEST - _ROOM[0]) / 2)
        high = 1.5 * reach * reach / wide
        placed = nx.spring_layout(part, seed=_SEED, iterations=150)
        wanted = {node: (wide * float(x), high * float(y)) for node, (x, y) in placed.items()}
        parts.append(on_a_grid(wanted, names))
    return _side_by_side(parts)


def _side_by_side(parts: Sequence[dict[str, tuple[float, float]]]) -> dict[str, tuple[float, float]]:
    """Parts in rows from left to right, about twice as wide as high together, but no wider than can be read."""
    sizes = []
    for part in parts:
        xs, ys = [x for x, _ in part.values()], [y for _, y in part.values()]
        sizes.append((min(xs), min(ys), max(xs) - min(xs) + _ROOM[0], max(ys) - min(ys) + _ROOM[1]))
    even = math.sqrt(sum(width * height for _, _, width, height in sizes) * 2.2)
    widest = max(min(even, _WIDEST), *(width for _, _, width, _ in sizes))
    places: dict[str, tuple[float, float]] = {}
    at_x = at_y = highest = 0.0
    for part, (left, top, width, height) in zip(parts, sizes, strict=True):
        if at_x and at_x + width > widest:
            at_x, at_y, highest = 0.0, at_y + highest, 0.0
        places.update((node, (x - left + at_x, y - top + at_y)) for node, (x, y) in part.items())
        at_x, highest = at_x + width, max(highest, height)
    return places

"""The picture of one way over hops: whom a principal becomes, one after the other, and what the last may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.pictures.addresses import address
from app.pictures.layout import ICON, LEAST, SMALL_WIDE, layered
from app.pictures.picture import Edge, Node, Picture
from app.pictures.text import label, labels


@dataclass(frozen=True)
class Hop:
    """A hop: whom it leads to (ARN, kind, name), the technique's name, verdict, and lines that say more."""

    arn: str
    kind: str
    name: str
    technique: str
    verdict: str
    lines: tuple[str, ...] = ()


def hops_picture(source: tuple[str, str, str], hops: Sequence[Hop], action: str, resource: str) -> Picture:
    """The picture, from left to right. `source` is ARN, kind and name of who begins."""
    arn, kind, name = source
    nodes = [Node(arn, kind, name, (kind, arn), address=address("principal", arn=arn), strong=True)]
    edges = []
    for hop in hops:
        at = nodes[-1].id
        # A step that changes a principal leads to the same one: it stands there once more, as it is then.
        ident = hop.arn if all(each.id != hop.arn for each in nodes) else f"{hop.arn} {len(nodes)}"
        there = address("principal", arn=hop.arn)
        nodes.append(Node(ident, hop.kind, hop.name, (hop.kind, hop.arn), address=there))
        edges.append(Edge(at, ident, hop.verdict, hop.technique, hop.lines))
    goal = Node("goal", "resource", resource.split(":", 5)[-1] or action, (action, resource), strong=True)
    edges.append(Edge(nodes[-1].id, goal.id, "", action))
    nodes.append(goal)
    joined = [(each.source, each.target) for each in edges]
    # Each line has its name in its middle, between the two signs.
    longest = max(len(label(each.name)) for each in edges)
    room = max(LEAST, longest * SMALL_WIDE + 4 * ICON)
    places = layered([[each.id] for each in nodes], joined, labels(nodes), least=room)
    return Picture(f"{name}, over hops", tuple(nodes), tuple(edges), places, len(nodes), len(nodes))

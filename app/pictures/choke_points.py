"""The picture of choke points: whom each grant's removal cuts off, from left to right, and from what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from app.pictures.addresses import address
from app.pictures.layout import layered
from app.pictures.paths import GATHER_FROM, Who
from app.pictures.picture import MOST_NODES, Edge, Node, Picture
from app.pictures.text import labels

TARGET = "target"


@dataclass(frozen=True)
class DrawnPoint:
    """A grant: its id and name, hover lines, where a click on its lines leads, and whom it cuts off."""

    id: str
    name: str
    lines: tuple[str, ...]
    address: str
    cuts: tuple[str, ...]


def choke_points_picture(
    points: Sequence[DrawnPoint],
    target: Who,
    who: Callable[[str], Who],
    *,
    opened: Collection[str] = (),
    most: int = MOST_NODES,
) -> Picture:
    """The picture. `opened` holds ids of gathered nodes whose principals are to stand one by one."""
    nodes: list[Node] = []
    edges: list[Edge] = []
    sources: list[str] = []
    shown = 0
    for point in points:
        nodes.append(
            Node(f"grant {point.id}", "allow", point.name, point.lines, address=point.address, strong=True)
        )
        edges.append(Edge(f"grant {point.id}", TARGET, lines=point.lines, address=point.address))
        alike: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
        for arn in point.cuts:
            alike[who(arn).kind, who(arn).marks].append(arn)
        for (kind, marks), arns in alike.items():
            ident = f"many {point.id} {kind} {' '.join(marks)}"
            if len(arns) < GATHER_FROM or ident in opened:
                arns = arns[: max(0, most - len(nodes))]
                new = [
                    Node(arn, kind, who(arn).name, (kind, arn), marks=marks,
                         address=address("principal", arn=arn))
                    for arn in arns
                ]  # fmt: skip
            else:
                lines = ("double click shows them one by one", *arns)
                new = [Node(ident, kind, f"{len(arns)} cut off", lines, len(arns), marks=marks)]
            nodes += new
            sources += [each.id for each in new]
            edges += [
                Edge(each.id, f"grant {point.id}", "", "", point.lines, address=point.address) for each in new
            ]
            shown += len(arns)
    nodes.append(Node(TARGET, target.kind, target.name, (target.name,), strong=True, marks=target.marks))
    columns = [sources, [f"grant {point.id}" for point in points], [TARGET]]
    return Picture(
        f"Choke points on the way to {target.name}",
        tuple(nodes),
        tuple(edges),
        layered(columns, [(edge.source, edge.target) for edge in edges], labels(nodes)),
        shown,
        sum(len(point.cuts) for point in points),
        "principals",
    )

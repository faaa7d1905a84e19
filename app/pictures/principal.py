"""The picture of a principal's surroundings: who can become it, what it holds, what it can become."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.pictures.addresses import address
from app.pictures.layout import layered
from app.pictures.picture import Edge, Node, Picture
from app.pictures.text import labels

MOST_IN_COLUMN = 12
Neighbour = tuple[str, str, str, str, str, str]
"""ARN, kind, name, verdict, what it hangs on, and how it is done."""


@dataclass(frozen=True)
class Near:
    """Who can become a principal, and whom it can become, in one step."""

    callers: tuple[Neighbour, ...]
    roles: tuple[Neighbour, ...]


def principal_picture(
    principal: tuple[str, str, str],
    groups: Sequence[tuple[str, str]],
    policies: Sequence[tuple[str, str, str]],
    near: Near,
    more: Mapping[str, Near],
    most: int = MOST_IN_COLUMN,
) -> Picture:
    """The picture. `principal` is ARN, kind and name; `groups` are ARN and name; `policies` id, name and via.

    `more` holds the surroundings of further principals that were asked for; no column has more than `most`.
    """
    arn, kind, name = principal
    drawing = _Drawing(most)
    drawing.principal(arn, kind, name, 0, strong=True)
    drawing.around(arn, near, 0)
    for other, its in more.items():
        if f"principal {other}" in drawing.columns:
            drawing.around(other, its, drawing.columns[f"principal {other}"])
    by_name = {f"group {name}": f"group {arn}" for arn, name in groups}
    for group_arn, group in groups:
        drawing.node(Node(f"group {group_arn}", "group", group, ("group", group_arn),
                          address=address("group", arn=group_arn)), 1)  # fmt: skip
        drawing.edge(f"principal {arn}", f"group {group_arn}")
    for ident, policy, via in policies:
        words = {"permissions": "policy", "boundary": "permissions boundary"}.get(via, via)
        if drawing.node(
            Node(f"policy {ident}", "policy", policy, (words, ident), address=address("policy", id=ident)), 2
        ):
            drawing.edge(by_name.get(via, f"principal {arn}"), f"policy {ident}")
    return drawing.picture(name)


@dataclass
class _Drawing:
    most: int
    nodes: dict[str, Node] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    filled: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    left_out: int = 0

    def node(self, node: Node, column: int) -> bool:
        """Put a node into a column; False where the column is full."""
        if node.id in self.nodes:
            return True
        if self.filled[column] >= self.most:
            self.left_out += 1
            return False
        self.filled[column] += 1
        self.nodes[node.id] = node
        self.columns[node.id] = column
        return True

    def principal(self, arn: str, kind: str, name: str, column: int, *, strong: bool = False) -> bool:
        lines = (kind, arn, "" if strong else "click: its surroundings, double click: its page")
        at = "" if strong else address("principal", arn=arn)
        return self.node(Node(f"principal {arn}", kind, name, lines, address=at, strong=strong), column)

    def edge(self, source: str, target: str, verdict: str = "", *lines: str) -> None:
        if not any(each.source == source and each.target == target for each in self.edges):
            self.edges.append(Edge(source, target, verdict, "", tuple(each for each in lines if each)))

    def around(self, arn: str, near: Near, column: int) -> None:
        for other, kind, name, verdict, hangs, how in near.callers:
            if self.principal(other, kind, name, column - 1):
                self.edge(f"principal {other}", f"principal {arn}", verdict, how, hangs)
        step = 3 if column == 0 else 1
        for other, kind, name, verdict, hangs, how in near.roles:
            if self.principal(other, kind, name, column + step):
                self.edge(f"principal {arn}", f"principal {other}", verdict, how, hangs)

    def picture(self, name: str) -> Picture:
        order: dict[int, list[str]] = defaultdict(list)
        for ident, column in self.columns.items():
            order[column].append(ident)
        forward = [
            (each.source, each.target)
            for each in self.edges
            if self.columns[each.source] < self.columns[each.target]
        ]
        names = labels(self.nodes.values())
        places = layered([order[column] for column in sorted(order)], forward, names)
        total = len(self.nodes) + self.left_out
        return Picture(
            f"Around {name}",
            tuple(self.nodes.values()),
            tuple(self.edges),
            places,
            len(self.nodes),
            total,
            "nodes",
        )

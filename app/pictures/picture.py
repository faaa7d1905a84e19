"""What a picture shows: nodes, edges, and where they stand. How it is drawn is `app.pictures.network`'s."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_NODES = 150
"""More than these nobody can read; the rest is told as a number and can be asked for."""
MOST_EVER = 600
"""However much is asked for: a browser paints so many in half a second."""


@dataclass(frozen=True)
class Node:
    """A node. `kind` is a key of `app.pictures.kinds.KINDS`; `lines` are shown when the mouse is on it.

    `stands_for` is how many things it gathers; `address` is the page of the explorer that is about it.
    `marks` are those that people have set on it; `dim` stands back behind the others.
    """

    id: str
    kind: str
    name: str
    lines: tuple[str, ...] = ()
    stands_for: int = 1
    address: str = ""
    strong: bool = False
    marks: tuple[str, ...] = ()
    dim: bool = False


@dataclass(frozen=True)
class Edge:
    """`verdict` is `allowed`, `depends`, or nothing where no certainty is meant; `deny`: of a Deny.

    A click on an edge with an `address` leads there; `strong` is the one that is looked at.
    """

    source: str
    target: str
    verdict: str = ""
    name: str = ""
    lines: tuple[str, ...] = ()
    deny: bool = False
    address: str = ""
    strong: bool = False
    dim: bool = False


@dataclass(frozen=True)
class Picture:
    """Nodes with their places (x to the right, y downwards), and edges between them.

    `shown` and `total` count what the picture is about, in `noun`: "18 of 31 principals".
    """

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    places: dict[str, tuple[float, float]] = field(default_factory=dict)
    shown: int = 0
    total: int = 0
    noun: str = "nodes"

    @property
    def note(self) -> str:
        """How much of it is shown, in words; nothing where all is."""
        return f"{self.shown:,} of {self.total:,} {self.noun}" if self.shown < self.total else ""

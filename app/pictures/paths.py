"""The picture of paths: who starts on the left, targets on the right, a line for each hop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from app.pictures.addresses import address
from app.pictures.layout import layered, with_room
from app.pictures.picture import MOST_NODES, Edge, Node, Picture
from app.pictures.text import label, labels

GATHER_FROM = 3
"""So many who start alike and go the same way stand as one node."""


@dataclass(frozen=True)
class Who:
    """Somebody on a path: the kind, the name, the marks that people have set."""

    kind: str
    name: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class DrawnHop:
    """A hop. `source` and `target` are keys of nodes: an ARN, with ` with CHANGE` where it is changed by then.

    `lines` are shown when the mouse is on it; `address` is where a click on it leads.
    """

    source: str
    target: str
    technique: str
    verdict: str
    lines: tuple[str, ...] = ()
    address: str = ""
    strong: bool = False


@dataclass(frozen=True)
class DrawnPath:
    """A path's hops, what may be done at its end (where an action was asked for), and whether it stands back."""

    hops: tuple[DrawnHop, ...]
    end: str = ""
    end_verdict: str = "allowed"
    dim: bool = False


def paths_picture(
    paths: Sequence[DrawnPath],
    who: Callable[[str], Who],
    title: str,
    *,
    total: int,
    opened: Collection[str] = (),
    most: int = MOST_NODES,
) -> Picture:
    """The picture of paths, of so many in `total`; `who` tells who an ARN is. At most `most` nodes.

    `opened` holds ids of gathered nodes whose principals are to stand one by one.
    """
    drawing = _Drawing(who)
    shown = 0
    for path in paths:
        if len(drawing.nodes | {key: 0 for hop in path.hops for key in (hop.source, hop.target)}) > most:
            break
        drawing.add(path)
        shown += 1
    if len(paths) > 1:
        drawing.gather(opened)
    return drawing.picture(title, shown, total)


@dataclass
class _Drawing:
    who: Callable[[str], Who]
    nodes: dict[str, int] = field(default_factory=dict)  # how many hops are left from there at most
    edges: dict[tuple[str, str], list[DrawnHop]] = field(default_factory=lambda: defaultdict(list))
    bright: set[str] = field(default_factory=set)
    bright_edges: set[tuple[str, str]] = field(default_factory=set)
    many: dict[str, list[str]] = field(default_factory=dict)
    ends: set[str] = field(default_factory=set)

    def add(self, path: DrawnPath) -> None:
        keys = [path.hops[0].source, *(hop.target for hop in path.hops)]
        for hop in path.hops:
            known = self.edges[hop.source, hop.target]
            if all(each.technique != hop.technique for each in known):
                known.append(hop)
        if path.end:
            self.ends.add(path.end)
            last = DrawnHop(keys[-1], path.end, "", path.end_verdict)
            self.edges[keys[-1], path.end] = [last]
            keys.append(path.end)
        for left, key in enumerate(reversed(keys)):
            self.nodes[key] = max(left, self.nodes.get(key, 0))
        if not path.dim:
            self.bright.update(keys)
            self.bright_edges.update(pairwise(keys))

    def gather(self, opened: Collection[str]) -> None:
        """Make one node of those who start alike: the same kind and marks, the same hops to the same nodes."""
        entered = {target for _, target in self.edges}
        going: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for (source, target), hops in self.edges.items():
            going[source] += [(target, hop.technique, hop.verdict) for hop in hops]
        alike: dict[object, list[str]] = defaultdict(list)
        for key in self.nodes:
            if key not in entered and key in going:
                who = self.who(key)
                alike[who.kind, who.marks, key in self.bright, tuple(sorted(going[key]))].append(key)
        for keys in alike.values():
            ident = f"many {keys[0]} {len(keys)}"
            if len(keys) >= GATHER_FROM and ident not in opened:
                self._put_together(ident, keys)

    def _put_together(self, ident: str, keys: list[str]) -> None:
        self.many[ident] = keys
        self.nodes[ident] = self.nodes[keys[0]]
        if keys[0] in self.bright:
            self.bright.add(ident)
        for at, key in enumerate(keys):
            del self.nodes[key]
            for source, target in [edge for edge in self.edges if edge[0] == key]:
                hops = self.edges.pop((source, target))
                if at == 0:
                    self.edges[ident, target] = [replace(hop, source=ident) for hop in hops]
                    if (source, target) in self.bright_edges:
                        self.bright_edges.add((ident, target))

    def picture(self, title: str, shown: int, total: int) -> Picture:
        columns: dict[int, list[str]] = defaultdict(list)
        for key, left in self.nodes.items():
            columns[left].append(key)
        forward = [
            (source, target)
            for source, target in self.edges
            if source != target and self.nodes[source] > self.nodes[target]
        ]
        nodes = [self._node(key) for key in self.nodes]
        names = labels(nodes)
        places = layered([columns[left] for left in sorted(columns, reverse=True)], forward, names)
        named = [(source, target, _name(hops)) for (source, target), hops in self.edges.items()]
        room = with_room(named, places, names)
        edges = [
            self._edge(ends, hops, _name(hops) if at in room else "")
            for at, (ends, hops) in enumerate(self.edges.items())
        ]
        return Picture(title, tuple(nodes), tuple(edges), places, shown, total, "paths")

    def _node(self, key: str) -> Node:
        dim = key not in self.bright
        if key in self.many:
            who = [self.who(each) for each in self.many[key]]
            lines = ("double click shows them one by one", *self.many[key])
            words = f"{len(who)} who go the same way"
            return Node(key, who[0].kind, words, lines, len(who), "", marks=who[0].marks, dim=dim)
        if key in self.ends:
            return Node(key, "resource", key.split(":", 6)[-1] if "arn:" in key else key, (key,), dim=dim)
        arn, _, change = key.partition(" with ")
        who_ = self.who(arn)
        lines = (who_.kind, arn, *((f"changed: {change}",) if change else ()))
        name = f"{label(who_.name, 13)}, changed" if change else who_.name
        page = "" if who_.kind == "administrator" else address("principal", arn=arn)
        return Node(key, who_.kind, name, lines, address=page, marks=who_.marks, dim=dim)

    def _edge(self, ends: tuple[str, str], hops: list[DrawnHop], name: str) -> Edge:
        first = hops[0]
        certain = any(hop.verdict == "allowed" for hop in hops)
        lines = tuple(line for hop in hops for line in hop.lines)
        return Edge(
            *ends,
            "allowed" if certain else "depends",
            name,
            lines,
            address=first.address,
            strong=any(hop.strong for hop in hops),
            dim=ends not in self.bright_edges,
        )


def _name(hops: Sequence[DrawnHop]) -> str:
    return hops[0].technique if len(hops) == 1 else f"{len(hops)} ways"

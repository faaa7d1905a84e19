"""Where nodes stand. Computed here, so that a picture is the same each time and nothing moves by itself."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

Places = dict[str, tuple[float, float]]

ROW = 52.0
LEAST, _BETWEEN = 140.0, 26.0
"""The least from the middle of one column to the next, and the room that is left between their labels."""
_SWEEPS = 5

ICON, BELOW = 15.0, 36.0
"""How far a node's sign reaches to each side, and its label downwards."""
WIDE, SMALL_WIDE, SMALL = 8.4, 7.2, 9.0
"""The width of a letter of a node's and of an edge's label, and half the height of the latter."""


def layered(
    columns: Sequence[Sequence[str]],
    edges: Iterable[tuple[str, str]],
    names: Mapping[str, str] | None = None,
    *,
    row: float = ROW,
    least: float = LEAST,
) -> Places:
    """Nodes in columns from left to right, each as near as may be to what it is joined with.

    Empty columns take no room, others as much as the labels of their nodes, `names`, need, and at `least` so
    much from one to the next. Within a column the order follows the neighbours, so that few edges cross.
    """
    filled = [list(each) for each in columns if each]
    real = {node for nodes in filled for node in nodes}
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for source, target in _in_steps(filled, edges):
        before[target].append(source)
        after[source].append(target)
    y = {node: at * row for nodes in filled for at, node in enumerate(nodes)}
    # The first column's order is the caller's: the others are put to it, then it to them, and so on.
    for sweep in range(_SWEEPS):
        joined, walk = (after, filled[::-1]) if sweep % 2 else (before, filled)
        for nodes in walk:
            wanted = {node: _mean([y[other] for other in joined[node]], y[node]) for node in nodes}
            nodes.sort(key=wanted.__getitem__)  # stable: what is wanted alike keeps its order
            spread = _apart([wanted[node] for node in nodes], row)
            y.update(zip(nodes, spread, strict=True))
    across = _across([[node for node in nodes if node in real] for nodes in filled], names or {}, least)
    return {
        node: (x, y[node]) for x, nodes in zip(across, filled, strict=True) for node in nodes if node in real
    }


def _across(columns: Sequence[Sequence[str]], names: Mapping[str, str], least: float) -> list[float]:
    """Where the middle of each column stands, such that no label reaches into the next column."""
    halves = [max(len(names.get(node, "")) for node in nodes) * WIDE / 2 for nodes in columns]
    found = [0.0] if columns else []
    for one, other in pairwise(halves):
        found.append(found[-1] + max(least, one + _BETWEEN + other))
    return found


def _mean(places: Sequence[float], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise


def _in_steps(columns: list[list[str]], edges: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The edges from column to column. One that passes over several has a place kept free in each.

    Those that lead to the same node share it: many of them would drive everything else apart.
    """
    at = {node: place for place, nodes in enumerate(columns) for node in nodes}
    kept: set[str] = set()
    for source, target in edges:
        before = source
        for between in range(at[source] + 1, at[target]) if at[target] - at[source] > 1 else ():
            keeper = f"-> {target} {between}"
            if keeper not in kept:
                kept.add(keeper)
                columns[between].append(keeper)
            yield before, keeper
            before = keeper
        yield before, target


def _apart(wanted: Sequence[float], gap: float) -> list[float]:
    """The places nearest to those wanted (in rising order) that keep a gap (pool adjacent violators)."""
    blocks: list[tuple[float, int]] = []
    for at, place in enumerate(wanted):
        blocks.append((place - at * gap, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (first, few), (second, more) = blocks[-2], blocks[-1]
            blocks[-2:] = [((first * few + second * more) / (few + more), few + more)]
    flat = [place for place, count in blocks for _ in range(count)]
    return [place + at * gap for at, place in enumerate(flat)]


def on_a_grid(wanted: Places, names: Mapping[str, str], row: float = ROW) -> Places:
    """Places as near as may be to those wanted, on a grid in which no label, `names`, reaches into another."""
    column = max([LEAST / 2, *(len(names.get(node, "")) * WIDE + 8 for node in wanted)])
    taken: set[tuple[int, int]] = set()
    found: Places = {}
    middle = [_mean([place[axis] for place in wanted.values()], 0.0) for axis in (0, 1)]
    for node in sorted(wanted, key=lambda node: (math.dist(wanted[node], middle), node)):
        x, y = wanted[node]
        at = _nearest_free(x / column, y / row, taken, column / row)
        taken.add(at)
        found[node] = (at[0] * column, at[1] * row)
    return found


def _nearest_free(x: float, y: float, taken: Collection[tuple[int, int]], flat: float) -> tuple[int, int]:
    """The free cell of a grid that is nearest to a place; cells are `flat` times as wide as they are high."""
    best, least = (0, 0), math.inf
    ring = 0
    while ring - 1 < least:  # what is further off in rows alone can't be nearer
        for right in range(-ring, ring + 1):
            for down in range(-ring, ring + 1):
                if max(abs(right), abs(down)) == ring:
                    cell = (round(x) + right, round(y) + down)
                    off = math.hypot((cell[0] - x) * flat, cell[1] - y)
                    if off < least and cell not in taken:
                        best, least = cell, off
        ring += 1
    return best


def with_room(edges: Sequence[tuple[str, str, str]], places: Places, names: Mapping[str, str]) -> set[int]:
    """Which edges (source, target, label), by their place in the list, have room for their label.

    A label stands in the middle of its edge; earlier ones take the room. `names` are the labels of the nodes.
    """
    taken: list[tuple[float, float, float, float]] = []
    for node, (x, y) in places.items():
        half = len(names.get(node, "")) * WIDE / 2
        taken += [(x - ICON, y - ICON, x + ICON, y + ICON), (x - half, y + ICON - 3, x + half, y + BELOW)]
    found = set()
    for at, (source, target, text) in enumerate(edges):
        (x1, y1), (x2, y2) = places[source], places[target]
        x, y, half = (x1 + x2) / 2, (y1 + y2) / 2, len(text) * SMALL_WIDE / 2
        box = (x - half, y - SMALL, x + half, y + SMALL)
        if source != target and text and not any(_overlap(box, other) for other in taken):
            taken.append(box)
            found.add(at)
    return found


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]

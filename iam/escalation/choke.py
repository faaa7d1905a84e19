"""Choke points: the few grants whose removal cuts most ways up, and the causes that paths share."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from iam.decision import Grant
from iam.escalation.held import HeldGrant
from iam.escalation.remaining import Remaining, Ways
from iam.escalation.web import Path, Web

_SECONDS_FOR_EXACT = 2.0
_LARGEST_EXACT = 6
_MOST_GREEDY = 50


@dataclass(frozen=True, slots=True)
class ChokePoint:
    """A grant to remove: the sources that it alone cuts off, after those chosen before it."""

    held: HeldGrant
    grant: Grant
    cuts: tuple[str, ...]

    @property
    def also_takes_away(self) -> dict[str, object]:
        """What else the statement gives, that removing it would take away."""
        statement = self.grant.statement
        return {
            "actions": list(statement.actions or [f"all but {text}" for text in statement.not_actions]),
            "resources": list(statement.resources or [f"all but {text}" for text in statement.not_resources]),
            "from": self.held.holder,
        }


@dataclass(frozen=True, slots=True)
class Cause:
    """A grant that paths share, with the paths that go by it."""

    held: HeldGrant
    grant: Grant
    paths: tuple[Path, ...]


class ChokePoints:
    """Finds choke points on the way to some targets.

    Administrators can act as anybody in their account; what cuts the ways to being one is a question of its own.
    So their steps within their account don't count as ways to a target.
    """

    def __init__(self, web: Web, targets: Collection[str]) -> None:
        self._ways = Ways(web, targets)

    @property
    def sources(self) -> list[str]:
        """The principals that reach a target."""
        return self._ways.sources(self._ways.whole)

    def greedy(self, count: int = 5) -> list[ChokePoint]:
        """The grants to remove one after another, each the one that then cuts off most sources."""
        chosen: list[ChokePoint] = []
        left = self._ways.whole
        while len(chosen) < count:
            before = set(self._ways.sources(left))
            best: tuple[HeldGrant, set[str], Remaining] | None = None
            may_cut = self._ways.may_cut(left)
            for held in sorted(
                may_cut, key=lambda each: (-len(may_cut[each]), each.statement_id, each.holder)
            ):
                if best is not None and len(may_cut[held]) <= len(best[1]):
                    break  # neither this one nor any after it can cut off more
                after = self._ways.without(left, frozenset({held}))
                cuts = before.difference(self._ways.sources(after))
                if cuts and (best is None or len(cuts) > len(best[1])):
                    best = held, cuts, after
            if best is None:
                break
            held, cuts, left = best
            chosen.append(ChokePoint(held, self._ways.grants.told[held], tuple(sorted(cuts))))
        return chosen

    def causes(self, paths: Sequence[Path]) -> list[Cause]:
        """The paths grouped by the grant that most of them share, then by the next among the rest."""
        uses: dict[int, frozenset[HeldGrant]] = {}
        sharing: dict[HeldGrant, list[Path]] = {}
        for path in paths:
            shared: set[HeldGrant] = set()
            for step in path.steps:
                if id(step) not in uses:
                    uses[id(step)] = self._ways.grants.of(step).alone(frozenset())
                shared |= uses[id(step)]
            for held in shared:
                sharing.setdefault(held, []).append(path)
        waiting = [(-len(group), held.statement_id, held.holder, held) for held, group in sharing.items()]
        heapify(waiting)
        grouped: set[int] = set()
        causes: list[Cause] = []
        while waiting:
            count, *_, held = heappop(waiting)
            group = tuple(path for path in sharing[held] if id(path) not in grouped)
            if len(group) == -count:
                causes.append(Cause(held, self._ways.grants.told[held], group))
                grouped.update(map(id, group))
            elif group:
                heappush(waiting, (-len(group), held.statement_id, held.holder, held))
        return causes

    def minimum(self) -> tuple[list[ChokePoint], bool]:
        """The fewest grants that cut off every source, and whether that is proven.

        Found by trying to cut one remaining path at a time, with one grant, then two, ...; past a time limit
        the greedy choice stands in, unproven. Nothing, and unproven, where that doesn't cut off everybody either.
        """
        deadline = time.monotonic() + _SECONDS_FOR_EXACT
        for size in range(1, _LARGEST_EXACT + 1):
            found = self._cut(self._ways.whole, size, deadline)
            if found is not None:
                told = self._ways.grants.told
                return [ChokePoint(held, told[held], ()) for held in sorted(found, key=str)], True
            if time.monotonic() > deadline:
                break
        chosen = self.greedy(_MOST_GREEDY)
        everybody = sum(len(each.cuts) for each in chosen) == len(self.sources)
        return (chosen if everybody else []), False

    def _cut(self, left: Remaining, size: int, deadline: float) -> frozenset[HeldGrant] | None:
        """The removed grants and at most so many more that cut off every source; None if there are none such."""
        paths = map(left.path, self._ways.sources(left))
        path = min(paths, key=len, default=None)
        if path is None:
            return left.removed
        if size == 0 or time.monotonic() > deadline:
            return None
        for hop in path:
            for held in hop.needed:
                rest = held - left.removed
                if len(rest) <= size:
                    found = self._cut(self._ways.without(left, rest), size - len(rest), deadline)
                    if found is not None:
                        return found
        return None

"""The web of steps: every actor's steps, followed until nothing new appears, and the paths through them."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from iam.administrators import is_administrator
from iam.decision import Verdict
from iam.entities import Principal
from iam.escalation.actors import Actor
from iam.escalation.raising import Raising
from iam.escalation.steps import ADMINISTRATOR, Step, Steps
from iam.escalation.world import World
from iam.estate import Access

_MAXIMUM_CHANGES = 3
"""How many changes of one principal are followed one after another."""

_MAXIMUM_FOLLOWED = 20_000
"""How many steps of changed principals are found at most; beyond that `Web.truncated` says so."""


@dataclass(frozen=True, slots=True)
class Path:
    """Steps that lead from a source to a target, one after the other."""

    steps: tuple[Step, ...]

    @property
    def source(self) -> str:
        """Where it starts: the ARN of a principal."""
        return self.steps[0].source

    @property
    def target(self) -> str:
        """Where it ends: an ARN, or `administrator:ACCOUNT`."""
        return self.steps[-1].target

    @property
    def verdict(self) -> Verdict:
        """Allowed if every step is."""
        certain = all(step.verdict is Verdict.ALLOWED for step in self.steps)
        return Verdict.ALLOWED if certain else Verdict.DEPENDS

    @property
    def conditions(self) -> tuple[str, ...]:
        """What the steps hang on in their requests, each once."""
        return tuple(dict.fromkeys(text for step in self.steps for text in step.conditions))

    @property
    def needs(self) -> tuple[str, ...]:
        """What must be there that the data doesn't show, each once."""
        return tuple(dict.fromkeys(text for step in self.steps for text in step.needs))


class Web:
    """All steps within one estate. Made once; asked for paths any number of times."""

    def __init__(self, access: Access, world: World | None = None) -> None:
        self.world = world or World(access)
        self.finder = Steps(self.world)
        self.steps: dict[str, list[Step]] = {}
        self.actors: dict[str, Actor] = {}
        self.truncated = False
        self._followed = 0
        for principal in self.world.sources:
            self.follow(Actor(principal))
        Raising(self).add()

    def full(self) -> bool:
        """Whether as many steps of changed principals are found as are followed; it is noted that it is so."""
        self.truncated = self.truncated or self._followed > _MAXIMUM_FOLLOWED
        return self._followed > _MAXIMUM_FOLLOWED

    def put(self, step: Step) -> None:
        """Add a step, in place of a worse one by the same technique."""
        self._followed += 1
        self.__dict__.pop("_arriving", None)  # found anew when it is next asked for
        others = self.steps.setdefault(step.source, [])
        for place, other in enumerate(others):
            if other.target == step.target and other.technique is step.technique:
                if _cost(step) < _cost(other):
                    others[place] = step
                return
        others.append(step)

    def follow(self, first: Actor) -> None:
        """The steps of an actor, and of whom they make of a changed principal."""
        waiting = [first]
        while waiting:
            actor = waiting.pop()
            if actor.key in self.steps:
                continue
            if actor.changes and self.full():
                continue
            self.actors[actor.key] = actor
            found: dict[tuple[str, str], Step] = {}
            changes: dict[str, tuple[Step, Actor]] = {}
            for step, changed in self.finder.of(actor):
                key = (step.target, step.technique.id)
                if key not in found or _cost(step) < _cost(found[key]):
                    found[key] = step
                if actor.changes and step.open is True and step.target.startswith(ADMINISTRATOR):
                    found = {key: step}  # a changed actor is followed to see how far it gets: no further
                    break
                if changed is not None:
                    changes.setdefault(step.target, (step, changed))
            steps = list(found.values())
            self._followed += len(steps) if actor.changes else 0
            # Who becomes administrator has nothing to gain, on the same conditions, by a change in part.
            enough = {step.open for step in steps if step.target.startswith(ADMINISTRATOR)}
            worth = {
                target
                for target, (step, changed) in changes.items()
                if True not in enough
                and step.open not in enough
                and len(changed.changes) <= _MAXIMUM_CHANGES
                and self.finder.gains(actor, changed)
            }
            waiting += [changes[target][1] for target in worth]
            self.steps[actor.key] = [
                step for step in steps if step.target not in changes or step.target in worth
            ]

    @cached_property
    def administrators(self) -> list[Principal]:
        """The principals that are administrators as things stand, root users among them."""
        access = self.world.access
        return [p for p in access.estate.principals() if is_administrator(access, p)]

    @cached_property
    def administrator_nodes(self) -> frozenset[str]:
        """All nodes at which an attacker is administrator of some account."""
        accounts = (ADMINISTRATOR + account for account in self.world.estate.accounts)
        return frozenset([*accounts, *(principal.arn for principal in self.administrators)])

    @cached_property
    def _arriving(self) -> dict[str, list[Step]]:
        arriving: dict[str, list[Step]] = {}
        for steps in self.steps.values():
            for step in steps:
                arriving.setdefault(step.target, []).append(step)
        return arriving

    def next_steps(
        self, targets: Collection[str], *, certain: bool = False, maximum: int = 1_000
    ) -> dict[str, tuple[int, int, Step]]:
        """For each node that reaches a target: open points, hops, and the first step of its best path.

        Fewest open points first, then fewest hops. `certain` leaves out steps that hang on something.
        """
        best: dict[str, tuple[int, int, Step]] = {}
        done = set(targets)
        heap: list[tuple[int, int, str, str, int, Step]] = []

        def arrive(node: str, open_points: int, hops: int) -> None:
            for step in self._arriving.get(node, ()):
                if step.source in done or (certain and step.open is not True):
                    continue
                cost = (open_points + _cost(step), hops + 1)
                if hops + 1 <= maximum:
                    heapq.heappush(heap, (*cost, step.source, step.technique.id, id(step), step))

        for target in targets:
            arrive(target, 0, 0)
        while heap:
            open_points, hops, node, _, _, step = heapq.heappop(heap)
            if node in done:
                continue
            done.add(node)
            best[node] = (open_points, hops, step)
            arrive(node, open_points, hops)
        return best

    def best_paths(
        self, targets: Collection[str], *, sources: Collection[str] | None = None, certain: bool = False,
        maximum: int = 1_000,
    ) -> list[Path]:  # fmt: skip
        """The best path of each source that reaches a target, certain and short ones first."""
        best = self.next_steps(targets, certain=certain, maximum=maximum)
        starts = [p.arn for p in self.world.sources] if sources is None else list(sources)
        paths = []
        for start in starts:
            steps = []
            node = start
            while node in best:
                steps.append(best[node][2])
                node = steps[-1].target
            if steps:
                paths.append(Path(tuple(steps)))
        return sorted(paths, key=lambda path: (best[path.source][:2], path.source))

    def all_paths(
        self, source: str, targets: Collection[str], *, maximum: int = 6, certain: bool = False
    ) -> Iterator[Path]:
        """All simple paths of one source up to a number of hops, shorter ones not first."""
        reaches = self.next_steps(targets, certain=certain)
        steps: list[Step] = []
        seen = {source}

        def onward(node: str) -> Iterator[Path]:
            for step in self.steps.get(node, ()):
                if step.target in seen or (certain and step.open is not True):
                    continue
                if step.target in targets:
                    yield Path((*steps, step))
                elif len(steps) + 1 < maximum and step.target in reaches:
                    if len(steps) + 1 + reaches[step.target][1] > maximum and not _may_be_shorter(reaches):
                        continue
                    steps.append(step)
                    seen.add(step.target)
                    yield from onward(step.target)
                    seen.discard(step.target)
                    steps.pop()

        yield from onward(source)


def _may_be_shorter(reaches: dict[str, tuple[int, int, Step]]) -> bool:
    """Whether hops are only an upper bound: some way with fewer hops may have more open points."""
    return any(open_points for open_points, _, _ in reaches.values())


def _cost(step: Step) -> int:
    """How many open points a step has."""
    return 0 if step.open is True else max(1, len(step.conditions) + len(step.needs))

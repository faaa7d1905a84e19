"""What is left of the ways to some targets where grants are removed.

Of each node that reaches a target one living way is kept. Where a grant is removed, only the nodes whose way
goes by it are looked at again: they are asked what they could still do, as if they didn't hold it. So nothing
is ever worked out for all steps of everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from iam.decision import owner_of
from iam.escalation.actors import Actor
from iam.escalation.bindings import ACTING
from iam.escalation.crowd import bits_of
from iam.escalation.fans import Part
from iam.escalation.granted import of_resources
from iam.escalation.held import Grants, HeldGrant, Hop
from iam.escalation.steps import Step
from iam.escalation.web import Web
from iam.techniques import Technique

_MOST_LOOKED_AT = 24
"""How many steps of one node are compared at most, to find out what all its ways have in common."""


@dataclass(frozen=True)
class Remaining:
    """One living way of each node that reaches a target: the hop by which it goes on. `removed` are gone."""

    removed: frozenset[HeldGrant]
    hops: dict[str, Hop]

    @cached_property
    def behind(self) -> dict[str, list[str]]:
        """The nodes whose way goes on to a node."""
        found: dict[str, list[str]] = {}
        for key, hop in self.hops.items():
            found.setdefault(hop.target, []).append(key)
        return found

    def behind_all(self, nodes: Collection[str]) -> list[str]:
        """These nodes and all whose way leads through them, those nearer to the target first."""
        found = dict.fromkeys(nodes)
        waiting = list(found)
        for node in waiting:
            for key in self.behind.get(node, ()):
                if key not in found:
                    found[key] = None
                    waiting.append(key)
        return waiting

    def path(self, source: str) -> list[Hop]:
        """The way that is kept of a node."""
        hops = [self.hops[source]]
        while hops[-1].target in self.hops:
            hops.append(self.hops[hops[-1].target])
        return hops


class Ways:
    """The ways to some targets, whole and with grants removed.

    Administrators can act as anybody in their account; what cuts the ways to being one is a question of its
    own. So their steps within their account don't count.
    """

    def __init__(self, web: Web, targets: Collection[str]) -> None:
        self.web = web
        self.targets = frozenset(targets)
        self.grants = Grants(web.finder)
        self._nodes = web.nodes
        self._ends = bits_of(at for key in targets if (at := self._nodes.known(key)) is not None)
        self._made: dict[str, Actor] = {}
        self._less: dict[tuple[str, frozenset[tuple[str, str]]], _Onward] = {}
        self._looked_at: dict[tuple[str, frozenset[tuple[str, str]]], _LookedAt] = {}

    @cached_property
    def whole(self) -> Remaining:
        """The best way of each node, with nothing removed."""
        leads = self.web.next_steps(self.targets, taking_over=False)
        hops = {key: self.grants.of(self.web.step(lead)) for key, lead in leads.items()}
        return Remaining(frozenset(), hops)

    @cached_property
    def _reaching(self) -> int:
        """The targets and all nodes that reach one, as a set."""
        return self._ends | bits_of(map(self._nodes.number, self.whole.hops))

    def sources(self, left: Remaining) -> list[str]:
        """The principals that reach a target."""
        every = (principal.arn for principal in self.web.world.sources)
        return [arn for arn in every if arn in left.hops and arn not in self.targets]

    def without(self, left: Remaining, more: frozenset[HeldGrant]) -> Remaining:
        """What is left when more grants are removed."""
        removed = left.removed | more
        leaning = [
            key for key, hop in left.hops.items() if any(not held.isdisjoint(more) for held in hop.needed)
        ]
        waiting = dict.fromkeys(left.behind_all(leaning))
        kept = {key: hop for key, hop in left.hops.items() if key not in waiting}
        for key in self._made_by(waiting, removed):
            if key not in kept:
                waiting[key] = None
        fresh = self._ends | bits_of(map(self._nodes.number, kept))
        while fresh and waiting:
            found = {}
            for key in waiting:
                hop = self._way_on(key, removed, fresh)
                if hop is not None:
                    found[key] = hop
            fresh = bits_of(map(self._nodes.number, found))
            for key, hop in found.items():
                kept[key] = hop
                del waiting[key]
        return Remaining(removed, kept)

    def may_cut(self, left: Remaining) -> dict[HeldGrant, list[str]]:
        """For grants, the sources that they may cut off, each by itself: whoever one does cut off is among its.

        Whatever cuts a source off lies on all its ways, so also on each of those that are looked at here.
        """
        common: dict[str, frozenset[HeldGrant]] = dict.fromkeys(self.targets, frozenset())
        for key in left.behind_all(self.targets)[len(self.targets) :]:
            hop = left.hops[key]
            found = hop.alone(left.removed) | common[hop.target]
            for other in self._others(key, left.removed) if found else ():
                if other.target in common:
                    found &= other.alone(left.removed) | common[other.target]
                    if not found:
                        break
            common[key] = found
        cut: dict[HeldGrant, list[str]] = {}
        for source in self.sources(left):
            for held in common[source]:
                cut.setdefault(held, []).append(source)
        return cut

    # single steps

    def _others(self, key: str, removed: frozenset[HeldGrant]) -> Iterator[Hop]:
        """Some living hops of a node."""
        gone = self._gone(key, removed)
        known = self._looked_at.get((key, gone))
        if known is None:
            known = self._looked_at[key, gone] = _LookedAt(map(self.grants.of, self._spread(key, removed)))
        return (hop for hop in known if hop.lives(removed))

    def _spread(self, key: str, removed: frozenset[HeldGrant]) -> Iterator[Step]:
        """Steps of a node that differ: one of each technique and kind, then second ones."""
        yield from self.web.added_at(key)
        onward = self._onward(key, removed)
        if onward is None:
            return
        waiting = [
            self._steps(onward.actor, technique, part, nodes & self._reaching)
            for technique, part, nodes in onward.ways
            if nodes & self._reaching
        ]
        while waiting:
            still = []
            for steps in waiting:
                step = next(steps, None)
                if step is not None:
                    still.append(steps)
                    yield step
            waiting = still

    def _way_on(self, key: str, removed: frozenset[HeldGrant], reached: int) -> Hop | None:
        """A living hop from a node to one of those reached."""
        for step in self.web.added_at(key):
            at = self._nodes.known(step.target)
            if at is not None and reached >> at & 1:
                hop = self.grants.of(step)
                if hop.lives(removed):
                    return hop
        onward = self._onward(key, removed)
        if onward is None:
            return None
        for technique, part, nodes in onward.ways:
            if nodes & reached:
                for step in self._steps(onward.actor, technique, part, nodes & reached):
                    hop = self.grants.of(step)
                    if hop.lives(removed):
                        return hop
        return None

    def _steps(self, actor: Actor, technique: Technique, part: Part, nodes: int) -> Iterator[Step]:
        """The steps of a part of a fan to these nodes, worked out one principal at a time."""
        crowd = self._nodes.crowd
        about = nodes if technique.effect in ACTING else part.about
        principals = crowd.of(about & crowd.everyone) if about else None
        for among in [None] if principals is None else ([each.arn] for each in principals):
            for step in self.web.by(technique, actor, among):
                at = self._nodes.known(step.target)
                if at is not None and nodes >> at & 1:
                    yield step

    # whoever holds less

    def _actor(self, key: str) -> Actor | None:
        return self.web.actor_at(key) or self._made.get(key)

    def _gone(self, key: str, removed: frozenset[HeldGrant]) -> frozenset[tuple[str, str]]:
        """What of the removed an actor holds."""
        actor = self._actor(key)
        if actor is None or not removed:
            return frozenset()
        held_by = {actor.principal.arn, *actor.principal.groups}
        held_by |= {owner_of(policy.id) for policy in of_resources(actor.principal)}
        return frozenset((each.holder, each.statement_id) for each in removed if each.holder in held_by)

    def _onward(self, key: str, removed: frozenset[HeldGrant]) -> _Onward | None:
        """What a node leads to, as if its actor didn't hold what is removed."""
        actor = self._actor(key)
        if actor is None:
            return None
        gone = self._gone(key, removed)
        known = self._less.get((key, gone))
        if known is None:
            less = actor if gone == actor.principal.removed else actor.without(gone)
            known = self._less[key, gone] = _Onward(less, *self.web.leading_on(less))
        return known

    def _made_by(self, nodes: Collection[str], removed: frozenset[HeldGrant]) -> Iterator[str]:
        """The changed actors whom those that hold less now make, and whom they make in turn."""
        seen = set(nodes)
        waiting = [key for key in nodes if self._gone(key, removed)]
        while waiting:
            onward = self._onward(waiting.pop(), removed)
            for key, actor in onward.made.items() if onward is not None else ():
                if key not in seen:
                    seen.add(key)
                    self._made.setdefault(key, actor)
                    waiting.append(key)
                    yield key


@dataclass(frozen=True)
class _Onward:
    """What an actor leads to: techniques with nodes, and the changed actors among them."""

    actor: Actor
    ways: list[tuple[Technique, Part, int]]
    made: dict[str, Actor]


class _LookedAt:
    """Some of a node's hops, each worked out when first wanted and then kept."""

    def __init__(self, hops: Iterator[Hop]) -> None:
        self._more = hops
        self._found: list[Hop] = []

    def __iter__(self) -> Iterator[Hop]:
        at = 0
        while at < _MOST_LOOKED_AT:
            if at == len(self._found):
                hop = next(self._more, None)
                if hop is None:
                    return
                self._found.append(hop)
            yield self._found[at]
            at += 1

"""Changing somebody else first, and coming to act as it by other steps: what an attacker makes of its reach.

Writing a policy into a role gives nothing to one who can't act as the role, and a role without rights is
worth nothing to one who can. Whoever has both has everything that it writes. So once all steps are known, the
principals that an actor reaches are looked at again: where it may change one, the steps by which it gets there
lead to the changed principal instead.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from iam.entities import Principal
from iam.escalation.actors import Actor
from iam.escalation.steps import ADMINISTRATOR, Step

if TYPE_CHECKING:
    from iam.escalation.web import Web

_MAXIMUM_ROUNDS = 4
"""How many times what has become possible is looked at again."""


class Raising:
    """Adds to a web the steps by which actors change those whom they come to act as."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self._done: set[tuple[str, str]] = set()

    def add(self) -> None:
        """Add all such steps."""
        for _ in range(_MAXIMUM_ROUNDS):
            before = len(self._done)
            for actor in self._actors():
                self._raise(actor)
            if len(self._done) == before:
                return
        self.web.truncated = True

    def _actors(self) -> list[Actor]:
        """The actors who may change others, and for whom it is not certain that they become administrator."""
        certain: dict[str, frozenset[str]] = {}
        found = []
        for actor in [*self.web.actors.values()]:
            if not self.web.finder.may_raise(actor):
                continue
            account = actor.principal.account
            if account not in certain:
                nodes = [each for each in self.web.administrator_nodes if account in each]
                certain[account] = frozenset([*self.web.next_steps(nodes, certain=True), *nodes])
            if actor.key not in certain[account]:
                found.append(actor)
        return found

    def _raise(self, actor: Actor) -> None:
        ways = self._ways(actor)
        for step, changed in self.web.finder.raising(actor, self._targets(actor, ways)):
            target = step.binding.target
            if target is None or (actor.key, changed.key) in self._done:
                continue
            self._done.add((actor.key, changed.key))
            if self.web.full():
                return
            self._add(step, changed, ways[target.arn])

    def _targets(self, actor: Actor, ways: dict[str, list[Step]]) -> Iterator[Principal]:
        """The principals of the actor's account that it comes to act as and that aren't administrators."""
        for arn in ways:
            principal = self.web.world.account(actor.principal).principals.get(arn)
            if principal is not None and not self.web.world.is_administrator(principal):
                yield principal

    def _ways(self, actor: Actor) -> dict[str, list[Step]]:
        """The best way from an actor to each principal that it comes to act as, fewest open points first."""
        best: dict[str, list[Step]] = {}
        heap: list[tuple[int, int, str, int, list[Step]]] = [(0, 0, actor.key, 0, [])]
        number = 0
        while heap:
            points, hops, node, _, way = heapq.heappop(heap)
            if node in best:
                continue
            best[node] = way
            for step in self.web.steps.get(node, ()):
                if step.target not in best and not step.target.startswith(ADMINISTRATOR):
                    cost = 0 if step.open is True else max(1, len(step.conditions) + len(step.needs))
                    number += 1
                    heapq.heappush(heap, (points + cost, hops + 1, step.target, number, [*way, step]))
        own = actor.principal.arn
        return {node: way for node, way in best.items() if way and node != own}

    def _add(self, first: Step, changed: Actor, way: list[Step]) -> None:
        """The step that changes the target, and after it the way to the target as it then is."""
        arn = changed.principal.arn
        suffix = f"{arn.rsplit(':', 1)[-1]} changed ({', '.join(changed.changes)})"
        strong = self.web.world.is_administrator(changed.principal)
        end = ADMINISTRATOR + changed.principal.account if strong else changed.key
        nodes = [_in(step.source, suffix) for step in way] + [end]
        self.web.put(replace(first, target=nodes[0]))
        for step, source, target in zip(way, nodes, nodes[1:], strict=False):
            self.web.put(replace(step, source=source, target=target))
        if not strong:
            self.web.follow(changed)


def _in(node: str, suffix: str) -> str:
    """A node in the world in which somebody else has been changed."""
    return f"{node}, {suffix}" if " with " in node else f"{node} with {suffix}"

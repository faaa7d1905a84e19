"""Changing somebody else first, and coming to act as it by other steps: what an attacker makes of its reach.

Writing a policy into a role gives nothing to one who can't act as the role, and a role without rights is
worth nothing to one who can. Whoever has both has everything that it writes. So once all steps are known, the
principals that an actor reaches are looked at again: where it may change one, the steps by which it gets there
lead to the changed principal instead.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from iam.escalation.actors import ADMINISTRATOR, Actor
from iam.escalation.steps import Step
from iam.formula import Formula

if TYPE_CHECKING:
    from iam.escalation.web import Web

_MAXIMUM_ROUNDS = 4
"""How many times what has become possible is looked at again."""


class Raising:
    """Adds to a web the steps by which actors change those whom they come to act as."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self._done: set[tuple[str, str]] = set()
        self._accounts: dict[str, int] = {}

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
        for actor in [*self.web.actors]:
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
        enough = self.web.enough_for(actor)
        ways = self.web.ways_from(actor.key, self._changeable(actor, enough))
        targets = [
            principal for arn in ways if (principal := self.web.world.estate.principal(arn)) is not None
        ]
        for step, changed in self.web.finder.raising(actor, targets, enough):
            target = step.binding.target
            if target is None or (actor.key, changed.key) in self._done:
                continue
            self._done.add((actor.key, changed.key))
            if self.web.full():
                return
            way = [self.web.step(lead) for lead in ways[target.arn]]
            self._add(actor, step, changed, way)
            certain = step.open is True and all(each.open is True for each in way)
            if certain and self.web.world.is_administrator(changed.principal):
                return  # nothing more to gain

    def _changeable(self, actor: Actor, enough: frozenset[Formula]) -> int:
        """The principals of the actor's account that could be changed and are no administrators."""
        crowd = self.web.nodes.crowd
        account = actor.principal.account
        if account not in self._accounts:
            self._accounts[account] = crowd.bits(
                each.arn
                for each in self.web.world.estate.accounts[account].principals.values()
                if not self.web.world.is_administrator(each)
            )
        raised = self.web.finder.raised(actor, crowd, enough)
        return self._accounts[account] & ~crowd.bit(actor.principal.arn) & raised

    def _add(self, actor: Actor, first: Step, changed: Actor, way: list[Step]) -> None:
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
            self.web.changed[changed.key] = changed.principal
            if self.web.finder.outcomes.gains(actor, changed):
                self.web.follow(changed)


def _in(node: str, suffix: str) -> str:
    """A node in the world in which somebody else has been changed."""
    return f"{node}, {suffix}" if " with " in node else f"{node} with {suffix}"

"""What holds a way up back and can be got out of the way: a condition on MFA, service control policies.

Whoever may register an MFA device for its own user meets conditions on MFA in its own calls. Whoever may detach
SCPs, or take its account out of the organization, is no longer held back by them: its ways are those of an
organization without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from iam.document import PolicyKind
from iam.entities import Organization
from iam.escalation.actors import ADMINISTRATOR, Actor
from iam.escalation.bindings import Binding
from iam.escalation.choices import Choice
from iam.escalation.outside import given
from iam.escalation.steps import Step
from iam.formula import Formula, all_of, tests
from iam.solve import simplify
from iam.techniques import Effect, Technique, techniques

if TYPE_CHECKING:
    from iam.escalation.web import Web
    from iam.estate import Estate

_MFA = frozenset({"aws:multifactorauthpresent", "aws:multifactorauthage"})
WITH_MFA = {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "1"}
WITHOUT_SCPS = "no SCPs"
WITH_DEVICE = "an MFA device"


class Loosening:
    """Adds to a web the ways that open when something that holds them back is got out of the way."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self._without: dict[str, Web] = {}

    def add(self) -> None:
        """Add all such ways."""
        for technique in techniques():
            if technique.looked_for and technique.effect is Effect.PASSES_MFA_CONDITION:
                self._each(technique, self._with_device)
            elif technique.looked_for and technique.effect is Effect.REMOVES_SCP and self._has_scps:
                self._each(technique, self._without_scps)

    @property
    def _has_scps(self) -> bool:
        organization = self.web.world.estate.organization
        kinds = (policy.kind for policy in organization.policies.values()) if organization else ()
        return PolicyKind.SERVICE_CONTROL in kinds

    def _each(self, technique: Technique, add: Callable[[Technique, Actor, Formula], None]) -> None:
        """Add ways for each principal that has the rights of a technique and isn't certain of its way up."""
        certain = self.web.next_steps(self.web.administrator_nodes, certain=True)
        for actor in [*self.web.actors]:
            if actor.changes or actor.key in certain or actor.key in self.web.administrator_nodes:
                continue
            if not self.web.finder.prerequisites.caller_fits(technique, actor):
                continue
            open_ = self._rights(technique, actor)
            if open_ is not False:
                add(technique, actor, open_)

    def _rights(self, technique: Technique, actor: Actor) -> Formula:
        finder = self.web.finder
        possible = finder.rights.possible(actor)
        if not all(possible & finder.rights.mask(right.actions) for right in technique.rights):
            return False
        parts: list[Formula] = []
        for number, right in enumerate(technique.rights):
            parts.append(finder.uses.ways(right, actor, Binding(), {}, number)[0])
            if parts[-1] is False:
                return False
        parts.append(finder.beside_rights(technique, actor, Binding()))
        return simplify(all_of(parts))

    def _with_device(self, technique: Technique, actor: Actor, open_: Formula) -> None:
        """The actor's steps with the condition on MFA met."""
        node = f"{actor.key} with {WITH_DEVICE}"
        for step in self.web.steps_of(actor.key):
            if not any(_MFA.intersection(test.keys) for test in tests(step.open)):
                continue
            left = simplify(given(step.open, WITH_MFA))
            if left is not False and step.target != node:
                self.web.put(self._first(technique, actor, node, open_))
                self.web.put(replace(step, source=node, open=left))

    def _without_scps(self, technique: Technique, actor: Actor, open_: Formula) -> None:
        """The actor's best way to an administrator where the SCPs are gone."""
        whole = any(
            each.fact == "caller_in_management_or_delegated_account" for each in technique.prerequisites
        )
        without = self._web_without("" if whole else actor.principal.account)
        for path in without.best_paths(without.administrator_nodes, sources=[actor.key]):
            known = self.web.next_steps(without.administrator_nodes).get(actor.key)
            points = sum(0 if step.open is True else 1 for step in path.steps)
            if known is not None and known.points <= points:
                continue
            nodes = [_suffixed(step.source) for step in path.steps] + [path.target]
            self.web.put(self._first(technique, actor, nodes[0], open_))
            for step, source, target in zip(path.steps, nodes, nodes[1:], strict=False):
                self.web.put(replace(step, source=source, target=target))

    def _first(self, technique: Technique, actor: Actor, node: str, open_: Formula) -> Step:
        used = self.web.finder.used(technique, actor, Binding(), [Choice("")])
        return Step(actor.key, node, technique, open_, actor, Binding(), used)

    def _web_without(self, account: str) -> Web:
        """The web of an organization without SCPs, or (with an account) without this account."""
        known = self._without.get(account)
        if known is None:
            from iam.escalation.web import Web

            world = self.web.world
            estate = replace(world.estate, organization=_loosened(world.estate, account))
            starts = {actor.principal.arn for actor in self.web.actors} if self.web.limited else None
            known = self._without[account] = Web(world.access.over(estate), starts=starts, loosen=False)
        return known


def _loosened(estate: Estate, account: str) -> Organization:
    organization = estate.organization
    assert organization is not None  # noqa: S101 - asked for only where there are SCPs
    if account:
        parents = {id_: parent for id_, parent in organization.parents.items() if id_ != account}
        return replace(organization, parents=parents)
    control = PolicyKind.SERVICE_CONTROL
    kept = {place: tuple(_others(organization, ids, control)) for place, ids in organization.targets.items()}
    return replace(organization, targets=kept)


def _others(organization: Organization, ids: tuple[str, ...], kind: PolicyKind) -> Iterator[str]:
    return (each for each in ids if organization.policies[each].kind is not kind)


def _suffixed(node: str) -> str:
    if node.startswith(ADMINISTRATOR):
        return node
    return f"{node}, {WITHOUT_SCPS}" if " with " in node else f"{node} with {WITHOUT_SCPS}"

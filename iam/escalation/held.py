"""Grants as somebody holds them, and which of them a step can't do without.

A grant is one statement on one holder: the user, role or group that holds its policy, or the role that the
trust policy is on. A step lives as long as each of its rights has a grant left; assuming a role takes one on
each side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iam.caller import Caller, Named
from iam.decision import Grant, owner_of
from iam.escalation.actors import is_written

if TYPE_CHECKING:
    from iam.escalation.steps import Step, Steps
    from iam.escalation.uses import UsedRight

_TRUST = "trust policy"


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """A statement on a holder. Equal grants have the same statement and holder."""

    statement_id: str
    holder: str


@dataclass(frozen=True, slots=True)
class Hop:
    """Where a step leads, and the grants of each of its rights, any one of which is enough."""

    target: str
    needed: tuple[frozenset[HeldGrant], ...]

    def alone(self, removed: frozenset[HeldGrant]) -> frozenset[HeldGrant]:
        """The grants that the step can't do without, with some removed."""
        found: set[HeldGrant] = set()
        for held in self.needed:
            left = held - removed if removed else held
            if len(left) == 1:
                found |= left
        return frozenset(found)

    def lives(self, removed: frozenset[HeldGrant]) -> bool:
        """Whether each of the step's rights has a grant left."""
        return not removed or not any(held <= removed for held in self.needed)


class Grants:
    """Finds the grants of steps. `told` are the statements behind those that have come up."""

    def __init__(self, finder: Steps) -> None:
        self.told: dict[HeldGrant, Grant] = {}
        self._finder = finder
        self._granting: dict[object, tuple[Grant, ...]] = {}
        self._same: dict[tuple[frozenset[HeldGrant], ...], tuple[frozenset[HeldGrant], ...]] = {}

    def of(self, step: Step) -> Hop:
        """What a step needs."""
        needed: dict[tuple[int, int], set[HeldGrant]] = {}
        for used in step.rights:
            for side, grants in enumerate(self._sides(step, used)):
                if any(map(is_written, grants)):
                    continue  # there is nothing to remove of what an attacker has written
                for grant in grants:
                    held = HeldGrant(grant.statement_id, self._holder(step, grant))
                    self.told.setdefault(held, grant)
                    needed.setdefault((used.number, side), set()).add(held)
        found = tuple(frozenset(held) for held in needed.values())
        return Hop(step.target, self._same.setdefault(found, found))

    def _sides(self, step: Step, used: UsedRight) -> list[tuple[Grant, ...]]:
        """The Allows behind a right, by sides that must each keep one.

        A role's trust policy must let the caller in, and the caller's own policies must let it go, unless the
        trust policy names the caller itself, within the account:
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-cross-account.html
        """
        allows = self._allows(step, used)
        trust = tuple(grant for grant in allows if grant.via == _TRUST)
        own = tuple(grant for grant in allows if grant.via != _TRUST)
        if not trust or not own:
            return [allows]
        caller, role = step.actor.principal, step.binding.role
        naming: tuple[Grant, ...] = ()
        if role is not None and role.account == caller.account:
            naming = tuple(grant for grant in trust if _names(grant, Caller.of(caller.arn)))
        return [trust] if naming == trust else [trust, (*naming, *own)]

    def _allows(self, step: Step, used: UsedRight) -> tuple[Grant, ...]:
        """The Allows behind a right, the same for all steps of an actor that use it on the same thing."""
        role = step.binding.role
        assumed = role.arn if role is not None and used.action.lower() == "sts:assumerole" else ""
        removed = step.actor.principal.removed
        key = (step.actor.key, removed, used.action, used.target.arn, used.target.patterns, assumed)
        known = self._granting.get(key)
        if known is None:
            found = self._finder.granting(step, used)
            known = self._granting[key] = tuple(grant for grant in found if grant.effect == "Allow")
        return known

    def _holder(self, step: Step, grant: Grant) -> str:
        if grant.via == _TRUST and step.binding.role is not None:
            return step.binding.role.arn
        if grant.via == "resource policy":
            return owner_of(grant.policy_id)
        if grant.via.startswith("group "):
            principal = step.actor.principal
            name = grant.via.removeprefix("group ")
            return next((arn for arn in principal.groups if arn.rsplit("/", 1)[-1] == name), principal.arn)
        return step.actor.principal.arn


def _names(grant: Grant, caller: Caller) -> bool:
    """Whether a statement names the caller itself, not only its account."""
    found = (caller.named(kind, value) for kind, value in grant.statement.principals or ())
    return any(each is not None and each[0] is not Named.ACCOUNT for each in found)

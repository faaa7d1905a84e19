"""Outcomes: what comes of a step: where it leads, and what it makes of whom it changes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from iam.decision import Policy
from iam.entities import Group, Principal, PrincipalType
from iam.escalation.actors import ADMINISTRATOR, Actor
from iam.escalation.bindings import ACTING, Binding
from iam.escalation.choices import Choice, Choices
from iam.escalation.older import as_boundary
from iam.escalation.rights import Rights
from iam.escalation.settling import Target
from iam.escalation.world import World
from iam.techniques import Effect, Subject, Technique

_WRITING_GROUPS = ("iam:AttachGroupPolicy", "iam:PutGroupPolicy")
_WRITING_POLICIES = ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion")


class Outcomes:
    """Finds what comes of steps."""

    def __init__(self, world: World, rights: Rights, choices: Choices) -> None:
        self.world = world
        self.rights = rights
        self.choices = choices
        self._outcomes: dict[object, list[tuple[str, Actor | None]]] = {}
        self._writing_groups = rights.mask((*_WRITING_GROUPS, *_WRITING_POLICIES))

    def of(
        self, technique: Technique, actor: Actor, binding: Binding, choices: list[Choice]
    ) -> Iterator[tuple[str, Actor | None]]:
        """Where a step leads: the node, and the changed principal that stands there, if one does."""
        effect = technique.effect
        account = actor.principal.account
        target = binding.target
        if effect in ACTING:
            if target is not None and not technique.limited_to:
                yield target.arn, None
            return
        if technique.subject is Subject.NEW:
            if choices[0].attached:
                yield self._node(self._newcomer(account, choices))
            else:
                freed = any(right.action.endswith("PermissionsBoundary") for right in technique.rights)
                left = [Choice("")] if freed else choices
                yield from (self._node(self._newcomer(account, [choice])) for choice in left)
        elif technique.subject is Subject.TARGET and target is not None and target is not actor.principal:
            yield from self._made_of(effect, target, binding, choices)
        else:
            yield from map(self._node, self.changed(effect, actor, binding, choices))

    def gains(self, before: Actor, after: Actor) -> bool:
        """Whether a change may open new steps: some grant is new, or something that held back is gone."""
        if before.principal.arn != after.principal.arn:
            return not self.rights.covers(before, after)
        if before.principal.boundary != after.principal.boundary:
            return True
        groups = self.world.account(after.principal).groups
        for arn in set(after.principal.groups) - set(before.principal.groups):
            if arn in groups and self._writes(after, groups[arn]):
                return True
        allowed, denied = self.rights.grants(before)
        allowed_after, denied_after = self.rights.grants(after)
        return not allowed_after <= allowed or not denied <= denied_after

    def _writes(self, actor: Actor, group: Group) -> bool:
        """Whether an actor may be able to write what a group's members may do."""
        if not self.rights.possible(actor) & self._writing_groups:
            return False
        targets = {action: [Target(group.arn)] for action in _WRITING_GROUPS}
        for action in _WRITING_POLICIES:
            targets[action] = [Target(arn, None) for arn in group.attached]
        return any(
            self.rights.settled(actor, action, target) is not False
            for action, found in targets.items()
            for target in found
        )

    def _made_of(
        self, effect: Effect, target: Principal, binding: Binding, choices: list[Choice]
    ) -> list[tuple[str, Actor | None]]:
        """What a step makes of somebody else: the same whoever acts."""
        group = binding.group.arn if binding.group is not None else ""
        key = (effect, target.arn, binding.policy, group, tuple(choices))
        known = self._outcomes.get(key)
        if known is None:
            made = self.changed(effect, Actor(target), binding, choices)
            known = self._outcomes[key] = [self._node(each) for each in made]
        return known

    def _node(self, changed: Actor) -> tuple[str, Actor | None]:
        if self.world.is_administrator(changed.principal):
            return ADMINISTRATOR + changed.principal.account, None
        return changed.key, changed

    def changed(self, effect: Effect, subject: Actor, binding: Binding, choices: list[Choice]) -> list[Actor]:
        """What an effect makes of a principal, by each choice or by all of them together."""
        if effect is Effect.BECOMES_ADMINISTRATOR:
            account = subject.principal.account
            policies = [self.choices.text(choice, account) for choice in choices]
            left = self._overwritten(subject.principal, binding, choices)
            return [subject.as_(_listed(policies), left).with_policies(_listed(policies), policies)]
        if effect is Effect.GAINS_GROUP_RIGHTS and binding.group is not None:
            if not self.world.group_policies(binding.group) and not self._writes(subject, binding.group):
                return []
            return [subject.with_group(f"group {binding.group.name}", binding.group.arn)]
        if effect is Effect.GAINS_POLICY_VERSION_RIGHTS and binding.version is not None:
            left = self.world.without_policy(subject.principal, binding.policy)
            before = subject.principal
            held = (left.attached, left.groups) != (before.attached, before.groups)
            changed = replace(left, inline=(*left.inline, binding.version)) if held else left
            if before.boundary == binding.policy:
                changed = replace(changed, boundary=as_boundary(binding.version))
            return [subject.as_(binding.version.name, changed)]
        if effect in (Effect.REMOVES_BOUNDARY, Effect.LOOSENS_BOUNDARY):
            return [
                subject.with_boundary(*_boundary(choice))
                for choice in choices
                if choice.written or choice.arn != subject.principal.boundary
            ]
        if effect is Effect.REMOVES_DENY and binding.group is not None:
            return [subject.without_group(f"group {binding.group.name} left", binding.group.arn)]
        if effect is Effect.REMOVES_DENY and binding.policy:
            name = binding.policy.rsplit("/", 1)[-1]
            return [subject.without_policy(f"policy {name} taken away", binding.policy)]
        return []

    def _overwritten(self, principal: Principal, binding: Binding, choices: list[Choice]) -> Principal:
        """What is left of a principal when policies are rewritten in place: what they denied is gone.

        Writing an inline policy under the name of one that is there replaces it.
        """
        if binding.policy:
            return self.world.without_policy(principal, binding.policy)
        if any(choice.arn for choice in choices):
            return principal
        return self.world.without_inline_of(principal, binding.group)

    def _newcomer(self, account: str, choices: Sequence[Choice]) -> Actor:
        """A new principal with every permission, or what else is attached, under the boundary given to it."""
        arn = f"arn:{self.world.estate.accounts[account].partition}:iam::{account}:role/a-new-role"
        policies = [self.choices.text(Choice(each.attached, each.written), account) for each in choices]
        change, boundary = _boundary(choices[0])
        if not boundary and not choices[0].written:
            change = _listed(policies) if choices[0].attached else "every permission"
        new = Principal(
            arn=arn, type=PrincipalType.ROLE, name="a-new-role", account=account,
            inline=tuple(policies), boundary=boundary,
        )  # fmt: skip
        return Actor(new, (change,))


def _boundary(choice: Choice) -> tuple[str, str]:
    """What a change of the boundary is called, and the boundary's ARN (none where it holds back nothing)."""
    name = choice.arn.rsplit("/", 1)[-1]
    if choice.written:
        return f"boundary {name} that allows everything", ""
    return (f"boundary {name}", choice.arn) if choice.arn else ("no boundary", "")


def _listed(policies: list[Policy]) -> str:
    """Policies in words, the first few of many; different lists never read the same."""
    names = [p.name if p.id.startswith("arn:aws:iam::aws:") else f"policy {p.name}" for p in policies]
    if len(names) <= 3:
        return " and ".join(names)
    digest = zlib.crc32("\n".join(policy.id for policy in policies).encode())
    return f"{', '.join(names[:2])} and {len(names) - 2} more policies (set {digest:08x})"

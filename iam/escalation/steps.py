"""Steps: what each technique comes to for each actor, decided on its real targets."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from iam import catalogue
from iam.decision import Grant, Policy, Verdict
from iam.entities import Group, Principal, PrincipalType, Resource
from iam.escalation.actors import Actor, everything
from iam.escalation.choices import WRITING, Choice, Choices
from iam.escalation.crowd import Crowd
from iam.escalation.granted import by_itself
from iam.escalation.prerequisites import Prerequisites
from iam.escalation.rights import Rights
from iam.escalation.services import names_in
from iam.escalation.settling import Target
from iam.escalation.world import World
from iam.formula import Formula, all_of, any_of
from iam.solve import simplify
from iam.techniques import (
    CONTEXT_PLACEHOLDERS,
    Effect,
    On,
    Prerequisite,
    Right,
    Subject,
    Technique,
    techniques,
)
from iam.techniques.pathless import why_no_step
from iam.words import open_points, put_into_words

ADMINISTRATOR = "administrator:"

ACTING = {Effect.ACTS_AS_ROLE, Effect.ACTS_AS_USER, Effect.CALLS_AS_ROLE, Effect.CALLS_AS_EXECUTION_ROLE}
_CHANGING = {
    Effect.BECOMES_ADMINISTRATOR,
    Effect.GAINS_GROUP_RIGHTS,
    Effect.GAINS_POLICY_VERSION_RIGHTS,
    Effect.REMOVES_BOUNDARY,
    Effect.LOOSENS_BOUNDARY,
    Effect.REMOVES_DENY,
}
_MOST_SINGLY = 20
"""How many policies that deny something are tried, each by itself, where the attacker may attach many."""
_LOOSENING = {Effect.PASSES_MFA_CONDITION, Effect.REMOVES_SCP}
_REACH = "target_within_reach"
# Resources that trust policies name, whether or not there is an inventory.
_NAMED_BY_TRUST = frozenset({"AWS::IAM::OIDCProvider", "AWS::IAM::SAMLProvider"})

_ADDING = {Effect.BECOMES_ADMINISTRATOR, Effect.GAINS_GROUP_RIGHTS, Effect.GAINS_POLICY_VERSION_RIGHTS}
_SOME_RIGHTS = _ADDING - {Effect.BECOMES_ADMINISTRATOR}
_ON_TARGET = (On.TARGET_ROLE, On.TARGET_USER)
_ON_GROUP = (On.OWN_GROUP, On.TARGET_GROUP)
_ON_POLICY = (On.POLICY_ATTACHED_TO_CALLER, On.POLICY_ATTACHED_TO_TARGET_ROLE)
_SAME_FOR_ALL = {On.OWN_ROLE, On.OWN_USER, On.NEW_RESOURCE_OR_ANY, On.ANY}
# What the attacker chooses where a technique leaves it to choose. A new principal's boundary goes first: any
# policy can be attached to it.
PLACEHOLDERS = {
    each.id: placeholder
    for each in techniques()
    for placeholder in ("{admin_policy}", "{chosen_boundary}")
    if any(placeholder in right.context.values() for right in each.rights)
}
# What stands for something that a binding brings.
BOUND = frozenset(CONTEXT_PLACEHOLDERS) - {"{caller}", "{chosen}", "{current_boundary}"}
_WRITING_GROUPS = ("iam:AttachGroupPolicy", "iam:PutGroupPolicy")
_WRITING_POLICIES = ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion")
_PASSING_ACTIONS = frozenset({"iam:passrole", "sts:assumerole"})


class UsedRight(NamedTuple):
    """A right that a step uses: the action, what it must be allowed on, and the request's keys."""

    action: str
    target: Target
    request: Mapping[str, str]
    number: int


UsedRights = tuple[UsedRight, ...]
"""The rights of a step. Those with the same number stand in for each other."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What the placeholders of a technique stand for in one step."""

    role: Principal | None = None
    user: Principal | None = None
    group: Group | None = None
    policy: str = ""
    version: Policy | None = None
    resource: Resource | None = None
    boundary: str = ""
    needs: Formula = True

    @property
    def target(self) -> Principal | None:
        """The principal whose power is gained."""
        return self.role or self.user


@dataclass(frozen=True, slots=True)
class Step:
    """One way from one actor to another by one technique.

    `target` is where it leads: a principal, a changed principal, or `administrator:ACCOUNT`. `open` is what
    it hangs on; `rights` are the rights used, each with its target.
    """

    source: str
    target: str
    technique: Technique
    open: Formula
    actor: Actor
    binding: Binding
    rights: UsedRights = field(default=(), compare=False)

    @property
    def verdict(self) -> Verdict:
        """Whether it works for certain."""
        return Verdict.ALLOWED if self.open is True else Verdict.DEPENDS

    @property
    def points(self) -> int:
        """On how many open points it hangs."""
        return open_points(self.open)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The request context that it hangs on."""
        return put_into_words(self.open)[0]

    @property
    def needs(self) -> tuple[str, ...]:
        """What must be there that the data doesn't show."""
        return put_into_words(self.open)[1]


class Steps:
    """Finds the steps of actors."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.looked_for = [
            each
            for each in techniques()
            if each.looked_for and each.effect in ACTING | _CHANGING and not why_no_step(each)
        ]
        self.raises = [each for each in self.looked_for if any(p.fact == _REACH for p in each.prerequisites)]
        self.looked_for = [each for each in self.looked_for if each not in self.raises]
        # what changes the actor itself goes first: it mostly leads furthest
        self.looked_for.sort(key=lambda each: (each.effect in ACTING, each.subject is not Subject.CALLER))
        every = [*self.looked_for, *self.raises]
        actions = {action for each in every for right in each.rights for action in right.actions}
        actions |= {
            a for each in techniques() if each.effect in _LOOSENING for r in each.rights for a in r.actions
        }
        actions |= {a for each in self.looked_for for p in each.prerequisites for a in p.or_rights}
        actions |= set(WRITING)
        self.rights = Rights(world.access, actions)
        self._writing_groups = self.rights.mask((*_WRITING_GROUPS, *_WRITING_POLICIES))
        self.choices = Choices(world, self.rights)
        self.prerequisites = Prerequisites(world, self.rights)
        self._masks = [
            (each, [self.rights.mask(right.actions) for right in each.rights if not decided_by_trust(right)])
            for each in self.looked_for
            if each.rights
        ]
        self._outcomes: dict[object, list[tuple[str, Actor | None]]] = {}
        self._possible: dict[tuple[int, bool], list[Technique]] = {}
        self.together = {each.id: _made_together(each) for each in techniques()}
        # what is the same for many of the things that techniques are about, for one actor
        self._shared: tuple[Actor | None, dict[str, dict[tuple[int, str | None], Formula]]] = None, {}
        self._bound_keys = {
            id(right): [key.lower() for key, value in right.context.items() if value in BOUND]
            for each in techniques()
            for right in each.rights
        }
        self._asking = {
            each.id: [p for p in each.prerequisites if not self.prerequisites.is_settled(p)]
            for each in techniques()
        }

    def of(self, actor: Actor) -> Iterator[tuple[Step, Actor | None]]:
        """The steps of an actor, each with whom it makes of a changed principal (None for one as it is)."""
        for technique in self.candidates(actor):
            if self.worth_binding(technique, actor):
                yield from self.by(technique, actor)

    def by(
        self, technique: Technique, actor: Actor, about: Collection[str] | None = None
    ) -> Iterator[tuple[Step, Actor | None]]:
        """The steps of an actor by one technique; with `about`, those about no other principals than these."""
        for binding in self.bindings(technique, actor):
            if about is None or binding.target is None or binding.target.arn in about:
                yield from self._decided(technique, actor, binding)

    def may_raise(self, actor: Actor) -> bool:
        """Whether an actor may have the rights by which it changes somebody else."""
        return bool(self._raises_of(actor))

    def _raises_of(self, actor: Actor) -> list[Technique]:
        possible = self.rights.possible(actor)
        return [
            each
            for each in self.raises
            if all(possible & self.rights.mask(right.actions) for right in each.rights)
        ]

    def raising(
        self, actor: Actor, targets: Iterable[Principal], enough: Collection[Formula]
    ) -> Iterator[tuple[Step, Actor]]:
        """The steps by which an actor changes one of those whom it comes to act as, and what it makes of it.

        Left out are those that hang on what is `enough` for the actor to become administrator anyway.
        """
        able = self._raises_of(actor)
        for target in targets if able else ():
            found = [
                each
                for technique in able
                if self.may_be_touched(technique, target)
                for binding in self._raised(technique, target)
                for each in self._raised_by(technique, actor, binding, Actor(target), enough)
            ]
            # Whom every permission can be given, on the same conditions, has nothing to gain by some.
            every = {step.open for step, _ in found if step.technique.effect is Effect.BECOMES_ADMINISTRATOR}
            yield from (
                (step, changed)
                for step, changed in found
                if step.technique.effect not in _SOME_RIGHTS or not (True in every or step.open in every)
            )

    def raised(self, actor: Actor, crowd: Crowd) -> int:
        """The principals that an actor may be able to change; none is left out that it can."""
        found = 0
        for technique in self._raises_of(actor):
            found |= self.within_reach(technique, actor, crowd)
        return found

    def within_reach(self, technique: Technique, actor: Actor, crowd: Crowd) -> int:
        """The principals for which no right on them is out of the question, whatever else a step is about."""
        reached = crowd.everyone
        for right in technique.rights:
            if right.on in _ON_TARGET and not decided_by_trust(right):
                never = crowd.everyone
                for action in right.actions:
                    never &= self._denied(right, action, actor, crowd)
                reached &= ~never
        return reached

    def _denied(self, right: Right, action: str, actor: Actor, crowd: Crowd) -> int:
        """The principals on whom an action can't be had; nobody where that turns on what a step is about."""
        keys = self.rights.right(actor, action).keys
        if any(value.startswith("{") and key.lower() in keys for key, value in right.context.items()):
            return 0
        request = self.request(right, actor, Binding(), {})
        denied = 0
        for bits, formula in self.rights.over(actor, action, crowd, [(crowd.everyone, request)]):
            if formula is False:
                denied |= bits
        return denied

    def _raised_by(
        self,
        technique: Technique,
        actor: Actor,
        binding: Binding,
        target: Actor,
        enough: Collection[Formula],
    ) -> Iterator[tuple[Step, Actor]]:
        for choices, formula in self.decided_choices(technique, actor, binding):
            if formula in enough:
                continue
            for changed in self._changed(technique.effect, target, binding, choices):
                if self.gains(target, changed):
                    used = self._used(technique, actor, binding, choices)
                    yield Step(actor.key, changed.key, technique, formula, actor, binding, used), changed

    def _raised(self, technique: Technique, target: Principal) -> Iterator[Binding]:
        """What a technique that changes somebody else may be about, for one such target."""
        if not target.boundary and any(p.fact == "permissions_boundary_set" for p in technique.prerequisites):
            return
        kinds = {right.on for right in technique.rights}
        role, user = (target, None) if target.trust is not None else (None, target)
        whole = Binding(role=role, user=user)
        where = next((p.where for p in technique.prerequisites if p.fact == "deny_statement_in"), "")
        if kinds & {On.TARGET_ROLE, On.TARGET_USER}:
            if (On.TARGET_ROLE in kinds) != (role is not None):
                return
            policies = self._denying(target, where) if where else [""]
            yield from (replace(whole, policy=policy) for policy in policies)
        elif On.TARGET_GROUP in kinds:
            own = any(each.fact == "target_is_group_member" for each in technique.prerequisites)
            groups = self.world.groups(Actor(target), own=own) if user is not None else ()
            yield from (replace(whole, group=each) for each in groups if not where or self._holds_back(each))
        else:
            yield from self._policy_bindings(technique, Actor(target), whole)

    def worth_binding(self, technique: Technique, actor: Actor) -> bool:
        """Whether the rights that are the same for every target can be had at all."""
        nothing = Binding()
        for right in technique.rights:
            if not self.same_for_all(right, actor):
                continue
            if self.ways(right, actor, nothing, {}, 0)[0] is False:
                return False
        return True

    def same_for_all(self, right: Right, actor: Actor) -> bool:
        """Whether a right is asked on the same, whatever the target: nothing that is bound stands in it."""
        return not self._bound_keys[id(right)] and self.same_but_for_context(right, actor)

    def _about(self, right: Right, actor: Actor, binding: Binding) -> str | None:
        """What alone of a binding a right turns on: an ARN, or nothing (empty); None where it is more."""
        if self.hangs_on_binding(right, actor):
            return None
        on = right.on
        if on in _ON_TARGET:
            return binding.target.arn if binding.target is not None else None
        if on in _ON_GROUP:
            return binding.group.arn if binding.group is not None else None
        if on in _ON_POLICY:
            return binding.policy
        return "" if self.same_but_for_context(right, actor) else None

    def hangs_on_binding(self, right: Right, actor: Actor) -> bool:
        """Whether the actor's right hangs on a key that stands for something that the step is about."""
        keys = self._bound_keys[id(right)]
        return bool(keys) and any(
            key in self.rights.right(actor, action).keys for action in right.actions for key in keys
        )

    def same_but_for_context(self, right: Right, actor: Actor) -> bool:
        """Whether a right is asked on the same, whatever the target, except for what its request carries."""
        if right.type in _NAMED_BY_TRUST:
            return False
        if right.on is On.EXISTING_RESOURCE or right.type:
            return not (right.type and self.world.shows(self.world.account(actor.principal), right.type))
        return right.on in _SAME_FOR_ALL

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

    def candidates(self, actor: Actor) -> list[Technique]:
        """The techniques that an actor may have the rights for."""
        full = any(policy is everything() for policy in actor.principal.inline)
        possible = self.rights.possible(actor)
        known = self._possible.get((possible, full))
        if known is None:
            known = self._possible[possible, full] = [
                each
                for each, masks in self._masks
                if all(possible & mask for mask in masks)
                # whose policies allow everything already has nothing to add to them
                and not (full and each.effect in _ADDING and each.subject is Subject.CALLER)
            ]
        return known

    # what a technique may be about

    def bindings(self, technique: Technique, actor: Actor) -> Iterator[Binding]:
        """What a technique may be about for an actor."""
        if self.prerequisites.caller_fits(technique, actor):
            yield from self._bindings(technique, actor)

    def bindings_in(self, technique: Technique, account: str) -> Iterator[Binding]:
        """What a technique may be about in an account, whoever acts."""
        nobody = Principal(arn="", type=PrincipalType.ROLE, name="", account=account)
        return self._bindings(technique, Actor(nobody))

    def _bindings(self, technique: Technique, actor: Actor) -> Iterator[Binding]:
        kinds = {right.on for right in technique.rights}
        facts = {each.fact for each in technique.prerequisites}
        if technique.effect is Effect.REMOVES_DENY:
            yield from self._denying_bindings(technique, actor)
        elif On.TARGET_USER in kinds:
            yield from (Binding(user=user) for user in self.world.users(actor))
        elif (
            technique.effect in ACTING
            or On.TARGET_ROLE in kinds
            or On.POLICY_ATTACHED_TO_TARGET_ROLE in kinds
        ):
            yield from self._role_bindings(technique, actor, facts, kinds)
        elif On.OWN_GROUP in kinds or On.TARGET_GROUP in kinds:
            groups = self.world.groups(actor, own=On.OWN_GROUP in kinds)
            yield from (Binding(group=group) for group in groups)
        elif On.POLICY_ATTACHED_TO_CALLER in kinds:
            yield from self._policy_bindings(technique, actor, Binding())
        else:
            yield Binding()

    def _role_bindings(
        self, technique: Technique, actor: Actor, facts: set[str], kinds: set[On]
    ) -> Iterator[Binding]:
        if "resource_exists_with_role" in facts:
            yield from self.prerequisites.workloads(technique, actor)
            return
        passed = [each.service for each in technique.prerequisites if each.fact == "role_trusts_service"
                  and each.who != "helper"]  # fmt: skip
        passed += [service for each in technique.prerequisites for service in each.services]
        if "role_trusts_federated" in facts:
            yield from self._federated_bindings(technique, actor, kinds)
            return
        account = actor.principal.account
        if passed:
            seen: set[str] = set()
            for service in passed:
                for role, formula in self.world.roles_trusting(account, service):
                    if role.arn not in seen and role.arn != actor.principal.arn:
                        seen.add(role.arn)
                        yield from self._on_existing(technique, actor, Binding(role=role, needs=formula))
            return
        if "role_trust_allows_caller" in facts:
            for role_ in self.prerequisites.assumable(actor) if actor.principal.arn else self.world.all_roles:
                if role_.account == account or _only_assumes(technique):
                    yield from self._with_policies(kinds, Binding(role=role_))
            return
        if not kinds & {On.TARGET_ROLE, On.POLICY_ATTACHED_TO_TARGET_ROLE}:
            return  # nothing ties any role to it: whose power is gained can't be told from the data
        for role in self.world.roles(actor):
            yield from self._with_policies(kinds, Binding(role=role))

    def _federated_bindings(self, technique: Technique, actor: Actor, kinds: set[On]) -> Iterator[Binding]:
        """The roles that trust an identity provider of the kind, with the provider as what is changed."""
        wanted = next(each.provider for each in technique.prerequisites if each.provider)
        type_ = next((r.type for r in technique.rights if r.on is On.EXISTING_RESOURCE), "")
        for role in self.world.roles(actor):
            for provider in self.world.providers_of(role, wanted):
                if On.TARGET_ROLE in kinds:
                    yield from self._on_existing(technique, actor, Binding(role=role))
                    break
                resource = Resource(
                    arn=provider, type=type_, name=provider.rsplit("/", 1)[-1], account=role.account
                )
                yield Binding(role=role, resource=resource)

    def _on_existing(self, technique: Technique, actor: Actor, binding: Binding) -> Iterator[Binding]:
        """The binding once for each existing resource that a right must be allowed on."""
        type_ = next((r.type for r in technique.rights if r.on is On.EXISTING_RESOURCE and r.type), "")
        account = self.world.account(actor.principal)
        if not type_ or not self.world.shows(account, type_):
            yield binding
            return
        for resource in self.world.resources(account, type_):
            yield Binding(role=binding.role, resource=resource, needs=binding.needs)

    def _with_policies(self, kinds: set[On], binding: Binding) -> Iterator[Binding]:
        if On.POLICY_ATTACHED_TO_TARGET_ROLE not in kinds or binding.role is None:
            yield binding
            return
        for managed in self.world.own_policies(binding.role, "target_role"):
            yield Binding(role=binding.role, policy=managed.arn)

    def _policy_bindings(self, technique: Technique, actor: Actor, whole: Binding) -> Iterator[Binding]:
        """The binding once for each policy of an actor that a technique rewrites, or for each of its versions."""
        who = next(each.who for each in technique.prerequisites if each.fact == "customer_policy_attached_to")
        for managed in self.world.own_policies(actor.principal, who):
            if technique.effect is Effect.GAINS_POLICY_VERSION_RIGHTS:
                for _, version in self.world.older_versions(managed):
                    yield replace(whole, policy=managed.arn, version=version)
            else:
                yield replace(whole, policy=managed.arn)

    def _denying_bindings(self, technique: Technique, actor: Actor) -> Iterator[Binding]:
        """The policies with a Deny that may be taken from the actor, or from a role that it can assume."""
        where = next((p.where for p in technique.prerequisites if p.fact == "deny_statement_in"), "")
        if where == "group_policy":
            groups = self.world.groups(actor, own=True)
            yield from (Binding(group=group) for group in groups if self._holds_back(group))
            return
        subjects = [actor.principal]
        if technique.subject is Subject.TARGET:
            found = self.prerequisites.assumable(actor)
            subjects = [each for each in (actor.principal, *found) if each.trust is not None]
        for subject in subjects:
            role = subject if technique.subject is Subject.TARGET else None
            yield from (Binding(role=role, policy=policy) for policy in self._denying(subject, where))

    def _denying(self, subject: Principal, where: str) -> list[str]:
        """The policies of a principal's own that hold a Deny: inline ones, or those attached to it."""
        if where == "inline_policy":
            return [each.id for each in by_itself(subject).inline if self.world.denies(each)]
        policies = self.world.account(subject).policies
        return [a for a in subject.attached if a in policies and self.world.denies(policies[a].policy)]

    def _holds_back(self, group: Group) -> bool:
        """Whether a policy of a group's holds a Deny."""
        return any(map(self.world.denies, self.world.group_policies(group)))

    # deciding

    def _decided(
        self, technique: Technique, actor: Actor, binding: Binding
    ) -> Iterator[tuple[Step, Actor | None]]:
        for key, changed, formula, choices in self.leading(technique, actor, binding):
            used = self._used(technique, actor, binding, choices)
            yield Step(actor.key, key, technique, formula, actor, binding, used), changed

    def leading(
        self, technique: Technique, actor: Actor, binding: Binding
    ) -> Iterator[tuple[str, Actor | None, Formula, list[Choice]]]:
        """Where a technique leads an actor: the node, whom it makes of a changed principal, on what it hangs,
        and what is chosen.
        """
        target = binding.target
        if target is not None and not self.may_be_touched(technique, target):
            return
        for choices, formula in self.decided_choices(technique, actor, binding):
            for key, changed in self.outcome(technique, actor, binding, choices):
                if key != actor.key:
                    yield key, changed, formula, choices

    def decided_choices(
        self, technique: Technique, actor: Actor, binding: Binding
    ) -> Iterator[tuple[list[Choice], Formula]]:
        """What the attacker may choose, with what it then hangs on.

        A strong policy or no boundary at all is the best choice; where that doesn't pass, all those that
        pass alike are chosen together.
        """
        placeholder = PLACEHOLDERS.get(technique.id, "")
        first = self.choices.best(placeholder, actor)
        best = self._hangs_on(technique, actor, binding, self._chosen(technique, actor, first))
        if best is not False:
            yield [first], best
        if best is True or not placeholder:
            return
        open_choice = self._chosen(technique, actor, None)
        if self._hangs_on(technique, actor, binding, open_choice) not in (False, best):
            others = (each for each in self.choices.others(technique, actor) if each != first)
            yield from self._others(technique, actor, binding, best, others)
        open_choice = {"{chosen_boundary}": ""}
        if placeholder in open_choice and self._hangs_on(technique, actor, binding, open_choice) not in (
            False,
            best,
        ):
            attached = (Choice("", *each[1:3], each.arn) for each in self.choices.others(technique, actor))
            yield from self._others(technique, actor, binding, best, attached)

    def _others(
        self, technique: Technique, actor: Actor, binding: Binding, best: Formula, choices: Iterator[Choice]
    ) -> Iterator[tuple[list[Choice], Formula]]:
        """Other choices than the best one; those that it doesn't write go together where they pass alike."""
        alike: dict[Formula, list[Choice]] = {}
        for choice in choices:
            chosen = self._chosen(technique, actor, choice)
            formula = simplify(all_of((self._hangs_on(technique, actor, binding, chosen), choice.open)))
            if choice.written and formula not in (False, best):
                yield [choice], formula
            elif formula not in (False, best):
                alike.setdefault(formula, []).append(choice)
        account = actor.principal.account
        for formula, together in alike.items():
            denying = {each for each in together if self.world.denies(self.choices.text(each, account))}
            plain = [each for each in together if each not in denying]
            if plain:
                yield plain, formula
            # What a policy denies, it denies to whoever attaches it: such a one is taken by itself.
            if not plain or not actor.changes:
                singly = [each for each in together if each in denying and not (plain and _is_aws(each.arn))]
                yield from (([each], formula) for each in singly[:_MOST_SINGLY])

    def _chosen(self, technique: Technique, actor: Actor, choice: Choice | None) -> dict[str, str]:
        """What stands for the placeholders that the attacker chooses; None leaves its choice open."""
        placeholder = PLACEHOLDERS.get(technique.id)
        if placeholder is None:
            return {}
        chosen = {placeholder: choice.arn} if choice is not None else {}
        if (
            placeholder == "{chosen_boundary}"
        ):  # where a boundary is chosen, the policy is the strongest if it can be
            attached = choice.attached if choice is not None else ""
            chosen["{admin_policy}"] = attached or self.choices.best("{admin_policy}", actor).arn
        return chosen

    def _used(
        self, technique: Technique, actor: Actor, binding: Binding, choices: Sequence[Choice]
    ) -> UsedRights:
        """The rights that a step uses, with what each must be allowed on."""
        choice = choices[0]
        chosen = self._chosen(technique, actor, choice)
        used = [
            each
            for number, right in enumerate(technique.rights)
            for each in self.ways(right, actor, binding, chosen, number)[1]
        ]
        if choice.written:
            arn = choice.attached or choice.arn
            action = self.choices.writing_action(actor, arn)
            used.append(UsedRight(action, Target(arn), {}, len(technique.rights)))
        return tuple(used)

    def may_be_touched(self, technique: Technique, target: Principal) -> bool:
        """AWS keeps its own roles from being changed, and passes service-linked roles to nobody."""
        if target.service_linked:
            return False
        if ":role/aws-reserved/" not in target.arn:
            return True
        changes = (r.action.lower() for r in technique.rights if r.on in (On.TARGET_ROLE, On.TARGET_USER))
        return all(action in _PASSING_ACTIONS for action in changes)

    def _hangs_on(
        self, technique: Technique, actor: Actor, binding: Binding, choice: Mapping[str, str]
    ) -> Formula:
        """What a step hangs on, rights and prerequisites together."""
        if self._shared[0] is not actor:
            self._shared = actor, {}
        shared = self._shared[1].setdefault(technique.id, {})
        parts: list[Formula] = []
        for number, right in enumerate(technique.rights):
            about = self._about(right, actor, binding)
            key = (number, about)
            formula = shared.get(key) if about is not None else None
            if formula is None:
                formula = self.ways(right, actor, binding, choice, number)[0]
                if about is not None:
                    shared[key] = formula
            if formula is False:
                return False
            if formula is not True:
                parts.append(formula)
        parts += [
            self.jointly(technique, group, actor, binding, choice) for group in self.together[technique.id]
        ]
        beside = self.beside_rights(technique, actor, binding)
        if not parts and isinstance(beside, bool):
            return beside
        return simplify(all_of((*parts, beside)))

    def beside_rights(
        self, technique: Technique, actor: Actor, binding: Binding, skip: Collection[str] = ()
    ) -> Formula:
        """What a step hangs on beside its rights; `skip` leaves out facts that are asked elsewhere."""
        parts: list[Formula] = [binding.needs]
        for prerequisite in self._asking[technique.id]:
            if prerequisite.fact in skip:
                continue
            formula = self.prerequisite(prerequisite, technique, actor, binding)
            if formula is False:
                return False
            parts.append(formula)
        return all_of(parts)

    def prerequisite(
        self, prerequisite: Prerequisite, technique: Technique, actor: Actor, binding: Binding
    ) -> Formula:
        """What a prerequisite comes to in one step, if need be brought about by the actor itself."""
        formula = self.prerequisites.formula(prerequisite, technique, actor, binding)
        if formula is True or not prerequisite.or_rights:
            return formula
        return any_of((formula, self.brought_about(prerequisite, actor, binding)))

    def jointly(
        self,
        technique: Technique,
        group: frozenset[int],
        actor: Actor,
        binding: Binding,
        choice: Mapping[str, str],
    ) -> Formula:
        """On what it hangs that several rights are had on one and the same new resource."""
        if binding.resource is not None:
            return True
        wanted = [technique.rights[number] for number in sorted(group)]
        requests = [(r.actions, self.request(r, actor, binding, choice)) for r in wanted]
        return self.rights.jointly(actor, requests)

    def brought_about(self, prerequisite: Prerequisite, actor: Actor, binding: Binding) -> Formula:
        """On what it hangs that the actor makes a missing fact true itself."""
        resource = binding.resource
        target = Target(resource.arn, resource.tags) if resource is not None else Target(binding.policy)
        return all_of(self.rights.settled(actor, action, target) for action in prerequisite.or_rights)

    def ways(
        self, right: Right, actor: Actor, binding: Binding, choice: Mapping[str, str], number: int
    ) -> tuple[Formula, list[UsedRight]]:
        """What a right hangs on, by any of its actions and on any of the things that will do."""
        ways: list[Formula] = []
        used: list[UsedRight] = []
        whole = self.request(right, actor, binding, choice)
        for action in right.actions:
            request = _carried(action, whole) if right.any_of else whole
            for target in self._targets(right, actor, binding):
                formula = self._right(action, actor, binding, right, target, request)
                if right.each_of and formula is not False:
                    formula = all_of((formula, self._on_each(right, action, actor, request)))
                if formula is True:
                    return True, [UsedRight(action, target, request, number)]
                if formula is not False:
                    ways.append(formula)
                    used.append(UsedRight(action, target, request, number))
        return any_of(ways), used

    def _on_each(self, right: Right, action: str, actor: Actor, request: Mapping[str, str]) -> Formula:
        """On what it hangs that an action is had on each kind of resource that it is authorised on."""
        account = actor.principal.account
        kinds = (pattern.replace("{account}", account) for pattern in right.each_of)
        return all_of(self.rights.on_kind(actor, action, kind, request) for kind in kinds)

    def _right(
        self,
        action: str,
        actor: Actor,
        binding: Binding,
        right: Right,
        target: Target,
        request: Mapping[str, str],
    ) -> Formula:
        if action.lower() == "sts:assumerole" and right.on is On.TARGET_ROLE and binding.role is not None:
            return self.prerequisites.assumes(actor, binding.role)
        return self.rights.settled(actor, action, target, request)

    def _targets(self, right: Right, actor: Actor, binding: Binding) -> list[Target]:
        """What a right must be allowed on, one of them being enough; none where the step has no such thing."""
        on, principal = right.on, actor.principal
        if on in (On.OWN_ROLE, On.OWN_USER):
            return [Target(principal.arn, principal.tags)]
        if on in (On.TARGET_ROLE, On.TARGET_USER):
            named = binding.role if on is On.TARGET_ROLE else binding.user
            return [Target(named.arn, named.tags)] if named is not None else []
        if on in (On.OWN_GROUP, On.TARGET_GROUP):
            return [Target(binding.group.arn, {})] if binding.group is not None else []
        if on in (On.POLICY_ATTACHED_TO_CALLER, On.POLICY_ATTACHED_TO_TARGET_ROLE):
            return [Target(binding.policy, None)] if binding.policy else []
        if right.passed_to and on is On.ANY:
            helpers = self.world.roles_trusting(principal.account, right.passed_to)
            return [Target(role.arn, role.tags) for role, _ in helpers]
        return self._resources(right, actor, binding)

    def _resources(self, right: Right, actor: Actor, binding: Binding) -> list[Target]:
        """The resources that a right may be about: the one that is bound, all loaded ones, or any at all."""
        account = self.world.account(actor.principal)
        bound = binding.resource
        if bound is not None and right.type not in ("", bound.type):
            bound = None
        found = [bound] if bound is not None else []
        shown = bool(right.type) and self.world.shows(account, right.type)
        if bound is None and right.on is On.EXISTING_RESOURCE and shown:
            found = self.world.resources(account, right.type)
            if not found:
                return []
        if right.arns:
            # One that is not shown may have any ARN of the service.
            unseen = f"arn:*:{right.action.partition(':')[0]}:*:*:*"
            own = [resource.arn for resource in found] or [unseen]
            patterns = dict.fromkeys(p.replace("{resource}", arn) for p in right.arns for arn in own)
            return [Target(patterns=tuple(patterns))]
        if found and right.on is On.EXISTING_RESOURCE:
            return [Target(resource.arn, resource.tags) for resource in found]
        return [Target()]

    def request(
        self, right: Right, actor: Actor, binding: Binding, choice: Mapping[str, str]
    ) -> dict[str, str]:
        """The context keys that the step implies, with what they stand for here."""
        subject = binding.target if right.on in (On.TARGET_ROLE, On.TARGET_USER) else actor.principal
        stands_for = {
            "{caller}": actor.principal.arn,
            "{policy}": binding.policy,
            "{current_boundary}": subject.boundary if subject is not None else "",
            "{target_role}": binding.role.arn if binding.role is not None else "",
            **choice,
        }
        if binding.resource is not None:
            stands_for["{resource}"] = binding.resource.arn
        if right.on is On.NEW_RESOURCE_OR_ANY:
            # What is yet to be made has the boundary that is chosen for it; open until one is.
            del stands_for["{current_boundary}"]
            if "{chosen_boundary}" in choice:
                stands_for["{current_boundary}"] = choice["{chosen_boundary}"]
        profiles = self.world.profiles_of(binding.role) if binding.role is not None else []
        if len(profiles) == 1:
            stands_for["{instance_profile}"] = profiles[0]
        elif profiles and ("ec2:InstanceProfile" not in right.context or right.on is On.NEW_RESOURCE_OR_ANY):
            # Which of several an instance has the data doesn't show; which one it is given is a choice.
            key = next((k for k, value in right.context.items() if value == "{instance_profile}"), "")
            stands_for["{instance_profile}"] = self.rights.fitting(actor, right.action, key, profiles)
        request = {
            key: stands_for.get(value, value)
            for key, value in right.context.items()
            if value != "{chosen}" and (not value.startswith("{") or value in stands_for)
        }
        if right.passed_to:
            partition = self.world.account(actor.principal).partition
            names = (*names_in(partition, right.passed_to), *right.or_passed_to)
            passed_to = self.rights.passed_to(actor, names, certain=not right.inferred)
            if passed_to:
                request["iam:PassedToService"] = passed_to
            else:
                del request["iam:PassedToService"]
        if right.passed_for and "iam:AssociatedResourceArn" not in request:
            resource = self.rights.associated(actor, right.action, right.passed_for)
            if resource:
                request["iam:AssociatedResourceArn"] = resource
        return request

    # what comes of it

    def outcome(
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
            yield from map(self._node, self._changed(effect, actor, binding, choices))

    def _made_of(
        self, effect: Effect, target: Principal, binding: Binding, choices: list[Choice]
    ) -> list[tuple[str, Actor | None]]:
        """What a step makes of somebody else: the same whoever acts."""
        group = binding.group.arn if binding.group is not None else ""
        key = (effect, target.arn, binding.policy, group, tuple(choices))
        known = self._outcomes.get(key)
        if known is None:
            made = self._changed(effect, Actor(target), binding, choices)
            known = self._outcomes[key] = [self._node(each) for each in made]
        return known

    def _node(self, changed: Actor) -> tuple[str, Actor | None]:
        if self.world.is_administrator(changed.principal):
            return ADMINISTRATOR + changed.principal.account, None
        return changed.key, changed

    def _changed(
        self, effect: Effect, subject: Actor, binding: Binding, choices: list[Choice]
    ) -> list[Actor]:
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
            changed = replace(left, inline=(*left.inline, binding.version))
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

    # the statements behind a step

    def because(self, step: Step) -> tuple[Grant, ...]:
        """The statements that give the actor the rights of a step, each once."""
        found: dict[tuple[str, str], Grant] = {}
        for used in step.rights:
            for grant in self.granting(step, used):
                found.setdefault((grant.statement_id, grant.via), grant)
        return tuple(found.values())

    def certain(self, step: Step, used: UsedRight) -> bool:
        """Whether one right of a step hangs on nothing."""
        if used.action.lower() == "sts:assumerole" and step.binding.role is not None:
            return self.prerequisites.assumes(step.actor, step.binding.role) is True
        return self.rights.settled(step.actor, used.action, used.target, used.request) is True

    def granting(self, step: Step, used: UsedRight) -> tuple[Grant, ...]:
        """The statements that give the actor one right of a step."""
        if used.action.lower() == "sts:assumerole" and step.binding.role is not None:
            return self.prerequisites.assuming_grants(step.actor, step.binding.role)
        return self.rights.because(step.actor, used.action, used.target)


def _carried(action: str, request: dict[str, str]) -> dict[str, str]:
    """What of a request's keys an action has."""
    known = catalogue.find_action(action)
    return {
        key: value
        for key, value in request.items()
        if known is None or catalogue.knows_condition_key(known, key)
    }


def _is_aws(arn: str) -> bool:
    return ":iam::aws:policy/" in arn


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


def decided_by_trust(right: Right) -> bool:
    """Whether a role's trust policy alone may be enough for a right."""
    return right.on is On.TARGET_ROLE and right.action.lower() == "sts:assumerole"


def _only_assumes(technique: Technique) -> bool:
    """Whether a technique asks nothing of IAM about its target, which may then be in another account."""
    kinds = (On.TARGET_ROLE, On.POLICY_ATTACHED_TO_TARGET_ROLE)
    return all(decided_by_trust(right) for right in technique.rights if right.on in kinds)


def _made_together(technique: Technique) -> tuple[frozenset[int], ...]:
    """The rights of a technique, by number, that are about one and the same new resource."""
    groups: dict[str, set[int]] = {}
    for number, right in enumerate(technique.rights):
        if right.on is On.NEW_RESOURCE_OR_ANY and not right.arns:
            known = [action for name in right.actions if (action := catalogue.find_action(name)) is not None]
            kinds = {f"{action.service} {each.name}" for action in known for each in action.resource_types}
            if len(kinds) == 1:
                groups.setdefault(kinds.pop(), set()).add(number)
    return tuple(frozenset(group) for group in groups.values() if len(group) > 1)

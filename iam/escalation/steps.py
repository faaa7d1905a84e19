"""Steps: what each technique comes to for each actor, decided on its real targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from iam.decision import Grant, Policy, Verdict
from iam.entities import Group, Principal, PrincipalType, Resource
from iam.escalation.actors import ADMINISTRATOR_POLICY, Actor, everything
from iam.escalation.prerequisites import Prerequisites
from iam.escalation.rights import Rights, Target
from iam.escalation.world import World
from iam.formula import Formula, all_of, any_of
from iam.solve import simplify
from iam.techniques import Effect, On, Prerequisite, Right, Subject, Technique, techniques
from iam.words import put_into_words

ADMINISTRATOR = "administrator:"

_ACTING = {Effect.ACTS_AS_ROLE, Effect.ACTS_AS_USER, Effect.CALLS_AS_ROLE, Effect.CALLS_AS_EXECUTION_ROLE}
_CHANGING = {
    Effect.BECOMES_ADMINISTRATOR,
    Effect.GAINS_GROUP_RIGHTS,
    Effect.GAINS_POLICY_VERSION_RIGHTS,
    Effect.REMOVES_BOUNDARY,
    Effect.LOOSENS_BOUNDARY,
    Effect.REMOVES_DENY,
}
_ADDING = {Effect.BECOMES_ADMINISTRATOR, Effect.GAINS_GROUP_RIGHTS, Effect.GAINS_POLICY_VERSION_RIGHTS}
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
            if each.looked_for
            and each.effect in _ACTING | _CHANGING
            and not any(r.unsigned for r in each.rights)
        ]
        actions = {action for each in self.looked_for for right in each.rights for action in right.actions}
        actions |= {a for each in self.looked_for for p in each.prerequisites for a in p.or_rights}
        self.rights = Rights(world.access, actions)
        self.prerequisites = Prerequisites(world)
        self._possible: dict[frozenset[str], list[Technique]] = {}

    def of(self, actor: Actor) -> Iterator[tuple[Step, Actor | None]]:
        """The steps of an actor, each with whom it makes of a changed principal (None for one as it is)."""
        full = everything().name in actor.changes
        for technique in self._candidates(actor):
            if full and technique.effect in _ADDING and technique.subject is Subject.CALLER:
                continue  # its policies allow everything already
            for binding in self._bindings(technique, actor):
                yield from self._decided(technique, actor, binding)

    def gains(self, before: Actor, after: Actor) -> bool:
        """Whether a change may open new steps: some grant is new, or something that held back is gone."""
        if (
            before.principal.arn != after.principal.arn
            or before.principal.boundary != after.principal.boundary
        ):
            return True
        return not self.rights.grants(after) <= self.rights.grants(before)

    def _candidates(self, actor: Actor) -> list[Technique]:
        possible = self.rights.possible(actor)
        known = self._possible.get(possible)
        if known is None:
            known = self._possible[possible] = [
                each
                for each in self.looked_for
                if each.rights
                and all(any(a.lower() in possible for a in right.actions) for right in each.rights)
            ]
        return known

    # what a technique may be about

    def _bindings(self, technique: Technique, actor: Actor) -> Iterator[Binding]:
        kinds = {right.on for right in technique.rights}
        facts = {each.fact for each in technique.prerequisites}
        if not self.prerequisites.caller_fits(technique, actor):
            return
        if technique.effect is Effect.REMOVES_DENY:
            yield from self._denying_bindings(technique, actor)
        elif On.TARGET_USER in kinds:
            yield from (Binding(user=user) for user in self.world.users(actor))
        elif (
            technique.effect in _ACTING
            or On.TARGET_ROLE in kinds
            or On.POLICY_ATTACHED_TO_TARGET_ROLE in kinds
        ):
            yield from self._role_bindings(technique, actor, facts, kinds)
        elif On.OWN_GROUP in kinds or On.TARGET_GROUP in kinds:
            groups = self.world.groups(actor, own=On.OWN_GROUP in kinds)
            yield from (Binding(group=group) for group in groups)
        elif On.POLICY_ATTACHED_TO_CALLER in kinds:
            yield from self._policy_bindings(technique, actor)
        else:
            yield Binding()

    def _role_bindings(
        self, technique: Technique, actor: Actor, facts: set[str], kinds: set[On]
    ) -> Iterator[Binding]:
        if "resource_exists_with_role" in facts:
            yield from self.prerequisites.workloads(technique, actor)
            return
        passed = [
            right.passed_to for right in technique.rights if right.passed_to and right.on is On.TARGET_ROLE
        ]
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
            for each in self.world.assumptions.get(actor.principal.arn, ()):
                role_ = self.world.estate.principal(each.role)
                if role_ is not None:
                    yield from self._with_policies(technique, kinds, Binding(role=role_))
            return
        if not kinds & {On.TARGET_ROLE, On.POLICY_ATTACHED_TO_TARGET_ROLE}:
            return  # nothing ties any role to it: whose power is gained can't be told from the data
        for role in self.world.roles(actor):
            yield from self._with_policies(technique, kinds, Binding(role=role))

    def _on_existing(self, technique: Technique, actor: Actor, binding: Binding) -> Iterator[Binding]:
        """The binding once for each existing resource that a right must be allowed on."""
        type_ = next((r.type for r in technique.rights if r.on is On.EXISTING_RESOURCE and r.type), "")
        account = self.world.account(actor.principal)
        if not type_ or not self.world.shows(account, type_):
            yield binding
            return
        for resource in self.world.resources(account, type_):
            yield Binding(role=binding.role, resource=resource, needs=binding.needs)

    def _with_policies(self, technique: Technique, kinds: set[On], binding: Binding) -> Iterator[Binding]:
        del technique
        if On.POLICY_ATTACHED_TO_TARGET_ROLE not in kinds or binding.role is None:
            yield binding
            return
        for managed in self.world.own_policies(binding.role, groups=False):
            yield Binding(role=binding.role, policy=managed.arn)

    def _policy_bindings(self, technique: Technique, actor: Actor) -> Iterator[Binding]:
        by_group = any(each.who == "group_of_caller" for each in technique.prerequisites)
        for managed in self.world.own_policies(actor.principal, groups=by_group):
            if technique.effect is Effect.GAINS_POLICY_VERSION_RIGHTS:
                for _, version in self.world.older_versions(managed):
                    yield Binding(policy=managed.arn, version=version)
            else:
                yield Binding(policy=managed.arn)

    def _denying_bindings(self, technique: Technique, actor: Actor) -> Iterator[Binding]:
        """The policies with a Deny that may be taken from the actor, or from a role that it can assume."""
        where = next((p.where for p in technique.prerequisites if p.fact == "deny_statement_in"), "")
        if where == "group_policy":
            for group in self.world.groups(actor, own=True):
                if any(map(_denies, self.world.group_policies(group))):
                    yield Binding(group=group)
            return
        subjects = [actor.principal]
        if technique.subject is Subject.TARGET:
            roles = (each.role for each in self.world.assumptions.get(actor.principal.arn, ()))
            found = (self.world.estate.principal(arn) for arn in roles)
            subjects = [
                each for each in (actor.principal, *found) if each is not None and each.trust is not None
            ]
        for subject in subjects:
            role = subject if technique.subject is Subject.TARGET else None
            if where == "inline_policy":
                yield from (Binding(role=role, policy=p.id) for p in subject.inline if _denies(p))
            elif where == "attached_managed_policy":
                policies = self.world.account(subject).policies
                for arn in subject.attached:
                    if arn in policies and _denies(policies[arn].policy):
                        yield Binding(role=role, policy=arn)

    # deciding

    def _decided(
        self, technique: Technique, actor: Actor, binding: Binding
    ) -> Iterator[tuple[Step, Actor | None]]:
        target = binding.target
        if target is not None and not self._may_be_touched(technique, target):
            return
        for choices, formula, rights in self._decided_choices(technique, actor, binding):
            for key, changed in self._outcome(technique, actor, binding, choices):
                if key != actor.key:
                    yield Step(actor.key, key, technique, formula, actor, binding, rights), changed

    def _decided_choices(
        self, technique: Technique, actor: Actor, binding: Binding
    ) -> Iterator[tuple[list[str], Formula, UsedRights]]:
        """What the attacker may choose, with what it then hangs on.

        A strong policy or no boundary at all is the best choice; where that doesn't pass, all those that
        pass alike are chosen together.
        """
        placeholder = self._placeholder(technique)
        best, rights = self._simplified(technique, actor, binding, {placeholder: self._best(placeholder)})
        if best is not False:
            yield [self._best(placeholder)], best, rights
        if best is True or not placeholder:
            return
        weakest, _ = self._simplified(technique, actor, binding, {})
        if weakest is False:
            return
        alike: dict[Formula, tuple[list[str], UsedRights]] = {}
        for arn in self.world.account(actor.principal).policies:
            formula, rights = self._simplified(technique, actor, binding, {placeholder: arn})
            if formula not in (False, best) and arn != ADMINISTRATOR_POLICY:
                alike.setdefault(formula, ([], rights))[0].append(arn)
        yield from ((arns, formula, rights) for formula, (arns, rights) in alike.items())

    def _placeholder(self, technique: Technique) -> str:
        contexts = {value for right in technique.rights for value in right.context.values()}
        return next((each for each in ("{admin_policy}", "{chosen_boundary}") if each in contexts), "")

    def _best(self, placeholder: str) -> str:
        return ADMINISTRATOR_POLICY if placeholder == "{admin_policy}" else ""

    def _simplified(
        self, technique: Technique, actor: Actor, binding: Binding, choice: Mapping[str, str]
    ) -> tuple[Formula, UsedRights]:
        formula, rights = self._formula(technique, actor, binding, choice)
        return simplify(formula), rights

    def _may_be_touched(self, technique: Technique, target: Principal) -> bool:
        """AWS keeps its own roles from being changed, and passes service-linked roles to nobody."""
        if target.service_linked:
            return False
        if ":role/aws-reserved/" not in target.arn:
            return True
        changes = (r.action.lower() for r in technique.rights if r.on in (On.TARGET_ROLE, On.TARGET_USER))
        return all(action in _PASSING_ACTIONS for action in changes)

    def _formula(
        self, technique: Technique, actor: Actor, binding: Binding, choice: Mapping[str, str]
    ) -> tuple[Formula, UsedRights]:
        """What a step hangs on, rights and prerequisites together, and the rights with their targets."""
        parts: list[Formula] = [binding.needs]
        used: list[UsedRight] = []
        for number, right in enumerate(technique.rights):
            ways = []
            for action in right.actions:
                target = self._target(right, actor, binding)
                if target is None:
                    continue
                request = self._request(right, actor, binding, choice)
                formula = self._right(action, actor, binding, right, target, request)
                if formula is not False:
                    ways.append(formula)
                    used.append(UsedRight(action, target, request, number))
                if formula is True:
                    break
            either = any_of(ways)
            if either is False:
                return False, ()
            parts.append(either)
        for prerequisite in technique.prerequisites:
            formula = self.prerequisites.formula(prerequisite, technique, actor, binding)
            if formula is not True and prerequisite.or_rights:
                formula = any_of((formula, self._brought_about(prerequisite, actor, binding)))
            if formula is False:
                return False, ()
            parts.append(formula)
        return all_of(parts), tuple(used)

    def _brought_about(self, prerequisite: Prerequisite, actor: Actor, binding: Binding) -> Formula:
        """On what it hangs that the actor makes a missing fact true itself."""
        resource = binding.resource
        target = Target(resource.arn, resource.tags) if resource is not None else Target()
        return all_of(self.rights.settled(actor, action, target) for action in prerequisite.or_rights)

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

    def _target(self, right: Right, actor: Actor, binding: Binding) -> Target | None:
        """What a right must be allowed on; None where the step has no such thing."""
        on = right.on
        principal = actor.principal
        if on in (On.OWN_ROLE, On.OWN_USER):
            return Target(principal.arn, principal.tags)
        named = {On.TARGET_ROLE: binding.role, On.TARGET_USER: binding.user}.get(on)
        if on in (On.TARGET_ROLE, On.TARGET_USER):
            return Target(named.arn, named.tags) if named is not None else None
        if on in (On.OWN_GROUP, On.TARGET_GROUP):
            return Target(binding.group.arn, {}) if binding.group is not None else None
        if on in (On.POLICY_ATTACHED_TO_CALLER, On.POLICY_ATTACHED_TO_TARGET_ROLE):
            return Target(binding.policy, None) if binding.policy else None
        resource = binding.resource
        meant = resource is not None and (not right.type or right.type == resource.type)
        if right.arns:
            own = resource.arn if meant and resource is not None else "*"
            return Target(patterns=tuple(pattern.replace("{resource}", own) for pattern in right.arns))
        if on is On.EXISTING_RESOURCE and meant and resource is not None:
            return Target(resource.arn, resource.tags)
        return Target()

    def _request(
        self, right: Right, actor: Actor, binding: Binding, choice: Mapping[str, str]
    ) -> dict[str, str]:
        """The context keys that the step implies, with what they stand for here."""
        subject = binding.target if right.on in (On.TARGET_ROLE, On.TARGET_USER) else actor.principal
        stands_for = {
            "{caller}": actor.principal.arn,
            "{policy}": binding.policy,
            "{current_boundary}": subject.boundary if subject is not None else "",
            "{target_role}": binding.role.arn if binding.role is not None else "",
            "{resource}": binding.resource.arn if binding.resource is not None else "",
            **choice,
        }
        profiles = self.world.profiles_of(binding.role) if binding.role is not None else []
        if profiles:
            stands_for["{instance_profile}"] = profiles[0]
        request = {
            key: stands_for.get(value, value)
            for key, value in right.context.items()
            if value != "{chosen}" and (not value.startswith("{") or value in stands_for)
        }
        if right.passed_to and not right.inferred:
            request["iam:PassedToService"] = right.passed_to
        return request

    # what comes of it

    def _outcome(
        self, technique: Technique, actor: Actor, binding: Binding, choices: list[str]
    ) -> Iterator[tuple[str, Actor | None]]:
        """Where a step leads: the node, and the changed principal that stands there, if one does."""
        effect = technique.effect
        account = actor.principal.account
        target = binding.target
        if effect in _ACTING:
            if target is not None and not technique.limited_to:
                yield target.arn, None
            return
        if technique.subject is Subject.NEW:
            made = [self._newcomer(account, choice) for choice in choices]
        else:
            other = technique.subject is Subject.TARGET and target is not None
            subject = Actor(target) if other and target is not actor.principal else actor  # type: ignore[arg-type]
            made = self._changed(effect, subject, binding, choices)
        for changed in made:
            if self.world.is_administrator(changed.principal):
                yield ADMINISTRATOR + account, None
            else:
                yield changed.key, changed

    def _changed(self, effect: Effect, subject: Actor, binding: Binding, choices: list[str]) -> list[Actor]:
        if effect is Effect.BECOMES_ADMINISTRATOR:
            policies = [self._attached(subject, arn) for arn in choices]
            names = [policy.name for policy in policies]
            return [subject.with_policies(_listed(names), policies)]
        if effect is Effect.GAINS_GROUP_RIGHTS and binding.group is not None:
            policies = self.world.group_policies(binding.group)
            return [subject.with_policies(f"group {binding.group.name}", policies)] if policies else []
        if effect is Effect.GAINS_POLICY_VERSION_RIGHTS and binding.version is not None:
            return [subject.with_policy_replaced(binding.version.name, binding.policy, binding.version)]
        if effect in (Effect.REMOVES_BOUNDARY, Effect.LOOSENS_BOUNDARY):
            return [
                subject.with_boundary(f"boundary {arn.rsplit('/', 1)[-1]}" if arn else "no boundary", arn)
                for arn in choices
                if arn != subject.principal.boundary
            ]
        if effect is Effect.REMOVES_DENY and binding.group is not None:
            return [subject.without_group(f"group {binding.group.name} left", binding.group.arn)]
        if effect is Effect.REMOVES_DENY and binding.policy:
            name = binding.policy.rsplit("/", 1)[-1]
            return [subject.without_policy(f"policy {name} taken away", binding.policy)]
        return []

    def _attached(self, subject: Actor, arn: str) -> Policy:
        managed = self.world.account(subject.principal).policies.get(arn)
        return everything() if managed is None or arn in ("", ADMINISTRATOR_POLICY) else managed.policy

    def _newcomer(self, account: str, boundary: str) -> Actor:
        """A new principal with every permission, under the boundary that it was made with."""
        arn = f"arn:{self.world.estate.accounts[account].partition}:iam::{account}:role/a-new-role"
        new = Principal(
            arn=arn, type=PrincipalType.ROLE, name="a-new-role", account=account,
            inline=(everything(),), boundary=boundary,
        )  # fmt: skip
        return Actor(new, (f"boundary {boundary.rsplit('/', 1)[-1]}" if boundary else "every permission",))

    # the statements behind a step

    def because(self, step: Step) -> tuple[Grant, ...]:
        """The statements that give the actor the rights of a step, each once."""
        found: dict[tuple[str, str], Grant] = {}
        for used in step.rights:
            for grant in self.granting(step, used):
                found.setdefault((grant.statement_id, grant.via), grant)
        return tuple(found.values())

    def granting(self, step: Step, used: UsedRight) -> tuple[Grant, ...]:
        """The statements that give the actor one right of a step."""
        if used.action.lower() == "sts:assumerole" and step.binding.role is not None:
            return self.prerequisites.assuming_grants(step.actor, step.binding.role)
        return self.rights.because(step.actor, used.action, used.target)


def _listed(names: list[str]) -> str:
    """Names in words, the first few of many."""
    if len(names) <= 3:
        return " and ".join(names)
    return f"{', '.join(names[:2])} and {len(names) - 2} more policies"


def _denies(policy: Policy) -> bool:
    """Whether a policy holds a Deny."""
    return any(not statement.allows for statement in policy.document.statements)

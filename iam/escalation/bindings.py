"""Bindings: what a technique may be about in one step: whom it takes over, by which group, policy or resource."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from iam.decision import Policy
from iam.entities import Group, Principal, PrincipalType, Resource
from iam.escalation.actors import Actor
from iam.escalation.granted import by_itself
from iam.escalation.older import older_versions
from iam.escalation.world import World
from iam.formula import Formula
from iam.techniques import Effect, On, Right, Subject, Technique

if TYPE_CHECKING:
    from iam.escalation.prerequisites import Prerequisites

ACTING = {Effect.ACTS_AS_ROLE, Effect.ACTS_AS_USER, Effect.CALLS_AS_ROLE, Effect.CALLS_AS_EXECUTION_ROLE}
"""The effects by which an attacker comes to act as the target."""


_OWN = {On.OWN_ROLE, On.OWN_USER, On.OWN_GROUP, On.TARGET_GROUP, On.POLICY_ATTACHED_TO_CALLER}


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


class Bindings:
    """Finds what techniques may be about in one world."""

    def __init__(self, world: World, prerequisites: Prerequisites) -> None:
        self.world = world
        self.prerequisites = prerequisites
        self._by_target: dict[tuple[str, str], dict[str, list[Binding]]] = {}

    def of(self, technique: Technique, actor: Actor) -> Iterator[Binding]:
        """What a technique may be about for an actor."""
        if self.prerequisites.caller_fits(technique, actor):
            yield from self._every(technique, actor)

    def about(self, technique: Technique, actor: Actor, targets: Collection[str]) -> Iterator[Binding]:
        """The same, of what is about these principals (ARNs) or about none."""
        if personal(technique):
            every = self.of(technique, actor)
            yield from (each for each in every if each.target is None or each.target.arn in targets)
        elif self.prerequisites.caller_fits(technique, actor):
            key = (technique.id, actor.principal.account)
            if key not in self._by_target:
                found = self._by_target[key] = {}
                for binding in self.in_account(technique, key[1]):
                    found.setdefault(binding.target.arn if binding.target else "", []).append(binding)
            for arn in ("", *targets):
                if arn != actor.principal.arn:
                    yield from self._by_target[key].get(arn, ())

    def in_account(self, technique: Technique, account: str) -> Iterator[Binding]:
        """What a technique may be about in an account, whoever acts."""
        nobody = Principal(arn="", type=PrincipalType.ROLE, name="", account=account)
        return self._every(technique, Actor(nobody))

    def raised(self, technique: Technique, target: Principal) -> Iterator[Binding]:
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

    def _every(self, technique: Technique, actor: Actor) -> Iterator[Binding]:
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
                for version in older_versions(managed):
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


def decided_by_trust(right: Right) -> bool:
    """Whether a role's trust policy alone may be enough for a right."""
    return right.on is On.TARGET_ROLE and right.action.lower() == "sts:assumerole"


def _only_assumes(technique: Technique) -> bool:
    """Whether a technique asks nothing of IAM about its target, which may then be in another account."""
    kinds = (On.TARGET_ROLE, On.POLICY_ATTACHED_TO_TARGET_ROLE)
    return all(decided_by_trust(right) for right in technique.rights if right.on in kinds)


def personal(technique: Technique) -> bool:
    """Whether a technique turns on who the actor is, and not only on what it may do."""
    if technique.subject is Subject.CALLER or technique.effect is Effect.REMOVES_DENY:
        return True
    return any(right.on in _OWN for right in technique.rights)

"""Uses: what a technique uses of an actor's rights in one step, on what and with what in its request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from iam import catalogue
from iam.escalation.actors import Actor
from iam.escalation.bindings import Binding
from iam.escalation.rights import Rights
from iam.escalation.services import names_in
from iam.escalation.settling import Target
from iam.escalation.world import World
from iam.formula import Formula, all_of, any_of
from iam.techniques import On, Prerequisite, Right, Technique, techniques

if TYPE_CHECKING:
    from iam.escalation.prerequisites import Prerequisites


class UsedRight(NamedTuple):
    """A right that a step uses: the action, what it must be allowed on, and the request's keys."""

    action: str
    target: Target
    request: Mapping[str, str]
    number: int


TAGGING = {
    "ec2:CreateLaunchTemplate": "ec2:CreateTags",
    "ec2:RequestSpotInstances": "ec2:CreateTags",
    "ec2:RunInstances": "ec2:CreateTags",
    "iam:CreateOpenIDConnectProvider": "iam:TagOpenIDConnectProvider",
    "iam:CreateRole": "iam:TagRole",
    "iam:CreateUser": "iam:TagUser",
    "iam:CreateVirtualMFADevice": "iam:TagMFADevice",
    "lambda:CreateFunction": "lambda:TagResource",
    "sagemaker:CreateNotebookInstance": "sagemaker:AddTags",
    "sagemaker:CreateProcessingJob": "sagemaker:AddTags",
    "sagemaker:CreateTrainingJob": "sagemaker:AddTags",
    "states:CreateStateMachine": "states:TagResource",
}
"""What it takes besides to give something tags in the call that makes it, where AWS asks for it.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
"""
_CLUSTER = "AWS::ECS::Cluster"
_IN_CLUSTERS = frozenset({"container-instance", "service", "task"})
_TAGGING_NUMBER = 1000
"""Where the numbers of rights begin that are used only to tag what others make."""

UsedRights = tuple[UsedRight, ...]
"""The rights of a step. Those with the same number stand in for each other."""


class Uses:
    """Finds what uses of rights hang on.

    `together` are the rights of techniques, by number, that are about one and the same new resource.
    """

    def __init__(self, world: World, rights: Rights, prerequisites: Prerequisites) -> None:
        self.world = world
        self.rights = rights
        self.prerequisites = prerequisites
        self.together = {each.id: _made_together(each) for each in techniques()}

    def brought_about(self, prerequisite: Prerequisite, actor: Actor, binding: Binding) -> Formula:
        """On what it hangs that the actor makes a missing fact true itself."""
        resource = binding.resource
        target = Target(resource.arn, resource.tags) if resource is not None else Target(binding.policy)
        return all_of(self.rights.settled(actor, action, target) for action in prerequisite.or_rights)

    def jointly(
        self,
        technique: Technique,
        group: frozenset[int],
        actor: Actor,
        binding: Binding,
        choice: Mapping[str, str],
    ) -> Formula:
        """On what it hangs that several rights are had on one and the same new resource."""
        wanted = [technique.rights[number] for number in sorted(group)]
        if binding.resource is not None and any(right.type for right in wanted):
            return True
        requests = [(r.actions, self.request(r, actor, binding, choice)) for r in wanted]
        patterns = _filled_in(wanted[0].arns, actor.principal.account)
        return self.rights.jointly(actor, requests, patterns)

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
                formula, tagging = self._right(action, actor, binding, right, target, request)
                own = [UsedRight(action, target, request, number)]
                own += [UsedRight(each, Target(), {}, _TAGGING_NUMBER + number) for each in tagging]
                if formula is True:
                    return True, own
                if formula is not False:
                    ways.append(formula)
                    used += own
        return any_of(ways), used

    def _on_each(self, right: Right, action: str, actor: Actor, request: Mapping[str, str]) -> Formula:
        """On what it hangs that an action is had on each kind of resource that it is authorised on."""
        account = self.world.account(actor.principal)
        kinds = (
            pattern.replace("arn:*:", f"arn:{account.partition}:", 1).replace("{account}", account.id)
            for pattern in right.each_of
        )
        return all_of(self.rights.on_kind(actor, action, kind, request) for kind in kinds)

    def _right(
        self,
        action: str,
        actor: Actor,
        binding: Binding,
        right: Right,
        target: Target,
        request: Mapping[str, str],
    ) -> tuple[Formula, tuple[str, ...]]:
        """What a right to an action hangs on, and by which action besides it tags what it makes, if it has to."""
        if action.lower() == "sts:assumerole" and right.on is On.TARGET_ROLE and binding.role is not None:
            return self.prerequisites.assumes(actor, binding.role), ()
        tagged = self._allowed(action, actor, right, target, request)
        tagging, keys = self._tagging(action, actor) if right.on is On.NEW_RESOURCE_OR_ANY else ("", [])
        if not keys or tagged is False:
            return tagged, ()
        bare = self._allowed(action, actor, right, target, {**request, **dict.fromkeys(keys, "")})
        if bare is True or bare == tagged:
            return bare, ()
        carried = {"ec2:CreateAction": action.partition(":")[2]} if tagging == "ec2:CreateTags" else {}
        may_tag = self.rights.settled(actor, tagging, Target(), carried)
        formula = any_of((bare, all_of((tagged, may_tag))))
        return formula, (tagging,) if bare is False and formula is not False else ()

    def _tagging(self, action: str, actor: Actor) -> tuple[str, list[str]]:
        """What it takes besides to tag what an action makes, and the keys of tags that the action hangs on."""
        tagging = TAGGING.get(action, "")
        keys = self.rights.right(actor, action).keys if tagging else ()
        return tagging, [key for key in keys if _writes_tags(key)]

    def tagging_rights(self, right: Right, actor: Actor) -> Iterator[int]:
        """The rights to tag, by identity, that it turns on whether the actor has a right."""
        if right.on is On.NEW_RESOURCE_OR_ANY:
            for action in right.actions:
                tagging, keys = self._tagging(action, actor)
                if keys:
                    yield id(self.rights.right(actor, tagging))

    def _allowed(
        self, action: str, actor: Actor, right: Right, target: Target, request: Mapping[str, str]
    ) -> Formula:
        """What an action hangs on where nothing else is asked for beside it."""
        formula = self.rights.settled(actor, action, target, request)
        if right.each_of and formula is not False:
            formula = all_of((formula, self._on_each(right, action, actor, request)))
        return formula

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
            return [Target(patterns=_filled_in(right.arns, account.id, own))]
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
        clusters = self._clusters(actor, binding) if "{cluster}" in right.context.values() else []
        if clusters:
            stands_for["{cluster}"] = self.rights.fitting(actor, right.action, "ecs:cluster", clusters)
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

    def _clusters(self, actor: Actor, binding: Binding) -> list[str]:
        """The clusters of ECS that a step may be about: where its resource is, or all that are loaded."""
        resource = binding.resource
        kind, _, name = (
            resource.arn.rpartition(":")[2].partition("/") if resource is not None else ("", "", "")
        )
        if resource is not None and kind in _IN_CLUSTERS and "/" in name:
            return [f"{resource.arn.rpartition(':')[0]}:cluster/{name.partition('/')[0]}"]
        account = self.world.account(actor.principal)
        loaded = self.world.resources(account, _CLUSTER) if self.world.shows(account, _CLUSTER) else []
        return [each.arn for each in loaded]


def _writes_tags(key: str) -> bool:
    return key == "aws:tagkeys" or key.startswith("aws:requesttag/")


def _carried(action: str, request: dict[str, str]) -> dict[str, str]:
    """What of a request's keys an action has."""
    known = catalogue.find_action(action)
    return {
        key: value
        for key, value in request.items()
        if known is None or catalogue.knows_condition_key(known, key)
    }


def _filled_in(arns: tuple[str, ...], account: str, resources: Sequence[str] = ("",)) -> tuple[str, ...]:
    """Patterns of ARNs with what they stand for put in."""
    filled = (arn.replace("{account}", account) for arn in arns)
    return tuple(dict.fromkeys(arn.replace("{resource}", each) for arn in filled for each in resources))


def _made_together(technique: Technique) -> tuple[frozenset[int], ...]:
    """The rights of a technique, by number, that are about one and the same new resource."""
    groups: dict[str, set[int]] = {}
    for number, right in enumerate(technique.rights):
        if right.on is On.NEW_RESOURCE_OR_ANY and right.arns:
            groups.setdefault(" ".join(right.arns), set()).add(number)
        elif right.on is On.NEW_RESOURCE_OR_ANY:
            known = [action for name in right.actions if (action := catalogue.find_action(name)) is not None]
            kinds = {f"{action.service} {each.name}" for action in known for each in action.resource_types}
            if len(kinds) == 1:
                groups.setdefault(kinds.pop(), set()).add(number)
    return tuple(frozenset(group) for group in groups.values() if len(group) > 1)

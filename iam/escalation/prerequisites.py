"""The facts beside rights that techniques ask for: true, false, or a need where the data doesn't show them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from iam.assume import singles_out
from iam.decision import Decision, Grant
from iam.entities import Principal, PrincipalType, Resource
from iam.escalation.actors import Actor, everything
from iam.escalation.bindings import Binding
from iam.escalation.outside import given, lets_certificates_in, lets_pools_in, lets_strangers_in
from iam.escalation.rights import Partition, Rights, meet
from iam.escalation.settling import Target, absent, chosen, some
from iam.escalation.world import World, must_exist
from iam.formula import Formula, all_of, any_of, tests
from iam.solve import simplify
from iam.techniques import Prerequisite, Technique, tell

MOST_VERSIONS = 5
"""How many versions a policy keeps: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
_ASSUME_ROLE = "sts:assumerole"
_EXTERNAL_ID = "sts:externalid"
_KNOWN = must_exist("the external id that the role's trust policy asks for (sts:ExternalId)")
# Types that CloudFormation names otherwise than people do.
_IN_WORDS = {
    "AWS::ACMPCA::CertificateAuthority": "private certificate authority",
    "AWS::ApiGateway::RestApi": "REST API of API Gateway",
    "AWS::AppRunner::Service": "App Runner service",
    "AWS::AppSync::GraphQLApi": "GraphQL API of AppSync",
    "AWS::AutoScaling::AutoScalingGroup": "Auto Scaling group",
    "AWS::BedrockAgentCore::BrowserCustom": "browser of Bedrock AgentCore",
    "AWS::BedrockAgentCore::CodeInterpreterCustom": "code interpreter of Bedrock AgentCore",
    "AWS::BedrockAgentCore::Runtime": "runtime of Bedrock AgentCore",
    "AWS::Cloud9::EnvironmentEC2": "Cloud9 environment",
    "AWS::Config::ConfigRule": "Config rule",
    "AWS::DirectoryService::MicrosoftAD": "directory of AWS Directory Service",
    "AWS::ElasticBeanstalk::Environment": "Elastic Beanstalk environment",
    "AWS::IAM::OIDCProvider": "OIDC provider",
    "AWS::IAM::SAMLProvider": "SAML provider",
    "AWS::MWAA::Environment": "Airflow environment",
    "AWS::RDS::DBCluster": "cluster of RDS",
    "AWS::RDS::DBInstance": "database instance of RDS",
    "AWS::RolesAnywhere::Profile": "Roles Anywhere profile",
    "AWS::RolesAnywhere::TrustAnchor": "Roles Anywhere trust anchor",
    "AWS::S3::Bucket": "bucket",
    "AWS::SageMaker::MlflowTrackingServer": "SageMaker tracking server",
    "AWS::Scheduler::Schedule": "schedule of EventBridge Scheduler",
    "AWS::SecretsManager::Secret": "secret",
    "AWS::ServiceCatalog::CloudFormationProduct": "Service Catalog product",
    "AWS::SSM::MaintenanceWindow": "maintenance window of Systems Manager",
    "AWS::SSM::Parameter": "parameter of Systems Manager",
    "AWS::SSM::Session": "session of Systems Manager",
    "AWS::StepFunctions::StateMachine": "Step Functions state machine",
}
_SET_BY = {
    "sts:TagSession": ("aws:requesttag/", "aws:tagkeys", "sts:transitivetagkeys"),
    "sts:SetSourceIdentity": ("sts:sourceidentity",),
}
"""The permissions that it takes to give a session tags, or a source identity, by the keys that these are."""
_COGNITO, _POOL = "cognito-identity.amazonaws.com", "AWS::Cognito::IdentityPool"
_SSM_AGENT, _CHANNEL = "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel"


class Prerequisites:
    """Decides prerequisites in one world."""

    def __init__(self, world: World, rights: Rights) -> None:
        self.world = world
        self.rights = rights
        self._originals: dict[int, tuple[Actor, Actor]] = {}
        self._trusting: dict[tuple[str, PrincipalType, str], Formula] = {}
        self._alike: dict[object, Formula] = {}
        self._agents: dict[tuple[str, str], Formula] = {}
        self._assumable: dict[int, tuple[Actor, Partition]] = {}
        self._handed_on: dict[tuple[str, PrincipalType], tuple[Partition, int]] = {}
        self._assumes: dict[tuple[int, str], tuple[Principal, Formula]] = {}

    def caller_fits(self, technique: Technique, actor: Actor) -> bool:
        """Whether the actor is of the kind that the technique starts from."""
        for each in technique.prerequisites:
            if each.fact == "caller_is" and actor.principal.type.value != each.kind:
                return False
        return True

    def workloads(self, technique: Technique, actor: Actor) -> Iterator[Binding]:
        """The workloads that a technique takes over: those loaded, or the roles that unseen ones may have."""
        wanted = next(p for p in technique.prerequisites if p.fact == "resource_exists_with_role")
        account = self.world.account(actor.principal)
        if self.world.shows(account, wanted.type):
            for resource in self.world.resources(account, wanted.type):
                role = account.principals.get(resource.role)
                if role is not None and role.arn != actor.principal.arn and _in_state(resource, wanted):
                    yield Binding(role=role, resource=resource)
            return
        seen: set[str] = set()
        for role, formula in self.world.could_run(account.id, wanted.type):
            if role.arn not in seen and role.arn != actor.principal.arn:
                seen.add(role.arn)
                need = must_exist(f"{_a(wanted.type)} that runs with role {role.name}{_state_words(wanted)}")
                yield Binding(role=role, needs=all_of((formula, need)))

    def is_settled(self, prerequisite: Prerequisite) -> bool:
        """Whether whatever a technique is bound to meets a prerequisite already."""
        return getattr(type(self), f"_{prerequisite.fact}", None) is Prerequisites._settled

    def formula(
        self, prerequisite: Prerequisite, technique: Technique, actor: Actor, binding: Binding
    ) -> Formula:
        """What a prerequisite comes to in one step."""
        decide = getattr(self, f"_{prerequisite.fact}", None)
        if decide is None:
            del technique
            return must_exist(tell(prerequisite).rstrip("."))
        result: Formula = decide(prerequisite, actor, binding)
        return result

    # facts that the bindings have settled already

    def _settled(self, _: Prerequisite, __: Actor, ___: Binding) -> Formula:
        return True

    _caller_is = _settled
    _caller_member_of_target_group = _settled
    _customer_policy_attached_to = _settled
    _group_exists_with_permissions = _settled
    _policy_has_stronger_older_version = _settled
    _resource_exists_with_role = _settled
    _policies_grant_more_than_boundary = _settled
    _target_within_reach = _settled
    _target_is_group_member = _settled

    # facts of the account's export

    def _deny_statement_in(self, wanted: Prerequisite, actor: Actor, binding: Binding) -> Formula:
        """Of a group, only an action that takes away the policies that deny: by leaving, all of them."""
        group = binding.group
        if group is None or not wanted.removed_by:
            return True
        inline = {each.id for each in group.inline}
        denying = [each for each in self.world.group_policies(group) if self.world.denies(each)]
        kinds = {"group_policy"}
        kinds |= {"group_inline_policy"} if all(each.id in inline for each in denying) else set()
        kinds |= {"group_managed_policy"} if not any(each.id in inline for each in denying) else set()
        actions = [action for action, kind in wanted.removed_by.items() if kind in kinds]
        return any_of(self.rights.settled(actor, action, Target(group.arn, {})) for action in actions)

    def _policy_version_slot_free(self, _: Prerequisite, actor: Actor, binding: Binding) -> Formula:
        managed = self.world.account(actor.principal).policies.get(binding.policy)
        return managed is None or len(managed.versions) < MOST_VERSIONS

    def _role_trusts_service(self, wanted: Prerequisite, actor: Actor, binding: Binding) -> Formula:
        if wanted.who == "helper":
            return bool(self.world.roles_trusting(actor.principal.account, wanted.service))
        return self.world.trusts(binding.role, wanted.service) if binding.role is not None else False

    def _role_trusts_any_service(self, wanted: Prerequisite, _: Actor, binding: Binding) -> Formula:
        role = binding.role
        return role is not None and any_of(self.world.trusts(role, each) for each in wanted.services)

    def _role_in_instance_profile(self, _: Prerequisite, __: Actor, binding: Binding) -> Formula:
        return binding.role is not None and bool(self.world.profiles_of(binding.role))

    def _role_trust_allows_caller(self, _: Prerequisite, actor: Actor, binding: Binding) -> Formula:
        return self.assumes(actor, binding.role) if binding.role is not None else False

    def _target_is_caller_or_assumable(self, _: Prerequisite, actor: Actor, binding: Binding) -> Formula:
        role = binding.role
        return role is None or role.arn == actor.principal.arn or self.assumes(actor, role)

    def _policy_condition_requires_mfa(self, _: Prerequisite, __: Actor, ___: Binding) -> Formula:
        return True  # the steps that hang on MFA show it

    def _caller_in_management_or_delegated_account(
        self, _: Prerequisite, actor: Actor, __: Binding
    ) -> Formula:
        organization = self.world.estate.organization
        account = actor.principal.account
        if organization is None or account not in organization.parents:
            return False
        if account == organization.management_account:
            return True
        return must_exist(f"the organization lets account {account} manage its policies")

    def _account_is_member(self, _: Prerequisite, actor: Actor, __: Binding) -> Formula:
        organization = self.world.estate.organization
        account = actor.principal.account
        if organization is None or account not in organization.parents:
            return False
        if account == organization.management_account:
            return False
        return must_exist(f"account {account} has what an account of its own needs, such as a way to pay")

    def _caller_assigned_permission_set(self, wanted: Prerequisite, actor: Actor, _: Binding) -> Formula:
        """The role that Identity Center makes of a permission set is a caller; others may be as well."""
        if "/aws-reserved/sso.amazonaws.com/" in actor.principal.arn:
            return must_exist(tell(wanted).rstrip("."))
        return must_exist(
            f"whoever acts as {actor.principal.name} is also assigned a permission set in Identity Center"
        )

    def _role_trusts_other_account(self, _: Prerequisite, __: Actor, binding: Binding) -> Formula:
        return binding.role is not None

    def _role_name_matches(self, wanted: Prerequisite, _: Actor, binding: Binding) -> Formula:
        from iam.pattern import text_pattern

        role = binding.role
        return role is not None and any(text_pattern(each).matches(role.name) for each in wanted.patterns)

    def _permissions_boundary_set(self, _: Prerequisite, actor: Actor, binding: Binding) -> Formula:
        return bool((binding.target or actor.principal).boundary)

    def _role_trusts_federated(self, wanted: Prerequisite, actor: Actor, binding: Binding) -> Formula:
        role = binding.role
        if role is None or not self.world.providers_of(role, wanted.provider):
            return False
        account = self.world.account(actor.principal)
        if wanted.provider != _COGNITO or not self.world.shows(account, _POOL):
            return True
        pools = self.world.resources(account, _POOL)
        return lets_pools_in(self.world.trust(role, _COGNITO, PrincipalType.FEDERATED), pools)

    def _role_trust_oidc_subject_unrestricted(
        self, wanted: Prerequisite, _: Actor, binding: Binding
    ) -> Formula:
        role, provider = binding.role, binding.resource
        if role is None or provider is None:
            return must_exist(tell(wanted).rstrip("."))
        if lets_strangers_in(self.world.trust(role, provider.arn, PrincipalType.FEDERATED)):
            return True
        return must_exist(f"the trust policy of role {role.name} lets in a subject that the attacker can be")

    def _role_trust_lacks_condition(self, wanted: Prerequisite, actor: Actor, binding: Binding) -> Formula:
        if binding.role is None:
            return must_exist(tell(wanted).rstrip("."))
        account = self.world.account(actor.principal)
        trusted = self.world.trust(binding.role, "rolesanywhere.amazonaws.com", PrincipalType.SERVICE)
        anchors = [f"arn:{account.partition}:rolesanywhere:*:{account.id}:trust-anchor/a-new-one"]
        if binding.resource is not None:  # a profile that is there already, for anchors that are
            loaded = self.world.resources(account, "AWS::RolesAnywhere::TrustAnchor")
            anchors = [each.arn for each in loaded] or anchors
        return lets_certificates_in(trusted, account.id, anchors)

    def _admin_role_may_assume_execution_role(self, _: Prerequisite, __: Actor, binding: Binding) -> Formula:
        return binding.role is not None and bool(self.world.assumptions.get(binding.role.arn))

    def _caller_can_use_some_s3_bucket(self, wanted: Prerequisite, _: Actor, binding: Binding) -> Formula:
        """A bucket of the attacker's own will do, where the role may read from one and write to one."""
        if binding.role is None:
            return must_exist(tell(wanted).rstrip("."))
        access = self.world.access
        for action in ("s3:GetObject", "s3:PutObject"):
            question = access.question(action, None)
            context = access.resource_context(question, None)
            if access.decide(question, binding.role, context=context).open is False:
                return must_exist(tell(wanted).rstrip("."))
        return True

    # facts of the credential report

    def _credential(self, user: Principal | None, name: str) -> object:
        return user.details.get(name) if user is not None else None

    def _user_access_key_count(self, wanted: Prerequisite, _: Actor, binding: Binding) -> Formula:
        count = self._credential(binding.user, "access_key_slots")
        if not isinstance(count, int) or wanted.value is None:
            return must_exist(
                f"a free access key slot of user {_name(binding.user)} (credential report not loaded)"
            )
        return count < wanted.value

    def _user_login_profile(self, wanted: Prerequisite, _: Actor, binding: Binding) -> Formula:
        has = self._credential(binding.user, "console")
        if not isinstance(has, bool):
            what = "a console password" if wanted.present else "no console password yet"
            return must_exist(f"user {_name(binding.user)} has {what} (credential report not loaded)")
        return has is wanted.present

    def _user_has_inactive_access_key(self, _: Prerequisite, __: Actor, binding: Binding) -> Formula:
        slots = self._credential(binding.user, "access_key_slots")
        active = self._credential(binding.user, "access_keys")
        if not isinstance(slots, int) or not isinstance(active, int):
            return must_exist(
                f"an inactive access key of user {_name(binding.user)} (credential report not loaded)"
            )
        return active < slots

    def _user_has_mfa(self, _: Prerequisite, __: Actor, binding: Binding) -> Formula:
        has = self._credential(binding.user, "mfa")
        return has if isinstance(has, bool) else must_exist(f"user {_name(binding.user)} has an MFA device")

    # facts of the inventory

    def _resource_exists(self, wanted: Prerequisite, actor: Actor, binding: Binding) -> Formula:
        account = self.world.account(actor.principal)
        if binding.resource is not None and binding.resource.type == wanted.type:
            return True
        if self.world.shows(account, wanted.type):
            return bool(self.world.resources(account, wanted.type))
        return must_exist(f"{_a(wanted.type)}{_state_words(wanted)}")

    def _instance_ssm_managed(self, _: Prerequisite, __: Actor, binding: Binding) -> Formula:
        """An agent that may speak to Systems Manager; what the inventory says counts first."""
        role = binding.role
        if binding.resource is not None:
            managed = binding.resource.details.get("ssm_managed")
            if isinstance(managed, bool):
                return managed
        if role is None:
            return must_exist("an instance managed by Systems Manager")
        if self._agent(role) is False:
            # Systems Manager may give instances a role of the account's, which is then used in place of theirs.
            hosts = self.world.roles_trusting(role.account, "ssm.amazonaws.com")
            if all(self._agent(host) is False for host, _ in hosts):
                return False
            return must_exist(
                f"the instance of role {role.name} is managed by the account's default host management"
            )
        return True if binding.resource is not None else must_exist("an agent of Systems Manager runs there")

    def _role_opens_command_channel(self, _: Prerequisite, __: Actor, binding: Binding) -> Formula:
        """What a task's role needs: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html"""
        return binding.role is not None and self._agent(binding.role, _CHANNEL)

    def _agent(self, role: Principal, action: str = _SSM_AGENT) -> Formula:
        """On what it hangs that an agent of Systems Manager may speak as a role."""
        known = self._agents.get((role.arn, action))
        if known is None:
            access = self.world.access
            question = access.question(action, None)
            context = access.resource_context(question, None)
            known = access.decide(question, role, context=context).open
            self._agents[role.arn, action] = known
        return known

    # assuming roles

    def assumable(self, actor: Actor) -> Iterator[Principal]:
        """The roles that an actor can assume, for certain or under conditions."""
        reached = 0
        for bits, _ in self.assumed(actor):
            reached |= bits
        return self.world.crowd.of(reached)

    def assumed(self, actor: Actor) -> Partition:
        """The roles that an actor can assume, as sets of principals, each with what that hangs on."""
        before = self._before(actor)
        known = self._assumable.get(id(before.principal))
        if known is None:
            found = self._principal_assumes(before) if before.as_loaded else self._changed_assumes(before)
            known = self._assumable[id(before.principal)] = (before, found)
        return known[1]

    def _principal_assumes(self, actor: Actor) -> Partition:
        places: dict[Formula, list[str]] = {}
        for each in self.world.assumptions.get(actor.principal.arn, ()):
            role = self.world.estate.principal(each.role)
            if role is not None:
                places.setdefault(self._let_in(actor, role, each.decision.open), []).append(each.role)
        crowd = self.world.crowd
        return tuple((crowd.bits(arns), formula) for formula, arns in places.items() if formula is not False)

    def _changed_assumes(self, actor: Actor) -> Partition:
        """The same for a changed actor: by sets where roles leave it to the caller's account, else one by one."""
        principal, crowd = actor.principal, self.world.crowd
        alike, single = self._handing_on(principal)
        # What holds on roles of the actor's account says nothing of others where it matters whose a role is.
        elsewhere = self._elsewhere(principal) if self.rights.owner_matters(actor) else 0
        alike = tuple((bits & ~elsewhere, formula) for bits, formula in alike) if elsewhere else alike
        own = self.rights.over(actor, _ASSUME_ROLE, crowd, [(crowd.everyone & ~crowd.bit(principal.arn), {})])
        allowed = 0
        found: dict[Formula, int] = {}
        for bits, formula in own:
            if formula is not False:
                allowed |= bits
        for bits, formula in meet(own, alike, all_of):
            for part in crowd.singly(bits) if _set_apart(formula) else [bits]:
                open_ = self._let_in(actor, crowd.first(part), formula)
                found[open_] = found.get(open_, 0) | part
        naming = self.world.naming
        named = (naming.get(each, ()) for each in ("*", principal.arn, principal.name.lower()))
        singly = single & allowed | elsewhere | crowd.bits(role.arn for roles in named for role in roles)
        for role in crowd.of(singly & ~crowd.bit(principal.arn)):
            open_ = self.assumes(actor, role)
            found[open_] = found.get(open_, 0) | crowd.bit(role.arn)
        return tuple((bits, formula) for formula, bits in found.items() if formula is not False)

    def _elsewhere(self, principal: Principal) -> int:
        """The roles of other accounts that leave it to a principal's account who assumes them."""
        roles = (role for role in self.world.all_roles if role.account != principal.account)
        return self.world.crowd.bits(r.arn for r in roles if principal.account in self.world.trusted(r)[1])

    def _handing_on(self, principal: Principal) -> tuple[Partition, int]:
        """The roles that leave it to a principal's account who assumes them: those that treat all of its users,
        or roles, alike, by what their side hangs on, and those that may tell them apart.
        """
        key = (principal.account, principal.type)
        known = self._handed_on.get(key)
        if known is None:
            alike: dict[Formula, list[str]] = {}
            single = []
            for role in self.world.all_roles:
                if principal.account in self.world.trusted(role)[1]:
                    if role.trust is None or singles_out(role.trust):
                        single.append(role.arn)
                    else:
                        alike.setdefault(self._trust_side(principal, role), []).append(role.arn)
            crowd = self.world.crowd
            partition = tuple((crowd.bits(arns), formula) for formula, arns in alike.items())
            known = self._handed_on[key] = (partition, crowd.bits(single))
        return known

    def _before(self, actor: Actor) -> Actor:
        """The actor as it is loaded, where what is changed has nothing to do with assuming roles."""
        if actor.as_loaded:
            return actor
        known = self._originals.get(id(actor.principal))
        if known is None:
            original = self.world.estate.principal(actor.principal.arn)
            found = actor
            if original is not None:
                alike = self.rights.alike(actor, _ASSUME_ROLE)
                if alike is not None and alike == self.rights.alike(Actor(original), _ASSUME_ROLE):
                    found = Actor(original)
            known = self._originals[id(actor.principal)] = (actor, found)
        return known[1]

    def assumes(self, actor: Actor, role: Principal) -> Formula:
        """On what it hangs that an actor assumes a role."""
        return self._assumed(self._before(actor), role)

    def assuming_grants(self, actor: Actor, role: Principal) -> tuple[Grant, ...]:
        """The statements that let an actor assume a role."""
        actor = self._before(actor)
        decision = self.world.assumption(actor.principal.arn, role.arn) if actor.as_loaded else None
        return (decision or self._decided(actor, role)).because

    def _assumed(self, actor: Actor, role: Principal) -> Formula:
        key = (id(actor.principal), role.arn)
        known = self._assumes.get(key)
        if known is None:
            known = self._assumes[key] = (actor.principal, self._found(actor, role))
        return known[1]

    def _found(self, actor: Actor, role: Principal) -> Formula:
        decision = self.world.assumption(actor.principal.arn, role.arn) if actor.as_loaded else None
        if decision is not None:
            return self._let_in(actor, role, decision.open)
        if actor.as_loaded and actor.principal.type is PrincipalType.USER:
            return False
        foreign = role.account != actor.principal.account and self.rights.owner_matters(actor)
        if role.trust is None or foreign or singles_out(role.trust):
            return self._let_in(actor, role, simplify(self.rights.assuming(actor, role)))
        # A role that tells nobody apart leaves it to the caller's own side.
        own = self.rights.settled(actor, _ASSUME_ROLE, Target(role.arn, role.tags))
        if own is False:
            return False
        return self._let_in(actor, role, all_of((own, self._trust_side(actor.principal, role))))

    def _let_in(self, actor: Actor, role: Principal, open_: Formula) -> Formula:
        """What assuming a role hangs on, the session's name, tags and source identity chosen as far as may be.

        Tags and a source identity take a permission of their own, from both sides like that of assuming:
        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required
        """
        for action, keys in _set_apart(open_):
            bare = open_
            for key in keys:
                bare = absent(bare, key)
            may_set = self._decided(actor, role, action).open
            open_ = any_of((bare, all_of((open_, may_set))))
        return picked(open_)

    def _trust_side(self, principal: Principal, role: Principal) -> Formula:
        """On what it hangs, on the role's side, that principals like this one assume it."""
        key = (principal.account, principal.type, role.arn)
        known = self._trusting.get(key)
        if known is None:
            alike = (principal.account, principal.type, self.rights.trust_alike(role, principal.account))
            known = self._alike.get(alike)
            if known is None:
                able = replace(principal, inline=(everything(),), attached=(), groups=(), boundary="")
                known = self._alike[alike] = simplify(self.rights.assuming(Actor(able), role))
            self._trusting[key] = known
        return known

    def _decided(self, actor: Actor, role: Principal, action: str = "sts:AssumeRole") -> Decision:
        access = self.world.access
        question = access.question(action, role.arn, owner=role.account)
        context = access.resource_context(question, None)
        return access.decide(question, actor.principal, context=context, resource_policy=role.trust)


@lru_cache(maxsize=4096)
def _set_apart(formula: Formula) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The permissions of their own that it takes to set keys that a formula hangs on, with those keys."""
    keys = sorted({key for test in tests(formula) for key in test.keys})
    found = ((action, tuple(k for k in keys if k.startswith(own))) for action, own in _SET_BY.items())
    return tuple((action, own) for action, own in found if own)


@lru_cache(maxsize=4096)
def picked(formula: Formula) -> Formula:
    """What assuming a role hangs on: the session's name and its like are the attacker's to pick.

    An external id is a secret between others. Where none, or any, will do, it is left out or made up.
    """
    formula = chosen(formula, _ASSUME_ROLE)
    if not any(_EXTERNAL_ID in test.keys for test in tests(formula)):
        return formula
    known = all_of((_KNOWN, some(formula, _EXTERNAL_ID)))
    return any_of((absent(formula, _EXTERNAL_ID), given(formula, {_EXTERNAL_ID: "made-up"}), known))


def _in_state(resource: Resource, wanted: Prerequisite) -> bool:
    """Whether a loaded workload is as the technique needs it, as far as the inventory says."""
    details = resource.details
    state = details.get("state", details.get("status"))
    if wanted.state and isinstance(state, str) and state.lower() != wanted.state.lower():
        return False
    platform = details.get("platform")
    if wanted.platform and isinstance(platform, str) and wanted.platform.lower() not in platform.lower():
        return False
    for name, flag in (("execute_command", wanted.exec_enabled), ("batch_config", wanted.batch_config)):
        if flag is not None and details.get(name) is not None and bool(details.get(name)) is not flag:
            return False
    return True


def _name(principal: Principal | None) -> str:
    return principal.name if principal is not None else "the target"


def _a(type_: str) -> str:
    """A resource type in words: `a Lambda function`."""
    _, service, kind = (*type_.split("::"), "", "")[:3]
    words = _IN_WORDS.get(type_) or f"{service} {re.sub(r'(?<=[a-z])(?=[A-Z])', ' ', kind).lower()}"
    return f"{'an' if words[0] in 'AEIO' else 'a'} {words}"


def _state_words(wanted: Prerequisite) -> str:
    return f", state {wanted.state}" if wanted.state else ""

"""What an account holds that steps of escalation turn on: trusting roles, profiles, workloads, keys, groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from iam.administrators import is_administrator
from iam.arn import parse_arn
from iam.assume import Assumption, assumable
from iam.caller import Caller, CallerKind
from iam.context import Context
from iam.decision import Decision, Policy
from iam.document import PolicyKind, read_document
from iam.entities import Account, Group, ManagedPolicy, Principal, PrincipalType, Resource
from iam.escalation.actors import Actor
from iam.escalation.crowd import Crowd
from iam.escalation.granted import by_itself, of_resources, with_policies_of_resources
from iam.escalation.older import with_older_boundaries
from iam.escalation.outside import given
from iam.escalation.services import plain
from iam.escalation.settling import chosen
from iam.estate import Access
from iam.evaluate import Policies, weigh
from iam.formula import Formula, all_of, any_of, negate
from iam.managed_policies import managed_policy
from iam.words import Need

# Where a service's name in ARNs and in CloudFormation types differs.
_SERVICE_OF_TYPE = {"StepFunctions": "states", "EMR": "elasticmapreduce", "MWAA": "airflow"}
# The principals that services act as where their name doesn't begin with the type's service.
_RUNS_AS = {
    "AWS::EC2::Instance": ("ec2.amazonaws.com",),
    "AWS::EC2::LaunchTemplate": ("ec2.amazonaws.com",),
    "AWS::ECS::Task": ("ecs-tasks.amazonaws.com",),
    "AWS::ECS::TaskDefinition": ("ecs-tasks.amazonaws.com",),
    "AWS::ECS::Service": ("ecs-tasks.amazonaws.com",),
    "AWS::Batch::JobDefinition": ("ecs-tasks.amazonaws.com",),
    "AWS::AppRunner::Service": ("tasks.apprunner.amazonaws.com",),
    "AWS::ElasticBeanstalk::Environment": ("ec2.amazonaws.com",),
    "AWS::CodeDeploy::DeploymentGroup": ("ec2.amazonaws.com", "lambda.amazonaws.com"),
}


class World:
    """One estate's facts, found when they are first asked for."""

    def __init__(self, access: Access) -> None:
        self.access = with_older_boundaries(with_policies_of_resources(access))
        self.estate = self.access.estate
        self._trusts: dict[tuple[str, str], Formula] = {}
        self._trusting: dict[tuple[str, str], list[tuple[Principal, Formula]]] = {}
        self._trusted: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        self._aws_policies: dict[str, Policy] = {}
        self._denying: dict[int, tuple[Policy, bool]] = {}
        self._administrators: dict[int, tuple[Principal, bool]] = {}

    # principals

    def account(self, principal: Principal) -> Account:
        """The loaded account of a principal."""
        return self.estate.accounts[principal.account]

    @cached_property
    def crowd(self) -> Crowd:
        """All loaded principals."""
        return Crowd(each for each in self.estate.principals() if each.loaded)

    @cached_property
    def sources(self) -> list[Principal]:
        """The users and roles that an attacker may start from: no administrators, nothing only AWS can be."""
        return [
            principal
            for account in self.estate.accounts.values()
            for principal in account.principals.values()
            if principal.type in (PrincipalType.USER, PrincipalType.ROLE)
            and not principal.service_linked
            and not self.is_administrator(principal)
        ]

    def is_administrator(self, principal: Principal) -> bool:
        """Whether a principal, as it is or as it would be, may do everything in its account."""
        known = self._administrators.get(id(principal))
        if known is None:
            known = self._administrators[id(principal)] = (
                principal,
                is_administrator(self.access, by_itself(principal)),
            )
        return known[1]

    def users(self, actor: Actor) -> Iterator[Principal]:
        """The other users of the actor's account."""
        for each in self.account(actor.principal).principals.values():
            if each.type is PrincipalType.USER and each.arn != actor.principal.arn:
                yield each

    def roles(self, actor: Actor) -> Iterator[Principal]:
        """The other roles of the actor's account that somebody but AWS can use."""
        for each in self.account(actor.principal).principals.values():
            if each.trust is not None and each.arn != actor.principal.arn and not each.service_linked:
                yield each

    @cached_property
    def all_roles(self) -> list[Principal]:
        """The roles of all loaded accounts that somebody but AWS can use."""
        return [
            principal
            for account in self.estate.accounts.values()
            for principal in account.principals.values()
            if principal.trust is not None and not principal.service_linked
        ]

    def groups(self, actor: Actor, *, own: bool) -> Iterator[Group]:
        """The groups of the actor's account that it is in, or those that it isn't in."""
        for arn, group in self.account(actor.principal).groups.items():
            if (arn in actor.principal.groups) == own:
                yield group

    def policy(self, arn: str, account: str) -> Policy | None:
        """A managed policy of an account, or one of AWS's that the account could use."""
        managed = self.estate.managed_policy(arn, account)
        if managed is not None:
            return managed.policy
        known = self._aws_policies.get(arn)
        if known is None and (text := managed_policy(arn)) is not None:
            document = read_document(text.document, PolicyKind.IDENTITY)
            known = self._aws_policies[arn] = Policy(arn, text.name, PolicyKind.IDENTITY, document)
        return known

    def group_policies(self, group: Group) -> list[Policy]:
        """The policies that members of a group hold through it."""
        policies = self.estate.accounts[group.account].policies
        return [*group.inline, *(policies[arn].policy for arn in group.attached if arn in policies)]

    def denies(self, policy: Policy) -> bool:
        """Whether a policy holds a Deny."""
        known = self._denying.get(id(policy))
        if known is None:
            denying = any(not statement.allows for statement in policy.document.statements)
            known = self._denying[id(policy)] = (policy, denying)
        return known[1]

    def own_policies(self, principal: Principal, who: str) -> Iterator[ManagedPolicy]:
        """The customer's managed policies that a principal has.

        `who` says where: attached to it (`caller`, `target_role`), to a group of its (`group_of_caller`),
        either (`holder`), or as its permissions boundary (`boundary`, `boundary_of_caller`).
        """
        account = self.account(principal)
        groups = [account.groups[each] for each in principal.groups if each in account.groups]
        arns: list[str] = []
        if who in ("caller", "target_role", "holder"):
            arns += principal.attached
        if who in ("group_of_caller", "holder"):
            arns += [arn for group in groups for arn in group.attached]
        if who in ("boundary", "boundary_of_caller"):
            arns.append(principal.boundary)
        for arn in dict.fromkeys(arns):
            managed = account.policies.get(arn)
            if managed is not None and not managed.managed_by_aws:
                yield managed

    def without_policy(self, principal: Principal, arn: str) -> Principal:
        """A principal as if one managed policy said nothing, whether it or a group of its holds the policy."""
        account = self.account(principal)
        inline, groups = list(principal.inline), []
        for each in principal.groups:
            group = account.groups.get(each)
            if group is None or arn not in group.attached:
                groups.append(each)
                continue
            inline += [policy for policy in self.group_policies(group) if policy.id != arn]
        attached = tuple(each for each in principal.attached if each != arn)
        return replace(principal, attached=attached, inline=tuple(inline), groups=tuple(groups))

    def without_inline_of(self, principal: Principal, group: Group | None) -> Principal:
        """A principal as if its own inline policies, or those of one of its groups, said nothing."""
        if group is None:
            return replace(principal, inline=of_resources(principal))
        policies = self.account(principal).policies
        attached = tuple(policies[arn].policy for arn in group.attached if arn in policies)
        groups = tuple(arn for arn in principal.groups if arn != group.arn)
        return replace(principal, inline=(*principal.inline, *attached), groups=groups)

    # trust

    @cached_property
    def assumptions(self) -> dict[str, list[Assumption]]:
        """Who can assume which role, by the one who can."""
        found: dict[str, list[Assumption]] = {}
        for each in assumable(self.access):
            found.setdefault(each.principal, []).append(each)
        return found

    @cached_property
    def _decisions(self) -> dict[tuple[str, str], Decision]:
        every = (each for found in self.assumptions.values() for each in found)
        return {(each.principal, each.role): each.decision for each in every}

    def assumption(self, principal: str, role: str) -> Decision | None:
        """The decision by which a principal, as it is, can assume a role; None if it can't."""
        return self._decisions.get((principal, role))

    def trusted(self, role: Principal) -> tuple[frozenset[str], frozenset[str]]:
        """Whom a role's trust policy names (ARNs, role names in lower case, `*`), and accounts it hands on to."""
        known = self._trusted.get(role.arn)
        if known is None:
            known = self._trusted[role.arn] = _trusted(role)
        return known

    @cached_property
    def naming(self) -> dict[str, list[Principal]]:
        """The roles whose trust policy names a principal: by its ARN, a role's name in lower case, or `*`."""
        found: dict[str, list[Principal]] = {}
        for role in self.all_roles:
            for name in self.trusted(role)[0]:
                found.setdefault(name, []).append(role)
        return found

    def trusts(self, role: Principal, service: str) -> Formula:
        """On what it hangs that a service may take a role when it is passed to it in the role's account."""
        key = (role.arn, service)
        known = self._trusts.get(key)
        if known is None:
            known = self._trusts[key] = self._service_trust(role, service)
        return known

    def _service_trust(self, role: Principal, service: str) -> Formula:
        if role.trust is None:
            return False
        named = {
            service if kind == "*" else value
            for statement in role.trust.document.statements
            if statement.allows
            for kind, value in statement.principals or ()
            if kind == "*" or (kind == "Service" and plain(value) == plain(service))
        }
        # The service calls for a resource that the attacker has made in the role's own account.
        return any_of(
            chosen_source(self.trust(role, each, PrincipalType.SERVICE), role.account)
            for each in sorted(named)
        )

    def trust(self, role: Principal, caller: str, type_: PrincipalType) -> Formula:
        """What a role's trust policy says to a service or an identity provider, all of the request open."""
        provider = type_ is PrincipalType.FEDERATED
        # Cognito and its like are providers that have no ARN.
        named = provider and parse_arn(caller) is None
        who = Caller(CallerKind.FEDERATED, caller) if named else Caller.of(caller)
        action = "sts:AssumeRoleWithWebIdentity" if provider else "sts:AssumeRole"
        question = self.access.question(action, role.arn, owner=role.account)
        principal = Principal(arn=caller, type=type_, name=caller, loaded=False)
        request = self.access.resource_context(question, None)
        context = self.access.context(principal, request)
        if caller == "rolesanywhere.amazonaws.com":
            # The names in a certificate are tags of the principal there.
            context = Context({"aws:PrincipalIsAWSService": "true"}, parent=request)
        allow, deny, _ = weigh(question, who, context, Policies(resource=role.trust))
        return all_of((allow, negate(deny)))

    def roles_trusting(self, account: str, service: str) -> list[tuple[Principal, Formula]]:
        """The roles of an account that a service may take, with what that hangs on."""
        key = (account, service)
        known = self._trusting.get(key)
        if known is None:
            known = self._trusting[key] = [
                (role, formula)
                for role in self.estate.accounts[account].principals.values()
                if role.trust is not None and not role.service_linked
                if (formula := self.trusts(role, service)) is not False
            ]
        return known

    def profiles_of(self, role: Principal) -> list[str]:
        """The instance profiles that hold a role."""
        return self._profiles.get(role.arn, [])

    @cached_property
    def _profiles(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for account in self.estate.accounts.values():
            for profile in account.instance_profiles.values():
                for role in profile.roles:
                    found.setdefault(role, []).append(profile.arn)
        return found

    def providers_of(self, role: Principal, wanted: str) -> list[str]:
        """The identity providers of a kind (`saml`, `oidc`, or one by name) that a role trusts."""
        if role.trust is None:
            return []
        return [
            value
            for statement in role.trust.document.statements
            if statement.allows
            for kind, value in statement.principals or ()
            if kind == "Federated" and (f":{wanted}-provider/" in value or value == wanted)
        ]

    # workloads

    def shows(self, account: Account, type_: str) -> bool:
        """Whether the data shows all resources of a type that the account has."""
        service = type_.split("::")[1] if "::" in type_ else type_
        if service == "Organizations":
            return False  # organization.json holds them, for the whole organization and without tags
        name = _SERVICE_OF_TYPE.get(service, service.lower())
        return account.has_resources and name not in account.unread_services

    def resources(self, account: Account, type_: str) -> list[Resource]:
        """The loaded resources of a type."""
        return self._by_type(account).get(type_, [])

    def _by_type(self, account: Account) -> dict[str, list[Resource]]:
        known = self._types.get(account.id)
        if known is None:
            known = self._types[account.id] = {}
            for resource in account.resources.values():
                known.setdefault(resource.type, []).append(resource)
        return known

    @cached_property
    def _types(self) -> dict[str, dict[str, list[Resource]]]:
        return {}

    def could_run(self, account: str, type_: str) -> Iterator[tuple[Principal, Formula]]:
        """The roles that a resource of a type could run with, by the services that they trust."""
        part = type_.split("::")[1]
        stem = _SERVICE_OF_TYPE.get(part, part.lower())
        services = _RUNS_AS.get(
            type_, tuple(s for s in self._services(account) if stem in s.replace("-", ""))
        )
        for service in services:
            for role, formula in self.roles_trusting(account, service):
                if "EC2::Instance" not in type_ or self.profiles_of(role):
                    yield role, formula

    def _services(self, account: str) -> set[str]:
        known = self._service_names.get(account)
        if known is None:
            known = self._service_names[account] = {
                value
                for role in self.estate.accounts[account].principals.values()
                if role.trust is not None
                for statement in role.trust.document.statements
                for kind, value in statement.principals or ()
                if kind == "Service"
            }
        return known

    @cached_property
    def _service_names(self) -> dict[str, set[str]]:
        return {}


def _trusted(role: Principal) -> tuple[frozenset[str], frozenset[str]]:
    named: set[str] = set()
    handed_on: set[str] = set()
    for statement in role.trust.document.statements if role.trust is not None else ():
        if not statement.allows:
            continue
        for kind, value in statement.principals or ():
            arn = parse_arn(value)
            if kind == "*":
                named.add("*")
            elif kind != "AWS":
                continue
            elif arn is None or arn.resource == "root":
                handed_on.add(arn.account if arn else value)
            else:
                named.add(value)
                parts = arn.resource.split("/")
                if parts[0] in ("role", "assumed-role") and len(parts) > 1:
                    named.add((parts[1] if parts[0] == "assumed-role" else parts[-1]).lower())
    return frozenset(named), frozenset(handed_on)


def chosen_source(formula: Formula, account: str) -> Formula:
    """A service's trust with the keys put in that its call for a resource of this account carries."""
    return chosen(given(formula, {"aws:SourceAccount": account}), "aws:SourceArn")


def must_exist(text: str) -> Formula:
    """A thing that the data doesn't show and the step can't do without."""
    return Need(text)

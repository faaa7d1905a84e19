"""All that is loaded, put together so that requests can be decided: which policies bear on whom.

An estate may hold whole accounts, or only the part of them that bears on one question.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache

from iam import catalogue
from iam.caller import Caller, CallerKind
from iam.catalogue import ResourceType
from iam.context import Context
from iam.decision import Decision, Holding, Policy, owner_of
from iam.document import PolicyKind
from iam.entities import Account, Group, ManagedPolicy, Organization, Principal, PrincipalType, Resource
from iam.evaluate import Circumstances, Levels, Policies, decide
from iam.formula import Formula
from iam.nesting import holder_of
from iam.pattern import Pattern, arn_form, arn_pattern
from iam.question import Asked, Concerning, Question
from iam.words import Need

_CALLER_KINDS = {
    PrincipalType.USER: CallerKind.USER,
    PrincipalType.ROLE: CallerKind.ROLE,
    PrincipalType.ROOT: CallerKind.ROOT,
    PrincipalType.SERVICE: CallerKind.SERVICE,
    PrincipalType.FEDERATED: CallerKind.FEDERATED,
    PrincipalType.ACCOUNT: CallerKind.ACCOUNT,
    PrincipalType.ANYONE: CallerKind.ANONYMOUS,
}

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
_TYPE_NAMES = {
    PrincipalType.USER: "User",
    PrincipalType.ROLE: "AssumedRole",
    PrincipalType.ROOT: "Account",
    PrincipalType.ANYONE: "Anonymous",
}


@dataclass(slots=True)
class Estate:
    """Everything loaded. `now` is the moment that stands for `aws:CurrentTime`."""

    accounts: dict[str, Account] = field(default_factory=dict)
    organization: Organization | None = None
    outsiders: dict[str, Principal] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def principals(self) -> Iterable[Principal]:
        """Every principal of the loaded accounts, then those that policies only refer to."""
        for account in self.accounts.values():
            yield from account.principals.values()
        yield from self.outsiders.values()

    def principal(self, arn: str) -> Principal | None:
        """The principal with this key."""
        for account in self.accounts.values():
            if arn in account.principals:
                return account.principals[arn]
        return self.outsiders.get(arn)

    def resource(self, arn: str) -> Resource | None:
        """The loaded resource that an ARN names or lies in (an object's bucket, a function's version)."""
        for account in self.accounts.values():
            found = account.resources.get(arn)
            if found is not None:
                return found
        holder = holder_of(arn)
        return self.resource(holder) if holder else None

    def group(self, arn: str, account: str) -> Group | None:
        """A group by its ARN."""
        return self.accounts[account].groups.get(arn) if account in self.accounts else None

    def managed_policy(self, arn: str, account: str) -> ManagedPolicy | None:
        """A managed policy that an account uses."""
        return self.accounts[account].policies.get(arn) if account in self.accounts else None


class Access:
    """Decides requests over an estate. Built once for many questions.

    `context` holds what the person asking says of the request (`--context`); an empty value means that the
    key is absent.
    """

    def __init__(self, estate: Estate, context: Mapping[str, str | Sequence[str]] | None = None) -> None:
        self.estate = estate
        given = dict(context or {})
        now = estate.now
        self._shared = Context(
            {
                "aws:CurrentTime": now.isoformat().replace("+00:00", "Z"),
                "aws:EpochTime": str(int(now.timestamp())),
                "aws:SecureTransport": "true",
                **{key: value for key, value in given.items() if value not in ("", [], ())},
            },
            absent=[key for key, value in given.items() if value in ("", [], ())],
        )
        self._given = {key.lower() for key in given}
        self._holdings: dict[int, tuple[Principal, tuple[Holding, ...]]] = {}
        self._contexts: dict[int, tuple[Principal, Context]] = {}
        self._concerning: dict[str, Concerning] = {}
        self._scps: dict[str, Levels] = {}
        self._rcps: dict[str, Levels] = {}

    def over(self, estate: Estate) -> Access:
        """The same knowledge of requests over another estate."""
        made = Access(estate)
        made._shared, made._given = self._shared, self._given
        return made

    # questions

    def question(self, action: str, resource: str | Asked | None, *, owner: str = "") -> Question:
        """A question about an action on an ARN, on the resources asked about, or (None) on all that it takes.

        `owner` is the account of the resource where its ARN doesn't say.
        """
        known = catalogue.find_action(action)
        level = known is None or known.resource_level
        if resource is None and level:
            resource = resources_of(action)
        return Question(
            known.name if known else action,
            resource,
            resource_level=level,
            resource_account=owner,
            from_reference=True,
            concerning=self._concerning.setdefault(action.lower(), Concerning(action.lower())),
        )

    def decide(
        self,
        question: Question,
        principal: Principal,
        *,
        context: Context,
        resource: Resource | None = None,
        resource_policy: Policy | None = None,
    ) -> Decision:
        """Decide one question for one principal.

        `context` is what is known of the request whoever makes it (`resource_context`), the same for all
        callers of one question. `resource_policy` stands in for the resource's own (a role's trust policy).
        """
        caller = self.caller(principal)
        policies = self.policies(principal, question, resource=resource, resource_policy=resource_policy)
        return decide(
            question,
            caller,
            self.context(principal, context),
            policies,
            self.circumstances(principal, question),
        )

    # what bears on a principal

    def caller(self, principal: Principal) -> Caller:
        """The principal as the evaluator knows it."""
        return Caller(
            _CALLER_KINDS[principal.type],
            principal.arn,
            principal.account,
            service_linked=principal.service_linked,
            has_boundary=bool(principal.boundary),
        )

    def holdings(self, principal: Principal) -> tuple[Holding, ...]:
        """The identity policies of a principal, its groups' included, and how it holds each."""
        known = self._holdings.get(id(principal))
        if known is None:
            gone = principal.removed
            held = (_without(each, by, gone) if gone else each for by, each in self._held(principal))
            known = self._holdings[id(principal)] = (principal, tuple(held))
        return known[1]

    def _held(self, principal: Principal) -> Iterable[tuple[str, Holding]]:
        """What a principal holds, each with who it is attached to: the principal, a group, a resource."""
        for policy in principal.inline:
            if policy.kind is PolicyKind.RESOURCE:
                yield owner_of(policy.id), Holding(policy, "resource policy")
            else:
                yield principal.arn, Holding(policy, "inline")
        for policy in self._managed(principal.attached, principal.account):
            yield principal.arn, Holding(policy, "attached")
        for arn in principal.groups:
            group = self.estate.group(arn, principal.account)
            if group is not None:
                via = f"group {group.name}"
                for policy in (*group.inline, *self._managed(group.attached, principal.account)):
                    yield arn, Holding(policy, via)

    def _managed(self, arns: Iterable[str], account: str) -> Iterable[Policy]:
        for arn in arns:
            managed = self.estate.managed_policy(arn, account)
            if managed is not None:
                yield managed.policy

    def boundary(self, principal: Principal) -> tuple[Policy, ...] | None:
        """The permissions boundary; None if there is none, or it isn't loaded."""
        managed = self.estate.managed_policy(principal.boundary, principal.account)
        return (managed.policy,) if managed else None

    def boundary_unknown(self, principal: Principal) -> bool:
        """Whether the principal has a permissions boundary that isn't loaded."""
        return bool(principal.boundary) and self.boundary(principal) is None

    def policies(
        self,
        principal: Principal,
        question: Question,
        *,
        resource: Resource | None = None,
        resource_policy: Policy | None = None,
    ) -> Policies:
        """The policies that bear on a principal's request, layer by layer."""
        own = resource.policy if resource is not None else None
        policy = resource_policy or own
        return Policies(
            identity=self.holdings(principal),
            identity_unknown=not principal.loaded
            and principal.type in {PrincipalType.USER, PrincipalType.ROLE, PrincipalType.ACCOUNT},
            boundary=self.boundary(principal),
            boundary_unknown=self.boundary_unknown(principal),
            scps=self.scps(principal.account),
            # Own policies are enough in one's own account only: so much is taken of a resource of unknown owner.
            rcps=self.rcps(question.resource_account or principal.account),
            resource=policy,
            resource_unknown=policy is None and resource is None and question.guarded,
        )

    def scps(self, account: str) -> Levels:
        """The service control policies over an account, from the root of the organization down."""
        if account not in self._scps:
            self._scps[account] = self._control("scp", account)
        return self._scps[account]

    def rcps(self, account: str) -> Levels:
        """The resource control policies over an account's resources, from the root down."""
        if account not in self._rcps:
            self._rcps[account] = self._control("rcp", account)
        return self._rcps[account]

    def _control(self, kind: str, account: str) -> Levels:
        organization = self.estate.organization
        if organization is None:
            return ()
        levels = []
        for place in organization.line(account):
            held = [organization.policies[each] for each in organization.targets.get(place, ())]
            levels.append([policy for policy in held if policy.kind == kind])
        return levels if any(levels) else ()

    def circumstances(self, principal: Principal, question: Question) -> Circumstances:
        """The facts that exempt a request from SCPs or RCPs."""
        organization = self.estate.organization
        management = organization.management_account if organization else ""
        owner = question.resource_account or principal.account
        return Circumstances(
            caller_in_management_account=bool(management) and principal.account == management,
            resource_in_management_account=bool(management) and owner == management,
            rcp_supported=catalogue.rcp_supported(question.service),
            ownership=self._ownership(principal, question),
        )

    def _ownership(self, principal: Principal, question: Question) -> Formula:
        """What must be true for a principal's own policies to be enough on a resource of unknown owner."""
        if question.resource_account or not question.resource or len(self.estate.accounts) < 2:
            return True
        return Need(
            f"{question.resource} belongs to account {principal.account}, or its policy lets that account in"
        )

    # what is known of a request

    def context(self, principal: Principal, request: Context | None = None) -> Context:
        """The context keys known of a principal's request, beside those of the request itself."""
        own = self._contexts.get(id(principal))
        if own is None:
            own = self._contexts[id(principal)] = (principal, self._own_context(principal))
        return own[1].over(request or self._shared)

    def _own_context(self, principal: Principal) -> Context:
        values: dict[str, object] = {}
        absent: list[str] = []
        prefixes: list[str] = []
        beginnings: dict[str, str] = {}
        service = principal.type is PrincipalType.SERVICE
        values["aws:PrincipalIsAWSService"] = "true" if service else "false"
        if service:
            values["aws:PrincipalServiceName"] = principal.arn
            absent += ["aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:username"]
            absent += ["aws:userid", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths"]
            prefixes.append("aws:PrincipalTag/")
        elif principal.type in (PrincipalType.ANYONE, PrincipalType.FEDERATED):
            absent += ["aws:username", "aws:PrincipalServiceName"]
        else:
            values["aws:PrincipalAccount"] = principal.account
            absent.append("aws:PrincipalServiceName")
            if principal.type is not PrincipalType.ACCOUNT:
                values["aws:PrincipalArn"] = principal.arn
                values["aws:PrincipalType"] = _TYPE_NAMES[principal.type]
            if principal.type is PrincipalType.USER:
                values["aws:username"] = principal.name
                if principal.unique_id:
                    values["aws:userid"] = principal.unique_id
            elif principal.type is not PrincipalType.ACCOUNT:
                absent.append("aws:username")
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
            if principal.type is PrincipalType.ROOT:
                values["aws:userid"] = principal.account
            elif principal.type is PrincipalType.ROLE and principal.unique_id:
                beginnings["aws:userid"] = principal.unique_id + ":"
            if principal.loaded:
                values.update({f"aws:PrincipalTag/{key}": value for key, value in principal.tags.items()})
                prefixes.append("aws:PrincipalTag/")
            organization = self.estate.organization
            if organization is not None:
                if principal.account in organization.parents:
                    values["aws:PrincipalOrgID"] = organization.id
                    values["aws:PrincipalOrgPaths"] = [organization.path(principal.account)]
                else:  # an organization lists all its accounts
                    absent += ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"]
        given = self._given
        return Context(
            {key: value for key, value in values.items() if key.lower() not in given},
            absent=[key for key in absent if key.lower() not in given],
            complete_prefixes=prefixes,
            beginnings={key: text for key, text in beginnings.items() if key.lower() not in given},
        )

    def owner_keys(self, account: str) -> dict[str, object]:
        """The context keys that say whose a resource is, where it is this account's; none for no account."""
        if not account:
            return {}
        values: dict[str, object] = {"aws:ResourceAccount": account}
        organization = self.estate.organization
        if organization is not None and account in organization.parents:
            values["aws:ResourceOrgID"] = organization.id
            values["aws:ResourceOrgPaths"] = [organization.path(account)]
        return values

    def resource_context(self, question: Question, resource: Resource | None) -> Context:
        """The context keys known of the resource, above those that were given."""
        values = self.owner_keys(question.resource_account)
        prefixes: list[str] = []
        tags = self._tags_of(question, resource)
        if tags is not None:
            # many services have a key of their own that says the same
            for prefix in ("aws:ResourceTag/", "iam:ResourceTag/", f"{question.service}:ResourceTag/"):
                values.update({prefix + key: value for key, value in tags.items()})
                prefixes.append(prefix)
        return Context(
            {key: value for key, value in values.items() if key.lower() not in self._given},
            complete_prefixes=prefixes,
            parent=self._shared,
        )

    def _tags_of(self, question: Question, resource: Resource | None) -> Mapping[str, str] | None:
        if resource is not None:
            return resource.tags
        principal = self.estate.principal(question.resource) if question.resource else None
        return principal.tags if principal is not None and principal.loaded else None


@lru_cache(maxsize=4096)
def resources_of(action: str, within: tuple[Pattern, ...] = ()) -> Asked:
    """The resources that an action can be asked for, or those of them that match `within`.

    A resource of a type is what matches the type's pattern and not that of a narrower type which the action
    does not take: `s3:::b/key` is no bucket, though it matches `s3:::*`. A version or an alias of a thing
    (`function:f:PROD`) is a form of its ARN:
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
    """
    known = catalogue.find_action(action)
    if known is None:
        return Asked(within or (arn_pattern("*"),))
    taken = [
        kind
        for each in known.resource_types
        if (kind := catalogue.find_resource_type(known.service, each.name)) is not None
    ]
    patterns = [arn_form(kind.arn_pattern) for kind in taken]
    samples = [(kind, kind.arn_pattern.replace("*", "x")) for kind in catalogue.resource_types(known.service)]
    without = [
        arn_form(kind.arn_pattern)
        for kind, sample in samples
        if kind not in taken
        and any(
            pattern.matches(sample)
            and not _qualifies(kind, each)
            and not arn_form(kind.arn_pattern).matches(each.arn_pattern.replace("*", "x"))
            for pattern, each in zip(patterns, taken, strict=True)
        )
    ]
    # a thing has one qualifier, not several
    without += [
        arn_form(kind.arn_pattern + ":*")
        for kind, _ in samples
        if kind not in taken and any(_qualifies(kind, each) for each in taken)
    ]
    kinds = tuple(dict.fromkeys(patterns)) or (arn_pattern("*"),)
    if not within:
        return Asked(kinds, tuple(dict.fromkeys(without)))
    meant = tuple(kind for kind in kinds if Asked(within).combinations([kind]) != [(False,)])
    return Asked(within, tuple(dict.fromkeys(without)), meant or kinds)


def _qualifies(kind: ResourceType, other: ResourceType) -> bool:
    """Whether a type's ARN is that of another with a version or an alias behind a colon."""
    head, _, qualifier = kind.arn_pattern.partition(other.arn_pattern + ":")
    return not head and bool(qualifier) and not qualifier.strip("*:.")


def _without(holding: Holding, holder: str, removed: frozenset[tuple[str, str]]) -> Holding:
    """A holding without the statements that are taken as gone from it."""
    policy = holding.policy
    if not any(of == holder and id_.startswith(policy.id) for of, id_ in removed):
        return holding
    statements = policy.document.statements
    left = tuple(each for each in statements if (holder, f"{policy.id}#{each.index}") not in removed)
    return replace(holding, policy=replace(policy, document=replace(policy.document, statements=left)))

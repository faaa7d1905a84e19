"""The evaluator: the policies that bear on a request, layer by layer, and what they come to together.

The order of AWS's evaluation and how policy types combine:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-resource-rdp.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html

An explicit Deny in any layer ends in a denial. Otherwise the caller's side (identity policies within the
permissions boundary and the session policy) and the resource's side (the resource policy) grant: in one
account either is enough, across accounts both are needed. SCPs, RCPs and a VPC endpoint's policy must let
pass what was granted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from iam.arn import account_of, is_account_id
from iam.caller import Caller, CallerKind, Named
from iam.context import Context
from iam.decision import Decision, Grant, Holding, Layer, LayerResult, Policy, Result, Verdict
from iam.formula import All, Any, Formula, all_of, any_of, negate
from iam.question import Question, ResourceTest
from iam.solve import simplify
from iam.words import Need, put_into_words

_SIGNING = frozenset(CallerKind) - {CallerKind.ANONYMOUS}
_NOBODY: frozenset[CallerKind] = frozenset()
_LONG_TERM = frozenset({CallerKind.USER, CallerKind.ROOT})
# "No permissions are required", and not even an explicit Deny stops it, for these kinds of caller. A session
# token is given to long-term credentials only.
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
_FREE = {"sts:getcalleridentity": _SIGNING, "sts:getsessiontoken": _LONG_TERM}
# These calls carry a provider's token instead of a signature, so that no user or role is their caller.
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
UNSIGNED = frozenset({"sts:assumerolewithsaml", "sts:assumerolewithwebidentity"})
# "Not effective in an RCP": https://docs.aws.amazon.com/kms/latest/developerguide/resource-control-policies.html
_PAST_RCPS = frozenset({"kms:retiregrant"})
_FEDERATION = "sts:getfederationtoken"
ON_TRUST = UNSIGNED | {"sts:assumerole", "sts:tagsession", "sts:setsourceidentity", "sts:setcontext"}
"""The actions, in lower case, that a role's trust policy has to allow: taking it, and what goes with that."""

Levels = Sequence[Sequence[Policy]]


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies that bear on one request, layer by layer.

    `boundary`, `session` and `endpoint` are None where there is none. `scps` and `rcps` hold one sequence per
    level (root, organizational units, account); empty means that none apply, and exemptions are the
    evaluator's business. `resource` is the resource policy, key policy or trust policy; None if the resource
    has none. `resource_unknown` says that it may have one which is not loaded, `identity_unknown` that the
    caller's own policies are not, `boundary_unknown` that its permissions boundary isn't: where a request
    can't do without them, the answer depends on them.
    """

    identity: Sequence[Holding] = ()
    identity_unknown: bool = False
    boundary_unknown: bool = False
    boundary: Sequence[Policy] | None = None
    session: Sequence[Policy] | None = None
    scps: Levels = ()
    rcps: Levels = ()
    resource: Policy | None = None
    resource_unknown: bool = False
    endpoint: Sequence[Policy] | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Facts about a request beside its context keys: what exempts it from some layer, and what must be so
    for the caller's own policies to be enough (`ownership`).
    """

    caller_in_management_account: bool = False
    resource_in_management_account: bool = False
    rcp_supported: bool = True
    ownership: Formula = True


_ORDINARY = Circumstances()


@dataclass(slots=True)
class _Said:
    """What a set of policies says: what allows, what denies, and by which statements."""

    allows: list[Grant] = field(default_factory=list)
    denies: list[Grant] = field(default_factory=list)

    def add(self, question: Question, policy: Policy, via: str, context: Context) -> None:
        for statement, formula in question.outcome(policy.document, context):
            grant = Grant(policy.id, policy.name, statement, via, formula)
            (self.allows if statement.allows else self.denies).append(grant)

    @property
    def allow(self) -> Formula:
        return any_of(grant.open for grant in self.allows) if self.allows else False

    @property
    def deny(self) -> Formula:
        return any_of(grant.open for grant in self.denies) if self.denies else False


_EVERYTHING = _Said()


def decide(
    question: Question,
    caller: Caller,
    context: Context,
    policies: Policies,
    circumstances: Circumstances = _ORDINARY,
) -> Decision:
    """Decide one request. Never raises for what policies hold; invalid ones grant nothing.

    `context` holds what is known of the request, the caller's own keys included.
    """
    free = _FREE.get(question.lowered)
    if free is not None and caller.kind in free:
        return Decision(Verdict.ALLOWED, (), (), (), True, False, True)
    deciding = _Deciding(question, caller, context, policies, circumstances)
    return deciding.concluded(*deciding.weigh())


def free_for(action: str) -> frozenset[CallerKind]:
    """The kinds of caller to whom an action, in lower case, is open whatever policies say."""
    return _FREE.get(action, _NOBODY)


def free_actions(kind: CallerKind) -> frozenset[str]:
    """The actions, in lower case, that are open to every caller of a kind, whatever policies say."""
    return frozenset(action for action, kinds in _FREE.items() if kind in kinds)


def has_rules_of_its_own(action: str) -> bool:
    """Whether an action is decided by other rules than most, so that nothing follows from others for it."""
    return action.lower() in ON_TRUST | _FREE.keys() | _PAST_RCPS | {_FEDERATION}


def weigh(
    question: Question,
    caller: Caller,
    context: Context,
    policies: Policies,
    circumstances: Circumstances = _ORDINARY,
) -> tuple[Formula, Formula, tuple[LayerResult, ...]]:
    """What allows a request and what denies it, as they stand, and the layers: a decision without its end.

    For those who decide many requests that differ only in what they leave open here.
    """
    deciding = _Deciding(question, caller, context, policies, circumstances)
    allow, deny = deciding.weigh()
    return allow, deny, tuple(deciding.layers)


class _Deciding:
    """One decision under way."""

    def __init__(
        self, question: Question, caller: Caller, context: Context, policies: Policies, facts: Circumstances
    ) -> None:
        self.question = question
        self.caller = caller
        self.context = context
        self.policies = policies
        self.facts = facts
        self.trust = question.lowered in ON_TRUST
        # The resource's side is needed even within the account: a role must trust, a key's policy must allow.
        # https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
        self.resource_needed = self.trust or (question.service == "kms" and question.takes(":key/"))
        self.layers: list[LayerResult] = []

    def weigh(self) -> tuple[Formula, Formula]:
        """What allows the request, and what denies it."""
        # In the order in which AWS documents it: guardrails first, then the grants and what caps them.
        rcp = self.resource_controls()
        scp = self.service_controls()
        endpoint = self.endpoint()
        identity = self.identity()
        boundary = self.boundary()
        session = self.cap(Layer.SESSION, self.session_policies())
        by_name, by_role, by_account, resource_deny = self.resource()
        capped = all_of((boundary, session))
        if self.question.open_resource and not (self.question.resource_account or self.resource_needed):
            identity = _kept_to_account(identity, self.caller.account, guarded=self.question.guarded)
        own = all_of((identity, capped, self.facts.ownership))
        if not self.caller.signs:
            # Services, anonymous callers and identity providers have no policies of their own.
            granted = all_of((identity, any_of((by_name, by_account))))
        elif self.cross_account:
            granted = all_of((own, any_of((by_name, by_role, by_account))))
        else:
            # A policy that names the user or the session grants to it past boundary and session policy; one
            # that names the role grants within them; one that names the account hands on to the caller's side.
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
            own_enough = own if not self.resource_needed else all_of((own, by_account))
            granted = any_of((by_name, all_of((by_role, capped)), own_enough))
        if self.out_of_reach:
            granted = False
        allow = all_of((rcp, scp, endpoint, granted))
        deny = any_of((resource_deny, *(layer.deny for layer in self.layers if layer.deny is not False)))
        return allow, deny

    @property
    def out_of_reach(self) -> bool:
        """Whether no policy could let this kind of caller do it, of what STS does."""
        action, kind = self.question.lowered, self.caller.kind
        if self.question.service != "sts" or not self.caller.signs:
            return False
        if action in _FREE or action in UNSIGNED:
            return True
        # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html: long-term ones only
        if action == _FEDERATION:
            return kind not in _LONG_TERM
        # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html: not with root credentials
        return kind is CallerKind.ROOT and self.trust

    # the layers

    @property
    def cross_account(self) -> bool:
        owner = self.question.resource_account
        return bool(owner) and owner != self.caller.account

    @property
    def other_partition(self) -> bool:
        """Whether the caller lives in another partition (China, GovCloud) than the resource.

        Policies of one partition can't let anybody of another one in.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies-cross-account-resource-access.html
        """
        partition, arn = self.question.partition, self.caller.arn
        return bool(partition) and arn.startswith("arn:") and not arn.startswith(f"arn:{partition}:")

    def identity(self) -> Formula:
        if self.other_partition:
            return self.layer(Layer.IDENTITY, _Said())
        if self.policies.identity_unknown:
            self.layers.append(LayerResult(Layer.IDENTITY, Result.UNKNOWN))
            return Need(f"account {self.caller.account} lets {self.caller.arn} do {self.question.action}")
        if not self.caller.signs:
            return True
        if self.caller.kind is CallerKind.ROOT:
            # The root user may do everything in its account; only guardrails and Denies bind it.
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html
            self.layers.append(LayerResult(Layer.IDENTITY, Result.ALLOWED))
            return True
        said = _Said()
        for holding in self.policies.identity:
            said.add(self.question, holding.policy, holding.via, self.context)
        return self.layer(Layer.IDENTITY, said)

    def boundary(self) -> Formula:
        if self.policies.boundary_unknown:
            self.layers.append(LayerResult(Layer.BOUNDARY, Result.UNKNOWN))
            return Need(
                f"the permissions boundary of {self.caller.arn} (not loaded) allows {self.question.action}"
            )
        return self.cap(Layer.BOUNDARY, self.policies.boundary)

    def cap(self, layer: Layer, policies: Sequence[Policy] | None) -> Formula:
        if policies is None or not self.caller.signs or self.caller.kind is CallerKind.ROOT:
            return True
        said = _Said()
        for policy in policies:
            said.add(self.question, policy, layer.value, self.context)
        return self.layer(layer, said)

    def session_policies(self) -> Sequence[Policy] | None:
        # "If no policy is passed the federated session has no permissions", save by resource policies.
        # https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
        if self.caller.kind is CallerKind.FEDERATED_USER and self.policies.session is None:
            return ()
        return self.policies.session

    def service_controls(self) -> Formula:
        # https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
        exempt = (
            not (self.caller.signs or self.caller.kind is CallerKind.ACCOUNT)
            or self.caller.service_linked
            or self.facts.caller_in_management_account
        )
        return True if exempt else self.levels(Layer.SERVICE_CONTROL, self.policies.scps)

    def resource_controls(self) -> Formula:
        # https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
        exempt = (
            self.caller.service_linked
            or self.facts.resource_in_management_account
            or not self.facts.rcp_supported
            or self.question.lowered in _PAST_RCPS
        )
        return True if exempt else self.levels(Layer.RESOURCE_CONTROL, self.policies.rcps)

    def levels(self, layer: Layer, levels: Levels) -> Formula:
        """Every level must have an Allow: the root, each organizational unit, the account.

        Of RCPs the one that allows everything can't be detached, so only their Denies say anything.
        """
        if not levels:
            return True
        whole = _Said()
        allows = []
        for level in levels:
            said = _Said()
            for policy in level:
                if layer is Layer.RESOURCE_CONTROL:
                    self.add_by_principal(said, policy, layer.value)
                else:
                    said.add(self.question, policy, layer.value, self.context)
            allows.append(layer is Layer.RESOURCE_CONTROL or said.allow)
            whole.allows += said.allows
            whole.denies += said.denies
        return self.layer(layer, whole, all_of(allows))

    def endpoint(self) -> Formula:
        if self.policies.endpoint is None:
            return True
        said = _Said()
        for policy in self.policies.endpoint:
            self.add_by_principal(said, policy, Layer.ENDPOINT.value)
        return self.layer(Layer.ENDPOINT, said)

    def add_by_principal(self, said: _Said, policy: Policy, via: str) -> None:
        """Add the statements of a policy with principals, all ways of naming the caller being as good."""
        for _, grant in self.by_principal(policy, via):
            (said.allows if grant.statement.allows else said.denies).append(grant)

    def by_principal(self, policy: Policy, via: str) -> Iterable[tuple[Named, Grant]]:
        """The statements that mean the caller, by how they name it."""
        for statement, formula in self.question.outcome(policy.document, self.context):
            if statement.not_principals is not None:
                # Only Deny goes with NotPrincipal; AWS does not support it with Allow.
                meant = negate(self.caller.excepted(statement.not_principals))
                if statement.allows or meant is False:
                    continue
                named: list[tuple[Named, Formula]] = [(Named.CALLER, meant)]
            else:
                found = (self.caller.named(kind, value) for kind, value in statement.principals or ())
                named = [each for each in found if each is not None]
            for kind in Named:
                means = any_of(open_ for each, open_ in named if each is kind)
                if means is not False:
                    formula_ = all_of((formula, means))
                    yield kind, Grant(policy.id, policy.name, statement, via, formula_)

    def resource(self) -> tuple[Formula, Formula, Formula, Formula]:
        """What the resource's own policy grants to the caller by its name, by its role, and to its account;
        and what it denies.
        """
        layer = Layer.TRUST if self.trust else Layer.RESOURCE
        policy = self.policies.resource
        needed = self.resource_needed or self.cross_account or not self.caller.signs
        if policy is None:
            if not self.policies.resource_unknown:
                if needed:
                    self.layers.append(LayerResult(layer, Result.DENIED, allow=False))
                return False, False, False, False
            self.layers.append(LayerResult(layer, Result.UNKNOWN))
            if not needed:
                return False, False, False, False
            need = Need(_missing_policy(self.question, self.caller, self.trust))
            return False, False, need, False
        by_kind: dict[Named, list[Grant]] = {kind: [] for kind in Named}
        said = _Said()
        via = "trust policy" if self.trust else "resource policy"
        for kind, grant in self.by_principal(policy, via):
            if grant.statement.allows:
                by_kind[kind].append(grant)
                said.allows.append(grant)
            else:
                said.denies.append(grant)
        self.layer(layer, said, optional=not needed)
        by_name, by_role, by_account = (any_of(grant.open for grant in by_kind[kind]) for kind in Named)
        return by_name, by_role, by_account, said.deny

    def layer(
        self, layer: Layer, said: _Said, allow: Formula | None = None, *, optional: bool = False
    ) -> Formula:
        """Note what a layer says; `optional` layers need not allow anything."""
        allow = said.allow if allow is None else allow
        deny = said.deny
        result = Result.ALLOWED
        if deny is True:
            result = Result.EXPLICIT
        elif allow is False:
            result = Result.NONE if optional and deny is False else Result.DENIED
        elif allow is not True or deny is not False:
            result = Result.DEPENDS
        because = (*said.denies, *said.allows) if deny is not False else tuple(said.allows)
        self.layers.append(LayerResult(layer, result, because, True if optional else allow, deny))
        return allow

    # the conclusion

    def concluded(self, allow: Formula, deny: Formula) -> Decision:
        """The decision that these come to."""
        if deny is True:
            open_: Formula = False
        elif isinstance(allow, bool) and deny is False:
            open_ = allow
        else:
            open_ = simplify(all_of((allow, negate(deny))))
        layers = tuple(self.layers)
        if open_ is True:
            return Decision(Verdict.ALLOWED, layers, (), _because(layers, open_), allow, deny, open_)
        if open_ is False:
            blocked = tuple(each.layer for each in layers if each.allow is False or each.deny is True)
            if not blocked:
                # each layer alone may pass, all together never
                blocked = tuple(each.layer for each in layers if each.result is Result.DEPENDS)
            return Decision(
                Verdict.DENIED, layers, blocked, _because(layers, open_), allow, deny, open_
            )  # fmt: skip
        conditions, needs = put_into_words(open_)
        return Decision(
            Verdict.DEPENDS, layers, (), _because(layers, open_), allow, deny, open_, conditions, needs
        )


def _kept_to_account(formula: Formula, account: str, *, guarded: bool) -> Formula:
    """What own policies allow on resources in general: what they name in other accounts, those must allow too.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    """
    if isinstance(formula, Any):
        return any_of([_kept_to_account(part, account, guarded=guarded) for part in formula.parts])
    if isinstance(formula, All):
        return all_of([_kept_to_account(part, account, guarded=guarded) for part in formula.parts])
    if isinstance(formula, ResourceTest):
        owner = account_of(formula.text)
        if is_account_id(owner) and owner != account:
            if not guarded:
                return False
            need = Need(
                f"the policy of the resource in account {owner} (not loaded) lets account {account} in"
            )
            return all_of((formula, need))
    return formula


def _missing_policy(question: Question, caller: Caller, trust: bool) -> str:
    resource = question.resource or "the resource"
    if trust:
        return f"the trust policy of {resource} (not loaded) lets {caller.arn} in"
    if question.service == "kms":
        return f"the key policy of {resource} (not loaded) allows it"
    if caller.kind is CallerKind.ANONYMOUS:
        let_in = "everyone"
    elif caller.kind in (CallerKind.SERVICE, CallerKind.FEDERATED):
        let_in = caller.arn
    else:
        let_in = f"account {caller.account}"
    return f"the resource policy of {resource} (not loaded) allows it to {let_in}"


def _because(layers: Sequence[LayerResult], open_: Formula) -> tuple[Grant, ...]:
    """The statements that decided: what grants it, or what denies it.

    Allows of SCPs and RCPs grant nothing and are left to the layers.
    """
    if open_ is False:
        return tuple(g for each in layers for g in each.because if g.effect == "Deny" and g.open is True)
    granting = (Layer.IDENTITY, Layer.RESOURCE, Layer.TRUST)
    chosen: list[Grant] = []
    for each in layers:
        allows = [grant for grant in each.because if grant.effect == "Allow"]
        if each.layer in granting:
            certain = [grant for grant in allows if grant.open is True]
            chosen += certain or allows
        chosen += [grant for grant in each.because if grant.effect == "Deny" and open_ is not True]
    return tuple(chosen)

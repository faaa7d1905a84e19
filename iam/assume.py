"""Who can assume which role: the caller's side and the role's trust policy, decided together.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage-assume.html

An account has many more pairs than decisions. What a principal holds is looked through once for the
statements about assuming roles; each role is then decided once for all who hold, of the policies that bear on
that role, the same ones in the same way. Principals that a policy may tell apart are decided one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from iam.arn import parse_arn
from iam.context import Context
from iam.decision import Decision, Holding, Policy, Verdict
from iam.document import Document, Statement
from iam.entities import Account, Principal, PrincipalType
from iam.estate import Access
from iam.evaluate import decide
from iam.pattern import Pattern
from iam.question import Question

_ASSUME_ROLE = "sts:AssumeRole"
_BY_PROVIDER = {
    ":saml-provider/": "sts:AssumeRoleWithSAML",
    ":oidc-provider/": "sts:AssumeRoleWithWebIdentity",
}
_MAY_ASSUME = (PrincipalType.USER, PrincipalType.ROLE, PrincipalType.ACCOUNT)
_OWN_KEYS = ("aws:username", "aws:userid", "aws:principalarn", "aws:principaltag/")
"""The context keys that differ between principals of one account and type."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """One principal that can assume one role, for certain or under conditions."""

    principal: str
    role: str
    action: str
    decision: Decision


def assumable(access: Access) -> Iterator[Assumption]:
    """Every pair of principal and role of which the one can assume the other.

    Roles in order of the estate; a role is never said to assume itself (its sessions are already it).
    """
    callers = _Callers(access)
    for account in access.estate.accounts.values():
        for role in account.principals.values():
            if role.trust is not None:
                yield from callers.of(role, role.trust)


class _Callers:
    """Finds the callers of one role after another, deciding like callers once."""

    def __init__(self, access: Access) -> None:
        self.access = access
        narrowed = _Narrowed()
        self.outsiders = [_Side(access, each, narrowed) for each in access.estate.outsiders.values()]
        self.granting = {
            account.id: _Granting(access, account, narrowed) for account in access.estate.accounts.values()
        }
        self.guardrails: dict[tuple[str, str], bool] = {}

    def of(self, role: Principal, trust: Policy) -> Iterator[Assumption]:
        question = self.access.question(_ASSUME_ROLE, role.arn, owner=role.account)
        context = self.access.resource_context(question, None)
        by_kind: dict[object, Decision] = {}
        alike: dict[object, Decision] = {}
        apart = singles_out(trust)
        for side in self.candidates(question, role, trust, context):
            principal = side.principal
            if principal is role:
                continue
            if apart or side.kind is None or self.guardrails_tell_apart(role, principal):
                decision = self.decide(question, side, side.holdings, context, trust)
            else:
                known = by_kind.get(side.kind)
                if known is None:
                    # Of what they hold, only what bears on this very role tells callers apart.
                    held = side.bearing_on(question, context)
                    key = (side.set_apart, tuple((id(each.policy), each.via) for each in held))
                    known = alike.get(key)
                    if known is None:
                        known = alike[key] = self.decide(question, side, held, context, trust)
                    by_kind[side.kind] = known
                decision = known
            if decision.verdict is not Verdict.DENIED:
                yield Assumption(principal.arn, role.arn, _ASSUME_ROLE, decision)
        yield from self.by_provider(role, trust)

    def decide(
        self, question: Question, side: _Side, held: Iterable[Holding], context: Context, trust: Policy
    ) -> Decision:
        policies = self.access.policies(side.principal, question, resource_policy=trust)
        return decide(
            question,
            side.caller,
            self.access.context(side.principal, context),
            replace(policies, identity=tuple(held), boundary=side.boundary),
            self.access.circumstances(side.principal, question),
        )

    def guardrails_tell_apart(self, role: Principal, caller: Principal) -> bool:
        """Whether SCPs or RCPs may treat principals of the caller's account unlike each other."""
        key = (role.account, caller.account)
        known = self.guardrails.get(key)
        if known is None:
            known = self.guardrails[key] = any(
                _names_or_tells_apart(statement)
                for level in (*self.access.scps(caller.account), *self.access.rcps(role.account))
                for policy in level
                for statement in policy.document.statements
            )
        return known

    def candidates(
        self, question: Question, role: Principal, trust: Policy, context: Context
    ) -> Iterator[_Side]:
        """Those worth deciding, each once: named by the trust policy, or allowed by their own policies."""
        seen: set[int] = set()
        for side in self.named(question, role, trust, context):
            if id(side) not in seen:
                seen.add(id(side))
                yield side

    def named(self, question: Question, role: Principal, trust: Policy, context: Context) -> Iterator[_Side]:
        for statement in trust.document.statements:
            if not statement.allows:
                continue
            for kind, value in statement.principals or ():
                if kind == "*":
                    yield from self.whole_accounts(question, role, context)
                elif kind in ("AWS", "Service"):
                    yield from self.by_value(question, value, context)

    def whole_accounts(self, question: Question, role: Principal, context: Context) -> Iterator[_Side]:
        """All whom `*` lets in: in the role's account as they are, elsewhere with a grant of their own.

        Of those that aren't loaded, all but who comes by an identity provider, which is another action.
        """
        for account, granting in self.granting.items():
            if account == role.account:
                yield from granting.sides.values()
            else:
                yield from granting.to(question, context)
        yield from (each for each in self.outsiders if each.principal.type is not PrincipalType.FEDERATED)

    def by_value(self, question: Question, value: str, context: Context) -> Iterator[_Side]:
        arn = parse_arn(value)
        account = arn.account if arn else value
        if account in self.granting:
            if arn is None or arn.resource == "root":
                yield from self.granting[account].to(question, context)
            else:
                yield from self.granting[account].by_name(value)
            return
        yield from (each for each in self.outsiders if value in (each.principal.arn, each.principal.account))

    def by_provider(self, role: Principal, trust: Policy) -> Iterator[Assumption]:
        """Those who come by an identity provider."""
        providers = {
            value
            for statement in trust.document.statements
            if statement.allows
            for kind, value in statement.principals or ()
            if kind == "Federated"
        }
        for side in self.outsiders if providers else ():
            principal = side.principal
            if principal.arn not in providers:
                continue
            action = next(
                (action for part, action in _BY_PROVIDER.items() if part in principal.arn),
                "sts:AssumeRoleWithWebIdentity",
            )
            question = self.access.question(action, role.arn, owner=role.account)
            context = self.access.resource_context(question, None)
            decision = self.access.decide(question, principal, context=context, resource_policy=trust)
            if decision.verdict is not Verdict.DENIED:
                yield Assumption(principal.arn, role.arn, action, decision)


class _Narrowed:
    """Policies with nothing but their statements about assuming roles; None for those without any."""

    def __init__(self) -> None:
        self.probe = Question(_ASSUME_ROLE, "*", resource_level=True)
        self.known: dict[int, tuple[Policy, Policy | None]] = {}

    def of(self, policy: Policy) -> Policy | None:
        found = self.known.get(id(policy))
        if found is None:
            found = self.known[id(policy)] = (policy, self.narrow(policy))
        return found[1]

    def narrow(self, policy: Policy) -> Policy | None:
        document = policy.document
        statements = tuple(each for each in document.statements if self.probe.concerns(each))
        if len(statements) == len(document.statements):
            return policy if statements else None
        return replace(policy, document=Document(document.version, statements, ())) if statements else None

    def holdings(self, held: Iterable[Holding]) -> Iterator[Holding]:
        for each in held:
            policy = self.of(each.policy)
            if policy is not None:
                yield Holding(policy, each.via)

    def cap(self, policies: Iterable[Policy] | None) -> tuple[Policy, ...] | None:
        """A boundary. One without a statement left stays one, and lets nobody pass."""
        if policies is None:
            return None
        return tuple(narrow for each in policies if (narrow := self.of(each)) is not None)


class _Side:
    """A principal's own side, as far as it is about assuming roles.

    `set_apart` is what may make principals answer unlike each other whatever they hold, `kind` that and what
    they hold; `kind` is None for one who has to be decided alone.
    """

    __slots__ = ("boundary", "caller", "context", "holdings", "kind", "principal", "set_apart")

    def __init__(self, access: Access, principal: Principal, narrowed: _Narrowed) -> None:
        self.principal = principal
        self.caller = access.caller(principal)
        self.context = access.context(principal)
        self.holdings = tuple(narrowed.holdings(access.holdings(principal)))
        self.boundary = narrowed.cap(access.boundary(principal))
        self.set_apart: object = (principal.type, principal.account, principal.boundary)
        self.kind: object | None = None
        personal = any(
            _tells_apart(statement)
            for policy in (*(each.policy for each in self.holdings), *(self.boundary or ()))
            for statement in policy.document.statements
        )
        # What an unloaded boundary is needed for is said with the principal's name.
        alone = not principal.loaded or principal.service_linked or access.boundary_unknown(principal)
        if not personal and not alone:
            self.kind = (self.set_apart, tuple((id(each.policy), each.via) for each in self.holdings))

    def bearing_on(self, question: Question, request: Context) -> list[Holding]:
        """What it holds that has a statement about this role, in a request of which so much is known."""
        context = self.context.over(request)
        return [each for each in self.holdings if question.outcome(each.policy.document, context)]


class _Granting:
    """The principals of one account, and by which policies they may assume which roles."""

    def __init__(self, access: Access, account: Account, narrowed: _Narrowed) -> None:
        callers = [each for each in account.principals.values() if each.type in _MAY_ASSUME]
        self.sides = {each.arn: _Side(access, each, narrowed) for each in callers}
        self.by_role_name = {
            each.name.lower(): self.sides[each.arn] for each in callers if each.type is PrincipalType.ROLE
        }
        self.holders: dict[int, tuple[Policy, list[_Side]]] = {}
        for side in self.sides.values():
            for holding in side.holdings:
                if any(statement.allows for statement in holding.policy.document.statements):
                    self.holders.setdefault(id(holding.policy), (holding.policy, []))[1].append(side)
        self.by_prefix: dict[str, list[tuple[Policy, list[_Side]]]] = {}
        """The same by the texts with which the resources of their Allows begin; "" for those that may be any."""
        for policy, sides in self.holders.values():
            for prefix in _resource_prefixes(policy):
                self.by_prefix.setdefault(prefix, []).append((policy, sides))
        self.lengths = sorted({len(prefix) for prefix in self.by_prefix})

    def to(self, question: Question, request: Context) -> Iterator[_Side]:
        """Those whose own policies have an Allow that bears on the question; some more than once."""
        for length in self.lengths:
            for policy, sides in self.by_prefix.get(question.resource[:length], ()):
                if self.allows(policy, question, sides[0].context.over(request)):
                    yield from sides

    def allows(self, policy: Policy, question: Question, context: Context) -> bool:
        statements = policy.document.statements
        if any(statement.differs_by_caller for statement in statements):
            return True
        outcome = question.outcome(policy.document, context)
        return any(statement.allows for statement, _ in outcome)

    def by_name(self, value: str) -> Iterator[_Side]:
        """The principal that an ARN of a user, role or session names."""
        if value in self.sides:
            yield self.sides[value]
        elif ":role/" in value or ":assumed-role/" in value:
            parts = value.split("/")
            name = parts[1] if ":assumed-role/" in value else parts[-1]
            found = self.by_role_name.get(name.lower())
            if found is not None:
                yield found


def _resource_prefixes(policy: Policy) -> set[str]:
    """The literal texts with which every resource begins that a policy's Allows name."""
    found = set()
    for statement in policy.document.statements:
        if statement.allows:
            prefixes = [_prefix(each.pattern) for each in statement.resource_templates]
            found.update(prefixes if prefixes and not statement.not_resources else [""])
    return {""} if "" in found else found


def _prefix(pattern: Pattern | None) -> str:
    first = pattern.tokens[0] if pattern is not None and pattern.tokens else ""
    return first if isinstance(first, str) and pattern is not None and not pattern.ignore_case else ""


def _tells_apart(statement: Statement) -> bool:
    """Whether a statement may say different things to two principals of one account and type."""
    return statement.differs_by_caller and any(
        key.startswith(_OWN_KEYS)
        for key in (
            *(key for condition in statement.conditions for key in condition.keys),
            *(key for each in statement.resource_templates if each.pattern is None for key in each.keys),
        )
    )


def _names_or_tells_apart(statement: Statement) -> bool:
    """The same of a statement with principals: it may also name one of them."""
    return (
        _tells_apart(statement)
        or statement.not_principals is not None
        or any(kind == "AWS" and not _is_account(value) for kind, value in statement.principals or ())
    )


def singles_out(trust: Policy) -> bool:
    """Whether a trust policy may treat principals of one account unlike each other."""
    return any(map(_names_or_tells_apart, trust.document.statements))


def _is_account(value: str) -> bool:
    arn = parse_arn(value)
    return arn is None or arn.resource == "root"

"""Who can assume which role: the caller's side and the role's trust policy, decided together.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_manage-assume.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from iam.arn import parse_arn
from iam.decision import Decision, Policy, Verdict
from iam.entities import Account, Principal, PrincipalType
from iam.estate import Access
from iam.question import Question

_ASSUME_ROLE = "sts:AssumeRole"
_BY_PROVIDER = {
    ":saml-provider/": "sts:AssumeRoleWithSAML",
    ":oidc-provider/": "sts:AssumeRoleWithWebIdentity",
}
_MAY_ASSUME = (PrincipalType.USER, PrincipalType.ROLE, PrincipalType.ACCOUNT)


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
        self.outsiders = list(access.estate.outsiders.values())
        self.by_account = {
            account.id: [p for p in account.principals.values() if p.type in _MAY_ASSUME]
            for account in access.estate.accounts.values()
        }
        self.granting = {
            account.id: _Granting(access, account, self.by_account[account.id])
            for account in access.estate.accounts.values()
        }

    def of(self, role: Principal, trust: Policy) -> Iterator[Assumption]:
        question = self.access.question(_ASSUME_ROLE, role.arn, owner=role.account)
        context = self.access.resource_context(question, None)
        like: dict[object, Decision] = {}
        alike = not _singles_out(trust)
        for principal in self.candidates(question, role, trust):
            if principal.arn == role.arn:
                continue
            kind = self.granting[principal.account].kind(principal) if alike and principal.loaded else None
            decision = like.get(kind) if kind is not None else None
            if decision is None:
                decision = self.access.decide(question, principal, context=context, resource_policy=trust)
                if kind is not None:
                    like[kind] = decision
            if decision.verdict is not Verdict.DENIED:
                yield Assumption(principal.arn, role.arn, _ASSUME_ROLE, decision)
        yield from self.by_provider(role, trust)

    def candidates(self, question: Question, role: Principal, trust: Policy) -> Iterator[Principal]:
        """The principals worth deciding, each once: named by the trust policy, or allowed by their own."""
        seen: set[str] = set()
        for principal in self.named(question, role, trust):
            if principal.arn not in seen:
                seen.add(principal.arn)
                yield principal

    def named(self, question: Question, role: Principal, trust: Policy) -> Iterator[Principal]:
        for statement in trust.document.statements:
            if not statement.allows:
                continue
            for kind, value in statement.principals or ():
                if kind == "*":
                    yield from self.whole_accounts(question, role)
                elif kind in ("AWS", "Service"):
                    yield from self.by_value(question, value)

    def whole_accounts(self, question: Question, role: Principal) -> Iterator[Principal]:
        """All whom `*` lets in: in the role's account as they are, elsewhere with a grant of their own."""
        for account, principals in self.by_account.items():
            yield from principals if account == role.account else self.granting[account].to(question)
        yield from (each for each in self.outsiders if each.arn == "*")

    def by_value(self, question: Question, value: str) -> Iterator[Principal]:
        arn = parse_arn(value)
        account = arn.account if arn else value
        if account in self.granting:
            if arn is None or arn.resource == "root":
                yield from self.granting[account].to(question)
                return
            yield from self.granting[account].by_name(value)
            return
        yield from (each for each in self.outsiders if value in (each.arn, each.account))

    def by_provider(self, role: Principal, trust: Policy) -> Iterator[Assumption]:
        """Those who come by an identity provider."""
        providers = {
            value
            for statement in trust.document.statements
            if statement.allows
            for kind, value in statement.principals or ()
            if kind == "Federated"
        }
        for principal in self.outsiders:
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


class _Granting:
    """The principals of one account by the policies that let them assume roles at all."""

    def __init__(self, access: Access, account: Account, principals: list[Principal]) -> None:
        self.access = access
        self.by_arn = {principal.arn: principal for principal in principals}
        self.by_role_name = {
            principal.name.lower(): principal
            for principal in principals
            if principal.type is PrincipalType.ROLE
        }
        self.account = account.id
        probe = Question(_ASSUME_ROLE, "*", resource_level=True)
        self.bearing: dict[str, frozenset[int]] = {}
        self.holders: dict[int, tuple[Policy, list[Principal]]] = {}
        self.personal: set[str] = set()
        for principal in principals:
            held = []
            for holding in access.holdings(principal):
                statements = [s for s in holding.policy.document.statements if probe.concerns(s)]
                if not statements:
                    continue
                held.append(id(holding.policy))
                if any(statement.differs_by_caller for statement in statements):
                    self.personal.add(principal.arn)
                if any(statement.allows for statement in statements):
                    _, holders = self.holders.setdefault(id(holding.policy), (holding.policy, []))
                    holders.append(principal)
            self.bearing[principal.arn] = frozenset(held)

    def to(self, question: Question) -> Iterator[Principal]:
        """The principals whose own policies have an Allow that bears on the question."""
        for policy, holders in self.holders.values():
            if self.allows(policy, question, holders[0]):
                yield from holders

    def allows(self, policy: Policy, question: Question, holder: Principal) -> bool:
        if any(s.differs_by_caller for s in policy.document.statements):
            return True
        outcome = question.outcome(policy.document, self.access.context(holder))
        return any(statement.allows for statement, _ in outcome)

    def by_name(self, value: str) -> Iterator[Principal]:
        """The principal that an ARN of a user, role or session names."""
        if value in self.by_arn:
            yield self.by_arn[value]
        elif ":role/" in value or ":assumed-role/" in value:
            parts = value.split("/")
            name = parts[1] if ":assumed-role/" in value else parts[-1]
            found = self.by_role_name.get(name.lower())
            if found is not None:
                yield found

    def kind(self, principal: Principal) -> object | None:
        """What makes principals answer alike; None for one who has to be decided alone."""
        if principal.arn in self.personal:
            return None
        boundary = self.access.boundary(principal)
        if boundary and any(s.differs_by_caller for p in boundary for s in p.document.statements):
            return None
        bearing = self.bearing[principal.arn]
        via = tuple(h.via for h in self.access.holdings(principal) if id(h.policy) in bearing)
        return principal.type, principal.account, bearing, principal.boundary, via


def _singles_out(trust: Policy) -> bool:
    """Whether a trust policy may treat principals of one account unlike each other."""
    return any(
        statement.differs_by_caller
        or statement.not_principals is not None
        or any(kind == "AWS" and not _is_account(value) for kind, value in statement.principals or ())
        for statement in trust.document.statements
    )


def _is_account(value: str) -> bool:
    arn = parse_arn(value)
    return arn is None or arn.resource == "root"

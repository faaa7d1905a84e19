"""What the policies of workloads say to principals of their own account, held as if it were their own.

In one account a resource's policy that names a principal is enough without a policy of the principal's, and a
Deny in it holds whatever the principal's policies allow:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-resource-rdp.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from iam.caller import Named
from iam.decision import Policy
from iam.document import Document, PolicyKind, Statement
from iam.entities import Account, Principal, PrincipalType, Resource
from iam.estate import Access, Estate
from iam.pattern import arn_pattern
from iam.techniques import On, techniques
from iam.techniques.pathless import why_no_step


def with_policies_of_resources(access: Access) -> Access:
    """The same over an estate in which principals hold what resources of their account say to them."""
    accounts = {id_: _held(access, account) for id_, account in access.estate.accounts.items()}
    if all(accounts[id_] is account for id_, account in access.estate.accounts.items()):
        return access
    known = access.estate
    return access.over(Estate(accounts, known.organization, known.outsiders, known.now))


def of_resources(principal: Principal) -> tuple[Policy, ...]:
    """What a principal holds only because the policies of resources say it."""
    return tuple(each for each in principal.inline if each.kind is PolicyKind.RESOURCE)


def by_itself(principal: Principal) -> Principal:
    """A principal without what the policies of resources say to it."""
    held = of_resources(principal)
    if not held:
        return principal
    return replace(principal, inline=tuple(each for each in principal.inline if each not in held))


def _held(access: Access, account: Account) -> Account:
    said: dict[str, list[Policy]] = {}
    for resource in account.resources.values():
        if resource.policy is not None:
            for arn, policy in _said(access, resource, resource.policy, account):
                said.setdefault(arn, []).append(policy)
    if not said:
        return account
    principals = {
        arn: replace(each, inline=(*each.inline, *said[arn])) if arn in said else each
        for arn, each in account.principals.items()
    }
    return replace(account, principals=principals)


def _said(
    access: Access, resource: Resource, policy: Policy, account: Account
) -> Iterator[tuple[str, Policy]]:
    """The principals that a resource's policy means, each with what it says to them."""
    for statement in policy.document.statements:
        if not _concerns(statement):
            continue
        own = replace(
            statement,
            principals=None,
            not_principals=None,
            resources=_within(resource, statement),
            not_resources=(),
        )
        held = Policy(policy.id, policy.name, policy.kind, Document(policy.document.version, (own,), ()))
        for principal in account.principals.values():
            if _means(access, statement, principal):
                yield principal.arn, held


def _within(resource: Resource, statement: Statement) -> tuple[str, ...]:
    """What a statement of a resource's policy is about: that resource or a part of it, whatever it names."""
    inside = (f"{resource.arn}:", f"{resource.arn}/")
    parts = tuple(text for text in statement.resources if text.startswith(inside))
    named = not statement.resources or any(
        arn_pattern(text).matches(resource.arn) for text in statement.resources
    )
    return (*parts, resource.arn) if named else parts


def _means(access: Access, statement: Statement, principal: Principal) -> bool:
    """Whether a statement means a principal for certain: an Allow by name, a Deny also by its account."""
    if principal.type not in (PrincipalType.USER, PrincipalType.ROLE) or principal.service_linked:
        return False
    caller = access.caller(principal)
    if statement.not_principals is not None:
        return not statement.allows and caller.excepted(statement.not_principals) is False
    found = (caller.named(kind, value) for kind, value in statement.principals or ())
    kinds = {named for named, open_ in filter(None, found) if open_ is True}
    return bool(kinds - {Named.ACCOUNT} if statement.allows else kinds)


def _concerns(statement: Statement) -> bool:
    """Whether a statement is about something that is done to workloads."""
    listed = any(pattern.matches(action) for pattern in statement.action_patterns for action in _actions())
    return listed or bool(statement.not_actions)


@cache
def _actions() -> frozenset[str]:
    """The actions on things that exist of techniques that make steps."""
    rights = (r for each in techniques() if each.looked_for and not why_no_step(each) for r in each.rights)
    return frozenset(a.lower() for right in rights if right.on is On.EXISTING_RESOURCE for a in right.actions)

"""What the policies of workloads give to principals of their own account, held as if it were their own.

In one account a resource's policy that names a principal is enough without a policy of the principal's:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-resource-rdp.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from iam.decision import Policy
from iam.document import Document, Statement
from iam.entities import Account, Principal, PrincipalType, Resource
from iam.estate import Access, Estate
from iam.techniques import On, techniques


def with_grants_of_resources(access: Access) -> Access:
    """The same over an estate in which principals hold what resources of their account grant them by name."""
    accounts = {id_: _held(account) for id_, account in access.estate.accounts.items()}
    if all(accounts[id_] is account for id_, account in access.estate.accounts.items()):
        return access
    known = access.estate
    return access.over(Estate(accounts, known.organization, known.outsiders, known.now))


def _held(account: Account) -> Account:
    given: dict[str, list[Policy]] = {}
    for resource in account.resources.values():
        if resource.policy is not None:
            for arn, policy in _granted(resource, resource.policy, account):
                given.setdefault(arn, []).append(policy)
    if not given:
        return account
    principals = {
        arn: replace(each, inline=(*each.inline, *given[arn])) if arn in given else each
        for arn, each in account.principals.items()
    }
    return replace(account, principals=principals)


def _granted(resource: Resource, policy: Policy, account: Account) -> Iterator[tuple[str, Policy]]:
    """The principals that a resource's policy names, each with what it grants to them."""
    for statement in policy.document.statements:
        if not statement.allows or not _concerns(statement):
            continue
        own = replace(
            statement, principals=None, resources=statement.resources or (resource.arn,), not_resources=()
        )
        held = Policy(policy.id, policy.name, policy.kind, Document(policy.document.version, (own,), ()))
        for principal in account.principals.values():
            if _names(statement, principal):
                yield principal.arn, held


def _names(statement: Statement, principal: Principal) -> bool:
    if principal.type not in (PrincipalType.USER, PrincipalType.ROLE) or principal.service_linked:
        return False
    return any(
        kind == "*" or (kind == "AWS" and value == principal.arn)
        for kind, value in statement.principals or ()
    )


def _concerns(statement: Statement) -> bool:
    """Whether a statement is about something that is done to workloads."""
    listed = any(pattern.matches(action) for pattern in statement.action_patterns for action in _actions())
    return listed or bool(statement.not_actions)


@cache
def _actions() -> frozenset[str]:
    """The actions of techniques on things that exist."""
    rights = (right for each in techniques() if each.looked_for for right in each.rights)
    return frozenset(a.lower() for right in rights if right.on is On.EXISTING_RESOURCE for a in right.actions)

"""Administrators: found by what they may do, not by the name of a policy.

An administrator may do every action on every resource of its account. What service control policies take
away does not count: they cap the whole account and can be lifted from outside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from iam import catalogue
from iam.context import Context
from iam.decision import Policy
from iam.document import Statement
from iam.entities import Principal, PrincipalType
from iam.estate import Access


def administrators(access: Access) -> Iterator[Principal]:
    """The principals of the loaded accounts that are administrators for certain, root users included."""
    return (principal for principal in access.estate.principals() if is_administrator(access, principal))


def is_administrator(access: Access, principal: Principal) -> bool:
    """Whether a principal may do everything in its account, whatever the circumstances."""
    if not principal.loaded:
        return False
    if principal.type is PrincipalType.ROOT:
        return True
    if principal.type not in (PrincipalType.USER, PrincipalType.ROLE):
        return False
    context = access.context(principal)
    boundary = access.boundary(principal)
    if access.boundary_unknown(principal):
        return False
    held = (holding.policy for holding in access.holdings(principal))
    return _allows_everything(held, context) and (boundary is None or _allows_everything(boundary, context))


def _allows_everything(policies: Iterable[Policy], context: Context) -> bool:
    """Whether policies allow every action on every resource, and deny nothing."""
    allowed: list[Statement] = []
    for policy in policies:
        for statement in policy.document.statements:
            certain = [condition.decide(context) for condition in statement.conditions]
            if not statement.allows:
                if not any(each is False for each in certain):
                    return False
            elif all(each is True for each in certain) and _on_everything(statement):
                allowed.append(statement)
    if any(pattern.matches_everything for s in allowed if s.actions for pattern in s.action_patterns):
        return True
    # Several statements may come to everything together; worth a look only where one is a complement.
    if not any(statement.not_actions for statement in allowed):
        return False
    covered: set[str] = set()
    for statement in allowed:
        covered |= _actions_of(statement.actions, statement.not_actions)
    return len(covered) == len(catalogue.action_names())


def _on_everything(statement: Statement) -> bool:
    return bool(statement.resources) and any(
        each.pattern is not None and each.pattern.matches_everything for each in statement.resource_templates
    )


@lru_cache(maxsize=4096)
def _actions_of(actions: tuple[str, ...], not_actions: tuple[str, ...]) -> frozenset[str]:
    listed = frozenset(name for text in actions or not_actions for name in catalogue.expand(text))
    return listed if actions else frozenset(catalogue.action_names()) - listed

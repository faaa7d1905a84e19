"""Administrators: found by what they may do, not by the name of a policy.

An administrator may do every action on every resource of its account. What service control policies take
away does not count: they cap the whole account and can be lifted from outside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial

from iam import catalogue
from iam.context import Context
from iam.decision import Policy
from iam.document import Document, Statement
from iam.entities import Principal, PrincipalType
from iam.estate import Access
from iam.formula import Formula


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
    if access.boundary_unknown(principal):
        return False
    boundary = access.boundary(principal)
    layers = [[holding.policy for holding in access.holdings(principal)]]
    if boundary is not None:
        layers.append(list(boundary))
    # Most hold nothing as wide as that: no condition has to be decided then.
    if not all(any(_wide(policy.document) for policy in layer) for layer in layers):
        return False
    return all(_allows_everything(layer, partial(access.context, principal)) for layer in layers)


def _wide(document: Document) -> bool:
    """Whether some statement may have a part in allowing everything."""
    return any(
        each.on_everything and each.allows and (bool(each.not_actions) or each.every_action)
        for each in document.statements
    )


def _allows_everything(policies: Iterable[Policy], context: Callable[[], Context]) -> bool:
    """Whether policies allow every action on every resource, and deny nothing."""
    statements = [each for policy in policies for each in policy.document.statements]
    for each in statements:
        if not each.allows and False not in _decided(each, context):
            return False
    on_everything = [each for each in statements if each.allows and each.on_everything]
    if any(each.every_action and _certain(each, context) for each in on_everything):
        return True
    # Several statements may come to everything together; worth a look only where one is a complement.
    if not any(statement.not_actions for statement in on_everything):
        return False
    covered: set[str] = set()
    for statement in on_everything:
        if _certain(statement, context):
            covered |= _actions_of(statement.actions, statement.not_actions)
    return len(covered) == len(catalogue.action_names())


def _decided(statement: Statement, context: Callable[[], Context]) -> list[Formula]:
    if not statement.conditions:
        return []
    known = context()
    return [condition.decide(known) for condition in statement.conditions]


def _certain(statement: Statement, context: Callable[[], Context]) -> bool:
    return all(each is True for each in _decided(statement, context))


@lru_cache(maxsize=4096)
def _actions_of(actions: tuple[str, ...], not_actions: tuple[str, ...]) -> frozenset[str]:
    listed = frozenset(name for text in actions or not_actions for name in catalogue.expand(text))
    return listed if actions else frozenset(catalogue.action_names()) - listed

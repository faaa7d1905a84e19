"""What one principal can do: its actions, gathered where they hold on the same resources alike.

Actions that the same statements bear on, and that take the same resources, get one decision between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from iam import catalogue
from iam.answer import Answer
from iam.asking import best
from iam.decision import Policy
from iam.entities import Principal, PrincipalType
from iam.estate import Access
from iam.evaluate import free_actions, has_rules_of_its_own
from iam.put import questions_put


@dataclass(frozen=True, slots=True)
class Permission:
    """Actions of one service and access level that hold alike.

    `actions` are full names; `answer` is that of the first of them and stands for all.
    """

    service: str
    access_level: str
    actions: tuple[str, ...]
    answer: Answer

    def as_json(self) -> dict[str, Any]:
        """The permission as `what-can` gives it."""
        answer = self.answer.as_json()
        kept = ("verdict", "resources", "except_resources", "conditions", "condition", "needs", "because")
        return {
            "service": self.service,
            "access_level": self.access_level,
            "actions": list(self.actions),
            **{name: answer[name] for name in kept},
        }


def what_can(access: Access, principal: Principal) -> Iterator[Permission]:
    """What a principal may do on at least one resource, by service and access level.

    Covers its own policies and what caps them, and the policies of loaded resources that name it.
    """
    everything = principal.type is PrincipalType.ROOT
    own = [holding.policy for holding in access.holdings(principal)]
    granting = _Matching(own)
    capping = _Matching(_caps(access, principal))
    guarding = _Matching(
        each.policy
        for account in access.estate.accounts.values()
        for each in account.resources.values()
        if each.policy is not None
    )
    free = free_actions(access.caller(principal).kind)
    free_services = {name.partition(":")[0] for name in free}
    for service in catalogue.services():
        touched = granting.touches(service) or guarding.touches(service) or service in free_services
        if not (everything or touched):
            continue
        groups: dict[object, list[catalogue.Action]] = {}
        for action in catalogue.actions(service):
            granted, guarded = granting.of(action.name), guarding.of(action.name)
            if not (everything or granted or guarded or action.name.lower() in free):
                continue
            bearing = (granted, guarded, capping.of(action.name))
            alike = not guarded and granting.on_everything(granted) and capping.on_everything(bearing[2])
            types: object = tuple(sorted(each.name for each in action.resource_types))
            if has_rules_of_its_own(action.name):
                types = action
            elif alike and service != "kms":  # keys need their policy, other resources of KMS don't
                types = None
            groups.setdefault((action.access_level, bearing, types), []).append(action)
        yield from _permissions(access, principal, service, groups.values())


def _permissions(
    access: Access, principal: Principal, service: str, groups: Iterable[list[catalogue.Action]]
) -> Iterator[Permission]:
    """One permission for all actions of an access level that come to the same, though by other ways."""
    alike: dict[tuple[str, object, object], tuple[Answer, list[str]]] = {}
    for actions in groups:
        answer = best(access, principal, list(questions_put(access, actions[0].name, None)))
        if answer is None:
            continue
        because = tuple(grant.statement_id for grant in answer.because)
        key = (actions[0].access_level, answer.scope, because)
        alike.setdefault(key, (answer, []))[1].extend(action.name for action in actions)
    for (level, _, _), (answer, names) in sorted(alike.items(), key=lambda item: item[1][1]):
        yield Permission(service, level, tuple(sorted(names)), answer)


def _caps(access: Access, principal: Principal) -> Iterator[Policy]:
    yield from access.boundary(principal) or ()
    for level in access.scps(principal.account):
        yield from level


class _Matching:
    """Which statements of a set of policies bear on an action, by their places in the set."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        statements = [each for policy in policies for each in policy.document.statements]
        self._complements: list[tuple[int, frozenset[str]]] = []
        self._by_action: dict[str, set[int]] = {}
        self._services: set[str] = set()
        self._on_everything = [
            bool(each.resources)
            and any(t.pattern and t.pattern.matches_everything for t in each.resource_templates)
            for each in statements
        ]
        by_pattern: dict[str, list[int]] = {}
        for at, statement in enumerate(statements):
            for text in statement.actions:
                by_pattern.setdefault(text, []).append(at)
            if statement.not_actions:
                left_out = frozenset(n for text in statement.not_actions for n in catalogue.expand(text))
                self._complements.append((at, left_out))
        for text, places in by_pattern.items():
            for name in catalogue.expand(text):
                self._by_action.setdefault(name, set()).update(places)
                self._services.add(name.partition(":")[0])

    def of(self, action: str) -> tuple[int, ...]:
        """The places of the statements that bear on an action."""
        found = set(self._by_action.get(action, ()))
        found.update(at for at, left_out in self._complements if action not in left_out)
        return tuple(sorted(found))

    def touches(self, service: str) -> bool:
        """Whether any statement bears on an action of the service."""
        return bool(self._complements) or service in self._services

    def on_everything(self, places: tuple[int, ...]) -> bool:
        """Whether these statements all hold on the resource `*`."""
        return all(self._on_everything[at] for at in places)

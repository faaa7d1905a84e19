"""Who reaches a resource, with how much of which access level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iam import catalogue
from queries.errors import QuestionError
from queries.who import who_can

if TYPE_CHECKING:
    from graph.connection import Database
    from iam.asking import Answer

LEVELS = ("Permissions management", "Write", "Read", "List", "Tagging")
"""From what weighs most to what weighs least."""


@dataclass(frozen=True)
class Reaching:
    """A principal that reaches it: `levels` says with how many actions, by access level.

    `action` on `resource` is the one that weighs most, for the proof.
    """

    arn: str
    kind: str
    name: str
    account: str
    levels: dict[str, str]
    action: str
    resource: str


def reach(database: Database, service: str, targets: Iterable[str]) -> list[Reaching]:
    """Everyone who may do an action of a service on one of the targets, those who may most first."""
    answers: dict[str, list[tuple[Answer, str]]] = defaultdict(list)
    for target in targets:
        try:
            found = who_can(database, f"{service}:*", target).answers
        except QuestionError:
            continue  # the service has no action on such a thing
        for answer in found:
            answers[answer.principal.arn].append((answer, target))
    reaching = [_reaching(each) for each in answers.values()]
    return sorted(reaching, key=lambda each: (_weight(each), each.account, each.name.lower()))


def _reaching(answers: list[tuple[Answer, str]]) -> Reaching:
    principal = answers[0][0].principal
    by_level: dict[str, list[tuple[Answer, str]]] = defaultdict(list)
    for answer, target in answers:
        action = catalogue.find_action(answer.action)
        by_level[action.access_level if action is not None else "Write"].append((answer, target))
    first = next(by_level[level] for level in LEVELS if by_level.get(level))
    certain = [each for each in first if each[0].verdict == "allowed"] or first
    return Reaching(
        principal.arn,
        principal.type.value,
        "root user" if principal.type == "root" else principal.name or principal.arn,
        principal.account,
        {level: _words([each for each, _ in found]) for level, found in by_level.items()},
        certain[0][0].action,
        certain[0][1],
    )


def _words(answers: list[Answer]) -> str:
    """How many are allowed, and how many more hang on something."""
    allowed = sum(each.verdict == "allowed" for each in answers)
    hanging = len(answers) - allowed
    return (
        f"{allowed} + {hanging} if" if allowed and hanging else f"{hanging} if" if hanging else f"{allowed}"
    )


def _weight(each: Reaching) -> tuple[bool, ...]:
    return tuple(level not in each.levels for level in LEVELS)

"""Who reaches a resource, or what lies in it, by access level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from queries.errors import QuestionError
from queries.who import who_reaches

if TYPE_CHECKING:
    from graph.connection import Database
    from iam.answer import Answer

LEVELS = ("Permissions management", "Write", "Read", "List", "Tagging")
"""From what weighs most to what weighs least."""


@dataclass(frozen=True)
class Reaching:
    """A principal that reaches it: `levels` are the verdicts by access level.

    `action` on `resource` is what weighs most, for the proof.
    """

    arn: str
    kind: str
    name: str
    account: str
    levels: dict[str, str]
    action: str
    resource: str


def reach(database: Database, targets: Iterable[str]) -> list[Reaching]:
    """Everyone who may do something with one of the targets, those who may most first."""
    answers: dict[str, dict[str, tuple[Answer, str]]] = defaultdict(dict)
    for target in targets:
        try:
            found = who_reaches(database, target)
        except QuestionError:
            continue  # the service has no action on such a thing
        for each in found:
            levels = answers[each.principal.arn]
            for level, answer in each.levels.items():
                if level not in levels or answer.verdict == "allowed":
                    levels[level] = (answer, target)
    return sorted(map(_reaching, answers.values()), key=_weight)


def _reaching(levels: dict[str, tuple[Answer, str]]) -> Reaching:
    most, target = next(levels[level] for level in LEVELS if level in levels)
    principal = most.principal
    return Reaching(
        principal.arn,
        principal.type.value,
        "root user" if principal.type == "root" else principal.name or principal.arn,
        principal.account,
        {level: answer.verdict.value for level, (answer, _) in levels.items()},
        most.action,
        target,
    )


def _weight(each: Reaching) -> tuple[list[str], str, str]:
    return [each.levels.get(level, "none") for level in LEVELS], each.account, each.name.lower()

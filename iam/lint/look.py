"""One look at one policy: what is known about it, what was found, and the limits of the effort."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from iam.catalogue import nearest_actions, nearest_condition_keys, services
from iam.catalogue_patterns import nearest
from iam.condition import Condition
from iam.document import PolicyKind, Problem, Statement
from iam.lint.rules import Rule

MAXIMUM_PROBLEMS = 200
"""So many warnings about one policy are kept; nobody reads more, and a hostile policy could give millions."""

# Finding the nearest name takes up to a quarter of a second where nothing is alike.
_MAXIMUM_GUESSES = 8
# Comparing a resource with all types of its service takes some milliseconds at worst, and looking for a
# contradiction some more. The largest policy that AWS takes from customers has room for some 1,000 resources.
_MAXIMUM_RESOURCES = 1_000
_MAXIMUM_SOLUTIONS = 40
_NAMES_SHOWN = 5
_KEY_SHOWN = 60  # as in the places that reading gives


class Enough(Exception):
    """The limit of warnings about one policy is reached."""


@dataclass
class Look:
    """What the rules know of the policy, and where they say what they find.

    `accounts` are the ids of the accounts of the policy's owner, or nothing where they are not known.
    """

    kind: PolicyKind
    managed_by_aws: bool = False
    accounts: Collection[str] = ()
    found: list[Problem] = field(default_factory=list)
    guesses: int = 0
    resources: int = 0
    solutions: int = 0

    def say(self, rule: Rule, place: str, text: str) -> None:
        """Keep a warning. Raises Enough when there are too many."""
        if len(self.found) >= MAXIMUM_PROBLEMS:
            raise Enough
        problem = Problem(rule.name, place, text, fatal=False)
        if problem not in self.found[-_NAMES_SHOWN:]:
            self.found.append(problem)

    @property
    def left_out(self) -> bool:
        """Whether something was not looked at for want of time."""
        return self.resources > _MAXIMUM_RESOURCES or self.solutions > _MAXIMUM_SOLUTIONS

    def may_compare(self, resources: int) -> bool:
        """Whether there is time left to compare so many more resources with their types."""
        self.resources += resources
        return self.resources <= _MAXIMUM_RESOURCES

    def may_solve(self) -> bool:
        """Whether there is time left to look for one more contradiction."""
        self.solutions += 1
        return self.solutions <= _MAXIMUM_SOLUTIONS

    def nearest_action(self, name: str) -> str:
        """`; nearest: s3:GetObject`, or nothing where there is none or enough has been guessed."""
        return self._guess(nearest_actions(name, 2)) if self._may_guess() else ""

    def nearest_service(self, name: str) -> str:
        """The same for a service prefix."""
        return self._guess(nearest(name.lower(), services(), 2)) if self._may_guess() else ""

    def nearest_key(self, name: str) -> str:
        """The same for a condition key."""
        return self._guess(nearest_condition_keys(name, 2)) if self._may_guess() else ""

    def _may_guess(self) -> bool:
        self.guesses += 1
        return self.guesses <= _MAXIMUM_GUESSES

    @staticmethod
    def _guess(names: Sequence[str]) -> str:
        return f"; nearest: {' or '.join(names)}" if names else ""


def place(statement: Statement, element: str) -> str:
    """`Statement[2].Action`."""
    return f"Statement[{statement.index}].{element}"


def tested(statement: Statement, condition: Condition) -> str:
    """`Statement[2].Condition.StringEquals.s3:prefix`."""
    return place(statement, f"Condition.{condition.operator_text}.{condition.name[:_KEY_SHOWN]}")


def quoted(text: str) -> str:
    """A text of a policy within a sentence, cut to a readable length, control characters made visible."""
    shown = repr(text)
    return shown if len(shown) <= 100 else shown[:97] + "..."


def listed(texts: Iterable[str]) -> str:
    """Several texts of a policy within a sentence, the first few of them."""
    every = list(texts)
    rest = len(every) - _NAMES_SHOWN
    shown = ", ".join(map(quoted, every[:_NAMES_SHOWN]))
    return f"{shown} and {rest:,} more" if rest > 0 else shown

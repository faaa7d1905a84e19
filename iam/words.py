"""What is left open, in words and as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from iam.condition import Condition
from iam.formula import All, Any, Formula, Not, tests


@dataclass(frozen=True, slots=True)
class Need:
    """A fact beyond the request's context that an answer hangs on and the data doesn't show."""

    text: str

    @property
    def keys(self) -> frozenset[str]:
        """The fact itself, under a name that no context key has."""
        return frozenset({f"need: {self.text}"})

    def holds(self, values: Mapping[str, object]) -> bool:
        """Whether the fact is among `values`, under its text."""
        return bool(values.get(f"need: {self.text}"))

    def words(self, *, negated: bool = False) -> str:
        """The fact in words."""
        return f"not: {self.text}" if negated else self.text

    def data(self, *, negated: bool = False) -> dict[str, object]:
        """The fact for programs."""
        return {"need": self.text, "negated": negated}


def put_into_words(formula: Formula) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The conditions and the needs that a formula comes to; all of them together must hold."""
    conditions: list[str] = []
    needs: list[str] = []
    parts = formula.parts if type(formula) is All else (formula,)
    present = _present(parts)
    for part in parts:
        if isinstance(part, bool):
            continue
        only_needs = all(isinstance(test, Need) for test in tests(part))
        (needs if only_needs else conditions).append(words(part, present))
    return tuple(conditions), tuple(needs)


def _present(parts: Iterable[Formula]) -> frozenset[str]:
    """The context keys that a request must have for all parts to hold."""
    found = set()
    for part in parts:
        test = part.test if isinstance(part, Not) else part
        if not isinstance(test, Condition) or test.has_variables or test.actual is not None:
            continue
        if test.holds({}) == isinstance(part, Not):
            found.add(test.key)
    return frozenset(found)


def open_points(formula: Formula) -> int:
    """On how many conditions and needs a formula hangs: 0 for one that holds, at least 1 for any other."""
    if formula is True:
        return 0
    return len(formula.parts) if type(formula) is All else 1


def words(formula: Formula, present: frozenset[str] = frozenset()) -> str:
    """A formula as a person says it; of keys that are known to be `present`, absence is not spoken of."""
    if isinstance(formula, bool):
        return "always" if formula else "never"
    if isinstance(formula, Any):
        return " or ".join(_bracketed(part, present) for part in formula.parts)
    if isinstance(formula, All):
        present |= _present(formula.parts)
        return " and ".join(_bracketed(part, present) for part in formula.parts)
    test, negated = (formula.test, True) if isinstance(formula, Not) else (formula, False)
    if isinstance(test, Condition):
        return test.words(negated=negated, present=test.key in present)
    return test.words(negated=negated)


def _bracketed(part: Formula, present: frozenset[str]) -> str:
    return f"({words(part, present)})" if isinstance(part, All) else words(part, present)


def data(formula: Formula) -> object:
    """A formula for programs: true, false, `{"all": [...]}`, `{"any": [...]}`, or one test."""
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, Any):
        return {"any": [data(part) for part in formula.parts]}
    if isinstance(formula, All):
        return {"all": [data(part) for part in formula.parts]}
    if isinstance(formula, Not):
        return formula.test.data(negated=True)
    return formula.data()

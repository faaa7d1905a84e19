"""The same formula said otherwise, as far as that helps to say it shorter.

A test of several values is several tests, of which some may be superfluous; what is left is put together again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from iam.condition import FOR_ANY, Condition
from iam.formula import All, Any, Formula, Not, Test, all_of, any_of, negate, substitute, tests
from iam.operators import OPERATORS

_MOST_VALUES = 12
_ORDERED = ("number", "date")
_OPPOSITES = {"LessThan": "GreaterThanEquals", "GreaterThan": "LessThanEquals"}
_OPPOSITES |= {other: one for one, other in _OPPOSITES.items()}


def apart(formula: Formula) -> Formula:
    """Tests of several values as tests of one each, where another test may make some of them superfluous."""
    conditions = {test for test in tests(formula) if isinstance(test, Condition)}
    alike = Counter(test.key for test in conditions)
    several = {
        test
        for test in conditions
        if 1 < len(test.values) <= _MOST_VALUES
        and (alike[test.key] > 1 or test.operator.wildcards)
        and _adds_up(test)
    }
    if not several:
        return formula

    def split(test: Test) -> Formula:
        if test not in several or not isinstance(test, Condition):
            return test
        each = [replace(test, values=(value,)) for value in test.values]
        return all_of(each) if test.operator.negated else any_of(each)

    return substitute(formula, split)


def together(formula: Formula) -> Formula:
    """What all alternatives have in common said once, and tests of one key as one test of several values.

    Formulas about resources alone are left as they are: they are many, and nobody reads them.
    """
    if not any(isinstance(test, Condition) for test in tests(formula)):
        return formula
    return _together(formula)


def _together(formula: Formula) -> Formula:
    if not isinstance(formula, All):
        return formula
    either = isinstance(formula, Any)
    parts = [_together(part) for part in formula.parts]
    sides = [part.parts if type(part) is All else (part,) for part in parts]
    shared = [each for each in sides[0] if either and all(each in side for side in sides[1:])]
    if shared:
        unshared = any_of([all_of([each for each in side if each not in shared]) for side in sides])
        return _together(all_of([*shared, unshared]))
    merged: dict[object, Formula] = {}
    for part in parts:
        test, negated = (part.test, True) if isinstance(part, Not) else (part, False)
        # one of several values is either of them; none of several is neither
        if isinstance(test, Condition) and _adds_up(test) and (test.operator.negated == negated) == either:
            kind = (test.key, test.operator.name, test.quantifier, test.if_exists)
            known = merged.get(kind, part)
            first = known.test if isinstance(known, Not) else known
            values = dict.fromkeys((*first.values, *test.values))  # type: ignore[union-attr]
            made = replace(test, values=tuple(values))
            merged[kind] = negate(made) if negated else made
        else:
            merged[part] = part
    return any_of(merged.values()) if either else all_of(merged.values())


def _adds_up(test: Condition) -> bool:
    """Whether the test is met by each of its values by itself (or, negated, fails by each)."""
    return (
        not test.has_variables
        and test.actual is None
        and test.operator.family != "null"
        and test.quantifier in ("", FOR_ANY)
        and not (test.quantifier and test.operator.negated)
    )


def opposites(formula: Formula) -> dict[Condition, Condition]:
    """For each comparison of order the one that says its opposite: at most 5 for greater than 5."""
    found = {}
    for test in tests(formula):
        if isinstance(test, Condition) and test.operator.family in _ORDERED and len(test.values) == 1:
            prefix = "Numeric" if test.operator.family == "number" else "Date"
            name = _OPPOSITES.get(test.operator.name.removeprefix(prefix))
            if name is not None and not test.quantifier and test.actual is None:
                found[test] = replace(test, operator=OPERATORS[(prefix + name).lower()], if_exists=False)
    return found


def turned(formula: Formula, opposite: dict[Condition, Condition]) -> Iterator[Formula]:
    """The formula with one comparison that must not hold replaced by its opposite."""
    for test, other in opposite.items():
        made = _replaced(formula, Not(test), other)
        if made != formula:
            yield made


def _replaced(formula: Formula, literal: Formula, by: Formula) -> Formula:
    if formula == literal:
        return by
    if not isinstance(formula, All):
        return formula
    parts: Sequence[Formula] = [_replaced(part, literal, by) for part in formula.parts]
    return any_of(parts) if isinstance(formula, Any) else all_of(parts)


def length(formula: Formula) -> int:
    """How many tests a formula holds, repeated ones too."""
    return sum(1 for _ in tests(formula))

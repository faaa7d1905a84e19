"""On which resources an answer holds, where the question leaves the resource open."""

from __future__ import annotations

from dataclasses import dataclass

from iam.decision import Decision, Verdict
from iam.formula import All, Any, Formula, Not, all_of, any_of, negate, replace, tests
from iam.question import RESOURCE, ResourceTest
from iam.solve import Solver, simplify


@dataclass(frozen=True, slots=True)
class Scope:
    """The best verdict that some resource gets, what it still hangs on, and the resources that get it.

    `resources` are patterns; `except_resources` is cut out of them again.
    """

    verdict: Verdict
    open: Formula
    resources: tuple[str, ...] = ()
    except_resources: tuple[str, ...] = ()


def scope_of(decision: Decision, asked: str, *, open_resource: bool) -> Scope:
    """The scope of a decision on a resource, or on patterns of resources (`open_resource`)."""
    open_ = decision.open
    if not open_resource or isinstance(open_, bool) or not _asks_for_resource(open_):
        return Scope(decision.verdict, open_, (asked,))
    solver = Solver([open_])
    classes = solver.classes(RESOURCE)
    if classes is None:
        return Scope(decision.verdict, open_, (asked,))
    left = [(truths, simplify(replace(open_, truths))) for truths in classes]
    good = [truths for truths, formula in left if formula is True]
    verdict, rest = Verdict.ALLOWED, True
    if not good:
        good = [truths for truths, formula in left if formula is not False]
        verdict, rest = Verdict.DEPENDS, simplify(any_of(formula for _, formula in left))  # type: ignore[assignment]
    where = simplify(
        any_of(all_of(test if truth else negate(test) for test, truth in each.items()) for each in good)
    )
    if not good:
        return Scope(Verdict.DENIED, False)
    resources, excepted = _described(where, asked)
    return Scope(verdict, rest, resources, excepted)


def _asks_for_resource(formula: Formula) -> bool:
    return any(RESOURCE in test.keys for test in tests(formula))


def _described(where: Formula, asked: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The patterns in which a formula over resources holds, and those cut out."""
    resources: dict[str, None] = {}
    excepted: dict[str, None] = {}
    for part in where.parts if isinstance(where, Any) else (where,):
        inner = part.parts if type(part) is All else (part,)
        positive = [each.text for each in inner if isinstance(each, ResourceTest)]
        # the longest pattern says most where several must match at once
        resources[max(positive, key=len) if positive else asked] = None
        excepted.update(
            (each.test.text, None)
            for each in inner
            if isinstance(each, Not) and isinstance(each.test, ResourceTest)
        )
    return tuple(resources), tuple(excepted)

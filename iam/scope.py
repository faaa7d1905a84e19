"""On which resources an answer holds, where the question leaves the resource open."""

from __future__ import annotations

from dataclasses import dataclass

from iam.decision import Decision, Verdict
from iam.formula import All, Any, Formula, Not, Test, all_of, any_of, negate, replace, tests
from iam.question import RESOURCE, ResourceTest
from iam.solve import Solver, equivalent, simplify


@dataclass(frozen=True, slots=True)
class Scope:
    """The best verdict that some resource gets, what it still hangs on, and the resources that get it.

    `resources` are patterns; `except_resources` is cut out of them again.
    """

    verdict: Verdict
    open: Formula
    resources: tuple[str, ...] = ()
    except_resources: tuple[str, ...] = ()


def scope_of(decision: Decision, about: tuple[str, ...], *, open_resource: bool) -> Scope:
    """The scope of a decision on a resource, or on patterns of resources (`open_resource`).

    `about` is the resource, or the patterns, as text.
    """
    open_ = decision.open
    if not open_resource or isinstance(open_, bool) or not _asks_for_resource(open_):
        return Scope(decision.verdict, open_, about)
    solver = Solver([open_])
    classes = solver.classes(RESOURCE)
    if classes is None:
        return _by_example(decision, about)
    left = [(truths, simplify(replace(open_, truths))) for truths in classes]
    good = [truths for truths, formula in left if formula is True]
    verdict, rest = Verdict.ALLOWED, True
    if not good:
        verdict, rest = Verdict.DEPENDS, simplify(any_of(formula for _, formula in left))  # type: ignore[assignment]
        possible = [(truths, formula) for truths, formula in left if formula is not False]
        # where some resources take no more than that, those that take more are left out
        alike = len({formula for _, formula in possible}) == 1
        least = [] if alike else [truths for truths, formula in possible if equivalent(formula, rest)]
        good = least or [truths for truths, _ in possible]
    where = simplify(
        any_of(all_of(test if truth else negate(test) for test, truth in each.items()) for each in good)
    )
    if not good:
        return Scope(Verdict.DENIED, False)
    resources, excepted = _described(where, about)
    return Scope(verdict, rest, resources, excepted)


def _by_example(decision: Decision, about: tuple[str, ...]) -> Scope:
    """The scope where the patterns are too many to walk: found by one resource of each pattern.

    What holds for an example holds for at least that resource; what no example shows is left open.
    """
    found = [t for t in dict.fromkeys(tests(decision.open)) if isinstance(t, ResourceTest)]
    settled = [test for test in found if test.template.pattern is not None]
    certain: dict[str, None] = {}
    excepted: dict[str, None] = {}
    for test in settled:
        example = test.text.replace("*", "example").replace("?", "e")
        if test.asked is not None and not test.asked.includes(example):
            continue
        truths: dict[Test, bool] = {each: each.holds({RESOURCE: example}) for each in settled}
        if simplify(replace(decision.open, truths)) is True:
            certain[test.text] = None
            inside = (each for each in settled if not truths[each] and _lies_in(each, test))
            excepted.update((each.text, None) for each in inside)
    if not certain:
        return Scope(decision.verdict, decision.open, about)
    return Scope(Verdict.ALLOWED, True, tuple(certain), tuple(excepted))


def _lies_in(inner: ResourceTest, outer: ResourceTest) -> bool:
    pattern = outer.template.pattern
    return pattern is not None and pattern.matches(inner.text.replace("*", "x"))


def _asks_for_resource(formula: Formula) -> bool:
    return any(RESOURCE in test.keys for test in tests(formula))


def _described(where: Formula, about: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The patterns in which a formula over resources holds, and those cut out."""
    resources: dict[str, None] = {}
    excepted: dict[str, None] = {}
    for part in where.parts if isinstance(where, Any) else (where,):
        inner = part.parts if type(part) is All else (part,)
        positive = [each.text for each in inner if isinstance(each, ResourceTest)]
        # the longest pattern says most where several must match at once
        resources.update(dict.fromkeys([max(positive, key=len)] if positive else about))
        excepted.update(
            (each.test.text, None)
            for each in inner
            if isinstance(each, Not) and isinstance(each.test, ResourceTest)
        )
    return tuple(resources), tuple(excepted)

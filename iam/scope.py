"""On which resources an answer holds, where the question leaves the resource open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_scope

from iam.decision import Decision, Verdict
from iam.formula import All, Any, Formula, Not, Test, all_of, any_of, negate, replace, tests
from iam.overlap import Related, covers, meet, shared, without_lesser
from iam.question import RESOURCE, ResourceTest
from iam.solve import Solver, equivalent, simplify


@dataclass(frozen=True, slots=True)
class Scope:
    """The best verdict that some resource gets, what it still hangs on, and the resources that get it.

    `resources` are patterns; `except_resources` is cut out of them again, save for those that lie in what is cut
    out: of `*` and `b/x/*` without `b/*`, `b/x/*` is left of what is in `b`.
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


def joined(
    general: Sequence[Scope], loaded: Sequence[Scope], left_out: Iterable[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The resources of several scopes, and what is cut out of them.

    `general` scopes are about all but the loaded resources that others are about. What one cuts out and no loaded
    one holds on stays cut out, and so do the patterns that are `left_out` of all.
    """
    scopes = [*general, *loaded]
    resources = dict.fromkeys(text for scope in scopes for text in scope.resources)
    holding = Related((text, scope) for scope in loaded for text in scope.resources)
    excepted: dict[str, None] = {}
    for scope in scopes:
        for text in scope.except_resources:
            others = [(each, other) for each, other in holding.to(text) if other is not scope]
            if any(_holds_on(other, text) for _, other in others):
                continue
            excepted[text] = None
            # what others hold on there is named once more, within what is cut out
            for each, other in others:
                common = shared(each, text) or ()
                resources.update((part, None) for part in common if _holds_on(other, part))
    named = Related((text, None) for text in resources)
    for text in left_out:
        if any(meet(each, text) and not covers(text, each) for each, _ in named.to(text)):
            excepted[text] = None
    return _without_lesser(tuple(resources), tuple(excepted)), tuple(excepted)


def kept_to(scope: Scope, about: tuple[str, ...]) -> Scope:
    """A scope in which no pattern is wider than what it is about; less is named where it takes too many words."""
    kept: list[str] = []
    for text in scope.resources:
        cut_out = [each for each in scope.except_resources if not covers(each, text)]
        parts = [shared(text, each) for each in about]
        found = [each for part in parts for each in part or ()]
        kept += [each for each in found if not any(covers(cut, each) for cut in cut_out)]
    return replace_scope(scope, resources=_without_lesser(tuple(kept), scope.except_resources) or about)


def _without_lesser(resources: tuple[str, ...], excepted: tuple[str, ...]) -> tuple[str, ...]:
    """Patterns without those that others cover; what is named within what is cut out stays."""
    left = set(without_lesser(resources))
    cut_out = Related((text, None) for text in excepted)
    kept = (
        each for each in resources if each in left or any(covers(cut, each) for cut, _ in cut_out.to(each))
    )
    return tuple(dict.fromkeys(kept))


def _holds_on(scope: Scope, text: str) -> bool:
    inside = any(covers(each, text) for each in scope.resources)
    return inside and not any(meet(each, text) for each in scope.except_resources)


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
    found = []
    for part in where.parts if isinstance(where, Any) else (where,):
        inner = part.parts if type(part) is All else (part,)
        excepted = tuple(
            each.test.text for each in inner if isinstance(each, Not) and isinstance(each.test, ResourceTest)
        )
        positive = [each.text for each in inner if isinstance(each, ResourceTest)]
        resources = _common(positive) if positive else about
        resources = tuple(each for each in resources if not any(covers(cut, each) for cut in excepted))
        found.append(Scope(Verdict.ALLOWED, True, resources, excepted))
    return joined([], found) if len(found) > 1 else (found[0].resources, found[0].except_resources)


def _common(patterns: list[str]) -> tuple[str, ...]:
    """Patterns for what several have in common; the longest, which says most, where it can't be said in few."""
    found: tuple[str, ...] = tuple(patterns[:1])
    for each in patterns[1:]:
        parts = [shared(one, each) for one in found]
        if None in parts:
            return (max(patterns, key=len),)
        found = without_lesser(tuple(text for part in parts for text in part or ()))
    return found or (max(patterns, key=len),)

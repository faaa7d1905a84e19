"""Boolean formulas over what a request leaves open.

A formula is True, False, or a tree of `All`, `Any` and `Not` over tests of context keys. The evaluator builds
one per layer; here they are combined, solved and made small. Solving goes key by key: each key has a few
*classes* of values that its tests cannot tell apart, so trying one value of each class decides everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol


class Test(Protocol):
    """One question about a request, mostly about one context key of it."""

    @property
    def keys(self) -> frozenset[str]:
        """The keys that the answer hangs on, in lower case."""

    def holds(self, values: Mapping[str, object]) -> bool:
        """Whether the test is met in a request that has just these values."""

    def words(self, *, negated: bool = False) -> str:
        """The test, or its opposite, as a person says it."""

    def data(self, *, negated: bool = False) -> dict[str, object]:
        """The test for programs: key, operator, values, negated."""

    def __hash__(self) -> int:
        """Equal tests have equal hashes."""


class All:
    """Every part holds."""

    __slots__ = ("_hash", "parts")

    def __init__(self, parts: tuple[Formula, ...]) -> None:
        self.parts = parts
        self._hash = hash((type(self).__name__, frozenset(parts)))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return type(self) is type(other) and self._hash == hash(other) and _same_parts(self, other)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self.parts!r}"


class Any(All):
    """At least one part holds."""

    __slots__ = ()


class Not:
    """The test does not hold. Only tests are negated; `negate` pushes it down to them."""

    __slots__ = ("_hash", "test")

    def __init__(self, test: Test) -> None:
        self.test = test
        self._hash = hash((Not, test))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Not) and self.test == other.test)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Not({self.test!r})"


Formula = bool | All | Any | Not | Test


def _same_parts(one: All, other: object) -> bool:
    return isinstance(other, All) and (one.parts == other.parts or set(one.parts) == set(other.parts))


def all_of(parts: Iterable[Formula]) -> Formula:
    """The formula that holds when every part does."""
    return _combine(parts, All, neutral=True)


def any_of(parts: Iterable[Formula]) -> Formula:
    """The formula that holds when one part does."""
    return _combine(parts, Any, neutral=False)


def _combine(parts: Iterable[Formula], kind: type[All], *, neutral: bool) -> Formula:
    kept: dict[Formula, None] = {}
    for part in parts:
        if part is neutral:
            continue
        if part is (not neutral):
            return not neutral
        for inner in part.parts if type(part) is kind else (part,):
            if kept and negate(inner) in kept:
                return not neutral
            kept[inner] = None
    if not kept:
        return neutral
    if len(kept) == 1:
        return next(iter(kept))
    # What holds by itself makes the parts that hold it superfluous (absorption).
    dual = Any if kind is All else All
    if not any(type(part) is dual for part in kept):
        return kind(tuple(kept))
    slim = tuple(
        part for part in kept
        if not (type(part) is dual and any(inner in kept for inner in part.parts))
    )  # fmt: skip
    return slim[0] if len(slim) == 1 else kind(slim)


def negate(formula: Formula) -> Formula:
    """The formula that holds exactly when this one does not."""
    if isinstance(formula, bool):
        return not formula
    if isinstance(formula, Not):
        return formula.test
    if isinstance(formula, Any):
        return All(tuple(negate(part) for part in formula.parts))
    if isinstance(formula, All):
        return Any(tuple(negate(part) for part in formula.parts))
    return Not(formula)


def tests(formula: Formula) -> Iterator[Test]:
    """Every test within the formula, from left to right, repeated ones too."""
    if isinstance(formula, bool):
        return
    if isinstance(formula, All):
        for part in formula.parts:
            yield from tests(part)
    elif isinstance(formula, Not):
        yield formula.test
    else:
        yield formula


def replace(formula: Formula, truths: Mapping[Test, bool]) -> Formula:
    """The formula with some of its tests answered."""
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, Any):
        return any_of(replace(part, truths) for part in formula.parts)
    if isinstance(formula, All):
        return all_of(replace(part, truths) for part in formula.parts)
    if isinstance(formula, Not):
        truth = truths.get(formula.test)
        return formula if truth is None else not truth
    return truths.get(formula, formula)


def substitute(formula: Formula, answer: Callable[[Test], Formula]) -> Formula:
    """The formula with each test put through `answer`, which may leave it as it is."""
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, Any):
        return any_of([substitute(part, answer) for part in formula.parts])
    if isinstance(formula, All):
        return all_of([substitute(part, answer) for part in formula.parts])
    if isinstance(formula, Not):
        return negate(answer(formula.test))
    return answer(formula)


def evaluate(formula: Formula, values: Mapping[str, object]) -> bool:
    """Whether the formula holds for a request with just these values, keys in lower case."""
    return replace(formula, {test: test.holds(values) for test in set(tests(formula))}) is True

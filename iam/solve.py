"""Solving formulas: can it hold, must it hold, and what is its smallest form?

For each key the values that a request may have fall into few classes that the tests at hand can't tell
apart. Trying one value of each class, key after key, gives a decision diagram; equal diagrams are equal
formulas. Where the classes of a key can't be found its tests count as independent of each other: the answer
is then still right, only perhaps not the shortest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from iam.classes import value_classes
from iam.formula import All, Any, Formula, Test, all_of, any_of, replace, tests
from iam.restate import apart, length, opposites, together, turned

_MAXIMUM_WORK = 200_000
_MAXIMUM_LITERALS = 48

Truths = dict[Test, bool]
Diagram = bool | tuple[object, ...]


class TooEntangled(Exception):
    """The formula has more cases than are worth walking."""


class Solver:
    """Walks formulas over one set of tests; formulas over the same tests can be compared."""

    def __init__(self, formulas: Iterable[Formula]) -> None:
        found = dict.fromkeys(test for formula in formulas for test in tests(formula))
        groups: dict[str, list[Test]] = defaultdict(list)
        for test in found:
            keys = test.keys
            groups[next(iter(keys)) if len(keys) == 1 else " ".join(sorted(keys))].append(test)
        self._choices: list[tuple[frozenset[Test], list[Truths]]] = []
        for key, group in groups.items():
            classes = value_classes(key, group) if all(len(test.keys) == 1 for test in group) else None
            if classes is not None:
                self._choices.append((frozenset(group), classes))
            else:
                self._choices += [(frozenset([t]), [{t: True}, {t: False}]) for t in group]
        # every node costs as much as the formula is long
        self._maximum_nodes = max(64, min(4_000, _MAXIMUM_WORK // (len(found) + 1)))
        self._diagrams: dict[tuple[int, Formula], Diagram] = {}

    def diagram(self, formula: Formula) -> Diagram:
        """The formula's decision diagram; two formulas are equivalent when theirs are equal.

        Raises TooEntangled.
        """
        return self._diagram(formula, 0)

    def _diagram(self, formula: Formula, level: int) -> Diagram:
        if isinstance(formula, bool):
            return formula
        known = self._diagrams.get((level, formula))
        if known is not None:
            return known
        if len(self._diagrams) > self._maximum_nodes:
            raise TooEntangled
        _, classes = self._choices[level]
        branches = tuple(self._diagram(replace(formula, truths), level + 1) for truths in classes)
        made: Diagram = (level, *branches)
        if all(branch == branches[0] for branch in branches):
            made = branches[0]
        self._diagrams[level, formula] = made
        return made

    def classes(self, key: str) -> list[Truths] | None:
        """The classes of values of one key, as the answers its tests give; None if they can't be told."""
        found = [classes for group, classes in self._choices if any(key in test.keys for test in group)]
        if not found:
            return [{}]
        return found[0] if len(found) == 1 else None


def simplify(formula: Formula) -> Formula:
    """The smallest formula found that is equivalent: contradictions become False, tautologies True.

    Smallest in that no test can be dropped from it. Past certain sizes the formula is left as it is.
    """
    return formula if isinstance(formula, bool) else _simplified(formula)


@lru_cache(maxsize=16384)
def _simplified(formula: Formula) -> Formula:
    solver = Solver([formula])
    try:
        target = solver.diagram(formula)
        if isinstance(target, bool):
            return target
        if length(formula) > _MAXIMUM_LITERALS:
            return formula
        return together(_shrink(formula, target, solver))
    except TooEntangled:
        return formula


def _shrink(formula: Formula, target: Diagram, solver: Solver) -> Formula:
    """Drop one part after another, as long as the meaning stays."""
    parts, opposite = apart(formula), opposites(formula)
    if (parts != formula or opposite) and length(parts) <= _MAXIMUM_LITERALS:
        finer = Solver([parts, *opposite.values()])
        try:
            target, solver, formula = finer.diagram(parts), finer, parts
        except TooEntangled:
            opposite = {}
    else:
        opposite = {}
    changed = True
    while changed:
        changed = False
        for smaller in (*_smaller(formula), *turned(formula, opposite)):
            if solver.diagram(smaller) == target:
                formula, changed = smaller, True
                break
    return formula


def _smaller(formula: Formula) -> Iterable[Formula]:
    """The formula with one part less, larger parts first."""
    if not isinstance(formula, All):
        return
    combine = any_of if isinstance(formula, Any) else all_of
    order = sorted(range(len(formula.parts)), key=lambda at: -length(formula.parts[at]))
    for at in order:
        yield combine(part for place, part in enumerate(formula.parts) if place != at)
    for at in order:
        for smaller in _smaller(formula.parts[at]):
            parts: Sequence[Formula] = [*formula.parts[:at], smaller, *formula.parts[at + 1 :]]
            yield combine(parts)


def satisfiable(formula: Formula) -> bool:
    """Whether some request makes it hold. True where that can't be found out."""
    return formula if isinstance(formula, bool) else _satisfiable(formula)


@lru_cache(maxsize=16384)
def _satisfiable(formula: Formula) -> bool:
    """Found by the diagram alone: the smallest form, which takes many times as long, isn't asked for."""
    try:
        return Solver([formula]).diagram(formula) is not False
    except TooEntangled:
        return True


def equivalent(one: Formula, other: Formula) -> bool | None:
    """Whether two formulas hold for the same requests; None where that can't be found out."""
    solver = Solver([one, other])
    try:
        return solver.diagram(one) == solver.diagram(other)
    except TooEntangled:
        return None

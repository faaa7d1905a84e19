"""What two patterns of ARNs have in common, said in patterns again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Generic, TypeVar

from iam.nesting import holder_of
from iam.pattern import arn_pattern
from iam.question import Asked

# More alternatives than this say nothing to anybody, and longer texts aren't walked.
_MOST = 24
_LONGEST = 400


def covers(wide: str, narrow: str) -> bool:
    """Whether one pattern matches all that another one does, as far as that can be told."""
    if wide == narrow:
        return True
    if _apart(wide, narrow):
        return False
    return Asked((arn_pattern(narrow),)).combinations([arn_pattern(wide)]) == [(True,)]


def meet(one: str, other: str) -> bool:
    """Whether two patterns match something in common; True where that can't be told."""
    if _apart(one, other):
        return False
    found = Asked((arn_pattern(one),)).combinations([arn_pattern(other)])
    return found is None or (True,) in found


def _apart(one: str, other: str) -> bool:
    first, second = _beginning(one), _beginning(other)
    length = min(len(first), len(second))
    return first[:length] != second[:length]


@lru_cache(maxsize=65536)
def _beginning(text: str) -> str:
    """What stands before the first wildcard."""
    return re.split(r"[*?]", text, maxsplit=1)[0]


@lru_cache(maxsize=65536)
def _within(text: str) -> str:
    """The one resource in which all lies that a pattern matches; empty where the pattern doesn't tell."""
    beginning = _beginning(text)
    return holder_of(beginning) or (text if beginning == text else "")


T = TypeVar("T")


class Related(Generic[T]):
    """Things under patterns, to find those whose pattern may meet another one.

    Most patterns lie in one resource each, and only those in the same one can meet.
    """

    def __init__(self, pairs: Iterable[tuple[str, T]]) -> None:
        self._within: dict[str, list[tuple[str, T]]] = {}
        for text, thing in pairs:
            self._within.setdefault(_within(text), []).append((text, thing))

    def to(self, text: str) -> Iterator[tuple[str, T]]:
        """The patterns that may have something in common with one, and what stands under each."""
        within = _within(text)
        if within:
            yield from self._within.get(within, ())
            yield from self._within.get("", ())
        else:
            for pairs in self._within.values():
                yield from pairs


def without_lesser(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Patterns without those that another one covers."""
    distinct = dict.fromkeys(texts)
    places = {text: at for at, text in enumerate(distinct)}
    related = Related((text, None) for text in distinct)
    return tuple(
        each
        for each in distinct
        if not any(
            other != each
            and covers(other, each)
            and (places[other] < places[each] or not covers(each, other))
            for other, _ in related.to(each)
        )
    )


@lru_cache(maxsize=4096)
def shared(one: str, other: str) -> tuple[str, ...] | None:
    """Patterns for what two patterns have in common; None where no few of them say it."""
    if covers(other, one):
        return (one,)
    if covers(one, other):
        return (other,)
    if not meet(one, other):
        return ()
    first, second = one.split(":", 5), other.split(":", 5)
    if len(first) != 6 or len(second) != 6 or max(len(one), len(other)) > _LONGEST:
        return None
    head = []
    for mine, theirs in zip(first[:5], second[:5], strict=True):
        if mine != theirs and "*" not in (mine, theirs):
            return None
        head.append(theirs if mine == "*" else mine)
    found = _Both(first[5], second[5]).found()
    if found is None:
        return None
    kept = without_lesser(tuple(":".join([*head, text]) for text in found))
    return kept if len(kept) <= _MOST else None


class _Both:
    """Two texts with `*` and `?`, walked side by side from their ends."""

    def __init__(self, one: str, other: str) -> None:
        self.one, self.other = one, other

    def found(self) -> set[str] | None:
        """Texts with `*` and `?` that stand together for what both match; None past some number of them."""
        one, other = self.one, self.other
        rows: list[set[str]] = []
        for i in range(len(one), -1, -1):
            row: list[set[str]] = [set() for _ in range(len(other) + 1)]
            for j in range(len(other), -1, -1):
                row[j] = _step(one[i : i + 1], other[j : j + 1], rows, row, j)
                if len(row[j]) > 8 * _MOST:
                    return None
            rows = row
        return rows[0]


def _step(mine: str, theirs: str, below: list[set[str]], row: list[set[str]], j: int) -> set[str]:
    """What is common to two rests that begin with these characters, or with nothing."""
    if not mine and not theirs:
        return {""}
    after_mine = below[j] if mine else set()
    after_theirs = row[j + 1] if theirs else set()
    if mine == "*" and theirs == "*":
        return {_run(text) for text in after_mine | after_theirs}
    if mine == "*":
        return after_mine | {theirs + text for text in after_theirs} if theirs else after_mine
    if theirs == "*":
        return after_theirs | {mine + text for text in after_mine} if mine else after_theirs
    if not mine or not theirs or (mine != theirs and "?" not in (mine, theirs)):
        return set()
    character = theirs if mine == "?" else mine
    return {character + text for text in below[j + 1]}


def _run(text: str) -> str:
    return text if text.startswith("*") else "*" + text

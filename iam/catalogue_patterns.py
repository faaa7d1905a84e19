"""Wildcards against the catalogue: one pattern held against many short names, and two patterns against each other."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

_WILDCARD = re.compile(r"[*?]")
# Sorts behind every character that a name may hold.
_LAST = "\U0010ffff"


def matching_positions(pattern: str, names: Sequence[str]) -> Sequence[int]:
    """The positions in `names` (sorted, lower case) that `pattern` (lower case; `*` and `?`) matches.

    The text before the first wildcard finds the stretch of names by bisection; most patterns in use
    (`get*`) need nothing else.
    """
    wildcard = _WILDCARD.search(pattern)
    if wildcard is None:
        at = bisect_left(names, pattern)
        return range(at, at + 1) if at < len(names) and names[at] == pattern else ()
    prefix, rest = pattern[: wildcard.start()], pattern[wildcard.start() :]
    stretch = range(bisect_left(names, prefix), bisect_left(names, prefix + _LAST))
    if not rest.strip("*"):
        return stretch
    least = len(pattern) - pattern.count("*")  # characters that a name must have to match at all
    candidates = [at for at in stretch if len(names[at]) >= least]
    if not candidates:
        return ()
    matches = _expression(rest).fullmatch
    return [at for at in candidates if matches(names[at], len(prefix))]


def _expression(pattern: str) -> re.Pattern[str]:
    """A regular expression that never goes back: each part between two `*` takes the first place it finds."""
    first, *others = (
        re.escape(part).replace(r"\?", ".") for part in re.split(r"\*+", pattern)
    )  # fmt: skip
    if not others:
        return re.compile(first)
    middle = "".join(f"(?>.*?{part})" for part in others[:-1])
    return re.compile(f"{first}{middle}.*{others[-1]}", re.DOTALL)


def overlap(left: str, right: str) -> bool:
    """Whether some text matches both patterns (`*` and `?`), in time proportional to their lengths.

    Walks along `left` with the set of positions in `right` that can have been reached, as bits of a number.
    """
    right = re.sub(r"\*+", "*", right)
    stars = sum(1 << at for at, character in enumerate(right) if character == "*")
    single = sum(1 << at for at, character in enumerate(right) if character == "?")
    end = 1 << len(right)
    everything = 2 * end - 1
    literal: dict[str, int] = {}
    for at, character in enumerate(right):
        literal[character] = literal.get(character, single) | 1 << at
    reached = 1 | (stars & 1) << 1
    for character in left:
        if character == "*":  # stands for whatever `right` asks for, from the earliest position on
            reached = everything & ~((reached & -reached) - 1)
            continue
        moved = everything if character == "?" else literal.get(character, single)
        reached = (reached & moved & ~stars) << 1 | (reached & stars)
        reached |= (reached & stars) << 1
        if not reached:
            return False
    return bool(reached & end)

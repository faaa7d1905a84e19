"""Comparing names of the catalogue: with wildcards, pattern against pattern, and by likeness."""

from __future__ import annotations

import re
from bisect import bisect_left
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
    first, *others = (re.escape(part).replace(r"\?", ".") for part in re.split(r"\*+", pattern))
    if not others:
        return re.compile(first)
    middle = "".join(f"(?>.*?{part})" for part in others[:-1])
    return re.compile(f"{first}{middle}.*{others[-1]}", re.DOTALL)


def overlap(pattern: str, template: str, *, held: int = 0) -> bool:
    """Whether some text matches both (`*` and `?` in either), in time proportional to their lengths.

    The wildcards among the first `held` characters of `template` do not run past a colon. Walks along
    `pattern` with the set of positions in `template` that can have been reached, as bits of a number.
    """
    stars = sum(1 << at for at, character in enumerate(template) if character == "*")
    running_on = stars >> held << held
    end = 1 << len(template)
    literal: dict[str, int] = {}
    for at, character in enumerate(template):
        literal[character] = literal.get(character, 0) | 1 << at
    reached = 1 | (stars & 1) << 1
    for character in pattern:
        if character == "*":  # stands for whatever the template asks for, from the earliest position on
            reached = (2 * end - 1) & ~((reached & -reached) - 1)
            continue
        forward = ~stars if character == "?" else literal.get(character, 0)
        reached = (reached & forward) << 1 | (reached & (running_on if character == ":" else stars))
        reached |= (reached & stars) << 1
        if not reached:
            return False
    return bool(reached & end)


def nearest(wanted: str, names: Iterable[str], limit: int = 3, *, least: float = 0.6) -> list[str]:
    """The names most like `wanted`, best first; at least so much alike (0 to 1). All in lower case.

    Of a pattern, the text before its first wildcard is held against the beginnings of the names.
    """
    wildcard = _WILDCARD.search(wanted)
    # No name is longer than 200; what a policy holds instead may be, and comparing takes the square of it.
    length = min(200, wildcard.start() if wildcard else 200)
    likeness = SequenceMatcher(autojunk=False)
    likeness.set_seq2(wanted[:length])
    found = []
    for name in names:
        likeness.set_seq1(name[:length] if wildcard else name)
        if likeness.real_quick_ratio() >= least and likeness.quick_ratio() >= least:
            ratio = likeness.ratio()
            if ratio >= least:
                found.append((-ratio, name))
    return [name for _, name in sorted(found)[:limit]]

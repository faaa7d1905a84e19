"""Many principals at once: a set of them is a number whose n-th bit stands for the n-th of them.

What a pattern means is found once for all principals; where two rights hold together is one `&`. So the cost
of a question hangs on how many kinds of principals it tells apart, and not on how many there are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from iam.entities import Principal
from iam.pattern import Pattern, Wildcard

_LAST = "\U0010ffff"


class Crowd:
    """The principals that steps of escalation may start from or lead to, in the order of their ARNs."""

    def __init__(self, principals: Iterable[Principal]) -> None:
        self.members: tuple[Principal, ...] = tuple(sorted(principals, key=lambda each: each.arn))
        self.everyone = (1 << len(self.members)) - 1
        self._arns = [each.arn for each in self.members]
        self._at = {arn: at for at, arn in enumerate(self._arns)}
        self._matching: dict[Pattern, int] = {}

    def at(self, arn: str) -> int | None:
        """The place of a principal; None if it is not one of them."""
        return self._at.get(arn)

    def bit(self, arn: str) -> int:
        """The set of one principal; empty (0) if it is not one of them."""
        at = self._at.get(arn)
        return 0 if at is None else 1 << at

    def bits(self, arns: Iterable[str]) -> int:
        """The set of these principals."""
        return bits_of(at for arn in arns if (at := self._at.get(arn)) is not None)

    def of(self, bits: int) -> Iterator[Principal]:
        """The principals of a set, in order."""
        members = self.members
        return (members[at] for at in places(bits))

    def first(self, bits: int) -> Principal:
        """The first principal of a set that is not empty."""
        return self.members[(bits & -bits).bit_length() - 1]

    def matching(self, pattern: Pattern) -> int:
        """The principals whose ARN a pattern matches."""
        known = self._matching.get(pattern)
        if known is None:
            known = self._matching[pattern] = self._match(pattern)
        return known

    def _match(self, pattern: Pattern) -> int:
        if pattern.literal is not None:
            return self.bit(pattern.literal)
        if pattern.matches_everything:
            return self.everyone
        start, end = 0, len(self._arns)
        head = pattern.tokens[0]
        if isinstance(head, str):
            start, end = bisect_left(self._arns, head), bisect_left(self._arns, head + _LAST)
            rest = pattern.tokens[1:]
            if rest == (Wildcard.RUN,):
                return ((1 << (end - start)) - 1) << start
            if len(rest) == 2 and rest[0] is Wildcard.RUN and isinstance(rest[1], str):
                tail, least = rest[1], len(head) + len(rest[1])
                arns = enumerate(self._arns[start:end], start)
                return bits_of(at for at, arn in arns if arn.endswith(tail) and len(arn) >= least)
        return bits_of(at for at in range(start, end) if pattern.matches(self._arns[at]))

    def singly(self, within: int) -> list[int]:
        """A set taken apart into its principals."""
        return [1 << at for at in places(within)]

    def split(self, within: int, by: Callable[[Principal], Hashable]) -> list[int]:
        """A set taken apart by something in which its principals differ."""
        found: dict[Hashable, list[int]] = {}
        for at in places(within):
            found.setdefault(by(self.members[at]), []).append(at)
        return [within] if len(found) == 1 else [bits_of(each) for each in found.values()]


def places(bits: int) -> Iterator[int]:
    """The places of the bits that are set, lowest first."""
    text = bin(bits)[:1:-1]
    at = text.find("1")
    while at >= 0:
        yield at
        at = text.find("1", at + 1)


def bits_of(places_: Iterable[int]) -> int:
    """The number in which the bits at these places are set."""
    found = list(places_)
    if len(found) < 8:
        bits = 0
        for at in found:
            bits |= 1 << at
        return bits
    made = bytearray(max(found) // 8 + 1)
    for at in found:
        made[at >> 3] |= 1 << (at & 7)
    return int.from_bytes(made, "little")


def refine(parts: Sequence[int], by: int) -> list[int]:
    """Sets taken apart further, by who is in another set."""
    found = []
    for part in parts:
        inside = part & by
        if inside:
            found.append(inside)
        if inside != part:
            found.append(part & ~by)
    return found

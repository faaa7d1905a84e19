"""What several patterns have in common: which of them one text can match together."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from iam.pattern import Pattern, Wildcard

# A walk over several patterns at once gives up beyond this many moves of one of them, and says so.
_MAXIMUM_MOVES = 400_000
# Longer patterns aren't walked: no ARN is that long, and AWS's largest policy has 32 kB.
_MAXIMUM_LENGTH = 40_000


def combinations(
    patterns: Sequence[Pattern], within: Sequence[Pattern] = ()
) -> dict[tuple[bool, ...], str] | None:
    """Which of `patterns` can hold together: each possible combination with a short text that shows it.

    Only texts that match one of `within` count (all texts, where it is empty). None when the patterns
    are too entangled to walk within bounds; nothing may then be concluded.
    """
    if any(len(pattern.tokens) + pattern.shortest > _MAXIMUM_LENGTH for pattern in (*patterns, *within)):
        return None
    return _Walk(patterns, within or [Pattern([Wildcard.RUN])]).found()


class _Walk:
    """A walk through several patterns at once, from one character to the next.

    It goes on only as long as a pattern's answer is open: where each is certain, whatever may follow, or only
    one is left that may go either way, the combinations are written down at once.
    """

    def __init__(self, patterns: Sequence[Pattern], within: Sequence[Pattern]) -> None:
        self.machines = [pattern.machine for pattern in patterns]
        self.limits = [pattern.machine for pattern in within]
        used = {
            v for m in (*self.machines, *self.limits) for c in m.characters for v in (c, c.lower(), c.upper())
        }
        plain = map(chr, [*range(0x61, 0x7B), *range(0x30, 0x3A), *range(0xE000, 0xF8FF)])
        self.other = next(character for character in plain if character not in used)
        self.combinations: dict[tuple[bool, ...], str] = {}

    def found(self) -> dict[tuple[bool, ...], str] | None:
        """The combinations, or None."""
        start = (tuple(m.start for m in self.machines), tuple(m.start for m in self.limits))
        seen = {start}
        queue: deque[tuple[tuple[int, ...], tuple[int, ...], str]] = deque([(*start, "")])
        machines, limits, other = self.machines, self.limits, self.other
        moves = 0
        while queue:
            states, bounds, text = queue.popleft()
            if not any(bounds):
                continue
            if any(bound & limit.accepting for bound, limit in zip(bounds, limits, strict=True)):
                accepts = tuple(
                    state & machine.accepting != 0 for state, machine in zip(states, machines, strict=True)
                )
                self.combinations.setdefault(accepts, text)
            if self.settle(states, bounds, text):
                continue
            live = [at for at, state in enumerate(states) if state and state != machines[at].everything]
            characters = {other}.union(
                *(machines[at].telling(states[at]) for at in live),
                *(limit.telling(bound) for bound, limit in zip(bounds, limits, strict=True)),
            )
            moves += len(characters) * (len(live) + len(limits))
            if moves > _MAXIMUM_MOVES:
                return None
            for character in sorted(characters):
                following = list(states)
                for at in live:
                    following[at] = machines[at].step(states[at], character)
                after = tuple(
                    limit.step(bound, character) for bound, limit in zip(bounds, limits, strict=True)
                )
                state = (tuple(following), after)
                if state not in seen:
                    seen.add(state)
                    queue.append((*state, text + character))
        return self.combinations

    def settle(self, states: tuple[int, ...], bounds: tuple[int, ...], text: str) -> bool:
        """Whether nothing is left to be found by going on; then what is left is written down."""
        machines = self.machines
        live = [at for at, state in enumerate(states) if state and state != machines[at].everything]
        truths = [state == machine.everything for state, machine in zip(states, machines, strict=True)]
        if not live:
            limit, bound = next(
                (limit, bound) for limit, bound in zip(self.limits, bounds, strict=True) if bound
            )
            self.combinations.setdefault(tuple(truths), text + limit.completion(bound, self.other))
            return True
        if len(live) > 1 or not any(
            bound == limit.everything for bound, limit in zip(bounds, self.limits, strict=True)
        ):
            return False
        [at] = live
        machine = machines[at]
        if machine.everything == -1 and not machine.ends_in_text:
            return False
        completed = text + machine.completion(states[at], self.other)
        truths[at] = True
        self.combinations.setdefault(tuple(truths), completed)
        truths[at] = False
        self.combinations.setdefault(tuple(truths), completed + self.other if machine.ends_in_text else text)
        return True

"""A pattern as a machine that reads a text character by character."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum


class Wildcard(Enum):
    """A place in a pattern that stands for other text; `NOTHING` matches no text at all."""

    RUN = "*"
    ONE = "?"
    SEGMENT_RUN = "*:"
    SEGMENT_ONE = "?:"
    NOTHING = "-"

    __hash__ = object.__hash__  # the one of Enum is slow, and patterns are looked up all the time


Token = str | Wildcard

_MAXIMUM_REMEMBERED = 10_000


class Automaton:
    """A pattern as a machine whose state is a set of positions, kept as the bits of a number.

    Moves are remembered. Positions that can't change any answer are dropped from a state, so that few states
    are left: 0 is one in which nothing matches any more, `everything` one in which all that follows does.
    """

    __slots__ = (
        "_characters", "_literals", "_moves", "_ones", "_runs", "_segment_ones", "_segment_runs",
        "_swallows", "_tokens", "accepting", "characters", "ends_in_text", "everything", "start",
    )  # fmt: skip

    def __init__(self, tokens: Sequence[Token], *, ignore_case: bool = False) -> None:
        self._tokens: list[str | Wildcard] = []
        self._literals: dict[str, int] = {}
        places = dict.fromkeys(Wildcard, 0)
        bit = 1
        for token in tokens:
            if isinstance(token, Wildcard):
                places[token] |= bit
                bit <<= 1
                self._tokens.append(token)
                continue
            for character in token:
                for variant in {character, character.upper()} if ignore_case else {character}:
                    self._literals[variant] = self._literals.get(variant, 0) | bit
                bit <<= 1
                self._tokens.append(character)
        self._ones, self._segment_ones = places[Wildcard.ONE], places[Wildcard.SEGMENT_ONE]
        self._runs, self._segment_runs = places[Wildcard.RUN], places[Wildcard.SEGMENT_RUN]
        self.accepting = bit
        self.characters = frozenset(self._literals)
        self.ends_in_text = bool(self._tokens) and isinstance(self._tokens[-1], str)
        ends_in_run = bool(self._tokens) and self._tokens[-1] is Wildcard.RUN
        self.everything = bit | bit >> 1 if ends_in_run else -1
        self._swallows = self._swallowing()
        self._moves: dict[tuple[int, str], int] = {}
        self._characters: dict[int, frozenset[str]] = {}
        self.start = 0 if places[Wildcard.NOTHING] else self._settled(1)

    def _swallowing(self) -> dict[int, int]:
        """For each run the first position that it makes superfluous, along with all between the two: what
        leads from them to the run, it could swallow itself.
        """
        found: dict[int, int] = {}
        since_colon = 0
        for at, token in enumerate(self._tokens):
            if token is Wildcard.RUN:
                found[at] = 0
            elif token is Wildcard.SEGMENT_RUN:
                found[at] = since_colon
            if token in (":", Wildcard.RUN, Wildcard.ONE):
                since_colon = at + 1
        return found

    def _settled(self, state: int) -> int:
        """The state with the positions behind runs that stand for nothing, without superfluous ones."""
        runs = self._runs | self._segment_runs
        while (more := state | ((state & runs) << 1)) != state:
            state = more
        waiting = state & runs
        while waiting:
            at = waiting.bit_length() - 1
            state &= ~((1 << at) - (1 << self._swallows[at]))
            waiting &= state & ((1 << at) - 1)
        return state

    def step(self, state: int, character: str) -> int:
        """The state after one more character; 0 when the text can't match any more."""
        following = self._moves.get((state, character))
        if following is None:
            forward = self._literals.get(character, 0) | self._ones
            stay = self._runs
            if character != ":":
                forward |= self._segment_ones
                stay |= self._segment_runs
            following = self._settled(((state & forward) << 1) | (state & stay))
            if len(self._moves) < _MAXIMUM_REMEMBERED:
                self._moves[state, character] = following
        return following

    def telling(self, state: int) -> frozenset[str]:
        """The characters that lead from this state elsewhere than all others do."""
        found = self._characters.get(state)
        if found is None:
            literal = {character for character, places in self._literals.items() if state & places}
            if state & (self._segment_ones | self._segment_runs):
                literal.add(":")
            found = frozenset(literal)
            if len(self._characters) < _MAXIMUM_REMEMBERED:
                self._characters[state] = found
        return found

    def rests(self, state: int) -> list[tuple[Token, ...]]:
        """What may follow a state: it matches what one of these does."""
        runs = self._runs | self._segment_runs
        # what stands behind a run follows it too, since that may stand for nothing
        places = [
            at for at in range(state.bit_length()) if state >> at & 1 and not (state & runs) << 1 >> at & 1
        ]
        return [tuple(self._tokens[at:]) for at in places]

    def completion(self, state: int, other: str) -> str:
        """A short text with which a state that isn't 0 comes to match; `other` stands for any character."""
        rest = self._tokens[state.bit_length() - 1 :]
        ones = (Wildcard.ONE, Wildcard.SEGMENT_ONE)
        return "".join(token if isinstance(token, str) else other if token in ones else "" for token in rest)

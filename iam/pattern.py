"""Patterns with `*` and `?`, matched in linear time.

A pattern is a sequence of literal text and wildcards. Two kinds of wildcard exist because AWS keeps a `*`
inside an ARN segment from running past the colon, unless it ends the segment:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from iam.automaton import Automaton, Token, Wildcard

_RUNS = {Wildcard.RUN, Wildcard.SEGMENT_RUN}


class Pattern:
    """A compiled pattern; `matches` takes time in proportion to the text, whatever the wildcards.

    Built from tokens rather than text, so that text put in for a policy variable stays literal. `shortest` is
    how many characters a text must have at least.
    """

    __slots__ = (
        "_hash", "_machine", "_middle", "_prefix", "_simple", "_suffix", "ignore_case", "literal", "shortest",
        "tokens",
    )  # fmt: skip

    def __init__(self, tokens: Iterable[Token], *, ignore_case: bool = False) -> None:
        if ignore_case:
            tokens = [token.lower() if isinstance(token, str) else token for token in tokens]
        self.ignore_case = ignore_case
        self.tokens = _joined(tokens)
        self._hash = hash((self.tokens, ignore_case))
        ones = (Wildcard.ONE, Wildcard.SEGMENT_ONE)
        self.shortest = sum(len(t) if isinstance(t, str) else t in ones for t in self.tokens)
        self.literal: str | None = None
        self._machine: Automaton | None = None
        self._simple = all(token is Wildcard.RUN or isinstance(token, str) for token in self.tokens)
        if not any(isinstance(token, Wildcard) for token in self.tokens):
            self.literal = self.tokens[0] if self.tokens else ""  # type: ignore[assignment]
        if self._simple and self.literal is None:
            texts = [token for token in self.tokens if isinstance(token, str)]
            starts = isinstance(self.tokens[0], str)
            ends = isinstance(self.tokens[-1], str)
            self._prefix = texts[0] if starts else ""
            self._suffix = texts[-1] if ends else ""
            self._middle = tuple(texts[int(starts) : len(texts) - int(ends)])

    def matches(self, text: str) -> bool:
        """Whether the pattern stands for the whole of `text`."""
        if self.ignore_case:
            text = text.lower()
        if self.literal is not None:
            return self.literal == text
        if not self._simple:
            return self._walk(text)
        prefix, suffix = self._prefix, self._suffix
        if not text.startswith(prefix) or not text.endswith(suffix):
            return False
        at, end = len(prefix), len(text) - len(suffix)
        for chunk in self._middle:  # the leftmost place is always as good as any later one
            found = text.find(chunk, at, end)
            if found < 0:
                return False
            at = found + len(chunk)
        return at <= end

    def _walk(self, text: str) -> bool:
        if len(text) < self.shortest:
            return False
        first = self.tokens[0]
        if isinstance(first, str) and not text.startswith(first):
            return False
        machine = self.machine
        state = machine.start
        for character in text:
            state = machine.step(state, character)
            if not state:
                return False
        return bool(state & machine.accepting)

    @property
    def machine(self) -> Automaton:
        """The pattern as a machine that reads a text character by character."""
        if self._machine is None:
            self._machine = Automaton(self.tokens, ignore_case=self.ignore_case)
        return self._machine

    def beginning_with(self, text: str) -> tuple[Pattern, ...]:
        """The patterns that stand together for those texts that this one matches and that begin with `text`."""
        state = self.machine.start
        for character in text:
            state = self.machine.step(state, character)
            if not state:
                return ()
        found = (Pattern([text, *rest], ignore_case=self.ignore_case) for rest in self.machine.rests(state))
        return tuple(dict.fromkeys(found))

    @property
    def matches_everything(self) -> bool:
        """Whether this is a lone `*`."""
        return self.tokens == (Wildcard.RUN,)

    def __str__(self) -> str:
        return "".join(
            token if isinstance(token, str) else token.value[0]
            for token in self.tokens
            if token is not Wildcard.NOTHING
        )

    def __repr__(self) -> str:
        return f"Pattern({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Pattern)
            and self._hash == other._hash
            and self.tokens == other.tokens
            and self.ignore_case == other.ignore_case
        )

    def __hash__(self) -> int:
        return self._hash


def _joined(tokens: Iterable[Token]) -> tuple[Token, ...]:
    """Neighbouring texts and neighbouring runs made one."""
    joined: list[Token] = []
    for token in tokens:
        if isinstance(token, str):
            if not token:
                continue
            if joined and isinstance(joined[-1], str):
                joined[-1] += token
                continue
        elif token is Wildcard.RUN and joined and joined[-1] in _RUNS:
            joined[-1] = token
            continue
        elif token is Wildcard.SEGMENT_RUN and joined and joined[-1] in _RUNS:
            continue
        joined.append(token)
    return tuple(joined)


def wildcards(text: str) -> list[Token]:
    """The tokens of a text in which `*` and `?` may stand for anything."""
    tokens: list[Token] = []
    start = 0
    for at, character in enumerate(text):
        if character in "*?":
            tokens += [text[start:at], Wildcard.RUN if character == "*" else Wildcard.ONE]
            start = at + 1
    tokens.append(text[start:])
    return tokens


def keep_to_segments(tokens: Sequence[Token], *, run_on: bool = True) -> list[Token]:
    """The tokens of an ARN pattern, with the wildcards of its first five parts kept from crossing a colon.

    With `run_on`, a `*` that ends its part may cross, as AWS documents for the Resource element; wildcards
    of the resource part always may.
    """
    kept: list[Token] = []
    colons = 0
    tokens = _joined(tokens)
    for at, token in enumerate(tokens):
        if isinstance(token, str):
            colons += token.count(":")
            kept.append(token)
        elif colons >= 5:
            kept.append(token)
        elif token is Wildcard.ONE:
            kept.append(Wildcard.SEGMENT_ONE)
        else:
            following = tokens[at + 1] if at + 1 < len(tokens) else ":"
            ends_part = isinstance(following, str) and following.startswith(":")
            kept.append(Wildcard.RUN if run_on and ends_part else Wildcard.SEGMENT_RUN)
    return kept


@lru_cache(maxsize=65536)
def text_pattern(text: str) -> Pattern:
    """A pattern in which `*` and `?` stand for any text and any character."""
    return Pattern(wildcards(text))


@lru_cache(maxsize=65536)
def arn_pattern(text: str) -> Pattern:
    """A pattern for ARNs, as the Resource element reads it."""
    return Pattern(keep_to_segments(wildcards(text)))


@lru_cache(maxsize=16384)
def arn_form(text: str) -> Pattern:
    """The ARNs of a type of resource, in which a `*` stands for one part or for text of the last part.

    Real ARNs have six parts: unlike in a policy, no wildcard runs on past a colon before the last one.
    """
    return Pattern(keep_to_segments(wildcards(text), run_on=False))


__all__ = [
    "Pattern", "Token", "Wildcard", "arn_form", "arn_pattern", "keep_to_segments", "text_pattern", "wildcards",
]  # fmt: skip

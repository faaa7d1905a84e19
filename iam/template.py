"""Policy variables: text with `${...}` in it, and what becomes of it for one request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from iam.context import ABSENT, OPEN, Context
from iam.pattern import Pattern, Token, Wildcard, keep_to_segments, wildcards

# What a variable's key may not hold; AWS's own keys and the tag keys behind them hold all else.
_NO_KEY = re.compile(r"[,{}'$*?]")
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Variable:
    """A `${key}` or `${key, 'default'}`; the key in lower case."""

    key: str
    default: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Template:
    """A value of a policy in which variables may stand.

    `pattern` is the finished pattern where no variable is left. `shape` makes tokens into a pattern the way
    the element wants it (ARN parts, case).
    """

    text: str
    parts: tuple[Token | Variable, ...]
    shape: Callable[[list[Token]], Pattern]
    pattern: Pattern | None

    def __hash__(self) -> int:
        """Equal templates have equal patterns; those made of one text for different callers have others."""
        return hash(self.text if self.pattern is None else self.pattern)

    @property
    def keys(self) -> tuple[str, ...]:
        """The context keys whose values are put in, in lower case."""
        return tuple(part.key for part in self.parts if isinstance(part, Variable))

    def resolve(self, context: Context) -> Template | None:
        """The template with all variables put in that the context knows; None when it can match nothing.

        A variable whose key is absent makes the value match nothing, unless it has a default. A key that
        holds several values can't be a variable. What is put in is literal, wildcard characters included.
        """
        if self.pattern is not None:
            return self
        parts: list[Token | Variable] = []
        left = False
        for part in self.parts:
            if not isinstance(part, Variable):
                parts.append(part)
                continue
            value = context[part.key]
            if value is OPEN:
                left = True
                parts.append(part)
            elif isinstance(value, str):
                parts.append(value)
            elif value is ABSENT and part.default is not None:
                parts.append(part.default)
            else:
                return None
        return _finished(self.text, parts, self.shape, left=left)

    def widest(self, context: Context) -> Pattern:
        """A pattern that matches whatever the template may match, its variables being what they will."""
        tokens: list[Token] = []
        for part in self.parts:
            tokens += [context.beginning(part.key), Wildcard.RUN] if isinstance(part, Variable) else [part]
        return Pattern(tokens)

    @property
    def needed(self) -> tuple[str, ...]:
        """The context keys without whose values it matches nothing, as the policy spells them."""
        found = (p for p in self.parts if isinstance(p, Variable) and p.default is None)
        return tuple(part.text[2:-1].strip() for part in found)


def _finished(
    text: str, parts: list[Token | Variable], shape: Callable[[list[Token]], Pattern], *, left: bool
) -> Template:
    if left:
        return Template(text, tuple(parts), shape, None)
    tokens = [part for part in parts if not isinstance(part, Variable)]
    return Template(text, tuple(parts), shape, shape(tokens))


def as_text(tokens: list[Token]) -> Pattern:
    """Compared as it stands."""
    return Pattern(tokens)


def as_text_in_any_case(tokens: list[Token]) -> Pattern:
    """Compared without regard to case."""
    return Pattern(tokens, ignore_case=True)


def as_resource(tokens: list[Token]) -> Pattern:
    """Compared as the Resource element is: part by part, a `*` that ends a part running on."""
    return Pattern(keep_to_segments(tokens))


def as_arn(tokens: list[Token]) -> Pattern:
    """Compared as the ARN operators do: six parts, each on its own. Less than six parts match nothing."""
    if sum(token.count(":") for token in tokens if isinstance(token, str)) < 5:
        return Pattern([Wildcard.NOTHING])
    return Pattern(keep_to_segments(tokens, run_on=False))


@lru_cache(maxsize=65536)
def template(
    text: str, shape: Callable[[list[Token]], Pattern], *, variables: bool, wildcard: bool
) -> Template:
    """A policy's text as a template. `variables`: the policy's language version has them."""
    parts: list[Token | Variable] = []
    at = 0
    while variables and (start := text.find("${", at)) >= 0:
        end = text.find("}", start, start + _LONGEST)
        variable = _variable(text[start : end + 1]) if end > 0 else None
        before = text[at : start if variable is not None else start + 2]
        parts += wildcards(before) if wildcard else [before]
        at = start + 2
        if variable is not None:
            parts.append(variable)
            at = end + 1
    rest = text[at:]
    parts += wildcards(rest) if wildcard else [rest]
    return _finished(text, parts, shape, left=any(isinstance(part, Variable) for part in parts))


def _variable(text: str) -> Variable | str | None:
    """What `${...}` stands for: a variable, or the literal character of `${*}`; None if it is neither."""
    inner = text[2:-1]
    if inner.strip() in ("*", "?", "$"):
        return inner.strip()
    key, comma, rest = inner.partition(",")
    key, rest = key.strip(), rest.strip()
    if not key or _NO_KEY.search(key):
        return None
    if not comma:
        return Variable(key.lower(), None, text)
    quoted = len(rest) >= 2 and rest[0] == rest[-1] == "'" and "'" not in rest[1:-1]
    return Variable(key.lower(), rest[1:-1], text) if quoted else None

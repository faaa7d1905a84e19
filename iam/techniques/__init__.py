"""The techniques of escalation: every known way in which an AWS principal gains power, as data.

Adding one is one entry in a TOML file below `data/`. Nothing here decides anything: who can really do it, the
evaluator says. All is read on first use and kept.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache

from iam.techniques.facts import FACTS, Fact
from iam.techniques.model import (
    CONTEXT_PLACEHOLDERS,
    SENTENCE_PLACEHOLDERS,
    Category,
    Effect,
    Gain,
    On,
    Prerequisite,
    Right,
    Status,
    Subject,
    Technique,
)
from iam.techniques.read import read_techniques
from iam.techniques.sources import SOURCES, TYPES_WITHOUT_TEMPLATE
from iam.techniques.telling import tell

__all__ = [
    "CONTEXT_PLACEHOLDERS",
    "FACTS",
    "SENTENCE_PLACEHOLDERS",
    "SOURCES",
    "TYPES_WITHOUT_TEMPLATE",
    "Category",
    "Effect",
    "Fact",
    "Gain",
    "On",
    "Prerequisite",
    "Right",
    "Status",
    "Subject",
    "Technique",
    "nearest_technique_ids",
    "technique",
    "techniques",
    "tell",
]


@cache
def techniques() -> tuple[Technique, ...]:
    """All techniques, those left out included (`Technique.looked_for` tells), sorted by id."""
    return tuple(sorted(read_techniques(), key=lambda entry: entry.id))


@cache
def _by_id() -> dict[str, Technique]:
    return {entry.id: entry for entry in techniques()}


def technique(id: str) -> Technique | None:  # noqa: A002 - it is the field's name
    """The technique of this id (any case), or None where there is none."""
    return _by_id().get(id.lower())


def nearest_technique_ids(id: str, limit: int = 3) -> list[str]:  # noqa: A002 - as above
    """The ids most like one that is unknown, best first, for "did you mean …"; else empty."""
    return get_close_matches(id.lower(), list(_by_id()), limit)

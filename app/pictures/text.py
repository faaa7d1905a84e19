"""The one place where text from accounts becomes text of a picture.

Names, tags and Sids may have been written by an attacker. pyvis sets a hover text as HTML as soon as one of
them holds `href`, so every hover text is escaped here; what the pictures' own script shows it turns back into
plain text. Labels are drawn on a canvas, which knows no markup.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.cells import terminal_text
from app.pictures.kinds import kind_of

if TYPE_CHECKING:
    from app.pictures.picture import Node

MOST_OF_LABEL = 22
MOST_OF_LINE = 240
MOST_LINES = 30
_MOST_MARKS = 2


def label(text: str, most: int = MOST_OF_LABEL) -> str:
    """A name as it stands below a node: one line, at most `most` characters, with an ellipsis if cut."""
    return shortened(_quiet(text[: most * 4]), most)


def labels(nodes: Iterable[Node]) -> dict[str, str]:
    """What stands below each node, by its id: its name, or how many it stands for."""
    return {
        node.id: f"{node.stands_for:,} {kind_of(node.kind).plural}"
        if node.stands_for > 1
        else label(node.name) or "(no name)"
        for node in nodes
    }


def hover(lines: Iterable[str]) -> str:
    """Lines of text as a node's hover text, escaped for HTML."""
    shown = [shortened(_quiet(line[: MOST_OF_LINE * 4]), MOST_OF_LINE) for line in lines if line]
    if len(shown) > MOST_LINES:
        shown = [*shown[:MOST_LINES], f"and {len(shown) - MOST_LINES} more"]
    return html.escape("\n".join(shown))


def shortened(text: str, most: int) -> str:
    """The text, cut to `most` characters with an ellipsis in the place of what is left out."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _quiet(text: str) -> str:
    """Text without what turns its direction or has no width, and with at most two marks upon a letter."""
    kept: list[str] = []
    marks = 0
    for character in terminal_text(text):
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)

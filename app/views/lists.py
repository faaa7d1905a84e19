"""Lists whose rows lead on to the page of what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.views.markup import show
from app.views.tables import csv_button

MOST_ROWS = 200


@dataclass(frozen=True)
class Row:
    """A row: what it is about (a kind of picture, its words, its page) and further cells.

    `whole` are the further cells as the CSV has them, where the page shows less.
    """

    kind: str
    words: str
    address: str
    cells: tuple[Any, ...] = ()
    whole: tuple[Any, ...] | None = None


def show_list(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    key: str,
    more: str = "",
    empty: str = "None.",
) -> None:
    """Show a list, at most `MOST_ROWS` rows of it, and a button that saves all of it as CSV."""
    show(
        "list",
        title=title,
        more=more,
        columns=columns,
        rows=rows[:MOST_ROWS],
        total=len(rows),
        empty=empty,
    )
    if rows:
        csv_button(columns, [[row.words, *(row.whole or row.cells)] for row in rows], key, f"{key}-csv")

"""Tables on a page, and the same as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import streamlit as st

from app.cells import cell_text, spreadsheet_cell
from app.views.markup import clear

MOST_OF_CELL = 400
_ROW = 35


def shown_rows(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Rows as a table shows them: numbers and truth values as they are, all else as short clear text."""
    return [
        [each if isinstance(each, (int, float)) else clear(cell_text(each), MOST_OF_CELL) for each in row]
        for row in rows
    ]


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table as CSV in which no cell is a formula."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([spreadsheet_cell(cell) for cell in row] for row in rows)
    return written.getvalue()


def csv_button(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]] | Callable[[], Sequence[Sequence[Any]]],
    file: str,
    key: str,
) -> None:
    """A button that saves a table as CSV, whole, however much of it is shown; `rows` may be made by then."""
    st.download_button(
        "Save table as CSV",
        data=lambda: csv_text(columns, rows() if callable(rows) else rows),
        file_name=f"{file}.csv",
        mime="text/csv",
        on_click="ignore",
        key=key,
        type="tertiary",
    )


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    key: str,
    height: int | None = None,
    widths: dict[str, Any] | None = None,
    chosen: int | None = None,
) -> int | None:
    """Show a table; the place of the row that is chosen, None where none is.

    `chosen` is the row that is to stand chosen: where that has changed since the table was last shown, it is
    what counts, and not what was chosen in it before. The table stays the same, and so where it is scrolled
    to. `height` is the most it takes; `widths` maps columns to their widths.
    """
    import pandas as pd

    frame = pd.DataFrame(shown_rows(rows), columns=list(columns))
    configured = {name: st.column_config.Column(width=width) for name, width in (widths or {}).items()}
    known = f"{key} chosen"
    if st.session_state.get(known, -1) != chosen:
        cells = [] if chosen is None else [(chosen, columns[0])]
        st.session_state[key] = {"selection": {"rows": [], "columns": [], "cells": cells}}
        st.session_state[known] = chosen
    event = st.dataframe(
        frame,
        key=key,
        height="auto" if height is None else "content" if len(rows) * _ROW + _ROW < height else height,
        hide_index=True,
        column_config=configured,
        on_select="rerun",
        selection_mode="single-cell",
    )
    picked = event["selection"]["cells"]
    return picked[0][0] if picked else None

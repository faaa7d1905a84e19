"""Answers on standard output, as a table, JSON or CSV; everything else on standard error."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from app.cells import cell_text, json_text, spreadsheet_cell, terminal_text

WIDTH_OF_PIPES = 100
"""How wide tables are where no terminal says how wide it is."""


class Format(StrEnum):
    """How answers are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def say(text: str) -> None:
    """Tell the person at the terminal something that is no data. Several lines may be given."""
    for line in text.splitlines() or [""]:
        print(terminal_text(line), file=sys.stderr)


def write_text(text: str) -> None:
    """Write text as part of an answer. Several lines may be given."""
    for line in text.split("\n"):
        print(terminal_text(line))


def write_json(value: Any) -> None:
    """Write a value as JSON."""
    print(json_text(value))


def write_json_line(value: Any) -> None:
    """Write a value as one line of JSON."""
    print(json_text(value, indent=None))


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows as CSV with a head, each cell made harmless for spreadsheets."""
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([spreadsheet_cell(column) for column in columns])
    writer.writerows([spreadsheet_cell(value) for value in row] for row in rows)


def write_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows as a table as wide as the terminal. Texts may hold line breaks of our own making."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for column in columns:
        table.add_column(Text(terminal_text(column)), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_lines(value), style=_style(value)) for value in row))
    width = shutil.get_terminal_size((WIDTH_OF_PIPES, 24)).columns
    Console(width=width, highlight=False, emoji=False, markup=False).print(table)


def write_rows(form: Format, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write rows in the form asked for; JSON is a list of objects."""
    if form is Format.JSON:
        write_json([dict(zip(columns, row, strict=True)) for row in rows])
    elif form is Format.CSV:
        write_csv(columns, rows)
    elif rows:
        write_table(columns, rows)
    else:
        say("No rows.")


class Lines(tuple[str, ...]):
    """Texts that a table shows below each other."""

    __slots__ = ()


def _lines(value: Any) -> str:
    if isinstance(value, Lines):
        return "\n".join(terminal_text(each) for each in value)
    return terminal_text(cell_text(value))


def _style(value: Any) -> str:
    return {"allowed": "green", "depends": "yellow", "denied": "red"}.get(value, "") if _word(value) else ""


def _word(value: Any) -> bool:
    return isinstance(value, str)

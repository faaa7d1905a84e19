"""Marks: what people hold principals and resources to be, kept in the graph whatever is loaded anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from graph.schema import MARK, ensure_schema
from graph.write import merge_nodes

if TYPE_CHECKING:
    from graph.connection import Database

MOST_OF_NOTE = 500

_READ = (
    "MATCH (m:Mark) RETURN m.kind AS kind, m.arn AS arn, m.note AS note, m.by AS by, m.when AS when "
    "ORDER BY kind, arn"
)
_REMOVE = "MATCH (m:Mark {id: $id}) DELETE m"


class MarkKind(StrEnum):
    """What somebody or something is held to be."""

    OWNED = "owned"
    CROWN_JEWEL = "crown-jewel"
    ACCEPTED_RISK = "accepted-risk"

    @property
    def words(self) -> str:
        """The kind as people say it."""
        return self.value.replace("-", " ")


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark on an ARN (or on `administrator:ACCOUNT`): its kind, and who set it when and why."""

    kind: MarkKind
    arn: str
    note: str = ""
    by: str = ""
    when: str = ""

    @property
    def id(self) -> str:
        """Its key in the graph."""
        return f"{self.kind.value} {self.arn}"


def read_marks(database: Database) -> tuple[Mark, ...]:
    """All marks, by kind and ARN. Raises `graph.connection.DatabaseUnavailable`."""
    kinds = {kind.value for kind in MarkKind}
    return tuple(
        Mark(MarkKind(row["kind"]), row["arn"], row["note"] or "", row["by"] or "", row["when"] or "")
        for row in database.read(_READ)
        if row["kind"] in kinds and row["arn"]
    )


def set_mark(database: Database, kind: MarkKind, arn: str, *, note: str = "", by: str = "") -> Mark:
    """Mark something; a mark of the same kind that it has already is replaced.

    Raises `graph.connection.DatabaseUnavailable`.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    mark = Mark(kind, arn, note.strip()[:MOST_OF_NOTE], by, now)
    ensure_schema(database)
    row = {
        "id": mark.id, "kind": kind.value, "arn": arn, "note": mark.note or None, "by": by or None, "when": now,
    }  # fmt: skip
    with database.transaction() as transaction:
        merge_nodes(transaction, MARK, [row])
    return mark


def remove_mark(database: Database, kind: MarkKind, arn: str) -> None:
    """Take a mark away; nothing happens where there is none."""
    database.write(_REMOVE, id=Mark(kind, arn).id)

"""What questions to a database say in which nothing is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.connection import Database

NOTHING_LOADED = (
    "Nothing is loaded: iamatlas load PATH reads the export of an account, iamatlas demo loads the built-in "
    "organization."
)


def is_empty(database: Database) -> bool:
    """Whether no account is loaded. Raises `graph.connection.DatabaseUnavailable`."""
    return not database.read("MATCH (l:Load) RETURN l.id AS id LIMIT 1")

"""Queries that people save: a JSON file in the home folder, taken in and given out as JSON too."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

MOST_QUERIES = 500
MOST_OF_QUERY = 50_000
MOST_OF_NAME = 120


class NotSavedQueries(ValueError):
    """A text that is no list of saved queries. One line says what is wrong."""


@dataclass(frozen=True)
class SavedQuery:
    """A saved query: its name and its Cypher."""

    name: str
    cypher: str


def saved_queries(home: Path) -> list[SavedQuery]:
    """All saved queries by name. Raises NotSavedQueries where the file was broken by hand."""
    file = _file(home)
    return read_queries(file.read_text(encoding="utf-8")) if file.exists() else []


def save_queries(home: Path, more: list[SavedQuery]) -> None:
    """Save these too; one of the same name is replaced. Raises NotSavedQueries, OSError."""
    known = {each.name: each for each in saved_queries(home)}
    known.update((each.name, each) for each in more)
    if len(known) > MOST_QUERIES:
        raise NotSavedQueries(f"At most {MOST_QUERIES} queries are kept.")
    _write(home, list(known.values()))


def remove_query(home: Path, name: str) -> None:
    """Remove the query of this name."""
    _write(home, [each for each in saved_queries(home) if each.name != name])


def as_text(queries: list[SavedQuery]) -> str:
    """Queries as the JSON that `read_queries` reads."""
    ordered = sorted(queries, key=lambda each: each.name.lower())
    return json.dumps([asdict(each) for each in ordered], indent=2)


def read_queries(text: str) -> list[SavedQuery]:
    """Queries from JSON: a list of objects with `name` and `cypher`. Raises NotSavedQueries."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise NotSavedQueries(f"This is no JSON: {wrong}") from None
    if not isinstance(value, list):
        raise NotSavedQueries("Saved queries are a list of objects with name and cypher.")
    found = []
    for at, each in enumerate(value[: MOST_QUERIES + 1], start=1):
        name, cypher = (each.get("name"), each.get("cypher")) if isinstance(each, dict) else (None, None)
        if not isinstance(name, str) or not isinstance(cypher, str) or not name.strip():
            raise NotSavedQueries(f"Query {at} has no name or no cypher.")
        found.append(SavedQuery(name.strip()[:MOST_OF_NAME], cypher[:MOST_OF_QUERY]))
    return found


def _file(home: Path) -> Path:
    return home / "saved-queries.json"


def _write(home: Path, queries: list[SavedQuery]) -> None:
    """In one step, so that nobody reads half of it."""
    home.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=home, prefix="saved-queries-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(as_text(queries))
    Path(name).replace(_file(home))

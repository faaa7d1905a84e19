"""The action catalogue in the graph, and what the wildcards of statements stand for.

Actions are written once per database; each distinct pattern is expanded once. `*` alone stands for some
22,000 actions, so it is written along with the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from graph.schema import ACTION, ACTION_PATTERN, MATCHES
from graph.sequence import load_transaction
from graph.write import Edge, Owned, create_nodes, create_owned, create_relationships
from iam import catalogue

if TYPE_CHECKING:
    from neo4j import ManagedTransaction, Transaction

    from graph.connection import Database

    AnyTransaction = Transaction | ManagedTransaction

LONGEST_PATTERN = 256
"""No action's name is nearly so long: a longer pattern without needless stars matches nothing."""

_VERSION = "MATCH (m:Meta {id: 'atlas'}) RETURN m.catalogue_version AS version"


def catalogue_is_current(database: Database) -> bool:
    """Whether the database holds the catalogue that this installation has."""
    rows = database.read(_VERSION)
    return bool(rows) and rows[0]["version"] == catalogue.version()


def write_catalogue(database: Database, advance: Callable[[int], None]) -> int:
    """Write all actions, and what every known pattern stands for, in place of an older catalogue.

    `advance` is told how many actions are done. Returns the number of actions.
    """
    actions = catalogue.actions()
    rows: list[dict[str, Any]] = [
        {
            "name": action.name,
            "service": action.service,
            "access_level": action.access_level,
            "description": action.description,
        }
        for action in actions
    ]
    with load_transaction(database) as transaction:
        transaction.run("MATCH (a:Action) DETACH DELETE a").consume()
        known = list(stored_patterns(transaction).values())
        if "*" not in known:
            create_nodes(transaction, ACTION_PATTERN, [{"pattern": "*", "wildcard": True}])
        for start in range(0, len(rows), 2_000):
            everything: list[Owned] = [("*", {}, row) for row in rows[start : start + 2_000]]
            advance(create_owned(transaction, MATCHES, ACTION_PATTERN, ACTION, everything))
        _expand(transaction, [pattern for pattern in known if pattern != "*"])
    database.write(
        "MATCH (m:Meta {id: 'atlas'}) SET m.catalogue_version = $version", version=catalogue.version()
    )
    return len(rows)


def stored_patterns(transaction: AnyTransaction) -> dict[str, str]:
    """The patterns in the graph: lower case to the spelling that is their key."""
    found = transaction.run("MATCH (p:ActionPattern) RETURN p.pattern AS pattern")
    return {record["pattern"].lower(): record["pattern"] for record in found}


def pattern_key(text: str) -> str | None:
    """An action as its pattern's key, still in its own case; None where it is too long to match anything."""
    key = re.sub(r"\*+", "*", text)
    return key if len(key) <= LONGEST_PATTERN else None


def add_patterns(transaction: AnyTransaction, texts: Iterable[str]) -> dict[str, str]:
    """Create and expand the patterns that are missing; the keys of all of them by lower-case pattern."""
    known = stored_patterns(transaction)
    new: dict[str, str] = {}
    for text in texts:
        key = pattern_key(text)
        if key is not None and key.lower() not in known:
            new.setdefault(key.lower(), key)
    create_nodes(
        transaction,
        ACTION_PATTERN,
        ({"pattern": key, "wildcard": "*" in key or "?" in key} for key in new.values()),
    )
    _expand(transaction, new.values())
    return known | new


def _expand(transaction: AnyTransaction, patterns: Iterable[str]) -> None:
    edges: Iterator[Edge] = ((key, name, {}) for key in patterns for name in catalogue.expand(key))
    create_relationships(transaction, MATCHES, ACTION_PATTERN, ACTION, edges)

"""The declarations: keys, constraints, and the page made from them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from graph import schema
from graph.schema import NODE_TYPES, RELATIONSHIP_TYPES, constraints, ensure_schema, key_types, schema_page

if TYPE_CHECKING:
    from graph.connection import Database

PAGE = Path(__file__).parents[2] / "docs" / "schema.md"


def test_the_page_in_docs_is_what_the_declarations_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == schema_page(), "run: python -m graph.schema > docs/schema.md"


def test_every_label_that_carries_a_key_has_one_constraint() -> None:
    assert len(constraints()) == len({node.label for node in NODE_TYPES}) == len(key_types())


def test_every_relationship_ends_at_declared_labels() -> None:
    labels = {label for node in NODE_TYPES for label in node.labels}
    for relationship in RELATIONSHIP_TYPES:
        for start, end in relationship.ends:
            assert {start, end} <= labels, relationship.name


def test_everything_declared_is_described() -> None:
    for one in [
        *((n.description, n.properties) for n in NODE_TYPES),
        *((r.description, r.properties) for r in RELATIONSHIP_TYPES),
    ]:
        assert one[0]
        for prop in one[1]:
            assert prop.description
            assert prop.type
    for node in NODE_TYPES:
        names = [prop.name for prop in node.properties]
        assert len(names) == len(set(names)), node.labels
        assert node.key not in names


def test_the_schema_can_be_made_again(database: Database) -> None:
    database.write("MATCH (m:Meta) SET m.schema_version = 0")
    ensure_schema(database)
    ensure_schema(database)
    assert database.read("MATCH (m:Meta) RETURN m.schema_version AS v")[0]["v"] == schema.SCHEMA_VERSION


@pytest.mark.parametrize("node", key_types(), ids=lambda node: node.label)
def test_a_key_exists_once(database: Database, node: schema.NodeType) -> None:
    from neo4j.exceptions import Neo4jError

    make = f"CREATE (n:{node.label} {{{node.key}: 'once'}})"
    database.write(make)
    with pytest.raises(Neo4jError, match=r"(?i)constraint|already exists|duplicated"):
        database.write(make)
    found = database.read(f"MATCH (n:{node.label} {{{node.key}: 'once'}}) RETURN count(n) AS n")
    assert found[0]["n"] == 1

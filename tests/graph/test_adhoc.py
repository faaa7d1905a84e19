"""The user's own Cypher: read-only, limited, and told in one line what went wrong. On every database."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from graph import schema, write
from graph.adhoc import QueryFailed, QueryStopped, RefusedQuery, run_adhoc
from graph.values import GraphNode, GraphPath, GraphRelationship, as_json
from tests.conftest import empty
from tests.graph.test_guard import REFUSED

if TYPE_CHECKING:
    from graph.connection import Database

WRITING = [
    "CREATE (:User {arn: 'evil'})",
    "MATCH (n) SET n.name = 'evil'",
    "MATCH (n) SET n.name = 'evil' RETURN n",
    "MATCH (n) SET n:Admin",
    "MATCH (n) REMOVE n.name",
    "MATCH (n) DETACH DELETE n",
    "MATCH ()-[r]->() DELETE r",
    "MERGE (:User {arn: 'evil'})",
    "MATCH (n:User) MERGE (n)-[:EVIL]->(n)",
    "MATCH (a:User {arn: 'a'}), (b:User {arn: 'b'}) CREATE (a)-[:CAN_ESCALATE]->(b)",
    "MATCH (n) CALL (n) { SET n.name = 'evil' } RETURN n",
    "MATCH (n) FOREACH (x IN [1] | SET n.name = 'evil')",
    "UNWIND [1] AS x CALL (x) { CREATE (:User {arn: 'evil'}) } IN TRANSACTIONS",
    "CREATE CONSTRAINT evil IF NOT EXISTS FOR (n:Evil) REQUIRE n.x IS UNIQUE",
    "CREATE INDEX evil IF NOT EXISTS FOR (n:User) ON (n.evil)",
    "DROP CONSTRAINT Principal_arn",
    "DROP INDEX Principal_arn",
    "CREATE USER evil SET PASSWORD 'evilevil'",
    "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'evilevil'",
    "DROP USER neo4j",
    "CREATE DATABASE evil",
    "DROP DATABASE neo4j",
]


@pytest.fixture(scope="module", autouse=True)
def _small_graph(database: Database) -> None:
    empty(database)
    with database.transaction() as tx:
        write.create_nodes(tx, schema.USER, [{"arn": "a", "name": "Ann"}, {"arn": "b", "name": "Bo"}])
        edges: list[write.Edge] = [("a", "b", {"verdict": "allowed"})]
        write.create_relationships(tx, schema.CAN_ESCALATE, schema.USER, schema.USER, edges)


def everything(database: Database) -> list[object]:
    nodes = database.read("MATCH (n) RETURN labels(n) AS l, properties(n) AS p ORDER BY p.arn")
    edges = database.read(
        "MATCH (a)-[r]->(b) RETURN a.arn AS a, type(r) AS t, properties(r) AS p, b.arn AS b"
    )
    return [[row.data() for row in nodes], [row.data() for row in edges]]


@pytest.mark.parametrize("cypher", WRITING)
def test_writing_is_refused_and_changes_nothing(database: Database, cypher: str) -> None:
    before = everything(database)
    with pytest.raises((RefusedQuery, QueryFailed)) as refused:
        run_adhoc(database, cypher)
    assert "\n" not in str(refused.value)
    assert everything(database) == before


@pytest.mark.parametrize("cypher", REFUSED)
def test_what_a_reading_session_lets_through_is_refused(database: Database, cypher: str) -> None:
    with pytest.raises(RefusedQuery, match="Only reading is allowed here"):
        run_adhoc(database, cypher)


def test_columns_rows_and_parameters(database: Database) -> None:
    answer = run_adhoc(
        database, "MATCH (n:User) WHERE n.name <> $not RETURN n.arn AS arn, n.name", {"not": "Bo"}
    )
    assert answer.columns == ["arn", "n.name"]
    assert answer.rows == [["a", "Ann"]]
    assert not answer.truncated
    assert answer.elapsed > 0


def test_columns_are_known_when_there_are_no_rows(database: Database) -> None:
    answer = run_adhoc(database, "MATCH (n:User {arn: 'nobody'}) RETURN n.arn AS arn, n.name AS name")
    assert (answer.columns, answer.rows) == (["arn", "name"], [])
    table = database.table("MATCH (n:User {arn: 'nobody'}) RETURN n.arn AS arn, n.name AS name")
    assert (table.columns, table.rows) == (["arn", "name"], [])


def test_nodes_relationships_and_paths_are_plain_objects(database: Database) -> None:
    answer = run_adhoc(database, "MATCH p = (a:User)-[r]->(b) RETURN a, r, p, [a, {x: b}] AS many")
    node, relationship, path, many = answer.rows[0]
    assert isinstance(node, GraphNode)
    assert (node.labels, node.properties) == (("Principal", "User"), {"arn": "a", "name": "Ann"})
    assert isinstance(relationship, GraphRelationship)
    assert (relationship.type, relationship.properties) == ("CAN_ESCALATE", {"verdict": "allowed"})
    assert isinstance(path, GraphPath)
    assert (relationship.start, relationship.end) == (path.nodes[0].id, path.nodes[1].id)
    assert [one.properties["arn"] for one in path.nodes] == ["a", "b"]
    assert path.relationships == (relationship,)
    assert many[0] == node
    shown = json.loads(json.dumps(as_json(answer.rows)))
    assert shown[0][0] == {
        "id": node.id,
        "labels": ["Principal", "User"],
        "properties": {"arn": "a", "name": "Ann"},
    }
    assert shown[0][3][1]["x"]["properties"]["arn"] == "b"


def test_values_of_every_kind_become_json(database: Database) -> None:
    answer = run_adhoc(
        database,
        "RETURN null AS a, true AS b, 1 AS c, 1.5 AS d, 'é' AS e, [1, [2]] AS f, {k: 'v'} AS g, "
        "date('2026-01-02') AS h, datetime('2026-01-02T03:04:05Z') AS i, duration('P1D') AS j, $bytes AS k",
        {"bytes": "x"},
    )
    values = dict(zip(answer.columns, answer.rows[0], strict=True))
    assert [values[name] for name in "abcdefg"] == [None, True, 1, 1.5, "é", [1, [2]], {"k": "v"}]
    assert str(values["h"]).startswith("2026-01-02")
    assert str(values["i"]).startswith("2026-01-02T03:04:05")
    json.dumps(as_json(answer.rows))


def test_rows_beyond_the_limit_are_left_out_and_it_says_so(database: Database) -> None:
    answer = run_adhoc(database, "UNWIND range(1, 100000) AS x RETURN x", rows=10)
    assert ([row[0] for row in answer.rows], answer.truncated) == (list(range(1, 11)), True)
    exact = run_adhoc(database, "UNWIND range(1, 10) AS x RETURN x", rows=10)
    assert (len(exact.rows), exact.truncated) == (10, False)


@pytest.mark.parametrize(
    "cypher",
    [
        "UNWIND range(1, 1000000) AS x UNWIND range(1, 1000000) AS y RETURN count(*)",
        "UNWIND range(1, 1000000) AS x UNWIND range(1, 1000000) AS y WITH x, y WHERE x < 0 RETURN x",
        "RETURN size(reduce(s = '', x IN range(1, 1000000) | s + 'x')) AS x",
        "MATCH (a), (b), (c) UNWIND range(1, 10000000) AS x WITH a, b, c, x WHERE x < 0 RETURN a",
    ],
)
def test_a_query_without_end_is_stopped_on_time(database: Database, cypher: str) -> None:
    started = time.monotonic()
    with pytest.raises(QueryStopped, match="after 1 s, its time limit"):
        run_adhoc(database, cypher, seconds=1)
    assert time.monotonic() - started < 60
    assert run_adhoc(database, "RETURN 1 AS one", seconds=60).rows == [[1]]


@pytest.mark.parametrize(
    ("cypher", "told"),
    [
        ("MATCH (n RETURN n", r"(?i)line 1"),
        ("RETURN nobody", "nobody"),
        ("RETURN $missing AS x", "missing"),
        ("RETURN 1/0 AS x", "(?i)zero"),
    ],
)
def test_a_wrong_statement_is_told_in_one_line(database: Database, cypher: str, told: str) -> None:
    with pytest.raises(QueryFailed, match=told) as failed:
        run_adhoc(database, cypher)
    assert "\n" not in str(failed.value)


def test_a_parameter_that_no_database_takes_is_told(database: Database) -> None:
    with pytest.raises(QueryFailed):
        run_adhoc(database, "RETURN $x AS x", {"x": object()})


def test_a_plan_is_told_and_nothing_is_run(database: Database) -> None:
    found = run_adhoc(
        database, "MATCH (n:User {name: $name}) RETURN n.name AS name", {"name": "a"}, plan=True
    )
    assert found.columns == ["plan"]
    assert len(found.rows) > 1
    assert any("User" in row[0] for row in found.rows)
    count = "MATCH (n) RETURN count(n) AS n"
    before = database.read(count)[0]["n"]
    with suppress(RefusedQuery):
        run_adhoc(database, "CREATE (:User {name: 'x'})", plan=True)
    assert database.read(count)[0]["n"] == before

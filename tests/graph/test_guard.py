"""What ad-hoc Cypher is refused before it is sent, and what is let through."""

from __future__ import annotations

import pytest

from graph.guard import MAX_LENGTH, refusal, refused_operator

REFUSED = [
    "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
    "load csv from 'http://example.com' as line return line",
    "LOAD/**/CSV FROM 'x' AS l RETURN l",
    "LOAD // comment\n CSV FROM 'x' AS l RETURN l",
    "LOAD\u00a0CSV FROM 'x' AS l RETURN l",
    "MATCH (n) WITH n LOAD CSV WITH HEADERS FROM 'x' AS l RETURN l",
    "CALL { LOAD CSV FROM 'x' AS l RETURN l } RETURN l",
    "CALL () { LOAD CSV FROM 'x' AS l RETURN l } RETURN l",
    "RETURN COLLECT { LOAD CSV FROM 'x' AS l RETURN l }",
    "RETURN 'a\\'' AS x UNION LOAD CSV FROM \"x\" AS l RETURN l AS x",
    "L\\u004fAD CSV FROM 'x' AS l RETURN l",
    "LOAD\\u0020CSV FROM 'x' AS l RETURN l",
    'RETURN \'\\u0027 AS a LOAD CSV FROM "x" AS l RETURN l',
    "RETURN 1 AS `a``b` LOAD CSV FROM 'x' AS l RETURN l",
    "/* ' */ LOAD CSV FROM 'x' AS l RETURN l /* ' */",
    "// '\nLOAD CSV FROM 'x' AS l RETURN l",
    "TERMINATE TRANSACTIONS 'neo4j-transaction-1'",
    "terminate transaction 'x'",
    "SHOW TRANSACTIONS YIELD transactionId AS id TERMINATE TRANSACTIONS id RETURN id",
    "SHOW USERS",
    "show current user",
    "/**/SHOW SETTINGS",
    "SHOW TRANSACTIONS",
    "SHOW DATABASES",
    "SHOW PROCEDURES YIELD name",
    "CALL dbms.listConfig()",
    "CALL dbms.killConnection('bolt-1')",
    "CALL dbms.components()",
    "call DBMS . listConfig ( )",
    "CALL `dbms`.`listConfig`()",
    "CALL dbms./* */listConfig()",
    "CALL db.clearQueryCaches()",
    "CALL db.createLabel('x')",
    "MATCH (n) CALL dbms.listConfig() YIELD name RETURN name",
    "OPTIONAL CALL dbms.listConfig() YIELD name RETURN name",
    "CALL { CALL dbms.listConfig() YIELD name RETURN name } RETURN name",
    "MATCH (n) RETURN n UNION CALL db.clearQueryCaches() YIELD value AS n RETURN n",
    "CALL apoc.load.json('http://example.com')",
    "RETURN apoc.load.json('x')",
    "RETURN genai.vector.encode('x', 'OpenAI', {token: 'x'})",
    "USE system SHOW USERS",
    "USE neo4j MATCH (n) RETURN n",
    "CALL { USE system MATCH (n) RETURN n } RETURN n",
    "EXPLAIN MATCH (n) RETURN n",
    "PROFILE MATCH (n) RETURN n",
    "RETURN 1; RETURN 2",
    "",
    "   // nothing\n",
    "RETURN 1" + " " * MAX_LENGTH,
]

ALLOWED = [
    "MATCH (n) RETURN n",
    "MATCH (n) RETURN n;",
    "RETURN 'LOAD CSV FROM x' AS a",
    'RETURN "CALL dbms.listConfig()" AS a',
    "MATCH (n) // LOAD CSV\nRETURN n /* SHOW USERS */",
    "RETURN 1 AS `LOAD CSV`",
    "MATCH (n:`SHOW USERS`) RETURN n.`CALL dbms.x()`",
    "MATCH (load:Load) RETURN load.source AS csv",
    "MATCH (n) WHERE n.show = 1 AND n.call = 2 AND n.use = 3 AND n.load = 4 RETURN n.terminate AS show",
    "MATCH (a)-[:CALL|SHOW|USE]->(b) RETURN a, b",
    "WITH 1 AS load, 2 AS csv RETURN load, csv",
    "CALL db.labels()",
    "CALL db.relationshipTypes() YIELD relationshipType RETURN relationshipType",
    "CALL `db`.`labels`() YIELD label RETURN label",
    "CALL { MATCH (n) RETURN count(n) AS c } RETURN c",
    "MATCH (n) CALL (n) { MATCH (n)-->(m) RETURN count(m) AS c } RETURN n, c",
    "RETURN date.truncate('month', date()) AS d, duration.between(date(), date()) AS e",
    "RETURN point.distance(point({x: 1, y: 2}), point({x: 1, y: 2})) AS d",
    "MATCH p = (a:Principal)-[:CAN_ASSUME*1..3]->(b:Admin) RETURN p LIMIT 5",
    "CYPHER 5 MATCH (n) RETURN n",
    "RETURN $show AS a, $call AS b",
    "RETURN 'back\\\\' AS a, 'it''s' AS b",
    "RETURN 1 AS naïve, 2 AS 漢字",
]


@pytest.mark.parametrize("cypher", REFUSED)
def test_refused(cypher: str) -> None:
    reason = refusal(cypher)
    assert reason
    assert "\n" not in reason


@pytest.mark.parametrize("cypher", ALLOWED)
def test_let_through(cypher: str) -> None:
    assert refusal(cypher) is None


@pytest.mark.parametrize(
    "cypher",
    [
        "'" * 99_999,
        "/*" * 49_999,
        "`" * 99_999,
        "a." * 49_999,
        "CALL " * 19_999,
        "\\u0027" * 16_000,
        "{" * 99_999,
    ],
)
def test_a_statement_made_to_be_slow_is_looked_through_quickly(cypher: str) -> None:
    refusal(cypher)


def test_operators_of_a_plan_that_read_more_than_the_graph_are_found_at_any_depth() -> None:
    leaf = {"operatorType": "LoadCSV@neo4j", "args": {}, "children": []}
    plan = {
        "operatorType": "ProduceResults@neo4j",
        "args": {},
        "children": [{"operatorType": "Apply", "children": [leaf]}],
    }
    assert refused_operator(plan) == "LoadCSV"
    call = {
        "operatorType": "ProcedureCall@neo4j",
        "args": {"Details": "dbms.listConfig() :: (name :: STRING)"},
    }
    assert (
        refused_operator({"operatorType": "ProduceResults", "children": [call]})
        == "ProcedureCall dbms.listconfig"
    )
    good = {"operatorType": "ProcedureCall@neo4j", "args": {"Details": "db.labels() :: (label :: STRING)"}}
    assert refused_operator(good) is None
    assert refused_operator(None) is None

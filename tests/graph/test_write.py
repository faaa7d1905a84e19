"""Writing declared nodes and relationships: the same on every database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from graph import batches, schema, write
from graph.relabel import change_labels
from tests.conftest import empty

if TYPE_CHECKING:
    from graph.connection import Database

HOSTILE = [
    "' OR 1=1 //",
    "`) DETACH DELETE n //",
    "$rows } RETURN {",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "naïve Ünïcödé 漢字 🜁 \u202e\u200b\x07",
    "line\nbreak\ttab\rreturn",
    'quote " back\\slash \\u0027',
    "null \\x00 escape",
    " ",
]


def user(number: int, **more: Any) -> dict[str, Any]:
    return {"arn": f"arn:aws:iam::111111111111:user/u{number}", "account": "111111111111", **more}


def count(database: Database, pattern: str) -> int:
    return int(database.read(f"MATCH {pattern} RETURN count(*) AS n")[0]["n"])


@pytest.fixture(autouse=True)
def _start_empty(request: pytest.FixtureRequest) -> None:
    if "database" in request.fixturenames:
        empty(request.getfixturevalue("database"))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back_as_it_went_in(database: Database, text: str) -> None:
    with database.transaction() as tx:
        write.create_nodes(
            tx, schema.USER, [user(1, name=text, tag_keys=[text, text], tags=json.dumps({text: text}))]
        )
    found = database.read(
        "MATCH (n:User {name: $text}) RETURN n.name AS n, n.tag_keys AS k, n.tags AS t", text=text
    )
    assert [(row["n"], row["k"], json.loads(row["t"])) for row in found] == [
        (text, [text, text], {text: text})
    ]
    assert count(database, "(n)") == 1


def test_a_hostile_arn_is_a_key_like_any_other(database: Database) -> None:
    keys = [f"arn:aws:iam::1:user/{text}" for text in HOSTILE]
    with database.transaction() as tx:
        assert write.create_nodes(tx, schema.USER, [{"arn": key} for key in keys]) == len(keys)
        edges = [(key, key, {"verdict": "depends", "conditions": [key]}) for key in keys]
        write.create_relationships(tx, schema.CAN_ESCALATE, schema.PRINCIPAL, schema.PRINCIPAL, edges)
    found = database.read("MATCH (a)-[r:CAN_ESCALATE]->(a) RETURN a.arn AS arn, r.conditions AS c")
    assert {row["arn"]: row["c"] for row in found} == {key: [key] for key in keys}


def test_values_keep_their_types(database: Database) -> None:
    row = user(1, loaded=False, distance_to_admin=3, warnings=[], tag_keys=["a"], name="n", path=None)
    with database.transaction() as tx:
        write.create_nodes(tx, schema.USER, [row])
    found = database.read("MATCH (n:User) RETURN properties(n) AS p")[0]["p"]
    assert found == {key: value for key, value in row.items() if value is not None}
    assert type(found["loaded"]) is bool
    assert type(found["distance_to_admin"]) is int


def test_more_rows_than_a_batch_holds_are_all_written(database: Database) -> None:
    number = batches.ROWS_PER_BATCH * 2 + 1
    with database.transaction() as tx:
        assert write.create_nodes(tx, schema.USER, (user(i) for i in range(number))) == number
        edges = [(user(i)["arn"], user(0)["arn"], {"techniques": ["t"]}) for i in range(number)]
        ends = (schema.PRINCIPAL, schema.PRINCIPAL)
        assert write.create_relationships(tx, schema.CAN_ESCALATE, *ends, edges) == number
    assert count(database, "(n:User)") == number
    assert count(database, "(:User)-[:CAN_ESCALATE]->(:User)") == number


def test_big_rows_go_in_messages_that_the_server_takes(database: Database) -> None:
    document = json.dumps(
        {"text": "é" * 300_000}
    )  # 60 of them make over 100 MB as one message would count them
    with database.transaction() as tx:
        rows = [{"id": f"p{i}", "document": document} for i in range(60)]
        write.create_nodes(tx, schema.MANAGED_POLICY, rows)
    assert (
        database.read("MATCH (n:Policy) WHERE n.document = $d RETURN count(n) AS n", d=document)[0]["n"] == 60
    )


def test_a_row_that_fits_in_no_message_is_refused_and_nothing_hangs(database: Database) -> None:
    row = {"id": "p", "document": "x" * (batches.BYTES_PER_ROW + 1)}
    rows = [{"id": "before"}, row]
    with pytest.raises(batches.TooLarge, match="bytes"), database.transaction() as tx:
        write.create_nodes(tx, schema.POLICY, rows)
    assert count(database, "(n:Policy)") == 0


def test_undeclared_properties_and_ends_are_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="no property colour"), database.transaction() as tx:
        write.create_nodes(tx, schema.USER, [user(1, colour="red")])
    with pytest.raises(ValueError, match="without its key"), database.transaction() as tx:
        write.create_nodes(tx, schema.USER, [{"name": "x"}])
    with pytest.raises(ValueError, match="does not go from"), database.transaction() as tx:
        write.create_relationships(tx, schema.MEMBER_OF, schema.ROLE, schema.GROUP, [])


def test_a_relationship_to_a_missing_node_is_an_error_and_not_dropped(database: Database) -> None:
    with database.transaction() as tx:
        write.create_nodes(tx, schema.USER, [user(1)])
        write.create_nodes(tx, schema.GROUP, [{"arn": "g"}])
    edges: list[write.Edge] = [(user(1)["arn"], "g", {}), (user(1)["arn"], "h", {})]
    with pytest.raises(write.MissingEnd, match="1 of 2 MEMBER_OF"), database.transaction() as tx:
        write.create_relationships(tx, schema.MEMBER_OF, schema.USER, schema.GROUP, edges)
    assert count(database, "()-[r]->()") == 0


def test_merging_creates_what_is_missing_and_completes_what_is_there(database: Database) -> None:
    with database.transaction() as tx:
        assert write.merge_nodes(tx, schema.EXTERNAL, [{"arn": "r", "loaded": False}, {"arn": "s"}]) == 2
        write.create_nodes(tx, schema.ROLE, [{"arn": "t"}])
        write.create_relationships(
            tx, schema.TRUSTS, schema.ROLE, schema.EXTERNAL, [("t", "r", {"statement": "#1"})]
        )
    with database.transaction() as tx:
        assert write.merge_nodes(tx, schema.ROLE, [{"arn": "r", "loaded": True, "name": "r"}]) == 0
    found = database.read(
        "MATCH (t:Role {arn: 't'})-[x:TRUSTS]->(n:Principal {arn: 'r'}) "
        "RETURN labels(n) AS labels, n.loaded AS loaded, n.name AS name, x.statement AS statement"
    )
    assert [sorted(row["labels"]) for row in found] == [["Principal", "Role"]]
    assert (found[0]["loaded"], found[0]["name"], found[0]["statement"]) == (True, "r", "#1")


def test_a_mention_leaves_what_is_loaded_untouched(database: Database) -> None:
    with database.transaction() as tx:
        write.create_nodes(tx, schema.ROLE, [{"arn": "r", "loaded": True}])
        rows = [{"arn": "r", "loaded": False}, {"arn": "s", "loaded": False}]
        assert write.merge_nodes(tx, schema.EXTERNAL, rows, only_new=True) == 1
    found = database.read(
        "MATCH (n:Principal) RETURN n.arn AS arn, labels(n) AS labels, n.loaded AS loaded ORDER BY arn"
    )
    assert [(row["arn"], sorted(row["labels"]), row["loaded"]) for row in found] == [
        ("r", ["Principal", "Role"], True),
        ("s", ["External", "Principal"], False),
    ]


def test_labels_change_within_the_transaction_that_made_the_nodes(database: Database) -> None:
    with database.transaction() as tx:
        write.create_nodes(tx, schema.EXTERNAL, [{"arn": "a", "name": "x"}, {"arn": "b"}])
        edges: list[write.Edge] = [("a", "b", {"verdict": "allowed"}), ("a", "a", {"verdict": "depends"})]
        write.create_relationships(tx, schema.CAN_ESCALATE, schema.EXTERNAL, schema.EXTERNAL, edges)
        change_labels(tx, schema.USER, ["a", "nobody"], more=(schema.ADMIN_LABEL,))
        change_labels(tx, schema.ROLE, ["b"])
    admin = "(:User:Admin {arn: 'a', name: 'x'})"
    assert count(database, f"{admin}-[:CAN_ESCALATE {{verdict: 'allowed'}}]->(:Role {{arn: 'b'}})") == 1
    assert count(database, "(a:User {arn: 'a'})-[:CAN_ESCALATE {verdict: 'depends'}]->(a)") == 1
    assert count(database, "(n:External)") == 0
    assert count(database, "()-[r]->()") == 2

"""The commands that ask the database, run on the built-in organization."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from tests.app.conftest import ROOT, Command

EXPECTED: dict[str, Any] = json.loads(
    (ROOT / "tests" / "loader" / "demo_expectations.json").read_text(encoding="utf-8")
)
PAYSLIP = "arn:aws:s3:::payroll/2026.csv"
USER = "arn:aws:iam::444455556666:user"


def test_who_can_as_json_is_the_documented_shape(iamatlas: Command) -> None:
    ran = iamatlas("who-can", "s3:getobject", PAYSLIP, "--format", "json")
    assert ran.code == 0
    assert list(ran.json) == ["question", "answers", "missing"]
    assert ran.json["question"] == {"action": "s3:GetObject", "resource": PAYSLIP, "context": {}}
    expected = {each["principal"]: each["verdict"] for each in EXPECTED["who_can"][0]["answers"]}
    assert {each["principal"]: each["verdict"] for each in ran.json["answers"]} == expected
    for each in ran.json["answers"]:
        assert {
            "principal", "type", "name", "account", "action", "resource", "verdict", "conditions", "needs",
            "because",
        } <= set(each)  # fmt: skip
        for grant in each["because"]:
            assert set(grant) == {"policy", "policy_name", "statement", "sid", "effect", "via"}


def test_who_can_as_a_table_is_a_sentence(iamatlas: Command) -> None:
    ran = iamatlas("who-can", "s3:GetObject", PAYSLIP, COLUMNS="200")
    (line,) = [line for line in ran.out.splitlines() if "user joss.varga" in line]
    assert line.split()[0] == "allowed"
    assert "through group payroll-migration, policy PayrollMigration, statement 1" in line
    assert "24 allowed, 7 depending on conditions." in ran.err
    narrow = iamatlas("who-can", "s3:GetObject", PAYSLIP)
    assert max(map(len, narrow.out.splitlines())) <= 100


def test_who_can_as_csv_has_one_row_per_answer(iamatlas: Command) -> None:
    ran = iamatlas("who-can", "s3:GetObject", PAYSLIP, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert len(rows) == len(EXPECTED["who_can"][0]["answers"])
    claudia = next(row for row in rows if row["principal"] == f"{USER}/claudia.ricci")
    assert (claudia["verdict"], claudia["conditions"]) == ("depends", "aws:SourceIp is in 203.0.113.0/24")


def test_a_context_narrows_the_answer(iamatlas: Command) -> None:
    arguments = ["can", f"{USER}/claudia.ricci", "s3:GetObject", PAYSLIP, "--format", "json"]
    ran = iamatlas(*arguments, "--context", "aws:SourceIp=203.0.113.8")
    assert (ran.json["verdict"], ran.json["question"]["context"]) == (
        "allowed", {"aws:SourceIp": "203.0.113.8"},
    )  # fmt: skip
    assert iamatlas(*arguments, "--context", "aws:SourceIp=").json["verdict"] == "denied"


def test_an_unknown_context_key_is_warned_of(iamatlas: Command) -> None:
    ran = iamatlas("who-can", "s3:GetObject", PAYSLIP, "--context", "aws:SorceIp=1.2.3.4")
    assert ran.code == 0
    assert "aws:SourceIp" in ran.err


def test_limit_cuts_and_says_so(iamatlas: Command) -> None:
    ran = iamatlas("who-can", "s3:GetObject", PAYSLIP, "--format", "json", "--limit", "2")
    assert len(ran.json["answers"]) == 2
    assert "2 of 31" in ran.err


def test_can_explains_layer_by_layer_with_text_and_place(iamatlas: Command) -> None:
    ran = iamatlas("can", "selma.krause", "iam:PutUserPolicy", "user/selma.krause", "--explain")
    assert ran.out.startswith("denied:")
    assert "stopped by permissions boundary" in ran.out
    assert "Action: iam:*, organizations:*, sts:AssumeRole" in ran.out
    assert "in arn:aws:iam::444455556666:policy/boundaries/AppDeveloperBoundary, statement 4" in ran.out


def test_can_as_json_holds_the_layers(iamatlas: Command) -> None:
    ran = iamatlas("can", "selma.krause", "iam:PutUserPolicy", "user/selma.krause", "--format", "json")
    assert {"question", "verdict", "blocked_by", "conditions", "needs", "because", "layers"} <= set(ran.json)
    assert ran.json["blocked_by"] == ["boundary"]
    explained = iamatlas(
        "can", "selma.krause", "iam:PutUserPolicy", "user/selma.krause", "--format", "json", "--explain"
    )
    boundary = next(each for each in explained.json["layers"] if each["layer"] == "boundary")
    assert "Action: iam:*, organizations:*, sts:AssumeRole" in boundary["because"][0]["text"]


def test_what_can_by_service_and_access_level(iamatlas: Command) -> None:
    ran = iamatlas("what-can", "role/payroll-processor", "--service", "S3", "--format", "json")
    assert {each["service"] for each in ran.json["permissions"]} == {"s3"}
    assert any("s3:GetObject" in each["actions"] for each in ran.json["permissions"])
    assert max(map(len, iamatlas("what-can", "role/payroll-processor").out.splitlines())) <= 100


def test_the_demo_is_loaded_once_and_tells_the_main_answers(iamatlas: Command) -> None:
    ran = iamatlas("demo", "--format", "json")
    assert "catalogue" not in ran.err
    assert sorted(ran.json["paths"]["administrators"]) == sorted(
        arn for arns in EXPECTED["administrators"].values() for arn in arns
    )
    told = iamatlas("demo").out
    assert "Who can read the payroll data?" in told
    assert "iamatlas explore" in told
    assert max(map(len, told.splitlines())) <= 100


def test_the_status_says_what_is_loaded_and_missing(iamatlas: Command) -> None:
    ran = iamatlas("status", "--format", "json")
    assert {each["account"] for each in ran.json["accounts"]} == set(EXPECTED["administrators"])
    assert ran.json["database"]["uri"] == "embedded"
    assert any("888899990000" in text for text in ran.json["missing"])
    mistyped = [each for each in ran.json["policy_warnings"] if each["rule"] == "unknown-action"]
    assert any("nearest: s3:GetObject" in each["warning"] for each in mistyped)
    table = iamatlas("status")
    assert "Tidewick" in table.out
    assert "2 unknown-action (error)" in table.err
    assert max(map(len, table.out.splitlines())) <= 100


def test_a_query_of_the_library_runs_by_name(iamatlas: Command) -> None:
    ran = iamatlas("query", "group-members", "--param", "group=payroll-team", "--format", "json")
    assert {row["user"] for row in ran.json} == {
        "birgit.stahl",
        "jana.novotna",
        "olu.adeyemi",
        "peer.holgersen",
    }


def test_ones_own_cypher_runs_with_typed_parameters(iamatlas: Command) -> None:
    cypher = "MATCH (g:Group {name: $name}) RETURN g.name AS name, $list AS list, $number + 1 AS more"
    ran = iamatlas(
        "query", cypher, "--param", "name=engineers", "--param", "list=[1, 2]", "--param", "number=4",
        "--format", "json",
    )  # fmt: skip
    assert ran.json == [{"name": "engineers", "list": [1, 2], "more": 5}]


def test_nodes_and_paths_can_be_shown(iamatlas: Command) -> None:
    cypher = "MATCH p=(u:User {name: 'birgit.stahl'})-[:MEMBER_OF]->(g:Group) RETURN u, p"
    ran = iamatlas("query", cypher, "--format", "json")
    assert ran.code == 0
    assert "birgit.stahl" in json.dumps(ran.json)
    assert iamatlas("query", cypher).code == 0


@pytest.mark.parametrize(
    ("cypher", "message"),
    [
        ("MATCH (n) DETACH DELETE n", "read"),
        ("CREATE (n:User {arn: 'x'}) RETURN n", "read"),
        ("LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line", "LOAD CSV"),
        ("MATCH (n RETURN n", ""),
    ],
)
def test_what_is_not_reading_is_refused(iamatlas: Command, cypher: str, message: str) -> None:
    ran = iamatlas("query", cypher)
    assert ran.code == 2
    assert message.lower() in ran.err.lower()
    assert "Traceback" not in ran.err
    assert (
        iamatlas("query", "MATCH (u:User) RETURN count(u) AS users", "--format", "json").json[0]["users"] > 70
    )


def test_rows_of_ones_own_cypher_are_limited(iamatlas: Command) -> None:
    ran = iamatlas("query", "MATCH (a:Action) RETURN a.name AS name", "--limit", "3", "--format", "json")
    assert len(ran.json) == 3
    assert "first 3 rows" in ran.err


def test_a_query_that_runs_too_long_is_stopped(iamatlas: Command) -> None:
    endless = "MATCH (a:Action), (b:Action), (c:Action) WHERE a.name + b.name = c.name RETURN count(*) AS n"
    ran = iamatlas("query", endless, "--seconds", "1")
    assert ran.code == 2
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["can", "BreakGlass", "s3:GetObject"], "arn:aws:iam::111122223333:role/BreakGlass"),
        (["can", "mira.solber", "s3:GetObject"], "user/mira.solberg"),
        (["who-can", "s3:GetObjet"], "s3:GetObject"),
        (["who-can", "s3:GetObject", "arn:aws:s3:::payroll"], "arn:aws:s3:::payroll/*"),
    ],
)
def test_what_is_not_known_ends_with_the_nearest_and_code_2(
    iamatlas: Command, arguments: list[str], message: str
) -> None:
    ran = iamatlas(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_an_empty_answer_is_an_answer(iamatlas: Command) -> None:
    ran = iamatlas("query", "group-members", "--param", "group=nobody", "--format", "json")
    assert (ran.code, ran.json) == (0, [])


def test_a_bad_load_is_code_2_and_changes_nothing(iamatlas: Command) -> None:
    before = iamatlas("status", "--format", "json").json
    bad = iamatlas.home / "bad.json"
    bad.write_text('{"UserDetailList": 5', encoding="utf-8")
    for path in (str(bad), str(iamatlas.home / "missing.json")):
        ran = iamatlas("load", path)
        assert (ran.code, ran.out) == (2, "")
        assert path in ran.err
        assert "Traceback" not in ran.err
    assert iamatlas("status", "--format", "json").json == before

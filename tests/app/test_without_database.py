"""What needs no database: help, wrong use, deciding cases, completion, the library's list."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.reference import PAGES
from tests.app.conftest import ROOT, Command

CASES = ROOT / "tests" / "data" / "decisions.jsonl.gz"
COMMANDS = ["demo", "load", "status", "who-can", "can", "what-can", "query", "explore", "decide"]


def first_cases(number: int) -> list[dict[str, object]]:
    with gzip.open(CASES, "rt", encoding="utf-8") as file:
        return [json.loads(next(file)) for _ in range(number)]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_an_example(nowhere: Command, name: str) -> None:
    ran = nowhere(name, "--help")
    assert ran.code == 0
    assert f"iamatlas {name}" in ran.out.split("For example:")[1]


def test_help_imports_neither_driver_nor_tables() -> None:
    heavy = "('rich.console', 'neo4j', 'pandas', 'streamlit', 'iam', 'graph', 'queries', 'loader')"
    code = (
        "import sys\nfrom app.cli import app\n"
        "try: app(['--help'], prog_name='iamatlas')\nexcept SystemExit: pass\n"
        f"sys.exit(', '.join(each for each in {heavy} if each in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip()) == (0, "")


@pytest.mark.parametrize("page", sorted(PAGES))
def test_the_reference_pages_are_current(page: str) -> None:
    path = ROOT / "docs" / "reference" / f"{page}.md"
    assert path.read_text(encoding="utf-8") == PAGES[page](), (
        f"write it anew: python -m app.reference {page} > docs/reference/{page}.md"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["who-can"], "Missing argument"),
        (["nonsense"], "No such command"),
        (["status", "--format", "xml"], "'xml'"),
        (["status", "--limit", "0"], "limit"),
        (["who-can", "s3:GetObject", "--context", "SourceIp"], "KEY=VALUE"),
        (["who-can", "s3:GetObject", "--context", "aws:SourceIp=", "--context", "aws:SourceIp=1"], "absent"),
        (["query", "group-member"], "group-members"),
        (["query", "group-members", "--param", "grup=x"], "no parameter 'grup'"),
        (["query", "policy-holders"], "--param policy="),
        (["query", "group-members", "--param", "group"], "KEY=VALUE"),
        (["decide", "nowhere.jsonl"], "nowhere.jsonl"),
        (["what-can", "alice", "--service", "s33"], "s3"),
    ],
)
def test_wrong_use_ends_with_one_message_and_code_2(
    nowhere: Command, arguments: list[str], message: str
) -> None:
    ran = nowhere(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert message in ran.err
    assert "Traceback" not in ran.err
    assert not (nowhere.home / "embedded").exists()


@pytest.mark.parametrize("where", ["before", "after"])
def test_an_unreachable_database_is_code_3_with_the_cure(nowhere: Command, where: str) -> None:
    given = ["--uri", "bolt://127.0.0.1:9", "--password", "x"]
    ran = nowhere(*given, "status") if where == "before" else nowhere("status", *given)
    assert ran.code == 3
    assert "127.0.0.1:9" in ran.err
    assert "IAMATLAS_URI" in ran.err
    assert "Traceback" not in ran.err


def test_an_option_wins_over_the_environment(nowhere: Command) -> None:
    ran = nowhere("status", "--uri", "bolt://127.0.0.1:9", IAMATLAS_URI="bolt://127.0.0.1:10")
    assert "127.0.0.1:9" in ran.err


def test_debug_shows_where_an_error_comes_from(nowhere: Command) -> None:
    ran = nowhere("--debug", "status", "--uri", "bolt://127.0.0.1:9")
    assert "Traceback" in ran.err


def test_cases_are_decided_one_a_line_in_order(nowhere: Command, tmp_path: Path) -> None:
    cases = first_cases(60)
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(map(json.dumps, cases)), encoding="utf-8")
    ran = nowhere("decide", str(path))
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 0
    assert [each["id"] for each in answers] == [each["id"] for each in cases]
    assert [each["result"] for each in answers] == [each["expected"] for each in cases]
    assert all(set(each) == {"id", "result", "blocked_by"} for each in answers)


def test_cases_come_from_standard_input_and_from_gzip_too(nowhere: Command) -> None:
    case = json.dumps(first_cases(1)[0])
    assert nowhere("decide", "-", input=case + "\n").code == 0
    assert len(nowhere("decide", str(CASES), "--limit", "5").out.splitlines()) == 5


def test_a_case_that_cannot_be_decided_stops_nothing(nowhere: Command) -> None:
    good = json.dumps(first_cases(1)[0])
    deep = "[" * 100_000
    owner = {"CanonicalUser": "c1" * 32}
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    open_case = {
        "id": "open",
        "request": {"principal": "arn:aws:iam::111111111111:user/Bob", "action": "s3:GetObject",
                    "resource": "arn:aws:s3:::bucket/a", "resourceAccount": "222222222222", "context": {}},
        "identityPolicies": [{"name": "all", "policy": {"Statement": everything}}],
        "resourcePolicy": {"Statement": {**everything, "Principal": owner}},
    }  # fmt: skip
    lines = [good, "{bad", '{"id": 7}', '["list"]', deep, json.dumps(open_case), "", good]
    ran = nowhere("decide", "-", input="\n".join(lines))
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 2
    assert [("result" in each, each["id"]) for each in answers] == [
        (True, answers[0]["id"]), (False, None), (False, 7), (False, None), (False, None),
        (False, "open"), (True, answers[0]["id"]),
    ]  # fmt: skip
    assert all(set(each) == {"id", "error"} for each in answers[1:6])
    assert "canonical user id of account 111111111111" in answers[5]["error"]
    assert "Traceback" not in ran.err


def test_decided_cases_as_csv(nowhere: Command) -> None:
    case = {**first_cases(1)[0], "id": "=cmd()"}
    ran = nowhere("decide", "-", "--format", "csv", input=json.dumps(case))
    ((name, *_),) = list(csv.reader(io.StringIO(ran.out)))[1:]
    assert name == "'=cmd()"


def test_the_library_is_listed_without_a_database(nowhere: Command) -> None:
    table = nowhere("query")
    assert "group-members" in table.out
    assert max(map(len, table.out.splitlines())) <= 100
    listed = nowhere("query", "--format", "json").json
    assert {"name", "title", "question", "parameters", "columns", "cypher"} <= set(listed[0])
    assert "MATCH" in nowhere("query", "accounts", "--show").out
    assert not (nowhere.home / "embedded").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_can_be_installed(nowhere: Command, tmp_path: Path, shell: str) -> None:
    here = {"HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    ran = nowhere("--install-completion", shell, **here)
    assert ran.code == 0, ran.err
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any("_IAMATLAS_COMPLETE" in path.read_text(encoding="utf-8") for path in written)


def test_commands_are_completed(nowhere: Command) -> None:
    ran = nowhere(_IAMATLAS_COMPLETE="complete_bash", COMP_WORDS="iamatlas who", COMP_CWORD="1")
    assert ran.out.split() == ["who-can"]


def test_output_that_nobody_reads_to_its_end_is_no_error(nowhere: Command) -> None:
    environment = {**os.environ, "IAMATLAS_HOME": str(nowhere.home)}
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m app.cli decide {CASES} | head -1; exit ${{PIPESTATUS[0]}}"],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")

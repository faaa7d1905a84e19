"""`iamatlas paths`, `choke-points` and `who-can --indirect`, run as people run them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.app.conftest import Command

EXPECTED = json.loads(
    (Path(__file__).parent.parent / "loader" / "demo_expectations.json").read_text(encoding="utf-8")
)
PAYSLIP = "arn:aws:s3:::payroll/2026.csv"
CI = "arn:aws:iam::555566667777:role/ci-deploy"


def test_paths_as_json(iamatlas: Command) -> None:
    ran = iamatlas("paths", "--to", "admin", "--format", "json")
    assert ran.code == 0
    assert {path["source"] for path in ran.json["paths"]} == {path["source"] for path in EXPECTED["paths"]}
    assert "45 paths: " in ran.err or ran.err == ""


def test_paths_as_text_begin_with_what_they_share(iamatlas: Command) -> None:
    ran = iamatlas("paths")
    assert ran.code == 0
    assert "9 paths share: statement 2 (DeployFunctions) of policy deploy" in ran.out
    assert "[lambda-001]" in ran.out
    assert "From outside:" in ran.out
    assert "paths: " in ran.err


def test_one_path_is_told_hop_by_hop(iamatlas: Command) -> None:
    ran = iamatlas("paths", "--from", CI, "--to", "admin")
    assert ran.code == 0
    first, second = ran.out.index("1. ci-deploy"), ran.out.index("2. deploy-runner")
    assert first < second
    assert "by inline policy deploy, statement 2 (DeployFunctions)" in ran.out


def test_paths_as_csv_have_one_row_per_hop(iamatlas: Command) -> None:
    ran = iamatlas("paths", "--from", CI, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [(row["path"], row["hop"], row["technique"]) for row in rows] == [
        ("1", "1", "sts-001"), ("1", "2", "lambda-001"),
    ]  # fmt: skip
    assert rows[0]["source"] == CI


def test_all_paths_are_cut_at_the_limit_and_say_so(iamatlas: Command) -> None:
    ran = iamatlas("paths", "--all", "--limit", "3", "--format", "json")
    assert (len(ran.json["paths"]), ran.json["truncated"]) == (3, True)


def test_no_path_is_an_empty_answer(iamatlas: Command) -> None:
    ran = iamatlas("paths", "--from", "marit.haugen", "--format", "json")
    assert (ran.code, ran.json["paths"], ran.json["external_paths"]) == (0, [], [])
    assert iamatlas("choke-points", "--to", "marit.haugen").code == 0


def test_an_administrator_is_no_source(iamatlas: Command) -> None:
    ran = iamatlas("paths", "--from", "hanne.vik")
    assert (ran.code, ran.out) == (0, "")
    assert "is an administrator already" in ran.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["paths", "--from", "mira.solber"], "user/mira.solberg"),
        (["paths", "--to", "role/platform-automatio"], "role/platform-automation"),
        (["paths", "--without", "conditions"], "--without takes depends"),
        (["paths", "--to-resource", PAYSLIP], "goes with --to-action"),
        (["paths", "--to", "admin", "--to-action", "s3:GetObject"], "exclude each other"),
        (["choke-points", "--to", "nobody-at-all"], "There is no principal"),
        (["paths", "--from", "marked:owned"], "Nothing is marked owned"),
        (["choke-points", "--to", "marked:jewels"], "Marks are marked:owned"),
    ],
)
def test_what_is_not_known_is_code_2(iamatlas: Command, arguments: list[str], message: str) -> None:
    ran = iamatlas(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert "Traceback" not in ran.err


def test_the_way_to_data(iamatlas: Command) -> None:
    ran = iamatlas(
        "paths", "--to-action", "s3:GetObject", "--to-resource", PAYSLIP, "--from", CI, "--format", "json"
    )
    (path,) = ran.json["paths"]
    assert path["verdict"] == "allowed"
    assert path["answer"]["action"] == "s3:GetObject"


def test_who_can_indirectly(iamatlas: Command) -> None:
    direct = iamatlas("who-can", "s3:GetObject", PAYSLIP, "--format", "json").json["answers"]
    both = iamatlas("who-can", "s3:GetObject", PAYSLIP, "--indirect", "--format", "json").json["answers"]
    assert both[: len(direct)] == direct
    over = {each["principal"]: each for each in both[len(direct) :]}
    assert all(each["hops"] for each in over.values())
    assert over[CI]["verdict"] == "allowed"
    assert "Over hops:" in iamatlas("who-can", "s3:GetObject", PAYSLIP, "--indirect").out
    rows = list(
        csv.DictReader(
            io.StringIO(iamatlas("who-can", "s3:GetObject", PAYSLIP, "--indirect", "--format", "csv").out)
        )
    )
    assert len(rows) == len(both)
    assert "lambda-001" in next(row["hops"] for row in rows if row["principal"] == CI)


def test_choke_points(iamatlas: Command) -> None:
    ran = iamatlas("choke-points", "--format", "json")
    assert set(ran.json) >= {"question", "choke_points", "missing"}
    first = ran.json["choke_points"][0]
    assert set(first) == {"grant", "holder", "cuts", "also_takes_away"}
    assert set(first["cuts"]) == set(EXPECTED["choke_point"]["cuts_sources"])
    assert "DeployFunctions" in iamatlas("choke-points").out
    rows = list(csv.DictReader(io.StringIO(iamatlas("choke-points", "--format", "csv").out)))
    assert rows[0]["cuts"] == "9"
    one = iamatlas("choke-points", "--to", "role/platform-automation", "--format", "json").json
    assert one["minimum"]["exact"] is True
    by_trust = iamatlas("choke-points", "--to", "role/chain/ledger-admin").out
    assert "The fewest grants that cut off everybody:\n  statement 1 of the trust policy on" in by_trust

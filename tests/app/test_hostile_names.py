"""Names that an attacker chose reach terminals, spreadsheets and JSON harmless."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

import pytest

from graph import embedded
from tests.app.conftest import Command

ACCOUNT = "123456789012"
FORMULA = "=cmd|' /C calc'!A0"
ESCAPE = "\x1b]0;owned\x07\x1b[2J"
MARKUP = "[red]bold[/red] </script>"


def export() -> dict[str, object]:
    """An export whose Sid, policy name and tags want to do harm."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": ESCAPE, "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
            {"Sid": FORMULA, "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"},
        ],
    }
    return {
        "UserDetailList": [
            {
                "Path": "/", "UserName": "=evil", "UserId": "AIDAEXAMPLEEXAMPLE01",
                "Arn": f"arn:aws:iam::{ACCOUNT}:user/=evil", "CreateDate": "2026-01-01T00:00:00Z",
                "UserPolicyList": [{"PolicyName": MARKUP, "PolicyDocument": policy}],
                "GroupList": [], "AttachedManagedPolicies": [], "Tags": [{"Key": "x", "Value": ESCAPE}],
            }
        ],
        "GroupDetailList": [], "RoleDetailList": [], "Policies": [],
    }  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    home = tmp_path_factory.mktemp("hostile")
    path = home / "account.json"
    path.write_text(json.dumps(export()), encoding="utf-8")
    command = Command(home)
    loaded = command("load", str(path), "--format", "json")
    assert loaded.code == 0, loaded.err
    assert loaded.json["accounts"] == [ACCOUNT]
    yield command
    embedded.stop(home / "embedded")


@pytest.mark.parametrize(
    "arguments",
    [
        ["who-can", "s3:GetObject", "arn:aws:s3:::b/k"],
        ["can", "=evil", "s3:GetObject", "arn:aws:s3:::b/k", "--explain"],
        ["query", "principal-policies", "--param", "principal==evil"],
        ["query", "MATCH (s:Statement) RETURN s"],
        ["status"],
    ],
)
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_no_control_character_reaches_the_terminal(hostile: Command, arguments: list[str], form: str) -> None:
    ran = hostile(*arguments, "--format", form)
    assert ran.code == 0, ran.err
    for text in (ran.out, ran.err):
        assert all(character.isprintable() for character in text.replace("\n", ""))


def test_no_cell_of_a_spreadsheet_is_a_formula(hostile: Command) -> None:
    ran = hostile("query", "MATCH (s:Statement) RETURN s.sid AS sid ORDER BY s.index", "--format", "csv")
    cells = [row[0] for row in csv.reader(io.StringIO(ran.out))][1:]
    assert FORMULA not in cells
    assert f"'{FORMULA}" in cells


def test_markup_is_shown_as_text(hostile: Command) -> None:
    ran = hostile("who-can", "s3:GetObject", "arn:aws:s3:::b/k")
    assert "[red]bold[/red]" in " ".join(ran.out.split())


def test_json_gives_the_name_as_it_is(hostile: Command) -> None:
    ran = hostile("query", "MATCH (s:Statement) RETURN s.sid AS sid ORDER BY s.index", "--format", "json")
    assert [row["sid"] for row in ran.json] == [ESCAPE, FORMULA]


def test_the_demo_is_not_mixed_into_ones_own_accounts(hostile: Command) -> None:
    ran = hostile("demo")
    assert ran.code == 2
    assert "--home" in ran.err

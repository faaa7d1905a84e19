"""Marks: kept whatever is loaded anew, and asked about: from what is owned, to crown jewels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from graph.marks import MarkKind, read_marks, remove_mark, set_mark
from loader.load import load, remove_account
from queries.choke_points import choke_points
from queries.errors import QuestionError
from queries.paths import PATH_COLUMNS, paths
from tests.loader import support

if TYPE_CHECKING:
    from graph.connection import Database

OWNED = support.arn("role", "ci")
RUNNER = support.arn("role", "runner")
SECOND = support.arn("role", "second")
JEWEL = support.arn("role", "vault")
BUCKET = "arn:aws:s3:::payroll"
TOPIC = f"arn:aws:sns:eu-west-1:{support.ACCOUNT}:news"
TRUSTING = {"AWS": f"arn:aws:iam::{support.ACCOUNT}:root"}


def folder(at: Path) -> Path:
    """An account: ci assumes runner, runner assumes vault, vault reads the bucket payroll; second nothing."""
    held = {
        "ci": support.allow("sts:AssumeRole", RUNNER),
        "runner": support.allow("sts:AssumeRole", JEWEL),
        "vault": support.allow("s3:GetObject", f"{BUCKET}/*"),
        "second": support.allow("s3:GetObject", "arn:aws:s3:::other/*"),
    }
    roles = [
        support.role(name, TRUSTING, RolePolicyList=[support.inline("own", document)])
        for name, document in held.items()
    ]
    account = at / "accounts" / support.ACCOUNT
    account.mkdir(parents=True)
    support.write(account / "authorization-details.json", support.export(roles=roles))
    resources: list[dict[str, Any]] = [
        {"arn": arn, "type": kind, "name": "x", "account": support.ACCOUNT, "region": "eu-west-1",
         "role": None, "policy": None, "tags": {}, "details": {}}
        for arn, kind in ((BUCKET, "AWS::S3::Bucket"), (TOPIC, "AWS::SNS::Topic"))
    ]  # fmt: skip
    support.write(account / "resources.json", resources)
    return at


@pytest.fixture
def marked(embedded_database: Database, tmp_path: Path) -> Iterator[Database]:
    """The small account, with nothing marked."""
    load(embedded_database, [folder(tmp_path)])
    yield embedded_database
    for mark in read_marks(embedded_database):
        remove_mark(embedded_database, mark.kind, mark.arn)


def test_a_mark_says_who_set_it_when_and_why(marked: Database) -> None:
    set_mark(marked, MarkKind.OWNED, OWNED, note=" from the exercise ", by="ines")
    (mark,) = read_marks(marked)
    assert (mark.kind, mark.arn, mark.note, mark.by) == (MarkKind.OWNED, OWNED, "from the exercise", "ines")
    assert mark.when.endswith("+00:00")


def test_a_mark_set_again_is_replaced_and_kinds_stand_beside_each_other(marked: Database) -> None:
    set_mark(marked, MarkKind.OWNED, OWNED, note="first", by="ines")
    set_mark(marked, MarkKind.OWNED, OWNED, by="otto")
    set_mark(marked, MarkKind.ACCEPTED_RISK, OWNED)
    assert [(mark.kind, mark.note, mark.by) for mark in read_marks(marked)] == [
        (MarkKind.ACCEPTED_RISK, "", ""), (MarkKind.OWNED, "", "otto"),
    ]  # fmt: skip
    remove_mark(marked, MarkKind.OWNED, OWNED)
    assert [mark.kind for mark in read_marks(marked)] == [MarkKind.ACCEPTED_RISK]


def test_marks_stay_when_the_account_is_loaded_again_and_when_it_goes(
    marked: Database, tmp_path: Path
) -> None:
    set_mark(marked, MarkKind.CROWN_JEWEL, JEWEL, note="payslips")
    before = read_marks(marked)
    load(marked, [tmp_path])
    assert read_marks(marked) == before
    remove_account(marked, support.ACCOUNT)
    assert read_marks(marked) == before


def test_paths_go_from_what_is_owned_to_crown_jewels(marked: Database) -> None:
    set_mark(marked, MarkKind.OWNED, OWNED)
    set_mark(marked, MarkKind.CROWN_JEWEL, JEWEL)
    found = paths(marked, source="marked:owned", target="marked:crown-jewel")
    assert [(path.source, path.target, path.length) for path in found.paths] == [(OWNED, JEWEL, 2)]
    assert (found.question["from"], found.question["to"]) == ("marked:owned", "marked:crown-jewel")
    everybody = paths(marked, target="marked:crown-jewel")
    assert {path.source for path in everybody.paths} == {OWNED, RUNNER}
    cut = choke_points(marked, target="marked:crown-jewel")
    assert set(cut.sources) == {OWNED, RUNNER}


def test_a_marked_resource_is_reached_by_whoever_reads_what_it_holds(marked: Database) -> None:
    set_mark(marked, MarkKind.CROWN_JEWEL, BUCKET)
    found = paths(marked, target="marked:crown-jewel")
    assert {(path.source, path.target) for path in found.paths} == {(OWNED, JEWEL), (RUNNER, JEWEL)}
    assert all(path.answer is not None and path.answer.action == "s3:GetObject" for path in found.paths)


def test_what_is_marked_and_can_be_no_target_is_named(marked: Database) -> None:
    gone = support.arn("role", "gone")
    for arn in (JEWEL, TOPIC, gone):
        set_mark(marked, MarkKind.CROWN_JEWEL, arn)
    found = paths(marked, target="marked:crown-jewel")
    assert {path.source for path in found.paths} == {OWNED, RUNNER}
    assert any(TOPIC in text and "--to-action" in text for text in found.warnings)
    assert any(gone in text and "not loaded" in text for text in found.warnings)


def test_a_path_over_an_accepted_risk_stays_and_says_so(marked: Database) -> None:
    set_mark(marked, MarkKind.ACCEPTED_RISK, RUNNER)
    found = paths(marked, target=JEWEL)
    assert {path.source for path in found.paths} == {OWNED, RUNNER}
    assert all(found.path_as_json(path)["accepted_risk"] == [RUNNER] for path in found.paths)
    assert all(row[PATH_COLUMNS.index("accepted")] == [RUNNER] for row in found.rows())
    assert "accepted_risk" not in paths(marked, source=SECOND).as_json()


@pytest.mark.parametrize(
    ("text", "message"), [("marked:owned", "Nothing is marked owned"), ("marked:own", "marked:crown-jewel")]
)
def test_a_mark_that_nothing_has_or_nobody_knows_is_said(marked: Database, text: str, message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        paths(marked, source=text)
    with pytest.raises(QuestionError, match=message):
        paths(marked, target=text)

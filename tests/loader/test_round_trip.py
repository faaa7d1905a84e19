"""What is loaded comes back from the graph as it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from graph.entities import read_estate
from loader.demo import FOLDER
from loader.load import load, remove_account
from loader.problems import Report
from loader.sources import read_sources
from queries.library import run_query
from queries.status import status
from tests.loader.support import (
    ACCOUNT,
    allow,
    arn,
    attached,
    export,
    inline,
    managed,
    picture,
    policy_document,
    role,
    user,
    write,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graph.connection import Database

PRODUCTION = "444455556666"


@pytest.fixture(scope="module")
def loaded(database: Database) -> Database:
    load(database, [FOLDER])
    return database


def census(database: Database) -> dict[str, int]:
    """How many nodes of each label set and relationships of each type there are, the history left out."""
    nodes = database.read(
        "MATCH (n) WHERE NOT n:Change UNWIND labels(n) AS label RETURN label, count(*) AS number"
    )
    edges = database.read("MATCH ()-[r]->() RETURN type(r) AS label, count(*) AS number")
    return {row["label"]: row["number"] for row in (*nodes, *edges)}


def test_the_whole_organization_comes_back_equal(loaded: Database) -> None:
    read = read_sources([FOLDER], Report())
    back = picture(read_estate(loaded))
    expected = picture(read.estate)
    for part in expected["accounts"].values():
        for key in part:
            assert back["accounts"][part["id"]][key] == part[key], (part["id"], key)
    assert back == expected


def test_principals_come_in_the_same_order(loaded: Database) -> None:
    read = read_sources([FOLDER], Report())
    assert [p.arn for p in read_estate(loaded).principals()] == [p.arn for p in read.estate.principals()]


def test_loading_again_changes_nothing(loaded: Database) -> None:
    before, counted = picture(read_estate(loaded)), census(loaded)
    load(loaded, [FOLDER])
    assert census(loaded) == counted
    assert picture(read_estate(loaded)) == before


def test_one_account_again_leaves_the_others_and_what_joins_them(loaded: Database) -> None:
    before, counted = picture(read_estate(loaded)), census(loaded)
    summary = load(loaded, [FOLDER / "accounts" / PRODUCTION])
    assert summary.accounts == [PRODUCTION]
    assert picture(read_estate(loaded)) == before
    assert census(loaded) == counted


def test_an_account_can_be_taken_out_and_put_back(loaded: Database) -> None:
    before, counted = picture(read_estate(loaded)), census(loaded)
    assert remove_account(loaded, PRODUCTION)
    without = read_estate(loaded)
    assert PRODUCTION not in without.accounts
    assert not loaded.read(
        "MATCH (n) WHERE n.account = $account AND NOT n.loaded = false RETURN n LIMIT 1", account=PRODUCTION
    )
    assert remove_account(loaded, PRODUCTION) is False
    load(loaded, [FOLDER / "accounts" / PRODUCTION])
    assert picture(read_estate(loaded)) == before
    assert census(loaded) == counted


def doubts(database: Database) -> list[dict[str, Any]]:
    """What linting says of each statement."""
    rows = database.read(
        "MATCH (s:Statement) WHERE s.lint IS NOT NULL RETURN s.id AS id, s.lint AS lint, s.lint_rules AS rules, "
        "s.lint_levels AS levels ORDER BY id"
    )
    return [dict(row) for row in rows]


def test_the_organization_may_come_after_its_accounts(loaded: Database) -> None:
    before, counted, doubted = picture(read_estate(loaded)), census(loaded), doubts(loaded)
    for account in before["accounts"]:
        remove_account(loaded, account)
    for account in sorted(before["accounts"], reverse=True):
        summary = load(loaded, [FOLDER / "accounts" / account])
        assert not any("organization.json" in text for text in summary.missing)
    summary = load(loaded, [FOLDER / "organization.json"])
    assert (summary.accounts, summary.organization) == ([], "o-tdwk8f3k2m")
    assert picture(read_estate(loaded)) == before
    assert census(loaded) == counted
    assert doubts(loaded) == doubted


def test_an_account_is_no_stranger_from_when_it_is_loaded_until_it_is_taken_out(
    loaded: Database, tmp_path: Path
) -> None:
    other = "210987654321"
    trusted = {"AWS": [f"arn:aws:iam::{other}:root", "arn:aws:iam::345678901234:root"]}
    trusting = export(users=[user("ann")], roles=[role("app", trusted)])
    load(loaded, [write(tmp_path / "trusting.json", trusting)])

    def strangers() -> list[str]:
        found = warnings(loaded, rule="trust-without-external-id")
        return [each for each in (other, "345678901234") for row in found if each in row["warning"]]

    assert strangers() == [other, "345678901234"]
    load(loaded, [write(tmp_path / "trusted.json", export(users=[user("eve", other)]))])
    assert strangers() == ["345678901234"]
    remove_account(loaded, other)
    assert strangers() == [other, "345678901234"]
    remove_account(loaded, ACCOUNT)


def test_a_policy_of_aws_whose_text_comes_later_counts_for_accounts_loaded_before(
    loaded: Database, tmp_path: Path
) -> None:
    first, second = "123456789012", "210987654321"
    special = "arn:aws:iam::aws:policy/QuiteNew"
    ann = user("ann", first, AttachedManagedPolicies=[attached(special)])
    trusting = role("app", {"AWS": f"arn:aws:iam::{first}:root"}, first)
    path = write(tmp_path / "first.json", export(users=[ann], roles=[trusting]))
    assume = "MATCH (p:User)-[:CAN_ASSUME]->(:Role {arn: $arn}) RETURN p.arn AS arn"
    app = f"arn:aws:iam::{first}:role/app"
    assert [each.entity for each in load(loaded, [path]).warnings] == [ann["Arn"]]
    assert not loaded.read(assume, arn=app)
    text = managed("QuiteNew", allow("sts:AssumeRole")) | {"Arn": special}
    bob = user("bob", second, AttachedManagedPolicies=[attached(special)])
    load(loaded, [write(tmp_path / "second.json", export(users=[bob], policies=[text]))])
    assert [each["arn"] for each in loaded.read(assume, arn=app)] == [ann["Arn"]]
    assert special in read_estate(loaded).accounts[first].policies
    remove_account(loaded, first)
    remove_account(loaded, second)
    assert not loaded.read("MATCH (p:Policy {id: $id}) RETURN p", id=special)


def test_a_failing_load_leaves_no_trace(
    loaded: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, counted = picture(read_estate(loaded)), census(loaded)

    def broken(*_: object) -> int:
        raise OSError("the disk is gone")

    monkeypatch.setattr("loader.load.write_assumptions", broken)
    with pytest.raises(OSError, match="disk is gone"):
        load(loaded, [write(tmp_path / "new.json", export(users=[user("ann")])), FOLDER])
    assert picture(read_estate(loaded)) == before
    assert census(loaded) == counted


def test_a_role_known_by_name_only_is_filled_in_when_its_account_comes_and_falls_back_when_it_goes(
    loaded: Database, tmp_path: Path
) -> None:
    here, there = "123456789012", "210987654321"
    trusting = role("deploy", {"AWS": f"arn:aws:iam::{there}:role/ci/runner"}, here)
    first = write(tmp_path / "here.json", export(roles=[trusting], users=[user("ann", here)]))
    load(loaded, [first])
    look = "MATCH (p:Principal {arn: $arn}) RETURN labels(p) AS labels, p.loaded AS loaded"
    runner = f"arn:aws:iam::{there}:role/ci/runner"
    (row,) = loaded.read(look, arn=runner)
    assert (set(row["labels"]), row["loaded"]) == ({"Principal", "External"}, False)
    other = role("runner", account=there, RolePolicyList=[inline("go", allow("sts:AssumeRole"))])
    other["Arn"] = runner
    load(loaded, [write(tmp_path / "there.json", export(roles=[other]))])
    (row,) = loaded.read(look, arn=runner)
    assert (set(row["labels"]), row["loaded"]) == ({"Principal", "Role"}, True)
    trusts = "MATCH (:Role {arn: $arn})-[r:TRUSTS]->(p:Principal) RETURN p.arn AS arn"
    deploy = f"arn:aws:iam::{here}:role/deploy"
    assert [each["arn"] for each in loaded.read(trusts, arn=deploy)] == [runner]
    assume = (
        "MATCH (p:Principal)-[r:CAN_ASSUME]->(:Role {arn: $arn}) RETURN p.arn AS arn, r.verdict AS verdict"
    )
    assert [each.data() for each in loaded.read(assume, arn=deploy)] == [
        {"arn": runner, "verdict": "allowed"}
    ]
    remove_account(loaded, there)
    (row,) = loaded.read(look, arn=runner)
    assert (set(row["labels"]), row["loaded"]) == ({"Principal", "External"}, False)
    assert [each["arn"] for each in loaded.read(trusts, arn=deploy)] == [runner]
    assert [each["verdict"] for each in loaded.read(assume, arn=deploy)] == ["depends"]
    remove_account(loaded, here)
    assert not loaded.read(look, arn=runner)


def test_every_load_and_removal_is_kept_in_the_history(database: Database, tmp_path: Path) -> None:
    alone = "999900001111"
    first = write(tmp_path / "first.json", export(users=[user("alice", alone)]))
    known = len(run_query(database, "load-history").rows)
    load(database, [first])
    load(database, [first])
    remove_account(database, alone)
    history = run_query(database, "load-history")
    assert history.columns == ["when", "what", "accounts", "sources", "counts"]
    newest = [row[1:4] for row in history.rows[: len(history.rows) - known]]
    assert sorted(newest, key=str) == sorted(
        [
            ["load", [alone], ["first.json"]],
            ["load", [alone], ["first.json"]],
            ["removal", [alone], []],
        ],
        key=str,
    )
    assert json.loads(next(row[4] for row in history.rows if row[1] == "load"))["users"] == 1


# What linting says of policies

BILLING = "arn:aws:iam::aws:policy/job-function/Billing"
LONG = [f"arn:aws:s3:::bucket-{number:04}/*" for number in range(50)]


@pytest.fixture(scope="module")
def warned(loaded: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A small account beside the organization, with policies that something is wrong with."""
    mistyped = policy_document(Effect="Allow", Action=["s3:GetObject", "s3:GetObjct"], Resource="*")
    mistyped["Statement"].insert(0, {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"})
    refused = policy_document(Effect="Permit", Action="s3:GetObject", Resource="*")
    halves = [inline(name, allow(resource=LONG)) for name in ("one", "two")]  # type: ignore[arg-type]
    account = export(
        users=[
            user(
                "ann", UserPolicyList=[inline("good", allow())], AttachedManagedPolicies=[attached(BILLING)]
            ),
            user("bob", UserPolicyList=halves),
        ],
        roles=[role("app", RolePolicyList=[inline("refused", refused)])],
        policies=[managed("mistyped", mistyped), {**managed("aws", mistyped), "Arn": BILLING}],
    )
    path: Path = tmp_path_factory.mktemp("warned") / "account.json"
    load(loaded, [write(path, account)])
    yield loaded
    remove_account(loaded, ACCOUNT)


def warnings(database: Database, **parameters: str) -> list[dict[str, Any]]:
    table = run_query(database, "policy-warnings", parameters)
    found = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return [row for row in found if row["account"] == ACCOUNT]


def test_a_statement_keeps_what_is_doubtful_about_it_with_rule_level_and_place(warned: Database) -> None:
    (row,) = warnings(warned, rule="unknown-action")
    assert (row["account"], row["policy"], row["level"]) == (ACCOUNT, "mistyped", "error")
    assert row["id"] == arn("policy", "mistyped") + "#2"
    assert row["warning"].startswith("Statement[2].Action: 's3:GetObjct'")
    (node,) = warned.read("MATCH (s:Statement {id: $id}) RETURN s.lint_rules AS rules", id=row["id"])
    assert node["rules"] == ["unknown-action"]


def test_a_policy_that_aws_would_refuse_keeps_why_on_itself(warned: Database) -> None:
    (row,) = warnings(warned, rule="unknown-effect")
    assert row["id"] == arn("role", "app") + ":inline/refused"
    assert row["warning"].startswith("Statement[1].Effect: ")


def test_inline_policies_are_too_long_together(warned: Database) -> None:
    assert [row["policy"] for row in warnings(warned, rule="length-limit")] == ["one", "two"]


def test_policies_of_aws_and_good_ones_are_left_alone(warned: Database) -> None:
    found = {row["policy"] for row in warnings(warned)}
    assert found == {"mistyped", "refused", "one", "two"}


def test_the_status_counts_errors_first(warned: Database) -> None:
    counts = status(warned).policy_warning_counts
    assert counts["error", "length-limit"] == 2
    assert counts["error", "unknown-action"] == 3  # two of them in the organization
    assert [level for level, _ in counts] == sorted(level for level, _ in counts)


def test_one_level_can_be_asked_for(warned: Database) -> None:
    notes, errors = warnings(warned, level="note"), warnings(warned, level="error")
    assert len(notes) + len(errors) == len(warnings(warned))
    assert {row["level"] for row in errors} == {"error"}

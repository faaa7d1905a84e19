"""Escalation paths and choke points on the built-in organization: the answers its documentation reasons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from queries.choke_points import CHOKE_POINT_COLUMNS, choke_points
from queries.errors import QuestionError
from queries.library import run_query
from queries.paths import PATH_COLUMNS, PathsResult, paths
from queries.reach import reachable, reaching
from queries.watching import Stopped, watched_by
from queries.who import who_can, who_reaches

if TYPE_CHECKING:
    from graph.connection import Database

EXPECTED: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "loader" / "demo_expectations.json").read_text(encoding="utf-8")
)
PRODUCTION = "444455556666"
USER = f"arn:aws:iam::{PRODUCTION}:user"
ROLE = f"arn:aws:iam::{PRODUCTION}:role"
PAYSLIP = "arn:aws:s3:::payroll/2026.csv"


@pytest.fixture(scope="module")
def result(loaded: Database) -> PathsResult:
    return paths(loaded)


@pytest.fixture(scope="module")
def answer(result: PathsResult) -> dict[str, Any]:
    return result.as_json()


def hops(path: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(hop["from"], hop["to"], hop["technique"]) for hop in path["hops"]]


def techniques(path: dict[str, Any]) -> list[str]:
    return [hop["technique"] for hop in path["hops"]]


def same(found: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Whether a path is the one reasoned, or one as right."""
    if found["verdict"] != expected["verdict"]:
        return False
    return (found["target"] == expected["target"] and hops(found) == hops(expected)) or (
        techniques(found) in expected.get("also_right", [])
    )


def test_exactly_those_become_administrator_who_are_reasoned_to(answer: dict[str, Any]) -> None:
    assert {path["source"] for path in answer["paths"]} == {path["source"] for path in EXPECTED["paths"]}
    assert len(answer["paths"]) == len(EXPECTED["paths"])


@pytest.mark.parametrize("expected", EXPECTED["paths"], ids=lambda each: each["source"].split(":", 4)[4])
def test_a_path_is_as_reasoned(answer: dict[str, Any], expected: dict[str, Any]) -> None:
    (found,) = [path for path in answer["paths"] if path["source"] == expected["source"]]
    assert same(found, expected), (found["verdict"], hops(found))
    for key in expected.get("condition_keys", []):
        assert any(text.startswith(key) for text in found["conditions"])
    assert bool(found["needs"]) == bool(expected.get("needs"))


@pytest.mark.parametrize("expected", EXPECTED["external_paths"], ids=lambda each: each["hops"][0]["to"][13:])
def test_outsiders_come_in_as_reasoned(answer: dict[str, Any], expected: dict[str, Any]) -> None:
    found = [path for path in answer["external_paths"] if path["source"] == expected["source"]]
    assert any(same(path, expected) for path in found), list(map(hops, found))


def test_no_outsider_comes_further_than_the_role_it_takes(answer: dict[str, Any]) -> None:
    further = {path["source"] for path in answer["paths"]} | set(answer["administrators"])
    assert {path["hops"][0]["to"] for path in answer["external_paths"]} <= further
    assert all(":" in path["source"] for path in answer["external_paths"])


def test_what_only_looks_like_a_way_is_none(loaded: Database, answer: dict[str, Any]) -> None:
    expected = {path["source"] for path in EXPECTED["paths"]}
    decoys = {each["principal"] for each in EXPECTED["decoys"]} - expected
    assert len(decoys) > 10
    assert not decoys & {path["source"] for path in answer["paths"]}
    every = paths(loaded, every=True)
    assert not decoys & {path.source for path in every.paths}


def test_administrators_are_named_and_are_no_sources(answer: dict[str, Any]) -> None:
    administrators = {arn for arns in EXPECTED["administrators"].values() for arn in arns}
    assert set(answer["administrators"]) == administrators
    assert not administrators & {path["source"] for path in answer["paths"]}


def test_the_shapes_are_the_documented_ones(answer: dict[str, Any]) -> None:
    assert set(answer) >= {"question", "administrators", "paths", "truncated", "missing"}
    assert {"from", "to"} <= set(answer["question"])
    assert answer["truncated"] is False
    for path in (*answer["paths"], *answer["external_paths"]):
        assert set(path) >= {"source", "target", "verdict", "conditions", "needs", "hops"}
        assert path["hops"][0]["from"] == path["source"]
        assert path["hops"][-1]["to"] == path["target"]
        for hop in path["hops"]:
            assert set(hop) >= {
                "from", "to", "technique", "name", "verdict", "conditions", "needs", "because", "checks",
            }  # fmt: skip
            assert hop["checks"]
            assert hop["sentence"]
            assert hop["because"]
            assert {check["result"] for check in hop["checks"]} <= {"pass", "fail", "unknown"}
            assert all(set(check) == {"check", "result", "because", "why"} for check in hop["checks"])
    json.dumps(answer)


def test_what_is_missing_is_named(answer: dict[str, Any]) -> None:
    assert any("lambda:ListFunctions" in text for text in answer["missing"])


def test_paths_are_grouped_by_the_grant_they_share(answer: dict[str, Any]) -> None:
    first = answer["causes"][0]
    expected = EXPECTED["choke_point"]
    assert (first["grant"]["sid"], first["holder"]) == (expected["sid"], expected["holder"])
    assert (first["paths"], set(first["sources"])) == (9, set(expected["cuts_sources"]))
    assert sum(cause["paths"] for cause in answer["causes"]) <= len(answer["paths"])


def test_one_source_and_one_target(loaded: Database) -> None:
    (path,) = paths(loaded, source="ci-deploy", target="role/platform-automation").paths
    assert [step.technique.id for step in path.steps] == ["sts-001", "lambda-001"]
    assert not paths(loaded, source="marit.haugen", target="ci-deploy").paths
    assert not paths(loaded, source="hanne.vik").paths


def test_an_administrator_comes_to_act_as_anybody_in_its_account(loaded: Database) -> None:
    (path,) = paths(loaded, source="ci-deploy", target="marit.haugen").paths
    assert [step.technique.id for step in path.steps] == ["sts-001", "lambda-001", "iam-003"]
    (path,) = paths(loaded, source="role/bastion", target="chain/ledger-admin").paths
    assert [step.target for step in path.steps] == [
        f"administrator:{PRODUCTION}",
        f"{ROLE}/chain/ledger-admin",
    ]
    assert [step.technique.id for step in path.steps] == ["iam-009", "iam-012"]
    (path,) = paths(loaded, source="hanne.vik", target="chain/ledger-admin").paths
    assert path.length == 1
    # every simple path, and not every roundabout way through others in the account
    every = paths(loaded, source="role/bastion", target="chain/ledger-admin", every=True).paths
    assert {path.length for path in every} == {2}
    note = "act as anybody"
    assert any(note in text for text in choke_points(loaded, target="marit.haugen").warnings)
    assert not any(note in text for text in choke_points(loaded).warnings)


def test_being_administrator_of_one_account_leads_on_into_another(loaded: Database) -> None:
    (path,) = paths(loaded, source="user/artifact-bot", target=f"administrator:{PRODUCTION}").paths
    assert [step.technique.id for step in path.steps] == ["iam-004", "iam-012", "sts-001", "lambda-001"]


def test_an_outsider_may_be_the_source(loaded: Database) -> None:
    provider = "arn:aws:iam::555566667777:oidc-provider/token.actions.githubusercontent.com"
    found = paths(loaded, source=provider)
    assert not found.paths
    assert {path.source for path in found.external_paths} == {provider}


def test_the_administrator_of_one_account_may_be_the_target(loaded: Database, result: PathsResult) -> None:
    found = {path.source for path in paths(loaded, target="administrator:555566667777").paths}
    ends = {path.source for path in result.paths if "555566667777" in path.target}
    assert ends <= found
    assert "arn:aws:iam::555566667777:user/artifact-bot" in found


def test_what_hangs_on_something_can_be_left_out(loaded: Database, result: PathsResult) -> None:
    certain = {path.source for path in paths(loaded, certain=True).paths}
    assert certain == {path.source for path in result.paths if path.verdict == "allowed"}


def test_all_simple_paths_hold_the_best_and_are_limited(loaded: Database) -> None:
    every = paths(loaded, source="buildmaster", every=True)
    best = paths(loaded, source="buildmaster").paths[0]
    assert best.steps in [path.steps for path in every.paths]
    for path in every.paths:
        visited = [path.source, *(step.target for step in path.steps)]
        assert len(visited) == len(set(visited)) <= 7
    assert len(every.paths) > 1
    one = paths(loaded, source="buildmaster", every=True, limit=1)
    assert (len(one.paths), one.truncated) == (1, True)
    assert not paths(loaded, source="buildmaster", most_hops=2).paths


def test_a_context_key_decides_what_a_path_hung_on(loaded: Database) -> None:
    (path,) = paths(loaded, source="dieter.kranz").paths
    assert path.verdict == "depends"
    context = {"aws:MultiFactorAuthPresent": "true", "aws:SourceIp": "203.0.113.9"}
    (path,) = paths(loaded, source="dieter.kranz", context=context).paths
    assert path.verdict == "allowed"
    assert not paths(loaded, source="dieter.kranz", context={"aws:SourceIp": "198.51.100.1"}).paths


def test_who_comes_to_data_over_hops(loaded: Database) -> None:
    found = {path.source: path for path in paths(loaded, action="s3:GetObject", resource=PAYSLIP).paths}
    direct = {each.principal.arn: each for each in who_can(loaded, "s3:GetObject", PAYSLIP).answers}
    for source, path in found.items():
        assert path.answer is not None
        if source in direct:
            assert (direct[source].verdict, path.verdict) == ("depends", "allowed")
    bea = found[f"{USER}/bea.tolhurst"]
    assert [step.technique.id for step in bea.steps] == ["iam-008"]
    assert bea.verdict == "allowed"
    assert f"{USER}/freya.moran" in found
    assert f"{USER}/selma.krause" not in found


def test_a_hop_over_a_changed_principal_names_it_by_its_arn(loaded: Database) -> None:
    found = paths(loaded, source="bea.tolhurst", action="s3:GetObject", resource=PAYSLIP).as_json()
    (hop,) = found["paths"][0]["hops"]
    assert hop["from"] == hop["to"] == f"{USER}/bea.tolhurst"
    assert "ReadOnlyAccess" in hop["with"]


def test_the_choke_point_is_as_reasoned(loaded: Database) -> None:
    found = choke_points(loaded).as_json()
    expected = EXPECTED["choke_point"]
    first = found["choke_points"][0]
    assert first["holder"] == expected["holder"]
    assert first["grant"]["policy_name"] == expected["policy_name"]
    assert first["grant"]["statement"] == expected["statement"]
    assert set(first["cuts"]) == set(expected["cuts_sources"])
    assert "iam:PassRole" in first["also_takes_away"]["actions"]
    assert "minimum" not in found
    assert all(len(each["cuts"]) <= len(first["cuts"]) for each in found["choke_points"])


def test_the_fewest_grants_to_one_target_are_proven(loaded: Database) -> None:
    found = choke_points(loaded, target="role/platform-automation").as_json()
    assert found["minimum"]["exact"] is True
    (only,) = found["minimum"]["grants"]
    assert only["holder"] == EXPECTED["choke_point"]["holder"]
    assert set(found["sources"]) == set(EXPECTED["choke_point"]["cuts_sources"])


def test_no_way_there_is_an_empty_answer(loaded: Database) -> None:
    found = choke_points(loaded, target="marit.haugen")
    assert (found.choke_points, found.sources) == ((), ())


def test_data_frames_have_one_row_per_hop_and_per_choke_point(loaded: Database, result: PathsResult) -> None:
    frame = result.to_dataframe()
    assert tuple(frame.columns) == PATH_COLUMNS
    assert len(frame) == sum(path.length for path in (*result.paths, *result.external_paths))
    choke = choke_points(loaded)
    assert tuple(choke.to_dataframe().columns) == CHOKE_POINT_COLUMNS
    assert len(choke.to_dataframe()) == len(choke.choke_points)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "mira.solber"}, "user/mira.solberg"),
        ({"target": "role/platform-automatio"}, "role/platform-automation"),
        ({"target": "administrator:123456789012"}, "account 123456789012 is not loaded"),
        ({"action": "s3:GetObjet"}, "s3:GetObject"),
    ],
)
def test_what_is_not_known_is_said_with_what_is_nearest(
    loaded: Database, arguments: Any, message: str
) -> None:
    with pytest.raises(QuestionError, match=message):
        paths(loaded, **arguments)


def rows(database: Database, name: str, **parameters: object) -> list[dict[str, Any]]:
    table = run_query(database, name, parameters)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def test_the_library_gives_the_same_best_paths(loaded: Database, answer: dict[str, Any]) -> None:
    found = {row["principal"]: row for row in rows(loaded, "escalation-paths")}
    assert set(found) == {path["source"] for path in answer["paths"]}
    for path in answer["paths"]:
        row = found[path["source"]]
        assert row["verdict"] == path["verdict"]
        assert row["way"] == [hop["to"] for hop in path["hops"]]
        assert row["techniques"] == [path["hops"][0]["technique"]]
        assert row["distance"] == len(path["hops"])


def test_the_library_counts_by_distance(loaded: Database, answer: dict[str, Any]) -> None:
    found = rows(loaded, "escalation-distances")
    assert sum(row["principals"] for row in found if row["distance"] > 0) == len(answer["paths"])
    assert sum(row["principals"] for row in found if row["distance"] == 0) == len(answer["administrators"])


def test_the_library_tells_who_becomes_whom(loaded: Database) -> None:
    found = rows(loaded, "who-can-become", principal="platform-automation")
    assert [(row["principal"], row["techniques"]) for row in found] == [
        (f"{ROLE}/deploy-runner", ["lambda-001"])
    ]
    by = rows(loaded, "escalation-techniques", technique="lambda-001")
    assert all(row["techniques"] == ["lambda-001"] for row in by)
    assert f"{ROLE}/deploy-runner" in {row["principal"] for row in by}
    assert any("notebook" in " ".join(row["needs"]) for row in rows(loaded, "escalation-needs"))
    conditional = rows(loaded, "escalation-conditions")
    assert f"{USER}/dieter.kranz" in {row["principal"] for row in conditional}


def test_what_is_reached_breadth_first_is_what_cypher_finds(loaded: Database) -> None:
    for name in ("carla.mendes", "buildmaster", "deploy-runner"):
        walked = {each.arn: each.hops for each in reachable(loaded, name, most_hops=3)}
        assert walked == {row["reached"]: row["hops"] for row in rows(loaded, "reach", principal=name)}
        assert walked
    near = {each.arn for each in reachable(loaded, "carla.mendes", most_hops=1)}
    assert near == {row["reached"] for row in rows(loaded, "reach", principal="carla.mendes", hops=1)}


def test_who_reaches_a_principal_is_who_has_a_path(loaded: Database) -> None:
    reached = {each.arn for each in reaching(loaded, "platform-automation")}
    assert reached == {path.source for path in paths(loaded, target="platform-automation").paths}
    commander = reaching(loaded, "ops/incident-commander", uncertain=False)
    assert f"{ROLE.replace(PRODUCTION, '222233334444')}/ir-responder" in {each.arn for each in commander}
    assert not any("akira.tan" in each.arn for each in commander)


class Watching:
    """Notes what it is told, and stops the question when so much is done."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.seen: list[tuple[str, int]] = []
        self.total = 0

    def told(self, doing: str, done: int, total: int) -> None:
        self.seen.append((doing, done))
        self.total = total
        if done >= self.last:
            raise Stopped

    def go_on(self) -> None:
        pass


def test_a_question_tells_how_far_it_is_and_ends_where_it_is_stopped(loaded: Database) -> None:
    known = {"aws:SourceIp": "203.0.113.9"}  # a context of its own, so that steps are worked out anew
    watch = Watching(3)
    with pytest.raises(Stopped), watched_by(watch):
        paths(loaded, context=known)
    assert watch.seen == [("principals followed", at) for at in (1, 2, 3)]
    assert watch.total > 100
    # What was stopped has left nothing half done behind.
    assert len(paths(loaded, context=known).paths) > 30
    watch = Watching(2)
    with pytest.raises(Stopped), watched_by(watch):
        who_reaches(loaded, PAYSLIP)
    assert watch.seen == [("actions asked about", at) for at in (0, 1, 2)]

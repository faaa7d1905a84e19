"""The built-in organization: exactly the ways up that are planted in it, and its choke point."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from iam.escalation.choke import ChokePoints
from iam.escalation.web import Web
from iam.estate import Access
from loader.demo import FOLDER
from loader.problems import Report
from loader.sources import read_sources
from tests.iam.escalation.accounts import way_up, ways_up

EXPECTED: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "loader" / "demo_expectations.json").read_text(encoding="utf-8")
)


@cache
def _web() -> Web:
    return Web(Access(read_sources([FOLDER], Report()).estate))


def test_administrators() -> None:
    found: dict[str, list[str]] = {}
    for principal in _web().administrators:
        found.setdefault(principal.account, []).append(principal.arn)
    assert {account: sorted(arns) for account, arns in found.items()} == EXPECTED["administrators"]


def test_exactly_the_planted_sources_get_up() -> None:
    found = {path.source for path in ways_up(_web())}
    expected = {path["source"] for path in EXPECTED["paths"]}
    assert sorted(found - expected) == [], "found beyond what is planted"
    assert sorted(expected - found) == [], "planted and not found"


@pytest.mark.parametrize("expected", EXPECTED["paths"], ids=lambda each: each["source"].split(":", 5)[5])
def test_each_way_up(expected: dict[str, Any]) -> None:
    path = way_up(_web(), expected["source"])
    assert path is not None
    assert path.verdict.value == expected["verdict"]
    assert len(path.steps) == len(expected["hops"])
    techniques = [step.technique.id for step in path.steps]
    right = [hop["technique"] for hop in expected["hops"]]
    assert techniques in [right, *expected.get("also_right", [])]
    if techniques == right:
        assert path.target == expected["target"]
        assert [step.target for step in path.steps] == [hop["to"] for hop in expected["hops"]]
    keys = set(expected.get("condition_keys", ()))
    assert {key for key in keys if not any(key in text for text in path.conditions)} == set()
    assert bool(path.conditions) == bool(keys)
    assert bool(path.needs) == bool(expected.get("needs"))


@pytest.mark.parametrize("decoy", EXPECTED["decoys"], ids=lambda each: each["principal"].split(":", 5)[5])
def test_decoys_do_not_get_up(decoy: dict[str, Any]) -> None:
    assert way_up(_web(), decoy["principal"]) is None, decoy["why_not"]


def test_ways_that_no_data_shows_are_left_out() -> None:
    used = {step.technique.id for steps in _web().steps.values() for step in steps}
    assert not used & set(EXPECTED["undecided_techniques"])


def test_the_choke_point() -> None:
    expected = EXPECTED["choke_point"]
    web = _web()
    points = ChokePoints(web, web.administrator_nodes).greedy(1)
    assert len(points) == 1
    point = points[0]
    assert point.held.holder == expected["holder"]
    assert (point.grant.policy_name, point.grant.statement.index, point.grant.statement.sid) == (
        expected["policy_name"], expected["statement"], expected["sid"],
    )  # fmt: skip
    assert sorted(point.cuts) == sorted(expected["cuts_sources"])


def test_every_path_has_the_causes_that_it_shares() -> None:
    web = _web()
    paths = ways_up(web)
    causes = ChokePoints(web, web.administrator_nodes).causes(paths)
    assert len(causes) < len(paths)
    assert {path.source for cause in causes for path in cause.paths} == {path.source for path in paths}
    expected = EXPECTED["choke_point"]
    assert (causes[0].held.holder, causes[0].grant.statement.sid) == (expected["holder"], expected["sid"])

"""The checks of a hop say what its verdict says."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from iam.escalation.explain import Explainer
from iam.escalation.web import Web
from iam.estate import Access
from loader.demo import FOLDER
from loader.problems import Report
from loader.sources import read_sources
from tests.iam.escalation.accounts import ways_up
from tests.iam.escalation.planted import planted


def _hops(web: Web) -> list[dict[str, Any]]:
    explainer = Explainer(web)
    return [explainer.hop(step) for path in ways_up(web) for step in path.steps]


@cache
def _demo() -> list[dict[str, Any]]:
    return _hops(Web(Access(read_sources([FOLDER], Report()).estate)))


def _agrees(hop: dict[str, Any]) -> None:
    told = (hop["from"], hop["technique"], hop["checks"])
    assert all(each["result"] != "fail" for each in hop["checks"]), told
    # That no organization is loaded is said of all hops alike and changes no verdict.
    open_ = [each for each in hop["checks"] if each["result"] == "unknown" and each["check"] != "SCP"]
    assert bool(open_) == (hop["verdict"] == "depends"), told
    assert {each["check"] for each in hop["checks"]} >= {"identity grant", "explicit deny", "target's power"}
    granting = [each for each in hop["checks"] if each["check"] == "identity grant"]
    assert all(each["because"] for each in granting), told
    assert "{" not in hop["sentence"]


def test_checks_agree_with_verdicts_in_the_built_in_organization() -> None:
    assert _demo()
    for hop in _demo():
        _agrees(hop)


@pytest.mark.parametrize("seed", range(300, 304))
def test_checks_agree_with_verdicts_in_drawn_accounts(seed: int) -> None:
    for hop in _hops(planted(seed).built.web()):
        _agrees(hop)

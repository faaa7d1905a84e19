"""Fans, found for sets of principals at once, are the steps that are found one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from iam.entities import Principal, PrincipalType
from iam.escalation.actors import ADMINISTRATOR, Actor
from iam.escalation.crowd import Crowd, bits_of, places, refine
from iam.escalation.steps import Step
from iam.escalation.web import Web
from iam.estate import Access
from iam.formula import all_of, any_of, negate
from iam.pattern import arn_pattern
from iam.solve import satisfiable
from loader.problems import Report
from loader.sources import read_sources
from tests.iam.escalation.planted import planted
from tests.synthetic import synthetic_account, write_export

if TYPE_CHECKING:
    from pathlib import Path

Ways = dict[tuple[str, str], int]


def _by_fans(web: Web, actor: Actor) -> Ways:
    """The nodes that the actor's fans lead to by each technique, with the fewest open points."""
    found: Ways = {}
    for fan in web.fans_of(actor):
        for part in fan.parts:
            for at in places(part.nodes):
                way = (fan.technique.id, web.nodes.name(at))
                if way[1] not in (actor.key, actor.principal.arn):
                    found[way] = min(part.points, found.get(way, part.points))
    return found


def _one_by_one(web: Web, actor: Actor) -> dict[tuple[str, str], list[Step]]:
    found: dict[tuple[str, str], list[Step]] = {}
    for step, _ in web.finder.of(actor):
        found.setdefault((step.technique.id, step.target), []).append(step)
    return found


def _check(web: Web) -> None:
    actors = list(web.actors)
    assert actors
    for actor in actors:
        singly = _one_by_one(web, actor)
        fans = _by_fans(web, actor)
        assert fans.keys() <= singly.keys(), actor.key
        for way in fans:
            assert fans[way] == min(step.points for step in singly[way]), (actor.key, way)
        # A changed actor is followed as far as being administrator, and no further on the same conditions.
        administrator = ADMINISTRATOR + actor.principal.account
        enough = [
            step.open for (_, target), steps in singly.items() for step in steps if target == administrator
        ]
        for way in singly.keys() - fans.keys():
            assert actor.changes, (actor.key, way)
            for step in singly[way]:
                assert not satisfiable(all_of((step.open, negate(any_of(enough))))), (actor.key, way)


@pytest.mark.parametrize("seed", range(12))
def test_fans_of_planted_accounts_are_the_steps_found_one_by_one(seed: int) -> None:
    _check(planted(seed).built.web())


def test_fans_of_a_synthetic_account_are_the_steps_found_one_by_one(tmp_path: Path) -> None:
    write_export(tmp_path / "account.json", synthetic_account(40, 7))
    _check(Web(Access(read_sources([tmp_path / "account.json"], Report()).estate)))


def _role(name: str) -> Principal:
    arn = f"arn:aws:iam::111122223333:role/{name}"
    return Principal(arn=arn, type=PrincipalType.ROLE, name=name.rsplit("/", 1)[-1], account="111122223333")


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*", ["app/one", "app/two", "data", "data-2"]),
        ("arn:aws:iam::111122223333:role/data", ["data"]),
        ("arn:aws:iam::111122223333:role/data*", ["data", "data-2"]),
        ("arn:aws:iam::111122223333:role/app/*", ["app/one", "app/two"]),
        ("arn:aws:iam::*:role/*/one", ["app/one"]),
        ("arn:aws:iam::111122223333:role/*/one", ["app/one"]),
        ("arn:aws:iam::111122223333:role/data*data", []),
        ("arn:aws:iam::111122223333:role/data-?", ["data-2"]),
        ("arn:aws:iam::111122223333:role/nobody", []),
        ("arn:aws:iam::999999999999:role/*", []),
    ],
)
def test_a_crowd_knows_whom_a_pattern_means(pattern: str, names: list[str]) -> None:
    crowd = Crowd(map(_role, ["data", "app/two", "data-2", "app/one"]))
    found = crowd.of(crowd.matching(arn_pattern(pattern)))
    assert [each.arn.partition(":role/")[2] for each in found] == names


def test_sets_taken_apart_keep_everyone_once() -> None:
    parts = refine(refine([bits_of(range(100))], bits_of(range(0, 100, 2))), bits_of(range(30)))
    assert sorted(at for part in parts for at in places(part)) == list(range(100))
    assert len(parts) == 4

"""Accounts drawn from seeds: everything planted is found with the right verdict, and nothing else."""

from __future__ import annotations

import pytest

from tests.iam.escalation.accounts import ways_up
from tests.iam.escalation.planted import planted


def _check(seed: int) -> None:
    garden = planted(seed)
    found = {path.source: path for path in ways_up(garden.built.web())}
    missed = {arn: garden.told[arn] for arn in garden.ways.keys() - found.keys()}
    assert not missed, f"seed {seed}: planted and not found"
    beyond = {
        arn: (garden.told.get(arn), [step.technique.id for step in found[arn].steps])
        for arn in found.keys() - garden.ways.keys()
    }
    assert not beyond, f"seed {seed}: found and not planted"
    wrong = {
        arn: (garden.told[arn], verdict, [step.technique.id for step in found[arn].steps])
        for arn, verdict in garden.ways.items()
        if found[arn].verdict.value != verdict
    }
    assert not wrong, f"seed {seed}: found with another verdict than planted"
    for path in found.values():
        if path.verdict.value == "depends":
            assert path.conditions or path.needs


@pytest.mark.parametrize("seed", range(50))
def test_planted_ways_and_nothing_else(seed: int) -> None:
    _check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1000, 1100, 10))
def test_many_more_planted_ways_and_nothing_else(first: int) -> None:
    for seed in range(first, first + 10):
        _check(seed)

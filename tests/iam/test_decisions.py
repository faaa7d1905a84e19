"""Requests with labelled answers: 4,000 generated cases, decided by an independent implementation.

All labels are met but those that rest on reading the network `0.0.0.0/0` as the single address 0.0.0.0. By
the definition of a prefix it holds every IPv4 address (https://www.rfc-editor.org/rfc/rfc4632#section-3.1),
which is how AWS's own examples use it, so these few are answered otherwise here. Which they are isn't taken
on trust: they are exactly the cases whose answer changes when that network is written as a single address.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from iam.cases import read_case
from tests.iam import reference_evaluator

DATA = Path(__file__).parents[1] / "data" / "decisions.jsonl.gz"
WHOLE_INTERNET = '"0.0.0.0/0"'
ONE_ADDRESS = '"0.0.0.0/32"'
MISREAD = {"rand-623", "rand-1160", "rand-1325", "rand-1507", "rand-2672", "rand-2852", "rand-3776"}

EVERY = 13
"""The quick tests take one case in so many."""


@cache
def lines() -> tuple[str, ...]:
    return tuple(gzip.decompress(DATA.read_bytes()).decode().splitlines())


def decided(line: str) -> str:
    return read_case(json.loads(line)).decide().result


def labelled(line: str) -> tuple[str, str]:
    case: dict[str, Any] = json.loads(line)
    return case["id"], case["expected"]


def wrong(chosen: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """The id, our answer and the label of each case answered otherwise than labelled."""
    found = []
    for line in chosen:
        name, label = labelled(line)
        answer = decided(line)
        if answer != label and name not in MISREAD:
            found.append((name, answer, label))
    return found


def test_a_sample_of_labelled_requests_is_decided_as_labelled() -> None:
    sample = lines()[::EVERY]
    assert len(sample) > 300
    assert wrong(sample) == []


@pytest.mark.slow
def test_all_labelled_requests_are_decided_as_labelled() -> None:
    assert len(lines()) == 4_000
    assert wrong(lines()) == []


def test_the_labels_not_met_are_exactly_those_that_read_the_whole_internet_as_one_address() -> None:
    naming = [line for line in lines() if WHOLE_INTERNET in line]
    changed = {
        labelled(line)[0]
        for line in naming
        if decided(line) != decided(line.replace(WHOLE_INTERNET, ONE_ADDRESS))
    }
    assert changed == MISREAD
    misreading = [line.replace(WHOLE_INTERNET, ONE_ADDRESS) for line in naming]
    assert [name for line in misreading for name, label in [labelled(line)] if decided(line) != label] == []


def test_what_labelling_tools_add_to_a_case_is_derived_where_it_is_missing() -> None:
    derived = ("principalType", "sameAccount", "wildcardOnlyAction", "features", "expectedBlockedBy")
    empty: tuple[object, ...] = (None, [], {})
    for line in lines()[::EVERY]:
        case = json.loads(line)
        bare = {key: value for key, value in case.items() if key not in derived and value not in empty}
        assert decided(json.dumps(bare)) == decided(line), case["id"]


def test_the_slow_evaluator_meets_the_same_labels() -> None:
    cases = [json.loads(line) for line in lines()[::EVERY]]
    assert [
        case["id"]
        for case in cases
        if reference_evaluator.decide(case) != case["expected"] and case["id"] not in MISREAD
    ] == []

"""Requests with labelled answers: 4,000 generated cases, decided by an independent implementation.

All labels are met but those that rest on one of two readings which AWS's documentation contradicts:

- The network `0.0.0.0/0` is read as the single address 0.0.0.0. By the definition of a prefix it holds every
  IPv4 address (https://www.rfc-editor.org/rfc/rfc4632#section-3.1), which is how AWS's own examples use it.
- A negated operator whose value is a variable without a value is never met. AWS: "Inverted condition operators
  like StringNotEquals or StringNotLike do match against a null value"
  (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value).

Which cases these are isn't taken on trust: they are exactly those whose answer changes when that network is
written as a single address, or when statements with such an operator are taken out.
"""

from __future__ import annotations

import gzip
import json
import re
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

OF_NO_VALUE = {
    "rand-209", "rand-371", "rand-1090", "rand-1121", "rand-1294", "rand-1637", "rand-1692", "rand-1841",
    "rand-2294", "rand-2795", "rand-3446", "rand-3536",
}  # fmt: skip

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
        if answer != label and name not in MISREAD | OF_NO_VALUE:
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


VARIABLE = re.compile(r"\$\{([^,{}]+:[^,{}]+)\}")


def without_exclusions_of_no_value(case: dict[str, Any]) -> dict[str, Any]:
    """The case without the statements in which a negated operator has a variable that has no value."""
    context = {key.lower(): value for key, value in case["request"]["context"].items()}

    def no_value(text: str) -> bool:
        return any(not isinstance(context.get(key.lower(), []), str) for key in VARIABLE.findall(text))

    def stays(statement: dict[str, Any]) -> bool:
        return not any(
            "Not" in operator and key.lower() in context and no_value(json.dumps(values))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            made = {key: walk(each) for key, each in value.items()}
            if "Statement" in made and made.get("Version") == "2012-10-17":
                listed = made["Statement"] if isinstance(made["Statement"], list) else [made["Statement"]]
                kept = [each for each in listed if stays(each)]
                # what is left empty keeps a statement that says nothing, as AWS refuses policies without any
                silent = {key: each for key, each in listed[0].items() if key != "NotAction"}
                made["Statement"] = kept or [{**silent, "Effect": "Deny", "Action": "none:None"}]
            return made
        return [walk(each) for each in value] if isinstance(value, list) else value

    return dict(walk(case))


def test_the_other_labels_not_met_are_exactly_those_that_take_no_value_for_a_match() -> None:
    naming = [line for line in lines() if "${" in line and '"2012-10-17"' in line]
    changed, met = set(), set()
    for line in naming:
        name, label = labelled(line)
        without = decided(json.dumps(without_exclusions_of_no_value(json.loads(line))))
        if decided(line) != without:
            changed.add(name)
            met |= {name} if without == label else set()
    assert met - MISREAD == OF_NO_VALUE
    assert changed == met


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
        if reference_evaluator.decide(case) != case["expected"] and case["id"] not in MISREAD | OF_NO_VALUE
    ] == []

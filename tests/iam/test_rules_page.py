"""The page of rules and the tests that show them agree."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "iam-rules.md"
TESTS = Path(__file__).parent
NOT_EVALUATED = {36, 87}
NAMED = re.compile(r"`([a-z_]+\.py)::(test_[a-z0-9_]+)`")


@cache
def rules() -> dict[int, str]:
    """The text of each numbered rule."""
    parts = re.split(r"^(\d+)\. ", PAGE.read_text().partition("## Where evaluators")[0], flags=re.MULTILINE)
    numbers = [int(number) for number in parts[1::2]]
    assert len(numbers) == len(set(numbers))
    return dict(zip(numbers, (text.partition("\n## ")[0] for text in parts[2::2]), strict=True))


@cache
def functions(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_the_page_has_a_hundred_rules_in_order() -> None:
    assert list(rules()) == list(range(1, 101))


def test_every_rule_names_its_test_or_says_that_it_is_not_evaluated() -> None:
    without = {number for number, text in rules().items() if not NAMED.search(text)}
    assert without == NOT_EVALUATED
    assert all("Not evaluated." in rules()[number] for number in NOT_EVALUATED)


def test_every_test_that_the_page_names_exists() -> None:
    named = NAMED.findall(PAGE.read_text())
    assert len(named) > 100
    assert [f"{file}::{name}" for file, name in named if name not in functions(file)] == []


def test_every_test_of_a_rule_is_on_the_page() -> None:
    named = set(NAMED.findall(PAGE.read_text()))
    files = [path.name for path in sorted(TESTS.glob("test_rules_*.py")) if path.name != Path(__file__).name]
    written = {(file, name) for file in files for name in functions(file) if name.startswith("test_")}
    assert sorted(written - named) == []


def test_every_point_on_which_evaluators_differ_has_its_test() -> None:
    section = PAGE.read_text().partition("## Where evaluators")[2].partition("\n[")[0]
    points = re.split(r"^- ", section, flags=re.MULTILINE)[1:]
    assert len(points) == 25
    assert all(NAMED.search(point) for point in points)


def test_every_link_has_its_address() -> None:
    text = PAGE.read_text()
    used = set(re.findall(r"\]\[([a-z]+)\]", text))
    given = set(re.findall(r"^\[([a-z]+)\]: https://docs\.aws\.amazon\.com/", text, flags=re.MULTILINE))
    assert used == given

"""Questions to a database in which nothing is loaded say so, and how to load."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph import embedded
from graph.connection import Settings, connect
from tests.app.conftest import ROOT, Command

HINT = "Nothing is loaded: iamatlas load PATH reads the export of an account"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """The command on a fresh database."""
    home = tmp_path_factory.mktemp("empty")
    yield Command(home)
    embedded.stop(home / "embedded")


@pytest.mark.parametrize(
    "question",
    [
        ("who-can", "s3:GetObject"),
        ("paths",),
        ("choke-points",),
        ("query", "principals"),
        ("query", "MATCH (p:Principal) RETURN p.arn AS arn"),
    ],
)
def test_an_empty_answer_tells_how_to_load(empty: Command, question: tuple[str, ...]) -> None:
    ran = empty(*question)
    assert ran.code == 0
    assert HINT in ran.err
    assert HINT not in ran.out


def test_an_unknown_principal_of_nothing_is_bad_input_that_says_the_same(empty: Command) -> None:
    for question in (("can", "alice", "s3:GetObject"), ("what-can", "alice")):
        ran = empty(*question)
        assert (ran.code, ran.out) == (2, "")
        assert HINT in ran.err


def test_json_names_it_as_missing(empty: Command) -> None:
    ran = empty("who-can", "s3:GetObject", "--format", "json")
    assert ran.json["answers"] == []
    assert [HINT in text for text in ran.json["missing"]] == [True]


@pytest.fixture
def two_loads(tmp_path: Path) -> Iterator[tuple[Command, list[Path]]]:
    """The command on a database of its own, and two accounts of the built-in organization."""
    organization = ROOT / "loader" / "demo" / "organization"
    yield Command(tmp_path), sorted((organization / "accounts").iterdir())[:2]
    embedded.stop(tmp_path / "embedded")


def test_a_load_beside_another_tells_of_it_and_status_whose_relationships_older_rules_derived(
    two_loads: tuple[Command, list[Path]],
) -> None:
    run, (first, second) = two_loads
    alone = run("load", str(first / "authorization-details.json"))
    assert alone.code == 0
    assert "also holds" not in alone.err
    both = run("load", str(second / "authorization-details.json"))
    assert f"This database also holds {first.name}: answers are about all." in both.err
    assert "iamatlas load PATH --home FOLDER" in both.err
    assert HINT not in run("who-can", "s3:GetObject").err

    assert "load again" not in run("status").err
    with connect(Settings(home=run.home)) as database:
        database.write("MATCH (l:Load) SET l.derivation = 0")
    assert "load again for what this one finds" in run("status").err
    assert all(each["outdated"] for each in run("status", "--format", "json").json["accounts"])

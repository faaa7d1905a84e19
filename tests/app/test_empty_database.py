"""Questions to a database in which nothing is loaded say so, and how to load."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graph import embedded
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


def test_a_load_beside_the_built_in_organization_tells_of_it(empty: Command) -> None:
    organization = ROOT / "loader" / "demo" / "organization"
    first, second = sorted((organization / "accounts").iterdir())[:2]
    alone = empty("load", str(first / "authorization-details.json"))
    assert alone.code == 0
    assert "also holds" not in alone.err
    both = empty("load", str(second / "authorization-details.json"))
    assert f"This database also holds {first.name}: answers are about all." in both.err
    assert "iamatlas load PATH --home FOLDER" in both.err
    assert HINT not in empty("who-can", "s3:GetObject").err


def test_status_tells_whose_relationships_older_rules_derived(empty: Command) -> None:
    from graph.connection import Settings, connect

    assert "load again" not in empty("status").err
    with connect(Settings(home=empty.home)) as database:
        database.write("MATCH (l:Load) SET l.derivation = 0")
    ran = empty("status")
    assert "load again for what this one finds" in ran.err
    assert all(each["outdated"] for each in empty("status", "--format", "json").json["accounts"])

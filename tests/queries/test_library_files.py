"""The library's files: each says what it answers, and says it so that it can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from queries.errors import QuestionError
from queries.library import FOLDER, LibraryFault, find_query, library, read_query

HEAD = "// Title: T\n// Question: Q?\n"

# What Neo4j 5 rejects, what the embedded server answers wrongly, and what neither has for sure.
FORBIDDEN = {
    r"\bapoc\.": "not on a plain Neo4j",
    r"\bshortestPath\b": "wrong with predicates on the embedded server",
    r"\bSHORTEST\b": "not on the embedded server",
    r"\bexists\(\s*\w+\.": "rejected by Neo4j 5",
    r"\[:\w+\|:": "rejected by Neo4j 5",
    r"\{[^}]*\b(collect|count|head|sum)\(": "an aggregate in a map is null on the embedded server",
    r"\[:?\w*\*\]|\*\.\.\]": "unbounded",
    r"\b(CREATE|MERGE|DELETE|SET|REMOVE|LOAD CSV|CALL)\b": "more than reading",
}


def test_there_are_enough_questions_for_an_investigator() -> None:
    assert len(library()) >= 20


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.cypher")))
def test_a_query_is_written_for_both_servers(name: str) -> None:
    query = library()[name]
    assert query.question.endswith("?")
    for pattern, why in FORBIDDEN.items():
        assert not re.search(pattern, query.cypher), f"{name}: {pattern} is {why}"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("// Title: T\n// Column: a: b\nRETURN 1 AS a", "no Question"),
        (HEAD + "RETURN 1 AS a", "no Column"),
        (HEAD + "// Column: a: b\n", "no statement"),
        (HEAD + "// Colum: a: b\nRETURN 1 AS a", "line 3"),
        (HEAD + "// Column: a\nRETURN 1 AS a", "line 3"),
        (HEAD + "// Title: again\n// Column: a: b\nRETURN 1 AS a", "line 3"),
        (HEAD + "// Column: a: b\nRETURN $x AS a", "uses ['x']"),
        (HEAD + '// Parameter: x (text, example "1"): m\n// Column: a: b\nRETURN 1 AS a', "names ['x']"),
        (HEAD + "// Parameter: x (date): m\n// Column: a: b\nRETURN $x AS a", "line 3"),
        (HEAD + "// Parameter: x (text): m\n// Column: a: b\nRETURN $x AS a", "neither default nor example"),
        (HEAD + '// Parameter: x (text, defualt ""): m\n// Column: a: b\nRETURN $x AS a', "line 3"),
    ],
)
def test_a_file_written_wrongly_is_named_with_its_line(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "wrong.cypher"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LibraryFault, match=re.escape(fault)) as error:
        read_query(path)
    assert "wrong.cypher" in str(error.value)


def test_names_are_found_in_any_spelling() -> None:
    assert find_query("Group_Members").name == "group-members"


def test_an_unknown_name_gives_the_nearest() -> None:
    with pytest.raises(QuestionError, match="group-members"):
        find_query("group-member")


def test_an_unknown_name_like_no_other_tells_how_to_list_them() -> None:
    with pytest.raises(QuestionError, match="iamatlas query lists all"):
        find_query("zzzzqqqq")


def test_parameters_are_typed_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "typed.cypher"
    path.write_text(
        HEAD
        + "// Parameter: least (number, default 3): m\n// Parameter: all (flag, default false): m\n"
        + '// Parameter: who (text, example "ann"): m\n// Column: a: b\nRETURN $least + $all + $who AS a',
        encoding="utf-8",
    )
    query = read_query(path)
    assert query.arguments({"who": "ann"}) == {"least": 3, "all": False, "who": "ann"}
    assert query.arguments({"who": 7, "least": "-4", "all": "TRUE"}) == {"least": -4, "all": True, "who": "7"}
    for given, message in (
        ({}, "needs the parameter who"),
        ({"who": "a", "least": "many"}, "is a number"),
        ({"who": "a", "all": "yes"}, "true or false"),
        ({"who": "a", "whom": "b"}, "no parameter 'whom'"),
    ):
        with pytest.raises(QuestionError, match=message):
            query.arguments(given)

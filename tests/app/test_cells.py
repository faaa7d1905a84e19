"""Text from accounts is harmless on terminals, in spreadsheets and in JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cells import cell_text, json_text, spreadsheet_cell, terminal_text

HOSTILE = [
    "\x1b[2J",
    "\x9b31m",
    "\u202etxt.exe",
    "a\x00b",
    "a\rb",
    "\u2028",
    "\ud800",
    "\U000e0041",
    "\u200b",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_is_left_that_a_terminal_obeys(text: str) -> None:
    shown = terminal_text(text)
    assert shown.isprintable()
    assert shown != text


@pytest.mark.parametrize("text", HOSTILE)
def test_json_says_the_same_and_can_be_shown(text: str) -> None:
    shown = json_text({"name": text}, indent=None)
    assert json.loads(shown) == {"name": text}
    assert shown.isprintable()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1", "\n=1"])
def test_a_formula_becomes_text(text: str) -> None:
    assert spreadsheet_cell(text).startswith("'")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a;=1+1", "a;'=1+1"),
        ("a; -1", "a; '-1"),
        ('a";"=1+1', 'a";"\'=1+1'),
        ("a\n=1", "a\n'=1"),
        ("a\t@SUM(A1)", "a\t'@SUM(A1)"),
        ("a,=b; c-d", "a,=b; c-d"),
    ],
)
def test_no_formula_begins_where_another_sign_parts_cells(text: str, expected: str) -> None:
    assert spreadsheet_cell(text) == expected


def test_numbers_stay_numbers_and_lists_become_text() -> None:
    assert spreadsheet_cell(-3) == -3
    assert spreadsheet_cell(None) is None
    assert spreadsheet_cell(["a", "b"]) == "a; b"
    assert spreadsheet_cell(["=a", "b"]) == "'=a; b"
    assert spreadsheet_cell(["a", "=b"]) == "a; '=b"
    assert cell_text({"a": [1, True]}) == '{"a": [1, true]}'
    assert cell_text(True) == "true"


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_ordinary_names_are_shown_as_they_are(text: str) -> None:
    assert terminal_text(text) == text


@pytest.mark.parametrize("name", ["Zoë Åström", "山田", "naïve café"])
def test_names_of_all_languages_are_shown_as_they_are(name: str) -> None:
    assert terminal_text(name) == name
    assert json_text(name) == f'"{name}"'


@given(st.text())
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert not str(spreadsheet_cell(text)).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))

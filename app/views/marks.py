"""Marks on principals and resources: shown wherever they are, set and removed where this explorer may write."""

from __future__ import annotations

import getpass
from collections import defaultdict
from collections.abc import Mapping, Sequence

import streamlit as st

from app.views.frame import database, sequence
from app.views.lists import Row, show_list
from app.views.markup import clear, show
from app.views.things import things_by_id
from graph.marks import MOST_OF_NOTE, Mark, MarkKind, remove_mark, set_mark

_MEANING = {
    MarkKind.OWNED: "owned: an attacker has it, or is taken to have it",
    MarkKind.CROWN_JEWEL: "crown jewel: what must not be reached",
    MarkKind.ACCEPTED_RISK: "accepted risk: known, and to stay as it is",
}

_KINDS: list[MarkKind] = list(MarkKind)


def marks_by_arn(marks: Sequence[Mark]) -> dict[str, tuple[Mark, ...]]:
    """Marks by what they are on."""
    found: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks:
        found[mark.arn].append(mark)
    return {arn: tuple(each) for arn, each in found.items()}


def show_marks(arn: str, name: str, marks: Mapping[str, tuple[Mark, ...]], *, may_write: bool) -> None:
    """Show the marks on something, and where it may be, what sets and removes them."""
    held = marks.get(arn, ())
    if held:
        show("marks", marks=held)
    if may_write:
        show_marking([(arn, name)], marks)


def show_marked(marks: Sequence[Mark]) -> None:
    """The list of everything that is marked, and where paths from and to it are asked for."""
    known = things_by_id(database(), sequence())
    show("marked", kinds=[kind for kind in MarkKind if any(mark.kind is kind for mark in marks)])
    rows = []
    for mark in marks:
        thing = known.get(mark.arn)
        rows.append(
            Row(
                thing.kind if thing else "other",
                thing.shown_name if thing else mark.arn,
                thing.address if thing else "",
                (mark.kind.words, mark.note, mark.by, mark.when, "" if thing else "not loaded", mark.arn),
            )
        )
    show_list(
        "Marks",
        ("what", "mark", "note", "by", "when", "", "ARN"),
        rows,
        key="marks",
        empty="Nothing is marked. Mark principals and resources on their pages.",
    )


def show_marking(whom: Sequence[tuple[str, str]], marks: Mapping[str, tuple[Mark, ...]]) -> None:
    """A button that opens what marks one of several (ARN and name), and takes their marks away."""
    key = f"mark {whom[0][0]} {whom[-1][0]}"
    names = dict(whom)
    with st.popover("Mark …", key=f"{key} open"):
        arn = whom[0][0]
        if len(whom) > 1:
            # A list to select from shows its options as text; the labels of buttons are read as Markdown.
            arn = st.selectbox(
                "Whom", list(names), format_func=lambda each: clear(names[each], 60), key=f"{key} whom"
            )
        kind = st.radio("As", _KINDS, format_func=lambda each: _MEANING[each], key=f"{key} kind")
        note = st.text_input(
            "Note", key=f"{key} note", max_chars=MOST_OF_NOTE, placeholder="why, or where it is written"
        )
        if st.button("Set mark", key=f"{key} set", type="primary"):
            set_mark(database(), kind, arn, note=note, by=_who())
            st.rerun()
        for mark in marks.get(arn, ()):
            if st.button(f"Remove {mark.kind.words}", key=f"{key} remove {mark.id}"):
                remove_mark(database(), mark.kind, mark.arn)
                st.rerun()


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""

"""The picture of paths, and of the one that is open with the hop that is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app.pictures import live
from app.pictures.paths import DrawnHop, DrawnPath, paths_picture
from app.pictures.picture import MOST_EVER, MOST_NODES
from app.views.background import worked_out
from app.views.data import may_load
from app.views.found_paths import is_accepted
from app.views.hop import hop_of, show_hop
from app.views.marks import show_marking
from app.views.markup import show

if TYPE_CHECKING:
    from app.views.found_paths import Shown
    from app.views.paths_answer import PathsAnswer


def show_paths_picture(answer: PathsAnswer, title: str) -> None:
    """Show all paths in one picture; a click on a line opens that hop."""
    opened = st.session_state.setdefault("paths-opened", set())
    most = live.grown("paths", answer.at, MOST_NODES, MOST_EVER)
    picture = paths_picture(
        # Most paths add a node at least; in `all` several may go over the same ones.
        [_drawn(answer, each) for each in answer.shown[: 3 * most]],
        answer.who,
        title,
        total=len(answer.shown),
        opened=opened,
        most=most,
    )
    touched = live.show(picture, key="paths-all", file="paths", grows=most < MOST_EVER)
    if touched.more:
        live.grow("paths", answer.at, most)
    if touched.opened:
        opened.add(touched.opened)
        st.rerun()


def show_open_path(answer: PathsAnswer, shown: Shown) -> None:
    """Show one path: its picture, what marks those on it, and the hop that is looked at."""
    path = shown.path
    hop = answer.hop(path)
    source, target = answer.who(path.source), answer.who(path.target)
    head, mark = st.columns([5, 1], gap="small", vertical_alignment="center")
    with head:
        show(
            "path_head",
            back=answer.at.address() if len(answer.found.paths) > 1 else "",
            source={"arn": path.source, "name": source.name, "kind": source.kind},
            target={"arn": path.target, "name": target.name, "kind": target.kind},
            before=answer.at.address(path=shown.id, hop=hop - 1) if hop > 1 else "",
            after=answer.at.address(path=shown.id, hop=hop + 1) if hop < path.length else "",
        )
    if may_load():
        with mark:
            show_marking([(arn, answer.who(arn).name) for arn in path.principals], answer.marks)
    picture = paths_picture(
        [_drawn(answer, shown, strong=hop)], answer.who, f"{source.name} to {target.name}", total=1
    )
    live.show(picture, key="paths-one", file="path")
    if path.parts:
        told = worked_out(
            ("hop", answer.at.asked, shown.id, hop),
            lambda: hop_of(answer.found, path, hop),
            "Proving the hop …",
        )
        if told is not None:
            show_hop(told)


def _drawn(answer: PathsAnswer, shown: Shown, strong: int = 0) -> DrawnPath:
    path = shown.path
    sentences = answer.found.result.sentences(path)
    hops = tuple(
        DrawnHop(
            part.source,
            part.target,
            part.technique.id,
            part.verdict.value,
            (
                sentence,
                *(f"if {text}" for text in part.conditions),
                *(f"needs {text}" for text in part.needs),
                "click: checks, statements, prevention",
            ),
            answer.at.address(path=shown.id, hop=number),
            number == strong,
        )
        for number, (part, sentence) in enumerate(zip(path.parts, sentences, strict=True), 1)
    )
    dim = is_accepted(shown, answer.accepted) and not strong and answer.at.narrowed.accepted != "only"
    if path.answer is None:
        return DrawnPath(hops, dim=dim)
    return DrawnPath(hops, path.answer.resource, path.answer.verdict.value, dim)

"""Paths: from whom to what, the ways as a list beside their picture, and each hop with its reasons."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.pictures.addresses import address
from app.views.background import worked_out
from app.views.found_paths import FoundPaths, certain
from app.views.frame import database, page, sequence, show_wrong
from app.views.markup import show
from app.views.path_list import show_path_list
from app.views.path_picture import show_open_path, show_paths_picture
from app.views.paths_answer import PathsAnswer
from app.views.paths_asked import InAddress, PathsAsked, paths_in_address, show_paths_bar
from app.views.things import called
from graph.marks import Mark, MarkKind, read_marks
from queries.errors import QuestionError
from queries.names import find_principal
from queries.paths import paths
from queries.snapshot import snapshot_of

_FIRST = "The first question after a load works out all steps between principals; those after it are quick."


@page
def paths_page() -> None:
    """The page."""
    at = paths_in_address()
    marks = read_marks(database())
    bar = st.container()  # stands above the answer, which says what can be chosen in it
    found = None
    try:
        _check_names(at.asked)
        found = _found(at.asked, marks)
    except QuestionError as wrong:
        show_wrong("paths", wrong)
    with bar:
        show_paths_bar(
            at,
            called(database(), sequence(), (at.asked.source, at.asked.target)),
            found.techniques if found else (),
            found.accounts if found else (),
        )
    if found is not None:
        _show_answer(PathsAnswer(at, found, marks))


def _check_names(asked: PathsAsked) -> None:
    """Raise QuestionError for a principal that isn't there: at once, not when all steps are known."""
    for text in (asked.source, "" if asked.is_action else asked.target):
        if text and not text.lower().startswith(("marked:", "administrator:")):
            find_principal(snapshot_of(database()).estate, text)


def _found(asked: PathsAsked, marks: Sequence[Mark]) -> FoundPaths | None:
    question = asked.question()
    held = tuple((mark.kind, mark.arn) for mark in marks)
    return worked_out(
        ("paths", asked, held),
        lambda: FoundPaths(paths(database(), **question)),
        "Working out the paths …",
        _FIRST,
    )


def _show_answer(answer: PathsAnswer) -> None:
    """The head, the list and the picture."""
    _show_head(answer)
    if not answer.found.paths:
        _show_nothing(answer)
    elif not answer.shown and answer.open is None:
        show("trouble", title="No path passes these filters", text="Show all, or change a filter above.")
    else:
        left, right = st.columns([11, 14], gap="medium")
        with left:
            show_path_list(answer)
        with right:
            if answer.open is not None:
                show_open_path(answer, answer.open)
            else:
                show_paths_picture(answer, f"Paths {_from(answer)} to {_to(answer)}")
    missing = answer.found.result.missing
    if missing:
        with st.expander(f"Not loaded, or not evaluated: {len(missing)}"):
            show("missing", texts=missing)


def _show_head(answer: PathsAnswer) -> None:
    result, at = answer.found.result, answer.at
    every, shown = answer.found.paths, answer.shown
    # Those of an outsider are all from outside, which then need not be said.
    main = [each for each in every if not each.outside] or every
    outside = len(every) - len(main)
    split = f"{certain(main):,} allowed, {len(main) - certain(main):,} depending on something"
    about = f"{_from(answer)} to {_to(answer)}"
    show(
        "paths",
        counted=f"{len(main):,} path{'s' * (len(main) != 1)}" if main else "No path",
        about=about + (f", and {outside:,} from outside" if outside else ""),
        split=split if main else "",
        narrowed=f"{len(shown):,} of {len(every):,}" if len(shown) < len(every) else "",
        everything=InAddress(at.asked, type(at.narrowed)()).address(),
        statement=at.narrowed.statement,
        context="; ".join(at.asked.context),
        quick=_quick(answer),
        truncated=f"{len(result.paths):,}" if result.truncated else "",
        hint=len(shown) > 1 and answer.open is None,
        warnings=result.warnings,
    )


def _quick(answer: PathsAnswer) -> list[tuple[str, str]]:
    """Questions about what is marked, where something is: words and address."""
    kinds = {mark.kind for held in answer.marks.values() for mark in held}
    owned, jewels = MarkKind.OWNED in kinds, MarkKind.CROWN_JEWEL in kinds
    start, goal = {"from": "marked:owned"}, {"to": "marked:crown-jewel"}
    return [
        *([("from what is owned", address("paths", **start))] if owned else []),
        *([("to crown jewels", address("paths", **goal))] if jewels else []),
        *(
            [("from what is owned to crown jewels", address("paths", **start, **goal))]
            if owned and jewels
            else []
        ),
    ]


def _from(answer: PathsAnswer) -> str:
    asked = answer.found.result.question["from"]
    if asked is None:
        return "from everybody who is no administrator"
    if asked.startswith("marked:"):
        return f"from what is marked {asked.removeprefix('marked:').replace('-', ' ')}"
    return f"from {answer.who(asked).name}"


def _to(answer: PathsAnswer) -> str:
    asked = answer.at.asked
    if asked.is_action:
        return f"whoever may {asked.target}" + (f" on {asked.on}" if asked.on else "")
    target = str(answer.found.result.question["to"])
    if target == "admin":
        return "an administrator"
    if target.startswith("marked:"):
        return f"what is marked {target.removeprefix('marked:').replace('-', ' ')}"
    return answer.who(target).name


def _show_nothing(answer: PathsAnswer) -> None:
    result = answer.found.result
    source = result.question["from"]
    if any(principal.arn == source for principal in result.administrators):
        text = f"{answer.who(source).name} is an administrator already; administrators are no sources."
    else:
        text = "No way is known, as far as is loaded. What isn't loaded stands below."
    show("trouble", title="", text=text)

"""The list of paths: grouped by the grant that they share, with the hops of the one that is open."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.pictures.addresses import address
from app.views.found_paths import account_of, is_accepted
from app.views.markup import show
from app.views.tables import csv_button
from queries.answers import grant_words, statement_place
from queries.paths import PATH_COLUMNS

if TYPE_CHECKING:
    from app.views.found_paths import Shown
    from app.views.paths_answer import PathsAnswer
    from iam.escalation.choke import Cause
    from queries.paths import FoundPath

MOST_LISTED = 150
MOST_OF_GROUP = 15


def show_path_list(answer: PathsAnswer) -> None:
    """Show the list, and the button that saves all of it."""
    groups = _groups(answer)
    listed = sum(len(group["paths"]) for group in groups)
    with st.container(key="paths-list"):
        show("path_list", groups=groups, shown=listed, total=len(answer.shown))
    csv_button(PATH_COLUMNS, lambda: answer.found.only(answer.shown).rows(), "paths", "paths-csv")


def _groups(answer: PathsAnswer) -> list[dict[str, Any]]:
    """The paths by what they share, of each group the first ones; the one that is open stands in any case."""
    groups: dict[object, dict[str, Any]] = {}
    most = MOST_LISTED if answer.at.narrowed.statement else MOST_OF_GROUP
    listed = 0
    for each in answer.shown:
        group = groups.setdefault("outside" if each.outside else each.cause, _group(answer, each))
        is_open = answer.open is not None and each.id == answer.open.id
        of_cause = each.cause is not None and len(group["paths"]) >= most
        if is_open or (listed < MOST_LISTED and not of_cause):
            group["paths"].append(_line(answer, each))
            listed += 1
        else:
            group["left"] += 1
    if answer.open is not None and all(each.id != answer.open.id for each in answer.shown):
        alone = {
            "title": "Open, though the filters leave it out",
            "link": "",
            "paths": [],
            "left": 0,
            "more": "",
        }
        groups = {"open": {**alone, "paths": [_line(answer, answer.open)]}, **groups}
    return list(groups.values())


def _group(answer: PathsAnswer, shown: Shown) -> dict[str, Any]:
    group: dict[str, Any] = {"title": "", "link": "", "paths": [], "left": 0, "more": ""}
    if shown.outside:
        return {**group, "title": "From outside"}
    if shown.cause is None:
        return {**group, "title": "Each by a grant of its own" if answer.found.causes else ""}
    cause = answer.found.causes[shown.cause]
    return {
        **group,
        "title": _cause_words(cause),
        "link": address("policy", id=cause.grant.policy_id, statement=str(cause.grant.index)),
        "more": answer.at.address(statement=cause.held.statement_id),
    }


def _cause_words(cause: Cause) -> str:
    name = cause.held.holder.rsplit("/", 1)[-1]
    return f"{len(cause.paths):,} share {statement_place(cause.grant)} on {name}"


def _line(answer: PathsAnswer, shown: Shown) -> dict[str, Any]:
    path = shown.path
    is_open = answer.open is not None and shown.id == answer.open.id
    source, target = answer.who(path.source), answer.who(path.target)
    accounts = [account for account in map(account_of, (path.source, path.target)) if account]
    line: dict[str, Any] = {
        "link": answer.at.address(path=shown.id),
        "open": is_open,
        "source": source,
        "target": target,
        "verdict": path.verdict.value,
        "accounts": list(dict.fromkeys(accounts)),
        "length": path.length,
        "techniques": _techniques(path),
        "accepted": is_accepted(shown, answer.accepted),
        "dim": is_accepted(shown, answer.accepted) and not is_open,
    }
    if is_open:
        hop = answer.hop(path)
        sentences = answer.found.result.sentences(path)
        line["hops"] = [
            (text, answer.at.address(path=shown.id, hop=number), number == hop)
            for number, text in enumerate(sentences, 1)
        ]
        line["end"] = _end_words(path)
        line["hangs"] = [f"if {text}" for text in path.conditions] + [f"needs {text}" for text in path.needs]
    return line


def _techniques(path: FoundPath) -> str:
    """How the path goes, by the names of its hops' techniques; what is done several times over, once."""
    runs = [(name, len(list(same))) for name, same in groupby(part.technique.name for part in path.parts)]
    told = [f"{name} ({times} times)" if times > 1 else name for name, times in runs]
    return ", then ".join([*told[:1], *(each[:1].lower() + each[1:] for each in told[1:])])


def _end_words(path: FoundPath) -> str:
    if path.answer is None:
        return ""
    because = "; ".join(grant_words(grant) for grant in path.answer.because)
    return f"There: {path.answer.action} on {path.answer.resource}{f', {because}' if because else ''}"

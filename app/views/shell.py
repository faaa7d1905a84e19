"""What stands on every page unseen: the drawing library, quick links, words to complete from."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from app.pictures.files import vis_network
from app.pictures.kinds import KINDS
from app.views.frame import asset, database, sequence
from app.views.markup import clear
from app.views.showing import showing
from app.views.things import things
from graph.connection import Database, DatabaseUnavailable
from iam import catalogue

MOST_NAMES = 20_000


def show_shell() -> None:
    """Put it on the page. Its data stay the same from run to run, so that they are sent once."""
    with st.container(key="shell"):
        _component()(key="shell-component", data=_words())


def _words() -> dict[str, Any]:
    try:
        with showing():
            return _known(database(), sequence())
    except DatabaseUnavailable:
        return {"actions": [], "resources": [], "keys": [], "things": [], "icons": {}}


@st.cache_data(max_entries=2, show_spinner=False)
def _known(_database: Database, number: int) -> dict[str, Any]:
    """What can be found by name, and the names of actions, resources and context keys."""
    rows = _database.read(
        "MATCH (x:Resource) RETURN x.arn AS arn, x.type AS type ORDER BY arn LIMIT $most", most=MOST_NAMES
    )
    resources = []
    for row in rows:
        resources.append(row["arn"])
        if row["type"] == "AWS::S3::Bucket":
            resources.append(f"{row['arn']}/*")
    held = _database.read(
        "MATCH (p:Principal) WHERE p.loaded = true AND p.type IN ['user', 'role'] "
        "RETURN p.arn AS arn ORDER BY arn LIMIT $most",
        most=MOST_NAMES,
    )
    resources += [row["arn"] for row in held]
    return {
        "actions": list(catalogue.action_names()),
        "resources": resources,
        "keys": _keys(),
        "things": [
            [
                each.kind,
                clear(each.shown_name, 60),
                each.id[:400],
                each.account,
                each.address,
                clear(each.more, 200),
            ]
            for each in things(_database, number)[:MOST_NAMES]
        ],
        "icons": {name: kind.icon for name, kind in KINDS.items()},
    }


@cache
def _keys() -> list[str]:
    from iam.catalogue_conditions import global_key_names

    return sorted(global_key_names(), key=str.lower)


@cache
def _component() -> Any:
    return st.components.v2.component(
        "iamatlas_shell",
        html=asset("component/shell.html"),
        css=asset("component/shell.css"),
        js=vis_network() + "\n" + asset("component/shell.js"),
    )

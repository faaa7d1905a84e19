"""A group: who is in it and what it gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from app.pictures.addresses import address
from app.views.frame import database, page, sequence, titled
from app.views.lists import Row, show_list
from app.views.markup import show
from app.views.policy import policy_document
from app.views.search import show_pick
from app.views.statements import show_statements
from app.views.things import page_of
from queries.library import run_query

if TYPE_CHECKING:
    from graph.connection import Database

_GROUP = "MATCH (g:Group {arn: $arn}) RETURN properties(g) AS found"
_POLICIES = """
MATCH (:Group {arn: $arn})-[:ATTACHED]->(o:Policy)
RETURN o.id AS id, o.name AS name, o.kind AS kind ORDER BY name
"""


@page
def group_page() -> None:
    """The page."""
    arn = st.query_params.get("arn", "")
    found = _properties(database(), sequence(), arn) if arn else None
    if found is None:
        show_pick("group", ("group",), arn)
        return
    titled(str(found.get("name") or arn))
    show("group", found=found)
    left, right = st.columns([14, 9], gap="medium")
    with left:
        for row in database().read(_POLICIES, arn=arn):
            held = {"name": row["name"], "kind": row["kind"], "via": "permissions"}
            show("held", held=held, link=page_of("policy", row["id"]))
            document = policy_document(database(), sequence(), row["id"])
            if document is None:
                show("missing", texts=["Its text is not loaded."])
            else:
                show_statements(document)
    with right:
        members = run_query(database(), "group-members", {"group": arn})
        at = {name: place for place, name in enumerate(members.columns)}
        rows = [
            Row("user", row[at["user"]], address("principal", arn=row[at["principal"]]))
            for row in members.rows
        ]
        show_list("Members", ("user",), rows, key="members", empty="Nobody.")


@st.cache_data(max_entries=100, show_spinner=False)
def _properties(_database: Database, number: int, arn: str) -> dict[str, Any] | None:  # noqa: ARG001
    rows = _database.read(_GROUP, arn=arn)
    return dict(rows[0]["found"]) if rows else None

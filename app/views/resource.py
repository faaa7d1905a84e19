"""A resource: what is known of it, its own policy, and who reaches it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.pictures.addresses import address
from app.views.background import worked_out
from app.views.data import may_load
from app.views.frame import database, page, sequence, titled
from app.views.lists import Row, show_list
from app.views.marks import marks_by_arn, show_marks
from app.views.markup import show
from app.views.policy import policy_document
from app.views.reach import LEVELS, reach
from app.views.search import show_pick
from app.views.statements import show_statements
from app.views.things import page_of, tags_of
from graph.marks import read_marks
from iam import catalogue
from iam.arn import parse_arn
from queries.marked import READING

if TYPE_CHECKING:
    from graph.connection import Database

_RESOURCE = (
    "MATCH (x:Resource {arn: $arn}) OPTIONAL MATCH (x)-[a:ATTACHED]->(o:Policy) "
    "RETURN properties(x) AS found, o.id AS policy"
)
_OBJECTS = {"AWS::S3::Bucket": "/*"}


@page
def resource_page() -> None:
    """The page."""
    arn = st.query_params.get("arn", "")
    read = _read(database(), sequence(), arn) if arn else None
    if read is None:
        show_pick("resource", ("resource",), arn)
        return
    found, policy = read
    titled(str(found.get("name") or arn))
    show(
        "resource",
        found=found,
        tags=tags_of(found.get("tags")),
        policy=page_of("policy", policy) if policy else "",
        questions=_asked_most(found),
    )
    marks = marks_by_arn(read_marks(database()))
    show_marks(arn, str(found.get("name") or arn), marks, may_write=may_load())
    show("heading", text="Its own policy", more="")
    document = policy_document(database(), sequence(), policy) if policy else None
    if document is None:
        show("missing", texts=["None is loaded."])
    else:
        show_statements(document)
    _show_reach(found)


def _show_reach(found: dict[str, Any]) -> None:
    """Everyone who may do something with it, and what, by access level; each leads to a proof."""
    on, targets = database(), _targets(found)
    reached = worked_out(
        ("reach", found["arn"]),
        lambda: reach(on, targets),
        "Working out who reaches it …",
    )
    if reached is not None:
        rows = [
            Row(
                each.kind,
                each.name,
                address("who-can", action=each.action, resource=each.resource, principal=each.arn),
                (each.account, *(each.levels.get(level, "") for level in LEVELS)),
            )
            for each in reached
        ]
        show_list(
            "Who reaches it",
            ("principal", "account", "permissions", "write", "read", "list", "tagging"),
            rows,
            key="reach",
            more="By access level: the best verdict on an action. Each leads to a proof.",
            empty="Nobody that is loaded.",
        )
    with st.expander("Ask who can do one action on it"):
        show("reach", groups=_questions(found))


def _asked_most(found: dict[str, Any]) -> list[tuple[str, str]]:
    """What is asked first about it: words and address."""
    if found.get("type") not in READING:
        return []
    action, behind = READING[found["type"]]
    on = found["arn"] + behind
    return [
        ("Who can read what it holds?", address("who-can", action=action, resource=on)),
        ("Who gets there over hops?", address("paths", to=action, on=on)),
    ]


def _service(found: dict[str, Any]) -> str:
    parsed = parse_arn(found["arn"])
    return parsed.service if parsed else ""


def _targets(found: dict[str, Any]) -> list[str]:
    """The resource, and what lies in it."""
    inside = _OBJECTS.get(found.get("type", ""), "")
    return [found["arn"], *([found["arn"] + inside] if inside else [])]


def _questions(found: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """By access level, the actions that work on the resource, each with the address that asks who can."""
    by_level: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for target in _targets(found):
        for kind in catalogue.resource_types_for(target):
            if kind.service != _service(found):
                continue
            for action in catalogue.actions(kind.service):
                if any(each.name == kind.name for each in action.resource_types):
                    by_level[action.access_level].append(
                        (action.name, address("who-can", action=action.name, resource=target))
                    )
    order = ("Read", "Write", "Permissions management", "List", "Tagging")
    return [(level, sorted(set(by_level[level]))) for level in order if level in by_level]


@st.cache_data(max_entries=100, show_spinner=False)
def _read(_database: Database, number: int, arn: str) -> tuple[dict[str, Any], str] | None:  # noqa: ARG001
    rows = _database.read(_RESOURCE, arn=arn)
    return (dict(rows[0]["found"]), rows[0]["policy"] or "") if rows else None

"""A principal: who it is, what it holds, what it can do, who can become it and what it can become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.pictures import live
from app.pictures.addresses import address
from app.pictures.picture import MOST_NODES
from app.pictures.principal import MOST_IN_COLUMN, Near, Neighbour, principal_picture
from app.views.data import may_load
from app.views.found_paths import account_of
from app.views.frame import database, page, sequence, show_wrong, titled
from app.views.kept import kept
from app.views.lists import Row, show_list
from app.views.marks import marks_by_arn, show_marks
from app.views.markup import show
from app.views.policy import policy_document
from app.views.search import show_pick
from app.views.statements import show_statements
from app.views.things import counted, page_of, tags_of
from app.views.what_it_can import show_what_it_can_do
from graph.marks import read_marks
from iam.techniques import techniques
from loader.escalate import Kept
from queries.errors import QuestionError
from queries.library import run_query
from queries.names import find_principal
from queries.snapshot import snapshot_of

if TYPE_CHECKING:
    from graph.connection import Database

MOST_POLICIES = 30
_ASSUMING = "sts-001"
_KEPT = {
    Kept.ALL: "",
    Kept.BEST_WAYS: "By assuming roles, and by what is somebody's best way to an administrator: of so many "
    "principals the graph holds no other ways. Paths works them out.",
    Kept.ADMINISTRATORS: "By assuming roles alone: of so many principals the graph holds no other ways. Paths "
    "works them out.",
}
_TABS = {
    "policies": "Policies",
    "does": "What it can do",
    "by": "Who can become it",
    "becomes": "What it can become",
}
_FACTS = (
    ("unique_id", "unique id"),
    ("created", "created"),
    ("password_last_used", "password last used"),
    ("last_used", "last used"),
    ("last_used_region", "last used in"),
    ("max_session_duration", "longest session, s"),
)
_PROPERTIES = "MATCH (p:Principal {arn: $arn}) RETURN properties(p) AS found, p:Admin AS admin"
_GROUPS = (
    "MATCH (p:Principal {arn: $arn})-[:MEMBER_OF]->(g:Group) "
    "RETURN g.arn AS arn, g.name AS name ORDER BY name"
)


@dataclass(frozen=True)
class Held:
    """A policy that a principal holds: its id, name, kind, and through what."""

    id: str
    name: str
    kind: str
    via: str


@page
def principal_page() -> None:
    """The page."""
    wanted = st.query_params.get("arn", "")
    if not wanted:
        show_pick("principal", ("user", "role", "root", "federated", "service", "account", "anyone"))
        return
    try:
        arn = find_principal(snapshot_of(database()).estate, wanted).arn
    except QuestionError as wrong:
        show_wrong("principal", wrong)
        return
    with st.spinner("Reading …"):
        found = _properties(database(), sequence(), arn)
        groups = _groups(database(), sequence(), arn)
        held = _held(database(), sequence(), arn)
        near = _near(database(), sequence(), arn)
    titled(_name(found))
    left, right = st.columns([9, 14], gap="medium")
    with left:
        _show_card(found, groups, held)
        marks = marks_by_arn(read_marks(database()))
        show_marks(arn, str(found.get("name") or arn), marks, may_write=may_load())
    with right:
        _show_picture(found, groups, held, near)
    tab = st.query_params.get("show", "policies")
    tab = tab if tab in _TABS else "policies"
    tabs = [(words, address("principal", arn=arn, show=name), name == tab) for name, words in _TABS.items()]
    show("tabs", tabs=tabs)
    if tab == "policies":
        _show_policies(held)
    elif tab == "does":
        show_what_it_can_do(arn)
    elif tab == "by":
        _show_near(
            "Who can become it in one step", near.callers, "from", {"to": arn}, empty="Nobody that is loaded."
        )
        show("link", words="Who becomes it over more hops: ask Paths", link=address("paths", to=arn))
    else:
        _show_near("Whom it can become in one step", near.roles, "to", {"from": arn}, empty="Nobody.")
        if not found.get("admin"):
            show(
                "link",
                words="How it becomes administrator, over any hops: ask Paths",
                link=address("paths", **{"from": arn}),
            )


def _show_card(found: dict[str, Any], groups: Sequence[tuple[str, str]], held: Sequence[Held]) -> None:
    facts = [(words, found[name]) for name, words in _FACTS if found.get(name)]
    if found.get("mfa") is not None:
        facts.append(("MFA device", "yes" if found["mfa"] else "no"))
    if found.get("access_keys") is not None:
        facts.append(("active access keys", found["access_keys"]))
    show(
        "principal",
        found=found,
        name=_name(found),
        loaded=found.get("loaded") is not False,
        facts=facts,
        tags=tags_of(found.get("tags")),
        groups=[(name, page_of("group", arn)) for arn, name in groups],
        boundary=next(
            ((each.name, page_of("policy", each.id)) for each in held if each.via == "boundary"), None
        ),
        trust=next((page_of("policy", each.id) for each in held if each.via == "trust"), None),
        paths=[
            ("Paths from it", address("paths", **{"from": found["arn"]})),
            ("Paths to it", address("paths", to=found["arn"])),
        ],
        questions=[
            ("Who can change it?", address("who-can", action="iam:*", resource=found["arn"])),
            ("Who can assume it?", address("who-can", action="sts:AssumeRole", resource=found["arn"])),
        ]
        if found["type"] == "role"
        else [("Who can change it?", address("who-can", action="iam:*", resource=found["arn"]))]
        if found["type"] == "user"
        else [],
    )


def _name(found: dict[str, Any]) -> str:
    return "root user" if found["type"] == "root" else str(found.get("name") or found["arn"])


def _show_picture(
    found: dict[str, Any], groups: Sequence[tuple[str, str]], held: Sequence[Held], near: Near
) -> None:
    grown: dict[str, list[str]] = st.session_state.setdefault("principal-grown", {})
    more = {arn: _near(database(), sequence(), arn) for arn in grown.get(found["arn"], ())}
    most = live.grown("principal-column", found["arn"], MOST_IN_COLUMN, MOST_NODES)
    picture = principal_picture(
        (found["arn"], found["type"], _name(found)),
        groups,
        [(each.id, each.name, each.via) for each in held if each.via != "trust"],
        near,
        more,
        most,
    )
    touched = live.show(picture, key="principal", file="principal", grows=most < MOST_NODES)
    if touched.more:
        live.grow("principal-column", found["arn"], most)
    clicked = (touched.selected or "").removeprefix("principal ")
    if (
        touched.selected
        and clicked not in (found["arn"], *more)
        and touched.selected.startswith("principal ")
    ):
        grown.setdefault(found["arn"], []).append(clicked)
        st.rerun()


def _show_policies(held: Sequence[Held]) -> None:
    for at, each in enumerate(held[:MOST_POLICIES]):
        show("held", held=each, link=page_of("policy", each.id))
        document = policy_document(database(), sequence(), each.id)
        if document is None:
            show("missing", texts=["Its text is not loaded."])
        else:
            show_statements(document, number=1 if at == 0 and len(document.statements) == 1 else None)
    if len(held) > MOST_POLICIES:
        show("missing", texts=[f"{MOST_POLICIES} of {len(held)} policies shown."])
    if not held:
        show("missing", texts=["It holds no policy."])


def _show_near(title: str, near: Sequence[Neighbour], end: str, other: dict[str, str], *, empty: str) -> None:
    """Those who become it, or whom it becomes; each leads to the path between the two."""
    rows = [
        Row(kind, name, address("paths", **other, **{end: arn}), (account_of(arn), how, verdict, hangs))
        for arn, kind, name, verdict, hangs, how in near
    ]
    more = _KEPT[kept(database(), sequence())]
    columns = ("principal", "account", "how", "verdict", "hangs on")
    show_list(title, columns, rows, key="near", more=more, empty=empty)


@st.cache_data(max_entries=200, show_spinner=False)
def _properties(_database: Database, number: int, arn: str) -> dict[str, Any]:  # noqa: ARG001
    row = _database.read(_PROPERTIES, arn=arn)[0]
    return {**row["found"], "admin": bool(row["admin"])}


@st.cache_data(max_entries=200, show_spinner=False)
def _groups(_database: Database, number: int, arn: str) -> list[tuple[str, str]]:  # noqa: ARG001
    return [(row["arn"], row["name"]) for row in _database.read(_GROUPS, arn=arn)]


@st.cache_data(max_entries=200, show_spinner=False)
def _held(_database: Database, number: int, arn: str) -> list[Held]:  # noqa: ARG001
    found = run_query(_database, "principal-policies", {"principal": arn})
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    order = {"permissions": 0, "boundary": 2, "trust": 3}
    return sorted(
        (
            Held(row["policy"], row["name"] or row["via"], row["kind"], row["via"])
            for row in rows
            if row["principal"] == arn
        ),
        key=lambda each: (order.get(each.via, 1), each.via, each.name.lower()),
    )


@st.cache_data(max_entries=400, show_spinner=False)
def _near(_database: Database, number: int, arn: str) -> Near:  # noqa: ARG001
    """Who can become it and whom it can become in one step: by assuming a role, or by a technique.

    What an administrator can do to everybody in its account is left out.
    """
    asked = (
        "RETURN p.arn AS arn, p.type AS type, p.name AS name, p.account AS account, c.verdict AS verdict, "
        "c.conditions AS conditions, c.needs AS needs, c.techniques AS techniques "
        "ORDER BY verdict, name, arn, techniques"
    )
    ends = "(p:Principal)-[c:CAN_ASSUME|CAN_ESCALATE]->(:Principal {arn: $arn})"
    beside = "AND NOT (c.techniques IS NOT NULL AND coalesce(startNode(c).distance_to_admin, 1) = 0)"
    callers = _database.read(f"MATCH {ends} WHERE p.arn <> $arn {beside} {asked}", arn=arn)
    ends = "(:Principal {arn: $arn})-[c:CAN_ASSUME|CAN_ESCALATE]->(p:Principal)"
    roles = _database.read(f"MATCH {ends} WHERE p.arn <> $arn {beside} {asked}", arn=arn)
    return Near(_neighbours(callers), _neighbours(roles))


def _neighbours(rows: Sequence[Any]) -> tuple[Neighbour, ...]:
    """Each neighbour once, with the most certain way, and how many others there are."""
    ways: dict[str, list[Any]] = {}
    for row in rows:
        ways.setdefault(row["arn"], []).append(row)
    return tuple(_neighbour(found[0], len(found) - 1) for found in ways.values())


def _neighbour(row: Any, others: int) -> Neighbour:
    hangs = [
        *(f"if {text}" for text in row["conditions"] or ()),
        *(f"needs {text}" for text in row["needs"] or ()),
    ]
    name = "root user" if row["type"] == "root" else row["name"] or row["arn"]
    if row["type"] == "administrator":
        name = f"administrator of {row['account']}"
    known = {each.id: each for each in techniques()}
    how = ", then ".join(
        known[each].name if each in known else each for each in row["techniques"] or (_ASSUMING,)
    )
    more = f" (or {counted(others, 'other ways')})" if others else ""
    return row["arn"], row["type"], name, row["verdict"], "; ".join(hangs), how + more

"""Overview: what is loaded and when, what is missing, and the numbers from which questions start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from app.pictures.addresses import address
from app.pictures.kinds import KINDS
from app.views.frame import database, page, sequence
from app.views.lists import Row, show_list
from app.views.marks import show_marked
from app.views.markup import show
from app.views.things import PLURALS, page_of_arn
from graph.marks import read_marks
from queries.administrators import administrators
from queries.library import run_query
from queries.status import status

if TYPE_CHECKING:
    from graph.connection import Database
    from iam.entities import Principal
    from queries.status import Status

_TRUSTING = {
    "outside": "roles that trust accounts not loaded",
    "providers": "roles that trust identity providers",
}
_KINDS = ("user", "role", "root", "service", "federated", "account")


@page
def overview_page() -> None:
    """The page."""
    with st.spinner("Reading what is loaded …"):
        stands = _status(database(), sequence())
        admins = _administrators(database(), sequence())
        trusting = {
            "outside": _outside(database(), sequence()),
            "providers": _providers(database(), sequence()),
        }
        counts = _counts(database(), sequence())
        marks = read_marks(database())
    show(
        "overview",
        stands=stands,
        cards=[
            *(
                (f"{counts[kind]:,}", PLURALS[kind], address("search", kind=kind))
                for kind in _KINDS
                if counts.get(kind)
            ),
            (f"{len(admins):,}", "administrators", address("overview", list="administrators")),
            *(
                (f"{len({row[0] for row in rows}):,}", _TRUSTING[which], address("overview", list=which))
                for which, rows in trusting.items()
            ),
            (f"{len(marks):,}", "marks", address("overview", list="marks")),
            (f"{len(stands.warnings):,}", "warnings", address("overview", list="warnings")),
            (f"{len(stands.missing):,}", "things not loaded", address("overview", list="missing")),
        ],
    )
    which = st.query_params.get("list", "administrators")
    if which == "marks":
        show_marked(marks)
    else:
        _show_list(which, stands, admins, trusting)


def _show_list(
    which: str, stands: Status, admins: list[Principal], trusting: dict[str, list[list[Any]]]
) -> None:
    """The list behind one of the numbers."""
    if which in trusting:
        rows = [
            Row("role", row[0], address("principal", arn=row[0]), tuple(row[1:])) for row in trusting[which]
        ]
        show_list(
            _TRUSTING[which].capitalize(), ("role", "trusts", "condition", "statement"), rows, key=which
        )
    elif which == "warnings":
        found = [
            Row(
                each.what if each.what in KINDS else "other",
                each.id,
                page_of_arn(each.id),
                (each.what, each.warning),
            )
            for each in stands.warnings
        ]
        more = "What is wrong with what was loaded, or could not be read."
        show_list("Warnings", ("about", "kind", "warning"), found, key="warnings", more=more)
    elif which == "missing":
        show("heading", text="Not loaded", more="What is not loaded and could change answers.")
        show("missing", texts=stands.missing)
    else:
        admins_rows = [
            Row(each.type.value, _name(each), address("principal", arn=each.arn), (each.account, each.arn))
            for each in admins
        ]
        more = "They may do every action on every resource of their account, what SCPs take away not counted."
        show_list(
            "Administrators", ("principal", "account", "ARN"), admins_rows, key="administrators", more=more
        )


def _name(principal: Principal) -> str:
    return "root user" if principal.type.value == "root" else principal.name or principal.arn


@st.cache_resource(max_entries=2, show_spinner=False)
def _status(_database: Database, number: int) -> Status:  # noqa: ARG001
    return status(_database)


@st.cache_resource(max_entries=2, show_spinner=False)
def _administrators(_database: Database, number: int) -> list[Principal]:  # noqa: ARG001
    return administrators(_database)


@st.cache_data(max_entries=2, show_spinner=False)
def _counts(_database: Database, number: int) -> dict[str, int]:  # noqa: ARG001
    rows = _database.read("MATCH (p:Principal) RETURN p.type AS type, count(p) AS number")
    return {row["type"]: row["number"] for row in rows}


@st.cache_data(max_entries=2, show_spinner=False)
def _outside(_database: Database, number: int) -> list[list[Any]]:  # noqa: ARG001
    """Roles that trust accounts that aren't loaded: role, whom, on what condition, the statement's id."""
    found = run_query(_database, "trust-outside")
    at = {name: place for place, name in enumerate(found.columns)}
    return [
        [row[at["role"]], row[at["trusted"]], row[at["conditions"]] or "", row[at["statement"]]]
        for row in found.rows
        if not row[at["known"]]
    ]


@st.cache_data(max_entries=2, show_spinner=False)
def _providers(_database: Database, number: int) -> list[list[Any]]:  # noqa: ARG001
    """Roles that trust identity providers: role, provider, on what condition, the statement's id."""
    found = run_query(_database, "trust-federated")
    at = {name: place for place, name in enumerate(found.columns)}
    return [
        [row[at["role"]], row[at["provider"]], row[at["conditions"]] or "", row[at["statement"]]]
        for row in found.rows
    ]

"""Overview: what is loaded and when, what is missing, and the numbers from which questions start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from app.views.frame import database, page, sequence
from app.views.markup import address, show
from app.views.tables import csv_button, table
from queries.administrators import administrators
from queries.library import run_query
from queries.status import status

if TYPE_CHECKING:
    from graph.connection import Database
    from iam.entities import Principal
    from queries.status import Status

_KINDS = ("user", "role", "root", "service", "federated", "account")
_PLURALS = {"user": "users", "role": "roles", "root": "root users", "service": "services",
            "federated": "identity providers", "account": "accounts outside"}  # fmt: skip

_TRUSTING = {
    "outside": "roles that trust accounts not loaded",
    "providers": "roles that trust identity providers",
}


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
    show(
        "overview",
        stands=stands,
        cards=[
            *(
                (f"{counts[kind]:,}", _PLURALS[kind], address("search", kind=kind))
                for kind in _KINDS
                if counts.get(kind)
            ),
            (f"{len(admins):,}", "administrators", address("overview", list="administrators")),
            *(
                (f"{len({row[0] for row in rows}):,}", _TRUSTING[which], address("overview", list=which))
                for which, rows in trusting.items()
            ),
            (f"{len(stands.warnings):,}", "warnings", address("overview", list="warnings")),
            (f"{len(stands.missing):,}", "things not loaded", address("overview", list="missing")),
        ],
    )
    _show_list(st.query_params.get("list", "administrators"), stands, admins, trusting)


def _show_list(
    which: str, stands: Status, admins: list[Principal], trusting: dict[str, list[list[Any]]]
) -> None:
    """The list behind one of the numbers."""
    if which in trusting:
        title = _TRUSTING[which].capitalize()
        _linked(title, ("role", "trusts", "condition", "statement"), trusting[which], "principal")
    elif which == "warnings":
        rows = [[each.what, each.id, each.warning] for each in stands.warnings]
        show("heading", text="Warnings", more="What is wrong with what was loaded, or could not be read.")
        table(("what", "id", "warning"), rows, key="overview-warnings", widths={"what": 120, "id": 420})
        csv_button(("what", "id", "warning"), rows, "warnings", "overview-warnings-csv")
    elif which == "missing":
        show("heading", text="Not loaded", more="What is not loaded and could change answers.")
        show("missing", texts=stands.missing)
    else:
        rows = [[each.arn, each.type.value, each.name, each.account] for each in admins]
        _linked("Administrators", ("principal", "type", "name", "account"), rows, "principal")


def _linked(title: str, columns: tuple[str, ...], rows: list[list[Any]], goal: str) -> None:
    """A table whose first column holds ARNs; a click on a row offers the page of that one."""
    show("heading", text=title, more="A click on a row leads on.")
    key = title.lower().replace(" ", "-")
    picked = table(columns, rows, key=f"overview-{key}", widths={columns[0]: 430})
    if picked is not None:
        show("link", words=rows[picked][0], link=address(goal, arn=rows[picked][0]))
    csv_button(columns, rows, key, f"overview-{key}-csv")


@st.cache_resource(max_entries=2, show_spinner=False)
def _status(_database: Database, _sequence: int) -> Status:
    return status(_database)


@st.cache_resource(max_entries=2, show_spinner=False)
def _administrators(_database: Database, _sequence: int) -> list[Principal]:
    return administrators(_database)


@st.cache_data(max_entries=2, show_spinner=False)
def _counts(_database: Database, _sequence: int) -> dict[str, int]:
    rows = _database.read("MATCH (p:Principal) RETURN p.type AS type, count(p) AS number")
    return {row["type"]: row["number"] for row in rows}


@st.cache_data(max_entries=2, show_spinner=False)
def _outside(_database: Database, _sequence: int) -> list[list[Any]]:
    """Roles that trust accounts that aren't loaded: role, whom, on what condition, the statement's id."""
    found = run_query(_database, "trust-outside")
    at = {name: place for place, name in enumerate(found.columns)}
    return [
        [row[at["role"]], row[at["trusted"]], row[at["conditions"]] or "", row[at["statement"]]]
        for row in found.rows
        if not row[at["known"]]
    ]


@st.cache_data(max_entries=2, show_spinner=False)
def _providers(_database: Database, _sequence: int) -> list[list[Any]]:
    """Roles that trust identity providers: role, provider, on what condition, the statement's id."""
    found = run_query(_database, "trust-federated")
    at = {name: place for place, name in enumerate(found.columns)}
    return [
        [row[at["role"]], row[at["provider"]], row[at["conditions"]] or "", row[at["statement"]]]
        for row in found.rows
    ]

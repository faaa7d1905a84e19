"""Cypher: the library and queries of one's own, read-only, with limits; the answer as table and picture."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.pictures import live
from app.pictures.addresses import address
from app.pictures.answer import picture_of_answer, words_of
from app.pictures.picture import MOST_EVER, MOST_NODES
from app.views.frame import asset, database, page, without_data
from app.views.markup import clear, show
from app.views.saved import (
    NotSavedQueries,
    SavedQuery,
    as_text,
    read_queries,
    remove_query,
    save_queries,
    saved_queries,
)
from app.views.tables import csv_button, table
from graph.adhoc import (
    DEFAULT_ROWS,
    DEFAULT_SECONDS,
    AdhocResult,
    QueryFailed,
    QueryStopped,
    RefusedQuery,
    run_adhoc,
)
from graph.connection import DatabaseUnavailable
from graph.schema import NODE_TYPES, RELATIONSHIP_TYPES
from queries.library import library

if TYPE_CHECKING:
    from graph.connection import Database
    from queries.library import Parameter

MOST_ROWS = 10_000
MOST_SECONDS = 60
LOOK_SECONDS = 0.3
_AT_FIRST = "MATCH (u:User)-[m:MEMBER_OF]->(g:Group)\nRETURN u, m, g\nLIMIT 60"


@dataclass
class Running:
    """A query on its way: what was asked, and, as soon as `done`, its answer or why there is none."""

    cypher: str
    parameters: dict[str, Any]
    rows: int
    seconds: int
    plan: bool = False
    done: threading.Event = field(default_factory=threading.Event)
    result: AdhocResult | None = None
    trouble: str = ""

    def run(self, on: Database) -> None:
        """In a thread of its own."""
        try:
            self.result = run_adhoc(
                on, self.cypher, self.parameters, float(self.seconds), self.rows, plan=self.plan
            )
        except (RefusedQuery, QueryStopped, QueryFailed, DatabaseUnavailable) as wrong:
            self.trouble = str(wrong)
        finally:
            self.done.set()


@page
@without_data
def cypher_page() -> None:
    """The page."""
    home = database().settings.home
    own = _saved()
    chosen, text, given = _chosen(own)
    side, main = st.columns([5, 16], gap="medium")
    with side:
        _show_side(own, chosen)
    with main:
        ready = library().get(chosen)
        if ready is not None:
            show("library_query", query=ready)
        asked = _editor()(
            key="cypher-editor",
            data={"cypher": text, "parameters": given, "rows": DEFAULT_ROWS, "seconds": int(DEFAULT_SECONDS)},
            on_run_change=_nothing,
        ).get("run")
        if asked:
            _start(asked)
        _show_answer()
        _show_saving(home, own)


def _chosen(own: list[SavedQuery]) -> tuple[str, str, dict[str, str]]:
    """What the address names: a query's name, the text to begin with, and values of its parameters."""
    name = st.query_params.get("query", "")
    known = library().get(name)
    if known is not None:
        return name, known.cypher, {each.name: _first(each) for each in known.parameters}
    saved = next((each for each in own if each.name == st.query_params.get("saved", "")), None)
    if saved is not None:
        return "", saved.cypher, {}
    return "", st.query_params.get("text", _AT_FIRST), {}


def _first(parameter: Parameter) -> str:
    value = parameter.example if parameter.default is None else parameter.default
    return str(value).lower() if isinstance(value, bool) else str(value)


def _start(asked: dict[str, Any]) -> None:
    """Start what the editor asks for, and remember it for this visitor."""
    running = Running(
        str(asked["cypher"]),
        {str(name): _value(text) for name, text in dict(asked["parameters"]).items()},
        min(max(int(asked["rows"] or 1), 1), MOST_ROWS),
        min(max(int(asked["seconds"] or 1), 1), MOST_SECONDS),
        bool(asked.get("plan")),
    )
    st.session_state["cypher-running"] = running
    threading.Thread(target=running.run, args=(database(),), name="explorer query", daemon=True).start()
    running.done.wait(LOOK_SECONDS)


def _value(text: Any) -> Any:
    """A parameter as written: a number, true, false, a list or an object in JSON, or else the text itself."""
    try:
        value = json.loads(str(text))
    except (ValueError, RecursionError):
        return str(text)
    return value if isinstance(value, (bool, int, float, list, dict)) else str(text)


def _show_answer() -> None:
    running: Running | None = st.session_state.get("cypher-running")
    if running is None:
        return
    if not running.done.is_set():
        _wait()
        return
    if running.result is None:
        show("trouble", title="No answer", text=running.trouble or "The query was stopped.")
        return
    result = running.result
    if running.plan:
        show(
            "heading", text="How the server would go about it", more="What is done first stands furthest in."
        )
        st.code("\n".join(clear(row[0]) for row in result.rows), language=None)
        return
    more = ", the first of more" if result.truncated else ""
    rows = f"{len(result.rows):,} row{'s' * (len(result.rows) != 1)}"
    show("heading", text=f"{rows}{more}, in {result.elapsed:.2f} s", more="")
    shown = [[words_of(value) for value in row] for row in result.rows]
    columns = _distinct(result.columns)
    most = live.grown("cypher", id(running), MOST_NODES, MOST_EVER)
    picture = picture_of_answer(result.rows, most)
    if picture is not None:
        touched = live.show(picture, key="cypher-picture", file="answer", grows=most < MOST_EVER)
        if touched.more:
            live.grow("cypher", id(running), most)
    if columns:
        table(
            columns, shown, key=f"cypher-table-{id(running)}", height=min(480, 40 + 35 * max(1, len(shown)))
        )
        csv_button(columns, shown, "answer", "cypher-csv")


def _distinct(columns: list[str]) -> list[str]:
    """Names of columns as a table takes them: none twice, none too long."""
    found: list[str] = []
    for each in columns:
        name = each[:80]
        found.append(name if name not in found else f"{name} ({len(found) + 1})")
    return found


@st.fragment(run_every=LOOK_SECONDS)
def _wait() -> None:
    """Looks whether the query is done; the rest of the page can be used meanwhile."""
    running: Running | None = st.session_state.get("cypher-running")
    if running is None or running.done.is_set():
        st.rerun()
    show(
        "heading",
        text="Asking the database …",
        more=f"It is stopped after {running.seconds} s at the latest.",
    )
    if st.button("Stop", key="cypher-stop"):
        # Nobody waits for it any more; the server itself ends it at its time limit.
        database().abandon_query()
        stopped = Running("", {}, 1, 1, trouble="You stopped the query.")
        stopped.done.set()
        st.session_state["cypher-running"] = stopped
        st.rerun()


def _show_side(own: list[SavedQuery], chosen: str) -> None:
    show(
        "library",
        queries=[(each.title, each.question, address("cypher", query=each.name), each.name == chosen)
                 for each in library().values()],
        saved=[(each.name, address("cypher", saved=each.name)) for each in own],
    )  # fmt: skip
    show("schema", nodes=NODE_TYPES, relationships=RELATIONSHIP_TYPES)


def _saved() -> list[SavedQuery]:
    try:
        return saved_queries(database().settings.home)
    except NotSavedQueries as wrong:
        show("trouble", title="The saved queries can't be read", text=str(wrong))
        return []


def _show_saving(home: Any, own: list[SavedQuery]) -> None:
    with st.expander("Save, import and export queries"):
        running: Running | None = st.session_state.get("cypher-running")
        name = st.text_input("Name for the query that ran last", key="cypher-save-name", max_chars=120)
        ready = running is not None and bool(running.cypher) and bool(name.strip())
        if st.button("Save query", disabled=not ready) and running is not None:
            _keep(home, [SavedQuery(name.strip(), running.cypher)])
        if own:
            st.download_button(
                "Export as JSON",
                data=lambda: as_text(own),
                file_name="queries.json",
                mime="application/json",
                on_click="ignore",
            )
            gone = st.selectbox("Remove", [each.name for each in own], index=None, key="cypher-remove")
            if gone and st.button("Remove query"):
                remove_query(home, gone)
                st.rerun()
        taken = st.file_uploader("Import from JSON", type="json", key="cypher-import", max_upload_size=5)
        if taken is not None and st.button("Import"):
            try:
                _keep(home, read_queries(taken.getvalue().decode("utf-8", "replace")))
            except NotSavedQueries as wrong:
                show("trouble", title="This can't be imported", text=str(wrong))


def _keep(home: Any, queries: list[SavedQuery]) -> None:
    try:
        save_queries(home, queries)
    except (NotSavedQueries, OSError) as wrong:
        show("trouble", title="This can't be saved", text=str(wrong))
        return
    st.rerun()


def _nothing() -> None:
    """A run comes with the page's next run."""


@cache
def _editor() -> Any:
    return st.components.v2.component(
        "iamatlas_editor",
        html=asset("component/editor.html"),
        css=asset("component/editor.css"),
        js=asset("component/editor.js"),
    )

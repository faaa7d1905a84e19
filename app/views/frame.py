"""What every page stands on: the database, the state of what is loaded, and what is shown when it is away."""

from __future__ import annotations

import functools
import importlib.resources
import logging
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlencode

import streamlit as st

from app.views.markup import clear, show
from app.views.showing import showing
from graph.connection import Database, DatabaseUnavailable, connect
from graph.sequence import current
from queries.errors import QuestionError

LOOK_AGAIN_SECONDS = 3


@st.cache_resource(show_spinner="Connecting to the database …")
def database() -> Database:
    """The connection that all pages share. Raises `DatabaseUnavailable`."""
    return connect()


def sequence() -> int:
    """The load sequence number: what has been read stays right as long as it stays.

    Whatever a page keeps has it as the parameter `number`, which makes it part of the key. A parameter with an
    underscore, as `_database`, is not.
    """
    return current(database())


@st.cache_data(max_entries=4, show_spinner=False)
def _loaded(_database: Database, number: int) -> bool:  # noqa: ARG001
    return bool(_database.read("MATCH (l:Load) RETURN l.id AS id LIMIT 1"))


def anything_loaded() -> bool:
    """Whether any account is loaded."""
    return _loaded(database(), sequence())


def page(function: Callable[[], None]) -> Callable[[], None]:
    """A page that survives a database that is away, and says what to do where nothing is loaded."""

    @functools.wraps(function)
    def shown() -> None:
        try:
            with showing():
                if anything_loaded() or getattr(function, "without_data", False):
                    function()
                else:
                    show("empty")
        except DatabaseUnavailable as away:
            show_away(away)
        except Exception as fault:
            # A fault of ours ends this page, with a word on it, and no other; Streamlit's own signals pass.
            logging.getLogger(__name__).exception("a page failed")
            show("trouble", title="This page failed", text=f"{type(fault).__name__}; the log holds the rest.")

    return shown


def show_wrong(name: str, wrong: QuestionError, title: str = "This can't be asked as it stands") -> None:
    """Say what is wrong with the question in the address of a page, with links to what may be meant."""
    asked = [(key, value.strip()) for key in st.query_params for value in st.query_params.get_all(key)]
    links = []
    for near in wrong.near if wrong.given in dict(asked).values() else ():
        meant = [(key, near if value == wrong.given else value) for key, value in asked]
        links.append((near, f"{name}?{urlencode(meant)}"))
    show(
        "trouble",
        title=title,
        text=wrong.reason if links else str(wrong),
        links=links,
    )


def without_data(function: Callable[[], None]) -> Callable[[], None]:
    """Mark a page as one that is of use before anything is loaded."""
    function.without_data = True  # type: ignore[attr-defined]
    return function


def show_away(away: DatabaseUnavailable) -> None:
    """Say that the database can't be reached and why, and go on by itself when it answers."""
    show("away", reason=str(away), seconds=LOOK_AGAIN_SECONDS)
    _look_again()


@st.fragment(run_every=LOOK_AGAIN_SECONDS)
def _look_again() -> None:
    """Runs by itself while the database is away; as soon as it answers, the page is shown."""
    st.button("Try again now")
    with suppress(DatabaseUnavailable):
        sequence()
        st.rerun()


def titled(words: str) -> None:
    """Name the browser's tab and its history after what the page is about."""
    st.set_page_config(page_title=f"{clear(words, 60)} · IAM Atlas")


def asset(name: str) -> str:
    """The text of a file in `app/views`."""
    return importlib.resources.files("app.views").joinpath(*name.split("/")).read_text(encoding="utf-8")

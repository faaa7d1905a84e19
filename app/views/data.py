"""Data: load exports by upload or path, see what is loaded and was, remove an account.

Only where the explorer serves nobody but the machine it runs on; `IAMATLAS_EXPLORE_DATA=off` takes the page
away there too.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app.pictures.addresses import address
from app.views.frame import database, page, without_data
from app.views.gate import served_to_others
from app.views.lists import Row, show_list
from app.views.loading import Errand, errands
from app.views.markup import show
from app.views.things import counted
from queries.library import run_query
from queries.status import status

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

MOST_MEGABYTES = 200
MOST_OF_NAME = 120
LOOK_SECONDS = 0.4
_ODD = re.compile(r"[^A-Za-z0-9._-]+")
_ANOTHER = "Another load is on its way: this one can begin when that has ended."


def may_load() -> bool:
    """Whether this explorer may change what is loaded."""
    if os.environ.get("IAMATLAS_EXPLORE_DATA", "").strip().lower() in ("off", "false", "no", "0"):
        return False
    return not served_to_others()


@page
@without_data
def data_page() -> None:
    """The page."""
    show(
        "heading",
        text="Load an export",
        more="An account that is loaded already is replaced, all or nothing.",
    )
    busy = errands().running
    left, right = st.columns(2, gap="medium")
    with left:
        taken = st.file_uploader(
            "Files from aws iam get-account-authorization-details, plain or gzip",
            accept_multiple_files=True,
            max_upload_size=MOST_MEGABYTES,
            key="data-files",
        )
        if st.button("Load files", disabled=busy or not taken, key="data-load-files"):
            _load_uploaded(taken)
    with right:
        path = st.text_input(
            "A file or a folder on this machine", key="data-path", placeholder="/home/you/exports"
        )
        if st.button("Load path", disabled=busy or not path.strip(), key="data-load-path"):
            _begun(errands().load(database(), [Path(path.strip()).expanduser()]))
    current = errands().current
    if current is not None:
        if busy:
            _wait(current)
        else:
            _show_done(current)
    stands = status(database())
    rows = [
        Row(
            "account",
            each.id,
            address("search", find=each.id),
            (each.name, each.loaded_at, each.source, "; ".join(each.missing)),
        )
        for each in stands.accounts
    ]
    columns = ("account", "name", "loaded", "from", "what its source lacked")
    show_list("Loaded", columns, rows, key="loaded", empty="Nothing yet.")
    if stands.accounts:
        _show_removal([each.id for each in stands.accounts], busy=busy)
    _show_history()


def _show_removal(accounts: list[str], *, busy: bool) -> None:
    with st.expander("Remove an account"):
        account = st.selectbox("Account", accounts, index=None, key="data-remove")
        chosen = st.button("Remove", disabled=busy or account is None, key="data-remove-now")
        if chosen and account:
            _begun(errands().remove(database(), account))


def _show_history() -> None:
    """Every load and removal, the last one first."""
    rows = [
        Row(
            "account" if what == "load" else "other",
            when,
            "",
            (
                {"load": "loaded", "removal": "removed"}.get(what, what),
                ", ".join(accounts) or "the organization",
                ", ".join(sources),
                ", ".join(
                    counted(number, name) for name, number in json.loads(counts or "{}").items() if number
                ),
            ),
        )
        for when, what, accounts, sources, counts in run_query(database(), "load-history").rows
    ]
    columns = ("when", "what", "accounts", "from", "counts")
    more = "Every load and removal since the database was made, the last one first."
    show_list("History", columns, rows, key="history", more=more, empty="Nothing yet.")


def _load_uploaded(taken: list[UploadedFile]) -> None:
    """Load uploaded files, each from a folder of its own: their names are anybody's, and need not differ."""
    folder = Path(tempfile.mkdtemp(prefix="iamatlas-upload-"))
    paths = []
    for at, each in enumerate(taken, start=1):
        path = folder / str(at) / file_name(each.name)
        path.parent.mkdir()
        path.write_bytes(each.getvalue())
        paths.append(path)
    _begun(errands().load(database(), paths, folder))


def file_name(given: str) -> str:
    """The name under which an upload is written: what is left of its own where only plain characters stay.

    It names no folder, is never hidden, and keeps the ending by which loading knows a compressed file.
    """
    plain = _ODD.sub("-", given.replace("\\", "/").rpartition("/")[2]).strip("-.") or "upload.json"
    return plain[-MOST_OF_NAME:].lstrip("-.")


def _begun(errand: Errand | None) -> None:
    """Show the errand that has begun, or say why none has."""
    if errand is not None:
        st.session_state["data-begun"] = errand
        st.rerun()
    show("trouble", title="Not begun", text=_ANOTHER)


@st.fragment(run_every=LOOK_SECONDS)
def _wait(errand: Errand) -> None:
    """How far it is; what else is on the page can be used meanwhile, and it goes on if the page is left."""
    if errand.done.is_set():
        st.rerun()
    st.progress(errand.share, text=f"{errand.title}: {errand.words}")


def _show_done(errand: Errand) -> None:
    """What the last load or removal did, for the visitor who began it."""
    if st.session_state.get("data-begun") is not errand:
        return
    if errand.trouble:
        show("trouble", title="This can't be loaded; nothing has changed", text=errand.trouble)
    else:
        show("heading", text="Done", more=errand.told)
    if errand.warnings:
        with st.expander(counted(len(errand.warnings), "warnings")):
            show("missing", texts=errand.warnings)

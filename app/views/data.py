"""Data: load exports by upload or path, see what is loaded, remove an account.

Only where the explorer serves nobody but the machine it runs on; `IAMATLAS_EXPLORE_DATA=off` takes the page
away there too.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app.pictures.addresses import address
from app.views.frame import database, page, without_data
from app.views.lists import Row, show_list
from app.views.markup import show
from loader.load import load, remove_account
from loader.problems import BadInput
from queries.status import status

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from loader.load import LoadSummary

MOST_MEGABYTES = 200
SHOWN_WARNINGS = 50
_LOCAL = ("127.0.0.1", "::1", "localhost")


def may_load() -> bool:
    """Whether this explorer may change what is loaded."""
    if os.environ.get("IAMATLAS_EXPLORE_DATA", "").strip().lower() in ("off", "false", "no", "0"):
        return False
    return st.get_option("server.address") in _LOCAL


class _Shown:
    """The progress of a load, on the page."""

    def __init__(self, place: DeltaGenerator) -> None:
        self._place = place
        self._name = ""
        self._total = 0
        self._done = 0

    def step(self, name: str, total: int | None = None) -> None:
        """A new step begins."""
        self._name, self._total, self._done = name, total or 0, 0
        self._draw()

    def advance(self, count: int = 1) -> None:
        """So much more of the step is done."""
        before = self._done
        self._done += count
        if before // 500 != self._done // 500:
            self._draw()

    def _draw(self) -> None:
        share = min(1.0, self._done / self._total) if self._total else 0.0
        done = f": {self._done:,}" if self._done else ""
        self._place.progress(share, text=f"{self._name}{done} …")


@page
@without_data
def data_page() -> None:
    """The page."""
    stands = status(database())
    show(
        "heading",
        text="Load an export",
        more="An account that is loaded already is replaced, all or nothing.",
    )
    left, right = st.columns(2, gap="medium")
    with left:
        taken = st.file_uploader(
            "Files from aws iam get-account-authorization-details, plain or gzip",
            accept_multiple_files=True,
            max_upload_size=MOST_MEGABYTES,
            key="data-files",
        )
        if st.button("Load files", disabled=not taken, key="data-load-files"):
            _load_uploaded(taken)
    with right:
        path = st.text_input(
            "A file or a folder on this machine", key="data-path", placeholder="/home/you/exports"
        )
        if st.button("Load path", disabled=not path.strip(), key="data-load-path"):
            _load([Path(path.strip()).expanduser()])
    _show_last()
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
        _show_removal([each.id for each in stands.accounts])


def _show_removal(accounts: list[str]) -> None:
    with st.expander("Remove an account"):
        account = st.selectbox("Account", accounts, index=None, key="data-remove")
        if st.button("Remove", disabled=account is None, key="data-remove-now") and account:
            place = st.empty()
            remove_account(database(), account, _Shown(place))
            st.session_state["data-told"] = f"Account {account} was removed."
            st.rerun()


def _load_uploaded(taken: list[UploadedFile]) -> None:
    """Load uploaded files. They are written under names of ours: those they came with are anybody's."""
    with tempfile.TemporaryDirectory(prefix="iamatlas-upload-") as folder:
        paths = []
        for at, each in enumerate(taken, start=1):
            ending = ".json.gz" if each.name.endswith(".gz") else ".json"
            path = Path(folder) / f"upload-{at}{ending}"
            path.write_bytes(each.getvalue())
            paths.append(path)
        _load(paths, [each.name for each in taken])


def _load(paths: list[Path], names: list[str] | None = None) -> None:
    place = st.empty()
    try:
        summary = load(database(), paths, _Shown(place))
    except BadInput as wrong:
        place.empty()
        text = str(wrong)
        for path, name in zip(paths, names or [], strict=False):
            text = text.replace(str(path), name)
        show("trouble", title="This can't be loaded; nothing has changed", text=text)
        return
    st.session_state["data-told"] = _told(summary)
    st.session_state["data-warnings"] = [str(each) for each in summary.warnings[:SHOWN_WARNINGS]]
    st.rerun()


def _told(summary: LoadSummary) -> str:
    counts = ", ".join(f"{number:,} {name}" for name, number in summary.counts.items() if number)
    return f"Loaded {', '.join(summary.accounts)} in {sum(summary.seconds.values()):.1f} s: {counts}."


def _show_last() -> None:
    """What the last load or removal did, once."""
    told = st.session_state.pop("data-told", None)
    warnings = st.session_state.pop("data-warnings", [])
    if told:
        show("heading", text="Done", more=told)
    if warnings:
        with st.expander(f"{len(warnings)} warnings"):
            show("missing", texts=warnings)

"""A load, or the removal of an account, beside the pages: all can be used, and leaving one doesn't end it.

One at a time, for all visitors: what it changes is the same for all.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from app.views.things import counted
from graph.connection import Database, DatabaseUnavailable
from loader.load import LoadSummary, load, remove_account
from loader.problems import BadInput

SHOWN_WARNINGS = 50


@dataclass
class Errand:
    """A load or a removal: how far it is, and as soon as it is `done` what it did, or why it did nothing."""

    title: str
    step_name: str = ""
    total: int = 0
    count: int = 0
    done: threading.Event = field(default_factory=threading.Event)
    told: str = ""
    warnings: list[str] = field(default_factory=list)
    trouble: str = ""

    def step(self, name: str, total: int | None = None) -> None:
        """A new step begins."""
        self.step_name, self.total, self.count = name, total or 0, 0

    def advance(self, count: int = 1) -> None:
        """So much more of the step is done."""
        self.count += count

    @property
    def share(self) -> float:
        """How much of the step is done, from 0 to 1."""
        return min(1.0, self.count / self.total) if self.total else 0.0

    @property
    def words(self) -> str:
        """What is being done."""
        return f"{self.step_name}{f': {self.count:,}' if self.count else ''} …"


class Errands:
    """The errand that is on its way, or was the last."""

    def __init__(self) -> None:
        self.current: Errand | None = None
        self._guard = threading.Lock()

    @property
    def running(self) -> bool:
        """Whether one is on its way."""
        return self.current is not None and not self.current.done.is_set()

    def load(self, database: Database, paths: list[Path], uploads: Path | None = None) -> Errand | None:
        """Begin to load; None where another errand is on its way. The folder `uploads` is deleted afterwards."""

        def work(errand: Errand) -> None:
            try:
                summary = load(database, paths, errand)
            except BadInput as wrong:
                text = str(wrong)
                for path in paths if uploads else ():
                    text = text.replace(str(path), path.name)
                errand.trouble = text
            else:
                errand.told = _told(summary)
                errand.warnings = [str(each) for each in summary.warnings[:SHOWN_WARNINGS]]
            finally:
                if uploads is not None:
                    shutil.rmtree(uploads, ignore_errors=True)

        return self._begin(Errand("Loading"), work)

    def remove(self, database: Database, account: str) -> Errand | None:
        """Begin to take an account out; None where another errand is on its way."""

        def work(errand: Errand) -> None:
            there = remove_account(database, account, errand)
            errand.told = (
                f"Account {account} was {'removed' if there else 'not loaded: nothing has changed'}."
            )

        return self._begin(Errand(f"Removing account {account}"), work)

    def _begin(self, errand: Errand, work: Callable[[Errand], None]) -> Errand | None:
        def run() -> None:
            try:
                work(errand)
            except DatabaseUnavailable as away:
                errand.trouble = str(away)
            except Exception as fault:
                logging.getLogger(__name__).exception("a load failed")
                errand.trouble = f"{type(fault).__name__}; the log holds the rest."
            finally:
                errand.done.set()

        with self._guard:
            if self.running:
                return None
            self.current = errand
        threading.Thread(target=run, name="explorer load", daemon=True).start()
        return errand


@st.cache_resource(show_spinner=False)
def errands() -> Errands:
    """The one that all visitors share."""
    return Errands()


def _told(summary: LoadSummary) -> str:
    counts = ", ".join(counted(number, name) for name, number in summary.counts.items() if number)
    loaded = ", ".join(summary.accounts) or "the organization"
    return f"Loaded {loaded} in {sum(summary.seconds.values()):.1f} s: {counts}."

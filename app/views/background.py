"""Work that may take longer than a page: a few threads do it beside the pages, and its answers are kept.

What is found out about paths is kept in one web of steps, which answers one question at a time; with further
threads other questions pass those that wait for it.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from app.views.frame import sequence
from app.views.markup import show

T = TypeVar("T")

THREADS = 3
SOON_SECONDS = 0.7
LOOK_SECONDS = 0.5
MOST_KEPT = 48
FRESH_SECONDS = 300
"""Conditions on the time of day are decided for now; an answer older than this is worked out again."""


@dataclass
class Job:
    """Work that was begun, at which load sequence number, and its answer as soon as it is there."""

    number: int
    future: Future[Any]
    begun: float = field(default_factory=time.monotonic)
    ended: float = math.inf

    def __post_init__(self) -> None:
        self.future.add_done_callback(self._end)

    def _end(self, _: Future[Any]) -> None:
        self.ended = time.monotonic()

    @property
    def over(self) -> bool:
        """Whether its answer was decided for a time that is past."""
        return time.monotonic() - self.ended > FRESH_SECONDS


class Worker:
    """Does what it is given and keeps the last answers, as long as nothing is loaded anew."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="explorer work")
        self._jobs: OrderedDict[Hashable, Job] = OrderedDict()
        self._guard = threading.Lock()

    @property
    def kept(self) -> int:
        """How many jobs are kept."""
        return len(self._jobs)

    def job(self, key: Hashable, number: int, work: Callable[[], Any]) -> Job:
        """The job of this key, begun now unless it was."""
        with self._guard:
            for old in [each for each, job in self._jobs.items() if job.number != number]:
                self._jobs.pop(old).future.cancel()
            job = self._jobs.get(key)
            if job is None or job.over:
                job = self._jobs[key] = Job(number, self._pool.submit(work))
                if len(self._jobs) > MOST_KEPT:
                    self._jobs.popitem(last=False)[1].future.cancel()
            self._jobs.move_to_end(key)
            return job

    def forget(self, key: Hashable) -> None:
        """Work that failed is begun anew when it is asked for again."""
        with self._guard:
            self._jobs.pop(key, None)

    def done(self, key: Hashable) -> bool:
        """Whether nobody waits for this any more."""
        with self._guard:
            job = self._jobs.get(key)
        return job is None or job.future.done()


@st.cache_resource(show_spinner=False)
def _worker() -> Worker:
    return Worker()


def worked_out(key: Hashable, work: Callable[[], T], doing: str, more: str = "") -> T | None:
    """What `work` gives, from what is kept where it was asked before on what is loaded now.

    None while it is on its way: the page then says what is being done, and shows the answer by itself as soon
    as it is there. Raises what `work` raises.
    """
    job = _worker().job(key, sequence(), work)
    wait([job.future], timeout=SOON_SECONDS)
    if not job.future.done():
        _wait(key, job.begun, doing, more)
        return None
    if job.future.cancelled():
        st.rerun()  # something was loaded meanwhile
    if job.future.exception() is not None:
        # Told once: a page that waits for what fails would else begin it again and again.
        _worker().forget(key)
    found: T = job.future.result()
    return found


@st.fragment(run_every=LOOK_SECONDS)
def _wait(key: Hashable, begun: float, doing: str, more: str) -> None:
    """Looks whether the work is done; every page can be used meanwhile."""
    if _worker().done(key):
        st.rerun()
    show("working", text=doing, more=more, seconds=int(time.monotonic() - begun))

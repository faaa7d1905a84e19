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
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

import streamlit as st

from app.views.frame import sequence
from app.views.markup import show
from app.views.showing import give_way, waiting
from queries.watching import Stopped, watched_by

T = TypeVar("T")

THREADS = 3
SOON_SECONDS = 0.7
LOOK_SECONDS = 0.5
MOST_KEPT = 48
FRESH_SECONDS = 300
"""Conditions on the time of day are decided for now; an answer older than this is worked out again."""


class Job:
    """Work that was begun at a load sequence number: how far it is, and its answer as soon as it is there."""

    def __init__(self, number: int, pool: Executor, work: Callable[[], Any]) -> None:
        self.number = number
        self.begun = time.monotonic()
        self.ended = math.inf
        self.doing, self.done, self.total = "", 0, 0
        self._stop = threading.Event()
        self.future: Future[Any] = pool.submit(self._run, work)
        self.future.add_done_callback(self._end)

    def _run(self, work: Callable[[], Any]) -> Any:
        with watched_by(self):
            self.go_on()
            return work()

    def _end(self, _: Future[Any]) -> None:
        self.ended = time.monotonic()

    def told(self, doing: str, done: int, total: int) -> None:
        """So much of a part of the work is done. Raises `Stopped`."""
        self.doing, self.done, self.total = doing, done, total
        self.go_on()

    def go_on(self) -> None:
        """Let pages go first. Raises `Stopped` where nobody wants the answer any more."""
        give_way()
        if self._stop.is_set():
            raise Stopped

    def stop(self) -> None:
        """End the work, at once where it hasn't begun, else at the next place where it looks up."""
        self._stop.set()
        self.future.cancel()

    @property
    def stopped(self) -> bool:
        """Whether somebody stopped it before it was done."""
        return self._stop.is_set()

    @property
    def over(self) -> bool:
        """Whether its answer was decided for a time that is past."""
        return not self.stopped and time.monotonic() - self.ended > FRESH_SECONDS


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
                self._jobs.pop(old).stop()
            job = self._jobs.get(key)
            if job is None or job.over:
                job = self._jobs[key] = Job(number, self._pool, work)
                if len(self._jobs) > MOST_KEPT:
                    self._jobs.popitem(last=False)[1].stop()
            self._jobs.move_to_end(key)
            return job

    def stop(self, key: Hashable) -> None:
        """End work that is on its way; whoever waits for it is told that it was stopped."""
        with self._guard:
            job = self._jobs.get(key)
        if job is not None and not job.future.done():
            job.stop()

    def look(self, key: Hashable) -> Job | None:
        """The job of this key, as far as it is."""
        with self._guard:
            return self._jobs.get(key)

    def forget(self, key: Hashable) -> None:
        """Work that failed is begun anew when it is asked for again."""
        with self._guard:
            self._jobs.pop(key, None)


@st.cache_resource(show_spinner=False)
def _worker() -> Worker:
    return Worker()


def worked_out(key: Hashable, work: Callable[[], T], doing: str, more: str = "") -> T | None:
    """What `work` gives, from what is kept where it was asked before on what is loaded now.

    None while it is on its way: the page then says what is being done and how far it is, can stop it, and shows
    the answer by itself as soon as it is there. None too where it was stopped. Raises what `work` raises.
    """
    job = _worker().job(key, sequence(), work)
    if not job.stopped:
        with waiting():
            wait([job.future], timeout=SOON_SECONDS)
    if job.stopped:
        _show_stopped(key)
        return None
    if not job.future.done():
        _wait(key, doing, more)
        return None
    if job.future.exception() is not None:
        # Told once: a page that waits for what fails would else begin it again and again.
        _worker().forget(key)
    found: T = job.future.result()
    return found


@st.fragment(run_every=LOOK_SECONDS)
def _wait(key: Hashable, doing: str, more: str) -> None:
    """Looks whether the work is done; every page can be used meanwhile."""
    job = _worker().look(key)
    if job is None or job.stopped or job.future.done():
        st.rerun()
    show("working", text=doing, more=more, seconds=int(time.monotonic() - job.begun), job=job)
    if st.button("Stop", key=f"stop {hash(key)}"):
        _worker().stop(key)
        st.rerun()


def _show_stopped(key: Hashable) -> None:
    """Say that nothing is worked out, and begin again where that is wanted."""
    show("trouble", title="Stopped", text="It isn't known: this was stopped before it was worked out.")
    if st.button("Begin again", key=f"again {hash(key)}"):
        _worker().forget(key)
        st.rerun()

"""Work beside the pages: done once, kept until the next load, begun again where it failed."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from app.views import background
from app.views.background import MOST_KEPT, Worker
from queries.watching import Stopped, tell


def test_what_was_asked_is_worked_out_once_until_something_is_loaded() -> None:
    worker, asked = Worker(), []

    def work() -> int:
        asked.append(1)
        return len(asked)

    assert [worker.job("a", 2, work).future.result(5) for _ in range(3)] == [1, 1, 1]
    assert worker.job("a", 4, work).future.result(5) == 2


def test_what_failed_is_told_and_begun_anew_when_asked_for_again() -> None:
    worker, tries = Worker(), []

    def work() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise ValueError("away")
        return "here"

    for _ in range(2):  # whoever waited for it is told, however often it looks
        with pytest.raises(ValueError, match="away"):
            worker.job("a", 2, work).future.result(5)
    assert len(tries) == 1
    worker.forget("a")
    assert worker.job("a", 2, work).future.result(5) == "here"


def test_only_the_last_answers_are_kept() -> None:
    worker = Worker()
    for at in range(MOST_KEPT + 5):
        worker.job(at, 2, lambda: None).future.result(5)
    assert worker.kept == MOST_KEPT


def test_an_old_answer_is_worked_out_again_for_the_time_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    worker, done = Worker(), []
    worker.job("a", 2, lambda: done.append(1)).future.result(10)
    monkeypatch.setattr(background, "FRESH_SECONDS", -1)
    worker.job("a", 2, lambda: done.append(1)).future.result(10)
    assert len(done) == 2


def test_what_is_quick_passes_what_waits() -> None:
    worker, let_go = Worker(), threading.Event()
    slow = [worker.job(key, 2, lambda: let_go.wait(10)) for key in ("slow", "slow too")]
    assert worker.job("quick", 2, lambda: "done").future.result(10) == "done"
    assert not any(each.future.done() for each in slow)
    let_go.set()
    assert all(each.future.result(10) for each in slow)


def test_work_tells_how_far_it_is_and_ends_where_it_is_stopped() -> None:
    worker, told, let_go = Worker(), threading.Event(), threading.Event()
    further = []

    def work() -> None:
        tell("principals followed", 1, 5_000)
        told.set()
        let_go.wait(10)
        tell("principals followed", 2, 5_000)
        further.append(1)

    job = worker.job("a", 2, work)
    assert told.wait(10)
    assert (job.done, job.total, job.doing) == (1, 5_000, "principals followed")
    worker.stop("a")
    let_go.set()
    with pytest.raises(Stopped):
        job.future.result(10)
    assert worker.job("a", 2, work).stopped, "who asks again is told that it was stopped"
    assert not further
    worker.forget("a")
    worker.job("a", 2, work).future.result(10)
    assert further == [1]


def test_a_new_load_ends_work_on_what_was_loaded_before() -> None:
    worker, told, let_go = Worker(), threading.Event(), threading.Event()

    def work() -> None:
        told.set()
        let_go.wait(10)
        tell("principals followed", 1, 2)

    old = worker.job("a", 2, work)
    assert told.wait(10)
    new = worker.job("a", 4, lambda: "new")
    let_go.set()
    with pytest.raises(Stopped):
        old.future.result(10)
    assert (new.future.result(10), new.stopped) == ("new", False)


LET_GO = threading.Event()
"""Lets the work of the page below go on."""


def page_that_waits() -> None:
    import streamlit as st

    from app.views.background import worked_out
    from queries.watching import tell
    from tests.app.test_background import LET_GO

    def work() -> str:
        tell("principals followed", 1, 5_000)
        while not LET_GO.wait(0.01):
            tell("principals followed", 1, 5_000)
        return "the answer"

    found = worked_out("a", work, "Working out …")
    st.text(found or "nothing yet")


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """A page that waits for work which goes on until `LET_GO`."""
    monkeypatch.setattr(background, "sequence", lambda: 2)
    LET_GO.clear()
    yield AppTest.from_function(page_that_waits, default_timeout=30).run()
    LET_GO.set()


def test_a_page_shows_how_far_work_is_stops_it_and_begins_again(waiting: AppTest) -> None:
    def shown() -> str:
        return " ".join(str(each.proto.body) for each in waiting.get("html"))

    assert "1 of 5,000 principals followed" in shown()
    assert 'aria-valuenow="1"' in shown()
    waiting.button[0].click().run()
    assert "this was stopped before it was worked out" in shown()
    assert waiting.text[0].value == "nothing yet"
    LET_GO.set()
    (again,) = (each for each in waiting.button if each.label == "Begin again")
    again.click().run()
    assert waiting.text[0].value == "the answer"

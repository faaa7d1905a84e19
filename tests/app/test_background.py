"""Work beside the pages: done once, kept until the next load, begun again where it failed."""

from __future__ import annotations

import threading

import pytest

from app.views import background
from app.views.background import MOST_KEPT, Worker


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

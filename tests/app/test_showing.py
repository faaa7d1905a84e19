"""Pages go first: work beside them gives way while one is being shown, and never stands still."""

from __future__ import annotations

import threading

import pytest

from app.views import showing
from app.views.background import Worker
from app.views.showing import give_way, waiting
from app.views.showing import showing as shown
from queries.watching import go_on


def steps(first: threading.Event) -> int:
    """Work that looks up often: how many steps it could do until the first page was up."""
    done = 0
    while not first.is_set():
        go_on()
        done += 1
    return done


def test_work_goes_on_slowly_while_a_page_is_shown_and_at_full_speed_while_the_page_waits_for_it() -> None:
    worker, up = Worker(), threading.Event()
    with shown():
        job = worker.job("a", 2, lambda: steps(up))
        threading.Event().wait(10 * showing.MOST_SECONDS)
        up.set()
    slow = job.future.result(5)
    assert 1 <= slow <= 12
    up.clear()
    with shown(), waiting():
        job = worker.job("b", 2, lambda: steps(up))
        threading.Event().wait(10 * showing.MOST_SECONDS)
        up.set()
    assert job.future.result(5) > 10 * slow


def test_a_page_that_fails_leaves_nobody_waiting() -> None:
    with pytest.raises(ZeroDivisionError), shown():
        1 / 0  # noqa: B018
    assert not showing._shown
    give_way()

"""Pages come first: what is worked out beside them gives way while one is being shown.

Python runs one thread at a time. Long work beside a page would take half of it, and a page that is up in a second
would take two, or three where there are several works.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

MOST_SECONDS = 0.05
"""So long work gives way at a time: it never stands still, however many pages are asked for."""

_changed = threading.Condition()
_shown: set[int] = set()  # the threads that show a page


@contextmanager
def showing() -> Iterator[None]:
    """A page is being shown in the block, by this thread."""
    with _of_this_thread(shown=True):
        yield


@contextmanager
def waiting() -> Iterator[None]:
    """In the block this thread's page waits for work that is done beside it, which then need not give way."""
    with _of_this_thread(shown=False):
        yield


def give_way() -> None:
    """Called by work, often: let pages that are being shown go first."""
    if _shown:
        with _changed:
            _changed.wait_for(lambda: not _shown, MOST_SECONDS)


@contextmanager
def _of_this_thread(*, shown: bool) -> Iterator[None]:
    thread = threading.get_ident()
    before = thread in _shown
    _set(thread, shown=shown)
    try:
        yield
    finally:
        _set(thread, shown=before)


def _set(thread: int, *, shown: bool) -> None:
    with _changed:
        if shown:
            _shown.add(thread)
        else:
            _shown.discard(thread)
            _changed.notify_all()

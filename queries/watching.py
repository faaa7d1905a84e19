"""How far a question is, told to whoever asked it, who may stop it there.

What takes long lies deep below a question. So whoever watches is kept beside it, and nothing in between has to
pass it on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Stopped(Exception):
    """Nobody wants the answer any more. What a question has found out until then is thrown away."""


class Watch(Protocol):
    """Whoever watches a question."""

    def told(self, doing: str, done: int, total: int) -> None:
        """So much of a part of the work is done. Raises `Stopped` where the question is to end."""

    def go_on(self) -> None:
        """Called often, while work is done. Raises `Stopped` where the question is to end."""


_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watched_by(watch: Watch) -> Iterator[None]:
    """Tell this watch of the questions that are asked in the block."""
    before = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(before)


def tell(doing: str, done: int, total: int) -> None:
    """Tell how much of a part of the work is done. Raises `Stopped`."""
    watch = _watch.get()
    if watch is not None:
        watch.told(doing, done, total)


def go_on() -> None:
    """Look whether the answer is still wanted. Raises `Stopped`."""
    watch = _watch.get()
    if watch is not None:
        watch.go_on()

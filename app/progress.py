"""How a load is shown: a bar on a terminal, plain lines elsewhere. Both go to standard error."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.output import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from loader.progress import Progress


class Bar:
    """A bar for the step under way, one line for each that is done."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def step(self, name: str, total: int | None = None) -> None:
        """A new step begins."""
        self.finish()
        self._task = self._bars.add_task(name, total=total)

    def advance(self, count: int = 1) -> None:
        """So many more things of the step are done."""
        if self._task is not None:
            self._bars.advance(self._task, count)

    def finish(self) -> None:
        """The step under way is done."""
        if self._task is not None:
            task = self._bars.tasks[-1]
            self._bars.update(self._task, total=task.completed or 1, completed=task.completed or 1)


class PlainLines:
    """One line when a step is done."""

    def __init__(self) -> None:
        self._name = ""
        self._began = 0.0

    def step(self, name: str, total: int | None = None) -> None:  # noqa: ARG002 - a line has no bar
        """A new step begins."""
        self.finish()
        self._name, self._began = name, time.monotonic()

    def advance(self, count: int = 1) -> None:
        """Lines tell whole steps only."""

    def finish(self) -> None:
        """The step under way is done."""
        if self._name:
            say(f"{self._name}: {time.monotonic() - self._began:.1f} s")
            self._name = ""


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """A progress that is shown on standard error until the block ends."""
    if not sys.stderr.isatty():
        lines = PlainLines()
        yield lines
        lines.finish()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True, markup=False)) as bars:
        bar = Bar(bars)
        yield bar
        bar.finish()

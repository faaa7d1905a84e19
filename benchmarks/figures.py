"""What a benchmark gives: figures, each with a unit and, where there is one, a goal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Figure:
    """One measured figure.

    `what` says what was measured, `size` on how many principals (0: on no account). `value` is in `unit`; for
    times `cpu` is the process's own CPU time. `goal` is to be met from below, or from above for a rate (a
    unit with `/s`). `note` says what was found, so that speed stands beside the answer.
    """

    what: str
    value: float
    unit: str = "s"
    size: int = 0
    cpu: float | None = None
    goal: float | None = None
    note: str = ""

    @property
    def key(self) -> tuple[str, int]:
        """What makes figures of several runs the same one."""
        return self.what, self.size

    @property
    def ratio(self) -> float | None:
        """The figure as a part of the goal: up to 1 is good."""
        if not self.goal:
            return None
        return self.goal / self.value if "/s" in self.unit else self.value / self.goal


@dataclass(slots=True)
class Watch:
    """Wall and CPU seconds of this process over a block."""

    wall: float = 0.0
    cpu: float = 0.0

    def figure(self, what: str, size: int = 0, *, goal: float | None = None, note: str = "") -> Figure:
        """The wall time as a figure, with the CPU time beside it."""
        return Figure(what, self.wall, "s", size, self.cpu, goal, note)

    def cpu_figure(self, what: str, size: int = 0, *, goal: float | None = None, note: str = "") -> Figure:
        """The CPU time as the figure, where the goal is one of CPU time."""
        return Figure(what, self.cpu, "CPU s", size, self.cpu, goal, note)


@contextmanager
def watched() -> Iterator[Watch]:
    """Take the time of a block."""
    watch = Watch()
    wall, cpu = time.perf_counter(), time.process_time()
    yield watch
    watch.wall, watch.cpu = time.perf_counter() - wall, time.process_time() - cpu


def repeated(times: int, work: Callable[[], T]) -> tuple[Watch, T]:
    """Run it so many times in this process; median times, and the last result."""
    taken: list[Watch] = []
    result: list[T] = []
    for _ in range(times):
        with watched() as watch:
            result = [work()]
        taken.append(watch)
    return Watch(median(each.wall for each in taken), median(each.cpu for each in taken)), result[0]


def peak() -> float:
    """Peak resident memory of this process in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # what the system counts for a child may be its parent's at the moment of starting
        [line] = [each for each in status.read_text().splitlines() if each.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024
    import resource
    import sys

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


@dataclass(frozen=True, slots=True)
class Run:
    """How much to measure: `sizes` of accounts (`chosen` by the person, or the usual), whether in a hurry, and
    on which server.
    """

    sizes: tuple[int, ...] = (200, 1_000, 5_000)
    quick: bool = False
    server: str = "embedded"
    chosen: bool = False


Benchmark = Callable[[Run], Iterator[Figure]]

"""Deriving who can assume which role."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.accounts import estate
from benchmarks.figures import Figure, Run, watched
from iam.assume import assumable
from iam.decision import Verdict
from iam.estate import Access

DENSE_SIZES = (200, 1_000)
"""Where thousands may assume thousands the pairs grow with the square: 5,000 principals have four million."""


def derive(run: Run) -> Iterator[Figure]:
    """All pairs of an account as real ones are."""
    for size in run.sizes:
        yield _derived(size, dense=False)


def dense(run: Run) -> Iterator[Figure]:
    """All pairs of an account in which every user may assume most roles."""
    for size in run.sizes if run.chosen else DENSE_SIZES:
        yield _derived(size, dense=True)


def _derived(size: int, *, dense: bool) -> Figure:
    access = Access(estate(size, dense=dense))
    pairs = open_ = 0
    with watched() as taken:
        for found in assumable(access):
            pairs += 1
            open_ += found.decision.verdict is Verdict.DEPENDS
    note = f"{pairs:,} pairs, {open_:,} depending; {taken.cpu / pairs * 1e6:.0f} CPU µs a pair"
    return taken.cpu_figure(f"derive CAN_ASSUME{', dense' if dense else ''}", size, note=note)

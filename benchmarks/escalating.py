"""Finding who can become whom: every step of every principal."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.accounts import estate
from benchmarks.figures import Figure, Run, watched
from iam.decision import Verdict
from iam.escalation.web import Web
from iam.estate import Access

GOALS = {1_000: 0.6, 5_000: 3.0}
SIZES = (60, 200)
"""As long as larger accounts take minutes; `--sizes` asks for others."""


def escalation(run: Run) -> Iterator[Figure]:
    """All steps, from an estate in memory."""
    for size in run.sizes if run.chosen else SIZES:
        access = Access(estate(size))
        with watched() as taken:
            web = Web(access)
        steps = [step for found in web.steps.values() for step in found]
        certain = sum(step.verdict is Verdict.ALLOWED for step in steps)
        cut = ", not all followed" if web.truncated else ""
        note = f"{len(steps):,} steps, {certain:,} certain{cut}"
        yield taken.cpu_figure("all steps of escalation", size, goal=GOALS.get(size), note=note)

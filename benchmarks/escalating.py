"""Finding who can become whom: every step of every principal."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.accounts import estate
from benchmarks.figures import Figure, Run, watched
from iam.escalation.web import Web
from iam.estate import Access

GOALS = {1_000: 0.6, 5_000: 3.0}


def escalation(run: Run) -> Iterator[Figure]:
    """All steps, from an estate in memory."""
    for size in run.sizes:
        access = Access(estate(size))
        with watched() as taken:
            web = Web(access)
        steps, certain = web.count()
        ways = web.next_steps(web.administrator_nodes)
        up = sum(each.arn in ways for each in web.world.sources)
        cut = ", not all followed" if web.truncated else ""
        note = f"{steps:,} steps, {certain:,} certain; {up:,} have a way up{cut}"
        yield taken.cpu_figure("all steps of escalation", size, goal=GOALS.get(size), note=note)

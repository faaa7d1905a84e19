"""Finding who can become whom: every step of every principal, and the questions over them."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.accounts import estate
from benchmarks.figures import Figure, Run, peak, repeated, watched
from iam.escalation.choke import ChokePoints
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
        yield from _asked(web, size)


def _asked(web: Web, size: int) -> Iterator[Figure]:
    """Questions over all steps."""
    targets = web.administrator_nodes
    everyone, up = repeated(3, lambda: web.next_steps(targets))
    yield everyone.cpu_figure("who can become administrator, warm", size, goal=0.2, note=f"{len(up):,} nodes")
    with watched() as taken:
        paths = web.best_paths(targets)
    yield taken.cpu_figure("best path of each", size, note=f"{len(paths):,} paths")
    finder = ChokePoints(web, targets)
    with watched() as taken:
        causes = finder.causes(paths)
    yield taken.cpu_figure("what the paths share", size, note=f"{len(causes):,} causes")
    with watched() as taken:
        points = finder.greedy()
    cuts = ", ".join(str(len(each.cuts)) for each in points)
    yield taken.cpu_figure("choke points, five", size, note=f"{cuts} of {len(finder.sources):,} cut off")
    yield Figure("memory, all of this", peak(), "MB", size, goal=1_000)

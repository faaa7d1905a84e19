"""`python -m benchmarks [--quick] [NAME...]`: measure, and print the table.

Each benchmark runs several times, each time in a process of its own; the table shows medians.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.accounts import FOLDER, export
from benchmarks.figures import Benchmark, Figure, Run
from benchmarks.table import load_average, machine, table

NAMES = (
    "decisions",
    "who",
    "administration",
    "memory",
    "derive",
    "dense",
    "escalation",
    "database",
    "pages",
    "painting",
    "floor",
)
QUICK_SIZES = (200, 1_000)
SIZES = (200, 1_000, 5_000)


def main(arguments: Sequence[str]) -> int:
    """Measure what is asked for; 0, or 1 where a benchmark failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(NAMES)}; default all")
    parser.add_argument("--quick", action="store_true", help="once, and no account above 1,000 principals")
    parser.add_argument("--runs", type=int, default=0, help="how often (default 3; 1 with --quick)")
    parser.add_argument("--sizes", type=int, nargs="+", default=None, help="principals of the accounts")
    parser.add_argument("--server", default="embedded", help="embedded, neo4j-5.26 or neo4j-current")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    unknown = set(given.names) - set(NAMES)
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    sizes = tuple(given.sizes or (QUICK_SIZES if given.quick else SIZES))
    if given.measure:
        _measure(given.names, Run(sizes, given.quick, given.server, chosen=bool(given.sizes)))
        return 0
    return _all_of(given, sizes)


def _all_of(given: argparse.Namespace, sizes: tuple[int, ...]) -> int:
    for line in machine():
        print(line)
    print(f"load average before: {load_average()}\n")
    runs = given.runs or (1 if given.quick else 3)
    failed = False
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="iamatlas-benchmark-") as folder:
        os.environ[FOLDER] = folder
        for size in sizes:
            export(size)  # here, so that no process is measured while it draws them
        for name in given.names or NAMES:
            print(f"{name} ...", file=sys.stderr)
            options = ["--server", given.server, *(["--quick"] * given.quick)]
            options += ["--sizes", *map(str, given.sizes)] if given.sizes else []
            measured = [_child([name, "--measure", *options]) for _ in range(runs)]
            failed |= any(each is None for each in measured)
            figures += _medians([each for each in measured if each is not None])
    print(table(figures))
    print(f"\nmedians of {runs} runs; load average after: {load_average()}")
    if given.json:
        given.json.write_text(json.dumps([asdict(each) for each in figures], indent=1), encoding="utf-8")
    return 1 if failed else 0


def _child(arguments: list[str]) -> list[Figure] | None:
    """Measure in a fresh process; None, and its words on standard error, where that fails."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"benchmark {arguments[0]} failed with exit code {done.returncode}", file=sys.stderr)
        return None
    return [Figure(**each) for each in json.loads(done.stdout)]


def _measure(names: Sequence[str], run: Run) -> None:
    figures: list[dict[str, Any]] = []
    for name in names:
        figures += [asdict(each) for each in _benchmark(name)(run)]
    print(json.dumps(figures))


def _benchmark(name: str) -> Benchmark:
    """A benchmark by its name; only what it needs is imported, since memory is measured too."""
    if name == "decisions":
        from benchmarks.deciding import decisions as found
    elif name in ("who", "administration", "memory"):
        from benchmarks import asking

        found = {"who": asking.who, "administration": asking.administration, "memory": asking.memory}[name]
    elif name in ("derive", "dense"):
        from benchmarks import assuming

        found = assuming.derive if name == "derive" else assuming.dense
    elif name == "pages":
        from benchmarks.pages import pages as found
    elif name == "painting":
        from benchmarks.painting import painting as found
    elif name == "escalation":
        from benchmarks.escalating import escalation as found
    else:
        from benchmarks import loading

        found = loading.database if name == "database" else loading.floor
    return found


def _medians(runs: Sequence[list[Figure]]) -> Iterator[Figure]:
    """One figure of the same figures of several runs."""
    for each in runs[0] if runs else ():
        same = [figure for run in runs for figure in run if figure.key == each.key]
        each.value = median(figure.value for figure in same)
        cpu = [figure.cpu for figure in same if figure.cpu is not None]
        each.cpu = median(cpu) if cpu else None
        yield each


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

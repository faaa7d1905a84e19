"""Decisions over the labelled cases, one after the other: parsing of the policies told apart."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure, Run, repeated, watched
from iam import catalogue
from iam.cases import read_case

CASES = Path(__file__).parents[1] / "tests" / "data" / "decisions.jsonl.gz"


def decisions(run: Run) -> Iterator[Figure]:
    """Decisions a CPU-second with the policies parsed once, and what parsing takes."""
    raw = [json.loads(line) for line in gzip.decompress(CASES.read_bytes()).splitlines()]
    catalogue.find_action("s3:GetObject")  # what is read once for all isn't a case's
    with watched() as parsing:
        cases = [read_case(each) for each in raw]
    with watched() as first:
        results = [case.decide().result for case in cases]
    right = sum(result == each["expected"] for result, each in zip(results, raw, strict=True))
    again, _ = repeated(3 if run.quick else 7, lambda: [case.decide() for case in cases])
    note = f"{right:,} of {len(cases):,} as labelled"
    yield Figure("decide, policies parsed", len(cases) / again.cpu, "/s", cpu=None, goal=10_000, note=note)
    yield Figure("decide, each for the first time", len(cases) / first.cpu, "/s", note="caches still empty")
    yield Figure("parse a case's policies", len(cases) / parsing.cpu, "/s", note="JSON already read")

"""The accounts that are measured on: synthetic, the same at every run, written once for each run."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from iam.estate import Estate
from loader.problems import Report
from loader.sources import read_sources
from tests.synthetic import synthetic_account, write_export

SEED = 2026
FOLDER = "IAMATLAS_BENCHMARK_FOLDER"
"""The variable by which the measured processes are told where the run keeps its accounts."""


def export(size: int, *, dense: bool = False) -> Path:
    """The file of an account with so many principals."""
    folder = Path(os.environ.get(FOLDER) or tempfile.gettempdir())
    path = folder / f"account-{size}{'-dense' if dense else ''}.json"
    if not path.exists():
        draft = path.with_suffix(f".{os.getpid()}.json")
        write_export(draft, synthetic_account(size, SEED, dense=dense))
        draft.replace(path)
    return path


def estate(size: int, *, dense: bool = False) -> Estate:
    """The account, read."""
    return read_sources([export(size, dense=dense)], Report()).estate

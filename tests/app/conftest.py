"""The real command, run as people run it, on an embedded database of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graph import embedded

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Ran:
    """What a command gave: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Command:
    """`iamatlas` with a home of its own."""

    home: Path

    def __call__(self, *arguments: str, input: str = "", **environment: str) -> Ran:  # noqa: A002
        """Run it with these arguments; further keywords are environment variables."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("IAMATLAS_")}
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments],
            cwd=ROOT,
            env={**inherited, "IAMATLAS_HOME": str(self.home), "COLUMNS": "100", **environment},
            input=input,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=240,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def nowhere(tmp_path_factory: pytest.TempPathFactory) -> Command:
    """The command, for what needs no database: it must start none."""
    return Command(tmp_path_factory.mktemp("nowhere"))


@pytest.fixture(scope="session")
def iamatlas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """The command, on an embedded database that holds the built-in organization."""
    home = tmp_path_factory.mktemp("home")
    command = Command(home)
    loaded = command("demo")
    assert loaded.code == 0, loaded.err
    yield command
    embedded.stop(home / "embedded")

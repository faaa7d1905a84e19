"""The built-in organization, loaded on every server that the machine can run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loader import demo
from loader.load import load

if TYPE_CHECKING:
    from graph.connection import Database

ORGANIZATION = Path(demo.__file__).parent / "organization"


@pytest.fixture(scope="module")
def loaded(database: Database) -> Database:
    """A database with the built-in organization and nothing else."""
    load(database, [ORGANIZATION])
    return database

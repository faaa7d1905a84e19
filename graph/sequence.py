"""The load sequence number: readers' sign that the graph stood still while they asked.

Neither server promises a snapshot to a question that takes several statements, and the embedded one can show
a mixture while it commits. So a load makes the number odd just before it commits and even after it; a
question reads it before and after, and asks again if it was odd or has changed.
"""

from __future__ import annotations

import json
import os
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from graph.connection import Database, DatabaseUnavailable
from graph.processes import is_process, start_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neo4j import Transaction

T = TypeVar("T")

COMMIT_SECONDS = 20.0
"""A server goes on with a commit whose client has died; so long a dead loader's number stays odd."""
FOREIGN_SECONDS = 600.0
"""After this a loader of another machine, which can't be looked up from here, counts as dead."""
WAIT_SECONDS = 120.0
"""So long a question waits for a load that is committing."""
_PAUSE = 0.1

_READ = "MATCH (m:Meta {id: 'atlas'}) RETURN m.sequence AS number, m.loader AS loader"
_MOVE = (
    "MATCH (m:Meta {id: 'atlas'}) WHERE m.sequence = $old "
    "SET m.sequence = $new, m.loader = $loader RETURN m.sequence AS number"
)


def current(database: Database) -> int:
    """The sequence number, even; waits while a load commits and puts right what a dead loader left odd.

    A database without schema has the number 0. Raises `DatabaseUnavailable` when a load goes on too long.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        rows = database.read(_READ)
        number = int(rows[0]["number"] or 0) if rows else 0
        if number % 2 == 0:
            return number
        loader = _loader(rows[0]["loader"])
        if _is_dead(loader):
            database.write(_MOVE, old=number, new=number + 1, loader=None)
        elif time.monotonic() > deadline:
            raise DatabaseUnavailable(
                f"Another load (process {loader.get('pid')} on {loader.get('host')}) has been committing for "
                f"over {WAIT_SECONDS:.0f} s. Wait for it to end and ask again."
            )
        else:
            time.sleep(_PAUSE)


def consistent_read(database: Database, function: Callable[[], T], attempts: int = 10) -> T:
    """What `function` returns when no load committed while it ran; it is called again if one did.

    Raises `DatabaseUnavailable` when loads keep coming.
    """
    for _ in range(attempts):
        before = current(database)
        answer = function()
        if current(database) == before:
            return answer
    raise DatabaseUnavailable("The graph keeps being loaded anew. Ask again when the loads are done.")


class Overtaken(Exception):
    """Another load has committed since what this one goes by was read."""


@contextmanager
def load_transaction(database: Database, since: int | None = None) -> Iterator[Transaction]:
    """One transaction for a whole load; the number is odd while it commits.

    The block must not write the `Meta` node: its number is written beside the open transaction.
    When the block raises, everything is rolled back and the number never changes. So it is where another load
    has committed since the number was `since`: then `Overtaken` is raised.
    """
    with database.transaction() as transaction:
        yield transaction
        with _marked(database, since):
            transaction.commit()


@contextmanager
def _marked(database: Database, since: int | None) -> Iterator[None]:
    number = current(database) if since is None else since
    if not database.write(_MOVE, old=number, new=number + 1, loader=json.dumps(_myself())):
        if since is not None:
            raise Overtaken
        raise DatabaseUnavailable("Another load is committing at this moment. Load again when it is done.")
    try:
        yield
    finally:
        database.write(_MOVE, old=number + 1, new=number + 2, loader=None)


def _myself() -> dict[str, Any]:
    return {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "started": start_time(os.getpid()),
        "at": time.time(),
    }


def _loader(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _is_dead(loader: dict[str, Any]) -> bool:
    """True where the process that made the number odd is gone for long enough."""
    age = time.time() - _number(loader.get("at"))
    if loader.get("host") != socket.gethostname():
        return not 0 <= age < FOREIGN_SECONDS
    if 0 <= age < COMMIT_SECONDS:
        return False
    return not is_process(int(_number(loader.get("pid"))), _number(loader.get("started")))


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0

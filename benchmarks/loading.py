"""Loading into a database and asking it: a fresh server for each size, the action catalogue told apart."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from benchmarks.accounts import export
from benchmarks.asking import OBJECT
from benchmarks.figures import Figure, Run, Watch, repeated, watched
from graph import embedded
from graph.connection import Database, Settings, connect
from graph.entities import write_catalogue
from graph.runtime import read_runtime
from graph.schema import ensure_schema
from graph.sequence import load_transaction
from loader import deriving
from loader import load as loading
from loader.deriving import MOST_FOR_BEST
from loader.load import LoadSummary, load
from queries.paths import paths
from queries.who import who_can
from tests import servers
from tests.synthetic import synthetic_account, write_export

if TYPE_CHECKING:
    from neo4j import Result, Transaction

LOAD_GOALS = {1_000: 5.0, 5_000: 25.0}
WHOLE_LOAD_GOALS = {5_000: 15.0}
ASK_GOALS = {1_000: 0.2, 5_000: 1.0}
PATHS_GOALS = {1_000: 0.2}
OTHER = "123456123456"


def database(run: Run) -> Iterator[Figure]:
    """Load and ask, at every size; the commands at the middle one."""
    for size in run.sizes:
        if size <= MOST_FOR_BEST:
            with servers.server(run.server) as settings:
                yield from _loaded_without_escalation(size, settings)
        with servers.server(run.server) as settings:
            yield from _loaded(size, settings)
            yield from _asked(size, settings, run)
            if size == 1_000 or size == run.sizes[-1]:
                yield from _commands(size, settings, run)


def _loaded_without_escalation(size: int, settings: Settings) -> Iterator[Figure]:
    """As the largest accounts are loaded always: who can become whom is worked out when asked."""
    with mock.patch.object(deriving, "MOST_FOR_BEST", -1), connect(settings) as database:
        _write_catalogue(database, size)
        yield from _one_load(database, size, settings, "load with CAN_ASSUME", LOAD_GOALS.get(size))


def _loaded(size: int, settings: Settings) -> Iterator[Figure]:
    with connect(settings) as database:
        yield Figure(
            "write the action catalogue",
            _write_catalogue(database, size).seconds["catalogue"],
            size=size,
            goal=8,
        )
        if size <= MOST_FOR_BEST:
            yield from _one_load(
                database, size, settings, "load with escalation too", WHOLE_LOAD_GOALS.get(size)
            )
        else:
            yield from _one_load(database, size, settings, "load with CAN_ASSUME", LOAD_GOALS.get(size))
        with watched() as again:
            load(database, [export(size)])
        yield again.figure("load again, replacing", size)


def _write_catalogue(database: Database, size: int) -> LoadSummary:
    """Load a small account into the fresh database."""
    small = export(size).with_name("small.json")
    return load(database, [write_export(small, synthetic_account(10, 1, account=OTHER))])


def _one_load(
    database: Database, size: int, settings: Settings, name: str, goal: float | None
) -> Iterator[Figure]:
    with _server_time(settings) as server, watched() as taken:
        summary = load(database, [export(size)])
    note = f"{summary.counts['can assume']:,} CAN_ASSUME"
    note += f"; {summary.counts['can escalate']:,} CAN_ESCALATE" if summary.counts["can escalate"] else ""
    note += f"; server {server[0]:.1f} CPU s" if server[0] else ""
    yield taken.figure(name, size, goal=goal, note=note)
    for step in ("read", "derive", "write"):
        yield Figure(f"{name}: {step}", summary.seconds[step], size=size)


class _Recording:
    """A transaction that remembers what was sent through it."""

    def __init__(self, transaction: Transaction, sent: list[tuple[str, Mapping[str, Any]]]) -> None:
        self._transaction = transaction
        self._sent = sent

    def run(self, statement: str, parameters: Mapping[str, Any] | None = None, **more: Any) -> Result:
        everything = {**(parameters or {}), **more}
        self._sent.append((statement, everything))
        return self._transaction.run(statement, everything)


def floor(run: Run) -> Iterator[Figure]:
    """What writing takes at least, at every size."""
    for size in run.sizes:
        yield from _floor(size, run)


def _floor(size: int, run: Run) -> Iterator[Figure]:
    """The same statements with the same rows once more, on a fresh server and with nothing else done."""
    sent: list[tuple[str, Mapping[str, Any]]] = []

    @contextmanager
    def recorded(database: Database, since: int) -> Iterator[_Recording]:
        with load_transaction(database, since) as transaction:
            yield _Recording(transaction, sent)

    with (
        servers.server(run.server) as settings,
        connect(settings) as database,
        mock.patch.object(loading, "load_transaction", recorded),
    ):
        load(database, [export(size)])
    with servers.server(run.server) as settings, connect(settings) as database:
        ensure_schema(database)
        write_catalogue(database, lambda _: None)
        with watched() as taken, load_transaction(database) as transaction:
            for statement, parameters in sent:
                transaction.run(statement, parameters).consume()  # type: ignore[arg-type]
    rows = sum(len(value["rows"]) for _, value in sent if "rows" in value)
    yield taken.figure("write: its floor", size, note=f"{len(sent)} statements, {rows:,} rows")


def _asked(size: int, settings: Settings, run: Run) -> Iterator[Figure]:
    with connect(settings) as database:
        with watched() as cold:
            result = who_can(database, "s3:GetObject", OBJECT)
        yield cold.figure("who-can, first in a process", size, note=f"{len(result.answers)} may")
        warm, result = repeated(3 if run.quick else 7, lambda: who_can(database, "s3:GetObject", OBJECT))
        note = f"{len(result.answers)} may"
        yield warm.figure("who-can, warm", size, goal=ASK_GOALS.get(size), note=note)
        with watched() as other:
            result = who_can(database, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:210987654321:orders-events")
        yield other.figure("who-can, warm, another action", size, note=f"{len(result.answers)} may")
        if size <= MOST_FOR_BEST:
            yield from _asked_for_paths(database, size)


def _asked_for_paths(database: Database, size: int) -> Iterator[Figure]:
    goal = PATHS_GOALS.get(size)
    with watched() as first:
        found = paths(database)
    yield first.figure("paths to administrator, first", size, note=f"{len(found.paths)} paths")
    warm, found = repeated(3, lambda: paths(database))
    yield warm.figure("paths to administrator, warm", size, goal=goal, note=f"{len(found.paths)} paths")
    paths(database, action="s3:GetObject", resource=OBJECT)
    warm, found = repeated(3, lambda: paths(database, action="s3:GetObject", resource=OBJECT))
    yield warm.figure("who-can over hops, warm", size, goal=goal, note=f"{len(found.paths)} paths")


def _commands(size: int, settings: Settings, run: Run) -> Iterator[Figure]:
    """The command line, in processes of its own."""
    times = 3 if run.quick else 5
    question = ["who-can", "s3:GetObject", OBJECT, "--format", "json"]
    goal = 0.8 if size == 1_000 else None
    _command(settings, question)  # what is compiled once
    up = Watch(*_median(settings, question, times))
    yield up.figure("command who-can, database up", size, goal=goal)
    if settings.embedded:
        down = []
        for _ in range(times - 2):
            embedded.stop(settings.embedded_folder)
            down.append(_command(settings, question))
        taken = Watch(*sorted(down)[len(down) // 2])
        yield taken.figure("command who-can, database down", size, goal=3.5 if goal else None)
    if goal:
        yield Watch(*_median(settings, ["--help"], times)).figure("command --help", goal=0.3)


def _median(settings: Settings, arguments: list[str], times: int) -> tuple[float, float]:
    return sorted(_command(settings, arguments) for _ in range(times))[times // 2]


def _command(settings: Settings, arguments: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds of one command."""
    environment = {
        **os.environ,
        # As users have it: compiled at the first run, and kept.
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(settings.home / "compiled"),
        "IAMATLAS_HOME": str(settings.home),
        "IAMATLAS_URI": settings.uri,
        "IAMATLAS_USER": settings.user,
        "IAMATLAS_PASSWORD": settings.password,
        "IAMATLAS_DATABASE": settings.database,
    }
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", *arguments],
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextmanager
def _server_time(settings: Settings) -> Iterator[list[float]]:
    """The CPU seconds of the embedded server over a block; 0 for a server that isn't ours to look into."""
    import psutil

    runtime = read_runtime(settings.embedded_folder) if settings.embedded else None
    process = psutil.Process(runtime.java_pid) if runtime else None
    before = sum(process.cpu_times()[:2]) if process else 0.0
    taken = [0.0]
    yield taken
    taken[0] = sum(process.cpu_times()[:2]) - before if process else 0.0

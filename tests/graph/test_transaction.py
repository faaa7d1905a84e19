"""All or nothing: one transaction for a whole load, and what a reader sees meanwhile."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from graph import schema, sequence, write
from graph.connection import DatabaseUnavailable, connect
from graph.processes import start_time
from graph.sequence import consistent_read, current, load_transaction
from tests.conftest import empty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graph.connection import Database


@pytest.fixture(autouse=True)
def _start_empty(request: pytest.FixtureRequest) -> None:
    if "database" in request.fixturenames:
        database = request.getfixturevalue("database")
        empty(database)
        schema.ensure_schema(database)


def users(database: Database) -> int:
    return int(database.read("MATCH (n:User) RETURN count(n) AS n")[0]["n"])


def rows(number: int, name: str) -> list[dict[str, object]]:
    return [{"arn": f"u{i}", "name": name} for i in range(number)]


def leave_odd(database: Database, **loader: object) -> None:
    database.write("MATCH (m:Meta) SET m.sequence = 7, m.loader = $loader", loader=json.dumps(loader))


def test_a_load_that_fails_leaves_everything_as_it_was(database: Database) -> None:
    with load_transaction(database) as tx:
        write.create_nodes(tx, schema.USER, rows(10, "old"))
    before = current(database)

    def fail_half_way() -> None:
        with load_transaction(database) as tx:
            tx.run("MATCH (n:User) DETACH DELETE n").consume()
            write.create_nodes(tx, schema.USER, rows(20, "new"))
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail_half_way()
    assert users(database) == 10
    assert current(database) == before


@contextmanager
def interrupted(seconds: float) -> Iterator[None]:
    """Ctrl-C into the block after a while; what then goes on for half a minute fails instead of hanging.

    Once more after some seconds: Python drops an exception that falls into a finalizer.
    """
    pressed = 0

    def press(*_: object) -> None:
        nonlocal pressed
        pressed += 1
        if pressed > 2:
            raise AssertionError("it hangs")
        signal.alarm(5 if pressed == 1 else 30)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, press)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.skipif(sys.platform == "win32", reason="has no alarms")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_in_the_middle_of_a_message_ends_the_load_and_nothing_else(database: Database) -> None:
    with load_transaction(database) as tx:
        write.create_nodes(tx, schema.USER, rows(10, "old"))
    before = current(database)
    large = rows(2_000, "n" * 1_500)

    def load_for_ever() -> None:
        with load_transaction(database) as tx:
            while True:
                tx.run("UNWIND $rows AS row CREATE (n:Note) SET n = row RETURN n", rows=large).consume()

    for delay in (0.002, 0.01, 0.02, 0.03, 0.05, 0.1):
        with pytest.raises(KeyboardInterrupt), interrupted(delay):
            load_for_ever()
        assert (users(database), current(database)) == (10, before)
    assert database.read("MATCH (n:Note) RETURN count(n) AS n")[0]["n"] == 0
    with load_transaction(database) as tx:
        write.create_nodes(tx, schema.USER, [{"arn": "another", "name": "new"}])
    assert users(database) == 11


def test_ctrl_c_is_told_from_the_error_that_the_driver_makes_of_it(database: Database) -> None:
    before = current(database)
    made_of_it = BufferError("Existing exports of data: object cannot be re-sized")
    made_of_it.__context__ = KeyboardInterrupt()

    def stumble() -> None:
        with load_transaction(database) as tx:
            write.create_nodes(tx, schema.USER, rows(10, "x"))
            raise made_of_it

    with pytest.raises(KeyboardInterrupt):
        stumble()
    assert (users(database), current(database)) == (0, before)


def test_nodes_are_replaced_under_the_same_keys_in_one_transaction(database: Database) -> None:
    for name in ("old", "new"):
        with load_transaction(database) as tx:
            tx.run("MATCH (n:User) DETACH DELETE n").consume()
            write.create_nodes(tx, schema.USER, rows(50, name))
    names = database.read("MATCH (n:User) RETURN n.name AS name, count(n) AS n")
    assert [tuple(row.values()) for row in names] == [("new", 50)]


def test_each_load_moves_the_number_by_two(database: Database) -> None:
    before = current(database)
    with load_transaction(database) as tx:
        write.create_nodes(tx, schema.USER, rows(1, "x"))
        assert current(database) == before
    assert current(database) == before + 2


def test_nobody_else_sees_a_load_before_it_is_committed(database: Database) -> None:
    with load_transaction(database) as tx:
        write.create_nodes(tx, schema.USER, rows(5, "x"))
        assert users(database) == 0
    assert users(database) == 5


def test_a_question_is_asked_again_when_a_load_came_between(database: Database) -> None:
    asked: list[int] = []

    def question() -> int:
        if not asked:
            with load_transaction(database) as tx:
                write.create_nodes(tx, schema.USER, rows(3, "x"))
        asked.append(users(database))
        return asked[-1]

    assert consistent_read(database, question) == 3
    assert len(asked) == 2


def test_a_question_gives_up_when_loads_keep_coming(database: Database) -> None:
    def question() -> None:
        with load_transaction(database):
            pass

    with pytest.raises(DatabaseUnavailable, match="keeps being loaded"):
        consistent_read(database, question, attempts=2)


def test_readers_beside_a_load_see_the_old_or_the_new_graph(database: Database) -> None:
    number = 3000

    def load(name: str) -> None:
        with load_transaction(database) as tx:
            tx.run("MATCH (n:User) DETACH DELETE n").consume()
            write.create_nodes(tx, schema.USER, rows(number, name))

    load("0")
    seen: list[list[tuple[str, int]]] = []
    over = threading.Event()

    def ask() -> None:
        with connect(database.settings) as mine:
            while not over.is_set():
                found = consistent_read(
                    mine,
                    lambda: mine.read("MATCH (n:User) RETURN n.name AS name, count(n) AS n"),
                    attempts=50,
                )
                seen.append([(row["name"], row["n"]) for row in found])

    reader = threading.Thread(target=ask)
    reader.start()
    for name in ("1", "2", "3", "4"):
        load(name)
    over.set()
    reader.join(60)
    assert not reader.is_alive()
    assert seen
    assert [one for one in seen if len(one) != 1 or one[0][1] != number] == []


def test_a_number_left_odd_by_a_dead_loader_is_put_right(database: Database) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    leave_odd(database, host=socket.gethostname(), pid=gone.pid, started=1.0, at=time.time() - 3600)
    assert current(database) == 8


def test_a_recycled_process_number_does_not_keep_the_number_odd(database: Database) -> None:
    leave_odd(database, host=socket.gethostname(), pid=os.getpid(), started=1.0, at=time.time() - 3600)
    assert current(database) == 8


def test_a_loader_of_another_machine_is_given_up_after_a_while(database: Database) -> None:
    leave_odd(database, host="elsewhere.invalid", pid=1, started=1.0, at=time.time() - 3600)
    assert current(database) == 8


@pytest.mark.parametrize("loader", [None, "", "no json", "[]", '{"at": "x"}'])
def test_an_odd_number_without_a_sensible_loader_is_put_right(database: Database, loader: str | None) -> None:
    database.write("MATCH (m:Meta) SET m.sequence = 7, m.loader = $loader", loader=loader)
    assert current(database) == 8


@pytest.mark.parametrize("host", [socket.gethostname(), "elsewhere.invalid"])
def test_a_loader_at_work_is_waited_for(
    database: Database, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequence, "WAIT_SECONDS", 0.5)
    me = {"pid": os.getpid(), "started": start_time(os.getpid())}
    age = 60 if host == socket.gethostname() else 0
    leave_odd(database, host=host, at=time.time() - age, **me)
    with pytest.raises(DatabaseUnavailable, match=f"process {os.getpid()} on {host}"):
        current(database)
    with pytest.raises(DatabaseUnavailable, match="committing"), load_transaction(database):
        pass

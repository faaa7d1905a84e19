"""The embedded server's life: it starts, is joined, stops when idle, and survives every kind of death."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from graph import arcadedb, embedded, schema, supervisor, write
from graph.adhoc import QueryStopped, run_adhoc
from graph.connection import Database, DatabaseUnavailable, Settings, connect
from graph.processes import is_process, start_time
from graph.runtime import FREE_BYTES, Runtime, read_runtime, runtime_file, write_runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs the root user")


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """A home of its own, with no server yet."""
    one = Settings(home=tmp_path / "home", idle_seconds=60)
    yield one
    embedded.stop(one.embedded_folder)


def runtime(settings: Settings) -> Runtime:
    found = read_runtime(settings.embedded_folder)
    assert found is not None
    return found


def until(condition: Callable[[], bool], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def java_alive(one: Runtime) -> bool:
    return is_process(one.java_pid, one.java_started)


def supervisor_alive(one: Runtime) -> bool:
    return is_process(one.supervisor_pid, one.supervisor_started)


def put(settings: Settings, arn: str) -> None:
    with connect(settings) as database:
        schema.ensure_schema(database)
        with database.transaction() as tx:
            write.create_nodes(tx, schema.USER, [{"arn": arn}])


def users(settings: Settings) -> list[str]:
    with connect(settings) as database:
        found = database.read("MATCH (n:User) RETURN n.arn AS arn ORDER BY arn")
        return [row["arn"] for row in found]


@contextmanager
def other_process(settings: Settings, code: str) -> Iterator[subprocess.Popen[str]]:
    """Another client: `database` is open in it; the block begins when it has printed `ready`."""
    program = (
        "import time\nfrom pathlib import Path\nfrom graph.connection import Settings, connect\n"
        f"home = Path({str(settings.home)!r})\n"
        f"database = connect(Settings(home=home, idle_seconds={settings.idle_seconds}))\n"
        f"{code}\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == "ready"
            yield process
        finally:
            process.kill()


def test_it_starts_on_demand_and_what_was_written_is_there_after_a_stop(settings: Settings) -> None:
    put(settings, "a")
    first = runtime(settings)
    embedded.stop(settings.embedded_folder)
    assert not java_alive(first)
    assert not supervisor_alive(first)
    assert not runtime_file(settings.embedded_folder).exists()
    assert users(settings) == ["a"]


def test_a_second_process_joins_the_running_server(settings: Settings) -> None:
    with connect(settings) as database:
        mine = runtime(settings)
        with other_process(settings, "print('ready', flush=True)\ntime.sleep(60)"):
            assert runtime(settings) == mine
            assert database.read("RETURN 1 AS one")[0]["one"] == 1


@pytest.mark.slow
def test_secrets_are_new_at_every_start_and_in_no_command_line(settings: Settings) -> None:
    with connect(settings):
        first = runtime(settings)
        assert len({first.writer_password, first.reader_password}) == 2
        for pid in (first.java_pid, first.supervisor_pid):
            shown = " ".join(psutil.Process(pid).cmdline())
            assert first.writer_password not in shown
            assert first.reader_password not in shown
    embedded.stop(settings.embedded_folder)
    with connect(settings):
        assert runtime(settings).writer_password != first.writer_password


@pytest.mark.slow
def test_an_old_password_and_a_wrong_one_are_refused(settings: Settings) -> None:
    with connect(settings):
        uri = f"bolt://127.0.0.1:{runtime(settings).port}"
        for user, password in (("root", "root"), ("atlas_writer", "x" * 43), ("neo4j", "neo4j")):
            with pytest.raises(DatabaseUnavailable, match="IAMATLAS_PASSWORD"):
                connect(Settings(uri=uri, user=user, password=password, database="atlas"))


def test_it_listens_on_the_loopback_address_only(settings: Settings) -> None:
    with connect(settings):
        java = psutil.Process(runtime(settings).java_pid)
        listening = [one.laddr for one in java.net_connections("inet") if one.status == psutil.CONN_LISTEN]
        assert listening
        assert {one.ip for one in listening} <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_folder_and_files_are_for_their_owner_alone(settings: Settings) -> None:
    put(settings, "a")
    folder = settings.embedded_folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    secret = [runtime_file(folder), *(folder / "server" / "config").iterdir()]
    assert any(one.name == "server-users.jsonl" for one in secret)
    for one in secret:
        if one.name != "mcp-config.json":  # the server writes it; it holds no secret
            assert stat.S_IMODE(one.stat().st_mode) == 0o600, one


@linux
@pytest.mark.slow
def test_two_processes_starting_at_once_end_with_one_server(settings: Settings) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom graph.connection import Settings, connect\n"
        f"with connect(Settings(home=Path({str(settings.home)!r}), idle_seconds=60)) as database:\n"
        " print(database.read('RETURN 1 AS one')[0]['one'], database.login.uri, flush=True)\n"
    )
    starters = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for _ in range(4)
    ]
    told = {starter.communicate(timeout=120)[0].strip() for starter in starters}
    assert told == {f"1 bolt://127.0.0.1:{runtime(settings).port}"}
    folder = str(settings.embedded_folder)
    javas = [
        one
        for one in psutil.process_iter(["name", "cmdline"])
        if one.info["name"] == "java" and any(folder in part for part in one.info["cmdline"] or ())
    ]
    assert [one.pid for one in javas] == [runtime(settings).java_pid]


def test_it_stops_when_nobody_has_been_connected_for_a_while(settings: Settings) -> None:
    short = replace(settings, idle_seconds=1.5)
    with connect(short) as database:
        mine = runtime(short)
        time.sleep(3)
        assert database.read("RETURN 1 AS one")
        assert java_alive(mine)
    assert until(lambda: not java_alive(mine) and not supervisor_alive(mine))
    assert not runtime_file(short.embedded_folder).exists()


@pytest.mark.slow
def test_another_process_keeps_it_up_until_it_dies_uncleanly(settings: Settings) -> None:
    short = replace(settings, idle_seconds=1.5)
    with other_process(short, "print('ready', flush=True)\ntime.sleep(600)") as other:
        mine = runtime(short)
        time.sleep(3)
        assert java_alive(mine)
        other.kill()
        other.wait()
        assert until(lambda: not java_alive(mine))


def test_java_killed_while_connected_loses_nothing_and_the_same_connection_goes_on(
    settings: Settings,
) -> None:
    put(settings, "a")
    with connect(settings) as database:
        mine = runtime(settings)
        os.kill(mine.java_pid, signal.SIGKILL)
        assert database.read("MATCH (n:User) RETURN n.arn AS arn")[0]["arn"] == "a"
        assert runtime(settings).java_pid != mine.java_pid
        os.kill(runtime(settings).java_pid, signal.SIGKILL)
        with database.transaction() as tx:
            write.create_nodes(tx, schema.USER, [{"arn": "b"}])
    assert users(settings) == ["a", "b"]


def test_java_killed_between_two_commands_loses_nothing(settings: Settings) -> None:
    put(settings, "a")
    mine = runtime(settings)
    os.kill(mine.java_pid, signal.SIGKILL)
    assert until(lambda: not supervisor_alive(mine))
    put(settings, "b")
    assert users(settings) == ["a", "b"]


@pytest.mark.slow
def test_java_killed_within_a_transaction_leaves_the_old_graph(settings: Settings) -> None:
    put(settings, "a")

    def load() -> None:
        with connect(settings) as database, database.transaction() as tx:
            tx.run("MATCH (n:User) DETACH DELETE n").consume()
            write.create_nodes(tx, schema.USER, ({"arn": f"n{i}"} for i in range(3000)))
            os.kill(runtime(settings).java_pid, signal.SIGKILL)
            tx.run("RETURN 1").consume()

    with pytest.raises(DatabaseUnavailable, match="stopped answering"):
        load()
    assert users(settings) == ["a"]


@linux
def test_a_load_whose_server_goes_with_its_supervisor_is_told_so_and_leaves_the_old_graph(
    settings: Settings,
) -> None:
    put(settings, "a")

    def load() -> None:
        with connect(settings) as database, database.transaction() as tx:
            tx.run("MATCH (n:User) DETACH DELETE n").consume()
            os.kill(runtime(settings).supervisor_pid, signal.SIGKILL)
            for part in range(10_000):
                write.create_nodes(tx, schema.USER, ({"arn": f"n{part}-{i}"} for i in range(500)))

    with pytest.raises(DatabaseUnavailable, match="stopped answering"):
        load()
    assert users(settings) == ["a"]


@linux
def test_java_ends_soon_after_its_supervisor_is_killed(settings: Settings) -> None:
    put(settings, "a")
    mine = runtime(settings)
    os.kill(mine.supervisor_pid, signal.SIGKILL)
    assert until(lambda: not java_alive(mine))
    assert runtime_file(settings.embedded_folder).exists()
    put(settings, "b")
    assert users(settings) == ["a", "b"]


@pytest.mark.slow
def test_a_signal_to_the_supervisor_ends_java_cleanly(settings: Settings) -> None:
    put(settings, "a")
    mine = runtime(settings)
    os.kill(mine.supervisor_pid, signal.SIGTERM)
    assert until(lambda: not supervisor_alive(mine))
    assert not java_alive(mine)
    assert not runtime_file(settings.embedded_folder).exists()


@pytest.mark.slow
def test_a_client_killed_within_a_transaction_leaves_no_trace(settings: Settings) -> None:
    put(settings, "a")
    code = (
        "with database.transaction() as tx:\n"
        " tx.run('MATCH (n:User) DETACH DELETE n').consume()\n"
        " tx.run(\"CREATE (:Principal:User {arn: 'half'})\").consume()\n"
        " print('ready', flush=True)\n time.sleep(600)"
    )
    with other_process(settings, code) as other:
        other.kill()
        other.wait()
    assert users(settings) == ["a"]
    put(settings, "b")
    assert users(settings) == ["a", "b"]


@pytest.mark.slow
def test_an_orphaned_java_is_ended_by_the_next_start(settings: Settings, tmp_path: Path) -> None:
    """What is left where the kernel doesn't end Java with its supervisor (not Linux)."""
    folder = settings.embedded_folder
    server = folder / "server"
    server.mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)
    arcadedb.write_users(server, "w" * 43, "r" * 43)
    command = arcadedb.command(arcadedb.locate(), server, arcadedb.free_port(), arcadedb.free_port())
    log = tmp_path / "java.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=arcadedb.environment()
        ) as java,
    ):
        try:
            assert until(lambda: "ArcadeDB Server started" in log.read_text(errors="replace"))
            started = start_time(java.pid)
            assert started is not None
            write_runtime(
                folder, Runtime(2**22 - 1, 1.0, java.pid, started, 1, "w" * 43, "r" * 43, ready=True)
            )
            put(settings, "a")
            assert until(lambda: java.poll() is not None)
        finally:
            java.kill()


def test_a_recycled_process_number_is_left_alone(settings: Settings) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as innocent:
        try:
            folder = settings.embedded_folder
            folder.mkdir(parents=True, mode=0o700)
            stale = Runtime(innocent.pid, 1.0, innocent.pid, 1.0, 1, "w", "r", ready=True)
            write_runtime(folder, stale)
            embedded.stop(folder)
            put(settings, "a")
            assert runtime(settings).java_pid != innocent.pid
            assert innocent.poll() is None
        finally:
            innocent.kill()


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"port": 1}', '{"pid": "x"}', "\x00\x01", "9" * 5000],
)
def test_a_runtime_file_that_makes_no_sense_counts_as_none(tmp_path: Path, content: str) -> None:
    runtime_file(tmp_path).write_text(content, encoding="utf-8")
    assert read_runtime(tmp_path) is None


@pytest.mark.parametrize(
    "wrong", [{"port": 0}, {"port": 70000}, {"java_pid": -1}, {"java_pid": True}, {"writer_password": None}]
)
def test_a_runtime_file_with_a_senseless_value_counts_as_none(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    right = asdict(Runtime(1, 1.0, 2, 1.0, 3, "w", "r", ready=True))
    runtime_file(tmp_path).write_text(json.dumps(right), encoding="utf-8")
    assert read_runtime(tmp_path) is not None
    runtime_file(tmp_path).write_text(json.dumps({**right, **wrong}), encoding="utf-8")
    assert read_runtime(tmp_path) is None


@pytest.mark.slow
def test_a_broken_runtime_file_and_a_port_of_someone_else_do_not_stop_a_start(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        folder = settings.embedded_folder
        folder.mkdir(parents=True, mode=0o700)
        write_runtime(folder, Runtime(1, 1.0, 1, 1.0, other.getsockname()[1], "w", "r", ready=True))
        put(settings, "a")
        assert runtime(settings).port != other.getsockname()[1]
        embedded.stop(folder)
        runtime_file(folder).write_text("{", encoding="utf-8")
        assert users(settings) == ["a"]


def refused(settings: Settings) -> str:
    with pytest.raises(DatabaseUnavailable) as error:
        connect(settings)
    assert "\n" not in str(error.value)
    return str(error.value)


@root
@pytest.mark.parametrize("which", ["home", "folder"])
def test_a_folder_of_another_user_is_refused(settings: Settings, which: str) -> None:
    settings.embedded_folder.mkdir(parents=True, mode=0o700)
    os.chown(settings.home if which == "home" else settings.embedded_folder, 65534, 65534)
    assert "belongs to another user" in refused(settings)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
@pytest.mark.parametrize("mode", [0o770, 0o777, 0o1777])
def test_a_folder_that_others_may_write_in_is_refused(settings: Settings, mode: int) -> None:
    settings.home.mkdir()
    settings.home.chmod(mode)
    assert "chmod go-w" in refused(settings)
    settings.home.chmod(0o755)
    assert users(settings) == []


def test_a_file_in_the_way_is_told(settings: Settings) -> None:
    settings.home.mkdir()
    settings.embedded_folder.write_text("x", encoding="utf-8")
    assert "in the way" in refused(settings)
    assert "in the way" in refused(replace(settings, home=settings.embedded_folder / "below"))


@linux
def test_a_folder_that_cannot_be_made_is_told() -> None:
    assert "IAMATLAS_HOME" in refused(Settings(home=Path("/proc/iamatlas")))


@linux
@root
def test_a_folder_without_permission_is_told(settings: Settings) -> None:
    settings.home.mkdir(mode=0o755)
    settings.embedded_folder.mkdir(mode=0o700)
    done = subprocess.run(["chattr", "+i", str(settings.embedded_folder)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this file system knows no immutable folders")
    try:
        assert "No permission to write" in refused(settings)
    finally:
        subprocess.run(["chattr", "-i", str(settings.embedded_folder)], check=True)


@contextmanager
def small_home(settings: Settings, size: str) -> Iterator[None]:
    """A home on a file system of its own that holds no more than `size`."""
    settings.home.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(settings.home)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("this machine doesn't let the tests mount a small file system")
    try:
        yield
    finally:
        embedded.stop(settings.embedded_folder)
        subprocess.run(["umount", "-l", str(settings.home)], check=True)


@linux
@root
def test_no_space_left_is_told(settings: Settings) -> None:
    with small_home(settings, "1m"):
        assert f"{FREE_BYTES // 2**20} MB are needed" in refused(settings)
        (settings.embedded_folder / "fill").write_bytes(b"x" * 900_000)
        with pytest.raises(OSError, match="space"):
            (settings.embedded_folder / "more").write_bytes(b"x" * 900_000)
        assert "No space left" in refused(settings)


@linux
@root
def test_space_that_runs_out_is_told_and_loses_nothing(settings: Settings) -> None:
    fill = settings.home / "fill"

    def run_out_while_writing(database: Database) -> None:
        with database.transaction() as tx:
            rows = ({"arn": f"n{i}", "name": "x" * 900} for i in range(5000))
            write.create_nodes(tx, schema.USER, rows)
            with suppress(OSError), fill.open("wb", buffering=0) as file:
                while file.write(b"x" * 2**20):
                    pass

    with small_home(settings, "500m"):
        free = shutil.disk_usage(settings.home).free
        put(settings, "a")
        with connect(settings) as database:
            with pytest.raises(DatabaseUnavailable, match="No space left"):
                run_out_while_writing(database)
            # None begins where little is left.
            fill.write_bytes(b"x" * (free - FREE_BYTES // 2))
            with pytest.raises(DatabaseUnavailable, match="MB are needed"), database.transaction():
                pass
            fill.unlink()
            with database.transaction() as tx:
                write.create_nodes(tx, schema.USER, [{"arn": "b"}])
        embedded.stop(settings.embedded_folder)
        with connect(settings) as database:
            assert [
                row["arn"] for row in database.read("MATCH (n:User) RETURN n.arn AS arn ORDER BY arn")
            ] == [
                "a",
                "b",
            ]


@pytest.mark.slow
def test_a_database_that_another_program_has_open_is_told(settings: Settings, tmp_path: Path) -> None:
    put(settings, "a")
    embedded.stop(settings.embedded_folder)
    server = settings.embedded_folder / "server"
    arcadedb.write_users(server, "w" * 43, "r" * 43)
    command = arcadedb.command(arcadedb.locate(), server, arcadedb.free_port(), arcadedb.free_port())
    log = tmp_path / "java.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=arcadedb.environment()
        ) as java,
    ):
        try:
            assert until(lambda: "ArcadeDB Server started" in log.read_text(errors="replace"))
            assert "Another program has the embedded database" in refused(settings)
            assert java.poll() is None
        finally:
            java.kill()
    assert users(settings) == ["a"]


@pytest.mark.slow
def test_broken_files_are_told_and_moving_them_away_helps(settings: Settings) -> None:
    put(settings, "a")
    embedded.stop(settings.embedded_folder)
    data = settings.embedded_folder / "server" / "databases" / "atlas"
    for name in ("schema.json", "configuration.json"):
        (data / name).write_text("{ broken", encoding="utf-8")
    assert "server.log" in refused(settings)
    shutil.move(settings.embedded_folder, settings.home / "away")
    assert users(settings) == []


def test_a_platform_without_a_wheel_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "arcadedb_embedded", raising=False)
    with pytest.raises(DatabaseUnavailable, match="IAMATLAS_URI"):
        arcadedb.locate()


@pytest.mark.slow
def test_an_endless_query_ends_with_the_server_and_the_connection_goes_on(settings: Settings) -> None:
    put(settings, "a")
    endless = "UNWIND range(1, 1000000) AS x UNWIND range(1, 1000000) AS y RETURN count(*)"
    with connect(settings) as database:
        mine = runtime(settings)
        with pytest.raises(QueryStopped):
            run_adhoc(database, endless, seconds=0.5)
        assert until(lambda: not java_alive(mine))
        assert database.read("MATCH (n:User) RETURN n.arn AS arn")[0]["arn"] == "a"


@pytest.mark.slow
def test_an_endless_query_does_not_end_a_load_beside_it(settings: Settings) -> None:
    put(settings, "a")
    endless = "UNWIND range(1, 1000000) AS x UNWIND range(1, 1000000) AS y RETURN count(*)"
    with connect(settings) as database:
        mine = runtime(settings)
        with database.transaction() as tx:
            write.create_nodes(tx, schema.USER, [{"arn": "b"}])
            with pytest.raises(QueryStopped):
                run_adhoc(database, endless, seconds=0.5)
            time.sleep(supervisor.BUSY_SECONDS + 4)
            assert java_alive(mine)
            write.create_nodes(tx, schema.USER, [{"arn": "c"}])
        assert until(lambda: not java_alive(mine))
    assert users(settings) == ["a", "b", "c"]


@pytest.mark.slow
def test_the_reading_user_of_the_server_may_not_write(settings: Settings) -> None:
    from neo4j.exceptions import Neo4jError

    put(settings, "a")
    with connect(settings) as database:
        reader = database.reader_login
        assert reader is not None
        only_reading = replace(
            settings, uri=reader.uri, user=reader.user, password=reader.password, database=reader.database
        )
        with connect(only_reading) as mine:
            assert mine.read("MATCH (n:User) RETURN n.arn AS arn")[0]["arn"] == "a"
            for statement in (
                "CREATE (:Principal:User {arn: 'evil'})",
                "MATCH (n:User) SET n.name = 'evil'",
                "MATCH (n:User) DETACH DELETE n",
                "CREATE (:Evil)",
                "CREATE CONSTRAINT evil IF NOT EXISTS FOR (n:Evil) REQUIRE n.x IS UNIQUE",
                "DROP CONSTRAINT Principal_arn",
            ):
                with pytest.raises(Neo4jError):
                    mine.write(statement)
        assert database.read("MATCH (n:User) RETURN properties(n) AS p")[0]["p"] == {"arn": "a"}


@pytest.mark.slow
def test_files_of_the_machine_are_out_of_reach_for_both_users(settings: Settings, tmp_path: Path) -> None:
    from neo4j.exceptions import Neo4jError

    secret = tmp_path / "secret.csv"
    secret.write_text("secret\n", encoding="utf-8")
    with connect(settings) as database, pytest.raises(Neo4jError):
        database.read(f"LOAD CSV FROM '{secret.as_uri()}' AS line RETURN line")

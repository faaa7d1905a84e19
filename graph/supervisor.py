"""The small process that owns the embedded server: starts Java, watches who uses it, stops it.

It holds `owner.lock` as long as it lives, so there is one at most. Every client holds `clients.lock` (shared)
while it is connected; when the supervisor can take that lock alone, nobody is connected. It writes one line
of JSON to standard output when the server is ready or can't start, and is silent from then on.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from graph import arcadedb
from graph.connection import DatabaseUnavailable
from graph.locks import FileLock
from graph.processes import end_process
from graph.runtime import (
    DATABASE,
    WRITER,
    Runtime,
    abandoned_file,
    check_space,
    read_runtime,
    readable_errors,
    runtime_file,
    write_runtime,
    writers_file,
)

if TYPE_CHECKING:
    from types import FrameType

START_SECONDS = 60.0
STOP_SECONDS = 15.0
BUSY_SECONDS = 3.0
BUSY_PERCENT = 25.0
"""Of one processor: a server at rest takes one or two, an endless query all that it can get."""


def main() -> None:
    """Run with the folder and the idle seconds as arguments; returns when the server has stopped."""
    folder, idle_seconds = Path(sys.argv[1]), float(sys.argv[2])
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), on_signal)
    try:
        with readable_errors(folder):
            owner = _become_owner(folder, stop)
            if owner is None:
                _report({"ready": True})
                return
            Supervisor(folder, idle_seconds, stop).run()
    except DatabaseUnavailable as error:
        _report({"error": str(error)})


def _become_owner(folder: Path, stop: threading.Event) -> FileLock | None:
    """The owner's lock; None where another supervisor has it and its server is ready."""
    lock = FileLock(folder / "owner.lock")
    deadline = time.monotonic() + START_SECONDS
    while not lock.try_acquire():
        runtime = read_runtime(folder)
        if runtime is not None and runtime.ready:
            return None
        if time.monotonic() > deadline or stop.is_set():
            raise DatabaseUnavailable(
                f"Another process starts or stops the embedded database in {folder} and does not come to an "
                "end. Wait for it, or end it."
            )
        time.sleep(0.05)
    return lock


class Supervisor:
    """One run of the server, from the clean-up of what an earlier one left to its end."""

    def __init__(self, folder: Path, idle_seconds: float, stop: threading.Event) -> None:
        self.folder = folder
        self.root = folder / "server"
        self.log = folder / "server.log"
        self.idle_seconds = idle_seconds
        self.stop = stop
        self.java: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Start, report, watch, stop. Raises `DatabaseUnavailable` when the server can't start."""
        end_stale_server(self.folder)
        check_space(self.folder)
        clients = FileLock(self.folder / "clients.lock")
        writers = FileLock(writers_file(self.folder))
        try:
            java = self._start()
            _report({"ready": True})
            self._watch(java, clients, writers)
        finally:
            self._end()
            clients.release()
            writers.release()

    def _start(self) -> subprocess.Popen[bytes]:
        wheel = arcadedb.locate()
        self.root.mkdir(mode=0o700, exist_ok=True)
        abandoned_file(self.folder).unlink(missing_ok=True)
        for old in (self.root / "log").glob("server-event-log-*"):
            old.unlink(missing_ok=True)
        writer, reader = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        arcadedb.write_users(self.root, writer, reader)
        bolt, web = arcadedb.free_port(), arcadedb.free_port()
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            java = self.java = subprocess.Popen(
                arcadedb.command(wheel, self.root, bolt, web),
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=subprocess.STDOUT,
                cwd=self.root,
                env=arcadedb.environment(),
                **_dies_with_us(),
            )
        except OSError as error:
            raise DatabaseUnavailable(
                f"The embedded database's Java can't be run ({error.strerror}). Reinstall arcadedb-embedded, "
                "or run a Neo4j server and set IAMATLAS_URI."
            ) from error
        finally:
            os.close(descriptor)
        me, child = psutil.Process(), psutil.Process(java.pid)
        runtime = Runtime(
            supervisor_pid=me.pid,
            supervisor_started=me.create_time(),
            java_pid=child.pid,
            java_started=child.create_time(),
            port=bolt,
            writer_password=writer,
            reader_password=reader,
        )
        write_runtime(self.folder, runtime)
        self._wait_until_it_answers(java, web, writer)
        write_runtime(self.folder, replace(runtime, ready=True))
        return java

    def _wait_until_it_answers(self, java: subprocess.Popen[bytes], port: int, password: str) -> None:
        """Until one real query is answered; its ports open before its database is there."""
        deadline = time.monotonic() + START_SECONDS
        while not _answers(port, password):
            if java.poll() is not None:
                raise DatabaseUnavailable(why_not_started(self.log))
            if self.stop.is_set():
                raise DatabaseUnavailable("The embedded database was stopped while it started.")
            if time.monotonic() > deadline:
                raise DatabaseUnavailable(why_not_started(self.log, "it does not answer"))
            time.sleep(0.03)

    def _watch(self, java: subprocess.Popen[bytes], clients: FileLock, writers: FileLock) -> None:
        """Until Java ends, a signal comes, or nobody has been connected for the idle time.

        In the last case the clients' lock stays taken, so that a client that comes now waits for the end.
        A server that computes on a query that nobody waits for is stopped sooner: at once when nobody is
        connected, else as soon as nobody writes. Whoever reads then is served by the next one.
        """

        def wait_for_java() -> None:
            java.wait()
            self.stop.set()

        threading.Thread(target=wait_for_java, daemon=True).start()
        last_used = time.time()
        pause = min(2.0, max(0.1, self.idle_seconds / 4))
        abandoned = abandoned_file(self.folder)
        while not self.stop.wait(pause):
            if not clients.try_acquire():
                last_used = time.time()
                if abandoned.exists():
                    if not self._computes_on(java):
                        abandoned.unlink(missing_ok=True)
                    elif writers.try_acquire():
                        return
                continue
            # A client that came and went between two looks has touched the file.
            last_used = max(last_used, min(clients.path.stat().st_mtime, time.time()))
            if time.time() - last_used >= self.idle_seconds or abandoned.exists():
                return
            clients.release()

    def _computes_on(self, java: subprocess.Popen[bytes]) -> bool:
        """Whether Java is busy for some seconds on end."""
        try:
            process = psutil.Process(java.pid)
            process.cpu_percent()
            return not self.stop.wait(BUSY_SECONDS) and process.cpu_percent() > BUSY_PERCENT
        except psutil.Error:
            return False

    def _end(self) -> None:
        if self.java is not None and self.java.poll() is None:
            self.java.terminate()
            try:
                self.java.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.java.kill()
                self.java.wait()
        runtime_file(self.folder).unlink(missing_ok=True)


def end_stale_server(folder: Path) -> None:
    """End the Java process that a dead supervisor left, and remove its runtime file.

    Only called by the owner. A process is ended only if number and start time are those that were written
    down, so a number that the system has given to someone else is left alone.
    """
    runtime = read_runtime(folder)
    if runtime is not None and not end_process(runtime.java_pid, runtime.java_started, STOP_SECONDS):
        raise DatabaseUnavailable(
            f"An embedded database in {folder} is left over (process {runtime.java_pid}) and can't be ended. "
            "End it, or set IAMATLAS_HOME to another folder."
        )
    runtime_file(folder).unlink(missing_ok=True)


def why_not_started(log: Path, otherwise: str = "Java ended at once") -> str:
    """One line from the server's log on why it did not start."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    folder = log.parent
    if "No space left" in text:
        return f"No space left for the embedded database in {folder}. Free some, or set IAMATLAS_HOME."
    if "LockException" in text or "locked by another process" in text:
        return (
            f"Another program has the embedded database in {folder} open. End it, or set IAMATLAS_HOME to "
            "another folder."
        )
    telling = [
        line.strip() for line in text.splitlines() if "Exception" in line or "rror" in line or "SEVER" in line
    ]
    reason = telling[0][:200] if telling else otherwise
    return (
        f"The embedded database in {folder} can't start ({reason}). See {log}; if its files are broken, move "
        "the folder away and load again."
    )


def _answers(port: int, password: str) -> bool:
    login = base64.b64encode(f"{WRITER}:{password}".encode()).decode("ascii")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
    try:
        connection.request(
            "POST",
            f"/api/v1/query/{DATABASE}",
            json.dumps({"language": "opencypher", "command": "RETURN 1 AS one"}),
            {"Authorization": f"Basic {login}", "Content-Type": "application/json"},
        )
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _dies_with_us() -> dict[str, Any]:
    """On Linux the kernel ends Java when the supervisor dies without having done so."""
    if not sys.platform.startswith("linux"):
        return {}
    import ctypes

    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask_kernel() -> None:
        prctl(1, signal.SIGTERM, 0, 0, 0)  # PR_SET_PDEATHSIG

    return {"preexec_fn": ask_kernel}


def _report(message: dict[str, object]) -> None:
    """Tell the process that started us, and let go of its pipe. It may have died; that is no fault here."""
    try:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()
    except OSError:
        pass
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.close(nowhere)


if __name__ == "__main__":
    main()

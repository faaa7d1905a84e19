"""The embedded database, as a client sees it: join the running server, or have one started.

Nothing here talks to Java. A client takes a lease (a shared lock on `clients.lock`), finds address and
secrets in the runtime file, and asks for a supervisor (`graph.supervisor`) where none is alive.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph.connection import DatabaseUnavailable, Login
from graph.driver import import_driver
from graph.locks import FileLock
from graph.processes import is_process
from graph.runtime import (
    DATABASE,
    READER,
    WRITER,
    Runtime,
    abandoned_file,
    check_space,
    prepare_folder,
    read_runtime,
    readable_errors,
    writers_file,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

JOIN_SECONDS = 90.0
FULL_BYTES = 1024 * 1024
# Without `-m`, which would look for packages in the folder one happens to stand in.
_BOOT = "import sys; sys.path.insert(0, sys.argv.pop(1)); from graph.supervisor import main; main()"


class Lease:
    """A client's stay: logins for writing and for reading only. The server stays up until `release`."""

    def __init__(self, lock: FileLock, runtime: Runtime) -> None:
        uri = f"bolt://127.0.0.1:{runtime.port}"
        self.writer = Login(uri, WRITER, runtime.writer_password, DATABASE)
        self.reader = Login(uri, READER, runtime.reader_password, DATABASE)
        self._lock = lock
        self._java_pid = runtime.java_pid

    def stands(self) -> bool:
        """Whether the server that this lease is for is still owned by its supervisor."""
        folder = self._lock.path.parent
        runtime = read_runtime(folder)
        return runtime is not None and runtime.java_pid == self._java_pid and _has_owner(folder)

    def abandon_query(self) -> None:
        """Have the server stopped as soon as nobody is connected: it may compute what nobody waits for."""
        abandoned_file(self._lock.path.parent).touch(mode=0o600)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """While the block runs, the server isn't stopped for an abandoned query.

        Raises `DatabaseUnavailable` where too little space is left to begin.
        """
        check_space(self._lock.path.parent)
        lock = FileLock(writers_file(self._lock.path.parent), shared=True)
        if not lock.acquire(JOIN_SECONDS):
            raise DatabaseUnavailable("The embedded database stops and does not come to an end.")
        try:
            yield
        finally:
            lock.release()

    def is_full(self) -> bool:
        """Whether the server can write no more, for want of space."""
        return shutil.disk_usage(self._lock.path.parent).free < FULL_BYTES

    def release(self) -> None:
        """End the stay; the system does the same when the process dies."""
        self._lock.release()


def join(folder: Path, idle_seconds: float) -> Lease:
    """Join the server of this folder, starting it where it isn't up. `idle_seconds` counts for a new one.

    Raises `DatabaseUnavailable` with one line on what is wrong.
    """
    prepare_folder(folder)
    lock = FileLock(folder / "clients.lock", shared=True)
    with readable_errors(folder):
        if not lock.acquire(JOIN_SECONDS):
            raise DatabaseUnavailable(f"The embedded database in {folder} stops and does not come to an end.")
        try:
            os.utime(lock.path)
            return Lease(lock, _running(folder, idle_seconds))
        except BaseException:
            lock.release()
            raise


def stop(folder: Path) -> None:
    """Stop the server of this folder now, whoever uses it; returns when it is down. None up is no fault."""
    runtime = read_runtime(folder)
    if runtime is None or not _has_owner(folder):
        return
    if is_process(runtime.supervisor_pid, runtime.supervisor_started):
        os.kill(runtime.supervisor_pid, signal.SIGTERM)
    deadline = time.monotonic() + JOIN_SECONDS
    while _has_owner(folder) and time.monotonic() < deadline:
        time.sleep(0.02)


def _running(folder: Path, idle_seconds: float) -> Runtime:
    """The runtime of a server that takes connections."""
    deadline = time.monotonic() + JOIN_SECONDS
    while time.monotonic() < deadline:
        if not _has_owner(folder):
            _start(folder, idle_seconds)
        runtime = read_runtime(folder)
        if runtime is not None and runtime.ready and _takes_connections(runtime.port):
            return runtime
        time.sleep(0.03)  # it is starting, or Java has just died and its owner is about to notice
    raise DatabaseUnavailable(
        f"The embedded database in {folder} does not answer. See {folder / 'server.log'}."
    )


def _start(folder: Path, idle_seconds: float) -> None:
    """Start a supervisor and wait until it says that the server is ready. Raises what it reports."""
    package = Path(__file__).resolve().parent.parent
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    with (folder / "supervisor.log").open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-P", "-c", _BOOT, str(package), str(folder), str(idle_seconds)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=folder,
            **options,
        )
    threading.Thread(target=supervisor.wait, daemon=True).start()  # so that it leaves no zombie when it ends
    import_driver()  # the time is ours: Java takes longer to start
    line = b""
    if supervisor.stdout is not None:
        with supervisor.stdout as pipe:
            line = pipe.readline()
    try:
        message = json.loads(line or b"{}")
    except ValueError:
        message = {}
    if not message.get("ready"):
        raise DatabaseUnavailable(
            message.get("error") or f"The embedded database can't start. See {folder / 'supervisor.log'}."
        )


def _has_owner(folder: Path) -> bool:
    """True where a supervisor lives: it holds the owner's lock."""
    lock = FileLock(folder / "owner.lock", shared=True)
    if lock.try_acquire():
        lock.release()
        return False
    return True


def _takes_connections(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5.0).close()
    except OSError:
        return False
    return True

"""The embedded server's folder and its runtime file: how a second process finds the running server.

The folder is for its owner alone, since whoever can write in it could hand out a server of his own, and
whoever can read in it knows the passwords.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from graph.connection import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABASE = "atlas"
WRITER = "atlas_writer"
READER = "atlas_reader"
FREE_BYTES = 200 * 1024 * 1024
_CURE = "Set IAMATLAS_HOME to a folder of your own"


@dataclass(frozen=True)
class Runtime:
    """What the runtime file holds. `ready` turns true after the server has answered a query."""

    supervisor_pid: int
    supervisor_started: float
    java_pid: int
    java_started: float
    port: int
    writer_password: str = field(repr=False)
    reader_password: str = field(repr=False)
    ready: bool = False


def runtime_file(folder: Path) -> Path:
    """Where the runtime file is."""
    return folder / "runtime.json"


def abandoned_file(folder: Path) -> Path:
    """The file that says that the server may be computing what nobody waits for."""
    return folder / "abandoned"


def writers_file(folder: Path) -> Path:
    """The file that whoever has a long transaction open holds a shared lock on."""
    return folder / "writers.lock"


def read_runtime(folder: Path) -> Runtime | None:
    """The runtime file's content; None where there is none or where it makes no sense."""
    try:
        values = json.loads(runtime_file(folder).read_text(encoding="utf-8"))
        runtime = Runtime(**values)
    except (OSError, ValueError, TypeError):
        return None
    numbers = (runtime.supervisor_pid, runtime.java_pid, runtime.port)
    if not all(type(one) is int and one > 0 for one in numbers) or runtime.port > 65535:
        return None
    times = (runtime.supervisor_started, runtime.java_started)
    texts = (runtime.writer_password, runtime.reader_password)
    if not all(isinstance(one, (int, float)) for one in times) or not all(
        isinstance(one, str) for one in texts
    ):
        return None
    return runtime


def write_runtime(folder: Path, runtime: Runtime) -> None:
    """Put the runtime file in place at once; nobody ever sees half of it."""
    write_private(runtime_file(folder), json.dumps(asdict(runtime)))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, replacing an old one in one step."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def prepare_folder(folder: Path) -> None:
    """Make the folder and see that it is ours alone. Raises `DatabaseUnavailable` with one line."""
    with readable_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.mkdir(exist_ok=True, mode=0o700)
        for one in (folder.parent, folder):
            _check_ours(one)
        if hasattr(os, "geteuid") and stat.S_IMODE(folder.stat().st_mode) != 0o700:
            folder.chmod(0o700)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "no permission", str(folder))


def check_space(folder: Path) -> None:
    """Raise `DatabaseUnavailable` where too little space is left to start a database, or to load into it."""
    with readable_errors(folder):
        free = shutil.disk_usage(folder).free
    if free < FREE_BYTES:
        raise DatabaseUnavailable(
            f"No space left for the embedded database in {folder}: {free // 2**20} MB are free and "
            f"{FREE_BYTES // 2**20} MB are needed. Free some, or set IAMATLAS_HOME to another folder."
        )


@contextmanager
def readable_errors(folder: Path) -> Iterator[None]:
    """Turn what the system says about the folder into one line with the cure."""
    try:
        yield
    except OSError as error:
        where = error.filename or folder
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            text = f"No space left for the embedded database in {folder}. Free some"
        elif error.errno in (errno.EACCES, errno.EPERM):
            text = f"No permission to write in {where}. {_CURE}"
        elif error.errno == errno.EROFS:
            text = f"{where} is on a file system that can only be read. {_CURE}"
        elif error.errno in (errno.EEXIST, errno.ENOTDIR):
            text = f"{where} is in the way: it is no folder. {_CURE}, or move it away"
        elif error.errno == errno.ELOOP:
            text = f"{where} is a symbolic link. Remove it, or set IAMATLAS_HOME to another folder"
        else:
            text = f"The folder {where} can't be used ({error.strerror}). {_CURE}"
        raise DatabaseUnavailable(f"{text}.") from error


def _check_ours(folder: Path) -> None:
    if not hasattr(os, "geteuid"):
        return  # Windows: the user data folder's access list already keeps others out
    status = folder.stat()
    if status.st_uid != os.geteuid():
        raise DatabaseUnavailable(
            f"{folder} belongs to another user (user id {status.st_uid}), so the embedded database in it "
            f"can't be trusted. {_CURE}."
        )
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise DatabaseUnavailable(
            f"Others may write in {folder}, so the embedded database in it can't be trusted. "
            f"Run: chmod go-w '{folder}'"
        )

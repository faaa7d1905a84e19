"""Locks on files: held by a process, given back by the system when it dies however it dies.

Both locks of the embedded server rest on this: one process owns the server, many use it. A lock needs no
clean-up after kill -9, and unlike a process id it can't be recycled.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from pathlib import Path

_RANGE = 2**30


class FileLock:
    """A lock on a file, exclusive or shared. The file is made when missing, and never removed."""

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        self.path = path
        self.shared = shared
        self._descriptor: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock if it is free. Raises `OSError` where the file can't be opened or locked at all."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            taken = _lock(descriptor, self.shared)
        except BaseException:
            os.close(descriptor)
            raise
        if not taken:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def acquire(self, seconds: float) -> bool:
        """Take the lock, waiting so long at most."""
        deadline = time.monotonic() + seconds
        while not self.try_acquire():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def release(self) -> None:
        """Give the lock back; harmless when it isn't held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int, shared: bool) -> bool:
        # Windows offers Python only exclusive locks, on ranges: whoever shares takes one byte at random,
        # whoever excludes takes the whole range.
        os.lseek(descriptor, secrets.randbelow(_RANGE) if shared else 0, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1 if shared else _RANGE)
        except PermissionError:
            return False
        return True

else:
    import fcntl

    def _lock(descriptor: int, shared: bool) -> bool:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

"""Telling one process from another: a number alone can be recycled, number and start time can't."""

from __future__ import annotations

import time
from contextlib import suppress

SAME_START_SECONDS = 0.5


def start_time(pid: int) -> float | None:
    """When the process of this number started, in seconds of the epoch; None where there is none.

    One that has ended and that its parent hasn't looked after yet counts as none.
    """
    import psutil  # late: a command that joins a running server has no need of it

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except (psutil.Error, ValueError, OverflowError):
        return None


def is_process(pid: int, started: float) -> bool:
    """True where a process of this number lives and started at this time."""
    found = start_time(pid)
    return found is not None and abs(found - started) < SAME_START_SECONDS


def end_process(pid: int, started: float, seconds: float) -> bool:
    """End this very process: politely, and by force when that takes longer than so many seconds.

    Returns whether it is gone. A process that only has the same number is left alone.
    """
    import psutil

    for end in ("terminate", "kill"):
        if not is_process(pid, started):
            return True
        with suppress(psutil.Error):
            getattr(psutil.Process(pid), end)()
        deadline = time.monotonic() + seconds
        while is_process(pid, started) and time.monotonic() < deadline:
            time.sleep(0.02)
    return not is_process(pid, started)

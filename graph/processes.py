"""Telling one process from another: a number alone can be recycled, number and start time can't."""

from __future__ import annotations

SAME_START_SECONDS = 0.5


def start_time(pid: int) -> float | None:
    """When the process of this number started, in seconds of the epoch; None where there is none."""
    import psutil  # late: a command that joins a running server has no need of it

    try:
        return float(psutil.Process(pid).create_time())
    except (psutil.Error, ValueError, OverflowError):
        return None


def is_process(pid: int, started: float) -> bool:
    """True where a process of this number lives and started at this time."""
    found = start_time(pid)
    return found is not None and abs(found - started) < SAME_START_SECONDS

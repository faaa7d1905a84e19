"""Rows in batches that a database message can hold.

A request over 16 MiB hangs the client on the embedded server, and 2,000 rows are where both servers are fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")

ROWS_PER_BATCH = 2_000
BYTES_PER_BATCH = 4 * 1024 * 1024
BYTES_PER_ROW = 12 * 1024 * 1024


class TooLarge(ValueError):
    """One row is larger than a database message may be."""


def batches(rows: Iterable[T]) -> Iterator[list[T]]:
    """Rows in lists of at most 2,000 and about 4 MiB. Raises `TooLarge` for a row that fits in no message."""
    batch: list[T] = []
    size = 0
    for row in rows:
        weight = _weight(row)
        if weight > BYTES_PER_ROW:
            raise TooLarge(f"one entry holds {weight:,} bytes, more than the database takes in one message")
        if batch and (len(batch) >= ROWS_PER_BATCH or size + weight > BYTES_PER_BATCH):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += weight
    if batch:
        yield batch


def parts(rows: list[T], size: int) -> Iterator[list[T]]:
    """Rows in lists of at most so many."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _weight(row: object) -> int:
    """About how many bytes a row takes in a message; never too few by much."""
    text = repr(row)  # what says least per byte is a text, and this one is no shorter
    return len(text) if text.isascii() else 4 * len(text)

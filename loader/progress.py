"""How a load tells what it is doing. Showing it (a bar, plain lines) is the application's business."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told of each step of a load."""

    def step(self, name: str, total: int | None = None) -> None:
        """A new step begins; `total` is how many things it has to do, None where that isn't known."""

    def advance(self, count: int = 1) -> None:
        """So many more things of the current step are done."""


class Silent:
    """Progress that nobody watches."""

    def step(self, name: str, total: int | None = None) -> None:
        """Ignore it."""

    def advance(self, count: int = 1) -> None:
        """Ignore it."""

"""What can be wrong with a question."""

from __future__ import annotations

from collections.abc import Iterable


class QuestionError(ValueError):
    """A question that can't be asked as it stands. Its text is one message: what is wrong and the cure.

    `reason` says no more than what is wrong, and `meant`, which ends the message, what may be meant. `given` is
    the text of the question that is wrong, and `near` are texts that may be meant, best first.
    """

    def __init__(self, reason: str, meant: str = "", *, given: str = "", near: Iterable[str] = ()) -> None:
        super().__init__(reason + meant)
        self.reason = reason
        self.given = given
        self.near = tuple(near)

"""What can be wrong with a question."""

from __future__ import annotations


class QuestionError(ValueError):
    """A question that can't be asked as it stands. Its text is one message: what is wrong and the cure."""

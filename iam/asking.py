"""The questions: who can do this, can this one, what can this one do. Answered over an estate.

The shapes of answers are the product's public interface (`docs/answers.md`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from iam.decision import Decision, Layer, Result
from iam.entities import Principal
from iam.estate import Access


@dataclass(frozen=True, slots=True)
class Answer:
    """One principal's answer to one action.

    `resource` is what was asked. Where that leaves the resource open, `resources` are the patterns on which
    the answer holds and `except_resources` what is cut out of them again.
    """

    principal: Principal
    action: str
    resource: str
    resources: tuple[str, ...]
    except_resources: tuple[str, ...]
    decision: Decision

    def as_json(self) -> dict[str, Any]:
        """The answer as `who-can` gives it."""
        raise NotImplementedError


def who_can(access: Access, action: str, resource: str | None) -> Iterator[Answer]:
    """Every principal that may do one action (a full name) on a resource, the denied ones left out.

    `resource` is an ARN, a pattern of ARNs, or None for "on at least one resource".
    """
    raise NotImplementedError


def can(access: Access, principal: Principal, action: str, resource: str | None) -> Answer:
    """One principal's answer, denied or not, with every layer in its decision."""
    raise NotImplementedError


__all__ = ["Answer", "Layer", "Result", "can", "who_can"]

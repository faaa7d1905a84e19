"""What a warning is: a rule with its meaning, why it matters, and a policy that it speaks up about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from iam.document import PolicyKind

GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
CHECKS = GUIDE + "access-analyzer-reference-policy-checks.html"


class Level(StrEnum):
    """How a warning is meant."""

    ERROR = "error"
    """The policy does not do what it says: a part of it is refused, matches nothing or reaches further."""
    NOTE = "note"
    """The policy works as written. It is worth a look all the same."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    `meaning` and `why` are one or two sentences. `example` is a statement, or a whole document where it has a
    Statement, or text where nothing so short shows it; `kind` is the kind of policy it would stand in.
    `source` is the AWS page that the rule comes from.
    """

    name: str
    level: Level
    meaning: str
    why: str
    example: Mapping[str, Any] | str
    source: str
    kind: PolicyKind = PolicyKind.IDENTITY

    @property
    def example_document(self) -> dict[str, Any] | None:
        """The example as a policy document; None where it is described in words."""
        if isinstance(self.example, str):
            return None
        if "Statement" in self.example:
            return dict(self.example)
        return {"Version": "2012-10-17", "Statement": [dict(self.example)]}

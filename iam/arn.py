"""Amazon Resource Names: splitting them, and the forms that principals take.

Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

ACCOUNT_ID = re.compile(r"\d{12}", re.ASCII)


class Arn(NamedTuple):
    """The six parts of an ARN, as written."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return ":".join(("arn", *self))

    @property
    def resource_type(self) -> str:
        """What stands before the first `/` or `:` of the last part (`role` in `role/app`), or nothing."""
        head = re.split("[/:]", self.resource, maxsplit=1)
        return head[0] if len(head) > 1 else ""

    @property
    def name(self) -> str:
        """The last part without type and path: `app` in `role/service/app`."""
        return re.split("[/:]", self.resource)[-1]

    @property
    def path(self) -> str:
        """The IAM path between type and name, `/` where there is none."""
        parts = self.resource.split("/")
        return "/" + "".join(part + "/" for part in parts[1:-1])


@lru_cache(maxsize=65536)
def parse_arn(text: str) -> Arn | None:
    """The parts of `text`, or None when it is no ARN (six parts, the first of them `arn`)."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
        return None
    return Arn(*parts[1:])


def account_of(arn: str) -> str:
    """The account id within an ARN, or the empty text."""
    parsed = parse_arn(arn)
    return parsed.account if parsed else ""


def partition_of(text: str) -> str:
    """The partition that an ARN, or a pattern of ARNs, names in full; empty where it names none."""
    scheme, _, rest = text.partition(":")
    partition = rest.partition(":")[0]
    return partition if scheme == "arn" and partition.replace("-", "").isalnum() else ""


def root_arn(account: str, partition: str = "aws") -> str:
    """The ARN by which policies name an account and its root user."""
    return f"arn:{partition}:iam::{account}:root"


def is_account_id(text: str) -> bool:
    """Whether `text` is a twelve-digit account id."""
    return ACCOUNT_ID.fullmatch(text) is not None

"""The text of AWS's managed policies, for exports that name a policy without holding it.

A copy, drawn at one time: AWS changes these policies, so an export's own text is always to be preferred.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html#aws-managed-policies
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

# gzip, at twice the size of xz, because some builds of Python come without xz.
_DATA = Path(__file__).parent / "data" / "aws-managed-policies.json.gz"
_OTHER_PARTITIONS = ("aws-cn", "aws-us-gov")


@dataclass(frozen=True, slots=True)
class ManagedPolicyText:
    """The default version of a policy that AWS manages.

    `document` is the parsed policy, the caller's own to change; `created` and `updated` are ISO 8601.
    `exact` is False where only the text of partition `aws` is known, which then stands here with the
    partition of its ARNs replaced.
    """

    arn: str
    name: str
    path: str
    default_version_id: str
    created: str
    updated: str
    document: dict[str, Any]
    exact: bool


def managed_policy(arn: str) -> ManagedPolicyText | None:
    """The policy of this ARN (partition aws, aws-cn or aws-us-gov), or None where no text of it is known.

    None says nothing about the policy: it may be newer than the copy, or AWS may have withdrawn it.
    """
    partition = next((p for p in _OTHER_PARTITIONS if arn.startswith(f"arn:{p}:")), "aws")
    text = _texts().get(arn.replace(f"arn:{partition}:", "arn:aws:", 1))
    if text is None:
        return None
    if partition != "aws":
        text = text.replace('"arn:aws:', f'"arn:{partition}:')
    return ManagedPolicyText(arn=arn, exact=partition == "aws", **json.loads(text))


def managed_policy_arns() -> tuple[str, ...]:
    """The ARNs of all policies whose text is known, in partition aws, sorted."""
    return tuple(_texts())


def managed_policies_version() -> str:
    """Where the copy comes from and how new its newest policy is: `moto 5.… (2026-…)`."""
    origin = _head()
    return f"{origin['source']} ({origin['newest'][:10]})"


@cache
def beyond_reference() -> frozenset[str]:
    """The actions, in lower case, that AWS's own policies allow on resources which AWS's reference, and so the
    catalogue, does not list for them. There nothing follows from what the catalogue says.
    """
    return frozenset(name.lower() for name in _head()["beyond_reference"])


@cache
def _head() -> dict[str, Any]:
    """The first line alone: most questions need no policy of the copy."""
    with gzip.open(_DATA, "rt", encoding="utf-8") as lines:
        head: dict[str, Any] = json.loads(lines.readline())
    return head


@cache
def _texts() -> dict[str, str]:
    """The policies as JSON by their ARN. Parsed one by one when asked for, which keeps a look-up cheap."""
    lines = gzip.decompress(_DATA.read_bytes()).decode().splitlines()
    return dict(line.split("\t", 1) for line in lines[1:])

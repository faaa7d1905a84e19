"""The ids of policies that have no ARN of their own.

Such a policy's id is its owner's ARN, a colon, and its place: `…:user/ann:inline/s3-read`,
`…:role/app:trust`, `arn:aws:s3:::payroll:policy`. What follows the last colon never holds one, as `:`, `/`,
`#` and `%` in names are written as `%3A` and so on; so two policies never share an id, whatever their names.
"""

from __future__ import annotations

_ESCAPES = str.maketrans({"%": "%25", ":": "%3A", "/": "%2F", "#": "%23"})


def inline_policy_id(owner: str, name: str) -> str:
    """The id of an inline policy: ARN of the user, group or role, and the policy's name."""
    return f"{owner}:inline/{name.translate(_ESCAPES)}"


def trust_policy_id(role: str) -> str:
    """The id of a role's trust policy."""
    return f"{role}:trust"


def resource_policy_id(resource: str) -> str:
    """The id of the policy on a resource."""
    return f"{resource}:policy"


def statement_id(policy: str, index: int) -> str:
    """The id of a policy's statement; `index` counts from 1."""
    return f"{policy}#{index}"


def policy_version_id(policy: str, version: str) -> str:
    """The id of a version of a managed policy."""
    return f"{policy}:{version}"

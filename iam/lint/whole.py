"""Warnings about a policy as a whole: its length and its Sids."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

from iam.document import Document, PolicyKind
from iam.lint.look import Look, place, quoted
from iam.lint.rules import GUIDE, Level, Rule

_QUOTAS = GUIDE + "reference_iam-quotas.html"
_SID_PAGE = GUIDE + "reference_policies_elements_sid.html"

LENGTH = Rule(
    "length-limit", Level.ERROR,
    "The policy is longer than AWS accepts.",
    "White space does not count. A policy that AWS has accepted is not refused later, but can't be changed "
    "any more without being cut. The lengths of a user's, group's or role's inline policies are added up.",
    "An inline policy of 10,300 characters on a role, which has room for 10,240; also more than 2,048 on a "
    "user, 5,120 on a group, 6,144 in a managed policy, 2,048 in a trust policy (up to 8,192 on request), "
    "20 kB in a bucket policy and 32 kB in a key policy.",
    _QUOTAS,
)  # fmt: skip
DUPLICATE_SID = Rule(
    "duplicate-sid", Level.ERROR,
    "Two statements have the same Sid.",
    "Within a policy a Sid stands once; IAM refuses to save it otherwise.",
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Read", "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
            {"Sid": "Read", "Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"},
        ],
    },
    _SID_PAGE,
)  # fmt: skip
ODD_SID = Rule(
    "odd-sid", Level.NOTE,
    "A Sid holds other characters than letters and digits.",
    "IAM takes letters and digits of ASCII only and refuses to save the policy otherwise.",
    {"Sid": "list all buckets", "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
    _SID_PAGE,
)  # fmt: skip
RULES = (LENGTH, DUPLICATE_SID, ODD_SID)

# Characters without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-iam-policies.html
# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
LENGTH_LIMITS = {
    "user": 2_048,
    "group": 5_120,
    "role": 10_240,
    "managed": 6_144,
    "trust": 2_048,
    "bucket": 20 * 1024,
    "key": 32 * 1024,
}
"""How long policies may be, by what they belong to. A trust policy's limit can be raised to 8,192."""

_SID = re.compile(r"[A-Za-z0-9]*")
_OF_IAM = {PolicyKind.IDENTITY, PolicyKind.TRUST}


def policy_length(raw: object) -> int | None:
    """The characters of a policy without white space, as AWS counts them; None when `raw` is no JSON.

    `raw` is the parsed policy, JSON text, or URL-encoded JSON text.
    """
    if isinstance(raw, str):
        text = unquote(raw) if raw.lstrip()[:1] == "%" else raw
    else:
        try:
            text = json.dumps(raw, separators=(",", ":"), ensure_ascii=False)
        except (TypeError, ValueError, RecursionError):
            return None
    return len("".join(text.split()))


def check(document: Document, look: Look, raw: object, length_limit: int | None) -> None:
    """Look at the document as a whole."""
    if length_limit is not None and raw is not None and not look.managed_by_aws:
        length = policy_length(raw)
        if length is not None and length > length_limit:
            look.say(
                LENGTH, "",
                f"{length:,} characters without white space, where AWS takes at most {length_limit:,}",
            )  # fmt: skip
    seen: dict[str, int] = {}
    for statement in document.statements:
        if not statement.sid:
            continue
        first = seen.setdefault(statement.sid, statement.index)
        if first != statement.index:
            look.say(
                DUPLICATE_SID, place(statement, "Sid"),
                f"{quoted(statement.sid)} is also the Sid of Statement[{first}]",
            )  # fmt: skip
        if look.kind in _OF_IAM and not _SID.fullmatch(statement.sid):
            look.say(
                ODD_SID, place(statement, "Sid"),
                f"{quoted(statement.sid)} holds other characters than letters and digits",
            )  # fmt: skip

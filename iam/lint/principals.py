"""Warnings about Principal and NotPrincipal.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re

from iam.arn import is_account_id, parse_arn
from iam.document import PolicyKind, Principals, Statement
from iam.lint.look import Look, place, quoted
from iam.lint.rules import CHECKS, GUIDE, Level, Rule

_PRINCIPAL_PAGE = GUIDE + "reference_policies_elements_principal.html"

DELETED_PRINCIPAL = Rule(
    "deleted-principal", Level.NOTE,
    "A principal is named by the unique id of a user or role.",
    "AWS shows the id when the user or role behind an ARN has been deleted. The entry gives nobody access; "
    "a new user of the same name is somebody else.",
    {
        "Effect": "Allow",
        "Principal": {"AWS": "AROAEXAMPLEEXAMPLE123"},
        "Action": "sts:AssumeRole",
    },
    GUIDE + "reference_identifiers.html",
    PolicyKind.TRUST,
)  # fmt: skip
PRINCIPAL_WILDCARD = Rule(
    "partial-wildcard-principal", Level.ERROR,
    "A wildcard stands in the ARN of a principal.",
    "A principal is named in full, or is `*` alone. AWS refuses the entry or matches nobody with it; "
    "patterns of principals go into a condition on aws:PrincipalArn.",
    {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:role/team-*"},
        "Action": "sts:AssumeRole",
    },
    CHECKS,
    PolicyKind.TRUST,
)  # fmt: skip
MALFORMED_PRINCIPAL = Rule(
    "malformed-principal", Level.ERROR,
    "A principal is written in none of the forms that AWS knows.",
    "An `AWS` principal is an account id, an ARN of an account, user, role or session, or `*`; a `Service` "
    "principal is a host name such as `ec2.amazonaws.com`. A group can't be a principal.",
    {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:group/admins"},
        "Action": "sts:AssumeRole",
    },
    _PRINCIPAL_PAGE,
    PolicyKind.TRUST,
)  # fmt: skip
ALLOW_NOT_PRINCIPAL = Rule(
    "allow-not-principal", Level.ERROR,
    "An Allow names those that it is not for (NotPrincipal).",
    "It would allow everybody else, anonymous callers included. AWS does not support it.",
    {
        "Effect": "Allow",
        "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:user/mallory"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::my-bucket/*",
    },
    GUIDE + "reference_policies_elements_notprincipal.html",
    PolicyKind.RESOURCE,
)  # fmt: skip

RULES = (DELETED_PRINCIPAL, PRINCIPAL_WILDCARD, MALFORMED_PRINCIPAL, ALLOW_NOT_PRINCIPAL)

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_UNIQUE_ID = re.compile(r"(AIDA|AROA)[A-Z0-9]{12,}")
# The unique id of an origin access identity of CloudFront stands in its place within this ARN.
_PRINCIPAL_TYPES = ("user/", "role/", "assumed-role/", "federated-user/")


def check(statement: Statement, look: Look) -> None:
    """Look at the principals of a statement."""
    if statement.allows and statement.not_principals is not None:
        look.say(ALLOW_NOT_PRINCIPAL, place(statement, "NotPrincipal"), "allows everybody who is not named")
    principals: Principals = statement.principals or statement.not_principals or ()
    where = place(statement, "Principal" if statement.principals is not None else "NotPrincipal")
    for kind, text in principals:
        if kind == "AWS":
            _check_aws(text, where, look)
        elif kind == "Service" and ("." not in text or "*" in text or "/" in text):
            look.say(MALFORMED_PRINCIPAL, where, f"{quoted(text)} is not the name of a service principal")


def _check_aws(text: str, where: str, look: Look) -> None:
    if _UNIQUE_ID.fullmatch(text):
        look.say(
            DELETED_PRINCIPAL, where, f"{quoted(text)} is the id of a user or role that no longer exists"
        )
    elif "*" in text or "?" in text:
        look.say(
            PRINCIPAL_WILDCARD, where, f"{quoted(text)} has a wildcard, and a principal is named in full"
        )
    elif not _is_principal(text):
        look.say(MALFORMED_PRINCIPAL, where, f"{quoted(text)} is no principal")


def _is_principal(text: str) -> bool:
    if is_account_id(text) or "${" in text:
        return True
    arn = parse_arn(text)
    if arn is None or arn.service not in ("iam", "sts"):
        return False
    # `cloudfront` and `aws` stand for an account in ARNs of principals that AWS itself owns.
    if not is_account_id(arn.account) and not arn.account.isalpha():
        return False
    return arn.resource == "root" or arn.resource.startswith(_PRINCIPAL_TYPES)

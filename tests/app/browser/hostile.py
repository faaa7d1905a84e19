"""An account whose every name was written by an attacker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.loader import support
from tests.loader.support import (
    allow,
    attached,
    export,
    group,
    inline,
    managed,
    policy_document,
    role,
    user,
    write,
)

SCRIPT = "<script>alert('script')</script>"
HANDLER = "<img src=x onerror=alert('handler')>"
LINK = "<a href='javascript:alert(1)' onclick=alert('link')>href</a>"
MARKDOWN = "![pixel](http://attacker.invalid/pixel.png) [go](http://attacker.invalid) :material/home: $x^2$"
FORMULA = '=HYPERLINK("http://attacker.invalid")'
TURNED = "\u202egro.elpmaxe\u202c\u200b\u2066zero\u2069"
CYPHER = "x' OR 1=1 DETACH DELETE n //"
PATH = "../../../../etc/passwd"
TEMPLATE = "{{ 7*7 }}{% raw %}"
LONG = "L" * 500  # the loader takes names of up to 512 bytes
VERY_LONG = "V" * 10_000
ALL = (SCRIPT, HANDLER, LINK, MARKDOWN, FORMULA, TURNED, CYPHER, PATH, TEMPLATE, LONG)
MARKS = ("alert('script')", "attacker.invalid", "onerror", "javascript:")


def hostile_export(folder: Path) -> Path:
    """An export in which names, paths, tags, Sids, descriptions and policy texts are all hostile."""
    users = [_user(text) for text in ALL]
    groups = [
        group(text, GroupPolicyList=[inline(text, _document(text))], AttachedManagedPolicies=[])
        for text in ALL
    ]
    roles = [
        role(
            text,
            {"AWS": f"arn:aws:iam::{support.ACCOUNT}:root"},
            Tags=[{"Key": text[:120], "Value": VERY_LONG if text is LONG else text}],
            Description=VERY_LONG if text is LONG else text,
            RolePolicyList=[inline(text, _document(text))],
            AttachedManagedPolicies=[],
            InstanceProfileList=[],
        )
        for text in ALL
    ]
    policies = [
        {**managed(text, _document(text)), "Description": VERY_LONG if text is LONG else text} for text in ALL
    ]
    return write(folder / "hostile.json", export(users=users, groups=groups, roles=roles, policies=policies))


def _user(text: str) -> dict[str, Any]:
    return user(
        text,
        Tags=[{"Key": text[:120], "Value": VERY_LONG if text is LONG else text}],
        GroupList=[text],
        UserPolicyList=[inline(text, _document(text))],
        AttachedManagedPolicies=[attached(support.arn("policy", text))],
        PermissionsBoundary={
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": support.arn("policy", text),
        },
    )


def _document(text: str) -> dict[str, Any]:
    statement = allow("*", "*")["Statement"][0]
    odd = policy_document(
        Sid=VERY_LONG if text is LONG else text,
        Effect="Allow",
        Action=["s3:*", "iam:*", "sts:*"],
        Resource=[f"arn:aws:s3:::{text}", "*"],
        Condition={"StringLike": {f"aws:PrincipalTag/{text[:100]}": [text, "*"]}},
    )["Statement"][0]
    return {"Version": "2012-10-17", "Statement": [odd, {**statement, "Sid": "plain"}]}

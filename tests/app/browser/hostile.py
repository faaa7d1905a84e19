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

SCRIPT = "<script>alert('script')</script><!--<script>"
HANDLER = "<img src=x onerror=alert('handler')>"
LINK = "<a href='javascript:alert(1)' onclick=alert('link')>href</a>"
MARKDOWN = "![pixel](http://attacker.invalid/pixel.png) [go](http://attacker.invalid) :material/home: $x^2$"
FORMULA = '=HYPERLINK("http://attacker.invalid");=1+1'
TURNED = "\u202egro.elpmaxe\u202c\u200b\u2066zero\u2069"
CYPHER = "x' OR 1=1 DETACH DELETE n //"
PATH = "../../../../etc/passwd"
TEMPLATE = "{{ 7*7 }}{% raw %}"
LONG = "L" * 500  # the loader takes names of up to 512 bytes
VERY_LONG = "V" * 10_000
ALL = (SCRIPT, HANDLER, LINK, MARKDOWN, FORMULA, TURNED, CYPHER, PATH, TEMPLATE, LONG)
MARKS = ("alert('script')", "attacker.invalid", "onerror", "javascript:")


def hostile_export(folder: Path) -> Path:
    """A folder with an account and its organization in which every text is hostile.

    Names, paths, tags, Sids, descriptions, policy texts; resources with their names, types and details; the
    organization's account, unit and policy.
    """
    users = [*(_user(text) for text in ALL), *(_climber(text) for text in ALL)]
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
    account = folder / "accounts" / support.ACCOUNT
    account.mkdir(parents=True)
    write(account / "authorization-details.json",
          export(users=users, groups=groups, roles=roles, policies=policies))  # fmt: skip
    write(account / "resources.json", [_resource(at, text) for at, text in enumerate((*ALL, VERY_LONG))])
    write(folder / "organization.json", _organization())
    return folder


def bucket(at: int) -> str:
    """The ARN of a hostile bucket: that of the hostile text at this place."""
    return f"arn:aws:s3:::bucket-{at}-{ALL[at][:200]}"


def _resource(at: int, text: str) -> dict[str, Any]:
    """A bucket in which everything is hostile; the ARN is no longer than loading takes."""
    arn = bucket(at) if at < len(ALL) else f"arn:aws:s3:::{'V' * 1_000}"
    return {
        "arn": arn, "type": "AWS::S3::Bucket" if at % 2 else text[:200], "name": text,
        "account": support.ACCOUNT, "region": text[:200], "role": None,
        "policy": policy_document(Sid=text, Effect="Allow", Principal="*", Action="s3:GetObject",
                                  Resource=[arn, f"{arn}/*"]),
        "tags": {text[:120]: text}, "details": {text[:120]: text},
    }  # fmt: skip


def _organization() -> dict[str, Any]:
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    root, unit = "r-evil", "ou-evil-11111111"
    arn = f"arn:aws:organizations::{support.ACCOUNT}"
    return {
        "organization": {
            "id": "o-evilevil11", "arn": f"{arn}:organization/o-evilevil11",
            "management_account_id": support.ACCOUNT, "feature_set": "ALL",
        },
        "roots": [{"id": root, "arn": f"{arn}:root/o-evilevil11/{root}", "name": SCRIPT,
                   "policy_types": ["SERVICE_CONTROL_POLICY"]}],
        "organizational_units": [
            {"id": unit, "arn": f"{arn}:ou/o-evilevil11/{unit}", "name": HANDLER, "parent_id": root}
        ],
        "accounts": [
            {"id": support.ACCOUNT, "arn": f"{arn}:account/o-evilevil11/{support.ACCOUNT}", "name": LINK,
             "email": FORMULA, "status": "ACTIVE", "parent_id": unit}
        ],
        "policies": [
            {"id": "p-evilevil", "arn": f"{arn}:policy/o-evilevil11/service_control_policy/p-evilevil",
             "name": MARKDOWN, "type": "SERVICE_CONTROL_POLICY", "aws_managed": False, "content": everything,
             "targets": [root, unit, support.ACCOUNT]}
        ],
    }  # fmt: skip


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


def climber(text: str) -> str:
    """The name of the user of this text that is no administrator, and can become one."""
    return f"{text[:500]} climbs"


def _climber(text: str) -> dict[str, Any]:
    statement = allow("sts:AssumeRole", "*")["Statement"][0]
    document = {"Version": "2012-10-17", "Statement": [{**statement, "Sid": text}]}
    return user(climber(text), UserPolicyList=[inline(text, document)])


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

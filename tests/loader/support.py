"""What the loader's tests share: plain pictures of estates, and small exports."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from iam.estate import Estate

ACCOUNT = "123456789012"


def plain(value: Any) -> Any:
    """An entity as plain lists and dicts, so that two can be compared whole; policies by what they say."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            each.name: plain(getattr(value, each.name))
            for each in fields(value)
            if each.init and each.name != "now"
        }
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value


def picture(estate: Estate) -> Any:
    """All that an estate holds, but for its clock."""
    return plain(estate)


def arn(kind: str, name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:{kind}/{name}"


def user(name: str, account: str = ACCOUNT, **more: Any) -> dict[str, Any]:
    return {"UserName": name, "Arn": arn("user", name, account), "Path": "/", "UserId": "AIDA1", **more}


def group(name: str, account: str = ACCOUNT, **more: Any) -> dict[str, Any]:
    return {"GroupName": name, "Arn": arn("group", name, account), "Path": "/", **more}


def role(name: str, trusted: Any = None, account: str = ACCOUNT, **more: Any) -> dict[str, Any]:
    trusts = {"Effect": "Allow", "Principal": trusted or {"Service": "ec2.amazonaws.com"}}
    document = policy_document(**trusts, Action="sts:AssumeRole")
    return {
        "RoleName": name, "Arn": arn("role", name, account), "Path": "/",
        "AssumeRolePolicyDocument": document, **more,
    }  # fmt: skip


def managed(name: str, document: Any, account: str = ACCOUNT) -> dict[str, Any]:
    return {
        "PolicyName": name, "Arn": arn("policy", name, account), "Path": "/", "DefaultVersionId": "v1",
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": document}],
    }  # fmt: skip


def policy_document(**statement: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement]}


def allow(action: str = "s3:GetObject", resource: str = "*") -> dict[str, Any]:
    return policy_document(Effect="Allow", Action=action, Resource=resource)


def inline(name: str, document: Any) -> dict[str, Any]:
    return {"PolicyName": name, "PolicyDocument": document}


def attached(policy: str) -> dict[str, str]:
    return {"PolicyArn": policy, "PolicyName": policy.rsplit("/", 1)[-1]}


def export(**lists: Any) -> dict[str, Any]:
    """An account's export: `users`, `groups`, `roles`, `policies`."""
    return {
        "UserDetailList": lists.get("users", []),
        "GroupDetailList": lists.get("groups", []),
        "RoleDetailList": lists.get("roles", []),
        "Policies": lists.get("policies", []),
    }


def write(path: Path, value: Any) -> Path:
    """Write a value as JSON, text as it is, bytes as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(value, bytes):
        path.write_bytes(value)
    else:
        path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path

"""Small builders that turn short descriptions into the JSON that AWS returns.

Everything random-looking (unique ids, dates) is derived from names, so a build repeats itself exactly.
Field names and their order follow the reference of ``GetAccountAuthorizationDetails`` and
``GetCredentialReport``.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

NOW = datetime(2026, 11, 2, 6, 15, tzinfo=UTC)
"""The moment at which the demo's exports were 'collected'."""

_MANAGED_PATHS = {
    "AWSLambdaBasicExecutionRole": "service-role/",
    "AWSLambdaVPCAccessExecutionRole": "service-role/",
    "AWSLambdaSQSQueueExecutionRole": "service-role/",
    "AmazonECSTaskExecutionRolePolicy": "service-role/",
    "AmazonRDSEnhancedMonitoringRole": "service-role/",
    "AmazonAPIGatewayPushToCloudWatchLogs": "service-role/",
    "AWS_ConfigRole": "service-role/",
    "ViewOnlyAccess": "job-function/",
    "Billing": "job-function/",
}


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\n".join(parts).encode()).digest()


def unique_id(prefix: str, *parts: str) -> str:
    """An id in AWS's form (`AIDA…`, `AROA…`): the prefix and 17 characters made from `parts`."""
    return prefix + base64.b32encode(_digest(prefix, *parts)).decode()[:17]


def number(limit: int, *parts: str) -> int:
    """A whole number from 0 to `limit` - 1 that depends on `parts` alone."""
    return int.from_bytes(_digest(*parts)[:4], "big") % limit


def hexadecimal(length: int, *parts: str) -> str:
    """Hexadecimal digits made from `parts`, as in instance ids."""
    return _digest(*parts).hex()[:length]


def uuid(*parts: str) -> str:
    """A UUID-shaped text made from `parts`, as in key ids and stack ids."""
    text = _digest(*parts).hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"


def date(*parts: str, first_day: int = 60, last_day: int = 1900) -> str:
    """A time between `first_day` and `last_day` days before `NOW`, in ISO 8601."""
    day = first_day + number(last_day - first_day, "day", *parts)
    moment = NOW - timedelta(days=day, seconds=number(86_400, "second", *parts))
    return moment.isoformat()


def recent(*parts: str) -> str:
    """A time within the last 40 days."""
    return date(*parts, first_day=0, last_day=40)


def managed(name: str) -> str:
    """ARN of the AWS-managed policy `name`."""
    return f"arn:aws:iam::aws:policy/{_MANAGED_PATHS.get(name, '')}{name}"


Strings = str | Sequence[str]


def statement(
    effect: str,
    sid: str | None,
    action: Strings | None = None,
    resource: Strings | None = "*",
    condition: Mapping[str, Any] | None = None,
    **elements: Any,
) -> Json:
    """One policy statement; `elements` gives NotAction, NotResource or Principal."""
    made: Json = {"Sid": sid} if sid else {}
    made["Effect"] = effect
    if "Principal" in elements:
        made["Principal"] = elements["Principal"]
    if action is not None:
        made["Action"] = action if isinstance(action, str) else list(action)
    if "NotAction" in elements:
        made["NotAction"] = elements["NotAction"]
    if "NotResource" in elements:
        made["NotResource"] = elements["NotResource"]
    elif resource is not None:
        made["Resource"] = resource if isinstance(resource, str) else list(resource)
    if condition:
        made["Condition"] = dict(condition)
    return made


def allow(sid: str | None, *args: Any, **kwargs: Any) -> Json:
    """An Allow statement; see `statement`."""
    return statement("Allow", sid, *args, **kwargs)


def deny(sid: str | None, *args: Any, **kwargs: Any) -> Json:
    """A Deny statement; see `statement`."""
    return statement("Deny", sid, *args, **kwargs)


def doc(*statements: Json, version: str | None = "2012-10-17") -> Json:
    """A policy document; `version` None leaves the element out, as some old policies do."""
    made: Json = {"Version": version} if version else {}
    made["Statement"] = list(statements)
    return made


def trust(
    principal: Json | str,
    action: Strings = "sts:AssumeRole",
    condition: Mapping[str, Any] | None = None,
    sid: str | None = None,
) -> Json:
    """One statement of a trust policy."""
    return statement("Allow", sid, action, None, condition, Principal=principal)


def service(*names: str) -> Json:
    """A trust policy for AWS services, such as `lambda`."""
    hosts = [f"{name}.amazonaws.com" for name in names]
    return doc(trust({"Service": hosts[0] if len(hosts) == 1 else hosts}))


ADMINISTRATOR = doc(allow(None, "*"))


@dataclass
class Account:
    """One account while it is being described: entities in AWS's export format, keyed by name."""

    id: str
    name: str
    users: dict[str, Json] = field(default_factory=dict)
    groups: dict[str, Json] = field(default_factory=dict)
    roles: dict[str, Json] = field(default_factory=dict)
    policies: dict[str, Json] = field(default_factory=dict)
    credentials: dict[str, Json] = field(default_factory=dict)
    resources: list[Json] = field(default_factory=list)

    def arn(self, kind: str, name: str, path: str = "/") -> str:
        """ARN of a user, group, role, policy or instance profile of this account."""
        return f"arn:aws:iam::{self.id}:{kind}{path}{name}"

    @property
    def root(self) -> str:
        """ARN that stands for the account in policies."""
        return f"arn:aws:iam::{self.id}:root"

    @property
    def sso_provider(self) -> str:
        """ARN of the SAML provider that IAM Identity Center keeps in every account."""
        return f"arn:aws:iam::{self.id}:saml-provider/AWSSSO_{hexadecimal(16, 'sso', self.id)}_DO_NOT_DELETE"

    def _attached(self, names: Sequence[str]) -> list[Json]:
        return [{"PolicyName": name.rsplit("/", 1)[-1], "PolicyArn": self.policy_arn(name)} for name in names]

    def policy_arn(self, name: str) -> str:
        """ARN of a managed policy: one of this account if described before, else AWS's own."""
        if name.startswith("arn:"):
            return name
        if name in self.policies:
            return str(self.policies[name]["Arn"])
        return managed(name)

    def _finish(
        self,
        made: Json,
        kind: str,
        attached: Sequence[str],
        inline: Mapping[str, Json],
        boundary: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Json:
        if inline or kind != "User":
            made[f"{kind}PolicyList"] = [
                {"PolicyName": name, "PolicyDocument": document} for name, document in inline.items()
            ]
        made["AttachedManagedPolicies"] = self._attached(attached)
        if boundary:
            made["PermissionsBoundary"] = {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": self.policy_arn(boundary),
            }
        if kind != "Group":
            made["Tags"] = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
        return made

    def _head(self, kind: str, prefix: str, name: str, path: str) -> Json:
        return {
            "Path": path,
            f"{kind}Name": name,
            f"{kind}Id": unique_id(prefix, self.id, name),
            "Arn": self.arn(kind.lower(), name, path),
            "CreateDate": date(self.id, kind, name),
        }

    def policy(
        self,
        name: str,
        document: Json,
        *,
        path: str = "/",
        older: Sequence[Json] = (),
        arn: str | None = None,
    ) -> None:
        """A managed policy whose default version is `document`; `older` are the versions before it."""
        documents = [*older, document]
        arn = arn or self.arn("policy", name, path)
        dates = sorted(date(arn, str(index)) for index in range(len(documents)))
        versions = [
            {
                "Document": text,
                "VersionId": f"v{index + 1}",
                "IsDefaultVersion": index == len(documents) - 1,
                "CreateDate": dates[index],
            }
            for index, text in enumerate(documents)
        ]
        self.policies[name] = {
            "PolicyName": name,
            "PolicyId": unique_id("ANPA", arn),
            "Arn": arn,
            "Path": path,
            "DefaultVersionId": f"v{len(documents)}",
            "AttachmentCount": 0,
            "PermissionsBoundaryUsageCount": 0,
            "IsAttachable": True,
            "CreateDate": dates[0],
            "UpdateDate": dates[-1],
            "PolicyVersionList": versions[::-1],
        }

    def group(
        self,
        name: str,
        attached: Sequence[str] = (),
        inline: Mapping[str, Json] | None = None,
        path: str = "/",
    ) -> None:
        """A group with its policies; users name their groups."""
        made = self._head("Group", "AGPA", name, path)
        self.groups[name] = self._finish(made, "Group", attached, inline or {})

    def user(
        self,
        name: str,
        groups: Sequence[str] = (),
        attached: Sequence[str] = (),
        inline: Mapping[str, Json] | None = None,
        *,
        path: str = "/",
        boundary: str | None = None,
        tags: Mapping[str, str] | None = None,
        keys: int = 0,
        password: bool = True,
        mfa: bool = True,
    ) -> None:
        """A user; `keys`, `password` and `mfa` go to the credential report."""
        made = self._head("User", "AIDA", name, path)
        made["GroupList"] = list(groups)
        self.users[name] = self._finish(made, "User", attached, inline or {}, boundary, tags)
        self.credentials[name] = {"keys": keys, "password": password, "mfa": password and mfa}

    def role(
        self,
        name: str,
        trusted: Json,
        attached: Sequence[str] = (),
        inline: Mapping[str, Json] | None = None,
        *,
        path: str = "/",
        boundary: str | None = None,
        tags: Mapping[str, str] | None = None,
        profile: bool = False,
        used: bool = True,
    ) -> None:
        """A role; `profile` gives it an instance profile of the same name, `used` a date of last use."""
        made = self._head("Role", "AROA", name, path)
        made["AssumeRolePolicyDocument"] = trusted
        made["InstanceProfileList"] = []
        if profile:
            role = {**self._head("Role", "AROA", name, path), "AssumeRolePolicyDocument": trusted}
            made["InstanceProfileList"] = [
                {
                    "Path": path,
                    "InstanceProfileName": name,
                    "InstanceProfileId": unique_id("AIPA", self.id, name),
                    "Arn": self.arn("instance-profile", name, path),
                    "CreateDate": made["CreateDate"],
                    "Roles": [role],
                }
            ]
        self.roles[name] = self._finish(made, "Role", attached, inline or {}, boundary, tags)
        last = {"LastUsedDate": recent(self.id, name), "Region": "eu-west-1"}
        self.roles[name]["RoleLastUsed"] = last if used else {}

    def service_linked(self, name: str, host: str, policy: str) -> None:
        """A service-linked role for the service principal `host`."""
        arn = f"arn:aws:iam::aws:policy/aws-service-role/{policy}"
        self.role(name, doc(trust({"Service": host})), [arn], path=f"/aws-service-role/{host}/")

    def identity_center(
        self, permission_set: str, attached: Sequence[str] = (), inline: Json | None = None
    ) -> None:
        """The role that IAM Identity Center provisions for a permission set."""
        name = f"AWSReservedSSO_{permission_set}_{hexadecimal(16, self.id, permission_set)}"
        trusted = doc(
            trust(
                {"Federated": self.sso_provider},
                ["sts:AssumeRoleWithSAML", "sts:TagSession"],
                {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
            )
        )
        policies = {"AwsSSOInlinePolicy": inline} if inline else {}
        self.role(name, trusted, attached, policies, path="/aws-reserved/sso.amazonaws.com/eu-west-1/")

    def resource(
        self,
        kind: str,
        arn: str,
        name: str,
        *,
        role: str | None = None,
        policy: Json | None = None,
        tags: Mapping[str, str] | None = None,
        region: str = "eu-west-1",
        **details: Any,
    ) -> None:
        """A resource; `kind` without `AWS::`, `role` the name of the role that it runs with."""
        self.resources.append(
            {
                "arn": arn,
                "type": f"AWS::{kind}",
                "name": name,
                "account": self.id,
                "region": region,
                "role": self.roles[role]["Arn"] if role else None,
                "policy": policy,
                "tags": dict(tags or {}),
                "details": details,
            }
        )

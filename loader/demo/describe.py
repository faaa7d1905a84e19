"""An account while it is being described; its entities are kept in AWS's export format.

Field names and their order follow the API reference of ``GetAccountAuthorizationDetails``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from loader.demo.aws import Json, date, doc, hexadecimal, managed, recent, trust, unique_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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

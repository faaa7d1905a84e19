"""Exports as AWS writes them, built by hand: files that the loader reads, with nothing of the engine's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from iam.escalation.web import Web
from iam.estate import Access
from loader.problems import Report
from loader.sources import read_sources

Json = dict[str, Any]
Row = tuple[str, str, *tuple[Any, ...]]
HOME, OTHER = "111122223333", "444455556666"
REGION = "us-east-1"
MADE = "2024-01-01T00:00:00Z"
ROOT = f"arn:aws:iam::{HOME}:root"
SELF = f"arn:aws:iam::{HOME}:user/${{aws:username}}"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
MANAGEMENT = "999900001111"
ASSUME = "sts:AssumeRole"
PASS = "iam:PassRole"
PUT = "iam:PutUserPolicy"
CREATE, INVOKE = "lambda:CreateFunction", "lambda:InvokeFunction"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
LAMBDA, EC2 = "lambda.amazonaws.com", "ec2.amazonaws.com"
_COLUMNS = (
    "user,arn,password_enabled,mfa_active,access_key_1_active,access_key_2_active,"
    "access_key_1_last_rotated,access_key_2_last_rotated"
)


def arn(kind: str, name: str) -> str:
    """The ARN of something in the home account: `arn("role", "app")`."""
    return f"arn:aws:iam::{HOME}:{kind}/{name}"


def here(service: str, rest: str) -> str:
    """The ARN of something in the account and region."""
    return f"arn:aws:{service}:{REGION}:{HOME}:{rest}"


def allow(action: Any, resource: Any = "*", condition: Json | None = None) -> Json:
    """An Allow statement."""
    return _statement("Allow", action, resource, condition)


def deny(action: Any, resource: Any = "*", condition: Json | None = None) -> Json:
    """A Deny statement."""
    return _statement("Deny", action, resource, condition)


def all_but(actions: Any, resource: Any = "*") -> Json:
    """An Allow statement with NotAction."""
    return {"Effect": "Allow", "NotAction": actions, "Resource": resource}


def elsewhere(action: Any, resource: Any) -> Json:
    """An Allow statement with NotResource."""
    return {"Effect": "Allow", "Action": action, "NotResource": resource}


def _statement(effect: str, action: Any, resource: Any, condition: Json | None) -> Json:
    made = {"Effect": effect, "Action": action, "Resource": resource}
    return made if condition is None else {**made, "Condition": condition}


RUN = allow([CREATE, INVOKE])
"""Making a function and running it."""


def trust(
    principal: Any,
    condition: Json | None = None,
    *,
    effect: str = "Allow",
    action: str | list[str] = "sts:AssumeRole",
) -> Json:
    """A statement of a trust policy. A text is a service where it ends so, else an AWS principal."""
    if isinstance(principal, str):
        principal = {"Service" if ".amazonaws.com" in principal else "AWS": principal}
    made = {"Effect": effect, "Principal": principal, "Action": action}
    return made if condition is None else {**made, "Condition": condition}


def text(*statements: Json, version: str = "2012-10-17") -> Json:
    """A policy's document; without a version where that is empty."""
    made: Json = {"Statement": list(statements)}
    return {"Version": version, **made} if version else made


class Export:
    """One account's export in the making."""

    def __init__(self, account: str = HOME, partition: str = "aws") -> None:
        self.account = account
        self.partition = partition
        self.details: dict[str, list[Json]] = {
            "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": [],
        }  # fmt: skip
        self.resources: list[Json] | None = None
        self.credentials: list[str] = []

    def arn(self, kind: str, name: str) -> str:
        """The ARN of something of IAM in this account."""
        return f"arn:{self.partition}:iam::{self.account}:{kind}/{name}"

    def user(
        self, name: str, *statements: Json, path: str = "/", groups: tuple[str, ...] = (),
        documents: tuple[Json, ...] = (), version: str = "2012-10-17", **fields: Any,
    ) -> str:  # fmt: skip
        """A user with an inline policy of these statements, and more inline policies (`documents`)."""
        inline = [text(*statements, version=version), *documents] if statements else [*documents]
        found = self._holder("User", name, path, inline, "UserPolicyList", **fields)
        self.details["UserDetailList"].append(found | {"GroupList": list(groups)})
        return str(found["Arn"])

    def role(
        self, name: str, trusting: Json | list[Json], *statements: Json, path: str = "/",
        profile: bool = False, **fields: Any,
    ) -> str:  # fmt: skip
        """A role that these statements let be assumed, in an instance profile of its name if asked for."""
        inline = [text(*statements)] if statements else []
        found = self._holder("Role", name, path, inline, "RolePolicyList", **fields)
        statements_ = trusting if isinstance(trusting, list) else [trusting]
        found |= {"AssumeRolePolicyDocument": text(*statements_), "InstanceProfileList": []}
        if profile:
            own = {key: found[key] for key in ("Path", "RoleName", "RoleId", "Arn", "CreateDate")}
            held = {**own, "AssumeRolePolicyDocument": found["AssumeRolePolicyDocument"]}
            found["InstanceProfileList"] = [
                {
                    "Path": path, "InstanceProfileName": name, "InstanceProfileId": f"AIPA{name}",
                    "Arn": self.arn("instance-profile", f"{path[1:]}{name}"), "CreateDate": MADE,
                    "Roles": [held],
                }
            ]  # fmt: skip
        self.details["RoleDetailList"].append(found)
        return str(found["Arn"])

    def boss(self, name: str, *trusting: Json, **fields: Any) -> str:
        """A role that is an administrator."""
        return self.role(name, list(trusting), attached=(self.administrator(),), **fields)

    def group(self, name: str, *statements: Json, **fields: Any) -> str:
        """A group."""
        inline = [text(*statements)] if statements else []
        found = self._holder("Group", name, "/", inline, "GroupPolicyList", **fields)
        self.details["GroupDetailList"].append(found)
        return str(found["Arn"])

    def policy(
        self, name: str, *statements: Json, older: tuple[Json, ...] = (), newer: tuple[Json, ...] = (),
        arn: str = "",
    ) -> str:  # fmt: skip
        """A managed policy; `older` and `newer` are versions that are not its default."""
        documents = [*older, text(*statements), *newer]
        versions = [
            {
                "Document": each,
                "VersionId": f"v{n}",
                "IsDefaultVersion": n == len(older) + 1,
                "CreateDate": MADE,
            }
            for n, each in enumerate(documents, 1)
        ]
        found = {
            "PolicyName": name, "PolicyId": f"ANPA{name}", "Arn": arn or self.arn("policy", name), "Path": "/",
            "DefaultVersionId": f"v{len(older) + 1}", "AttachmentCount": 1, "IsAttachable": True,
            "PermissionsBoundaryUsageCount": 0, "CreateDate": MADE, "UpdateDate": MADE,
            "PolicyVersionList": versions[::-1],
        }  # fmt: skip
        self.details["Policies"].append(found)
        return str(found["Arn"])

    def administrator(self) -> str:
        """The ARN of AdministratorAccess, whose text is put into the export once."""
        arn = f"arn:{self.partition}:iam::aws:policy/AdministratorAccess"
        if not any(each["Arn"] == arn for each in self.details["Policies"]):
            self.policy("AdministratorAccess", allow("*"), arn=arn)
        return arn

    def resource(
        self, arn: str, type_: str, role: str = "", policy: Json | None = None,
        tags: dict[str, str] | None = None, **details: Any,
    ) -> str:  # fmt: skip
        """A resource of the inventory."""
        self.resources = self.resources or []
        self.resources.append(
            {
                "arn": arn, "type": type_, "name": arn.rsplit("/", 1)[-1], "account": self.account,
                "region": REGION, "role": role or None, "policy": policy, "tags": tags or {},
                "details": details,
            }
        )  # fmt: skip
        return arn

    def credential(
        self, user: str, *, password: bool = False, mfa: bool = False, active: int = 0, keys: int = 0
    ) -> None:
        """A row of the credential report: how many keys are active, and how many there are."""
        flags = [password, mfa, active > 0, active > 1]
        made = [MADE if keys > place else "N/A" for place in (0, 1)]
        words = [str(flag).lower() for flag in flags]
        arn = next(each["Arn"] for each in self.details["UserDetailList"] if each["UserName"] == user)
        self.credentials.append(",".join([user, arn, *words, *made]))

    def _holder(
        self, kind: str, name: str, path: str, inline: list[Json], listed: str, *,
        attached: tuple[str, ...] = (), boundary: str = "", tags: dict[str, str] | None = None,
    ) -> Json:  # fmt: skip
        held = [{"PolicyName": each.rsplit("/", 1)[-1], "PolicyArn": each} for each in attached]
        found: Json = {
            "Path": path, f"{kind}Name": name, f"{kind}Id": f"ID{name}",
            "Arn": self.arn(kind.lower(), f"{path[1:]}{name}"), "CreateDate": MADE,
            listed: [{"PolicyName": f"p{n}", "PolicyDocument": each} for n, each in enumerate(inline)],
            "AttachedManagedPolicies": held,
        }  # fmt: skip
        if kind != "Group":
            found["Tags"] = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
        if boundary:
            found["PermissionsBoundary"] = {
                "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary
            }  # fmt: skip
        return found

    def write(self, folder: Path) -> None:
        """Write the account's files, as `iamatlas collect` lays them out."""
        own = folder / "accounts" / self.account
        own.mkdir(parents=True)
        (own / "authorization-details.json").write_text(json.dumps(self.details))
        if self.resources is not None:
            (own / "resources.json").write_text(json.dumps(self.resources))
        if self.credentials:
            (own / "credential-report.csv").write_text("\n".join([_COLUMNS, *self.credentials, ""]))


def web_of(folder: Path, *exports: Export, organization: Json | None = None) -> Web:
    """All steps within exports that are written to a folder and read from there."""
    for each in exports:
        each.write(folder)
    if organization is not None:
        (folder / "organization.json").write_text(json.dumps(organization))
    return Web(Access(read_sources([folder], Report()).estate))


def verdicts(web: Web) -> dict[str, str]:
    """What each user and role comes to, by name: `allowed`, `depends`, `admin`; left out if it stays below."""
    found = {path.source: path.verdict.value for path in web.best_paths(web.administrator_nodes)}
    found |= {p.arn: "admin" for p in web.administrators if not p.arn.endswith(":root")}
    return {arn.rsplit("/", 1)[-1]: verdict for arn, verdict in found.items()}


def people(export: Export, *rows: Row) -> dict[str, str]:
    """Users, one per row: name, what it comes to, statements, and a dict of other fields. Gives who gets up."""
    for name, _, *rest in rows:
        fields = rest.pop() if rest and "Effect" not in rest[-1] else {}
        export.user(name, *rest, **fields)
    return {name: verdict for name, verdict, *_ in rows if verdict != "-"}


def passed_to(*services: str) -> Json:
    """A condition on the service that a role is passed to."""
    return {"StringEquals": {"iam:PassedToService": list(services)}}


def equals(key: str, value: str) -> Json:
    """A condition of one key."""
    return {"StringEquals": {key: value}}


def like(key: str, value: str | list[str]) -> Json:
    """A condition of one key that holds an ARN."""
    return {"ArnLike": {key: value}}


def when(operator: str, key: str, value: str | list[str]) -> Json:
    """A condition of one key by any operator."""
    return {operator: {key: value}}


def organization(*accounts: str, denied: Json | None = None, on: str = "r-1") -> Json:
    """An organization of these accounts, the first of which manages it, with an SCP of one statement."""
    arn = f"arn:aws:organizations::{accounts[0]}:"
    policies = [("FullAWSAccess", allow("*"), ["r-1", *accounts])]
    if denied is not None:
        policies.append(("guard", denied, [on]))
    return {
        "organization": {
            "id": "o-1", "arn": f"{arn}organization/o-1", "management_account_id": accounts[0],
            "feature_set": "ALL",
        },
        "roots": [
            {"id": "r-1", "arn": f"{arn}root/o-1/r-1", "name": "Root",
             "policy_types": ["SERVICE_CONTROL_POLICY"]}
        ],
        "organizational_units": [],
        "accounts": [
            {"id": each, "arn": f"{arn}account/o-1/{each}", "name": each, "email": f"{each}@example.com",
             "status": "ACTIVE", "parent_id": "r-1"}
            for each in accounts
        ],
        "policies": [
            {"id": f"p-{name}", "arn": f"{arn}policy/o-1/service_control_policy/p-{name}", "name": name,
             "type": "SERVICE_CONTROL_POLICY", "aws_managed": False, "content": text(statement),
             "targets": targets}
            for name, statement, targets in policies
        ],
    }  # fmt: skip


def arranged(
    organized: Json,
    *policies: tuple[str, tuple[Json, ...], str],
    units: dict[str, str] | None = None,
    homes: dict[str, str] | None = None,
    full: tuple[str, ...] = (),
) -> Json:
    """An organization with more policies (kind, statements, target), units by parent, accounts moved into
    units, and FullAWSAccess on these places only, if given.
    """
    prefix = organized["organization"]["arn"].rpartition(":")[0]
    held = organized["policies"][0]
    for unit, parent in (units or {}).items():
        organized["organizational_units"].append(
            {"id": unit, "arn": f"{prefix}:ou/o-1/{unit}", "name": unit, "parent_id": parent}
        )
        held["targets"] = [*held["targets"], unit]
    for account in organized["accounts"]:
        account["parent_id"] = (homes or {}).get(account["id"], account["parent_id"])
    for number, (kind, statements, target) in enumerate(policies):
        organized["policies"].append(
            {"id": f"p-{number}", "arn": f"{prefix}:policy/o-1/{kind.lower()}/p-{number}", "name": f"p-{number}",
             "type": kind, "aws_managed": False, "content": text(*statements), "targets": [target]}
        )  # fmt: skip
    if full:
        held["targets"] = list(full)
    return organized

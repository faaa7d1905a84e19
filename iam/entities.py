"""What accounts hold: principals, groups, policies, resources and the organization around them.

Plain data, as read from an export or from the graph. Nothing is derived here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from iam.decision import Policy


class PrincipalType(StrEnum):
    """The kinds of principal, as answers name them."""

    USER = "user"
    ROLE = "role"
    ROOT = "root"
    SERVICE = "service"
    FEDERATED = "federated"
    ACCOUNT = "account"
    ANYONE = "anyone"


@dataclass(slots=True, kw_only=True)
class Principal:
    """A user, role, root user, service, identity provider, foreign account, or everyone.

    `arn` is the key: an ARN, a service's name (`ec2.amazonaws.com`), an account's root ARN for a foreign
    account, or `*`. `groups`, `attached` and `boundary` are ids of groups and policies. `loaded` is False
    for a principal that policies only refer to. `details` keeps what people want to see and nothing decides
    by (last use, keys, console access). `removed` are statements that are taken as gone from what it holds, by
    holder (an ARN) and id: set for "what if", never read from an export.
    """

    arn: str
    type: PrincipalType
    name: str
    account: str = ""
    path: str = "/"
    unique_id: str = ""
    created: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    inline: tuple[Policy, ...] = ()
    attached: tuple[str, ...] = ()
    boundary: str = ""
    trust: Policy | None = None
    loaded: bool = True
    details: Mapping[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    removed: frozenset[tuple[str, str]] = frozenset()

    @property
    def service_linked(self) -> bool:
        """Whether it is a role that AWS made for one of its services."""
        return ":role/aws-service-role/" in self.arn


@dataclass(slots=True, kw_only=True)
class Group:
    """A group of users. It is no principal: nobody acts as a group."""

    arn: str
    name: str
    account: str
    path: str = "/"
    unique_id: str = ""
    created: str = ""
    inline: tuple[Policy, ...] = ()
    attached: tuple[str, ...] = ()
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class PolicyVersion:
    """One version of a managed policy, as its document stands in the export."""

    version_id: str
    default: bool
    created: str
    raw: Any


@dataclass(slots=True, kw_only=True)
class ManagedPolicy:
    """A managed policy with its versions; `policy` is the default version, read. Its id is the ARN."""

    policy: Policy
    account: str
    path: str = "/"
    created: str = ""
    versions: tuple[PolicyVersion, ...] = ()
    managed_by_aws: bool = False
    warnings: list[str] = field(default_factory=list)

    @property
    def arn(self) -> str:
        """The policy's ARN."""
        return self.policy.id


@dataclass(slots=True, kw_only=True)
class InstanceProfile:
    """The holder through which an EC2 instance gets a role."""

    arn: str
    name: str
    account: str
    roles: tuple[str, ...] = ()
    path: str = "/"


@dataclass(slots=True, kw_only=True)
class Resource:
    """A resource that has a policy of its own, runs with a role, or both.

    `type` is CloudFormation's (`AWS::S3::Bucket`). `details` is as it came.
    """

    arn: str
    type: str
    name: str
    account: str
    region: str = ""
    role: str = ""
    policy: Policy | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class OrganizationalUnit:
    """A root or an organizational unit; `parent` is the id of the one above, empty for a root."""

    id: str
    name: str
    parent: str = ""


@dataclass(slots=True, kw_only=True)
class Organization:
    """An organization: its tree, and the service and resource control policies at each place of it.

    `parents` maps account ids to the id they hang under; `targets` maps an id (root, unit or account) to the
    ids of the policies attached there.
    """

    id: str
    management_account: str
    units: Mapping[str, OrganizationalUnit]
    parents: Mapping[str, str]
    policies: Mapping[str, Policy]
    targets: Mapping[str, tuple[str, ...]]
    account_names: Mapping[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def line(self, account: str) -> list[str]:
        """The ids from the root down to the account; empty for an account outside the organization."""
        if account not in self.parents:
            return []
        line = [account]
        at = self.parents[account]
        while at and at not in line:
            line.append(at)
            at = self.units[at].parent if at in self.units else ""
        return line[::-1]

    def path(self, account: str) -> str:
        """The account's place as `aws:PrincipalOrgPaths` writes it: `o-a1/r-b2/ou-c3/`."""
        return "/".join([self.id, *self.line(account)[:-1]]) + "/"


@dataclass(slots=True, kw_only=True)
class Account:
    """One loaded account with everything in it."""

    id: str
    partition: str = "aws"
    name: str = ""
    principals: dict[str, Principal] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    policies: dict[str, ManagedPolicy] = field(default_factory=dict)
    instance_profiles: dict[str, InstanceProfile] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    has_resources: bool = False
    has_credential_report: bool = False
    unread_services: tuple[str, ...] = ()
    source: str = ""
    warnings: list[str] = field(default_factory=list)

"""Synthetic accounts of any size, in the shape in which AWS exports an account, drawn from a seed.

They are for measuring and for tests that want many different principals: teams with users, groups, workload
roles and roles to assume; wildcards, denies, boundaries, conditions, variables, tags and trust of every kind.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from iam.managed_policies import managed_policy
from tests.synthetic_policies import (
    ENVIRONMENTS,
    MFA,
    REGIONS,
    Json,
    Place,
    allow,
    boundaries,
    deny,
    document,
    drawn_document,
    require_mfa,
    self_service,
)
from tests.synthetic_trust import OTHER_ACCOUNTS, TRUSTS, Trusting

ACCOUNT = "210987654321"
CREATED = "2023-04-0{}T08:15:00+00:00"
TEAM_SIZE = 50
"""Principals in a team: 20 users, 30 roles."""
PLATFORM_ENGINEERS = 30
"""Users who may assume every role of the account that lets them, at most."""

_FIRST = (
    "ada", "ben", "cleo", "dan", "eva", "finn", "gita", "hugo", "ines", "jon", "kaja", "liam", "mona",
    "nils", "olga", "paul", "rosa", "sven", "tara", "uwe", "vera",
)  # fmt: skip
_LAST = (
    "adler", "brandt", "costa", "diaz", "engel", "fischer", "garcia", "haas", "ito", "jansen", "klein",
    "lopez", "meier", "nowak", "okafor", "petrov",
)  # fmt: skip
_NOUNS = (
    "payments", "orders", "search", "catalog", "billing", "identity", "shipping", "pricing", "media",
    "fraud", "ledger", "risk",
)  # fmt: skip
_GENERAL = (
    "ReadOnlyAccess", "job-function/ViewOnlyAccess", "SecurityAudit", "AmazonS3ReadOnlyAccess",
    "CloudWatchReadOnlyAccess", "AmazonEC2ReadOnlyAccess", "AmazonDynamoDBReadOnlyAccess",
    "AWSCodeCommitPowerUser",
)  # fmt: skip
_FOR_WORKLOADS = (
    "service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole",
    "AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy", "AWSXRayDaemonWriteAccess",
    "service-role/AmazonECSTaskExecutionRolePolicy", "AmazonEC2ContainerRegistryReadOnly",
)  # fmt: skip


def synthetic_account(principals: int, seed: int, *, account: str = ACCOUNT, dense: bool = False) -> Json:
    """An account as `aws iam get-account-authorization-details` gives it, with so many users and roles.

    The same arguments give the same account. About 25 assumable roles come to each principal of a large
    account, 8 of a small one; with `dense` every user may assume every role that people assume. Raises
    ValueError for fewer than ten principals.
    """
    if principals < 10:
        raise ValueError("an account with groups, roles and chains needs ten principals or more")
    return _Drawing(principals, seed, account, dense).account()


def write_export(path: Path, export: Json) -> Path:
    """Write an account to a file (`.gz` is packed) or into a folder, where `load` looks for it.

    Gives the path of the file.
    """
    if not path.suffix:
        path = path / "accounts" / account_of(export) / "authorization-details.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(export, indent=1)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode(), 1, mtime=0))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def account_of(export: Json) -> str:
    """The account that an export is of."""
    arn: str = [*export["UserDetailList"], *export["RoleDetailList"]][0]["Arn"]
    return arn.split(":")[4]


class _Drawing:
    """One account on its way."""

    def __init__(self, principals: int, seed: int, account: str, dense: bool) -> None:
        self.r = Random(f"{principals} {seed} {dense}")  # noqa: S311 - nothing secret, and to be repeated
        self.id = account
        self.dense = dense
        self.users_wanted = principals * 2 // 5
        self.roles_wanted = principals - self.users_wanted
        self.teams = [self.team_name(number) for number in range(max(2, round(principals / TEAM_SIZE)))]
        self.users: list[Json] = []
        self.roles: list[Json] = []
        self.groups: list[Json] = []
        self.managed: dict[str, Json] = {}
        self.of_team: dict[str, list[str]] = {}
        self.capping = {name: self.policy(name, made) for name, made in boundaries(account).items()}

    def team_name(self, number: int) -> str:
        noun = _NOUNS[number % len(_NOUNS)]
        return noun if number < len(_NOUNS) else f"{noun}-{number // len(_NOUNS)}"

    def account(self) -> Json:
        self.company_groups()
        for team in self.teams:
            self.team(team)
        for number in range(self.users_wanted):
            self.users.append(self.user(number))
        self.all_roles()
        held = Counter(
            each["PolicyArn"]
            for holder in (*self.users, *self.roles, *self.groups)
            for each in holder["AttachedManagedPolicies"]
        )
        capped = Counter(
            each["PermissionsBoundary"]["PermissionsBoundaryArn"]
            for each in (*self.users, *self.roles)
            if "PermissionsBoundary" in each
        )
        policies = [*self.managed.values(), *(_aws(arn) for arn in sorted(held) if ":aws:policy/" in arn)]
        return {
            "UserDetailList": self.users,
            "GroupDetailList": self.groups,
            "RoleDetailList": self.roles,
            "Policies": [
                {
                    **each,
                    "AttachmentCount": held[each["Arn"]],
                    "PermissionsBoundaryUsageCount": capped[each["Arn"]],
                }
                for each in policies
            ],
            "IsTruncated": False,
        }

    # ------------------------------------------------------------ small parts

    def entity(self, kind: str, prefix: str, path: str, name: str) -> Json:
        unique = prefix + "".join(self.r.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=17))
        return {
            "Path": path,
            f"{kind}Name": name,
            f"{kind}Id": unique,
            "Arn": f"arn:aws:iam::{self.id}:{kind.lower()}{path}{name}",
            "CreateDate": CREATED.format(self.r.randint(1, 9)),
        }

    def policy(self, name: str, made: Json, path: str = "/") -> str:
        """Add a managed policy, a third of them with an older version; gives its ARN."""
        entity = self.entity("Policy", "ANPA", path, name)
        date = entity["CreateDate"]
        versions = [{"VersionId": "v1", "IsDefaultVersion": True, "CreateDate": date, "Document": made}]
        if self.r.random() < 0.33:
            older = document(allow("s3:ListAllMyBuckets", "*"))
            versions[0]["VersionId"] = "v2"
            versions.append(
                {"VersionId": "v1", "IsDefaultVersion": False, "CreateDate": date, "Document": older}
            )
        self.managed[entity["Arn"]] = {
            **entity,
            "DefaultVersionId": versions[0]["VersionId"],
            "IsAttachable": True,
            "UpdateDate": date,
            "PolicyVersionList": versions,
        }
        arn: str = entity["Arn"]
        return arn

    def place(self, team: str) -> Place:
        return Place(self.id, team, self.r.choice(ENVIRONMENTS), self.r.choice(REGIONS))

    def boundary(self, holder: Json) -> None:
        """Cap one in seven, most of them in a way that leaves assuming roles to them."""
        if self.r.random() < 0.15:
            arn = self.r.choice(list(self.capping.values()))
            holder["PermissionsBoundary"] = {
                "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
                "PermissionsBoundaryArn": arn,
            }

    def tags(self, team: str, **more: str) -> list[Json]:
        """The tags of an entity; one in ten lacks its team's."""
        tags = {"team": team, "cost-center": str(self.r.randint(100, 140)), **more}
        if self.r.random() < 0.1:
            del tags["team"]
        return [{"Key": key, "Value": value} for key, value in tags.items()]

    # ------------------------------------------------------------ groups

    def group(self, name: str, attached: Sequence[str], inline: Mapping[str, Json], path: str = "/") -> None:
        self.groups.append(
            {
                **self.entity("Group", "AGPA", path, name),
                "GroupPolicyList": _inline(inline),
                "AttachedManagedPolicies": [_attached(arn) for arn in attached],
            }
        )

    def company_groups(self) -> None:
        """The groups of the whole company: everyone, and those of a function."""
        own = self.policy("self-service", self_service(self.id))
        shared = document(allow("sts:AssumeRole", f"arn:aws:iam::{self.id}:role/shared/*", sid="SharedRoles"))
        if self.dense:
            shared = document(allow("sts:AssumeRole", "*"))
        self.group("everyone", [own], {"assume-shared-roles": shared})
        self.group("mfa-required", [self.policy("require-mfa", require_mfa())], {})
        any_role = document(allow("sts:AssumeRole", "*", sid="AnyRole"))
        self.group("platform", [_named("PowerUserAccess")], {"assume-any-role": any_role})
        self.group("auditors", [_named("SecurityAudit"), _named("ReadOnlyAccess")], {})
        self.group(
            "admins",
            [_named("AdministratorAccess")],
            {"assume-with-mfa": document(allow("sts:*", "*", MFA))},
        )

    def team(self, name: str) -> None:
        """A team's own policies, and the group of its users."""
        path = f"/teams/{name}/"
        own = [
            self.policy(f"{name}-{number}", drawn_document(self.r, self.place(name), 4), path)
            for number in range(10)
        ]
        self.of_team[name] = own
        assume = document(
            allow("sts:AssumeRole", f"arn:aws:iam::{self.id}:role/teams/{name}/*"),
            deny("sts:AssumeRole", f"arn:aws:iam::{self.id}:role/teams/{name}/break-glass-*"),
        )
        attached = [*self.r.sample(own, 2), _named(self.r.choice(_GENERAL))]
        self.group(name, attached, {"assume-team-roles": assume}, path)

    # ------------------------------------------------------------ users

    def user(self, number: int) -> Json:
        r = self.r
        team = self.teams[number * len(self.teams) // self.users_wanted]
        name = f"{_FIRST[number % len(_FIRST)]}.{r.choice(_LAST)}.{number}"
        groups = ["everyone", team]
        chance = r.random()
        if number % max(1, self.users_wanted // PLATFORM_ENGINEERS) == 0 and r.random() < 0.8:
            groups.append("platform")
        elif chance < 0.35:
            groups.append("mfa-required")
        elif chance < 0.38:
            groups.append("auditors")
        elif chance < 0.384:
            groups.append("admins")
        made: Json = {
            **self.entity("User", "AIDA", f"/teams/{team}/", name),
            "GroupList": groups,
            "AttachedManagedPolicies": self.attached(team, r.randint(0, 3), _GENERAL),
        }
        inline = {f"own-{index}": drawn_document(r, self.place(team), 2) for index in range(r.randint(1, 3))}
        made["UserPolicyList"] = _inline(inline)
        made["Tags"] = self.tags(team, email=f"{name}@example.com")
        self.boundary(made)
        return made

    def attached(self, team: str, own: int, general: Sequence[str]) -> list[Json]:
        """Some of the team's policies, and one or two of AWS's."""
        arns = [
            *self.r.sample(self.of_team[team], own),
            *map(_named, self.r.sample(general, self.r.randint(0, 2))),
        ]
        return [_attached(arn) for arn in arns]

    # ------------------------------------------------------------ roles

    def all_roles(self) -> None:
        trusting = Trusting(self.r, self.id, [each["Arn"] for each in self.users])
        kinds = list(TRUSTS)
        drawn = self.r.choices(kinds, list(TRUSTS.values()), k=self.roles_wanted)
        shared = min(37, self.roles_wanted // 12 + 1)
        people = self.users_wanted if self.dense else 0
        for number, kind in enumerate(drawn):
            team = self.teams[number * len(self.teams) // self.roles_wanted]
            if number < people:
                kind = "account"
            path, name, trust = trusting.role(
                kind, number, team, shared=number % max(1, self.roles_wanted // shared) == 0
            )
            self.roles.append(self.role(path, name, trust, team))
            trusting.made(self.roles[-1]["Arn"], team)

    def role(self, path: str, name: str, trust: Json, team: str) -> Json:
        r = self.r
        made: Json = {
            **self.entity("Role", "AROA", path, name),
            "AssumeRolePolicyDocument": trust,
            "InstanceProfileList": [],
            "RolePolicyList": [],
            "AttachedManagedPolicies": [],
            "Tags": self.tags(team),
            "RoleLastUsed": {"LastUsedDate": CREATED.format(r.randint(1, 9)), "Region": r.choice(REGIONS)},
        }
        if path.startswith("/aws-service-role/"):
            return made
        if '"ec2.amazonaws.com"' in json.dumps(trust):
            profile = self.entity("InstanceProfile", "AIPA", path, name)
            profile["Arn"] = f"arn:aws:iam::{self.id}:instance-profile{path}{name}"
            bare = {key: made[key] for key in ("Path", "RoleName", "RoleId", "Arn", "CreateDate")}
            made["InstanceProfileList"] = [
                {**profile, "Roles": [{**bare, "AssumeRolePolicyDocument": trust}]}
            ]
        inline = {
            f"{name}-{index}": drawn_document(r, self.place(team), 3) for index in range(r.randint(2, 4))
        }
        if r.random() < 0.2:  # the next link of a chain, or a role elsewhere
            onward = r.choice(
                (
                    f"arn:aws:iam::{self.id}:role/teams/{team}/chain-*",
                    f"arn:aws:iam::{self.id}:role/shared/*",
                    f"arn:aws:iam::{r.choice(OTHER_ACCOUNTS)}:role/deploy",
                )
            )
            inline["assume"] = document(allow("sts:AssumeRole", onward))
        made["RolePolicyList"] = _inline(inline)
        made["AttachedManagedPolicies"] = self.attached(team, r.randint(4, 7), _FOR_WORKLOADS)
        self.boundary(made)
        if r.random() < 0.004:
            made["AttachedManagedPolicies"] = [_attached(_named("AdministratorAccess"))]
        return made


def _inline(policies: Mapping[str, Json]) -> list[Json]:
    return [{"PolicyName": name, "PolicyDocument": made} for name, made in policies.items()]


def _attached(arn: str) -> Json:
    return {"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn}


def _named(name: str) -> str:
    return f"arn:aws:iam::aws:policy/{name}"


@cache
def _aws(arn: str) -> Json:
    """A policy of AWS's, with its real text."""
    text = managed_policy(arn)
    if text is None:
        raise ValueError(f"AWS has no managed policy {arn}")
    version: dict[str, Any] = {"VersionId": text.default_version_id, "IsDefaultVersion": True}
    version |= {"CreateDate": text.updated, "Document": text.document}
    return {
        "Path": text.path,
        "PolicyName": text.name,
        "PolicyId": "ANPA" + f"{sum(map(ord, arn)):017d}".translate(str.maketrans("01", "AB")),
        "Arn": arn,
        "CreateDate": text.created,
        "DefaultVersionId": text.default_version_id,
        "IsAttachable": True,
        "UpdateDate": text.updated,
        "PolicyVersionList": [version],
    }

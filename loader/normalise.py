"""One account put together from what its files say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam.arn import root_arn
from iam.entities import Account, Group, Principal, PrincipalType, Resource
from loader.details import Details
from loader.outsiders import unknown_principals
from loader.problems import Report, shown


def account_from_details(
    details: Details,
    resources: Mapping[str, Resource] | None,
    credentials: Mapping[str, Mapping[str, Any]] | None,
    report: Report,
) -> Account:
    """The account, with its root user, its users' groups by ARN, and entities in the order of their ARNs.

    `resources` and `credentials` are None where the account has no such file. Entities with something wrong
    are marked, and the report is told.
    """
    root = root_arn(details.account, details.partition)
    principals = dict(details.principals)
    principals[root] = Principal(arn=root, type=PrincipalType.ROOT, name="root", account=details.account)
    account = Account(
        id=details.account,
        partition=details.partition,
        principals=dict(sorted(principals.items())),
        groups=dict(sorted(details.groups.items())),
        policies=dict(sorted(details.policies.items())),
        instance_profiles=dict(sorted(details.profiles.items())),
        resources=dict(sorted((resources or {}).items())),
        has_resources=resources is not None,
        has_credential_report=credentials is not None,
        source=", ".join(dict.fromkeys(file.name for file in details.files)),
    )
    _join_groups(account, details, report)
    _check_profiles(account, report)
    for principal in account.principals.values():
        if principal.trust is not None:
            _mark_unknown(principal, "trust policy", list(unknown_principals(principal.trust)), report)
    for resource in account.resources.values():
        if resource.policy is not None:
            _mark_unknown(resource, "policy", list(unknown_principals(resource.policy)), report)
    _add_credentials(account, credentials or {}, report)
    return account


def _join_groups(account: Account, details: Details, report: Report) -> None:
    by_name: dict[str, Group] = {group.name: group for group in account.groups.values()}
    for arn, names in details.memberships.items():
        user = account.principals[arn]
        found = set()
        for name in names:
            if name in by_name:
                found.add(by_name[name].arn)
            else:
                user.warnings.append(
                    report.warn(
                        arn,
                        f"is in group {shown(name)}, which is not in the export: what it may do through that "
                        "group is not known",
                    )
                )
        user.groups = tuple(sorted(found))


def _check_profiles(account: Account, report: Report) -> None:
    for profile in account.instance_profiles.values():
        known = tuple(role for role in profile.roles if role in account.principals)
        for role in profile.roles:
            if role not in known:
                report.warn(profile.arn, f"hands out {role}, which is not in the export")
        profile.roles = known


def _mark_unknown(entity: Principal | Resource, what: str, names: list[str], report: Report) -> None:
    for name in dict.fromkeys(names):
        text = f"its {what} names {shown(name, 80)}, which is no principal that exists"
        entity.warnings.append(report.warn(entity.arn, text))


def _add_credentials(account: Account, credentials: Mapping[str, Mapping[str, Any]], report: Report) -> None:
    for arn, details in credentials.items():
        principal = account.principals.get(arn)
        if principal is None:
            report.warn(arn, "is in the credential report, but not in the export")
        else:
            principal.details = {**principal.details, **details}

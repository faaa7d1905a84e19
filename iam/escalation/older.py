"""Older versions of policies, as they would say it if one were made the default.

A version that is attached stands beside a principal's inline policies. A permissions boundary is found by the ARN
of its policy; so the older versions of policies that are boundaries are kept in the account under names of their
own, which no ARN has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from iam.decision import Policy
from iam.document import PolicyKind, read_document
from iam.entities import Account, ManagedPolicy
from iam.estate import Access, Estate

_MARK = " "


def older_versions(managed: ManagedPolicy) -> Iterator[Policy]:
    """The versions of a policy that are not its default, read."""
    for version in managed.versions:
        if not version.default:
            document = read_document(version.raw, PolicyKind.IDENTITY)
            name = f"{managed.policy.name}{_MARK}{version.version_id}"
            yield Policy(managed.arn, name, PolicyKind.IDENTITY, document)


def as_boundary(version: Policy) -> str:
    """What stands for an older version of a policy where the policy is a boundary."""
    return f"{version.id}{_MARK}{version.name.rpartition(_MARK)[2]}"


def is_older(arn: str) -> bool:
    """Whether this stands for an older version of a policy."""
    return _MARK in arn


def with_older_boundaries(access: Access) -> Access:
    """The same over an estate in which older versions of boundaries can be boundaries too."""
    known = access.estate
    accounts = {id_: _with_older(account) for id_, account in known.accounts.items()}
    if all(accounts[id_] is account for id_, account in known.accounts.items()):
        return access
    return access.over(Estate(accounts, known.organization, known.outsiders, known.now))


def _with_older(account: Account) -> Account:
    boundaries = {each.boundary for each in account.principals.values() if each.boundary}
    found = [account.policies[arn] for arn in sorted(boundaries) if arn in account.policies]
    older = [version for managed in found for version in older_versions(managed)]
    if not older:
        return account
    read = [replace(version, id=as_boundary(version)) for version in older]
    added = {each.id: ManagedPolicy(policy=each, account=account.id) for each in read}
    return replace(account, policies={**account.policies, **added})

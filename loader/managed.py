"""Managed policies that accounts use: AWS's own, whose text may stand elsewhere, and unknown ones.

An export names every attached policy and holds the text of most. What it doesn't hold comes from an account
loaded before or from the copy that this product brings along; the newest text of an export wins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graph.entities_rows import version_number
from iam.document import PolicyKind
from iam.entities import Account, Group, ManagedPolicy, PolicyVersion, Principal
from iam.managed_policies import managed_policies_version, managed_policy
from loader.documents import read_policy
from loader.problems import Report

_COPY = "its text is a copy that came with this program"


def complete_policies(
    accounts: Mapping[str, Account],
    texts: dict[str, str],
    known: Mapping[str, ManagedPolicy],
    report: Report,
) -> None:
    """Give each account the AWS-managed policies that it uses; mark who holds one whose text nobody has.

    `known` are those that the graph holds. The texts of what is taken from the copy are added to `texts`.
    Policies of AWS that nobody in an account holds are left out, as they grant nothing.
    """
    exported = _newest(accounts)
    chosen: dict[str, ManagedPolicy | None] = {}
    for account in accounts.values():
        used: dict[str, list[Principal | Group]] = {}
        for holder, arn in uses(account):
            used.setdefault(arn, []).append(holder)
        policies = {arn: each for arn, each in account.policies.items() if not each.managed_by_aws}
        for arn, holders in used.items():
            if arn in policies:
                continue
            if arn not in chosen:
                chosen[arn] = _choose(arn, exported.get(arn), known.get(arn), texts)
            policy = chosen[arn]
            if policy is not None and ":iam::aws:policy/" in arn:
                policies[arn] = policy
                continue
            for holder in holders:
                what = "permissions boundary" if getattr(holder, "boundary", "") == arn else "policy"
                text = f"has the {what} {arn}, whose text is not in the export: what it grants is not known"
                holder.warnings.append(report.warn(holder.arn, text))
        account.policies = dict(sorted(policies.items()))
    copied = sum(policy is not None and is_copy(policy) for policy in chosen.values())
    if copied:
        report.lacks(
            "",
            f"the text of {copied} AWS-managed policies is not in the export; it comes from the copy in "
            f"{managed_policies_version()}",
        )


def is_copy(policy: ManagedPolicy) -> bool:
    """Whether a policy's text comes from the bundled copy."""
    return any(text.startswith(_COPY) for text in policy.warnings)


def _newest(accounts: Mapping[str, Account]) -> dict[str, ManagedPolicy]:
    found: dict[str, ManagedPolicy] = {}
    for account in accounts.values():
        for arn, policy in account.policies.items():
            if policy.managed_by_aws and (arn not in found or _age(policy) > _age(found[arn])):
                found[arn] = policy
    return found


def _age(policy: ManagedPolicy) -> int:
    return max((version_number(each.version_id) for each in policy.versions if each.default), default=0)


def _choose(
    arn: str, exported: ManagedPolicy | None, known: ManagedPolicy | None, texts: dict[str, str]
) -> ManagedPolicy | None:
    if exported is not None:
        if known is not None and known.versions == exported.versions and not is_copy(known):
            return known  # the same: nothing to write
        newer = known is not None and not is_copy(known) and _age(known) > _age(exported)
        return known if newer else exported
    return known or _copied(arn, texts)


def _copied(arn: str, texts: dict[str, str]) -> ManagedPolicy | None:
    text = managed_policy(arn)
    if text is None:
        return None
    read = read_policy(text.document, arn, text.name, PolicyKind.IDENTITY)
    texts[arn] = read.text
    adapted = "" if text.exact else ", adapted from another partition"
    return ManagedPolicy(
        policy=read.policy,
        account="",
        path=text.path,
        created=text.created,
        versions=(
            PolicyVersion(
                version_id=text.default_version_id, default=True, created=text.updated, raw=text.document
            ),
        ),
        managed_by_aws=True,
        warnings=[f"{_COPY} ({managed_policies_version()}){adapted}"],
    )


def uses(account: Account) -> Iterator[tuple[Principal | Group, str]]:
    """Who holds which managed policy, boundaries included: pairs of holder and ARN."""
    for principal in account.principals.values():
        yield from ((principal, arn) for arn in principal.attached)
        if principal.boundary:
            yield principal, principal.boundary
    for group in account.groups.values():
        yield from ((group, arn) for arn in group.attached)

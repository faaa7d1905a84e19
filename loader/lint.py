"""Policies read with a linter's eye as they are loaded: what `iam.lint` says of each, for the graph to keep."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from graph.entities import statement_id
from iam.decision import Policy
from iam.document import Problem
from iam.entities import Account, Group, Organization, Principal, PrincipalType
from iam.lint import LENGTH_LIMITS, lint, policy_length, rule_of

Marks = dict[str, dict[str, list[str]]]
"""By the id of a statement or a policy: its warnings, their rules and their levels, in the same order."""

_IN_STATEMENT = re.compile(r"Statement\[(\d+)\]")
_LIMITS_BY_TYPE = {"AWS::S3::Bucket": LENGTH_LIMITS["bucket"], "AWS::KMS::Key": LENGTH_LIMITS["key"]}


class _Reading(NamedTuple):
    """One policy to be read: how long it may be, None for any length, and whether AWS wrote it."""

    policy: Policy
    limit: int | None = None
    by_aws: bool = False


def policy_marks(
    accounts: Collection[Account],
    organization: Organization | None,
    own: Collection[str],
    texts: Mapping[str, str],
) -> Marks:
    """What is doubtful about the policies of these accounts and of the organization.

    Policies that AWS manages are left out: nobody else could change them. `own` are the ids of all accounts
    that belong together, empty where that isn't known; `texts` are the policies' documents by their ids.
    """
    marks: Marks = {}
    known: dict[tuple[int, int | None, bool], list[Problem]] = {}
    for policy, limit, by_aws in _readings(accounts, organization, texts):
        key = (id(policy.document), limit, by_aws)  # equal texts are one document
        problems = known.get(key)
        if problems is None:
            text = texts[policy.id] if limit is not None else None
            doubts = lint(
                policy.document,
                policy.kind,
                raw=text,
                managed_by_aws=by_aws,
                accounts=own,
                length_limit=limit,
            )
            problems = known[key] = [*policy.document.problems, *doubts]
        for problem in problems:
            _mark(marks, policy, problem)
    return marks


def _mark(marks: Marks, policy: Policy, problem: Problem) -> None:
    found = _IN_STATEMENT.match(problem.place)
    key = statement_id(policy.id, int(found[1])) if found and policy.document.statements else policy.id
    mark = marks.setdefault(key, {"lint": [], "lint_rules": [], "lint_levels": []})
    mark["lint"].append(str(problem))
    mark["lint_rules"].append(problem.rule)
    mark["lint_levels"].append(rule_of(problem.rule).level.value)


def _readings(
    accounts: Collection[Account], organization: Organization | None, texts: Mapping[str, str]
) -> Iterator[_Reading]:
    for account in accounts:
        for managed in account.policies.values():
            if not managed.managed_by_aws:
                yield _Reading(managed.policy, LENGTH_LIMITS["managed"])
        for principal in account.principals.values():
            kind = "role" if principal.type is PrincipalType.ROLE else "user"
            yield from _inline(principal, LENGTH_LIMITS[kind], texts)
            if principal.trust is not None:
                by_aws = principal.path.startswith(("/aws-service-role/", "/aws-reserved/"))
                yield _Reading(principal.trust, LENGTH_LIMITS["trust"], by_aws)
        for group in account.groups.values():
            yield from _inline(group, LENGTH_LIMITS["group"], texts)
        for resource in account.resources.values():
            if resource.policy is not None:
                yield _Reading(resource.policy, _LIMITS_BY_TYPE.get(resource.type))
    if organization is not None:
        for policy in organization.policies.values():
            if not policy.id.endswith("FullAWSAccess"):
                yield _Reading(policy)


def _inline(holder: Principal | Group, limit: int, texts: Mapping[str, str]) -> Iterator[_Reading]:
    """The inline policies; where they are too long together, each with the room that the others leave it."""
    lengths = [policy_length(texts[policy.id]) or 0 for policy in holder.inline]
    over = sum(lengths) > limit
    for policy, length in zip(holder.inline, lengths, strict=True):
        yield _Reading(policy, limit - sum(lengths) + length if over else None)

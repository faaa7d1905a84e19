"""Policies read with a linter's eye as they are loaded: what `iam.lint` says of each, for the graph to keep."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from graph.entities import statement_id
from iam.decision import Policy
from iam.document import Problem
from iam.entities import Account, Group, Organization, Principal, PrincipalType
from iam.lint import LENGTH_LIMITS, lint, policy_length, rule_of, strangers
from iam.lint.trust import NO_EXTERNAL_ID

if TYPE_CHECKING:
    from neo4j import Transaction

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


def renew_strangers(transaction: Transaction, accounts: Iterable[Account], own: Collection[str]) -> None:
    """Say anew which accounts that roles trust are strangers, of accounts that stay as they were loaded.

    Who is no stranger changes with every account and organization that is loaded or taken out. `own` are the ids
    of all accounts that belong together, as for `policy_marks`.
    """
    meant: dict[str, list[Problem]] = {}
    for account in accounts:
        for principal in account.principals.values():
            if principal.trust is None:
                continue
            problems = strangers(principal.trust.document, own)
            for statement in principal.trust.document.statements:
                if any(kind == "AWS" for kind, _ in statement.principals or ()):
                    meant[statement_id(principal.trust.id, statement.index)] = [
                        each for each in problems if each.place.startswith(f"Statement[{statement.index}].")
                    ]
    changed = []
    for row in transaction.run(_MARKS, ids=list(meant)):
        mark = [row["lint"] or [], row["rules"] or [], row["levels"] or []]
        kept = [each for each in zip(*mark, strict=True) if each[1] != NO_EXTERNAL_ID.name]
        new = [(str(each), each.rule, NO_EXTERNAL_ID.level.value) for each in meant[row["id"]]]
        if sorted([*kept, *new]) != sorted(zip(*mark, strict=True)):
            now = [*kept, *new]
            texts, rules, levels = ([each[at] for each in now] or None for at in range(3))
            changed.append({"id": row["id"], "lint": texts, "rules": rules, "levels": levels})
    if changed:
        transaction.run(_SET_MARKS, rows=changed).consume()


_MARKS = (
    "UNWIND $ids AS id MATCH (s:Statement {id: id}) "
    "RETURN s.id AS id, s.lint AS lint, s.lint_rules AS rules, s.lint_levels AS levels"
)
_SET_MARKS = (
    "UNWIND $rows AS row MATCH (s:Statement {id: row.id}) "
    "SET s.lint = row.lint, s.lint_rules = row.rules, s.lint_levels = row.levels"
)


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

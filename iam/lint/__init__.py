"""Policies read with a linter's eye: what AWS accepts and yet does not do what it says.

`lint` adds to the problems that reading a document finds. It stays silent where it can't be sure: the
catalogue has gaps, and a false alarm costs more than a fault unsaid.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from iam.document import Document, PolicyKind, Problem
from iam.lint import actions, grants, keys, principals, reading, resources, trust, values, variables, whole
from iam.lint.look import MAXIMUM_PROBLEMS, Enough, Look
from iam.lint.rules import GUIDE, Level, Rule
from iam.lint.whole import LENGTH_LIMITS, policy_length

__all__ = [
    "GROUPS", "LENGTH_LIMITS", "MAXIMUM_PROBLEMS", "RULES", "Level", "Rule", "lint", "policy_length",
    "rule_of", "strangers",
]  # fmt: skip

NOT_ALL_CHECKED = Rule(
    "not-all-checked", Level.NOTE,
    "The policy has far more entries than AWS accepts, or more warnings than anybody reads.",
    "The rest of it was not looked at.",
    "A policy with 10,000 resources.",
    GUIDE + "reference_iam-quotas.html",
)  # fmt: skip

GROUPS: tuple[tuple[str, tuple[Rule, ...]], ...] = (
    ("The document as it is read", reading.RULES),
    ("The document as a whole", (*whole.RULES, NOT_ALL_CHECKED)),
    ("Actions", actions.RULES),
    ("Resources", resources.RULES),
    ("Principals", principals.RULES),
    ("Trust", trust.RULES),
    ("What is allowed", grants.RULES),
    ("Condition keys", keys.RULES),
    ("Condition values", values.RULES),
    ("Policy variables", variables.RULES),
)
"""The rules by what they look at."""
RULES: tuple[Rule, ...] = tuple(rule for _, group in GROUPS for rule in group)
"""All rules, those of reading included."""

# The largest policy that AWS takes from customers, a key policy of 32 kB, has room for some 2,000 actions or
# ARNs; AWS's own have up to 5,000.
_MAXIMUM_ENTRIES = 8_000
_CHECKS = (
    actions.check, resources.check, principals.check, trust.check, grants.check, keys.check, values.check,
    variables.check,
)  # fmt: skip


@cache
def _by_name() -> dict[str, Rule]:
    return {rule.name: rule for rule in RULES}


def rule_of(name: str) -> Rule:
    """The rule of a Problem's `rule`. Raises KeyError for a name that no rule has."""
    return _by_name()[name]


def strangers(document: Document, accounts: Collection[str]) -> list[Problem]:
    """What `lint` says of a trust policy that turns on which `accounts` are one's own, and on nothing else."""
    look = Look(PolicyKind.TRUST, accounts=accounts)
    for statement in document.statements:
        trust.check_strangers(statement, look)
    return look.found


def lint(
    document: Document,
    kind: PolicyKind,
    *,
    raw: object = None,
    managed_by_aws: bool = False,
    accounts: Collection[str] = (),
    length_limit: int | None = None,
) -> list[Problem]:
    """What is doubtful about a policy, beyond `document.problems`; never fatal, in the order of statements.

    `raw` is what the document was read from, if at hand; its length is taken from it.
    A policy `managed_by_aws` (trust policies of service-linked roles are, too) is spared what only AWS could
    change. `accounts` are the ids of the accounts of the policy's owner, such as those of an organization;
    without them nothing is said of trust in strangers. `length_limit` is one of
    LENGTH_LIMITS (for an entity's inline policies, what the others leave); None looks at no length. Never
    raises for what a policy holds.
    """
    look = Look(kind, managed_by_aws, accounts)
    entries = 0
    try:
        whole.check(document, look, raw, length_limit)
        for statement in document.statements:
            entries += 1 + len(statement.actions or statement.not_actions)
            entries += len(statement.resources or statement.not_resources)
            entries += len(statement.principals or statement.not_principals or ())
            entries += sum(1 + len(condition.values) for condition in statement.conditions)
            if entries > _MAXIMUM_ENTRIES:
                raise Enough  # noqa: TRY301
            for check in _CHECKS:
                check(statement, look)
    except Enough:
        pass
    else:
        if not look.left_out:
            return look.found
    last = Problem(NOT_ALL_CHECKED.name, "", "the rest of the policy was not looked at", fatal=False)
    return [*look.found, last]

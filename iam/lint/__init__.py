"""Policies read with a linter's eye: what AWS accepts and yet does not do what it says.

`lint` adds to the problems that reading a document finds. It stays silent where it can't be sure: the
catalogue has gaps, and a false alarm costs more than a fault unsaid.
"""

from __future__ import annotations

from functools import cache

from iam.document import Document, PolicyKind, Problem
from iam.lint import actions, grants, keys, principals, reading, resources, trust, values, variables, whole
from iam.lint.look import MAXIMUM_PROBLEMS, Enough, Look
from iam.lint.rules import GUIDE, Level, Rule
from iam.lint.whole import LENGTH_LIMITS, policy_length

__all__ = [
    "LENGTH_LIMITS", "MAXIMUM_PROBLEMS", "RULES", "Level", "Rule", "lint", "policy_length", "rule_of",
]  # fmt: skip

NOT_ALL_CHECKED = Rule(
    "not-all-checked", Level.NOTE,
    "The policy has far more entries than AWS accepts, or more warnings than anybody reads.",
    "The rest of it was not looked at.",
    "A policy with 10,000 resources.",
    GUIDE + "reference_iam-quotas.html",
)  # fmt: skip

_GROUPS = (
    ("as it is read", reading.RULES),
    ("as a whole", (*whole.RULES, NOT_ALL_CHECKED)),
    ("actions", actions.RULES),
    ("resources", resources.RULES),
    ("principals", principals.RULES),
    ("trust", trust.RULES),
    ("what it allows", grants.RULES),
    ("condition keys", keys.RULES),
    ("condition values", values.RULES),
    ("policy variables", variables.RULES),
)
RULES: tuple[Rule, ...] = tuple(rule for _, group in _GROUPS for rule in group)
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


def lint(
    document: Document,
    kind: PolicyKind,
    *,
    raw: object = None,
    managed_by_aws: bool = False,
    account: str = "",
    length_limit: int | None = None,
) -> list[Problem]:
    """What is doubtful about a policy, beyond `document.problems`; never fatal, in the order of statements.

    `raw` is what the document was read from, if at hand (for its length, and for keys that stand twice).
    A policy `managed_by_aws` is spared what only AWS could change. `account` is the id of the account that
    the policy belongs to; without it nothing is said of trust between accounts. `length_limit` is one of
    LENGTH_LIMITS (for an entity's inline policies, what the others leave); None looks at no length. Never
    raises for what a policy holds.
    """
    look = Look(kind, managed_by_aws, account)
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
        last = Problem(NOT_ALL_CHECKED.name, "", "the rest of the policy was not looked at", fatal=False)
        return [*look.found, last]
    return look.found

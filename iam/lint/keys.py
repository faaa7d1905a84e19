"""Warnings about the keys of conditions: which exist, which an action knows, how many values they have."""

from __future__ import annotations

from functools import lru_cache

from iam.catalogue import ConditionKey, condition_key, services
from iam.condition import FOR_ALL, Condition
from iam.document import PolicyKind, Statement
from iam.lint.actions import fault_of
from iam.lint.facts import action_facts, key_head
from iam.lint.look import Look, listed, quoted, tested
from iam.lint.rules import CHECKS, GUIDE, Level, Rule

_KEYS_PAGE = GUIDE + "reference_policies_condition-keys.html"
_TABLE_PAGE = GUIDE + "reference_policies_actions-resources-contextkeys.html"
_VALUES_PAGE = GUIDE + "reference_policies_condition-single-vs-multi-valued-context-keys.html"
_OPERATORS_PAGE = GUIDE + "reference_policies_elements_condition_operators.html"

UNKNOWN_KEY = Rule(
    "unknown-condition-key", Level.ERROR,
    "A condition key is not in the catalogue.",
    "No request has a key that does not exist. A positive test of it is never met; a negated one, or one "
    "with IfExists, always.",
    {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"NotIpAddress": {"aws:SourceIpAddress": "198.51.100.0/24"}},
    },
    CHECKS,
)  # fmt: skip
KEY_NOT_FOR_ACTION = Rule(
    "key-not-for-action", Level.NOTE,
    "A condition asks for a key that, says the catalogue, requests of the action do not have.",
    "The key is missing in each such request, so the test is never met and the statement does not speak of "
    "the action. AWS's lists have gaps: try it before you rely on it.",
    {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::my-bucket/*",
        "Condition": {"StringEquals": {"s3:prefix": "home/"}},
    },
    _TABLE_PAGE,
)  # fmt: skip
SET_OPERATOR = Rule(
    "set-operator-on-single-value", Level.NOTE,
    "ForAllValues tests a key that has at most one value.",
    "ForAllValues is met when the key is missing, so an Allow reaches further than it seems to.",
    {
        "Effect": "Allow",
        "Action": "ec2:StartInstances",
        "Resource": "*",
        "Condition": {"ForAllValues:StringEquals": {"aws:ResourceTag/team": "blue"}},
    },
    _VALUES_PAGE,
)  # fmt: skip
NO_SET_OPERATOR = Rule(
    "multivalued-key-without-set-operator", Level.ERROR,
    "A key that may have several values is tested without ForAllValues or ForAnyValue.",
    "AWS asks for a set operator with such keys; without one, what the test says of several values is not "
    "defined.",
    {
        "Effect": "Allow",
        "Action": "ec2:CreateTags",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:TagKeys": ["team", "cost"]}},
    },
    _VALUES_PAGE,
)  # fmt: skip
OPERATOR_TYPE = Rule(
    "operator-type", Level.ERROR,
    "The operator compares another type of value than the key has.",
    "The value of the request can't be read as the operator wants it, so the test never compares.",
    {
        "Effect": "Allow",
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringLike": {"aws:SourceIp": "198.51.100.0/24"}},
    },
    _OPERATORS_PAGE,
)  # fmt: skip

TWICE_IN_OTHER_CASE = Rule(
    "key-twice-in-other-case", Level.ERROR,
    "A condition key stands twice under one operator, in upper and lower case.",
    "Names of condition keys have no case, so both are the same key. AWS's own check of policies calls this an "
    "error, and AWS doesn't say which of the two counts; here both must be met. Write the key once, with all its "
    "values.",
    {
        "Effect": "Allow",
        "Action": "s3:ListAllMyBuckets",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:username": "ann", "AWS:UserName": "bob"}},
    },
    CHECKS + "#access-analyzer-reference-policy-checks-error-duplicate-keys-with-different-case",
)  # fmt: skip

RULES = (UNKNOWN_KEY, KEY_NOT_FOR_ACTION, SET_OPERATOR, NO_SET_OPERATOR, OPERATOR_TYPE, TWICE_IN_OTHER_CASE)

# A rule's pattern may hold several of a kind, but mostly holds one, and AWS's own policies count on that.
_ONE_AT_A_TIME = "events:"
# Keys that AWS no longer documents and still sends. The first stands in the policy that a topic begins with:
# https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
_OLD_KEYS = {"aws:sourceowner", "aws:principalorgmasteraccountid"}
# Operators that can't compare a key of this type in any way.
_MISFITS = {
    "IPAddress": {"number", "date", "bool", "arn"},
    "Bool": {"number", "date", "address", "arn"},
    "Date": {"address", "bool", "arn"},
    "Numeric": {"address", "bool", "arn"},
    "ARN": {"number", "date", "address", "bool"},
}


@lru_cache(maxsize=1)
def _services() -> frozenset[str]:
    return frozenset(services())


def in_catalogue(key: str) -> bool | None:
    """Whether a condition key exists. None for keys of which the catalogue need not know: those of identity
    providers, of which anyone may have one, and those of old.
    """
    if key.lower() in _OLD_KEYS:
        return None
    if len(key) <= 512 and condition_key(key) is not None:
        return True
    prefix, colon, _ = key.lower().partition(":")
    if colon and prefix not in _services() and prefix != "aws" and ("." in prefix or "/" in prefix):
        return None
    return False


def check(statement: Statement, look: Look) -> None:
    """Look at the keys that a statement's conditions test."""
    _check_case(statement, look)
    for condition in statement.conditions:
        where = tested(statement, condition)
        exists = in_catalogue(condition.name)
        if exists is None:
            continue
        if not exists:
            if look.managed_by_aws:
                continue
            near = look.nearest_key(condition.name)
            look.say(UNKNOWN_KEY, where, f"the key {quoted(condition.name)} is not in the catalogue{near}")
            continue
        known = condition_key(condition.name)
        if known is None:
            continue
        _check_values(condition, known, where, look)
        if look.kind is not PolicyKind.TRUST:
            _check_actions(statement, condition, known, where, look)


def _check_case(statement: Statement, look: Look) -> None:
    """Keys that are the same but for upper and lower case, under one operator."""
    spelled: dict[tuple[str, str], Condition] = {}
    for condition in statement.conditions:
        first = spelled.setdefault((condition.operator_text, condition.key), condition)
        if first.name != condition.name:
            look.say(
                TWICE_IN_OTHER_CASE, tested(statement, condition),
                f"{quoted(first.name)} and {quoted(condition.name)} are the same key",
            )  # fmt: skip


def _check_values(condition: Condition, known: ConditionKey, where: str, look: Look) -> None:
    """The number and the type of the key's values against the operator."""
    family = condition.operator.family
    if family == "null":
        return
    if condition.quantifier == FOR_ALL and not known.multivalued:
        look.say(
            SET_OPERATOR, where,
            f"{known.name} has at most one value, and ForAllValues is met when it has none",
        )  # fmt: skip
    if not condition.quantifier and known.multivalued and not known.name.startswith(_ONE_AT_A_TIME):
        look.say(NO_SET_OPERATOR, where, f"{known.name} may have several values and needs a set operator")
    misfits = _MISFITS.get(known.value_type, set())
    in_text = family == "text" and known.value_type == "IPAddress" and _has_network(condition)
    if family in misfits or in_text:
        look.say(
            OPERATOR_TYPE, where,
            f"{condition.operator.name} does not fit {known.name}, which is of type {known.value_type}",
        )  # fmt: skip


def _has_network(condition: Condition) -> bool:
    return any("/" in value.text for value in condition.values)


def _check_actions(
    statement: Statement, condition: Condition, known: ConditionKey, where: str, look: Look
) -> None:
    """The key against the statement's actions."""
    # Negated tests and those with IfExists are met without the key, as their author may well know.
    operator = condition.operator
    lenient = condition.if_exists or operator.negated or operator.family == "null"
    if lenient or condition.quantifier == FOR_ALL or known.everywhere or look.managed_by_aws:
        return
    if any(not action.strip("*:") or fault_of(action) for action in statement.actions):
        return
    head = key_head(known.name)
    every = [action_facts(action.lower()) for action in statement.actions]
    strangers = [
        action for action, facts in zip(statement.actions, every, strict=True) if head not in facts.keys
    ]
    if not strangers:
        return
    if known.name.startswith("aws:"):
        # AWS lists tag keys incompletely. Sure is that nothing is tagged by reading, and that what has no
        # resource has no resource's tags.
        of_resource = head == "aws:resourcetag/"
        sure = all(not facts.types if of_resource else facts.reads for facts in every)
        if len(strangers) < len(every) or not sure:
            return
    look.say(
        KEY_NOT_FOR_ACTION, where, f"the catalogue knows no {known.name} in requests of {listed(strangers)}"
    )

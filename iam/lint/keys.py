"""Warnings about the keys of conditions: which exist, which an action knows, how many values they have."""

from __future__ import annotations

from functools import lru_cache

from iam.catalogue import ConditionKey, condition_key, services
from iam.condition import FOR_ALL, Condition
from iam.document import PolicyKind, Statement
from iam.lint.actions import fault_of
from iam.lint.facts import action_facts
from iam.lint.look import Look, listed, place, quoted
from iam.lint.rules import CHECKS, GUIDE, Level, Rule

_KEYS_PAGE = GUIDE + "reference_policies_condition-keys.html"
_TABLE_PAGE = GUIDE + "reference_policies_actions-resources-contextkeys.html"
_VALUES_PAGE = GUIDE + "reference_policies_condition-single-vs-multi-valued-context-keys.html"
_OPERATORS_PAGE = GUIDE + "reference_policies_elements_condition_operators.html"

UNKNOWN_KEY = Rule(
    "unknown-condition-key", Level.ERROR,
    "A condition key is not in the catalogue.",
    "No request has a key that does not exist. A positive test of it is never met; a negated one, or one with "
    "IfExists, always.",
    {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"NotIpAddress": {"aws:SourceIpAddress": "198.51.100.0/24"}},
    },
    CHECKS,
)  # fmt: skip
KEY_NOT_FOR_ACTION = Rule(
    "key-not-for-action", Level.ERROR,
    "A condition asks for a key that requests of the action do not have.",
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

RULES = (UNKNOWN_KEY, KEY_NOT_FOR_ACTION, SET_OPERATOR, NO_SET_OPERATOR, OPERATOR_TYPE)

_SHOWN = 128
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
    """Whether a condition key exists. None for keys of identity providers, of which anyone may have one."""
    if len(key) <= 512 and condition_key(key) is not None:
        return True
    prefix, colon, _ = key.lower().partition(":")
    if colon and prefix not in _services() and prefix != "aws" and ("." in prefix or "/" in prefix):
        return None
    return False


def check(statement: Statement, look: Look) -> None:
    """Look at the keys that a statement's conditions test."""
    for condition in statement.conditions:
        where = place(statement, f"Condition.{condition.operator_text}.{condition.name[:_SHOWN]}")
        exists = in_catalogue(condition.name)
        if exists is None:
            continue
        if not exists:
            near = look.nearest_key(condition.name)
            look.say(UNKNOWN_KEY, where, f"the key {quoted(condition.name)} is not in the catalogue{near}")
            continue
        known = condition_key(condition.name)
        if known is None:
            continue
        _check_values(condition, known, where, look)
        if look.kind is not PolicyKind.TRUST:
            _check_actions(statement, condition, known, where, look)


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
    if not condition.quantifier and known.multivalued:
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
    if (
        known.everywhere or look.managed_by_aws or not statement.actions or condition.if_exists
        or condition.operator.negated or condition.operator.family == "null" or condition.quantifier == FOR_ALL
        or any(not action.strip("*:") or fault_of(action) for action in statement.actions)
    ):  # fmt: skip
        return
    strangers = [a for a in statement.actions if known.name not in action_facts(a.lower()).keys]
    # AWS lists tag keys incompletely; only where no action of a statement is known to have one, it is said.
    if not strangers or (known.name.startswith("aws:") and len(strangers) < len(statement.actions)):
        return
    if known.name.startswith("aws:ResourceTag/") and any(
        action_facts(action.lower()).types for action in statement.actions
    ):
        return
    look.say(KEY_NOT_FOR_ACTION, where, f"requests of {listed(strangers)} do not have {known.name}")

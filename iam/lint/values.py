"""Warnings about the values of conditions, and about conditions that no request can meet."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal

from iam.catalogue import condition_key
from iam.condition import TEXT_FAMILIES, Condition
from iam.document import Statement
from iam.formula import all_of
from iam.lint.look import Look, place, quoted, tested
from iam.lint.rules import CHECKS, GUIDE, Level, Rule
from iam.lint.variables import without_variables
from iam.solve import simplify
from iam.template import Template

_OPERATORS_PAGE = GUIDE + "reference_policies_elements_condition_operators.html"
_LOGIC_PAGE = GUIDE + "reference_policies_condition-logic-multiple-context-keys-or-values.html"

WILDCARD_VALUE = Rule(
    "wildcard-without-like", Level.ERROR,
    "A wildcard stands in a value that is compared letter by letter.",
    "StringEquals takes `*` and `?` as they are. StringLike was probably meant.",
    {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": "arn:aws:s3:::my-bucket",
        "Condition": {"StringEquals": {"s3:prefix": "home/*"}},
    },
    CHECKS,
)  # fmt: skip
NO_ARN = Rule(
    "value-no-arn", Level.ERROR,
    "An ARN operator has a value that is no ARN.",
    "ARN operators compare the six parts of an ARN one by one; a value with fewer parts matches nothing.",
    {
        "Effect": "Deny",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"ArnLike": {"aws:PrincipalArn": "*:role/intern-*"}},
    },
    _OPERATORS_PAGE,
)  # fmt: skip
PRIVATE_ADDRESS = Rule(
    "private-source-address", Level.ERROR,
    "aws:SourceIp is compared with a private network.",
    "aws:SourceIp is the public address of the caller, and missing for calls through a VPC endpoint. The key "
    "for private addresses is aws:VpcSourceIp.",
    {
        "Effect": "Allow",
        "Action": "s3:ListAllMyBuckets",
        "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    },
    CHECKS,
)  # fmt: skip
BOOL_VALUE = Rule(
    "value-no-bool", Level.ERROR,
    "Bool has a value that is neither `true` nor `false`.",
    "No request has such a value, so the test is never met.",
    {
        "Effect": "Allow",
        "Action": "s3:ListAllMyBuckets",
        "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "yes"}},
    },
    _OPERATORS_PAGE,
)  # fmt: skip
EXPIRED = Rule(
    "expired", Level.NOTE,
    "A condition wants the request to be made before a day that is past.",
    "The statement has had its time and does nothing any more.",
    {
        "Effect": "Allow",
        "Action": "s3:ListAllMyBuckets",
        "Resource": "*",
        "Condition": {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
    },
    _OPERATORS_PAGE,
)  # fmt: skip
CONTRADICTION = Rule(
    "contradictory-conditions", Level.ERROR,
    "No request can meet all conditions of the statement at once.",
    "All operators and keys of a Condition must hold together, so the statement does nothing.",
    {
        "Effect": "Allow",
        "Action": "s3:ListAllMyBuckets",
        "Resource": "*",
        "Condition": {
            "StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"},
            "Null": {"aws:PrincipalOrgID": "true"},
        },
    },
    _LOGIC_PAGE,
)  # fmt: skip

RULES = (WILDCARD_VALUE, NO_ARN, PRIVATE_ADDRESS, BOOL_VALUE, EXPIRED, CONTRADICTION)

_PRIVATE = [
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16",
                 "fc00::/7", "fe80::/10", "::1/128")
]  # fmt: skip
# More than that about one key is not solved for: it would take long, and no one writes it by mistake.
_MOST_CONDITIONS = 6
_MOST_CHARACTERS = 300
_MOST_WILDCARDS = 4
_MOST_SET_VALUES = 4
_TIME_KEYS = {"aws:currenttime", "aws:epochtime"}
_BEFORE = {"DateLessThan", "DateLessThanEquals", "DateEquals"}


def check(statement: Statement, look: Look) -> None:
    """Look at the values of a statement's conditions."""
    groups: dict[str, list[Condition]] = defaultdict(list)
    for condition in statement.conditions:
        where = tested(statement, condition)
        groups[condition.key].append(condition)
        family = condition.operator.family
        if family == "text" and not condition.operator.wildcards:
            _check_wildcards(condition, where, look)
        elif family == "arn":
            _check_arns(condition, where, look)
        elif family == "address":
            _check_addresses(condition, where, look)
        elif family == "bool":
            _check_bools(condition, where, look)
        elif family == "date":
            _check_dates(condition, where, look)
    for group in groups.values():
        if len(group) > 1 and _is_small(group) and look.may_solve() and _contradict(group):
            texts = " and ".join(condition.words()[:200] for condition in group)
            look.say(CONTRADICTION, place(statement, "Condition"), f"never met: {texts}")


def _check_wildcards(condition: Condition, where: str, look: Look) -> None:
    for value in condition.values:
        text = without_variables(value.text)
        if "*" in text or "?" in text:
            look.say(
                WILDCARD_VALUE, where,
                f"{condition.operator.name} compares {quoted(value.text)} letter by letter, wildcards too",
            )  # fmt: skip


def _check_arns(condition: Condition, where: str, look: Look) -> None:
    for value in condition.values:
        text = value.text
        if text.startswith("${") or text == "*":
            continue
        if text.count(":") < 5 or not text.startswith(("arn:", "*:", "?")):
            look.say(NO_ARN, where, f"{quoted(text)} is no ARN of six parts, so it matches nothing")


def _check_addresses(condition: Condition, where: str, look: Look) -> None:
    if condition.key != "aws:sourceip":
        return
    for network in condition.values:
        if any(network.version == private.version and network.subnet_of(private) for private in _PRIVATE):
            look.say(
                PRIVATE_ADDRESS, where,
                f"{network} is a private network, and aws:SourceIp is always a public address",
            )  # fmt: skip


def _check_bools(condition: Condition, where: str, look: Look) -> None:
    for value in condition.values:
        if value.pattern is not None and value.text.lower() not in ("true", "false"):
            look.say(
                BOOL_VALUE, where, f"{quoted(value.text)} is neither true nor false, so it matches nothing"
            )


def _check_dates(condition: Condition, where: str, look: Look) -> None:
    if condition.key not in _TIME_KEYS or condition.operator.name not in _BEFORE or not condition.values:
        return
    latest = max(condition.values)
    now = datetime.now(UTC)
    if latest < Decimal(int(now.timestamp())):
        look.say(
            EXPIRED, where, f"{max(condition.value_texts)} is past, so the statement never matches any more"
        )


def _contradict(group: list[Condition]) -> bool:
    """Whether no value of one key meets all conditions on it."""
    known = condition_key(group[0].name) if len(group[0].name) <= 512 else None
    if any(_is_unsure(condition, multivalued=known is None or known.multivalued) for condition in group):
        return False
    return simplify(all_of(group)) is False


def _is_unsure(condition: Condition, *, multivalued: bool) -> bool:
    """Whether the solver's answer may not be AWS's: variables, or several values without a set operator."""
    if multivalued and not condition.quantifier and condition.operator.family != "null":
        return True
    return condition.operator.family in TEXT_FAMILIES and any(
        isinstance(value, Template) and value.pattern is None for value in condition.values
    )


def _is_small(group: list[Condition]) -> bool:
    """Whether the solver will be done with it at once."""
    if len(group) > _MOST_CONDITIONS or sum(len(condition.values) for condition in group) > 20:
        return False
    if any(condition.quantifier for condition in group):
        # all sets of values are tried
        return sum(len(condition.values) for condition in group) <= _MOST_SET_VALUES
    texts = [
        value.text for condition in group if condition.operator.family in TEXT_FAMILIES
        for value in condition.values
    ]  # fmt: skip
    wild = sum(text.count("*") + text.count("?") for text in texts)
    return sum(map(len, texts)) <= _MOST_CHARACTERS and wild <= _MOST_WILDCARDS

"""Condition operators: how one value of a request is compared with one value of a policy.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

_NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})", re.ASCII)
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(maxsize=16384)
def number(text: str) -> Decimal | None:
    """An integer or a decimal; None for anything else, `10abc` included."""
    text = text.strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=16384)
def instant(text: str) -> Decimal | None:
    """A date of ISO 8601, or seconds since 1970, as seconds since 1970. A date without a zone is in UTC."""
    seconds = number(text)
    if seconds is not None and not re.fullmatch(r"\d{4}", text):
        return seconds
    if _DATE.fullmatch(text):
        year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
        try:
            moment = datetime.combine(date(year, month, day), datetime.min.time(), UTC)
        except ValueError:
            return None
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return Decimal(since.days * 86400 + since.seconds) + Decimal(since.microseconds) / 1_000_000


@lru_cache(maxsize=16384)
def network(text: str) -> Network | None:
    """A network in CIDR notation or a single address, of either family, or None."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def binary(text: str) -> bytes | None:
    """The bytes that base64 text stands for, or None."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def within(address: Network, allowed: Network) -> bool:
    """Whether an address lies in a network of its own family."""
    return address.version == allowed.version and address.subnet_of(allowed)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Operator:
    """One comparison, without `IfExists` and without a set operator.

    `family` is one of text, arn, bool, number, date, address, binary, null. `negated` operators hold when
    none of the policy's values compares; their positive twin is compared and the result turned round.
    """

    name: str
    family: str
    negated: bool = False
    wildcards: bool = False
    ignore_case: bool = False
    compare: Callable[[Any, Any], bool] | None = None
    words: str = "is"


def _operators() -> dict[str, Operator]:
    made = [
        Operator("StringEquals", "text"),
        Operator("StringNotEquals", "text", negated=True),
        Operator("StringEqualsIgnoreCase", "text", ignore_case=True, words="is, in any case,"),
        Operator(
            "StringNotEqualsIgnoreCase", "text", negated=True, ignore_case=True, words="is, in any case,"
        ),
        Operator("StringLike", "text", wildcards=True, words="matches"),
        Operator("StringNotLike", "text", negated=True, wildcards=True, words="matches"),
        Operator("Bool", "bool", ignore_case=True),
        Operator("BinaryEquals", "binary", compare=operator.eq),
        Operator("IpAddress", "address", compare=within, words="is in"),
        Operator("NotIpAddress", "address", negated=True, compare=within, words="is in"),
        Operator("Null", "null"),
    ]
    for name in ("ArnEquals", "ArnLike"):
        negation = name.replace("Arn", "ArnNot")
        made += [
            Operator(name, "arn", wildcards=True, words="matches"),
            Operator(negation, "arn", negated=True, wildcards=True, words="matches"),
        ]
    orders = [("LessThan", operator.lt, "is less than", "is before"),
              ("LessThanEquals", operator.le, "is at most", "is at or before"),
              ("GreaterThan", operator.gt, "is greater than", "is after"),
              ("GreaterThanEquals", operator.ge, "is at least", "is at or after")]  # fmt: skip
    for prefix, family in (("Numeric", "number"), ("Date", "date")):
        made += [
            Operator(f"{prefix}Equals", family, compare=operator.eq),
            Operator(f"{prefix}NotEquals", family, negated=True, compare=operator.eq),
        ]
        for suffix, compare, numbers, dates in orders:
            words = numbers if family == "number" else dates
            made.append(Operator(prefix + suffix, family, compare=compare, words=words))
    return {each.name.lower(): each for each in made}


OPERATORS = _operators()

READERS: dict[str, Callable[[str], Any]] = {
    "number": number,
    "date": instant,
    "address": network,
    "binary": binary,
}
"""How the values of a family are read; None stands for text that is no such value."""

"""The classes of values of one context key: values that no test at hand can tell apart.

A handful of values is tried, chosen so that each class is hit: for texts the walks through all patterns at
once, for numbers, dates and addresses the points where some comparison changes, and always the missing key.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import combinations as subsets
from itertools import pairwise

from iam.caller import Fact
from iam.catalogue_conditions import is_boolean
from iam.combinations import combinations
from iam.condition import TEXT_FAMILIES, Condition, pattern_of, value_text
from iam.formula import Test
from iam.pattern import Pattern, Wildcard
from iam.question import ResourceTest

_NOT_EMPTY = Pattern([Wildcard.ONE, Wildcard.RUN])
_MAXIMUM_VALUES = 6

Classes = list[dict[Test, bool]]


def value_classes(key: str, group: Sequence[Test]) -> Classes | None:
    """What the tests of one key can answer together, one entry a class; None where that can't be found out."""
    if all(isinstance(test, ResourceTest) for test in group):
        return _resource_classes([test for test in group if isinstance(test, ResourceTest)])
    if all(isinstance(test, Fact) for test in group):
        values = [test.value for test in group if isinstance(test, Fact)]
        return _distinct(group, [{key: value} for value in values] + [{}])
    conditions = [test for test in group if isinstance(test, Condition)]
    if len(conditions) != len(group) or any(condition.has_variables for condition in conditions):
        return None
    single = _single_values(conditions)
    if single is None:
        return None
    requests: list[dict[str, object]] = [{}, {key: ""}]
    if is_boolean(key) and all(condition.operator.family in ("bool", "null") for condition in conditions):
        requests, single = [{}], [text for text in ("true", "false") if single]
    requests += [{key: value} for value in single]
    if any(condition.quantifier for condition in conditions):
        kept = _distinct_values(key, conditions, single)
        if len(kept) > _MAXIMUM_VALUES:
            return None
        requests += [{key: ()}]
        requests += [{key: chosen} for size in range(2, len(kept) + 1) for chosen in subsets(kept, size)]
    return _distinct(group, requests)


def _distinct(group: Sequence[Test], requests: Iterable[Mapping[str, object]]) -> Classes:
    found: dict[tuple[bool, ...], None] = {}
    for request in requests:
        found[tuple(test.holds(request) for test in group)] = None
    return [dict(zip(group, truths, strict=True)) for truths in found]


def _distinct_values(key: str, conditions: Sequence[Condition], values: Sequence[str]) -> list[str]:
    """One value for each way in which the conditions' comparisons answer."""
    kept: dict[tuple[bool, ...], str] = {}
    for value in values:
        kept.setdefault(tuple(condition.holds({key: (value,)}) for condition in conditions), value)
    return list(kept.values())


def _resource_classes(group: Sequence[ResourceTest]) -> Classes | None:
    patterns = [test.template.pattern for test in group]
    asked = group[0].asked
    found = asked.combinations([pattern for pattern in patterns if pattern is not None]) if asked else None
    if found is None:
        return None
    return [dict(zip(group, truths, strict=True)) for truths in found]


def _single_values(conditions: Sequence[Condition]) -> list[str] | None:
    families = {c.operator.family for c in conditions} - {"null"}
    if families <= set(TEXT_FAMILIES):
        patterns = list({p: None for c in conditions if c.operator.family != "null" for p in pattern_of(c)})
        found = combinations([*patterns, _NOT_EMPTY])
        return None if found is None else [text for text in found.values() if text]
    if len(families) > 1:
        return None
    family = families.pop()
    values = [value for c in conditions if c.operator.family == family for value in c.values]
    return _POINTS[family](values)


def _numbers(values: Sequence[Decimal], family: str = "number") -> list[str]:
    points = sorted(set(values))
    if not points:
        return ["0"]
    between = [(one + two) / 2 for one, two in pairwise(points)]
    step = Decimal(86400) if family == "date" else Decimal(1)
    numbers = [points[0] - step, *points, *between, points[-1] + step]
    return [value_text(number, "number") for number in numbers] + ["not a value"]


def _dates(values: Sequence[Decimal]) -> list[str]:
    return _numbers(values, "date")


def _addresses(values: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> list[str]:
    """The first address of each network and the one after its last: there and only there answers change."""
    found: dict[str, None] = {"0.0.0.0": None, "::": None, "not an address": None}
    for network in values:
        found[str(network.network_address)] = None
        after = int(network.broadcast_address) + 1
        if after < 2**network.max_prefixlen:
            found[str(type(network.network_address)(after))] = None
    return list(found)


def _binaries(values: Sequence[bytes]) -> list[str]:
    other = next(bytes([number]) for number in range(256) if bytes([number]) not in values)
    return [value_text(value, "binary") for value in {*values, other}]


_POINTS: dict[str, Callable[..., list[str]]] = {
    "number": _numbers,
    "date": _dates,
    "address": _addresses,
    "binary": _binaries,
}

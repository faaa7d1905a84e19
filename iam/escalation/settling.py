"""Settling a right: what is known of the target and the request put in, and the attacker's choices made.

What the attacker writes into a request is chosen in its favour; what the target is like, and secrets shared
between others, it takes as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from iam import catalogue
from iam.condition import Condition
from iam.context import Context
from iam.estate import resources_of
from iam.formula import Formula, Test, any_of, substitute, tests
from iam.formula import replace as answered
from iam.pattern import Pattern, arn_form, arn_pattern
from iam.question import Asked, ResourceTest
from iam.solve import Solver

TAG_PREFIXES = ("aws:resourcetag/", "iam:resourcetag/", "ec2:resourcetag/", "ssm:resourcetag/")
_MOST_CROSSED = 400
# What an instance or a task is like that is there already; whoever makes one chooses it.
_OF_WHAT_IS_THERE = frozenset(
    {
        "ec2:availabilityzone", "ec2:availabilityzoneid", "ec2:ebsoptimized", "ec2:instanceid",
        "ec2:instancemarkettype", "ec2:instanceprofile", "ec2:instancetype", "ec2:launchtemplate",
        "ec2:metadatahttpendpoint", "ec2:metadatahttpputresponsehoplimit", "ec2:metadatahttptokens",
        "ec2:placementgroup", "ec2:productcode", "ec2:rootdevicetype", "ec2:tenancy", "ecs:cluster",
    }
)  # fmt: skip
_ON_WHAT_IS_THERE = frozenset(
    {
        "ec2:associateiaminstanceprofile", "ec2:getpassworddata", "ec2:modifyinstanceattribute",
        "ec2:replaceiaminstanceprofileassociation", "ec2:startinstances", "ec2:stopinstances",
        "ecs:executecommand", "ecs:updateservice", "ecs:updateserviceprimarytaskset",
    }
)  # fmt: skip
# The attacker chooses the user name that it sends to EC2 Instance Connect.
_CHOSEN = frozenset({"aws:tagkeys", "ec2:osuser"})
# Keys of a service's own that the attacker does not write: what the target is like, or a secret shared.
_NOT_CHOSEN = frozenset({"sts:externalid", "iam:passedtoservice", "iam:policyarn"})


class Home(NamedTuple):
    """Where an actor's own resources are: the partition and number of its account."""

    partition: str
    account: str


@dataclass(frozen=True, slots=True)
class Target:
    """What a right must hold on: one ARN with its tags, or (`arn` empty) some resource that `patterns` allow."""

    arn: str = ""
    tags: Mapping[str, str] | None = None
    patterns: tuple[str, ...] = ()


def settle(formula: Formula, action: str, target: Target, request: Mapping[str, str], home: Home) -> Formula:
    """A right's formula for one target and request, with the attacker's choices made."""
    formula = filled(formula, target, request)
    if isinstance(formula, bool):
        return formula
    if not target.arn:
        formula = somewhere(formula, action, target, home)
    return chosen(formula, action)


def filled(formula: Formula, target: Target, request: Mapping[str, str]) -> Formula:
    """A formula with all put in that is known of the target and the request."""
    if isinstance(formula, bool):
        return formula
    known = {key: value for key, value in request.items() if value}
    absent = [key for key, value in request.items() if not value]
    prefixes: tuple[str, ...] = ()
    if target.arn and target.tags is not None:
        for prefix in TAG_PREFIXES:
            known.update({prefix + key: value for key, value in target.tags.items()})
        prefixes = TAG_PREFIXES
    context = Context(known, absent=absent, complete_prefixes=prefixes)

    def answer(test: Test) -> Formula:
        if isinstance(test, ResourceTest):
            if not target.arn:
                return test
            resolved = test.template.resolve(context)
            if resolved is None:
                return False
            return resolved.pattern.matches(target.arn) if resolved.pattern is not None else test
        return test.decide(context) if isinstance(test, Condition) else test

    return substitute(formula, answer)


def chosen(formula: Formula, action: str) -> Formula:
    """The formula with all that the attacker writes into the request chosen as it suits.

    A key of the service's own that the action does not have is never there.
    """
    if isinstance(formula, bool):
        return formula
    known = catalogue.find_action(action)
    service = action.partition(":")[0].lower() + ":"
    for key in sorted({key for test in tests(formula) for key in test.keys}):
        if known is not None and key.startswith(service) and not catalogue.knows_condition_key(known, key):
            formula = absent(formula, key)
        elif action.lower() in _ON_WHAT_IS_THERE and key in _OF_WHAT_IS_THERE:
            continue
        elif _is_chosen(key, service):
            formula = some(formula, key)
    return formula


def _is_chosen(key: str, service: str) -> bool:
    if key.startswith("aws:requesttag/") or key in _CHOSEN:
        return True
    return key.startswith(service) and key not in _NOT_CHOSEN and not key.startswith(TAG_PREFIXES)


def absent(formula: Formula, key: str) -> Formula:
    """The formula for a request without the key."""
    context = Context(absent=[key])

    def answer(test: Test) -> Formula:
        return test.decide(context) if isinstance(test, Condition) and test.key == key else test

    return substitute(formula, answer)


def some(formula: Formula, key: str) -> Formula:
    """The formula that holds when some value of the key makes this one hold."""
    if isinstance(formula, bool):
        return formula
    classes = Solver([formula]).classes(key)
    if classes is None:
        return formula
    return any_of(answered(formula, truths) for truths in classes)


def somewhere(formula: Formula, action: str, target: Target, home: Home) -> Formula:
    """The formula that holds when it does on some resource that the action takes."""
    if isinstance(formula, bool):
        return formula
    found = [test for test in dict.fromkeys(tests(formula)) if isinstance(test, ResourceTest)]
    settled = [test for test in found if test.template.pattern is not None]
    if not settled:
        return formula
    patterns = [test.template.pattern for test in settled if test.template.pattern is not None]
    colons = max(str(pattern).count(":") for pattern in patterns)
    asked = _at_home(action.lower(), target.patterns, home, colons)

    def holds(example: str) -> bool:
        matched = (pattern.matches(example) for pattern in patterns)
        return answered(formula, dict(zip(settled, matched, strict=True))) is True

    if any(map(holds, examples(asked, tuple(patterns)))):
        return True
    classes = asked.combinations(patterns)
    if classes is None:  # there are too many to walk
        return True if any(map(holds, _crossed(asked, tuple(patterns)))) else formula
    return any_of(answered(formula, dict(zip(settled, truths, strict=True))) for truths in classes)


def _crossed(asked: Asked, patterns: tuple[Pattern, ...]) -> Iterator[str]:
    """More resources asked about: in each place that patterns name, with each name that they do."""
    parts = [each.split(":", 5) for each in examples(asked, patterns)]
    heads = dict.fromkeys(tuple(each[:5]) for each in parts)
    names = [pattern for each in patterns if len(pattern := str(each).split(":", 5)) == 6]
    short = (each[5].replace("*", "").replace("?", "e") for each in names)
    rests = dict.fromkeys([*(each[5] for each in parts), *short])
    crossed = (":".join([*head, rest]) for head in heads for rest in rests)
    return filter(asked.includes, islice(crossed, _MOST_CROSSED))


@lru_cache(maxsize=16384)
def examples(asked: Asked, patterns: tuple[Pattern, ...]) -> tuple[str, ...]:
    """Some resources asked about, one for each pattern: mostly one of them shows what is looked for."""
    found: dict[str, None] = {}
    for within in asked.within:
        whole = str(within).split(":", 5)
        for pattern in (within, *patterns):
            parts = str(pattern).split(":", 5)
            parts = parts if len(parts) == 6 else whole
            if len(parts) < 6 or len(whole) < 6:
                continue
            head = [one if "*" not in one else other for one, other in zip(parts, whole, strict=True)][:5]
            # a pattern that goes less far than what is asked about is met by what that names
            for rest in (parts[5], whole[5]) if parts[5] != "*" else (whole[5],):
                example = ":".join([*head, rest]).replace("*", "example").replace("?", "e")
                if asked.includes(example):
                    found[example] = None
    return tuple(found)


@lru_cache(maxsize=8192)
def _at_home(action: str, patterns: tuple[str, ...], home: Home, colons: int) -> Asked:
    """The resources of one account that an action takes, or those of them that are named.

    A `*` for a partition or a region runs on past colons, into a text that would hold another account's ARN. So
    none is meant with more colons than these have, and than policies write (`colons`).
    """
    within = f"arn:{home.partition}:"
    if patterns:
        named = [f"{within}{each[6:]}" if each.startswith("arn:*:") else each for each in patterns]
        most = max(each.count(":") for each in named)
        return Asked(tuple(map(arn_pattern, named)), (_longer(most),))
    asked = resources_of(action)
    own = []
    for pattern in asked.within:
        parts = str(pattern).split(":", 5)
        if len(parts) == 6:
            parts[1] = home.partition if parts[1] == "*" else parts[1]
            parts[4] = home.account if parts[4] == "*" else parts[4]
        own.append(":".join(parts))
    most = max(colons, *(each.count(":") for each in own))
    return Asked(tuple(map(arn_form, own)), (*asked.without, _longer(most)))


def _longer(colons: int) -> Pattern:
    """The ARNs with more colons."""
    return arn_pattern("arn" + ":*" * (colons + 1))

"""Warnings about Resource and NotResource, and about actions and resources that don't fit together.

Only what can't match is reported. Where the catalogue is silent, or a pattern too wide to tell, so is this.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from iam.document import PolicyKind, Statement
from iam.lint.actions import fault_of
from iam.lint.facts import ResourceFacts, Type, action_facts, resource_facts
from iam.lint.look import Look, listed, place, quoted
from iam.lint.rules import CHECKS, GUIDE, Level, Rule

_RESOURCE_PAGE = GUIDE + "reference_policies_elements_resource.html"
_ARN_PAGE = GUIDE + "reference-arns.html"
_TABLE_PAGE = GUIDE + "reference_policies_actions-resources-contextkeys.html"

MALFORMED_RESOURCE = Rule(
    "malformed-resource", Level.ERROR,
    "An entry of Resource or NotResource is no ARN and no pattern that could match one.",
    "An ARN has six parts, parted by colons, and begins with `arn`. Anything else matches no resource.",
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "my-bucket/*"},
    _ARN_PAGE,
)  # fmt: skip
UNKNOWN_PARTITION = Rule(
    "unknown-partition", Level.ERROR,
    "The partition of an ARN is none of AWS's.",
    "An ARN with a partition that does not exist matches no resource.",
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:amazon:s3:::my-bucket/*"},
    CHECKS,
)  # fmt: skip
S3_ACCOUNT = Rule(
    "bucket-arn-account", Level.ERROR,
    "The ARN of a bucket or an object has a region or an account id.",
    "ARNs of buckets and objects have neither, so the entry matches nothing. To tell accounts apart there is "
    "the condition key s3:ResourceAccount.",
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3::111122223333:my-bucket/*"},
    CHECKS,
)  # fmt: skip
NEVER_MATCHES = Rule(
    "never-matches", Level.ERROR,
    "None of the statement's actions can be asked for on any of its resources.",
    "The whole statement does nothing: what it allows is not allowed, and what it denies is not denied.",
    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::my-bucket"},
    _TABLE_PAGE,
)  # fmt: skip
WILDCARD_ONLY_ACTION = Rule(
    "wildcard-only-action", Level.ERROR,
    "An action that only lists, and so can't be limited to resources, stands in a statement whose Resource "
    "has no `*`.",
    "Such an action matches the resource `*` alone, so the statement does not speak of it. In a Deny, it is "
    "not denied.",
    {
        "Effect": "Allow",
        "Action": ["s3:ListAllMyBuckets", "s3:ListBucket"],
        "Resource": "arn:aws:s3:::my-bucket",
    },
    _TABLE_PAGE,
)  # fmt: skip
NO_RESOURCE_TYPES = Rule(
    "no-resource-types", Level.NOTE,
    "AWS's reference lists no resources for an action that stands in a statement whose Resource has no `*`.",
    "By the reference the action matches the resource `*` alone, and so it is decided here. The reference "
    "has gaps, which is why this is no more than a note.",
    {
        "Effect": "Allow",
        "Action": ["eks:CreateCluster", "eks:DescribeCluster"],
        "Resource": "arn:aws:eks:*:111122223333:cluster/test",
    },
    _TABLE_PAGE,
)  # fmt: skip
UNUSED_ACTION = Rule(
    "unused-action", Level.ERROR,
    "An action takes none of the kinds of resources that the statement lists.",
    "The statement does not speak of that action. Often the resource was meant to be another one: an object "
    "(`arn:aws:s3:::bucket/*`) and not its bucket.",
    {
        "Effect": "Allow",
        "Action": ["s3:ListBucket", "s3:GetObject"],
        "Resource": "arn:aws:s3:::my-bucket",
    },
    _TABLE_PAGE,
)  # fmt: skip
UNUSED_RESOURCE = Rule(
    "unused-resource", Level.NOTE,
    "A resource is of a kind that none of the statement's actions takes.",
    "The entry does nothing. It may be a leftover, or an action is missing.",
    {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": ["arn:aws:s3:::my-bucket/*", "arn:aws:sqs:us-east-1:111122223333:my-queue"],
    },
    _TABLE_PAGE,
)  # fmt: skip

RULES = (
    MALFORMED_RESOURCE, UNKNOWN_PARTITION, S3_ACCOUNT, NEVER_MATCHES, WILDCARD_ONLY_ACTION, NO_RESOURCE_TYPES,
    UNUSED_ACTION, UNUSED_RESOURCE,
)  # fmt: skip

_PARTITION = re.compile(r"aws(-cn|-us-gov|-iso(-[a-z])?|-eusc)?")
_OPEN = ("*", "?", "${")
_START = re.compile(r"(?:(?!\$\{)[^*?])*")  # what stands before the first wildcard or variable
# The resource policy of an API may leave out all that its place implies:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html
_SHORT_FORM = "execute-api:/"


def check(statement: Statement, look: Look) -> None:
    """Look at the resources of a statement, and at its actions beside them."""
    element = place(statement, "Resource" if statement.resources else "NotResource")
    sound = [
        text for text in statement.resources or statement.not_resources if _is_sound(text, element, look)
    ]
    if statement.resources and statement.actions and not look.managed_by_aws:
        _check_pairs(statement, sound, look)


def _is_sound(text: str, element: str, look: Look) -> bool:
    if text.startswith(_OPEN) or (look.kind is PolicyKind.RESOURCE and text.startswith(_SHORT_FORM)):
        return True
    parts = text.split(":", 5)
    start = _START.match(text)
    literal = start.group() if start else ""
    is_short = len(parts) < 6 and len(literal) == len(text)
    if is_short or not (literal.startswith("arn:") or "arn:".startswith(literal)):
        look.say(MALFORMED_RESOURCE, element, f"{quoted(text)} is no ARN of six parts, so it matches nothing")
        return False
    if text != text.strip():
        look.say(MALFORMED_RESOURCE, element, f"{quoted(text)} has white space around it, which is compared")
        return False
    if len(parts) < 3:
        return True
    partition = parts[1]
    if not _PARTITION.fullmatch(partition) and not any(sign in partition for sign in _OPEN):
        look.say(
            UNKNOWN_PARTITION, element, f"{quoted(text)} has the partition {quoted(partition)}, which is none"
        )
        return False
    if parts[2] != "s3" or len(parts) < 6 or not (parts[3] or parts[4]) or not look.may_compare(1):
        return True
    if not resource_facts(text).known:
        look.say(
            S3_ACCOUNT, element,
            f"{quoted(text)} matches nothing: ARNs of buckets and objects have no region and no account id",
        )  # fmt: skip
        return False
    return True


def _check_pairs(statement: Statement, resources: list[str], look: Look) -> None:
    """Each action against each resource, by their types."""
    everything = any(
        each.pattern is not None and each.pattern.matches_everything for each in statement.resource_templates
    )
    # An action that is not in the catalogue may have any resource.
    uncertain = any(fault_of(action) for action in statement.actions)
    if everything or not resources or any(not action.strip("*:") for action in statement.actions):
        return
    if not look.may_compare(len(resources)):
        return
    facts = {resource: resource_facts(resource) for resource in resources}
    pairs = _Pairs()
    pairs.sort(statement.actions, facts)
    sure = not (uncertain or pairs.uncertain)
    if sure and not (pairs.used or pairs.untyped):
        look.say(
            NEVER_MATCHES, f"Statement[{statement.index}]",
            f"the statement never matches, says the catalogue: {pairs.reason(resources)}",
        )  # fmt: skip
        return
    element = place(statement, "Action")
    if pairs.bare:
        look.say(WILDCARD_ONLY_ACTION, element, f"{_only_star(pairs.bare)}; listed are {listed(resources)}")
    if pairs.untyped:
        text = f"the catalogue lists no resources for {listed(pairs.untyped)}, which then match only '*'"
        look.say(NO_RESOURCE_TYPES, element, text)
    if pairs.unused:
        look.say(UNUSED_ACTION, element, _takes_none(pairs.unused, resources))
    idle = [text for text, each in facts.items() if not each.unsure and each.types.isdisjoint(pairs.taken)]
    if idle and sure and not pairs.untyped:
        look.say(UNUSED_RESOURCE, place(statement, "Resource"), f"no action here takes {listed(idle)}")


@dataclass
class _Pairs:
    """The actions of a statement, sorted by what they can have to do with its resources.

    `bare` actions match only `*`; so do `untyped` ones, says the catalogue; `unused` ones take none of the
    resources. `taken` are the resource types of all actions.
    """

    bare: list[str] = field(default_factory=list)
    untyped: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    used: bool = False
    uncertain: bool = False
    taken: set[Type] = field(default_factory=set)

    def sort(self, actions: Iterable[str], resources: Mapping[str, ResourceFacts]) -> None:
        """Put each action that the catalogue knows in its place."""
        types: set[Type] = set().union(*(each.types for each in resources.values()))
        unsure = any(each.unsure for each in resources.values())
        whole = any(each.whole for each in resources.values())
        for action in actions:
            if fault_of(action):
                continue
            facts = action_facts(action.lower())
            self.taken |= facts.types
            if facts.unsure or (facts.unsure_of_all and whole):
                self.uncertain = True
            elif not facts.types and facts.lists:
                self.bare.append(action)
            elif not facts.types:
                self.untyped.append(action)
            elif not unsure and facts.types.isdisjoint(types):
                self.unused.append(action)
            else:
                self.used = True

    def reason(self, resources: list[str]) -> str:
        """Why no action has to do with any resource."""
        said = [_only_star(self.bare)] if self.bare else []
        if self.unused:
            said.append(_takes_none(self.unused, resources))
        return "; ".join(said)


def _only_star(actions: list[str]) -> str:
    return f"{listed(actions)} {'matches' if len(actions) == 1 else 'match'} only the resource '*'"


def _takes_none(actions: list[str], resources: list[str]) -> str:
    verb = "takes" if len(actions) == 1 else "take"
    return f"{listed(actions)} {verb} none of the resources {listed(resources)}"

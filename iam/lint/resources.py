"""Warnings about Resource and NotResource, and about actions and resources that don't fit together.

Only what can't match is reported. Where the catalogue is silent, or a pattern too wide to tell, so is this.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

import re

from iam.document import PolicyKind, Statement
from iam.lint.actions import fault_of
from iam.lint.facts import Type, action_facts, resource_facts
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
    "An action that can't be limited to resources stands in a statement whose Resource has no `*`.",
    "Such an action matches the resource `*` alone, so the statement does not speak of it, in a Deny neither.",
    {
        "Effect": "Allow",
        "Action": ["s3:ListAllMyBuckets", "s3:ListBucket"],
        "Resource": "arn:aws:s3:::my-bucket",
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
    MALFORMED_RESOURCE, UNKNOWN_PARTITION, S3_ACCOUNT, NEVER_MATCHES, WILDCARD_ONLY_ACTION, UNUSED_ACTION,
    UNUSED_RESOURCE,
)  # fmt: skip

_PARTITION = re.compile(r"aws(-cn|-us-gov|-iso(-[a-z])?|-eusc)?")
_OPEN = ("*", "?", "${")
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
    is_open = any(sign in text for sign in _OPEN)
    if (parts[0] != "arn" and not any(sign in parts[0] for sign in _OPEN)) or (
        len(parts) < 6 and not is_open
    ):
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
    facts = resource_facts(text)
    if (
        parts[2] == "s3"
        and len(parts) == 6
        and (parts[3] or parts[4])
        and not (facts.types or facts.anything)
    ):
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
    facts = {resource: resource_facts(resource) for resource in resources}
    listed_types: set[Type] = set().union(*(each.types for each in facts.values()))
    anything = any(each.anything for each in facts.values())
    taken: set[Type] = set()
    bare, unused, used = [], [], False
    for action in statement.actions:
        if fault_of(action):
            continue
        wanted = action_facts(action.lower())
        taken |= wanted.types
        if not wanted.types:
            bare.append(action)
        elif not anything and ("*", "*") not in wanted.types and wanted.types.isdisjoint(listed_types):
            unused.append(action)
        else:
            used = True
    if uncertain and not used:
        used = True
    if not used:
        look.say(
            NEVER_MATCHES, f"Statement[{statement.index}]",
            f"the statement never matches: {_reason(bare, unused, resources)}",
        )  # fmt: skip
        return
    element = place(statement, "Action")
    if bare:
        verb = "matches" if len(bare) == 1 else "match"
        look.say(
            WILDCARD_ONLY_ACTION, element,
            f"{listed(bare)} {verb} only the resource '*', and the statement lists {listed(resources)}",
        )  # fmt: skip
    if unused:
        verb = "takes" if len(unused) == 1 else "take"
        look.say(UNUSED_ACTION, element, f"{listed(unused)} {verb} none of the resources {listed(resources)}")
    if uncertain or ("*", "*") in taken:
        return
    idle = [
        text for text, each in facts.items()
        if not each.anything and each.types.isdisjoint(taken)
    ]  # fmt: skip
    if idle:
        look.say(UNUSED_RESOURCE, place(statement, "Resource"), f"no action here takes {listed(idle)}")


def _reason(bare: list[str], unused: list[str], resources: list[str]) -> str:
    said = []
    if bare:
        said.append(f"{listed(bare)} {'matches' if len(bare) == 1 else 'match'} only the resource '*'")
    if unused:
        verb = "takes" if len(unused) == 1 else "take"
        said.append(f"{listed(unused)} {verb} none of the resources {listed(resources)}")
    return "; ".join(said)

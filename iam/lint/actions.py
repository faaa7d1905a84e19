"""Warnings about Action and NotAction."""

from __future__ import annotations

from functools import lru_cache

from iam.catalogue import services
from iam.document import Statement
from iam.lint.facts import action_facts
from iam.lint.look import Look, place, quoted
from iam.lint.rules import CHECKS, GUIDE, Level, Rule

_ACTION_PAGE = GUIDE + "reference_policies_elements_action.html"

UNKNOWN_SERVICE = Rule(
    "unknown-service", Level.ERROR,
    "The service prefix of an action is not in the catalogue.",
    "A prefix with a typing error makes the action match nothing. AWS accepts the policy, and what it was "
    "to allow or to deny silently is not there.",
    {"Effect": "Allow", "Action": "dynamo:GetItem", "Resource": "*"},
    CHECKS,
)  # fmt: skip
UNKNOWN_ACTION = Rule(
    "unknown-action", Level.ERROR,
    "An action, or an action pattern, matches no action in the catalogue.",
    "Either it is misspelled and does nothing, or AWS has retired it, or it is newer than the catalogue.",
    {"Effect": "Allow", "Action": "s3:GetObjct", "Resource": "*"},
    CHECKS,
)  # fmt: skip
ACTION_TEXT = Rule(
    "action-text", Level.ERROR,
    "An action holds a space, a comma or another character that no action has.",
    "It matches nothing. Several actions stand in a list of texts, not in one text.",
    {"Effect": "Allow", "Action": "s3:GetObject, s3:PutObject", "Resource": "*"},
    _ACTION_PAGE,
)  # fmt: skip
SERVICE_WILDCARD = Rule(
    "service-wildcard", Level.ERROR,
    "A wildcard stands in the service prefix of an action.",
    "Wildcards are for the action's name only. Alone, `*` stands for all actions of all services.",
    {"Effect": "Deny", "Action": "s*:Delete*", "Resource": "*"},
    _ACTION_PAGE,
)  # fmt: skip

RULES = (UNKNOWN_SERVICE, UNKNOWN_ACTION, ACTION_TEXT, SERVICE_WILDCARD)

_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.*?")


@lru_cache(maxsize=1)
def _services() -> frozenset[str]:
    return frozenset(services())


@lru_cache(maxsize=16384)
def fault_of(action: str) -> Rule | None:
    """The rule that an action pattern breaks, if any."""
    lower = action.lower()
    if not lower.strip("*"):
        return None
    service, _, name = lower.partition(":")
    if not _NAME.issuperset(service) or not _NAME.issuperset(name):
        return ACTION_TEXT
    if "*" in service or "?" in service:
        return None if lower == "*:*" else SERVICE_WILDCARD
    if service not in _services():
        return UNKNOWN_SERVICE
    return None if action_facts(lower).names else UNKNOWN_ACTION


def check(statement: Statement, look: Look) -> None:
    """Look at the actions of a statement."""
    element = place(statement, "Action" if statement.actions else "NotAction")
    for action in statement.actions or statement.not_actions:
        fault = fault_of(action)
        if fault is None or (look.managed_by_aws and fault in (UNKNOWN_SERVICE, UNKNOWN_ACTION)):
            continue
        service = action.partition(":")[0]
        shown = quoted(action)
        if fault is ACTION_TEXT:
            look.say(fault, element, f"{shown} holds characters that no action has, so it matches nothing")
        elif fault is SERVICE_WILDCARD:
            look.say(fault, element, f"{shown} has a wildcard in its service prefix, so it matches nothing")
        elif fault is UNKNOWN_SERVICE:
            near = look.nearest_service(service)
            look.say(
                fault, element, f"the service {quoted(service)} of {shown} is not in the catalogue{near}"
            )
        else:
            near = look.nearest_action(action)
            look.say(fault, element, f"{shown} matches no action in the catalogue{near}")

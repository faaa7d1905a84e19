"""Notes on statements that allow more than one may think."""

from __future__ import annotations

from iam.document import PolicyKind, Statement, action_pattern
from iam.lint.look import Look, place, quoted
from iam.lint.rules import CHECKS, GUIDE, Level, Rule

ALLOW_EVERYTHING = Rule(
    "allow-everything", Level.NOTE,
    "A statement allows every action on every resource.",
    "Whoever has the policy administers the account.",
    {"Effect": "Allow", "Action": "*", "Resource": "*"},
    GUIDE + "best-practices.html",
)  # fmt: skip
ALLOW_NOT_ACTION = Rule(
    "allow-not-action", Level.NOTE,
    "An Allow names the actions that it does not allow (NotAction).",
    "Everything else is allowed, actions that AWS will add tomorrow included. It denies nothing: another "
    "policy may allow what is named here.",
    {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
    CHECKS,
)  # fmt: skip
ALLOW_NOT_RESOURCE = Rule(
    "allow-not-resource", Level.NOTE,
    "An Allow names the resources that it is not for (NotResource).",
    "It is for all others, of every kind, those to come included.",
    {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::my-bucket/*"},
    GUIDE + "reference_policies_elements_notresource.html",
)  # fmt: skip
PASS_ANY_ROLE = Rule(
    "pass-any-role", Level.NOTE,
    "iam:PassRole is allowed for every role and every service.",
    "Whoever may pass any role can let a service work with the rights of the strongest one. Name the roles, "
    "or the service in a condition on iam:PassedToService.",
    {"Effect": "Allow", "Action": ["iam:PassRole", "ec2:RunInstances"], "Resource": "*"},
    GUIDE + "id_roles_use_passrole.html",
)  # fmt: skip

RULES = (ALLOW_EVERYTHING, ALLOW_NOT_ACTION, ALLOW_NOT_RESOURCE, PASS_ANY_ROLE)

_NARROWING = {"iam:passedtoservice", "iam:associatedresourcearn"}


def check(statement: Statement, look: Look) -> None:
    """Look at what an Allow grants. Service control policies and boundaries of endpoints grant nothing."""
    if not statement.allows or look.managed_by_aws or look.kind not in (
        PolicyKind.IDENTITY, PolicyKind.RESOURCE, PolicyKind.TRUST
    ):  # fmt: skip
        return
    if statement.not_actions:
        look.say(ALLOW_NOT_ACTION, place(statement, "NotAction"), "allows every action that is not named")
    if statement.not_resources:
        look.say(
            ALLOW_NOT_RESOURCE, place(statement, "NotResource"), "allows every resource that is not named"
        )
    if look.kind is PolicyKind.IDENTITY and "*" in statement.resources:
        _check_everything(statement, look)


def _check_everything(statement: Statement, look: Look) -> None:
    if any(not action.strip("*:") for action in statement.actions):
        if not statement.conditions:
            look.say(
                ALLOW_EVERYTHING, f"Statement[{statement.index}]", "allows every action on every resource"
            )
        return
    passing = [action for action in statement.actions if action_pattern(action).matches("iam:passrole")]
    if passing and not any(condition.key in _NARROWING for condition in statement.conditions):
        look.say(
            PASS_ANY_ROLE, place(statement, "Action"),
            f"{quoted(passing[0])} lets any role be passed to any service",
        )  # fmt: skip

"""The rules that `iam.document` applies as it reads a policy, described like all others."""

from __future__ import annotations

from iam.document import PolicyKind
from iam.lint.rules import GUIDE, Level, Rule

_GRAMMAR = GUIDE + "reference_policies_grammar.html"
_REFUSED = "AWS would refuse the policy, so it grants nothing here."


def _statement(**elements: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*", **elements}


def _fatal(
    name: str, meaning: str, example: dict[str, object] | str, kind: PolicyKind = PolicyKind.IDENTITY
) -> Rule:
    return Rule(name, Level.ERROR, meaning, _REFUSED, example, _GRAMMAR, kind)


RULES = (
    _fatal("not-json", "The text is no JSON, or nested too deeply.", "`{'Version': …` with single quotes."),
    _fatal("not-a-policy", "The JSON is not an object.", "`[]`"),
    Rule(
        "repeated-key", Level.ERROR,
        "An element or a condition key stands twice in the same JSON object.",
        "AWS refuses such JSON. Elsewhere the last one counts and the others are lost without a word.",
        'Two `"StringEquals"` in one Condition, of which only the second is read.',
        _GRAMMAR,
    ),
    _fatal("too-long", "The text is too long to be read as a policy.", "Five million characters."),
    _fatal("unknown-element", "An element has a name that AWS doesn't know.", _statement(Conditions={})),
    _fatal(
        "unknown-version",
        "The Version is neither 2012-10-17 nor 2008-10-17.",
        {"Version": "2026-01-01", "Statement": [_statement()]},
    ),
    Rule(
        "missing-version", Level.NOTE,
        "The policy has no Version.",
        "It is read as of version 2008-10-17, in which policy variables are plain text.",
        {"Statement": [_statement()]},
        GUIDE + "reference_policies_elements_version.html",
    ),
    _fatal("no-statement", "The policy has no statement.", {"Version": "2012-10-17", "Statement": []}),
    _fatal("not-a-statement", "A statement is no JSON object.", {"Statement": ["*"]}),
    _fatal("unknown-effect", "Effect is neither Allow nor Deny.", _statement(Effect="Permit")),
    _fatal("wrong-type", "An element has a value of the wrong type.", _statement(Action={"s3": "Get*"})),
    _fatal(
        "both-elements", "An element stands beside its opposite.", _statement(NotAction="iam:*"),
    ),
    _fatal(
        "missing-element",
        "An element is missing that this kind of policy must have.",
        {"Effect": "Allow", "Action": "s3:ListAllMyBuckets"},
    ),
    _fatal("empty-element", "An element is an empty list or an empty text.", _statement(Action=[])),
    _fatal("malformed-action", "An action is not written `service:Name`.", _statement(Action="ListBuckets")),
    _fatal(
        "prohibited-principal", "A policy of an identity names a principal.", _statement(Principal="*"),
    ),
    _fatal(
        "unknown-principal",
        "A principal is of none of the kinds AWS, Service, Federated and CanonicalUser.",
        {"Effect": "Allow", "Principal": {"Role": "app"}, "Action": "sts:AssumeRole"},
        PolicyKind.TRUST,
    ),
    _fatal(
        "unknown-operator",
        "A condition has an operator that AWS doesn't know.",
        _statement(Condition={"StringMatches": {"aws:username": "a*"}}),
    ),
    Rule(
        "unreadable-value", Level.ERROR,
        "A condition has a value that its operator can't read: text for a number, a date that is none, "
        "something else than true or false for Null.",
        "The value matches nothing.",
        _statement(Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": "one hour"}}),
        GUIDE + "reference_policies_elements_condition_operators.html",
    ),
)  # fmt: skip
"""One rule for each name that `read_document` gives."""

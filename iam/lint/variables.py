"""Warnings about policy variables.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from iam.catalogue import condition_key
from iam.condition import TEXT_FAMILIES
from iam.document import Statement
from iam.lint.keys import in_catalogue
from iam.lint.look import Look, place, quoted, tested
from iam.lint.rules import CHECKS, GUIDE, Level, Rule

_VARIABLES_PAGE = GUIDE + "reference_policies_variables.html"
_VERSION_PAGE = GUIDE + "reference_policies_elements_version.html"

LITERAL_VARIABLE = Rule(
    "variable-without-version", Level.ERROR,
    "A policy variable stands in a policy whose Version is not 2012-10-17.",
    "In older versions of the language, `${aws:username}` is only these characters, so it matches nothing.",
    {
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::my-bucket/${aws:username}/*",
            }
        ]
    },
    _VERSION_PAGE,
)  # fmt: skip
UNCLOSED_VARIABLE = Rule(
    "unclosed-variable", Level.ERROR,
    "A policy variable has no closing brace, or is not written as AWS wants it.",
    "AWS refuses it, or compares its text as it stands. A key without spaces stands in the braces; a default "
    "follows after a comma, in single quotes.",
    {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::my-bucket/${aws:username/*",
    },
    CHECKS,
)  # fmt: skip
UNKNOWN_VARIABLE = Rule(
    "unknown-variable", Level.ERROR,
    "A policy variable names a condition key that is not in the catalogue.",
    "No request has the key, so the value that holds the variable matches nothing.",
    {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::my-bucket/${aws:usernam}/*",
    },
    _VARIABLES_PAGE,
)  # fmt: skip
MULTIVALUED_VARIABLE = Rule(
    "multivalued-variable", Level.ERROR,
    "A policy variable names a key that may have several values.",
    "Such keys can't be used as variables.",
    {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::my-bucket/${aws:PrincipalOrgPaths}/*",
    },
    _VARIABLES_PAGE,
)  # fmt: skip

RULES = (LITERAL_VARIABLE, UNCLOSED_VARIABLE, UNKNOWN_VARIABLE, MULTIVALUED_VARIABLE)

_BRACES = re.compile(r"\$\{([^{}]*)\}")
_INSIDE = re.compile(r"\s*(?:[*?$]|([^\s,{}'$*?]+)\s*(?:,\s*'[^'{}]*'\s*)?)\s*")


def without_variables(text: str) -> str:
    """The text with its variables, `${*}` and the like included, taken out."""
    return _BRACES.sub("", text) if "${" in text else text


def check(statement: Statement, look: Look) -> None:
    """Look at the variables of a statement."""
    for where, text in _texts(statement):
        if "${" in text:
            _check_text(text, where, statement, look)


def _texts(statement: Statement) -> Iterator[tuple[str, str]]:
    element = "Resource" if statement.resources else "NotResource"
    for text in statement.resources or statement.not_resources:
        yield place(statement, element), text
    for condition in statement.conditions:
        if condition.operator.family in TEXT_FAMILIES:
            where = tested(statement, condition)
            for value in condition.values:
                yield where, value.text


def _check_text(text: str, where: str, statement: Statement, look: Look) -> None:
    if not statement.variables:
        if "}" in text:
            look.say(LITERAL_VARIABLE, where, f"{quoted(text)} is taken as it stands: the Version is old")
        return
    if "${" in without_variables(text):
        look.say(UNCLOSED_VARIABLE, where, f"{quoted(text)} has a variable without its closing brace")
        return
    for inside in _BRACES.findall(text):
        rule, near = _fault(inside[:600]), ""
        if rule is UNKNOWN_VARIABLE:
            near = look.nearest_key(inside.partition(",")[0].strip())
        if rule is not None:
            look.say(rule, where, _SAID[rule.name].format(quoted("${" + inside + "}")) + near)


_SAID = {
    UNCLOSED_VARIABLE.name: "{} is not written as a variable",
    UNKNOWN_VARIABLE.name: "the key of {} is not in the catalogue",
    MULTIVALUED_VARIABLE.name: "{} may have several values and can't be a variable",
}


@lru_cache(maxsize=4096)
def _fault(inside: str) -> Rule | None:
    """The rule that the text within the braces of a variable breaks, if any."""
    read = _INSIDE.fullmatch(inside)
    if read is None:
        return UNCLOSED_VARIABLE
    key = read.group(1)
    if key is None:
        return None
    if in_catalogue(key) is False:
        return UNKNOWN_VARIABLE
    known = condition_key(key) if len(key) <= 512 else None
    return MULTIVALUED_VARIABLE if known is not None and known.multivalued else None

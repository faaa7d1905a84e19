"""Whether a role's trust policy lets in what an attacker brings from outside: a token, or a certificate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from iam.condition import Condition
from iam.context import Context
from iam.entities import Resource
from iam.escalation.settling import chosen
from iam.formula import Formula, Test, any_of, substitute, tests
from iam.template import Template

_SOURCE = "aws:sourcearn"
# Subjects that are nobody's in particular: of a repository on GitHub, and of any other issuer.
_STRANGERS = ("repo:a-stranger/of-no-note:ref:refs/heads/main", "a-stranger-of-no-note")


def lets_strangers_in(trusted: Formula) -> bool:
    """Whether a trust policy, as a formula, lets in tokens of no subject in particular.

    Their audience the attacker sets: `AddClientIDToOpenIDConnectProvider` makes the provider accept it.
    """
    keys = sorted({key for test in tests(trusted) for key in test.keys})
    subjects = [key for key in keys if key.endswith(":sub")]
    for text in _STRANGERS:
        open_ = given(trusted, dict.fromkeys(subjects, text))
        for key in keys:
            if key.endswith(":aud"):
                open_ = chosen(open_, key)
        if open_ is True:
            return True
    return False


def lets_pools_in(trusted: Formula, pools: Iterable[Resource]) -> bool:
    """Whether a trust policy may let in somebody whom one of some identity pools of Cognito vouches for.

    It names the pool as the token's audience:
    https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html
    """
    audience = "cognito-identity.amazonaws.com:aud"
    ids = (pool.arn.rpartition("identitypool/")[2] for pool in pools)
    return any(given(trusted, {audience: each}) is not False for each in ids)


def lets_certificates_in(trusted: Formula, account: str, anchors: Iterable[str]) -> Formula:
    """On what it hangs that certificates of one of some trust anchors are let in, whoever they name.

    The names in a certificate reach the trust policy as tags of the principal. `anchors` are ARNs; a `*` in
    the place of the region is any region that the policy speaks of.
    """
    values = [
        str(value.pattern)
        for test in tests(trusted)
        if isinstance(test, Condition) and test.key == _SOURCE
        for value in test.values
        if isinstance(value, Template) and value.pattern is not None
    ]
    regions = {text.split(":")[3] for text in values if text.count(":") > 4}
    named = sorted(region for region in regions if "*" not in region and "?" not in region) or ["us-east-1"]
    tried = dict.fromkeys(anchor.replace("*", region, 1) for anchor in anchors for region in named)
    known = {"aws:SourceAccount": account}
    return any_of(chosen(given(trusted, {**known, "aws:SourceArn": each}), _SOURCE) for each in tried)


def given(formula: Formula, values: Mapping[str, str]) -> Formula:
    """A formula with some keys of the request put in."""
    context = Context(values)

    def answer(test: Test) -> Formula:
        return test.decide(context) if isinstance(test, Condition) else test

    return substitute(formula, answer)

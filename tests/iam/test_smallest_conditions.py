"""What is left open is said as a person would say it: nothing twice, nothing superfluous, nothing impossible."""

from __future__ import annotations

from typing import Any

import pytest

from iam.asking import can
from iam.decision import Verdict
from tests.iam.small_cases import OBJECT, Json, access, allow, deny, held, policy, user

MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
NO_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
OFFICE = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
IS_MFA = "aws:MultiFactorAuthPresent is true"
AGENT, REGION, AGE = "aws:UserAgent", "aws:RequestedRegion", "aws:MultiFactorAuthAge"


def yes(operator: str, key: str, values: Any, **more: Any) -> Json:
    return allow(Condition={operator: {key: values}, **more})


def no(operator: str, key: str, values: Any, **more: Any) -> Json:
    return deny(Condition={operator: {key: values}, **more})


SAID: list[tuple[list[Json], list[str]]] = [
    # what is said once need not be said again
    ([allow(Condition=MFA), deny(Condition=NO_MFA)], [IS_MFA]),
    ([allow(Condition={**MFA, **OFFICE}), allow(Condition=MFA)], [IS_MFA]),
    ([allow(Condition=OFFICE), allow(Condition=MFA), deny(Condition=NO_MFA)], [IS_MFA]),
    ([allow(Condition={**MFA, **OFFICE}), yes("StringEquals", "aws:SourceVpce", "vpce-1", **MFA)],
     [IS_MFA, "aws:SourceIp is in 203.0.113.0/24 or aws:SourceVpce is vpce-1"]),
    # tests of one key come together
    ([yes("StringEquals", AGENT, "a"), yes("StringEquals", AGENT, "b")], ["aws:UserAgent is a or b"]),
    ([allow(), no("StringEquals", AGENT, "a"), no("StringEquals", AGENT, "b")],
     ["aws:UserAgent is not a or b, or is absent"]),
    ([yes("IpAddress", "aws:SourceIp", "203.0.113.0/24"), yes("IpAddress", "aws:SourceIp", "192.0.2.0/24")],
     ["aws:SourceIp is in 203.0.113.0/24 or 192.0.2.0/24"]),
    ([yes("StringEquals", AGENT, "a", **MFA), yes("StringEquals", AGENT, "b", **MFA)],
     [IS_MFA, "aws:UserAgent is a or b"]),
    # values that another test excludes, or another value includes
    ([yes("StringEquals", REGION, ["eu-west-1", "eu-west-2"]),
      no("StringNotEquals", REGION, ["eu-west-1", "us-east-1"])], ["aws:RequestedRegion is eu-west-1"]),
    ([yes("StringEquals", AGENT, ["a", "b", "c"]), no("StringEquals", AGENT, "b")],
     ["aws:UserAgent is a or c"]),
    ([yes("StringLike", "s3:prefix", ["home/*", "home/bob/*"])], ["s3:prefix matches home/*"]),
    ([yes("IpAddress", "aws:SourceIp", "203.0.112.0/23"), no("NotIpAddress", "aws:SourceIp", "203.0.113.0/24")],
     ["aws:SourceIp is in 203.0.113.0/24"]),
    # numbers
    ([yes("NumericLessThan", AGE, "3600"), no("NumericGreaterThan", AGE, "300")],
     ["aws:MultiFactorAuthAge is at most 300"]),
    ([allow(), no("NumericGreaterThan", AGE, "300")], ["aws:MultiFactorAuthAge is at most 300, or is absent"]),
    ([yes("DateGreaterThan", "aws:TokenIssueTime", "2026-01-01"), deny(Condition=NO_MFA)],
     ["aws:TokenIssueTime is after 2026-01-01T00:00:00Z", IS_MFA]),
    # absence is spoken of only where it is possible
    ([yes("StringLike", "s3:prefix", "home/*"), no("StringEquals", "s3:prefix", "home/secret")],
     ["s3:prefix matches home/*", "s3:prefix is not home/secret"]),
    ([yes("StringLike", AGENT, "*")], ["aws:UserAgent is present"]),
    ([allow(), no("StringNotLike", AGENT, "*")], ["aws:UserAgent is present"]),
    ([yes("Null", AGENT, "false", StringEquals={AGENT: "a"})], ["aws:UserAgent is a"]),
    # a text may be neither true nor false
    ([yes("Bool", AGENT, "true"), yes("Bool", AGENT, "false")], ["aws:UserAgent is true or false"]),
    ([allow(), no("Bool", AGENT, "true")], ["aws:UserAgent is not true, or is absent"]),
    ([yes("StringEqualsIgnoreCase", AGENT, "ABC")], ["aws:UserAgent is, in any case, ABC"]),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "said"), SAID, ids=lambda value: " and ".join(map(str, value))[:60])
def test_a_condition_is_the_smallest(statements: list[Json], said: list[str]) -> None:
    bob = user(inline=(held("own", policy(*statements)),))
    answer = can(access(bob), bob, "s3:GetObject", OBJECT)
    assert (answer.verdict, list(answer.conditions)) == (Verdict.DEPENDS, said)


@pytest.mark.parametrize("statements", [
    [allow(Condition=MFA), allow(Condition=NO_MFA)],  # there is no third value
    [yes("StringEquals", AGENT, "a"), yes("StringNotEquals", AGENT, "a")],
    [allow(), no("StringEquals", AGENT, "a", StringNotEquals={AGENT: "a"})],
])  # fmt: skip
def test_what_always_holds_is_no_condition(statements: list[Json]) -> None:
    bob = user(inline=(held("own", policy(*statements)),))
    assert can(access(bob), bob, "s3:GetObject", OBJECT).verdict is Verdict.ALLOWED

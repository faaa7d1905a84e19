"""The Condition element, operator by operator."""

from __future__ import annotations

from typing import Any

import pytest

from iam import formula
from iam.asking import can
from iam.caller import Caller
from iam.context import Context
from iam.decision import Decision, Holding, Verdict
from iam.entities import Principal, PrincipalType, Resource
from iam.evaluate import Policies, decide
from iam.question import Question
from tests.iam.small_cases import (
    ALLOWED,
    BOB,
    EXPLICIT,
    HOME,
    IMPLICIT,
    OBJECT,
    OTHER,
    ROLE,
    ROOT,
    Json,
    access,
    allow,
    answer,
    deny,
    grant,
    held,
    holds,
    organization,
    policy,
    read,
    role,
    rules,
    user,
    when,
)

POSITIVE = {
    "StringEquals": ("a", "a", "b"), "StringEqualsIgnoreCase": ("A", "a", "b"), "StringLike": ("a*", "ab",
    "ba"),
    "ArnEquals": ("arn:aws:s3:::*", "arn:aws:s3:::b", "arn:aws:sqs:::b"), "NumericEquals": ("5", "5.0", "6"),
    "ArnLike": ("arn:aws:s3:::b?", "arn:aws:s3:::bc", "arn:aws:s3:::b"), "Bool": ("true", "True", "false"),
    "DateEquals": ("2025-01-01", "2025-01-01T00:00:00Z", "2025-01-02"), "BinaryEquals": ("QUI=", "QUI=",
    "QUM="),
    "IpAddress": ("10.0.0.0/8", "10.1.2.3", "11.0.0.1"), "NumericLessThan": ("5", "4", "5"),
    "DateLessThan": ("2025-01-02", "2025-01-01", "2025-01-02"),
}  # fmt: skip
"""Operators with a value of a policy, one of a request that meets it, and one that does not."""
NEGATED = {
    "StringNotEquals": "StringEquals", "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals", "ArnNotLike": "ArnLike", "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals", "NotIpAddress": "IpAddress",
}  # fmt: skip


NOTHING: list[Json] = [{}, {"x:a": []}, {"x:a": ""}]
"""Requests without the key, or with nothing in it."""


def test_operators_and_keys_must_all_be_met_and_of_values_one() -> None:
    block = {"StringEquals": {"x:a": ["1", "2"], "x:b": "3"}, "StringLike": {"x:c": "4*"}}
    assert holds(block, {"x:a": "2", "x:b": "3", "x:c": "45"})
    for wrong in ({"x:a": "3"}, {"x:b": "1"}, {"x:c": "5"}):
        assert not holds(block, {"x:a": "2", "x:b": "3", "x:c": "45", **wrong})


def test_a_negated_operator_is_met_by_none_of_its_values() -> None:
    block = {"StringNotEquals": {"x:a": ["1", "2"]}}
    assert holds(block, {"x:a": "3"})
    assert not holds(block, {"x:a": "2"})


@pytest.mark.parametrize("operator", POSITIVE)
def test_a_positive_operator_needs_its_key(operator: str) -> None:
    value, met, unmet = POSITIVE[operator]
    assert holds({operator: {"x:a": value}}, {"x:a": met})
    assert not holds({operator: {"x:a": value}}, {"x:a": unmet})
    assert not holds({operator: {"x:a": value}})
    assert holds({operator + "IfExists": {"x:a": value}})
    assert not holds({operator + "IfExists": {"x:a": value}}, {"x:a": unmet})


@pytest.mark.parametrize("operator", NEGATED)
def test_a_negated_operator_is_met_without_its_key(operator: str) -> None:
    value, met, unmet = POSITIVE[NEGATED[operator]]
    assert holds({operator: {"x:a": value}}, {"x:a": unmet})
    assert not holds({operator: {"x:a": value}}, {"x:a": met})
    assert holds({operator: {"x:a": value}})
    assert holds({operator + "IfExists": {"x:a": value}})


@pytest.mark.parametrize("operator", POSITIVE)
def test_if_exists_goes_with_set_operators_too(operator: str) -> None:
    value = POSITIVE[operator][0]
    assert holds({f"ForAnyValue:{operator}IfExists": {"x:a": value}})
    assert not holds({f"ForAnyValue:{operator}": {"x:a": value}})
    assert holds({f"ForAllValues:{operator}IfExists": {"x:a": value}})


def test_null_takes_no_if_exists() -> None:
    assert "unknown-operator" in rules(policy(allow(Condition={"NullIfExists": {"x:a": "true"}})))


@pytest.mark.parametrize("operator", POSITIVE)
def test_for_all_values_wants_every_value_of_the_request(operator: str) -> None:
    value, met, unmet = POSITIVE[operator]
    block = {f"ForAllValues:{operator}": {"x:a": value}}
    assert holds(block, {"x:a": [met]})
    assert not holds(block, {"x:a": [met, unmet]})
    for nothing in NOTHING:
        assert holds(block, nothing)


@pytest.mark.parametrize("operator", POSITIVE)
def test_for_any_value_wants_one_value_of_the_request(operator: str) -> None:
    value, met, unmet = POSITIVE[operator]
    block = {f"ForAnyValue:{operator}": {"x:a": value}}
    assert holds(block, {"x:a": [unmet, met]})
    assert not holds(block, {"x:a": [unmet]})
    for nothing in NOTHING:
        assert not holds(block, nothing)


@pytest.mark.parametrize("operator", NEGATED)
def test_set_operators_before_negated_ones(operator: str) -> None:
    value, met, unmet = POSITIVE[NEGATED[operator]]
    some, none = {f"ForAnyValue:{operator}": {"x:a": value}}, {f"ForAllValues:{operator}": {"x:a": value}}
    assert holds(some, {"x:a": [met, unmet]})
    assert not holds(some, {"x:a": [met]})
    assert not holds(some)
    assert holds(none, {"x:a": [unmet, unmet]})
    assert not holds(none, {"x:a": [met, unmet]})
    assert holds(none)


def test_a_key_of_several_values_is_told_by_its_form_and_not_by_how_many_came() -> None:
    context = Context({"x:list": ["a"], "x:one": "a"})
    assert context["x:list"] == ("a",)
    assert context["x:one"] == "a"
    assert not holds({"StringEquals": {"x:a": "${x:list}"}}, {"x:a": "a", "x:list": ["a"]})


@pytest.mark.parametrize("quantifier", ["ForAllValues", "ForAnyValue"])
def test_a_set_operator_takes_a_single_value_as_a_list_of_one(quantifier: str) -> None:
    assert holds({f"{quantifier}:StringLike": {"x:a": ["b", "a*"]}}, {"x:a": "ab"})
    assert not holds({f"{quantifier}:StringLike": {"x:a": ["b", "a*"]}}, {"x:a": "cb"})


def test_texts_are_compared_with_case_and_without_wildcards_unless_asked() -> None:
    assert not holds({"StringEquals": {"x:a": "Bob"}}, {"x:a": "bob"})
    assert not holds({"StringEquals": {"x:a": "B*"}}, {"x:a": "Bob"})
    assert holds({"StringEqualsIgnoreCase": {"x:a": "BOB"}}, {"x:a": "bob"})
    assert not holds({"StringEqualsIgnoreCase": {"x:a": "B*"}}, {"x:a": "bob"})
    assert holds({"StringLike": {"x:a": "B?b"}}, {"x:a": "Bob"})
    assert holds({"StringLike": {"x:a": "*"}}, {"x:a": ""})
    for other in ("bob", "xBob", "Bobx", "Bb", "Boob"):
        assert not holds({"StringLike": {"x:a": "B?b"}}, {"x:a": other})


@pytest.mark.parametrize("operator", ["ArnEquals", "ArnLike"])
def test_arns_are_compared_part_by_part(operator: str) -> None:
    def met(pattern: str, arn: str) -> bool:
        return holds({operator: {"x:a": pattern}}, {"x:a": arn})

    queue = "arn:aws:sqs:us-east-1:111111111111:q:1"
    assert met("arn:aws:sqs:*:*:q*", queue)
    assert met("arn:*:sqs:us-*-?:111111111111:*1", queue)
    for pattern in ("arn:aws:sqs:*:q:1", "arn:aws:*", "*", "arn:aws:sqs:us-east-1*:q:1", "ARN:aws:sqs:*:*:*"):
        assert not met(pattern, queue)


@pytest.mark.parametrize("text", ["*", "abc", "arn:aws:s3", "a:b:c:d:e"])
def test_what_is_no_arn_matches_no_arn_and_meets_the_negation(text: str) -> None:
    for operator in ("ArnEquals", "ArnLike"):
        assert not holds({operator: {"x:a": text}}, {"x:a": text})
        assert not holds({operator: {"x:a": "arn:aws:s3:::*"}}, {"x:a": text})
        assert holds({operator.replace("Arn", "ArnNot"): {"x:a": "arn:aws:s3:::*"}}, {"x:a": text})


@pytest.mark.parametrize(("operator", "met"), [
    ("NumericEquals", {"5"}), ("NumericNotEquals", {"4.9", "6", "-7"}), ("NumericLessThan", {"4.9", "-7"}),
    ("NumericLessThanEquals", {"4.9", "5", "-7"}), ("NumericGreaterThan", {"6"}),
    ("NumericGreaterThanEquals", {"5", "6"}),
])  # fmt: skip
def test_numbers_are_compared_as_numbers(operator: str, met: set[str]) -> None:
    for value in ("4.9", "5", "6", "-7"):
        assert holds({operator: {"x:a": "5.0"}}, {"x:a": value}) == (value in met)
        assert holds({operator: {"x:a": 5}}, {"x:a": float(value)}) == (value in met)


@pytest.mark.parametrize("text", ["10abc", "ten", "", "0x0A", "1,000", "NaN", "Infinity", "१०"])
def test_what_is_no_number_equals_none(text: str) -> None:
    for operator in ("NumericEquals", "NumericLessThanEquals", "NumericGreaterThanEquals"):
        assert not holds({operator: {"x:a": "10"}}, {"x:a": text})
        assert not holds({operator: {"x:a": text}}, {"x:a": "10"})
    assert holds({"NumericNotEquals": {"x:a": "10"}}, {"x:a": text})
    assert holds({"NumericNotEquals": {"x:a": text}}, {"x:a": "10"})


@pytest.mark.parametrize("text", [
    "2025-01-01T00:00:00Z", "2025-01-01", "2024-12-31T19:00:00-05:00", "2025-01-01T02:00+02:00", "1735689600",
    "2025-01-01T00:00:00.000Z",
])  # fmt: skip
def test_dates_in_every_form_are_the_same_instant(text: str) -> None:
    for other in ("2025-01-01T00:00:00Z", "1735689600"):
        assert holds({"DateEquals": {"x:a": text}}, {"x:a": other})
        assert holds({"DateEquals": {"x:a": other}}, {"x:a": text})
        assert not holds({"DateLessThan": {"x:a": other}}, {"x:a": text})
        assert holds({"DateLessThanEquals": {"x:a": other}}, {"x:a": text})
    assert holds({"DateGreaterThan": {"x:a": text}}, {"x:a": "1735689601"})
    assert holds({"DateLessThan": {"x:a": text}}, {"x:a": "2024-12-31T23:59:59Z"})


@pytest.mark.parametrize("text", ["yesterday", "2025-13-01", "2025-02-30T00:00:00Z", ""])
def test_what_is_no_date_equals_none(text: str) -> None:
    assert not holds({"DateEquals": {"x:a": "2025-01-01"}}, {"x:a": text})
    assert not holds({"DateLessThan": {"x:a": text}}, {"x:a": "2025-01-01"})
    assert holds({"DateNotEquals": {"x:a": "2025-01-01"}}, {"x:a": text})


@pytest.mark.parametrize("value", [True, "true", "True", "TRUE"])
def test_booleans_are_compared_as_text_in_any_case(value: Any) -> None:
    for given in (True, "true", "TRUE"):
        assert holds({"Bool": {"x:a": value}}, {"x:a": given})
    for given in (False, "false"):
        assert not holds({"Bool": {"x:a": value}}, {"x:a": given})


@pytest.mark.parametrize(("network", "address", "inside"), [
    ("10.0.0.0/8", "10.255.0.1", True), ("10.0.0.0/8", "11.0.0.1", False), ("10.0.0.1", "10.0.0.1", True),
    ("10.0.0.1", "10.0.0.2", False), ("10.0.0.9/24", "10.0.0.1", True), ("0.0.0.0/0", "203.0.113.1", True),
    ("2001:db8::/32", "2001:db8:1::1", True), ("2001:db8::1", "2001:DB8:0:0:0:0:0:1", True),
    ("2001:0db8:0000::/33", "2001:db8:8000::1", False), ("::/0", "10.0.0.1", False), ("0.0.0.0/0", "::1",
    False),
    ("10.0.0.0/8", "nowhere", False), ("nowhere", "10.0.0.1", False),
])  # fmt: skip
def test_addresses_lie_in_networks_of_their_own_family(network: str, address: str, inside: bool) -> None:
    assert holds({"IpAddress": {"x:a": network}}, {"x:a": address}) == inside
    assert holds({"NotIpAddress": {"x:a": network}}, {"x:a": address}) == (not inside)


@pytest.mark.parametrize("operator", ["StringNotEquals", "StringNotLike", "StringNotEqualsIgnoreCase"])
def test_a_variable_without_a_value_lets_no_negated_operator_fail(operator: str) -> None:
    block = {operator: {"x:a": "${x:b}"}}
    assert holds(block, {"x:a": "1"})
    assert holds(block, {"x:a": "1", "x:b": "2"})
    assert not holds(block, {"x:a": "1", "x:b": "1"})
    assert holds({operator: {"x:a": ["2", "${x:b}"]}}, {"x:a": "1"})
    assert not holds({operator: {"x:a": ["1", "${x:b}"]}}, {"x:a": "1"})
    assert not holds({operator: {"x:a": "${x:b, '1'}"}}, {"x:a": "1"})
    assert holds(block)  # without its own key it is met as ever


def test_a_caller_without_the_tag_that_an_object_must_share_is_denied_as_aws_documents() -> None:
    # the example of "Policy variables with no value" in AWS's page on variables
    shared = {"StringNotEquals": {"s3:ExistingObjectTag/Team": "${aws:PrincipalTag/Team}"}}
    identity = [policy(allow(), deny("s3:GetObject", Condition=shared))]
    tagged = {"s3:ExistingObjectTag/Team": "red"}
    assert answer(BOB, identity=identity, context=tagged) == EXPLICIT
    assert answer(BOB, identity=identity, context={**tagged, "aws:PrincipalTag/Team": "red"}) == ALLOWED
    assert answer(BOB, identity=identity, context={**tagged, "aws:PrincipalTag/Team": "blue"}) == EXPLICIT


def test_binary_values_are_compared_as_bytes() -> None:
    assert holds({"BinaryEquals": {"x:a": "QUJD"}}, {"x:a": "QUJD"})
    assert not holds({"BinaryEquals": {"x:a": "QUJD"}}, {"x:a": "QUJE"})
    # the same bytes in another spelling: the last bits of the last character are padding
    assert holds({"BinaryEquals": {"x:a": "QQ=="}}, {"x:a": "QR=="})
    assert not holds({"BinaryEquals": {"x:a": "?"}}, {"x:a": "?"})


@pytest.mark.parametrize("nothing", [{}, {"x:a": ""}, {"x:a": []}])
def test_null_asks_whether_the_key_is_there(nothing: Json) -> None:
    assert holds({"Null": {"x:a": "true"}}, nothing)
    assert holds({"Null": {"x:a": True}}, nothing)
    assert not holds({"Null": {"x:a": "false"}}, nothing)
    for there in ({"x:a": "b"}, {"x:a": ["b"]}):
        assert holds({"Null": {"x:a": "false"}}, there)
        assert not holds({"Null": {"x:a": "true"}}, there)


@pytest.mark.parametrize("operator", [
    "StringMatches", "StringEqual", "", "IfExists", "ForSomeValues:StringEquals", "ForAllValues:",
    "NumericLike",
    "StringEqualsIfExistsIfExists", "NotBool", "ForAllValues:ForAnyValue:StringEquals",
])  # fmt: skip
def test_an_unknown_operator_is_reported_and_the_policy_grants_nothing(operator: str) -> None:
    document = policy(when(operator, "x:a", "b"), allow())
    assert "unknown-operator" in rules(document)
    assert not read(document).valid
    assert answer(BOB, identity=[document], context={"x:a": "b"}) == IMPLICIT


def test_a_value_that_the_operator_can_not_read_is_reported() -> None:
    for operator, value in (
        ("NumericEquals", "ten"),
        ("DateEquals", "soon"),
        ("IpAddress", "home"),
        ("Null", "no"),
    ):
        assert "unreadable-value" in rules(policy(when(operator, "x:a", value)))


def test_keys_that_a_request_may_lack_are_known_to_be_absent() -> None:
    deny_without = policy(allow(), deny(Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}))
    assert answer(BOB, identity=[deny_without]) == EXPLICIT
    assert answer(BOB, identity=[deny_without], context={"aws:MultiFactorAuthPresent": "true"}) == ALLOWED
    deny_false = policy(allow(), deny(Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}}))
    assert answer(BOB, identity=[deny_false]) == ALLOWED
    alone = access(user(), organized=organization()).context(user("Eve", OTHER))
    assert not isinstance(alone["aws:principalorgid"], str)
    within = access(user(), organized=organization()).context(user())
    assert within["aws:principalorgid"] == "o-1"
    assert within["aws:principalorgpaths"] == ("o-1/r/ou/",)
    untagged = access(user()).context(user())["aws:principaltag/team"]
    assert not isinstance(untagged, str)


def test_the_arn_of_a_session_is_its_roles_and_its_user_id_names_the_session() -> None:
    made = policy(when("ArnEquals", "aws:PrincipalArn", ROLE))
    known = access(role()).context(role())
    assert known["aws:principalarn"] == ROLE
    assert repr(known["aws:userid"]) == "OPEN"  # it ends in the session's name
    question = Question("s3:GetObject", OBJECT, resource_level=True, resource_account=HOME)
    policies = Policies(identity=[Holding(held("own", made), "inline")])
    assert decide(question, Caller.of(ROLE), known, policies).verdict is Verdict.ALLOWED


def test_the_user_id_of_a_roles_sessions_begins_with_the_roles_and_a_root_users_is_its_account() -> None:
    app = role(unique_id="AROAAPP")
    for operator, values, expected in (
        ("StringLike", "AROAAPP:*", True), ("StringLike", ["AROAOTHER:*", "AROAAPP*"], True),
        ("StringNotLike", "AROAAPP:*", False), ("StringLike", "AROAOTHER:*", False),
        ("StringNotLikeIfExists", "AROAOTHER:*", True), ("StringEquals", "AROAAPP", False),
        ("Null", "false", True), ("Null", "true", False),
    ):  # fmt: skip
        document = read(policy(when(operator, "aws:userid", values)))
        [condition] = document.statements[0].conditions
        assert condition.decide(access(app).context(app)) is expected
    [open_] = read(policy(when("StringEquals", "aws:userid", "AROAAPP:ann"))).statements[0].conditions
    assert open_.decide(access(app).context(app)) is open_
    given = access(app, context={"aws:userid": "AROAAPP:ann"})
    assert open_.decide(given.context(app)) is True
    own = Principal(arn=ROOT, type=PrincipalType.ROOT, name="root", account=HOME)
    assert access(own).context(own)["aws:userid"] == HOME


@pytest.mark.parametrize("prefix", ["aws", "iam", "secretsmanager"])
def test_the_tags_of_a_loaded_resource_are_known_by_every_key_for_them(prefix: str) -> None:
    key = f"{prefix}:ResourceTag/team"
    arn = f"arn:aws:secretsmanager:us-east-1:{HOME}:secret:s-AbCdEf"
    secret = Resource(
        arn=arn, type="AWS::SecretsManager::Secret", name="s", account=HOME, tags={"team": "red"}
    )
    for value, verdict in (("red", Verdict.ALLOWED), ("blue", Verdict.DENIED)):
        bob = user(inline=(held("own", policy(when("StringEquals", key, value))),))
        asked = can(access(bob, resources=[secret]), bob, "secretsmanager:GetSecretValue", arn)
        assert asked.verdict is verdict


@pytest.mark.parametrize(("key", "value"), [
    ("aws:SourceArn", f"arn:aws:sns:us-east-1:{HOME}:t"), ("aws:SourceAccount", HOME), ("aws:SourceOrgID",
    "o-1"),
])  # fmt: skip
def test_a_service_is_bound_to_the_source_of_its_call(key: str, value: str) -> None:
    sns = "sns.amazonaws.com"
    made = policy(grant({"Service": sns}, Condition={"StringEquals": {key: value}}))
    assert answer(sns, on_resource=made, context={key: value}) == ALLOWED
    assert answer(sns, on_resource=made, context={key: "other"}) == IMPLICIT
    assert answer(sns, on_resource=made) == IMPLICIT


def test_calls_that_a_service_makes_on_behalf_of_the_caller_carry_their_chain() -> None:
    made = policy(when("ForAnyValue:StringEquals", "aws:CalledVia", "athena.amazonaws.com"))
    assert answer(BOB, identity=[made], context={"aws:CalledVia": ["athena.amazonaws.com"]}) == ALLOWED
    assert answer(BOB, identity=[made]) == IMPLICIT


def _open(document: Json) -> Decision:
    question = Question("s3:GetObject", OBJECT, resource_level=True, resource_account=HOME)
    policies = Policies(identity=[Holding(held("own", document), "inline")])
    return decide(question, Caller.of(BOB), Context({}), policies)


def test_what_a_request_leaves_open_the_answer_depends_on() -> None:
    decision = _open(policy(when("Bool", "aws:MultiFactorAuthPresent", "true")))
    assert decision.verdict is Verdict.DEPENDS
    assert decision.conditions == ("aws:MultiFactorAuthPresent is true",)
    assert _open(policy(allow())).verdict is Verdict.ALLOWED
    assert _open(policy(deny())).verdict is Verdict.DENIED


def test_conditions_of_allows_and_of_denies_are_kept_apart() -> None:
    mfa = allow(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    outside = deny(Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
    decision = _open(policy(mfa, outside))
    assert decision.verdict is Verdict.DEPENDS
    assert [test.keys for test in formula.tests(decision.allow)] == [{"aws:multifactorauthpresent"}]
    assert [test.keys for test in formula.tests(decision.deny)] == [{"aws:sourceip"}]
    assert set(decision.conditions) == {
        "aws:MultiFactorAuthPresent is true",
        "aws:SourceIp is in 203.0.113.0/24",
    }


def test_contradictions_are_denied_and_tautologies_dropped() -> None:
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    assert _open(policy(allow(Condition=mfa), deny(Condition=mfa))).verdict is Verdict.DENIED
    either = policy(when("Null", "x:a", "true"), when("Null", "x:a", "false"))
    assert _open(either).verdict is Verdict.ALLOWED
    both = {"StringEquals": {"x:a": "1"}, "StringLike": {"x:a": "2*"}}
    assert _open(policy(allow(Condition=both))).verdict is Verdict.DENIED

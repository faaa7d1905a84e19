"""Which statements are about a request: Action, Resource, and how they are written."""

from __future__ import annotations

from typing import Any

import pytest

from iam.document import PolicyKind
from tests.iam.small_cases import (
    ALLOWED,
    BOB,
    BUCKET,
    EXPLICIT,
    HOME,
    IMPLICIT,
    OBJECT,
    TARGET,
    Json,
    allow,
    answer,
    decided,
    deny,
    grant,
    matches,
    policy,
    read,
    rules,
    trust,
)

ALL = policy(allow())
QUEUE = f"arn:aws:sqs:us-east-1:{HOME}:q1"


def may(action_text: Any, action: str = "s3:GetObject") -> bool:
    return answer(BOB, action, OBJECT, identity=[policy(allow(action_text))]) == ALLOWED


@pytest.mark.parametrize("text", [
    "s3:GetObject", "S3:getobject", "s3:GETOBJECT", "s3:*", "s3:Get*", "s3:*Object", "s3:G?tObject",
    "s3:*t*b*", "*",
    "s3:GetObject*", "*:*",
])  # fmt: skip
def test_an_action_matches_in_any_case_with_wildcards_in_its_name(text: str) -> None:
    assert may(text)


@pytest.mark.parametrize("text", [
    "s3:PutObject", "ec2:*", "s3:GetObjec", "s3:GetObject?", "s?:GetObject", "*:GetObject", "s*:*",
    "*3:GetObject",
])  # fmt: skip
def test_no_wildcard_stands_in_the_service_of_an_action(text: str) -> None:
    assert not may(text)


def test_not_action_is_everything_else_of_every_service() -> None:
    others = policy(allow(None, NotAction=["iam:*", "s3:Put*"]))
    assert answer(BOB, identity=[others]) == ALLOWED
    assert answer(BOB, "sqs:SendMessage", QUEUE, identity=[others]) == ALLOWED
    assert answer(BOB, "s3:PutObject", identity=[others]) == IMPLICIT
    only = policy(deny(None, NotAction="s3:*"))
    assert answer(BOB, identity=[ALL, only]) == ALLOWED
    assert answer(BOB, "sqs:SendMessage", QUEUE, identity=[ALL, only]) == EXPLICIT


@pytest.mark.parametrize(("pattern", "resource"), [
    (f"{BUCKET}/*", f"{BUCKET}/a/b:c"), (f"{BUCKET}/a?b", f"{BUCKET}/a/b"), (f"{BUCKET}/*", f"{BUCKET}/"),
    (f"{BUCKET}/*/x", f"{BUCKET}/a/b/x"), (f"{BUCKET}/a*:z", f"{BUCKET}/a:b:z"),
])  # fmt: skip
def test_wildcards_in_the_last_part_stand_for_any_character(pattern: str, resource: str) -> None:
    assert matches(pattern, resource)


@pytest.mark.parametrize("resource", [f"{BUCKET}/A.txt", "arn:aws:s3:::Bucket/a.txt"])
def test_a_resource_is_compared_with_case(resource: str) -> None:
    assert not matches(OBJECT, resource)


@pytest.mark.parametrize(("pattern", "expected"), [
    ("arn:aws:sqs:*:*:q1", True), ("arn:aws:sqs:us-*-1:*:q1", True), (f"arn:aws:sqs:*:{HOME}:q1", True),
    ("arn:aws:sqs:us*st-?:*:q1", True), ("arn:aws:sqs:*1:q1", False), ("arn:aws:sqs:?:q1", False),
    ("arn:aws:*east-1:q1", False), ("arn:aws:sqs:us-east-1?111111111111:q1", False),
])  # fmt: skip
def test_a_wildcard_stays_within_its_part_of_the_arn(pattern: str, expected: bool) -> None:
    assert matches(pattern, QUEUE, "sqs:SendMessage") == expected


@pytest.mark.parametrize(
    "pattern", ["arn:aws:sqs:*:q1", "arn:aws:sqs*", "arn:*", "arn:aws:*:q1", "arn:aws:sqs:us-east-1*"]
)
def test_an_asterisk_that_ends_its_part_runs_on_past_colons(pattern: str) -> None:
    assert matches(pattern, QUEUE, "sqs:SendMessage")


@pytest.mark.parametrize(
    "pattern", ["arn:aws:iam::*:ro?e/Target", "arn:aws:iam::*:*/Target", "arn:aws:iam::*:r*"]
)
def test_a_wildcard_may_stand_in_the_type_of_a_resource(pattern: str) -> None:
    assert matches(pattern, f"arn:aws:iam::{HOME}:role/Target", "iam:PassRole")


def test_short_arns_are_patterns() -> None:
    assert matches("arn:aws:s3*", OBJECT)
    assert matches("arn:aws:s3:::b*", OBJECT)
    assert not matches("arn:aws:s3", OBJECT)
    assert matches("*:q1", QUEUE, "sqs:SendMessage")
    assert matches("arn:aws:sqs:us*:q1", QUEUE, "sqs:SendMessage")
    assert not matches("*q1", QUEUE, "sqs:SendMessage")


@pytest.mark.parametrize("pattern", [f"arn:aws:s3::{HOME}:bucket/*", "arn:aws:s3:us-east-1::bucket/*",
                                     "arn:aws-cn:s3:::bucket/*", "arn:aws-us-gov:s3:::bucket/*"])  # fmt: skip
def test_empty_parts_of_an_arn_stay_empty_and_the_partition_must_match(pattern: str) -> None:
    assert not matches(pattern, OBJECT)


def test_a_bucket_is_not_its_objects() -> None:
    assert matches(BUCKET, BUCKET, "s3:ListBucket")
    assert not matches(BUCKET, OBJECT)
    assert not matches(f"{BUCKET}/*", BUCKET, "s3:ListBucket")
    assert matches(f"{BUCKET}*", BUCKET, "s3:ListBucket")
    assert matches(f"{BUCKET}*", OBJECT)
    assert matches(f"{BUCKET}/*", f"{BUCKET}/ sp ace/ü/${{x}}*?")


@pytest.mark.parametrize("resource", ["*", "**"])
def test_an_action_without_resources_matches_only_an_asterisk(resource: str) -> None:
    assert answer(BOB, "s3:ListAllMyBuckets", "*", identity=[policy(allow(resource=resource))]) == ALLOWED
    for narrow in ("arn:aws:s3:::*", "arn:aws:s3*", "arn:*", "*a"):
        assert answer(BOB, "s3:ListAllMyBuckets", "*", identity=[policy(allow(resource=narrow))]) == IMPLICIT
        denied = [ALL, policy(deny(resource=narrow))]
        assert answer(BOB, "s3:ListAllMyBuckets", "*", identity=denied) == ALLOWED
    assert (
        answer(BOB, "s3:ListAllMyBuckets", "*", identity=[ALL, policy(deny(resource=resource))]) == EXPLICIT
    )


def test_an_action_without_resources_is_one_whatever_a_request_names() -> None:
    made = policy(allow(resource=BUCKET))
    assert answer(BOB, "s3:ListAllMyBuckets", BUCKET, identity=[made]) == IMPLICIT


def test_not_resource_is_the_complement() -> None:
    others = policy(allow(resource=None, NotResource=f"{BUCKET}/secret/*"))
    assert answer(BOB, identity=[others]) == ALLOWED
    assert answer(BOB, resource=f"{BUCKET}/secret/x", identity=[others]) == IMPLICIT
    assert answer(BOB, "s3:ListAllMyBuckets", "*", identity=[others]) == ALLOWED
    none = policy(allow(resource=None, NotResource="*"))
    assert answer(BOB, identity=[none]) == IMPLICIT
    assert answer(BOB, "s3:ListAllMyBuckets", "*", identity=[none]) == IMPLICIT


def test_a_statement_on_another_type_of_resource_says_nothing() -> None:
    both = policy(allow(["s3:GetObject", "s3:ListBucket"], BUCKET), deny("s3:GetObject", BUCKET))
    assert answer(BOB, identity=[both]) == IMPLICIT
    assert answer(BOB, "s3:ListBucket", BUCKET, identity=[both]) == ALLOWED
    assert read(both).valid


def test_each_resource_of_an_action_is_authorised_on_its_own() -> None:
    made = policy(allow("ec2:RunInstances", "arn:aws:ec2:*:*:instance/*"))
    instance, subnet = f"arn:aws:ec2:us-east-1:{HOME}:instance/*", f"arn:aws:ec2:us-east-1:{HOME}:subnet/s"
    assert answer(BOB, "ec2:RunInstances", instance, identity=[made]) == ALLOWED
    assert answer(BOB, "ec2:RunInstances", subnet, identity=[made]) == IMPLICIT


def test_what_an_action_needs_besides_is_a_decision_of_its_own() -> None:
    made = policy(allow("lambda:CreateFunction"))
    assert (
        answer(BOB, "lambda:CreateFunction", f"arn:aws:lambda:us-east-1:{HOME}:function:f", identity=[made])
        == ALLOWED
    )
    assert answer(BOB, "iam:PassRole", TARGET, identity=[made]) == IMPLICIT


def test_identity_policies_must_have_a_resource_and_others_may_leave_it_out() -> None:
    assert "missing-element" in rules(policy(allow(resource=None)))
    assert "missing-element" in rules(policy(allow(resource=None)), PolicyKind.SERVICE_CONTROL)
    assert answer(BOB, identity=[policy(allow(resource=None))]) == IMPLICIT
    assert answer(BOB, on_resource=policy(grant(BOB, resource=None))) == ALLOWED
    assert answer(BOB, "sts:AssumeRole", TARGET, on_resource=policy(trust(BOB))) == ALLOWED


def test_a_resource_policy_without_principal_says_nothing() -> None:
    assert not read(ALL, PolicyKind.RESOURCE).valid
    assert decided(BOB, on_resource=ALL).result == IMPLICIT
    assert decided(BOB, identity=[ALL], on_resource=policy(deny())).result == ALLOWED


def test_one_value_and_a_list_of_one_are_the_same() -> None:
    plain: Json = {"Version": "2012-10-17", "Statement": allow("s3:*", f"{BUCKET}/*")}
    listed = policy(allow(["s3:*"], [f"{BUCKET}/*"]))
    assert answer(BOB, identity=[plain]) == answer(BOB, identity=[listed]) == ALLOWED


def test_names_of_elements_have_their_case_and_condition_keys_have_none() -> None:
    lower = {"Version": "2012-10-17", "Statement": {"effect": "Allow", "Action": "*", "Resource": "*"}}
    assert answer(BOB, identity=[lower]) == IMPLICIT
    assert {"unknown-element", "unknown-effect"} <= rules(lower)
    met = policy(allow(Condition={"StringEquals": {"AWS:USERNAME": "Bob"}}))
    assert answer(BOB, identity=[met], context={"aws:UserName": "Bob"}) == ALLOWED


@pytest.mark.parametrize("text", [" s3:GetObject", "s3:GetObject ", "s3: GetObject",
    "s3:GetObject,s3:PutObject",
                                  "s3:Get Object", "s3:GetObject\n"])  # fmt: skip
def test_space_or_commas_within_an_action_match_nothing(text: str) -> None:
    assert not may(text)


@pytest.mark.parametrize("odd", ["s3:", "s3:GetObject\u00e9", "\u017f3:GetObject", "s3:Get Object"])
def test_an_action_that_cannot_exist_matches_nothing_and_spoils_nothing_else(odd: str) -> None:
    # the long s of the third has a small s as its capital's twin
    assert answer(BOB, identity=[policy(allow(odd))]) == IMPLICIT
    assert answer(BOB, identity=[policy(allow([odd, "s3:GetObject"]))]) == ALLOWED
    assert answer(BOB, identity=[ALL, policy(deny(odd))]) == ALLOWED

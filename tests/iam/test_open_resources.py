"""A question that leaves the resource open: on which resources it holds, and never on such as can't be."""

from __future__ import annotations

from typing import Any

import pytest

from iam.answer import Answer
from iam.asking import can, missing
from iam.decision import Layer, Verdict
from iam.document import PolicyKind
from iam.entities import Account, Resource
from iam.managed_policies import beyond_reference
from iam.put import questions_put, works_on
from tests.iam.small_cases import (
    BOB,
    BUCKET,
    HOME,
    OBJECT,
    OTHER,
    Json,
    access,
    allow,
    bucket,
    deny,
    grant,
    held,
    organization,
    policy,
    refuse,
    role,
    user,
)


def asked(action: str, resource: str | None, *documents: Json) -> Answer:
    """The answer for a user with these policies in an account with nothing else."""
    bob = user(inline=tuple(held(f"p{at}", document) for at, document in enumerate(documents)))
    return can(access(bob), bob, action, resource)


@pytest.mark.parametrize(
    ("action", "pattern"),
    [
        ("s3:GetObject", "arn:aws:dynamodb:*"),
        ("s3:GetObject", "arn:aws:sqs:*:*:*"),
        ("s3:GetObject", f"arn:aws:s3::{HOME}:bucket/*"),
        ("sqs:SendMessage", "arn:aws:s3:::*"),
        ("iam:GetUser", "arn:aws:iam::*:role/*"),
    ],
)
def test_a_grant_on_other_resources_is_none(action: str, pattern: str) -> None:
    assert asked(action, None, policy(allow(resource=pattern))).verdict is Verdict.DENIED


@pytest.mark.parametrize(
    ("action", "pattern", "expected"),
    [
        ("s3:GetObject", BUCKET, Verdict.DENIED),
        ("s3:GetObject", BUCKET + "*", Verdict.ALLOWED),
        ("s3:ListBucket", BUCKET + "/*", Verdict.DENIED),
        ("s3:ListBucket", BUCKET + "*", Verdict.ALLOWED),
    ],
)
def test_of_what_a_wildcard_stands_for_only_what_the_action_takes_counts(
    action: str, pattern: str, expected: Verdict
) -> None:
    assert asked(action, "arn:aws:s3:::b*", policy(allow(resource=pattern))).verdict is expected


def test_a_key_needs_its_policy_however_it_is_asked_about() -> None:
    everything = policy(allow())
    for resource in (None, f"arn:aws:kms:us-east-1:{HOME}:*", "arn:aws:kms:*:*:key/*"):
        assert asked("kms:Decrypt", resource, everything).verdict is Verdict.DEPENDS
    assert (
        asked("kms:CreateAlias", f"arn:aws:kms:us-east-1:{HOME}:alias/*", everything).verdict
        is Verdict.ALLOWED
    )


def test_resources_in_another_account_need_that_account_too() -> None:
    theirs, ours = f"arn:aws:sqs:*:{OTHER}:q", f"arn:aws:sqs:*:{HOME}:q"
    foreign = asked("sqs:SendMessage", None, policy(allow(resource=theirs)))
    assert foreign.verdict is Verdict.DEPENDS
    assert OTHER in " ".join(foreign.needs)
    both = asked("sqs:SendMessage", None, policy(allow(resource=[theirs, ours])))
    assert (both.verdict, both.scope.resources) == (Verdict.ALLOWED, (ours,))


def test_users_and_roles_of_other_accounts_are_out_of_reach_for_they_have_no_policies() -> None:
    theirs, ours = f"arn:aws:iam::{OTHER}:user/ann", f"arn:aws:iam::{HOME}:user/ann"
    assert asked("iam:GetUser", None, policy(allow(resource=theirs))).verdict is Verdict.DENIED
    assert asked("iam:GetUser", theirs, policy(allow())).verdict is Verdict.DENIED
    assert asked("iam:GetUser", ours, policy(allow())).verdict is Verdict.ALLOWED
    anyone = access(user())
    for resource in (ours, None):
        said = " ".join(missing(anyone, list(questions_put(anyone, "iam:GetUser", resource))))
        assert "let others in" not in said


def test_a_role_of_an_account_that_is_not_loaded_hangs_on_its_trust() -> None:
    elsewhere = policy(allow("sts:AssumeRole", f"arn:aws:iam::{OTHER}:role/partner"))
    answer = asked("sts:AssumeRole", None, elsewhere)
    assert answer.verdict is Verdict.DEPENDS
    assert "trust policy" in " ".join(answer.needs)
    assert answer.scope.resources == (f"arn:aws:iam::{OTHER}:role/partner",)


def test_where_there_is_no_role_none_can_be_assumed() -> None:
    assert asked("sts:AssumeRole", f"arn:aws:iam::{HOME}:role/*", policy(allow())).verdict is Verdict.DENIED
    assert asked("sts:AssumeRoleWithSAML", None, policy(allow())).verdict is Verdict.DENIED


# Where the catalogue has gaps


@pytest.mark.parametrize(
    ("action", "pattern"),
    [
        ("logs:DescribeLogGroups", f"arn:aws:logs:*:{HOME}:log-group:*"),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::*"),
        ("logs:DescribeLogStreams", "arn:aws:logs:*:*:log-group:/app:log-stream:*"),
    ],
)
def test_what_awss_own_policies_grant_beyond_its_reference_is_left_open(action: str, pattern: str) -> None:
    granted = asked(action, None, policy(allow(resource=pattern)))
    assert granted.verdict is Verdict.DEPENDS
    assert "reference of actions does not say" in " ".join(granted.needs)
    denied = asked(action, None, policy(allow(), deny(resource=pattern)))
    assert denied.verdict is not Verdict.DENIED
    assert asked(action, None, policy(allow(resource="arn:aws:sqs:*:*:q"))).verdict is Verdict.DENIED


def test_no_such_doubt_touches_a_case_that_says_what_the_action_takes() -> None:
    from tests.iam.small_cases import IMPLICIT, answer

    buckets = policy(allow("s3:ListAllMyBuckets", "arn:aws:s3:::*"))
    assert answer(BOB, "s3:ListAllMyBuckets", "*", identity=[buckets]) == IMPLICIT


def test_the_gaps_are_known_from_awss_policies() -> None:
    assert {"logs:describeloggroups", "s3:listallmybuckets", "iam:listroles"} <= beyond_reference()
    assert not {"s3:getobject", "iam:getuser", "ec2:describevpcs"} & beyond_reference()


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("lambda:InvokeFunction", f"arn:aws:lambda:us-east-1:{HOME}:function:app:PROD"),
        ("states:StartExecution", f"arn:aws:states:us-east-1:{HOME}:stateMachine:app:live"),
        ("logs:DescribeLogStreams", f"arn:aws:logs:us-east-1:{HOME}:log-group:/app:log-stream:x"),
        ("s3:GetObject", f"arn:aws:s3:us-east-1:{HOME}:unheard-of/x"),
    ],
)
def test_a_resource_is_not_refused_where_the_catalogue_may_be_wrong(action: str, resource: str) -> None:
    assert works_on(action, resource)
    assert asked(action, resource, policy(allow())).verdict is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", BUCKET),
        ("s3:ListBucket", BUCKET + "/a.txt"),
        ("s3:GetObject", f"arn:aws:sqs:us-east-1:{HOME}:q"),
        ("kms:Decrypt", f"arn:aws:kms:us-east-1:{HOME}:alias/a"),
    ],
)
def test_a_resource_of_another_kind_is_refused(action: str, resource: str) -> None:
    assert not works_on(action, resource)


def test_a_grant_on_an_alias_of_a_function_counts_and_one_on_an_index_does_not_for_items() -> None:
    alias = "arn:aws:lambda:*:*:function:app:PROD"
    assert asked("lambda:InvokeFunction", None, policy(allow(resource=alias))).scope.resources == (alias,)
    index = policy(allow(resource="arn:aws:dynamodb:*:*:table/t/index/*"))
    assert asked("dynamodb:GetItem", None, index).verdict is Verdict.DENIED
    assert asked("dynamodb:Query", None, index).verdict is Verdict.ALLOWED


def test_an_object_is_none_of_what_a_bucket_action_is_asked_of() -> None:
    guarded = bucket(policy(refuse("*", Condition={"Bool": {"aws:SecureTransport": "false"}})))
    bob = user(inline=(held("own", policy(allow("s3:*", [BUCKET, BUCKET + "/*"]))),))
    answer = can(access(bob, resources=[guarded]), bob, "s3:ListBucket", None)
    assert (answer.verdict, answer.scope.resources) == (Verdict.ALLOWED, (BUCKET,))


def test_resources_that_take_more_than_others_are_left_out() -> None:
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    away = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    own = policy(
        allow("s3:GetObject", BUCKET + "/*", Condition=mfa), deny("s3:*", BUCKET + "/x/*", Condition=away)
    )
    answer = asked("s3:GetObject", None, own)
    assert (answer.verdict, answer.conditions) == (Verdict.DEPENDS, ("aws:MultiFactorAuthPresent is true",))
    assert (answer.scope.resources, answer.scope.except_resources) == ((BUCKET + "/*",), (BUCKET + "/x/*",))


def test_an_answer_on_several_guarded_resources_holds_where_one_of_them_does() -> None:
    mfa, office = (
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    )

    def queue(name: str, **elements: Any) -> Resource:
        arn = f"arn:aws:sqs:us-east-1:{HOME}:{name}"
        guard = held(name, policy(grant(BOB, "sqs:SendMessage", **elements)), PolicyKind.RESOURCE)
        return Resource(arn=arn, type="AWS::SQS::Queue", name=name, account=HOME, policy=guard)

    def sending(*queues: Resource) -> Answer:
        bob = user()
        return can(access(bob, resources=queues), bob, "sqs:SendMessage", None)

    either = sending(queue("a", Condition=mfa), queue("b", Condition=office))
    assert either.conditions == ("aws:MultiFactorAuthPresent is true or aws:SourceIp is in 192.0.2.0/24",)
    assert [grant.policy_id for grant in either.because] == ["a", "b"]
    easier = sending(queue("a", Condition={**mfa, **office}), queue("b", Condition=office))
    assert easier.conditions == ("aws:SourceIp is in 192.0.2.0/24",)
    assert [text.rpartition(":")[2] for text in easier.scope.resources] == ["b"]
    assert [grant.policy_id for grant in easier.because] == ["b"]
    both = sending(queue("a"), queue("b"))
    assert (both.verdict, len(both.scope.resources), len(both.because)) == (Verdict.ALLOWED, 2, 2)


def test_what_is_loaded_is_not_asked_about_in_general() -> None:
    eve = user("Eve", OTHER, inline=(held("own", policy(allow("s3:GetObject", BUCKET + "/*"))),))

    def reading(*statements: Json) -> Answer:
        loaded = access(resources=[bucket(policy(*statements) if statements else None)])
        loaded.estate.accounts[OTHER] = Account(id=OTHER, principals={eve.arn: eve})
        return can(loaded, eve, "s3:GetObject", None)

    assert reading().verdict is Verdict.DENIED  # it is another account's, without a policy
    assert reading(grant(HOME)).verdict is Verdict.DENIED
    named = reading(grant(eve.arn))
    assert (named.verdict, named.scope.resources) == (Verdict.ALLOWED, (BUCKET + "/*",))
    bob = user(inline=(held("own", policy(allow("s3:GetObject", BUCKET + "/*"))),))
    closed = access(bob, resources=[bucket(policy(refuse("*")))])
    assert can(closed, bob, "s3:GetObject", None).verdict is Verdict.DENIED
    writing = access(bob, resources=[bucket(policy(grant("*", "s3:PutObject")))])
    assert can(writing, bob, "s3:GetObject", None).verdict is Verdict.ALLOWED


def test_rcps_bind_on_resources_that_are_not_loaded_too() -> None:
    bob = user(inline=(held("own", policy(allow("s3:*"))),))
    full = held("full", policy(allow()), PolicyKind.SERVICE_CONTROL)
    away = {"StringNotEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}
    closed = held("closed", policy(refuse("*", "s3:DeleteBucket")), PolicyKind.RESOURCE_CONTROL)
    inside = held("inside", policy(refuse("*", "s3:GetObject", Condition=away)), PolicyKind.RESOURCE_CONTROL)
    loaded = access(bob, organized=organization(r=[full, closed, inside], ou=[full], **{"_" + HOME: [full]}))
    for resource in (None, "arn:aws:s3:::b*", BUCKET):
        assert can(loaded, bob, "s3:DeleteBucket", resource).decision.blocked_by == (Layer.RESOURCE_CONTROL,)
        assert can(loaded, bob, "s3:ListBucket", resource).verdict is Verdict.ALLOWED
    conditions = can(loaded, bob, "s3:GetObject", None).conditions
    assert conditions == ("aws:SourceVpc is vpc-1",)


def test_a_question_about_any_resource_is_met_by_one_of_ones_own_account() -> None:
    elsewhere = {"StringNotEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}
    perimeter = policy(allow("s3:*"), deny("s3:*", Condition=elsewhere))
    assert asked("s3:GetObject", None, perimeter).verdict is Verdict.ALLOWED
    assert asked("s3:GetObject", OBJECT, perimeter).conditions == (f"aws:ResourceAccount is {HOME}",)
    only_theirs = policy(allow("s3:*", Condition={"StringEquals": {"aws:ResourceAccount": OTHER}}))
    assert asked("s3:GetObject", None, only_theirs).conditions == (f"aws:ResourceAccount is {OTHER}",)


def test_a_variable_without_its_value_stands_only_where_it_can() -> None:
    own = policy(allow("s3:*", "arn:aws:s3:::b/${aws:SourceIdentity}/*"))
    for elsewhere in ("arn:aws:s3:::c/x", "arn:aws:s3:::c/*"):
        assert asked("s3:GetObject", elsewhere, own).verdict is Verdict.DENIED
    for within in (None, "arn:aws:s3:::b/*"):
        answer = asked("s3:GetObject", within, own)
        assert answer.conditions == ("aws:SourceIdentity is present",)
        assert answer.scope.resources == ("arn:aws:s3:::b/${aws:SourceIdentity}/*",)
    assert asked("s3:GetObject", "arn:aws:s3:::b/ann/x", own).verdict is Verdict.DEPENDS
    closed = policy(allow("s3:*"), deny("s3:*", "arn:aws:s3:::b/${aws:SourceIdentity}/*"))
    assert asked("s3:GetObject", "arn:aws:s3:::c/x", closed).verdict is Verdict.ALLOWED
    named = policy(allow("s3:*", "arn:aws:s3:::b/${aws:SourceIdentity, 'all'}/*"))
    assert asked("s3:GetObject", "arn:aws:s3:::b/*", named).verdict is Verdict.ALLOWED
    app = role(
        unique_id="AROA1", inline=(held("own", policy(allow("s3:*", "arn:aws:s3:::b/${aws:userid}/*"))),)
    )
    assert can(access(app), app, "s3:GetObject", "arn:aws:s3:::b/AROA2:me/x").verdict is Verdict.DENIED
    assert can(access(app), app, "s3:GetObject", "arn:aws:s3:::b/AROA1:me/x").verdict is Verdict.DEPENDS
    assert can(access(app), app, "s3:GetObject", None).verdict is Verdict.ALLOWED


@pytest.mark.parametrize(
    ("action", "denied", "verdict"),
    [
        ("lambda:CreateFunction", "arn:aws:lambda:*:*:function:*", Verdict.DENIED),
        ("lambda:CreateFunction", "arn:aws:lambda:*:*:function:x*", Verdict.ALLOWED),
        ("iam:CreateRole", "arn:aws:iam::*:role/*", Verdict.DENIED),
        ("iam:CreateRole", f"arn:aws:iam::{HOME}:role/*", Verdict.DENIED),
        ("iam:CreateRole", f"arn:aws:iam::{OTHER}:role/*", Verdict.ALLOWED),
    ],
)
def test_a_deny_of_all_that_there_can_be_leaves_nothing(action: str, denied: str, verdict: Verdict) -> None:
    """Not the ARNs of other partitions, and of IAM none of other accounts."""
    documents = policy(allow(), deny(resource=denied))
    assert asked(action, None, documents).verdict is verdict

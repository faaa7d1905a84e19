"""What caps a grant: organizations, boundaries, session policies, VPC endpoints."""

from __future__ import annotations

import pytest

from iam import catalogue
from iam.asking import can, missing, who_can
from iam.caller import Caller
from iam.cases import read_case
from iam.context import Context
from iam.decision import Holding, Layer, Policy, Verdict
from iam.document import PolicyKind
from iam.evaluate import Circumstances, Policies, decide
from iam.put import questions_put
from iam.question import Question
from tests.iam.small_cases import (
    ALLOWED,
    ANONYMOUS,
    BOB,
    BUCKET,
    EXPLICIT,
    HOME,
    IMPLICIT,
    KEY,
    LINKED,
    LINKED_ROLE,
    MANAGEMENT,
    OBJECT,
    OTHER,
    ROLE,
    ROOT,
    SESSION,
    TARGET,
    Json,
    access,
    allow,
    answer,
    bucket,
    case,
    deny,
    grant,
    held,
    organization,
    policy,
    refuse,
    trust,
    user,
)

ALL = policy(allow())
EVERYONE = policy(grant("*"))
NO_S3 = policy(deny("s3:*"))
S3_CLOSED = policy(refuse("*", "s3:*"))


def scp(name: str, *statements: Json) -> Policy:
    return held(name, policy(*statements), PolicyKind.SERVICE_CONTROL)


def rcp(name: str, *statements: Json) -> Policy:
    return held(name, policy(*statements), PolicyKind.RESOURCE_CONTROL)


def test_every_level_of_scps_must_allow() -> None:
    assert answer(BOB, identity=[ALL], scps=[[ALL], [ALL], [ALL]]) == ALLOWED
    for silent in range(3):
        levels = [[ALL], [ALL], [ALL]]
        levels[silent] = [policy(allow("ec2:*"))]
        assert answer(BOB, identity=[ALL], scps=levels) == IMPLICIT
        levels[silent] = []
        assert answer(BOB, identity=[ALL], scps=levels) == IMPLICIT
        levels[silent] = [ALL, NO_S3]
        assert answer(BOB, identity=[ALL], scps=levels) == EXPLICIT
    # within one level the policies add up
    assert answer(BOB, identity=[ALL], scps=[[policy(allow("ec2:*")), policy(allow("s3:*"))]]) == ALLOWED


def test_an_scp_grants_nothing() -> None:
    assert answer(BOB, scps=[[ALL]]) == IMPLICIT


def test_an_organization_that_is_not_loaded_is_said_to_be_missing() -> None:
    bob = user(inline=(held("all", ALL),))
    alone = access(bob)
    assert any(
        "organization" in text for text in missing(alone, list(questions_put(alone, "s3:GetObject", OBJECT)))
    )
    organized = access(bob, organized=organization(r=[scp("full", allow())]))
    texts = missing(organized, list(questions_put(organized, "s3:GetObject", OBJECT)))
    assert not any("organization" in text for text in texts)


def test_scps_skip_the_management_account() -> None:
    ready = read_case(case(BOB, identity=[ALL], scps=[[ALL, NO_S3]]))
    question = Question("s3:GetObject", OBJECT, resource_level=True, resource_account=HOME)
    member = decide(question, ready.caller, ready.context, ready.policies)
    managing = Circumstances(caller_in_management_account=True)
    assert member.verdict is Verdict.DENIED
    assert decide(question, ready.caller, ready.context, ready.policies, managing).verdict is Verdict.ALLOWED


def test_scps_skip_service_linked_roles_and_services_and_bind_the_root_user() -> None:
    context = {"aws:PrincipalArn": LINKED_ROLE}
    assert answer(LINKED, identity=[ALL], context=context, scps=[[NO_S3]]) == ALLOWED
    service = policy(grant({"Service": "sns.amazonaws.com"}))
    assert answer("sns.amazonaws.com", on_resource=service, scps=[[NO_S3]]) == ALLOWED
    assert answer(ANONYMOUS, on_resource=EVERYONE, scps=[[NO_S3]]) == ALLOWED
    assert answer(ROOT, scps=[[ALL, NO_S3]]) == EXPLICIT


def test_scps_bind_someone_of_an_account_that_is_in_the_organization() -> None:
    question = Question("s3:GetObject", OBJECT, resource_level=True, resource_account=OTHER)
    policies = Policies(
        scps=[[scp("no", deny())]], resource=held("own", policy(grant(HOME)), PolicyKind.RESOURCE)
    )
    assert decide(question, Caller.of(HOME), Context({}), policies).verdict is Verdict.DENIED


def test_scps_go_by_the_callers_account_and_rcps_by_the_resources_even_for_outsiders() -> None:
    closed = organization(r=[scp("full", allow()), rcp("closed", refuse("*", "s3:*"))])
    bob = user(inline=(held("all", ALL),))
    stranger = user("Eve", OTHER)
    own = bucket(policy(grant("*")))
    holder = access(bob, resources=[own], organized=closed)
    assert can(holder, bob, "s3:GetObject", OBJECT).decision.explicitly_denied
    assert can(holder, stranger, "s3:GetObject", OBJECT).decision.explicitly_denied
    # a resource outside is not theirs to control
    outside = can(holder, bob, "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{OTHER}:q1")
    assert Layer.RESOURCE_CONTROL not in [each.layer for each in outside.decision.layers]
    assert Layer.SERVICE_CONTROL in [each.layer for each in outside.decision.layers]


def test_the_rcp_that_allows_everything_is_always_there() -> None:
    assert (
        read_case(case(BOB, identity=[ALL], rcps=[[S3_CLOSED]], action="s3:GetObject")).decide().result
        == EXPLICIT
    )
    own = policy(refuse("*", "s3:PutObject"))
    assert read_case(case(BOB, identity=[ALL], rcps=[[own]])).decide().result == ALLOWED


def test_rcps_bind_the_services_that_aws_lists() -> None:
    assert answer(BOB, identity=[ALL], rcps=[[EVERYONE, S3_CLOSED]]) == EXPLICIT
    topic = f"arn:aws:sns:us-east-1:{HOME}:t"
    closed = policy(refuse("*"))
    assert not catalogue.rcp_supported("sns")
    assert answer(BOB, "sns:Publish", topic, identity=[ALL], rcps=[[EVERYONE, closed]]) == ALLOWED
    assert {s for s in ("s3", "sts", "kms", "sqs", "secretsmanager") if catalogue.rcp_supported(s)} == {
        "s3", "sts", "kms", "sqs", "secretsmanager",
    }  # fmt: skip


def test_rcps_do_not_bind_the_retirement_of_a_grant() -> None:
    everyone, none = policy(grant("*")), policy(refuse("*", "kms:*"))
    for action, expected in (("kms:RetireGrant", ALLOWED), ("kms:RevokeGrant", EXPLICIT)):
        request = {"identity": [policy(allow())], "on_resource": everyone, "rcps": [[everyone, none]]}
        assert answer(BOB, action, KEY, **request) == expected


def test_rcps_skip_the_management_accounts_resources_and_service_linked_roles() -> None:
    context = {"aws:PrincipalArn": LINKED_ROLE}
    assert answer(LINKED, identity=[ALL], context=context, rcps=[[EVERYONE, S3_CLOSED]]) == ALLOWED
    ready = read_case(case(BOB, identity=[ALL], rcps=[[EVERYONE, S3_CLOSED]]))
    question = Question("s3:GetObject", OBJECT, resource_level=True, resource_account=HOME)
    managed = Circumstances(resource_in_management_account=True)
    assert decide(question, ready.caller, ready.context, ready.policies, managed).verdict is Verdict.ALLOWED


@pytest.mark.parametrize("statement", [
    allow("s3:*", f"{BUCKET}/*"), allow(None, NotAction="iam:*"), allow("s3:*",
    Condition={"Null": {"x:y": "true"}}),
    allow("s3:*Object"), allow("s3:*", None, NotResource="arn:aws:s3:::other*"), deny(None, NotAction="s3:*"),
])  # fmt: skip
def test_scps_take_the_whole_language(statement: Json) -> None:
    levels = [[policy(statement), ALL]] if statement["Effect"] == "Deny" else [[policy(statement)]]
    assert answer(BOB, identity=[ALL], scps=levels) == ALLOWED


@pytest.mark.parametrize("caller", [BOB, SESSION])
def test_a_boundary_leaves_what_both_it_and_the_identity_allow(caller: str) -> None:
    assert answer(caller, identity=[ALL], boundary=policy(allow("s3:Get*"))) == ALLOWED
    assert answer(caller, identity=[ALL], boundary=policy(allow("ec2:*"))) == IMPLICIT
    assert answer(caller, boundary=ALL) == IMPLICIT


def test_a_boundary_binds_the_caller_and_not_the_role_that_it_assumes() -> None:
    document = policy(trust(HOME))
    only_assume = policy(allow("sts:AssumeRole"))
    assert (
        answer(BOB, "sts:AssumeRole", TARGET, identity=[ALL], boundary=only_assume, on_resource=document)
        == ALLOWED
    )
    assert answer(BOB, "sts:AssumeRole", TARGET, identity=[ALL], boundary=policy(allow("s3:*")),
                  on_resource=document) == IMPLICIT  # fmt: skip
    # the role's own sessions stand under the role's boundary
    assert answer(SESSION, identity=[ALL], boundary=only_assume) == IMPLICIT


def test_session_policies_cap_the_session_and_add_up_among_themselves() -> None:
    assert answer(SESSION, identity=[ALL], session=policy(allow("s3:*"))) == ALLOWED
    assert answer(SESSION, identity=[ALL], session=policy(allow("ec2:*"))) == IMPLICIT
    assert answer(SESSION, session=ALL) == IMPLICIT
    question = Question("s3:GetObject", OBJECT, resource_level=True, resource_account=HOME)
    both = [held("one", policy(allow("ec2:*"))), held("two", policy(allow("s3:*")))]
    policies = Policies(identity=[Holding(held("all", ALL), "inline")], session=both)
    assert decide(question, Caller.of(SESSION), Context({}, closed=True), policies).verdict is Verdict.ALLOWED


def test_a_vpc_endpoints_policy_is_one_more_gate_with_principals_of_its_own() -> None:
    assert answer(BOB, identity=[ALL], endpoint=EVERYONE) == ALLOWED
    assert answer(BOB, identity=[ALL], endpoint=policy(grant("*", "ec2:*"))) == IMPLICIT
    assert answer(BOB, endpoint=EVERYONE) == IMPLICIT
    assert answer(BOB, identity=[ALL], endpoint=policy(grant(BOB))) == ALLOWED
    assert answer(BOB, identity=[ALL], endpoint=policy(grant(ROLE))) == IMPLICIT
    assert answer(SESSION, identity=[ALL], endpoint=policy(grant(ROLE))) == ALLOWED
    assert answer(BOB, identity=[ALL]) == ALLOWED


def test_the_management_account_is_told_by_the_organization() -> None:
    closed = organization(r=[scp("full", allow()), scp("no", deny("s3:*"))])
    managing = user("Ann", MANAGEMENT, inline=(held("all", ALL),))
    member = user(inline=(held("all", ALL),))
    holder = access(member, managing, organized=closed)
    answers = {each.principal.name: each.verdict for each in who_can(holder, "s3:ListAllMyBuckets", None)}
    assert answers == {"Ann": Verdict.ALLOWED}

"""What single services do differently: KMS, STS, IAM, S3, Lambda, identity providers."""

from __future__ import annotations

import pytest

from iam.asking import missing, who_can
from iam.put import questions_put
from tests.iam.small_cases import (
    ALICE,
    ALLOWED,
    ANONYMOUS,
    BOB,
    EXPLICIT,
    GITHUB,
    HOME,
    IMPLICIT,
    KEY,
    OBJECT,
    OTHER,
    ROLE,
    ROOT,
    SAML,
    SESSION,
    TARGET,
    access,
    allow,
    answer,
    deny,
    grant,
    held,
    policy,
    refuse,
    role,
    trust,
    user,
)

ALL = policy(allow())
SUB = "token.actions.githubusercontent.com:sub"
AUD = "token.actions.githubusercontent.com:aud"


def test_a_kms_key_lets_in_whom_its_policy_lets_in() -> None:
    delegating, naming = policy(grant(ROOT)), policy(grant(BOB, "kms:Decrypt"))
    assert answer(BOB, "kms:Decrypt", KEY, identity=[ALL]) == IMPLICIT
    assert answer(BOB, "kms:Decrypt", KEY, identity=[ALL], on_resource=policy(grant(ALICE))) == IMPLICIT
    assert answer(BOB, "kms:Decrypt", KEY, identity=[ALL], on_resource=delegating) == ALLOWED
    assert answer(BOB, "kms:Decrypt", KEY, on_resource=delegating) == IMPLICIT
    assert answer(BOB, "kms:Decrypt", KEY, on_resource=naming) == ALLOWED
    assert answer(ROOT, "kms:Decrypt", KEY, on_resource=naming) == IMPLICIT
    assert answer(BOB, "kms:Decrypt", KEY.replace(HOME, OTHER), owner=OTHER, on_resource=naming) == IMPLICIT
    for action in ("kms:ListKeys", "kms:CreateKey"):
        assert answer(BOB, action, "*", identity=[ALL]) == ALLOWED


def test_grants_on_keys_are_said_to_be_missing() -> None:
    holder = access(user())
    assert any(
        "rants on KMS keys" in text
        for text in missing(holder, list(questions_put(holder, "kms:Decrypt", KEY)))
    )


def test_a_kms_alias_has_no_policy_and_identity_policies_are_enough() -> None:
    alias = f"arn:aws:kms:us-east-1:{HOME}:alias/a"
    assert answer(BOB, "kms:CreateAlias", alias, identity=[ALL]) == ALLOWED
    assert answer(BOB, "kms:CreateAlias", KEY, identity=[ALL]) == IMPLICIT


@pytest.mark.parametrize(("key", "value"), [
    ("kms:ViaService", "s3.us-east-1.amazonaws.com"), ("kms:CallerAccount", HOME),
    ("kms:EncryptionContext:app", "red"),
])  # fmt: skip
def test_a_key_policy_may_ask_by_what_way_the_key_is_used(key: str, value: str) -> None:
    made = policy(grant("*", "kms:*", Condition={"StringEquals": {key: value}}))
    assert answer(BOB, "kms:Decrypt", KEY, on_resource=made, context={key: value}) == ALLOWED
    assert answer(BOB, "kms:Decrypt", KEY, on_resource=made, context={key: "other"}) == IMPLICIT


def test_each_replica_of_a_key_has_its_own_policy() -> None:
    replica = KEY.replace("us-east-1", "eu-west-1")
    assert answer(BOB, "kms:Decrypt", replica, identity=[ALL]) == IMPLICIT


def test_a_role_is_assumed_by_whom_its_trust_policy_names() -> None:
    def assume(named: str, *identity: object, owner: str = HOME) -> str:
        target = TARGET.replace(HOME, owner)
        held = [ALL] if identity else []
        return answer(
            BOB, "sts:AssumeRole", target, owner=owner, identity=held, on_resource=policy(trust(named))
        )

    assert assume(BOB) == ALLOWED
    assert assume(HOME) == IMPLICIT
    assert assume(HOME, ALL) == ALLOWED
    assert assume(ALICE, ALL) == IMPLICIT
    assert assume(BOB, owner=OTHER) == IMPLICIT
    assert assume(BOB, ALL, owner=OTHER) == ALLOWED
    assert assume(HOME, ALL, owner=OTHER) == ALLOWED
    denied = policy(deny("sts:AssumeRole"))
    assert (
        answer(BOB, "sts:AssumeRole", TARGET, identity=[denied], on_resource=policy(trust(BOB))) == EXPLICIT
    )


@pytest.mark.parametrize(
    "action", ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]
)
def test_a_role_without_a_trust_policy_is_assumed_by_nobody(action: str) -> None:
    for caller in (BOB, SESSION, ROOT, SAML, GITHUB, ANONYMOUS, "ec2.amazonaws.com"):
        assert answer(caller, action, TARGET, identity=[ALL]) == IMPLICIT


def test_a_role_assumes_itself_only_if_it_trusts_itself() -> None:
    other = policy(trust(BOB))
    assert answer(SESSION, "sts:AssumeRole", ROLE, identity=[ALL], on_resource=other) == IMPLICIT
    assert answer(SESSION, "sts:AssumeRole", ROLE, on_resource=policy(trust(ROLE))) == ALLOWED


@pytest.mark.parametrize(("operator", "key", "value", "wrong"), [
    ("StringEquals", "sts:ExternalId", "e-1", "e-2"), ("Bool", "aws:MultiFactorAuthPresent", "true", "false"),
    ("NumericLessThan", "aws:MultiFactorAuthAge", "300", "301"), ("StringLike", "sts:RoleSessionName",
    "bob*", "eve"),
    ("StringEquals", "sts:SourceIdentity", "bob", "eve"),
])  # fmt: skip
def test_a_trust_policy_may_ask_how_the_role_is_assumed(
    operator: str, key: str, value: str, wrong: str
) -> None:
    made = policy(trust(BOB, Condition={operator: {key: value}}))
    met = {key: "299" if operator.startswith("Numeric") else value}
    assert answer(BOB, "sts:AssumeRole", TARGET, on_resource=made, context=met) == ALLOWED
    assert answer(BOB, "sts:AssumeRole", TARGET, on_resource=made, context={key: wrong}) == IMPLICIT
    assert answer(BOB, "sts:AssumeRole", TARGET, on_resource=made) == IMPLICIT


@pytest.mark.parametrize("action", ["sts:TagSession", "sts:SetSourceIdentity"])
def test_tagging_a_session_is_an_action_of_its_own_that_the_trust_policy_must_allow(action: str) -> None:
    from tests.iam.small_cases import decided

    assert decided(BOB, action, TARGET, identity=[ALL], on_resource=policy(trust(BOB))).result == IMPLICIT
    both = policy(trust(BOB, ["sts:AssumeRole", action]))
    assert decided(BOB, action, TARGET, on_resource=both).result == ALLOWED


@pytest.mark.parametrize("action", ["sts:TagSession", "sts:SetSourceIdentity"])
def test_a_session_is_not_tagged_where_no_trust_policy_is_given(action: str) -> None:
    from tests.iam.small_cases import decided

    assert decided(BOB, action, TARGET, identity=[ALL]).result == IMPLICIT


def test_a_saml_provider_gets_in_by_its_own_action_and_audience() -> None:
    context = {"SAML:aud": "https://signin.aws.amazon.com/saml"}
    made = policy(trust({"Federated": SAML}, "sts:AssumeRoleWithSAML",
                        Condition={"StringEquals": context}))  # fmt: skip
    action = "sts:AssumeRoleWithSAML"
    assert answer(SAML, action, TARGET, on_resource=made, context=context) == ALLOWED
    assert answer(SAML, action, TARGET, on_resource=made, context={"SAML:aud": "x"}) == IMPLICIT
    assert (
        answer(SAML, "sts:AssumeRoleWithWebIdentity", TARGET, on_resource=made, context=context) == IMPLICIT
    )
    assert answer(GITHUB, action, TARGET, on_resource=made, context=context) == IMPLICIT
    # the call is unsigned: no SCP of a caller's account binds it
    nothing = [[policy(deny())]]
    assert answer(SAML, action, TARGET, on_resource=made, context=context, scps=nothing) == ALLOWED
    closed = [[policy(grant("*")), policy(refuse("*", "sts:*"))]]
    assert answer(SAML, action, TARGET, on_resource=made, context=context, rcps=closed) == EXPLICIT


@pytest.mark.parametrize(("pattern", "subject", "let_in"), [
    ("repo:acme/app:ref:refs/heads/main", "repo:acme/app:ref:refs/heads/main", True),
    ("repo:acme/app:*", "repo:acme/app:pull_request", True), ("repo:acme/*", "repo:acme/other:x", True),
    ("repo:acme/app:*", "repo:acme/app2:ref:refs/heads/main", False), ("repo:*", "repo:evil/x:y", True),
    ("repo:acme/app*", "repo:acme/app-evil:x", True),
])  # fmt: skip
def test_wildcards_in_the_subject_of_a_web_identity_are_what_they_say(
    pattern: str, subject: str, let_in: bool
) -> None:
    action = "sts:AssumeRoleWithWebIdentity"
    condition = {"StringEquals": {AUD: "sts.amazonaws.com"}, "StringLike": {SUB: pattern}}
    made = policy(trust({"Federated": GITHUB}, action, Condition=condition))
    context = {AUD: "sts.amazonaws.com", SUB: subject}
    assert (answer(GITHUB, action, TARGET, on_resource=made, context=context) == ALLOWED) == let_in


def test_a_service_assumes_the_roles_that_trust_it_and_no_others() -> None:
    made = policy(trust({"Service": "ec2.amazonaws.com"}))
    assert answer("ec2.amazonaws.com", "sts:AssumeRole", TARGET, on_resource=made) == ALLOWED
    assert answer("lambda.amazonaws.com", "sts:AssumeRole", TARGET, on_resource=made) == IMPLICIT
    assert answer(BOB, "sts:AssumeRole", TARGET, identity=[ALL], on_resource=made) == IMPLICIT


def test_passing_a_role_is_bound_by_the_service_that_it_is_passed_to() -> None:
    made = policy(
        allow(
            "iam:PassRole", TARGET, Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
        )
    )
    context = {"iam:PassedToService": "ec2.amazonaws.com"}
    assert answer(BOB, "iam:PassRole", TARGET, identity=[made], context=context) == ALLOWED
    assert (
        answer(BOB, "iam:PassRole", TARGET, identity=[made], context={"iam:PassedToService": "x"}) == IMPLICIT
    )
    assert answer(BOB, "iam:PassRole", TARGET, identity=[made]) == IMPLICIT
    bound = policy(allow("iam:PassRole", TARGET, Condition={
        "ArnLike": {"iam:AssociatedResourceArn": "arn:aws:ec2:*:*:instance/*"}}))  # fmt: skip
    arn = {"iam:AssociatedResourceArn": f"arn:aws:ec2:us-east-1:{HOME}:instance/i-1"}
    assert answer(BOB, "iam:PassRole", TARGET, identity=[bound], context=arn) == ALLOWED


@pytest.mark.parametrize("caller", [BOB, SESSION, ROOT])
def test_asking_who_one_is_is_always_allowed(caller: str) -> None:
    assert answer(caller, "sts:GetCallerIdentity", "*") == ALLOWED
    assert answer(caller, "sts:GetCallerIdentity", "*", scps=[[policy(deny())]]) == ALLOWED
    assert answer(BOB, "sts:GetCallerIdentity", "*", identity=[policy(deny())]) == ALLOWED


def test_a_session_token_is_for_long_term_credentials_and_no_matter_of_policies() -> None:
    for caller in (BOB, ROOT):
        assert answer(caller, "sts:GetSessionToken", "*") == ALLOWED
        assert answer(caller, "sts:GetSessionToken", "*", scps=[[policy(deny())]]) == ALLOWED
    assert answer(SESSION, "sts:GetSessionToken", "*", identity=[policy(allow())]) == IMPLICIT


def test_a_token_for_a_federated_user_takes_long_term_credentials_and_an_allow() -> None:
    whom = f"arn:aws:sts::{HOME}:federated-user/Ann"
    for caller in (BOB, ALICE):
        assert answer(caller, "sts:GetFederationToken", whom, identity=[policy(allow())]) == ALLOWED
        assert answer(caller, "sts:GetFederationToken", whom) == IMPLICIT
    assert answer(SESSION, "sts:GetFederationToken", whom, identity=[policy(allow())]) == IMPLICIT
    bob, app = (each(inline=(held("own", policy(allow())),)) for each in (user, role))
    found = who_can(access(bob, app), "sts:GetFederationToken", None)
    assert [each.principal.arn for each in found] == [bob.arn]


def test_access_control_lists_are_said_to_be_missing() -> None:
    holder = access(user())
    texts = missing(holder, list(questions_put(holder, "s3:GetObject", OBJECT)))
    assert any("ccess control lists" in text for text in texts)


@pytest.mark.parametrize(("action", "resource"), [
    ("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:{}:function:f"), ("sns:Publish",
    "arn:aws:sns:us-east-1:{}:t"),
    ("sqs:SendMessage", "arn:aws:sqs:us-east-1:{}:q"),
    ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:{}:secret:s-AbCdEf"),
    ("ecr:BatchGetImage", "arn:aws:ecr:us-east-1:{}:repository/r"), ("es:ESHttpGet",
    "arn:aws:es:us-east-1:{}:domain/d/x"),
    ("events:PutEvents", "arn:aws:events:us-east-1:{}:event-bus/b"),
])  # fmt: skip
def test_resource_policies_of_every_service_let_other_accounts_in(action: str, resource: str) -> None:
    arn = resource.format(OTHER)
    assert answer(BOB, action, arn, owner=OTHER, identity=[ALL], on_resource=policy(grant(BOB))) == ALLOWED
    assert answer(BOB, action, arn, owner=OTHER, identity=[ALL]) == IMPLICIT


def test_the_qualifier_of_a_function_is_part_of_its_arn() -> None:
    function = f"arn:aws:lambda:us-east-1:{HOME}:function:f"
    made = policy(allow("lambda:InvokeFunction", function))
    assert answer(BOB, "lambda:InvokeFunction", function, identity=[made]) == ALLOWED
    assert answer(BOB, "lambda:InvokeFunction", f"{function}:PROD", identity=[made]) == IMPLICIT
    qualified = policy(allow("lambda:InvokeFunction", f"{function}:*"))
    assert answer(BOB, "lambda:InvokeFunction", f"{function}:PROD", identity=[qualified]) == ALLOWED
    assert answer(BOB, "lambda:InvokeFunction", function, identity=[qualified]) == IMPLICIT


def test_a_share_counts_as_the_resource_policy_that_it_is() -> None:
    subnet = f"arn:aws:ec2:us-east-1:{OTHER}:subnet/s"
    share = policy(grant(HOME, "ec2:RunInstances"))
    assert answer(BOB, "ec2:RunInstances", subnet, owner=OTHER, identity=[ALL], on_resource=share) == ALLOWED
    assert answer(BOB, "ec2:DeleteSubnet", subnet, owner=OTHER, identity=[ALL], on_resource=share) == IMPLICIT


def test_roles_of_identity_center_are_found_by_their_reserved_path() -> None:
    name = "AWSReservedSSO_Admin_0123456789abcdef"
    arn = f"arn:aws:iam::{HOME}:role/aws-reserved/sso.amazonaws.com/eu-west-1/{name}"
    session = f"arn:aws:sts::{HOME}:assumed-role/{name}/ann@example.com"
    context = {"aws:PrincipalArn": arn}
    assert answer(session, on_resource=policy(grant(arn)), context=context) == ALLOWED
    like = f"arn:aws:iam::{HOME}:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Admin_*"
    made = policy(grant("*", Condition={"ArnLike": {"aws:PrincipalArn": like}}))
    assert answer(session, on_resource=made, context=context) == ALLOWED

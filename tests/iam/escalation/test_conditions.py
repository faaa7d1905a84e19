"""What conditions, boundaries, SCPs and wildcards do to the steps: right answers next to near misses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.iam.escalation.accounts import (
    ADMINISTRATOR_ACCESS,
    EVERYTHING,
    HOME,
    MANAGEMENT,
    OTHER,
    READ_ONLY,
    REGION,
    Built,
    Json,
    administrator_of,
    allow,
    deny,
    steps_by,
    trusts,
    verdict_of,
    way_up,
)

LAMBDA, EC2 = "lambda.amazonaws.com", "ec2.amazonaws.com"
RUN_FUNCTION = allow(["lambda:CreateFunction", "lambda:InvokeFunction"])
FUNCTION = f"arn:aws:lambda:{REGION}:{HOME}:function:resize"
OWN = f"arn:aws:iam::{HOME}:user/${{aws:username}}"
ROOT = f"arn:aws:iam::{HOME}:root"


def condition(operator: str, key: str, *values: str) -> Json:
    """A condition block of one test."""
    return {operator: {key: list(values)}}


def _verdict(built: Built, source: str, context: dict[str, str] | None = None) -> str:
    path = way_up(built.web(context), source)
    return path.verdict.value if path is not None else "denied"


def _may(*statements: Json, context: dict[str, str] | None = None, **fields: Any) -> str:
    """What a user with these statements comes to where an administrator's role trusts Lambda."""
    built = Built()
    built.role("boss", EVERYTHING, trust=trusts(LAMBDA), tags={"tier": "gold"})
    built.policy("weak", allow("s3:GetObject"))
    built.policy("strong", EVERYTHING)
    built.aws_policy(READ_ONLY, allow(["s3:Get*", "s3:List*"]))
    built.aws_policy(ADMINISTRATOR_ACCESS, EVERYTHING)
    return _verdict(built, built.user("mallory", *statements, **fields), context)


# passing roles


def _passing(block: Json | None, resource: str = "*") -> str:
    return _may(RUN_FUNCTION, allow("iam:PassRole", resource, block))


@pytest.mark.parametrize(
    ("block", "verdict"),
    [
        (None, "allowed"),
        (condition("StringEquals", "iam:PassedToService", LAMBDA), "allowed"),
        (condition("StringEquals", "iam:PassedToService", EC2, LAMBDA), "allowed"),
        (condition("StringLike", "iam:PassedToService", "lambda.*"), "allowed"),
        (condition("StringEqualsIfExists", "iam:PassedToService", LAMBDA), "allowed"),
        (condition("StringNotEquals", "iam:PassedToService", EC2), "allowed"),
        (condition("StringEquals", "iam:PassedToService", EC2), "denied"),
        (condition("StringNotEquals", "iam:PassedToService", LAMBDA), "denied"),
        (condition("StringEquals", "iam:ResourceTag/tier", "gold"), "allowed"),
        (condition("StringEquals", "aws:ResourceTag/tier", "gold"), "allowed"),
        (condition("StringEquals", "aws:ResourceTag/tier", "tin"), "denied"),
        (condition("Null", "aws:ResourceTag/tier", "true"), "denied"),
        (condition("StringNotEquals", "iam:ResourceTag/tier", "gold"), "denied"),
        (condition("ArnLike", "iam:AssociatedResourceArn", f"arn:aws:lambda:*:{HOME}:function:*"), "allowed"),
        (condition("ArnLike", "iam:AssociatedResourceArn", f"arn:aws:ec2:*:{HOME}:instance/*"), "denied"),
        (condition("ArnNotLike", "iam:AssociatedResourceArn", "arn:aws:ec2:*:*:*"), "allowed"),
        (condition("ArnLike", "iam:AssociatedResourceArn", f"arn:aws:lambda:*:{OTHER}:*"), "denied"),
    ],
)  # fmt: skip
def test_the_role_is_passed_only_to_whom_the_condition_lets(block: Json | None, verdict: str) -> None:
    assert _passing(block) == verdict


@pytest.mark.parametrize(
    ("resource", "verdict"),
    [
        (f"arn:aws:iam::{HOME}:role/boss", "allowed"),
        (f"arn:aws:iam::{HOME}:role/b?ss", "allowed"),
        (f"arn:aws:iam::{HOME}:role/b*s", "allowed"),
        (f"arn:aws:iam::{HOME}:role/*", "allowed"),
        ("arn:aws:iam::*:role/boss", "allowed"),
        (f"arn:aws:iam::{HOME}:role/Boss", "denied"),
        (f"arn:aws:iam::{HOME}:role/b?oss", "denied"),
        (f"arn:aws:iam::{HOME}:role/team/boss", "denied"),
        (f"arn:aws:iam::{OTHER}:role/boss", "denied"),
        (f"arn:aws-cn:iam::{HOME}:role/boss", "denied"),
        (f"arn:aws:iam::{HOME}:user/boss", "denied"),
    ],
)
def test_the_role_is_passed_by_its_whole_name(resource: str, verdict: str) -> None:
    assert _passing(None, resource) == verdict


def test_paths_are_part_of_a_role_s_name() -> None:
    for resource, verdict in [
        (f"arn:aws:iam::{HOME}:role/ops/night/boss", "allowed"),
        (f"arn:aws:iam::{HOME}:role/ops/*", "allowed"),
        (f"arn:aws:iam::{HOME}:role/*/boss", "allowed"),
        (f"arn:aws:iam::{HOME}:role/boss", "denied"),
        (f"arn:aws:iam::{HOME}:role/ops/boss", "denied"),
    ]:
        built = Built()
        built.role("boss", EVERYTHING, trust=trusts(LAMBDA), path="/ops/night/")
        mallory = built.user("mallory", RUN_FUNCTION, allow("iam:PassRole", resource))
        assert _verdict(built, mallory) == verdict, resource


def test_not_action_and_not_resource() -> None:
    boss = f"arn:aws:iam::{HOME}:role/boss"
    all_but_iam = allow(None, NotAction=["iam:*", "sso:*"])
    assert _may(all_but_iam) == "denied"
    assert _may(all_but_iam, allow("iam:PassRole", boss)) == "allowed"
    assert _may(allow(None, NotAction=["s3:*", "organizations:*"])) == "allowed"
    elsewhere = allow("iam:PassRole", None, NotResource=boss)
    assert _may(RUN_FUNCTION, elsewhere) == "denied"
    assert _may(RUN_FUNCTION, allow("iam:PassRole", None, NotResource=f"{boss}-2")) == "allowed"
    assert (
        _may(RUN_FUNCTION, allow("iam:PassRole"), deny("iam:PassRole", None, NotResource=boss)) == "allowed"
    )
    other = f"arn:aws:iam::{HOME}:role/other"
    assert (
        _may(RUN_FUNCTION, allow("iam:PassRole"), deny("iam:PassRole", None, NotResource=other)) == "denied"
    )
    assert _may(EVERYTHING, deny(None, NotAction="s3:*")) == "denied"


def test_wildcards_within_actions() -> None:
    assert _may(allow("iam:P?ssRole"), allow("lambda:Cr*Function"), allow("LAMBDA:invoke*")) == "allowed"
    assert _may(allow("iam:Pass?Role"), RUN_FUNCTION) == "denied"
    assert _may(allow("iam:*Role"), allow("lambda:*")) == "allowed"


def test_the_new_function_must_be_one_for_all_its_rights() -> None:
    """What is created must be what is then invoked."""
    one = f"arn:aws:lambda:{REGION}:{HOME}:function:dev-*"
    other = f"arn:aws:lambda:{REGION}:{HOME}:function:prod-*"
    make, run = "lambda:CreateFunction", "lambda:InvokeFunction"
    passing = allow("iam:PassRole")
    assert _may(passing, allow(make, one), allow(run, one)) == "allowed"
    assert _may(passing, allow(make, one), allow(run, f"{one[:-5]}*-x")) == "allowed"
    assert _may(passing, allow(make, one), allow(run, other)) == "denied"


def test_the_new_role_must_be_one_for_all_its_rights() -> None:
    new, other = f"arn:aws:iam::{HOME}:role/new-*", f"arn:aws:iam::{HOME}:role/old-*"
    assert _may(allow("iam:CreateRole", new), allow("iam:AttachRolePolicy", new)) == "allowed"
    assert _may(allow("iam:CreateRole", new), allow("iam:AttachRolePolicy", other)) == "denied"


# attaching policies


@pytest.mark.parametrize(
    ("block", "verdict"),
    [
        (None, "allowed"),
        (condition("ArnEquals", "iam:PolicyARN", ADMINISTRATOR_ACCESS), "allowed"),
        (condition("ArnLike", "iam:PolicyARN", "arn:aws:iam::aws:policy/*"), "allowed"),
        (condition("ArnEquals", "iam:PolicyARN", f"arn:aws:iam::{HOME}:policy/strong"), "allowed"),
        (condition("ArnLike", "iam:PolicyARN", f"arn:aws:iam::{HOME}:policy/*"), "allowed"),
        (condition("ArnEquals", "iam:PolicyARN", READ_ONLY), "denied"),
        (condition("ArnEquals", "iam:PolicyARN", f"arn:aws:iam::{HOME}:policy/weak"), "denied"),
        (condition("ArnNotEquals", "iam:PolicyARN", ADMINISTRATOR_ACCESS), "allowed"),
        (condition("ArnNotLike", "iam:PolicyARN", "arn:aws:iam::*:policy/*"), "denied"),
        (condition("Null", "iam:PolicyARN", "true"), "denied"),
        # Not in the account yet, but there for everybody.
        (condition("ArnEquals", "iam:PolicyARN", "arn:aws:iam::aws:policy/IAMFullAccess"), "allowed"),
        (condition("ArnEquals", "iam:PolicyARN", "arn:aws:iam::aws:policy/AmazonS3FullAccess"), "denied"),
        (condition("ArnLike", "iam:PolicyARN", "arn:aws:iam::aws:policy/IAMFull*"), "allowed"),
        (condition("ArnLike", "iam:PolicyARN", "arn:aws:iam::aws:policy/AmazonS3*"), "denied"),
    ],
)
def test_only_the_policies_that_the_condition_names_are_attached(block: Json | None, verdict: str) -> None:
    assert _may(allow("iam:AttachUserPolicy", OWN, block)) == verdict


def test_a_customer_s_policy_that_is_called_like_aws_own_is_weighed_by_its_text() -> None:
    def account(*text: Json) -> tuple[Built, str]:
        built = Built()
        policy = built.policy("AdministratorAccess", *text)
        only = condition("ArnEquals", "iam:PolicyARN", policy)
        return built, built.user("mallory", allow("iam:AttachUserPolicy", OWN, only))

    assert _verdict(*account(allow("s3:GetObject"))) == "denied"
    assert _verdict(*account(EVERYTHING)) == "allowed"
    assert _verdict(*account(allow("iam:PutUserPolicy"))) == "allowed"


@pytest.mark.parametrize(
    ("rights", "named", "verdict"),
    [
        (allow("iam:CreatePolicy", f"arn:aws:iam::{HOME}:policy/team-*"), "team-*", "allowed"),
        (allow("iam:CreatePolicy", f"arn:aws:iam::{HOME}:policy/team-*"), "team-base", "allowed"),
        (allow("iam:CreatePolicy", f"arn:aws:iam::{HOME}:policy/dev-*"), "team-*", "denied"),
        (allow("iam:CreatePolicyVersion", f"arn:aws:iam::{HOME}:policy/weak"), "weak", "allowed"),
        (allow("iam:CreatePolicyVersion", f"arn:aws:iam::{HOME}:policy/weak"), "team-*", "denied"),
        (allow("iam:CreatePolicy"), "weak", "denied"),
    ],
)
def test_the_attacker_attaches_a_policy_that_it_has_written_itself(
    rights: Json, named: str, verdict: str
) -> None:
    only = condition("ArnLike", "iam:PolicyARN", f"arn:aws:iam::{HOME}:policy/{named}")
    assert _may(allow("iam:AttachUserPolicy", OWN, only), rights) == verdict


def test_a_policy_that_gives_more_rights_is_followed() -> None:
    built = Built()
    helper = built.policy("helper", allow("iam:PassRole"), RUN_FUNCTION)
    built.role("boss", EVERYTHING, trust=trusts(LAMBDA))
    only = condition("ArnEquals", "iam:PolicyARN", helper)
    mallory = built.user("mallory", allow("iam:AttachUserPolicy", OWN, only))
    path = way_up(built.web(), mallory)
    assert path is not None
    assert [step.technique.id for step in path.steps] == ["iam-008", "lambda-001"]


def test_inline_policies_know_no_policy_arn() -> None:
    only = condition("ArnEquals", "iam:PolicyARN", READ_ONLY)
    assert _may(allow("iam:PutUserPolicy", OWN, only)) == "denied"
    assert _may(allow("iam:PutUserPolicy", OWN)) == "allowed"


# permissions boundaries


def _creating(*more: Json, block: Json | None) -> str:
    """Roles are created under a condition, and policies attached under none."""
    return _may(allow("iam:CreateRole", "*", block), allow("iam:AttachRolePolicy"), *more)


def test_a_boundary_that_must_be_set_caps_what_is_made() -> None:
    weak, strong = f"arn:aws:iam::{HOME}:policy/weak", f"arn:aws:iam::{HOME}:policy/strong"
    key = "iam:PermissionsBoundary"
    assert _creating(block=None) == "allowed"
    assert _creating(block=condition("StringEquals", key, weak)) == "denied"
    assert _creating(block=condition("StringEquals", key, strong)) == "allowed"
    assert _creating(block=condition("StringEquals", key, weak, strong)) == "allowed"
    assert _creating(block=condition("StringNotEquals", key, weak)) == "allowed"
    assert _creating(block=condition("Null", key, "false")) == "allowed"
    unbound = deny(["iam:CreateRole"], "*", condition("StringNotEquals", key, weak))
    assert _creating(unbound, block=None) == "denied"


def test_policies_are_attached_to_what_was_made_under_the_boundary() -> None:
    strong = condition("StringEquals", "iam:PermissionsBoundary", f"arn:aws:iam::{HOME}:policy/strong")
    assert _may(allow(["iam:CreateRole", "iam:AttachRolePolicy"], "*", strong)) == "allowed"


def test_a_boundary_that_must_be_there_guards_other_users() -> None:
    """Policies may be attached to users who are under a boundary only."""
    key = "iam:PermissionsBoundary"

    def account(bound: bool) -> tuple[Built, str]:
        built = Built()
        weak = built.policy("weak", allow("s3:GetObject"))
        rights = allow(
            ["iam:AttachUserPolicy", "iam:CreateAccessKey"], "*", condition("StringEquals", key, weak)
        )
        key_right = allow("iam:CreateAccessKey")
        built.user("victim", boundary=weak if bound else "")
        return built, built.user("mallory", rights, key_right, deny("iam:*", OWN))

    assert _verdict(*account(bound=False)) == "denied"
    assert _verdict(*account(bound=True)) == "denied", "the victim stays under its boundary"


def test_the_target_s_boundary_caps_what_it_makes_of_itself() -> None:
    for boundary, verdict in [
        (EVERYTHING, "allowed"),
        (allow(["s3:*", "iam:PutUserPolicy"]), "denied"),
        (allow(["s3:*", "iam:PutUserPolicy", "iam:DeleteUserPermissionsBoundary"]), "allowed"),
    ]:
        built = Built()
        limit = built.policy("limit", boundary)
        mallory = built.user("mallory", allow("iam:PutUserPolicy", OWN), boundary=limit)
        assert _verdict(built, mallory) == verdict, boundary


def test_a_boundary_that_is_not_loaded_leaves_it_open() -> None:
    built = Built()
    mallory = built.user("mallory", allow("iam:PutUserPolicy"), boundary=f"arn:aws:iam::{HOME}:policy/unseen")
    found = steps_by(built, mallory, "iam-007")
    assert verdict_of(found) == "depends"
    assert any("boundary" in text for step in found for text in step.needs)


def test_a_boundary_is_loosened_to_what_the_condition_lets() -> None:
    def account(*names: str) -> tuple[Built, str]:
        built = Built()
        limit = built.policy("limit", allow(["iam:PutUserPermissionsBoundary", "s3:*"]))
        built.policy("loose", EVERYTHING)
        arns = [f"arn:aws:iam::{HOME}:policy/{name}" for name in names]
        only = condition("StringEquals", "iam:PermissionsBoundary", *arns) if arns else None
        mine = allow("iam:PutUserPermissionsBoundary", OWN, only)
        return built, built.user("mallory", mine, EVERYTHING if not arns else allow("s3:*"), boundary=limit)

    assert _verdict(*account()) == "allowed"
    built, mallory = account("loose")
    assert steps_by(built, mallory, "iam-024")
    assert _verdict(built, mallory) == "denied", "its policies give S3 only"
    built, mallory = account("limit")
    assert not steps_by(built, mallory, "iam-024"), "the same boundary again"


def test_a_policy_that_is_the_boundary_too_cannot_be_grown_past_itself() -> None:
    built = Built()
    own = built.policy("own", allow(["iam:CreatePolicyVersion", "s3:*"]))
    mallory = built.user("mallory", attached=own)
    assert _verdict(built, mallory) == "allowed"


# tags


def test_tags_that_the_attacker_writes_are_chosen() -> None:
    tagged = condition("StringEquals", "aws:RequestTag/team", "blue")
    others = allow(["lambda:InvokeFunction", "iam:PassRole"])
    make = "lambda:CreateFunction"
    assert _may(allow(make, "*", tagged), others, allow("lambda:TagResource")) == "allowed"
    assert _may(allow(make, "*", tagged), others) == "denied", "tags take a permission of their own"
    keys = condition("ForAllValues:StringEquals", "aws:TagKeys", "team", "cost")
    assert _may(allow(make, "*", keys), others) == "allowed", "no tags at all will do"


def test_tags_that_are_there_are_not_chosen() -> None:
    for tags, verdict in [({"team": "blue"}, "allowed"), ({"team": "red"}, "denied"), ({}, "denied")]:
        built = Built()
        boss = built.role("boss", EVERYTHING, trust=trusts(LAMBDA))
        built.resource(FUNCTION, "AWS::Lambda::Function", role=boss, tags=tags)
        only = condition("StringEquals", "aws:ResourceTag/team", "blue")
        mallory = built.user(
            "mallory", allow(["lambda:UpdateFunctionCode", "lambda:InvokeFunction"], "*", only)
        )
        assert _verdict(built, mallory) == verdict, tags


def test_tags_compared_with_the_caller_s_own() -> None:
    same = condition("StringEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/team}")
    for own, target, verdict in [
        ("blue", "blue", "allowed"),
        ("red", "blue", "denied"),
        ("", "blue", "denied"),
    ]:
        built = Built()
        built.user("boss", EVERYTHING, tags={"team": target})
        tags = {"team": own} if own else {}
        mallory = built.user("mallory", allow("iam:CreateAccessKey", "*", same), tags=tags)
        assert _verdict(built, mallory) == verdict, own


# assuming roles


def _assuming(
    *trust: Json, rights: Json | None = None, context: dict[str, str] | None = None, **fields: Any
) -> str:
    built = Built()
    built.role("boss", EVERYTHING, trust=trust)
    statements = [rights] if rights is not None else []
    return _verdict(built, built.user("mallory", *statements, **fields), context)


ASSUME = allow("sts:AssumeRole", f"arn:aws:iam::{HOME}:role/boss")
MALLORY = f"arn:aws:iam::{HOME}:user/mallory"


@pytest.mark.parametrize(
    ("trust", "rights", "verdict"),
    [
        (trusts(MALLORY), None, "allowed"),
        (trusts(MALLORY), ASSUME, "allowed"),
        (trusts(MALLORY), deny("sts:AssumeRole"), "denied"),
        (trusts(ROOT), None, "denied"),
        (trusts(ROOT), ASSUME, "allowed"),
        (trusts(HOME), ASSUME, "allowed"),
        (trusts("*"), None, "allowed"),
        (trusts(f"arn:aws:iam::{HOME}:user/other"), ASSUME, "denied"),
        (trusts(f"arn:aws:iam::{HOME}:user/team/mallory"), ASSUME, "denied"),
        (trusts("AIDAEXAMPLEEXAMPLE"), ASSUME, "denied"),
        (trusts(OTHER), ASSUME, "denied"),
        (trusts(ROOT, action="sts:TagSession"), ASSUME, "denied"),
        (trusts(ROOT, condition=condition("StringEquals", "aws:PrincipalTag/team", "blue")), ASSUME, "denied"),
        (trusts(ROOT, condition=condition("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/m*")), ASSUME,
         "allowed"),
        (trusts(ROOT, condition=condition("StringEquals", "aws:username", "mallory")), ASSUME, "allowed"),
        (trusts(ROOT, condition=condition("StringEquals", "sts:ExternalId", "secret")), ASSUME, "depends"),
        (trusts(ROOT, condition=condition("StringLike", "sts:ExternalId", "*")), ASSUME, "allowed"),
        (trusts(ROOT, condition=condition("StringNotEquals", "sts:ExternalId", "secret")), ASSUME, "allowed"),
        (trusts(ROOT, condition=condition("Null", "sts:ExternalId", "true")), ASSUME, "allowed"),
        (trusts(ROOT, condition=condition("Bool", "aws:MultiFactorAuthPresent", "true")), ASSUME, "depends"),
        (trusts(ROOT, condition=condition("IpAddress", "aws:SourceIp", "10.0.0.0/8")), ASSUME, "depends"),
        (trusts(ROOT, condition=condition("StringEquals", "sts:RoleSessionName", "me")), ASSUME, "allowed"),
        (trusts(ROOT, condition=condition("DateLessThan", "aws:CurrentTime", "2025-01-01T00:00:00Z")), ASSUME,
         "denied"),
    ],
)  # fmt: skip
def test_a_role_is_assumed_if_both_sides_let(trust: Json, rights: Json | None, verdict: str) -> None:
    assert _assuming(trust, rights=rights) == verdict


def test_an_external_id_that_must_be_known_is_a_need() -> None:
    built = Built()
    built.role(
        "boss", EVERYTHING, trust=trusts(ROOT, condition=condition("StringEquals", "sts:ExternalId", "x"))
    )
    mallory = built.user("mallory", ASSUME)
    path = way_up(built.web(), mallory)
    assert path is not None
    assert not path.conditions
    assert ["sts:ExternalId" in text for text in path.needs] == [True]
    assert _verdict(built, mallory, {"sts:ExternalId": "x"}) == "allowed"
    assert _verdict(built, mallory, {"sts:ExternalId": "y"}) == "denied"


def test_what_is_given_of_the_request_settles_it() -> None:
    with_mfa = trusts(ROOT, condition=condition("Bool", "aws:MultiFactorAuthPresent", "true"))
    assert _assuming(with_mfa, rights=ASSUME, context={"aws:MultiFactorAuthPresent": "true"}) == "allowed"
    assert _assuming(with_mfa, rights=ASSUME, context={"aws:MultiFactorAuthPresent": "false"}) == "denied"
    assert _assuming(with_mfa, rights=ASSUME, context={"aws:MultiFactorAuthPresent": ""}) == "denied"
    inside = trusts(ROOT, condition=condition("IpAddress", "aws:SourceIp", "10.0.0.0/8"))
    assert _assuming(inside, rights=ASSUME, context={"aws:SourceIp": "10.1.2.3"}) == "allowed"
    assert _assuming(inside, rights=ASSUME, context={"aws:SourceIp": "8.8.8.8"}) == "denied"


def test_across_accounts_both_sides_must_allow() -> None:
    for trust, rights, verdict in [
        (trusts(MALLORY), ASSUME_OTHER, "allowed"),
        (trusts(ROOT), ASSUME_OTHER, "allowed"),
        (trusts(MALLORY), None, "denied"),
        (trusts("*"), None, "denied"),
        (trusts(OTHER), ASSUME_OTHER, "denied"),
    ]:
        built = Built()
        built.role("boss", EVERYTHING, trust=trust, account=OTHER)
        mallory = built.user("mallory", *([rights] if rights else []))
        assert _verdict(built, mallory) == verdict, (trust, rights)


ASSUME_OTHER = allow("sts:AssumeRole", f"arn:aws:iam::{OTHER}:role/boss")


def test_a_role_of_another_account_is_neither_passed_nor_changed() -> None:
    built = Built()
    built.role("boss", EVERYTHING, trust=trusts(LAMBDA), account=OTHER)
    built.user("chief", EVERYTHING, account=OTHER)
    mallory = built.user(
        "mallory",
        RUN_FUNCTION,
        allow(
            ["iam:PassRole", "iam:UpdateAssumeRolePolicy", "iam:CreateAccessKey"], f"arn:aws:iam::{OTHER}:*"
        ),
    )
    assert _verdict(built, mallory) == "denied"


def test_a_role_that_trusts_nobody_is_not_reached() -> None:
    built = Built()
    built.role("boss", EVERYTHING, trust=trusts("AROADELETEDDELETED"))
    mallory = built.user("mallory", allow("sts:AssumeRole"), allow("iam:PassRole"), RUN_FUNCTION)
    assert _verdict(built, mallory) == "denied"


# SCPs


def test_an_scp_denies_in_members_and_not_in_the_management_account() -> None:
    def account(management: str, *scp: Json) -> tuple[Built, str]:
        built = Built()
        built.role("boss", EVERYTHING, trust=trusts(LAMBDA))
        mallory = built.user("mallory", RUN_FUNCTION, allow("iam:PassRole"))
        built.organization(*scp, management=management)
        return built, mallory

    assert _verdict(*account(MANAGEMENT)) == "allowed"
    assert _verdict(*account(MANAGEMENT, deny("lambda:CreateFunction"))) == "denied"
    assert _verdict(*account(HOME, deny("lambda:CreateFunction"))) == "allowed"
    elsewhere = deny("lambda:*", "*", condition("StringNotEquals", "aws:RequestedRegion", REGION))
    assert _verdict(*account(MANAGEMENT, elsewhere)) == "depends"
    exempt = deny("iam:*", "*", condition("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:user/mallory"))
    assert _verdict(*account(MANAGEMENT, exempt)) == "allowed"


def test_an_administrator_is_one_whatever_an_scp_takes_away() -> None:
    built = Built()
    mallory = built.user("mallory", allow("iam:PutUserPolicy", OWN))
    built.organization(deny("s3:DeleteBucket"))
    path = way_up(built.web(), mallory)
    assert path is not None
    assert path.target == administrator_of()


# protected roles


@pytest.mark.parametrize("path", ["/aws-service-role/ecs.amazonaws.com/", "/aws-reserved/sso.amazonaws.com/"])
def test_roles_of_aws_are_not_changed(path: str) -> None:
    built = Built()
    built.role("boss", EVERYTHING, trust=trusts("ecs.amazonaws.com"), path=path)
    mallory = built.user(
        "mallory", allow(["iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "sts:AssumeRole"])
    )
    assert _verdict(built, mallory) == "denied"


def test_a_service_linked_role_is_neither_passed_nor_a_source() -> None:
    built = Built()
    linked = built.role(
        "boss", EVERYTHING, trust=trusts(LAMBDA), path="/aws-service-role/lambda.amazonaws.com/"
    )
    weak = built.role(
        "weak",
        allow("iam:PutRolePolicy"),
        trust=trusts("x.amazonaws.com"),
        path="/aws-service-role/x.amazonaws.com/",
    )
    mallory = built.user("mallory", RUN_FUNCTION, allow("iam:PassRole"))
    web = built.web()
    assert way_up(web, mallory) is None
    assert way_up(web, weak) is None
    assert linked not in {step.target for steps in web.steps.values() for step in steps}

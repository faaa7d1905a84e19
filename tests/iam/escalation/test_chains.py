"""Ways of several hops, and steps that gain part of the way: what a principal could do afterwards is followed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.iam.escalation.accounts import (
    EVERYTHING,
    HOME,
    OTHER,
    REGION,
    Built,
    Json,
    administrator_of,
    allow,
    deny,
    steps_by,
    trusts,
    way_up,
)

LAMBDA, EC2 = "lambda.amazonaws.com", "ec2.amazonaws.com"
RUN_FUNCTION = allow(["lambda:CreateFunction", "lambda:InvokeFunction"])
ROOT = f"arn:aws:iam::{HOME}:root"
MALLORY, OSCAR = (f"arn:aws:iam::{HOME}:user/{name}" for name in ("mallory", "oscar"))


def _role(name: str, account: str = HOME) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def _told(built: Built, source: str) -> tuple[str, list[str]] | None:
    """The verdict and the techniques of a source's best way up."""
    path = way_up(built.web(), source)
    return (path.verdict.value, [step.technique.id for step in path.steps]) if path else None


# groups


def test_rights_of_a_group_count() -> None:
    built = Built()
    group = built.group("builders", RUN_FUNCTION, allow("iam:PassRole", _role("boss")))
    built.role("boss", EVERYTHING, trust=trusts(LAMBDA))
    inside, outside = built.user("in", groups=group), built.user("out")
    assert _told(built, inside) == ("allowed", ["lambda-001"])
    assert _told(built, outside) is None


def test_a_group_s_deny_counts() -> None:
    built = Built()
    group = built.group("careful", deny("iam:Put*"))
    mallory = built.user("mallory", allow("iam:PutUserPolicy"), groups=group)
    assert _told(built, mallory) is None


def test_joining_a_group() -> None:
    def account(*rights: Json) -> tuple[Built, str]:
        built = Built()
        built.group("strong", *rights)
        built.role("boss", EVERYTHING, trust=[trusts(LAMBDA), trusts(ROOT)])
        return built, built.user("mallory", allow("iam:AddUserToGroup", f"arn:aws:iam::{HOME}:group/strong"))

    assert _told(*account(EVERYTHING)) == ("allowed", ["iam-013"])
    assert _told(*account(RUN_FUNCTION, allow("iam:PassRole"))) == ("allowed", ["iam-013", "lambda-001"])
    assert _told(*account(allow("sts:AssumeRole"))) == ("allowed", ["iam-013", "sts-001"])
    assert _told(*account(allow("s3:*"))) is None
    assert _told(*account(RUN_FUNCTION)) is None


def test_a_group_adds_the_right_that_was_missing() -> None:
    built = Built()
    built.role("boss", EVERYTHING, trust=trusts(LAMBDA))
    built.group("passers", allow("iam:PassRole"))
    built.group("runners", allow("lambda:InvokeFunction"))
    joining = allow("iam:AddUserToGroup", f"arn:aws:iam::{HOME}:group/*")
    mallory = built.user("mallory", allow("lambda:CreateFunction"), joining)
    assert _told(built, mallory) == ("allowed", ["iam-013", "iam-013", "lambda-001"])


def test_a_group_s_deny_follows_its_new_member() -> None:
    built = Built()
    built.group("strong", EVERYTHING, deny("iam:*"), deny("lambda:*"), deny("sts:*"), deny("sso:*"))
    built.user("chief", EVERYTHING)
    mallory = built.user("mallory", allow("iam:AddUserToGroup"))
    found = steps_by(built, mallory, "iam-013")
    assert len(found) == 1
    assert found[0].target != administrator_of()


def test_roles_are_in_no_group() -> None:
    built = Built()
    built.group("strong", EVERYTHING)
    assert _told(built, built.role("worker", allow("iam:AddUserToGroup"))) is None


def test_leaving_a_group_that_denies() -> None:
    built = Built()
    group = built.group("careful", deny("iam:PutUserPolicy"))
    own = "arn:aws:iam::*:user/${aws:username}"
    mallory = built.user(
        "mallory", allow("iam:PutUserPolicy", own), allow("iam:RemoveUserFromGroup", group), groups=group
    )
    assert _told(built, mallory) == ("allowed", ["x-iam-06", "iam-007"])
    stays = built.user("stays", allow("iam:PutUserPolicy", own), groups=group)
    assert _told(built, stays) is None


# guardrails


def test_removing_one_s_boundary() -> None:
    built = Built()
    limit = built.policy("limit", allow(["s3:*", "iam:DeleteUserPermissionsBoundary"]))
    tight = built.policy("tight", allow("s3:*"))
    own = "arn:aws:iam::*:user/${aws:username}"
    rights = (allow("iam:DeleteUserPermissionsBoundary", own), allow("iam:PutUserPolicy", own))
    mallory = built.user("mallory", *rights, boundary=limit)
    held = built.user("held", *rights, boundary=tight)
    weak = built.user("weak", rights[0], allow("s3:*"), boundary=limit)
    assert _told(built, mallory) == ("allowed", ["iam-022", "iam-007"])
    assert _told(built, held) is None
    assert _told(built, weak) is None


def test_removing_the_boundary_of_a_role_that_one_assumes() -> None:
    built = Built()
    limit = built.policy("limit", allow("s3:*"))
    boss = built.role("boss", EVERYTHING, trust=trusts(ROOT), boundary=limit)
    mallory = built.user("mallory", allow(["iam:DeleteRolePermissionsBoundary", "sts:AssumeRole"], boss))
    only_removes = built.user("half", allow("iam:DeleteRolePermissionsBoundary", boss))
    only_assumes = built.user("other", allow("sts:AssumeRole", boss))
    assert _told(built, mallory) == ("allowed", ["iam-023"])
    assert _told(built, only_removes) is None
    assert _told(built, only_assumes) is None


def test_removing_a_deny() -> None:
    own = "arn:aws:iam::*:user/${aws:username}"

    def account(*rights: Json, attached: bool) -> tuple[Built, str]:
        built = Built()
        stop = built.policy("stop", deny("iam:PutUserPolicy"))
        statements = (allow("iam:PutUserPolicy", own), *rights)
        if attached:
            return built, built.user("mallory", *statements, attached=stop)
        return built, built.user("mallory", *statements, deny("iam:PutUserPolicy"))

    detach, delete = allow("iam:DetachUserPolicy", own), allow("iam:DeleteUserPolicy", own)
    assert _told(*account(attached=True)) is None
    assert _told(*account(detach, attached=True)) == ("allowed", ["iam-025", "iam-007"])
    assert _told(*account(delete, attached=True)) is None, "an attached policy is not deleted from a user"
    assert _told(*account(delete, attached=False)) == ("allowed", ["iam-026", "iam-007"])
    assert _told(*account(detach, attached=False)) is None, "an inline policy cannot be detached"
    stop = f"arn:aws:iam::{HOME}:policy/stop"
    only = allow("iam:DetachUserPolicy", own, {"ArnEquals": {"iam:PolicyARN": stop}})
    assert _told(*account(only, attached=True)) == ("allowed", ["iam-025", "iam-007"])
    others = allow("iam:DetachUserPolicy", own, {"ArnNotEquals": {"iam:PolicyARN": stop}})
    assert _told(*account(others, attached=True)) is None


def test_removing_an_inline_policy_takes_its_allows_along() -> None:
    """The rights that stand beside the Deny go with it."""
    built = Built()
    own = "arn:aws:iam::*:user/${aws:username}"
    stopping = (deny("iam:PutUserPolicy"), allow("iam:PutUserPolicy", own))
    # The first half of the statements is one policy, the second half the other.
    mallory = built.user("mallory", *stopping, allow("iam:DeleteUserPolicy", own), allow("s3:*"))
    assert _told(built, mallory) is None


def test_removing_a_deny_from_one_s_own_role() -> None:
    built = Built()
    stop = built.policy("stop", deny("iam:PutRolePolicy"))
    own = _role("worker")
    worker = built.role(
        "worker", allow(["iam:PutRolePolicy", "iam:DetachRolePolicy"], own), trust=trusts(EC2), attached=stop
    )
    assert _told(built, worker) == ("allowed", ["x-iam-04", "iam-005"])


# versions of policies


@pytest.mark.parametrize(
    ("older", "expected"),
    [
        ([EVERYTHING], ("allowed", ["x-iam-01"])),
        ([allow("iam:PutUserPolicy")], ("allowed", ["x-iam-01", "iam-007"])),
        ([allow("s3:GetObject")], None),
        ([EVERYTHING, deny("s3:DeleteBucket")], ("allowed", None)),
    ],
)
def test_an_older_stronger_version(older: list[Json], expected: tuple[str, list[str] | None] | None) -> None:
    built = Built()
    set_default = allow("iam:SetDefaultPolicyVersion", f"arn:aws:iam::{HOME}:policy/own")
    own = built.policy("own", set_default, older=[{"Version": "2012-10-17", "Statement": older}])
    told = _told(built, built.user("mallory", attached=own))
    if expected is None or told is None or expected[1] is not None:
        assert told == expected
    else:
        assert told[0] == expected[0]


def test_a_version_that_loses_what_the_default_gave_is_weighed_by_itself() -> None:
    built = Built()
    built.role("boss", EVERYTHING, trust=trusts(LAMBDA))
    default = (allow("iam:SetDefaultPolicyVersion"), allow("iam:PassRole"))
    older = [{"Version": "2012-10-17", "Statement": [RUN_FUNCTION]}]
    own = built.policy("own", *default, older=older)
    assert _told(built, built.user("mallory", attached=own)) is None, "one version or the other"


def test_versions_of_aws_policies_are_not_changed() -> None:
    built = Built()
    own = built.aws_policy("arn:aws:iam::aws:policy/job-function/Support", allow("iam:CreatePolicyVersion"))
    assert _told(built, built.user("mallory", attached=own)) is None


def test_a_new_version_of_a_policy_that_one_holds() -> None:
    built = Built()
    own = built.policy("own", allow("s3:GetObject"))
    mine = allow("iam:CreatePolicyVersion", own)
    by_user = built.user("mallory", mine, attached=own)
    group = built.group("team", attached=own)
    by_group = built.user("member", mine, groups=group)
    without = built.user("other", mine)
    assert _told(built, by_user) == ("allowed", ["iam-001"])
    assert _told(built, by_group) == ("allowed", ["x-iam-18"])
    assert _told(built, without) is None, "it makes others strong, whom it cannot be"


# workloads


def _instance(built: Built, role: str, **details: Any) -> str:
    arn = f"arn:aws:ec2:{REGION}:{HOME}:instance/i-1"
    return built.resource(arn, "AWS::EC2::Instance", role=role, state="running", **details)


def test_sessions_need_an_agent_that_may_speak() -> None:
    own = "arn:aws:iam::*:role/worker"
    agent = allow("ssm:UpdateInstanceInformation")
    for statements, details, expected in [
        ((agent,), {}, ("allowed", ["ssm-001", "iam-005"])),
        ((), {}, None),
        ((), {"ssm_managed": True}, ("allowed", ["ssm-001", "iam-005"])),
        ((agent,), {"ssm_managed": False}, None),
    ]:
        built = Built()
        worker = built.role("worker", allow("iam:PutRolePolicy", own), *statements, trust=trusts(EC2))
        instance = _instance(built, worker, **details)
        mallory = built.user("mallory", allow("ssm:StartSession", instance))
        assert _told(built, mallory) == expected, (statements, details)


def test_default_host_management_stands_in_for_an_instance_s_own_role() -> None:
    """https://docs.aws.amazon.com/systems-manager/latest/userguide/fleet-manager-default-host-management-configuration.html"""
    built = Built()
    worker = built.role("worker", allow("iam:PutRolePolicy", "arn:aws:iam::*:role/worker"), trust=trusts(EC2))
    mallory = built.user("mallory", allow("ssm:StartSession", _instance(built, worker)))
    assert _told(built, mallory) is None
    built.role("hosts", allow("ssm:*"), trust=trusts("ssm.amazonaws.com"), path="/service-role/")
    assert _told(built, mallory) == ("depends", ["ssm-001", "iam-005"])


def test_sessions_on_other_instances_give_other_roles() -> None:
    built = Built()
    boss = built.role("boss", EVERYTHING, trust=trusts(EC2))
    instance = _instance(built, boss)
    assert _told(built, built.user("mallory", allow("ssm:StartSession", f"{instance}-2"))) is None
    elsewhere = instance.replace(REGION, "us-east-1")
    assert _told(built, built.user("eve", allow("ssm:StartSession", elsewhere))) is None


def test_launching_needs_an_instance_profile() -> None:
    def account(*profiled: str) -> tuple[Built, str]:
        built = Built()
        built.role("boss", EVERYTHING, trust=trusts(EC2))
        built.role("clerk", allow("s3:GetObject"), trust=trusts(EC2))
        for name in profiled:
            built.profile(name, _role(name))
        return built, built.user("mallory", allow(["ec2:RunInstances", "iam:PassRole"]))

    assert _told(*account("boss", "clerk")) == ("allowed", ["ec2-001"])
    assert _told(*account("clerk")) is None


def test_a_function_lets_in_whom_its_own_policy_names() -> None:
    """A function's policy may let a principal of its account change it."""
    arn = f"arn:aws:lambda:{REGION}:{HOME}:function:resize"
    mallory = f"arn:aws:iam::{HOME}:user/mallory"
    rights = ["lambda:UpdateFunctionCode", "lambda:InvokeFunction"]
    statement: Json = {"Effect": "Allow", "Principal": {"AWS": mallory}, "Action": rights, "Resource": arn}
    built = Built()
    boss = built.role("boss", EVERYTHING, trust=trusts(LAMBDA))
    built.resource(
        arn, "AWS::Lambda::Function", role=boss, policy={"Version": "2012-10-17", "Statement": [statement]}
    )
    built.user("mallory")
    built.user("other")
    told = _told(built, mallory)
    assert told is not None
    assert told[0] == "allowed"
    assert _told(built, f"arn:aws:iam::{HOME}:user/other") is None
    web = built.web()
    path = way_up(web, mallory)
    assert path is not None
    assert {grant.via for grant in web.finder.because(path.steps[0])} == {"resource policy"}


@pytest.mark.parametrize(
    ("statement", "shut_out"),
    [
        ({"Principal": {"AWS": MALLORY}}, True),
        ({"Principal": "*"}, True),
        ({"Principal": {"AWS": HOME}}, True),
        ({"Principal": {"AWS": OSCAR}}, False),
        ({"NotPrincipal": {"AWS": [OSCAR, ROOT]}}, True),
        ({"NotPrincipal": {"AWS": [MALLORY, ROOT]}}, False),
        ({"Principal": "*", "Action": "lambda:DeleteFunction"}, False),
        ({"Principal": "*", "Condition": {"ArnNotEquals": {"aws:PrincipalArn": MALLORY}}}, False),
        ({"Principal": "*", "Condition": {"StringNotEquals": {"aws:PrincipalTag/team": "lambda"}}}, True),
    ],
)
def test_a_function_shuts_out_whom_its_own_policy_denies(statement: Json, shut_out: bool) -> None:
    """A Deny in a function's policy holds whatever the caller's own policies allow, and for that one only."""
    arn = f"arn:aws:lambda:{REGION}:{HOME}:function:resize"
    built = Built()
    boss = built.role("boss", EVERYTHING, trust=trusts(LAMBDA))
    whole = {"Effect": "Deny", "Action": "lambda:UpdateFunctionCode", "Resource": "*", **statement}
    built.resource(
        arn, "AWS::Lambda::Function", role=boss, policy={"Version": "2012-10-17", "Statement": [whole]}
    )
    built.user("mallory", allow(["lambda:UpdateFunctionCode", "lambda:InvokeFunction"]))
    built.user("oscar", EVERYTHING)
    web = built.web()
    assert (way_up(web, MALLORY) is None) is shut_out
    names = {each.name for each in web.administrators}
    assert {"boss", "oscar"} <= names, "who is denied one function is an administrator all the same"
    built.resource(arn + "-too", "AWS::Lambda::Function", role=boss)
    assert _told(built, MALLORY) == ("allowed", ["lambda-004"])


def test_a_workload_in_an_account_without_inventory_names_what_it_needs() -> None:
    built = Built()
    built.account(resources=False)
    built.role("boss", EVERYTHING, trust=trusts(LAMBDA))
    mallory = built.user("mallory", allow(["lambda:UpdateFunctionCode", "lambda:InvokeFunction"]))
    path = way_up(built.web(), mallory)
    assert path is not None
    assert path.verdict.value == "depends"
    assert any("boss" in text for text in path.needs)


def test_services_that_could_not_be_read_are_as_if_there_were_no_inventory() -> None:
    built = Built()
    built.account().unread_services = ("lambda",)
    built.role("boss", EVERYTHING, trust=trusts(LAMBDA))
    mallory = built.user("mallory", allow(["lambda:UpdateFunctionCode", "lambda:InvokeFunction"]))
    told = _told(built, mallory)
    assert told is not None
    assert told[0] == "depends"


# chains


def test_four_hops() -> None:
    built = Built()
    boss = built.role("boss", EVERYTHING, trust=trusts(ROOT))
    third = built.role("third", allow("sts:AssumeRole", boss), trust=trusts(EC2))
    built.profile("third", third)
    second = built.user("second", allow(["ec2:RunInstances", "iam:PassRole"]))
    first = built.role("first", allow("iam:CreateLoginProfile", second), trust=trusts(LAMBDA))
    built.estate.accounts[HOME].principals[second].details = {"console": False}
    mallory = built.user("mallory", RUN_FUNCTION, allow("iam:PassRole", first))
    techniques = ["lambda-001", "iam-004", "ec2-001", "sts-001"]
    for start, source in enumerate([mallory, first, second, third]):
        assert _told(built, source) == ("allowed", techniques[start:])


def test_a_chain_through_another_account() -> None:
    built = Built()
    middle = f"arn:aws:iam::{OTHER}:role/middle"
    boss = built.role("boss", EVERYTHING, trust=trusts(middle))
    built.role("middle", allow("sts:AssumeRole", boss), trust=trusts(HOME), account=OTHER)
    mallory = built.user("mallory", allow("sts:AssumeRole", middle))
    assert _told(built, mallory) == ("allowed", ["sts-001", "sts-001"])
    assert _told(built, built.user("eve", allow("sts:AssumeRole", boss))) is None


def test_one_open_hop_makes_the_whole_way_depend() -> None:
    built = Built()
    boss = built.role("boss", EVERYTHING, trust=trusts(ROOT))
    with_mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    middle = built.role("middle", allow("sts:AssumeRole", boss), trust=trusts(ROOT, condition=with_mfa))
    mallory = built.user("mallory", allow("sts:AssumeRole", middle))
    path = way_up(built.web(), mallory)
    assert path is not None
    assert path.verdict.value == "depends"
    assert path.conditions == ("aws:MultiFactorAuthPresent is true",)
    assert _told(built, middle) == ("allowed", ["sts-001"])


def test_a_certain_detour_is_better_than_an_open_short_cut() -> None:
    built = Built()
    with_mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    middle = _role("middle")
    boss = built.role("boss", EVERYTHING, trust=[trusts(ROOT, condition=with_mfa), trusts(middle)])
    built.role("middle", allow("sts:AssumeRole", boss), trust=trusts(ROOT))
    mallory = built.user("mallory", allow("sts:AssumeRole"))
    assert _told(built, mallory) == ("allowed", ["sts-001", "sts-001"])


def test_circles_end() -> None:
    built = Built()
    one, two = _role("one"), _role("two")
    built.role("one", allow("sts:AssumeRole", two), trust=trusts(two))
    built.role("two", allow("sts:AssumeRole", one), trust=trusts(one))
    built.user("chief", EVERYTHING)
    web = built.web()
    assert way_up(web, one) is None
    assert [path.target for path in web.all_paths(one, {two})] == [two]

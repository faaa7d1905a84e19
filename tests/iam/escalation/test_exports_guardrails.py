"""What holds back: boundaries, Denies of one's own and of groups, SCPs, RCPs.

Each person of an account differs from another in one thing; `-` stands for no way up.
"""

from __future__ import annotations

from pathlib import Path

from tests.iam.escalation.exports import (
    ASSUME,
    CREATE,
    HOME,
    INVOKE,
    LAMBDA,
    MANAGEMENT,
    OTHER,
    PASS,
    PUT,
    ROOT,
    RUN,
    SELF,
    Export,
    allow,
    arranged,
    deny,
    organization,
    people,
    text,
    trust,
    verdicts,
    web_of,
    when,
)

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"


def test_permissions_boundaries(tmp_path: Path) -> None:
    export = Export()
    export.administrator()
    s3d = export.policy("b-del", allow(["iam:DeleteUserPermissionsBoundary", "s3:*"]))
    b_every = export.policy(
        "b-every",
        allow("*"),
        deny(
            [
                "iam:DeleteUserPermissionsBoundary",
                "iam:PutUserPermissionsBoundary",
                "iam:DeleteRolePermissionsBoundary",
                "iam:PutRolePermissionsBoundary",
            ]
        ),
    )
    b_put = export.policy("b-put", allow(["iam:PutUserPermissionsBoundary", "s3:*"]))
    b_putp = export.policy(
        "b-putp",
        allow(
            "iam:PutUserPermissionsBoundary",
            "*",
            when("ArnEquals", "iam:PermissionsBoundary", export.arn("policy", "b-putp")),
        ),
        allow("s3:*"),
    )
    b_ro = export.policy("b-ro", allow(["iam:Get*", "iam:List*", "s3:*"]))
    b_lambda = export.policy("b-lambda", allow(["lambda:*", PASS]))
    export.boss("boss", trust(LAMBDA))
    expected = people(
        export,
        ("deletes", "allowed", allow("*"), {"boundary": s3d}),
        (
            "deletes-not-own",
            "-",
            allow("s3:*"),
            allow("iam:Delete*", export.arn("user", "x")),
            {"boundary": s3d},
        ),
        ("new-role-escapes", "allowed", allow("*"), {"boundary": b_every}),
        ("puts", "allowed", allow("*"), {"boundary": b_put}),
        ("puts-little", "-", allow(["iam:PutUserPermissionsBoundary", "s3:*"]), {"boundary": b_put}),
        ("puts-same-only", "-", allow("*"), {"boundary": b_putp}),
        ("read-only", "-", allow("*"), {"boundary": b_ro}),
        ("lambda-through", "allowed", allow("*"), {"boundary": b_lambda}),
        ("boundary-missing-text", "depends", allow("*"), {"boundary": export.arn("policy", "not-there")}),
        ("boundary-aws-admin", "admin", allow("*"), {"boundary": export.administrator()}),
        ("boundary-ro-aws", "-", allow("*"), {"boundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
    )
    expected["boss"] = "admin"
    assert verdicts(web_of(tmp_path, export)) == expected


def test_denies_that_can_be_taken_away(tmp_path: Path) -> None:
    export = Export()
    boss = export.boss("boss", trust(ROOT))
    no = export.policy("no-assume", deny(ASSUME))
    no2 = export.policy("no-too", deny("sts:*"))
    export.group("g1", deny(ASSUME))
    export.group("g2", deny("sts:Assume*"))
    export.group("g3", attached=(no,))
    detach = "iam:DetachUserPolicy"
    leave = "iam:RemoveUserFromGroup"
    assumes = allow(ASSUME, boss)
    expected = people(
        export,
        ("detaches", "allowed", assumes, allow(detach, SELF), {"attached": (no,)}),
        ("cannot", "-", assumes, {"attached": (no,)}),
        (
            "other-policy-only",
            "-",
            assumes,
            allow(detach, SELF, when("ArnEquals", "iam:PolicyARN", no2)),
            {"attached": (no,)},
        ),
        (
            "this-policy-only",
            "allowed",
            assumes,
            allow(detach, SELF, when("ArnEquals", "iam:PolicyARN", no)),
            {"attached": (no,)},
        ),
        ("two-detaches", "allowed", assumes, allow(detach, SELF), {"attached": (no, no2)}),
        (
            "one-of-two",
            "-",
            assumes,
            allow(detach, SELF, when("ArnEquals", "iam:PolicyARN", no)),
            {"attached": (no, no2)},
        ),
        ("leaves", "allowed", assumes, allow(leave, export.arn("group", "g1")), {"groups": ("g1",)}),
        ("leaves-wrong", "-", assumes, allow(leave, export.arn("group", "g2")), {"groups": ("g1",)}),
        ("leaves-both", "allowed", assumes, allow(leave), {"groups": ("g1", "g2")}),
        ("leaves-one", "-", assumes, allow(leave, export.arn("group", "g1")), {"groups": ("g1", "g2")}),
        (
            "detaches-from-group",
            "allowed",
            assumes,
            allow("iam:DetachGroupPolicy", export.arn("group", "g3")),
            {"groups": ("g3",)},
        ),
        (
            "deletes-from-group-managed",
            "-",
            assumes,
            allow("iam:DeleteGroupPolicy", export.arn("group", "g3")),
            {"groups": ("g3",)},
        ),
        (
            "deletes-from-group",
            "allowed",
            assumes,
            allow("iam:DeleteGroupPolicy", export.arn("group", "g1")),
            {"groups": ("g1",)},
        ),
        ("right-in-denying-group", "-", allow(leave), {"groups": ("g1",)}),
        (
            "mixed",
            "allowed",
            assumes,
            allow([detach], SELF),
            allow(leave),
            {"attached": (no,), "groups": ("g2",)},
        ),
        (
            "inline-own",
            "allowed",
            {"documents": (text(assumes, allow("iam:DeleteUserPolicy", SELF)), text(deny(ASSUME)))},
        ),
        (
            "inline-same",
            "-",
            {"documents": (text(assumes, allow("iam:DeleteUserPolicy", SELF), deny(ASSUME)),)},
        ),
    )
    expected["boss"] = "admin"
    assert verdicts(web_of(tmp_path, export)) == expected


def test_an_scp_that_exempts_some_roles(tmp_path: Path) -> None:
    export = Export()
    m = Export(MANAGEMENT)
    export.boss("boss", trust(LAMBDA))
    export.role("AdminHelper", trust(ROOT), allow("iam:PutRolePolicy", export.arn("role", "AdminHelper")))
    export.role("Other", trust(ROOT), allow("iam:PutRolePolicy", export.arn("role", "Other")))
    expected = people(
        export,
        ("puts", "-", allow(PUT, SELF)),
        ("assumes-helper", "allowed", allow(ASSUME, export.arn("role", "AdminHelper"))),
        ("assumes-other", "-", allow(ASSUME, export.arn("role", "Other"))),
        ("passes", "-", RUN, allow(PASS)),
    )
    expected |= {"boss": "admin", "AdminHelper": "allowed"}
    expected |= people(m, ("in-management", "allowed", allow(PUT, f"arn:aws:iam::{MANAGEMENT}:user/*")))
    s = [
        {
            "Effect": "Deny",
            "Action": "iam:*",
            "Resource": "*",
            "Condition": {"StringNotLike": {"aws:PrincipalArn": ["arn:aws:iam::*:role/Admin*"]}},
        }
    ]
    assert (
        verdicts(
            web_of(
                tmp_path,
                export,
                m,
                organization=arranged(organization(MANAGEMENT, HOME), (SCP, tuple(s), "r-1")),
            )
        )
        == expected
    )


def test_an_scp_that_lists_what_is_allowed(tmp_path: Path) -> None:
    export = Export()
    m = Export(MANAGEMENT)
    export.boss("boss", trust(LAMBDA))
    o = arranged(
        organization(MANAGEMENT, HOME),
        (SCP, (allow(["lambda:*", "iam:PassRole", "s3:*"]),), "ou-a"),
        units={"ou-a": "r-1"},
        homes={HOME: "ou-a"},
        full=("r-1", MANAGEMENT, HOME),
    )
    expected = people(
        export,
        ("passes", "allowed", RUN, allow(PASS)),
        ("puts", "-", allow(PUT, SELF)),
        ("attaches", "-", allow("iam:AttachUserPolicy", SELF)),
    )
    expected["boss"] = "admin"
    m.user("x")
    assert verdicts(web_of(tmp_path, export, m, organization=o)) == expected


def test_scps_that_allow_nothing_in_common(tmp_path: Path) -> None:
    export = Export()
    m = Export(MANAGEMENT)
    export.boss("boss", trust(LAMBDA))
    o = arranged(
        organization(MANAGEMENT, HOME),
        (SCP, (allow(["lambda:*", "iam:PassRole", "s3:*"]),), "ou-a"),
        (SCP, (allow(["iam:*", "s3:*"]),), HOME),
        units={"ou-a": "r-1"},
        homes={HOME: "ou-a"},
        full=("r-1", MANAGEMENT),
    )
    expected = people(export, ("passes", "-", RUN, allow(PASS)), ("puts", "-", allow(PUT, SELF)))
    expected["boss"] = "admin"
    m.user("x")
    assert verdicts(web_of(tmp_path, export, m, organization=o)) == expected


def test_an_scp_that_asks_for_a_boundary(tmp_path: Path) -> None:
    # SCP: create/attach only with boundary; the classic
    export = Export()
    m = Export(MANAGEMENT)
    m.user("x")
    cap = export.policy("cap", allow("s3:*"))
    s = [
        deny(
            [
                "iam:CreateRole",
                "iam:CreateUser",
                "iam:AttachRolePolicy",
                "iam:PutRolePolicy",
                "iam:AttachUserPolicy",
                "iam:PutUserPolicy",
            ],
            "*",
            when("StringNotEquals", "iam:PermissionsBoundary", cap),
        ),
        deny(["iam:Delete*PermissionsBoundary"]),
        deny("iam:Put*PermissionsBoundary", "*", when("StringNotEquals", "iam:PermissionsBoundary", cap)),
        deny("iam:CreatePolicyVersion", cap),
    ]
    expected = people(
        export,
        ("makes-roles", "-", allow(["iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy"])),
        ("puts-self", "-", allow(PUT, SELF)),
        ("puts-self-bounded", "-", allow(PUT, SELF), {"boundary": cap}),
        ("group-way", "allowed", allow(["iam:CreateGroup", "iam:PutGroupPolicy", "iam:AddUserToGroup"])),
        ("all", "admin", allow("*")),
    )
    assert (
        verdicts(
            web_of(
                tmp_path,
                export,
                m,
                organization=arranged(organization(MANAGEMENT, HOME), (SCP, tuple(s), "r-1")),
            )
        )
        == expected
    )


def test_an_scp_that_keeps_to_a_region(tmp_path: Path) -> None:
    export = Export()
    m = Export(MANAGEMENT)
    m.user("x")
    export.boss("boss", trust(LAMBDA))
    s = [
        {
            "Effect": "Deny",
            "NotAction": ["iam:*", "sts:*", "organizations:*"],
            "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}},
        }
    ]
    expected = people(
        export,
        ("puts", "allowed", allow(PUT, SELF)),
        ("passes", "depends", RUN, allow(PASS)),
        (
            "passes-eu",
            "depends",
            allow([CREATE, INVOKE], f"arn:aws:lambda:eu-west-1:{HOME}:function:*"),
            allow(PASS),
        ),
    )
    expected["boss"] = "admin"
    assert (
        verdicts(
            web_of(
                tmp_path,
                export,
                m,
                organization=arranged(organization(MANAGEMENT, HOME), (SCP, tuple(s), "r-1")),
            )
        )
        == expected
    )


def test_an_rcp_that_keeps_strangers_out(tmp_path: Path) -> None:
    export = Export()
    m = Export(MANAGEMENT)
    o2 = Export(OTHER)
    export.boss("by-anyone", trust("*"))
    export.boss("by-other", trust(f"arn:aws:iam::{OTHER}:root"))
    m.user("x")
    s = [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sts:AssumeRole",
            "Resource": "*",
            "Condition": {
                "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"},
                "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            },
        }
    ]
    expected = people(export, ("inside", "allowed", allow(ASSUME)))
    expected |= people(o2, ("outside", "-", allow(ASSUME)))
    expected |= {"by-anyone": "admin", "by-other": "admin"}
    assert (
        verdicts(
            web_of(
                tmp_path,
                export,
                m,
                o2,
                organization=arranged(organization(MANAGEMENT, HOME), (RCP, tuple(s), "r-1")),
            )
        )
        == expected
    )

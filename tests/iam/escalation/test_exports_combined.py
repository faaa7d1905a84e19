"""Ways of several kinds put together: changes before, between and after what leads on.

Each person of an account differs from another in one thing; `-` stands for no way up.
"""

from __future__ import annotations

from pathlib import Path

from tests.iam.escalation.exports import (
    ASSUME,
    HOME,
    INVOKE,
    LAMBDA,
    MFA,
    PASS,
    REGION,
    ROOT,
    RUN,
    SELF,
    Export,
    allow,
    arn,
    deny,
    people,
    text,
    trust,
    verdicts,
    web_of,
    when,
)


def _group(name: str) -> str:
    return arn("group", name)


def test_changes_put_together(tmp_path: Path) -> None:
    export = Export()
    adm = export.administrator()
    strong = text(allow("*"))
    pv = export.policy("pv", allow("s3:*"), older=(strong,))
    export.group("devs", allow("iam:SetDefaultPolicyVersion", pv), attached=(pv,))
    export.group("admins", attached=(adm,))
    export.group("runners", RUN)
    export.group("passers", allow(PASS))
    rp = export.policy("rp", allow("logs:*"))
    worker = export.role("r", trust(LAMBDA), attached=(rp,))
    p = export.policy("p", allow("logs:*"))
    boss = export.boss("boss", trust(LAMBDA))
    cap = export.policy("cap", allow(["logs:*", "s3:*"]))
    cb = export.role("capped-boss", trust(LAMBDA), allow("*"), boundary=cap)
    mid = export.role("mid", trust(ROOT), allow(ASSUME, export.arn("role", "end")), boundary=cap)
    export.role("end", trust(mid), allow("*"))
    bob = export.user("bob", allow("*", "*", MFA))
    export.credential("bob", keys=1, active=1)
    ann = export.user("ann", groups=("admins",))
    export.credential("ann", keys=1, active=1)
    ed = export.user("ed", groups=("admins",), boundary=cap)
    export.credential("ed", keys=1, active=1)
    export.user("tim", groups=("admins",), path="/team/")
    export.credential("tim", keys=1, active=1)
    fn = export.resource(f"arn:aws:lambda:{REGION}:{HOME}:function:f", "AWS::Lambda::Function", worker)
    pr = export.resource(f"arn:aws:codebuild:{REGION}:{HOME}:project/b", "AWS::CodeBuild::Project", worker)
    cbb = export.boss("cb-boss", trust("codebuild.amazonaws.com"))
    key = "iam:CreateAccessKey"
    join = "iam:AddUserToGroup"
    expected = people(
        export,
        ("joins-then-version", "allowed", allow(join, _group("devs"))),
        ("version-not-member", "-", allow("iam:SetDefaultPolicyVersion", pv)),
        ("rewrites-role-policy", "allowed", allow("iam:CreatePolicyVersion", rp), RUN, allow(PASS, worker)),
        (
            "attaches-weak-and-rewrites",
            "allowed",
            allow("iam:AttachRolePolicy", worker, when("ArnEquals", "iam:PolicyARN", p)),
            allow("iam:CreatePolicyVersion", p),
            RUN,
            allow(PASS, worker),
        ),
        (
            "attaches-weak-only",
            "-",
            allow("iam:AttachRolePolicy", worker, when("ArnEquals", "iam:PolicyARN", p)),
            RUN,
            allow(PASS, worker),
        ),
        ("capped-mid", "-", allow(ASSUME, mid)),
        ("capped-mid-freed", "allowed", allow(ASSUME, mid), allow("iam:DeleteRolePermissionsBoundary", mid)),
        ("passes-capped", "-", RUN, allow(PASS, cb)),
        (
            "passes-capped-freed",
            "allowed",
            RUN,
            allow(PASS, cb),
            allow("iam:DeleteRolePermissionsBoundary", cb),
        ),
        (
            "passes-capped-widened",
            "-",
            RUN,
            allow(PASS, cb),
            allow("iam:PutRolePermissionsBoundary", cb, when("ArnEquals", "iam:PermissionsBoundary", cap)),
        ),
        ("login-bob", "depends", allow("iam:CreateLoginProfile", bob)),
        ("key-ann", "allowed", allow(key, ann)),
        ("key-ed", "-", allow(key, ed)),
        ("key-ed-freed", "allowed", allow(key, ed), allow("iam:DeleteUserPermissionsBoundary", ed)),
        ("key-tim-path", "allowed", allow(key, f"arn:aws:iam::{HOME}:user/team/*")),
        ("key-nopath", "-", allow(key, f"arn:aws:iam::{HOME}:user/tim")),
        ("self-all", "allowed", allow("iam:*", SELF)),
        (
            "policies-all-own",
            "allowed",
            allow("iam:*", f"arn:aws:iam::{HOME}:policy/x*"),
            {"attached": (export.policy("x1", allow("s3:*")),)},
        ),
        ("policies-all-none", "-", allow("iam:*", f"arn:aws:iam::{HOME}:policy/y*")),
        ("two-groups", "allowed", allow(join, _group("runners")), {"groups": ("passers",)}),
        ("two-groups-wrong", "-", allow(join, _group("devs-no")), {"groups": ("passers",)}),
        ("deny-attach-put-ok", "allowed", allow("iam:*User*", SELF), deny("iam:AttachUserPolicy")),
        (
            "deny-self-group-ok",
            "allowed",
            allow("iam:PutGroupPolicy"),
            deny("iam:*", SELF),
            {"groups": ("runners",)},
        ),
        ("build-other-role", "allowed", allow("codebuild:StartBuild", pr), allow(PASS, cbb)),
        ("build-own-role", "-", allow("codebuild:StartBuild", pr)),
        (
            "build-pass-denied",
            "-",
            allow("codebuild:StartBuild", pr),
            allow(PASS, cbb, when("StringEquals", "iam:PassedToService", LAMBDA)),
        ),
        (
            "layer-other-role",
            "allowed",
            allow(["lambda:UpdateFunctionConfiguration", INVOKE], fn),
            allow(PASS, boss),
        ),
        ("layer-own-role", "-", allow(["lambda:UpdateFunctionConfiguration", INVOKE], fn)),
        ("layer-waits", "depends", allow(["lambda:UpdateFunctionConfiguration"], fn), allow(PASS, boss)),
    )
    expected |= {
        "boss": "admin",
        "end": "admin",
        "bob": "depends",
        "ann": "admin",
        "tim": "admin",
        "cb-boss": "admin",
    }
    assert verdicts(web_of(tmp_path, export)) == expected


def test_stack_sets_act_through_two_roles(tmp_path: Path) -> None:
    export = Export()
    export.role("sadm", trust("cloudformation.amazonaws.com"), allow(ASSUME, export.arn("role", "sexec")))
    export.boss("sexec", trust(export.arn("role", "sadm")))
    export.role("sadm2", trust("cloudformation.amazonaws.com"), allow(ASSUME, export.arn("role", "sexec2")))
    export.boss("sexec2", trust(LAMBDA))
    both = ["cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"]
    expected = people(
        export,
        ("ss", "allowed", allow(both), allow(PASS, export.arn("role", "sadm"))),
        ("ss2", "-", allow(both), allow(PASS, export.arn("role", "sadm2"))),
        ("ss3", "-", allow(both[0]), allow(PASS, export.arn("role", "sadm"))),
    )
    expected |= {"sexec": "admin", "sexec2": "admin", "sadm": "allowed"}
    assert verdicts(web_of(tmp_path, export)) == expected


def test_another_partition_beside_this_one(tmp_path: Path) -> None:
    n = "123412341234"
    export = Export(n, "aws-us-gov")
    o = Export(HOME)
    export.boss("boss", trust(LAMBDA))
    export.boss("by-com", trust(f"arn:aws:iam::{HOME}:root"))
    expected = people(
        export,
        ("passes", "allowed", RUN, allow(PASS, f"arn:aws-us-gov:iam::{n}:role/boss")),
        (
            "star",
            "allowed",
            allow(
                ["iam:AttachUserPolicy"],
                f"arn:*:iam::{n}:user/*",
                when("ArnLike", "iam:PolicyARN", "arn:aws-us-gov:iam::aws:policy/Admin*"),
            ),
        ),
        (
            "wrongp",
            "-",
            allow("iam:AttachUserPolicy", "*", when("ArnLike", "iam:PolicyARN", "arn:aws:iam::aws:policy/*")),
        ),
    )
    expected |= people(o, ("com", "-", allow(ASSUME)))
    expected |= {"boss": "admin", "by-com": "admin"}
    assert verdicts(web_of(tmp_path, export, o)) == expected


def test_principals_that_are_deleted(tmp_path: Path) -> None:
    export = Export()
    export.boss("b1", trust("AROAEXAMPLE123"))
    export.boss("b2", trust("*", effect="Deny"))
    export.boss("b3", trust(ROOT), trust({"AWS": "AIDAGONE"}, effect="Deny"))
    export.boss("b4", trust({"AWS": [ROOT, "AIDAGONE"]}))
    expected = people(
        export,
        ("a", "allowed", allow(ASSUME, export.arn("role", "b3"))),
        ("b", "allowed", allow(ASSUME, export.arn("role", "b4"))),
        ("c", "-", allow(ASSUME, [export.arn("role", "b1"), export.arn("role", "b2")])),
        ("none", "-"),
    )
    expected |= {f"b{i}": "admin" for i in (1, 2, 3, 4)}
    assert verdicts(web_of(tmp_path, export)) == expected

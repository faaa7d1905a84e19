"""Whole accounts in which the way, or its absence, hangs on a detail of how policies are written.

What AWS's rules make of each person was written down before it was ever run; `-` stands for no way up.
"""

from __future__ import annotations

from pathlib import Path

from tests.iam.escalation.exports import (
    HOME,
    LAMBDA,
    OTHER,
    REGION,
    ROOT,
    SELF,
    Export,
    Json,
    all_but,
    allow,
    arn,
    deny,
    elsewhere,
    equals,
    like,
    passed_to,
    people,
    text,
    trust,
    verdicts,
    web_of,
)

ASSUME, PASS = "sts:AssumeRole", "iam:PassRole"
PUT = "iam:PutUserPolicy"
RUN = allow(["lambda:CreateFunction", "lambda:InvokeFunction"])


def _in(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{HOME}:{rest}"


def test_names_with_paths_and_wildcards(tmp_path: Path) -> None:
    export = Export()
    boss = export.boss("App-Exec-1", trust(LAMBDA), path="/Team/a/")
    harmless = export.role("app-exec-2", trust(LAMBDA), allow("s3:*"), path="/team/a/")
    expected = people(
        export,
        ("by-middle", "allowed", RUN, allow(PASS, arn("role", "*/a/App-*-1"))),
        ("by-question-marks", "allowed", RUN, allow(PASS, arn("role", "Team/?/App-Exec-?"))),
        ("by-too-few-marks", "-", RUN, allow(PASS, arn("role", "Team/?App-Exec-?"))),
        ("by-a-star-over-slashes", "allowed", RUN, allow(PASS, arn("role", "T*1"))),
        ("by-small-letters", "-", RUN, allow(PASS, arn("role", "team/a/*"))),
        ("by-account-star", "allowed", RUN, allow(PASS, "arn:aws:iam::*:role/Team/*")),
        ("by-account-marks", "allowed", RUN, allow(PASS, f"arn:aws:iam::{'?' * 12}:role/Team/*")),
        ("by-eleven-marks", "-", RUN, allow(PASS, f"arn:aws:iam::{'?' * 11}:role/Team/*")),
        ("by-partition-star", "allowed", RUN, allow(PASS, f"arn:*:iam::{HOME}:role/Team/*")),
        ("by-another-account", "-", RUN, allow(PASS, f"arn:aws:iam::{OTHER}:role/*")),
        ("by-user", "-", RUN, allow(PASS, arn("user", "*"))),
        ("by-assumed-role", "-", RUN, allow(PASS, f"arn:aws:sts::{HOME}:assumed-role/App-Exec-1/*")),
        ("by-the-harmless-one", "-", RUN, allow(PASS, harmless)),
        ("by-profile", "-", RUN, allow(PASS, arn("instance-profile", "*"))),
        ("by-a-dollar", "-", RUN, allow(PASS, arn("role", "${*}"))),
        ("with-slash-in-front", "-", RUN, allow(PASS, arn("role", "/Team/a/App-Exec-1"))),
        ("with-the-exact-name", "allowed", RUN, allow(PASS, boss)),
    )
    assert verdicts(web_of(tmp_path, export)) == expected | {"App-Exec-1": "admin"}


def test_actions_in_odd_letters(tmp_path: Path) -> None:
    export = Export()
    put = {"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": SELF}
    lone = {"Version": "2012-10-17", "Statement": put}
    expected = people(
        export,
        ("small", "allowed", allow("iam:putuserpolicy", SELF)),
        ("large", "allowed", allow("IAM:PUTUSERPOLICY", SELF)),
        ("marked", "allowed", allow("iam:P?tUs*Pol??y", SELF)),
        ("marked-too-long", "-", allow("iam:PutUserPolicy?", SELF)),
        ("with-a-blank", "-", allow("iam:PutUserPolicy ", SELF)),
        ("alone", "allowed", {"documents": (lone,)}),
        ("old-version", "-", put, {"version": "2008-10-17"}),
        ("no-version", "-", put, {"version": ""}),
        (
            "old-version-spelled-out",
            "allowed",
            allow(PUT, arn("user", "old-version-spelled-out")),
            {"version": "2008-10-17"},
        ),
        ("default-of-a-variable", "-", allow(PUT, arn("user", "${aws:PrincipalTag/me, 'nobody'}"))),
        (
            "tagged-with-itself",
            "allowed",
            allow(PUT, arn("user", "${aws:PrincipalTag/me}")),
            {"tags": {"me": "tagged-with-itself"}},
        ),
        ("tagged-with-a-star", "-", allow(PUT, arn("user", "${aws:PrincipalTag/me}")), {"tags": {"me": "*"}}),
        (
            "tagged-with-another",
            "allowed",
            allow([PUT, "iam:CreateAccessKey", "iam:DeleteAccessKey"], arn("user", "${aws:PrincipalTag/me}")),
            {"tags": {"me": "small"}},
        ),
        (
            "two-keys",
            "-",
            allow(PUT, SELF, {"StringEquals": {"aws:username": "two-keys", "aws:PrincipalTag/a": "b"}}),
        ),
        ("one-key", "allowed", allow(PUT, SELF, {"StringEquals": {"AWS:UserName": ["one-key", "x"]}})),
        ("if-exists", "allowed", allow(PUT, SELF, {"StringEqualsIfExists": {"aws:PrincipalTag/a": "b"}})),
        ("null", "allowed", allow(PUT, SELF, {"Null": {"aws:PrincipalTag/a": "true"}})),
        ("not-null", "-", allow(PUT, SELF, {"Null": {"aws:PrincipalTag/a": "false"}})),
        (
            "until-last-year",
            "-",
            allow(PUT, SELF, {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}),
        ),
        (
            "since-then",
            "allowed",
            allow(PUT, SELF, {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}),
        ),
        ("in-plain-text-only", "-", allow(PUT, SELF, {"Bool": {"aws:SecureTransport": "false"}})),
    )
    assert verdicts(web_of(tmp_path, export)) == expected


def test_rights_put_together(tmp_path: Path) -> None:
    """Rights that come from several statements, policies and groups, and pieces that don't fit."""
    export = Export()
    boss = export.boss("boss", trust(LAMBDA), path="/x/")
    create, invoke = "lambda:CreateFunction", "lambda:InvokeFunction"
    export.group("makers", allow(create, _in("lambda", "function:m-*")))
    export.group("callers", allow(invoke, _in("lambda", "function:m-*")))
    export.group("strangers", allow(invoke, _in("lambda", "function:s-*")))
    export.group("passers", allow(PASS, boss, passed_to(LAMBDA)))
    export.group("deniers", deny(invoke, "*", equals("aws:RequestedRegion", REGION)))
    cap = export.policy("cap", allow("lambda:*"), allow("iam:Pass*", arn("role", "x/*")))
    small = export.policy("small", allow(["lambda:*", "iam:Get*"]))
    older = export.policy("older", allow("s3:*"), older=(text(allow(PASS)),), newer=(text(allow(PASS)),))
    three = ("makers", "callers", "passers")
    expected = people(
        export,
        ("in-three-groups", "allowed", {"groups": three}),
        ("in-two", "-", {"groups": three[:2]}),
        ("in-others", "-", {"groups": ("makers", "strangers", "passers")}),
        ("denied-in-a-region", "depends", {"groups": (*three, "deniers")}),
        ("under-a-fitting-cap", "allowed", {"groups": three, "boundary": cap}),
        ("under-a-small-cap", "-", {"groups": three, "boundary": small}),
        ("with-versions-not-default", "-", {"groups": three[:2], "attached": (older,)}),
        (
            "sets-the-default",
            "allowed",
            allow("iam:SetDefaultPolicyVersion", older),
            {"groups": three[:2], "attached": (older,)},
        ),
        (
            "sets-it-without-holding-it",
            "-",
            allow("iam:SetDefaultPolicyVersion", older),
            {"groups": three[:2]},
        ),
        (
            "joins-the-third",
            "allowed",
            allow("iam:AddUserToGroup", arn("group", "passers")),
            {"groups": three[:2]},
        ),
        (
            "joins-the-wrong-one",
            "-",
            allow("iam:AddUserToGroup", arn("group", "strangers")),
            {"groups": three[1:]},
        ),
        (
            "leaves-what-denies",
            "allowed",
            allow("iam:RemoveUserFromGroup", arn("group", "deniers")),
            {"groups": (*three, "deniers")},
        ),
        (
            "in-different-regions",
            "-",
            allow(create, "*", equals("aws:RequestedRegion", "eu-west-1")),
            allow(invoke, "*", equals("aws:RequestedRegion", "eu-west-2")),
            allow(PASS, boss),
        ),
    )
    assert verdicts(web_of(tmp_path, export)) == expected | {"boss": "admin"}


def test_what_is_made_must_carry(tmp_path: Path) -> None:
    """Conditions on what is made: tags, boundaries, names, which the attacker writes as they are asked for."""
    export = Export()
    boss = export.boss("boss", trust(LAMBDA))
    limit = export.policy("limit", allow("s3:*"))
    loose = export.policy("loose", allow("*"))
    role = ["iam:CreateRole", "iam:AttachRolePolicy"]
    new = arn("role", "svc-*")

    def bound(policy: str) -> Json:
        return equals("iam:PermissionsBoundary", policy)

    expected = people(
        export,
        ("makes-a-role", "allowed", allow(role, new)),
        ("makes-a-bound-role", "-", allow(role[0], new, bound(limit)), allow(role[1], new)),
        ("makes-a-loosely-bound-role", "allowed", allow(role[0], new, bound(loose)), allow(role[1], new)),
        (
            "makes-a-bound-role-and-frees-it",
            "allowed",
            allow(role[0], new, bound(limit)),
            allow([role[1], "iam:DeleteRolePermissionsBoundary"], new),
        ),
        ("makes-a-role-of-another-name", "-", allow(role[0], new), allow(role[1], arn("role", "app-*"))),
        (
            "attaches-a-known-policy",
            "-",
            allow(role[0], new),
            allow(role[1], new, like("iam:PolicyARN", limit)),
        ),
        (
            "attaches-the-loose-one",
            "allowed",
            allow(role[0], new),
            allow(role[1], new, like("iam:PolicyARN", loose)),
        ),
        (
            "all-but-bound-ones",
            "-",
            all_but(["iam:*", "sso:*", "sts:*"]),
            allow("iam:CreateRole", "*", bound(limit)),
        ),
        ("passes-all-but-the-boss", "-", RUN, elsewhere(PASS, boss)),
    )
    export.resources = []
    assert verdicts(web_of(tmp_path, export)) == expected | {"boss": "admin"}


def test_functions_and_who_is_let_in(tmp_path: Path) -> None:
    """Function policies that let in and shut out, beside the callers' own."""
    export = Export()
    boss = export.boss("boss", trust(LAMBDA))
    code = ["lambda:UpdateFunctionCode", "lambda:InvokeFunction"]
    named, staged = _in("lambda", "function:named"), _in("lambda", "function:staged")
    let_in: Json = {
        "Effect": "Allow",
        "Principal": {"AWS": arn("role", "ci/robot")},
        "Action": code,
        "Resource": "*",
    }
    shut: Json = {"Effect": "Deny", "Principal": "*", "Action": "lambda:Update*", "Resource": staged,
                  "Condition": {"StringNotEquals": {"aws:PrincipalTag/stage": "prod"}}}  # fmt: skip
    export.resource(named, "AWS::Lambda::Function", boss, policy=text(let_in))
    export.resource(staged, "AWS::Lambda::Function", boss, policy=text(shut))
    robot = export.role("robot", trust(ROOT), path="/ci/")
    expected = people(
        export,
        ("becomes-the-robot", "allowed", allow(ASSUME, robot)),
        ("updates-the-named-one", "allowed", allow(code, named)),
        ("updates-the-staged-one", "-", allow(code, staged)),
        ("updates-it-in-production", "allowed", allow(code, staged), {"tags": {"stage": "prod"}}),
        ("updates-it-in-test", "-", allow(code, staged), {"tags": {"stage": "test"}}),
        ("invokes", "-", allow("lambda:InvokeFunction")),
        (
            "adds-a-layer-and-invokes",
            "allowed",
            allow(["lambda:UpdateFunctionConfiguration", code[1]], named),
        ),
        (
            "gives-it-a-role",
            "-",
            allow([*code, "lambda:UpdateFunctionConfiguration"], staged),
            allow(PASS, boss),
        ),
    )
    assert verdicts(web_of(tmp_path, export)) == expected | {"robot": "allowed", "boss": "admin"}

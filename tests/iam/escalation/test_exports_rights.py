"""Rights as policies write them: wildcards within, exceptions, conditions on passing and on tags.

Each person of an account differs from another in one thing; `-` stands for no way up.
"""

from __future__ import annotations

from pathlib import Path

from tests.iam.escalation.exports import (
    CREATE,
    EC2,
    HOME,
    INVOKE,
    LAMBDA,
    OTHER,
    PASS,
    RUN,
    Export,
    allow,
    deny,
    elsewhere,
    people,
    text,
    trust,
    verdicts,
    web_of,
    when,
)


def test_wildcards_and_exceptions(tmp_path: Path) -> None:
    export = Export()
    export.boss("Deployer-Prod", trust(LAMBDA), path="/svc/prod/")
    roles = f"arn:aws:iam::{HOME}:role/"
    expected = people(
        export,
        ("star-around-the-name", "allowed", RUN, allow(PASS, "arn:aws:iam::*:role/*Deployer*")),
        ("path-left-out", "-", RUN, allow(PASS, roles + "Deployer-Prod")),
        ("four-letters", "allowed", RUN, allow(PASS, roles + "svc/????/Deployer-Prod")),
        ("three-letters", "-", RUN, allow(PASS, roles + "svc/???/Deployer-Prod")),
        ("other-case", "-", RUN, allow(PASS, roles + "svc/prod/deployer-prod")),
        ("account-with-a-star", "allowed", RUN, allow(PASS, "arn:aws:iam::1111*3333:role/svc/*")),
        ("account-with-marks", "allowed", RUN, allow(PASS, "arn:aws:iam::????22223333:role/svc/*")),
        ("otheracct", "-", RUN, allow(PASS, f"arn:aws:iam::{OTHER}:role/svc/*")),
        ("any-partition", "allowed", RUN, allow(PASS, f"arn:*:iam::{HOME}:role/svc/*")),
        ("with-a-region", "-", RUN, allow(PASS, f"arn:aws:iam:us-east-1:{HOME}:role/svc/*")),
        ("userpattern", "-", RUN, allow(PASS, f"arn:aws:iam::{HOME}:user/*")),
        ("all-but-it", "-", RUN, elsewhere(PASS, "arn:aws:iam::*:role/svc/*")),
        ("all-but-others", "allowed", RUN, elsewhere(PASS, "arn:aws:iam::*:role/other*")),
        (
            "deny-nr-boss",
            "allowed",
            RUN,
            allow(PASS),
            {
                "documents": (
                    {
                        "Version": "2012-10-17",
                        "Statement": [{"Effect": "Deny", "Action": PASS, "NotResource": roles + "svc/*"}],
                    },
                )
            },
        ),
        (
            "deny-nr-other",
            "-",
            RUN,
            allow(PASS),
            {
                "documents": (
                    {
                        "Version": "2012-10-17",
                        "Statement": [{"Effect": "Deny", "Action": PASS, "NotResource": roles + "app/*"}],
                    },
                )
            },
        ),
        (
            "deny-na-s3",
            "-",
            RUN,
            allow(PASS),
            {
                "documents": (
                    {
                        "Version": "2012-10-17",
                        "Statement": [{"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}],
                    },
                )
            },
        ),
        (
            "deny-na-ok",
            "allowed",
            RUN,
            allow(PASS),
            {
                "documents": (
                    {
                        "Version": "2012-10-17",
                        "Statement": [
                            {"Effect": "Deny", "NotAction": ["lambda:*", "iam:Pass*"], "Resource": "*"}
                        ],
                    },
                )
            },
        ),
        (
            "na-and-nr",
            "allowed",
            {
                "Effect": "Allow",
                "NotAction": [
                    "iam:Cre*",
                    "iam:Put*",
                    "iam:Att*",
                    "iam:Add*",
                    "iam:Upd*",
                    "iam:Set*",
                    "iam:Del*",
                    "iam:Det*",
                    "iam:Rem*",
                    "iam:Upl*",
                    "iam:En*",
                    "iam:Re*",
                    "iam:De*",
                    "sso*:*",
                    "identitystore:*",
                    "organizations:*",
                    "ec2:*",
                    "ssm:*",
                ],
                "NotResource": "arn:aws:s3:::*",
            },
        ),
        ("splitdoc", "allowed", allow(CREATE), allow(PASS), {"documents": (text(allow("lambda:Inv*")),)}),
        (
            "actions-with-marks",
            "allowed",
            allow(["lambda:Create?unction", "lambda:?nvokeFunction"]),
            allow("iam:PassRol?"),
        ),
        (
            "an-action-short-of-a-letter",
            "-",
            allow(["lambda:CreateFunctio", "lambda:InvokeFunction"]),
            allow(PASS),
        ),
        ("arr-single", "allowed", allow([[CREATE], [INVOKE]][0] + [INVOKE], "*"), allow([PASS], ["*"])),
        (
            "fn-arn-other-region",
            "allowed",
            allow([CREATE, INVOKE], f"arn:aws:lambda:ap-south-1:{HOME}:function:*"),
            allow(PASS),
        ),
        (
            "fn-two-regions",
            "-",
            allow(CREATE, f"arn:aws:lambda:eu-west-1:{HOME}:function:*"),
            allow(INVOKE, f"arn:aws:lambda:us-east-1:{HOME}:function:*"),
            allow(PASS),
        ),
        (
            "fn-overlap",
            "allowed",
            allow(CREATE, f"arn:aws:lambda:*:{HOME}:function:a-*"),
            allow(INVOKE, f"arn:aws:lambda:*:{HOME}:function:*-z"),
            allow(PASS),
        ),
        (
            "fn-deny-names",
            "-",
            allow(CREATE, f"arn:aws:lambda:*:{HOME}:function:a-*"),
            allow(INVOKE),
            allow(PASS),
            deny(INVOKE, "arn:aws:lambda:*:*:function:a-*"),
        ),
        ("fn-no-account", "-", allow([CREATE, INVOKE], "arn:aws:lambda:us-east-1::function:*"), allow(PASS)),
    )
    expected["Deployer-Prod"] = "admin"
    assert verdicts(web_of(tmp_path, export)) == expected


def test_conditions_on_the_service_passed_to(tmp_path: Path) -> None:
    export = Export()
    export.boss("boss", trust(LAMBDA))
    key = "iam:PassedToService"
    expected = people(
        export,
        ("like-ifexists", "allowed", RUN, allow(PASS, "*", when("StringLikeIfExists", key, "lambda*"))),
        ("forany", "allowed", RUN, allow(PASS, "*", when("ForAnyValue:StringEquals", key, [LAMBDA, EC2]))),
        ("forall-ec2", "-", RUN, allow(PASS, "*", when("ForAllValues:StringEquals", key, EC2))),
        ("forall-like", "allowed", RUN, allow(PASS, "*", when("ForAllValues:StringLike", key, "l*"))),
        (
            "ignorecase",
            "allowed",
            RUN,
            allow(PASS, "*", when("StringEqualsIgnoreCase", key, "LAMBDA.AMAZONAWS.COM")),
        ),
        ("notequals-ec2", "allowed", RUN, allow(PASS, "*", when("StringNotEquals", key, EC2))),
        ("notlike", "-", RUN, allow(PASS, "*", when("StringNotLike", key, "lambda*"))),
        ("null-true", "-", RUN, allow(PASS, "*", when("Null", key, "true"))),
        ("null-false", "allowed", RUN, allow(PASS, "*", when("Null", key, "false"))),
        (
            "both-contradict",
            "-",
            RUN,
            allow(
                PASS,
                "*",
                {
                    "StringEquals": {key: LAMBDA},
                    "ArnLike": {"iam:AssociatedResourceArn": "arn:aws:ec2:*:*:*"},
                },
            ),
        ),
        ("keycase", "allowed", RUN, allow(PASS, "*", when("StringEquals", "IAM:passedtoservice", LAMBDA))),
        (
            "regional-name",
            "-",
            RUN,
            allow(PASS, "*", when("StringEquals", key, "lambda.us-east-1.amazonaws.com")),
        ),
        (
            "deny-if-not-ecs",
            "-",
            RUN,
            allow(PASS),
            deny(PASS, "*", when("StringNotEqualsIfExists", key, "ecs-tasks.amazonaws.com")),
        ),
        ("deny-lambda-name", "-", RUN, allow(PASS), deny(PASS, "*", when("StringLike", key, "*lambda*"))),
        (
            "deny-forall",
            "-",
            RUN,
            allow(PASS),
            deny(PASS, "*", when("ForAllValues:StringEquals", key, [LAMBDA])),
        ),
        (
            "two-keys",
            "allowed",
            RUN,
            allow(
                PASS,
                "*",
                {
                    "StringEquals": {key: LAMBDA},
                    "StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/two-*"},
                },
            ),
        ),
        (
            "two-keys-other",
            "-",
            RUN,
            allow(
                PASS,
                "*",
                {
                    "StringEquals": {key: LAMBDA},
                    "StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/three-*"},
                },
            ),
        ),
        ("pt-user", "allowed", RUN, allow(PASS, "*", when("StringEquals", "aws:PrincipalType", "User"))),
        ("pt-role", "-", RUN, allow(PASS, "*", when("StringEquals", "aws:PrincipalType", "AssumedRole"))),
        ("numeric-nonsense", "-", RUN, allow(PASS, "*", when("NumericEquals", key, "5"))),
    )
    expected["boss"] = "admin"
    assert verdicts(web_of(tmp_path, export)) == expected


def test_tags_of_targets_and_callers(tmp_path: Path) -> None:
    export = Export()
    export.role(
        "boss", [trust(LAMBDA)], attached=(export.administrator(),), tags={"team": "core", "Env": "Prod"}
    )
    rewrite = "iam:UpdateAssumeRolePolicy"
    expected = people(
        export,
        (
            "same-team",
            "allowed",
            allow(rewrite, "*", when("StringEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/team}")),
            {"tags": {"team": "core"}},
        ),
        (
            "iam-prefix",
            "allowed",
            allow(rewrite, "*", when("StringEquals", "iam:ResourceTag/team", "${aws:PrincipalTag/team}")),
            {"tags": {"team": "core"}},
        ),
        (
            "other-team",
            "-",
            allow(rewrite, "*", when("StringEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/team}")),
            {"tags": {"team": "web"}},
        ),
        (
            "no-team",
            "-",
            allow(rewrite, "*", when("StringEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/team}")),
        ),
        (
            "default-value",
            "allowed",
            allow(
                rewrite, "*", when("StringEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/team, 'core'}")
            ),
        ),
        ("value-case", "-", allow(rewrite, "*", when("StringEquals", "aws:ResourceTag/team", "CORE"))),
        ("key-case", "allowed", allow(rewrite, "*", when("StringEquals", "aws:ResourceTag/TEAM", "core"))),
        ("null-tag-there", "allowed", allow(rewrite, "*", when("Null", "aws:ResourceTag/team", "false"))),
        ("null-tag-not", "-", allow(rewrite, "*", when("Null", "aws:ResourceTag/owner", "false"))),
        (
            "not-equals-missing",
            "allowed",
            allow(rewrite, "*", when("StringNotEquals", "aws:ResourceTag/owner", "me")),
        ),
        ("not-equals", "-", allow(rewrite, "*", when("StringNotEquals", "aws:ResourceTag/team", "core"))),
        (
            "if-exists-missing",
            "allowed",
            allow(rewrite, "*", when("StringEqualsIfExists", "aws:ResourceTag/owner", "me")),
        ),
        (
            "deny-prod",
            "-",
            allow(rewrite),
            deny(rewrite, "*", when("StringLike", "aws:ResourceTag/Env", "P*")),
        ),
        (
            "deny-dev",
            "allowed",
            allow(rewrite),
            deny(rewrite, "*", when("StringLike", "aws:ResourceTag/Env", "D*")),
        ),
        (
            "deny-unless-own-team",
            "allowed",
            allow(rewrite),
            deny(rewrite, "*", when("StringNotEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/team}")),
            {"tags": {"team": "core"}},
        ),
        (
            "deny-unless-own-team-2",
            "-",
            allow(rewrite),
            deny(rewrite, "*", when("StringNotEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/team}")),
            {"tags": {"team": "w"}},
        ),
        (
            "deny-unless-untagged",
            "-",
            allow(rewrite),
            deny(rewrite, "*", when("StringNotEquals", "aws:ResourceTag/team", "${aws:PrincipalTag/team}")),
        ),
        (
            "user-in-res",
            "allowed",
            allow(rewrite, f"arn:aws:iam::{HOME}:role/${{aws:PrincipalTag/target}}"),
            {"tags": {"target": "boss"}},
        ),
        (
            "user-in-res-missing",
            "-",
            allow(rewrite, f"arn:aws:iam::{HOME}:role/${{aws:PrincipalTag/target}}"),
        ),
        ("star-var", "-", allow(rewrite, f"arn:aws:iam::{HOME}:role/${{*}}")),
    )
    expected["boss"] = "admin"
    assert verdicts(web_of(tmp_path, export)) == expected

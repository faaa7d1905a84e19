"""Conditions on requests: what is known of them, what an attacker brings about, what it may attach.

Each person of an account differs from another in one thing; `-` stands for no way up.
"""

from __future__ import annotations

from pathlib import Path

from tests.iam.escalation.exports import (
    HOME,
    MFA,
    OTHER,
    PUT,
    SELF,
    Export,
    allow,
    deny,
    people,
    text,
    verdicts,
    web_of,
    when,
)


def test_what_is_known_of_a_request(tmp_path: Path) -> None:
    export = Export()
    expected = people(
        export,
        ("vpce", "depends", allow(PUT, SELF, when("StringEquals", "aws:SourceVpce", "vpce-1"))),
        (
            "ip-not",
            "depends",
            allow(PUT, SELF),
            deny("*", "*", {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        ),
        (
            "ip-contradict",
            "-",
            allow(PUT, SELF, when("IpAddress", "aws:SourceIp", "10.0.0.0/8")),
            deny("*", "*", when("IpAddress", "aws:SourceIp", "10.0.0.0/7")),
        ),
        ("ua", "depends", allow(PUT, SELF, when("StringLike", "aws:UserAgent", "*console*"))),
        (
            "calledvia",
            "depends",
            allow(
                PUT, SELF, when("ForAnyValue:StringEquals", "aws:CalledVia", "cloudformation.amazonaws.com")
            ),
        ),
        ("via", "depends", allow(PUT, SELF, when("Bool", "aws:ViaAWSService", "true"))),
        ("notvia", "depends", allow(PUT, SELF, when("Bool", "aws:ViaAWSService", "false"))),
        (
            "region-global",
            "depends",
            allow(PUT, SELF, when("StringEquals", "aws:RequestedRegion", "eu-central-1")),
        ),
        (
            "region-useast",
            "depends",
            allow(PUT, SELF, when("StringEquals", "aws:RequestedRegion", "us-east-1")),
        ),
        (
            "time-now",
            "allowed",
            allow(PUT, SELF, when("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z")),
        ),
        (
            "time-window",
            "-",
            allow(
                PUT,
                SELF,
                {
                    "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"},
                    "DateLessThan": {"aws:CurrentTime": "2020-02-01T00:00:00Z"},
                },
            ),
        ),
        ("epoch", "allowed", allow(PUT, SELF, when("NumericGreaterThan", "aws:EpochTime", "1577836800"))),
        ("principal-acct", "-", allow(PUT, SELF, when("StringEquals", "aws:PrincipalAccount", OTHER))),
        (
            "principal-arn",
            "allowed",
            allow(PUT, "*", when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/principal-*")),
        ),
        ("uname", "allowed", allow(PUT, "*", when("StringLike", "aws:username", "un*"))),
        ("uname-not", "-", allow(PUT, "*", when("StringNotLike", "aws:username", "un*"))),
        (
            "resacct",
            "allowed",
            allow(PUT, "*", when("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}")),
        ),
        ("service-principal", "-", allow(PUT, "*", when("Bool", "aws:PrincipalIsAWSService", "true"))),
        ("source-identity", "depends", allow(PUT, "*", when("StringEquals", "aws:SourceIdentity", "alice"))),
        (
            "tokenissue",
            "depends",
            allow(PUT, "*", when("DateGreaterThan", "aws:TokenIssueTime", "2020-01-01T00:00:00Z")),
        ),
        ("unknownop", "-", allow(PUT, "*", when("StringMatches", "aws:username", "x"))),
        ("emptycond", "allowed", allow(PUT, "*", {})),
    )
    assert verdicts(web_of(tmp_path, export)) == expected


def test_registering_a_device(tmp_path: Path) -> None:
    export = Export()
    me = "iam:EnableMFADevice"
    cr = "iam:CreateVirtualMFADevice"
    mf = f"arn:aws:iam::{HOME}:mfa/*"
    expected = people(
        export,
        ("registers", "allowed", allow(PUT, SELF, MFA), allow(me, SELF), allow(cr, mf)),
        (
            "registers-resync-only",
            "depends",
            allow(PUT, SELF, MFA),
            allow("iam:ResyncMFADevice", SELF),
            allow(cr, mf),
        ),
        ("creates-only", "depends", allow(PUT, SELF, MFA), allow(cr)),
        ("enables-others", "depends", allow(PUT, SELF, MFA), allow(me, export.arn("user", "zz")), allow(cr)),
        (
            "aws-example",
            "allowed",
            allow([PUT, "s3:*"], "*"),
            allow([cr, me, "iam:ListMFADevices"], "*"),
            {
                "documents": (
                    text(
                        {
                            "Effect": "Deny",
                            "NotAction": [cr, me, "iam:ListMFADevices", "sts:GetSessionToken"],
                            "Resource": "*",
                            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
                        }
                    ),
                )
            },
        ),
        ("age-too", "depends", allow(PUT, SELF, when("NumericLessThan", "aws:MultiFactorAuthAge", "300"))),
        (
            "age-registers",
            "allowed",
            allow(PUT, SELF, when("NumericLessThan", "aws:MultiFactorAuthAge", "300")),
            allow([me, cr]),
        ),
        ("null-mfa", "depends", allow(PUT, SELF, when("Null", "aws:MultiFactorAuthAge", "false"))),
        ("mfa-false", "depends", allow(PUT, SELF, when("Bool", "aws:MultiFactorAuthPresent", "false"))),
    )
    assert verdicts(web_of(tmp_path, export)) == expected


def test_conditions_on_what_is_attached(tmp_path: Path) -> None:
    export = Export()
    managed = "arn:aws:iam::aws:policy/"
    key = "iam:PolicyARN"
    attach = "iam:AttachUserPolicy"
    export.administrator()
    export.policy("ops-all", allow("iam:*"))
    weak = export.policy("weak", allow("s3:*"))
    expected = people(
        export,
        (
            "list",
            "allowed",
            allow(
                attach,
                SELF,
                when("ArnEquals", key, [managed + "ReadOnlyAccess", managed + "AdministratorAccess"]),
            ),
        ),
        (
            "stringequals",
            "allowed",
            allow(attach, SELF, when("StringEquals", key, managed + "AdministratorAccess")),
        ),
        (
            "string-list-weak",
            "-",
            allow(attach, SELF, when("StringEquals", key, [managed + "ReadOnlyAccess", weak])),
        ),
        (
            "not-admin",
            "allowed",
            allow(attach, SELF, when("StringNotEquals", key, managed + "AdministratorAccess")),
        ),
        (
            "customer-only",
            "allowed",
            allow(attach, SELF, when("ArnLike", key, f"arn:aws:iam::{HOME}:policy/ops*")),
        ),
        (
            "customer-weak-only",
            "-",
            allow(attach, SELF, when("ArnLike", key, f"arn:aws:iam::{HOME}:policy/w*")),
        ),
        ("none-known", "depends", allow(attach, SELF, when("ArnEquals", key, managed + "Administrator"))),
        ("wrong-part", "-", allow(attach, SELF, when("ArnLike", key, "arn:aws-cn:iam::aws:policy/*"))),
        ("notlike-aws", "allowed", allow(attach, SELF, when("ArnNotLike", key, "arn:aws:iam::aws:policy/*"))),
        (
            "forany",
            "allowed",
            allow(attach, SELF, when("ForAnyValue:ArnLike", key, "arn:aws:iam::aws:policy/Admin*")),
        ),
        (
            "deny-named",
            "allowed",
            allow(attach, SELF),
            deny(attach, "*", when("ArnEquals", key, managed + "AdministratorAccess")),
        ),
        ("deny-all-but-weak", "-", allow(attach, SELF), deny(attach, "*", when("ArnNotEquals", key, weak))),
        ("null", "-", allow(attach, SELF, when("Null", key, "true"))),
        ("on-inline", "allowed", allow(PUT, SELF, when("ArnEqualsIfExists", key, weak))),
        ("on-inline-strict", "-", allow(PUT, SELF, when("ArnEquals", key, weak))),
        ("wrong-user", "-", allow(attach, f"arn:aws:iam::{HOME}:user/someone")),
        ("by-name-in-arn", "allowed", allow(attach, "arn:aws:iam::*:user/by-name*")),
        ("policy-as-resource", "-", allow(attach, managed + "AdministratorAccess")),
        ("detach-only", "-", allow("iam:DetachUserPolicy", SELF)),
    )
    assert verdicts(web_of(tmp_path, export)) == expected

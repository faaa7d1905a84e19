"""Trust policies: who may assume whom, in one account and across.

Each person of an account differs from another in one thing; `-` stands for no way up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.iam.escalation.exports import (
    ASSUME,
    HOME,
    LAMBDA,
    MANAGEMENT,
    MFA,
    OTHER,
    PASS,
    PUT,
    ROOT,
    RUN,
    Export,
    allow,
    arranged,
    deny,
    elsewhere,
    organization,
    people,
    trust,
    verdicts,
    web_of,
    when,
)


def test_across_accounts(tmp_path: Path) -> None:
    h = Export()
    o = Export(OTHER)
    external = "sts:ExternalId"
    outside = f"arn:aws:iam::{OTHER}:root"
    roles = {
        "ext": [trust(outside, when("StringEquals", external, "x9"))],
        "ext-any": [trust(outside, when("StringLike", external, "*"))],
        "ext-null": [trust(outside, when("Null", external, "false"))],
        "ext-not": [trust(outside, when("StringNotEquals", external, "bad"))],
        "ext-prefix": [trust(outside, when("StringLike", external, "acme-*"))],
        "ext-ifexists": [trust(outside, when("StringEqualsIfExists", external, "x9"))],
        "ext-list": [trust(outside, when("StringEquals", external, ["a", "b"]))],
        "by-role": [trust(f"arn:aws:iam::{OTHER}:role/deploy-a")],
        "by-pattern": [
            trust(outside, when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OTHER}:role/deploy-*"))
        ],
        "by-account-key": [trust("*", when("StringEquals", "aws:PrincipalAccount", OTHER))],
        "by-user": [trust(f"arn:aws:iam::{OTHER}:user/tess")],
        "deny-tess": [trust(outside), trust(f"arn:aws:iam::{OTHER}:user/tess", effect="Deny")],
        "session-arn": [trust(f"arn:aws:sts::{OTHER}:assumed-role/deploy-a/ci")],
        "not-action": [{"Effect": "Allow", "Principal": {"AWS": outside}, "Action": "sts:*"}],
        "wrong-action": [trust(outside, action="sts:AssumeRoleWithSAML")],
        "tag": [trust(outside, when("StringEquals", "aws:PrincipalTag/dept", "sec"))],
        "sourceaccount": [trust(outside, when("StringEquals", "aws:SourceAccount", HOME))],
        "ptype": [trust(outside, when("StringEquals", "aws:PrincipalType", "User"))],
        "username": [trust(outside, when("StringEquals", "aws:username", "tess"))],
        "dated": [trust(outside, when("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"))],
        "via": [trust(outside, when("StringEquals", "aws:SourceVpc", "vpc-1"))],
    }
    for n, s in roles.items():
        h.boss(n, *s)

    def may(n: Any) -> Any:
        return allow(ASSUME, h.arn("role", n))

    expected = people(
        o,
        ("t-ext", "depends", may("ext")),
        ("t-ext-any", "allowed", may("ext-any")),
        ("t-ext-null", "allowed", may("ext-null")),
        ("t-ext-not", "allowed", may("ext-not")),
        ("t-ext-prefix", "depends", may("ext-prefix")),
        ("t-ext-ifexists", "allowed", may("ext-ifexists")),
        ("t-ext-list", "depends", may("ext-list")),
        ("t-by-role", "-", may("by-role")),
        ("t-by-pattern", "-", may("by-pattern")),
        ("t-acct", "allowed", may("by-account-key")),
        ("tess", "allowed", may("by-user")),
        ("t-deny", "allowed", may("deny-tess")),
        ("t-session", "-", may("session-arn")),
        ("t-sts-star", "allowed", may("not-action")),
        ("t-wrong", "-", may("wrong-action")),
        ("t-tag", "-", may("tag")),
        ("t-tag2", "allowed", may("tag"), {"tags": {"dept": "sec"}}),
        ("t-sa", "depends", may("sourceaccount")),
        ("t-ptype", "allowed", may("ptype")),
        ("t-uname", "-", may("username")),
        ("t-dated", "-", may("dated")),
        ("t-via", "depends", may("via")),
        ("t-none", "-"),
        ("t-deny-own", "-", may("not-action"), deny(ASSUME, "arn:aws:iam::1*:role/*")),
        ("t-notres", "-", elsewhere(ASSUME, f"arn:aws:iam::{HOME}:role/*")),
        ("t-mfa", "depends", allow(ASSUME, h.arn("role", "not-action"), MFA)),
        ("t-resacct", "allowed", allow(ASSUME, "*", when("StringEquals", "aws:ResourceAccount", HOME))),
        ("t-resacct2", "-", allow(ASSUME, "*", when("StringEquals", "aws:ResourceAccount", "999999999999"))),
    )
    o.role("deploy-a", trust(f"arn:aws:iam::{OTHER}:user/gate"), may("by-role"), may("session-arn"))
    o.role("deploy-b", trust(LAMBDA), may("by-pattern"))
    o.role("deployer", trust(LAMBDA), may("by-pattern"))
    o.role("t-ptype-role", trust(LAMBDA), may("ptype"))
    expected |= people(o, ("gate", "allowed"), ("gate2", "-"))
    expected |= {"deploy-a": "allowed", "deploy-b": "allowed"}
    expected |= dict.fromkeys(roles, "admin")
    assert verdicts(web_of(tmp_path, h, o)) == expected


def test_within_an_account(tmp_path: Path) -> None:
    export = Export()
    roles = {
        "root": [trust(ROOT)],
        "user": [trust(export.arn("user", "named"))],
        "star-arn": [trust("*", when("ArnEquals", "aws:PrincipalArn", export.arn("user", "arned")))],
        "notprincipal-deny": [
            trust(ROOT),
            {"Effect": "Deny", "NotPrincipal": {"AWS": [export.arn("user", "only"), ROOT]}, "Action": ASSUME},
        ],
        "path": [trust(export.arn("user", "team/pathy"))],
        "sess": [trust(ROOT, when("StringEquals", "sts:RoleSessionName", "${aws:username}"))],
        "src": [
            trust(
                ROOT,
                when("StringLike", "sts:SourceIdentity", "*"),
                action=["sts:AssumeRole", "sts:SetSourceIdentity"],
            )
        ],
        "tagsess": [
            trust(
                ROOT,
                when("StringEquals", "aws:RequestTag/proj", "p"),
                action=["sts:AssumeRole", "sts:TagSession"],
            )
        ],
        "tagsess-no": [trust(ROOT, when("StringEquals", "aws:RequestTag/proj", "p"))],
        "ptag": [trust(ROOT, when("StringEquals", "aws:PrincipalTag/a", "b"))],
        "dur": [trust(ROOT, when("Bool", "aws:SecureTransport", "true"))],
        "mfa-age": [trust(ROOT, when("NumericLessThan", "aws:MultiFactorAuthAge", "3600"))],
        "mfa-if": [trust(ROOT, when("BoolIfExists", "aws:MultiFactorAuthPresent", "true"))],
        "mfa-deny": [
            trust(ROOT),
            trust("*", when("BoolIfExists", "aws:MultiFactorAuthPresent", "false"), effect="Deny"),
        ],
        "userid": [trust(ROOT, when("StringEquals", "aws:userid", "IDidu"))],
        "group-principal": [trust("AROAEXAMPLEGONE")],
    }
    for n, s in roles.items():
        export.boss(n, *s)

    def may(n: Any, *a: Any) -> Any:
        return allow([ASSUME, *a], export.arn("role", n))

    b = export.policy("b-s3", allow("s3:*"))
    bd = export.policy("b-deny", allow("*"), deny(ASSUME))
    expected = people(
        export,
        ("r", "allowed", may("root")),
        ("named", "allowed", {"boundary": b}),
        ("named2", "-", may("user")),
        ("arned", "allowed"),
        ("arned2", "-", may("star-arn")),
        ("only", "-", may("notprincipal-deny")),
        ("pathy", "allowed", {"path": "/team/"}),
        ("s", "allowed", may("sess")),
        ("src-ok", "allowed", may("src", "sts:SetSourceIdentity")),
        ("src-no", "-", may("src")),
        ("ts-ok", "allowed", may("tagsess", "sts:TagSession")),
        ("ts-no", "-", may("tagsess")),
        ("ts-trust-no", "-", may("tagsess-no", "sts:TagSession")),
        ("pt", "allowed", may("ptag"), {"tags": {"A": "b"}}),
        ("pt2", "-", may("ptag"), {"tags": {"a": "B"}}),
        ("tls", "allowed", may("dur")),
        ("age", "depends", may("mfa-age")),
        ("mif", "depends", may("mfa-if")),
        ("mdeny", "depends", may("mfa-deny")),
        ("idu", "allowed", may("userid")),
        ("idv", "-", may("userid")),
        ("gone", "-", may("group-principal")),
        ("bounded", "-", may("root"), {"boundary": b}),
        ("bound-deny", "-", may("root"), {"boundary": bd}),
    )
    # user named, boundary denies explicitly
    export.boss("user2", trust(export.arn("user", "expl")))
    expected |= people(
        export,
        ("expl", "-", {"boundary": bd}),
    )
    # role named in trust: implicit boundary denial limits a role named by ARN
    export.boss("role2", trust(export.arn("role", "capped-role")))
    export.role("capped-role", trust(export.arn("user", "to-capped")), boundary=b)
    expected |= people(export, ("to-capped", "-"))
    expected |= dict.fromkeys([*roles, "user2", "role2"], "admin")
    assert verdicts(web_of(tmp_path, export)) == expected


def test_within_an_organization(tmp_path: Path) -> None:
    export = Export()
    m = Export(MANAGEMENT)
    m.user("z")
    export.boss("star-org", trust("*", when("StringEquals", "aws:PrincipalOrgID", "o-1")))
    export.boss(
        "star-path", trust("*", when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1/r-1/ou-a/*"))
    )
    o2 = Export(OTHER)
    expected = people(export, ("anyone", "allowed"), ("denied", "-", deny("sts:*")))
    expected |= people(o2, ("out", "-", allow(ASSUME)))
    m.boss("m", trust(LAMBDA))
    expected |= people(
        m,
        ("in-mgmt", "allowed", allow(ASSUME, export.arn("role", "star-org"))),
        ("mgmt-path", "-", allow(ASSUME, export.arn("role", "star-path"))),
        ("mgmt-no", "-"),
    )
    expected |= {"star-org": "admin", "star-path": "admin", "m": "admin"}
    o = arranged(organization(MANAGEMENT, HOME), units={"ou-a": "r-1"}, homes={HOME: "ou-a"})
    assert verdicts(web_of(tmp_path, export, m, o2, organization=o)) == expected


def test_chains_of_roles(tmp_path: Path) -> None:
    export = Export()
    export.role("end", trust(export.arn("role", "mid")), allow("*"))
    export.role("mid", trust(export.arn("role", "start")), allow("s3:*"))
    export.role("start", trust(ROOT), allow("logs:*"))
    bob = export.user("bob", allow(ASSUME, export.arn("role", "start")))
    key = ["iam:CreateAccessKey"]
    expected = people(
        export,
        ("a", "allowed", allow(ASSUME, export.arn("role", "start"))),
        ("to-bob", "allowed", allow(key, bob)),
        ("opens-mid", "allowed", allow("iam:UpdateAssumeRolePolicy", export.arn("role", "mid"))),
        (
            "opens-mid-denied-assume",
            "allowed",
            allow("iam:UpdateAssumeRolePolicy", export.arn("role", "mid")),
            deny(ASSUME),
        ),
        (
            "opens-start-denied-there",
            "allowed",
            allow("iam:UpdateAssumeRolePolicy", export.arn("role", "start")),
            deny(ASSUME, export.arn("role", "start")),
        ),
        (
            "opens-end-tagged",
            "-",
            allow("iam:UpdateAssumeRolePolicy", "*", when("StringEquals", "aws:ResourceTag/x", "1")),
        ),
        ("pass-nothing", "-", RUN, allow(PASS)),
    )
    for n in ("bob", "a", "to-bob"):
        export.credential(n, keys=1, active=1)
    expected |= {"end": "admin", "mid": "allowed", "start": "allowed", "bob": "allowed"}
    assert verdicts(web_of(tmp_path, export)) == expected


def test_roles_of_identity_center(tmp_path: Path) -> None:
    export = Export()
    path = "/aws-reserved/sso.amazonaws.com/eu-west-1/"

    def saml(ex: Any) -> Any:
        return trust(
            {"Federated": ex.arn("saml-provider", "AWSSSO_1_DO_NOT_DELETE")},
            when("StringEquals", "SAML:aud", "https://signin.aws.amazon.com/saml"),
            action=["sts:AssumeRoleWithSAML", "sts:TagSession"],
        )

    r = export.boss("AWSReservedSSO_Admin_1", saml(export), path=path)
    export.role("AWSReservedSSO_Dev_2", saml(export), allow(PUT), RUN, allow(PASS), path=path)
    export.role(
        "AWSReservedSSO_Self_3",
        saml(export),
        allow(["iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"]),
        path=path,
    )
    export.boss(
        "byssso",
        trust(
            ROOT,
            when(
                "ArnLike",
                "aws:PrincipalArn",
                f"arn:aws:iam::{HOME}:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Dev_*",
            ),
        ),
    )
    export.role("AWSReservedSSO_Dev_4", saml(export), allow(ASSUME), path=path)
    expected = people(
        export,
        ("u-assume", "-", allow(ASSUME, r)),
        ("u-open", "-", allow(["iam:UpdateAssumeRolePolicy", "iam:AttachRolePolicy"], r)),
        ("u-pass", "-", RUN, allow(PASS, r)),
    )
    expected |= {"AWSReservedSSO_Admin_1": "admin", "byssso": "admin", "AWSReservedSSO_Dev_4": "allowed"}
    expected["AWSReservedSSO_Self_3"] = (
        "allowed"  # UpdateAssumeRolePolicy+AttachRolePolicy on byssso/other role
    )
    assert verdicts(web_of(tmp_path, export)) == expected


def test_service_linked_roles(tmp_path: Path) -> None:
    export = Export()
    export.boss("AWSServiceRoleForX", trust("x.amazonaws.com"), path="/aws-service-role/x.amazonaws.com/")
    export.boss("AWSServiceRoleForLambdaLike", trust(LAMBDA), path="/aws-service-role/lambda.amazonaws.com/")
    expected = people(
        export,
        ("pass", "-", RUN, allow(PASS)),
        ("open", "-", allow(["iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy"])),
        ("as", "-", allow(ASSUME)),
    )
    expected |= {"AWSServiceRoleForX": "admin", "AWSServiceRoleForLambdaLike": "admin"}
    assert verdicts(web_of(tmp_path, export)) == expected

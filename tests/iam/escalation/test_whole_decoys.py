"""Whole accounts of people who look dangerous and aren't, each beside the one who is.

What AWS's rules make of each was written down before it was ever run; `-` stands for no way up.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from iam.escalation.actors import Actor, everything
from iam.words import words
from tests.iam.escalation.exports import (
    ADMINISTRATOR,
    EC2,
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
    organization,
    passed_to,
    people,
    text,
    trust,
    verdicts,
    web_of,
)

ASSUME, PASS = "sts:AssumeRole", "iam:PassRole"
ATTACH, PUT = "iam:AttachUserPolicy", "iam:PutUserPolicy"
RUN = allow(["lambda:CreateFunction", "lambda:InvokeFunction"])
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
NO_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}


def test_boundaries_on_either_side(tmp_path: Path) -> None:
    export = Export()
    export.administrator()
    storage = export.policy("storage", allow("s3:*"))
    most = export.policy("most", allow("*"), deny(["iam:*Boundary", "organizations:*"]))
    nearly = export.policy("nearly", all_but("iam:*"), allow("iam:*", SELF))
    boss = export.boss("boss", trust(LAMBDA))
    export.boss("capped", trust(LAMBDA), boundary=storage)
    make = ["iam:CreateUser", ATTACH, "iam:CreateAccessKey"]
    new = arn("user", "new-*")
    bound = {"StringEquals": {"iam:PermissionsBoundary": storage}}
    expected = people(
        export,
        ("passes-the-boss", "allowed", RUN, allow(PASS, boss)),
        ("passes-the-capped", "-", RUN, allow(PASS, arn("role", "capped"))),
        ("is-capped-itself", "-", RUN, allow(PASS), {"boundary": storage}),
        ("is-nearly-free", "-", RUN, allow(PASS), {"boundary": nearly}),
        ("is-mostly-free", "allowed", RUN, allow(PASS), {"boundary": most}),
        ("writes-under-most", "allowed", allow(PUT, SELF), RUN, allow(PASS, boss), {"boundary": most}),
        ("writes-under-storage", "-", allow([PUT, ATTACH], SELF), {"boundary": storage}),
        (
            "drops-it-first",
            "-",
            allow([PUT, "iam:DeleteUserPermissionsBoundary"], SELF),
            {"boundary": storage},
        ),
        ("makes-users", "allowed", allow(make, new)),
        ("makes-bound-users", "-", allow(make[:2], new, bound), allow(make[2], new)),
        (
            "attaches-by-name",
            "-",
            allow(ATTACH, SELF, like("iam:PolicyARN", "arn:aws:iam::aws:policy/AmazonS3*")),
        ),
        (
            "attaches-the-other-account-s",
            "-",
            allow(ATTACH, SELF, like("iam:PolicyARN", f"arn:aws:iam::{OTHER}:*")),
        ),
        ("attaches-the-strong-one", "allowed", allow(ATTACH, SELF, like("iam:PolicyARN", ADMINISTRATOR))),
    )
    assert verdicts(web_of(tmp_path, export)) == expected | {"boss": "admin"}


def test_an_organization_s_guard(tmp_path: Path) -> None:
    """A Deny for all but one role, in the member account only."""
    guard = deny(
        ["iam:*"],
        "*",
        {"ArnNotLike": {"aws:PrincipalArn": [arn("role", "break-glass"), "arn:aws:iam::*:role/ci/*"]}},
    )
    home, other = Export(HOME), Export(OTHER)
    for export in (home, other):
        export.administrator()
    expected = people(
        home,
        ("writes", "-", allow(PUT, SELF)),
        ("makes-keys", "-", allow("iam:CreateAccessKey")),
        ("passes", "-", RUN, allow(PASS)),
        ("glass", "allowed", allow(ASSUME, arn("role", "break-glass"))),
        ("updates-code", "allowed", allow("lambda:*")),
    )
    boss = home.boss("boss", trust(LAMBDA))
    home.resource(f"arn:aws:lambda:{REGION}:{HOME}:function:app", "AWS::Lambda::Function", boss)
    home.role("break-glass", trust(ROOT), allow("iam:PutRolePolicy"))
    home.role("deploy", trust(ROOT), allow("iam:PutRolePolicy"), path="/ci/")
    home.role("ci", trust(ROOT), allow("iam:PutRolePolicy"))
    expected |= people(other, ("writes-there", "allowed", allow(PUT, f"arn:aws:iam::{OTHER}:user/*")))
    expected |= {"break-glass": "allowed", "deploy": "allowed", "boss": "admin"}
    described = organization(OTHER, HOME, denied=guard)
    assert verdicts(web_of(tmp_path, home, other, organization=described)) == expected


def test_denies_that_spare_some(tmp_path: Path) -> None:
    export = Export()
    export.administrator()
    spare = {"StringNotEquals": {"aws:PrincipalArn": arn("user", "spared")}}
    unless_tag = {"StringNotEquals": {"aws:PrincipalTag/role": "ops"}}
    elsewhere_ = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    mine = allow(PUT, SELF)
    but_itself = {"Effect": "Deny", "Action": "iam:*", "NotResource": arn("user", "denied-but-itself")}
    but_reading = {"Effect": "Deny", "NotAction": ["iam:Get*"], "Resource": "*"}
    expected = people(
        export,
        ("spared", "allowed", mine, deny("iam:*", "*", spare)),
        ("not-spared", "-", mine, deny("iam:*", "*", spare)),
        ("spared-by-tag", "allowed", mine, deny("*", "*", unless_tag), {"tags": {"role": "ops"}}),
        ("spared-by-no-tag", "-", mine, deny("*", "*", unless_tag), {"tags": {"role": "dev"}}),
        ("untagged", "-", mine, deny("*", "*", unless_tag)),
        ("from-the-office", "depends", mine, deny("*", "*", elsewhere_)),
        ("with-mfa", "depends", mine, deny("*", "*", NO_MFA)),
        ("with-mfa-by-allow", "depends", allow(PUT, SELF, MFA)),
        ("both-ways", "-", allow(PUT, SELF, MFA), deny("iam:*", "*", MFA)),
        ("denied-elsewhere", "allowed", mine, deny(PUT, arn("user", "spared"))),
        ("denied-but-itself", "allowed", mine, {"documents": (text(but_itself),)}),
        ("denied-all-but-reading", "-", mine, {"documents": ({"Statement": but_reading},)}),
        ("denied-in-other-letters", "-", mine, deny("IAM:putUSERpolicy")),
        ("denied-on-a-resource-in-other-letters", "allowed", mine, deny("iam:*", arn("user", "Denied-on-*"))),
    )
    assert verdicts(web_of(tmp_path, export)) == expected


def test_trust_that_asks_for_more(tmp_path: Path) -> None:
    export = Export()
    strong: Json = {"attached": (export.administrator(),)}
    own_tag = equals("aws:PrincipalTag/team", "${aws:ResourceTag/team}")
    sign_in = trust({"Federated": arn("saml-provider", "idp")}, action="sts:AssumeRoleWithSAML")
    export.role("tag", trust(ROOT, equals("aws:PrincipalTag/team", "blue")), **strong)
    export.role("own-tag", trust(ROOT, own_tag), **strong)
    export.role("name", trust(ROOT, like("aws:PrincipalArn", arn("user", "*-by-name"))), **strong)
    export.role("secret", trust(ROOT, equals("sts:ExternalId", "4711")), **strong)
    export.role("nobody", [trust(ROOT), trust(ROOT, effect="Deny")], **strong)
    export.role("deleted", trust({"AWS": "AIDA1234567890EXAMPLE"}), **strong)
    export.role("sign-in", sign_in, path="/aws-reserved/sso.amazonaws.com/", **strong)
    export.role("linked", trust("ec2.amazonaws.com"), path="/aws-service-role/ec2.amazonaws.com/", **strong)

    def asks(name: str) -> Json:
        return allow(ASSUME, arn("role", name))

    blue = {"tags": {"team": "blue"}}
    kept = [arn("role", "aws-reserved/*"), arn("role", "aws-service-role/*")]
    expected = people(
        export,
        ("blue", "allowed", asks("tag"), blue),
        ("red", "-", asks("tag"), {"tags": {"team": "red"}}),
        ("blue-in-capitals", "-", asks("tag"), {"tags": {"team": "Blue"}}),
        ("blue-for-an-untagged-role", "-", asks("own-tag"), blue),
        ("asks-by-name", "allowed", asks("name")),
        ("asks-by-name-too", "-", asks("name")),
        ("asks-for-a-secret", "depends", asks("secret")),
        ("asks-nobody-s", "-", asks("nobody")),
        ("asks-a-deleted-one-s", "-", asks("deleted")),
        ("asks-for-the-sign-in", "-", allow(ASSUME, kept)),
        ("writes-what-only-aws-writes", "-", allow("iam:UpdateAssumeRolePolicy", kept)),
        ("passes-what-only-aws-passes", "-", allow(["ec2:*", PASS], [*kept, "arn:aws:ec2:*"])),
    )
    export.resources = []
    expected |= dict.fromkeys(["tag", "own-tag", "name", "secret", "nobody", "deleted", "sign-in"], "admin")
    assert verdicts(web_of(tmp_path, export)) == expected | {"linked": "admin"}


@pytest.mark.parametrize(
    ("accounts", "asked", "verdict"),
    [((HOME,), "o-1", "allowed"), ((HOME,), "o-9", "-"), ((), "o-1", "depends"), ((), "o-*", "depends")],
)
def test_a_role_open_to_an_organization(
    tmp_path: Path, accounts: tuple[str, ...], asked: str, verdict: str
) -> None:
    """Whoever is in the organization is in, without a policy of its own, if it isn't denied."""
    export = Export()
    export.boss("boss", trust({"AWS": "*"}, {"StringLike": {"aws:PrincipalOrgID": asked}}))
    expected = people(export, ("asks", verdict), ("may-not-ask", "-", deny(ASSUME)))
    described = organization(*accounts) if accounts else None
    assert verdicts(web_of(tmp_path, export, organization=described)) == expected | {"boss": "admin"}


@pytest.mark.parametrize("report", [True, False])
def test_credentials_that_are_taken(tmp_path: Path, report: bool) -> None:
    export = Export()
    chief = export.user("chief", allow("*"), path="/board/")
    key, profile, reset = "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"
    if report:
        export.credential("chief", password=True, active=2, keys=2)
    unsure = "-" if report else "depends"
    expected = people(
        export,
        ("makes-a-key", unsure, allow(key, chief)),
        ("makes-room-first", "allowed", allow([key, "iam:DeleteAccessKey"], chief)),
        ("makes-room-elsewhere", unsure, allow(key, chief), allow("iam:DeleteAccessKey", SELF)),
        ("gives-a-password", unsure, allow(profile, chief)),
        ("resets-the-password", "allowed" if report else "depends", allow(reset, chief)),
        ("resets-its-own", "-", allow([reset, key, profile], SELF)),
        ("resets-all-but-the-board-s", "depends", elsewhere([reset, key, profile], arn("user", "board/*"))),
        ("resets-with-a-tag", "-", allow(reset, "*", equals("iam:ResourceTag/level", "low"))),
        ("takes-a-device-away", "-", allow("iam:DeactivateMFADevice", chief)),
    )
    assert verdicts(web_of(tmp_path, export)) == expected | {"chief": "admin"}


def test_complements(tmp_path: Path) -> None:
    """Allows of all but something, and whether what is left is enough."""
    export = Export()
    boss = export.boss("boss", trust(EC2), path="/admin/", profile=True)
    worker = export.role("worker", trust(EC2), allow("s3:*"), profile=True)
    export.resources = []
    iam = ["iam:*", "organizations:*", "account:*", "sso:*"]
    expected = people(
        export,
        ("power-user", "-", all_but(iam)),
        ("power-user-who-passes", "allowed", all_but(iam), allow(PASS)),
        ("power-user-who-passes-a-worker", "-", all_but(iam), allow(PASS, worker)),
        ("passes-all-but-admins", "-", all_but(iam), elsewhere(PASS, arn("role", "admin/*"))),
        ("passes-all-but-the-pathless", "allowed", all_but(iam), elsewhere(PASS, arn("role", "boss"))),
        ("all-but-passing", "allowed", all_but([PASS])),
        ("reads-iam", "-", allow(["iam:Get*", "iam:List*", "iam:Generate*", "iam:Simulate*"])),
        ("launches-nothing", "-", allow("ec2:*"), deny(["ec2:Run*", "ec2:RequestSpot*"]), allow(PASS, boss)),
        ("passes-to-another-service", "-", all_but(iam), allow(PASS, "*", passed_to(LAMBDA))),
    )
    assert verdicts(web_of(tmp_path, export)) == expected | {"boss": "admin"}


@pytest.mark.parametrize("kind", ["user", "role"])
def test_mfa_for_people_and_for_roles(tmp_path: Path, kind: str) -> None:
    """A user may register a device for itself; a role, and one that may register none, hangs on the condition."""
    export = Export()
    export.boss("boss", trust(EC2), profile=True)
    with_mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    unless = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    rights = allow(["ec2:RunInstances", PASS], "*", with_mfa)
    device = allow(["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"])
    denied = {"Effect": "Deny", "NotAction": device["Action"], "Resource": "*", "Condition": unless}
    rows = {
        "asks": ("depends", [rights]),
        "registers": ("allowed" if kind == "user" else "depends", [rights, device]),
        "registers-under-a-deny": (
            "allowed" if kind == "user" else "depends",
            [allow(["ec2:RunInstances", PASS]), denied, device],
        ),
        "asks-for-none": ("-", [rights, deny(PASS, "*", with_mfa)]),
    }
    for name, (_, statements) in rows.items():
        if kind == "user":
            export.user(name, *statements)
        else:
            export.role(name, trust(ROOT), *statements)
    expected = {name: verdict for name, (verdict, _) in rows.items() if verdict != "-"}
    assert verdicts(web_of(tmp_path, export)) == expected | {"boss": "admin"}


def test_what_a_session_is_given(tmp_path: Path) -> None:
    """Its name is whatever the caller likes; tags and a source identity take a permission from both sides."""
    export = Export()
    tag, source = "sts:TagSession", "sts:SetSourceIdentity"
    team = equals("aws:RequestTag/team", "blue")
    identity = equals("sts:SourceIdentity", "ann")
    middle = export.role("middle", trust(ROOT))
    export.boss("by-session", trust(f"arn:aws:sts::{HOME}:assumed-role/middle/me"))
    export.boss("by-name", trust(ROOT, equals("sts:RoleSessionName", "${aws:username}")))
    export.boss("by-tag", trust(ROOT, team, action=[ASSUME, tag]))
    export.boss("by-tag-that-nobody-gives", trust(ROOT, team))
    export.boss("by-source", trust(ROOT, identity, action=[ASSUME, source]))

    def asks(role: str, *more: str) -> Json:
        return allow([ASSUME, *more], arn("role", role))

    expected = people(
        export,
        ("takes-the-middle", "allowed", allow(ASSUME, middle)),
        ("names-it", "allowed", asks("by-name")),
        ("tags-it", "allowed", asks("by-tag", tag)),
        ("may-not-tag-it", "-", asks("by-tag")),
        ("tags-in-vain", "-", asks("by-tag-that-nobody-gives", tag)),
        ("sets-the-source", "allowed", asks("by-source", source)),
        ("may-not-set-it", "-", asks("by-source")),
    )
    roles = ["session", "name", "tag", "tag-that-nobody-gives", "source"]
    expected |= {f"by-{name}": "admin" for name in roles}
    assert verdicts(web_of(tmp_path, export)) == expected | {"middle": "allowed"}


def test_a_guardrail_that_names_one_of_two_roles_elsewhere_holds_for_a_changed_caller(tmp_path: Path) -> None:
    """Roles with one trust policy are not alike where the caller's SCP tells them apart."""
    home, other = Export(), Export(OTHER)
    mallory = home.user("mallory", allow("s3:ListAllMyBuckets"))
    at_home = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    open_, barred = (other.role(name, trust(ROOT)) for name in ("open", "barred"))
    described = organization(OTHER, HOME, denied=deny(ASSUME, barred, at_home), on=HOME)
    for number, order in enumerate(((open_, barred), (barred, open_))):
        folder = tmp_path / str(number)
        folder.mkdir()
        web = web_of(folder, home, other, organization=described)
        estate = web.world.estate
        principal = estate.principal(mallory)
        assert principal is not None
        changed = Actor(principal).with_policies("every permission", [everything()])
        found = {}
        for arn_ in order:
            role = estate.principal(arn_)
            assert role is not None
            found[arn_] = words(web.finder.prerequisites.assumes(changed, role))
        assert found == {open_: words(True), barred: "aws:SourceIp is in 203.0.113.0/24"}

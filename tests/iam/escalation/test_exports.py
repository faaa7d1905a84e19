"""Whole exports with ways up and harmless look-alikes side by side: exactly the ways are found.

Each person of an account differs from another in one thing; `-` stands for no way up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

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
    Row,
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

CREATE, INVOKE = "lambda:CreateFunction", "lambda:InvokeFunction"
RUN = allow([CREATE, INVOKE])
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def test_policies_of_one_s_own(tmp_path: Path) -> None:
    export = Export()
    export.administrator()
    put = "iam:PutUserPolicy"
    rewrite = "iam:CreatePolicyVersion"
    own = export.policy("own", allow(rewrite, arn("policy", "own")))
    star = export.policy("own-too", allow(rewrite, arn("policy", "own-*")))
    other = export.policy("wrong", allow(rewrite, arn("policy", "other")))
    versions = tuple(text(allow("s3:GetObject")) for _ in range(4))
    five = export.policy("five", allow(rewrite), older=versions)
    freed = export.policy("freed", allow([rewrite, "iam:DeletePolicyVersion"]), older=versions)
    s3_only = export.policy("s3-only", allow(["s3:*", "ec2:*"]))
    with_put = export.policy("with-put", allow(["s3:*", put]))
    export.group("no-iam", deny("iam:*"))
    expected = people(
        export,
        ("rewrites", "allowed", {"attached": (own,)}),
        ("rewrites-by-wildcard", "allowed", {"attached": (star,)}),
        ("rewrites-another", "-", {"attached": (other,)}),
        ("rewrites-what-it-has-not", "-", allow(rewrite, own)),
        ("has-five-versions", "-", {"attached": (five,)}),
        ("frees-a-version", "allowed", {"attached": (freed,)}),
        ("puts", "allowed", allow(put, SELF)),
        ("puts-in-any-case", "allowed", allow("IAM:putuserpolicy", SELF)),
        ("old-language", "-", allow(put, SELF), {"version": "2008-10-17"}),
        ("no-version", "-", allow(put, SELF), {"version": ""}),
        ("path-not-named", "-", allow(put, SELF), {"path": "/team/"}),
        ("path-named", "allowed", allow(put, arn("user", "*/${aws:username}")), {"path": "/team/"}),
        ("puts-for-another", "-", allow(put, arn("user", "nobody"))),
        ("attaches", "allowed", allow("iam:Attach?serPolicy", SELF)),
        (
            "attaches-read-only",
            "-",
            allow("iam:AttachUserPolicy", SELF, like("iam:PolicyARN", "arn:aws:iam::aws:policy/*ReadOnly*")),
        ),
        ("all-of-iam", "allowed", allow("iam:*")),
        ("reads-iam", "-", allow(["iam:Get*", "iam:List*"])),
        ("all-but-s3", "allowed", all_but(["s3:*"])),
        (
            "all-but-control",
            "-",
            all_but(["iam:*", "organizations:*", "sso:*", "identitystore:*", "sso-directory:*"]),
        ),
        ("denied", "-", allow(put, SELF), deny("iam:Put*")),
        ("denied-elsewhere", "-", allow(put, SELF), {"documents": (text(deny("iam:*User*")),)}),
        ("denied-by-group", "-", allow(put, SELF), {"groups": ("no-iam",)}),
        ("beyond-its-boundary", "-", allow(put, SELF), {"boundary": s3_only}),
        ("capped-by-its-boundary", "-", allow(put, SELF), {"boundary": with_put}),
        ("with-mfa", "depends", allow(put, SELF, MFA)),
        (
            "unless-without-mfa",
            "depends",
            allow(put, SELF),
            deny("*", "*", {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
        ),
        ("from-an-address", "depends", allow(put, SELF, {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),
        ("not-these", "allowed", elsewhere(put, arn("user", "admin*"))),
        ("not-users", "-", elsewhere(put, arn("user", "*"))),
        (
            "tagged",
            "allowed",
            allow(put, SELF, equals("aws:PrincipalTag/job", "ops")),
            {"tags": {"job": "ops"}},
        ),
        (
            "tagged-otherwise",
            "-",
            allow(put, SELF, equals("aws:PrincipalTag/job", "ops")),
            {"tags": {"job": "dev"}},
        ),
        ("not-tagged", "-", allow(put, SELF, equals("aws:PrincipalTag/job", "ops"))),
        ("too-late", "-", allow(put, SELF, {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}})),
        ("in-the-clear", "-", allow(put, SELF, {"Bool": {"aws:SecureTransport": "false"}})),
    )
    assert verdicts(web_of(tmp_path, export)) == expected


def test_policies_that_deny_are_rewritten(tmp_path: Path) -> None:
    """What a policy denied is gone when a new version, or another text of the same name, stands in its place."""
    export = Export()
    export.administrator()
    keeps = deny(
        ["s3:*", "iam:Detach*", "iam:Delete*", "iam:Put*", "iam:Attach*", "iam:Create[RU]*", "sso:*"]
    )
    own = export.policy("own", allow("iam:CreatePolicyVersion", arn("policy", "own")), keeps)
    limit = export.policy("limit", allow("iam:CreatePolicyVersion", arn("policy", "limit")), allow("s3:*"))
    tight = export.policy("tight", allow("s3:*"))
    expected = people(
        export,
        ("rewrites-it", "allowed", {"attached": (own,)}),
        ("writes-over-it", "allowed", allow("iam:PutUserPolicy", SELF), deny(["s3:*", "iam:Delete*"])),
        ("rewrites-its-boundary", "allowed", allow("*"), {"boundary": limit}),
        ("has-too-little-beyond", "-", allow("s3:*"), allow("iam:CreatePolicyVersion"), {"boundary": limit}),
        ("may-not-rewrite-its-boundary", "-", allow("*"), {"boundary": tight}),
        ("detaches-it", "allowed", allow("*"), {"attached": (export.policy("no-s3", deny("s3:*")),)}),
        (
            "denies-itself-all-of-iam",
            "-",
            allow("*"),
            deny(["iam:*", "sts:*", "sso:*", "identitystore:*", "sso-directory:*", "organizations:*"]),
        ),
    )
    assert verdicts(web_of(tmp_path, export)) == expected


def test_older_versions(tmp_path: Path) -> None:
    export = Export()
    export.administrator()
    strong, better = text(allow("*")), text(allow("iam:PutUserPolicy"))
    change = "iam:SetDefaultPolicyVersion"

    def version(name: str, *older: Json, newer: tuple[Json, ...] = ()) -> dict[str, Any]:
        own = allow(change, arn("policy", name))
        return {"attached": (export.policy(name, own, older=older, newer=newer),)}

    by_group = export.policy("of-group", allow("s3:ListBucket"), older=(strong,))
    export.group("team", allow(change, by_group), attached=(by_group,))
    expected = people(
        export,
        ("strong", "allowed", version("v-strong", strong)),
        ("strong-and-newer", "allowed", version("v-newer", newer=(strong,))),
        ("leads-on", "allowed", version("v-better", better)),
        ("all-of-iam", "allowed", version("v-iam", text(allow("iam:*")))),
        ("weak", "-", version("v-weak", text(allow("s3:GetObject")))),
        ("the-same", "-", version("v-same", text(allow(change, arn("policy", "v-same"))))),
        ("none", "-", version("v-none")),
        ("denied", "-", deny(change), version("v-denied", strong)),
        ("through-its-group", "allowed", {"groups": ("team",)}),
    )
    assert verdicts(web_of(tmp_path, export)) == expected


def test_groups(tmp_path: Path) -> None:
    export = Export()
    admins = export.group("admins", attached=(export.administrator(),))
    devs = export.group("devs", allow("s3:*"))
    keepers = export.group("keepers", allow("iam:PutUserPolicy"))
    join, read = "iam:AddUserToGroup", "arn:aws:iam::aws:policy/*ReadOnly*"
    cap = export.policy("cap", allow([join, "s3:*"]))
    member = {"groups": ("devs",)}
    expected = people(
        export,
        ("joins", "allowed", allow(join, admins)),
        ("joins-a-weak-one", "-", allow(join, devs)),
        ("joins-any", "allowed", allow(join)),
        ("joins-on-the-way", "allowed", allow(join, keepers)),
        ("right-on-users", "-", allow(join, arn("user", "*"))),
        ("is-in-it-already", "-", allow(join, devs), member),
        ("capped", "-", allow(join, admins), {"boundary": cap}),
        ("writes-its-group", "allowed", allow("iam:PutGroupPolicy", devs), member),
        ("writes-a-foreign-group", "-", allow("iam:PutGroupPolicy", devs)),
        ("attaches", "allowed", allow("iam:AttachGroupPolicy", devs), member),
        ("attaches-elsewhere", "-", allow("iam:AttachGroupPolicy", admins), member),
        ("attaches-to-read", "-", allow("iam:AttachGroupPolicy", devs, like("iam:PolicyARN", read)), member),
        (
            "attaches-iam",
            "allowed",
            allow("iam:AttachGroupPolicy", devs, like("iam:PolicyARN", "arn:aws:iam::aws:policy/IAMFull*")),
            member,
        ),
        ("makes-one", "allowed", allow(["iam:CreateGroup", "iam:PutGroupPolicy", join], arn("group", "x-*"))),
        (
            "makes-one-and-joins-another",
            "-",
            allow(["iam:CreateGroup", "iam:PutGroupPolicy"], arn("group", "x-*")),
            allow(join, arn("group", "y-*")),
        ),
    )
    export.role("a-role", trust(LAMBDA), allow(join))
    assert verdicts(web_of(tmp_path, export)) == expected


@pytest.mark.parametrize(
    ("report", "verdicts_"),
    [
        (None, ("depends", "depends", "depends", "allowed", "depends")),
        ({"password": True, "active": 2, "keys": 2}, ("-", "-", "allowed", "allowed", "-")),
        ({"password": False, "active": 1, "keys": 1}, ("allowed", "allowed", "-", "allowed", "-")),
        ({"password": False, "active": 1, "keys": 2}, ("-", "allowed", "-", "allowed", "depends")),
    ],
)
def test_credentials_of_others(
    tmp_path: Path, report: dict[str, Any] | None, verdicts_: tuple[str, ...]
) -> None:
    export = Export()
    boss, weak = arn("user", "boss"), arn("user", "weak")
    rights: list[tuple[str, list[str]]] = [
        ("makes-a-key", ["iam:CreateAccessKey"]),
        ("makes-a-password", ["iam:CreateLoginProfile"]),
        ("resets-a-password", ["iam:UpdateLoginProfile"]),
        ("replaces-a-key", ["iam:CreateAccessKey", "iam:DeleteAccessKey"]),
        ("wakes-a-key", ["iam:UpdateAccessKey"]),
    ]
    rows: list[Row] = [
        (name, verdict, allow(actions, boss))
        for (name, actions), verdict in zip(rights, verdicts_, strict=True)
    ]
    expected = people(
        export,
        *rows,
        ("boss", "admin", {"attached": (export.administrator(),)}),
        ("weak", "-", allow("s3:GetObject")),
        ("of-a-weak-one", "-", allow(["iam:CreateAccessKey", "iam:CreateLoginProfile"], weak)),
        ("of-its-own", "-", allow("iam:CreateAccessKey", SELF)),
        ("in-other-letters", "-", allow("iam:CreateAccessKey", arn("user", "Boss"))),
    )
    if report is not None:
        export.credential("boss", **report)
        for name in ("weak", *(name for name, _ in rights)):
            export.credential(name, active=1, keys=1)
    assert verdicts(web_of(tmp_path, export)) == expected


def test_roles_of_one_s_own_and_of_others(tmp_path: Path) -> None:
    export = Export()
    put, attach, make = "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:CreateRole"
    keys = ["iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"]
    loose = export.policy("loose", allow([*keys, "s3:*"]))
    tight = export.policy("tight", allow("s3:*"))
    every = export.policy("every", allow("*"))
    export.boss("boss", trust(LAMBDA))
    export.boss("linked", trust("x.amazonaws.com"), path="/aws-service-role/x.amazonaws.com/")
    export.boss(
        "AWSReservedSSO_Admin",
        trust({"Federated": arn("saml-provider", "AWSSSO")}, action="sts:AssumeRoleWithSAML"),
        path="/aws-reserved/sso.amazonaws.com/",
    )
    weak = export.role("weak", trust(LAMBDA), allow("s3:*"))
    export.role("puts", trust(LAMBDA), allow(put, arn("role", "puts")))
    export.role("attaches-by-path", trust(LAMBDA), allow(attach, arn("role", "team/*")), path="/team/")
    export.role("path-not-named", trust(LAMBDA), allow(attach, arn("role", "path-*")), path="/team/")
    export.role(
        "opens-itself-only",
        trust(LAMBDA),
        allow("iam:UpdateAssumeRolePolicy", "*", equals("aws:ResourceTag/x", "y")),
    )
    export.role("drops-its-boundary", trust(LAMBDA), allow("*"), boundary=loose)
    export.role("drops-it-for-nothing", trust(LAMBDA), allow(["s3:*", *keys]), boundary=loose)
    export.role("capped", trust(LAMBDA), allow("*"), boundary=tight)
    bound, bound_loosely = (equals("iam:PermissionsBoundary", each) for each in (tight, every))
    rewrite = "iam:UpdateAssumeRolePolicy"
    expected = people(
        export,
        ("opens", "allowed", allow(rewrite, arn("role", "boss"))),
        ("opens-a-weak-one", "-", allow(rewrite, weak)),
        (
            "opens-aws-own",
            "-",
            allow([rewrite, put, attach], [arn("role", "aws-service-role/*"), arn("role", "aws-reserved/*")]),
        ),
        ("opens-and-writes", "allowed", allow([rewrite, put], weak)),
        ("writes-only", "-", allow(put, weak)),
        ("writes-and-is-not-let-in", "-", allow([put, "sts:AssumeRole"], weak)),
        ("makes-roles-only", "-", allow(make)),
        ("makes-roles", "allowed", allow([make, attach], arn("role", "dev-*"))),
        (
            "makes-some-and-writes-others",
            "-",
            allow(make, arn("role", "dev-*")),
            allow(attach, arn("role", "prod-*")),
        ),
        ("makes-capped-roles", "-", allow([make, attach, put], arn("role", "dev-*"), bound)),
        (
            "makes-roles-capped-by-nothing",
            "allowed",
            allow([make, attach, put], arn("role", "dev-*"), bound_loosely),
        ),
        (
            "makes-users",
            "allowed",
            allow(["iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"], arn("user", "svc-*")),
        ),
        (
            "makes-users-without-keys",
            "-",
            allow(["iam:CreateUser", "iam:PutUserPolicy"], arn("user", "svc-*")),
        ),
    )
    expected |= {"boss": "admin", "linked": "admin", "AWSReservedSSO_Admin": "admin"}
    expected |= dict.fromkeys(["puts", "attaches-by-path", "drops-its-boundary"], "allowed")
    assert verdicts(web_of(tmp_path, export)) == expected


def test_assuming_roles(tmp_path: Path) -> None:
    home, other = Export(), Export(OTHER)
    assume = "sts:AssumeRole"
    roles = {
        "by-root": [trust(ROOT)],
        "by-number": [trust(HOME)],
        "by-name": [trust(arn("user", "named"))],
        "by-secret": [trust(ROOT, equals("sts:ExternalId", "s3cret"))],
        "by-mfa": [trust(ROOT, MFA)],
        "by-tag": [trust(ROOT, equals("aws:PrincipalTag/dept", "ops"))],
        "by-pattern": [trust("*", like("aws:PrincipalArn", arn("user", "wild*")))],
        "by-other": [trust(f"arn:aws:iam::{OTHER}:root")],
        "by-unknown": [trust("arn:aws:iam::999988887777:root")],
        "by-service": [trust(LAMBDA)],
        "by-deleted": [trust("AIDAEXAMPLEDELETED00")],
        "by-part-of-a-name": [trust(arn("user", "asks-*"))],
        "by-root-but": [trust(ROOT), trust(arn("user", "asks-by-root-but"), effect="Deny")],
    }
    for name, statements in roles.items():
        home.boss(name, *statements)
    asking: list[Row] = [
        (
            f"asks-{name}",
            {"by-root": "allowed", "by-number": "allowed"}.get(name, "-"),
            allow(assume, arn("role", name)),
        )
        for name in roles
        if name not in ("by-secret", "by-mfa", "by-name", "by-pattern")
    ]
    expected = people(
        home,
        *asking,
        ("named", "allowed"),
        ("named-not", "-", allow(assume, arn("role", "by-name"))),
        ("wild-one", "allowed"),
        ("wild-and-denied", "-", deny(assume)),
        ("knows-a-secret", "depends", allow(assume, arn("role", "by-secret"))),
        ("has-a-device", "depends", allow(assume, arn("role", "by-mfa"))),
        ("has-the-tag", "allowed", allow(assume, arn("role", "by-tag")), {"tags": {"dept": "ops"}}),
        ("asks-for-what-is-not-there", "-", allow(assume, arn("role", "nowhere"))),
    )
    expected |= people(
        other,
        ("from-other", "allowed", allow(assume, arn("role", "by-other"))),
        ("from-other-with-all-of-sts", "allowed", allow("sts:*")),
        ("from-other-without-right", "-"),
        ("first-of-two", "allowed"),
    )
    other.role(
        "on-the-way", trust(f"arn:aws:iam::{OTHER}:user/first-of-two"), allow(assume, arn("role", "by-o*"))
    )
    expected |= {"on-the-way": "allowed", **dict.fromkeys(roles, "admin")}
    assert verdicts(web_of(tmp_path, home, other)) == expected


def test_passing_a_role_to_a_function(tmp_path: Path) -> None:
    export = Export()
    boss = export.boss("boss", trust(LAMBDA))
    weak = export.role("weak", trust(LAMBDA), allow("s3:*"))
    elsewhere_ = export.boss("ec2-boss", trust(EC2))
    functions = f"arn:aws:lambda:*:{HOME}:function:"
    to = "iam:PassRole"
    export.group("makers", allow(CREATE))
    export.group("passers", allow(to, boss))
    lambda_only = export.policy("lambda-only", allow("lambda:*"))
    both = export.policy("both", allow(["lambda:*", to]))
    held = export.policy("held", allow([CREATE, INVOKE, to]))
    expected = people(
        export,
        ("passes", "allowed", RUN, allow(to, boss)),
        (
            "named-functions",
            "allowed",
            allow([CREATE, INVOKE], f"{functions}dev-*"),
            allow(to, arn("role", "b*")),
        ),
        (
            "makes-one-invokes-another",
            "-",
            allow(CREATE, f"{functions}dev-*"),
            allow(INVOKE, f"{functions}prod-*"),
            allow(to),
        ),
        ("in-another-account", "-", allow([CREATE, INVOKE], functions.replace(HOME, OTHER) + "*"), allow(to)),
        ("on-a-bucket", "-", allow([CREATE, INVOKE], "arn:aws:s3:::bucket"), allow(to)),
        ("passes-a-weak-one", "-", RUN, allow(to, weak)),
        ("passes-one-of-ec2", "-", RUN, allow(to, elsewhere_)),
        ("to-lambda", "allowed", RUN, allow(to, "*", passed_to(LAMBDA))),
        ("to-ec2", "-", RUN, allow(to, "*", passed_to(EC2))),
        ("to-both", "allowed", RUN, allow(to, "*", passed_to(EC2, LAMBDA))),
        (
            "to-any-service",
            "allowed",
            RUN,
            allow(to, "*", {"StringLike": {"iam:PassedToService": "*.amazonaws.com"}}),
        ),
        ("to-a-name-in-other-letters", "-", RUN, allow(to, "*", passed_to("Lambda.amazonaws.com"))),
        (
            "denied-but-to-ec2",
            "-",
            RUN,
            allow(to),
            deny(to, "*", {"StringNotEquals": {"iam:PassedToService": EC2}}),
        ),
        ("denied-the-boss", "-", RUN, allow(to), deny(to, boss)),
        ("denied-to-invoke", "-", RUN, allow(to), deny(INVOKE)),
        (
            "wildcards-within",
            "allowed",
            allow("lambda:*Function"),
            allow("iam:Pass*", "arn:aws:iam::*:role/bo?s"),
        ),
        (
            "three-policies",
            "allowed",
            {"documents": (text(allow(CREATE)), text(allow(INVOKE)), text(allow(to)))},
        ),
        ("by-groups", "allowed", allow("lambda:Invoke*"), {"groups": ("makers", "passers")}),
        ("by-a-managed-policy", "allowed", {"attached": (held,)}),
        (
            "all-but-iam",
            "allowed",
            all_but(["iam:*", "sso:*", "identitystore:*", "sso-directory:*"]),
            allow(to, boss),
        ),
        ("boundary-without-passing", "-", RUN, allow(to), {"boundary": lambda_only}),
        ("boundary-with-both", "allowed", RUN, allow(to), {"boundary": both}),
        ("tag-that-is-not-there", "-", RUN, allow(to, "*", equals("iam:ResourceTag/pass", "yes"))),
        ("for-instances", "-", RUN, allow(to, "*", like("iam:AssociatedResourceArn", "arn:aws:ec2:*:*:*"))),
        ("for-functions", "allowed", RUN, allow(to, "*", like("iam:AssociatedResourceArn", f"{functions}*"))),
        (
            "in-a-region",
            "depends",
            allow([CREATE, INVOKE], "*", equals("aws:RequestedRegion", "eu-west-1")),
            allow(to),
        ),
        (
            "contradicts-itself",
            "-",
            allow([CREATE, INVOKE], "*", MFA),
            allow(to, "*", {"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
        ),
        ("does-not-invoke", "-", allow(CREATE), allow(to)),
        ("does-not-pass", "depends", allow("lambda:*")),
        ("passes-only", "-", allow(to)),
    )
    expected |= {"boss": "admin", "ec2-boss": "admin"}
    assert verdicts(web_of(tmp_path, export)) == expected


def test_instances_and_their_profiles(tmp_path: Path) -> None:
    export = Export()
    boss = export.boss("boss", trust(EC2), profile=True)
    bare = export.boss("bare", trust(EC2))
    weak = export.role("weak", trust(EC2), allow("s3:*"), profile=True)
    unfit = export.boss("unfit", trust(LAMBDA), profile=True)
    run, to = "ec2:RunInstances", "iam:PassRole"
    kinds = ["instance", "subnet", "volume", "network-interface", "security-group", "key-pair"]
    needed = [f"arn:aws:ec2:*:{HOME}:{kind}/*" for kind in kinds] + ["arn:aws:ec2:*::image/*"]
    expected = people(
        export,
        ("launches", "allowed", allow([run, to])),
        ("launches-with-named-resources", "allowed", allow(run, needed), allow(to, boss)),
        ("subnets-only", "-", allow(run, needed[1]), allow(to, boss)),
        ("no-image", "-", allow(run, needed[:-1]), allow(to, boss)),
        ("without-profile", "-", allow(run), allow(to, bare)),
        (
            "makes-the-profile",
            "allowed",
            allow([run, "iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"]),
            allow(to, bare),
        ),
        ("passes-a-weak-one", "-", allow(run), allow(to, weak)),
        ("passes-one-of-lambda", "-", allow(run), allow(to, unfit)),
        (
            "with-this-profile",
            "allowed",
            allow(run, "*", {"ArnEquals": {"ec2:InstanceProfile": arn("instance-profile", "boss")}}),
            allow(to),
        ),
        (
            "with-another-profile",
            "-",
            allow(run, "*", {"ArnEquals": {"ec2:InstanceProfile": arn("instance-profile", "weak")}}),
            allow(to),
        ),
        ("small-ones", "allowed", allow(run, "*", equals("ec2:InstanceType", "t3.micro")), allow(to)),
        (
            "tagged",
            "allowed",
            allow(run, "*", equals("aws:RequestTag/owner", "${aws:username}")),
            allow([to, "ec2:CreateTags"]),
        ),
        ("may-not-tag", "-", allow(run, "*", equals("aws:RequestTag/owner", "${aws:username}")), allow(to)),
        ("by-bid", "allowed", allow(["ec2:RequestSpotInstances", to])),
        ("opens-sessions", "depends", allow("ssm:StartSession")),
    )
    expected |= dict.fromkeys(["boss", "bare", "unfit"], "admin")
    assert verdicts(web_of(tmp_path, export)) == expected


def test_workloads_of_an_inventory(tmp_path: Path) -> None:
    export = Export()
    boss = export.boss("boss", trust([LAMBDA, EC2][0]))
    host = export.boss("host", trust(EC2), profile=True)
    clerk = export.role("clerk", trust(EC2), allow(["s3:*", "ssm:UpdateInstanceInformation"]), profile=True)
    mute = export.role("mute", trust(EC2), allow("iam:*"), profile=True)
    function = export.resource(
        f"arn:aws:lambda:{REGION}:{HOME}:function:strong", "AWS::Lambda::Function", boss, tags={"env": "prod"}
    )
    instances = {
        name: export.resource(
            f"arn:aws:ec2:{REGION}:{HOME}:instance/i-{name}",
            "AWS::EC2::Instance",
            role,
            tags={"env": "prod"},
            state="running",
        )
        for name, role in (("host", host), ("clerk", clerk), ("mute", mute))
    }
    replace = ["lambda:UpdateFunctionCode", INVOKE]
    document = "arn:aws:ssm:*:*:document/AWS-RunShellScript"
    session = "ssm:StartSession"
    expected = people(
        export,
        ("replaces", "allowed", allow(replace, function)),
        ("replaces-and-waits", "depends", allow(replace[0], function)),
        ("in-another-region", "-", allow(replace, function.replace(REGION, "eu-west-1"))),
        ("with-the-tag", "allowed", allow(replace, "*", equals("aws:ResourceTag/env", "prod"))),
        ("with-another-tag", "-", allow(replace, "*", equals("aws:ResourceTag/env", "dev"))),
        ("denied-there", "-", allow("lambda:*"), deny("lambda:Update*", function)),
        ("invokes-only", "-", allow(INVOKE)),
        ("opens-the-host", "allowed", allow(session, instances["host"])),
        ("opens-the-clerk", "-", allow(session, instances["clerk"])),
        ("opens-what-has-no-agent", "-", allow(session, instances["mute"])),
        ("opens-by-tag", "allowed", allow(session, "*", equals("ssm:resourceTag/env", "prod"))),
        ("opens-by-another-tag", "-", allow(session, "*", equals("ssm:resourceTag/env", "dev"))),
        ("sends-commands", "allowed", allow("ssm:SendCommand", [instances["host"], document])),
        ("sends-without-document", "-", allow("ssm:SendCommand", instances["host"])),
        (
            "sends-a-harmless-document",
            "-",
            allow("ssm:SendCommand", [instances["host"], document.replace("RunShellScript", "ListSoftware")]),
        ),
        (
            "rewrites-the-start",
            "allowed",
            allow(
                ["ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"], instances["mute"]
            ),
        ),
    )
    expected |= {"boss": "admin", "host": "admin", "mute": "allowed"}
    assert verdicts(web_of(tmp_path, export)) == expected


def test_changing_somebody_and_coming_to_act_as_it(tmp_path: Path) -> None:
    export = Export()
    worker_policy = export.policy("worker", allow("logs:*"))
    bob_policy = export.policy("bob", allow("s3:*"))
    worker = export.role("worker", trust(LAMBDA), attached=(worker_policy,))
    team = export.group("team")
    admins = export.group("admins", attached=(export.administrator(),))
    bob = export.user("bob", attached=(bob_policy,), groups=("team",))
    middle = export.role("middle", trust(ROOT), allow("sts:AssumeRole", arn("role", "end")))
    end = export.role("end", trust(middle), allow("s3:*"))
    limit = export.policy("limit", allow("s3:*"))
    capped = export.role("capped", trust(middle), allow("*"), boundary=limit)
    passing = allow("iam:PassRole", worker)
    to_middle = allow("sts:AssumeRole", middle)
    key = allow(["iam:CreateAccessKey", "iam:DeleteAccessKey"], bob)
    expected = people(
        export,
        ("writes-and-passes", "allowed", allow("iam:PutRolePolicy", worker), RUN, passing),
        ("rewrites-and-passes", "allowed", allow("iam:CreatePolicyVersion", worker_policy), RUN, passing),
        ("passes-only", "-", RUN, passing),
        ("rewrites-only", "-", allow("iam:CreatePolicyVersion", worker_policy)),
        ("writes-the-end-of-a-chain", "allowed", allow("iam:AttachRolePolicy", end), to_middle),
        ("walks-the-chain-only", "-", to_middle),
        (
            "attaches-to-read-only",
            "-",
            allow("iam:AttachRolePolicy", end, like("iam:PolicyARN", "arn:aws:iam::aws:policy/*ReadOnly*")),
            to_middle,
        ),
        ("frees-the-capped", "allowed", allow("iam:DeleteRolePermissionsBoundary", capped), to_middle),
        ("rewrites-bob-s-policy", "allowed", allow("iam:CreatePolicyVersion", bob_policy), key),
        ("strengthens-bob-s-group", "allowed", allow("iam:PutGroupPolicy", team), key),
        ("strengthens-another-group", "-", allow("iam:PutGroupPolicy", arn("group", "nobody-s")), key),
    )
    export.role("lifts-bob", trust(LAMBDA), allow("iam:AddUserToGroup", admins), key)
    export.role("lifts-nobody", trust(LAMBDA), allow("iam:AddUserToGroup", admins))
    web = web_of(tmp_path, export)
    assert verdicts(web) == {**expected, "lifts-bob": "allowed"}
    (path,) = web.best_paths(web.administrator_nodes, sources=[arn("user", "writes-the-end-of-a-chain")])
    assert [step.technique.id for step in path.steps] == ["x-iam-23", "sts-001", "sts-001"]
    assert path.target == f"administrator:{HOME}"


def test_a_change_that_opens_no_further_step_is_kept_for_what_it_allows(tmp_path: Path) -> None:
    """Whoever may join a group that reads data gets at the data, however harmless the group is else."""
    export = Export()
    readers = export.group("readers", allow("s3:GetObject"))
    joins = export.user("joins", allow("iam:AddUserToGroup", readers))
    web = web_of(tmp_path, export)
    node = f"{joins} with group readers"
    assert [step.target for step in web.steps[joins]] == [node]
    assert web.changed[node].groups == (readers,)


def test_policies_that_the_attacker_writes_and_attaches(tmp_path: Path) -> None:
    export = Export()
    export.administrator()
    known = export.policy("known", allow("s3:*"))
    team = like("iam:PolicyARN", arn("policy", "team-*"))
    only_known = like("iam:PolicyARN", known)
    attach, make = "iam:AttachUserPolicy", "iam:CreatePolicy"
    expected = people(
        export,
        ("makes-and-attaches", "allowed", allow(make, arn("policy", "team-*")), allow(attach, SELF, team)),
        ("makes-others", "-", allow(make, arn("policy", "dev-*")), allow(attach, SELF, team)),
        (
            "rewrites-and-attaches",
            "allowed",
            allow("iam:CreatePolicyVersion", known),
            allow(attach, SELF, only_known),
        ),
        ("attaches-what-is-there", "-", allow(attach, SELF, only_known)),
    )
    web = web_of(tmp_path, export)
    assert verdicts(web) == expected
    (path,) = web.best_paths(web.administrator_nodes, sources=[arn("user", "makes-and-attaches")])
    used = {used.action for used in path.steps[0].rights}
    assert used == {make, attach}, "both grants are needed, and both are told"
    assert len(web.finder.because(path.steps[0])) == 2


def test_administrators_by_odd_means(tmp_path: Path) -> None:
    export = Export()
    full = export.group("full", attached=(export.administrator(),))
    assert full.endswith(":group/full")
    named = export.policy("AdministratorAccess", allow("s3:Get*"))
    cap = export.policy("cap", allow("s3:*"))
    expected = people(
        export,
        ("all-but-nothing", "admin", all_but("nosuch:Action")),
        ("both-stars", "admin", allow("*:*")),
        ("two-statements", "admin", allow("iam:*"), all_but("iam:*")),
        ("all-but-one-bucket", "allowed", elsewhere("*", "arn:aws:s3:::one")),
        ("only-what-has-an-arn", "allowed", allow("*", "arn:aws:*")),
        ("over-tls", "admin", allow("*", "*", {"Bool": {"aws:SecureTransport": "true"}})),
        ("of-this-account", "admin", allow("*", "*", equals("aws:PrincipalAccount", HOME))),
        ("by-its-group", "admin", {"groups": ("full",)}),
        ("by-name-only", "-", {"attached": (named,)}),
        ("capped", "-", {"attached": (ADMINISTRATOR,), "boundary": cap}),
        ("in-one-region", "depends", allow("*", "*", equals("aws:RequestedRegion", "eu-west-1"))),
        ("with-mfa", "depends", allow("*", "*", MFA)),
        ("prefixes-without-colon", "-", allow(["a*", "i*", "s*"])),
    )
    assert verdicts(web_of(tmp_path, export)) == expected


def test_another_partition(tmp_path: Path) -> None:
    number = "123412341234"
    export = Export(number, "aws-cn")
    export.boss("boss", trust(LAMBDA))
    own = f"arn:aws-cn:iam::{number}:"
    strong = {"ArnEquals": {"iam:PolicyARN": "arn:aws-cn:iam::aws:policy/AdministratorAccess"}}
    expected = people(
        export,
        ("attaches", "allowed", allow("iam:AttachUserPolicy", f"{own}user/attaches", strong)),
        ("wrong-partition", "-", allow("iam:AttachUserPolicy", f"arn:aws:iam::{number}:user/*")),
        ("passes", "allowed", RUN, allow("iam:PassRole", f"{own}role/boss")),
        ("passes-elsewhere", "-", RUN, allow("iam:PassRole", f"arn:aws:iam::{number}:role/boss")),
    )
    assert verdicts(web_of(tmp_path, export)) == {**expected, "boss": "admin"}


@pytest.mark.parametrize(
    ("subject", "verdict"),
    [
        (None, "allowed"),
        ("*", "allowed"),
        ("repo:*", "allowed"),
        ("repo:mine/*", "depends"),
        ("repo:mine/app:ref:refs/heads/main", "depends"),
    ],
)
def test_making_an_identity_provider_accept_one_s_own_tokens(
    tmp_path: Path, subject: str | None, verdict: str
) -> None:
    export = Export()
    host = "token.actions.githubusercontent.com"
    provider = arn("oidc-provider", host)
    limits = {"StringEquals": {f"{host}:aud": "sts.amazonaws.com"}}
    if subject is not None:
        limits |= {"StringLike": {f"{host}:sub": subject}}
    export.boss("boss", trust({"Federated": provider}, limits, action="sts:AssumeRoleWithWebIdentity"))
    add = "iam:AddClientIDToOpenIDConnectProvider"
    expected = people(
        export,
        ("adds", verdict, allow(add, provider)),
        ("adds-elsewhere", "-", allow(add, arn("oidc-provider", "gitlab.com"))),
    )
    assert verdicts(web_of(tmp_path, export)) == {**expected, "boss": "admin"}


@pytest.mark.parametrize(
    ("limit", "verdict"),
    [
        (None, "allowed"),
        (equals("aws:PrincipalTag/x509Subject/CN", "printer"), "allowed"),
        (like("aws:SourceArn", f"arn:aws:rolesanywhere:eu-west-1:{HOME}:trust-anchor/*"), "allowed"),
        (like("aws:SourceArn", f"arn:aws:rolesanywhere:eu-west-1:{HOME}:trust-anchor/0a1b"), "-"),
        (equals("aws:SourceAccount", OTHER), "-"),
    ],
)
def test_making_a_trust_anchor_of_an_authority_of_one_s_own(
    tmp_path: Path, limit: Json | None, verdict: str
) -> None:
    """The names in a certificate of one's own are chosen; which trust anchor it comes by is not."""
    export = Export()
    export.boss("boss", trust("rolesanywhere.amazonaws.com", limit))
    rights = ["iam:PassRole", "rolesanywhere:CreateTrustAnchor", "rolesanywhere:CreateProfile"]
    expected = people(export, ("makes", verdict, allow(rights)), ("lacks-a-right", "-", allow(rights[:2])))
    assert verdicts(web_of(tmp_path, export)) == {**expected, "boss": "admin"}


def test_changing_a_permission_set_needs_somebody_who_is_assigned_to_it(tmp_path: Path) -> None:
    """Who signs in to Identity Center beside being a user here is in no account's export."""
    export = Export()
    for action in ("sso:AttachManagedPolicyToPermissionSet", "sso:PutInlinePolicyToPermissionSet"):
        export.user(action.partition(":")[2], allow(action))
    export.user("reads", allow("sso:DescribePermissionSet"))
    web = web_of(tmp_path, export)
    assert verdicts(web) == dict.fromkeys(
        ("AttachManagedPolicyToPermissionSet", "PutInlinePolicyToPermissionSet"), "depends"
    )
    for path in web.best_paths(web.administrator_nodes):
        name = path.source.rsplit("/", 1)[-1]
        assert f"whoever acts as {name} is also assigned a permission set in Identity Center" in path.needs

"""Whole exports in which small things decide: whose a role is, what a Deny names, what there is to choose.

Each person of an account differs from another in one thing; `-` stands for no way up.
"""

from __future__ import annotations

from pathlib import Path

from tests.iam.escalation.exports import (
    ASSUME,
    EC2,
    HOME,
    LAMBDA,
    OTHER,
    REGION,
    ROOT,
    RUN,
    SELF,
    Export,
    allow,
    arn,
    deny,
    equals,
    like,
    people,
    text,
    trust,
    verdicts,
    web_of,
)

CREATE, INVOKE, PASS = "lambda:CreateFunction", "lambda:InvokeFunction", "iam:PassRole"


def test_whose_the_role_is_that_one_assumes(tmp_path: Path) -> None:
    """Conditions on the owner of a resource are decided, also after a change that opens the way."""
    home, other = Export(), Export(OTHER)
    other.boss("boss", trust(ROOT))
    own, others = (equals("aws:ResourceAccount", each) for each in (HOME, OTHER))
    groups = {
        "to-others": home.group("to-others", allow(ASSUME, "*", others)),
        "to-own": home.group("to-own", allow(ASSUME, "*", own)),
        "to-any": home.group("to-any", allow(ASSUME)),
    }
    join = "iam:AddUserToGroup"
    elsewhere = {"StringNotEquals": {"aws:ResourceAccount": HOME}}
    expected = people(
        home,
        ("of-another-account", "allowed", allow(ASSUME, "*", others)),
        ("of-its-own-account", "-", allow(ASSUME, "*", own)),
        ("joins-others", "allowed", allow(join, groups["to-others"])),
        ("joins-own", "-", allow(join, groups["to-own"])),
        ("joins-any", "allowed", allow(join, groups["to-any"])),
        ("joins-any-and-is-denied", "-", allow(join, groups["to-any"]), deny(ASSUME, "*", elsewhere)),
    )
    assert verdicts(web_of(tmp_path, home, other)) == {**expected, "boss": "admin"}


def test_a_deny_of_all_that_an_action_makes(tmp_path: Path) -> None:
    """No ARN of another partition is made up that a Deny on `arn:aws:…` would not name."""
    export = Export()
    export.boss("boss", trust(LAMBDA))
    host = export.boss("host", trust(EC2), profile=True)
    export.resource(f"arn:aws:ec2:{REGION}:{HOME}:instance/i-1", "AWS::EC2::Instance", host, state="running")
    functions, documents = "arn:aws:lambda:*:{}:function:*", "arn:aws:ssm:*:*:document/"
    send, launch = "ssm:SendCommand", "ec2:RunInstances"
    no_tag = {"Null": {"aws:RequestTag/owner": "true"}}
    group = ["iam:CreateGroup", "iam:PutGroupPolicy", "iam:AddUserToGroup"]
    expected = people(
        export,
        ("no-functions", "-", RUN, allow(PASS), deny(CREATE, functions.format("*"))),
        ("no-functions-here", "-", RUN, allow(PASS), deny(CREATE, functions.format(HOME))),
        ("no-functions-elsewhere", "allowed", RUN, allow(PASS), deny(CREATE, functions.format(OTHER))),
        ("no-scripts", "-", allow(send), deny(send, f"{documents}AWS-Run*")),
        ("no-documents", "-", allow(send), deny(send, f"{documents}*")),
        ("no-other-documents", "allowed", allow(send), deny(send, f"{documents}AWS-Configure*")),
        (
            "no-new-roles",
            "-",
            allow(["iam:CreateRole", "iam:PutRolePolicy"]),
            deny("iam:CreateRole", arn("role", "*")),
        ),
        ("no-new-groups", "-", allow(group), deny("iam:CreateGroup", "arn:aws:iam::*:group/*")),
        (
            "no-untagged-instances",
            "-",
            allow([launch, PASS]),
            deny(launch, "arn:aws:ec2:*:*:instance/*", no_tag),
        ),
        (
            "no-untagged-instances-but-tags",
            "allowed",
            allow([launch, PASS, "ec2:CreateTags"]),
            deny(launch, "arn:aws:ec2:*:*:instance/*", no_tag),
        ),
    )
    assert verdicts(web_of(tmp_path, export)) == {**expected, "boss": "admin", "host": "admin"}


def test_policies_that_are_not_there(tmp_path: Path) -> None:
    """A policy that a condition names is attached only if it exists, or the attacker can make it."""
    export = Export()
    export.administrator()
    gone, foreign = arn("policy", "gone"), f"arn:aws:iam::{OTHER}:policy/strong"
    attach, make = "iam:AttachUserPolicy", "iam:CreatePolicy"
    new_role = ["iam:CreateRole", "iam:PutRolePolicy"]
    bounded = equals("iam:PermissionsBoundary", gone)
    unknown = like("iam:PolicyARN", "arn:aws:iam::aws:policy/MadeTomorrowAccess")
    expected = people(
        export,
        ("attaches-it", "-", allow(attach, SELF, like("iam:PolicyARN", gone))),
        ("makes-it", "allowed", allow(attach, SELF, like("iam:PolicyARN", gone)), allow(make, gone)),
        ("attaches-another-account-s", "-", allow(attach, SELF, like("iam:PolicyARN", foreign))),
        ("attaches-one-of-aws-that-nobody-knows", "depends", allow(attach, SELF, unknown)),
        ("makes-roles-under-it", "-", allow(new_role, "*", bounded)),
        ("makes-it-and-roles-under-it", "allowed", allow(new_role, "*", bounded), allow(make)),
    )
    web = web_of(tmp_path, export)
    assert verdicts(web) == expected
    (path,) = web.best_paths(
        web.administrator_nodes, sources=[arn("user", "attaches-one-of-aws-that-nobody-knows")]
    )
    assert path.needs == ("AWS's policy MadeTomorrowAccess, whose text isn't known, allows enough",)


def test_a_permissions_boundary_that_guards_itself(tmp_path: Path) -> None:
    """Whoever is administrator but for a boundary gets past it by any one hole in it, and by nothing else."""
    changes = ["Delete{}PermissionsBoundary", "Put{}PermissionsBoundary"]
    guarded = [f"iam:{each.format(kind)}" for each in changes for kind in ("User", "Role")]
    made = ["iam:CreateRole", "iam:CreateUser", "iam:Put*Policy", "iam:Attach*Policy"]
    outside = deny(["sso:*", "sso-directory:*", "identitystore:*", "organizations:*"])
    holes = {
        "none": ("-", ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"], guarded, made),
        "new-version": ("allowed", ["iam:SetDefaultPolicyVersion"], guarded, made),
        "older-version": ("allowed", ["iam:CreatePolicyVersion"], guarded, made),
        "boundary": ("allowed", ["iam:*Version"], guarded[1:], made),
        "new-role": ("allowed", ["iam:*Version"], guarded, made[1:3]),
    }
    for name, (verdict, versions, boundaries, powers) in holes.items():
        export = Export()
        cap = arn("policy", "cap")
        keeps = [deny([*boundaries, *powers]), deny(versions, cap), outside]
        export.policy("cap", allow("*"), *keeps, older=(text(allow("*")),))
        expected = people(export, ("nearly", verdict, allow("*"), {"boundary": cap}))
        assert verdicts(web_of(tmp_path / name, export)) == expected, name


def test_grants_on_another_account_s_resources_make_nothing_here(tmp_path: Path) -> None:
    """A wildcard for the region doesn't run on into a text that would hold both accounts."""
    export = Export()
    export.boss("boss", trust(LAMBDA))
    expected = people(
        export,
        *(
            (
                f"in-{name}",
                verdict,
                allow([CREATE, INVOKE], f"arn:aws:lambda:{region}:{account}:function:*"),
                allow(PASS),
            )
            for name, region, account, verdict in (
                ("some-regions", "us-*", HOME, "allowed"),
                ("any-region", "*", HOME, "allowed"),
                ("some-regions-elsewhere", "us-*", OTHER, "-"),
                ("any-region-elsewhere", "*", OTHER, "-"),
                ("a-region-elsewhere", "eu-?est-1", OTHER, "-"),
            )
        ),
    )
    assert verdicts(web_of(tmp_path, export)) == {**expected, "boss": "admin"}

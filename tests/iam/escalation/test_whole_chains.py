"""Whole accounts with ways of two to four hops, told from AWS's rules before they were ever run.

Beside each way stand people who differ from the one who gets up in one thing; `-` stands for no way up.
"""

from __future__ import annotations

from pathlib import Path

from tests.iam.escalation.exports import (
    EC2,
    HOME,
    LAMBDA,
    OTHER,
    REGION,
    ROOT,
    SELF,
    Export,
    Json,
    allow,
    arn,
    deny,
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
RUN = allow(["lambda:CreateFunction", "lambda:InvokeFunction"])


def _in(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{HOME}:{rest}"


def test_a_build_farm(tmp_path: Path) -> None:
    """Key of a robot, its role, a function with the release role, which writes itself a policy: four hops."""
    export = Export()
    release = export.role("release", trust(LAMBDA), allow("iam:PutRolePolicy", arn("role", "release")))
    deployer = export.role(
        "deployer", trust(arn("user", "robots/ci")), RUN, allow(PASS, "*", passed_to(LAMBDA)), path="/ci/"
    )
    clerk = export.role(
        "clerk", trust(ROOT), RUN, allow(PASS, release, passed_to("ecs-tasks.amazonaws.com")), path="/ci/"
    )
    ci = export.user("ci", allow("s3:Get*"), path="/robots/")
    full = export.user("full", allow(ASSUME, clerk), path="/robots/")
    export.credential("ci", active=1, keys=1)
    export.credential("full", active=2, keys=2)
    expected = people(
        export,
        ("makes-a-key", "allowed", allow("iam:CreateAccessKey", arn("user", "robots/*"))),
        ("makes-it-elsewhere", "-", allow("iam:CreateAccessKey", arn("user", "ci"))),
        ("makes-a-third", "-", allow("iam:CreateAccessKey", full)),
        ("assumes-the-deployer", "-", allow(ASSUME, deployer)),
        ("assumes-the-clerk", "-", allow(ASSUME, arn("role", "ci/*"))),
        ("may-make-one-but-not-use-it", "allowed", allow("iam:CreateAccessKey", ci), deny(ASSUME)),
    )
    web = web_of(tmp_path, export)
    assert verdicts(web) == expected | {"ci": "allowed", "deployer": "allowed", "release": "allowed"}
    (path,) = web.best_paths(web.administrator_nodes, sources=[arn("user", "makes-a-key")])
    assert [step.technique.id for step in path.steps] == ["iam-002", "sts-001", "lambda-001", "iam-005"]


def test_groups_that_lead_on(tmp_path: Path) -> None:
    export = Export()
    ops = export.group("ops", allow("iam:PutGroupPolicy", arn("group", "${aws:PrincipalTag/team}")))
    readers = export.group("readers", allow(["s3:Get*", "s3:List*"]))
    export.group("empty")
    export.group("keys", allow("iam:CreateLoginProfile", arn("user", "chief")))
    export.user("chief", allow("*"))
    export.user("idle", groups=("readers",))
    export.credential("chief", active=1, keys=1)
    join = "iam:AddUserToGroup"
    tagged = {"tags": {"team": "ops"}}
    expected = people(
        export,
        ("joins-ops", "allowed", allow(join, ops), tagged),
        ("joins-ops-untagged", "-", allow(join, ops)),
        ("joins-another-than-its-tag", "-", allow(join, readers), tagged),
        ("is-in-ops", "allowed", {"groups": ("ops",), "tags": {"team": "ops"}}),
        ("is-in-ops-of-another-team", "-", {"groups": ("ops",), "tags": {"team": "readers"}}),
        ("joins-by-question-mark", "allowed", allow(join, arn("group", "key?"))),
        ("joins-readers", "-", allow(join, arn("group", "read*"))),
        ("writes-and-joins", "allowed", allow([join, "iam:PutGroupPolicy"], readers)),
        ("writes-an-empty-one", "allowed", allow([join, "iam:AttachGroupPolicy"], arn("group", "empty"))),
        ("writes-one-and-joins-another", "-", allow(join, readers), allow("iam:Put*", arn("group", "empty"))),
        ("joins-but-is-denied", "-", allow(join), deny(join, arn("group", "*"))),
    )
    export.role("a-role", trust(ROOT), allow(join))
    assert verdicts(web_of(tmp_path, export)) == expected | {"chief": "admin"}


def test_instances_that_take_commands(tmp_path: Path) -> None:
    export = Export()
    agent = allow("ssm:UpdateInstanceInformation")
    runner = export.boss("stack-runner", trust("cloudformation.amazonaws.com"))
    deploys = [allow("cloudformation:CreateStack"), allow(PASS, runner)]
    host = export.role("host", trust(EC2), agent, *deploys, profile=True)
    deaf = export.role("deaf", trust(EC2), *deploys, profile=True)
    for name, role, state in (("a", host, "running"), ("b", deaf, "running"), ("c", host, "stopped")):
        tags = {"Env": "dev" if name == "a" else "prod"}
        export.resource(_in("ec2", f"instance/i-{name}"), "AWS::EC2::Instance", role, tags=tags, state=state)
    shell = "arn:aws:ssm:*::document/AWS-RunShellScript"
    send = "ssm:SendCommand"
    dev = equals("ssm:resourceTag/Env", "dev")
    expected = people(
        export,
        ("sends-to-dev", "allowed", allow(send, _in("ec2", "instance/*"), dev), allow(send, shell)),
        (
            "sends-to-prod",
            "-",
            allow(send, _in("ec2", "instance/*"), equals("ssm:resourceTag/Env", "prod")),
            allow(send, shell),
        ),
        (
            "lists-software",
            "-",
            allow(send, _in("ec2", "instance/*")),
            allow(send, shell[:-14] + "*Software"),
        ),
        ("sends-to-the-deaf-one", "-", allow(send, [_in("ec2", "instance/i-b"), shell])),
        ("sends-to-the-stopped-one", "-", allow(send, [_in("ec2", "instance/i-c"), shell])),
        (
            "starts-it-anew",
            "allowed",
            allow([f"ec2:{each}Instances" for each in ("Start", "Stop")]),
            allow("ec2:ModifyInstanceAttribute", _in("ec2", "instance/i-b")),
        ),
        ("is-denied-prod", "allowed", allow("ssm:*"), deny("ssm:*", _in("ec2", "instance/i-b"))),
        ("is-denied-dev", "-", allow("ssm:*"), deny("ssm:*", _in("ec2", "instance/i-a"))),
    )
    expected |= {"host": "allowed", "deaf": "allowed", "stack-runner": "admin"}
    assert verdicts(web_of(tmp_path, export)) == expected


def test_builds_and_stacks(tmp_path: Path) -> None:
    export = Export()
    build, form = "codebuild.amazonaws.com", "cloudformation.amazonaws.com"
    strong = export.boss("strong", trust(form))
    builder = export.role(
        "builder", trust(build), allow("cloudformation:UpdateStack", _in("cloudformation", "stack/net/*"))
    )
    export.resource(_in("cloudformation", "stack/net/1a"), "AWS::CloudFormation::Stack", strong)
    export.resource(_in("cloudformation", "stack/app/2b"), "AWS::CloudFormation::Stack")
    export.resource(_in("codebuild", "project/images"), "AWS::CodeBuild::Project", builder)
    other = export.role(
        "other", trust(build), allow("cloudformation:UpdateStack", _in("cloudformation", "stack/app/*"))
    )
    export.resource(_in("codebuild", "project/pages"), "AWS::CodeBuild::Project", other)
    start = "codebuild:StartBuild"
    expected = people(
        export,
        ("builds-images", "allowed", allow(start, _in("codebuild", "project/images"))),
        ("builds-pages", "-", allow(start, _in("codebuild", "project/pages"))),
        (
            "makes-a-project",
            "allowed",
            allow([start, "codebuild:CreateProject"]),
            allow(PASS, builder, passed_to(build)),
        ),
        (
            "makes-one-for-a-pipeline",
            "-",
            allow([start, "codebuild:CreateProject"], _in("codebuild", "project/new")),
            allow(PASS, builder, passed_to("codepipeline.amazonaws.com")),
        ),
        (
            "updates-the-stack",
            "allowed",
            allow("cloudformation:Update*", _in("cloudformation", "stack/n?t/*")),
        ),
        ("updates-the-plain-one", "-", allow("cloudformation:Update*", _in("cloudformation", "stack/app/*"))),
        (
            "gives-the-plain-one-a-role",
            "allowed",
            allow("cloudformation:UpdateStack", _in("cloudformation", "stack/app/*")),
            allow(PASS, strong),
        ),
        (
            "may-not-give-this-role",
            "-",
            allow(
                "cloudformation:UpdateStack",
                _in("cloudformation", "stack/app/*"),
                like("cloudformation:RoleArn", arn("role", "weak")),
            ),
            allow(PASS, strong),
        ),
        (
            "makes-a-change-set",
            "allowed",
            allow("cloudformation:*ChangeSet", _in("cloudformation", "stack/net/*")),
        ),
        ("never-executes-it", "-", allow("cloudformation:CreateChangeSet")),
    )
    assert verdicts(web_of(tmp_path, export)) == expected | {"builder": "allowed", "strong": "admin"}


def test_two_accounts_and_a_way_back(tmp_path: Path) -> None:
    """From the home account into another one and back: each border has two sides."""
    home, other = Export(), Export(OTHER)
    there = f"arn:aws:iam::{OTHER}:role/"
    secret = {"StringEquals": {"sts:ExternalId": "4711"}}
    back = home.boss("back", trust(there + "shared/hub"))
    hub = other.role("hub", trust(f"arn:aws:iam::{HOME}:root"), allow(ASSUME, back), path="/shared/")
    named = other.role("named", trust(arn("user", "asks-the-named-one")), allow(ASSUME, back))
    asked = other.role("asked", trust(ROOT, secret), allow(ASSUME, hub))
    other.role("lonely", trust(f"arn:aws:iam::{OTHER}:root"), allow(ASSUME, hub))
    other.role("shut", trust(f"arn:aws:iam::{HOME}:root"), allow(ASSUME, back), deny("sts:*"))
    other.boss("local", trust(there + "asked"))
    expected = people(
        home,
        ("asks-the-hub", "allowed", allow(ASSUME, hub)),
        ("asks-without-path", "-", allow(ASSUME, there + "hub")),
        ("asks-the-named-one", "-"),
        ("asks-the-one-with-a-secret", "depends", allow(ASSUME, asked)),
        ("asks-the-lonely-one", "-", allow(ASSUME, there + "lonely")),
        ("asks-the-shut-one", "-", allow(ASSUME, there + "shut")),
        ("asks-the-administrator", "-", allow(ASSUME, back)),
    )
    found = verdicts(web_of(tmp_path, home, other))
    assert found == expected | {"hub": "allowed", "asked": "allowed", "back": "admin", "local": "admin"}
    assert named


def test_workloads_without_an_inventory(tmp_path: Path) -> None:
    """Nothing says what there is: what needs a thing that is there depends, what makes its own does not."""
    export = Export()
    sagemaker, glue = "sagemaker.amazonaws.com", "glue.amazonaws.com"
    export.boss("science", trust(sagemaker))
    export.boss("etl", trust(glue))
    expected = people(
        export,
        ("opens-a-notebook", "depends", allow("sagemaker:CreatePresigned*")),
        ("runs-a-statement", "depends", allow("glue:RunStatement")),
        ("opens-its-own-session", "allowed", allow(["glue:CreateSession", "glue:RunStatement", PASS])),
        ("trains", "allowed", allow(["sagemaker:CreateTrainingJob", PASS])),
        ("trains-as-the-other", "-", allow("sagemaker:CreateTrainingJob"), allow(PASS, arn("role", "etl"))),
        ("starts-a-job-only", "-", allow("glue:StartJobRun")),
        ("updates-a-job", "depends", allow("glue:UpdateJob")),
        ("builds", "-", allow("codebuild:StartBuild")),
        ("writes-itself-a-policy", "allowed", allow("iam:Put*Policy", SELF)),
    )
    assert verdicts(web_of(tmp_path, export)) == expected | {"science": "admin", "etl": "admin"}


def test_what_holds_somebody_back_and_can_be_moved(tmp_path: Path) -> None:
    """Boundaries, old versions and Denies of principals that one comes to act as."""
    export = Export()
    limit, loose = export.policy("limit", allow("s3:*")), export.policy("loose", allow("*"))
    old = export.policy("old", allow("s3:*"), older=(text(allow("*")),))
    denying = export.policy("denying", deny("*"))
    aged = export.role("aged", trust(ROOT), attached=(old,))
    bound = export.role("bound", trust(ROOT), allow("*"), boundary=limit)
    held = export.role("held", trust(LAMBDA), allow("*"), attached=(denying,))
    export.group("inline", deny("*"))
    export.group("managed", attached=(denying,))
    users: dict[str, Json] = {
        "u-bound": {"boundary": limit},
        "u-aged": {"attached": (old,)},
        "u-denied": {"documents": (text(deny("*")),)},
        "u-inline": {"groups": ("inline",)},
        "u-managed": {"groups": ("managed",)},
    }
    key: Json = {}
    for name, fields in users.items():
        statements = [] if name == "u-aged" else [allow("*")]
        key[name] = allow("iam:CreateAccessKey", export.user(name, *statements, **fields))
        export.credential(name)
    put, version = "iam:PutRolePermissionsBoundary", "iam:SetDefaultPolicyVersion"
    asks = {role: allow(ASSUME, role) for role in (aged, bound)}
    groups = arn("group", "*")
    expected = people(
        export,
        ("sets-the-version", "allowed", asks[aged], allow(version, old)),
        ("sets-it-for-nobody", "-", allow(version, old)),
        ("sets-it-for-a-user", "allowed", key["u-aged"], allow(version, old)),
        ("loosens", "allowed", asks[bound], allow(put, bound)),
        ("loosens-for-nobody", "-", allow(put, bound)),
        ("loosens-to-the-same", "-", asks[bound], allow(put, bound, like("iam:PermissionsBoundary", limit))),
        (
            "loosens-to-more",
            "allowed",
            asks[bound],
            allow(put, bound, like("iam:PermissionsBoundary", loose)),
        ),
        ("loosens-a-user", "allowed", key["u-bound"], allow("iam:PutUserPermissionsBoundary")),
        ("rewrites-the-boundary", "allowed", asks[bound], allow("iam:CreatePolicyVersion", limit)),
        ("rewrites-a-user-s", "allowed", key["u-bound"], allow("iam:CreatePolicyVersion", limit)),
        ("frees-a-passed-role", "allowed", RUN, allow(PASS, held), allow("iam:DetachRolePolicy", held)),
        ("passes-the-held-role", "-", RUN, allow(PASS, held)),
        ("deletes-the-deny", "allowed", key["u-denied"], allow("iam:DeleteUserPolicy")),
        ("takes-out-of-the-group", "allowed", key["u-inline"], allow("iam:RemoveUserFromGroup", groups)),
        ("detaches-what-is-inline", "-", key["u-inline"], allow("iam:DetachGroupPolicy", groups)),
        ("detaches-what-is-attached", "allowed", key["u-managed"], allow("iam:DetachGroupPolicy", groups)),
    )
    assert verdicts(web_of(tmp_path, export)) == expected

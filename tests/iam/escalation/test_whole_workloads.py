"""Whole accounts whose ways lead through what runs there, with an inventory that shows some of it.

What AWS's rules make of each person was written down before it was ever run; `-` stands for no way up.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.iam.escalation.exports import (
    EC2,
    HOME,
    REGION,
    Export,
    Json,
    allow,
    arn,
    deny,
    equals,
    like,
    passed_to,
    people,
    trust,
    verdicts,
    web_of,
)

PASS = "iam:PassRole"
TASKS, SCIENCE, STATES = "ecs-tasks.amazonaws.com", "sagemaker.amazonaws.com", "states.amazonaws.com"


def _in(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{HOME}:{rest}"


def test_containers(tmp_path: Path) -> None:
    export = Export()
    boss = export.boss("boss", trust(TASKS, equals("aws:SourceAccount", HOME)))
    export.boss("foreign", trust(TASKS, equals("aws:SourceAccount", "999988887777")))
    weak = export.role("weak", trust(TASKS), allow("s3:Get*"))
    export.resource(_in("ecs", "cluster/main"), "AWS::ECS::Cluster")
    web = export.resource(_in("ecs", "task-definition/web:7"), "AWS::ECS::TaskDefinition", weak)
    tasks = {
        name: export.resource(_in("ecs", f"task/main/{name}"), "AWS::ECS::Task", role, execute_command=shell)
        for name, role, shell in (("open", boss, True), ("shut", boss, False), ("poor", weak, True))
    }
    enter = ["ecs:ExecuteCommand", "ecs:DescribeTasks"]
    main = _in("ecs", "cluster/main")
    register = "ecs:RegisterTaskDefinition"
    expected = people(
        export,
        ("enters", "allowed", allow(enter, [tasks["open"], main])),
        ("enters-the-shut-one", "-", allow(enter, [tasks["shut"], main])),
        ("enters-the-poor-one", "-", allow(enter, [tasks["poor"], main])),
        ("enters-a-cluster", "allowed", allow(enter, "*", like("ecs:cluster", main))),
        ("enters-another-cluster", "-", allow(enter, "*", like("ecs:cluster", _in("ecs", "cluster/dev")))),
        ("runs", "allowed", allow([register, "ecs:RunTask"]), allow(PASS, boss)),
        ("runs-the-foreign-one", "-", allow([register, "ecs:RunTask"]), allow(PASS, arn("role", "foreign"))),
        (
            "runs-on-the-cluster",
            "allowed",
            allow(register),
            allow("ecs:RunTask", "*", like("ecs:cluster", main)),
            allow(PASS, boss),
        ),
        (
            "runs-on-a-cluster-that-is-not-there",
            "-",
            allow(register),
            allow("ecs:RunTask", "*", like("ecs:cluster", _in("ecs", "cluster/dev"))),
            allow(PASS, boss),
        ),
        ("runs-what-is-there", "allowed", allow("ecs:RunTask", web), allow(PASS, boss, passed_to(TASKS))),
        ("runs-it-as-before", "-", allow("ecs:RunTask", web), allow(PASS, weak)),
        (
            "passes-to-the-service",
            "-",
            allow("ecs:RunTask", web),
            allow(PASS, boss, passed_to("ecs.amazonaws.com")),
        ),
        ("registers-only", "-", allow(register), allow(PASS)),
        ("submits-jobs", "-", allow(["batch:SubmitJob", "batch:RegisterJobDefinition"]), allow(PASS, boss)),
    )
    assert verdicts(web_of(tmp_path, export)) == expected | {"boss": "admin", "foreign": "admin"}


def test_instances_as_they_are(tmp_path: Path) -> None:
    """What an instance is like isn't the attacker's to choose; what it launches is."""
    export = Export()
    boss = export.boss("boss", trust(EC2), profile=True)
    spare = export.boss("spare", trust(EC2))
    box = export.resource(
        _in("ec2", "instance/i-1"), "AWS::EC2::Instance", boss, tags={"Name": "box"}, state="running"
    )
    rewrite = [f"ec2:{each}" for each in ("ModifyInstanceAttribute", "StopInstances", "StartInstances")]
    profile = arn("instance-profile", "boss")
    small = equals("ec2:InstanceType", "t3.micro")
    new = ["iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile", "ec2:RunInstances"]
    change = "ec2:AssociateIamInstanceProfile"
    expected = people(
        export,
        ("rewrites", "allowed", allow(rewrite, box)),
        ("rewrites-small-ones", "depends", allow(rewrite, "*", small)),
        ("rewrites-by-profile", "allowed", allow(rewrite, "*", like("ec2:InstanceProfile", profile))),
        ("rewrites-by-another", "-", allow(rewrite, "*", like("ec2:InstanceProfile", profile + "-2"))),
        ("rewrites-by-name", "allowed", allow(rewrite, "*", equals("aws:ResourceTag/Name", "box"))),
        ("rewrites-by-other-name", "-", allow(rewrite, "*", equals("ec2:ResourceTag/Name", "Box"))),
        ("launches-small-ones", "allowed", allow("ec2:RunInstances", "*", small), allow(PASS, boss)),
        ("launches-with-a-profile-it-makes", "allowed", allow(new), allow(PASS, spare)),
        ("launches-without-one", "-", allow(new[2]), allow(PASS, spare)),
        ("exchanges-the-profile", "depends", allow(change), allow(PASS, boss)),
        (
            "exchanges-it-for-another",
            "-",
            allow(change, "*", like("ec2:NewInstanceProfile", profile + "-2")),
            allow(PASS, boss),
        ),
        ("sends-a-key", "depends", allow(["ec2-instance-connect:SendSSHPublicKey", "ec2:Describe*"])),
        (
            "sends-a-key-for-a-user",
            "depends",
            allow("ec2-instance-connect:SendSSHPublicKey", box, equals("ec2:osuser", "ubuntu")),
            allow("ec2:DescribeInstances"),
        ),
        (
            "sends-a-key-elsewhere",
            "-",
            allow(["ec2-instance-connect:SendSSHPublicKey"], box[:-1] + "2"),
            allow("ec2:DescribeInstances"),
        ),
    )
    web = web_of(tmp_path, export)
    assert verdicts(web) == expected | {"boss": "admin", "spare": "admin"}
    (path,) = web.best_paths(web.administrator_nodes, sources=[arn("user", "sends-a-key-for-a-user")])
    assert path.conditions == ()


def test_a_role_in_two_profiles(tmp_path: Path) -> None:
    """Any of them will do for a new instance; which one an instance has is not known."""
    export = Export()
    boss = export.boss("boss", trust(EC2), profile=True)
    held = export.details["RoleDetailList"][-1]["InstanceProfileList"]
    second = {**held[0], "InstanceProfileName": "second", "Arn": arn("instance-profile", "second")}
    held.append(second | {"InstanceProfileId": "AIPASECOND"})
    box = export.resource(_in("ec2", "instance/i-1"), "AWS::EC2::Instance", boss, state="running")
    with_second = like("ec2:InstanceProfile", arn("instance-profile", "second"))
    rewrite = [f"ec2:{each}" for each in ("ModifyInstanceAttribute", "StopInstances", "StartInstances")]
    expected = people(
        export,
        ("launches", "allowed", allow("ec2:RunInstances", "*", with_second), allow(PASS, boss)),
        ("rewrites", "depends", allow(rewrite, box, with_second)),
    )
    assert verdicts(web_of(tmp_path, export)) == expected | {"boss": "admin"}


def test_science_and_data(tmp_path: Path) -> None:
    export = Export()
    boss = export.boss("boss", trust(SCIENCE))
    etl = export.boss("etl", trust("glue.amazonaws.com"))
    books = {
        name: export.resource(
            _in("sagemaker", f"notebook-instance/{name}"),
            "AWS::SageMaker::NotebookInstance",
            role,
            state=state,
        )
        for name, role, state in (("on", boss, "InService"), ("off", boss, "Stopped"))
    }
    job = export.resource(_in("glue", "job/nightly"), "AWS::Glue::Job", etl)
    export.resource(
        _in("glue", "job/plain"), "AWS::Glue::Job", export.role("plain", trust("glue.amazonaws.com"))
    )
    url = "sagemaker:CreatePresignedNotebookInstanceUrl"
    hook = [
        f"sagemaker:{each}"
        for each in (
            "CreateNotebookInstanceLifecycleConfig",
            "StopNotebookInstance",
            "UpdateNotebookInstance",
            "StartNotebookInstance",
        )
    ]
    expected = people(
        export,
        ("opens", "allowed", allow(url, books["on"])),
        ("opens-what-is-off", "-", allow(url, books["off"])),
        (
            "hooks-what-is-off",
            "allowed",
            allow(hook, [books["off"], _in("sagemaker", "notebook-instance-lifecycle-config/*")]),
        ),
        ("hooks-without-starting", "-", allow(hook[:3])),
        ("rewrites-the-job", "allowed", allow(["glue:UpdateJob", "glue:StartJobRun"], job)),
        ("rewrites-and-waits", "depends", allow("glue:UpdateJob", job)),
        ("rewrites-the-plain-one", "-", allow("glue:*", job.replace("nightly", "plain"))),
        (
            "gives-the-plain-one-a-role",
            "allowed",
            allow("glue:*", job.replace("nightly", "plain")),
            allow(PASS, etl),
        ),
        ("trains", "allowed", allow("sagemaker:CreateTrainingJob"), allow(PASS, boss, passed_to(SCIENCE))),
        ("trains-as-the-other", "-", allow("sagemaker:CreateTrainingJob"), allow(PASS, etl)),
        ("runs-flows", "-", allow(["databrew:*", "emr-serverless:*", "braket:*", "omics:*"]), allow(PASS)),
    )
    assert verdicts(web_of(tmp_path, export)) == expected | {"boss": "admin", "etl": "admin"}


def test_workflows_and_devices(tmp_path: Path) -> None:
    export = Export()
    boss = export.boss("boss", trust(STATES))
    export.boss("device", trust("credentials.iot.amazonaws.com"))
    export.boss("rules", trust("iot.amazonaws.com"))
    clock = export.boss("clock", trust("scheduler.amazonaws.com"))
    export.boss("graph", trust("appsync.amazonaws.com"))
    build = export.boss("build", trust("amplify.amazonaws.com"))
    flow = export.resource(_in("states", "stateMachine:orders"), "AWS::StepFunctions::StateMachine", boss)
    app = export.resource(_in("amplify", "apps/d1"), "AWS::Amplify::App", build)
    iot = [
        f"iot:{each}"
        for each in ("CreateRoleAlias", "CreateKeysAndCertificate", "CreatePolicy", "AttachPolicy")
    ]
    expected = people(
        export,
        ("rewrites-the-flow", "allowed", allow(["states:UpdateStateMachine", "states:StartExecution"], flow)),
        ("starts-the-flow", "-", allow("states:StartExecution", flow)),
        ("tests-a-state", "allowed", allow(["states:TestState", PASS])),
        (
            "makes-a-flow",
            "allowed",
            allow("states:*", _in("states", "stateMachine:new-*")),
            allow(PASS, boss),
        ),
        ("makes-a-flow-elsewhere", "-", allow("states:*", _in("states", "activity:*")), allow(PASS, boss)),
        (
            "makes-one-starts-another",
            "-",
            allow("states:CreateStateMachine", _in("states", "stateMachine:a")),
            allow("states:StartExecution", _in("states", "stateMachine:b")),
            allow(PASS, boss),
        ),
        (
            "plans",
            "allowed",
            allow("scheduler:CreateSchedule", _in("scheduler", "schedule/default/*")),
            allow(PASS, clock),
        ),
        ("plans-as-a-flow", "-", allow("scheduler:CreateSchedule"), allow(PASS, boss)),
        ("makes-a-device", "allowed", allow(iot), allow(PASS, arn("role", "d?vice"))),
        ("makes-half-a-device", "-", allow(iot[:3]), allow(PASS)),
        ("makes-rules", "-", allow("iot:CreateTopicRule"), allow(PASS, arn("role", "rules"))),
        ("adds-a-source", "-", allow("appsync:*"), allow(PASS)),
        ("rebuilds-the-app", "allowed", allow("amplify:*", [app, f"{app}/*"])),
        ("rebuilds-without-starting", "-", allow("amplify:UpdateApp", app)),
    )
    expected |= dict.fromkeys(["boss", "device", "rules", "clock", "graph", "build"], "admin")
    assert verdicts(web_of(tmp_path, export)) == expected


@pytest.mark.parametrize("shown", [True, False])
def test_agents_and_pools(tmp_path: Path, shown: bool) -> None:
    """The same account with an inventory that shows no pool and one runtime, and without one."""
    export = Export()
    core, pool = "bedrock-agentcore.amazonaws.com", "cognito-identity.amazonaws.com"
    boss = export.boss("boss", trust(core))
    mobile = export.boss(
        "mobile",
        trust(
            {"Federated": pool}, equals(f"{pool}:aud", "eu-west-1:1"), action="sts:AssumeRoleWithWebIdentity"
        ),
    )
    if shown:
        export.resource(_in("bedrock-agentcore", "runtime/helper"), "AWS::BedrockAgentCore::Runtime", boss)
    code = [
        f"bedrock-agentcore:{each}"
        for each in ("CreateCodeInterpreter", "StartCodeInterpreterSession", "InvokeCodeInterpreter")
    ]
    expected = people(
        export,
        ("interprets", "allowed", allow(code), allow(PASS, boss)),
        ("interprets-nothing", "-", allow(code[:2]), allow(PASS, boss)),
        (
            "commands-the-runtime",
            "allowed" if shown else "depends",
            allow("bedrock-agentcore:InvokeAgentRuntimeCommand"),
        ),
        (
            "sets-the-pool-s-roles",
            "-" if shown else "depends",
            allow("cognito-identity:*"),
            allow(PASS, mobile),
        ),
        ("signs-up-only", "-", allow("cognito-idp:*"), allow(PASS, mobile), deny(PASS)),
    )
    assert verdicts(web_of(tmp_path, export)) == expected | {"boss": "admin", "mobile": "admin"}


def test_roles_that_a_pool_hands_out(tmp_path: Path) -> None:
    """A role names the identity pool that it is for; one that another pool hands out is of no use."""
    export = Export()
    pool = "cognito-identity.amazonaws.com"
    mine, signed_in = f"{REGION}:1111-aaaa", {"ForAnyValue:StringLike": {f"{pool}:amr": "authenticated"}}

    def by(id_: str) -> Json:
        condition = equals(f"{pool}:aud", id_) | signed_in
        return trust({"Federated": pool}, condition, action="sts:AssumeRoleWithWebIdentity")

    roles = {"fitting": by(mine), "unfit": by(f"{REGION}:2222-bbbb")}
    for name, trusting in roles.items():
        export.boss(name, trusting)
    export.resource(_in("cognito-identity", f"identitypool/{mine}"), "AWS::Cognito::IdentityPool")
    expected = people(
        export,
        (
            "sets-it",
            "allowed",
            allow("cognito-identity:SetIdentityPoolRoles"),
            allow(PASS, arn("role", "fitting")),
        ),
        (
            "sets-another",
            "-",
            allow("cognito-identity:SetIdentityPoolRoles"),
            allow(PASS, arn("role", "unfit")),
        ),
    )
    assert verdicts(web_of(tmp_path, export)) == expected | dict.fromkeys(roles, "admin")

"""Workloads that are there, taken over in every way, and twins that lack one thing.

Each person of an account differs from another in one thing; `-` stands for no way up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.iam.escalation.exports import (
    EC2,
    LAMBDA,
    PASS,
    ROOT,
    Export,
    allow,
    deny,
    here,
    people,
    text,
    trust,
    verdicts,
    web_of,
    when,
)


def test_workloads_that_are_there(tmp_path: Path) -> None:
    export = Export()
    boss: dict[str, str] = {}

    def runs(name: str, service: str, *, profile: bool = False) -> str:
        boss[name] = export.boss(name, trust(service), profile=profile)
        return boss[name]

    fn = export.resource(
        here("lambda", "function:pay"), "AWS::Lambda::Function", runs("r-fn", LAMBDA), tags={"t": "x"}
    )
    td = export.resource(
        here("ecs", "task-definition/web:7"),
        "AWS::ECS::TaskDefinition",
        runs("r-td", "ecs-tasks.amazonaws.com"),
    )
    tk = export.resource(
        here("ecs", "task/main/77"),
        "AWS::ECS::Task",
        runs("r-task", "ecs-tasks.amazonaws.com"),
        execute_command=True,
    )
    tk2 = export.resource(
        here("ecs", "task/main/78"),
        "AWS::ECS::Task",
        runs("r-task2", "ecs-tasks.amazonaws.com"),
        execute_command=False,
    )
    cl = export.resource(here("ecs", "cluster/main"), "AWS::ECS::Cluster")
    sv = export.resource(here("ecs", "service/main/web"), "AWS::ECS::Service", boss["r-td"])
    cb = export.resource(
        here("codebuild", "project/rel"),
        "AWS::CodeBuild::Project",
        runs("r-cb", "codebuild.amazonaws.com"),
        batch_config=False,
    )
    gl = export.resource(here("glue", "job/etl"), "AWS::Glue::Job", runs("r-glue", "glue.amazonaws.com"))
    nb = export.resource(
        here("sagemaker", "notebook-instance/nb"),
        "AWS::SageMaker::NotebookInstance",
        runs("r-nb", "sagemaker.amazonaws.com"),
        state="InService",
    )
    nb2 = export.resource(
        here("sagemaker", "notebook-instance/nb2"),
        "AWS::SageMaker::NotebookInstance",
        runs("r-nb2", "sagemaker.amazonaws.com"),
        state="Stopped",
    )
    st = export.resource(
        here("cloudformation", "stack/app/0a"),
        "AWS::CloudFormation::Stack",
        runs("r-cfn", "cloudformation.amazonaws.com"),
    )
    sm = export.resource(
        here("states", "stateMachine:order"),
        "AWS::StepFunctions::StateMachine",
        runs("r-sfn", "states.amazonaws.com"),
    )
    sc = export.resource(
        here("scheduler", "schedule/default/n"),
        "AWS::Scheduler::Schedule",
        runs("r-sch", "scheduler.amazonaws.com"),
    )
    pi = export.resource(
        here("codepipeline", "rel"), "AWS::CodePipeline::Pipeline", runs("r-cp", "codepipeline.amazonaws.com")
    )
    ec = export.resource(
        here("ec2", "instance/i-0a"),
        "AWS::EC2::Instance",
        runs("r-ec2", EC2, profile=True),
        state="running",
        tags={"Env": "prod"},
    )
    ec2 = export.resource(
        here("ec2", "instance/i-0b"), "AWS::EC2::Instance", runs("r-ec2b", EC2, profile=True), state="stopped"
    )
    emr = export.resource(
        here("elasticmapreduce", "cluster/j-1"), "AWS::EMR::Cluster", runs("r-emr", EC2, profile=True)
    )
    bj = export.resource(
        here("batch", "job-definition/n:1"),
        "AWS::Batch::JobDefinition",
        runs("r-bj", "ecs-tasks.amazonaws.com"),
    )
    bq = export.resource(here("batch", "job-queue/q"), "AWS::Batch::JobQueue")
    ap = export.resource(
        here("apprunner", "service/w/1"),
        "AWS::AppRunner::Service",
        runs("r-ar", "tasks.apprunner.amazonaws.com"),
    )
    lt = export.resource(
        here("ec2", "launch-template/lt-1"), "AWS::EC2::LaunchTemplate", runs("r-lt", EC2, profile=True)
    )
    ci = export.resource(
        here("bedrock-agentcore", "code-interpreter-custom/c"),
        "AWS::BedrockAgentCore::CodeInterpreterCustom",
        runs("r-ci", "bedrock-agentcore.amazonaws.com"),
        state="READY",
    )
    up = export.resource(
        here("sagemaker", "user-profile/d-1/u"),
        "AWS::SageMaker::UserProfile",
        runs("r-up", "sagemaker.amazonaws.com"),
    )
    export.resource(
        here("iot", "rolealias/x"), "AWS::IoT::RoleAlias", runs("r-iot", "credentials.iot.amazonaws.com")
    )
    update, invoke = "lambda:UpdateFunctionCode", "lambda:InvokeFunction"

    def passes(n: Any) -> Any:
        return allow(PASS, boss[n])

    expected = people(
        export,
        ("fn1", "allowed", allow([update, invoke], fn)),
        ("fn2", "depends", allow(update, fn)),
        ("fn3", "-", allow(invoke, fn)),
        ("fn4", "allowed", allow([update, invoke], fn + "*")),
        ("fn5", "-", allow([update, invoke], fn + ":*")),
        ("fn6", "allowed", allow([update, "lambda:AddPermission"], fn)),
        ("fn7", "depends", allow("lambda:UpdateFunctionConfiguration", fn)),
        ("fn8", "allowed", allow(["lambda:UpdateFunctionConfiguration", invoke], fn)),
        ("fn9", "-", allow([update, invoke], "*", when("StringEquals", "aws:ResourceTag/t", "y"))),
        ("fn10", "allowed", allow([update, invoke], "*", when("StringEquals", "aws:ResourceTag/t", "x"))),
        (
            "fn11",
            "depends",
            allow(
                ["lambda:UpdateFunctionConfiguration"],
                fn,
                when("ForAnyValue:StringLike", "lambda:Layer", ["arn:aws:lambda:*:*:layer:ok:*"]),
            ),
        ),
        (
            "fn12",
            "-",
            allow(
                ["lambda:UpdateFunctionCode", "lambda:DeleteFunctionCodeSigningConfig"],
                here("lambda", "function:other"),
            ),
        ),
        ("fn13", "allowed", allow("lambda:*", here("lambda", "function:p*"))),
        ("ex1", "allowed", allow("ecs:ExecuteCommand", tk), allow("ecs:DescribeTasks")),
        ("ex2", "-", allow("ecs:ExecuteCommand", tk2), allow("ecs:DescribeTasks")),
        ("ex3", "allowed", allow("ecs:ExecuteCommand", [cl, tk]), allow("ecs:DescribeTasks")),
        (
            "ex4",
            "allowed",
            allow("ecs:ExecuteCommand", "*", when("ArnEquals", "ecs:cluster", cl)),
            allow("ecs:DescribeTasks"),
        ),
        (
            "ex5",
            "-",
            allow("ecs:ExecuteCommand", "*", when("ArnEquals", "ecs:cluster", here("ecs", "cluster/dev"))),
            allow("ecs:DescribeTasks"),
        ),
        ("ex6", "-", allow("ecs:ExecuteCommand", cl), allow("ecs:DescribeTasks")),
        ("td1", "allowed", allow("ecs:RunTask", td), passes("r-td")),
        ("td2", "-", allow("ecs:RunTask", td)),
        ("td3", "-", allow("ecs:RunTask", here("ecs", "task-definition/other:*")), passes("r-td")),
        (
            "sv1",
            "allowed",
            allow("ecs:UpdateService", sv),
            allow("ecs:RegisterTaskDefinition"),
            passes("r-td"),
        ),
        ("sv2", "-", allow("ecs:UpdateService", sv), passes("r-td")),
        (
            "sv3",
            "-",
            allow("ecs:UpdateService", "*", when("ArnEquals", "ecs:cluster", here("ecs", "cluster/dev"))),
            allow("ecs:RegisterTaskDefinition"),
            passes("r-td"),
        ),
        ("cb1", "allowed", allow("codebuild:StartBuild", cb)),
        ("cb2", "-", allow("codebuild:StartBuildBatch", cb)),
        ("cb3", "allowed", allow(["codebuild:UpdateProject", "codebuild:StartBuildBatch"], cb)),
        ("cb4", "-", allow("codebuild:UpdateProject", cb)),
        ("cb5", "-", allow("codebuild:StartBuild", here("codebuild", "project/other"))),
        ("gl1", "allowed", allow(["glue:UpdateJob", "glue:StartJobRun"], gl)),
        ("gl2", "depends", allow("glue:UpdateJob", gl)),
        ("gl3", "-", allow("glue:StartJobRun", gl)),
        ("nb1", "allowed", allow("sagemaker:CreatePresignedNotebookInstanceUrl", nb)),
        ("nb2x", "-", allow("sagemaker:CreatePresignedNotebookInstanceUrl", nb2)),
        (
            "nb3",
            "allowed",
            allow(["sagemaker:CreateNotebookInstanceLifecycleConfig", "sagemaker:*NotebookInstance"]),
        ),
        ("st1", "allowed", allow("cloudformation:UpdateStack", st)),
        ("st2", "allowed", allow(["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"], st)),
        ("st3", "-", allow("cloudformation:CreateChangeSet", st)),
        ("st4", "allowed", allow("cloudformation:UpdateStack", here("cloudformation", "stack/app/*"))),
        (
            "st5",
            "-",
            allow(
                "cloudformation:UpdateStack",
                "*",
                when("StringEquals", "cloudformation:RoleArn", boss["r-fn"]),
            ),
        ),
        (
            "st6",
            "allowed",
            allow("cloudformation:UpdateStack", "*", when("Null", "cloudformation:RoleArn", "true")),
        ),
        ("sm1", "allowed", allow(["states:UpdateStateMachine", "states:StartExecution"], sm)),
        ("sm2", "-", allow("states:UpdateStateMachine", sm)),
        ("sc1", "allowed", allow("scheduler:UpdateSchedule", sc), passes("r-sch")),
        ("sc2", "-", allow("scheduler:UpdateSchedule", sc)),
        ("cp1", "allowed", allow(["codepipeline:UpdatePipeline", "codepipeline:StartPipelineExecution"], pi)),
        ("cp2", "-", allow("codepipeline:UpdatePipeline", pi)),
        ("i1", "allowed", allow("ssm:StartSession", ec)),
        ("i2", "-", allow("ssm:StartSession", ec2)),
        (
            "i3",
            "allowed",
            allow(
                "ssm:SendCommand",
                [here("ec2", "instance/*"), "arn:aws:ssm:us-east-1::document/AWS-RunShellScript"],
            ),
        ),
        (
            "i4",
            "-",
            allow(
                "ssm:SendCommand",
                [here("ec2", "instance/*"), "arn:aws:ssm:us-east-1::document/AWS-UpdateSSMAgent"],
            ),
        ),
        ("i5", "allowed", allow("ssm:StartSession", "*", when("StringLike", "ssm:resourceTag/Env", "pr*"))),
        (
            "i6",
            "-",
            allow("ssm:StartSession", "*", when("StringNotLike", "ssm:resourceTag/Env", "pr*")),
            deny("ssm:StartSession", ec2),
        ),
        (
            "i7",
            "allowed",
            allow(["ec2:StopInstances", "ec2:StartInstances", "ec2:ModifyInstanceAttribute"], ec2),
        ),
        (
            "i8",
            "allowed",
            allow(
                ["ec2:StopInstances", "ec2:StartInstances", "ec2:ModifyInstanceAttribute"],
                "*",
                when("StringEquals", "ec2:ResourceTag/Env", "prod"),
            ),
        ),
        ("i9", "depends", allow("ec2-instance-connect:SendSSHPublicKey", ec), allow("ec2:DescribeInstances")),
        ("i10", "-", allow("ec2-instance-connect:SendSSHPublicKey", ec2), allow("ec2:DescribeInstances")),
        (
            "i11",
            "depends",
            allow(
                "ec2-instance-connect:SendSSHPublicKey", ec, when("StringEquals", "ec2:osuser", "ec2-user")
            ),
            allow("ec2:DescribeInstances"),
        ),
        ("i12", "allowed", allow("ec2-instance-connect:SendSerialConsoleSSHPublicKey", ec)),
        (
            "i13",
            "allowed",
            allow("ssm:StartSession", ec, when("BoolIfExists", "ssm:SessionDocumentAccessCheck", "true")),
        ),
        ("em1", "allowed", allow("elasticmapreduce:AddJobFlowSteps", emr)),
        ("em2", "-", allow("elasticmapreduce:AddJobFlowSteps", here("elasticmapreduce", "cluster/j-2"))),
        ("bj1", "allowed", allow("batch:SubmitJob", [bj, bq])),
        ("bj2", "-", allow("batch:SubmitJob", bj)),
        ("bj3", "allowed", allow("batch:SubmitJob", [here("batch", "job-definition/n:*"), bq])),
        ("ar1", "allowed", allow("apprunner:UpdateService", ap)),
        ("lt1", "depends", allow(["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"], lt)),
        ("lt2", "-", allow(["ec2:CreateLaunchTemplateVersion"], lt)),
        (
            "ci1",
            "allowed",
            allow(
                ["bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"],
                ci,
            ),
        ),
        ("up1", "allowed", allow("sagemaker:CreatePresignedDomainUrl", up)),
        ("iot1", "allowed", allow("iot:CreateKeysAndCertificate"), allow("iot:AttachPolicy")),
    )
    expected |= dict.fromkeys(boss, "admin")
    assert verdicts(web_of(tmp_path, export)) == expected


def test_policies_of_functions(tmp_path: Path) -> None:
    export = Export()
    b = export.boss("b", trust(LAMBDA))

    def user(u: Any) -> Any:
        return {"AWS": export.arn("user", u)}

    f = here("lambda", "function:one")
    export.resource(
        f,
        "AWS::Lambda::Function",
        b,
        policy=text(
            {
                "Effect": "Allow",
                "Principal": user("invited"),
                "Action": "lambda:InvokeFunction",
                "Resource": f,
            },
            {"Effect": "Deny", "Principal": user("barred"), "Action": "lambda:*", "Resource": f},
            {"Effect": "Allow", "Principal": user("invited-all"), "Action": "lambda:*", "Resource": f},
            {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "lambda:InvokeFunction", "Resource": f},
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "lambda:InvokeFunction",
                "Resource": f,
            },
        ),
    )
    expected = people(
        export,
        ("invited", "allowed", allow("lambda:UpdateFunctionCode", f)),
        ("barred", "-", allow("lambda:*")),
        ("invited-all", "allowed"),
        ("by-root", "depends", allow("lambda:UpdateFunctionCode", f)),
        ("nobody", "-"),
    )
    expected |= {"b": "admin"}
    assert verdicts(web_of(tmp_path, export)) == expected


def test_switching_commands_on_for_a_service(tmp_path: Path) -> None:
    """What runs in a container can be entered only where its role opens the channel for that."""
    export = Export()
    tasks = "ecs-tasks.amazonaws.com"
    boss = export.boss("boss", trust(tasks))
    mute = export.role("mute", trust(tasks), allow("iam:*"))
    services = {
        name: export.resource(here("ecs", f"service/{cluster}/{name}"), "AWS::ECS::Service", role)
        for name, cluster, role in (("web", "main", boss), ("batch", "main", mute))
    }
    enter = allow(["ecs:ExecuteCommand", "ecs:DescribeTasks"])
    update = "ecs:UpdateService"
    off = when("StringEquals", "ecs:enable-execute-command", "false")
    expected = people(
        export,
        ("switches-on", "allowed", enter, allow(update, services["web"])),
        ("may-not-enter", "-", allow(update, services["web"])),
        ("may-not-switch-on", "-", enter, allow(update, services["web"], off)),
        ("no-channel", "-", enter, allow(update, services["batch"])),
        ("another-cluster", "-", enter, allow(update, here("ecs", "service/dev/*"))),
    )
    assert verdicts(web_of(tmp_path, export)) == {**expected, "boss": "admin", "mute": "allowed"}

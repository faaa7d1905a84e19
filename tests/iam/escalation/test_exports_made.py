"""What an attacker makes itself, on ARNs as AWS documents them.

Each person of an account differs from another in one thing; `-` stands for no way up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.iam.escalation.exports import (
    CREATE,
    EC2,
    HOME,
    INVOKE,
    LAMBDA,
    OTHER,
    PASS,
    ROOT,
    RUN,
    Export,
    Json,
    allow,
    arn,
    deny,
    here,
    people,
    trust,
    verdicts,
    web_of,
    when,
)


def test_arns_as_aws_documents_them_for_what_is_made(tmp_path: Path) -> None:
    export = Export()
    svcs = [
        "lambda",
        "ec2",
        "ecs-tasks",
        "glue",
        "sagemaker",
        "codebuild",
        "codepipeline",
        "cloudformation",
        "states",
        "scheduler",
        "events",
        "pipes",
        "ssm",
        "elasticmapreduce",
        "emr-serverless",
        "batch",
        "bedrock-agentcore",
        "braket",
        "omics",
        "kinesisanalytics",
        "gamelift",
        "datapipeline",
        "apigateway",
        "appsync",
        "iot",
        "rolesanywhere",
        "tasks.apprunner",
        "credentials.iot",
        "edgelambda",
        "imagebuilder",
    ]
    for s in svcs:
        export.boss(f"b-{s.replace('.', '-')}", trust(f"{s}.amazonaws.com"), profile=(s == "ec2"))
    export.role("emr-svc", trust("elasticmapreduce.amazonaws.com"), allow("ec2:Describe*"))
    bs = [f"b-{s.replace('.', '-')}" for s in svcs]
    export.resource(here("ecs", "cluster/main"), "AWS::ECS::Cluster")
    export.resource(here("ecs", "container-instance/main/0123"), "AWS::ECS::ContainerInstance")
    export.resource(here("batch", "job-queue/q1"), "AWS::Batch::JobQueue")

    def passes(s: Any) -> Any:
        return allow(PASS, export.arn("role", f"b-{s}"))

    expected = people(
        export,
        ("fn", "allowed", allow([CREATE, INVOKE], here("lambda", "function:dev-*")), passes("lambda")),
        (
            "fn-ver",
            "allowed",
            allow([CREATE], here("lambda", "function:dev-*")),
            allow(INVOKE, here("lambda", "function:dev-*:1")),
            passes("lambda"),
        ),
        (
            "fn-add",
            "allowed",
            allow([CREATE, "lambda:AddPermission"], here("lambda", "function:dev-*")),
            passes("lambda"),
        ),
        (
            "fn-url",
            "allowed",
            allow(
                [CREATE, "lambda:AddPermission", "lambda:CreateFunctionUrlConfig"],
                here("lambda", "function:dev-*"),
            ),
            passes("lambda"),
        ),
        (
            "fn-esm",
            "depends",
            allow(CREATE, here("lambda", "function:dev-*")),
            allow("lambda:CreateEventSourceMapping"),
            passes("lambda"),
        ),
        (
            "fn-esm-cond",
            "depends",
            allow(CREATE, here("lambda", "function:dev-*")),
            allow(
                "lambda:CreateEventSourceMapping",
                "*",
                when("ArnLike", "lambda:FunctionArn", here("lambda", "function:dev-*")),
            ),
            passes("lambda"),
        ),
        (
            "fn-tbl",
            "allowed",
            allow(CREATE, here("lambda", "function:dev-*")),
            allow("lambda:CreateEventSourceMapping"),
            allow(["dynamodb:CreateTable", "dynamodb:PutItem"], here("dynamodb", "table/dev-*")),
            passes("lambda"),
        ),
        (
            "run-task",
            "allowed",
            allow("ecs:RegisterTaskDefinition"),
            allow("ecs:RunTask", here("ecs", "task-definition/dev*:*")),
            passes("ecs-tasks"),
        ),
        (
            "run-task-cl",
            "allowed",
            allow("ecs:RegisterTaskDefinition"),
            allow("ecs:RunTask", "*", when("ArnEquals", "ecs:cluster", here("ecs", "cluster/main"))),
            passes("ecs-tasks"),
        ),
        (
            "run-task-cl-other",
            "-",
            allow("ecs:RegisterTaskDefinition"),
            allow("ecs:RunTask", "*", when("ArnEquals", "ecs:cluster", here("ecs", "cluster/other"))),
            passes("ecs-tasks"),
        ),
        (
            "ecs-svc",
            "allowed",
            allow("ecs:RegisterTaskDefinition"),
            allow("ecs:CreateService", here("ecs", "service/main/dev-*")),
            passes("ecs-tasks"),
        ),
        (
            "start-task",
            "allowed",
            allow("ecs:RegisterTaskDefinition"),
            allow("ecs:StartTask", here("ecs", "task-definition/dev*:*")),
            passes("ecs-tasks"),
        ),
        (
            "ecs-new-cluster",
            "allowed",
            allow(["ecs:CreateCluster", "ecs:RegisterTaskDefinition"]),
            allow("ecs:RunTask", here("ecs", "task-definition/*")),
            passes("ecs-tasks"),
        ),
        (
            "glue-job",
            "allowed",
            allow(["glue:CreateJob", "glue:StartJobRun"], here("glue", "job/dev-*")),
            passes("glue"),
        ),
        (
            "glue-trigger",
            "allowed",
            allow("glue:CreateJob", here("glue", "job/dev-*")),
            allow("glue:CreateTrigger", here("glue", "trigger/*")),
            passes("glue"),
        ),
        ("glue-dev", "allowed", allow("glue:CreateDevEndpoint"), passes("glue")),
        (
            "glue-sess",
            "allowed",
            allow(["glue:CreateSession", "glue:RunStatement"], here("glue", "session/*")),
            passes("glue"),
        ),
        (
            "sm-nb",
            "allowed",
            allow("sagemaker:CreateNotebookInstance", here("sagemaker", "notebook-instance/*")),
            passes("sagemaker"),
        ),
        (
            "sm-tr",
            "allowed",
            allow("sagemaker:CreateTrainingJob", here("sagemaker", "training-job/*")),
            passes("sagemaker"),
        ),
        (
            "sm-pr",
            "allowed",
            allow("sagemaker:CreateProcessingJob", here("sagemaker", "processing-job/*")),
            passes("sagemaker"),
        ),
        (
            "sm-hp",
            "allowed",
            allow(
                "sagemaker:CreateHyperParameterTuningJob", here("sagemaker", "hyper-parameter-tuning-job/*")
            ),
            passes("sagemaker"),
        ),
        (
            "cb",
            "allowed",
            allow(["codebuild:CreateProject", "codebuild:StartBuild"], here("codebuild", "project/dev-*")),
            passes("codebuild"),
        ),
        (
            "cb-batch",
            "allowed",
            allow(
                ["codebuild:CreateProject", "codebuild:StartBuildBatch"], here("codebuild", "project/dev-*")
            ),
            passes("codebuild"),
        ),
        (
            "cp",
            "allowed",
            allow(
                ["codepipeline:CreatePipeline", "codepipeline:StartPipelineExecution"],
                here("codepipeline", "dev-*"),
            ),
            passes("codepipeline"),
        ),
        (
            "cfn",
            "allowed",
            allow("cloudformation:CreateStack", here("cloudformation", "stack/dev-*/*")),
            passes("cloudformation"),
        ),
        (
            "cfn-role",
            "allowed",
            allow(
                "cloudformation:CreateStack",
                "*",
                when("ArnEquals", "cloudformation:RoleArn", export.arn("role", "b-cloudformation")),
            ),
            passes("cloudformation"),
        ),
        (
            "cfn-role-other",
            "-",
            allow(
                "cloudformation:CreateStack",
                "*",
                when("ArnEquals", "cloudformation:RoleArn", export.arn("role", "b-lambda")),
            ),
            passes("cloudformation"),
        ),
        (
            "cfn-tpl",
            "allowed",
            allow(
                "cloudformation:CreateStack",
                "*",
                when("StringLike", "cloudformation:TemplateUrl", "https://s3.amazonaws.com/mine/*"),
            ),
            passes("cloudformation"),
        ),
        (
            "cfn-cs",
            "allowed",
            allow(
                ["cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"],
                here("cloudformation", "stack/dev-*/*"),
            ),
            passes("cloudformation"),
        ),
        (
            "sfn",
            "allowed",
            allow(
                ["states:CreateStateMachine", "states:StartExecution"], here("states", "stateMachine:dev-*")
            ),
            passes("states"),
        ),
        (
            "sfn-exec-arn",
            "-",
            allow("states:CreateStateMachine", here("states", "stateMachine:dev-*")),
            allow("states:StartExecution", here("states", "execution:dev-*:*")),
            passes("states"),
        ),
        ("sfn-test", "allowed", allow("states:TestState"), passes("states")),
        (
            "sched",
            "allowed",
            allow("scheduler:CreateSchedule", here("scheduler", "schedule/default/*")),
            passes("scheduler"),
        ),
        (
            "sched-bad",
            "-",
            allow("scheduler:CreateSchedule", here("scheduler", "schedule-group/default")),
            passes("scheduler"),
        ),
        (
            "ssm-auto",
            "allowed",
            allow("ssm:CreateDocument", here("ssm", "document/dev-*")),
            allow("ssm:StartAutomationExecution", here("ssm", "automation-definition/dev-*:*")),
            passes("ssm"),
        ),
        ("ssm-act", "allowed", allow("ssm:CreateActivation"), passes("ssm")),
        (
            "emr",
            "allowed",
            allow("elasticmapreduce:RunJobFlow"),
            passes("ec2"),
            allow(PASS, export.arn("role", "emr-svc")),
        ),
        ("emr-nosvc", "-", allow("elasticmapreduce:RunJobFlow"), passes("ec2")),
        (
            "emrs",
            "allowed",
            allow("emr-serverless:CreateApplication"),
            allow("emr-serverless:StartJobRun", here("emr-serverless", "/applications/*")),
            passes("emr-serverless"),
        ),
        (
            "batch",
            "allowed",
            allow("batch:RegisterJobDefinition", here("batch", "job-definition/dev-*")),
            allow("batch:SubmitJob", [here("batch", "job-definition/dev-*"), here("batch", "job-queue/q1")]),
            passes("ecs-tasks"),
        ),
        (
            "batch-noq",
            "-",
            allow("batch:RegisterJobDefinition", here("batch", "job-definition/dev-*")),
            allow("batch:SubmitJob", [here("batch", "job-definition/dev-*")]),
            passes("ecs-tasks"),
        ),
        ("br", "allowed", allow("braket:CreateJob"), passes("braket")),
        ("om", "allowed", allow(["omics:CreateWorkflow", "omics:StartRun"]), passes("omics")),
        (
            "fl",
            "allowed",
            allow("kinesisanalytics:CreateApplication"),
            allow("kinesisanalytics:StartApplication", here("kinesisanalytics", "application/dev-*")),
            passes("kinesisanalytics"),
        ),
        (
            "dp",
            "allowed",
            allow(
                [
                    "datapipeline:CreatePipeline",
                    "datapipeline:PutPipelineDefinition",
                    "datapipeline:ActivatePipeline",
                ]
            ),
            passes("datapipeline"),
        ),
        (
            "api",
            "allowed",
            allow(["apigateway:PUT", "apigateway:POST"], "arn:aws:apigateway:us-east-1::/restapis*"),
            passes("apigateway"),
        ),
        (
            "api2",
            "allowed",
            allow(["apigateway:PUT", "apigateway:POST"], "arn:aws:apigateway:*::/*"),
            passes("apigateway"),
        ),
        (
            "iot",
            "allowed",
            allow(
                [
                    "iot:CreateRoleAlias",
                    "iot:CreateKeysAndCertificate",
                    "iot:CreatePolicy",
                    "iot:AttachPolicy",
                ]
            ),
            passes("credentials-iot"),
        ),
        (
            "iot-arns",
            "allowed",
            allow("iot:CreateRoleAlias", here("iot", "rolealias/*")),
            allow("iot:CreateKeysAndCertificate"),
            allow("iot:CreatePolicy", here("iot", "policy/*")),
            allow("iot:AttachPolicy", here("iot", "cert/*")),
            passes("credentials-iot"),
        ),
        (
            "ra",
            "allowed",
            allow(["rolesanywhere:CreateTrustAnchor", "rolesanywhere:CreateProfile"]),
            passes("rolesanywhere"),
        ),
        (
            "apprun",
            "allowed",
            allow("apprunner:CreateService", here("apprunner", "service/dev-*/*")),
            passes("tasks-apprunner"),
        ),
        (
            "agent",
            "allowed",
            allow(["bedrock-agentcore:CreateCodeInterpreter"]),
            allow(
                ["bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"],
                here("bedrock-agentcore", "code-interpreter-custom/*"),
            ),
            passes("bedrock-agentcore"),
        ),
        ("img", "allowed", allow("imagebuilder:Create*"), passes("ec2")),
        ("bean", "allowed", allow("elasticbeanstalk:Create*"), passes("ec2")),
        (
            "asg",
            "allowed",
            allow(["ec2:CreateLaunchTemplate", "autoscaling:CreateAutoScalingGroup", "ec2:RunInstances"]),
            passes("ec2"),
        ),
        (
            "asg-norun",
            "-",
            allow(["ec2:CreateLaunchTemplate", "autoscaling:CreateAutoScalingGroup"]),
            passes("ec2"),
        ),
        (
            "lc",
            "allowed",
            allow(
                "autoscaling:CreateLaunchConfiguration",
                here("autoscaling", "launchConfiguration:*:launchConfigurationName/dev-*"),
            ),
            allow(
                "autoscaling:CreateAutoScalingGroup",
                here("autoscaling", "autoScalingGroup:*:autoScalingGroupName/dev-*"),
            ),
            passes("ec2"),
        ),
        ("spot", "allowed", allow("ec2:RequestSpotInstances"), passes("ec2")),
        (
            "game",
            "allowed",
            allow(["gamelift:CreateBuild", "gamelift:CreateFleet", "gamelift:RequestUploadCredentials"]),
            passes("gamelift"),
        ),
        ("nopass", "-", allow("states:TestState")),
        ("events", "-", allow(["events:PutRule", "events:PutTargets"]), passes("events")),
        ("pipes", "-", allow(["pipes:CreatePipe"]), passes("pipes")),
    )
    expected |= dict.fromkeys(bs, "admin")
    assert verdicts(web_of(tmp_path, export)) == expected


def _passes(role: str, *services: str) -> Json:
    to = when("StringEquals", "iam:PassedToService", list(services)) if services else None
    return allow(PASS, arn("role", role), to)


def test_conditions_of_trust_and_on_what_is_made(tmp_path: Path) -> None:
    export = Export()
    export.boss(
        "boss",
        trust(LAMBDA),
        trust(EC2),
        trust("ssm.amazonaws.com"),
        trust("glue.amazonaws.com"),
        trust("codebuild.amazonaws.com"),
        trust("states.amazonaws.com"),
        trust("cloudformation.amazonaws.com"),
        trust("sagemaker.amazonaws.com"),
        profile=True,
    )
    export.boss(
        "cond-src",
        trust(
            "states.amazonaws.com", when("ArnLike", "aws:SourceArn", "arn:aws:states:*:*:stateMachine:prod-*")
        ),
    )
    export.boss("cond-acct", trust("glue.amazonaws.com", when("StringEquals", "aws:SourceAccount", HOME)))
    export.boss("cond-other", trust("glue.amazonaws.com", when("StringEquals", "aws:SourceAccount", OTHER)))
    export.boss(
        "denied-svc",
        trust(ROOT),
        trust({"Service": ["lambda.amazonaws.com"]}),
        trust({"Service": "lambda.amazonaws.com"}, effect="Deny"),
    )
    export.boss("regional", trust("ec2.us-east-1.amazonaws.com"), profile=True)
    export.boss("svc-star", trust({"Service": "*"}))
    export.boss("princ-star", trust({"AWS": "*"}, when("StringEquals", "aws:PrincipalAccount", OTHER)))
    export.boss(
        "multi",
        {
            "Effect": "Allow",
            "Principal": {
                "Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"],
                "AWS": export.arn("user", "named-in-multi"),
            },
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        },
    )
    jobs = ["glue:CreateJob", "glue:StartJobRun"]
    machines = ["states:CreateStateMachine", "states:StartExecution"]
    expected = people(
        export,
        (
            "sfn-src-prod",
            "allowed",
            allow(machines, here("states", "stateMachine:prod-*")),
            _passes("cond-src"),
        ),
        ("glue-acct", "allowed", allow(jobs), _passes("cond-acct")),
        ("glue-other", "-", allow(jobs), _passes("cond-other")),
        ("lambda-denied", "-", RUN, _passes("denied-svc")),
        ("named-in-multi", "allowed"),
        ("multi-fn", "allowed", RUN, _passes("multi")),
        ("multi-ec2", "-", allow("ec2:RunInstances"), _passes("multi")),
        ("regional", "allowed", allow("ec2:RunInstances"), _passes("regional")),
        ("svcstar", "-", RUN, _passes("svc-star")),
        ("wrong-passed", "-", allow(jobs), _passes("boss", "lambda.amazonaws.com")),
        (
            "right-passed",
            "allowed",
            allow(jobs),
            _passes("boss", "glue.amazonaws.com", "lambda.amazonaws.com"),
        ),
        (
            "cb",
            "allowed",
            allow(["codebuild:CreateProject", "codebuild:StartBuild"]),
            _passes("boss", "codebuild.amazonaws.com"),
        ),
        (
            "cb-ec2",
            "depends",
            allow(["codebuild:CreateProject", "codebuild:StartBuild"]),
            _passes("boss", "ec2.amazonaws.com"),
        ),
        (
            "sm-vpc",
            "allowed",
            allow(
                "sagemaker:CreateTrainingJob",
                "*",
                when("ForAllValues:StringEquals", "sagemaker:VpcSubnets", ["subnet-1"]),
            ),
            _passes("boss"),
        ),
        (
            "sm-net",
            "allowed",
            allow(
                "sagemaker:CreateNotebookInstance",
                "*",
                when("StringEquals", "sagemaker:DirectInternetAccess", "Disabled"),
            ),
            _passes("boss"),
        ),
        (
            "run-type",
            "allowed",
            allow("ec2:RunInstances", "*", when("StringEquals", "ec2:InstanceType", ["t3.micro"])),
            _passes("boss"),
        ),
        (
            "run-mds",
            "allowed",
            allow(
                "ec2:RunInstances", "*", when("StringEqualsIfExists", "ec2:MetadataHttpTokens", "required")
            ),
            _passes("boss"),
        ),
        (
            "run-owner",
            "allowed",
            allow("ec2:RunInstances", "*", when("StringEqualsIfExists", "ec2:Owner", "amazon")),
            _passes("boss"),
        ),
        (
            "fn-vpc-deny",
            "allowed",
            allow([CREATE, INVOKE]),
            deny(CREATE, "*", when("Null", "lambda:VpcIds", "true")),
            _passes("boss"),
        ),
        (
            "fn-layer",
            "allowed",
            allow(
                [CREATE, INVOKE],
                "*",
                when("ForAllValues:StringLike", "lambda:Layer", "arn:aws:lambda:*:1:layer:*"),
            ),
            _passes("boss"),
        ),
        (
            "fn-codesign",
            "allowed",
            allow([CREATE, INVOKE]),
            deny(
                CREATE,
                "*",
                when(
                    "StringNotEquals",
                    "lambda:CodeSigningConfigArn",
                    "arn:aws:lambda:us-east-1:1:code-signing-config:x",
                ),
            ),
            _passes("boss"),
        ),
        (
            "cfn-types",
            "allowed",
            allow(
                "cloudformation:CreateStack",
                "*",
                when("ForAllValues:StringLike", "cloudformation:ResourceTypes", "AWS::IAM::*"),
            ),
            _passes("boss"),
        ),
        ("ssm-auto-named", "-", allow("ssm:StartAutomationExecution"), _passes("boss")),
        (
            "pass-notaction",
            "allowed",
            RUN,
            {
                "Effect": "Allow",
                "NotAction": [
                    "iam:Create*",
                    "iam:Put*",
                    "iam:Attach*",
                    "iam:Update*",
                    "iam:Add*",
                    "iam:Set*",
                    "iam:De*",
                    "iam:Remove*",
                    "iam:Up*",
                    "iam:En*",
                    "iam:Re*",
                    "iam:Ch*",
                    "iam:Tag*",
                    "iam:Untag*",
                    "sso*:*",
                    "sts:*",
                    "organizations:*",
                    "identitystore:*",
                ],
                "Resource": "*",
            },
        ),
    )
    expected |= dict.fromkeys(
        (
            "boss",
            "cond-src",
            "cond-acct",
            "cond-other",
            "denied-svc",
            "regional",
            "svc-star",
            "princ-star",
            "multi",
        ),
        "admin",
    )
    assert verdicts(web_of(tmp_path, export)) == expected

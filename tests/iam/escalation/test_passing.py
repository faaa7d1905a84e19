"""Which service a role is passed to, by what names it is called, and what a policy may say about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.iam.escalation.exports import HOME, Export, Json, allow, trust, verdicts, web_of

TO = "iam:PassRole"


def _passed_to(service: str, operator: str = "StringEquals") -> Json:
    return {operator: {"iam:PassedToService": service}}


RUNS = {
    "apprunner": "apprunner:CreateService",
    "batch": ["batch:RegisterJobDefinition", "batch:SubmitJob"],
    "flink": ["kinesisanalytics:CreateApplication", "kinesisanalytics:StartApplication"],
    "pipeline": [f"datapipeline:{each}Pipeline" for each in ("Create", "Activate")]
    + ["datapipeline:PutPipelineDefinition"],
    "states": ["states:CreateStateMachine", "states:StartExecution"],
    "deploy": ["cloudformation:CreateStack"],
}
TRUSTED = {
    "apprunner": "tasks.apprunner.amazonaws.com",
    "batch": "ecs-tasks.amazonaws.com",
    "flink": "kinesisanalytics.amazonaws.com",
    "pipeline": "datapipeline.amazonaws.com",
    "states": "states.amazonaws.com",
    "deploy": "cloudformation.amazonaws.com",
}


@pytest.mark.parametrize(
    ("way", "condition", "verdict"),
    [
        ("apprunner", _passed_to("apprunner.amazonaws.com"), "allowed"),
        ("apprunner", _passed_to("apprunner.*", "StringLike"), "allowed"),
        ("apprunner", _passed_to("tasks.apprunner.amazonaws.com"), "depends"),
        ("apprunner", _passed_to("build.apprunner.amazonaws.com"), None),
        ("apprunner", _passed_to("lambda.amazonaws.com"), None),
        ("batch", _passed_to("ecs-tasks.amazonaws.com"), "allowed"),
        ("batch", _passed_to("batch.amazonaws.com"), "depends"),
        ("batch", _passed_to("ecs.amazonaws.com"), None),
        ("flink", None, "allowed"),
        ("flink", _passed_to("kinesisanalytics.amazonaws.com"), "depends"),
        ("flink", _passed_to("lambda.amazonaws.com"), None),
        ("flink", _passed_to("lambda.amazonaws.com", "StringNotEquals"), "allowed"),
        ("pipeline", _passed_to("elasticmapreduce.amazonaws.com"), "depends"),
        ("pipeline", _passed_to("states.amazonaws.com"), None),
        ("states", _passed_to("states.amazonaws.com"), "allowed"),
        ("states", _passed_to("states.eu-west-1.amazonaws.com"), None),
        ("deploy", _passed_to("*.amazonaws.com", "StringLike"), "allowed"),
    ],
)
def test_conditions_on_the_service(
    tmp_path: Path, way: str, condition: Json | None, verdict: str | None
) -> None:
    """What AWS documents is decided; a name that it may use as well leaves the step open; others stop it."""
    export = Export()
    boss = export.boss("boss", trust(TRUSTED[way]))
    export.resource(f"arn:aws:batch:eu-west-1:{HOME}:job-queue/q", "AWS::Batch::JobQueue")
    export.user("mallory", allow(RUNS[way]), allow(TO, boss, condition))
    assert verdicts(web_of(tmp_path, export)).get("mallory") == verdict


@pytest.mark.parametrize(
    ("partition", "trusted", "condition", "verdict"),
    [
        ("aws", "ec2.amazonaws.com", _passed_to("ec2.amazonaws.com"), "allowed"),
        ("aws", "ec2.amazonaws.com", _passed_to("ec2.amazonaws.com*", "StringLike"), "allowed"),
        ("aws", "ec2.amazonaws.com", _passed_to("ec2.amazonaws.com.cn"), None),
        ("aws-cn", "ec2.amazonaws.com.cn", None, "allowed"),
        ("aws-cn", "ec2.amazonaws.com", None, "allowed"),
        ("aws-cn", "ec2.amazonaws.com.cn", _passed_to("ec2.amazonaws.com.cn"), "allowed"),
        ("aws-cn", "ec2.amazonaws.com.cn", _passed_to("ec2.amazonaws.com*", "StringLike"), "allowed"),
        ("aws-cn", "ec2.amazonaws.com.cn", _passed_to("ec2.amazonaws.com"), "depends"),
        ("aws-cn", "lambda.amazonaws.com", None, None),
        ("aws-us-gov", "ec2.amazonaws.com", _passed_to("ec2.amazonaws.com"), "allowed"),
    ],
)
def test_partitions(
    tmp_path: Path, partition: str, trusted: str, condition: Json | None, verdict: str | None
) -> None:
    export = Export(partition=partition)
    boss = export.boss("boss", trust(trusted), profile=True)
    export.user("mallory", allow("ec2:RunInstances"), allow(TO, boss, condition))
    assert verdicts(web_of(tmp_path, export)).get("mallory") == verdict


@pytest.mark.parametrize(
    ("trusted", "verdict"),
    [
        ("states.eu-west-1.amazonaws.com", "allowed"),
        ("states.us-gov-west-1.amazonaws.com", "allowed"),
        ("states.amazonaws.com", "allowed"),
        ("logs.eu-west-1.amazonaws.com", None),
        ("states.amazonaws.com.evil.example", None),
    ],
)
def test_a_role_that_trusts_a_service_in_one_region(
    tmp_path: Path, trusted: str, verdict: str | None
) -> None:
    export = Export()
    boss = export.boss("boss", trust({"Service": trusted}))
    export.user("mallory", allow(RUNS["states"]), allow(TO, boss))
    assert verdicts(web_of(tmp_path, export)).get("mallory") == verdict

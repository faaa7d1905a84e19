"""The techniques of escalation: complete, well formed, and true to AWS's own names."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name
from botocore.model import ServiceModel

from iam.catalogue import condition_key, expand, find_action, knows_condition_key
from iam.managed_policies import managed_policy, managed_policy_arns
from iam.techniques import (
    CONTEXT_PLACEHOLDERS,
    FACTS,
    SENTENCE_PLACEHOLDERS,
    SOURCES,
    TYPES_WITHOUT_TEMPLATE,
    Category,
    Effect,
    Gain,
    On,
    Right,
    Status,
    Subject,
    Technique,
    nearest_technique_ids,
    technique,
    techniques,
    tell,
)
from iam.techniques.page import page
from iam.techniques.read import read_techniques

SOUGHT = [entry for entry in techniques() if entry.looked_for]
PAGE = Path(__file__).parents[2] / "docs" / "techniques.md"

# How many techniques each family has; they are numbered from 001, those with `x-` from 01.
FAMILIES = {
    "apprunner": 2,
    "batch": 3,
    "bedrock": 7,
    "braket": 1,
    "cloudformation": 5,
    "codebuild": 4,
    "codedeploy": 1,
    "cognitoidentity": 1,
    "datapipeline": 1,
    "ec2": 5,
    "ecs": 9,
    "emr": 1,
    "emrserverless": 1,
    "gamelift": 1,
    "glue": 7,
    "iam": 26,
    "imagebuilder": 1,
    "kinesisanalytics": 1,
    "lambda": 6,
    "omics": 1,
    "sagemaker": 5,
    "scheduler": 1,
    "ssm": 3,
    "sso": 3,
    "stepfunctions": 2,
    "sts": 1,
    "x-acm-pca": 1,
    "x-amplify": 1,
    "x-apigateway": 2,
    "x-appsync": 1,
    "x-beanstalk": 2,
    "x-bedrock": 2,
    "x-cloud9": 1,
    "x-cloudformation": 5,
    "x-cloudfront": 1,
    "x-codebuild": 4,
    "x-codepipeline": 3,
    "x-codestar": 3,
    "x-cognito": 4,
    "x-config": 1,
    "x-ds": 1,
    "x-ec2": 10,
    "x-ecr": 2,
    "x-ecs": 4,
    "x-eks": 4,
    "x-emr": 3,
    "x-events": 1,
    "x-glue": 2,
    "x-iam": 42,
    "x-iot": 3,
    "x-kms": 2,
    "x-lambda": 6,
    "x-lightsail": 1,
    "x-mwaa": 1,
    "x-organizations": 4,
    "x-pipes": 1,
    "x-rds": 2,
    "x-redshift": 1,
    "x-rolesanywhere": 3,
    "x-s3": 2,
    "x-sagemaker": 6,
    "x-scheduler": 1,
    "x-secretsmanager": 2,
    "x-servicecatalog": 1,
    "x-ssm": 8,
    "x-sso": 5,
    "x-stepfunctions": 2,
    "x-sts": 5,
}
# Service principals that no AWS managed policy names under iam:PassedToService, from the services' own pages.
DOCUMENTED_PRINCIPALS = {
    "datapipeline.amazonaws.com",  # datapipeline/latest/DeveloperGuide/dp-iam-roles.html
    "ds.amazonaws.com",  # directoryservice/latest/admin-guide/ms_ad_management_console_access.html
    "edgelambda.amazonaws.com",  # AmazonCloudFront/latest/DeveloperGuide/lambda-edge-permissions.html
    "gamelift.amazonaws.com",  # gameliftservers/latest/developerguide/setting-up-role.html
    "kinesisanalytics.amazonaws.com",  # managed-flink/latest/java/security_iam_service-with-iam.html
    "tasks.apprunner.amazonaws.com",  # apprunner/latest/dg/security_iam_service-with-iam.html
}
# Types that CloudFormation makes and AWS Config does not list.
MADE_BY_CLOUDFORMATION = {
    "AWS::Batch::JobDefinition",
    "AWS::Bedrock::AgentAlias",
    "AWS::BedrockAgentCore::CodeInterpreterCustom",
    "AWS::CodePipeline::CustomActionType",
    "AWS::Config::ConfigRule",
    "AWS::DirectoryService::MicrosoftAD",
    "AWS::EKS::PodIdentityAssociation",
    "AWS::EMR::Cluster",
    "AWS::Glue::DevEndpoint",
    "AWS::Glue::Session",
    "AWS::Lightsail::Instance",
    "AWS::MWAA::Environment",
    "AWS::Organizations::Account",
    "AWS::Organizations::Policy",
    "AWS::SSM::MaintenanceWindow",
    "AWS::SSM::Parameter",
    "AWS::SageMaker::NotebookInstance",
    "AWS::Scheduler::Schedule",
}
# The IAM prefix, where boto3 calls the service otherwise.
CLIENTS = {
    "airflow": ["mwaa"],
    "bedrock": ["bedrock-agent-runtime"],
    "bedrock-agentcore": ["bedrock-agentcore", "bedrock-agentcore-control"],
    "elasticmapreduce": ["emr"],
    "kinesisanalytics": ["kinesisanalyticsv2"],
    "sso": ["sso-admin"],
    "states": ["stepfunctions"],
}
# Events that are no operation of an SDK: sign-in, Git, the console's own calls, and signed-in certificates.
EVENTS_WITHOUT_OPERATION = {
    "codecommit:GitPull",
    "codecommit:GitPush",
    "rolesanywhere:CreateSession",
    "signin:ConsoleLogin",
    "sso-directory:UpdatePassword",
}
# What the AWS command line names otherwise than the API.
CLI_SERVICES = {"configservice": "config", "deploy": "codedeploy", "s3api": "s3"}
CLI_OWN_COMMANDS = {("ecr", "get-login-password"), ("emr", "add-steps"), ("emr", "create-cluster")}
CLI_OWN_PARAMETERS = {
    "--bootstrap-method",
    "--certificate-pem-outfile",
    "--outfile",
    "--pipeline-definition",
    "--priv-launch-key",
    "--private-key-outfile",
    "--region",
    "--zip-file",
}


def actions_of(entry: Technique) -> Iterator[str]:
    for right in entry.rights:
        yield from right.actions
    yield from entry.optional
    yield from entry.limited_to
    for prerequisite in entry.prerequisites:
        yield from prerequisite.or_rights
        yield from prerequisite.removed_by


def rights() -> Iterator[tuple[str, Right]]:
    for entry in SOUGHT:
        for right in entry.rights:
            yield entry.id, right


def types_of(entry: Technique) -> set[str]:
    types = {*entry.existing, *(right.type for right in entry.rights)}
    return (types | {prerequisite.type for prerequisite in entry.prerequisites}) - {""}


def service_model(name: str) -> ServiceModel | None:
    if name not in MODELS:
        session = botocore.session.get_session()
        known = name in session.get_available_services()
        MODELS[name] = session.get_service_model(name) if known else None
    return MODELS[name]


MODELS: dict[str, ServiceModel | None] = {}

# Completeness


def test_every_technique_is_there_once_or_says_why_it_is_left_out() -> None:
    expected = {
        f"{family}-{number:02}" if family.startswith("x-") else f"{family}-{number:03}"
        for family, count in FAMILIES.items()
        for number in range(1, count + 1)
    } | {"ec2instanceconnect-003"}
    assert len(expected) == 256
    assert Counter(entry.id for entry in techniques()) == Counter(expected)
    assert {entry.id for entry in techniques() if entry.left_out} == {
        "x-cloudformation-05",
        "x-codestar-01",
        "x-codestar-02",
        "x-codestar-03",
        "x-iam-07",
        "x-iam-11",
        "x-organizations-03",
        "x-sts-04",
        "x-sts-05",
    }


def test_all_words_of_the_data_are_used_and_explained() -> None:
    every = techniques()
    assert {entry.category for entry in every} == set(Category)
    assert {entry.gain for entry in every} == set(Gain)
    assert {entry.effect for entry in every} == set(Effect)
    assert {entry.subject for entry in every} == set(Subject)
    assert {entry.status for entry in every} == set(Status)
    assert {right.on for entry in every for right in entry.rights} == set(On)
    assert {fact.fact for entry in every for fact in entry.prerequisites} == set(FACTS)
    assert {source for entry in every for source in entry.needs} == set(SOURCES)
    placeholders = {v for e in every for r in e.rights for v in r.context.values() if v.startswith("{")}
    assert placeholders == set(CONTEXT_PLACEHOLDERS)
    assert all(effect.meaning for effect in Effect)


def test_a_technique_is_found_by_its_id_in_any_case_and_a_wrong_id_has_neighbours() -> None:
    found = technique("LAMBDA-001")
    assert found is not None
    assert found.id == "lambda-001"
    assert technique("lambda-999") is None
    assert "lambda-001" in nearest_technique_ids("lamda-001")
    assert nearest_technique_ids("?") == []


# Names of AWS


@pytest.mark.parametrize("entry", SOUGHT, ids=lambda entry: entry.id)
def test_every_action_exists_as_it_is_spelled(entry: Technique) -> None:
    for name in actions_of(entry):
        found = find_action(name)
        assert found is not None, name
        assert found.name == name


def test_every_value_that_a_request_carries_belongs_to_its_action() -> None:
    for id_, right in rights():
        for name in right.actions[:1]:
            action = find_action(name)
            assert action is not None
            for key, value in right.context.items():
                assert knows_condition_key(action, key), (id_, name, key)
                assert not value.startswith("{") or value in CONTEXT_PLACEHOLDERS, (id_, value)


def test_what_an_action_is_needed_on_can_be_named_in_a_policy() -> None:
    for id_, right in rights():
        action = find_action(right.action)
        assert action is not None
        if right.on is On.EXISTING_RESOURCE:
            assert action.resource_level, (id_, right.action)
            assert right.type, (id_, right.action)


def test_every_service_principal_is_one_that_aws_names() -> None:
    named = set(DOCUMENTED_PRINCIPALS)
    for arn in managed_policy_arns():
        policy = managed_policy(arn)
        assert policy is not None
        named |= set(re.findall(r"[\w.-]+\.amazonaws\.com(?![.\w])", str(policy.document)))
    for entry in SOUGHT:
        passed = {name for right in entry.rights for name in (right.passed_to, *right.or_passed_to)}
        trusted = {fact.service for fact in entry.prerequisites}
        trusted |= {service for fact in entry.prerequisites for service in fact.services}
        assert (passed | trusted) - {""} <= named, entry.id


def test_every_type_of_resource_is_one_of_cloudformation_s() -> None:
    model = service_model("config")
    assert model is not None
    listed = model.shape_for("ResourceType").metadata["enum"]
    known = {*listed, *MADE_BY_CLOUDFORMATION, *TYPES_WITHOUT_TEMPLATE}
    used = {name for entry in SOUGHT for name in types_of(entry)}
    assert used <= known
    assert used >= MADE_BY_CLOUDFORMATION
    assert used >= TYPES_WITHOUT_TEMPLATE


@pytest.mark.slow
def test_every_event_is_an_operation_that_aws_records() -> None:
    for entry in SOUGHT:
        for event in entry.events:
            if event in EVENTS_WITHOUT_OPERATION:
                continue
            service, _, name = event.partition(":")
            if service == "lambda":  # Its events carry the date of the API and a version.
                name = re.sub(r"20\d{6}(v\d)?$", "", name)
            models = [service_model(client) for client in CLIENTS.get(service, [service])]
            assert any(model and name in model.operation_names for model in models), (entry.id, event)


@pytest.mark.slow
def test_every_command_is_one_of_the_aws_command_line_with_its_parameters() -> None:
    for entry in SOUGHT:
        for command in entry.commands:
            if not command.startswith("aws "):
                continue
            words = shlex.split(re.sub(r"<[^>]*>", "x", command.partition(" | ")[0]))
            if words[1] == "s3" or (words[1], words[2]) in CLI_OWN_COMMANDS:
                continue
            model = service_model(CLI_SERVICES.get(words[1], words[1]))
            assert model is not None, (entry.id, command)
            operations = {xform_name(name, "-"): name for name in model.operation_names}
            assert words[2] in operations, (entry.id, command)
            shape = model.operation_model(operations[words[2]]).input_shape
            members = {f"--{xform_name(name, '-')}" for name in shape.members} if shape else set()
            members |= {member.replace("--", "--no-", 1) for member in members}
            given = {word for word in words if word.startswith("--")}
            assert given <= members | CLI_OWN_PARAMETERS, (entry.id, command)


def test_every_action_and_condition_key_that_a_text_names_exists() -> None:
    named = re.compile(r"`([a-zA-Z0-9-]+:[^`\s:]+)`")
    # Steps of automation documents, a right inside IoT's own policies, and parts of ARNs.
    others = {"aws:executeAwsApi", "aws:executeScript", "iot:AssumeRoleWithCertificate"}
    others |= {"iot:Connection.Thing.IsAttached", "aws:ResourceTag", "codebuild:…"}
    others |= {"dbuser:<cluster>/${aws:username}"}
    for entry in SOUGHT:
        for name in named.findall(f"{entry.how} {entry.prevention} {entry.detection}"):
            found = find_action(name) or condition_key(name) or ("*" in name and expand(name))
            assert found or name in others, (entry.id, name)


# What an engine relies on


def test_a_role_that_is_passed_must_be_one_that_the_service_may_assume() -> None:
    for entry in SOUGHT:
        for right in entry.rights:
            assert bool(right.passed_to) == (right.action == "iam:PassRole"), entry.id
            if not right.passed_to or entry.id == "x-ec2-06":  # Its template has had the profile all along.
                continue
            trusts = [fact for fact in entry.prerequisites if fact.fact.startswith("role_trust")]
            existing = [fact for fact in entry.prerequisites if fact.fact == "resource_exists_with_role"]
            assert trusts or existing, entry.id
            assert right.context["iam:PassedToService"] == right.passed_to


def test_the_data_that_a_technique_needs_are_those_of_its_facts() -> None:
    for entry in techniques():
        assert set(entry.needs) == {"gaad", *(fact.data for fact in entry.prerequisites)}, entry.id
        for fact in entry.prerequisites:
            assert set(fact.parameters) <= FACTS[fact.fact].parameters, (entry.id, fact)
        exist = {
            fact.type
            for fact in entry.prerequisites
            if fact.fact in {"resource_exists", "resource_exists_with_role"}
        }
        assert exist <= set(entry.existing), entry.id


def test_what_only_changes_part_says_which_part() -> None:
    for entry in SOUGHT:
        limited = {
            Effect.USES_USER_FOR: True,
            Effect.ACTS_AS_ROLE: False,
            Effect.BECOMES_ADMINISTRATOR: False,
        }
        if entry.effect in limited:
            assert bool(entry.limited_to) == limited[entry.effect], entry.id
        if entry.effect is Effect.BECOMES_ADMINISTRATOR:
            assert entry.subject is not Subject.NONE
        several = [right for right in entry.rights if right.any_of and entry.effect is Effect.REMOVES_DENY]
        for right in several:
            removed = [fact.removed_by for fact in entry.prerequisites if fact.removed_by]
            assert removed, entry.id
            assert set(removed[0]) == set(right.actions), entry.id


def test_a_variant_is_one_of_a_technique_that_is_looked_for() -> None:
    for entry in techniques():
        if entry.variant_of:
            original = technique(entry.variant_of)
            assert original is not None, entry.id
            assert original.looked_for, entry.id
            assert original.id != entry.id


def test_a_status_other_than_active_has_its_date() -> None:
    for entry in techniques():
        assert bool(re.fullmatch(r"20\d\d-\d\d-\d\d", entry.status_since)) == (
            entry.status is not Status.ACTIVE
        )
        assert entry.status is not Status.RETIRED or entry.left_out


# Texts


def test_every_prerequisite_is_told_with_what_it_asks_for() -> None:
    for entry in techniques():
        for fact in entry.prerequisites:
            text = tell(fact)
            assert text.endswith("."), text
            assert "{" not in text
            for asked in (fact.service, fact.type, fact.state):
                assert asked in text


@pytest.mark.parametrize("entry", SOUGHT, ids=lambda entry: entry.id)
def test_every_technique_is_told_in_full(entry: Technique) -> None:
    assert set(re.findall(r"\{(\w*)\}", entry.sentence)) <= SENTENCE_PLACEHOLDERS
    assert entry.sentence.startswith("{source}")
    assert not entry.sentence.endswith(".")
    if entry.effect in {Effect.ACTS_AS_ROLE, Effect.ACTS_AS_USER, Effect.CALLS_AS_ROLE}:
        assert "{target}" in entry.sentence
    sentences = re.findall(r"[.!?](?:\s|$)", entry.how)
    assert 2 <= len(sentences) <= 5, entry.how
    for text in (entry.how, entry.prevention, entry.detection):
        assert text.endswith(".")
        assert len(text) > 30
    assert entry.commands
    assert len(entry.references) >= 2
    assert all(re.fullmatch(r"https://[\w./?=#-]+", url) for url in entry.references)


def test_no_two_techniques_are_told_alike() -> None:
    for field in ("name", "sentence", "how", "prevention", "detection"):
        texts = Counter(getattr(entry, field) for entry in SOUGHT)
        assert not [text for text, times in texts.items() if times > 1], field


def test_commands_hold_placeholders_and_nobody_s_values() -> None:
    for entry in techniques():
        for command in entry.commands:
            assert not re.search(r"\d{12}|AKIA|ASIA", command), command
            arns = re.findall(r"arn:[^\s]+", command)
            assert all(arn.startswith(("arn:aws:iam::aws:", "arn:aws:eks::aws:")) for arn in arns), command


def test_the_page_of_techniques_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m iam.techniques.page > docs/techniques.md"


def test_the_page_tells_every_technique() -> None:
    text = page()
    for entry in SOUGHT:
        assert f"\n### {entry.id}\n" in text
        assert f"| [{entry.id}](#{entry.id}) |" in text
    for entry in techniques():
        assert entry.looked_for or f"| {entry.id} | {entry.name} | {entry.left_out} |" in text


# Faults in a file

GOOD = """
[[technique]]
id = "a-001"
name = "A"
category = "self-escalation"
services = ["iam"]
gain = "self_policy_change"
effect = "becomes_administrator"
subject = "caller"
needs = ["gaad"]
rights = [{ action = "iam:PutUserPolicy", on = "own_user" }]
prerequisites = [{ fact = "caller_is", data = "gaad", kind = "user" }]
sentence = "{source} does it"
how = '''
One
line.'''
prevention = "."
detection = "."
events = []
commands = []
references = []
"""


def test_a_file_that_is_right_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD)
    (entry,) = read_techniques(tmp_path)
    assert entry.rights == (Right("iam:PutUserPolicy", On.OWN_USER),)
    assert entry.how == "One line."
    assert entry.prerequisites[0].parameters == {"kind": "user"}


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ('name = "A"', 'name = "A"\ncolour = "red"', r"a\.toml, technique 1 \(a-001\): unknown field colour"),
        ('name = "A"', "", "a-001.*missing field name"),
        ('name = "A"', "name = 1", "name must be str, not 1"),
        ('services = ["iam"]', 'services = "iam"', "services must be tuple"),
        ('on = "own_user"', 'on = "moon"', "right: on is one of target_role"),
        ('kind = "user"', 'kinds = "user"', "prerequisite: kinds must be"),
        ('gain = "self_policy_change"', 'gain = "much"', "gain is one of"),
        ('id = "a-001"', 'id = "a-001', r"a\.toml: Illegal character"),
        ("[[technique]]", "[[technic]]", r"only table is \[\[technique\]\]"),
    ],
)
def test_a_fault_in_a_file_is_told_with_its_place(tmp_path: Path, good: str, bad: str, message: str) -> None:
    assert good in GOOD
    (tmp_path / "a.toml").write_text(GOOD.replace(good, bad, 1))
    with pytest.raises(ValueError, match=message):
        read_techniques(tmp_path)


def test_an_id_cannot_be_given_twice(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD + GOOD)
    with pytest.raises(ValueError, match=r"technique 2 \(a-001\): the id is taken"):
        read_techniques(tmp_path)

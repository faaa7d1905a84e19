"""Who can, and can this one, on the built-in organization: the answers that its documentation reasons out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from iam import catalogue
from queries.administrators import administrators, chains_to
from queries.answers import WHO_CAN_COLUMNS
from queries.errors import QuestionError
from queries.snapshot import snapshot_of
from queries.status import status
from queries.what import what_can
from queries.who import can, who_can, who_reaches

if TYPE_CHECKING:
    from graph.connection import Database

EXPECTED: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "loader" / "demo_expectations.json").read_text(encoding="utf-8")
)
PAYSLIP = "arn:aws:s3:::payroll/2026.csv"
USER = "arn:aws:iam::444455556666:user"
ROLE = "arn:aws:iam::444455556666:role"


@pytest.mark.parametrize("asked", EXPECTED["who_can"], ids=lambda each: str(each["action"]))
def test_who_can_answers_as_reasoned(loaded: Database, asked: dict[str, Any]) -> None:
    result = who_can(loaded, asked["action"], asked["resource"])
    assert {each.principal.arn: each.verdict.value for each in result.answers} == {
        each["principal"]: each["verdict"] for each in asked["answers"]
    }


def test_administrators_are_as_reasoned(loaded: Database) -> None:
    found = {each.arn for each in administrators(loaded)}
    assert found == {arn for arns in EXPECTED["administrators"].values() for arn in arns}


def test_the_json_of_who_can_has_the_documented_shape(loaded: Database) -> None:
    result = who_can(loaded, "S3:getobject", PAYSLIP, {"aws:SourceIp": "203.0.113.9"}).as_json()
    assert list(result) == ["question", "answers", "missing"]
    assert result["question"] == {
        "action": "s3:GetObject", "resource": PAYSLIP, "context": {"aws:SourceIp": "203.0.113.9"},
    }  # fmt: skip
    by_principal = {each["principal"]: each for each in result["answers"]}
    answer = by_principal[f"{USER}/claudia.ricci"]
    assert answer.items() >= {
        "type": "user", "name": "claudia.ricci", "account": "444455556666", "action": "s3:GetObject",
        "resource": PAYSLIP, "verdict": "allowed", "conditions": [], "needs": [],
    }.items()  # fmt: skip
    (grant,) = answer["because"]
    assert set(grant) == {"policy", "policy_name", "statement", "sid", "effect", "via"}
    assert (grant["statement"], grant["effect"], grant["via"]) == (1, "Allow", "group finance")
    json.dumps(result)


def test_the_json_of_can_has_the_documented_shape(loaded: Database) -> None:
    result = can(loaded, "selma.krause", "iam:PutUserPolicy", "user/selma.krause").as_json()
    assert {"question", "verdict", "blocked_by", "conditions", "needs", "because", "layers"} <= set(result)
    assert (result["verdict"], result["blocked_by"]) == ("denied", ["boundary"])
    assert result["question"]["principal"] == f"{USER}/selma.krause"
    layers = {each["layer"]: each for each in result["layers"]}
    assert layers["identity"]["result"] == "allowed"
    assert layers["boundary"]["because"][0]["policy_name"] == "AppDeveloperBoundary"


@pytest.mark.parametrize(
    ("principal", "action", "layer"),
    [
        ("felix.arnaud", "iam:AttachUserPolicy", "identity"),
        ("anneke.visser", "iam:CreatePolicyVersion", "identity"),
        ("selma.krause", "iam:PutUserPolicy", "boundary"),
    ],
)
def test_decoys_are_denied_where_the_story_says(
    loaded: Database, principal: str, action: str, layer: str
) -> None:
    resource = "policy/ChangeFreeze" if "Version" in action else f"user/{principal}"
    answer = can(loaded, principal, action, resource).answer
    assert answer.verdict.value == "denied"
    assert layer in [each.value for each in answer.decision.blocked_by]


def test_a_context_key_decides_what_hung_on_it(loaded: Database) -> None:
    def verdict(context: dict[str, str]) -> str:
        return can(loaded, f"{USER}/claudia.ricci", "s3:GetObject", PAYSLIP, context).answer.verdict.value

    assert verdict({}) == "depends"
    assert verdict({"aws:SourceIp": "203.0.113.1"}) == "allowed"
    assert verdict({"aws:SourceIp": "198.51.100.1"}) == "denied"
    assert verdict({"AWS:sourceip": ""}) == "denied"


def test_a_wildcard_action_is_answered_per_action(loaded: Database) -> None:
    one = who_can(loaded, "s3:GetObjectAcl", PAYSLIP).answers
    many = who_can(loaded, "s3:GetObject*", PAYSLIP).answers
    assert {each.action for each in many} > {"s3:GetObject", "s3:GetObjectAcl"}
    assert {each.principal.arn for each in many if each.action == "s3:GetObjectAcl"} == {
        each.principal.arn for each in one
    }


def test_any_object_of_a_bucket(loaded: Database) -> None:
    answers = {
        each.principal.arn: each for each in who_can(loaded, "s3:GetObject", "arn:aws:s3:::payroll/*").answers
    }
    assert f"{USER}/hanne.vik".replace("user/", "user/admin/") in answers
    assert f"{ROLE}/task/payroll-export" in answers


def test_a_wildcard_action_leaves_out_what_does_not_work_on_the_resource(loaded: Database) -> None:
    asked = {each.action for each in who_can(loaded, "s3:*", "arn:aws:s3:::payroll/*").answers}
    assert "s3:GetObject" in asked
    assert "s3:GetBucketAcl" not in asked
    assert "s3:AssociateAccessGrantsIdentityCenter" not in asked
    with pytest.raises(QuestionError, match=r"Did you mean arn:aws:s3:::payroll \?"):
        who_can(loaded, "s3:GetBucketAcl", "arn:aws:s3:::payroll/*")


def test_who_reaches_a_resource_is_whom_its_actions_name(loaded: Database) -> None:
    reaching = {each.principal.arn: each.levels for each in who_reaches(loaded, "arn:aws:s3:::payroll/*")}
    answers = who_can(loaded, "s3:*", "arn:aws:s3:::payroll/*").answers
    assert reaching.keys() == {each.principal.arn for each in answers}
    for answer in answers:
        action = catalogue.find_action(answer.action)
        assert action is not None
        found = reaching[answer.principal.arn][action.access_level].verdict
        assert found == answer.verdict or (found, answer.verdict) == ("allowed", "depends")


def test_without_a_resource_the_answer_says_where(loaded: Database) -> None:
    answers = {each.principal.arn: each for each in who_can(loaded, "s3:GetObject").answers}
    assert any("payroll" in text for text in answers[f"{ROLE}/payroll-processor"].scope.resources)


@pytest.mark.parametrize(
    ("principal", "found"),
    [
        ("mira.solberg", f"{USER}/mira.solberg"),
        ("user/mira.solberg", f"{USER}/mira.solberg"),
        ("MIRA.Solberg", f"{USER}/mira.solberg"),
        ("role/oncall-admin", f"{ROLE}/oncall-admin"),
        ("role/chain/ledger-admin", f"{ROLE}/chain/ledger-admin"),
        ("ledger-admin", f"{ROLE}/chain/ledger-admin"),
        (f"{ROLE}/chain/ledger-admin", f"{ROLE}/chain/ledger-admin"),
    ],
)
def test_a_principal_may_be_named_in_several_ways(loaded: Database, principal: str, found: str) -> None:
    assert can(loaded, principal, "s3:ListAllMyBuckets").question["principal"] == found


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("BreakGlass", "s3:GetObject"), "may mean 2 principals"),
        (("mira.solber", "s3:GetObject"), "user/mira.solberg"),
        (("arn:aws:iam::123456789012:user/x", "s3:GetObject"), "the account 123456789012 is not loaded"),
        (("mira.solberg", "s3:GetObjet"), "s3:GetObject"),
        (("mira.solberg", "S33:*"), "AWS has no action"),
        (("mira.solberg", "*"), "Name a service"),
        (("mira.solberg", "s3:GetObject", "s3://payroll/x"), "arn:aws:s3:::payroll/x"),
        (("mira.solberg", "s3:GetObject", "arn:aws:s3:::payroll"), "arn:aws:s3:::payroll/\\*"),
        (("mira.solberg", "s3:GetObject", "arn:aws:sqs:eu-west-1:444455556666:q"), "does not work on"),
        (("mira.solberg", "s3:GetObject", "arn:aws"), "is no whole ARN"),
        (("mira.solberg", "s3:ListBucket", "payrol"), "arn:aws:s3:::payroll"),
        (("mira.solberg", "s3:ListAllMyBuckets", "arn:aws:s3:::payroll"), "Leave the resource out"),
        (("mira.solberg", "sts:AssumeRole", "role/oncall-admn"), "role/oncall-admin"),
        (("mira.solberg", "iam:AddUserToGroup", "group/nobody"), "No group named 'nobody'"),
    ],
)
def test_what_is_not_known_is_said_with_what_is_nearest(
    loaded: Database, arguments: Any, message: str
) -> None:
    with pytest.raises(QuestionError, match=message):
        can(loaded, *arguments)


def test_resources_may_be_named_by_what_is_loaded(loaded: Database) -> None:
    assert (
        can(loaded, "mira.solberg", "s3:ListBucket", "payroll").question["resource"] == "arn:aws:s3:::payroll"
    )
    assert (
        can(loaded, "mira.solberg", "sts:AssumeRole", "role/oncall-admin").answer.verdict.value == "allowed"
    )
    group = can(loaded, "mira.solberg", "iam:AddUserToGroup", "group/payroll-team").question["resource"]
    assert group == "arn:aws:iam::444455556666:group/payroll-team"


def test_unknown_context_keys_are_warned_of_with_the_nearest(loaded: Database) -> None:
    (warning,) = who_can(loaded, "s3:GetObject", PAYSLIP, {"aws:SorceIp": "1.2.3.4"}).warnings
    assert "aws:SourceIp" in warning


def test_assumed_roles_chain_into_administrators(loaded: Database) -> None:
    found = {
        chain.arns[0]: chain for chain in chains_to(loaded, [each.arn for each in administrators(loaded)])
    }
    assert found[f"{USER}/carla.mendes"].arns[1:] == tuple(
        f"{ROLE}/chain/ledger-{name}" for name in ("reader", "writer", "admin")
    )
    assert found[f"{USER}/break-glass/break-glass-1"].verdict == "depends"


def test_what_a_principal_can_is_told_by_service_and_access_level(loaded: Database) -> None:
    result = what_can(loaded, "payroll-processor")
    assert {(each.service, each.access_level) for each in result.permissions} >= {("s3", "Read")}
    for each in result.permissions:
        direct = can(loaded, "payroll-processor", each.actions[-1]).answer
        assert direct.verdict == each.answer.verdict


def test_a_data_frame_has_one_row_per_answer(loaded: Database) -> None:
    result = who_can(loaded, "s3:GetObject", PAYSLIP)
    frame = result.to_dataframe()
    assert tuple(frame.columns) == WHO_CAN_COLUMNS
    assert len(frame) == len(result.answers)


def test_the_status_says_what_is_loaded_and_what_is_not(loaded: Database) -> None:
    found = status(loaded)
    assert {each.id for each in found.accounts} == set(EXPECTED["administrators"])
    assert "888899990000" in found.not_loaded
    assert any("sagemaker:ListNotebookInstances" in text for text in found.missing)
    assert found.organization == "o-tdwk8f3k2m"


def test_what_was_read_is_kept_until_the_next_load(loaded: Database) -> None:
    from loader.load import load
    from tests.queries.conftest import ORGANIZATION

    before = snapshot_of(loaded)
    assert snapshot_of(loaded) is before
    load(loaded, [ORGANIZATION])
    assert snapshot_of(loaded) is not before
    assert len(who_can(loaded, "s3:GetObject", PAYSLIP).answers) == len(EXPECTED["who_can"][0]["answers"])


def test_narrowing_changes_no_answer(loaded: Database) -> None:
    """What a question reads of the policies is enough: with every policy read it answers the same."""
    from graph.entities import read_estate
    from iam import asking
    from iam.estate import Access

    access = Access(read_estate(loaded))
    for action in ("iam:PassRole", "sts:AssumeRole", "kms:Decrypt", "lambda:InvokeFunction", "s3:ListBucket"):
        narrowed = {
            each.principal.arn: (each.verdict, each.conditions, each.needs, each.scope.resources)
            for each in who_can(loaded, action).answers
        }
        whole = {
            each.principal.arn: (each.verdict, each.conditions, each.needs, each.scope.resources)
            for each in asking.who_can(access, action, None)
        }
        assert narrowed == whole, action

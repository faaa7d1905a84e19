"""Synthetic accounts are what they say they are, and questions answered over them agree with each other.

The agreement is held against the slow evaluator, which reads the export itself, and against decisions taken
one by one with nothing remembered from one to the next.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import mean
from typing import Any

import pytest

from iam import catalogue
from iam.asking import can, who_can
from iam.assume import assumable
from iam.decision import Verdict
from iam.entities import Principal
from iam.estate import Access, Estate
from loader.problems import Report
from loader.sources import read_sources
from tests.iam import reference_evaluator
from tests.synthetic import ACCOUNT, synthetic_account, write_export

# What is told of each request, so that no answer hangs on anything but the policies; other keys are absent.
REQUEST = {
    "aws:MultiFactorAuthPresent": "true",
    "aws:SourceIp": "203.0.113.9",
    "aws:RequestedRegion": "eu-west-1",
    "aws:ViaAWSService": "false",
    "kms:ViaService": "s3.eu-west-1.amazonaws.com",
    "iam:PassedToService": "lambda.amazonaws.com",
    "s3:prefix": "reports/",
}
ABSENT = (
    "s3:x-amz-server-side-encryption", "aws:ResourceTag/team", "ec2:ResourceTag/team", "sts:ExternalId",
    "aws:SourceAccount", "aws:PrincipalTag/missing", "aws:PrincipalOrgID",
)  # fmt: skip
SEED = 4
SOMEBODY = synthetic_account(60, SEED)["UserDetailList"][3]["UserName"]
QUESTIONS = [
    ("s3:GetObject", f"arn:aws:s3:::acme-home/{SOMEBODY}/notes"),
    ("s3:GetObject", "arn:aws:s3:::acme-orders-prod-data/exports/2026.csv"),
    ("s3:GetObject", "arn:aws:s3:::acme-payroll-2026/list.csv"),
    ("s3:PutObject", "arn:aws:s3:::acme-payments-dev-data/a/b"),
    ("s3:DeleteBucket", "arn:aws:s3:::acme-payments-prod-data"),
    ("s3:ListBucket", "arn:aws:s3:::acme-payments-staging-data"),
    ("dynamodb:GetItem", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/payments-carts"),
    ("dynamodb:Scan", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/orders-carts"),
    ("dynamodb:DeleteTable", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders-carts"),
    ("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{ACCOUNT}:payments-events"),
    ("lambda:InvokeFunction", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:orders-import"),
    ("ec2:TerminateInstances", f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-0123456789abcdef0"),
    ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/service/payments-lambda-3"),
    ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:payments/db-1"),
    ("sts:AssumeRole", "arn:aws:iam::444455556666:role/deploy"),
]  # fmt: skip


@pytest.fixture(scope="module")
def export() -> dict[str, Any]:
    """A small account in which teams differ, and roles that let in some of the account only."""
    made = synthetic_account(60, seed=SEED)
    trusts = json.dumps([each["AssumeRolePolicyDocument"] for each in made["RoleDetailList"]])
    assert "aws:PrincipalTag/team" in trusts
    assert "aws:PrincipalArn" in trusts
    return made


@pytest.fixture(scope="module")
def estate(export: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return read(export, tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def larger() -> dict[str, Any]:
    return synthetic_account(500, seed=3)


def read(export: dict[str, Any], folder: Path) -> Estate:
    report = Report()
    estate = read_sources([write_export(folder, export)], report).estate
    assert report.warnings == []
    return estate


def entities(export: dict[str, Any]) -> list[dict[str, Any]]:
    return [*export["UserDetailList"], *export["RoleDetailList"]]


def documents(export: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for kind in ("User", "Group", "Role"):
        for holder in export[f"{kind}DetailList"]:
            yield from (each["PolicyDocument"] for each in holder[f"{kind}PolicyList"])
    for policy in export["Policies"]:
        if ":aws:policy/" not in policy["Arn"]:
            yield from (each["Document"] for each in policy["PolicyVersionList"])


# ---------------------------------------------------------------- the account itself


def test_the_same_seed_gives_the_same_account_and_another_seed_another() -> None:
    first = json.dumps(synthetic_account(60, seed=SEED))
    assert json.dumps(synthetic_account(60, seed=SEED)) == first
    assert json.dumps(synthetic_account(60, seed=SEED + 1)) != first


@pytest.mark.parametrize("size", [10, 61, 500])
def test_it_has_as_many_principals_as_asked_for_each_with_its_own_arn(size: int) -> None:
    arns = [each["Arn"] for each in entities(synthetic_account(size, seed=5))]
    assert len(set(map(str.lower, arns))) == len(arns) == size


def test_nine_principals_are_too_few() -> None:
    with pytest.raises(ValueError, match="ten principals"):
        synthetic_account(9, seed=1)


def test_everything_it_names_is_in_it(larger: dict[str, Any]) -> None:
    policies = {each["Arn"] for each in larger["Policies"]}
    groups = {each["GroupName"] for each in larger["GroupDetailList"]}
    for holder in (*entities(larger), *larger["GroupDetailList"]):
        assert {each["PolicyArn"] for each in holder["AttachedManagedPolicies"]} <= policies
        assert set(holder.get("GroupList", ())) <= groups
        if "PermissionsBoundary" in holder:
            assert holder["PermissionsBoundary"]["PermissionsBoundaryArn"] in policies
    for policy in larger["Policies"]:
        [default] = [each for each in policy["PolicyVersionList"] if each["IsDefaultVersion"]]
        assert policy["DefaultVersionId"] == default["VersionId"]


def test_a_written_account_reads_without_a_warning_as_file_folder_and_gzip(
    export: dict[str, Any], tmp_path: Path
) -> None:
    written = [write_export(tmp_path / name, export) for name in ("a.json", "b.json.gz", "folder")]
    assert written[2] == tmp_path / "folder" / "accounts" / ACCOUNT / "authorization-details.json"
    assert json.loads(gzip.decompress(written[1].read_bytes())) == export
    for path in (written[0], written[1], tmp_path / "folder"):
        report = Report()
        loaded = read_sources([path], report)
        assert list(loaded.estate.accounts) == [ACCOUNT]
        assert report.warnings == []


def test_about_ten_policies_bear_on_a_principal_and_one_in_seven_is_capped(
    larger: dict[str, Any], tmp_path: Path
) -> None:
    estate = read(larger, tmp_path)
    access = Access(estate)
    people = [each for each in estate.accounts[ACCOUNT].principals.values() if each.type in ("user", "role")]
    linked = [each for each in people if each.service_linked]
    assert 9 < mean(len(access.holdings(each)) for each in people if not each.service_linked) < 12
    assert all(access.holdings(each) == () for each in linked)
    assert 0.1 < mean(bool(each.boundary) for each in people) < 0.2


def test_statements_are_of_every_kind(larger: dict[str, Any]) -> None:
    statements: list[dict[str, Any]] = []
    for document in documents(larger):
        listed = document["Statement"]
        statements += listed if isinstance(listed, list) else [listed]
    text = json.dumps(statements)
    assert {"Allow", "Deny"} == {each["Effect"] for each in statements}
    assert 0.05 < mean(each["Effect"] == "Deny" for each in statements) < 0.25
    assert 0.1 < mean("Condition" in each for each in statements) < 0.4
    for element in ("NotAction", "NotResource"):
        assert any(element in each and each["Effect"] == "Allow" for each in statements), element
        assert any(element in each and each["Effect"] == "Deny" for each in statements), element
    for part in (
        "${aws:username}", "${aws:PrincipalTag/team}", "aws:SourceIp", "aws:RequestedRegion",
        "aws:MultiFactorAuthPresent", "iam:PassedToService", "s3:*Object*", "eu-west-?",
    ):  # fmt: skip
        assert part in text, part


def test_roles_are_trusted_in_every_way(larger: dict[str, Any]) -> None:
    trusts = [each["AssumeRolePolicyDocument"]["Statement"][0] for each in larger["RoleDetailList"]]
    named = [json.dumps(each["Principal"]) for each in trusts]
    for part in (
        "lambda.amazonaws.com", "ec2.amazonaws.com", f"{ACCOUNT}:root", "111122223333", ":role/teams/",
        ":user/", "oidc-provider/token", "oidc-provider/oidc.eks", "saml-provider",
    ):  # fmt: skip
        assert any(part in each for each in named), part
    assert any("sts:ExternalId" in json.dumps(each) for each in trusts)
    assert any(each["InstanceProfileList"] for each in larger["RoleDetailList"])
    assert any(each["Path"].startswith("/aws-service-role/") for each in larger["RoleDetailList"])


def test_assumable_roles_grow_with_the_account_and_not_with_its_square(tmp_path: Path) -> None:
    pairs = {
        size: sum(1 for _ in assumable(Access(read(synthetic_account(size, seed=2), tmp_path / str(size)))))
        for size in (100, 400)
    }
    assert 3 * 100 < pairs[100] < 20 * 100
    assert 12 * 400 < pairs[400] < 30 * 400


def test_in_a_dense_account_most_users_may_assume_most_of_peoples_roles(tmp_path: Path) -> None:
    dense = synthetic_account(120, seed=2, dense=True)
    pairs = sum(1 for _ in assumable(Access(read(dense, tmp_path))))
    assert pairs > 48 * 48 * 0.7


# ---------------------------------------------------------------- answers over it


def test_who_can_agrees_with_the_slow_evaluator_on_the_export(export: dict[str, Any], estate: Estate) -> None:
    """Everything is told of the request, so each principal is allowed or is not."""
    context = {**REQUEST, **dict.fromkeys(ABSENT, "")}
    asked = allowed = 0
    for action, resource in QUESTIONS:
        found = {
            each.principal.arn: each.verdict for each in who_can(Access(estate, context), action, resource)
        }
        for entity in entities(export):
            expected = reference_evaluator.decide(case(export, entity, action, resource))
            asked += 1
            if entity["Arn"] in found and action == "sts:AssumeRole":
                # the other account's trust policy isn't loaded, which the slow evaluator can't leave open
                assert found[entity["Arn"]] is Verdict.DEPENDS
                continue
            allowed += expected == reference_evaluator.ALLOWED
            verdict = found.get(entity["Arn"], Verdict.DENIED)
            assert (verdict is Verdict.ALLOWED) == (expected == reference_evaluator.ALLOWED), (
                entity["Arn"], action, resource, verdict, expected,
            )  # fmt: skip
            assert verdict is not Verdict.DEPENDS
    assert asked == 60 * len(QUESTIONS)
    assert 100 < allowed < asked / 2


def case(export: dict[str, Any], entity: dict[str, Any], action: str, resource: str) -> dict[str, Any]:
    """The request as a case with whole policies and a whole context, made from the export's own JSON."""
    texts = {
        policy["Arn"]: version["Document"]
        for policy in export["Policies"]
        for version in policy["PolicyVersionList"]
        if version["IsDefaultVersion"]
    }
    kind = "User" if "UserName" in entity else "Role"
    name = entity[f"{kind}Name"]
    groups = [each for each in export["GroupDetailList"] if each["GroupName"] in entity.get("GroupList", ())]
    tags = {f"aws:PrincipalTag/{each['Key']}": each["Value"] for each in entity["Tags"]}
    own = {"aws:username": name} if kind == "User" else {}
    context = {**REQUEST, **tags, **own, "aws:PrincipalArn": entity["Arn"], "aws:PrincipalAccount": ACCOUNT}
    boundary = entity.get("PermissionsBoundary")
    known = catalogue.find_action(action)
    assert known is not None
    return {
        "request": {
            "action": action,
            "resource": resource,
            "principal": entity["Arn"] if kind == "User" else f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/s",
            "context": context,
        },
        "wildcardOnlyAction": not known.resource_level,
        "identityPolicies": held(entity, kind, texts),
        "groupPolicies": [{"policies": held(each, "Group", texts)} for each in groups],
        "permissionBoundary": boundary and [{"policy": texts[boundary["PermissionsBoundaryArn"]]}],
    }


def held(holder: dict[str, Any], kind: str, texts: dict[str, Any]) -> list[dict[str, Any]]:
    attached = (texts[each["PolicyArn"]] for each in holder["AttachedManagedPolicies"])
    inline = (each["PolicyDocument"] for each in holder[f"{kind}PolicyList"])
    return [{"policy": each} for each in (*attached, *inline)]


def test_who_can_and_can_agree_on_open_requests(estate: Estate) -> None:
    """`who_can` remembers what policies say to all; `can` asks about one principal alone, from nothing."""
    r = Random(7)  # noqa: S311 - to be repeated
    principals = [each for each in estate.principals() if each.loaded]
    questions = [
        *QUESTIONS,
        ("s3:GetObject", "arn:aws:s3:::acme-payments-*"),
        ("ec2:DescribeInstances", None),
    ]
    for action, resource in questions:
        found = {each.principal.arn: each for each in who_can(Access(estate), action, resource)}
        for principal in r.sample(principals, 12):
            alone = can(Access(estate), principal, action, resource)
            among = found.get(principal.arn)
            if among is None:
                assert alone.verdict is Verdict.DENIED, (principal.arn, action, resource)
            else:
                assert alone.as_json() == among.as_json()


def test_assumable_is_what_can_says_of_every_principal_and_role(estate: Estate) -> None:
    roles = [each for each in estate.principals() if each.trust is not None]
    found = {(each.principal, each.role): each.decision for each in assumable(Access(estate))}
    pairs = 0
    for role in roles:
        for principal in callers(estate, role):
            alone = can(Access(estate), principal, "sts:AssumeRole", role.arn)
            among = found.pop((principal.arn, role.arn), None)
            pairs += alone.verdict is not Verdict.DENIED
            assert (among.verdict if among else Verdict.DENIED) is alone.verdict, (principal.arn, role.arn)
            if among is not None:
                assert among.conditions == alone.conditions
                assert among.needs == alone.needs
                assert sorted(map(str, (each.as_json() for each in among.because))) == sorted(
                    map(str, (each.as_json() for each in alone.because))
                )
    assert pairs > 150
    assert all(":oidc-provider/" in who or ":saml-provider/" in who for who, _ in found)


def callers(estate: Estate, role: Principal) -> list[Principal]:
    """All who call sts:AssumeRole itself, but for the role (whose sessions are it already)."""
    return [each for each in estate.principals() if each.type != "federated" and each.arn != role.arn]

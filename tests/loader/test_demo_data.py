"""The built-in organization is as consistent as an export from AWS, and so are its expected answers."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iam.catalogue import expand
from iam.document import PolicyKind, read_document
from iam.managed_policies import managed_policy
from loader.demo import FOLDER, build, names

ACCOUNTS = [names.MANAGEMENT, names.PRODUCTION, names.DEVELOPMENT, names.SECURITY, names.TOOLING]
COLLECTED = [account for account in ACCOUNTS if account != names.DEVELOPMENT]
LISTS = {
    "User": "UserDetailList",
    "Group": "GroupDetailList",
    "Role": "RoleDetailList",
}
# Characters without white space that AWS allows a holder's inline policies to have together.
INLINE_LIMIT = {"User": 2048, "Group": 5120, "Role": 10_240}


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def details(account: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = read(f"accounts/{account}/authorization-details.json")
    return found


def resources(account: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = read(f"accounts/{account}/resources.json")
    return found


def holders(account: str) -> Iterator[tuple[str, dict[str, Any]]]:
    export = details(account)
    for kind, name in LISTS.items():
        for holder in export[name]:
            yield kind, holder


def principals(account: str) -> set[str]:
    return {holder["Arn"] for kind, holder in holders(account) if kind != "Group"}


def size(document: Any) -> int:
    return len(re.sub(r"\s", "", json.dumps(document)))


def documents(account: str) -> Iterator[tuple[str, PolicyKind, Any]]:
    for kind, holder in holders(account):
        for policy in holder.get(f"{kind}PolicyList", []):
            yield holder["Arn"], PolicyKind.IDENTITY, policy["PolicyDocument"]
        if kind == "Role":
            yield holder["Arn"], PolicyKind.TRUST, holder["AssumeRolePolicyDocument"]
    for policy in details(account)["Policies"]:
        for version in policy["PolicyVersionList"]:
            yield policy["Arn"], PolicyKind.IDENTITY, version["Document"]


def test_the_committed_files_are_what_the_build_makes(tmp_path: Path) -> None:
    build.main(tmp_path / "organization")
    made = {path.relative_to(tmp_path / "organization") for path in tmp_path.rglob("*.*")}
    assert made == {path.relative_to(FOLDER) for path in FOLDER.rglob("*.*")}
    for name in made:
        assert (tmp_path / "organization" / name).read_bytes() == (FOLDER / name).read_bytes(), name


def test_it_stays_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*.*")) < 600_000


def test_production_is_a_believable_size() -> None:
    assert 110 <= len(principals(names.PRODUCTION)) <= 145
    for account in ACCOUNTS:
        assert len(principals(account)) >= 10, account


@pytest.mark.parametrize("account", ACCOUNTS)
def test_every_attached_policy_and_boundary_exists(account: str) -> None:
    own = {policy["Arn"] for policy in details(account)["Policies"]}
    for _, holder in holders(account):
        arns = [policy["PolicyArn"] for policy in holder["AttachedManagedPolicies"]]
        if "PermissionsBoundary" in holder:
            arns.append(holder["PermissionsBoundary"]["PermissionsBoundaryArn"])
        for arn in arns:
            assert arn in own or managed_policy(arn), f"{holder['Arn']} holds {arn}, which is nowhere"


@pytest.mark.parametrize("account", ACCOUNTS)
def test_what_the_export_says_of_an_aws_managed_policy_is_what_aws_says(account: str) -> None:
    for policy in details(account)["Policies"]:
        known = managed_policy(policy["Arn"])
        if known is None:
            assert policy["Arn"].startswith(f"arn:aws:iam::{account}:policy/")
            continue
        [document] = [version["Document"] for version in policy["PolicyVersionList"]]
        assert _actions(document) == _actions(known.document), policy["Arn"]
        assert policy["Path"] == known.path


def _actions(document: Any) -> set[str]:
    statements = document["Statement"]
    found: set[str] = set()
    for statement in statements if isinstance(statements, list) else [statements]:
        action = statement["Action"]
        found |= {action} if isinstance(action, str) else set(action)
    return found


@pytest.mark.parametrize("account", ACCOUNTS)
def test_attachment_counts_are_right(account: str) -> None:
    held = [
        policy["PolicyArn"] for _, holder in holders(account) for policy in holder["AttachedManagedPolicies"]
    ]
    for policy in details(account)["Policies"]:
        assert policy["AttachmentCount"] == held.count(policy["Arn"]), policy["Arn"]


@pytest.mark.parametrize("account", ACCOUNTS)
def test_members_groups_exist(account: str) -> None:
    groups = {group["GroupName"] for group in details(account)["GroupDetailList"]}
    joined = {name for user in details(account)["UserDetailList"] for name in user["GroupList"]}
    assert joined == groups


@pytest.mark.parametrize("account", ACCOUNTS)
def test_arns_and_ids_are_unique_and_well_formed(account: str) -> None:
    prefixes = {"User": "AIDA", "Group": "AGPA", "Role": "AROA"}
    arns, ids = [], []
    for kind, holder in holders(account):
        name = holder[f"{kind}Name"]
        assert holder["Arn"] == f"arn:aws:iam::{account}:{kind.lower()}{holder['Path']}{name}"
        assert re.fullmatch(prefixes[kind] + "[A-Z2-7]{17}", holder[f"{kind}Id"])
        arns.append(holder["Arn"].lower())
        ids.append(holder[f"{kind}Id"])
    assert len(set(arns)) == len(arns)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("account", ACCOUNTS)
def test_instance_profiles_hold_their_role(account: str) -> None:
    roles = {role["Arn"]: role for role in details(account)["RoleDetailList"]}
    profiles = {
        profile["Arn"]: [role["Arn"] for role in profile["Roles"]]
        for role in roles.values()
        for profile in role["InstanceProfileList"]
    }
    assert all(set(held) <= set(roles) and len(held) == 1 for held in profiles.values())
    if account in COLLECTED:
        for resource in resources(account):
            if resource["type"] == "AWS::EC2::Instance":
                assert profiles[resource["details"]["instance_profile"]] == [resource["role"]]


@pytest.mark.parametrize("account", ACCOUNTS)
def test_trust_names_only_principals_that_exist(account: str) -> None:
    known = set().union(*(principals(each) for each in ACCOUNTS))
    for role in details(account)["RoleDetailList"]:
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            principal = statement["Principal"]
            named = principal.get("AWS", []) if isinstance(principal, dict) else []
            for arn in [named] if isinstance(named, str) else named:
                inside = arn.split(":")[4] in ACCOUNTS if arn != "*" else False
                assert not inside or arn.endswith(":root") or arn in known, f"{role['Arn']} trusts {arn}"


@pytest.mark.parametrize("account", ACCOUNTS)
def test_documents_are_policies_within_the_limits_of_aws(account: str) -> None:
    for owner, kind, document in documents(account):
        assert read_document(document, kind).valid, owner
        assert kind is not PolicyKind.TRUST or size(document) <= 2048, owner
    for kind_of_holder, holder in holders(account):
        inline = sum(
            size(policy["PolicyDocument"]) for policy in holder.get(f"{kind_of_holder}PolicyList", [])
        )
        assert inline <= INLINE_LIMIT[kind_of_holder], holder["Arn"]
        assert len(holder["AttachedManagedPolicies"]) <= 10, holder["Arn"]
    for policy in details(account)["Policies"]:
        assert all(size(version["Document"]) <= 6144 for version in policy["PolicyVersionList"])
        assert len(policy["PolicyVersionList"]) <= 5
    for user in details(account)["UserDetailList"]:
        assert len(user["GroupList"]) <= 10


@pytest.mark.parametrize("account", COLLECTED)
def test_the_credential_report_speaks_of_the_users(account: str) -> None:
    text = (FOLDER / f"accounts/{account}/credential-report.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    users = {user["Arn"] for user in details(account)["UserDetailList"]}
    assert {row["arn"] for row in rows} == users | {f"arn:aws:iam::{account}:root"}
    assert rows[0]["user"] == "<root_account>"
    assert all(None not in row and None not in row.values() for row in rows)


@pytest.mark.parametrize("account", COLLECTED)
def test_resources_have_the_fields_of_the_layout_and_existing_roles(account: str) -> None:
    fields = ["arn", "type", "name", "account", "region", "role", "policy", "tags", "details"]
    roles = {role["Arn"] for role in details(account)["RoleDetailList"]}
    found = resources(account)
    assert len({resource["arn"] for resource in found}) == len(found)
    for resource in found:
        assert list(resource) == fields
        assert resource["account"] == account
        assert resource["role"] is None or resource["role"] in roles
        if resource["policy"]:
            assert read_document(resource["policy"], PolicyKind.RESOURCE).valid, resource["arn"]
            assert size(resource["policy"]) <= 20_480


def test_where_the_collector_was_refused_the_part_is_missing_and_the_manifest_says_so() -> None:
    assert sorted(path.name for path in (FOLDER / "accounts").iterdir()) == sorted(ACCOUNTS)
    assert [path.name for path in (FOLDER / f"accounts/{names.DEVELOPMENT}").iterdir()] == [
        "authorization-details.json"
    ]
    refused = {(entry["account"], entry["part"]) for entry in read("manifest.json")["refused"]}
    assert {(names.DEVELOPMENT, "resources.json"), (names.DEVELOPMENT, "credential-report.csv")} <= refused


def test_the_organizations_tree_and_its_policies_fit_together() -> None:
    organization = read("organization.json")
    units = {unit["id"] for unit in organization["organizational_units"]} | {names.ROOT}
    accounts = {account["id"] for account in organization["accounts"]}
    children = [*organization["organizational_units"], *organization["accounts"]]
    assert accounts == set(ACCOUNTS)
    assert all(child["parent_id"] in units for child in children)
    kinds = {
        "SERVICE_CONTROL_POLICY": PolicyKind.SERVICE_CONTROL,
        "RESOURCE_CONTROL_POLICY": PolicyKind.RESOURCE_CONTROL,
    }
    for kind, document_kind in kinds.items():
        policies = [policy for policy in organization["policies"] if policy["type"] == kind]
        allowing = {
            target
            for policy in policies
            if any(statement["Effect"] == "Allow" for statement in policy["content"]["Statement"])
            for target in policy["targets"]
        }
        assert allowing == units | accounts, (
            f"a level without an Allow would stop everything below it ({kind})"
        )
        for policy in policies:
            assert policy["aws_managed"] or read_document(policy["content"], document_kind).valid
            assert size(policy["content"]) <= 5120


def test_identity_center_speaks_of_the_accounts_roles() -> None:
    center = read("identity-center.json")
    sets = {item["arn"]: item["name"] for item in center["permission_sets"]}
    groups = {group["id"] for group in center["groups"]}
    people = {person["id"] for person in center["people"]}
    assert {member for group in center["groups"] for member in group["members"]} <= people
    provisioned = {
        (account, role["RoleName"].split("_")[1])
        for account in ACCOUNTS
        for role in details(account)["RoleDetailList"]
        if role["Path"].startswith("/aws-reserved/sso.amazonaws.com/")
    }
    assigned = {(item["account"], sets[item["permission_set"]]) for item in center["assignments"]}
    assert {item["principal_id"] for item in center["assignments"]} <= groups
    assert assigned == provisioned


def test_there_are_slips_to_find_as_in_real_accounts() -> None:
    found = {
        action for account in ACCOUNTS for _, _, document in documents(account) for action in _named(document)
    }
    assert not expand("s3:GetObjects")
    assert not expand("sqs:SendMesage")
    assert {"s3:GetObjects", "sqs:SendMesage"} <= found
    versions = {document.get("Version") for _, _, document in documents(names.PRODUCTION)}
    assert versions == {None, "2008-10-17", "2012-10-17"}


def _named(document: Any) -> set[str]:
    found: set[str] = set()
    for statement in document["Statement"]:
        action = statement.get("Action", [])
        found |= {action} if isinstance(action, str) else set(action)
    return found


def test_the_expected_answers_speak_of_what_is_there() -> None:
    expected = json.loads(Path(__file__).with_name("demo_expectations.json").read_text(encoding="utf-8"))
    known = set().union(*(principals(account) for account in ACCOUNTS))
    known |= {f"arn:aws:iam::{account}:root" for account in ACCOUNTS}
    administrators = {arn for arns in expected["administrators"].values() for arn in arns}
    assert administrators <= known
    assert all(
        arn.split(":")[4] == account for account, arns in expected["administrators"].items() for arn in arns
    )
    for question in expected["who_can"]:
        answered = {answer["principal"] for answer in question["answers"]}
        assert answered <= known
        assert {item["principal"] for item in question["denied"]} <= known - answered
    sources = {path["source"] for path in expected["paths"]}
    assert sources <= known - administrators, "administrators are no sources"
    for path in expected["paths"]:
        ends = [path["source"], *(hop["to"] for hop in path["hops"])]
        assert [hop["from"] for hop in path["hops"]] == ends[:-1]
        assert path["target"] == ends[-1]
        assert path["target"] in administrators or path["target"].removeprefix("administrator:") in ACCOUNTS
        assert (path["verdict"] == "depends") == ("conditions" in path or "needs" in path)
    decoys = {decoy["principal"] for decoy in expected["decoys"]}
    assert decoys <= known - sources
    assert set(expected["choke_point"]["cuts_sources"]) <= sources

"""Every query of the library, run on every server, on the built-in organization."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from queries.library import library, run_query

if TYPE_CHECKING:
    from graph.connection import Database

PRODUCTION = "444455556666"
USER = f"arn:aws:iam::{PRODUCTION}:user"
ROLE = f"arn:aws:iam::{PRODUCTION}:role"

EXAMPLES: dict[str, dict[str, object]] = {
    "action-statements": {"action": "s3:GetObject"},
    "assumable-roles": {"principal": "carla.mendes"},
    "policy-holders": {"policy": "AdministratorAccess"},
    "policy-statements": {"policy": "PayrollDesk"},
    "principal-policies": {"principal": "birgit.stahl"},
    "reach": {"principal": "carla.mendes"},
    "who-can-assume": {"role": "oncall-admin"},
    "who-can-become": {"principal": "platform-automation"},
    "wildcard": {"pattern": "S3:get*"},
}


def rows(database: Database, name: str, **parameters: object) -> list[dict[str, Any]]:
    table = run_query(database, name, parameters)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


@pytest.mark.parametrize("name", sorted(library()))
def test_a_query_gives_the_columns_that_its_head_names(loaded: Database, name: str) -> None:
    table = run_query(loaded, name, EXAMPLES.get(name, {}))
    assert table.columns == [column.name for column in library()[name].columns]


def test_every_required_parameter_has_an_example_here() -> None:
    needing = {name for name, query in library().items() if any(p.required for p in query.parameters)}
    assert needing == set(EXAMPLES)


def test_accounts_loaded_and_only_referred_to(loaded: Database) -> None:
    found = {row["account"]: row for row in rows(loaded, "accounts")}
    assert {each for each, row in found.items() if row["loaded"]} == {
        "111122223333", "222233334444", PRODUCTION, "555566667777", "777788889999",
    }  # fmt: skip
    assert found[PRODUCTION]["name"] == "Tidewick Production"
    assert found["888899990000"]["loaded_at"] is None


def test_members_of_a_group(loaded: Database) -> None:
    found = rows(loaded, "group-members", group="payroll-team")
    assert {row["user"] for row in found} == {"birgit.stahl", "jana.novotna", "olu.adeyemi", "peer.holgersen"}


def test_policies_of_a_principal_include_its_groups(loaded: Database) -> None:
    found = {
        (row["via"], row["name"]) for row in rows(loaded, "principal-policies", principal="birgit.stahl")
    }
    assert {("group payroll-team", "PayrollDesk"), ("group payroll-team", "only-with-mfa")} <= found


def test_holders_of_a_policy_include_members_of_groups(loaded: Database) -> None:
    found = {
        (row["principal"], row["via"]) for row in rows(loaded, "policy-holders", policy="AdministratorAccess")
    }
    assert (f"{USER}/admin/hanne.vik", "group administrators") in found
    assert (f"{ROLE}/oncall-admin", "permissions") in found


def test_statements_of_a_policy(loaded: Database) -> None:
    (found,) = rows(loaded, "policy-statements", policy="PayrollDesk")
    assert found["effect"] == "Allow"
    assert found["actions"] == ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]


def test_roles_that_trust_other_accounts(loaded: Database) -> None:
    found = {(row["role"], row["account"]): row for row in rows(loaded, "trust-outside")}
    vendor = found[f"{ROLE}/partners/lanternbug-monitoring", "666677778888"]
    assert (vendor["known"], vendor["conditions"]) == (False, None)
    bureau = found[f"{ROLE}/partners/brightquay-payroll", "888899990000"]
    assert json.loads(bureau["conditions"]) == {"StringEquals": {"sts:ExternalId": "tidewick-7f21c9"}}
    inside = found[f"{ROLE}/OrganizationAccountAccessRole", "111122223333"]
    assert inside["known"] is True
    assert all(row["role"].split(":")[4] != account for (_, account), row in found.items())


def test_roles_that_trust_a_provider(loaded: Database) -> None:
    found = {row["role"]: row for row in rows(loaded, "trust-federated")}
    deploy = found["arn:aws:iam::555566667777:role/ci-deploy"]
    assert deploy["provider"].endswith(":oidc-provider/token.actions.githubusercontent.com")
    assert deploy["actions"] == ["sts:AssumeRoleWithWebIdentity"]
    assert "repo:tidewick*" in deploy["conditions"]


def test_roles_that_trust_anyone(loaded: Database) -> None:
    (found,) = rows(loaded, "trust-anyone")
    assert found["role"] == "arn:aws:iam::777788889999:role/shared-build-cache"
    assert "aws:PrincipalOrgID" in found["conditions"]


def test_roles_of_a_service(loaded: Database) -> None:
    found = rows(loaded, "service-roles", service="lambda.amazonaws.com")
    assert f"{ROLE}/platform-automation" in {row["role"] for row in found}
    assert {row["service"] for row in found} == {"lambda.amazonaws.com"}


def test_service_linked_roles(loaded: Database) -> None:
    found = rows(loaded, "service-linked-roles")
    assert found
    assert all(":role/aws-service-role/" in row["role"] for row in found)


def test_who_can_assume_a_role(loaded: Database) -> None:
    found = {row["principal"]: row for row in rows(loaded, "who-can-assume", role="oncall-admin")}
    assert found[f"{USER}/mira.solberg"]["verdict"] == "allowed"
    breaking = {row["principal"]: row for row in rows(loaded, "who-can-assume", role=f"{ROLE}/BreakGlass")}
    first = breaking[f"{USER}/break-glass/break-glass-1"]
    assert first["verdict"] == "depends"
    assert any("aws:MultiFactorAuthPresent" in text for text in first["conditions"])


def test_roles_that_a_principal_can_assume(loaded: Database) -> None:
    found = rows(loaded, "assumable-roles", principal="carla.mendes")
    assert f"{ROLE}/chain/ledger-reader" in {row["role"] for row in found}


def test_statements_that_bear_on_an_action_through_wildcards(loaded: Database) -> None:
    found = rows(loaded, "action-statements", action="s3:GetObject")
    patterns = {row["pattern"] for row in found}
    assert {"s3:GetObject", "s3:Get*", "*"} <= patterns
    assert {row["effect"] for row in found} == {"Allow", "Deny"}


def test_statements_that_allow_everything(loaded: Database) -> None:
    found = {row["statement"]: row for row in rows(loaded, "allow-everything")}
    assert found["arn:aws:iam::aws:policy/AdministratorAccess#1"]["holders"] >= 8


def test_allow_with_not_action(loaded: Database) -> None:
    assert "provision" in {row["policy"] for row in rows(loaded, "allow-not-action")}


def test_boundaries_in_use(loaded: Database) -> None:
    found = {row["name"]: row for row in rows(loaded, "boundaries")}
    assert found["selma.krause"]["boundary"] == "AppDeveloperBoundary"


def test_policies_attached_to_nobody(loaded: Database) -> None:
    found = {row["policy"] for row in rows(loaded, "unattached-policies")}
    for policy in found:
        assert not loaded.read("MATCH (o:Policy {id: $id})<-[:ATTACHED]-(x) RETURN x LIMIT 1", id=policy)
    every = {
        row["id"]
        for row in loaded.read("MATCH (o:Managed) WHERE o.managed_by_aws = false RETURN o.id AS id")
        if not loaded.read("MATCH (o:Policy {id: $id})<-[:ATTACHED]-(x) RETURN x LIMIT 1", id=row["id"])
    }
    assert found == every


def test_statements_that_hang_on_a_condition_key(loaded: Database) -> None:
    found = rows(loaded, "conditions", key="AWS:sourceip")
    assert "payroll-from-the-office" in {row["policy"] for row in found}
    assert all("aws:SourceIp" in row["condition"] for row in found)
    assert len(rows(loaded, "conditions")) > len(found)


def test_what_a_wildcard_stands_for(loaded: Database) -> None:
    found = {row["action"] for row in rows(loaded, "wildcard", pattern="S3:get*")}
    assert "s3:GetObject" in found
    assert all(name.startswith("s3:Get") for name in found)


def test_principals_outside(loaded: Database) -> None:
    found = {row["principal"]: row["roles"] for row in rows(loaded, "external-principals")}
    assert found["arn:aws:iam::999900001111:role/testers"] == 1


def test_resources_with_policies(loaded: Database) -> None:
    found = {row["resource"]: row for row in rows(loaded, "resource-policies", type="AWS::S3::Bucket")}
    assert found["arn:aws:s3:::payroll"]["statements"] == 3
    assert {row["type"] for row in found.values()} == {"AWS::S3::Bucket"}


def test_scps_and_rcps_over_an_account(loaded: Database) -> None:
    found = {(row["as"], row["name"]) for row in rows(loaded, "account-scps", account="777788889999")}
    assert {
        ("scp", "NoNewCredentials"),
        ("scp", "StayInTheOrganization"),
        ("rcp", "RCPFullAWSAccess"),
    } <= found
    assert ("scp", "OnlyInEurope") not in found


def test_what_the_export_could_not_say_is_listed_as_a_warning(loaded: Database) -> None:
    found = rows(loaded, "warnings")
    assert any(row["id"].endswith(":policy/projects/2024/PayrollMigration") for row in found)

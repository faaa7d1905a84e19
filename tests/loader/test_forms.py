"""Every form in which an account's export may come, read to the same account."""

from __future__ import annotations

import base64
import gzip
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from iam.entities import Account, PrincipalType
from loader.problems import BadInput, Report
from loader.sources import read_sources
from tests.loader.support import (
    ACCOUNT,
    allow,
    arn,
    attached,
    export,
    group,
    inline,
    managed,
    plain,
    policy_document,
    role,
    user,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

POLICY = arn("policy", "reader")


def whole() -> dict[str, Any]:
    return export(
        users=[
            user(
                "ann",
                GroupList=["devs"],
                AttachedManagedPolicies=[attached(POLICY)],
                UserPolicyList=[inline("own", allow("sqs:*"))],
                Tags=[{"Key": "team", "Value": "a/b ü"}],
            )
        ],
        groups=[group("devs", GroupPolicyList=[inline("in", allow("sns:*"))])],
        roles=[role("app", {"AWS": "999999999999"}, RolePolicyList=[inline("r", allow("ec2:*"))])],
        policies=[managed("reader", allow())],
    )


def encoded(value: Any) -> Any:
    """The same export with URL-encoded documents, as the API itself sends them."""
    if isinstance(value, dict):
        return {
            key: quote(json.dumps(each), safe="")
            if key in ("PolicyDocument", "AssumeRolePolicyDocument", "Document")
            else encoded(each)
            for key, each in value.items()
        }
    return [encoded(each) for each in value] if isinstance(value, list) else value


def pages() -> list[dict[str, Any]]:
    names = [name for name, value in whole().items() if value]
    made = [export() | {name: whole()[name], "IsTruncated": True, "Marker": "x"} for name in names]
    made[-1]["IsTruncated"] = False
    return made


def as_text(value: Any) -> bytes:
    return json.dumps(value).encode()


def decoded_documents(value: Any) -> Any:
    """The same with documents as JSON text that is not URL-encoded."""
    return json.loads(json.dumps(value), object_hook=_documents_as_text)


def _documents_as_text(value: dict[str, Any]) -> dict[str, Any]:
    names = ("PolicyDocument", "AssumeRolePolicyDocument", "Document")
    return {key: json.dumps(each) if key in names else each for key, each in value.items()}


FORMS = {
    "one object": as_text(whole()),
    "one object, indented": json.dumps(whole(), indent=4).encode(),
    "documents URL-encoded": as_text(encoded(whole())),
    "documents as JSON text": as_text(decoded_documents(whole())),
    "pages one after the other": b"\n".join(map(as_text, pages())),
    "pages without anything between": b"".join(map(as_text, pages())),
    "an array of pages": as_text(pages()),
    "gzip": gzip.compress(as_text(whole())),
    "gzip of pages": gzip.compress(b"".join(map(as_text, pages()))),
    "with response metadata": as_text(
        whole() | {"IsTruncated": False, "ResponseMetadata": {"RequestId": "1"}}
    ),
    "in the service's own wrapper": as_text(
        {
            "GetAccountAuthorizationDetailsResponse": {
                "GetAccountAuthorizationDetailsResult": whole(),
                "ResponseMetadata": {},
            }
        }
    ),
    "UTF-8 with a byte order mark": b"\xef\xbb\xbf" + as_text(whole()),
    "UTF-16, as PowerShell writes it": json.dumps(whole(), ensure_ascii=False).encode("utf-16"),
    "accented letters unescaped": json.dumps(whole(), ensure_ascii=False).encode(),
}


def read(*paths: Path) -> tuple[Account, Report]:
    report = Report()
    loaded = read_sources(paths, report)
    (account,) = loaded.estate.accounts.values()
    return account, report


@pytest.fixture
def expected(tmp_path: Path) -> Any:
    account, _ = read(write(tmp_path / "plain.json", whole()))
    return contents(account)


def contents(account: Account) -> Any:
    found = plain(account)
    del found["source"]
    return found


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_account(form: str, expected: Any, tmp_path: Path) -> None:
    account, report = read(write(tmp_path / "export.json", FORMS[form]))
    assert contents(account) == expected
    assert not report.warnings


def test_what_the_account_holds(tmp_path: Path) -> None:
    loaded = read_sources([write(tmp_path / "export.json", whole())], Report())
    account = loaded.estate.accounts[ACCOUNT]
    ann = account.principals[arn("user", "ann")]
    assert (ann.groups, ann.attached, ann.tags) == ((arn("group", "devs"),), (POLICY,), {"team": "a/b ü"})
    assert [policy.id for policy in ann.inline] == [f"{arn('user', 'ann')}:inline/own"]
    assert account.principals[f"arn:aws:iam::{ACCOUNT}:root"].type is PrincipalType.ROOT
    app = account.principals[arn("role", "app")]
    assert app.trust is not None
    assert app.trust.id == f"{app.arn}:trust"
    foreign = loaded.estate.outsiders["arn:aws:iam::999999999999:root"]
    assert (foreign.type, foreign.account, foreign.loaded) == (PrincipalType.ACCOUNT, "999999999999", False)


def test_pages_in_several_files_are_one_account(expected: Any, tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{number}.json", page) for number, page in enumerate(pages())]
    account, report = read(*paths)
    assert contents(account) == expected
    assert not any("more pages" in text for text in report.missing())


def test_an_export_that_breaks_off_between_pages_says_so(tmp_path: Path) -> None:
    _, report = read(write(tmp_path / "export.json", pages()[:-1]))
    assert any("more pages follow" in text for text in report.missing(ACCOUNT))


def test_the_same_file_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "authorization-details.json", whole())
    _, report = read(path, tmp_path, path)
    assert not report.warnings


def test_a_folder_is_searched_at_any_depth(tmp_path: Path) -> None:
    home = tmp_path / "a" / "b" / "accounts" / ACCOUNT
    write(home / "authorization-details.json", whole())
    public = policy_document(Effect="Allow", Principal="*", Action="s3:*", Resource="*")
    bucket = {"arn": "arn:aws:s3:::b", "type": "AWS::S3::Bucket", "name": "b", "account": ACCOUNT,
              "region": "eu-west-1", "role": None, "tags": {"k": "v"}, "details": {"x": [1]},
              "policy": public}  # fmt: skip
    write(home / "resources.json", [bucket])
    header = (
        "user,arn,password_enabled,password_last_used,mfa_active,access_key_1_active,"
        "access_key_1_last_rotated,access_key_2_active,access_key_2_last_rotated\n"
    )
    ann = arn("user", "ann")
    line = f"ann,{ann},true,2026-01-02T03:04:05+00:00,false,true,2025-01-01T00:00:00+00:00,false,2024-01-01\n"
    write(home / "credential-report.csv", header + line)
    account, report = read(tmp_path)
    assert account.has_resources
    assert account.has_credential_report
    assert account.principals[ann].details == {
        "console": True, "mfa": False, "access_keys": 1, "access_key_slots": 2,
        "password_last_used": "2026-01-02T03:04:05+00:00",
    }  # fmt: skip
    read_bucket = account.resources["arn:aws:s3:::b"]
    assert (read_bucket.tags, read_bucket.details) == ({"k": "v"}, {"x": [1]})
    assert read_bucket.policy is not None
    assert read_bucket.policy.id == "arn:aws:s3:::b:policy"
    assert not report.warnings


def test_the_manifest_s_refusals_are_missing(tmp_path: Path) -> None:
    write(tmp_path / "accounts" / ACCOUNT / "authorization-details.json", whole())
    refused = {"account": ACCOUNT, "service": "s3", "operation": "GetBucketPolicy", "part": "resources.json",
               "error": "AccessDenied"}  # fmt: skip
    write(tmp_path / "manifest.json", {"refused": [refused]})
    _, report = read(tmp_path)
    assert any("s3:GetBucketPolicy" in text for text in report.missing(ACCOUNT))


ORGANIZATION = {
    "organization": {"id": "o-1", "management_account_id": "111111111111"},
    "roots": [{"id": "r-1", "name": "Root"}],
    "organizational_units": [{"id": "ou-1", "name": "Work", "parent_id": "r-1"}],
    "accounts": [
        {"id": ACCOUNT, "name": "App", "parent_id": "ou-1"},
        {"id": "111111111111", "name": "Main", "parent_id": "r-1"},
    ],
    "policies": [
        {
            "id": "p-1",
            "name": "Full",
            "type": "SERVICE_CONTROL_POLICY",
            "content": allow("*"),
            "targets": ["r-1"],
        },
        {"id": "p-2", "name": "T", "type": "TAG_POLICY", "content": {"tags": {}}, "targets": ["r-1"]},
    ],
}
AS_THE_API_ANSWERS = {
    "Organization": {"Id": "o-1", "MasterAccountId": "111111111111"},
    "Roots": [{"Id": "r-1", "Name": "Root"}],
    "OrganizationalUnits": [{"Id": "ou-1", "Name": "Work", "ParentId": "r-1"}],
    "Accounts": [
        {"Id": ACCOUNT, "Name": "App", "Parents": [{"Id": "ou-1", "Type": "ORGANIZATIONAL_UNIT"}]},
        {"Id": "111111111111", "Name": "Main", "ParentId": "r-1"},
    ],
    "Policies": [
        {
            "PolicySummary": {"Id": "p-1", "Name": "Full", "Type": "SERVICE_CONTROL_POLICY"},
            "Content": json.dumps(allow("*")),
            "Targets": [{"TargetId": "r-1", "Type": "ROOT"}],
        }
    ],
}


@pytest.mark.parametrize("organization", [ORGANIZATION, AS_THE_API_ANSWERS], ids=["collected", "as the API"])
def test_an_organization(organization: Any, tmp_path: Path) -> None:
    write(tmp_path / "authorization-details.json", whole())
    write(tmp_path / "organization.json", organization)
    loaded = read_sources([tmp_path], Report())
    read_organization = loaded.estate.organization
    assert read_organization is not None
    assert read_organization.line(ACCOUNT) == ["r-1", "ou-1", ACCOUNT]
    assert read_organization.path(ACCOUNT) == "o-1/r-1/ou-1/"
    assert read_organization.targets == {"r-1": ("p-1",)}
    assert [policy.name for policy in read_organization.policies.values()] == ["Full"]
    assert loaded.estate.accounts[ACCOUNT].name == "App"


def test_aws_s_policies_come_from_the_export_else_from_the_copy(tmp_path: Path) -> None:
    admin, audit = "arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/SecurityAudit"
    own = managed("SecurityAudit", allow("s3:ListAllMyBuckets")) | {"Arn": audit}
    ann = user("ann", AttachedManagedPolicies=[attached(admin), attached(audit)])
    account, report = read(write(tmp_path / "e.json", export(users=[ann], policies=[own])))
    assert account.policies[audit].policy.document.statements[0].actions == ("s3:ListAllMyBuckets",)
    assert account.policies[admin].policy.document.statements[0].actions == ("*",)
    assert account.policies[admin].managed_by_aws
    assert account.policies[admin].warnings
    assert any("1 AWS-managed" in text for text in report.missing())


@pytest.mark.parametrize(
    ("principal", "key", "type_"),
    [
        ({"Service": "lambda.amazonaws.com"}, "lambda.amazonaws.com", "service"),
        ({"AWS": "*"}, "*", "anyone"),
        ("*", "*", "anyone"),
        ({"AWS": "222222222222"}, "arn:aws:iam::222222222222:root", "account"),
        ({"AWS": "arn:aws:iam::222222222222:root"}, "arn:aws:iam::222222222222:root", "account"),
        ({"AWS": "arn:aws:iam::222222222222:user/x/bob"}, "arn:aws:iam::222222222222:user/x/bob", "user"),
        ({"AWS": "arn:aws:iam::222222222222:role/r"}, "arn:aws:iam::222222222222:role/r", "role"),
        ({"AWS": "arn:aws:sts::222222222222:assumed-role/r/s"}, "arn:aws:iam::222222222222:role/r", "role"),
        ({"Federated": "cognito-identity.amazonaws.com"}, "cognito-identity.amazonaws.com", "federated"),
        (
            {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/idp"},
            f"arn:aws:iam::{ACCOUNT}:saml-provider/idp",
            "federated",
        ),
    ],
)
def test_whom_trust_policies_name(principal: Any, key: str, type_: str, tmp_path: Path) -> None:
    loaded = read_sources([write(tmp_path / "e.json", export(roles=[role("r", principal)]))], Report())
    found = loaded.estate.outsiders[key]
    assert (found.type, found.loaded) == (type_, False)


def test_principals_of_loaded_accounts_are_no_outsiders(tmp_path: Path) -> None:
    roles = [role("a", {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/B/x"}), role("b", {"AWS": ACCOUNT})]
    loaded = read_sources([write(tmp_path / "e.json", export(roles=roles))], Report())
    assert not loaded.estate.outsiders


def test_an_encoded_credential_report_is_explained(tmp_path: Path) -> None:
    write(tmp_path / "authorization-details.json", whole())
    write(tmp_path / "credential-report.csv", base64.b64encode(b"user,arn\n"))
    with pytest.raises(BadInput, match="base64"):
        read_sources([tmp_path], Report())

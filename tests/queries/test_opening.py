"""Ways to data that end by opening it: a resource's policy rewritten, or a grant given to oneself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loader.load import load
from queries.paths import PathsResult, paths
from tests.iam.escalation.exports import HOME, ROOT, SELF, Export, allow, arn, deny, people, text, trust

if TYPE_CHECKING:
    from graph.connection import Database

BUCKET, LOCKED = "arn:aws:s3:::payroll", "arn:aws:s3:::locked"
KEY = f"arn:aws:kms:us-east-1:{HOME}:key/1"
SECRET = f"arn:aws:secretsmanager:us-east-1:{HOME}:secret:db-1"
READ, OPEN = "s3:GetObject", "s3:PutBucketPolicy"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


@pytest.fixture(scope="module")
def opened(embedded_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """An account whose people differ in how they come to data."""
    export = Export()
    opener = export.role("opener", trust(ROOT), allow(OPEN, BUCKET))
    opens_only = export.policy("opens-only", allow(OPEN))
    never_reads = export.policy("never-reads", allow(OPEN), deny(READ))
    people(
        export,
        ("opens", "", allow(OPEN, BUCKET)),
        ("opens-and-may-not-read", "", allow(OPEN, BUCKET), deny(READ)),
        ("opens-under-a-boundary", "", allow(OPEN, BUCKET), {"boundary": opens_only}),
        ("opens-under-one-that-denies", "", allow(OPEN, BUCKET), {"boundary": never_reads}),
        ("opens-with-mfa", "", allow(OPEN, BUCKET, MFA)),
        ("opens-another", "", allow(OPEN, "arn:aws:s3:::other")),
        ("opens-as-somebody", "", allow("sts:AssumeRole", opener)),
        ("opens-what-is-locked", "", allow(OPEN, LOCKED)),
        ("reads-but-for-the-lock", "", allow(READ, f"{LOCKED}/*")),
        ("becomes-administrator", "", allow("iam:PutUserPolicy", SELF)),
        ("writes-the-key-s-policy", "", allow("kms:PutKeyPolicy", KEY)),
        ("grants-itself", "", allow("kms:CreateGrant", KEY)),
        (
            "grants-to-services",
            "",
            allow("kms:CreateGrant", KEY, {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        ),
        ("writes-the-secret-s-policy", "", allow("secretsmanager:PutResourcePolicy", SECRET)),
    )
    closed = {"Effect": "Deny", "Principal": "*", "Action": READ, "Resource": f"{LOCKED}/*"}
    own = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
    export.resource(BUCKET, "AWS::S3::Bucket")
    export.resource(LOCKED, "AWS::S3::Bucket", policy=text(closed))
    export.resource(KEY, "AWS::KMS::Key", policy=text(own))
    export.resource(SECRET, "AWS::SecretsManager::Secret")
    folder = tmp_path_factory.mktemp("opened")
    export.write(folder)
    load(embedded_database, [folder])
    return embedded_database


def ways(result: PathsResult) -> dict[str, tuple[str, list[str]]]:
    """The verdict and techniques of each path, by the name of its source."""
    return {
        path.source.rsplit("/", 1)[-1]: (path.verdict.value, [step.technique.id for step in path.steps])
        for path in result.paths
    }


def test_whoever_may_write_a_bucket_s_policy_comes_to_its_objects(opened: Database) -> None:
    result = paths(opened, action=READ, resource=f"{BUCKET}/*")
    assert ways(result) == {
        "opens": ("allowed", ["x-s3-01"]),
        "opener": ("allowed", ["x-s3-01"]),
        "opens-under-a-boundary": ("allowed", ["x-s3-01"]),
        "opens-with-mfa": ("depends", ["x-s3-01"]),
        "opens-as-somebody": ("allowed", ["sts-001", "x-s3-01"]),
        "becomes-administrator": ("allowed", ["iam-007"]),
    }
    told = {path["source"]: path for path in result.as_json()["paths"]}
    (hop,) = told[arn("user", "opens")]["hops"]
    assert hop["from"] == hop["to"] == arn("user", "opens")
    assert hop["with"] == f"the policy of {BUCKET}"
    assert hop["because"][0]["policy_name"] == "p0"
    assert {each["result"] for each in hop["checks"] if each["check"] != "SCP"} == {"pass"}


def test_a_deny_in_a_bucket_s_policy_goes_with_it(opened: Database) -> None:
    found = ways(paths(opened, action=READ, resource=f"{LOCKED}/*"))
    assert found == {
        "opens-what-is-locked": ("allowed", ["x-s3-01"]),
        "becomes-administrator": ("allowed", ["iam-007", "x-s3-01"]),
    }


def test_a_bucket_that_is_not_loaded_has_to_be_the_account_s(opened: Database) -> None:
    result = paths(opened, action=READ, resource="arn:aws:s3:::other/*")
    assert ways(result)["opens-another"] == ("depends", ["x-s3-01"])
    [path] = [path for path in result.paths if path.source.endswith("opens-another")]
    assert path.needs == (f"arn:aws:s3:::other belongs to account {HOME}",)


def test_keys_and_secrets(opened: Database) -> None:
    assert ways(paths(opened, action="kms:Decrypt", resource=KEY)) == {
        "writes-the-key-s-policy": ("allowed", ["x-kms-01"]),
        "grants-itself": ("allowed", ["x-kms-02"]),
        "becomes-administrator": ("allowed", ["iam-007"]),
    }
    assert ways(paths(opened, action="secretsmanager:GetSecretValue", resource=SECRET)) == {
        "writes-the-secret-s-policy": ("allowed", ["x-secretsmanager-02"]),
        "becomes-administrator": ("allowed", ["iam-007"]),
    }


def test_all_paths_and_those_of_what_is_certain(opened: Database) -> None:
    every = paths(opened, action=READ, resource=f"{BUCKET}/*", every=True)
    ends = {path.steps[-1].technique.id for path in every.paths}
    assert "x-s3-01" in ends
    certain = ways(paths(opened, action=READ, resource=f"{BUCKET}/*", certain=True))
    assert "opens-with-mfa" not in certain
    assert "opens" in certain
    one = paths(opened, action=READ, resource=f"{BUCKET}/*", most_hops=1)
    assert "opens-as-somebody" not in ways(one)

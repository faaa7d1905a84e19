"""AWS's managed policies are known by their ARN, with AWS's text."""

from __future__ import annotations

import gzip
import json
from importlib.metadata import version

import pytest

from iam.data import build_managed_policies
from iam.managed_policies import managed_policies_version, managed_policy, managed_policy_arns


def test_a_policy_is_found_by_its_arn_with_its_text() -> None:
    policy = managed_policy("arn:aws:iam::aws:policy/AdministratorAccess")
    assert policy is not None
    assert (policy.name, policy.path, policy.default_version_id) == ("AdministratorAccess", "/", "v1")
    assert policy.document["Statement"] == [{"Action": "*", "Effect": "Allow", "Resource": "*"}]
    assert policy.created == policy.updated == "2015-02-06T18:39:46+00:00"
    assert policy.exact


def test_the_path_is_part_of_the_arn() -> None:
    assert managed_policy("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess") is not None
    assert managed_policy("arn:aws:iam::aws:policy/ViewOnlyAccess") is None
    role_policy = managed_policy("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    assert role_policy is not None
    assert role_policy.path == "/service-role/"


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_other_partitions_have_the_same_text_with_their_own_arns(partition: str) -> None:
    arn = "policy/AmazonSageMakerFullAccess"
    here, there = managed_policy(f"arn:aws:iam::aws:{arn}"), managed_policy(f"arn:{partition}:iam::aws:{arn}")
    assert here is not None
    assert there is not None
    assert there.arn == f"arn:{partition}:iam::aws:{arn}"
    assert not there.exact
    assert '"arn:aws:' in json.dumps(here.document)
    assert json.dumps(there.document) == json.dumps(here.document).replace('"arn:aws:', f'"arn:{partition}:')


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "AdministratorAccess",
        "arn:aws:iam::aws:policy/NoSuchPolicy",
        "arn:aws:iam::123456789012:policy/AdministratorAccess",
        "arn:aws-iso:iam::aws:policy/AdministratorAccess",
        "arn:aws-cn:iam::aws:policy/arn:aws-cn:",
    ],
)
def test_what_is_unknown_has_no_text(arn: str) -> None:
    assert managed_policy(arn) is None


def test_a_caller_may_change_the_document_it_got() -> None:
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    first = managed_policy(arn)
    assert first is not None
    first.document.clear()
    second = managed_policy(arn)
    assert second is not None
    assert second.document["Version"] == "2012-10-17"


def test_every_policy_listed_can_be_read_and_has_statements() -> None:
    arns = managed_policy_arns()
    assert len(arns) > 1000
    assert list(arns) == sorted(arns)
    for arn in arns:
        policy = managed_policy(arn)
        assert policy is not None
        assert arn == f"arn:aws:iam::aws:policy{policy.path}{policy.name}"
        assert policy.document["Statement"]


def test_the_copy_is_that_of_the_installed_moto() -> None:
    """Fails when the lock file has a newer moto: run `python -m iam.data.build_managed_policies`."""
    assert managed_policies_version().startswith(f"moto {version('moto')} (20")
    assert gzip.decompress(build_managed_policies.TARGET.read_bytes()) == build_managed_policies.content()


def test_the_notice_stands_beside_the_data() -> None:
    notice = build_managed_policies.TARGET.with_name("NOTICE.aws-managed-policies").read_text()
    assert "Apache License" in notice
    assert "moto" in notice

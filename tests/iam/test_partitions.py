"""Accounts of China and GovCloud: nothing reaches from one partition into another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iam.asking import can, who_can
from iam.assume import assumable
from iam.decision import Layer, Verdict
from iam.estate import Access, Estate
from loader.outsiders import outsiders_of
from loader.problems import Report
from loader.sources import read_sources
from tests.loader.support import export, inline, policy_document, role, user, write

CHINA, HERE = "111111111111", "222222222222"
ALL = policy_document(Effect="Allow", Action="*", Resource="*")
WEI, ANN = f"arn:aws-cn:iam::{CHINA}:user/wei", f"arn:aws:iam::{HERE}:user/ann"


def in_china(entity: dict[str, Any]) -> dict[str, Any]:
    return {**entity, "Arn": entity["Arn"].replace("arn:aws:", "arn:aws-cn:")}


@pytest.fixture
def access(tmp_path: Path) -> Access:
    """Two users that may do everything, and a role that trusts everyone."""
    wei = in_china(user("wei", CHINA, UserPolicyList=[inline("all", ALL)]))
    ann = user("ann", HERE, UserPolicyList=[inline("all", ALL)])
    files = {
        "china": export(users=[wei]),
        "here": export(users=[ann], roles=[role("everyone", "*", HERE)]),
    }
    accounts = {
        account.id: account
        for name, content in files.items()
        for account in read_sources(
            [write(tmp_path / f"{name}.json", content)], Report()
        ).estate.accounts.values()
    }
    return Access(Estate(accounts=accounts, outsiders=outsiders_of(accounts)))


@pytest.mark.parametrize("name", ["data/x", "data-*/*"])
def test_only_principals_of_the_resource_s_partition_can(access: Access, name: str) -> None:
    def users(resource: str) -> set[str]:
        answers = who_can(access, "s3:GetObject", resource)
        return {each.principal.arn for each in answers} & {WEI, ANN}

    assert users(f"arn:aws-cn:s3:::{name}") == {WEI}
    assert users(f"arn:aws:s3:::{name}") == {ANN}
    assert users(f"arn:*:s3:::{name}") == {WEI, ANN}


def test_without_a_resource_each_has_those_of_its_own(access: Access) -> None:
    assert {each.principal.arn for each in who_can(access, "s3:GetObject", None)} >= {WEI, ANN}


def test_what_stops_it_is_the_caller_s_own_side(access: Access) -> None:
    wei = access.estate.accounts[CHINA].principals[WEI]
    decision = can(access, wei, "sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{HERE}:jobs").decision
    assert (decision.verdict, decision.blocked_by) == (Verdict.DENIED, (Layer.IDENTITY,))


def test_no_role_is_assumed_across_partitions(access: Access) -> None:
    callers = {each.principal for each in assumable(access)}
    assert ANN in callers
    assert WEI not in callers

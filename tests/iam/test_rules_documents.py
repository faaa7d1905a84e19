"""What a policy document may look like, and how policies come to be held."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from iam.asking import can
from iam.decision import Verdict
from iam.document import PolicyKind
from iam.entities import Group, ManagedPolicy
from iam.lint import LENGTH_LIMITS, lint
from loader.problems import BadInput, Report
from loader.sources import read_sources
from tests.iam.small_cases import (
    BOB,
    HOME,
    IMPLICIT,
    OBJECT,
    access,
    allow,
    answer,
    deny,
    held,
    policy,
    read,
    rules,
    user,
)

ALL = policy(allow())


@pytest.mark.parametrize(("document", "rule"), [
    ("{", "not-json"), ("[]", "not-a-policy"), ({}, "no-statement"), ({"Statement": []}, "no-statement"),
    ({**ALL, "Extra": 1}, "unknown-element"), (policy({**allow(), "Conditions": {}}), "unknown-element"),
    (policy({**allow(), "Effect": "allow"}), "unknown-effect"), (policy({**allow(), "Effect": None}),
    "unknown-effect"),
    (policy(allow(NotAction="iam:*")), "both-elements"), (policy(allow(NotResource="x")), "both-elements"),
    (policy(allow(None)), "missing-element"), (policy(allow([])), "empty-element"), (policy(allow("")),
    "empty-element"),
    (policy(allow("everything")), "malformed-action"), ({**ALL, "Version": "2025-01-01"}, "unknown-version"),
    (policy(allow(Condition=[])), "wrong-type"), (policy(allow(7)), "wrong-type"),
])  # fmt: skip
def test_a_document_that_aws_would_refuse_is_reported_and_grants_nothing(document: Any, rule: str) -> None:
    found = read(document)
    assert rule in {problem.rule for problem in found.problems if problem.fatal}
    assert not found.valid
    assert found.statements == ()


def test_one_bad_statement_fails_its_policy_and_no_other() -> None:
    broken = policy(allow(), {**allow(), "Effect": "allow"})
    assert answer(BOB, identity=[broken]) == IMPLICIT
    assert answer(BOB, identity=[broken, ALL]) == "Allowed"
    places = [problem.place for problem in read(broken).problems]
    assert places == ["Statement[2].Effect"]


def test_what_was_ignored_is_told_with_its_place() -> None:
    document = policy(allow(), {**allow(), "Condition": {"StringIs": {"x:a": "b"}}})
    assert [str(problem) for problem in read(document).problems] == [
        "Statement[2].Condition.StringIs: unknown condition operator"
    ]


@pytest.mark.parametrize("holder", LENGTH_LIMITS)
def test_a_policy_that_is_too_long_is_warned_of_and_still_counts(holder: str) -> None:
    limit = LENGTH_LIMITS[holder]
    empty = len(json.dumps(policy(allow(Sid="")), separators=(",", ":")))
    for length, warned in ((limit, False), (limit + 1, True)):
        raw = policy(allow(Sid="x" * (length - empty)))
        document = read(raw)
        found = {problem.rule for problem in lint(document, PolicyKind.IDENTITY, raw=raw, length_limit=limit)}
        assert ("length-limit" in found) == warned
        assert document.valid


def test_the_lengths_are_those_of_aws() -> None:
    assert LENGTH_LIMITS == {
        "user": 2_048, "group": 5_120, "role": 10_240, "managed": 6_144, "trust": 2_048, "bucket": 20_480,
        "key": 32_768,
    }  # fmt: skip


@pytest.mark.parametrize(
    "raw", [ALL, json.dumps(ALL), quote(json.dumps(ALL)), " " + json.dumps(ALL, indent=4)]
)
def test_a_document_comes_as_an_object_as_text_or_url_encoded(raw: Any) -> None:
    document = read(raw)
    assert document.valid
    assert [statement.actions for statement in document.statements] == [("*",)]


def test_only_the_default_version_of_a_managed_policy_counts(tmp_path: Path) -> None:
    arn = f"arn:aws:iam::{HOME}:policy/p"
    versions = [
        {"VersionId": "v2", "IsDefaultVersion": False, "Document": ALL, "CreateDate": "2025-01-02T00:00:00Z"},
        {"VersionId": "v1", "IsDefaultVersion": True, "Document": policy(allow("ec2:*")),
         "CreateDate": "2025-01-01T00:00:00Z"},
    ]  # fmt: skip
    bob = {"UserName": "Bob", "Arn": BOB, "Path": "/", "UserId": "AIDABOB",
    "CreateDate": "2025-01-01T00:00:00Z",
           "GroupList": [], "AttachedManagedPolicies": [{"PolicyName": "p", "PolicyArn": arn}]}  # fmt: skip
    own = {"PolicyName": "p", "Arn": arn, "Path": "/", "PolicyId": "ANPAP", "DefaultVersionId": "v1",
           "AttachmentCount": 1, "IsAttachable": True, "PolicyVersionList": versions,
           "CreateDate": "2025-01-01T00:00:00Z"}  # fmt: skip
    file = tmp_path / "details.json"
    file.write_text(json.dumps(
        {"UserDetailList": [bob], "GroupDetailList": [], "RoleDetailList": [], "Policies": [own]}
    ))  # fmt: skip
    account = read_sources([file], Report()).estate.accounts[HOME]
    statements = account.policies[arn].policy.document.statements
    assert [statement.actions for statement in statements] == [("ec2:*",)]


def test_a_key_that_stands_twice_is_warned_of_and_the_last_value_counts() -> None:
    twice = '{"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}'
    text = f'{{"Version": "2012-10-17", "Statement": {twice}}}'
    document = read(text)
    assert "repeated-key" in rules(text)
    assert document.valid
    assert [statement.effect for statement in document.statements] == ["Allow"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"Statement": [], "Statement": [%s]}', ""),
        ('{"Statement": [%s, {"Sid": "a", "Sid": "b"}]}', "Statement[2]"),
        ('{"Statement": {"Principal": {"AWS": "*", "AWS": "*"}}}', "Statement[1].Principal"),
        ('{"Statement": {"Condition": {"Bool": {}, "Bool": {}}}}', "Statement[1].Condition"),
        ('{"Statement": {"Condition": {"Bool": {"a:b": 1, "a:b": 2}}}}', "Statement[1].Condition.Bool"),
    ],
)
def test_a_repeated_key_is_named_with_its_place(text: str, place: str) -> None:
    document = read(text.replace("%s", json.dumps(allow())))
    assert place in [problem.place for problem in document.problems if problem.rule == "repeated-key"]


def test_a_key_that_stands_twice_in_a_policy_of_an_export_is_warned_of(tmp_path: Path) -> None:
    export = tmp_path / "details.json"
    text = json.dumps({
        "UserDetailList": [
            {"Path": "/", "UserName": "Bob", "Arn": BOB, "UserId": "AIDABOB", "UserPolicyList": [
                {"PolicyName": "own", "PolicyDocument": policy(allow(Condition={"Bool": {"x": "y"}}))}
            ]}
        ],
        "GroupDetailList": [], "RoleDetailList": [], "Policies": [],
    })  # fmt: skip
    export.write_text(text.replace('"Bool": {"x": "y"}', '"Bool": {}, "Bool": {}'))
    bob = read_sources([export], Report()).estate.accounts[HOME].principals[BOB]
    problems = bob.inline[0].document.problems
    assert [(each.rule, each.place) for each in problems] == [("repeated-key", "Statement[1].Condition")]
    export.write_text(text.replace('"UserDetailList": [', '"UserDetailList": [], "UserDetailList": ['))
    with pytest.raises(BadInput, match="holds the field UserDetailList twice"):
        read_sources([export], Report())


def test_a_boundary_is_not_among_the_attached_policies() -> None:
    arn = f"arn:aws:iam::{HOME}:policy/limit"
    kept = {arn: ManagedPolicy(policy=held(arn, ALL), account=HOME)}
    limited = user(boundary=arn)
    assert can(access(limited, policies=kept), limited, "s3:GetObject", OBJECT).verdict is Verdict.DENIED
    attached = user(attached=(arn,))
    assert can(access(attached, policies=kept), attached, "s3:GetObject", OBJECT).verdict is Verdict.ALLOWED


def test_a_detached_policy_grants_nothing() -> None:
    arn = f"arn:aws:iam::{HOME}:policy/free"
    kept = {arn: ManagedPolicy(policy=held(arn, ALL), account=HOME)}
    assert can(access(user(), policies=kept), user(), "s3:GetObject", OBJECT).verdict is Verdict.DENIED


def test_a_groups_policies_come_by_membership() -> None:
    arn = f"arn:aws:iam::{HOME}:group/devs"
    devs = Group(arn=arn, name="devs", account=HOME, inline=(held("own", ALL),))
    member = user(groups=(arn,))
    answered = can(access(member, groups={arn: devs}), member, "s3:GetObject", OBJECT)
    assert answered.verdict is Verdict.ALLOWED
    assert [grant.via for grant in answered.because] == ["group devs"]
    assert can(access(user(), groups={arn: devs}), user(), "s3:GetObject", OBJECT).verdict is Verdict.DENIED


def test_a_boundary_that_can_not_be_found_allows_nothing_for_certain() -> None:
    limited = user(boundary=f"arn:aws:iam::{HOME}:policy/gone", inline=(held("all", ALL),))
    assert can(access(limited), limited, "s3:GetObject", OBJECT).verdict is not Verdict.ALLOWED


def test_a_policy_that_denies_and_is_refused_denies_nothing() -> None:
    broken = policy({**deny(), "Surprise": 1})
    assert answer(BOB, identity=[ALL, broken]) == "Allowed"

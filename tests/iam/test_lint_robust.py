"""Warnings at the edges: hostile policies, AWS's own policies, the order of what is said."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam.document import PolicyKind, read_document
from iam.lint import MAXIMUM_PROBLEMS, RULES, lint
from iam.managed_policies import managed_policy, managed_policy_arns

NAMES = {rule.name for rule in RULES}
ASCII = st.text(st.characters(codec="ascii"), max_size=30)
TEXTS = st.one_of(
    ASCII,
    st.sampled_from(["*", "s3:*", "s3:Get?bject", "arn:aws:s3:::b/*", "arn:aws:iam::*:role/${aws:userid}",
                     "${", "${*}", "arn:::::", "::::::", "AROAEXAMPLEEXAMPLE123", "true", "10.0.0.0/8"]),
)  # fmt: skip
KEYS = st.one_of(ASCII, st.sampled_from(["aws:SourceIp", "aws:TagKeys", "s3:prefix", "a.b:sub"]))
OPERATORS = st.sampled_from(
    [
        "StringEquals",
        "ForAllValues:StringLike",
        "ArnLike",
        "Null",
        "IpAddress",
        "DateLessThan",
        "Bool",
        "StringNotLike",
    ]
)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"])},
    optional={
        "Sid": ASCII,
        "Action": st.lists(TEXTS, min_size=1, max_size=4),
        "NotAction": TEXTS,
        "Resource": st.lists(TEXTS, min_size=1, max_size=4),
        "NotResource": TEXTS,
        "Principal": st.one_of(
            st.just("*"), st.dictionaries(st.sampled_from(["AWS", "Service", "Federated"]), TEXTS)
        ),
        "Condition": st.dictionaries(
            OPERATORS, st.dictionaries(KEYS, st.lists(TEXTS, max_size=3), max_size=3)
        ),
    },
)


@given(st.lists(STATEMENTS, max_size=3), st.sampled_from(list(PolicyKind)))
def test_no_policy_makes_it_fail(statements: list[dict[str, Any]], kind: PolicyKind) -> None:
    raw = {"Version": "2012-10-17", "Statement": statements}
    document = read_document(raw, kind)
    found = lint(document, kind, raw=raw, accounts={"111122223333"}, length_limit=100)
    assert lint(document, kind, raw=raw, accounts={"111122223333"}, length_limit=100) == found
    for problem in found:
        assert problem.rule in NAMES
        assert not problem.fatal
        assert len(problem.text) < 2_000
        assert "\n" not in problem.text


HOSTILE = {
    "many unknown actions": {"Action": [f"s3:Nonsense{n}xyz" for n in range(20_000)]},
    "many services": {"Action": [f"svc{n}:Get" for n in range(20_000)]},
    "long action": {"Action": "s3:" + "*a" * 100_000},
    "many resources": {"Resource": [f"arn:aws:ec2:*:*:*{n}*a*b*c*/*" for n in range(20_000)]},
    "long resource": {"Resource": "arn:aws:ec2:*:*:" + "*a?" * 100_000},
    "braces": {"Resource": "arn:aws:s3:::" + "${" * 100_000},
    "variables": {"Resource": [f"arn:aws:s3:::${{aws:nothing{n}}}" for n in range(20_000)]},
    "long key": {"Condition": {"StringEquals": {"aws:" + "x" * 500_000: "a"}}},
    "many keys": {"Condition": {"StringEquals": {f"aws:key{n}": "a" for n in range(20_000)}}},
    "entangled": {
        "Condition": {
            "StringLike": {"aws:username": ["*a" * 40, "*b*a" * 20]},
            "StringNotLike": {"aws:username": ["*" + "?a" * 30, "?" * 60 + "*"]},
            "ForAnyValue:StringLike": {"aws:username": ["*" + "ab*" * 30]},
        }
    },
}


@pytest.mark.parametrize("elements", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_policy_ends_and_says_a_bounded_number_of_things(elements: dict[str, Any]) -> None:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", **elements}
    raw = {"Version": "2012-10-17", "Statement": [statement]}
    found = lint(read_document(raw, PolicyKind.IDENTITY), PolicyKind.IDENTITY, raw=raw)
    assert len(found) <= MAXIMUM_PROBLEMS + 1
    assert max((len(problem.text) for problem in found), default=0) < 3_000


def test_what_is_left_unread_is_said() -> None:
    statements = [{"Effect": "Allow", "Action": f"s3:Nonsense{n}", "Resource": "*"} for n in range(1_000)]
    document = read_document({"Version": "2012-10-17", "Statement": statements}, PolicyKind.IDENTITY)
    found = lint(document, PolicyKind.IDENTITY)
    assert len(found) == MAXIMUM_PROBLEMS + 1
    assert found[-1].rule == "not-all-checked"


def test_of_what_aws_manages_hardly_anything_is_said() -> None:
    """What is said of policies that AWS wrote and uses is mostly a fault of the rule."""
    arns = managed_policy_arns()[::10]
    assert [problem for arn in arns for problem in _of(arn, managed_by_aws=True)] == []


@pytest.mark.slow
def test_of_all_policies_of_aws_hardly_a_statement_gets_an_error() -> None:
    # A policy's author is told what AWS wrote carelessly; in some 8,800 statements that is about 500 times,
    # of which half are services that AWS has retired. A rule gone wrong shows at once in its number.
    counted: dict[str, int] = {}
    for arn in managed_policy_arns():
        for problem in _of(arn, managed_by_aws=False):
            counted[problem.rule] = counted.get(problem.rule, 0) + 1
    common = {
        "unknown-service", "unknown-action", "no-resource-types", "wildcard-only-action", "unused-resource",
        "unused-action", "never-matches", "key-not-for-action",
    }  # fmt: skip
    assert {rule: count for rule, count in counted.items() if count > 250} == {}
    assert {rule: count for rule, count in counted.items() if count > 12 and rule not in common} == {}


def _of(arn: str, *, managed_by_aws: bool) -> list[Any]:
    text = managed_policy(arn)
    assert text is not None
    document = read_document(text.document, PolicyKind.IDENTITY)
    return lint(document, PolicyKind.IDENTITY, managed_by_aws=managed_by_aws)

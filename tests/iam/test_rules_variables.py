"""Policy variables."""

from __future__ import annotations

from typing import Any

import pytest

from tests.iam.small_cases import (
    ALLOWED,
    BOB,
    BUCKET,
    EXPLICIT,
    IMPLICIT,
    allow,
    answer,
    deny,
    grant,
    holds,
    policy,
)

HOME_OF_BOB = f"{BUCKET}/home/Bob/a"
OWN_HOME = BUCKET + "/home/${aws:username}/*"


def reads(
    resource: str, pattern: str, context: dict[str, Any] | None = None, version: str | None = "2012-10-17"
) -> bool:
    made = policy(allow(resource=pattern), version=version)
    return answer(BOB, resource=resource, identity=[made], context=context or {}) == ALLOWED


def test_a_variable_stands_for_its_value() -> None:
    assert reads(HOME_OF_BOB, OWN_HOME, {"aws:username": "Bob"})
    assert not reads(HOME_OF_BOB, OWN_HOME, {"aws:username": "bob"})


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_variables_are_literal_text_in_the_old_language(version: str | None) -> None:
    context = {"aws:username": "Bob"}
    assert not reads(HOME_OF_BOB, OWN_HOME, context, version)
    assert reads(BUCKET + "/home/${aws:username}/a", OWN_HOME, context, version)
    equals = {"StringEquals": {"aws:username": "${aws:username}"}}
    assert holds(equals, {"aws:username": "Bob"})
    assert not holds(equals, {"aws:username": "Bob"}, version=version)
    assert holds(equals, {"aws:username": "${aws:username}"}, version=version)


@pytest.mark.parametrize("operator", ["StringEquals", "StringLike", "StringEqualsIgnoreCase", "Bool"])
def test_variables_stand_in_texts_and_arns_of_conditions(operator: str) -> None:
    assert holds({operator: {"x:a": "${x:b}"}}, {"x:a": "true", "x:b": "true"})
    arn = "arn:aws:s3:::Bob"
    assert holds({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::${x:b}"}}, {"aws:SourceArn": arn, "x:b": "Bob"})


def test_no_variable_stands_in_a_principal_an_action_a_number_a_date_or_a_network() -> None:
    context = {"x:b": "5", "x:a": "5", "x:action": "GetObject", "x:p": BOB}
    assert not holds({"NumericEquals": {"x:a": "${x:b}"}}, context)
    assert not holds({"DateEquals": {"x:a": "${x:d}"}}, {"x:a": "2025-01-01", "x:d": "2025-01-01"})
    assert not holds({"IpAddress": {"x:a": "${x:n}"}}, {"x:a": "10.0.0.1", "x:n": "10.0.0.1"})
    assert answer(BOB, identity=[policy(allow("s3:${x:action}"))], context=context) == IMPLICIT
    assert answer(BOB, on_resource=policy(grant("${x:p}")), context=context) == IMPLICIT


def test_a_variable_without_a_value_matches_nothing() -> None:
    assert not reads(HOME_OF_BOB, OWN_HOME)
    assert not reads(BUCKET + "/home//a", OWN_HOME)
    spared = policy(allow(), deny(resource=OWN_HOME))
    assert answer(BOB, resource=HOME_OF_BOB, identity=[spared]) == ALLOWED
    assert answer(BOB, resource=HOME_OF_BOB, identity=[spared], context={"aws:username": "Bob"}) == EXPLICIT


def test_not_resource_with_a_variable_without_a_value_means_every_resource() -> None:
    others = policy(allow(), deny(resource=None, NotResource=OWN_HOME))
    assert answer(BOB, resource=HOME_OF_BOB, identity=[others]) == EXPLICIT
    assert answer(BOB, resource=HOME_OF_BOB, identity=[others], context={"aws:username": "Bob"}) == ALLOWED


@pytest.mark.parametrize(
    "text", ["${aws:username, 'Bob'}", "${aws:username,'Bob'}", "${ aws:username , 'Bob' }"]
)
def test_a_default_stands_in_for_a_missing_value(text: str) -> None:
    assert reads(HOME_OF_BOB, f"{BUCKET}/home/{text}/*")
    assert not reads(HOME_OF_BOB, f"{BUCKET}/home/{text}/*", {"aws:username": "Eve"})


def test_an_empty_value_or_default_is_empty_text() -> None:
    assert reads(f"{BUCKET}/home/a", BUCKET + "/home/${aws:username, ''}a")
    assert reads(f"{BUCKET}/home/a", BUCKET + "/home/${x:y}a", {"x:y": ""})


def test_wildcards_can_be_written_literally() -> None:
    for mark in "*?$":
        assert reads(f"{BUCKET}/a{mark}b", BUCKET + "/a${" + mark + "}b")
        assert not reads(f"{BUCKET}/axb", BUCKET + "/a${" + mark + "}b")


def test_wildcards_within_a_value_are_literal() -> None:
    context = {"aws:username": "B*"}
    assert not reads(HOME_OF_BOB, OWN_HOME, context)
    assert reads(f"{BUCKET}/home/B*/a", OWN_HOME, context)
    assert not holds({"StringLike": {"x:a": "${x:b}"}}, {"x:a": "Bob", "x:b": "B*"})


def test_a_key_of_several_values_is_no_variable() -> None:
    assert not reads(HOME_OF_BOB, BUCKET + "/home/${aws:TagKeys}/*", {"aws:TagKeys": ["Bob"]})
    assert not reads(HOME_OF_BOB, BUCKET + "/home/${aws:TagKeys}/*", {"aws:TagKeys": ["Bob", "Eve"]})


def test_the_name_of_a_variable_has_no_case_and_only_users_have_a_username() -> None:
    from tests.iam.small_cases import access, role, user

    assert reads(HOME_OF_BOB, BUCKET + "/home/${AWS:UserName}/*", {"aws:username": "Bob"})
    holder = access(user(), role())
    assert holder.context(user())["aws:username"] == "Bob"
    assert not isinstance(holder.context(role())["aws:username"], str)


def test_a_tag_is_found_by_its_key_in_any_case_and_may_hold_spaces() -> None:
    pattern = BUCKET + "/home/${aws:PrincipalTag/Cost Center}/*"
    assert reads(f"{BUCKET}/home/7/a", pattern, {"aws:PrincipalTag/cost center": "7"})
    assert not reads(f"{BUCKET}/home/7/a", pattern, {"aws:PrincipalTag/costcenter": "7"})

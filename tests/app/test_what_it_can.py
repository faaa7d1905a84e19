"""What a principal can do, narrowed: by access level, by service, and by a part of an action or a resource."""

from __future__ import annotations

import pytest

from app.views.what_it_can import Narrowed
from iam.answer import Answer
from iam.decision import Decision, Verdict
from iam.entities import Principal, PrincipalType
from iam.scope import Scope
from iam.what_can import Permission


def permission() -> Permission:
    """Three actions of S3 on the buckets of payroll."""
    actions = ("s3:PutBucketAcl", "s3:PutObject", "s3:RestoreObject")
    who = Principal(arn="arn:aws:iam::123456789012:user/a", type=PrincipalType.USER, name="a", account="")
    decision = Decision(Verdict.ALLOWED, (), (), (), True, False, True)
    scope = Scope(Verdict.ALLOWED, True, ("arn:aws:s3:::payroll*",))
    return Permission("s3", "Write", actions, Answer(who, actions[0], "*", scope, decision))


@pytest.mark.parametrize(
    ("narrowed", "left"),
    [
        (Narrowed(), 3),
        (Narrowed(level="Write", service="s3"), 3),
        (Narrowed(level="Read"), 0),
        (Narrowed(service="iam"), 0),
        (Narrowed(find="putobj"), 1),
        (Narrowed(find="s3:Put*"), 2),
        (Narrowed(find="payroll"), 3),
        (Narrowed(find="ledger"), 0),
        (Narrowed(find="[a-z]*"), 0),
    ],
)
def test_it_leaves_the_actions_that_are_wanted(narrowed: Narrowed, left: int) -> None:
    assert len(narrowed.of(permission())) == left


def test_what_narrows_stands_in_the_address() -> None:
    assert Narrowed(level="Write", find="a&b").address("x") == (
        "principal?arn=x&show=does&level=Write&find=a%26b"
    )

"""Answers in words: what a Deny that is open is kept to, and what a root user has without any statement."""

from __future__ import annotations

import pytest

from iam.asking import who_can
from iam.decision import Grant, Policy
from iam.document import PolicyKind, read_document
from iam.entities import Account, Principal, PrincipalType, Resource
from iam.escalation.actors import everything
from iam.estate import Access, Estate
from queries.answers import ROOT_MAY, because_words, grant_words

ACCOUNT = "123456789012"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
BUCKET = "arn:aws:s3:::b"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "false"}}


def policy(kind: PolicyKind, name: str, **statement: object) -> Policy:
    return Policy(name, name, kind, read_document({"Version": "2012-10-17", "Statement": [statement]}, kind))


def told(resource: str, deny: dict[str, object], guard: Policy | None = None) -> dict[str, list[str]]:
    """The words on who may read, with Alice's Deny, by principal."""
    alice = Principal(
        arn=ALICE, type=PrincipalType.USER, name="alice", account=ACCOUNT,
        inline=(
            policy(PolicyKind.IDENTITY, "may", Effect="Allow", Action="s3:*", Resource="*"),
            policy(PolicyKind.IDENTITY, "not", Effect="Deny", Action="s3:GetObject", **deny),
        ),
    )  # fmt: skip
    root = Principal(arn=ROOT, type=PrincipalType.ROOT, name="", account=ACCOUNT)
    bucket = Resource(arn=BUCKET, name="b", type="AWS::S3::Bucket", account=ACCOUNT, policy=guard)
    account = Account(id=ACCOUNT, principals={ALICE: alice, ROOT: root}, resources={BUCKET: bucket})
    answers = who_can(Access(Estate(accounts={ACCOUNT: account})), "s3:GetObject", resource)
    return {each.principal.arn: because_words(each) for each in answers}


@pytest.mark.parametrize(
    ("deny", "words"),
    [
        ({"Resource": "*", "Condition": MFA}, "denied only on a condition by inline policy not, statement 1"),
        ({"Resource": f"{BUCKET}/s/*"}, "denied only on some resources by inline policy not, statement 1"),
        (
            {"Resource": f"{BUCKET}/s/*", "Condition": MFA},
            "denied only on some resources and on a condition by inline policy not, statement 1",
        ),
    ],
)
def test_a_deny_beside_an_allow_is_told_with_what_it_is_kept_to(deny: dict[str, object], words: str) -> None:
    assert words in told(f"{BUCKET}/*", deny)[ALICE]


def test_on_one_resource_a_deny_is_never_said_to_be_about_some() -> None:
    words = told(f"{BUCKET}/s/x", {"Resource": f"{BUCKET}/s/*", "Condition": MFA})[ALICE]
    assert "denied only on a condition by inline policy not, statement 1" in words


def test_a_root_user_is_told_to_may_everything_beside_the_deny_that_may_stop_it() -> None:
    guard = policy(
        PolicyKind.RESOURCE, "guard", Effect="Deny", Principal="*", Action="s3:*", Resource=f"{BUCKET}/*",
        Condition=MFA,
    )  # fmt: skip
    words = told(f"{BUCKET}/x", {"Resource": "*", "Condition": MFA}, guard)[ROOT]
    assert words == [ROOT_MAY, "denied only on a condition by the resource policy, statement 1"]


def test_what_an_earlier_hop_has_given_is_no_policy_of_anybody() -> None:
    (statement,) = everything().document.statements
    grant = Grant(everything().id, everything().name, statement, "inline")
    assert grant_words(grant) == "by every permission, which it has by then"

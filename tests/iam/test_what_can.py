"""What a principal can do: every action with its own answer, gathered only where answers are the same."""

from __future__ import annotations

from iam.asking import who_can
from iam.decision import Verdict
from iam.document import PolicyKind
from iam.what_can import Permission, what_can
from tests.iam.small_cases import HOME, access, allow, held, policy, role, trust, user

ALL = policy(allow())
TRUSTING = held("trust", policy(trust(HOME, ["sts:AssumeRole", "sts:TagSession"])), PolicyKind.TRUST)


def permissions(principal: object, *others: object) -> dict[str, Permission]:
    """The permission that each action is part of."""
    found = what_can(access(principal, *others), principal)  # type: ignore[arg-type]
    return {action: each for each in found for action in each.actions}


def test_taking_a_role_is_told_apart_from_what_else_sts_does() -> None:
    target = role("Target", trust=TRUSTING)
    found = permissions(user(inline=(held("all", ALL),)), target)
    for action in ("sts:AssumeRole", "sts:TagSession"):
        assert (found[action].answer.verdict, found[action].answer.scope.resources) == (
            Verdict.ALLOWED, (target.arn,),
        )  # fmt: skip
    assert found["sts:SetSourceIdentity"].answer.verdict is Verdict.DEPENDS  # in accounts that aren't loaded
    assert found["sts:DecodeAuthorizationMessage"].answer.scope.resources == ("*",)
    assert "sts:AssumeRoleWithSAML" not in found


def test_keys_need_their_policy_and_the_rest_of_kms_does_not() -> None:
    found = permissions(user(inline=(held("all", ALL),)))
    assert found["kms:Decrypt"].answer.verdict is Verdict.DEPENDS
    assert found["kms:CreateKey"].answer.verdict is Verdict.ALLOWED
    assert found["kms:DescribeCustomKeyStores"].answer.verdict is Verdict.ALLOWED


def test_what_needs_no_permission_is_everybodys() -> None:
    nobody, app = user("Nobody"), role()
    assert list(permissions(nobody)) == ["sts:GetCallerIdentity", "sts:GetSessionToken"]
    assert list(permissions(app)) == ["sts:GetCallerIdentity"]
    both = access(nobody, app)
    assert [each.principal for each in who_can(both, "sts:GetCallerIdentity", None)] == [nobody, app]
    assert [each.principal for each in who_can(both, "sts:GetSessionToken", None)] == [nobody]

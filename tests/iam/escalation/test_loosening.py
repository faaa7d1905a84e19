"""Ways that open when a condition on MFA is met by a device of one's own, or when SCPs are got out of the way."""

from __future__ import annotations

from tests.iam.escalation.accounts import (
    EVERYTHING,
    HOME,
    MANAGEMENT,
    Built,
    Json,
    allow,
    deny,
    trusts,
    way_up,
)

OWN = f"arn:aws:iam::{HOME}:user/${{aws:username}}"
ROOT = f"arn:aws:iam::{HOME}:root"
WITH_MFA: Json = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
UNLESS_MFA: Json = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
REGISTER = allow(["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"])


def _told(built: Built, source: str, context: dict[str, str] | None = None) -> tuple[str, list[str]] | None:
    path = way_up(built.web(context), source)
    return (path.verdict.value, [step.technique.id for step in path.steps]) if path is not None else None


def test_a_user_meets_a_condition_on_mfa_by_a_device_that_it_registers() -> None:
    def told(*statements: Json, context: dict[str, str] | None = None) -> tuple[str, list[str]] | None:
        built = Built()
        return _told(built, built.user("mallory", *statements), context)

    put = allow("iam:PutUserPolicy", OWN, WITH_MFA)
    assert told(put) == ("depends", ["iam-007"])
    assert told(put, REGISTER) == ("allowed", ["x-iam-12", "iam-007"])
    assert told(put, allow("iam:EnableMFADevice")) == ("depends", ["iam-007"]), "no device to enable"
    elsewhere = allow("iam:EnableMFADevice", f"arn:aws:iam::{HOME}:user/other")
    assert told(put, allow("iam:CreateVirtualMFADevice"), elsewhere) == ("depends", ["iam-007"])
    assert told(put, REGISTER, context={"aws:MultiFactorAuthPresent": "false"}) is None


def test_the_usual_policy_that_denies_all_but_registering_without_mfa() -> None:
    built = Built()
    rest: Json = {
        "Effect": "Deny", "NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"],
        "Resource": "*", "Condition": UNLESS_MFA,
    }  # fmt: skip
    built.role("boss", EVERYTHING, trust=trusts(ROOT, condition=WITH_MFA))
    mallory = built.user("mallory", REGISTER, allow("sts:AssumeRole"), rest)
    assert _told(built, mallory) == ("allowed", ["x-iam-12", "sts-001"])
    closed = built.user("eve", REGISTER, allow("sts:AssumeRole"), rest, deny("iam:EnableMFADevice"))
    assert _told(built, closed) == ("depends", ["sts-001"])


def test_roles_have_no_device() -> None:
    built = Built()
    role = built.role("worker", allow("iam:PutRolePolicy", "*", WITH_MFA), REGISTER)
    assert _told(built, role) == ("depends", ["iam-005"])


def _member(*statements: Json, management: str = MANAGEMENT) -> tuple[str, list[str]] | None:
    """What a member's user comes to whom an SCP keeps from IAM."""
    built = Built()
    mallory = built.user("mallory", allow("iam:PutUserPolicy", OWN), *statements)
    built.organization(deny("iam:*"), management=management)
    return _told(built, mallory)


def test_leaving_the_organization_leaves_its_scps() -> None:
    assert _member() is None
    assert _member(allow("organizations:LeaveOrganization")) == ("depends", ["x-organizations-04", "iam-007"])
    assert _member(management=HOME) == ("allowed", ["iam-007"]), "they don't bind the management account"


def test_detaching_an_scp_frees_the_ways_through_members() -> None:
    def told(*statements: Json) -> tuple[str, list[str]] | None:
        built = Built()
        chief = f"arn:aws:iam::{MANAGEMENT}:user/chief"
        role = built.role("worker", allow("iam:PutRolePolicy"), trust=trusts(chief))
        built.user("chief", allow("sts:AssumeRole", role), *statements, account=MANAGEMENT)
        built.organization(deny("iam:*"), management=MANAGEMENT)
        return _told(built, chief)

    assert told() is None
    detach = allow("organizations:DetachPolicy")
    assert told(detach) == ("allowed", ["x-organizations-01", "sts-001", "iam-005"])
    assert told(allow("organizations:ListPolicies")) is None


def test_a_policy_that_is_no_scp_is_not_in_the_way() -> None:
    built = Built()
    mallory = built.user("mallory", allow("iam:PutUserPolicy", OWN), allow("organizations:LeaveOrganization"))
    built.organization()
    assert _told(built, mallory) == ("allowed", ["iam-007"])

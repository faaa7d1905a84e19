"""In which order policies count, and how they combine."""

from __future__ import annotations

from typing import Any

import pytest

from iam.decision import Layer, Verdict
from tests.iam.small_cases import (
    ALLOWED,
    BOB,
    EXPLICIT,
    HOME,
    IMPLICIT,
    KEY,
    OBJECT,
    OTHER,
    ROOT,
    SESSION,
    TARGET,
    allow,
    answer,
    decided,
    deny,
    grant,
    policy,
    refuse,
    trust,
)

ALL = policy(allow())
EVERYONE = policy(grant("*"))

DENIES: dict[str, dict[str, Any]] = {
    "identity": {"identity": [ALL, policy(deny())]},
    "group": {"identity": [ALL], "group": [policy(deny())]},
    "boundary": {"identity": [ALL], "boundary": policy(allow(), deny())},
    "session": {"identity": [ALL], "session": policy(allow(), deny())},
    "resource": {"identity": [ALL], "on_resource": policy(grant("*"), refuse("*"))},
    "scp": {"identity": [ALL], "scps": [[ALL], [ALL, policy(deny())]]},
    "rcp": {"identity": [ALL], "rcps": [[EVERYONE, policy(refuse("*"))]]},
    "endpoint": {"identity": [ALL], "endpoint": policy(grant("*"), refuse("*"))},
}


def test_nothing_is_allowed_without_an_allow() -> None:
    assert answer(BOB) == IMPLICIT
    assert answer(BOB, identity=[ALL]) == ALLOWED


@pytest.mark.parametrize("layer", DENIES)
def test_an_explicit_deny_in_any_layer_wins(layer: str) -> None:
    caller = SESSION if layer == "session" else BOB
    assert answer(caller, **DENIES[layer]) == EXPLICIT
    assert (
        answer(caller, **{**DENIES[layer], "on_resource": DENIES[layer].get("on_resource", EVERYONE)})
        == EXPLICIT
    )


def test_order_sids_and_repetition_of_statements_mean_nothing() -> None:
    first, second = allow("s3:Get*", Sid="One"), deny("s3:*", f"{OBJECT}x", Sid="One")
    for statements in ([first, second], [second, first], [first, first, second, second]):
        assert answer(BOB, identity=[policy(*statements)]) == ALLOWED
        assert answer(BOB, resource=f"{OBJECT}x", identity=[policy(*statements)]) == EXPLICIT
    assert answer(BOB, identity=[policy(first), policy(second)]) == ALLOWED


def test_an_answer_names_every_layer_that_blocks_it() -> None:
    decision = decided(BOB, identity=[ALL], boundary=policy(allow("ec2:*")), scps=[[policy(allow("ec2:*"))]])
    assert decision.verdict is Verdict.DENIED
    assert decision.result == IMPLICIT
    assert set(decision.blocked_by) == {Layer.BOUNDARY, Layer.SERVICE_CONTROL}


def test_layers_are_told_in_the_order_in_which_they_are_evaluated() -> None:
    decision = decided(SESSION, identity=[ALL], boundary=ALL, session=ALL, scps=[[ALL]], rcps=[[EVERYONE]])
    order = [each.layer for each in decision.layers]
    expected = [Layer.RESOURCE_CONTROL, Layer.SERVICE_CONTROL, Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION]
    assert [layer for layer in order if layer in expected] == expected


def test_in_one_account_the_identity_or_the_resource_suffices() -> None:
    assert answer(BOB, identity=[ALL]) == ALLOWED
    assert answer(BOB, on_resource=policy(grant(BOB))) == ALLOWED
    assert answer(BOB, on_resource=policy(grant(BOB)), scps=[[policy(allow("ec2:*"))]]) == IMPLICIT


def test_keys_and_roles_need_their_own_policy_even_within_the_account() -> None:
    assert answer(BOB, "kms:Decrypt", KEY, identity=[ALL]) == IMPLICIT
    assert answer(BOB, "kms:Decrypt", KEY, identity=[ALL], on_resource=policy(grant(HOME))) == ALLOWED
    assert answer(BOB, "sts:AssumeRole", TARGET, identity=[ALL]) == IMPLICIT
    assert answer(BOB, "sts:AssumeRole", TARGET, identity=[ALL], on_resource=policy(trust(HOME))) == ALLOWED


def test_across_accounts_both_sides_must_allow() -> None:
    both = {"identity": [ALL], "on_resource": policy(grant(BOB))}
    assert answer(BOB, owner=OTHER, **both) == ALLOWED
    assert answer(BOB, owner=OTHER, identity=[ALL]) == IMPLICIT
    assert answer(BOB, owner=OTHER, on_resource=policy(grant(BOB))) == IMPLICIT
    assert answer(BOB, owner=OTHER, boundary=policy(allow("ec2:*")), **both) == IMPLICIT
    assert (
        answer(SESSION, owner=OTHER, session=policy(allow("ec2:*")), identity=[ALL], on_resource=EVERYONE)
        == IMPLICIT
    )
    assert answer(BOB, owner=OTHER, scps=[[policy(allow("ec2:*"))]], **both) == IMPLICIT
    assert answer(BOB, owner=OTHER, rcps=[[EVERYONE, policy(refuse("*", "s3:*"))]], **both) == EXPLICIT


@pytest.mark.parametrize("principal", ["*", HOME, ROOT])
def test_naming_everyone_or_the_account_never_replaces_the_identity_across_accounts(principal: str) -> None:
    assert answer(BOB, owner=OTHER, on_resource=policy(grant(principal))) == IMPLICIT
    assert answer(BOB, owner=OTHER, on_resource=policy(grant(principal)), identity=[ALL]) == ALLOWED


def test_what_has_no_policy_of_its_own_is_out_of_reach_for_other_accounts() -> None:
    instance = f"arn:aws:ec2:us-east-1:{OTHER}:instance/i-1"
    assert answer(BOB, "ec2:StopInstances", instance, owner=OTHER, identity=[ALL]) == IMPLICIT


def test_the_root_user_may_do_all_in_its_own_account_without_policies() -> None:
    assert answer(ROOT) == ALLOWED
    assert answer(ROOT, "iam:CreateUser", f"arn:aws:iam::{HOME}:user/x") == ALLOWED
    assert answer(ROOT, owner=OTHER) == IMPLICIT
    assert answer(ROOT, owner=OTHER, on_resource=policy(grant(HOME))) == ALLOWED


def test_guardrails_and_resource_policies_bind_the_root_user() -> None:
    assert answer(ROOT, scps=[[ALL, policy(deny("s3:*"))]]) == EXPLICIT
    assert answer(ROOT, scps=[[policy(allow("ec2:*"))]]) == IMPLICIT
    assert answer(ROOT, rcps=[[EVERYONE, policy(refuse("*", "s3:*"))]]) == EXPLICIT
    assert answer(ROOT, on_resource=policy(refuse("*"))) == EXPLICIT


def test_the_root_user_can_assume_no_role() -> None:
    assert answer(ROOT, "sts:AssumeRole", TARGET, on_resource=policy(trust(HOME))) == IMPLICIT


def test_a_users_policies_are_its_own_and_those_of_its_groups() -> None:
    assert answer(BOB, group=[ALL]) == ALLOWED
    assert answer(BOB, identity=[ALL], group=[policy(deny())]) == EXPLICIT


def test_a_group_is_no_principal() -> None:
    assert answer(BOB, on_resource=policy(grant(f"arn:aws:iam::{HOME}:group/devs"))) == IMPLICIT

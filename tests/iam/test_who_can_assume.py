"""Who can assume which role: deciding like callers once must answer as deciding each one does."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from iam.assume import assumable
from iam.decision import Policy, Verdict
from iam.document import PolicyKind
from iam.entities import Account, ManagedPolicy, Principal, PrincipalType
from iam.estate import Access, Estate
from tests.iam.small_cases import (
    HOME,
    OTHER,
    Json,
    access,
    allow,
    deny,
    held,
    organization,
    policy,
    role,
    trust,
    user,
)

ASSUME = "sts:AssumeRole"
TRUST_ROOT = held("trust", policy(trust(f"arn:aws:iam::{HOME}:root")), PolicyKind.TRUST)
MAY_ASSUME = held("may-assume", policy(allow(ASSUME)))
TARGET = role("Target", trust=TRUST_ROOT)
FULL = held("FullAWSAccess", policy(allow()), PolicyKind.SERVICE_CONTROL)
EVERYWHERE = {"r": [FULL], "ou": [FULL], HOME: [FULL]}


def verdicts(asked: Access) -> dict[str, str]:
    """By the name of each principal that can assume TARGET: the verdict."""
    return {
        each.principal.rsplit("/", 1)[-1]: each.decision.verdict.value
        for each in assumable(asked)
        if each.role == TARGET.arn
    }


def test_an_scp_that_exempts_one_principal_by_its_arn_binds_the_others() -> None:
    exempt = {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{HOME}:user/Alice"}}
    scp = held("scp", policy(deny(ASSUME, Condition=exempt)), PolicyKind.SERVICE_CONTROL)
    caps = organization(**{**EVERYWHERE, "ou": [FULL, scp]})
    people = [user(name, inline=(MAY_ASSUME,)) for name in ("Alice", "Bob", "Carl")]
    for order in (people, people[::-1]):
        assert verdicts(access(*order, TARGET, organized=caps)) == {"Alice": "allowed"}


def test_an_rcp_that_denies_one_tag_leaves_the_others() -> None:
    tagged = {"StringEquals": {"aws:PrincipalTag/team": "red"}}
    refusing = {**deny(ASSUME, Condition=tagged), "Principal": "*"}
    caps = organization(r=[held("rcp", policy(refusing), PolicyKind.RESOURCE_CONTROL)])
    people = [
        user(name, inline=(MAY_ASSUME,), tags={"team": team}) for name, team in (("A", "red"), ("B", "blue"))
    ]
    assert verdicts(access(*people, TARGET, organized=caps)) == {"B": "allowed"}


def test_a_boundary_that_is_not_loaded_is_needed_for_each_by_its_own_name() -> None:
    boundary = f"arn:aws:iam::{HOME}:policy/limits"
    people = [user(name, inline=(MAY_ASSUME,), boundary=boundary) for name in ("Alice", "Bob")]
    found = [each for each in assumable(access(*people, TARGET)) if each.role == TARGET.arn]
    assert [each.decision.verdict for each in found] == [Verdict.DEPENDS] * 2
    for each in found:
        (need,) = each.decision.needs
        assert each.principal in need


def test_a_boundary_without_a_word_on_assuming_lets_nobody_pass() -> None:
    boundary = f"arn:aws:iam::{HOME}:policy/limits"
    limits = ManagedPolicy(policy=held(boundary, policy(allow("s3:*"))), account=HOME)
    bob = user("Bob", inline=(MAY_ASSUME,), boundary=boundary)
    assert verdicts(access(bob, TARGET, policies={boundary: limits})) == {}


@pytest.mark.parametrize("seed", range(30))
def test_every_pair_of_a_drawn_estate_answers_as_decided_alone(seed: int) -> None:
    estate = drawn(Random(seed))  # noqa: S311 - to be repeated
    together = Access(estate)
    found = {(each.principal, each.role): each.decision for each in assumable(together)}
    roles = [each for each in estate.principals() if each.trust is not None]
    for target in roles:
        for caller in estate.principals():
            if caller.arn == target.arn or caller.type is PrincipalType.ROOT:
                continue
            alone = Access(estate)
            question = alone.question(ASSUME, target.arn, owner=target.account)
            expected = alone.decide(
                question,
                caller,
                context=alone.resource_context(question, None),
                resource_policy=target.trust,
            )
            decision = found.pop((caller.arn, target.arn), None)
            if decision is None:
                assert expected.verdict is Verdict.DENIED, (caller.arn, target.arn)
                continue
            assert decision.verdict is expected.verdict, (caller.arn, target.arn)
            assert (decision.conditions, decision.needs) == (expected.conditions, expected.needs)
            assert [each.as_json() for each in decision.because] == [
                each.as_json() for each in expected.because
            ]
            assert [(each.layer, each.result) for each in decision.layers] == [
                (each.layer, each.result) for each in expected.layers
            ]
    assert not found


def drawn(r: Random) -> Estate:
    """Two accounts with few policies in many mixtures, so that principals come out alike in parts."""
    accounts = {}
    for account in (HOME, OTHER):
        shared = [held(f"{account}-{at}", policy(*statements(r, account))) for at in range(5)]
        limits = {
            f"arn:aws:iam::{account}:policy/limits-{at}": ManagedPolicy(
                policy=held(f"arn:aws:iam::{account}:policy/limits-{at}", policy(*statements(r, account))),
                account=account,
            )
            for at in range(2)
        }
        principals = [drawn_principal(r, account, at, shared, [*limits, "", "", "arn:aws:iam::aws:policy/Gone"])
                      for at in range(12)]  # fmt: skip
        accounts[account] = Account(
            id=account, principals={each.arn: each for each in principals}, policies=limits
        )
    scp = held("scp", policy(deny_of(r), deny_of(r)), PolicyKind.SERVICE_CONTROL)
    rcp = held("rcp", policy({**deny_of(r), "Principal": "*"}), PolicyKind.RESOURCE_CONTROL)
    caps = {**EVERYWHERE, "r": [FULL, rcp], "ou": [FULL, scp]}
    organized = organization(**caps) if r.random() < 0.7 else None
    outsiders = [
        outsider("*", PrincipalType.ANYONE),
        outsider("arn:aws:iam::333333333333:root", PrincipalType.ACCOUNT, "333333333333"),
        outsider("lambda.amazonaws.com", PrincipalType.SERVICE),
    ]
    return Estate(accounts=accounts, organization=organized, outsiders={each.arn: each for each in outsiders})


def outsider(key: str, kind: PrincipalType, account: str = "") -> Principal:
    return Principal(arn=key, type=kind, name=key, account=account, loaded=False)


def drawn_principal(
    r: Random, account: str, at: int, shared: list[Policy], boundaries: list[str]
) -> Principal:
    given: dict[str, Any] = {
        "inline": tuple(r.sample(shared, r.randrange(3))),
        "boundary": r.choice(boundaries),
        "tags": {"team": r.choice(("red", "blue"))},
    }
    if r.random() < 0.5:
        return user(f"u{at}", account, **given)
    trusting = policy(*(drawn_trust(r) for _ in range(r.randrange(1, 3))))
    return role(f"r{at}", account, trust=held(f"trust-{account}-{at}", trusting, PolicyKind.TRUST), **given)


def conditions(r: Random) -> Json:
    return r.choice([
        {},
        {},
        {"Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}},
        {"Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:*/u1*"}}},
        {"Condition": {"StringEquals": {"aws:PrincipalAccount": HOME}}},
        {"Condition": {"StringEquals": {"aws:PrincipalType": "User"}}},
        {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
        {"Condition": {"StringLike": {"aws:username": "u?"}}},
    ])  # fmt: skip


def statements(r: Random, account: str) -> list[Json]:
    made = []
    for _ in range(r.randrange(1, 4)):
        effect = r.choice((allow, allow, allow, deny))
        action = r.choice((ASSUME, "sts:*", "*", "s3:GetObject", ["s3:*", ASSUME], "STS:assumerole"))
        resource = r.choice((
            "*",
            f"arn:aws:iam::{account}:role/team/r{r.randrange(12)}",
            [f"arn:aws:iam::{account}:role/team/r1*", f"arn:aws:iam::{HOME}:role/team/r2"],
            "arn:aws:iam::*:role/team/r?",
            "arn:aws:iam::*:role/team/${aws:PrincipalTag/team}*",
        ))  # fmt: skip
        made.append(effect(action, resource, **conditions(r)))
    if r.random() < 0.2:
        made.append(allow(None, "*", NotAction="iam:*"))
    if r.random() < 0.2:
        made.append(allow(ASSUME, None, NotResource=f"arn:aws:iam::{account}:role/team/r3"))
    return made


def deny_of(r: Random) -> Json:
    return deny(
        r.choice((ASSUME, "sts:*", "ec2:*")), r.choice(("*", "arn:aws:iam::*:role/team/r1*")), **conditions(r)
    )


def drawn_trust(r: Random) -> Json:
    who = r.choice((
        "*",
        f"arn:aws:iam::{HOME}:root",
        f"arn:aws:iam::{OTHER}:root",
        HOME,
        [f"arn:aws:iam::{HOME}:root", f"arn:aws:iam::{OTHER}:user/u1"],
        f"arn:aws:iam::{HOME}:role/team/r1",
        f"arn:aws:sts::{HOME}:assumed-role/r2/session",
        {"Service": "lambda.amazonaws.com"},
        "arn:aws:iam::333333333333:root",
    ))  # fmt: skip
    made = trust(who, **conditions(r))
    if r.random() < 0.15:
        return {**made, "Effect": "Deny"}
    return made

"""Choke points: what removing a grant really cuts off, and the fewest grants that cut off everybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from iam.decision import Policy
from iam.document import PolicyKind, read_document
from iam.entities import Account, Principal, PrincipalType
from iam.escalation.choke import ChokePoint, ChokePoints
from iam.escalation.web import Web
from iam.estate import Access, Estate
from tests.iam.escalation.accounts import HOME, OTHER, allow, text, trusts

VAULT = f"arn:aws:iam::{HOME}:role/vault"
Json = dict[str, object]


def role(name: str, account: str, own: list[Json], trust: list[Json]) -> Principal:
    arn = f"arn:aws:iam::{account}:role/{name}"
    held = Policy(
        f"{arn}:inline/own", "own", PolicyKind.IDENTITY, read_document(text(*own), PolicyKind.IDENTITY)
    )
    trusting = Policy(f"{arn}:trust", name, PolicyKind.TRUST, read_document(text(*trust), PolicyKind.TRUST))
    return Principal(
        arn=arn, type=PrincipalType.ROLE, name=name, account=account, inline=(held,) if own else (),
        trust=trusting,
    )  # fmt: skip


def estate(*roles: Principal) -> Estate:
    accounts = {each.account: Account(id=each.account) for each in roles}
    for each in roles:
        accounts[each.account].principals[each.arn] = each
    return Estate(accounts=accounts)


GOES = allow("sts:AssumeRole", VAULT)


def callers(account: str, *, own: bool = True) -> list[Principal]:
    return [role(name, account, [GOES] if own else [], [trusts("ec2.amazonaws.com")]) for name in ("a", "b")]


def vault(*trust: Json) -> Principal:
    return role("vault", HOME, [], list(trust))


def arn_of(account: str, name: str) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


CASES: dict[str, tuple[Callable[[], Estate], list[str]]] = {
    "the account is trusted: both sides are needed": (
        lambda: estate(*callers(HOME), vault(trusts(f"arn:aws:iam::{HOME}:root"))),
        [f"{VAULT}:trust#1"],
    ),
    "another account is trusted: both sides are needed": (
        lambda: estate(*callers(OTHER), vault(trusts(f"arn:aws:iam::{OTHER}:root"))),
        [f"{VAULT}:trust#1"],
    ),
    "callers of another account are named: both sides are needed": (
        lambda: estate(*callers(OTHER), vault(trusts(arn_of(OTHER, "a")), trusts(arn_of(OTHER, "b")))),
        [f"{VAULT}:trust#1", f"{VAULT}:trust#2"],
    ),
    "callers of the account are named: their own policies don't matter": (
        lambda: estate(*callers(HOME), vault(trusts(arn_of(HOME, "a"), arn_of(HOME, "b")))),
        [f"{VAULT}:trust#1"],
    ),
    "named, and no policy of their own": (
        lambda: estate(*callers(HOME, own=False), vault(trusts(arn_of(HOME, "a"), arn_of(HOME, "b")))),
        [f"{VAULT}:trust#1"],
    ),
    "trusted twice: by name, and by the account": (
        lambda: estate(
            *callers(HOME)[:1], vault(trusts(arn_of(HOME, "a")), trusts(f"arn:aws:iam::{HOME}:root"))
        ),
        [f"{arn_of(HOME, 'a')}:inline/own#1", f"{VAULT}:trust#1"],
    ),
}


def reaching(known: Estate) -> set[str]:
    web = Web(Access(known))
    return {path.source for path in web.best_paths([VAULT])}


def without(known: Estate, removed: list[ChokePoint]) -> Estate:
    """The same with these statements taken out of their holders' policies."""
    gone = {(each.held.holder, each.held.statement_id) for each in removed}

    def left(holder: str, policy: Policy) -> Policy:
        kept = [s for s in policy.document.statements if (holder, f"{policy.id}#{s.index}") not in gone]
        return replace(policy, document=replace(policy.document, statements=tuple(kept)))

    roles = []
    for each in known.principals():
        trust = left(each.arn, each.trust) if each.trust is not None else None
        roles.append(replace(each, inline=tuple(left(each.arn, p) for p in each.inline), trust=trust))
    return estate(*roles)


@pytest.mark.parametrize("case", CASES)
def test_removing_a_choke_point_cuts_off_exactly_whom_it_says(case: str) -> None:
    known = CASES[case][0]()
    before = reaching(known)
    assert before
    removed: list[ChokePoint] = []
    for point in ChokePoints(Web(Access(known)), [VAULT]).greedy():
        removed.append(point)
        after = reaching(without(known, removed))
        assert before - after == set(point.cuts)
        before = after


@pytest.mark.parametrize("case", CASES)
def test_the_fewest_grants_cut_off_everybody_and_none_of_them_too_many(case: str) -> None:
    known, expected = CASES[case][0](), CASES[case][1]
    minimum, exact = ChokePoints(Web(Access(known)), [VAULT]).minimum()
    assert exact
    assert len(minimum) == len(expected)
    assert reaching(without(known, minimum)) == set()
    for at in range(len(minimum)):
        assert reaching(without(known, minimum[:at] + minimum[at + 1 :]))

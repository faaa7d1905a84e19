"""Choke points: what removing a grant really cuts off, and the fewest grants that cut off everybody."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any

import pytest

from iam.decision import Policy
from iam.document import PolicyKind, read_document
from iam.entities import Account, Group, Principal, PrincipalType
from iam.escalation.choke import ChokePoints
from iam.escalation.held import HeldGrant
from iam.escalation.web import Web
from iam.estate import Access, Estate
from tests.iam.escalation.accounts import HOME, OTHER, allow, text, trusts
from tests.iam.escalation.planted import planted

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


def reaching(known: Estate, targets: Collection[str] = (VAULT,)) -> set[str]:
    web = Web(Access(known))
    found = web.next_steps(targets, taking_over=False)
    return {each.arn for each in web.world.sources if each.arn in found and each.arn not in targets}


def without(known: Estate, removed: Collection[HeldGrant]) -> Estate:
    """The same with these statements taken out of what their holders have: what is attached becomes their own."""
    gone = {(each.holder, each.statement_id) for each in removed}

    def left(holder: str, policy: Policy) -> Policy:
        kept = [s for s in policy.document.statements if (holder, f"{policy.id}#{s.index}") not in gone]
        return replace(policy, document=replace(policy.document, statements=tuple(kept)))

    def held(each: Principal | Group, account: Account) -> dict[str, Any]:
        touched = {id_.rpartition("#")[0] for holder, id_ in gone if holder == each.arn}
        own = [*each.inline, *(account.policies[arn].policy for arn in each.attached if arn in touched)]
        return {
            "inline": tuple(left(each.arn, policy) for policy in own),
            "attached": tuple(arn for arn in each.attached if arn not in touched),
        }

    accounts = {}
    for account in known.accounts.values():
        principals = {
            arn: replace(each, **held(each, account), trust=left(arn, each.trust) if each.trust else None)
            for arn, each in account.principals.items()
        }
        groups = {arn: replace(each, **held(each, account)) for arn, each in account.groups.items()}
        accounts[account.id] = replace(account, principals=principals, groups=groups)
    return Estate(accounts, known.organization, known.outsiders)


def grants(known: Estate) -> Iterator[HeldGrant]:
    """Every Allow with whoever holds it, and those of trust policies."""
    for account in known.accounts.values():
        holders: list[Principal | Group] = [*account.principals.values(), *account.groups.values()]
        for each in holders:
            trust = (each.trust,) if isinstance(each, Principal) and each.trust else ()
            attached = (account.policies[arn].policy for arn in each.attached if arn in account.policies)
            for policy in (*each.inline, *attached, *trust):
                for statement in policy.document.statements:
                    if statement.allows:
                        yield HeldGrant(f"{policy.id}#{statement.index}", each.arn)


@pytest.mark.parametrize("case", CASES)
def test_removing_a_choke_point_cuts_off_exactly_whom_it_says(case: str) -> None:
    known = CASES[case][0]()
    before = reaching(known)
    assert before
    removed: list[HeldGrant] = []
    for point in ChokePoints(Web(Access(known)), [VAULT]).greedy():
        removed.append(point.held)
        after = reaching(without(known, removed))
        assert before - after == set(point.cuts)
        before = after


@pytest.mark.parametrize("case", CASES)
def test_the_fewest_grants_cut_off_everybody_and_none_of_them_too_many(case: str) -> None:
    known, expected = CASES[case][0](), CASES[case][1]
    minimum, exact = ChokePoints(Web(Access(known)), [VAULT]).minimum()
    assert exact
    assert len(minimum) == len(expected)
    removed = [each.held for each in minimum]
    assert reaching(without(known, removed)) == set()
    for at in range(len(removed)):
        assert reaching(without(known, removed[:at] + removed[at + 1 :]))


def test_grants_that_leave_somebody_are_not_said_to_cut_off_everybody() -> None:
    names = [f"caller-{number}" for number in range(55)]
    named = [trusts(arn_of(HOME, name)) for name in names]
    known = estate(*(role(name, HOME, [], [trusts("ec2.amazonaws.com")]) for name in names), vault(*named))
    points = ChokePoints(Web(Access(known)), [VAULT])
    assert len(points.sources) == len(names)
    assert points.minimum() == ([], False)


@pytest.mark.parametrize("seed", range(10))
def test_in_whole_accounts_too_a_choke_point_cuts_off_exactly_whom_it_says(seed: int) -> None:
    web = planted(seed).built.web()
    known, targets = web.world.access.estate, web.administrator_nodes
    before = reaching(known, targets)
    assert before
    removed: list[HeldGrant] = []
    for point in ChokePoints(web, targets).greedy(8):
        removed.append(point.held)
        after = reaching(without(known, removed), targets)
        assert before - after == set(point.cuts)
        before = after
    assert removed


def test_no_other_grant_cuts_off_more_than_the_first_choke_point() -> None:
    web = planted(3).built.web()
    known, targets = web.world.access.estate, web.administrator_nodes
    before = len(reaching(known, targets))
    most = max(before - len(reaching(without(known, [held]), targets)) for held in grants(known))
    assert len(ChokePoints(web, targets).greedy(1)[0].cuts) == most

"""What must hold in every account: laws of steps and paths, over accounts drawn from seeds."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from random import Random

import pytest

from iam.decision import Policy, Verdict
from iam.document import PolicyKind, read_document
from iam.entities import Account, Principal
from iam.escalation.actors import Actor
from iam.escalation.steps import Step
from iam.escalation.web import Path, Web
from iam.estate import Access, Estate
from iam.question import Question
from tests.iam.escalation.accounts import HOME, NOW, Json, allow, deny, text, ways_up
from tests.iam.escalation.planted import planted

SEEDS = pytest.mark.parametrize(
    "seed",
    [*range(200, 205), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(205, 225))],
)
_ACTIONS = (
    "iam:PassRole", "iam:PutUserPolicy", "iam:PutRolePolicy", "sts:AssumeRole", "iam:CreateAccessKey", "*",
    "lambda:*", "iam:*", "ec2:RunInstances", "iam:Update*", "ssm:StartSession", "s3:GetObject",
)  # fmt: skip


def _verdicts(estate: Estate) -> dict[str, Verdict]:
    return {path.source: path.verdict for path in ways_up(Web(Access(estate)))}


def _at_least(before: dict[str, Verdict], after: dict[str, Verdict]) -> bool:
    """Whether all ways of the one are in the other, no less certain."""
    return all(
        arn in after and (after[arn] is Verdict.ALLOWED or verdict is Verdict.DEPENDS)
        for arn, verdict in before.items()
    )


def _given(estate: Estate, holder: str, statement: Json) -> Estate:
    """The estate in which one principal holds one more statement."""
    document = read_document(text(statement), PolicyKind.IDENTITY)
    policy = Policy(f"{holder}#one-more", "one-more", PolicyKind.IDENTITY, document)
    accounts = {}
    for id_, account in estate.accounts.items():
        principals = dict(account.principals)
        if holder in principals:
            one = principals[holder]
            principals[holder] = replace(one, inline=(*one.inline, policy))
        accounts[id_] = replace(account, principals=principals)
    return replace(estate, accounts=accounts)


def _drawn(seed: int, estate: Estate, times: int) -> list[tuple[str, str]]:
    random = Random(seed)  # noqa: S311 - drawn again from the same seed
    arns = [p.arn for p in estate.principals() if not p.service_linked]
    return [(random.choice(arns), random.choice(_ACTIONS)) for _ in range(times)]


@SEEDS
def test_one_more_allow_takes_no_way_up_away(seed: int) -> None:
    estate = planted(seed).built.estate
    before = _verdicts(estate)
    for holder, action in _drawn(seed, estate, 3):
        richer = _given(estate, holder, allow(action))
        web = Web(Access(richer))
        after = {path.source: path.verdict for path in ways_up(web)}
        administrators = {principal.arn for principal in web.administrators}
        kept = {arn: verdict for arn, verdict in before.items() if arn not in administrators}
        assert _at_least(kept, after), (holder, action)


@SEEDS
def test_one_more_deny_opens_no_way_up(seed: int) -> None:
    estate = planted(seed).built.estate
    web = Web(Access(estate))
    before = {path.source: path.verdict for path in ways_up(web)}
    before |= {principal.arn: Verdict.ALLOWED for principal in web.administrators}
    for holder, action in _drawn(seed, estate, 3):
        assert _at_least(_verdicts(_given(estate, holder, deny(action))), before), (holder, action)


@SEEDS
def test_every_hop_s_rights_are_had_one_by_one(seed: int) -> None:
    """Each right of each step, put as a question of its own to the evaluator, is granted."""
    estate = planted(seed).built.estate
    web = Web(Access(estate))
    access = web.world.access
    for path in ways_up(web):
        for step in path.steps:
            for number in {used.number for used in step.rights}:
                assert _had(access, step, number), (step.source, step.technique.id, number)


def _had(access: Access, step: Step, number: int) -> bool:
    """Whether one of the actions that give a right is granted, at least under conditions."""
    for used in step.rights:
        if used.number != number:
            continue
        trust = step.binding.role.trust if used.action == "sts:AssumeRole" and step.binding.role else None
        arn = used.target.arn or None
        question: Question = access.question(used.action, arn, owner=step.actor.principal.account)
        if trust is not None and step.binding.role is not None:
            question = access.question(used.action, step.binding.role.arn, owner=step.binding.role.account)
        decision = access.decide(
            question, step.actor.principal, context=access.resource_context(question, None),
            resource_policy=trust,
        )  # fmt: skip
        if decision.verdict is not Verdict.DENIED:
            return True
    return False


@SEEDS
def test_a_path_s_verdict_is_that_of_its_hops(seed: int) -> None:
    for path in ways_up(Web(Access(planted(seed).built.estate))):
        certain = all(step.verdict is Verdict.ALLOWED for step in path.steps)
        assert (path.verdict is Verdict.ALLOWED) == certain
        assert [step.target for step in path.steps[:-1]] == [step.source for step in path.steps[1:]]
        assert (path.verdict is Verdict.ALLOWED) == (not path.conditions and not path.needs)


@SEEDS
def test_the_account_s_number_means_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    renamed = "765432109876"
    expected = {arn.replace(HOME, renamed): v for arn, v in _verdicts(planted(seed).built.estate).items()}
    monkeypatch.setattr("tests.iam.escalation.planted.HOME", renamed)
    garden = planted(seed)
    assert set(garden.built.estate.accounts) >= {renamed}
    assert HOME not in garden.built.estate.accounts
    assert _verdicts(garden.built.estate) == expected


@SEEDS
def test_what_starts_from_some_is_what_all_holds_of_them(seed: int) -> None:
    """The part of the web that starts from a few principals has all their steps and their best ways."""
    estate = planted(seed).built.estate
    whole = Web(Access(estate))
    sources = [principal.arn for principal in whole.world.sources]
    random = Random(seed)  # noqa: S311 - drawn again from the same seed
    for starts in ([random.choice(sources)], random.sample(sources, 3), [*_verdicts(estate)][:1]):
        part = Web(Access(estate), starts=starts)
        for start in starts:
            assert _told(part.steps_of(start)) == _told(whole.steps_of(start))
            for path, other in zip(_best(part, start), _best(whole, start), strict=True):
                assert _told(path.steps) == _told(other.steps)


def _best(web: Web, start: str) -> list[Path]:
    return web.best_paths(web.administrator_nodes, sources=[start])


def _told(steps: Iterable[Step]) -> list[tuple[str, str, str, str]]:
    return [(step.source, step.target, step.technique.id, repr(step.open)) for step in steps]


@SEEDS
def test_the_order_of_things_means_nothing(seed: int) -> None:
    garden = planted(seed)
    estate = deepcopy(garden.built.estate)
    random = Random(seed)  # noqa: S311 - drawn again from the same seed
    for account in estate.accounts.values():
        _shuffled(account, random)
    assert _verdicts(estate) == _verdicts(garden.built.estate)


def _shuffled(account: Account, random: Random) -> None:
    def other_order(principal: Principal) -> Principal:
        inline, attached, groups = list(principal.inline), list(principal.attached), list(principal.groups)
        for each in (inline, attached, groups):
            random.shuffle(each)
        return replace(principal, inline=tuple(inline), attached=tuple(attached), groups=tuple(groups))

    arns = list(account.principals)
    random.shuffle(arns)
    account.principals = {arn: other_order(account.principals[arn]) for arn in arns}
    policies = list(account.policies.items())
    random.shuffle(policies)
    account.policies = dict(policies)


@SEEDS
def test_the_same_account_gives_the_same_steps(seed: int) -> None:
    def told() -> list[tuple[str, str, str]]:
        web = Web(Access(planted(seed).built.estate))
        return [(s.source, s.target, s.technique.id) for steps in web.steps.values() for s in steps]

    assert told() == told()


def test_an_actor_s_key_says_who_and_what_was_changed() -> None:
    garden = planted(1)
    principal = garden.built.estate.principal(next(iter(garden.ways)))
    assert principal is not None
    actor = Actor(principal)
    assert actor.key == principal.arn
    assert actor.with_boundary("no boundary", "").key == f"{principal.arn} with no boundary"
    assert garden.built.estate.now == NOW

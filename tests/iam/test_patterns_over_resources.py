"""A question on a pattern over several resources: each loaded one is asked with its own policy."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from iam.answer import Answer
from iam.asking import can, missing
from iam.decision import Layer, Verdict
from iam.document import PolicyKind
from iam.entities import Account, Principal, Resource
from iam.estate import Access
from iam.nesting import beginning_inside, holder_of
from iam.overlap import covers, shared
from iam.pattern import Pattern, arn_pattern, text_pattern
from iam.put import questions_put
from tests.iam.small_cases import HOME, OTHER, Json, access, allow, deny, grant, held, policy, refuse, user

S3 = "arn:aws:s3:::"


def guarded(arn: str, document: Json | None, account: str = HOME, kind: str = "AWS::S3::Bucket") -> Resource:
    name = arn.rsplit(":", 1)[-1]
    own = held(f"policy of {name}", document, PolicyKind.RESOURCE) if document else None
    return Resource(arn=arn, type=kind, name=name, account=account, policy=own)


def two_accounts(bob: Principal, eve: Principal, resources: Iterable[Resource]) -> Access:
    """An estate in which Bob's account and Eve's hold these resources."""
    every = list(resources)
    made = access(bob, resources=[each for each in every if each.account == HOME])
    others = {each.arn: each for each in every if each.account == OTHER}
    made.estate.accounts[OTHER] = Account(id=OTHER, principals={eve.arn: eve}, resources=others)
    return made


def is_among(answer: Answer, arn: str) -> bool:
    """Whether an answer says that it holds on a resource.

    What lies within what is cut out, and is named, isn't cut out.
    """
    cut = [each for each in answer.scope.except_resources if arn_pattern(each).matches(arn)]
    return any(
        arn_pattern(each).matches(arn) and all(covers(other, each) for other in cut)
        for each in answer.scope.resources
    )


# One pattern, one bucket


@pytest.mark.parametrize("pattern", ["pay*/2026/*", "pay*/*", "payroll/2026/*", "*/2026/*", "p?yroll/20*"])
def test_a_bucket_that_lets_somebody_in_by_name_answers_for_the_patterns_that_reach_into_it(
    pattern: str,
) -> None:
    bob = user()
    payroll = guarded(S3 + "payroll", policy(grant(bob.arn, "s3:GetObject", S3 + "payroll/2026/*")))
    answer = can(access(bob, resources=[payroll]), bob, "s3:GetObject", S3 + pattern)
    assert answer.verdict is Verdict.ALLOWED
    assert is_among(answer, S3 + "payroll/2026/a.csv")
    assert not is_among(answer, S3 + "payroll/2025/a.csv")
    assert not is_among(answer, S3 + "payments/2026/a.csv")


def test_what_a_bucket_denies_is_cut_out_of_what_own_policies_allow() -> None:
    bob = user(inline=(held("own", policy(allow("s3:*", S3 + "pay*"))),))
    payroll = guarded(S3 + "payroll", policy(refuse("*", "s3:*", [S3 + "payroll", S3 + "payroll/*"])))
    loaded = access(bob, resources=[payroll])
    answer = can(loaded, bob, "s3:GetObject", S3 + "pay*/2026/*")
    assert (answer.verdict, answer.scope.resources) == (Verdict.ALLOWED, (S3 + "pay*/2026/*",))
    assert answer.scope.except_resources == (S3 + "payroll/*/2026/*", S3 + "payroll/2026/*")
    in_general = can(loaded, bob, "s3:GetObject", None)
    assert in_general.scope.except_resources == (S3 + "payroll/*",)


def test_a_denial_of_all_that_is_meant_is_told_with_the_layer_that_denies() -> None:
    bob = user(inline=(held("own", policy(allow("s3:*", S3 + "payroll/*"))),))
    payroll = guarded(S3 + "payroll", policy(refuse("*", "s3:*", S3 + "payroll/*")))
    answer = can(access(bob, resources=[payroll]), bob, "s3:GetObject", S3 + "pay*/2026/*")
    assert (answer.verdict, answer.decision.blocked_by) == (Verdict.DENIED, (Layer.RESOURCE,))
    assert answer.decision.explicitly_denied


def test_a_part_that_takes_more_than_the_rest_is_cut_out_too() -> None:
    mfa = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    bob = user(inline=(held("own", policy(allow("s3:*"))),))
    payroll = guarded(S3 + "payroll", policy(refuse("*", "s3:*", S3 + "payroll/hr/*", Condition=mfa)))
    answer = can(access(bob, resources=[payroll]), bob, "s3:GetObject", S3 + "pay*/*")
    assert answer.verdict is Verdict.ALLOWED
    assert answer.scope.resources == (S3 + "pay*/*",)
    assert answer.scope.except_resources == (S3 + "payroll/hr/*",)


def test_what_a_bucket_grants_is_not_cut_out_because_own_policies_leave_it_out() -> None:
    bob = user(inline=(held("own", policy(allow("s3:*", None, NotResource=S3 + "*/secret/*"))),))
    payroll = guarded(S3 + "payroll", policy(grant(bob.arn, "s3:GetObject", S3 + "payroll/*")))
    answer = can(access(bob, resources=[payroll]), bob, "s3:GetObject", S3 + "pay*")
    assert is_among(answer, S3 + "payroll/secret/a")
    assert is_among(answer, S3 + "payroll/b/secret/a")
    assert is_among(answer, S3 + "payments/b")
    assert not is_among(answer, S3 + "payments/secret/b")


def test_a_bucket_of_another_account_is_cut_out_unless_its_policy_lets_the_caller_in() -> None:
    bob = user(inline=(held("own", policy(allow("s3:*"))),))
    eve = user("Eve", OTHER, inline=(held("hers", policy(allow("s3:*"))),))
    silent = guarded(S3 + "payments", policy(grant(OTHER, "s3:ListBucket", S3 + "payments")), OTHER)
    bare = guarded(S3 + "paypal", None, OTHER)
    open_ = guarded(S3 + "payroll", policy(grant(HOME, "s3:GetObject", S3 + "payroll/*")), OTHER)
    loaded = two_accounts(bob, eve, [silent, bare, open_])
    his = can(loaded, bob, "s3:GetObject", S3 + "pay*/2026/*")
    assert [is_among(his, f"{S3}{name}/2026/a") for name in ("payroll", "payments", "paypal")] == [
        True, False, False,
    ]  # fmt: skip
    hers = can(loaded, eve, "s3:GetObject", S3 + "pay*/2026/*")
    assert all(is_among(hers, f"{S3}{name}/2026/a") for name in ("payroll", "payments", "paypal"))


def test_what_one_bucket_alone_gives_is_cut_out_of_nothing() -> None:
    bob = user(tags={"team": "red"})
    own = policy(grant("*", "s3:PutObject", S3 + "home/${aws:PrincipalTag/team}/*"))
    answer = can(access(bob, resources=[guarded(S3 + "home", own)]), bob, "s3:PutObject", S3 + "h*/r*/x")
    assert (answer.verdict, answer.scope.except_resources) == (Verdict.ALLOWED, ())
    assert is_among(answer, S3 + "home/red/r1/x")
    assert not is_among(answer, S3 + "home/rot/x")


def test_policies_of_buckets_that_are_not_loaded_are_said_to_be_missing() -> None:
    bob = user()
    payroll = guarded(S3 + "payroll", policy(grant(bob.arn, "s3:GetObject", S3 + "payroll/*")))
    loaded = access(bob, resources=[payroll])
    said = missing(loaded, list(questions_put(loaded, "s3:GetObject", S3 + "pay*/2026/*")))
    assert any(
        "policies of resources that are not loaded could deny, or let others in" in each for each in said
    )


# Other resources in which something lies


@pytest.mark.parametrize(
    ("action", "kind", "arn", "pattern", "inside"),
    [
        (
            "lambda:InvokeFunction", "AWS::Lambda::Function",
            f"arn:aws:lambda:us-east-1:{HOME}:function:app", f"arn:aws:lambda:*:{HOME}:function:a*:PROD",
            f"arn:aws:lambda:us-east-1:{HOME}:function:app:PROD",
        ),
        (
            "dynamodb:Query", "AWS::DynamoDB::Table",
            f"arn:aws:dynamodb:us-east-1:{HOME}:table/orders", "arn:aws:dynamodb:*:*:table/o*/index/by-*",
            f"arn:aws:dynamodb:us-east-1:{HOME}:table/orders/index/by-date",
        ),
        (
            "es:ESHttpGet", "AWS::OpenSearchService::Domain",
            f"arn:aws:es:us-east-1:{HOME}:domain/logs", "arn:aws:es:*:*:domain/*/2026-*",
            f"arn:aws:es:us-east-1:{HOME}:domain/logs/2026-01",
        ),
        (
            "sqs:SendMessage", "AWS::SQS::Queue",
            f"arn:aws:sqs:us-east-1:{HOME}:jobs", f"arn:aws:sqs:*:{HOME}:j*",
            f"arn:aws:sqs:us-east-1:{HOME}:jobs",
        ),
        (
            "secretsmanager:GetSecretValue", "AWS::SecretsManager::Secret",
            f"arn:aws:secretsmanager:us-east-1:{HOME}:secret:db-Ab12Cd",
            f"arn:aws:secretsmanager:us-east-1:{HOME}:secret:db-??????",
            f"arn:aws:secretsmanager:us-east-1:{HOME}:secret:db-Ab12Cd",
        ),
        (
            "kms:Decrypt", "AWS::KMS::Key", f"arn:aws:kms:us-east-1:{HOME}:key/k-1",
            f"arn:aws:kms:*:{HOME}:key/k*", f"arn:aws:kms:us-east-1:{HOME}:key/k-1",
        ),
    ],
)  # fmt: skip
def test_every_resource_with_a_policy_answers_for_what_lies_in_it(
    action: str, kind: str, arn: str, pattern: str, inside: str
) -> None:
    bob = user()
    own = guarded(arn, policy(grant(bob.arn, action, [arn, inside])), kind=kind)
    loaded = access(bob, resources=[own])
    for resource in (pattern, inside):
        answer = can(loaded, bob, action, resource)
        assert answer.verdict is Verdict.ALLOWED
        assert is_among(answer, inside)
    closed = access(bob, resources=[guarded(arn, policy(refuse("*", action, [arn, inside])), kind=kind)])
    assert can(closed, bob, action, pattern).verdict is Verdict.DENIED


def test_what_lies_in_a_resource_and_has_a_policy_of_its_own_is_not_decided_by_the_wider_one() -> None:
    table = f"arn:aws:dynamodb:us-east-1:{HOME}:table/t"
    assert holder_of(table + "/index/i") == table
    assert holder_of(table + "/stream/2026") == ""
    assert holder_of(S3 + "b/k/e/y") == S3 + "b"
    assert holder_of(S3 + "b") == ""
    assert holder_of(f"arn:aws:ecr:us-east-1:{HOME}:repository/a/b") == ""
    assert beginning_inside(S3 + "b") == S3 + "b/"
    assert beginning_inside(f"arn:aws:lambda:us-east-1:{HOME}:function:f:PROD") == ""
    assert beginning_inside(f"arn:aws:lambda:us-east-1:{HOME}:layer:l") == ""


# What patterns are made of

texts = st.text("ab/*?:", min_size=1, max_size=8)


@settings(max_examples=300, deadline=None)
@given(texts, st.text("ab/:", max_size=4))
def test_a_pattern_kept_to_a_beginning_matches_what_it_matches_of_that(pattern: str, beginning: str) -> None:
    kept: tuple[Pattern, ...] = text_pattern(pattern).beginning_with(beginning)
    for length in range(5):
        for rest in map("".join, product("ab/:", repeat=length)):
            text = beginning + rest
            assert any(each.matches(text) for each in kept) == text_pattern(pattern).matches(text)


@settings(max_examples=300, deadline=None)
@given(st.text("ab*?", min_size=1, max_size=6), st.text("ab*?", min_size=1, max_size=6))
def test_what_two_patterns_have_in_common_is_what_both_match(one: str, other: str) -> None:
    found = shared(S3 + one, S3 + other)
    assume(found is not None)
    for length in range(6):
        for text in map("".join, product("ab", repeat=length)):
            both = text_pattern(one).matches(text) and text_pattern(other).matches(text)
            assert any(arn_pattern(each).matches(S3 + text) for each in found or ()) == both


# The law: what is said of a pattern is what is so of the resources in it

BUCKETS = ("payroll", "payments", "paper", "other")
OBJECTS = [f"{S3}{b}/{key}" for b in BUCKETS for key in ("2026/a", "2026/hr/a", "x/2026/a", "hr/a", "a")]
PATTERNS = ["pay*/2026/*", "pa*/*", "*/hr/*", "pay*/*/a", "p?y*ll/2026*", "*", "payroll/*", "pa*r*/2026/*"]


def random_statement(random: Random, bob: Principal, eve: Principal, name: str | None) -> Json:
    """A statement of somebody's own, or one of the policy of a bucket."""
    keys = ["*", "2026/*", "*/hr/*", "hr/*", "a", "*a"]
    names = [name] if name else ["*", "pay*", *BUCKETS]
    resource: Any = [
        S3 + f"{random.choice(names)}/{random.choice(keys)}" for _ in range(random.randint(1, 2))
    ]
    element = {"NotResource" if random.random() < 0.2 else "Resource": resource}
    effect = allow if random.random() < 0.6 else deny
    if name is None:
        return effect("s3:GetObject", None, **element)
    whom = random.choice([bob.arn, eve.arn, HOME, OTHER, "*"])
    principal = whom if whom == "*" else {"AWS": whom}
    return effect("s3:GetObject", None, Principal=principal, **element)


@settings(max_examples=150, deadline=None)
@given(st.integers(min_value=0, max_value=10_000_000), st.sampled_from(PATTERNS))
def test_an_answer_on_a_pattern_says_nothing_that_is_not_so_of_a_resource(seed: int, pattern: str) -> None:
    random = Random(seed)  # noqa: S311 - to be repeated
    bob, eve = user(), user("Eve", OTHER)
    for each in (bob, eve):
        own = policy(*(random_statement(random, bob, eve, None) for _ in range(random.randint(1, 3))))
        each.inline = (held(f"own {each.name}", own),)
    resources = []
    for name in BUCKETS[:3]:
        statements = [random_statement(random, bob, eve, name) for _ in range(random.randint(0, 3))]
        account = random.choice([HOME, HOME, OTHER])
        resources.append(guarded(S3 + name, policy(*statements) if statements else None, account))
    loaded = two_accounts(bob, eve, resources)
    for principal in (bob, eve):
        answer = can(loaded, principal, "s3:GetObject", S3 + pattern)
        for arn in OBJECTS:
            if not arn_pattern(S3 + pattern).matches(arn):
                continue
            one = can(loaded, principal, "s3:GetObject", arn).verdict
            if one is not Verdict.DENIED:
                assert answer.verdict is not Verdict.DENIED, arn
            if answer.verdict is Verdict.ALLOWED and is_among(answer, arn):
                assert one is not Verdict.DENIED, arn

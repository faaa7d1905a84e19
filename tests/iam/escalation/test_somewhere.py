"""Whether a right to make something holds on any resource at all, held against trying many one by one."""

from __future__ import annotations

from random import Random

import pytest

from iam.escalation.actors import Actor
from iam.escalation.rights import Rights
from iam.escalation.settling import Target
from iam.estate import Access
from iam.pattern import arn_pattern
from tests.iam.escalation.accounts import HOME, OTHER, Built, Json, allow, deny

KINDS = {
    "codebuild:CreateProject": "arn:{}:codebuild:{}:{}:project/{}",
    "glue:CreateJob": "arn:{}:glue:{}:{}:job/{}",
    "lambda:CreateFunction": "arn:{}:lambda:{}:{}:function:{}",
}
REGIONS = ("us-east-1", "eu-west-1", "ap-south-1", "eu-best-1", "us-west-2")
NAMES = (
    "a", "b", "q", "z1", "aa", "ab", "ba", "abc", "bca", "dev-q", "dev-a", "dev-prod", "dev-x-prod", "s-prod",
    "dev-z-prod", "dev-a-prod", "q-a", "x-prod",
)  # fmt: skip
PATTERNS = ("*", "a*", "*a", "dev-*", "*-prod", "dev-*-prod", "?", "dev-x-prod", "a", "ab")


def _pattern(random: Random, action: str) -> str:
    region = random.choice((*REGIONS[:2], "*", "us-*", "eu-?est-1"))
    account = random.choice((HOME, HOME, "*", OTHER, f"{HOME[:4]}*"))
    return KINDS[action].format(random.choice(("aws", "aws", "*")), region, account, random.choice(PATTERNS))


def _statement(random: Random, action: str) -> Json:
    patterns = [_pattern(random, action) for _ in range(random.randint(1, 2))]
    made = random.choice((allow, allow, deny))
    if random.random() < 0.2:
        return made(action, None, NotResource=patterns)
    return made(action, patterns)


def _means(statement: Json, arn: str) -> bool:
    listed: list[str] = statement.get("NotResource") or statement["Resource"]
    return any(arn_pattern(each).matches(arn) for each in listed) != ("NotResource" in statement)


@pytest.mark.parametrize("seed", range(6))
def test_a_right_holds_somewhere_where_it_holds_on_some_resource(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - drawn again alike
    for _ in range(40):
        action = random.choice(tuple(KINDS))
        statements = [_statement(random, action) for _ in range(random.randint(1, 4))]
        built = Built()
        principal = built.estate.principal(built.user("mallory", *statements))
        assert principal is not None
        rights = Rights(Access(built.estate), [action])
        arns = (KINDS[action].format("aws", region, HOME, name) for region in REGIONS for name in NAMES)
        found = [
            arn
            for arn in arns
            if any(each["Effect"] == "Allow" and _means(each, arn) for each in statements)
            and not any(each["Effect"] == "Deny" and _means(each, arn) for each in statements)
        ]
        assert rights.settled(Actor(principal), action, Target()) is bool(found), (statements, found[:1])


def test_patterns_too_many_to_walk_are_tried_in_each_place_with_each_name() -> None:
    make, call = "lambda:CreateFunction", "lambda:InvokeFunction"
    function = f"arn:aws:lambda:{{}}:{HOME}:function:{{}}".format
    built = Built()
    mallory = built.user(
        "mallory",
        allow(make, [function("*", "dev-*-prod"), f"arn:*:lambda:us-*:{OTHER}:function:dev-*"]),
        allow(make, [function("*", "a*"), function("eu-?est-1", "dev-*-prod")]),
        deny(
            make, None, NotResource=["arn:*:lambda:us-east-1:*:function:*a", function("us-*", "dev-*-prod")]
        ),
        allow(call, None, NotResource=[f"arn:aws:lambda:us-*:{HOME[:4]}*:function:dev-*-prod"]),
        allow(call, None, NotResource=["arn:*:lambda:us-*:*:function:*", function("*", "a*")]),
    )
    principal = built.estate.principal(mallory)
    assert principal is not None
    rights = Rights(Access(built.estate), [make, call])
    assert rights.jointly(Actor(principal), [((make,), {}), ((call,), {})]) is True

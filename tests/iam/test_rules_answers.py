"""What an answer has to tell: on what it hangs, where it holds, why, and what was not looked at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from iam.answer import Answer
from iam.asking import can, missing, who_can
from iam.decision import Verdict
from iam.document import PolicyKind
from iam.entities import Principal, PrincipalType
from iam.put import questions_put
from tests.iam.small_cases import (
    BUCKET,
    OBJECT,
    OTHER,
    TARGET,
    Json,
    access,
    allow,
    bucket,
    deny,
    held,
    policy,
    role,
    trust,
    user,
)


def person(name: str, *statements: Json) -> Principal:
    return user(name, inline=(held(f"{name}-own", policy(*statements)),))


def answers(*given: Principal, resource: str | None = OBJECT) -> dict[str, Answer]:
    holder = access(*given, resources=[bucket()])
    return {each.principal.name: each for each in who_can(holder, "s3:GetObject", resource)}


MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def test_unconditional_and_conditional_answers_are_told_apart_with_the_keys() -> None:
    found = answers(
        person("Ann", allow()), person("Ben", allow(Condition=MFA)), person("Cid", allow("ec2:*"))
    )
    assert {name: each.verdict.value for name, each in found.items()} == {"Ann": "allowed", "Ben": "depends"}
    assert found["Ann"].conditions == ()
    assert found["Ben"].conditions == ("aws:MultiFactorAuthPresent is true",)


def test_an_answer_that_holds_on_some_resources_names_them() -> None:
    some = person("Ann", allow("s3:*", f"{BUCKET}/team/*"), deny("s3:*", f"{BUCKET}/team/secret*"))
    found = answers(some, resource=f"{BUCKET}/*")["Ann"]
    assert found.verdict is Verdict.ALLOWED
    assert found.scope.resources == (f"{BUCKET}/team/*",)
    assert found.scope.except_resources == (f"{BUCKET}/team/secret*",)


def test_an_answer_names_statement_policy_layer_and_path() -> None:
    ann = person("Ann", allow("ec2:*"), allow("s3:*", Sid="Read"))
    shown = answers(ann)["Ann"].as_json()
    assert shown["because"] == [
        {"policy": "Ann-own", "policy_name": "Ann-own", "statement": 2, "sid": "Read", "effect": "Allow",
         "via": "inline"}
    ]  # fmt: skip
    layers = can(access(ann), ann, "s3:GetObject", OBJECT).layers_as_json()["layers"]
    assert "identity" in [each["layer"] for each in layers]


def test_an_answer_says_what_was_not_looked_at() -> None:
    holder = access(user())
    texts = missing(holder, list(questions_put(holder, "s3:GetObject", OBJECT)))
    for part in ("organization", f"policy of {OBJECT}", "ccess control lists"):
        assert any(part in text for text in texts), part


def test_a_request_on_another_accounts_resource_depends_on_its_policy_where_that_is_not_loaded() -> None:
    ann = person("Ann", allow())
    queue = f"arn:aws:sqs:us-east-1:{OTHER}:q"
    found = can(access(ann), ann, "sqs:SendMessage", queue)
    assert found.verdict is Verdict.DEPENDS
    assert found.needs != ()
    assert found.conditions == ()


def test_a_policy_that_is_not_loaded_has_to_let_the_caller_in_by_its_own_kind() -> None:
    everyone = Principal(arn="*", type=PrincipalType.ANYONE, name="*", loaded=False)
    service = Principal(
        arn="sns.amazonaws.com", type=PrincipalType.SERVICE, name="sns.amazonaws.com", loaded=False
    )
    queue = f"arn:aws:sqs:us-east-1:{OTHER}:q"
    for caller, words in (
        (everyone, "everyone"),
        (service, "sns.amazonaws.com"),
        (person("Ann", allow()), ""),
    ):
        [need] = can(access(caller), caller, "sqs:SendMessage", queue).needs
        let_in = words or f"account {caller.account}"
        assert need == f"the resource policy of {queue} (not loaded) allows it to {let_in}"


def test_someone_of_an_account_that_is_not_loaded_depends_on_that_account() -> None:
    stranger = user("Eve", OTHER, loaded=False)
    own = role("Target", path="/", trust=held("trust", policy(trust(stranger.arn)), PolicyKind.TRUST))
    found = can(access(own), stranger, "sts:AssumeRole", TARGET)
    assert found.verdict is Verdict.DEPENDS
    assert any(OTHER in need for need in found.needs)


SCRIPT = """
import json
from tests.iam.random_cases import make_case
from iam.cases import read_case
from iam.words import words
found = []
for seed in range(60):
    case = read_case(make_case(seed))
    decision = case.decide()
    found.append([decision.verdict, [g.statement_id for g in decision.because], case.problems,
    words(decision.open)])
print(json.dumps(found))
"""


def test_the_same_input_gives_the_same_output_in_the_same_order() -> None:
    outputs = set()
    for seed in ("1", "2", "3"):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=Path(__file__).parents[2],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            check=True,
            text=True,
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert len(json.loads(outputs.pop())) == 60


def test_principals_come_in_the_order_of_the_estate() -> None:
    names = [f"u{at}" for at in (3, 1, 2)]
    assert list(answers(*[person(name, allow()) for name in names])) == names


def test_deciding_reaches_no_network() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys; import iam.asking, iam.cases, iam.what_can; print(*sys.modules)"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        text=True,
    )
    assert not {"socket", "ssl", "http.client", "urllib.request"} & set(done.stdout.split())

"""Warnings about policies: every rule speaks up about its example and stays silent about sound policies."""

from __future__ import annotations

import ast
import inspect
import json
from typing import Any

import pytest

import iam.document
from iam.document import PolicyKind, Problem, read_document
from iam.lint import GROUPS, LENGTH_LIMITS, RULES, Level, Rule, lint, policy_length, rule_of
from iam.lint.reference import PAGE, page

IDENTITY, TRUST, RESOURCE = PolicyKind.IDENTITY, PolicyKind.TRUST, PolicyKind.RESOURCE
GITHUB = "token.actions.githubusercontent.com"


def problems(*statements: dict[str, Any], kind: PolicyKind = IDENTITY, **known: Any) -> list[Problem]:
    raw = {"Version": "2012-10-17", "Statement": list(statements)}
    document = read_document(raw, kind)
    assert document.valid, document.problems
    return lint(document, kind, **known)


def rules(*statements: dict[str, Any], kind: PolicyKind = IDENTITY, **known: Any) -> list[str]:
    return [problem.rule for problem in problems(*statements, kind=kind, **known)]


def allow(action: Any, resource: Any = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def when(**operators: dict[str, Any]) -> dict[str, Any]:
    """A statement with these conditions, `set operator` and `Null` included."""
    condition = {name.replace("__", ":"): keys for name, keys in operators.items()}
    return allow("ec2:StartInstances", Condition=condition)


def trust(principal: Any, action: str = "sts:AssumeRole", **condition: dict[str, Any]) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {**statement, "Condition": condition} if condition else statement


# Rules


@pytest.mark.parametrize("rule", [r for r in RULES if r.example_document], ids=lambda rule: rule.name)
def test_a_rule_speaks_up_about_its_own_example(rule: Rule) -> None:
    document = read_document(rule.example_document, rule.kind)
    found = [*document.problems, *lint(document, rule.kind)]
    assert rule.name in [problem.rule for problem in found]


def test_every_rule_is_declared_once_with_all_that_the_page_needs() -> None:
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names))
    assert [rule for _, group in GROUPS for rule in group] == list(RULES)
    for rule in RULES:
        assert rule_of(rule.name) is rule
        assert rule.meaning.endswith(".")
        assert rule.why.endswith(".")
        assert rule.source.startswith("https://docs.aws.amazon.com/")
        assert rule.level in (Level.ERROR, Level.NOTE)
    with pytest.raises(KeyError):
        rule_of("no-such-rule")


def test_every_problem_of_reading_has_its_rule() -> None:
    tree = ast.parse(inspect.getsource(iam.document))
    named = {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant)
        and getattr(call.func, "id", getattr(call.func, "attr", "")) in ("Problem", "_Refused", "wrong")
    }  # fmt: skip
    assert len(named) > 10
    assert named == {rule.name for rule in dict(GROUPS)["The document as it is read"]}


def test_the_reference_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m iam.lint.reference"


def test_a_problem_has_a_place_and_is_never_fatal() -> None:
    found = problems(allow("s3:ListAllMyBuckets"), allow("s3:GetObjct"))
    assert [(p.rule, p.place, p.fatal) for p in found] == [("unknown-action", "Statement[2].Action", False)]
    assert "nearest: s3:GetObject" in found[0].text


# Sound policies


SOUND = [
    allow(["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]),
    allow("s3:*", "arn:aws:s3:::b"),
    allow("s3:Get*", "arn:aws:s3:eu-west-1:111122223333:accesspoint/p/object/*"),
    allow("ec2:RunInstances", ["arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:*::image/ami-*"]),
    allow("logs:DescribeLogGroups", "arn:aws:logs:*:111122223333:log-group:*"),
    allow("s3:ListAllMyBuckets", "arn:aws:s3:::*"),
    allow("dynamodb:Query", "arn:aws:dynamodb:*:*:table/t/index/*"),
    allow("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:f:PROD"),
    allow("cloudformation:CreateChangeSet", "arn:aws:cloudformation:us-east-1:aws:transform/Include"),
    allow("apigateway:GET", ["arn:aws:apigateway:*::/apis", "arn:aws:apigateway:*::/restapis"]),
    allow("secretsmanager:GetSecretValue", Condition={"StringEquals": {"secretsmanager:ResourceTag/a": "b"}}),
    allow("ec2:CreateTags", Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}),
    allow("s3:GetObject", "arn:aws:s3:::b/${aws:PrincipalTag/team, 'none'}/${*}"),
    allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}),
    allow("iam:PassRole", "arn:aws:iam::111122223333:role/app"),
    when(IpAddress={"aws:SourceIp": "203.0.113.0/24"}, Bool={"aws:MultiFactorAuthPresent": "true"}),
    when(StringEquals={"ec2:ResourceTag/Team": "a"}, StringNotEquals={"ec2:ResourceTag/Team": "b"}),
    when(DateLessThan={"aws:CurrentTime": "2999-01-01T00:00:00Z"}),
    when(StringLike={"aws:userid": "AROA*:*"}, ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/a-*"}),
    {"Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*",
     "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}},
]  # fmt: skip


@pytest.mark.parametrize("statement", SOUND, ids=lambda statement: json.dumps(statement)[:60])
def test_a_sound_statement_gets_no_warning(statement: dict[str, Any]) -> None:
    assert problems(statement) == []


def test_managed_policies_of_aws_are_spared_what_only_aws_could_change() -> None:
    statement = allow(["deepracer:*", "s3:GetObject"], "arn:aws:s3:::b")
    assert rules(statement) != []
    assert rules(statement, managed_by_aws=True) == []


# Actions and resources


def test_an_unknown_service_is_said_with_the_nearest() -> None:
    (found,) = problems(allow("dynamo:GetItem"))
    assert (found.rule, "dynamodb" in found.text) == ("unknown-service", True)


def test_an_action_in_not_action_is_looked_up_too() -> None:
    statement = {"Effect": "Deny", "NotAction": "iam:GetUzer", "Resource": "*"}
    assert [(p.rule, p.place) for p in problems(statement)] == [("unknown-action", "Statement[1].NotAction")]


def test_only_the_part_that_does_not_fit_is_said() -> None:
    (found,) = problems(allow(["s3:GetObject", "s3:ListBucket"], "arn:aws:s3:::b/*"))
    assert found.rule == "unused-action"
    assert "'s3:ListBucket'" in found.text
    assert "GetObject" not in found.text


def test_a_deny_that_never_matches_is_said() -> None:
    statement = {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:*:*:alias/pay"}
    assert rules(statement) == ["never-matches"]


def test_an_action_that_the_catalogue_lacks_may_have_any_resource() -> None:
    assert rules(allow(["s3:GetObjct", "s3:ListBucket"], "arn:aws:s3:::b/*")) == [
        "unknown-action",
        "unused-action",
    ]


@pytest.mark.parametrize(
    ("resource", "rule"),
    [
        ("b/*", "malformed-resource"),
        ("arn:aws:s3:::b/* ", "malformed-resource"),
        ("arn:aws:s3:b", "malformed-resource"),
        ("arn:amazon:s3:::b/*", "unknown-partition"),
        ("arn:aws:s3:eu-west-1::b/*", "bucket-arn-account"),
    ],
)
def test_a_resource_that_can_match_nothing_is_said(resource: str, rule: str) -> None:
    assert rules(allow("s3:GetObject", resource)) == [rule]
    not_resource = {"Effect": "Deny", "Action": "s3:GetObject", "NotResource": resource}
    assert [(p.rule, p.place) for p in problems(not_resource)] == [(rule, "Statement[1].NotResource")]


def test_the_short_form_of_an_api_policy_is_sound() -> None:
    statement = allow("execute-api:Invoke", "execute-api:/prod/GET/*", Principal={"AWS": "111122223333"})
    assert problems(statement, kind=RESOURCE) == []


# Conditions and variables


@pytest.mark.parametrize(
    ("operators", "rule"),
    [
        ({"StringEquals": {"aws:SourceIpp": "a"}}, "unknown-condition-key"),
        ({"StringEquals": {"asw:userid": "a"}}, "unknown-condition-key"),
        ({"StringEqualsIgnoreCase": {"aws:username": "a?"}}, "wildcard-without-like"),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:s3"}}, "value-no-arn"),
        ({"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "192.168.1.0/24"]}}, "private-source-address"),
        ({"DateLessThan": {"aws:CurrentTime": "2998"}, "DateGreaterThan": {"aws:CurrentTime": "2999"}},
         "contradictory-conditions"),
        ({"StringLike": {"aws:username": "a*"}, "StringEquals": {"aws:username": "bob"}},
         "contradictory-conditions"),
        ({"ForAllValues__StringEquals": {"aws:username": "a"}}, "set-operator-on-single-value"),
        ({"StringEquals": {"aws:CalledVia": "a"}}, "multivalued-key-without-set-operator"),
        ({"NumericEquals": {"aws:SecureTransport": "1"}}, "operator-type"),
    ],
)  # fmt: skip
def test_a_doubtful_condition_is_said(operators: dict[str, Any], rule: str) -> None:
    assert rules(when(**operators)) == [rule]


def test_a_literal_wildcard_in_a_value_is_meant() -> None:
    assert rules(when(StringEquals={"aws:PrincipalTag/a": "${*}"})) == []


def test_keys_of_identity_providers_are_known_to_nobody_else() -> None:
    assert rules(when(StringEquals={"idp.example.com/tenant:groups": "a"})) == []


def test_a_key_that_part_of_the_actions_lack_is_said_of_these() -> None:
    condition = {"StringLike": {"s3:prefix": "a/*"}}
    (found,) = problems(allow(["s3:ListBucket", "s3:GetObject"], Condition=condition))
    assert found.rule == "key-not-for-action"
    assert "'s3:GetObject'" in found.text
    assert "ListBucket" not in found.text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("${aws:username", "unclosed-variable"),
        ("${aws:user name}", "unclosed-variable"),
        ("${}", "unclosed-variable"),
        ("${aws:usernam}", "unknown-variable"),
        ("${aws:TagKeys}", "multivalued-variable"),
    ],
)
def test_a_doubtful_variable_is_said(text: str, rule: str) -> None:
    assert rules(allow("s3:GetObject", f"arn:aws:s3:::b/{text}/*")) == [rule]
    assert rules(when(StringLike={"ec2:ResourceTag/Owner": f"{text}-*"})) == [rule]


# Principals and trust


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ({"AWS": "111122223333"}, []),
        ({"AWS": "arn:aws:iam::111122223333:root"}, []),
        ({"AWS": "arn:aws:sts::111122223333:assumed-role/app/session"}, []),
        ({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"}, []),
        ({"Service": "lambda.amazonaws.com"}, []),
        ({"AWS": "AIDAEXAMPLEEXAMPLE123"}, ["deleted-principal"]),
        ({"AWS": "arn:aws:iam::111122223333:*"}, ["partial-wildcard-principal"]),
        ({"AWS": "arn:aws:iam::1111:root"}, ["malformed-principal"]),
        ({"AWS": "bob"}, ["malformed-principal"]),
        ({"Service": "lambda"}, ["malformed-principal", "confused-deputy"]),
        ("*", ["trust-anyone"]),
    ],
)
def test_who_a_principal_can_be(principal: Any, expected: list[str]) -> None:
    assert rules(trust(principal), kind=TRUST) == expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("repo:acme/app:ref:refs/heads/main", []),
        ("repo:acme/*", []),
        ("repo:acme*", ["oidc-wide-subject"]),
        ("repo:*/app:*", ["oidc-wide-subject"]),
        ("*", ["oidc-wide-subject"]),
    ],
)
def test_how_wide_a_subject_is(subject: str, expected: list[str]) -> None:
    statement = trust(
        {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}"},
        "sts:AssumeRoleWithWebIdentity",
        StringLike={f"{GITHUB}:sub": subject},
        StringEquals={f"{GITHUB}:aud": "sts.amazonaws.com"},
    )
    assert rules(statement, kind=TRUST) == expected


def test_a_service_account_of_a_cluster_must_be_told_from_others() -> None:
    host = "oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE"
    provider = {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{host}"}
    for subject, expected in [
        ("system:serviceaccount:shop:*", []),
        ("system:serviceaccount:*:*", ["oidc-wide-subject"]),
    ]:
        statement = trust(provider, "sts:AssumeRoleWithWebIdentity", StringLike={f"{host}:sub": subject})
        assert rules(statement, kind=TRUST) == expected


def test_saml_and_cognito_need_no_subject() -> None:
    saml = {"Federated": "arn:aws:iam::111122223333:saml-provider/idp"}
    condition = {"SAML:aud": "https://signin.aws.amazon.com/saml"}
    assert rules(trust(saml, "sts:AssumeRoleWithSAML", StringEquals=condition), kind=TRUST) == []
    cognito = {"Federated": "cognito-identity.amazonaws.com"}
    condition = {"cognito-identity.amazonaws.com:aud": "eu-west-1:pool"}
    assert rules(trust(cognito, "sts:AssumeRoleWithWebIdentity", StringEquals=condition), kind=TRUST) == []
    assert rules(trust(cognito, "sts:AssumeRoleWithWebIdentity"), kind=TRUST) == ["oidc-without-subject"]


def test_a_key_in_two_cases_is_one_key_under_one_operator_alone() -> None:
    twice = {"aws:PrincipalTag/Team": "a", "AWS:principaltag/team": "b"}
    assert "key-twice-in-other-case" in rules(when(StringEquals=twice))
    apart = when(StringEquals={"aws:username": "a"}, StringNotEquals={"aws:UserName": "b"})
    assert "key-twice-in-other-case" not in rules(apart)
    assert "key-twice-in-other-case" not in rules(when(StringEquals={"aws:username": ["a", "b"]}))


def test_a_stranger_is_trusted_only_with_an_external_id() -> None:
    stranger = {"AWS": "arn:aws:iam::444455556666:root"}
    own = {"111122223333", "222233334444"}
    assert rules(trust(stranger), kind=TRUST, accounts=own) == ["trust-without-external-id"]
    assert rules(trust(stranger), kind=TRUST) == []
    assert rules(trust({"AWS": "222233334444"}), kind=TRUST, accounts=own) == []
    with_id = trust(stranger, StringEquals={"sts:ExternalId": "x1"})
    assert rules(with_id, kind=TRUST, accounts=own) == []


def test_a_service_is_let_in_for_a_named_source_only() -> None:
    queue = "arn:aws:sqs:us-east-1:111122223333:q"
    statement = allow("sqs:SendMessage", queue, Principal={"Service": "sns.amazonaws.com"})
    assert rules(statement, kind=RESOURCE) == ["confused-deputy"]
    statement["Condition"] = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    assert rules(statement, kind=RESOURCE) == []


def test_the_policy_that_a_topic_is_made_with_is_sound() -> None:
    statement = allow(
        ["SNS:GetTopicAttributes", "SNS:Publish"], "arn:aws:sns:us-east-1:111122223333:t",
        Principal={"AWS": "*"},
        Condition={"StringEquals": {"AWS:SourceOwner": "111122223333"}},
    )  # fmt: skip
    assert problems(statement, kind=RESOURCE) == []


def test_guard_rails_may_allow_everything() -> None:
    for kind in (PolicyKind.SERVICE_CONTROL,):
        assert rules(allow("*"), kind=kind) == []
    assert rules(allow("*")) == ["allow-everything"]


# The document as a whole


def test_the_length_is_counted_without_white_space() -> None:
    raw = {"Version": "2012-10-17", "Statement": [allow("s3:ListAllMyBuckets", Sid="a" * 3000)]}
    text = json.dumps(raw, indent=8)
    length = len("".join(text.split()))
    assert policy_length(raw) == policy_length(text) == length
    document = read_document(raw, IDENTITY)
    for given in (raw, text):
        for limit, expected in [
            (LENGTH_LIMITS["user"], ["length-limit"]),
            (LENGTH_LIMITS["role"], []),
            (length, []),
        ]:
            found = lint(document, IDENTITY, raw=given, length_limit=limit)
            assert [problem.rule for problem in found] == expected


def test_a_key_policy_may_have_a_sid_with_spaces() -> None:
    statement = allow("kms:*", Sid="Enable IAM User Permissions", Principal={"AWS": "111122223333"})
    assert problems(statement, kind=RESOURCE) == []

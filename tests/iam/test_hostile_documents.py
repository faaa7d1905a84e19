"""Documents and requests made to break things: they never hang, never crash, and never count as an Allow."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iam.cases import CaseError, read_case
from iam.context import Context
from iam.decision import Decision, Holding, Policy, Verdict
from iam.document import PolicyKind, read_document
from iam.evaluate import Policies, decide
from iam.pattern import arn_pattern, text_pattern
from iam.question import Asked, Question
from iam.words import data, words
from tests.iam.small_cases import BOB, HOME, IMPLICIT, OBJECT, allow, case, decided, deny, held, policy, when

CALLER = read_case(case(BOB)).caller
KINDS = list(PolicyKind)

NOT_DOCUMENTS: list[Any] = [
    None, True, 7, 1.5, float("nan"), float("inf"), "", " ", "null", "true", "7", "[]", '"*"', "{", "\x00",
    "\ud800",
    "%", "%7B", "%ZZ", [], ["*"], b"{}", object(), {"Statement": None}, {"Statement": "Allow"},
    {"Statement": 7},
    {"Statement": [None]}, {"Statement": [[]]}, {"Statement": [["Effect", "Allow"]]}, {"Statement": [7, "x"]},
    {"Version": ["2012-10-17"], "Statement": []}, {"Version": {}, "Statement": allow()},
    {"Version": 20121017, "Statement": allow()}, {1: 2, "Statement": allow()}, {None: 1,
    "Statement": allow()},
]  # fmt: skip

WRONG: list[Any] = [
    None,
    True,
    7,
    1.5,
    float("nan"),
    [],
    {},
    [None],
    [[]],
    [{}],
    {"a": "b"},
    [1],
    "",
    ["*", None],
]


def decide_open(
    document: Any,
    *,
    context: Context | None = None,
    resource: str | Asked = OBJECT,
    kind: PolicyKind = PolicyKind.IDENTITY,
) -> Decision:
    own = Policy("own", "own", kind, read_document(document, kind))
    question = Question("s3:GetObject", resource, resource_level=True, resource_account=HOME)
    policies = Policies(identity=[Holding(own, "inline")])
    decision = decide(question, CALLER, context or Context({}), policies)
    words(decision.open)
    json.dumps(data(decision.open))
    for grant in decision.because:
        json.dumps(grant.as_json())
    return decision


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("document", NOT_DOCUMENTS, ids=range(len(NOT_DOCUMENTS)))
def test_what_is_no_policy_is_refused_and_grants_nothing(document: Any, kind: PolicyKind) -> None:
    read = read_document(document, kind)
    assert not read.valid
    assert read.statements == ()
    assert all(str(problem) for problem in read.problems)


@pytest.mark.parametrize(
    "element", ["Effect", "Action", "Resource", "NotAction", "Condition", "Sid", "Principal"]
)
@pytest.mark.parametrize("value", WRONG, ids=range(len(WRONG)))
def test_elements_of_wrong_types_never_allow(element: str, value: Any) -> None:
    made = {**allow(), element: value}
    if element == "NotAction":
        del made["Action"]
    if element in ("Condition", "Sid") and (value == {} or isinstance(value, str)):
        return  # an empty Condition, and any text as Sid, are all right
    for kind in KINDS:
        read = read_document(policy(made), kind)
        assert not any(s.allows for s in read.statements) or not read.valid or _principal_only(element, kind)
    if element != "Principal":
        assert decide_open(policy(made)).verdict is Verdict.DENIED


def _principal_only(element: str, kind: PolicyKind) -> bool:
    """A Principal may be empty text or name nobody: the statement stands and means nobody."""
    return element == "Principal" and kind.has_principal


@pytest.mark.parametrize("value", WRONG, ids=range(len(WRONG)))
def test_a_principal_of_a_wrong_type_means_nobody(value: Any) -> None:
    document = policy(allow(Principal=value))
    assert decided(BOB, on_resource=document).result == IMPLICIT
    assert decided({"type": "Anonymous"}, on_resource=document).result == IMPLICIT
    for kind in ("AWS", "Service", "Federated", "CanonicalUser", "*", "aws", ""):
        if value == ["*", None]:
            continue
        document = policy(allow(Principal={kind: value}))
        assert decided({"type": "Anonymous"}, on_resource=document).result == IMPLICIT


@pytest.mark.parametrize("operator", ["StringEquals", "NumericLessThan", "DateEquals", "IpAddress", "Bool",
    "Null",
                                      "BinaryEquals", "ArnLike", "ForAllValues:StringLike"])  # fmt: skip
@pytest.mark.parametrize("value", [
    None, [None], [[]], {}, {"a": 1}, float("nan"), float("inf"), 10**400, -(10**400), "1e999999",
    "9" * 5_000,
    "-" * 100, "0" * 5_000, "\x00", "\ud800", "🦀" * 1_000, "999.999.999.999/99", "10.0.0.0/-1", "::/129",
    "1" * 40 + "." + "9" * 40,
    "0000-00-00", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2025-01-01T25:61:61Z",
    "=" * 10_000,
], ids=range(25))  # fmt: skip
def test_values_out_of_range_never_crash(operator: str, value: Any) -> None:
    document = policy(when(operator, "x:a", value))
    decide_open(document)
    for given in ("1", "2025-01-01", "10.0.0.1", "true", "9" * 5_000, "1e999999", "\ud800", "", ["1", ""]):
        decide_open(document, context=Context({"x:a": given}, closed=True))
    turned = policy(when(operator, "x:a", "10"), deny(Condition={operator: {"x:a": "2025-01-01"}}))
    if isinstance(value, (str, float, int)):
        try:
            context = Context({"x:a": value}, closed=True)
        except ValueError:
            return
        decide_open(turned, context=context)


@pytest.mark.parametrize("open_key", [True, False])
def test_dates_and_numbers_beyond_all_calendars_can_be_put_into_words(open_key: bool) -> None:
    for number in ("9" * 39, "-" + "9" * 39, "253402300800", "-62135596801", "9999-12-31T23:59:59-23:59"):
        for operator in ("DateLessThan", "DateNotEquals", "NumericGreaterThan"):
            context = None if open_key else Context({"x:a": number}, closed=True)
            decide_open(
                policy(when(operator, "x:a", number), deny(Condition={operator: {"x:a": "5"}})),
                context=context,
            )


def test_a_document_of_ten_megabytes_is_refused_or_read_in_time() -> None:
    long_text = json.dumps(policy(*[allow("s3:*", f"{OBJECT}{at}") for at in range(120_000)]))
    assert len(long_text) > 10_000_000
    read = read_document(long_text, PolicyKind.IDENTITY)
    assert not read.valid
    assert [problem.rule for problem in read.problems] == ["too-long"]


def test_a_great_many_statements_are_decided_in_time() -> None:
    document = policy(*[allow("s3:*", f"{OBJECT}{at}") for at in range(20_000)])
    assert decide_open(document).verdict is Verdict.DENIED
    assert decide_open(document, resource=f"{OBJECT}7").verdict is Verdict.ALLOWED


@pytest.mark.parametrize("opening", ["[", '{"Statement":', '{"Statement":[', '{"a":['])
def test_deep_nesting_is_refused(opening: str) -> None:
    for depth in (500, 200_000):
        assert not read_document(opening * depth, PolicyKind.IDENTITY).valid
        closing = opening.replace("[", "]").replace("{", "}")[::-1]
        whole = opening * depth + "1" + "".join(c for c in closing if c in "]}") * depth
        assert not read_document(whole, PolicyKind.IDENTITY).valid


def test_a_deep_object_as_value_is_refused() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    for made in (allow(deep), allow("*", deep), when("StringEquals", "x:a", deep), allow(Condition=deep)):
        assert not read_document(policy(made), PolicyKind.IDENTITY).valid
    while isinstance(
        deep, list
    ):  # taken apart by hand: Python's own way of freeing it may overflow the stack
        deep = deep.pop()


BOMBS = [
    "*a" * 1_000, "*" * 100_000, "?" * 3_000, "*?" * 5_000, "(a+)+$" * 100, "a*" * 3_000 + "b",
    "[a-z]*" * 500,
    "**a**" * 1_000, "*:*" * 1_000, "?*a" * 1_000,
]  # fmt: skip
LONG = "a" * 20_000


@pytest.mark.parametrize("bomb", BOMBS, ids=range(len(BOMBS)))
def test_a_thousand_wildcards_against_a_long_name_take_no_time(bomb: str) -> None:
    assert text_pattern(bomb).matches(LONG) in (True, False)
    arn_pattern(f"arn:aws:s3:::{bomb}").matches(f"arn:aws:s3:::{LONG}")
    arn_pattern(f"arn:{bomb}").matches(f"arn:aws:s3:::{LONG}")
    for made in (allow(f"s3:{bomb}"), allow("*", f"arn:aws:s3:::{bomb}"), when("StringLike", "x:a", bomb),
                 when("ArnLike", "x:a", f"arn:aws:s3:::{bomb}")):  # fmt: skip
        decide_open(
            policy(made), context=Context({"x:a": f"arn:aws:s3:::{LONG}"}), resource=f"arn:aws:s3:::{LONG}"
        )


@pytest.mark.parametrize("bomb", BOMBS, ids=range(len(BOMBS)))
def test_entangled_patterns_on_an_open_key_or_resource_are_given_up_in_time(bomb: str) -> None:
    first, second = when("StringLike", "x:a", bomb), deny(Condition={"StringLike": {"x:a": f"b{bomb}"}})
    decide_open(policy(first, second))
    asked = Asked((arn_pattern("arn:aws:s3:::*"),))
    document = policy(allow("*", f"arn:aws:s3:::{bomb}"), deny("*", f"arn:aws:s3:::b{bomb}"))
    decide_open(document, resource=asked)


def test_many_patterns_on_an_open_key_are_decided_in_time() -> None:
    likes = [f"*{at % 10}a{at}*b?c{at}*" for at in range(300)]
    wanted = policy(when("StringLike", "x:a", likes), deny(Condition={"StringNotLike": {"x:a": likes[:150]}}))
    decide_open(wanted)
    resources = [f"arn:aws:s3:::*{text}" for text in likes]
    asked = Asked((arn_pattern("arn:aws:s3:::*/*"),))
    assert decide_open(policy(allow("*", resources)), resource=asked).verdict is not Verdict.DENIED


def test_many_conditions_on_many_open_keys_are_decided_in_time() -> None:
    statements = [
        allow(Condition={"StringEquals": {f"x:{at % 40}": f"{at}", f"x:{(at * 7) % 40}": f"{at + 1}"}})
        for at in range(400)
    ]
    denies = [deny(Condition={"StringLike": {f"x:{at}": "*1*", f"x:{at + 1}": "2"}}) for at in range(40)]
    assert decide_open(policy(*statements, *denies)).verdict is not Verdict.ALLOWED


@pytest.mark.parametrize("text", [
    "${", "${}", "${a", "}" * 1_000, "${" * 5_000, "${a}" * 5_000, "${a" + " " * 20_000,
    "${a,'" + "x" * 20_000,
    "${a" + " ,'" * 10_000, "${ " * 10_000, "${a, '" + " '" * 10_000, "${*}${?}${$}" * 2_000, "${${a}}",
    "${a,'${b}'}",
    "${a " + "b " * 20_000, "${a" + "\t" * 20_000 + "'x'}",
], ids=range(16))  # fmt: skip
def test_malformed_variables_never_hang(text: str) -> None:
    for made in (
        allow("*", f"arn:aws:s3:::{text}"),
        when("StringEquals", "x:a", text),
        when("ArnLike", "x:a", text),
    ):
        decide_open(policy(made))
        decide_open(policy(made), context=Context({"x:a": "1", "a": "2"}, closed=True))


@pytest.mark.parametrize(
    "text", ["ſ3:GetObject", "S3:GetObject\u200b", "s3:Get\u03bfbject", "s3:GetObȷect", "\ufeffs3:*"]
)
def test_letters_that_look_alike_are_not_the_same(text: str) -> None:
    assert decide_open(policy(allow(text))).verdict is Verdict.DENIED


@pytest.mark.parametrize("key", ["", " ", "x" * 100_000, "\x00", "🦀", "${a}", "*", "aws:"])
def test_strange_condition_keys_are_keys_like_others(key: str) -> None:
    document = policy(when("StringEquals", key, "a"))
    assert decide_open(document, context=Context({}, closed=True)).verdict is Verdict.DENIED
    assert decide_open(document, context=Context({key: "a"}, closed=True)).verdict is Verdict.ALLOWED


CASES: list[Any] = [
    None, [], {}, "case", {"request": None}, {"request": {}}, {"request": {"principal": BOB}},
    {**case(BOB), "identityPolicies": "all"}, {**case(BOB), "identityPolicies": [7]}, {**case(BOB),
    "scps": {}},
    {**case(BOB), "scps": [{"policies": 1}]}, {**case(BOB), "groupPolicies": [None]}, {**case(BOB),
    "rcps": ["x"]},
    case(""), case(7), case(None), case([]), case({"type": "Robot"}), case("arn:aws:iam::1:user"),
    case("a b"),
    case("arn:aws:sts::111111111111:assumed-role"), case(BOB, ""), case(BOB, "GetObject"), case(BOB,
    resource=""),
    case(BOB, context={"a": {}}), case(BOB, context={"a": [[]]}), case(BOB, context={"a": None}),
]  # fmt: skip


@pytest.mark.parametrize("raw", CASES, ids=range(len(CASES)))
def test_a_case_that_can_not_be_read_says_why(raw: Any) -> None:
    with pytest.raises(CaseError) as raised:
        read_case(raw)
    assert str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_name_made_to_look_like_a_statement_stays_a_name() -> None:
    name = '"}]}, {"Effect": "Allow"'
    document = policy(allow("s3:*", f"arn:aws:s3:::{name}/*", Sid=name))
    assert decide_open(document).verdict is Verdict.DENIED
    assert decide_open(document, resource=f"arn:aws:s3:::{name}/x").verdict is Verdict.ALLOWED
    assert held(name, document).name == name

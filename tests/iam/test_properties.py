"""What must hold for every policy: laws that no example can show, tried on random ones."""

from __future__ import annotations

import copy
import json
import re
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from iam.cases import read_case
from iam.combinations import combinations
from iam.decision import Verdict
from iam.document import PolicyKind, read_document
from iam.formula import Formula, all_of, any_of, evaluate, negate
from iam.pattern import Pattern, Wildcard, text_pattern
from iam.solve import equivalent, simplify
from tests.iam.random_cases import HOME, OTHER, Maker, make_case
from tests.iam.test_agreement import SEVERAL, VALUES, filling, opened, passes, plain_test_of_several

seeds = st.integers(min_value=1_000_000, max_value=2_000_000)
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
LAYERS = ("identityPolicies", "permissionBoundary", "vpcEndpointPolicies")


def decided(case: dict[str, Any]) -> str:
    decision = read_case(case).decide()
    return "depends" if decision.verdict is Verdict.DEPENDS else decision.result


def documents(case: dict[str, Any]) -> list[dict[str, Any]]:
    """Every policy document within a case."""
    found = [entry["policy"] for layer in LAYERS for entry in case.get(layer) or ()]
    for field in ("groupPolicies", "scps", "rcps"):
        found += [entry["policy"] for group in case.get(field) or () for entry in group["policies"]]
    return found + [case[field] for field in ("resourcePolicy", "sessionPolicy") if case.get(field)]


def statement(
    seed: int, case: dict[str, Any], effect: str, policy: PolicyKind = PolicyKind.IDENTITY
) -> dict[str, Any]:
    """A random statement about the request of a case, with no fault that would fail such a policy."""
    maker = Maker(seed)
    maker.action, maker.resource = case["request"]["action"], case["request"]["resource"]
    maker.kind = "user"
    kind = "resource" if policy.has_principal else "identity"
    while True:
        made = {**maker.statement(kind, 0.5), "Effect": effect}
        document = {"Version": "2012-10-17", "Statement": [made]}
        if read_document(document, policy).valid:
            return made


@quick
@given(seeds, seeds)
def test_the_order_of_policies_and_statements_changes_nothing(seed: int, shuffling: int) -> None:
    case = make_case(seed)
    shuffled, random = copy.deepcopy(case), Random(shuffling)  # noqa: S311
    for document in documents(shuffled):
        if isinstance(document["Statement"], list):
            random.shuffle(document["Statement"])
    for field in (*LAYERS, "groupPolicies", "scps", "rcps"):
        if shuffled.get(field):
            random.shuffle(shuffled[field])
    assert decided(shuffled) == decided(case)


@quick
@given(seeds, seeds, st.data())
def test_one_more_deny_never_allows_more(seed: int, other: int, data: st.DataObject) -> None:
    case = make_case(seed)
    places = [place for place in documents(case) if isinstance(place["Statement"], list)]
    assume(places)
    before = decided(case)
    document = data.draw(st.sampled_from(places))
    principal = any("Principal" in s or "NotPrincipal" in s for s in document["Statement"])
    kind = PolicyKind.RESOURCE if principal else PolicyKind.IDENTITY
    if any(entry["policy"] is document for level in case.get("rcps") or () for entry in level["policies"]):
        kind = (
            PolicyKind.RESOURCE_CONTROL
        )  # AWS refuses one with NotPrincipal, and with it all that it denied
    document["Statement"].append(statement(other, case, "Deny", kind))
    after = decided(case)
    granted = ["ExplicitlyDenied", "ImplicitlyDenied", "depends", "Allowed"]
    assert granted.index(after) <= granted.index(before)


@quick
@given(seeds, seeds)
def test_one_more_allow_never_denies(seed: int, other: int) -> None:
    case = make_case(seed)
    before = decided(case)
    more = {"Version": "2012-10-17", "Statement": [statement(other, case, "Allow")]}
    case["identityPolicies"] = [*case["identityPolicies"], {"name": "more", "policy": more}]
    after = decided(case)
    assert (after == "ExplicitlyDenied") == (before == "ExplicitlyDenied")
    assert before != "Allowed" or after == "Allowed"


@quick
@given(seeds)
def test_a_boundary_of_everything_changes_nothing(seed: int) -> None:
    case = make_case(seed)
    assume(not case.get("permissionBoundary") and "NotPrincipal" not in json.dumps(case))
    before = decided(case)
    case["permissionBoundary"] = [{"name": "all", "policy": ALLOW_ALL}]
    assert decided(case) == before


@quick
@given(seeds)
def test_a_level_of_scps_that_allows_everything_changes_nothing(seed: int) -> None:
    case = make_case(seed)
    before = decided(case)
    level = {"level": "more", "policies": [{"name": "all", "policy": ALLOW_ALL}]}
    case["scps"] = [*case.get("scps", []), level]
    assert decided(case) == before


@quick
@given(seeds)
def test_renaming_an_account_everywhere_changes_nothing(seed: int) -> None:
    case = make_case(seed)
    text = json.dumps(case)
    # wildcards over the digits of an account would tell the two names apart
    assume(not re.search(r"[12][*?]|[*?][12]", text))
    renamed = text.replace(HOME, "333333333333").replace(OTHER, "444444444444")
    assert decided(json.loads(renamed)) == decided(case)


@quick
@given(seeds)
def test_values_once_listed_and_once_alone_are_the_same(seed: int) -> None:
    case = make_case(seed)
    wrapped = copy.deepcopy(case)
    for document in documents(wrapped):
        statements = document["Statement"]
        document["Statement"] = statements if isinstance(statements, list) else [statements]
        for each in document["Statement"]:
            for element in ("Action", "NotAction", "Resource", "NotResource"):
                if isinstance(each.get(element), str):
                    each[element] = [each[element]]
    assert decided(wrapped) == decided(case)


@quick
@given(seeds, st.randoms(use_true_random=False))
def test_a_dependent_answer_is_sound(seed: int, random: Random) -> None:
    case = make_case(seed)
    session = ":assumed-role/" in json.dumps(case["request"]["principal"])
    keys = random.sample(sorted(VALUES.keys() - ({"aws:principalarn"} if session else set())), 6)
    ready, known = opened(case, keys)
    decision = ready.decide()
    assert (decision.open is True) == (decision.verdict is Verdict.ALLOWED)
    assert (decision.open is False) == (decision.verdict is Verdict.DENIED)
    lists = not plain_test_of_several(case)
    for _ in range(8):
        filled = filling(random, keys, lists=lists)
        closed = json.loads(json.dumps(case))
        closed["request"]["context"] = {**known, **filled}
        outcome = read_case(closed).decide()
        assert passes(decision, filled) == passes(outcome, {})


@quick
@given(seeds, st.randoms(use_true_random=False))
def test_knowing_more_never_turns_a_certain_answer(seed: int, random: Random) -> None:
    case = make_case(seed)
    keys = random.sample(sorted(VALUES.keys() - {"aws:principalarn"}), 8)
    less = opened(case, keys)[0].decide()
    more = opened(case, keys[:4])[0].decide()
    assume(less.verdict is not Verdict.DEPENDS)
    assert more.verdict is less.verdict


# Formulas


def some_tests(seed: int) -> list[Formula]:
    """Random condition tests over few keys."""
    random = Random(seed)  # noqa: S311
    maker = Maker(seed)
    found: list[Formula] = []
    while len(found) < 5:
        made = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": maker.condition()}
        document = read_document({"Version": "2012-10-17", "Statement": [made]}, PolicyKind.IDENTITY)
        for each in document.statements:
            found += [test for test in each.conditions if test.quantifier or test.key not in SEVERAL]
    return random.sample(found, 4)


@st.composite
def formulas(draw: st.DrawFn) -> Formula:
    tests = some_tests(draw(seeds))
    leaf = st.sampled_from([*tests, *map(negate, tests)])
    tree: st.SearchStrategy[Formula] = st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(all_of),
            st.lists(inner, min_size=2, max_size=3).map(any_of),
        ),
        max_leaves=8,
    )
    return draw(tree)


@quick
@given(formulas(), st.randoms(use_true_random=False))
def test_a_simplified_formula_holds_for_the_same_requests(formula: Formula, random: Random) -> None:
    simple = simplify(formula)
    for _ in range(20):
        values = filling(random, VALUES, lists=True)
        assert evaluate(simple, values) == evaluate(formula, values)
    assert equivalent(formula, simple) in (True, None)
    assert len(repr(simple)) <= len(repr(formula))


@quick
@given(formulas(), st.randoms(use_true_random=False))
def test_a_negated_formula_holds_for_all_other_requests(formula: Formula, random: Random) -> None:
    for _ in range(10):
        values = filling(random, VALUES, lists=True)
        assert evaluate(negate(formula), values) is not evaluate(formula, values)
    assert negate(negate(formula)) == formula


# Patterns

texts = st.text(alphabet="ab:/*?", max_size=8)
pattern_texts = st.text(alphabet="ab:*?", max_size=7)
tokens = st.lists(st.sampled_from(["a", "b", ":", "ab", *Wildcard]), max_size=6)


def naive(parts: tuple[Any, ...], text: str) -> bool:
    """Matching by trying everything."""
    if not parts:
        return text == ""
    first, rest = parts[0], parts[1:]
    if isinstance(first, str):
        return text.startswith(first) and naive(rest, text[len(first) :])
    name = first.name
    if name == "NOTHING":
        return False
    ahead = text if not name.startswith("SEGMENT") else text.partition(":")[0]
    if name.endswith("ONE"):
        return bool(ahead) and naive(rest, text[1:])
    return any(naive(rest, text[at:]) for at in range(len(ahead) + 1))


@given(tokens, texts)
@settings(max_examples=600, deadline=None)
def test_a_pattern_matches_as_trying_everything_does(parts: list[Any], text: str) -> None:
    assert Pattern(parts).matches(text) == naive(tuple(parts), text)
    lowered = tuple(part.lower() if isinstance(part, str) else part for part in parts)
    assert Pattern(parts, ignore_case=True).matches(text.upper()) == naive(lowered, text)


@given(st.lists(pattern_texts, min_size=1, max_size=3), st.lists(pattern_texts, max_size=2))
@settings(max_examples=120, deadline=None)
def test_combinations_of_patterns_are_those_that_short_texts_show(of: list[str], within: list[str]) -> None:
    patterns, limits = [text_pattern(text) for text in of], [text_pattern(text) for text in within]
    found = combinations(patterns, limits)
    assert found is not None
    shown = set()
    for length in range(6):
        for characters in product("abz:", repeat=length):
            text = "".join(characters)
            if not limits or any(limit.matches(text) for limit in limits):
                shown.add(tuple(pattern.matches(text) for pattern in patterns))
    assert shown <= set(found)
    for truths, text in found.items():
        assert tuple(pattern.matches(text) for pattern in patterns) == truths
        assert not limits or any(limit.matches(text) for limit in limits)


@pytest.mark.parametrize("text", ["", "*", "a", "a*", "?", "**", "*?*"])
def test_a_pattern_reads_as_it_was_written(text: str) -> None:
    assert text_pattern(str(text_pattern(text))).tokens == text_pattern(text).tokens


@quick
@given(seeds)
def test_a_question_put_twice_gets_the_same_answer(seed: int) -> None:
    ready = read_case(make_case(seed))
    first = ready.decide()
    again = ready.decide()
    assert (again.verdict, again.open, again.blocked_by) == (first.verdict, first.open, first.blocked_by)

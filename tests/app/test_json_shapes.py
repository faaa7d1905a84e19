"""The JSON that scripts build on: every field that is promised is there, and holds what is promised."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from tests.app.conftest import Command
from tests.test_docs import ROOT, blocks

PAYSLIP = "arn:aws:s3:::payroll/2026.csv"


class OneOf(frozenset[str]):
    """One of these values."""


VERDICT = OneOf({"allowed", "depends"})
GRANT = {
    "policy": str, "policy_name": str, "statement": int, "sid": str, "effect": OneOf({"Allow", "Deny"}),
    "via": str,
}  # fmt: skip
OPEN = {"verdict": VERDICT, "conditions": [str], "needs": [str]}
HOP = {
    **OPEN,
    "from": str,
    "to": str,
    "technique": str,
    "name": str,
    "because": [GRANT],
    "checks": [{"check": str, "result": OneOf({"pass", "fail", "unknown"}), "because": [GRANT], "why": str}],
}
ANSWER = {
    **OPEN,
    "principal": str,
    "type": OneOf({"user", "role", "root", "service", "federated", "account", "anyone"}),
    "name": str,
    "account": str,
    "action": str,
    "resource": str,
    "because": [GRANT],
}
PATH = {**OPEN, "source": str, "target": str, "hops": [HOP]}
LAYER = OneOf({"identity", "resource", "boundary", "session", "scp", "rcp", "endpoint", "trust"})
RESULT = OneOf({"allowed", "depends", "denied", "explicitly denied", "none", "unknown"})
ASKED = {"action": str, "resource": str, "context": dict}
CAN = {
    "question": {**ASKED, "principal": str},
    "verdict": OneOf({"allowed", "depends", "denied"}),
    "blocked_by": [LAYER],
    "conditions": [str],
    "needs": [str],
    "because": [GRANT],
    "layers": [{"layer": LAYER, "result": RESULT, "because": [GRANT]}],
}
PATHS = {
    "question": {"from": (str, type(None)), "to": str},
    "administrators": [str],
    "paths": [PATH],
    "truncated": bool,
    "missing": [str],
}
PERMISSION = {
    **OPEN,
    "service": str,
    "access_level": OneOf({"List", "Read", "Write", "Tagging", "Permissions management"}),
    "actions": [str],
    "resources": [str],
    "because": [GRANT],
}
STATUS = {
    "database": {"kind": str, "server": str, "uri": str},
    "organization": (str, dict),
    "accounts": [
        {"account": str, "name": str, "loaded_at": str, "source": str, "counts": dict, "missing": [str]}
    ],
    "warnings": [{"what": str, "id": str, "warning": str}],
    "missing": [str],
}
DECIDED = {
    "id": str,
    "result": OneOf({"Allowed", "ImplicitlyDenied", "ExplicitlyDenied"}),
    "blocked_by": [LAYER],
}


def differences(value: Any, shape: Any, place: str = "") -> list[str]:
    """What of a shape a value doesn't keep to; further fields are no difference."""
    if isinstance(shape, Mapping):
        if not isinstance(value, Mapping):
            return [f"{place}: no object"]
        return [
            each
            for name, inner in shape.items()
            for each in (
                differences(value[name], inner, f"{place}.{name}")
                if name in value
                else [f"{place}.{name}: not there"]
            )
        ]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{place}: no list"]
        return [each for n, item in enumerate(value) for each in differences(item, shape[0], f"{place}[{n}]")]
    if isinstance(shape, OneOf):
        return [] if value in shape else [f"{place}: {value!r}"]
    numbers_too = shape is int and isinstance(value, bool)
    return [] if isinstance(value, shape) and not numbers_too else [f"{place}: {value!r}"]


def test_a_field_that_lacks_or_holds_something_else_is_seen() -> None:
    assert differences({"a": [{"b": 1}]}, {"a": [{"b": int}]}) == []
    assert differences({"a": [{"c": 1}]}, {"a": [{"b": int}]}) == [".a[0].b: not there"]
    assert differences({"a": {}, "v": "maybe"}, {"a": [str], "v": VERDICT}) == [".a: no list", ".v: 'maybe'"]


def answered(iamatlas: Command, *arguments: str) -> Any:
    ran = iamatlas(*arguments, "--format", "json")
    assert ran.code == 0, ran.err
    return ran.json


def test_who_can(iamatlas: Command) -> None:
    found = answered(iamatlas, "who-can", "s3:GetObject", PAYSLIP, "--context", "aws:SourceIp=203.0.113.8")
    assert differences(found, {"question": ASKED, "answers": [ANSWER], "missing": [str]}) == []
    assert found["question"]["context"] == {"aws:SourceIp": "203.0.113.8"}
    assert {each["verdict"] for each in found["answers"]} == set(VERDICT)


def test_who_can_over_hops(iamatlas: Command) -> None:
    found = answered(iamatlas, "who-can", "s3:GetObject", PAYSLIP, "--indirect")
    assert differences(found, {"question": ASKED, "answers": [ANSWER], "missing": [str]}) == []
    indirect = [each for each in found["answers"] if "hops" in each]
    assert differences(indirect, [{"hops": [HOP]}]) == []
    assert len(indirect) > 10


def test_can_with_each_verdict(iamatlas: Command) -> None:
    asked = {
        "allowed": ("joss.varga", "s3:GetObject", PAYSLIP),
        "depends": ("birgit.stahl", "s3:GetObject", PAYSLIP),
        "denied": ("selma.krause", "iam:PutUserPolicy", "user/selma.krause"),
    }
    for verdict, question in asked.items():
        found = answered(iamatlas, "can", *question)
        assert differences(found, CAN) == []
        assert found["verdict"] == verdict
        assert bool(found["blocked_by"]) == (verdict == "denied")
        assert bool(found["conditions"] or found["needs"]) == (verdict == "depends")


def test_what_can(iamatlas: Command) -> None:
    found = answered(iamatlas, "what-can", "role/deploy-runner")
    shape = {"question": {"principal": str, "context": dict}, "permissions": [PERMISSION], "missing": [str]}
    assert differences(found, shape) == []
    assert {each["verdict"] for each in found["permissions"]} == set(VERDICT)


def test_paths(iamatlas: Command) -> None:
    found = answered(iamatlas, "paths")
    assert differences(found, PATHS) == []
    assert any(path["target"].startswith("administrator:") for path in found["paths"])
    checked = [check["result"] for path in found["paths"] for hop in path["hops"] for check in hop["checks"]]
    assert len(checked) > 50
    assert {path["verdict"] for path in found["paths"]} == set(VERDICT)
    assert not {path["source"] for path in found["paths"]} & set(found["administrators"])


def test_paths_to_an_action(iamatlas: Command) -> None:
    found = answered(iamatlas, "paths", "--to-action", "s3:GetObject", "--to-resource", PAYSLIP)
    assert differences(found, PATHS) == []
    assert found["paths"]


def test_status(iamatlas: Command) -> None:
    found = answered(iamatlas, "status")
    assert differences(found, STATUS) == []
    assert found["warnings"]
    assert found["missing"]


def test_query(iamatlas: Command) -> None:
    found = answered(iamatlas, "query", "MATCH (g:Group) RETURN g.name AS name, 1 AS one")
    assert differences(found, [{"name": str, "one": int}]) == []
    assert list(found[0]) == ["name", "one"]


def test_decide(nowhere: Command) -> None:
    (bounded,) = blocks(ROOT / "docs" / "cases.md", "json")
    case = json.loads(bounded)
    nobody = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    cases = [
        case,
        {**case, "id": "reader", "permissionBoundary": None},
        {**case, "id": "guarded", "rcps": [{"level": "r", "policies": [{"policy": {"Statement": nobody}}]}]},
        {**case, "id": "typo", "request": {**case["request"], "action": "SendMessage"}},
    ]
    ran = nowhere("decide", "-", input="\n".join(map(json.dumps, cases)))
    *decided, wrong = [json.loads(line) for line in ran.out.splitlines()]
    assert differences(decided, [DECIDED]) == []
    assert [(each["id"], each["result"]) for each in decided] == [
        ("bounded", "ImplicitlyDenied"), ("reader", "Allowed"), ("guarded", "ExplicitlyDenied"),
    ]  # fmt: skip
    assert differences(wrong, {"id": str, "error": str}) == []
    assert ran.code == 2


def test_csv_has_one_row_per_answer_with_lists_joined(iamatlas: Command) -> None:
    ran = iamatlas("who-can", "s3:GetObject", PAYSLIP, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    answers = answered(iamatlas, "who-can", "s3:GetObject", PAYSLIP)["answers"]
    assert [row["conditions"] for row in rows] == ["; ".join(each["conditions"]) for each in answers]
    assert any(row["conditions"] for row in rows)

"""The proof of an answer: layer by layer, with the text and the place of each statement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from app.views.markup import clear, show
from iam.decision import Layer
from iam.document import action_pattern
from queries.answers import LAYER_WORDS, ROOT_MAY, blocked_words, grant_words, where_words

if TYPE_CHECKING:
    from iam.answer import Answer
    from iam.decision import Grant, LayerResult
    from iam.document import Statement

MOST_VALUES = 40
_NOTHING = {"unknown": "its policy is not loaded", "allowed": "nothing stands in the way"}
_GRANTING = (Layer.IDENTITY, Layer.RESOURCE, Layer.TRUST)
_LOOKS = {"explicitly denied": "denied"}


def show_proof(answer: Answer, *, back: str = "") -> None:
    """Show why a principal may or may not: verdict, what it hangs on, what each layer of policies says."""
    where = where_words(answer)
    show(
        "proof",
        answer=answer,
        verdict=answer.verdict.value,
        hangs=[f"if {text}" for text in answer.conditions] + [f"needs {text}" for text in answer.needs],
        where=where,
        blocked=blocked_words(answer),
        layers=[_layer(each, answer) for each in sorted(answer.decision.layers, key=_telling)],
        back=back,
    )


def _telling(layer: LayerResult) -> tuple[bool, bool]:
    """What grants comes first, then what takes away; layers that let pass what others grant come last."""
    grants = layer.layer in _GRANTING and any(each.effect == "Allow" for each in layer.because)
    return not (grants or _of_root(layer)), layer.result.value == "allowed"


def _of_root(layer: LayerResult) -> bool:
    """Whether it lets a root user do everything: no other caller's side allows without a statement."""
    return layer.layer is Layer.IDENTITY and layer.result.value == "allowed" and not layer.because


def _layer(layer: LayerResult, answer: Answer) -> dict[str, Any]:
    result = layer.result.value
    words = result
    if answer.verdict.value != "denied" and _LOOKS.get(result, result) == "denied":
        # It denies a part of what was asked about, or has nothing to say of it: others grant the rest.
        words = "denies only in part" if layer.because else "grants nothing"
    missed = answer.missed.get(layer.layer, ())
    nothing = _NOTHING.get(result, "no statement allows it" if missed else "no statement bears on it")
    if _of_root(layer):
        nothing = ROOT_MAY
    return {
        "name": LAYER_WORDS[layer.layer.value],
        "result": words,
        "look": _LOOKS.get(result, result),
        "open": bool(missed)
        or _of_root(layer)
        or (bool(layer.because) and (layer.layer in _GRANTING or result != "allowed")),
        "nothing": "" if layer.because else nothing,
        "grants": [_grant(grant, answer) for grant in dict.fromkeys(layer.because)],
        "missed": [{**_grant(miss.grant, answer), "why": miss.why} for miss in missed],
    }


def _grant(grant: Grant, answer: Answer) -> dict[str, Any]:
    return {
        "words": grant_words(grant),
        "policy": grant.policy_id,
        "index": str(grant.index),
        "lines": statement_lines(grant.statement, answer.action, answer.resource),
    }


def statement_lines(statement: Statement, action: str = "", resource: str = "") -> list[tuple[str, bool]]:
    """A statement as lines of JSON, each with whether it is a part that decides about action and resource."""
    elements: list[tuple[str, Any]] = [
        ("Sid", statement.sid),
        ("Effect", statement.effect),
        ("Principal", _principals(statement.principals)),
        ("NotPrincipal", _principals(statement.not_principals)),
        ("Action", list(statement.actions)),
        ("NotAction", list(statement.not_actions)),
        ("Resource", list(statement.resources)),
        ("NotResource", list(statement.not_resources)),
        ("Condition", dict(statement.condition)),
    ]
    present = [(name, value) for name, value in elements if value]
    lines: list[tuple[str, bool]] = [("{", False)]
    for at, (name, value) in enumerate(present):
        end = "," if at < len(present) - 1 else ""
        if name in ("Action", "NotAction", "Resource", "NotResource"):
            deciding = [
                _decides(name, text, at_, statement, action, resource) for at_, text in enumerate(value)
            ]
            lines += _list(name, value, deciding, end)
        else:
            text = json.dumps({name: value}, indent=2, ensure_ascii=False)
            body = text.split("\n")[1:-1]
            marked = name in ("Effect", "Condition") and bool(action)
            lines += [(clear(line), marked) for line in [*body[:-1], body[-1] + end]]
    return [*lines, ("}", False)]


def _list(name: str, values: list[str], deciding: list[bool], end: str) -> list[tuple[str, bool]]:
    if len(values) == 1:
        return [(f'  "{name}": {_quoted(values[0])}{end}', deciding[0])]
    order = (
        sorted(range(len(values)), key=lambda at: (not deciding[at], at))
        if len(values) > MOST_VALUES
        else None
    )
    kept = sorted((order or range(len(values)))[:MOST_VALUES])
    lines = [(f'  "{name}": [', False)]
    lines += [
        (f"    {_quoted(values[at])}{',' if at < len(values) - 1 else ''}", deciding[at]) for at in kept
    ]
    if len(kept) < len(values):
        lines.append((f"    … and {len(values) - len(kept)} more", False))
    return [*lines, (f"  ]{end}", False)]


def _decides(name: str, text: str, at: int, statement: Statement, action: str, resource: str) -> bool:
    if name == "Action":
        return bool(action) and action_pattern(text).matches(action.lower())
    if name == "Resource":
        pattern = statement.resource_templates[at].pattern
        return bool(resource) and pattern is not None and pattern.matches(resource)
    return False


def _principals(principals: tuple[tuple[str, str], ...] | None) -> Any:
    if not principals:
        return None
    if principals[0][0] == "*":
        return "*"
    found: dict[str, list[str]] = {}
    for kind, value in principals:
        found.setdefault(kind, []).append(value)
    return {kind: values if len(values) > 1 else values[0] for kind, values in found.items()}


def _quoted(text: str) -> str:
    return clear(json.dumps(text, ensure_ascii=False))

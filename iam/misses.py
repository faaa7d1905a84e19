"""Why a layer allows nothing: its Allows that are about the action, and what keeps each from the request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from iam.caller import Caller
from iam.context import Context
from iam.decision import Decision, Grant, Layer, Policy, Result
from iam.document import Statement
from iam.evaluate import Policies
from iam.question import Question

_MOST = 5


@dataclass(frozen=True, slots=True)
class Miss:
    """An Allow that doesn't bear on a request, though it is about the action, and why."""

    grant: Grant
    why: str


def misses(
    decision: Decision, question: Question, caller: Caller, context: Context, policies: Policies
) -> dict[Layer, tuple[Miss, ...]]:
    """For each layer of a decision that lacks an Allow the nearest ones, those on other resources last."""
    found = {}
    for each in decision.layers:
        if each.result is Result.DENIED:
            near = sorted(
                (
                    Miss(Grant(policy.id, policy.name, statement, via, open=False), why)
                    for policy, via in _policies_of(each.layer, policies)
                    for statement, why in _near(policy, question, caller, context)
                ),
                key=lambda miss: miss.why.startswith(_ELSEWHERE),
            )
            if near:
                found[each.layer] = tuple(near[:_MOST])
    return found


_ELSEWHERE = "is for other resources"


def _policies_of(layer: Layer, policies: Policies) -> Iterator[tuple[Policy, str]]:
    if layer is Layer.IDENTITY:
        yield from ((holding.policy, holding.via) for holding in policies.identity)
    elif layer in (Layer.RESOURCE, Layer.TRUST):
        if policies.resource is not None:
            yield policies.resource, "trust policy" if layer is Layer.TRUST else "resource policy"
    else:
        held: dict[Layer, Iterable[Policy]] = {
            Layer.BOUNDARY: policies.boundary or (),
            Layer.SESSION: policies.session or (),
            Layer.ENDPOINT: policies.endpoint or (),
            Layer.SERVICE_CONTROL: [policy for level in policies.scps for policy in level],
        }
        yield from ((policy, layer.value) for policy in held.get(layer, ()))


def _near(
    policy: Policy, question: Question, caller: Caller, context: Context
) -> Iterator[tuple[Statement, str]]:
    bearing = {statement for statement, _ in question.outcome(policy.document, context)}
    for statement in policy.document.statements:
        if not statement.allows or not question.concerns(statement):
            continue
        if statement not in bearing:
            yield statement, _why(statement, question, context)
        elif statement.principals is not None and not any(
            caller.named(*each) for each in statement.principals
        ):
            yield statement, "names others"


def _why(statement: Statement, question: Question, context: Context) -> str:
    if question.matches_resource(statement, context) is False:
        literal = [each.text for each in statement.resource_templates if "${" in each.text]
        if literal and not statement.variables:
            return f"{_ELSEWHERE}: without Version 2012-10-17 {literal[0]} has no variable"
        return _ELSEWHERE
    failing = [each for each in statement.conditions if each.decide(context) is False]
    if failing:
        return "wants that " + " and ".join(each.words() for each in failing)
    return "has conditions that no request meets together"

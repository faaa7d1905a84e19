"""Who can assume which role, as relationships."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from iam.assume import Assumption
from iam.decision import Decision, Verdict
from iam.estate import Estate

Edge = tuple[str, str, Mapping[str, Any]]


def assumptions(
    assumable: Iterable[Assumption],
    estate: Estate,
    concerned: Collection[str] | None,
) -> Iterator[Edge]:
    """CAN_ASSUME relationships of all that was found: key of the principal, ARN of the role, properties.

    Of the accounts `concerned` only (either end lies in one of them), or of all where it is None. The verdict
    is `allowed` or `depends`, the latter with conditions and needs; `because` are ids of statements.
    """
    account_of = {principal.arn: principal.account for principal in estate.principals()}
    best: dict[tuple[str, str], Edge] = {}
    known: dict[int, tuple[Decision, Mapping[str, Any]]] = {}
    for found in assumable:
        if concerned is not None and not (
            account_of[found.principal] in concerned or account_of[found.role] in concerned
        ):
            continue
        decision = found.decision
        key = found.principal, found.role
        if key in best and best[key][2]["verdict"] == Verdict.ALLOWED:
            continue
        properties = known.get(id(decision))
        if properties is None:
            properties = known[id(decision)] = (decision, _properties(decision))
        best[key] = (found.principal, found.role, properties[1])
    yield from best.values()


def _properties(decision: Decision) -> Mapping[str, Any]:
    """What a relationship says of a decision; many pairs share one."""
    return {
        "verdict": decision.verdict.value,
        "conditions": list(decision.conditions) or None,
        "needs": list(decision.needs) or None,
        "because": [grant.statement_id for grant in decision.because] or None,
    }

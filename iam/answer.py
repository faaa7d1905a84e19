"""The answer to a question about one principal, in the shape that the product gives it.

The shape is the product's public interface (`docs/reference/answers.md`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from iam.decision import Decision, Grant, Layer, Verdict
from iam.entities import Principal
from iam.misses import Miss
from iam.scope import Scope
from iam.words import data, open_points, put_into_words


@dataclass(frozen=True, slots=True)
class Answer:
    """One principal's answer to one action.

    `resource` is what was asked. Where that leaves the resource open, the verdict is the best that some
    resource gets, and `scope` says on which resources that is. `missed` are, by layer, the Allows that came
    near; found for those who ask about one principal.
    """

    principal: Principal
    action: str
    resource: str
    scope: Scope
    decision: Decision
    missed: Mapping[Layer, tuple[Miss, ...]] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """Whether the principal may."""
        return self.scope.verdict

    @property
    def conditions(self) -> tuple[str, ...]:
        """The request context that it hangs on; all of it must hold."""
        return put_into_words(self.scope.open)[0]

    @property
    def needs(self) -> tuple[str, ...]:
        """What it needs that the data doesn't show."""
        return put_into_words(self.scope.open)[1]

    @property
    def open_points(self) -> int:
        """How many conditions and needs it hangs on."""
        return open_points(self.scope.open)

    @property
    def because(self) -> tuple[Grant, ...]:
        """The statements that make it."""
        return self.decision.because

    def as_json(self) -> dict[str, Any]:
        """The answer as `who-can` gives it."""
        principal = self.principal
        return {
            "principal": principal.arn,
            "type": principal.type.value,
            "name": principal.name,
            "account": principal.account,
            "action": self.action,
            "resource": self.resource,
            "resources": list(self.scope.resources),
            "except_resources": list(self.scope.except_resources),
            "verdict": self.verdict.value,
            "conditions": list(self.conditions),
            "condition": data(self.scope.open),
            "needs": list(self.needs),
            "because": [grant.as_json() for grant in self.because],
        }

    def layers_as_json(self) -> dict[str, Any]:
        """The answer as `can` gives it, without the question."""
        decision = self.decision
        return {
            "verdict": self.verdict.value,
            "blocked_by": [layer.value for layer in decision.blocked_by],
            "explicit": decision.explicitly_denied,
            "resources": list(self.scope.resources),
            "except_resources": list(self.scope.except_resources),
            "conditions": list(self.conditions),
            "condition": data(self.scope.open),
            "allow_condition": data(decision.allow),
            "deny_condition": data(decision.deny),
            "needs": list(self.needs),
            "because": [grant.as_json() for grant in self.because],
            "layers": [
                {
                    "layer": each.layer.value,
                    "result": each.result.value,
                    "because": [grant.as_json() for grant in each.because],
                    "missed": [
                        {**miss.grant.as_json(), "why": miss.why} for miss in self.missed.get(each.layer, ())
                    ],
                }
                for each in decision.layers
            ],
        }

"""Steps told to people: a sentence, the checks that were made, and the shape that answers have."""

from __future__ import annotations

from typing import Any

from iam.context import Context
from iam.decision import Decision, Grant, Layer, LayerResult, Result
from iam.escalation.actors import ADMINISTRATOR, is_written
from iam.escalation.loosening import WITH_DEVICE, WITH_MFA, WITHOUT_SCPS
from iam.escalation.steps import Step, Steps
from iam.escalation.uses import UsedRight
from iam.escalation.web import Path, Web
from iam.formula import tests
from iam.solve import simplify
from iam.techniques import tell
from iam.words import Need, words

_RESULTS = {
    Result.ALLOWED: "pass",
    Result.NONE: "pass",
    Result.DEPENDS: "unknown",
    Result.UNKNOWN: "unknown",
    Result.DENIED: "fail",
    Result.EXPLICIT: "fail",
}
BY_THEN = "by then"
"""How a permission is held that an attacker has by an earlier hop, whatever gave it."""
_CAPS = {Layer.BOUNDARY: "permissions boundary", Layer.SERVICE_CONTROL: "SCP", Layer.RESOURCE_CONTROL: "RCP"}


class Explainer:
    """Explains the steps of one web."""

    def __init__(self, web: Web) -> None:
        self.web = web
        self.finder: Steps = web.finder
        self.access = web.world.access

    def path(self, path: Path) -> dict[str, Any]:
        """A path as `paths` gives it."""
        return {
            "source": path.source,
            "target": path.target,
            "verdict": path.verdict.value,
            "conditions": list(path.conditions),
            "needs": list(path.needs),
            "hops": [self.hop(step) for step in path.steps],
        }

    def hop(self, step: Step) -> dict[str, Any]:
        """A step as a HOP."""
        return {
            "from": step.source,
            "to": step.target,
            "technique": step.technique.id,
            "name": step.technique.name,
            "verdict": step.verdict.value,
            "conditions": list(step.conditions),
            "needs": list(step.needs),
            "because": [_told(grant) for grant in self.finder.because(step)],
            "checks": self.checks(step),
            "sentence": self.sentence(step),
            "prevention": step.technique.prevention,
            "commands": list(step.technique.commands),
        }

    def sentence(self, step: Step) -> str:
        """The step in one sentence."""
        binding = step.binding
        target = binding.target
        resource = binding.resource
        return step.technique.sentence.strip().format(
            source=step.actor.principal.name,
            target=target.name if target is not None else step.target.removeprefix(ADMINISTRATOR),
            resource=resource.name if resource is not None else "a resource",
            service=next(
                (right.passed_to for right in step.technique.rights if right.passed_to), "the service"
            ),
            policy=binding.policy.rsplit("/", 1)[-1] or "a policy",
            group=binding.group.name if binding.group is not None else "a group",
        )

    def checks(self, step: Step) -> list[dict[str, Any]]:
        """What was checked: the rights layer by layer, the prerequisites, and what the target is worth."""
        made: list[dict[str, Any]] = []
        for used in step.rights:
            made += self._right_checks(step, used)
        for each in step.technique.prerequisites:
            formula = simplify(self.finder.prerequisite(each, step.technique, step.actor, step.binding))
            certain = formula is True or step.open is True
            made.append(
                _check(
                    "prerequisite",
                    "pass" if certain else "unknown",
                    (),
                    tell(each) if certain else words(formula),
                )
            )
        for test in tests(step.binding.needs):
            if isinstance(test, Need):
                made.append(_check("prerequisite", "unknown", (), test.text))
        made.append(_check("target's power", "pass", (), self._power(step.target)))
        return _each_once(made)

    def _right_checks(self, step: Step, used: UsedRight) -> list[dict[str, Any]]:
        decision, where = self._decision(step, used)
        named = f"{used.action} on {where}"
        grants = self.finder.granting(step, used)
        # A right that is certain passes each layer: on the resource, and by the request, that the attacker picks.
        certain = step.open is True or self.finder.certain(step, used)
        made = [_check("identity grant", "pass" if certain else _granted(decision), grants, named)]
        denies = tuple(g for layer in decision.layers for g in layer.because if g.effect == "Deny")
        if certain and denies:
            made.append(_check("explicit deny", "pass", denies, f"a Deny does not hold for {named}"))
        elif denies:
            made.append(
                _check("explicit deny", "unknown", denies, "a Deny applies unless its conditions fail")
            )
        else:
            made.append(_check("explicit deny", "pass", (), f"no Deny stops {named}"))
        gone = {Layer.SERVICE_CONTROL} if WITHOUT_SCPS in step.source else set()
        made += [
            self._cap(layer, named, certain)
            for layer in decision.layers
            if layer.layer in _CAPS.keys() - gone
        ]
        made += [
            _check("trust", "pass" if certain else _RESULTS[layer.result], layer.because,
                   f"the role's trust policy on {named}")
            for layer in decision.layers
            if layer.layer is Layer.TRUST
        ]  # fmt: skip
        if self.access.estate.organization is None:
            made.append(_check("SCP", "unknown", (), "no organization is loaded"))
        return made

    def _decision(self, step: Step, used: UsedRight) -> tuple[Decision, str]:
        access = self.access
        role = step.binding.role if used.action.lower() == "sts:assumerole" else None
        arn = used.target.arn or None
        question = access.question(
            used.action, arn, owner=step.actor.principal.account if role is None else ""
        )
        base = access.resource_context(question, step.binding.resource if arn else None)
        known = {key: value for key, value in used.request.items() if value}
        request = Context(
            known | (WITH_MFA if WITH_DEVICE in step.source else {}),
            absent=[key for key, value in used.request.items() if not value],
            parent=base,
        )
        decision = access.decide(
            question, step.actor.principal, context=request, resource_policy=role.trust if role else None
        )
        return decision, arn or "some resource of the account"

    def _cap(self, layer: LayerResult, named: str, certain: bool) -> dict[str, Any]:
        result = "pass" if certain else _RESULTS[layer.result]
        said = {"pass": "lets pass", "unknown": "may let pass", "fail": "stops"}[result]
        return _check(_CAPS[layer.layer], result, layer.because, f"{said} {named}")

    def _power(self, target: str) -> str:
        if target.startswith(ADMINISTRATOR):
            return f"administrator of account {target.removeprefix(ADMINISTRATOR)}"
        if target in self.web.administrator_nodes:
            return "an administrator"
        return "its own permissions, and what it can reach from there"


def _granted(decision: Decision) -> str:
    identity = [layer for layer in decision.layers if layer.layer in (Layer.IDENTITY, Layer.TRUST)]
    results = {_RESULTS[layer.result] for layer in identity if layer.result is not Result.NONE}
    if "pass" in results:
        return "pass"
    return "unknown"


def _check(name: str, result: str, because: tuple[Grant, ...], why: str) -> dict[str, Any]:
    return {
        "check": name, "result": result, "because": [_told(grant) for grant in because], "why": why
    }  # fmt: skip


def _told(grant: Grant) -> dict[str, object]:
    """A statement as GRANT; one that no policy held before says so in the place of how it is held."""
    return grant.as_json() | ({"via": BY_THEN} if is_written(grant) else {})


def _each_once(checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept: dict[tuple[str, str, str], dict[str, Any]] = {}
    for each in checks:
        kept.setdefault((each["check"], each["result"], each["why"]), each)
    return list(kept.values())

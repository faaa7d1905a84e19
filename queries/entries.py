"""How outsiders come in: by roles that trust an identity provider, another account, or anyone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from iam.assume import Assumption
from iam.decision import Grant, Layer, Result, Verdict
from iam.entities import Principal, PrincipalType
from iam.escalation.prerequisites import picked
from iam.formula import Formula
from iam.techniques import Technique, techniques
from iam.words import open_points, put_into_words

if TYPE_CHECKING:
    from iam.escalation.web import Web

_ASSUMING = "sts-001"
_SAML = "x-sts-02"
_OIDC_TOO_FREELY = "x-sts-01"
_ANYONE = "x-sts-03"
_WORDS = {
    PrincipalType.FEDERATED: "Whoever signs in at {source} takes role {role}.",
    PrincipalType.ACCOUNT: "Somebody in account {source} takes role {role}.",
    PrincipalType.ANYONE: "Anyone at all takes role {role}.",
}


@dataclass(frozen=True)
class Entry:
    """A role that an outsider can take."""

    principal: Principal
    assumption: Assumption

    @property
    def source(self) -> str:
        """The outsider's key."""
        return self.assumption.principal

    @property
    def role(self) -> str:
        """The ARN of the role."""
        return self.assumption.role

    target = role

    @cached_property
    def open(self) -> Formula:
        """What it hangs on: who calls picks the session's name, and may not know the external id."""
        open_ = self.assumption.decision.open
        return picked(open_) if self.assumption.action == "sts:AssumeRole" else open_

    @property
    def verdict(self) -> Verdict:
        """Whether it can."""
        return Verdict.ALLOWED if self.open is True else Verdict.DEPENDS

    @property
    def conditions(self) -> tuple[str, ...]:
        """What it hangs on in the request."""
        return put_into_words(self.open)[0]

    @property
    def needs(self) -> tuple[str, ...]:
        """What must be there that the data doesn't show."""
        return put_into_words(self.open)[1]

    @property
    def because(self) -> tuple[Grant, ...]:
        """The statements that let it."""
        return self.assumption.decision.because

    @property
    def open_points(self) -> int:
        """How many conditions and needs it hangs on."""
        return open_points(self.open)

    @property
    def technique(self) -> Technique:
        """The technique: by SAML, by a token that too many can get, as anyone, or as the one who is meant."""
        kind = _ASSUMING
        if self.assumption.action == "sts:AssumeRoleWithSAML":
            kind = _SAML
        elif self.assumption.action == "sts:AssumeRoleWithWebIdentity":
            kind = _ASSUMING if _names_its_subject(self.conditions) else _OIDC_TOO_FREELY
        elif self.principal.type is PrincipalType.ANYONE:
            kind = _ANYONE
        return _techniques()[kind]

    @property
    def sentence(self) -> str:
        """What happens."""
        name = self.principal.account if self.principal.type is PrincipalType.ACCOUNT else self.source
        words = _WORDS.get(self.principal.type, "{source} takes role {role}.")
        return words.format(source=name, role=self.role.rsplit("/", 1)[-1])

    def as_json(self) -> dict[str, Any]:
        """The entry as HOP."""
        technique = self.technique
        return {
            "from": self.source,
            "to": self.role,
            "technique": technique.id,
            "name": technique.name,
            "verdict": self.verdict.value,
            "conditions": list(self.conditions),
            "needs": list(self.needs),
            "because": [grant.as_json() for grant in self.because],
            "checks": [
                {
                    "check": "trust" if layer.layer in (Layer.TRUST, Layer.RESOURCE) else layer.layer.value,
                    "result": _result(layer.result),
                    "because": [grant.as_json() for grant in layer.because],
                    "why": f"{self.assumption.action} on {self.role}",
                }
                for layer in self.assumption.decision.layers
            ],
            "sentence": self.sentence,
            "prevention": technique.prevention,
            "commands": list(technique.commands),
        }


def entries(web: Web) -> Iterator[Entry]:
    """Every way in from outside. Services are no outsiders: they take roles by their nature."""
    for key, principal in web.world.estate.outsiders.items():
        if principal.type is not PrincipalType.SERVICE:
            yield from (Entry(principal, each) for each in web.world.assumptions.get(key, ()))


def _names_its_subject(conditions: tuple[str, ...]) -> bool:
    """Whether a condition on the token's subject says whose it is: no wildcard before the owner's name ends.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
    """
    for text in conditions:
        key, _, wanted = text.partition(" ")
        if not key.endswith(":sub"):
            continue
        if "/" in wanted.replace("?", "*").partition("*")[0]:
            return True
    return False


def _result(result: Result) -> str:
    if result in (Result.ALLOWED, Result.NONE):
        return "pass"
    return "unknown" if result in (Result.DEPENDS, Result.UNKNOWN) else "fail"


@cache
def _techniques() -> dict[str, Technique]:
    return {each.id: each for each in techniques()}

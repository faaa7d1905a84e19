"""What the evaluator answers: a verdict, what each layer said, and what is left open."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from iam.document import Document, PolicyKind, Statement
from iam.formula import Formula


class Verdict(StrEnum):
    """Whether a request passes, as far as is known."""

    ALLOWED = "allowed"
    DEPENDS = "depends"
    DENIED = "denied"


class Layer(StrEnum):
    """The kinds of policy that a request has to get past."""

    IDENTITY = "identity"
    RESOURCE = "resource"
    BOUNDARY = "boundary"
    SESSION = "session"
    SERVICE_CONTROL = "scp"
    RESOURCE_CONTROL = "rcp"
    ENDPOINT = "endpoint"
    TRUST = "trust"


class Result(StrEnum):
    """What one layer says to a request.

    `explicit` is an explicit Deny, `denied` the lack of an Allow where one is needed, `none` a layer that
    neither grants nor is asked to, and `unknown` one whose policies are not loaded.
    """

    ALLOWED = "allowed"
    DEPENDS = "depends"
    DENIED = "denied"
    EXPLICIT = "explicitly denied"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """A policy in use: its id (an ARN, or the owner's ARN and the name), name, kind and document."""

    id: str
    name: str
    kind: PolicyKind
    document: Document


@dataclass(frozen=True, slots=True, eq=False)
class Holding:
    """A policy and how the principal comes to hold it: `inline`, `attached`, `group devs`, `session`, ..."""

    policy: Policy
    via: str


def owner_of(policy_id: str) -> str:
    """The ARN of the resource whose own policy has this id: such an id begins with it."""
    return policy_id.rpartition(":")[0]


@dataclass(frozen=True, slots=True)
class Grant:
    """A statement that bears on a decision. `index` counts from 1; `open` is what it hangs on by itself."""

    policy_id: str
    policy_name: str
    statement: Statement
    via: str
    open: Formula = True

    @property
    def index(self) -> int:
        """The statement's place in its policy, from 1."""
        return self.statement.index

    @property
    def effect(self) -> str:
        """Allow or Deny."""
        return self.statement.effect

    @property
    def statement_id(self) -> str:
        """The statement's id in the graph."""
        return f"{self.policy_id}#{self.statement.index}"

    def as_json(self) -> dict[str, object]:
        """The grant as answers give it: policy, policy_name, statement, sid, effect, via."""
        return {
            "policy": self.policy_id,
            "policy_name": self.policy_name,
            "statement": self.statement.index,
            "sid": self.statement.sid,
            "effect": self.statement.effect,
            "via": self.via,
        }


@dataclass(frozen=True, slots=True)
class LayerResult:
    """What one layer says, and the statements that make it say so."""

    layer: Layer
    result: Result
    because: tuple[Grant, ...] = ()
    allow: Formula = True
    deny: Formula = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one request.

    `allow` is the formula under which the layers together grant it and `deny` the one under which an explicit
    Deny stands; the request passes exactly when `allow` holds and `deny` does not. `conditions` and `needs`
    put into words what is left of that.
    """

    verdict: Verdict
    layers: tuple[LayerResult, ...]
    blocked_by: tuple[Layer, ...]
    because: tuple[Grant, ...]
    allow: Formula
    deny: Formula
    open: Formula
    conditions: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def explicitly_denied(self) -> bool:
        """Whether an explicit Deny applies for certain."""
        return self.deny is True

    @property
    def result(self) -> str:
        """The answer to a complete request in AWS's words: Allowed, ImplicitlyDenied, ExplicitlyDenied.

        Raises ValueError when something is open.
        """
        if self.verdict is Verdict.DEPENDS:
            raise ValueError("the decision hangs on what the request leaves open")
        if self.verdict is Verdict.ALLOWED:
            return "Allowed"
        return "ExplicitlyDenied" if self.explicitly_denied else "ImplicitlyDenied"

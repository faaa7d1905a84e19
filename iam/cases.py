"""Stand-alone cases: a request and its policies in one JSON object, with nothing left open.

The shape is `docs/cases.md`'s: a principal, an action, a resource, a context in which a missing key is absent,
and the policies of each layer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iam import catalogue
from iam.arn import account_of, is_account_id
from iam.caller import Caller
from iam.context import Context
from iam.decision import Decision, Holding, Policy
from iam.document import PolicyKind, read_document
from iam.evaluate import Circumstances, Policies, decide
from iam.question import Question


class CaseError(ValueError):
    """A case that can't be decided; its text says why."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case with its policies read, ready to be decided any number of times."""

    id: object
    caller: Caller
    action: str
    resource: str
    resource_account: str
    resource_level: bool
    context: Context
    policies: Policies
    circumstances: Circumstances
    problems: tuple[str, ...]

    def decide(self) -> Decision:
        """The decision; nothing is left open in a case."""
        question = Question(
            self.action,
            self.resource,
            resource_level=self.resource_level,
            resource_account=self.resource_account,
        )
        return decide(question, self.caller, self.context, self.policies, self.circumstances)


def read_case(raw: object) -> Case:
    """Read one case. Raises CaseError with what is wrong and where."""
    case = _object(raw, "the case")
    request = _object(case.get("request"), "request")
    action = _text(request.get("action"), "request.action")
    if ":" not in action:
        raise CaseError(f"request.action: {action!r} is not service:Name")
    resource = _text(request.get("resource"), "request.resource")
    context = _object(request.get("context") or {}, "request.context")
    reader = _PolicyReader()
    policies = reader.policies(case)
    caller = _caller(request.get("principal"), context, has_boundary=policies.boundary is not None)
    resource_account = request.get("resourceAccount") or account_of(resource)
    if not resource_account and case.get("sameAccount", True):
        resource_account = caller.account
    known = catalogue.find_action(action)
    resource_level = case.get("wildcardOnlyAction")
    if resource_level is None:
        resource_level = known.resource_level if known is not None else resource != "*"
    else:
        resource_level = not resource_level
    service = action.partition(":")[0].lower()
    return Case(
        id=case.get("id"),
        caller=caller,
        action=action,
        resource=resource,
        resource_account=_text(resource_account, "request.resourceAccount") if resource_account else "",
        resource_level=resource_level,
        context=Context({key: _value(key, value) for key, value in context.items()}, closed=True),
        policies=policies,
        circumstances=Circumstances(rcp_supported=catalogue.rcp_supported(service)),
        problems=tuple(reader.problems),
    )


def _caller(principal: object, context: Mapping[str, Any], *, has_boundary: bool) -> Caller:
    if isinstance(principal, dict):
        if principal.get("type") == "Anonymous":
            return Caller.of("anonymous")
        raise CaseError(f"request.principal: {principal!r} is no principal")
    text = _text(principal, "request.principal")
    role = next((value for key, value in context.items() if key.lower() == "aws:principalarn"), "")
    role_arn = role if isinstance(role, str) and ":role/" in role and ":assumed-role/" in text else ""
    try:
        return Caller.of(text, role_arn=role_arn, has_boundary=has_boundary)
    except ValueError as error:
        raise CaseError(f"request.principal: {error}") from None


class _PolicyReader:
    """Reads the layers of a case and collects what is wrong with their policies."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def policies(self, case: Mapping[str, Any]) -> Policies:
        identity = [
            Holding(policy, "identity policy")
            for policy in self.listed(case, "identityPolicies", PolicyKind.IDENTITY)
        ]
        for at, group in enumerate(_list(case.get("groupPolicies"), "groupPolicies")):
            group = _object(group, f"groupPolicies[{at}]")
            name = str(group.get("name", at))
            identity += [
                Holding(policy, f"group {name}")
                for policy in self.listed(group, "policies", PolicyKind.IDENTITY, f"groupPolicies[{at}].")
            ]
        resource = case.get("resourcePolicy")
        session = case.get("sessionPolicy")
        return Policies(
            identity=identity,
            boundary=self.optional(case, "permissionBoundary", PolicyKind.IDENTITY),
            session=None if session is None else [self.policy("sessionPolicy", session, PolicyKind.IDENTITY)],
            scps=self.levels(case, "scps", PolicyKind.SERVICE_CONTROL),
            rcps=self.levels(case, "rcps", PolicyKind.RESOURCE_CONTROL),
            resource=None
            if resource is None
            else self.policy("resourcePolicy", resource, PolicyKind.RESOURCE),
            endpoint=self.optional(case, "vpcEndpointPolicies", PolicyKind.ENDPOINT),
        )

    def optional(self, case: Mapping[str, Any], name: str, kind: PolicyKind) -> list[Policy] | None:
        """A layer that is absent when it is null or empty."""
        return self.listed(case, name, kind) if case.get(name) else None

    def levels(self, case: Mapping[str, Any], name: str, kind: PolicyKind) -> list[list[Policy]]:
        levels = _list(case.get(name), name)
        return [
            self.listed(_object(level, f"{name}[{at}]"), "policies", kind, f"{name}[{at}].")
            for at, level in enumerate(levels)
        ]

    def listed(self, holder: Mapping[str, Any], name: str, kind: PolicyKind, place: str = "") -> list[Policy]:
        found = []
        for at, entry in enumerate(_list(holder.get(name), place + name)):
            where = f"{place}{name}[{at}]"
            entry = _object(entry, where)
            document = entry.get("policy", entry)
            found.append(self.policy(str(entry.get("name", where)), document, kind))
        return found

    def policy(self, name: str, raw: object, kind: PolicyKind) -> Policy:
        document = read_document(raw, kind)
        self.problems += [f"{name}: {problem}" for problem in document.problems if problem.fatal]
        return Policy(name, name, kind, document)


def _object(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CaseError(f"{place}: must be an object")
    return value


def _list(value: object, place: str) -> Sequence[Any]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise CaseError(f"{place}: must be a list")
    return value


def _text(value: object, place: str) -> str:
    if not isinstance(value, str) or not value:
        raise CaseError(f"{place}: must be text")
    if is_account_id(value) and place == "request.action":
        raise CaseError(f"{place}: must be an action")
    return value


def _value(key: str, value: object) -> object:
    items = value if isinstance(value, list) else [value]
    if any(not isinstance(item, (str, bool, int, float)) for item in items):
        raise CaseError(f"request.context.{key}: must be text or a list of texts")
    return value


__all__ = ["Case", "CaseError", "read_case"]

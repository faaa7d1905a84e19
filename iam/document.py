"""Policy documents: JSON read into statements that are ready to be matched.

Grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
AWS refuses a document that breaks it, so one that does grants nothing here and its problems are kept.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from iam.condition import Condition, read_operator, read_values
from iam.pattern import Pattern, Wildcard, wildcards
from iam.template import Template, as_resource, template

MAXIMUM_CHARACTERS = 4_000_000
"""A longer document is not read. AWS's own largest limit is 32 kB."""

_FEW = 8
"""A statement with no more action patterns than this has them all looked at."""

CURRENT_VERSION = "2012-10-17"
OLD_VERSION = "2008-10-17"

_POLICY_ELEMENTS = {"Version", "Id", "Statement"}
_STATEMENT_ELEMENTS = {
    "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition",
}  # fmt: skip
PRINCIPAL_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")

# Context keys whose value belongs to the caller: what such a statement says differs from caller to caller.
_CALLER_KEYS = {"aws:username", "aws:userid"}
_CALLER_PREFIX = "aws:principal"


class PolicyKind(StrEnum):
    """Where a policy is used, which decides what elements it must and must not have."""

    IDENTITY = "identity"
    TRUST = "trust"
    RESOURCE = "resource"
    SERVICE_CONTROL = "scp"
    RESOURCE_CONTROL = "rcp"
    ENDPOINT = "endpoint"

    @property
    def has_principal(self) -> bool:
        """Whether its statements must name a principal (else they must not)."""
        return self in {self.TRUST, self.RESOURCE, self.RESOURCE_CONTROL, self.ENDPOINT}


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a document. `place` is a path such as `Statement[2].Condition`, counting from 1.

    `fatal` problems make AWS refuse the whole policy.
    """

    rule: str
    place: str
    text: str
    fatal: bool = True

    def __str__(self) -> str:
        return f"{self.place}: {self.text}" if self.place else self.text


Principals = tuple[tuple[str, str], ...]
"""Pairs of kind (`AWS`, `Service`, `Federated`, `CanonicalUser`, or `*` for everyone) and value."""


@dataclass(slots=True, eq=False)
class Statement:
    """One statement. `index` counts from 1. Of each element and its `Not…` twin at most one is set.

    `every_action` and `on_everything` say that a lone `*` stands among its actions, or its resources.
    """

    index: int
    sid: str
    effect: str
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    principals: Principals | None = None
    not_principals: Principals | None = None
    conditions: tuple[Condition, ...] = ()
    condition: Mapping[str, Any] = field(default_factory=dict)
    variables: bool = True
    action_patterns: tuple[Pattern, ...] = field(init=False)
    resource_templates: tuple[Template, ...] = field(init=False)
    every_action: bool = field(init=False)
    on_everything: bool = field(init=False)
    differs_by_caller: bool = field(init=False)
    _by_service: dict[str, tuple[Pattern, ...]] | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        self.action_patterns = tuple(action_pattern(text) for text in self.actions or self.not_actions)
        self.resource_templates = tuple(
            template(text, as_resource, variables=self.variables, wildcard=True)
            for text in self.resources or self.not_resources
        )
        self.every_action = bool(self.actions) and any(
            each.matches_everything for each in self.action_patterns
        )
        self.on_everything = bool(self.resources) and any(
            each.pattern is not None and each.pattern.matches_everything for each in self.resource_templates
        )
        self.differs_by_caller = any(
            key.startswith(_CALLER_PREFIX) or key in _CALLER_KEYS
            for key in (
                *(key for condition in self.conditions for key in condition.keys),
                *(key for each in self.resource_templates if each.pattern is None for key in each.keys),
            )
        )

    @property
    def allows(self) -> bool:
        """Whether the effect is Allow."""
        return self.effect == "Allow"

    def patterns_of(self, service: str) -> tuple[Pattern, ...]:
        """Its action patterns; of many, those that may mean actions of a service (in lower case)."""
        if len(self.action_patterns) <= _FEW:
            return self.action_patterns
        if self._by_service is None:
            self._by_service = _by_service(self.action_patterns)
        return self._by_service.get(service) or self._by_service["*"]


@dataclass(slots=True, eq=False)
class Document:
    """A policy document. `statements` is empty when a fatal problem makes AWS refuse the policy."""

    version: str
    statements: tuple[Statement, ...]
    problems: tuple[Problem, ...]

    @property
    def valid(self) -> bool:
        """Whether AWS would accept it."""
        return not any(problem.fatal for problem in self.problems)


def _by_service(patterns: Iterable[Pattern]) -> dict[str, tuple[Pattern, ...]]:
    """Patterns of actions by the service that they name, each with those that stand for all services (`*`)."""
    found: dict[str, list[Pattern]] = {}
    for pattern in patterns:
        found.setdefault("*" if pattern.matches_everything else str(pattern).partition(":")[0], []).append(
            pattern
        )
    everywhere = tuple(found.pop("*", ()))
    return {**{service: (*those, *everywhere) for service, those in found.items()}, "*": everywhere}


@lru_cache(maxsize=65536)
def action_pattern(text: str) -> Pattern:
    """The pattern of an action as policies write it, compared in lower case. `*:*` says what `*` says.

    No wildcard may stand in the service, save for a lone `*`. Actions are written in ASCII; some other letters
    have a lower case that is one of theirs.
    """
    if text == "*:*":
        text = "*"
    pattern = Pattern(wildcards(text.lower()))
    in_service = set("*?").intersection(text.partition(":")[0])
    if not text.isascii() or (in_service and not pattern.matches_everything):
        return Pattern([Wildcard.NOTHING])
    return pattern


def read_document(raw: object, kind: PolicyKind) -> Document:
    """Read a policy document: an object, JSON text, or URL-encoded JSON text. Never raises.

    What is wrong with it is in `problems`; after a fatal one there are no statements.
    """
    problems: list[Problem] = []
    try:
        loaded = _as_object(raw)
    except _Refused as refused:
        return Document("", (), (refused.problem,))
    problems += _repeated(loaded, "")
    unknown = sorted(map(str, loaded.keys() - _POLICY_ELEMENTS))
    problems += [Problem("unknown-element", "", f"unknown element {_short(name)}") for name in unknown]
    version = loaded.get("Version", OLD_VERSION)
    if version not in (CURRENT_VERSION, OLD_VERSION):
        problems.append(Problem("unknown-version", "Version", f"unknown version {_short(version)}"))
        version = OLD_VERSION
    elif "Version" not in loaded:
        problems.append(
            Problem("missing-version", "Version", "no Version: variables are taken literally", fatal=False)
        )
    listed = loaded.get("Statement")
    items = listed if isinstance(listed, list) else [listed]
    if not items or listed is None:
        problems.append(Problem("no-statement", "Statement", "no statement"))
        items = []
    statements = []
    for index, item in enumerate(items, 1):
        reader = _StatementReader(index, kind, variables=version == CURRENT_VERSION)
        statement = reader.read(item)
        problems += reader.problems
        if statement is not None:
            statements.append(statement)
    document = Document(str(version), tuple(statements), tuple(problems))
    if not document.valid:
        document.statements = ()
    return document


class RepeatedKeys(dict[str, Any]):
    """An object of JSON in which the key `twice` stands more than once. Its last value counts."""

    __slots__ = ("twice",)

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        seen: set[str] = set()
        self.twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]


def json_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, for `object_pairs_hook`: Python's own reader forgets that a key was repeated."""
    read = dict(pairs)
    return read if len(read) == len(pairs) else RepeatedKeys(pairs)


def holds_repeated_keys(value: object) -> bool:
    """Whether a key is repeated anywhere within JSON that was read with `json_object`."""
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            if isinstance(each, RepeatedKeys):
                return True
            left.extend(each.values())
        elif isinstance(each, list):
            left.extend(each)
    return False


def _repeated(value: object, place: str) -> list[Problem]:
    if not isinstance(value, RepeatedKeys):
        return []
    return [Problem("repeated-key", place, f"the key {_short(value.twice)} stands twice", fatal=False)]


class _Refused(Exception):
    def __init__(self, rule: str, text: str) -> None:
        super().__init__(text)
        self.problem = Problem(rule, "", text)


def _as_object(raw: object) -> dict[str, Any]:
    if isinstance(raw, str):
        if len(raw) > MAXIMUM_CHARACTERS:
            raise _Refused("too-long", f"longer than {MAXIMUM_CHARACTERS:,} characters")
        text = unquote(raw) if raw.lstrip()[:1] == "%" else raw
        try:
            raw = json.loads(text, object_pairs_hook=json_object, parse_float=str)
        except RecursionError:
            raise _Refused("not-json", "nested too deeply") from None
        except ValueError as error:
            raise _Refused("not-json", f"not JSON: {error}") from None
    if not isinstance(raw, dict):
        raise _Refused("not-a-policy", f"not a policy document but {_kind_of(raw)}")
    return raw


def _kind_of(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), "a number")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


class _StatementReader:
    """Reads one statement and collects what is wrong with it."""

    def __init__(self, index: int, kind: PolicyKind, *, variables: bool) -> None:
        self.index = index
        self.kind = kind
        self.variables = variables
        self.problems: list[Problem] = []

    def wrong(self, rule: str, element: str, text: str, *, fatal: bool = True) -> None:
        place = f"Statement[{self.index}]" + (f".{element}" if element else "")
        self.problems.append(Problem(rule, place, text, fatal=fatal))

    def read(self, item: object) -> Statement | None:
        if not isinstance(item, dict):
            self.wrong("not-a-statement", "", f"not a statement but {_kind_of(item)}")
            return None
        self.check_repeated(item, "")
        for name in sorted(map(str, item.keys() - _STATEMENT_ELEMENTS)):
            self.wrong("unknown-element", name[:60], "unknown element")
        effect = item.get("Effect")
        if effect not in ("Allow", "Deny"):
            self.wrong("unknown-effect", "Effect", f"must be Allow or Deny, not {_short(effect)}")
        sid = item.get("Sid", "")
        if not isinstance(sid, str):
            self.wrong("wrong-type", "Sid", f"must be text, not {_kind_of(sid)}")
        actions, not_actions = self.pair(item, "Action", required=True)
        needs_resource = self.kind in {PolicyKind.IDENTITY, PolicyKind.SERVICE_CONTROL}
        resources, not_resources = self.pair(item, "Resource", required=needs_resource)
        principals = self.principals(item, "Principal")
        not_principals = self.principals(item, "NotPrincipal")
        self.check_principals(item)
        for text in (*actions, *not_actions):
            self.check_action(text)
        condition = item.get("Condition", {})
        conditions = self.conditions(condition)
        if any(problem.fatal for problem in self.problems):
            return None
        return Statement(
            index=self.index, sid=sid, effect=str(effect), actions=actions, not_actions=not_actions,
            resources=resources, not_resources=not_resources, principals=principals,
            not_principals=not_principals, conditions=conditions, condition=condition,
            variables=self.variables,
        )  # fmt: skip

    def pair(
        self, item: dict[str, Any], name: str, *, required: bool
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """An element and its `Not…` twin, of which one may stand there."""
        twin = f"Not{name}"
        if name in item and twin in item:
            self.wrong("both-elements", name, f"{name} and {twin} together")
        if required and name not in item and twin not in item:
            self.wrong("missing-element", name, f"neither {name} nor {twin}")
        return self.texts(item, name), self.texts(item, twin)

    def texts(self, item: dict[str, Any], name: str) -> tuple[str, ...]:
        if name not in item:
            return ()
        value = item[name]
        values = value if isinstance(value, list) else [value]
        if not values:
            self.wrong("empty-element", name, "an empty list")
        for each in values:
            if not isinstance(each, str):
                self.wrong("wrong-type", name, f"must be text, not {_kind_of(each)}")
            elif not each:
                self.wrong("empty-element", name, "an empty text")
        return tuple(dict.fromkeys(each for each in values if isinstance(each, str)))

    def check_repeated(self, value: object, element: str) -> None:
        self.problems += _repeated(value, f"Statement[{self.index}]" + (f".{element}" if element else ""))

    def check_action(self, text: str) -> None:
        service, colon, _ = text.partition(":")
        if text == "*":
            return
        if not colon or not service:
            self.wrong("malformed-action", "Action", f"{_short(text)} is not service:Name")

    def check_principals(self, item: dict[str, Any]) -> None:
        has = "Principal" in item or "NotPrincipal" in item
        if "Principal" in item and "NotPrincipal" in item:
            self.wrong("both-elements", "Principal", "Principal and NotPrincipal together")
        if "NotPrincipal" in item and self.kind in {PolicyKind.TRUST, PolicyKind.RESOURCE_CONTROL}:
            self.wrong("prohibited-principal", "NotPrincipal", "not allowed in this kind of policy")
        if has and not self.kind.has_principal:
            self.wrong("prohibited-principal", "Principal", "not allowed in this kind of policy")
        if not has and self.kind.has_principal:
            self.wrong("missing-element", "Principal", "neither Principal nor NotPrincipal")

    def principals(self, item: dict[str, Any], name: str) -> Principals | None:
        if name not in item:
            return None
        value = item[name]
        if value == "*":
            return (("*", "*"),)
        if not isinstance(value, dict):
            self.wrong("wrong-type", name, f"must be * or an object, not {_short(value)}")
            return ()
        self.check_repeated(value, name)
        found: list[tuple[str, str]] = []
        for kind, listed in value.items():
            if kind not in PRINCIPAL_KINDS:
                self.wrong("unknown-principal", name, f"unknown kind of principal {_short(kind)}")
                continue
            for each in listed if isinstance(listed, list) else [listed]:
                if not isinstance(each, str):
                    self.wrong("wrong-type", name, f"must be text, not {_kind_of(each)}")
                elif kind == "AWS" and each == "*":
                    found.append(("*", "*"))
                else:
                    found.append((kind, each))
        return tuple(dict.fromkeys(found))

    def conditions(self, block: object) -> tuple[Condition, ...]:
        if not isinstance(block, dict):
            self.wrong("wrong-type", "Condition", f"must be an object, not {_kind_of(block)}")
            return ()
        self.check_repeated(block, "Condition")
        read: list[Condition] = []
        for name, keys in block.items():
            operator = read_operator(name)
            if operator is None:
                self.wrong("unknown-operator", f"Condition.{name[:60]}", "unknown condition operator")
                continue
            if not isinstance(keys, dict):
                self.wrong("wrong-type", f"Condition.{name}", f"must be an object, not {_kind_of(keys)}")
                continue
            self.check_repeated(keys, f"Condition.{name}")
            for key, value in keys.items():
                condition = self.condition(name, operator, key, value)
                if condition is not None:
                    read.append(condition)
        return tuple(read)

    def condition(self, name: str, operator: Any, key: str, value: object) -> Condition | None:
        quantifier, comparison, if_exists = operator
        place = f"Condition.{name}.{key[:60]}"
        texts: list[str] = []
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, bool):
                texts.append("true" if each else "false")
            elif isinstance(each, (str, int)):
                texts.append(str(each))
            elif isinstance(each, float):
                texts.append(format(Decimal(repr(each)), "f") if math.isfinite(each) else str(each))
            else:
                self.wrong("wrong-type", place, f"must be text, not {_kind_of(each)}")
        values, unreadable = read_values(comparison, texts, variables=self.variables)
        for text in unreadable:
            self.wrong("unreadable-value", place, f"{_short(text)} is no value for {name}", fatal=False)
        return Condition(key.lower(), key, comparison, quantifier, if_exists, values)

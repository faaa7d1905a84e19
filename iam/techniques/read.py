"""Reads techniques from their TOML files, strictly: what is wrong in one is an error that names its place."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from iam.techniques.families import with_family_texts
from iam.techniques.model import Category, Effect, Gain, On, Prerequisite, Right, Status, Subject, Technique

_T = TypeVar("_T")
DATA = Path(__file__).parent / "data"

# Written over several lines, read as one. (As literal strings: the parser reads them ten times as fast.)
_TEXTS = frozenset({"name", "sentence", "how", "prevention", "detection", "left_out", "note"})
_ENUMS: dict[str, type[StrEnum]] = {
    "category": Category,
    "gain": Gain,
    "effect": Effect,
    "subject": Subject,
    "status": Status,
    "on": On,
}


def read_techniques(folder: Path = DATA) -> tuple[Technique, ...]:
    """The techniques of all `*.toml` files of a folder, in order of file and place.

    Raises:
        ValueError: a file is no TOML, has an unknown or missing field, a value of the wrong type, or an id
            that came before; the message says where.
    """
    found: dict[str, Technique] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as fault:
            raise ValueError(f"{path.name}: {fault}") from None
        if set(document) != {"technique"}:
            raise ValueError(f"{path.name}: the only table is [[technique]], not {sorted(document)}")
        for number, table in enumerate(document["technique"], 1):
            place = f"{path.name}, technique {number} ({table.get('id', 'no id')})"
            entry = with_family_texts(technique_of(table, place))
            if entry.id in found:
                raise ValueError(f"{place}: the id is taken")
            found[entry.id] = entry
    return tuple(found.values())


def technique_of(table: Mapping[str, Any], place: str) -> Technique:
    """The technique that one TOML table describes; `place` is named in errors.

    Raises:
        ValueError: an unknown or missing field, or a value of the wrong type.
    """
    values = dict(table)
    rights = [_right(right, f"{place}, right") for right in table.get("rights", [])]
    made = dict.fromkeys(right.action.partition(":")[0] for right in rights)
    services = tuple(service for service in made if service not in ("iam", "sts"))
    values["rights"] = [replace(each, passed_for=services) if each.passed_to else each for each in rights]
    values["prerequisites"] = [
        _build(Prerequisite, fact, f"{place}, prerequisite") for fact in table.get("prerequisites", [])
    ]
    return _build(Technique, values, place)


def _right(table: Mapping[str, Any], place: str) -> Right:
    """The right; one that passes a role carries in its request what passing always does.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
    """
    right = _build(Right, table, place)
    if not right.passed_to:
        return right
    passing = {"iam:PassedToService": right.passed_to, "iam:AssociatedResourceArn": "{resource}"}
    return replace(right, context=MappingProxyType({**passing, **right.context}))


def _build(cls: Callable[..., _T], table: Mapping[str, Any], place: str) -> _T:
    known = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]
    if unknown := sorted(set(table) - set(known)):
        raise ValueError(f"{place}: unknown field {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    required = {n for n, f in known.items() if f.default is MISSING and f.default_factory is MISSING}
    if missing := sorted(required - set(table)):
        raise ValueError(f"{place}: missing field {', '.join(missing)}")
    return cls(**{name: _value(name, str(known[name].type), v, place) for name, v in table.items()})


def _value(name: str, kind: str, value: Any, place: str) -> Any:
    if name in _ENUMS:
        enum = _ENUMS[name]
        if value not in tuple(enum):
            raise ValueError(f"{place}: {name} is one of {', '.join(enum)}, not {value!r}")
        return enum(value)
    expected: dict[str, Callable[[Any], bool]] = {
        "str": lambda v: isinstance(v, str),
        "bool": lambda v: isinstance(v, bool),
        "bool | None": lambda v: isinstance(v, bool),
        "int | None": lambda v: isinstance(v, int) and not isinstance(v, bool),
        "Mapping[str, str]": lambda v: isinstance(v, dict) and _texts([*v, *v.values()]),
        "tuple[str, ...]": lambda v: isinstance(v, list) and _texts(v),
    }
    if kind in expected and not expected[kind](value):
        raise ValueError(f"{place}: {name} must be {kind}, not {value!r}")
    if name in _TEXTS:
        return " ".join(value.split())
    if isinstance(value, list):
        return tuple(value)
    return MappingProxyType(value) if isinstance(value, dict) else value


def _texts(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) for value in values)

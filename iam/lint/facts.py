"""What the catalogue says of an action pattern and of a resource pattern, found once for each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from iam.catalogue import (
    ResourceType,
    actions,
    condition_keys_for,
    expand,
    find_action,
    find_resource_type,
    resource_types_for,
)
from iam.managed_policies import beyond_reference
from iam.pattern import text_pattern

Type = tuple[str, str]
"""Service and name of a resource type."""


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """What an action pattern stands for.

    `names` is how many actions. `types` are the resource types that any of them takes; actions without any
    match the resource `*` alone. `unsure` says that one of them may take others than the catalogue knows,
    `unsure_of_all` that one without any may take all resources of a type at once.
    `keys` are the condition keys that requests of them may have, in lower case, tag keys without their tag.
    `reads` says that all of them only read or list, `lists` that all only list.
    """

    names: int
    types: frozenset[Type]
    unsure: bool
    unsure_of_all: bool
    keys: frozenset[str]
    reads: bool
    lists: bool


@lru_cache(maxsize=16384)
def action_facts(pattern: str) -> ActionFacts:
    """The facts of an action pattern in lower case, other than a lone `*`."""
    every = [_facts_of(name) for name in expand(pattern)]
    return ActionFacts(
        names=len(every),
        types=frozenset().union(*(each.types for each in every)),
        unsure=any(each.unsure for each in every),
        unsure_of_all=any(each.unsure_of_all for each in every),
        keys=frozenset().union(*(each.keys for each in every)),
        reads=all(each.reads for each in every),
        lists=all(each.lists for each in every),
    )


def key_head(key: str) -> str:
    """A condition key in lower case, of one that holds a tag's name the part before it, slash included."""
    head, slash, _ = key.lower().partition("/")
    return head + slash


@lru_cache(maxsize=32768)
def _facts_of(name: str) -> ActionFacts:
    action = find_action(name)
    if action is None:  # no name that `expand` gives
        return ActionFacts(
            0, frozenset(), unsure=True, unsure_of_all=True, keys=frozenset(), reads=False, lists=False
        )
    types: set[Type] = set()
    # AWS's own policies allow some actions on resources that its reference doesn't list for them.
    beyond = name.lower() in beyond_reference()
    # What can be tagged is listed incompletely for many services.
    unsure = (beyond and action.resource_level) or action.access_level == "Tagging" or "Tag" in name
    for resource in action.resource_types:
        types.add((action.service, resource.name.lower()))
        unsure = unsure or find_resource_type(action.service, resource.name) is None
    keys = frozenset(map(key_head, condition_keys_for(action)))
    lists = action.access_level == "List"
    reads = lists or action.access_level == "Read"
    return ActionFacts(1, frozenset(types), unsure, beyond and not action.resource_level, keys, reads, lists)


@dataclass(frozen=True, slots=True)
class ResourceFacts:
    """What a resource pattern can stand for.

    `types` are the resource types that it can have. `unsure` says that it may be of others too: the pattern
    is wide, or the catalogue does not know the ARN. Then nothing follows from `types`. `known` says that some
    type of the ARN's own service fits, or may fit; `whole` that it stands for all resources of some type.
    """

    types: frozenset[Type]
    unsure: bool
    known: bool
    whole: bool


_ANYTHING = ResourceFacts(frozenset(), unsure=True, known=True, whole=True)
# Longer patterns, and those with more wildcards, take long to compare; no one writes them by hand.
_LONGEST = 200
_MOST_WILDCARDS = 4


@lru_cache(maxsize=32768)
def resource_facts(pattern: str) -> ResourceFacts:
    """The facts of an entry of Resource."""
    parts = pattern.split(":", 5)
    service = parts[2] if len(parts) > 2 else "*"
    if len(parts) < 6 or not service or any(character in service for character in "*?$"):
        return _ANYTHING
    if parts[5] == "*" and service != "s3":
        return _ANYTHING
    if len(pattern) > _LONGEST or parts[5].count("*") + parts[5].count("?") > _MOST_WILDCARDS:
        return _ANYTHING
    found = resource_types_for(pattern)
    # `arn:${Partition}:${Vendor}:…` of a backup fits every ARN, which says nothing about this one.
    known = any(_is_taken(kind) for kind in found if kind.arn_pattern.split(":", 3)[2] != "*")
    types = frozenset((kind.service, kind.name.lower()) for kind in found)
    # The buckets and objects of S3 are known well.
    rest = text_pattern(parts[5])
    whole = any(rest.matches(kind.arn_pattern.split(":", 5)[5]) for kind in found if kind.service == service)
    return ResourceFacts(types, unsure=not known and service != "s3", known=known, whole=whole)


def _is_taken(kind: ResourceType) -> bool:
    return kind.name.lower() in _taken_types(kind.service)


@cache
def _taken_types(service: str) -> frozenset[str]:
    """The resource types that some action of the service takes.

    The catalogue names others that no action takes, such as those of the second version of an API. There it
    is incomplete.
    """
    return frozenset(
        resource.name.lower() for action in actions(service) for resource in action.resource_types
    )

"""Resource types: what the resource of an ARN, or of a pattern for ARNs, can be."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from iam.catalogue_data import ResourceType, service_prefixes, service_resource_types
from iam.catalogue_patterns import arn_overlap

if TYPE_CHECKING:
    from collections.abc import Iterable

_VARIABLE = re.compile(r"\$\{[^}]*\}")
# Templates are shorter. Of more than that, the rest may be anything, which at worst gives a type too many.
_LONGEST = 512


def resource_types_for(arn: str) -> list[ResourceType]:
    """The types that the resource of this ARN can have, of all services, sorted by service and name.

    `arn` may be a pattern as in a policy's Resource element, with `*`, `?` and policy variables; then a type
    counts when some resource of it matches. A bucket's name holds no slash, so `arn:aws:s3:::b/k` is only an
    object. The list may hold a type too many, where AWS's forms overlap, but misses none of the catalogue.
    """
    pattern = _VARIABLE.sub("*", arn)
    if len(pattern) > _LONGEST:
        pattern = pattern[:_LONGEST] + "*"
    parts = pattern.split(":", 5)
    if len(parts) < 6 or any("*" in part or "?" in part for part in parts[:3]):
        candidates: Iterable[ResourceType] = _every_type()
    else:
        # Some templates leave the service open: `arn:${Partition}:${Vendor}:…`
        ranked = {**_types_by_service().get("*", {}), **_types_by_service().get(parts[2], {})}
        candidates = [kind for _, kind in sorted(ranked.items())]
    if len(parts) == 6 and "/" in parts[5]:
        candidates = [kind for kind in candidates if not kind.arn_template.endswith(":${BucketName}")]
    return [kind for kind in candidates if arn_overlap(pattern, kind.arn_pattern)]


@cache
def _every_type() -> tuple[ResourceType, ...]:
    return tuple(
        kind for service in sorted(service_prefixes()) for kind in service_resource_types(service).values()
    )


@cache
def _types_by_service() -> dict[str, dict[int, ResourceType]]:
    """The types by the service in their ARN, which need not be the one that has the type; with their rank."""
    found: dict[str, dict[int, ResourceType]] = {}
    for at, kind in enumerate(_every_type()):
        found.setdefault(kind.arn_pattern.split(":", 3)[2], {})[at] = kind
    return found

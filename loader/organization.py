"""organization.json: the tree of an organization, its accounts, and its control policies with their targets.

Names of fields are read in any case and with or without underscores, so that what AWS's API returns
(`ParentId`, `PolicySummary`) is understood as well as what `collect` writes (`parent_id`).
https://docs.aws.amazon.com/organizations/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iam.decision import Policy
from iam.document import PolicyKind
from iam.entities import Organization, OrganizationalUnit
from loader.documents import read_policy
from loader.fields import Fields
from loader.problems import Report
from loader.texts import read_json, refuse_error_document

_KINDS = {
    "SERVICE_CONTROL_POLICY": PolicyKind.SERVICE_CONTROL,
    "RESOURCE_CONTROL_POLICY": PolicyKind.RESOURCE_CONTROL,
}


@dataclass(slots=True)
class ReadOrganization:
    """An organization, its policies' texts, and by id what else nodes of accounts and units show."""

    organization: Organization
    texts: dict[str, str] = field(default_factory=dict)
    extras: dict[str, dict[str, Any]] = field(default_factory=dict)


def read_organization(file: Path, report: Report) -> ReadOrganization:
    """Read the file. Raises `BadInput`; what hangs on an id that isn't there becomes a warning."""
    value = read_json(file)
    if isinstance(value, dict):
        refuse_error_document(file, value)
    return _Reader(file, _folded(Fields.of(file, "", value)), report).read()


def _folded(raw: Fields) -> Fields:
    """The same object with its fields' names in lower case and without underscores."""
    return Fields(
        raw.file, raw.place, {re.sub(r"[^a-z0-9]", "", key.lower()): each for key, each in raw.value.items()}
    )


class _Reader:
    def __init__(self, file: Path, raw: Fields, report: Report) -> None:
        self.file = file
        self.raw = raw
        self.report = report
        head = raw.within("organization")
        if head is None:
            raise raw.wrong("organization", "is missing")
        head = _folded(head)
        management = head.text("managementaccountid") or head.text("masteraccountid")
        management = management or head.text("managementaccount")
        if not management:
            raise head.wrong("management_account_id", "is missing")
        self.policies: dict[str, Policy] = {}
        self.targets: dict[str, list[str]] = {}
        self.units: dict[str, OrganizationalUnit] = {}
        self.parents: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.warnings: list[str] = []
        self.id = head.key("id")
        self.management = management
        self.found = ReadOrganization(
            Organization(
                id=self.id, management_account=management, units=self.units, parents=self.parents,
                policies=self.policies, targets={}, account_names=self.names, warnings=self.warnings,
            )
        )  # fmt: skip
        self.found.extras[self.id] = {
            "arn": head.text("arn") or None,
            "feature_set": head.text("featureset") or None,
        }

    def read(self) -> ReadOrganization:
        for each in self.raw.objects("roots"):
            self.unit(_folded(each), root=True)
        for each in self.raw.objects("organizationalunits"):
            self.unit(_folded(each), root=False)
        for each in self.raw.objects("accounts"):
            self.account(_folded(each))
        for place, parent in [
            *((unit.id, unit.parent) for unit in self.units.values()),
            *self.parents.items(),
        ]:
            if parent not in self.units and (parent or place in self.parents):
                self.warn(f"{place} hangs under {parent or 'nothing'}, which is not in the file")
        for each in self.raw.objects("policies"):
            self.policy(_folded(each))
        if not self.policies:
            self.report.lacks(
                "", "organization.json holds no control policies: what SCPs and RCPs take away is not known"
            )
        targets = {place: tuple(sorted(set(held))) for place, held in sorted(self.targets.items())}
        self.found.organization.targets = targets
        for unit in self.units.values():
            extras = self.found.extras.setdefault(unit.id, {})
            extras["org_path"] = f"{self.id}/" + "".join(f"{each}/" for each in self.line(unit.id))
        return self.found

    def warn(self, text: str) -> None:
        self.warnings.append(self.report.warn(self.id, text))

    def line(self, unit: str) -> list[str]:
        line: list[str] = []
        while unit in self.units and unit not in line:
            line.append(unit)
            unit = self.units[unit].parent
        return line[::-1]

    def unit(self, raw: Fields, *, root: bool) -> None:
        unit = OrganizationalUnit(
            id=raw.key("id"), name=raw.text("name"), parent="" if root else _parent(raw)
        )
        self.units[unit.id] = unit
        self.found.extras[unit.id] = {"arn": raw.text("arn") or None, "root": root}

    def account(self, raw: Fields) -> None:
        account = raw.key("id", 12)
        self.parents[account] = _parent(raw)
        self.names[account] = raw.text("name")
        self.found.extras[account] = {
            "email": raw.text("email") or None,
            "status": raw.text("status") or raw.text("state") or None,
        }

    def policy(self, raw: Fields) -> None:
        summary = raw.within("policysummary")
        head = _folded(summary) if summary else raw
        kind = _KINDS.get(head.text("type", None))
        if kind is None:
            return  # tag, backup and other policies decide nothing about permissions
        name = head.text("name") or head.key("id")
        policy_id = head.text("arn") or head.key("id")
        content = raw.value.get("content", raw.value.get("document"))
        read = read_policy(content, policy_id, name, kind)
        if read.problem:
            self.warn(f"policy {name} is not valid: {read.problem}")
        self.policies[policy_id] = read.policy
        self.found.texts[policy_id] = read.text
        for index, target in enumerate(raw.items("targets"), 1):
            place = target
            if isinstance(target, dict):
                each = _folded(Fields(self.file, f"{raw.place}.targets[{index}]", target))
                place = each.text("targetid") or each.text("id")
            if not isinstance(place, str):
                raise raw.wrong(f"targets[{index}]", "should be the id of a root, unit or account")
            if place in self.units or place in self.parents:
                self.targets.setdefault(place, []).append(policy_id)
            else:
                self.warn(f"policy {name} is attached to {place}, which is not in the file")


def _parent(raw: Fields) -> str:
    for name in ("parentid", "parent"):
        if raw.value.get(name) is not None:
            return raw.text(name)
    for each in raw.objects("parents"):
        return _folded(each).text("id")
    return ""

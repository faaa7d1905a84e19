"""Turns described accounts into the texts of the files that ``load`` reads."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from loader.demo.aws import Json, date, recent

if TYPE_CHECKING:
    from loader.demo.describe import Account

_REPORT_COLUMNS = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    *(
        f"access_key_{number}_{column}"
        for number in (1, 2)
        for column in ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
    ),
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
]


def json_text(value: Any) -> str:
    """The JSON text of a file, indented by one so that differences stay readable."""
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def authorization_details(account: Account) -> Json:
    """The account as ``aws iam get-account-authorization-details`` returns it."""
    holders = [*account.users.values(), *account.groups.values(), *account.roles.values()]
    attachments = Counter(
        policy["PolicyArn"] for holder in holders for policy in holder["AttachedManagedPolicies"]
    )
    boundaries = Counter(
        holder["PermissionsBoundary"]["PermissionsBoundaryArn"]
        for holder in holders
        if "PermissionsBoundary" in holder
    )
    for policy in account.policies.values():
        policy["AttachmentCount"] = attachments[policy["Arn"]]
        policy["PermissionsBoundaryUsageCount"] = boundaries[policy["Arn"]]
    return {
        "UserDetailList": list(account.users.values()),
        "GroupDetailList": list(account.groups.values()),
        "RoleDetailList": list(account.roles.values()),
        # Of AWS's own policies, an export holds the attached ones only.
        "Policies": [
            policy
            for policy in account.policies.values()
            if policy["AttachmentCount"] or not policy["Arn"].startswith("arn:aws:iam::aws:")
        ],
    }


_NO_KEY = ["false", "N/A", "N/A", "N/A", "N/A"]


def _key_cells(arn: str, slot: int, held: int) -> list[str]:
    if held < slot:
        return _NO_KEY
    return ["true", date(arn, "key", str(slot)), recent(arn, "key", str(slot)), "eu-west-1", "sts"]


def credential_report(account: Account) -> str:
    """The account's credential report, with AWS's columns and words."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_REPORT_COLUMNS)
    created = date(account.id, first_day=2200, last_day=2400)
    no_certificates = ["false", "N/A", "false", "N/A"]
    unsupported = "not_supported"
    root = ["<root_account>", account.root, created, unsupported, "no_information", unsupported, unsupported]
    writer.writerow([*root, "true", *_NO_KEY, *_NO_KEY, *no_certificates])
    for name, user in account.users.items():
        arn, held = user["Arn"], account.credentials[name]
        if held["password"]:
            password = ["true", recent(arn, "password"), date(arn, "password"), "N/A"]
        else:
            password = ["false", "N/A", "N/A", "N/A"]
        cells = [name, arn, user["CreateDate"], *password, "true" if held["mfa"] else "false"]
        keys = _key_cells(arn, 1, held["keys"]) + _key_cells(arn, 2, held["keys"])
        writer.writerow([*cells, *keys, *no_certificates])
    return text.getvalue()

"""credential-report.csv: passwords, MFA devices and access keys of an account's users and its root user.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iam.arn import account_of
from loader.problems import BadInput
from loader.texts import read_text

_NEEDED = ("user", "arn", "password_enabled", "mfa_active", "access_key_1_active", "access_key_2_active")
_NO_TIME = ("", "N/A", "no_information", "not_supported")


def read_credentials(file: Path, expected_account: str) -> tuple[str, dict[str, dict[str, Any]]]:
    """The account's id, and for each user's ARN (the root user's too) what `Principal.details` keeps.

    `console`: has a password. `mfa`: has an MFA device. `access_keys` and `access_key_slots`: how many keys
    are active, and how many there are. `password_last_used`: ISO 8601. Raises `BadInput`.
    """
    rows = csv.DictReader(io.StringIO(read_text(file), newline=""), strict=True)
    account = expected_account
    found: dict[str, dict[str, Any]] = {}
    try:
        lacking = [name for name in _NEEDED if name not in (rows.fieldnames or ())]
        if lacking:
            raise BadInput(
                file, "line 1", f"no credential report: it has no column {', '.join(lacking)}",
                "Decode the base64 text in `Content` of `aws iam get-credential-report`",
            )  # fmt: skip
        for row in rows:
            place = f"line {rows.line_num}"
            arn = row["arn"] or ""
            owner = account_of(arn)
            account = account or owner
            if not owner or owner != account:
                raise BadInput(file, place, f"{arn!r} is no ARN of account {account or 'any'}")
            found[arn] = _details(row, file, place)
    except csv.Error as error:
        raise BadInput(file, f"line {rows.line_num}", f"no CSV: {error}", "Export it again") from None
    return account, found


def _details(row: Mapping[str, str | None], file: Path, place: str) -> dict[str, Any]:
    details: dict[str, Any] = {}
    for name, column in (("console", "password_enabled"), ("mfa", "mfa_active")):
        flag = _flag(row, column, file, place)
        if flag is not None:
            details[name] = flag
    active = [_flag(row, f"access_key_{slot}_active", file, place) is True for slot in (1, 2)]
    made = [(row.get(f"access_key_{slot}_last_rotated") or "") not in _NO_TIME for slot in (1, 2)]
    details["access_keys"] = sum(active)
    details["access_key_slots"] = sum(a or m for a, m in zip(active, made, strict=True))
    used = row.get("password_last_used") or ""
    if used not in _NO_TIME:
        details["password_last_used"] = used
    return details


def _flag(row: Mapping[str, str | None], column: str, file: Path, place: str) -> bool | None:
    value = (row.get(column) or "").lower()
    if value in ("true", "false"):
        return value == "true"
    if value in ("", "n/a", "no_information", "not_supported"):
        return None
    raise BadInput(file, place, f"{column} should be true or false, not {value!r}")

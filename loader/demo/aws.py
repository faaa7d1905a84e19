"""Small builders of policies, ids and dates as AWS writes them.

Everything random-looking (unique ids, dates) is derived from names, so a build repeats itself exactly.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

NOW = datetime(2026, 11, 2, 6, 15, tzinfo=UTC)
"""The moment at which the demo's exports were 'collected'."""

_MANAGED_PATHS = {
    "AWSLambdaBasicExecutionRole": "service-role/",
    "AWSLambdaVPCAccessExecutionRole": "service-role/",
    "AWSLambdaSQSQueueExecutionRole": "service-role/",
    "AmazonECSTaskExecutionRolePolicy": "service-role/",
    "AmazonRDSEnhancedMonitoringRole": "service-role/",
    "AmazonAPIGatewayPushToCloudWatchLogs": "service-role/",
    "AWS_ConfigRole": "service-role/",
    "ViewOnlyAccess": "job-function/",
    "Billing": "job-function/",
}


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\n".join(parts).encode()).digest()


def unique_id(prefix: str, *parts: str) -> str:
    """An id in AWS's form (`AIDA…`, `AROA…`): the prefix and 17 characters made from `parts`."""
    return prefix + base64.b32encode(_digest(prefix, *parts)).decode()[:17]


def number(limit: int, *parts: str) -> int:
    """A whole number from 0 to `limit` - 1 that depends on `parts` alone."""
    return int.from_bytes(_digest(*parts)[:4], "big") % limit


def hexadecimal(length: int, *parts: str) -> str:
    """Hexadecimal digits made from `parts`, as in instance ids."""
    return _digest(*parts).hex()[:length]


def uuid(*parts: str) -> str:
    """A UUID-shaped text made from `parts`, as in key ids and stack ids."""
    text = _digest(*parts).hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"


def date(*parts: str, first_day: int = 60, last_day: int = 1900) -> str:
    """A time between `first_day` and `last_day` days before `NOW`, in ISO 8601."""
    day = first_day + number(last_day - first_day, "day", *parts)
    moment = NOW - timedelta(days=day, seconds=number(86_400, "second", *parts))
    return moment.isoformat()


def recent(*parts: str) -> str:
    """A time within the last 40 days."""
    return date(*parts, first_day=0, last_day=40)


def managed(name: str) -> str:
    """ARN of the AWS-managed policy `name`."""
    return f"arn:aws:iam::aws:policy/{_MANAGED_PATHS.get(name, '')}{name}"


Strings = str | Sequence[str]


def statement(
    effect: str,
    sid: str | None,
    action: Strings | None = None,
    resource: Strings | None = "*",
    condition: Mapping[str, Any] | None = None,
    **elements: Any,
) -> Json:
    """One policy statement; `elements` gives NotAction, NotResource or Principal."""
    made: Json = {"Sid": sid} if sid else {}
    made["Effect"] = effect
    if "Principal" in elements:
        made["Principal"] = elements["Principal"]
    if action is not None:
        made["Action"] = action if isinstance(action, str) else list(action)
    if "NotAction" in elements:
        made["NotAction"] = elements["NotAction"]
    if "NotResource" in elements:
        made["NotResource"] = elements["NotResource"]
    elif resource is not None:
        made["Resource"] = resource if isinstance(resource, str) else list(resource)
    if condition:
        made["Condition"] = dict(condition)
    return made


def allow(sid: str | None, *args: Any, **kwargs: Any) -> Json:
    """An Allow statement; see `statement`."""
    return statement("Allow", sid, *args, **kwargs)


def deny(sid: str | None, *args: Any, **kwargs: Any) -> Json:
    """A Deny statement; see `statement`."""
    return statement("Deny", sid, *args, **kwargs)


def doc(*statements: Json, version: str | None = "2012-10-17") -> Json:
    """A policy document; `version` None leaves the element out, as some old policies do."""
    made: Json = {"Version": version} if version else {}
    made["Statement"] = list(statements)
    return made


def trust(
    principal: Json | str,
    action: Strings = "sts:AssumeRole",
    condition: Mapping[str, Any] | None = None,
    sid: str | None = None,
) -> Json:
    """One statement of a trust policy."""
    return statement("Allow", sid, action, None, condition, Principal=principal)


def service(*names: str) -> Json:
    """A trust policy for AWS services, such as `lambda`."""
    hosts = [f"{name}.amazonaws.com" for name in names]
    return doc(trust({"Service": hosts[0] if len(hosts) == 1 else hosts}))


ADMINISTRATOR = doc(allow(None, "*"))

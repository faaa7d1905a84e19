"""The smaller files of a folder: manifest.json, and identity-center.json as far as it is used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from loader.fields import Fields
from loader.problems import Report
from loader.texts import read_json

# What a service is called by AWS's programs where its actions have another prefix.
_PREFIXES = {"stepfunctions": "states", "emr": "elasticmapreduce", "mwaa": "airflow"}


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that the collector was refused. An empty account stands for all.

    `service` is the one whose resources could not be listed; empty where the call is about something else.
    """

    account: str
    service: str
    text: str


def read_manifest(file: Path) -> list[Refused]:
    """What the collector was refused: it is missing, and could change answers. Raises `BadInput`."""
    raw = Fields.of(file, "", read_json(file))
    found = []
    for each in raw.objects("refused"):
        operation = ":".join(part for part in (each.text("service"), each.text("operation")) if part)
        part = each.text("part") or "a part"
        error = each.text("error")
        text = f"{part} is incomplete: {operation or 'a call'} was refused ({error})"
        service = each.text("service").lower() if part == "resources.json" else ""
        found.append(Refused(each.text("account"), _PREFIXES.get(service, service), text))
    return found


def read_identity_center(file: Path, report: Report) -> None:
    """Check the file and note what of it is not in the graph. Raises `BadInput`.

    The roles that IAM Identity Center provisions in accounts are in those accounts' exports, with their
    policies; who signs in to them is in this file only.
    """
    raw = Fields.of(file, "", read_json(file))
    counted = [
        f"{len(raw.items(name))} {name.replace('_', ' ')}"
        for name in ("people", "groups", "permission_sets", "assignments")
        if raw.items(name)
    ]
    if counted:
        report.lacks(
            "", "identity-center.json: who signs in to the roles of IAM Identity Center is not in the graph "
            f"({', '.join(counted)})",
        )  # fmt: skip

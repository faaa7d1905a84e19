"""The smaller files of a folder: manifest.json, and identity-center.json as far as it is used."""

from __future__ import annotations

from pathlib import Path

from loader.fields import Fields
from loader.problems import Report
from loader.texts import read_json


def read_manifest(file: Path, report: Report) -> None:
    """Note what the collector was refused: it is missing, and could change answers. Raises `BadInput`."""
    raw = Fields.of(file, "", read_json(file))
    for each in raw.objects("refused"):
        operation = ":".join(part for part in (each.text("service"), each.text("operation")) if part)
        part = each.text("part") or "a part"
        error = each.text("error")
        report.lacks(
            each.text("account"), f"{part} is incomplete: {operation or 'a call'} was refused ({error})"
        )


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

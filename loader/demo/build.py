"""Writes the built-in organization: ``python -m loader.demo.build [FOLDER]``.

The folder that it writes is committed; a test compares the two, so change the descriptions and build again.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from loader.demo import FOLDER, development, management, organization, production, security, tooling
from loader.demo.output import authorization_details, credential_report, json_text


def files() -> dict[str, str]:
    """Every file of the organization's folder: relative path to text."""
    made = {
        "manifest.json": json_text(organization.MANIFEST),
        "organization.json": json_text(organization.ORGANIZATION),
        "identity-center.json": json_text(organization.identity_center()),
    }
    for module in (management, production, development, security, tooling):
        account = module.account()
        folder = f"accounts/{account.id}/"
        made[folder + "authorization-details.json"] = json_text(authorization_details(account))
        if module is not development:  # there, the collector was refused (see the manifest)
            made[folder + "credential-report.csv"] = credential_report(account)
            made[folder + "resources.json"] = json_text(account.resources)
    return made


def main(folder: Path) -> None:
    """Write the organization into `folder`, replacing what is there."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)

"""The licences of what is installed along with IAM Atlas: none that would reach over to the product."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata

import pytest
from packaging.utils import canonicalize_name

from tests.packaging.test_lock_files import DEV, RUN, entries

COPYLEFT = re.compile(r"\bA?GPL|\bAffero\b|(?<!Lesser )General Public License", re.IGNORECASE)


def said_licence(name: str) -> str:
    """All that a distribution's metadata says about its licence, without the licence's own text."""
    said = metadata(name)
    classifiers = [each for each in said.get_all("Classifier") or [] if each.startswith("License ::")]
    expressions = said.get_all("License-Expression") or []
    first_lines = [each.strip().partition("\n")[0] for each in said.get_all("License") or []]
    return " | ".join([*expressions, *first_lines, *classifiers])


@pytest.mark.parametrize("name", [RUN, DEV])
def test_no_locked_package_is_under_gpl_or_agpl(name: str) -> None:
    checked = 0
    for package in sorted({canonicalize_name(requirement.name) for requirement, _ in entries(name)}):
        try:
            said = said_licence(package)
        except PackageNotFoundError:
            continue  # locked for another platform
        checked += 1
        assert not COPYLEFT.search(said), f"{package}: {said}"
    assert checked > 50


@pytest.mark.parametrize(
    "said",
    ["GPL-3.0-or-later", "AGPL-3.0-only", "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"],
)
def test_copyleft_is_recognised(said: str) -> None:
    assert COPYLEFT.search(said)


@pytest.mark.parametrize("said", ["Apache-2.0 AND MIT", "MPL-2.0", "BSD-3-Clause", "LGPL-2.1-or-later"])
def test_other_licences_are_not(said: str) -> None:
    assert not COPYLEFT.search(said)

"""What the documentation shows as printed, the product prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.app.conftest import Command
from tests.test_docs import PAGES, ROOT, blocks

CUT = "…"
"""A line of its own where lines were left out."""


def shown(page: Path) -> list[tuple[str, str]]:
    """Commands and what is shown of their output."""
    found = []
    for body in blocks(page, ""):
        if body.startswith("$ iamatlas "):
            command, output = re.fullmatch(
                r"\$ iamatlas (.*?[^\\\n])\n(?! {4}\S)(.*)", body, re.DOTALL
            ).groups()  # type: ignore[union-attr]
            found.append((command, output))
    return found


SHOWN = [
    pytest.param(command, output, id=f"{page.name}: {command[:60]}")
    for page in PAGES
    for command, output in shown(page)
    if not command.startswith("decide ")  # of a file that stands beside it on the page
]


def pieces(output: str) -> list[str]:
    """The lines that stand together, as text that is independent of the day and of spaces at line ends."""
    lines = [
        re.sub(r"\d{4}-\d\d-\d\d|\b\d\d:\d\d\b", "(when)", line.rstrip()) for line in output.splitlines()
    ]
    text = "\n".join(CUT if line.strip() == CUT else line for line in lines)
    return [piece.strip("\n") for piece in re.split(rf"^{CUT}$", text, flags=re.MULTILINE) if piece.strip()]


@pytest.mark.parametrize(("command", "output"), SHOWN)
def test_what_a_page_shows_is_what_the_command_prints(iamatlas: Command, command: str, output: str) -> None:
    ran = iamatlas(*shlex.split(command.replace("\\\n", "").replace("\\$", "$")))
    assert ran.code == 0, ran.err
    (printed,) = pieces(ran.out + ran.err) or [""]
    at = 0
    for piece in pieces(output):
        found = printed.find(piece, at)
        assert found >= 0, f"not printed, or not in this place:\n{piece}\n\nprinted:\n{printed}"
        at = found + len(piece)


def test_the_readme_and_the_tutorial_show_output() -> None:
    assert len(shown(ROOT / "README.md")) >= 2
    assert len(shown(ROOT / "docs" / "tutorial.md")) >= 12

"""The explorer's colours can be read, light and dark: WCAG 2.2, level AA.

https://www.w3.org/TR/WCAG22/#contrast-minimum
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from app.pictures.network import DARK, LIGHT

APP = Path(__file__).parents[2] / "app"
THEME = tomllib.loads((APP / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
SOURCE = (APP / "explorer.py").read_text(encoding="utf-8")
WORDS = dict(re.findall(r"^(LIGHT|DARK) = \((.*?)^\)", SOURCE, re.DOTALL | re.MULTILINE))
TEXT, LARGE = 4.5, 3.0


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("kind", ["light", "dark"])
def test_text_links_buttons_and_verdicts_can_be_read(kind: str) -> None:
    theme = THEME[kind]
    words = dict(re.findall(r"--atlas-(\w+): (#\w{6})", WORDS[kind.upper()]))
    for ground in (theme["backgroundColor"], theme["secondaryBackgroundColor"]):
        for name in ("textColor", "linkColor"):
            assert contrast(theme[name], ground) >= TEXT, name
        for name in ("allowed", "depends", "denied", "link"):
            assert contrast(words[name], ground) >= TEXT, name
    assert contrast("#ffffff", theme["primaryColor"]) >= TEXT
    assert contrast(words["paper"], words["link"]) >= TEXT
    assert contrast(theme["primaryColor"], theme["backgroundColor"]) >= LARGE


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_labels_of_pictures_can_be_read(colours: dict[str, str]) -> None:
    for name in ("text", "muted"):
        assert contrast(colours[name], colours["paper"]) >= TEXT, name
    assert contrast(colours["deny"], colours["paper"]) >= LARGE

"""Each page in light and dark, as the documentation shows it; `IAMATLAS_SCREENSHOTS=docs/images` writes them.

Without it they are drawn all the same, into a folder of the test's own, and measured.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.app.browser.conftest import Explorer, Visit, settled

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUESTION = "who-can?action=s3:GetObject&resource=arn:aws:s3:::payroll/2026.csv"
CI = "arn:aws:iam::555566667777:role/ci-deploy"
HOP = f"paths?from={CI}&path=8c6a77d9edc1&hop=2"
PAGES = {
    "overview": ("overview", ".card", 1000),
    "who-can": (QUESTION, ".picture canvas", 940),
    "proof": (f"{QUESTION}&principal=arn:aws:iam::444455556666:user/joss.varga", ".proof", 1000),
    "who-can-hops": (
        f"{QUESTION}&hops=yes&way=arn:aws:iam::555566667777:role/ci-deploy", ".proof >> nth=1", 1180,
    ),
    "outside": ("overview?list=outside", "text=lanternbug-monitoring", 960),
    "paths": ("paths", ".picture canvas", 1000),
    "hop": (HOP, ".hop", 1060),
    "choke-points": ("choke-points", ".picture canvas", 900),
    "choke-point": ("choke-points?point=1", ".picture canvas", 960),
    "search": ("search?find=payroll", ".tabs", 900),
    "principal": ("principal?arn=arn:aws:iam::444455556666:role/deploy-runner", ".picture canvas", 960),
    "policy": ("policy?id=arn:aws:iam::444455556666:policy/AnalystData", ".layer", 900),
    "resource": ("resource?arn=arn:aws:s3:::payroll", "dl", 900),
    "cypher": ("cypher?query=who-can-assume", ".editor", 760),
    "data": ("data", "table", 1020),
}  # fmt: skip


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_window(
    explorer: Explorer, visit: Visit, tmp_path: Path, name: str, *, dark: bool
) -> None:
    address, wait, height = PAGES[name]
    page = visit.open(f"{explorer.address}/{address}", dark=dark, wait=wait, height=height)
    settled(page)
    page.evaluate("document.fonts.ready")
    folder = Path(os.environ.get("IAMATLAS_SCREENSHOTS") or tmp_path)
    page.screenshot(path=folder / f"{name}{'-dark' if dark else ''}.png")
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= 1280
    over = page.evaluate(
        """() => [...document.querySelectorAll('.atlas *')].filter((each) =>
            each.getBoundingClientRect().right > 1281).map((each) => each.outerHTML.slice(0, 120))"""
    )
    assert over == []

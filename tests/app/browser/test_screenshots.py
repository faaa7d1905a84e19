"""Each page in light and dark, as the documentation shows it; `IAMATLAS_SCREENSHOTS=docs/images` writes them.

Without it they are drawn all the same, into a folder of the test's own, and measured.
"""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.app.browser.conftest import Explorer, Visit, settled

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUESTION = "who-can?action=s3:GetObject&resource=arn:aws:s3:::payroll/2026.csv"
CI = "arn:aws:iam::555566667777:role/ci-deploy"
HOP = f"paths?from={CI}&path=8c6a77d9edc1&hop=2"
PAGES = {
    "overview": ("overview", ".card", 760),
    "who-can": (QUESTION, ".picture canvas", 1040),
    "proof": (f"{QUESTION}&principal=arn:aws:iam::444455556666:user/joss.varga", ".proof", 1030),
    "who-can-hops": (
        f"{QUESTION}&hops=yes&way=arn:aws:iam::555566667777:role/ci-deploy", ".proof >> nth=1", 1180,
    ),
    "outside": ("overview?list=outside", "text=lanternbug-monitoring", 720),
    "paths": ("paths", ".picture canvas", 1000),
    "hop": (HOP, ".hop", 1320),
    "choke-points": ("choke-points", ".picture canvas", 840),
    "choke-point": ("choke-points?point=1", ".picture canvas", 720),
    "search": ("search?find=payroll", ".tabs", 900),
    "principal": ("principal?arn=arn:aws:iam::444455556666:role/deploy-runner", ".picture canvas", 960),
    "what-it-can": (
        "principal?arn=arn:aws:iam::444455556666:user/admin/hanne.vik&show=does", ".by-service", 1100,
    ),
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
    if page.locator(".picture").count() and not dark:
        _is_readable(page)


def _is_readable(page: Page) -> None:
    """Every node of the picture stands within its frame with its label, large enough, and on no other one."""
    scale, wide, high, boxes = page.locator(".picture .canvas").evaluate(
        """(frame) => [frame.network.getScale(), frame.clientWidth, frame.clientHeight,
            frame.network.body.nodeIndices.map((id) => {
                const box = frame.network.getBoundingBox(id);
                const [from, to] = [[box.left, box.top], [box.right, box.bottom]].map(([x, y]) =>
                    frame.network.canvasToDOM({ x, y }));
                return [from.x, from.y, to.x, to.y];
            })]"""
    )
    assert scale >= 0.6
    assert [each for each in boxes if min(each) < 0 or each[2] > wide or each[3] > high] == []
    over = [
        pair
        for pair in itertools.combinations(boxes, 2)
        if pair[0][0] < pair[1][2] - 1 and pair[1][0] < pair[0][2] - 1
        and pair[0][1] < pair[1][3] - 1 and pair[1][1] < pair[0][3] - 1
    ]  # fmt: skip
    assert over == []

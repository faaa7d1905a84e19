"""Marks in the browser: set where one looks, found where one asks, and still there after a load."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.app.browser.conftest import Explorer, Visit, explorer_of, fill, settled
from tests.loader import support
from tests.servers import embedded_server

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OWNED = support.arn("role", "ci")
JEWEL = support.arn("role", "vault")
TRUSTING = {"AWS": f"arn:aws:iam::{support.ACCOUNT}:root"}


def export(at: Path) -> Path:
    """Ci assumes runner, runner assumes vault."""
    onto = {"ci": support.arn("role", "runner"), "runner": JEWEL, "vault": support.arn("role", "none")}
    roles = [
        support.role(
            name, TRUSTING, RolePolicyList=[support.inline("own", support.allow("sts:AssumeRole", arn))]
        )
        for name, arn in onto.items()
    ]
    return support.write(at / "account.json", support.export(roles=roles))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Explorer, Path]]:
    """The explorer on the small account, and the account's file."""
    file = export(tmp_path_factory.mktemp("small"))
    with embedded_server() as settings:
        fill(settings, [file])
        with explorer_of(settings) as running:
            yield running, file


def mark(page: Page, kind: str, note: str = "") -> None:
    page.get_by_role("button", name="Mark …").click()
    page.get_by_text(f"{kind}:").click()
    settled(page)
    if note:
        page.get_by_label("Note").fill(note)
        page.keyboard.press("Enter")
        settled(page)
    page.get_by_role("button", name="Set mark").click()


def test_marks_are_set_asked_about_kept_over_a_load_and_removed(
    small: tuple[Explorer, Path], visit: Visit
) -> None:
    explorer, file = small
    page = visit.open(f"{explorer.address}/principal?arn={quote(OWNED)}", wait=".picture canvas")
    mark(page, "owned", "from the exercise")
    page.locator("ul.marks", has_text="from the exercise").wait_for()
    page.goto(f"{explorer.address}/principal?arn={quote(JEWEL)}")
    page.wait_for_selector(".picture canvas")
    mark(page, "crown jewel")
    page.locator("ul.marks", has_text="crown jewel").wait_for()

    fill(explorer.settings, [file])
    page.goto(f"{explorer.address}/overview?list=marks")
    page.get_by_role("link", name="from what is owned").wait_for()
    page.get_by_role("cell", name="from the exercise").wait_for()

    page.goto(f"{explorer.address}/paths?from=marked:owned&to=marked:crown-jewel")
    page.get_by_text("1 path from what is marked owned to what is marked crown jewel").wait_for()
    page.locator(".path-list a.path", has_text="vault").click()
    page.wait_for_selector(".hop")
    page.get_by_role("button", name="Mark …").click()
    page.get_by_role("button", name="Remove owned").click()
    page.get_by_text("Nothing is marked owned").wait_for()


def test_a_path_over_an_accepted_risk_is_dimmed_left_out_or_alone_and_never_lost(
    small: tuple[Explorer, Path], visit: Visit
) -> None:
    explorer, _ = small
    page = visit.open(
        f"{explorer.address}/principal?arn={quote(support.arn('role', 'runner'))}", wait=".picture canvas"
    )
    mark(page, "accepted risk")
    page.locator("ul.marks", has_text="accepted risk").wait_for()
    page.goto(f"{explorer.address}/paths?to={quote(JEWEL)}")
    page.locator(".path-list li.dim", has_text="accepted risk").first.wait_for()
    settled(page)
    page.locator("select[name=accepted]").select_option("hidden")
    page.get_by_text("0 of 2 shown").wait_for()
    page.locator("select[name=accepted]").select_option("only")
    page.locator(".path-list a.path").first.wait_for()
    assert page.locator(".path-list a.path").count() == 2


def test_where_nothing_may_be_written_nothing_can_be_marked(
    small: tuple[Explorer, Path], visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IAMATLAS_EXPLORE_DATA", "off")
    with explorer_of(small[0].settings) as reading:
        page = visit.open(f"{reading.address}/principal?arn={quote(OWNED)}", wait=".picture canvas")
        settled(page)
        assert page.get_by_role("button", name="Mark …").count() == 0
        page.goto(f"{reading.address}/paths?from={quote(OWNED)}&to={quote(JEWEL)}")
        page.locator(".path-list a.path").first.click()
        page.wait_for_selector(".hop")
        assert page.get_by_role("button", name="Mark …").count() == 0

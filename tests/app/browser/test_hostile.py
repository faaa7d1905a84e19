"""An attacker's names on every page, in every file: nothing runs, nothing is asked of anybody."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from graph.connection import connect
from graph.marks import MarkKind, set_mark
from tests.app.browser.conftest import (
    Explorer,
    Visit,
    explorer_of,
    fill,
    nodes_of,
    settled,
)
from tests.app.browser.hostile import ALL, HANDLER, LONG, SCRIPT, bucket, climber, hostile_export
from tests.loader import support
from tests.servers import embedded_server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explorer]:
    """The explorer on the hostile account."""
    with embedded_server() as settings:
        fill(settings, [hostile_export(tmp_path_factory.mktemp("hostile"))])
        with connect(settings) as database:
            for text in ALL:
                set_mark(database, MarkKind.ACCEPTED_RISK, support.arn("user", text), note=text, by=text)
        with explorer_of(settings) as running:
            yield running


def formulas(text: str) -> list[str]:
    """The cells of a table that a spreadsheet takes for formulas, whichever sign it parts them by."""
    cells = [
        cell
        for sign in (",", ";", "\t")
        for row in csv.reader(io.StringIO(text), delimiter=sign)
        for cell in row
    ]
    return [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]


PARTS = 6


def pages() -> list[tuple[str, str]]:
    found = [
        ("overview", ".card"), ("overview?list=warnings", ".card"), ("overview?list=missing", "ul"),
        ("search", ".tabs"), ("search?find=alert", ".tabs"), ("data", "table"), ("cypher", ".editor"),
        ("paths", ".picture canvas"), ("paths?which=all", ".picture canvas"),
        ("choke-points", ".picture canvas"), ("choke-points?point=1", ".choke-point"),
        ("overview?list=marks", "table"),
        ("who-can?action=s3:GetObject", ".picture canvas"),
        ("who-can?action=sts:AssumeRole", ".picture canvas"),
        ("who-can?action=s3:GetObject&hops=yes", ".picture canvas"),
        ("overview?list=allowed", ".card"), ("overview?list=accounts", "table"),
        ("search?kind=resource", ".tabs"),
        (f"paths?from={quote(SCRIPT)}&to={quote(HANDLER)}", ".atlas"),
        (f"cypher?text={quote(SCRIPT)}", ".editor"),
        (f"overview?list={quote(SCRIPT)}", ".card"),
    ]  # fmt: skip
    found += [(f"resource?arn={quote(bucket(at), safe='')}", "dl") for at in range(len(ALL))]
    found.append((f"policy?id={quote(bucket(0) + ':policy', safe='')}", ".layer"))
    for text in ALL:
        name = quote(support.arn("user", text), safe="")
        found += [
            (f"principal?arn={name}", ".picture canvas"),
            (f"search?find={quote(text[:60], safe='')}", ".tabs"),
        ]
    one = quote(support.arn("user", SCRIPT), safe="")
    found += [
        (f"principal?arn={one}&show=does&level={quote(SCRIPT)}&find={quote(HANDLER)}", ".tabs"),
        (f"principal?arn={quote(support.arn('role', SCRIPT), safe='')}&show=by", ".tabs"),
        (f"principal?arn={one}&show=becomes", ".tabs"),
        (f"policy?id={quote(support.arn('policy', SCRIPT), safe='')}", ".layer"),
        (f"policy?id={quote(support.arn('policy', LONG), safe='')}", ".layer"),
        (f"group?arn={quote(support.arn('group', SCRIPT), safe='')}", ".layer"),
        (f"who-can?action=s3:GetObject&principal={one}", ".proof"),
        (f"who-can?action={quote(SCRIPT)}&resource={quote(SCRIPT)}&context={quote(SCRIPT)}", "[role=alert]"),
        (f"principal?arn={quote(SCRIPT)}", "[role=alert]"),
        (f"paths?from={one}", "[role=alert]"),
        (f"paths?to={quote(support.arn('role', SCRIPT), safe='')}", ".path-list"),
        (f"paths?from={quote(SCRIPT)}&technique={quote(SCRIPT)}&path={quote(SCRIPT)}", "[role=alert]"),
        (f"paths?to=s3:GetObject&on={quote(SCRIPT)}&context={quote(SCRIPT)}", "[role=alert]"),
        (f"choke-points?to={quote(SCRIPT)}", "[role=alert]"),
        (f"policy?id={quote(SCRIPT)}", "[role=alert]"),
    ]
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_runs_and_nothing_is_asked_on_any_page(hostile: Explorer, visit: Visit, part: int) -> None:
    page = visit.open(f"{hostile.address}/overview")
    for address, wait in pages()[part::PARTS]:
        page.goto(f"{hostile.address}/{address}")
        page.wait_for_selector(wait)
        settled(page)
        assert page.locator("script", has_text="alert(").count() == 0, address
        assert page.locator("img[onerror], [onclick], a[href^=javascript]").count() == 0, address
        wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= 1280, f"{address} is {wide} wide"
        assert page.locator("[data-testid=stException]").count() == 0, address
        assert page.get_by_text("This page failed").count() == 0, address


def test_type_ahead_shows_names_as_text(hostile: Explorer, visit: Visit) -> None:
    page = visit.open(f"{hostile.address}/overview")
    page.locator(".finder input").press_sequentially("<script")
    page.locator(".finder li").first.wait_for()
    assert SCRIPT in page.locator(".finder li b").first.inner_text()


def test_a_click_on_every_node_runs_nothing(hostile: Explorer, visit: Visit) -> None:
    page = visit.open(f"{hostile.address}/who-can?action=s3:GetObject", wait=".picture canvas")
    settled(page)
    assert nodes_of(page)
    canvas = page.locator(".picture .canvas")
    titles = canvas.evaluate(
        """frame => frame.network.body.data.nodes.get().map(({title}) =>
            [title.childElementCount, title.textContent.includes('<script>')])"""
    )
    assert all(children == 0 for children, _ in titles)
    assert any(has for _, has in titles)


def test_saved_files_are_as_harmless(hostile: Explorer, visit: Visit, tmp_path: Path) -> None:
    page = visit.open(f"{hostile.address}/who-can?action=s3:GetObject", wait=".picture canvas")
    settled(page)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save picture as HTML").click()
    file = tmp_path / "who-can.html"
    saved.value.save_as(file)
    alone = visit.open(file.as_uri(), wait=".picture canvas")
    assert alone.locator("script").count() == 4
    assert alone.locator("img[onerror], [onclick]").count() == 0
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save table as CSV").click()
    text = Path(saved.value.path()).read_text(encoding="utf-8")
    assert formulas(text) == []


def test_paths_are_saved_as_harmless(hostile: Explorer, visit: Visit, tmp_path: Path) -> None:
    page = visit.open(f"{hostile.address}/paths", wait=".path-list a.path")
    settled(page)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save table as CSV").click()
    text = Path(saved.value.path()).read_text(encoding="utf-8")
    assert formulas(text) == []
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save picture as HTML").click()
    file = tmp_path / "paths.html"
    saved.value.save_as(file)
    alone = visit.open(file.as_uri(), wait=".picture canvas")
    assert alone.locator("script").count() == 4


@pytest.mark.parametrize("at", range(len(ALL)))
def test_a_hop_and_what_marks_those_on_it_run_nothing(hostile: Explorer, visit: Visit, at: int) -> None:
    name = quote(support.arn("user", climber(ALL[at])), safe="")
    page = visit.open(f"{hostile.address}/paths?from={name}", wait=".path-list a.path")
    page.locator(".path-list a.path").first.click()
    page.wait_for_selector(".hop")
    page.get_by_role("button", name="Mark …").click()
    page.get_by_role("button", name="Set mark").wait_for()
    assert page.locator("img[onerror], [onclick], a[href^=javascript], img[src^=http]").count() == 0
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 1280

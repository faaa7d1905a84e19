"""Asking for paths and choke points as a person does it in the browser."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from tests.app.browser.conftest import Explorer, Visit, nodes_of, settled

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CI = "arn:aws:iam::555566667777:role/ci-deploy"
RUNNER = "arn:aws:iam::444455556666:role/deploy-runner"
AUTOMATION = "arn:aws:iam::444455556666:role/platform-automation"


def asked(page: Page) -> dict[str, str]:
    """What the page's address says."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def middle_of(page: Page, source: str, target: str) -> tuple[float, float]:
    """Where the middle of an edge of the picture stands on the screen."""
    canvas = page.locator(".picture .canvas")
    canvas.scroll_into_view_if_needed()
    place = canvas.evaluate(
        """(frame, ends) => {
            const found = frame.network.getPositions(ends);
            const at = frame.network.canvasToDOM({
                x: (found[ends[0]].x + found[ends[1]].x) / 2, y: (found[ends[0]].y + found[ends[1]].y) / 2 });
            const box = frame.getBoundingClientRect();
            return [box.left + at.x, box.top + at.y];
        }""",
        [source, target],
    )
    return place[0], place[1]


def test_how_ci_becomes_administrator_is_asked_and_told_hop_by_hop(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/paths", wait=".path-list a.path")
    # Whoever's name begins so comes before those that only hold it (claudia.ricci).
    page.locator("input[name=from]").press_sequentially("ci")
    page.locator("#list-from li", has_text="role/ci-deploy").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("input[name=from]").input_value() == "role/ci-deploy"
    line = page.locator(".path-list li", has_text="ci-deploy").first
    assert "Assume a role, then create a function that runs as a role and invoke it" in line.inner_text()
    page.keyboard.press("Enter")
    page.get_by_text("1 path from ci-deploy to an administrator").wait_for()
    # One path alone is open at once.
    page.locator(".hop", has_text="ci-deploy assumes deploy-runner").wait_for()
    page.get_by_role("link", name="deploy-runner creates a function").click()
    hop = page.locator(".hop", has_text="Create a function that runs as a role")
    hop.wait_for()
    text = hop.inner_text()
    for part in ("What was checked", "✓ pass", "DeployFunctions", "How to prevent it", "lambda:Invoke",
                 "aws lambda create-function"):  # fmt: skip
        assert part in text
    assert any("iam:PassRole" in each for each in hop.locator("mark").all_inner_texts())
    assert asked(page)["hop"] == "2"


def test_a_hop_leads_to_the_principal_and_back_and_stays_when_reloaded(
    explorer: Explorer, visit: Visit
) -> None:
    page = visit.open(f"{explorer.address}/paths", wait=".path-list a.path")
    page.locator(".path-list a.path", has_text="ci-deploy").first.click()
    page.wait_for_selector(".hop")
    address = page.url
    page.locator(".path-head").get_by_role("link", name="platform-automation").click()
    page.get_by_role("heading", name="platform-automation", level=1).wait_for()
    page.go_back()
    page.wait_for_selector(".hop")
    assert page.url == address
    page.reload()
    page.wait_for_selector(".hop")
    page.go_back()
    page.wait_for_selector(".hop", state="detached")
    assert "path" not in asked(page)


def test_a_click_on_a_line_of_the_picture_opens_that_hop(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/paths?from={CI}", wait=".picture canvas")
    settled(page)
    page.mouse.click(*middle_of(page, RUNNER, AUTOMATION))
    page.locator(".hop", has_text="deploy-runner creates a function").wait_for()
    assert asked(page)["hop"] == "2"


def test_filters_stand_in_the_address_and_back_takes_them_off(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/paths", wait=".path-list a.path")
    settled(page)
    page.locator("select[name=technique]").select_option("ec2-001")
    page.get_by_text("2 of 54 shown").wait_for()
    assert asked(page) == {"technique": "ec2-001"}
    page.locator("select[name=certainty]").select_option("depends")
    page.get_by_text("No path passes these filters").wait_for()
    page.go_back()
    page.get_by_text("2 of 54 shown").wait_for()
    page.wait_for_function(
        "() => [...document.querySelectorAll('*')].some((each) =>"
        " each.shadowRoot?.querySelector('select[name=certainty]')?.value === '')"
    )
    page.get_by_role("link", name="Show all").click()
    page.get_by_text("54 shown").wait_for(state="detached")
    assert asked(page) == {}


def test_from_and_to_are_swapped(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/paths?from={CI}&to={AUTOMATION}", wait=".path-list a.path")
    page.get_by_role("button", name="Swap from and to").click()
    page.get_by_text("No path from platform-automation to ci-deploy").wait_for()
    assert (asked(page)["from"], asked(page)["to"]) == ("role/platform-automation", "role/ci-deploy")


def test_part_of_a_name_leads_to_those_that_begin_so(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/paths", wait=".path-list a.path")
    page.locator("input[name=from]").press_sequentially("CI")
    page.locator("#list-from li").first.wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("This can't be asked").wait_for()
    page.locator("#list-from").wait_for(state="hidden")  # it would lie upon what is meant
    page.get_by_role("link", name=CI).click()
    page.get_by_text("1 path from ci-deploy to an administrator").wait_for()
    page.locator(".path-head").get_by_role("link", name="ci-deploy").click()
    page.get_by_role("link", name="can become administrator, 2 hops").wait_for()


def test_the_way_to_data_is_asked_by_action_and_resource(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/paths?from={CI}", wait=".path-list a.path")
    page.locator("input[name=to]").fill("s3:GetObject")
    page.locator("input[name=on]").fill("arn:aws:s3:::payroll/2026.csv")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_text("whoever may s3:GetObject on arn:aws:s3:::payroll/2026.csv").wait_for()
    page.locator(".path-list a.path").click()
    page.get_by_text("There: s3:GetObject on arn:aws:s3:::payroll/2026.csv").wait_for()
    assert "payroll/2026.csv" in {each["label"] for each in nodes_of(page)}


def test_all_paths_are_told_beside_the_best_ones(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/paths?from=user/buildmaster", wait=".path-list a.path")
    settled(page)
    page.locator("select[name=which]").select_option("all")
    page.get_by_text("2 paths from buildmaster").wait_for()
    page.get_by_text("2 share statement 2 (DeployFunctions) of policy deploy on deploy-runner").wait_for()


def test_what_is_not_known_is_said_with_the_nearest(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/paths?from=mira.solber", wait="[role=alert]")
    assert "user/mira.solberg" in page.inner_text("[role=alert]")


def test_an_administrator_is_no_source(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/paths?from=hanne.vik", wait="[role=alert]")
    assert "is an administrator already" in page.inner_text("[role=alert]")


def test_paths_are_saved_as_table_page_and_picture(explorer: Explorer, visit: Visit, tmp_path: Path) -> None:
    page = visit.open(f"{explorer.address}/paths?from={CI}", wait=".picture canvas")
    settled(page)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save table as CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text(encoding="utf-8"))))
    assert [(row["hop"], row["technique"]) for row in rows] == [("1", "sts-001"), ("2", "lambda-001")]
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save picture as HTML").click()
    file = tmp_path / "paths.html"
    saved.value.save_as(file)
    with page.expect_download() as saved:
        page.get_by_role("button", name="PNG").click()
    assert Path(saved.value.path()).read_bytes().startswith(b"\x89PNG")
    alone = visit.open(file.as_uri(), wait=".picture canvas")
    assert "ci-deploy" in {each["label"] for each in nodes_of(alone)}


def test_the_one_change_that_stops_most_paths_is_found(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/choke-points", wait=".choke-list a.path")
    text = page.inner_text("[data-testid=stMain]")
    assert "45 principals can get to any administrator" in text
    page.locator(".choke-list a.path").first.click()
    point = page.locator(".choke-point")
    point.wait_for()
    told = point.inner_text()
    for part in ("DeployFunctions", "cuts 9 off", "It would also take away", "lambda:PublishVersion"):
        assert part in told
    page.reload()
    point.wait_for()
    assert asked(page) == {"point": "1"}
    point.get_by_role("link", name="The paths that go by it").click()
    page.get_by_text("share statement 2 (DeployFunctions)").wait_for()
    assert page.locator(".path-list a.path").count() >= 9
    page.go_back()
    point.wait_for()
    point.get_by_role("link", name="Open the policy").click()
    page.get_by_role("heading", name="deploy").first.wait_for()


def test_the_fewest_grants_that_cut_off_one_target_are_named(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/choke-points?to={quote(AUTOMATION)}", wait=".choke-list a.path")
    page.get_by_text("The fewest grants that cut off everybody").wait_for()
    page.locator("input[name=to]").fill("nobody-at-all")
    page.keyboard.press("Enter")
    page.get_by_text("There is no principal").wait_for()

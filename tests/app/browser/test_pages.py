"""Each page's main task, done as a person does it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from graph.connection import connect
from queries.paths import paths
from tests.app.browser.conftest import Explorer, Visit, explorer_of, grown, node_at, nodes_of, settled
from tests.loader import support
from tests.servers import embedded_server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]

JOSS = "arn:aws:iam::444455556666:user/joss.varga"
RUNNER = "arn:aws:iam::444455556666:role/deploy-runner"


def test_each_number_of_the_overview_leads_to_its_list(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(explorer.address, wait=".card")
    settled(page)
    cards = page.locator(".card")
    told = {each.partition("\n")[2]: each.partition("\n")[0] for each in cards.all_inner_texts()}
    with connect(explorer.settings) as database:
        verdicts = [path.verdict.value for path in paths(database).paths]
    expected = {
        "users": "101",
        "roles": "123",
        "administrators": "29",
        "can become one for certain": str(verdicts.count("allowed")),
        "can become one if something holds": str(verdicts.count("depends")),
        "roles that trust accounts outside": "3",
    }
    assert {words: told[words] for words in expected} == expected
    page.locator(".card", has_text=re.compile("^123")).click()
    page.get_by_role("link", name="123 roles").wait_for()  # and the one that only others name is told apart
    page.get_by_role("link", name="1 of other accounts").click()
    page.get_by_role("link", name="testers").wait_for()
    page.goto(explorer.address)
    page.locator(".card", has_text="for certain").click()
    way_up = page.locator("tr", has_text="ci-deploy")
    way_up.get_by_text("ci-deploy assumes deploy-runner").wait_for()
    page.locator(".card", has_text="stopped by one change").click()
    page.get_by_text("by inline policy deploy, statement 2 (DeployFunctions)").wait_for()
    page.locator(".card", has_text="trust accounts outside").click()
    page.get_by_role("link", name="lanternbug-monitoring").wait_for()
    assert "sts:ExternalId is tidewick-7f21c9" in page.inner_text("[data-testid=stMain]")
    page.locator(".card", has_text="warnings on policies").click()
    page.locator("tr", has_text="s3:GetObjects").first.get_by_role("link", name="AnalystData").wait_for()
    page.locator(".card", has_text="marks").click()
    page.get_by_text("Nothing is marked").wait_for()
    page.locator(".card", has_text="warnings from loading").click()
    page.get_by_role("heading", name="Warnings from loading").wait_for()
    page.go_back()
    page.get_by_text("Nothing is marked").wait_for()
    page.go_back()
    page.get_by_role("heading", name="Warnings on policies").wait_for()


def test_a_number_shows_its_list_within_a_small_window(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/overview", wait=".card", height=720)
    settled(page)
    page.locator(".card", has_text="administrators").click()
    heading = page.get_by_role("heading", name="Administrators")
    heading.wait_for()
    settled(page)
    box = heading.bounding_box()
    assert box is not None
    assert box["y"] < 600
    assert page.locator(".card[aria-current]").inner_text().endswith("administrators")


def test_a_page_about_one_thing_asks_which_one_and_names_it_in_the_tab(
    explorer: Explorer, visit: Visit
) -> None:
    page = visit.open(f"{explorer.address}/principal", wait="table")
    assert page.title() == "Principal · IAM Atlas"
    page.get_by_role("link", name="joss.varga").click()
    page.get_by_role("heading", name="joss.varga").wait_for()
    settled(page)
    assert page.title() == "joss.varga · IAM Atlas"
    page.goto(f"{explorer.address}/resource?arn=arn:aws:s3:::nowhere")
    page.get_by_text("Nothing that is loaded has the name arn:aws:s3:::nowhere").wait_for()
    page.get_by_role("link", name="payroll", exact=True).click()
    page.get_by_role("link", name="Who can read what it holds?").click()
    page.get_by_text("principals may s3:GetObject on arn:aws:s3:::payroll/*").wait_for()


def test_search_completes_while_typing_and_enter_opens_what_is_marked(
    explorer: Explorer, visit: Visit
) -> None:
    page = visit.open(f"{explorer.address}/overview", wait=".card")
    settled(page)
    page.keyboard.press("/")
    page.keyboard.type("joss")
    page.locator(".finder li", has_text="joss.varga").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="joss.varga").wait_for()
    assert f"principal?arn={quote(JOSS, safe='')}" in page.url


def test_search_completes_tags_and_actions_too(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/overview", wait=".card")
    settled(page)
    page.keyboard.press("/")
    page.keyboard.type("agency=salt")
    page.locator(".finder li", has_text="joss.varga").get_by_text("agency=Saltline Studio").wait_for()
    page.locator(".finder input").fill("createaccesskey")
    page.locator(".finder li", has_text="iam:CreateAccessKey").click()
    page.get_by_text("depending on conditions").wait_for()


def test_search_finds_by_name_tag_account_policy_and_action(explorer: Explorer, visit: Visit) -> None:
    for wanted, found in (
        ("agency=saltline", "joss.varga"),
        ("999900001111", "testers"),
        ("PayrollDesk", "PayrollDesk"),
        ("UpdateAssumeRolePolicy", "iam:UpdateAssumeRolePolicy"),
    ):
        page = visit.open(f"{explorer.address}/search?find={quote(wanted)}")
        page.get_by_role("link", name=found).first.wait_for()


def test_a_principal_shows_who_it_is_and_what_it_holds(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/principal?arn={JOSS}", wait=".picture canvas")
    text = page.inner_text("[data-testid=stMain]")
    for part in ("employment=contractor", "payroll-migration", "web-contractors", "KeepOutOfPayroll"):
        assert part in text
    page.get_by_role("link", name="What it can do").click()
    page.get_by_text("It can do 58 actions of 4 services").wait_for()
    page.get_by_role("link", name="Read 43").click()
    page.get_by_label("Only those with").fill("payroll")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="sts: Read").wait_for(state="detached")
    assert {"level=Read", "find=payroll"} <= set(page.url.split("?")[1].split("&"))
    page.get_by_text("s3:GetObject").first.wait_for()
    page.get_by_role("link", name="s3: Read").first.click()
    page.wait_for_selector(".proof")
    page.go_back()
    page.get_by_role("link", name="s3: Read").first.wait_for()
    page.get_by_role("link", name="What it can become").click()
    page.get_by_role("heading", name="Whom it can become").wait_for()
    page.get_by_role("link", name="Policies").click()
    page.get_by_role("link", name="PayrollMigration").click()
    page.get_by_role("heading", name="PayrollMigration").wait_for()
    page.go_back()
    page.get_by_role("heading", name="joss.varga").wait_for()


def test_a_click_on_a_neighbour_adds_its_surroundings(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/principal?arn={RUNNER}", wait=".picture canvas")
    settled(page)
    before = {each["id"] for each in nodes_of(page)}
    assert "principal arn:aws:iam::555566667777:role/ci-deploy" in before
    page.mouse.click(*node_at(page, "principal arn:aws:iam::555566667777:role/ci-deploy"))
    grown(page, len(before))
    assert {each["id"] for each in nodes_of(page)} > before


def test_a_double_click_on_a_neighbour_opens_its_page(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/principal?arn={RUNNER}", wait=".picture canvas")
    settled(page)
    page.mouse.dblclick(*node_at(page, "principal arn:aws:iam::444455556666:user/freya.moran"))
    page.get_by_role("heading", name="freya.moran").wait_for()


def test_a_resource_leads_to_who_reaches_it(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/resource?arn=arn:aws:s3:::payroll", wait=".layer")
    assert "OnlyOverTls" in page.inner_text("[data-testid=stMain]")
    row = page.locator("tr", has_text="joss.varga")
    row.wait_for()
    assert row.locator("td").all_inner_texts()[1] == "444455556666"
    row.get_by_role("link").click()
    page.wait_for_selector(".proof")
    assert "PayrollMigration" in page.inner_text(".proof")
    page.go_back()
    page.get_by_text("Ask who can do one action on it").click()
    page.get_by_role("link", name="s3:GetObject", exact=True).click()
    page.get_by_text("depending on conditions").wait_for()


def test_a_policy_shows_what_it_gives_to_whom_and_what_is_doubtful(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(
        f"{explorer.address}/policy?id=arn:aws:iam::444455556666:policy/AnalystData", wait=".layer"
    )
    page.get_by_text("carla.mendes").first.wait_for()
    text = page.inner_text("[data-testid=stMain]")
    for part in ("s3:GetObjects", "nearest: s3:GetObject", "data-analysts", "carla.mendes", "athena"):
        assert part in text


def test_a_policy_marks_what_decides_about_an_action(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(
        f"{explorer.address}/who-can?action=s3:GetObject&resource=arn:aws:s3:::payroll/2026.csv&principal={JOSS}",
        wait=".proof",
    )
    page.get_by_role("link", name="open the policy").first.click()
    page.get_by_text("Marked: what decides about").wait_for()
    marked = page.locator("details[open] mark").all_inner_texts()
    assert '"s3:Get*",' in [each.strip() for each in marked]


def test_a_library_query_is_a_copy_that_can_be_run(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/cypher?query=who-can-assume", wait=".editor")
    page.locator(".editor .parameters input").fill("deploy-runner")
    page.get_by_role("button", name="Run").click()
    page.get_by_text("7 rows").wait_for()


def test_nodes_in_an_answer_are_drawn(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/cypher", wait=".editor")
    page.locator(".editor textarea").fill(
        "MATCH p = (:User)-[:MEMBER_OF]->(:Group {name: 'auditors'}) RETURN p"
    )
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".picture canvas")
    assert {"auditors", "ines.holm"} <= {each["label"] for each in nodes_of(page)}


def test_a_plan_is_told_without_running_the_query(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/cypher?query=who-can-assume", wait=".editor")
    page.get_by_role("button", name="Plan").click()
    page.get_by_text("How the server would go about it").wait_for()
    assert "CAN_ASSUME" in page.inner_text("[data-testid=stCode]")


def test_more_of_a_picture_is_drawn_on_demand(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/cypher", wait=".editor")
    settled(page)
    page.locator(".editor textarea").fill("MATCH (p:Principal) RETURN p")
    page.keyboard.press("Control+Enter")
    note = page.locator(".picture .note")
    note.get_by_text("150 of").wait_for()
    total = int(note.inner_text().split()[2])
    page.get_by_role("button", name="Show more").click()
    note.wait_for(state="detached")
    settled(page)
    assert len(nodes_of(page)) == total > 150


def test_only_reading_is_possible(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/cypher", wait=".editor")
    page.locator(".editor textarea").fill("MATCH (n) DETACH DELETE n RETURN 1")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Only reading is allowed here").wait_for()


def test_a_long_query_is_stopped_and_the_page_lives_on(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/cypher", wait=".editor")
    settled(page)
    page.locator(".editor textarea").fill(
        "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN count(*) AS n"
    )
    page.locator(".editor input[name=seconds]").fill("50")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("You stopped the query").wait_for()
    page.locator(".editor textarea").fill("RETURN 1 AS one")
    page.get_by_role("button", name="Run").click()
    page.get_by_text("1 row, in").wait_for()


def test_queries_are_saved_exported_and_imported(explorer: Explorer, visit: Visit, tmp_path: Path) -> None:
    page = visit.open(f"{explorer.address}/cypher", wait=".editor")
    settled(page)
    page.get_by_text("Save, import and export queries").click()
    queries = [{"name": "my groups", "cypher": "MATCH (g:Group) RETURN g.name AS name"}]
    file = tmp_path / "queries.json"
    file.write_text(json.dumps(queries), encoding="utf-8")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("link", name="my groups").click()
    page.wait_for_function(
        "[...document.querySelectorAll('*')].some(e => e.shadowRoot?.querySelector('textarea')"
        "?.value.includes('g:Group'))"
    )
    settled(page)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export as JSON").click()
    assert json.loads(Path(saved.value.path()).read_text(encoding="utf-8")) == queries


def test_an_export_is_loaded_by_upload_told_in_the_history_and_taken_out(
    visit: Visit, tmp_path: Path
) -> None:
    with embedded_server() as settings, explorer_of(settings) as fresh:
        page = visit.open(fresh.address)
        page.get_by_text("Nothing is loaded yet").wait_for()
        page.goto(f"{fresh.address}/data")
        page.wait_for_selector("input[type=file]", state="attached")
        wrong = tmp_path / "wrong.json"
        wrong.write_text("<html>", encoding="utf-8")
        page.locator("input[type=file]").set_input_files(wrong)
        page.get_by_role("button", name="Load files").click()
        page.get_by_text("This can't be loaded; nothing has changed").wait_for()
        page.reload()
        page.wait_for_selector("input[type=file]", state="attached")
        export = support.export(users=[support.user("alice")])
        page.locator("input[type=file]").set_input_files(support.write(tmp_path / "right.json", export))
        page.get_by_role("button", name="Load files").click()
        page.get_by_text("1 user").first.wait_for(timeout=600_000)
        page.goto(f"{fresh.address}/search?find=alice")
        page.get_by_role("link", name="alice").wait_for()
        page.goto(f"{fresh.address}/data")
        history = page.locator("table").last
        history.get_by_text("right.json").wait_for()
        settled(page)
        page.get_by_text("Remove an account").click()
        # nothing stands still, nor takes a choice, while the list unfolds
        page.wait_for_function("document.getAnimations().every(each => each.playState !== 'running')")
        accounts = page.get_by_role("combobox", name="Account")
        accounts.click()
        accounts.press_sequentially(support.ACCOUNT)
        page.get_by_role("option", name=support.ACCOUNT).click()
        page.get_by_role("button", name="Remove", exact=True).click()
        page.get_by_text(f"Account {support.ACCOUNT} was removed").wait_for(timeout=600_000)
        page.locator("table").last.get_by_text("removed").wait_for()


def test_a_page_elsewhere_can_not_ask_by_a_name_that_points_here(
    explorer: Explorer, browser: Browser
) -> None:
    page = browser.new_page()
    page.goto(explorer.address.replace("127.0.0.1", "rebound.example"))
    page.get_by_role("heading", name="This explorer is not known by this name").wait_for()
    assert page.locator(".card, .finder").count() == 0
    page.close()

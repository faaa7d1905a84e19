"""Asking who can, as a person does it in the browser."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.app.browser.conftest import Explorer, Visit, click_row, node_at, nodes_of, settled

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUESTION = "who-can?action=s3:GetObject&resource=arn:aws:s3:::payroll/2026.csv"
DEPLOY = "arn:aws:iam::555566667777:role/ci-deploy"
JOSS = "arn:aws:iam::444455556666:user/joss.varga"


def asked(address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(address).query)


def test_a_question_is_typed_with_completion_and_answered(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/who-can", wait=".question input")
    page.locator("input[name=action]").press_sequentially("s3:getobj")
    page.locator("#list-action li", has_text="s3:GetObject").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("input[name=action]").input_value() == "s3:GetObject"
    page.locator("input[name=resource]").fill("arn:aws:s3:::payroll/2026.csv")
    page.keyboard.press("Enter")
    page.get_by_text("31 principals").wait_for()
    assert asked(page.url) == {"action": ["s3:GetObject"], "resource": ["arn:aws:s3:::payroll/2026.csv"]}
    assert "24 allowed, 7 depending on conditions" in page.inner_text("[data-testid=stMain]")


def test_the_picture_shows_the_way_from_principal_to_resource(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/{QUESTION}", wait=".picture canvas")
    nodes = nodes_of(page)
    assert {each["kind"] for each in nodes} == {
        "user", "role", "root", "group", "policy", "allow", "deny", "resource",
    }  # fmt: skip
    assert any(each["label"] == "joss.varga" for each in nodes)
    assert any(each["label"] == "8 roles" for each in nodes)


def test_a_gathered_node_opens_on_a_double_click(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/{QUESTION}", wait=".picture canvas")
    settled(page)
    many = next(each["id"] for each in nodes_of(page) if each["label"] == "8 roles")
    page.mouse.dblclick(*node_at(page, many))
    page.wait_for_function(
        "document.querySelector('body') && [...document.querySelectorAll('*')].some(e => e.shadowRoot"
        "?.querySelector('.canvas')?.network?.body.data.nodes.get().some(n => n.label === 'BreakGlass'))"
    )


def test_an_answer_opens_its_proof_and_back_leads_back(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/{QUESTION}&principal={JOSS}", wait=".proof")
    proof = page.inner_text(".proof")
    assert "through group payroll-migration, policy PayrollMigration, statement 1" in proof
    assert "s3:Get*" in page.inner_text(".proof mark >> nth=1")
    # What grants stands first, whatever is denied of it.
    assert page.inner_text(".proof summary >> nth=0") == "identity policies: allowed"
    page.get_by_text("Back to all principals").click()
    page.wait_for_selector(".proof", state="detached")
    assert "principal" not in asked(page.url)
    page.go_back()
    page.wait_for_selector(".proof")
    page.reload()
    page.wait_for_selector(".proof")
    assert asked(page.url)["principal"] == [JOSS]


def test_whoever_is_not_listed_is_proved_to_be_denied_with_what_came_near(
    explorer: Explorer, visit: Visit
) -> None:
    page = visit.open(f"{explorer.address}/{QUESTION}", wait=".picture canvas")
    page.get_by_label("Why can't somebody?").fill("FinanceAuditor")
    page.keyboard.press("Enter")
    page.wait_for_selector(".proof")
    assert asked(page.url)["principal"] == ["FinanceAuditor"]
    assert page.inner_text(".proof .verdict") == "denied"
    near = page.locator(".proof .layer", has_text="resource policy").inner_text()
    assert "not by the resource policy, statement" in near
    assert "it names others" in near
    page.get_by_text("Back to all principals").click()
    page.wait_for_selector(".proof", state="detached")
    page.get_by_label("Why can't somebody?").fill("nobody.such")
    page.keyboard.press("Enter")
    page.get_by_text("nobody.such").wait_for()


def test_who_gets_there_over_hops_is_told_hop_by_hop_and_proved(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/{QUESTION}", wait=".picture canvas")
    page.get_by_role("link", name="Who gets there over hops?").click()
    page.get_by_text("45 more over hops").wait_for()
    assert asked(page.url)["hops"] == ["yes"]
    page.goto(f"{page.url}&way={DEPLOY}")
    page.get_by_text("ci-deploy assumes deploy-runner").wait_for()
    settled(page)
    source, hop, last, goal = (each["label"] for each in nodes_of(page))
    assert (source, hop, goal) == ("ci-deploy", "deploy-runner", "payroll/2026.csv")
    proofs = page.locator(".proof").all_inner_texts()
    assert "by inline policy release, statement 1 (Release)" in proofs[0]
    assert last in proofs[1]
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save table as CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text(encoding="utf-8"))))
    assert len(rows) == 31 + 45
    assert next(row for row in rows if row["principal"] == DEPLOY)["hops"].endswith("by lambda-001")


def test_a_row_of_the_table_opens_the_proof_and_the_reader_stays_there(
    explorer: Explorer, visit: Visit
) -> None:
    page = visit.open(f"{explorer.address}/{QUESTION}", wait=".picture canvas", height=700)
    settled(page)
    main = page.locator("[data-testid=stMain]")
    main.evaluate("main => main.scrollTo(0, 160)")
    click_row(page, 4)
    page.wait_for_selector(".proof")
    settled(page)
    assert "backup-operator" in page.inner_text(".proof h2")
    assert asked(page.url)["principal"] == ["arn:aws:iam::444455556666:role/backup-operator"]
    assert main.evaluate("main => main.scrollTop") == 160
    page.go_back()
    page.wait_for_selector(".proof", state="detached")
    click_row(page, 0)
    page.locator(".proof h2", has_text="PayrollAuditor").wait_for()


def test_what_is_known_of_the_request_changes_the_answer(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/{QUESTION}&context=aws:MultiFactorAuthPresent=true")
    page.get_by_text("28 allowed, 3 depending on conditions").wait_for()


def test_a_question_that_is_wrong_is_told_with_the_cure(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/who-can?action=s3:GetObjcet", wait="text=This can't be asked")
    page.get_by_role("link", name="s3:GetObject", exact=True).click()
    page.get_by_text("Name a service, as s3:*, or a resource").or_(page.locator(".picture canvas")).wait_for()
    assert asked(page.url)["action"] == ["s3:GetObject"]


def test_a_bucket_named_for_its_objects_leads_to_them(explorer: Explorer, visit: Visit) -> None:
    bucket = "arn:aws:s3:::payroll"
    page = visit.open(f"{explorer.address}/who-can?action=s3:GetObject&resource={bucket}")
    page.get_by_role("link", name=f"{bucket}/*").click()
    page.wait_for_selector(".picture canvas")
    assert asked(page.url)["resource"] == [f"{bucket}/*"]


def test_the_table_is_saved_as_csv(explorer: Explorer, visit: Visit) -> None:
    page = visit.open(f"{explorer.address}/{QUESTION}", wait=".picture canvas")
    settled(page)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save table as CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text(encoding="utf-8"))))
    assert len(rows) == 31
    joss = next(row for row in rows if row["principal"] == JOSS)
    assert joss["because"] == "through group payroll-migration, policy PayrollMigration, statement 1"


def test_the_picture_is_saved_as_a_page_that_needs_nothing_else(
    explorer: Explorer, visit: Visit, tmp_path: Path
) -> None:
    page = visit.open(f"{explorer.address}/{QUESTION}", wait=".picture canvas")
    settled(page)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save picture as HTML").click()
    file = tmp_path / "who-can.html"
    saved.value.save_as(file)
    alone = visit.open(file.as_uri(), wait=".picture canvas")
    assert {each["label"] for each in nodes_of(alone)} == {each["label"] for each in nodes_of(page)}
    assert alone.inner_text("h1") == "Who can: arn:aws:s3:::payroll/2026.csv"


def test_the_picture_is_saved_as_png(explorer: Explorer, visit: Visit, tmp_path: Path) -> None:
    page = visit.open(f"{explorer.address}/{QUESTION}", wait=".picture canvas")
    settled(page)
    with page.expect_download() as saved:
        page.locator(".picture button[data-do=png]").click()
    file = tmp_path / "who-can.png"
    saved.value.save_as(file)
    assert file.read_bytes().startswith(b"\x89PNG")
    assert saved.value.suggested_filename == "who-can.png"

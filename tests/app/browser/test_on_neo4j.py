"""The main tasks once more, on a Neo4j server: what pages show is the same on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graph.connection import connect
from graph.schema import ensure_schema
from queries.paths import paths
from tests.app.browser.conftest import ORGANIZATION, Explorer, Visit, explorer_of, fill, nodes_of, settled
from tests.conftest import Servers, empty
from tests.servers import NEO4J_LTS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.neo4j]

QUESTION = "who-can?action=s3:GetObject&resource=arn:aws:s3:::payroll/2026.csv"
JOSS = "arn:aws:iam::444455556666:user/joss.varga"


@pytest.fixture(scope="module")
def on_neo4j(servers: Servers) -> Iterator[Explorer]:
    """The explorer on the built-in organization in a Neo4j server."""
    settings = servers.settings(NEO4J_LTS.name)
    with connect(settings) as database:
        empty(database)
        ensure_schema(database)
    fill(settings, [ORGANIZATION])
    with explorer_of(settings) as running:
        yield running


def test_the_overview_counts_the_same(on_neo4j: Explorer, visit: Visit) -> None:
    page = visit.open(on_neo4j.address, wait=".card")
    settled(page)
    cards = page.locator(".card").all_inner_texts()
    with connect(on_neo4j.settings) as database:
        certain = sum(path.verdict.value == "allowed" for path in paths(database).paths)
    for told in (
        "29\nadministrators",
        f"{certain}\ncan become one for certain",
        "3\nroles that trust accounts outside",
    ):
        assert told in cards


def test_who_can_and_its_proof(on_neo4j: Explorer, visit: Visit) -> None:
    page = visit.open(f"{on_neo4j.address}/{QUESTION}&principal={JOSS}", wait=".proof")
    assert "24 allowed, 7 depending on conditions" in page.inner_text("[data-testid=stMain]")
    assert "through group payroll-migration, policy PayrollMigration, statement 1" in page.inner_text(
        ".proof"
    )


def test_search_leads_to_a_principal(on_neo4j: Explorer, visit: Visit) -> None:
    page = visit.open(f"{on_neo4j.address}/overview", wait=".card")
    settled(page)
    page.keyboard.press("/")
    page.keyboard.type("joss")
    page.locator(".finder li", has_text="joss.varga").click()
    page.get_by_role("heading", name="joss.varga").wait_for()
    page.wait_for_selector(".picture canvas")
    settled(page)
    assert {"payroll-migration", "PayrollMigration"} <= {each["label"] for each in nodes_of(page)}


def test_cypher_is_planned_run_drawn_and_only_reads(on_neo4j: Explorer, visit: Visit) -> None:
    page = visit.open(f"{on_neo4j.address}/cypher", wait=".editor")
    settled(page)
    page.locator(".editor textarea").fill(
        "MATCH p = (:User)-[:MEMBER_OF]->(:Group {name: 'auditors'}) RETURN p"
    )
    page.get_by_role("button", name="Plan").click()
    page.get_by_text("How the server would go about it").wait_for()
    assert "ProduceResults" in page.inner_text("[data-testid=stCode]")
    page.get_by_role("button", name="Run").click()
    page.wait_for_selector(".picture canvas")
    settled(page)
    assert "ines.holm" in {each["label"] for each in nodes_of(page)}
    for writing in ("MATCH (n) DETACH DELETE n RETURN 1", "LOAD CSV FROM 'file:///etc/passwd' AS r RETURN r"):
        page.locator(".editor textarea").fill(writing)
        page.get_by_role("button", name="Run").click()
        page.get_by_text("Only reading is allowed here").wait_for()
        page.locator(".editor textarea").fill("RETURN 1 AS one")
        page.get_by_role("button", name="Run").click()
        page.get_by_text("1 row, in").wait_for()

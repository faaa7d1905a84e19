"""The explorer while its database is away, and when it has come back."""

from __future__ import annotations

import pytest

from tests.app.browser.conftest import ORGANIZATION, Visit, explorer_of, fill
from tests.conftest import Servers
from tests.servers import NEO4J_LTS, Missing, server

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.neo4j]

QUESTION = "who-can?action=s3:GetObject&resource=arn:aws:s3:::payroll/2026.csv"


def test_a_server_that_stops_is_told_with_the_cure(visit: Visit, servers: Servers) -> None:
    servers.settings(NEO4J_LTS.name)  # skips, or fails, where no such server can be run
    try:
        with server(NEO4J_LTS.name) as settings:
            fill(settings, [ORGANIZATION])
            running = explorer_of(settings)
            explorer = running.__enter__()
            page = visit.open(f"{explorer.address}/{QUESTION}", wait=".picture canvas")
            assert "31 principals" in page.inner_text("[data-testid=stMain]")
    except Missing as lacking:
        pytest.skip(str(lacking))
    try:
        page.goto(f"{explorer.address}/overview")
        page.get_by_text("The database can't be reached").wait_for()
        page.get_by_role("button", name="Try again now").wait_for()
    finally:
        running.__exit__(None, None, None)

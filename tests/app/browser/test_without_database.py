"""The explorer while its database is away, and when it has come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph import embedded
from tests.app.browser.conftest import ORGANIZATION, Visit, explorer_of, fill
from tests.conftest import Servers
from tests.loader import support
from tests.servers import NEO4J_LTS, Missing, embedded_server, server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUESTION = "who-can?action=s3:GetObject&resource=arn:aws:s3:::payroll/2026.csv"


def test_the_embedded_server_comes_back_by_itself(visit: Visit, tmp_path: Path) -> None:
    with embedded_server() as settings:
        fill(settings, [support.write(tmp_path / "a.json", support.export(users=[support.user("alice")]))])
        with explorer_of(settings) as explorer:
            page = visit.open(f"{explorer.address}/search?find=alice", wait="text=alice")
            embedded.stop(settings.embedded_folder)
            page.goto(f"{explorer.address}/search?kind=user")
            page.get_by_role("link", name="alice").wait_for()


@pytest.mark.neo4j
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

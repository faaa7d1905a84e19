"""An explorer that is served to others: nobody sees a page without having signed in and being invited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.connection import Settings
from tests.app.browser.conftest import Visit, explorer_of, fill
from tests.app.browser.oidc import provider, secrets_toml
from tests.loader import support
from tests.servers import embedded_server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A database with one user."""
    with embedded_server() as running:
        export = support.export(users=[support.user("alice")])
        fill(running, [support.write(tmp_path_factory.mktemp("data") / "a.json", export)])
        yield running


def test_without_a_provider_nothing_is_shown(settings: Settings, visit: Visit, tmp_path: Path) -> None:
    with explorer_of(settings, HOME=str(tmp_path), IAMATLAS_EXPLORE_LOGIN="on") as served:
        page = visit.open(f"{served.address}/search?find=alice", wait="text=nobody can sign in")
        assert page.get_by_text("alice").count() == 0
        assert page.get_by_role("link", name="Cypher").count() == 0


def test_who_is_invited_signs_in_and_out_and_finds_no_data_page(
    settings: Settings, visit: Visit, tmp_path: Path
) -> None:
    with provider() as who:
        (tmp_path / ".streamlit").mkdir()
        (tmp_path / ".streamlit" / "secrets.toml").write_text(secrets_toml(who), encoding="utf-8")
        settled = {
            "HOME": str(tmp_path),
            "IAMATLAS_EXPLORE_LOGIN": "on",
            "IAMATLAS_EXPLORE_USERS": "ann@tidewick.example, @auditors.example",
        }
        with explorer_of(settings, **settled) as served:
            page = visit.open(f"{served.address}/search?find=alice", wait="text=Sign in to see this explorer")
            assert page.get_by_text("alice").count() == 0

            who.person = {"email": "mallory@elsewhere.example"}
            page.get_by_role("button", name="Sign in").click()
            page.get_by_text("mallory@elsewhere.example may not see this explorer").wait_for()
            assert page.locator(".card").count() == 0
            page.get_by_role("button", name="Sign out").click()

            who.person = {"email": "ann@tidewick.example", "email_verified": True}
            page.get_by_role("button", name="Sign in").click()
            page.locator(".card").first.wait_for()
            page.goto(f"{served.address}/search?find=alice")
            page.get_by_role("link", name="alice").wait_for()
            assert page.get_by_role("link", name="Cypher", exact=True).count() == 1
            assert page.get_by_role("link", name="Data", exact=True).count() == 0
            page.get_by_role("button", name="Sign out").click()
            page.get_by_text("Sign in to see this explorer").wait_for()

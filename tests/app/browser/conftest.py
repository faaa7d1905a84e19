"""A real explorer for tests: a database with the built-in organization, Streamlit's server, and Chromium.

Everything listens on the loopback address and is stopped by the process id with which it was started.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from graph.arcadedb import free_port
from graph.connection import Settings, connect
from loader.load import load
from tests.servers import dies_with_us, embedded_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, Dialog, Page, Request

ORGANIZATION = Path(__file__).parents[3] / "loader" / "demo" / "organization"
START_SECONDS = 240.0
WAIT_MS = 180_000
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    # A name of somebody else's that points to this machine.
    "--host-resolver-rules=MAP rebound.example 127.0.0.1",
)  # fmt: skip


class Explorer:
    """A running explorer. `address` is where it is; `settings` reach the database that it shows."""

    def __init__(self, address: str, settings: Settings) -> None:
        self.address = address
        self.settings = settings


@contextmanager
def explorer_of(settings: Settings, **more: str) -> Iterator[Explorer]:
    """Run `iamatlas explore` on a database for the block; `more` are further environment variables."""
    port = free_port()
    environment = {
        **os.environ,
        "IAMATLAS_URI": settings.uri,
        "IAMATLAS_USER": settings.user,
        "IAMATLAS_PASSWORD": settings.password,
        "IAMATLAS_DATABASE": settings.database,
        "IAMATLAS_HOME": str(settings.home),
        **more,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "explore", "--no-browser", "--port", str(port)],
        env=environment,
        cwd=Path(__file__).parents[3],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **({} if sys.platform == "win32" else dies_with_us()),
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, process)
        yield Explorer(address, settings)
    finally:
        # Its own group holds the command and the server that it started, and nothing else.
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:  # noqa: S310  ours
                if answer.status == 200:
                    return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
        time.sleep(0.2)


@pytest.fixture(scope="session")
def explorer() -> Iterator[Explorer]:
    """The explorer on the built-in organization."""
    with embedded_server() as settings:
        fill(settings, [ORGANIZATION])
        with explorer_of(settings) as running:
            yield running


def fill(settings: Settings, paths: Sequence[Path]) -> None:
    """Load files or folders as the product does."""
    with connect(settings) as database:
        load(database, paths)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, as the system has it."""
    found = next((path for name in _CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        lacking = "no Chromium on this machine (Debian: apt-get install chromium)"
        if "browser" in os.environ.get("IAMATLAS_REQUIRE", "").split(","):
            pytest.fail(f"{lacking}, and IAMATLAS_REQUIRE asks for it", pytrace=False)
        pytest.skip(lacking)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=list(_FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """A visit to the explorer; at its end nothing may have left the machine and no script have failed."""
    visiting = Visit(browser)
    yield visiting
    visiting.close()


class Visit:
    """A browser window that notes what it asks of whom, and what goes wrong in it."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._pages: list[Page] = []
        self.elsewhere: list[str] = []
        self.errors: list[str] = []
        self.dialogs: list[str] = []

    def open(self, address: str, *, dark: bool = False, wait: str = ".atlas", height: int = 900) -> Page:
        """Open an address in a window 1280 wide, and wait for something on it."""
        context = self._browser.new_context(
            viewport={"width": 1280, "height": height},
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
        )
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("request", self._asked)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", self._spoken)
        self._pages.append(page)
        page.goto(address)
        page.wait_for_selector(wait)
        return page

    def _asked(self, request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:", "file:")):
            self.elsewhere.append(request.url)

    def _spoken(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def close(self) -> None:
        """Close the windows, and say what must not have happened."""
        for page in self._pages:
            page.context.close()
        assert self.elsewhere == [], "the explorer asked other hosts"
        assert self.errors == [], "a script on the page failed"
        assert self.dialogs == [], "a script from the data ran"


QUIET = """() => {
    const app = document.querySelector('[data-testid="stApp"]');
    const busy = '[data-stale="true"], [data-testid="stSpinner"], [data-testid="stSkeleton"], .turning';
    if (app?.dataset.testScriptState !== 'notRunning' || document.querySelector(busy)) {
        globalThis.quietSince = undefined;
        return false;
    }
    globalThis.quietSince ??= performance.now();
    return performance.now() - globalThis.quietSince > 500;
}"""
"""The page has had nothing to do for half a second: no script runs, nothing is stale, nobody waits."""


def settled(page: Page) -> None:
    """Wait until the page has stopped working on what was asked, however long that takes."""
    page.evaluate("globalThis.quietSince = undefined")
    page.wait_for_function(QUIET)
    if page.locator(".picture").count():
        page.wait_for_function(
            "[...document.querySelectorAll('*')].flatMap(e => e.shadowRoot ?? [])"
            ".flatMap(root => [...root.querySelectorAll('.picture .canvas')]).every(e => e.network)"
        )


def grown(page: Page, known: int) -> None:
    """Wait until the picture has more nodes than were known."""
    page.wait_for_function(
        """known => [...document.querySelectorAll('*')].some(e => e.shadowRoot?.querySelector('.canvas')
            ?.network?.body.data.nodes.length > known)""",
        arg=known,
    )


def node_at(page: Page, ident: str) -> tuple[float, float]:
    """Where a node of the picture stands on the screen."""
    canvas = page.locator(".picture .canvas")
    canvas.scroll_into_view_if_needed()
    place = canvas.evaluate(
        """(frame, id) => {
            const at = frame.network.canvasToDOM(frame.network.getPositions([id])[id]);
            const box = frame.getBoundingClientRect();
            return [box.left + at.x, box.top + at.y];
        }""",
        ident,
    )
    return place[0], place[1]


def click_row(page: Page, row: int, table: int = 0) -> None:
    """Click a row of a table; tables are drawn on a canvas, so it is the place that is clicked."""
    box = page.locator("[data-testid=stDataFrame]").nth(table).bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 150, box["y"] + 33 * (row + 1) + 16)


def nodes_of(page: Page) -> list[dict[str, str]]:
    """The nodes of the picture as the drawing library has them: id, label, kind.

    The texts of an answer can be there before its picture has been drawn anew, so the page is waited for.
    """
    page.wait_for_selector(".picture canvas")
    if not page.url.startswith("file:"):
        settled(page)
    found: list[dict[str, str]] = page.locator(".picture .canvas").evaluate(
        "frame => frame.network.body.data.nodes.get().map(({id, label, kind}) => ({id, label, kind}))"
    )
    return found

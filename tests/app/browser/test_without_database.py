"""The explorer while its database is away, and when it has come back."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from graph import embedded
from graph.connection import Settings, connect
from tests.app.browser.conftest import Explorer, Visit, explorer_of, fill, settled
from tests.loader import support
from tests.servers import embedded_server

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


def test_a_server_that_goes_away_is_told_and_the_page_goes_on_when_it_is_back(
    explorer: Explorer, visit: Visit
) -> None:
    with connect(explorer.settings) as database:
        login = database.login
    gate = Gate(int(login.uri.rpartition(":")[2]))
    uri = f"bolt://127.0.0.1:{gate.port}"
    home = explorer.settings.home
    settings = Settings(uri=uri, user=login.user, password=login.password, database=login.database, home=home)
    with explorer_of(settings) as elsewhere:
        page = visit.open(f"{elsewhere.address}/search?find=payroll", wait=".tabs")
        settled(page)
        gate.shut()
        page.goto(f"{elsewhere.address}/{QUESTION}")
        page.get_by_text("The database can't be reached").wait_for()
        page.get_by_role("button", name="Try again now").wait_for(timeout=10_000)
        gate.open()
        page.get_by_text("31 principals").wait_for()
    gate.shut()


class Gate:
    """A port that leads to another one while it is open, and to nothing while it is shut."""

    def __init__(self, to: int) -> None:
        self.to = to
        self.port = 0
        self._open: list[socket.socket] = []
        self.open()

    def open(self) -> None:
        """Take connections, at the port that it had before."""
        listening = socket.create_server(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        self._open.append(listening)
        threading.Thread(target=self._take, args=(listening,), daemon=True).start()

    def shut(self) -> None:
        """Take no connection any more, and end those that there are."""
        while self._open:
            each = self._open.pop()
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _take(self, listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                here, _ = listening.accept()
                there = socket.create_connection(("127.0.0.1", self.to))
                self._open += [here, there]
                for ends in ((here, there), (there, here)):
                    threading.Thread(target=_pass_on, args=ends, daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)

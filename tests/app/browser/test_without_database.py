"""The explorer while its database is away, and when it has come back."""

from __future__ import annotations

import socket
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Self

import pytest

from graph import embedded
from tests.app.browser.conftest import Visit, explorer_of, fill
from tests.conftest import Servers
from tests.loader import support
from tests.servers import NEO4J_LTS, embedded_server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_embedded_server_comes_back_by_itself(visit: Visit, tmp_path: Path) -> None:
    with embedded_server() as settings:
        fill(settings, [support.write(tmp_path / "a.json", support.export(users=[support.user("alice")]))])
        with explorer_of(settings) as explorer:
            page = visit.open(f"{explorer.address}/search?find=alice", wait="text=alice")
            embedded.stop(settings.embedded_folder)
            page.goto(f"{explorer.address}/search?kind=user")
            page.get_by_role("link", name="alice").wait_for()


@pytest.mark.neo4j
def test_a_server_that_stops_is_told_with_the_cure(visit: Visit, servers: Servers, tmp_path: Path) -> None:
    settings = servers.settings(NEO4J_LTS.name)
    fill(settings, [support.write(tmp_path / "a.json", support.export(users=[support.user("alice")]))])
    with ExitStack() as away:
        with Relay(settings.uri) as relay:
            explorer = away.enter_context(explorer_of(replace(settings, uri=relay.uri)))
            page = visit.open(f"{explorer.address}/search?find=alice", wait="text=alice")
        page.goto(f"{explorer.address}/overview")
        page.get_by_text("The database can't be reached").wait_for()
        page.get_by_role("button", name="Try again now").wait_for()


class Relay:
    """Passes connections on to a server until the end of the block: whoever asks there finds it gone then."""

    def __init__(self, uri: str) -> None:
        host, _, port = uri.rpartition("/")[2].rpartition(":")
        self._server = (host, int(port))
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"bolt://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                ends = self._listener.accept()[0], socket.create_connection(self._server)
                self._open += ends
                for one, other in (ends, ends[::-1]):
                    Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)

"""Settings, and what a connection says when there is no database behind it."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from graph.arcadedb import free_port
from graph.connection import Database, DatabaseUnavailable, Settings, connect
from graph.driver import reason_unavailable

if TYPE_CHECKING:
    from tests.conftest import Servers


ROOT = Path(__file__).parents[2]


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout.strip()


def test_the_embedded_database_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URI", "USER", "PASSWORD", "DATABASE", "HOME"):
        monkeypatch.delenv(f"IAMATLAS_{name}", raising=False)
    settings = Settings.from_environment()
    assert settings.embedded
    assert "iamatlas" in settings.home.parts


def test_settings_come_from_the_environment_and_options_win(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IAMATLAS_URI", "neo4j://one:7687")
    monkeypatch.setenv("IAMATLAS_USER", "")
    monkeypatch.setenv("IAMATLAS_PASSWORD", "from the environment")
    monkeypatch.setenv("IAMATLAS_HOME", str(tmp_path))
    settings = Settings.from_environment(uri="bolt://two:7687", database="other", password=None)
    assert settings == Settings("bolt://two:7687", "neo4j", "from the environment", "other", tmp_path)
    with pytest.raises(TypeError, match="colour"):
        Settings.from_environment(colour="red")


def test_a_password_is_in_no_text_that_could_be_shown() -> None:
    assert "secret" not in repr(Settings(password="secret"))


def test_importing_the_connection_imports_no_driver_and_no_tables() -> None:
    code = (
        "import sys, graph.connection\n"
        "print({'neo4j', 'psutil', 'pandas', 'numpy', 'platformdirs'} & set(sys.modules) or '')"
    )
    told = python(code)
    assert told == ""


def test_the_driver_is_imported_without_tables() -> None:
    code = (
        "import sys\nfrom graph.driver import import_driver\nimport_driver()\n"
        "print({'pandas', 'numpy', 'pyarrow'} & set(sys.modules) or '')\nimport pandas, numpy"
    )
    told = python(code)
    assert told == ""


def test_nobody_listening_is_told_with_the_cure() -> None:
    uri = f"bolt://user:secret@127.0.0.1:{free_port()}"
    with pytest.raises(DatabaseUnavailable) as error:
        connect(Settings(uri=uri.replace("user:secret@", "")))
    assert "IAMATLAS_URI" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_server_that_is_no_database_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def answer() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(DatabaseUnavailable) as error:
            connect(Settings(uri=f"bolt://127.0.0.1:{server.getsockname()[1]}"))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "uri",
    ["http://localhost", "localhost:7687", "bolt://", "neo4j://host:notaport", "::::", "bolt://h:1?x=y"],
)
def test_an_address_that_is_none_is_told(uri: str) -> None:
    with pytest.raises(DatabaseUnavailable) as error:
        connect(Settings(uri=uri))
    assert "IAMATLAS_URI" in str(error.value)
    assert "\n" not in str(error.value)


def test_secrets_in_an_address_are_not_repeated() -> None:
    with pytest.raises(DatabaseUnavailable) as error:
        connect(Settings(uri=f"bolt://ann:topsecret@127.0.0.1:{free_port()}"))
    assert "topsecret" not in str(error.value)


@pytest.mark.neo4j
def test_a_wrong_password_is_told_with_the_cure(servers: Servers) -> None:
    right = servers.settings("neo4j-5.26")
    with pytest.raises(DatabaseUnavailable, match="IAMATLAS_PASSWORD"):
        connect(Settings(uri=right.uri, user="neo4j", password="wrong", database="neo4j"))


@pytest.mark.neo4j
@pytest.mark.parametrize("name", ["neo4j-5.26", "neo4j-current"])
def test_a_database_that_is_not_there_is_told_with_the_cure(servers: Servers, name: str) -> None:
    right = servers.settings(name)
    with pytest.raises(DatabaseUnavailable, match="IAMATLAS_DATABASE"):
        connect(Settings(uri=right.uri, user=right.user, password=right.password, database="nosuch"))


def test_the_connection_says_what_it_is_connected_to(database: Database) -> None:
    assert database.kind == ("arcadedb" if database.settings.embedded else "neo4j")
    assert ("ArcadeDB" if database.settings.embedded else "Neo4j/") in database.server


def test_a_closed_connection_says_so(database: Database) -> None:
    mine = connect(database.settings)
    mine.close()
    mine.close()
    with pytest.raises(DatabaseUnavailable, match="closed"):
        mine.read("RETURN 1")


def test_a_mistake_in_a_statement_is_not_called_an_unavailable_database(database: Database) -> None:
    from neo4j.exceptions import Neo4jError

    with pytest.raises(Neo4jError):
        database.read("MATCH (n RETURN n")
    with pytest.raises(ZeroDivisionError), database.transaction():
        1 / 0  # noqa: B018


def test_a_mistake_within_a_transaction_keeps_its_own_name(database: Database) -> None:
    def mistaken() -> None:
        with database.transaction():
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        mistaken()


def test_a_database_that_the_server_has_closed_already_counts_as_away() -> None:
    from neo4j.exceptions import Neo4jError

    # It closes its database before its supervisor lets go of it, and names it in the fault.
    closed = Neo4jError._basic_hydrate(neo4j_code="Neo.DatabaseError.General.UnknownError", message="atlas")
    assert "stopped answering" in (reason_unavailable(closed, Settings()) or "")
    assert reason_unavailable(closed, Settings(uri="neo4j://one:7687")) is None
    other = Neo4jError._basic_hydrate(neo4j_code="Neo.DatabaseError.General.UnknownError", message="a fault")
    assert reason_unavailable(other, Settings()) is None

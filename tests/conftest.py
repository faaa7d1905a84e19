"""What all tests share: the databases on which the same tests run."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import hypothesis
import pytest

from graph.connection import Database, Settings, connect
from graph.schema import ensure_schema
from tests.servers import NEO4J_CURRENT, NEO4J_LTS, SERVERS, Missing, find_java, server

if TYPE_CHECKING:
    from collections.abc import Iterator


LONGEST_FIRST = (
    "browser",
    NEO4J_LTS.name,
    NEO4J_CURRENT.name,
    "command",
    "test_embedded.py",
    "test_agreement.py",
)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """With several processes (`--dist loadgroup`), what shares a server stays together in one of them.

    The groups that take longest come first, so that the processes end at about the same time. Within a group
    files of tests that aren't run on several databases stay whole: what they set up they set up once.
    """
    if not hasattr(config, "workerinput"):
        return (yield)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    yield  # pytest puts tests on the same database together, pytest-xdist the group into the name
    if items and config.getvalue("loadgroup") and not items[0].nodeid.endswith(f"@{_group(items[0])}"):
        raise pytest.UsageError("This pytest-xdist does not keep groups of tests together on this pytest.")
    order = {group: number for number, group in enumerate(LONGEST_FIRST)}

    def place(item: pytest.Item) -> tuple[int, str]:
        return order.get(_group(item), len(order)), "" if _database(item) else str(item.path)

    items.sort(key=place)
    return None


def _group(item: pytest.Item) -> str:
    """A Neo4j's tests, those in the browser, those of the command with the demo loaded; else a file's."""
    server = _database(item)
    if server.startswith("neo4j"):
        return server
    if item.get_closest_marker("neo4j"):
        return NEO4J_LTS.name
    if item.get_closest_marker("browser"):
        return "browser"
    if "iamatlas" in getattr(item, "fixturenames", ()):
        return "command"
    return item.path.name


def _database(item: pytest.Item) -> str:
    """The database that a test is run on, of several."""
    run_with = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    return str(run_with.get("database", ""))


class Servers:
    """The servers that this run has started, each once."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._running: dict[str, Settings] = {}
        self._missing: dict[str, str] = {}

    def settings(self, name: str) -> Settings:
        """The settings of a running server; skips the test, or fails it, where the machine can't run it."""
        if name not in self._running and name not in self._missing:
            try:
                self._running[name] = self._stack.enter_context(server(name))
            except Missing as lacking:
                self._missing[name] = str(lacking)
        if name in self._missing:
            if _required(name):
                pytest.fail(f"{self._missing[name]}, and IAMATLAS_REQUIRE asks for it", pytrace=False)
            pytest.skip(self._missing[name])
        return self._running[name]

    def close(self) -> None:
        """Stop them all."""
        self._stack.close()


def _required(name: str) -> bool:
    """Whether IAMATLAS_REQUIRE makes a missing server a failure; the current Neo4j only where its Java is."""
    if "neo4j" not in os.environ.get("IAMATLAS_REQUIRE", "").split(","):
        return False
    return name != NEO4J_CURRENT.name or find_java(NEO4J_CURRENT.java) is not None


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Database servers by name, started when first asked for."""
    started = Servers()
    yield started
    started.close()


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=[pytest.mark.neo4j] if name.startswith("neo4j") else []) for name in SERVERS
    ],
)
def database(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Database]:
    """A database with the schema and nothing else; the same tests run on every server."""
    yield from clean_database(servers.settings(request.param))


@pytest.fixture(scope="module")
def embedded_database(servers: Servers) -> Iterator[Database]:
    """The embedded database alone, with the schema and nothing else."""
    yield from clean_database(servers.settings("embedded"))


def clean_database(settings: Settings) -> Iterator[Database]:
    """Connect, empty the graph, make the schema; close at the end."""
    with connect(settings) as database:
        empty(database)
        ensure_schema(database)
        yield database


def empty(database: Database) -> None:
    """Take everything out of the graph, in pieces that no server's memory minds; constraints stay."""
    while database.write("MATCH (n) WITH n LIMIT 5000 DETACH DELETE n RETURN count(*) AS gone")[0]["gone"]:
        pass


# How long an example takes says nothing on a machine that does other things too.
hypothesis.settings.register_profile("default-without-deadline", deadline=None)
hypothesis.settings.load_profile("default-without-deadline")

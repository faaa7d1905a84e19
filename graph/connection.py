"""The connection to the database: settings, and a small class around the Bolt driver.

The same class serves Neo4j and the embedded server. Importing this module is cheap on purpose: the driver is
imported when a connection is made, so that `iamatlas --help` doesn't pay for it.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neo4j import Driver, ManagedTransaction, Record, Session, Transaction

    from graph.embedded import Lease

T = TypeVar("T")

EMBEDDED = "embedded"
CONNECT_SECONDS = 5.0
RETRY_SECONDS = 15.0
"""So long a transaction that lost against another one, or whose server went, is tried again."""
EMBEDDED_RETRY_SECONDS = 3.0
"""Shorter where we can start the server again ourselves."""


class DatabaseUnavailable(Exception):
    """The database can't be reached or used. Its text is one line: what is wrong and the cure."""


def _default_home() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("iamatlas", appauthor=False))


@dataclass(frozen=True)
class Settings:
    """Where the database is.

    `uri` is a Bolt URI (`neo4j://host:7687`, `bolt://…`, `neo4j+s://…`) or `embedded`. User, password and
    database only matter for a Bolt URI. `home` is the folder of the embedded database and of saved queries.
    """

    uri: str = EMBEDDED
    user: str = "neo4j"
    password: str = field(default="", repr=False)
    database: str = "neo4j"
    home: Path = field(default_factory=_default_home)
    idle_seconds: float = 900.0

    @property
    def embedded(self) -> bool:
        """True where the embedded server is meant."""
        return self.uri.strip().lower() in ("", EMBEDDED)

    @property
    def embedded_folder(self) -> Path:
        """The folder that holds the embedded server's data, log and runtime file."""
        return self.home / "embedded"

    @classmethod
    def from_environment(cls, **overrides: str | Path | None) -> Settings:
        """Settings from `IAMATLAS_URI`, `IAMATLAS_USER`, `IAMATLAS_PASSWORD`, `IAMATLAS_DATABASE` and
        `IAMATLAS_HOME`; a keyword that isn't None (`uri=`, `user=`, `password=`, `database=`, `home=`) wins.

        An empty variable counts as not set.
        """
        values: dict[str, Any] = {}
        for name in ("uri", "user", "password", "database", "home"):
            given = overrides.get(name)
            value = given if given is not None else os.environ.get(f"IAMATLAS_{name.upper()}")
            if value is not None and str(value) != "":
                values[name] = Path(value).expanduser().absolute() if name == "home" else str(value)
        unknown = set(overrides) - {"uri", "user", "password", "database", "home"}
        if unknown:
            raise TypeError(f"no such setting: {', '.join(sorted(unknown))}")
        return cls(**values)


@dataclass(frozen=True)
class Table:
    """A query's answer with its columns, which stay known when there are no rows."""

    columns: list[str]
    rows: list[list[Any]]


@dataclass(frozen=True)
class Login:
    """What the driver needs: address, name, password, database."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str


class Database:
    """An open connection. Made by `connect`; use it as a context manager or call `close`.

    Safe to share between threads. `kind` is `neo4j` or `arcadedb`; `server` is the server's own version text.
    Every call raises `DatabaseUnavailable` when the server can't be reached, and the driver's own
    `neo4j.exceptions.Neo4jError` when it refuses a statement.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.kind = ""
        self.server = ""
        self._guard = threading.RLock()
        self._lease: Lease | None = None
        self._driver: Driver | None = None
        self._login = Login("", "", "", "")
        self._closed = False
        self._open()

    # ------------------------------------------------------------ asking

    def read(self, cypher: str, /, **parameters: Any) -> list[Record]:
        """All rows of a reading statement, as records (`row["name"]`, `row.data()`)."""
        return self._run(cypher, parameters, writing=False)[1]

    def table(self, cypher: str, /, **parameters: Any) -> Table:
        """All rows of a reading statement with the names of its columns, also when there are none."""
        columns, records = self._run(cypher, parameters, writing=False)
        if not columns and self.kind == "arcadedb":
            columns = self._columns_of_plan(cypher, parameters)
        return Table(columns, [list(record.values()) for record in records])

    def write(self, cypher: str, /, **parameters: Any) -> list[Record]:
        """Run a writing statement in a transaction of its own, again when it loses against another one."""
        return self._run(cypher, parameters, writing=True)[1]

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """One explicit transaction: committed at the end of the block, rolled back when it raises.

        A load uses `graph.sequence.load_transaction`, which also warns readers while it commits.
        """
        with self._lease.writing() if self._lease else nullcontext(), self._worded():
            self.read("RETURN 1 AS one")  # brings the embedded server back where it has died
            with self._session(writing=True) as session:
                transaction = session.begin_transaction()
                try:
                    yield transaction
                except Exception:
                    transaction.close()
                    raise
                if not transaction.closed():
                    transaction.commit()

    # ------------------------------------------------------------ the connection itself

    @property
    def reader_login(self) -> Login | None:
        """The login of the user whom the server itself holds to reading; None where there is no such user."""
        return self._lease.reader if self._lease else None

    @property
    def login(self) -> Login:
        """The login that this connection uses."""
        return self._login

    def abandon_query(self) -> None:
        """Say that a query may go on in the server though nobody waits for it any more.

        The embedded one is stopped then, unless somebody writes, instead of computing on; reads that it cuts
        short are asked again of the next one.
        """
        if self._lease is not None:
            self._lease.abandon_query()

    def reopen(self) -> None:
        """Connect anew to a server that takes new connections; the embedded one is started where it went.

        One that is stopping may still answer on connections that it has, and takes no others.
        """
        with self._guard:
            self._let_go()
            self._open()

    def close(self) -> None:
        """Close the connection. The embedded server stays up for the next command and stops when idle."""
        with self._guard:
            self._closed = True
            self._let_go()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _open(self) -> None:
        """Connect and ask one question, so that whatever is wrong shows now and in one message."""
        if not self.settings.embedded:
            settings = self.settings
            self._log_in(Login(settings.uri, settings.user, settings.password, settings.database))
            return
        from graph import embedded

        # A server that dies at this very moment may still take the connection; the next try starts another.
        for left in (2, 1, 0):
            self._lease = embedded.join(self.settings.embedded_folder, self.settings.idle_seconds)
            try:
                self._log_in(self._lease.writer)
            except DatabaseUnavailable:
                if not left:
                    raise
                time.sleep(0.3)
            else:
                return

    def _log_in(self, login: Login) -> None:
        retry_seconds = EMBEDDED_RETRY_SECONDS if self.settings.embedded else RETRY_SECONDS
        try:
            with self._worded():
                self._driver, self._login = make_driver(login, retry_seconds), login
                self.server = self._first_answer()
        except BaseException:
            self._let_go()
            raise
        self.kind = "arcadedb" if self.settings.embedded or "arcade" in self.server.lower() else "neo4j"

    def _first_answer(self) -> str:
        """Ask one question and return the server's name for itself."""
        from graph.driver import reason_unusable

        try:
            with self._session(writing=False) as session:
                return session.run("RETURN 1 AS one").consume().server.agent
        except ValueError as error:  # a port or a host name that only shows as none when it is looked up
            raise DatabaseUnavailable(reason_unusable(error)) from error

    def _run(
        self, cypher: str, parameters: dict[str, Any], *, writing: bool
    ) -> tuple[list[str], list[Record]]:
        def work(transaction: ManagedTransaction) -> tuple[list[str], list[Record]]:
            result = transaction.run(cypher, parameters)
            columns = list(result.keys())
            return columns, list(result)

        def attempt() -> tuple[list[str], list[Record]]:
            with self._session(writing=writing) as session:
                return session.execute_write(work) if writing else session.execute_read(work)

        return self._again_if_server_went(attempt)

    def _again_if_server_went(self, attempt: Callable[[], T]) -> T:
        """Run it; where the embedded server has died, or stopped, start it again and run it once more."""
        driver = self._driver
        # The driver would go on asking a server that has died; its supervisor's lock tells at once.
        if self._lease is None or self._lease.stands():
            try:
                with self._worded():
                    return attempt()
            except DatabaseUnavailable:
                if self._closed or not self.settings.embedded:
                    raise
        with self._guard:
            if self._driver is driver:
                self._let_go()
                self._open()
        with self._worded():
            return attempt()

    def _columns_of_plan(self, cypher: str, parameters: dict[str, Any]) -> list[str]:
        """The embedded server names the columns of an empty answer in its plan only."""
        from graph.driver import columns_of_plan

        def attempt() -> list[str]:
            with self._session(writing=False) as session:
                return columns_of_plan(session.run(f"EXPLAIN {cypher}", parameters).consume().plan)

        return self._again_if_server_went(attempt)

    def _let_go(self) -> None:
        if self._driver is not None:
            self._driver.close()
            self._driver = None
        if self._lease is not None:
            self._lease.release()
            self._lease = None

    @contextmanager
    def _session(self, *, writing: bool) -> Iterator[Session]:
        """A session of the driver; Ctrl-C cuts its connection.

        It may strike in the middle of a message. The driver would ask for a rollback then, and wait for an
        answer that never comes. A server rolls back by itself what a client leaves that goes.
        """
        if self._driver is None:
            raise DatabaseUnavailable("The connection to the database is closed.")
        mode = "WRITE" if writing else "READ"
        session = self._driver.session(database=self._login.database, default_access_mode=mode)
        try:
            yield session
        except BaseException as error:
            if isinstance(error, Exception) and not _interrupted(error):
                session.close()
                raise
            from asyncio import CancelledError

            # The driver's own sign to cut a connection.
            session.__exit__(CancelledError, CancelledError(), None)  # type: ignore[no-untyped-call]
            if isinstance(error, Exception):
                raise KeyboardInterrupt from error
            raise
        session.close()

    @contextmanager
    def _worded(self) -> Iterator[None]:
        """Turn the driver's errors that mean "no database" into one line with the cure."""
        from graph.driver import failed_to_write, reason_unavailable

        try:
            yield
        except DatabaseUnavailable:
            raise
        except Exception as error:
            # A server that stops answers with faults of its own until it has.
            going = self._lease is not None and not self._lease.stands()
            reason = reason_unavailable(error, self.settings, going=going)
            if (
                reason is None
                and self._lease is not None
                and self._lease.is_full()
                and failed_to_write(error)
            ):
                reason = (
                    f"No space left for the embedded database in {self.settings.embedded_folder}: nothing was "
                    "changed. Free some and run the command again."
                )
            if reason is None:
                raise
            raise DatabaseUnavailable(reason) from error


def connect(settings: Settings | None = None) -> Database:
    """Open the database that the settings name (default: `Settings.from_environment()`).

    Starts the embedded server or joins the running one. Raises `DatabaseUnavailable`.
    """
    return Database(settings if settings is not None else Settings.from_environment())


def make_driver(login: Login, retry_seconds: float = RETRY_SECONDS) -> Driver:
    """A driver for this login, not yet connected. Raises `DatabaseUnavailable` for a URI it can't read."""
    from graph.driver import import_driver, reason_unusable, reject_address

    neo4j = import_driver()
    try:
        reject_address(login.uri)
        driver: Driver = neo4j.GraphDatabase.driver(
            login.uri,
            auth=(login.user, login.password),
            connection_timeout=CONNECT_SECONDS,
            connection_acquisition_timeout=60.0,
            max_transaction_retry_time=retry_seconds,
            telemetry_disabled=True,
            user_agent="iamatlas",
        )
    except (neo4j.exceptions.ConfigurationError, ValueError) as error:
        raise DatabaseUnavailable(reason_unusable(error)) from error
    return driver


def _interrupted(error: BaseException) -> bool:
    """Whether Ctrl-C is behind an error: struck in the middle of a message, the driver stumbles over itself."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, KeyboardInterrupt):
            return True
        seen = seen.__context__
    return False

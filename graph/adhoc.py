"""Cypher of the user's own: read-only, with a time limit, a row limit and a clock of our own.

On the embedded server it runs as a user whom the server lets read only; on Neo4j in a READ session, which the
server enforces against writes. What a READ session lets through is refused before anything is sent
(`graph.guard`), and on Neo4j once more by the operators of its plan.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graph.connection import DatabaseUnavailable, make_driver
from graph.driver import columns_of_plan, import_driver, lines_of_plan, reason_unavailable
from graph.guard import refusal, refused_operator
from graph.values import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neo4j import Driver

    from graph.connection import Database

DEFAULT_SECONDS = 10.0
DEFAULT_ROWS = 1_000
_CONNECT_SECONDS = 5.0


class RefusedQuery(Exception):
    """The statement does something that is not reading. One line says what and why."""


class QueryStopped(Exception):
    """The time limit was reached. One line."""


class QueryFailed(Exception):
    """The server refused the statement; its message in one line, with the position where it gave one."""


@dataclass(frozen=True)
class AdhocResult:
    """An answer: names of the columns, rows as lists of plain values, whether rows were left out, seconds."""

    columns: list[str]
    rows: list[list[Any]]
    truncated: bool
    elapsed: float


def run_adhoc(
    database: Database,
    cypher: str,
    parameters: Mapping[str, Any] | None = None,
    seconds: float = DEFAULT_SECONDS,
    rows: int = DEFAULT_ROWS,
    *,
    plan: bool = False,
) -> AdhocResult:
    """Run one reading statement; at most `rows` rows, at most `seconds` seconds.

    With `plan` it isn't run: the one column holds how the server would go about it, line by line. Values are
    what `graph.values.plain` makes of them. Raises `RefusedQuery`, `QueryStopped`, `QueryFailed`,
    and `graph.connection.DatabaseUnavailable`. After `QueryStopped` the connection is dropped. Neo4j then
    ends the query; the embedded server may go on with it, and is stopped then.
    """
    reason = refusal(cypher)
    if reason is not None:
        raise RefusedQuery(f"Only reading is allowed here: {reason}.")
    try:
        return _attempt(_Errand(database, cypher, dict(parameters or {}), seconds, rows, plan))
    except DatabaseUnavailable:
        if not database.settings.embedded:
            raise
        # It died, or was stopped because of somebody's endless query; reading twice does no harm.
        database.reopen()
        return _attempt(_Errand(database, cypher, dict(parameters or {}), seconds, rows, plan))


def _attempt(errand: _Errand) -> AdhocResult:
    database, seconds = errand.database, errand.seconds
    database.read("RETURN 1 AS one")  # brings the embedded server back where it has died
    started = time.monotonic()
    threading.Thread(target=errand.run, name="ad-hoc query", daemon=True).start()
    try:
        if not errand.done.wait(seconds):
            database.abandon_query()
            raise QueryStopped(f"The query was stopped after {seconds:g} s, its time limit.")
    finally:
        errand.drop()
    if errand.failure is not None:
        raise errand.worded(errand.failure) from errand.failure
    return AdhocResult(errand.columns, errand.rows, errand.truncated, time.monotonic() - started)


@dataclass
class _Errand:
    """One query on a connection of its own, so that dropping it hurts nobody else."""

    database: Database
    cypher: str
    parameters: dict[str, Any]
    seconds: float
    limit: int
    only_plan: bool = False
    columns: list[str] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    truncated: bool = False
    failure: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)
    driver: Driver | None = None

    def run(self) -> None:
        """In a thread of its own: ask, keep the answer or the failure, say that it is done."""
        try:
            self._ask()
        except Exception as error:  # noqa: BLE001  handed to the thread that waits
            self.failure = error
        finally:
            self.done.set()

    def drop(self) -> None:
        """Close the connection, also in the middle of an answer."""
        if self.driver is not None:
            self.driver.close()

    def _ask(self) -> None:
        login = self.database.reader_login or self.database.login
        self.driver = make_driver(login)
        with self.driver.session(
            database=login.database, default_access_mode="READ", fetch_size=min(self.limit + 1, 1000)
        ) as session:
            if self.database.kind == "neo4j" or self.only_plan:
                plan = session.run(f"EXPLAIN {self.cypher}", self.parameters).consume().plan
                operator = refused_operator(plan)
                if operator is not None:
                    raise RefusedQuery(f"Only reading is allowed here: the server would run {operator}.")
                if self.only_plan:
                    self.columns = ["plan"]
                    lines = lines_of_plan(plan)
                    self.rows, self.truncated = (
                        [[line] for line in lines[: self.limit]],
                        len(lines) > self.limit,
                    )
                    return
            with session.begin_transaction(timeout=self.seconds) as transaction:
                result = transaction.run(self.cypher, self.parameters)
                self.columns = list(result.keys())
                for record in result:
                    if len(self.rows) == self.limit:
                        self.truncated = True
                        break
                    self.rows.append([plain(value) for value in record.values()])
                # The embedded server looks at rights only now; a rollback would show a change that never was.
                transaction.commit()
            if not self.columns and self.database.kind == "arcadedb":
                plan = session.run(f"EXPLAIN {self.cypher}", self.parameters).consume().plan
                self.columns = columns_of_plan(plan)

    def worded(self, error: Exception) -> Exception:
        """The failure as one of the four that `run_adhoc` raises."""
        faults = import_driver().exceptions
        if isinstance(error, RefusedQuery):
            return error
        reason = reason_unavailable(error, self.database.settings)
        if reason is not None:
            return DatabaseUnavailable(reason)
        code = getattr(error, "code", None) or ""
        text = one_line(getattr(error, "message", None) or str(error))
        if code.endswith(("AccessMode", "Security.Forbidden")):
            return RefusedQuery(f"Only reading is allowed here: {text}")
        if "TransactionTimedOut" in code or "timeout" in text.lower() or "timed out" in text.lower():
            return QueryStopped(f"The query was stopped after {self.seconds:g} s, its time limit.")
        if isinstance(error, (faults.Neo4jError, faults.DriverError, TypeError, ValueError)):
            return QueryFailed(text)
        return error


def one_line(message: str) -> str:
    """A server's message in one line of at most 500 characters, with its position kept.

    Neo4j puts the position behind the text, in round brackets, and then quotes the statement.
    """
    text = re.split(r'\n\s*"', message.strip(), maxsplit=1)[0]
    return " ".join(text.split())[:500]

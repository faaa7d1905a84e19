"""Imports the Bolt driver cheaply and words its errors.

The driver imports numpy, pandas and pyarrow when they are installed, only to accept their values as
parameters. That costs a second on the command line, so they are kept out unless they are imported already;
parameters are plain Python values everywhere in this product.
"""

from __future__ import annotations

import logging
import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from graph.runtime import DATABASE

if TYPE_CHECKING:
    from graph.connection import Settings

_OPTIONAL = "neo4j._optional_deps"
_SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")


def import_driver() -> ModuleType:
    """The `neo4j` package, imported without numpy and pandas where nothing else has imported them yet."""
    if "neo4j" not in sys.modules and "numpy" not in sys.modules and "pandas" not in sys.modules:
        without = ModuleType(_OPTIONAL)
        for name in ("np", "pd", "pa", "pa_compute"):
            setattr(without, name, None)
        sys.modules[_OPTIONAL] = without
    import neo4j

    # Notes of the server about a query are of no use to who asked a library question; without a handler
    # Python would print them to standard error.
    logger = logging.getLogger("neo4j")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return neo4j


def reason_unavailable(error: BaseException, settings: Settings, *, going: bool = False) -> str | None:
    """One line with cause and cure if the error means that the database can't be used, else None.

    `going` says that the server is known to be on its way out: then whatever it says means that.
    """
    neo4j = import_driver()
    faults = neo4j.exceptions
    where = "the embedded database" if settings.embedded else settings.uri
    code = getattr(error, "code", None) or ""
    if isinstance(error, faults.AuthError):
        return (
            f"{where} refuses the user name or the password of '{settings.user}'. "
            "Check IAMATLAS_USER and IAMATLAS_PASSWORD."
        )
    if code.endswith("DatabaseNotFound") or (
        isinstance(error, faults.ClientError) and "database" in str(error).lower() and "exist" in str(error)
    ):
        return f"{where} has no database named '{settings.database}'. Check IAMATLAS_DATABASE."
    if code.endswith("DatabaseUnavailable"):
        return f"{where} has the database '{settings.database}', but it isn't running. Start it."
    gone = going and isinstance(error, (faults.Neo4jError, faults.DriverError))
    if settings.embedded and isinstance(error, faults.Neo4jError) and error.message == DATABASE:
        gone = True  # a server that has begun to stop says no more of it than the name of what it has closed
    if gone or isinstance(error, (faults.ServiceUnavailable, faults.SessionExpired)):
        if settings.embedded:
            return (
                "The embedded database stopped answering. Run the command again; "
                f"if that does not help, see the log in {settings.embedded_folder}."
            )
        return (
            f"No database answers at {where}. Start it or check IAMATLAS_URI "
            "(without this setting the embedded database is used)."
        )
    return None


def failed_to_write(error: BaseException) -> bool:
    """Whether a server's error is about a transaction, or one of its own, rather than about a statement."""
    code = getattr(error, "code", None) or ""
    return code.startswith(("Neo.ClientError.Transaction.", "Neo.TransientError.", "Neo.DatabaseError."))


def reject_address(uri: str) -> None:
    """Raise `ValueError` for an address that isn't Bolt, or holds a password and would show it around."""
    parts = urlsplit(uri)
    if parts.scheme not in _SCHEMES:
        raise ValueError("it does not begin with " + ":// or ".join(_SCHEMES) + "://")
    if "@" in parts.netloc:
        raise ValueError("user name and password belong in IAMATLAS_USER and IAMATLAS_PASSWORD")


def reason_unusable(error: BaseException) -> str:
    """One line on a URI that can't be used."""
    return (
        f"IAMATLAS_URI can't be used: {_first_line(error)}. "
        "Write it like neo4j://host:7687, or leave it out for the embedded database."
    )


def columns_of_plan(plan: Any) -> list[str]:
    """The names of the columns out of a plan of the embedded server; empty where it names none."""
    text = str(((plan or {}).get("args") or {}).get("string-representation", ""))
    found = re.findall(r"FINAL PROJECTION \[(.*)\]", text)
    return found[-1].split(", ") if found else []


def lines_of_plan(plan: Any, depth: int = 0) -> list[str]:
    """A plan as lines of text, what is done first below what uses it; the embedded server writes its own."""
    found = plan or {}
    args = found.get("args") or {}
    own = str(args.get("string-representation", ""))
    if own:
        return [line for line in own.splitlines() if line.strip(" =")]
    name = str(found.get("operatorType", "")).partition("@")[0]
    details = " ".join(str(args.get("Details", "")).split())
    rows = args.get("EstimatedRows")
    line = f"{'  ' * depth}+ {name} {details}".rstrip()
    lines = [f"{line} (about {float(rows):,.0f} rows)" if isinstance(rows, (int, float)) else line]
    for child in found.get("children") or ():
        lines += lines_of_plan(child, depth + 1)
    return lines


def _first_line(error: BaseException) -> str:
    """The first line of an error's text, for messages that hold one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200].rstrip(".")

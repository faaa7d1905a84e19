"""The options that all commands share, and what happens when a command fails.

An option may stand before or after the command's name; the one after it wins.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.output import Format, say

if TYPE_CHECKING:
    from graph.connection import Database

BAD_INPUT = 2
UNREACHABLE = 3
INTERRUPTED = 130

FormatOption = Annotated[Format | None, typer.Option("--format", help="How the answer is written.")]
LimitOption = Annotated[int | None, typer.Option("--limit", min=1, help="At most so many rows.")]
ContextOption = Annotated[
    list[str] | None,
    typer.Option(
        "--context",
        metavar="KEY=VALUE",
        help="A context key of the request, as aws:SourceIp=203.0.113.7. Given twice it is a list; "
        "KEY= says that the key is absent.",
    ),
]
_PANEL = "Database"
_CONNECTION: dict[str, Any] = {
    "uri": Annotated[
        str | None,
        typer.Option("--uri", help="Bolt URI, or 'embedded' (IAMATLAS_URI).", rich_help_panel=_PANEL),
    ],
    "user": Annotated[
        str | None, typer.Option("--user", help="User name (IAMATLAS_USER).", rich_help_panel=_PANEL)
    ],
    "password": Annotated[
        str | None,
        typer.Option(
            "--password",
            help="Password; others on this machine can see it here, so prefer IAMATLAS_PASSWORD.",
            rich_help_panel=_PANEL,
        ),
    ],
    "database": Annotated[
        str | None,
        typer.Option("--database", help="Name of the database (IAMATLAS_DATABASE).", rich_help_panel=_PANEL),
    ],
    "home": Annotated[
        Path | None,
        typer.Option(
            "--home", help="Folder of the embedded database (IAMATLAS_HOME).", rich_help_panel=_PANEL
        ),
    ],
    "debug": Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")],
}
_ANSWER: dict[str, Any] = {"format": FormatOption, "limit": LimitOption, "context": ContextOption}
SHARED: dict[str, Any] = {**_ANSWER, **_CONNECTION}


@dataclass(frozen=True)
class Options:
    """The shared options as given: None where one wasn't."""

    format: Format | None = None
    limit: int | None = None
    context: list[str] | None = None
    uri: str | None = None
    user: str | None = None
    password: str | None = None
    database: str | None = None
    home: Path | None = None
    debug: bool = False

    def over(self, others: Options) -> Options:
        """These options, and of `others` what is not given here."""
        return Options(
            **{
                each.name: getattr(self, each.name)
                if getattr(self, each.name) not in (None, False)
                else getattr(others, each.name)
                for each in fields(self)
            }
        )

    @property
    def form(self) -> Format:
        """How the answer is to be written."""
        return self.format or Format.TABLE

    def connect(self) -> Database:
        """Open the database. Raises `graph.connection.DatabaseUnavailable`."""
        from graph.connection import Settings, connect

        return connect(
            Settings.from_environment(
                uri=self.uri,
                user=self.user,
                password=self.password,
                database=self.database,
                home=self.home,
            )
        )

    def limited(self, rows: Sequence[Any]) -> Sequence[Any]:
        """At most as many rows as were asked for; says so where some are left out."""
        if self.limit is None or len(rows) <= self.limit:
            return rows
        say(f"{self.limit} of {len(rows)} shown; --limit sets how many.")
        return rows[: self.limit]


class Problem(Exception):
    """Bad input or use. The text is one message for the person; the exit code is 2."""


_before: dict[str, Options] = {}


def remember(options: Options) -> None:
    """Keep the options that stood before the command's name."""
    _before["options"] = options


def command(
    app: typer.Typer, name: str, summary: str
) -> Callable[[Callable[..., int | None]], Callable[..., None]]:
    """Register a function as a command; its docstring is its help, `summary` its line in the list.

    It is called with `Options` first and its own parameters after; what it returns is the exit code (None
    stands for 0). The shared options are added to its signature, and its errors end in one line.
    """

    def register(function: Callable[..., int | None]) -> Callable[..., None]:
        signature = inspect.signature(function, eval_str=True)
        own = list(signature.parameters.values())[1:]
        shared = [
            inspect.Parameter(
                key,
                inspect.Parameter.KEYWORD_ONLY,
                default=False if key == "debug" else None,
                annotation=kind,
            )
            for key, kind in SHARED.items()
        ]

        @functools.wraps(function)
        def run(**given: Any) -> None:
            options = Options(**{key: given.pop(key) for key in SHARED})
            options = options.over(_before.get("options", Options()))
            raise typer.Exit(guarded(options.debug, lambda: function(options, **given)))

        parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own] + shared
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        del run.__wrapped__
        app.command(name, short_help=summary)(run)
        return run

    return register


def guarded(debug: bool, work: Callable[[], int | None]) -> int:
    """Run it and give the exit code: 0, or that of the error, which is told in one message."""
    try:
        return work() or 0
    except KeyboardInterrupt:
        say("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # Who read our output has had enough (`| head`). Python must not try to write the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except typer.Exit as end:
        return end.exit_code
    except Exception as error:
        if debug:
            raise
        return told(error)


def told(error: Exception) -> int:
    """Tell the person about an error in one message; the exit code that it stands for."""
    from graph.connection import DatabaseUnavailable

    if isinstance(error, DatabaseUnavailable):
        say(f"iamatlas: {error}")
        return UNREACHABLE
    if isinstance(error, _expected()):
        say(f"iamatlas: {error}")
        return BAD_INPUT
    text = str(error).strip().splitlines()
    say(f"iamatlas: {type(error).__name__}: {text[0] if text else 'no more is known'}")
    say("This is not an answer but a fault; --debug shows where it comes from.")
    return BAD_INPUT


def _expected() -> tuple[type[Exception], ...]:
    """The errors that stand for bad input, as far as the modules that raise them have been imported."""
    found: list[type[Exception]] = [Problem]
    for module, name in (
        ("queries.errors", "QuestionError"),
        ("graph.adhoc", "RefusedQuery"),
        ("graph.adhoc", "QueryStopped"),
        ("graph.adhoc", "QueryFailed"),
        ("loader.problems", "BadInput"),
    ):
        if module in sys.modules:
            kind = getattr(sys.modules[module], name, None)
            if isinstance(kind, type):
                found.append(kind)
    return tuple(found)

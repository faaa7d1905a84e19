"""`iamatlas query`: a query of the library, or Cypher of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.options import Options, Problem, command
from app.output import Format, Lines, say, write_json, write_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.connection import Database
    from queries.library import LibraryQuery


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "query", "Run a ready-made query or your own")(query)


def query(
    options: Options,
    query: Annotated[
        str | None,
        typer.Argument(metavar="[NAME|CYPHER]", help="A name from the library, or a reading statement."),
    ] = None,
    param: Annotated[
        list[str] | None,
        typer.Option("--param", metavar="KEY=VALUE", help="A parameter of the query; may be repeated."),
    ] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.1, max=3600, help="Time limit of your own Cypher.")
    ] = 10.0,
    show: Annotated[
        bool, typer.Option("--show", help="Print the query's text instead of running it.")
    ] = False,
) -> None:
    """Run a query of the library by its name, or Cypher of your own, read-only.

    Without an argument the library is listed; --show prints a query's Cypher.

    For example:

      iamatlas query

      iamatlas query group-members --param group=engineers

      iamatlas query "MATCH (u:User) RETURN u.name ORDER BY u.name" --seconds 5
    """
    if query is None:
        _list_library(options)
    elif _is_cypher(query):
        _run_own(options, query, parameters_of(param), seconds)
    else:
        from queries.library import find_query

        known = find_query(query)
        if show:
            print(known.cypher)
        else:
            _run_known(options, known, parameters_of(param))


def parameters_of(given: Sequence[str] | None) -> dict[str, str]:
    """`--param KEY=VALUE` as a dictionary. Raises Problem."""
    found: dict[str, str] = {}
    for each in given or ():
        key, equals, value = each.partition("=")
        if not key or not equals:
            raise Problem(f"--param {each!r} is not KEY=VALUE, as --param group=engineers")
        found[key.strip().lstrip("$")] = value
    return found


def _is_cypher(text: str) -> bool:
    """Names are one word; every reading statement has a blank, a bracket or a line break in it."""
    return any(mark in text.strip() for mark in " \n\t({")


def _list_library(options: Options) -> None:
    from queries.library import library

    found = list(options.limited(list(library().values())))
    if options.form is Format.JSON:
        write_json([_described(each) for each in found])
        return
    rows = [
        [each.name, each.question, Lines(_usage(each)) if options.form is Format.TABLE else _usage(each)]
        for each in found
    ]
    write_rows(options.form, ["name", "question", "parameters"], rows)
    say("Run one with: iamatlas query NAME [--param KEY=VALUE]")


def _usage(known: LibraryQuery) -> list[str]:
    return [each.name if each.required else f"[{each.name}]" for each in known.parameters]


def _described(known: LibraryQuery) -> dict[str, Any]:
    return {
        "name": known.name,
        "title": known.title,
        "question": known.question,
        "parameters": [
            {
                "name": each.name,
                "type": each.type,
                "default": each.default,
                "example": each.example,
                "meaning": each.meaning,
            }
            for each in known.parameters
        ],
        "columns": [{"name": each.name, "meaning": each.meaning} for each in known.columns],
        "cypher": known.cypher,
    }


def _run_known(options: Options, known: LibraryQuery, given: dict[str, str]) -> None:
    from queries.library import run_query

    known.arguments(given)  # what is wrong with them shows before a database is started
    with options.connect() as database:
        table = run_query(database, known, given)
        _say_if_empty(database, table.rows)
    write_rows(options.form, table.columns, options.limited(table.rows))


def _run_own(options: Options, cypher: str, given: dict[str, str], seconds: float) -> None:
    from graph.adhoc import DEFAULT_ROWS, run_adhoc

    parameters = {key: _typed(value) for key, value in given.items()}
    limit = options.limit or DEFAULT_ROWS
    with options.connect() as database:
        result = run_adhoc(database, cypher, parameters, seconds=seconds, rows=limit)
        _say_if_empty(database, result.rows)
    rows = [[_plain(value) for value in row] for row in result.rows]
    if len(set(result.columns)) != len(result.columns):
        raise Problem("Two columns have the same name: give each its own with AS.")
    write_rows(options.form, result.columns, rows)
    if result.truncated:
        say(f"Only the first {limit} rows are shown; --limit sets how many.")


def _say_if_empty(database: Database, rows: Sequence[object]) -> None:
    from queries.nothing import NOTHING_LOADED, is_empty

    if not rows and is_empty(database):
        say(NOTHING_LOADED)


def _typed(value: str) -> Any:
    """A parameter's value: what it is as JSON (a number, true, null, a list), else text."""
    import json

    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _plain(value: Any) -> Any:
    """What the graph holds as plain objects, for tables and JSON alike."""
    from dataclasses import asdict, is_dataclass

    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    return value

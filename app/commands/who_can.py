"""`iamatlas who-can`: every principal that may do something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.options import Options, command
from app.output import Format, Lines, say, write_csv, write_json, write_table, write_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graph.connection import Database
    from iam.answer import Answer
    from queries.paths import PathsResult


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "who-can", "Who may do something")(who_can)


def who_can(
    options: Options,
    action: Annotated[str, typer.Argument(metavar="ACTION", help="service:Name, any case.")],
    resource: Annotated[
        str | None, typer.Argument(metavar="[RESOURCE]", help="An ARN, or the name of what is loaded.")
    ] = None,
    indirect: Annotated[
        bool, typer.Option("--indirect", help="Also who gets there by becoming somebody else, hop by hop.")
    ] = False,
) -> None:
    """Every principal that may do something, with the statement that grants it.

    ACTION may hold * and ?. RESOURCE is an ARN, in which * may stand, or a name; without it the question is
    "on at least one resource".

    For example:

      iamatlas who-can s3:GetObject arn:aws:s3:::payroll/2026.csv

      iamatlas who-can sts:AssumeRole role/admin --context aws:MultiFactorAuthPresent=true

      iamatlas who-can "iam:*AccessKey" --format csv

      iamatlas who-can s3:GetObject arn:aws:s3:::payroll/2026.csv --indirect
    """
    from app.arguments import context_of
    from queries.who import who_can as ask

    context = context_of(options.context)
    with options.connect() as database:
        result = ask(database, action, resource, context)
        over_hops = _over_hops(database, action, resource, context) if indirect else None
    for warning in result.warnings:
        say(f"Warning: {warning}")
    answers = options.limited(result.answers)
    if options.form is Format.JSON:
        shown = [each.as_json() for each in answers]
        if over_hops is not None:
            shown = list(options.limited([*shown, *over_hops.answers_as_json()]))
        write_json({**result.as_json(), "answers": shown})
        return
    if options.form is Format.CSV:
        from queries.answers import WHO_CAN_COLUMNS

        rows = result.rows()[: len(answers)]
        if over_hops is None:
            write_csv(WHO_CAN_COLUMNS, rows)
        else:
            rows = [[*row, ""] for row in rows] + over_hops.answer_rows()
            write_csv([*WHO_CAN_COLUMNS, "hops"], options.limited(rows))
    elif answers:
        write_table(*answer_table(answers))
    if over_hops is not None and options.form is Format.TABLE:
        _write_over_hops(options, over_hops)
    counts = {word: sum(each.verdict == word for each in result.answers) for word in ("allowed", "depends")}
    say(f"{counts['allowed']} allowed, {counts['depends']} depending on conditions.")
    if over_hops is not None:
        say(f"{len(over_hops.paths)} more over hops.")
    tell_missing(result.missing)


def _over_hops(
    database: Database, action: str, resource: str | None, context: Mapping[str, str | Sequence[str]]
) -> PathsResult:
    from queries.paths import paths

    return paths(database, action=action, resource=resource, context=context)


def _write_over_hops(options: Options, over_hops: PathsResult) -> None:
    from dataclasses import replace

    from app.commands.paths import write_paths

    if over_hops.paths:
        write_text("\nOver hops:\n")
        shown = tuple(options.limited(over_hops.paths))
        write_paths(replace(over_hops, paths=shown, external_paths=()))


def answer_table(answers: Sequence[Answer]) -> tuple[list[str], list[list[Any]]]:
    """Columns and rows of a table for people; columns that say nothing new are left out."""
    from queries.answers import because_words, blocked_words, where_words

    many_actions = len({each.action for each in answers}) > 1
    many_accounts = len({each.principal.account for each in answers if each.principal.account}) > 1
    columns = ["verdict", "principal"]
    columns += ["account"] if many_accounts else []
    columns += ["action"] if many_actions else []
    columns += ["how, and on what it depends"]
    rows = []
    for each in sorted(answers, key=_order):
        lines = because_words(each)
        where = where_words(each)
        lines += [f"on {where}"] if where else []
        lines += [f"if {text}" for text in each.conditions]
        lines += [f"needs {text}" for text in each.needs]
        row: list[Any] = [each.verdict.value, principal_words(each)]
        row += [each.principal.account] if many_accounts else []
        row += [each.action] if many_actions else []
        lines += blocked_words(each)
        rows.append([*row, Lines(lines)])
    return columns, rows


def _order(answer: Answer) -> tuple[str, str, str, str]:
    """The certain ones first, then by account and name."""
    principal = answer.principal
    return answer.verdict.value, principal.account, principal.name.lower(), answer.action


def principal_words(answer: Answer) -> str:
    """A principal in two words: `user alice`; of services, providers and outsiders the name alone."""
    principal = answer.principal
    if principal.type in ("user", "role"):
        return f"{principal.type} {principal.name}"
    return "root user" if principal.type == "root" else principal.name or principal.arn


def tell_missing(missing: Sequence[str]) -> None:
    """Say what is not loaded and could change the answers."""
    if missing:
        say("Not loaded, or not evaluated:")
        for text in missing:
            say(f"  {text}")

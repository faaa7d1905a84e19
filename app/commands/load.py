"""`iamatlas load`: read exports into the graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.options import Options, command
from app.output import Format, say, write_csv, write_json, write_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graph.connection import Database
    from loader.load import LoadSummary

SHOWN_WARNINGS = 10
SHOWN_OTHERS = 5


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "load", "Load exports of your accounts")(load)


def load(
    options: Options,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files or folders.")],
) -> None:
    """Load files or folders into the graph; each account in them is replaced, all or nothing.

    A file is what aws iam get-account-authorization-details prints, plain or gzip. A folder is searched for
    authorization-details.json, credential-report.csv, resources.json, organization.json and
    identity-center.json.

    For example:

      aws iam get-account-authorization-details > account.json && iamatlas load account.json

      iamatlas load exports/
    """
    with options.connect() as database:
        summary = load_shown(database, paths)
    write_summary(options, summary)
    _tell_others(summary)


def _tell_others(summary: LoadSummary) -> None:
    """Say what else is in the database: every answer is about all of it."""
    if not summary.others:
        return
    shown = ", ".join(summary.others[:SHOWN_OTHERS])
    more = len(summary.others) - SHOWN_OTHERS
    say(f"This database also holds {shown}{f' and {more} more' if more > 0 else ''}: answers are about all.")
    from app.commands.demo import account_ids

    if not account_ids().isdisjoint(summary.others):
        say(
            "The built-in organization is among them. To keep your own apart, load it into a folder of its own: "
            "iamatlas load PATH --home FOLDER, and the same --home (or IAMATLAS_HOME) with every question."
        )


def load_shown(database: Database, paths: Sequence[Path]) -> LoadSummary:
    """Load, with progress shown. Raises `loader.problems.BadInput`."""
    from app.progress import shown_progress
    from loader.load import load as read_and_write

    with shown_progress() as progress:
        return read_and_write(database, paths, progress)


def write_summary(options: Options, summary: LoadSummary) -> None:
    """Write what a load did, its warnings and what it lacked."""
    if options.form is Format.JSON:
        write_json(_as_json(summary))
        return
    rows = [[name, number] for name, number in summary.counts.items() if number]
    if options.form is Format.CSV:
        write_csv(("what", "loaded"), rows)
    else:
        write_table(("what", "loaded"), rows)
    took = sum(summary.seconds.values())
    say(f"Loaded in {took:.1f} s: {', '.join(summary.accounts) or 'no account'}.")
    if summary.warnings:
        say(f"{len(summary.warnings)} warnings:")
        for warned in summary.warnings[:SHOWN_WARNINGS]:
            say(f"  {warned}")
        if len(summary.warnings) > SHOWN_WARNINGS:
            say(f"  and {len(summary.warnings) - SHOWN_WARNINGS} more: iamatlas query warnings")
    if summary.missing:
        say("Not in what was loaded, and could change answers:")
        for text in summary.missing:
            say(f"  {text}")


def _as_json(summary: LoadSummary) -> dict[str, Any]:
    return {
        "accounts": summary.accounts,
        "organization": summary.organization or None,
        "counts": summary.counts,
        "warnings": [{"id": each.entity, "warning": each.text} for each in summary.warnings],
        "missing": summary.missing,
        "others": summary.others,
        "seconds": {name: round(value, 3) for name, value in summary.seconds.items()},
    }

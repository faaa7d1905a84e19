"""`iamatlas status`: which database, what is loaded, what is wrong, what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.options import Options, command
from app.output import Format, say, write_csv, write_json, write_table

if TYPE_CHECKING:
    import typer

    from queries.status import LoadedAccount

COUNTS = ("users", "roles", "groups", "managed policies", "resources")
COLUMNS = ("account", "name", "loaded at", *COUNTS)
SHOWN_WARNINGS = 10


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "status", "What is loaded, wrong, missing")(status)


def status(options: Options) -> None:
    """Which database this is, what is loaded and since when, what is wrong with it, and what is missing.

    For example: iamatlas status --format json
    """
    from queries.status import status as ask

    with options.connect() as database:
        found = ask(database)
        home = database.settings.embedded_folder if database.settings.embedded else None
    if options.form is Format.JSON:
        write_json(found.as_json())
        return
    rows = options.limited([_row(each) for each in found.accounts])
    if options.form is Format.CSV:
        write_csv(COLUMNS, rows)
        return
    say(f"Database: {f'embedded, in {home}' if home else found.uri} ({found.server})")
    if found.catalogue:
        say(f"Action catalogue: {found.catalogue}")
    if found.organization:
        say(f"Organization: {found.organization}")
    if not found.accounts:
        say(
            "Nothing is loaded yet: iamatlas demo loads the built-in organization, "
            "iamatlas load your own export."
        )
        return
    write_table(COLUMNS, rows)
    outdated = [each.id for each in found.accounts if each.outdated]
    if outdated:
        say(
            "Another version of this program worked out who can assume and become whom in "
            f"{', '.join(outdated)}: load again for what this one finds."
        )
    if found.warnings:
        say(f"{len(found.warnings)} warnings (iamatlas query warnings lists all):")
        for each in found.warnings[:SHOWN_WARNINGS]:
            say(f"  {each.what} {each.id}: {each.warning}")
    if found.policy_warnings:
        say(f"{len(found.policy_warnings)} policy warnings (iamatlas query policy-warnings lists all):")
        for (level, rule), number in found.policy_warning_counts.items():
            say(f"  {number} {rule} ({level})")
    if found.missing:
        say("Not loaded:")
        for text in found.missing:
            say(f"  {text}")


def _row(account: LoadedAccount) -> list[object]:
    return [
        account.id,
        account.name,
        account.loaded_at[:16].replace("T", " "),
        *(account.counts.get(kind) for kind in COUNTS),
    ]

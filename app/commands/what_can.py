"""`iamatlas what-can`: what one principal can do."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.options import Options, command
from app.output import Format, Lines, say, write_csv, write_json, write_table

SHOWN_ACTIONS = 6


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "what-can", "What one principal may do")(what_can)


def what_can(
    options: Options,
    principal: Annotated[str, typer.Argument(metavar="PRINCIPAL", help="ARN, user/NAME, role/NAME or NAME.")],
    service: Annotated[
        str | None, typer.Option("--service", help="Only this service, by its prefix as s3.")
    ] = None,
) -> None:
    """What one principal may do, by service and access level.

    PRINCIPAL is an ARN, user/alice, role/app, or a name that only one has. --service keeps one service.

    For example:

      iamatlas what-can user/alice

      iamatlas what-can role/app --service s3 --format json
    """
    from app.arguments import context_of
    from app.commands.who_can import tell_missing
    from queries.what import WHAT_CAN_COLUMNS
    from queries.what import what_can as ask

    context = context_of(options.context)
    if service is not None:
        _check(service)
    with options.connect() as database:
        result = ask(database, principal, context)
    for warning in result.warnings:
        say(f"Warning: {warning}")
    kept = [
        (permission, row)
        for permission, row in zip(result.permissions, result.rows(), strict=True)
        if service is None or permission.service == service.lower()
    ]
    kept = list(options.limited(kept))
    if options.form is Format.JSON:
        write_json({**result.as_json(), "permissions": [each.as_json() for each, _ in kept]})
        return
    if options.form is Format.CSV:
        write_csv(WHAT_CAN_COLUMNS, [row for _, row in kept])
    elif kept:
        write_table(["service", "access", "verdict", "actions", "on"], [_shown(row) for _, row in kept])
    else:
        say(f"{result.question['principal']} may do nothing, as far as is loaded.")
    tell_missing(result.missing)


def _check(service: str) -> None:
    from iam import catalogue
    from iam.catalogue_patterns import nearest
    from queries.errors import QuestionError

    if service.lower() not in catalogue.services():
        near = nearest(service.lower(), catalogue.services())
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise QuestionError(f"AWS has no service '{service}'.{hint}")


def _shown(row: list[Any]) -> list[Any]:
    service, level, actions, verdict, resources, excepted, conditions, needs, _ = row
    names = [action.partition(":")[2] for action in actions]
    if len(names) > SHOWN_ACTIONS:
        names = [*names[:SHOWN_ACTIONS], f"and {len(names) - SHOWN_ACTIONS} more"]
    lines = list(resources)
    lines += [f"except {text}" for text in excepted]
    lines += [f"if {text}" for text in conditions]
    lines += [f"needs {text}" for text in needs]
    return [service, level, verdict, ", ".join(names), Lines(lines)]

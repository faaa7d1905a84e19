"""`iamatlas choke-points`: the few grants whose removal cuts most paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.options import Options, command
from app.output import Format, Lines, say, write_csv, write_json, write_table, write_text

if TYPE_CHECKING:
    from iam.escalation.choke import ChokePoint
    from queries.choke_points import ChokePointsResult

SHOWN = 12


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "choke-points", "The few grants that most paths need")(choke_points)


def choke_points(
    options: Options,
    target: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="admin|ARN",
            help="To any administrator, to one principal, or to what is marked:crown-jewel.",
        ),
    ] = "admin",
) -> None:
    """The grants (statement on holder) whose removal cuts most principals off from the target.

    Each is the best one after those before it. For one principal as target the fewest grants that cut off
    everybody are given as well. --limit sets how many (5).

    For example:

      iamatlas choke-points

      iamatlas choke-points --to role/platform-automation --format json
    """
    from app.arguments import context_of
    from app.commands.who_can import tell_missing
    from queries.choke_points import CHOKE_POINT_COLUMNS, MOST
    from queries.choke_points import choke_points as ask

    context = context_of(options.context)
    with options.connect() as database:
        result = ask(database, target=target, count=options.limit or MOST, context=context)
    for warning in result.warnings:
        say(f"Warning: {warning}")
    if options.form is Format.JSON:
        write_json(result.as_json())
        return
    if options.form is Format.CSV:
        write_csv(CHOKE_POINT_COLUMNS, result.rows())
    else:
        write_choke_points(result)
    cut = sum(len(each.cuts) for each in result.choke_points)
    say(f"{len(result.choke_points)} grants cut {cut} of {len(result.sources)} principals off.")
    tell_missing(result.missing)


def write_choke_points(result: ChokePointsResult) -> None:
    """Write the choke points as a table, and the fewest grants below it."""
    if result.choke_points:
        rows = [
            [len(each.cuts), Lines(_grant(each)), Lines(_listed(each.cuts))] for each in result.choke_points
        ]
        write_table(["cuts", "grant, and what else it gives", "off"], rows)
    if result.minimum:
        proven = (
            "The fewest grants that cut off everybody:" if result.exact else "Enough to cut off everybody:"
        )
        write_text(f"\n{proven}")
        for each in result.minimum:
            write_text(f"  {_grant(each)[0]}")
    elif result.not_cut_off:
        from queries.choke_points import NOT_CUT_OFF

        write_text(f"\n{NOT_CUT_OFF}")


def _grant(each: ChokePoint) -> list[str]:
    from app.commands.paths import short
    from queries.answers import statement_place

    gives = each.also_takes_away
    return [
        f"{statement_place(each.grant)} on {short(each.held.holder)}",
        *(f"gives {text}" for text in _few(gives["actions"])),
        *(f"on {text}" for text in _few(gives["resources"])),
    ]


def _listed(arns: tuple[str, ...]) -> list[str]:
    from app.commands.paths import short

    return _few([short(arn) for arn in arns])


def _few(texts: object) -> list[str]:
    found = [str(text) for text in texts] if isinstance(texts, (list, tuple)) else []
    return found if len(found) <= SHOWN else [*found[:SHOWN], f"and {len(found) - SHOWN} more"]

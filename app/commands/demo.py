"""`iamatlas demo`: the built-in organization, loaded and asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.options import Options, Problem, command
from app.output import Format, say, write_json, write_table, write_text

if TYPE_CHECKING:
    import typer

    from graph.connection import Database

ACTION = "s3:GetObject"
RESOURCE = "arn:aws:s3:::payroll/2026.csv"

GO_ON = """How to go on:
  iamatlas explore                                    the same in the browser
  iamatlas can birgit.stahl s3:GetObject arn:aws:s3:::payroll/2026.csv --explain
  iamatlas paths --from ci-deploy                     the same way, hop by hop, with the grants
  iamatlas what-can role/deploy-runner                what one principal may do
  iamatlas query                                      ready-made questions in Cypher
Your own account:
  aws iam get-account-authorization-details > account.json
  iamatlas load account.json --home my-atlas"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "demo", "Load the built-in organization and ask it")(demo)


def demo(options: Options) -> None:
    """Load the built-in organization, a ferry company that does not exist, and show the main answers.

    For example: iamatlas demo
    """
    from queries.choke_points import choke_points
    from queries.paths import paths
    from queries.who import who_can

    with options.connect() as database:
        _load(database)
        who = who_can(database, ACTION, RESOURCE, {})
        ways = paths(database)
        choke = choke_points(database)
    if options.form is Format.JSON:
        write_json(
            {
                "who_can": who.as_json(),
                "paths": ways.as_json(),
                "choke_points": choke.as_json(),
            }
        )
        return
    from app.commands.choke_points import write_choke_points
    from app.commands.paths import path_table
    from app.commands.who_can import answer_table, tell_missing

    write_text(f"Who can read the payroll data?  iamatlas who-can {ACTION} {RESOURCE}\n")
    write_table(*answer_table(options.limited(who.answers)))
    tell_missing(who.missing)
    write_text("\nWho is an administrator?")
    write_table(
        ["account", "type", "name"],
        [[each.account, each.type.value, each.name] for each in ways.administrators],
    )
    write_text("\nWho else becomes an administrator?  iamatlas paths")
    write_table(*path_table(options.limited(ways.paths)))
    write_text("\nWhich grants do most of these ways need?  iamatlas choke-points")
    write_choke_points(choke)
    write_text(f"\n{GO_ON}")


def account_ids() -> set[str]:
    """The accounts of the built-in organization."""
    return {each.name for each in (_folder() / "accounts").iterdir() if each.is_dir()}


def _folder() -> Path:
    from loader import demo as built_in

    return Path(built_in.__file__).parent / "organization"


def _load(database: Database) -> None:
    """Load the organization, unless it is there already."""
    from app.commands.load import load_shown

    folder = _folder()
    wanted = account_ids()
    there = {row["id"] for row in database.read("MATCH (l:Load) RETURN l.id AS id")}
    if there - wanted:
        raise Problem(
            "This database holds other accounts, and the demo would be mixed with them. "
            "Give it a folder of its own: iamatlas demo --home iamatlas-demo"
        )
    if not wanted <= there:
        say("Loading the built-in organization (once).")
        load_shown(database, [folder])

"""`iamatlas demo`: the built-in organization, loaded and asked."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from app.options import Options, Problem, command
from app.output import Format, Lines, say, write_json, write_table, write_text

if TYPE_CHECKING:
    import typer

    from graph.connection import Database
    from queries.administrators import Chain

ACTION = "s3:GetObject"
RESOURCE = "arn:aws:s3:::payroll/2026.csv"

GO_ON = """How to go on:
  iamatlas explore                                    the same in the browser
  iamatlas can birgit.stahl s3:GetObject arn:aws:s3:::payroll/2026.csv --explain
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
    from queries.administrators import administrators, chains_to
    from queries.who import who_can

    with options.connect() as database:
        _load(database)
        who = who_can(database, ACTION, RESOURCE, {})
        everyone = administrators(database)
        chains = chains_to(database, [each.arn for each in everyone])
    rows = [
        [chain.verdict, Lines(_hops(chain)), Lines(_open_words(chain))]
        for chain in chains
        if ":" in chain.arns[0]  # a service assumes its roles by their nature
    ]
    if options.form is Format.JSON:
        write_json(
            {
                "who_can": who.as_json(),
                "administrators": [each.arn for each in everyone],
                "assumed": [asdict(chain) | {"verdict": chain.verdict} for chain in chains],
            }
        )
        return
    from app.commands.who_can import answer_table, tell_missing

    write_text(f"Who can read the payroll data?  iamatlas who-can {ACTION} {RESOURCE}\n")
    write_table(*answer_table(options.limited(who.answers)))
    tell_missing(who.missing)
    write_text("\nWho is an administrator?")
    write_table(
        ["account", "type", "name"], [[each.account, each.type.value, each.name] for each in everyone]
    )
    write_text("\nWho becomes an administrator by assuming roles?")
    write_table(["verdict", "the shortest way", "on what it depends"], rows)
    write_text(f"\n{GO_ON}")


def _load(database: Database) -> None:
    """Load the organization, unless it is there already."""
    from app.commands.load import load_shown
    from loader import demo as built_in

    folder = Path(built_in.__file__).parent / "organization"
    wanted = {each.name for each in (folder / "accounts").iterdir() if each.is_dir()}
    there = {row["id"] for row in database.read("MATCH (l:Load) RETURN l.id AS id")}
    if there - wanted:
        raise Problem(
            "This database holds other accounts, and the demo would be mixed with them. "
            "Give it a folder of its own: iamatlas demo --home iamatlas-demo"
        )
    if not wanted <= there:
        say("Loading the built-in organization (once).")
        load_shown(database, [folder])


def _hops(chain: Chain) -> list[str]:
    """The principals of a chain in few words each: `444455556666 role/app`."""
    parts = [arn.split(":", 5) for arn in chain.arns]
    short = [f"{each[4]} {each[5]}" if len(each) == 6 else ":".join(each) for each in parts]
    return [short[0], *(f"-> {each}" for each in short[1:])]


def _open_words(chain: Chain) -> list[str]:
    return [f"if {text}" for text in chain.conditions] + [f"needs {text}" for text in chain.needs]

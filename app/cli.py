"""The command line: `iamatlas COMMAND`.

What a command needs is imported when it runs; `--help` imports nothing but typer.
"""

from __future__ import annotations

import gc
import sys
from typing import Annotated, Any

import typer

from app.commands import (
    can,
    choke_points,
    decide,
    demo,
    explore,
    load,
    paths,
    query,
    status,
    what_can,
    who_can,
)
from app.options import (
    INTERRUPTED,
    SHARED,
    Options,
    remember,
)

app = typer.Typer(
    name="iamatlas",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Plain help: rich would take as long to import as all the rest.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="A map of who can do what in AWS, kept in a graph database.",
    epilog="Begin with: iamatlas demo    Your own account: iamatlas load account.json",
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"iamatlas {version('iamatlas')}")
        except PackageNotFoundError:
            typer.echo("iamatlas, from its source folder")
        raise typer.Exit


def _before_the_command(**given: Any) -> None:
    given.pop("version")
    remember(Options(**given))


def _set_up_callback() -> None:
    """The shared options are taken before the command's name too."""
    import inspect

    keyword = inspect.Parameter.KEYWORD_ONLY
    kinds = {
        **SHARED,
        "version": Annotated[
            bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
        ],
    }
    parameters = [
        inspect.Parameter(
            name, keyword, default=False if name in ("debug", "version") else None, annotation=kind
        )
        for name, kind in kinds.items()
    ]
    _before_the_command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    _before_the_command.__annotations__ = kinds
    app.callback()(_before_the_command)


_set_up_callback()
_COMMANDS = (
    demo, load, status, who_can, can, what_can, paths, choke_points, query, explore, decide,
)  # fmt: skip
for _module in _COMMANDS:
    _module.register(app)


def main() -> None:
    """Run the command line and leave with its exit code."""
    # A command lives for seconds and makes much that stays: looking for unreachable objects seldom is enough.
    gc.set_threshold(100_000, 20, 20)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    try:
        app(prog_name="iamatlas")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()

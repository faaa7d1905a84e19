"""`iamatlas paths`: how principals become administrator, or come to anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.options import Options, Problem, command
from app.output import Format, Lines, say, write_csv, write_json, write_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iam.escalation.choke import Cause
    from queries.paths import FoundPath, PathsResult

SHOWN_CAUSES = 5


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "paths", "Escalation paths, hop by hop")(paths)


def paths(
    options: Options,
    source: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="PRINCIPAL", help="Only from this principal, or from what is marked:owned."
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="admin|ARN",
            help="To any administrator (the default), a principal, or what is marked:crown-jewel.",
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="All simple paths, not only the best of each principal.")
    ] = False,
    max_hops: Annotated[
        int | None, typer.Option("--max-hops", min=1, help="At most so many hops; 6 with --all.")
    ] = None,
    without: Annotated[
        str | None, typer.Option("--without", metavar="depends", help="Leave out what hangs on something.")
    ] = None,
    to_action: Annotated[
        str | None,
        typer.Option("--to-action", metavar="ACTION", help="To whoever may do this, as s3:GetObject."),
    ] = None,
    to_resource: Annotated[
        str | None, typer.Option("--to-resource", metavar="ARN", help="On this resource.")
    ] = None,
) -> None:
    """The ways by which principals become administrator or another principal, hop by hop, with the grants.

    Without --all it is the best path of each: fewest open points, then fewest hops. Nobody who is an
    administrator already is a source.

    For example:

      iamatlas paths --to admin

      iamatlas paths --from role/ci-deploy --all --without depends

      iamatlas paths --to-action s3:GetObject --to-resource arn:aws:s3:::payroll/2026.csv

      iamatlas paths --from marked:owned --to marked:crown-jewel
    """
    from app.arguments import context_of
    from app.commands.who_can import tell_missing
    from queries.paths import PATH_COLUMNS
    from queries.paths import paths as ask

    if without not in (None, "depends"):
        raise Problem(f"--without takes depends, not {without!r}: what hangs on something is left out.")
    if to_resource is not None and to_action is None:
        raise Problem("--to-resource goes with --to-action, as --to-action s3:GetObject.")
    if to_action is not None and target is not None:
        raise Problem("--to and --to-action exclude each other: a path has one kind of target.")
    context = context_of(options.context)
    with options.connect() as database:
        result = ask(
            database,
            source=source,
            target=target or "admin",
            action=to_action,
            resource=to_resource,
            every=every,
            most_hops=max_hops,
            limit=options.limit,
            certain=without is not None,
            context=context,
        )
    for warning in result.warnings:
        say(f"Warning: {warning}")
    if options.form is Format.JSON:
        write_json(result.as_json())
        return
    if options.form is Format.CSV:
        write_csv(PATH_COLUMNS, result.rows())
    else:
        write_paths(result)
    _tell_counts(result)
    tell_missing(result.missing)


def write_paths(result: PathsResult) -> None:
    """Write the causes that paths share, then the paths, one block each."""
    if len(result.paths) > 1:
        _write_causes(result.causes)
    for path in result.paths:
        _write_path(result, path)
    if result.external_paths:
        write_text("From outside:\n")
    for path in result.external_paths:
        _write_path(result, path)


def path_table(paths: Sequence[FoundPath]) -> tuple[list[str], list[list[Any]]]:
    """Columns and rows of a table with one row per path."""
    from graph.entities import principal_of

    rows: list[list[Any]] = []
    for path in paths:
        lines = [short(path.source)]
        lines += [f"-> {short(principal_of(part.target))} [{part.technique.id}]" for part in path.parts]
        hangs = [f"if {text}" for text in path.conditions] + [f"needs {text}" for text in path.needs]
        rows.append([path.verdict.value, Lines(lines), Lines(hangs)])
    return ["verdict", "the best way", "on what it depends"], rows


def _write_causes(causes: Sequence[Cause]) -> None:
    from queries.answers import statement_place

    shared = [cause for cause in causes if len(cause.paths) > 1]
    if not shared:
        return
    write_text("What many paths share:")
    for cause in shared[:SHOWN_CAUSES]:
        place = statement_place(cause.grant)
        write_text(f"  {len(cause.paths)} paths share: {place} on {short(cause.held.holder)}")
    if len(shared) > SHOWN_CAUSES:
        write_text(f"  and {len(shared) - SHOWN_CAUSES} causes more")
    write_text("")


def _write_path(result: PathsResult, path: FoundPath) -> None:
    write_text(f"{short(path.source)} -> {short(path.target)}   {path.verdict.value}")
    for arn in result.accepted(path):
        write_text(f"     accepted risk: {short(arn)}")
    for number, (part, sentence) in enumerate(zip(path.parts, result.sentences(path), strict=True), 1):
        write_text(f"  {number}. {sentence}  [{part.technique.id}]")
        for text in result.grants(part):
            write_text(f"     {text}")
    if path.answer is not None:
        write_text(f"     there: {path.answer.action} on {path.answer.resource}")
    for text in path.conditions:
        write_text(f"     if {text}")
    for text in path.needs:
        write_text(f"     needs {text}")
    write_text("")


def short(arn: str) -> str:
    """An ARN as its account and name: `444455556666 role/app`."""
    parts = arn.split(":", 5)
    return f"{parts[4]} {parts[5]}" if len(parts) == 6 and parts[4] else arn


def _tell_counts(result: PathsResult) -> None:
    source = result.question["from"]
    if any(principal.arn == source for principal in result.administrators):
        say(f"{source} is an administrator already: administrators are no sources.")
    counts = [sum(path.verdict == word for path in result.paths) for word in ("allowed", "depends")]
    more = "; there are more, --limit sets how many" if result.truncated and not result.web.truncated else ""
    say(f"{len(result.paths)} paths: {counts[0]} allowed, {counts[1]} depending on something{more}.")

"""`iamatlas can`: one decision, layer by layer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from app.options import Options, command
from app.output import Format, Lines, say, write_csv, write_json, write_table

if TYPE_CHECKING:
    from iam.asking import Answer
    from iam.decision import Grant
    from queries.answers import CanResult

HELP = """Whether one principal may do something.

PRINCIPAL is an ARN, user/alice, role/app, or a name that only one has. --explain shows what each layer says,
with the text of its statements.

Examples:

  iamatlas can alice s3:GetObject arn:aws:s3:::payroll/2026.csv --explain

  iamatlas can role/app iam:PassRole role/admin --format json
"""

LAYERS = {
    "identity": "identity policies",
    "resource": "resource policy",
    "boundary": "permissions boundary",
    "session": "session policy",
    "scp": "service control policies",
    "rcp": "resource control policies",
    "endpoint": "VPC endpoint policy",
    "trust": "trust policy",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "can")(can)


def can(
    options: Options,
    principal: Annotated[str, typer.Argument(metavar="PRINCIPAL", help="ARN, user/NAME, role/NAME or NAME.")],
    action: Annotated[str, typer.Argument(metavar="ACTION", help="service:Name, any case.")],
    resource: Annotated[
        str | None, typer.Argument(metavar="[RESOURCE]", help="An ARN, or the name of what is loaded.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Layer by layer, with the statements' text and place.")
    ] = False,
) -> None:
    from app.arguments import context_of
    from app.commands.who_can import answer_table, tell_missing
    from queries.who import can as ask

    context = context_of(options.context)
    with options.connect() as database:
        result = ask(database, principal, action, resource, context)
    for warning in result.warnings:
        say(f"Warning: {warning}")
    if options.form is Format.JSON:
        write_json(_with_texts(result) if explain else result.as_json())
        return
    answers = options.limited(result.answers)
    if options.form is Format.CSV:
        from queries.answers import WHO_CAN_COLUMNS

        write_csv(WHO_CAN_COLUMNS, result.rows()[: len(answers)])
    elif explain:
        for answer in answers:
            _explain(answer)
    else:
        columns, rows = answer_table(answers)
        for row, answer in zip(rows, answers, strict=True):
            row[-1] = Lines([*row[-1], *_blocked(answer)])
        write_table(columns, rows)
    tell_missing(result.missing)


can.__doc__ = HELP


def _blocked(answer: Answer) -> list[str]:
    blocked = answer.decision.blocked_by
    if answer.verdict != "denied" or not blocked:
        return []
    return [f"stopped by {', '.join(LAYERS[layer.value] for layer in blocked)}"]


def _explain(answer: Answer) -> None:
    from queries.answers import where_words

    on = f" on {answer.resource}" if answer.resource else ""
    rows: list[list[object]] = [["verdict", answer.verdict.value, f"{answer.action}{on}"]]
    where = where_words(answer)
    rows += [["", "", f"on {where}"]] if where else []
    rows += [["", "", f"if {text}"] for text in answer.conditions]
    rows += [["", "", f"needs {text}"] for text in answer.needs]
    rows += [["", "", text] for text in _blocked(answer)]
    for each in answer.decision.layers:
        lines = [line for grant in each.because for line in _grant_lines(grant)]
        rows.append([LAYERS[each.layer.value], each.result.value, Lines(lines or ["no statement bears on it"])])
    write_table(["layer", "says", f"for {answer.principal.arn}"], rows)


def _grant_lines(grant: Grant) -> list[str]:
    from queries.answers import grant_words

    return [f"{grant_words(grant)}:", *(f"  {line}" for line in statement_lines(grant))]


def statement_lines(grant: Grant) -> list[str]:
    """A statement's text, one element a line, and the policy that it stands in."""
    statement = grant.statement
    elements: list[tuple[str, object]] = [
        ("Effect", statement.effect),
        ("Action", list(statement.actions)),
        ("NotAction", list(statement.not_actions)),
        ("Resource", list(statement.resources)),
        ("NotResource", list(statement.not_resources)),
        ("Principal", _principals(statement.principals)),
        ("NotPrincipal", _principals(statement.not_principals)),
        ("Condition", statement.condition),
    ]
    lines = [f"{name}: {_text(value)}" for name, value in elements if value]
    return [*lines, f"in {grant.policy_id}, statement {grant.index}"]


def _principals(principals: tuple[tuple[str, str], ...] | None) -> list[str]:
    return [value if kind == "*" else f"{kind} {value}" for kind, value in principals or ()]


def _text(value: object) -> str:
    if isinstance(value, list):
        shown = value if len(value) <= 12 else [*value[:12], f"and {len(value) - 12} more"]
        return ", ".join(map(str, shown))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _with_texts(result: CanResult) -> dict[str, object]:
    """The result with the text of every statement beside where it stands."""
    found = result.as_json()
    for answer, shown in zip(result.answers, found.get("answers", [found]), strict=True):
        for layer, texts in zip(answer.decision.layers, shown["layers"], strict=True):
            for grant, text in zip(layer.because, texts["because"], strict=True):
                text["text"] = statement_lines(grant)[:-1]
    return found

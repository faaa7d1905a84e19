"""`iamatlas can`: one decision, layer by layer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from app.options import Options, command
from app.output import Format, say, write_csv, write_json, write_table, write_text

if TYPE_CHECKING:
    from iam.answer import Answer
    from iam.decision import Grant
    from queries.answers import CanResult


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "can", "Whether one principal may do something")(can)


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
    """Whether one principal may do something.

    PRINCIPAL is an ARN, user/alice, role/app, or a name that only one has. --explain shows what each layer
    says, with the text of its statements; where a layer allows nothing, also those that came near, and why not.

    For example:

      iamatlas can alice s3:GetObject arn:aws:s3:::payroll/2026.csv --explain

      iamatlas can role/app iam:PassRole role/admin --format json
    """
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
        write_table(*answer_table(answers))
    tell_missing(result.missing)


def _explain(answer: Answer) -> None:
    """Write a decision layer by layer, as text, in which ARNs stay whole."""
    from queries.answers import LAYER_WORDS, ROOT_MAY, blocked_words, where_words

    on = f" on {answer.resource}" if answer.resource else ""
    write_text(f"{answer.verdict.value}: {answer.principal.arn} {answer.action}{on}")
    where = where_words(answer)
    lines = [f"on {where}"] if where else []
    lines += [f"if {text}" for text in answer.conditions]
    lines += [f"needs {text}" for text in answer.needs]
    lines += blocked_words(answer)
    for line in lines:
        write_text(f"  {line}")
    for each in answer.decision.layers:
        write_text(f"\n{LAYER_WORDS[each.layer.value]}: {each.result.value}")
        missed = answer.missed.get(each.layer, ())
        if not each.because:
            nothing = "no statement allows it" if missed else "no statement bears on it"
            if each.layer == "identity" and each.result == "allowed" and answer.principal.type == "root":
                nothing = ROOT_MAY
            else:
                nothing = _NOTHING.get(each.result.value, nothing)
            write_text(f"  {nothing}")
        for miss in missed:
            _write_grant(miss.grant, 1, but=miss.why)
        for grant in dict.fromkeys(each.because):
            _write_grant(grant, each.because.count(grant))


_NOTHING = {
    "unknown": "its policy is not loaded",
    "allowed": "nothing stands in the way",
}


def _write_grant(grant: Grant, times: int, *, but: str = "") -> None:
    from queries.answers import grant_words

    levels = f", at {times} levels" if times > 1 else ""
    write_text(f"  {'not ' if but else ''}{grant_words(grant)}{levels}{f': it {but}' if but else ''}")
    for line in statement_lines(grant):
        write_text(f"      {line}")


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

"""A policy's statements as a person reads them, with the JSON beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.views.markup import show
from app.views.proof import statement_lines

if TYPE_CHECKING:
    from iam.document import Document, Statement

MOST_STATEMENTS = 60
MOST_NAMED = 6


def show_statements(
    document: Document, *, number: int | None = None, action: str = "", resource: str = ""
) -> None:
    """Show the statements of a policy; the one with `number` (its place, from 1) stands open.

    What decides about `action` and `resource` is marked.
    """
    shown = document.statements[:MOST_STATEMENTS]
    show(
        "statements",
        statements=[
            {
                "index": each.index,
                "sid": each.sid,
                "effect": each.effect,
                "words": statement_words(each),
                "lines": statement_lines(each, action, resource),
                "open": each.index == number,
            }
            for each in shown
        ],
        total=len(document.statements),
        problems=[str(each) for each in document.problems],
    )


def statement_words(statement: Statement) -> str:
    """A statement in one sentence: `Allows s3:GetObject on payroll/* if aws:SourceIp is in 10.0.0.0/8`."""
    verb = "Allows" if statement.allows else "Denies"
    who = f" {_named(_principals(statement.principals))}:" if statement.principals else ""
    if statement.not_principals:
        who = f" everyone but {_named(_principals(statement.not_principals))}:"
    what = (
        _named(statement.actions) if statement.actions else f"all actions but {_named(statement.not_actions)}"
    )
    if statement.actions == ("*",):
        what = "every action"
    where = ""
    if statement.resources:
        on_all = statement.resources == ("*",)
        where = " on every resource" if on_all else f" on {_named(statement.resources)}"
    elif statement.not_resources:
        where = f" on every resource but {_named(statement.not_resources)}"
    conditions = " and ".join(each.words() for each in statement.conditions)
    return f"{verb}{who} {what}{where}{f' if {conditions}' if conditions else ''}"


def _named(texts: Any) -> str:
    named = list(texts)
    shown = ", ".join(named[:MOST_NAMED])
    return f"{shown} and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else shown


def _principals(principals: tuple[tuple[str, str], ...] | None) -> list[str]:
    return ["everyone" if value == "*" else value for _, value in principals or ()]

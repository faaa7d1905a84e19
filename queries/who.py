"""Who can do something, and can this one: Cypher narrows, the evaluator decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from iam import asking
from iam.asking import Answer
from iam.estate import Access
from queries.answers import CanResult, WhoCanResult
from queries.missing import missing
from queries.names import find_principal
from queries.question import Asked, Context, check
from queries.snapshot import Snapshot, ask

if TYPE_CHECKING:
    from graph.connection import Database


def who_can(
    database: Database, action: str, resource: str | None = None, context: Context | None = None
) -> WhoCanResult:
    """Every principal that may do an action, with verdict and reason; those denied are left out.

    `action` is `service:Name` in any case, with `*` and `?` for several; `resource` an ARN, a pattern of
    ARNs, a name, or None for "on at least one resource"; `context` what is known of the request, an empty
    value meaning that the key is absent. Raises `queries.errors.QuestionError` for what AWS or the graph
    doesn't know, and `graph.connection.DatabaseUnavailable`.
    """

    def answer(snapshot: Snapshot) -> WhoCanResult:
        asked = check(snapshot.estate, action, resource, context)
        access = _access(database, snapshot, asked)
        answers: list[Answer] = []
        for each in asked.actions:
            answers += asking.who_can(access, each, asked.resource)
        return WhoCanResult(asked.as_json(), tuple(answers), missing(access, snapshot, asked), asked.warnings)

    return ask(database, answer)


def can(
    database: Database,
    principal: str,
    action: str,
    resource: str | None = None,
    context: Context | None = None,
) -> CanResult:
    """One principal's answer to an action, denied or not, layer by layer.

    `principal` is an ARN, `user/alice`, `role/app`, or a name that only one has; the rest as for `who_can`.
    """

    def answer(snapshot: Snapshot) -> CanResult:
        who = find_principal(snapshot.estate, principal)
        asked = check(snapshot.estate, action, resource, context)
        access = _access(database, snapshot, asked)
        answers = tuple(asking.can(access, who, each, asked.resource) for each in asked.actions)
        question = {"principal": who.arn, **asked.as_json()}
        lacking = missing(access, snapshot, asked, [who])
        return CanResult(question, answers, lacking, asked.warnings)

    return ask(database, answer)


def _access(database: Database, snapshot: Snapshot, asked: Asked) -> Access:
    snapshot.read_bearing(database, asked.actions)
    return Access(snapshot.estate_now(), asked.context)

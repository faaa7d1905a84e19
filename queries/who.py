"""Who can do something, and can this one: Cypher narrows, the evaluator decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iam import asking, catalogue
from iam.answer import Answer
from iam.arn import parse_arn
from iam.decision import Verdict
from iam.entities import Principal
from iam.estate import Access
from iam.put import questions_put
from queries.answers import CanResult, WhoCanResult
from queries.missing import missing
from queries.names import find_principal
from queries.question import Asked, Context, check
from queries.snapshot import Snapshot, ask
from queries.watching import go_on, tell

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
        for at, each in enumerate(asked.actions):
            tell("actions asked about", at, len(asked.actions))
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


@dataclass(frozen=True)
class Reach:
    """What a principal may do with a resource: by access level, the most certain answer to one of its actions."""

    principal: Principal
    levels: Mapping[str, Answer]


def who_reaches(database: Database, resource: str) -> tuple[Reach, ...]:
    """Everyone who may do something with a resource, an ARN or a pattern of ARNs, in the estate's order.

    All actions of its service are asked about, one of a level after the other until one is allowed. Raises
    `queries.errors.QuestionError` where the service has no action on such a resource, and
    `graph.connection.DatabaseUnavailable`.
    """
    parsed = parse_arn(resource)

    def answer(snapshot: Snapshot) -> tuple[Reach, ...]:
        asked = check(snapshot.estate, f"{parsed.service if parsed else '*'}:*", resource)
        access = _access(database, snapshot, asked)
        found: dict[str, dict[str, Answer]] = defaultdict(dict)
        for at, name in enumerate(asked.actions):
            tell("actions asked about", at, len(asked.actions))
            action = catalogue.find_action(name)
            if action is None:
                continue
            parts = list(questions_put(access, name, asked.resource))
            for principal in access.estate.principals():
                go_on()
                known = found[principal.arn].get(action.access_level)
                if known is not None and known.verdict is Verdict.ALLOWED:
                    continue
                best = asking.best(access, principal, parts)
                if best is not None and (known is None or best.verdict is Verdict.ALLOWED):
                    found[principal.arn][action.access_level] = best
        return tuple(
            Reach(principal, found[principal.arn])
            for principal in access.estate.principals()
            if found[principal.arn]
        )

    return ask(database, answer)


def _access(database: Database, snapshot: Snapshot, asked: Asked) -> Access:
    snapshot.read_bearing(database, asked.actions)
    return Access(snapshot.estate_now(), asked.context)

"""Where paths lead to: administrators, one principal, or whoever may do something."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graph.entities import administrator_key, principal_of
from iam import asking
from iam.answer import Answer
from iam.arn import is_account_id
from iam.entities import Principal, PrincipalType
from iam.escalation.actors import administrator
from iam.put import questions_put
from queries.errors import QuestionError
from queries.names import find_principal
from queries.opening import Opening, openings
from queries.question import check

if TYPE_CHECKING:
    from iam.escalation.web import Web

ADMIN = "admin"
_ACTING = (PrincipalType.USER, PrincipalType.ROLE)


@dataclass(frozen=True)
class Targets:
    """The nodes that paths lead to. `answers` are what each may do there, where an action was asked about, and
    `openings` how whoever may not yet lets itself in, by the node from which it does.
    """

    name: str
    nodes: frozenset[str]
    answers: dict[str, Answer] = field(default_factory=dict)
    openings: dict[str, Opening] = field(default_factory=dict)

    @property
    def certain(self) -> frozenset[str]:
        """The nodes at which nothing is open any more."""
        return frozenset(
            node for node in self.nodes if node not in self.answers or not self.answers[node].open_points
        )


def find_target(web: Web, text: str) -> Targets:
    """`admin`, `administrator:ACCOUNT`, or a principal however it is named. Raises QuestionError."""
    estate = web.world.estate
    wanted = text.strip()
    if wanted.lower() == ADMIN:
        return Targets(ADMIN, web.administrator_nodes)
    if wanted.startswith(administrator_key("")):
        account = wanted.removeprefix(administrator_key(""))
        if account not in estate.accounts:
            shown = account if is_account_id(account) else "what follows the colon"
            raise QuestionError(f"There is no {wanted[:60]!r}: account {shown} is not loaded.")
        own = (principal.arn for principal in web.administrators if principal.account == account)
        return Targets(wanted, frozenset([wanted, *own]))
    arn = find_principal(estate, wanted).arn
    changed = (node for node in web.changed if principal_of(node) == arn)
    return Targets(arn, frozenset([arn, *changed]))


def find_acting(web: Web, action: str, resource: str | None) -> Targets:
    """Whoever may do an action, as things stand or after a step that changes it. Raises QuestionError."""
    access = web.world.access
    asked = check(web.world.estate, action, resource)
    answers: dict[str, Answer] = {}
    for each in asked.actions:
        put = list(questions_put(access, each, asked.resource))
        for node, principal in _who(web):
            answer = asking.best(access, principal, put)
            if answer is not None and (node not in answers or _better(answer, answers[node])):
                answers[node] = answer
    name = asked.action if asked.resource is None else f"{asked.action} on {asked.resource}"
    opened: dict[str, Opening] = {}
    if asked.resource is not None:
        rest = [(node, who) for node, who in _who(web) if node not in answers or answers[node].open_points]
        for each in asked.actions:
            for opening in openings(web, each, asked.resource, rest):
                node = opening.step.source
                before = min((at.points for at in (opened.get(node),) if at is not None), default=None)
                own = answers[node].open_points if node in answers else None
                if all(points is None or opening.points < points for points in (before, own)):
                    opened[node] = opening
    return Targets(name, frozenset(answers), answers, opened)


def _who(web: Web) -> Iterator[tuple[str, Principal]]:
    """Everybody that an attacker may act as, by the node at which it does."""
    for principal in web.world.estate.principals():
        if principal.loaded and principal.type in _ACTING:
            yield principal.arn, principal
    yield from web.changed.items()
    for account in web.world.estate.accounts.values():
        node = administrator_key(account.id)
        if web.next_steps([node]):
            yield node, administrator(account).principal


def _better(answer: Answer, than: Answer) -> bool:
    return answer.open_points < than.open_points

"""What is not loaded and could change answers, named once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from iam import asking
from iam.put import questions_put
from queries.nothing import NOTHING_LOADED

if TYPE_CHECKING:
    from iam.entities import Principal
    from iam.estate import Access
    from queries.question import Asked
    from queries.snapshot import Snapshot


def missing(
    access: Access, snapshot: Snapshot, asked: Asked, principals: Iterable[Principal] | None = None
) -> tuple[str, ...]:
    """What could change the answers to a question, one sentence each; `principals` are those asked about."""
    if not snapshot.estate.accounts:
        return (NOTHING_LOADED,)
    found: dict[str, None] = {}
    general = False
    for action in asked.actions:
        put = list(questions_put(access, action, asked.resource))
        general = general or any(each.general for each in put)
        found.update(dict.fromkeys(asking.missing(access, put)))
    if general:
        found.update(dict.fromkeys(_resources_not_loaded(snapshot)))
    found.update(
        dict.fromkeys(
            texts_not_loaded(snapshot.estate.principals() if principals is None else principals, snapshot)
        )
    )
    return tuple(found)


def _resources_not_loaded(snapshot: Snapshot) -> list[str]:
    """What the loads said of resources that their source lacked."""
    return [
        f"Account {account}: {text}"
        for account, texts in snapshot.missing.items()
        for text in texts
        if "resources.json" in text
    ]


def texts_not_loaded(principals: Iterable[Principal], snapshot: Snapshot) -> list[str]:
    """The managed policies that somebody holds and whose text is not loaded."""
    unknown: dict[str, int] = {}
    estate = snapshot.estate
    for principal in principals:
        held = [*principal.attached, principal.boundary]
        for group_arn in principal.groups:
            group = estate.group(group_arn, principal.account)
            held += group.attached if group else ()
        for arn in held:
            if arn and estate.managed_policy(arn, principal.account) is None:
                unknown[arn] = unknown.get(arn, 0) + 1
    return [
        f"The text of {arn} is not loaded: {number} principal{'s hold' if number > 1 else ' holds'} it."
        for arn, number in sorted(unknown.items())
    ]

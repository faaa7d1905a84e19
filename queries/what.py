"""What one principal can do, by service and access level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iam import what_can as asking
from iam.document import PolicyKind
from iam.estate import Access
from queries.answers import because_words, frame
from queries.missing import texts_not_loaded
from queries.names import find_principal
from queries.question import context_warnings
from queries.snapshot import Snapshot, ask

if TYPE_CHECKING:
    import pandas as pd

    from graph.connection import Database
    from iam.entities import Principal
    from iam.what_can import Permission
    from queries.question import Context

WHAT_CAN_COLUMNS = (
    "service", "access_level", "actions", "verdict", "resources", "except_resources", "conditions", "needs",
    "because",
)  # fmt: skip


@dataclass(frozen=True)
class WhatCanResult:
    """What a principal can: the question, permissions by service and access level, what is not loaded."""

    question: dict[str, Any]
    permissions: tuple[Permission, ...]
    missing: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The result as `iamatlas what-can --format json` gives it."""
        return {
            "question": self.question,
            "permissions": [each.as_json() for each in self.permissions],
            "missing": list(self.missing),
        }

    def rows(self) -> list[list[Any]]:
        """One row per permission, columns as in `WHAT_CAN_COLUMNS`."""
        return [
            [
                each.service,
                each.access_level,
                list(each.actions),
                each.answer.verdict.value,
                list(each.answer.scope.resources),
                list(each.answer.scope.except_resources),
                list(each.answer.conditions),
                list(each.answer.needs),
                because_words(each.answer),
            ]
            for each in self.permissions
        ]

    def to_dataframe(self) -> pd.DataFrame:
        """One row per group of actions that hold alike.

        Columns: service, access_level, actions (list of names), verdict, resources and except_resources
        (lists of ARN patterns), conditions, needs and because (lists of text).
        """
        return frame(WHAT_CAN_COLUMNS, self.rows())


def what_can(database: Database, principal: str, context: Context | None = None) -> WhatCanResult:
    """What a principal may do on at least one resource.

    `principal` is an ARN, `user/alice`, `role/app`, or a name that only one has. Raises
    `queries.errors.QuestionError`, `graph.connection.DatabaseUnavailable`.
    """
    given = dict(context or {})

    def answer(snapshot: Snapshot) -> WhatCanResult:
        who = find_principal(snapshot.estate, principal)
        snapshot.read_policies(database, _held(snapshot, who))
        snapshot.read_kind(database, PolicyKind.RESOURCE)
        # Which roles it can assume is said by their trust policies.
        snapshot.read_kind(database, PolicyKind.TRUST)
        access = Access(snapshot.estate_now(), given)
        missing = texts_not_loaded([who], snapshot)
        if snapshot.estate.organization is None:
            missing.insert(0, "No organization is loaded: its SCPs and RCPs could take permissions away.")
        return WhatCanResult(
            {"principal": who.arn, "context": given},
            tuple(asking.what_can(access, who)),
            tuple(missing),
            tuple(context_warnings(given)),
        )

    return ask(database, answer)


def _held(snapshot: Snapshot, principal: Principal) -> Iterator[str]:
    """The ids of all policies that a principal holds, its groups' and its boundary included."""
    yield from (policy.id for policy in principal.inline)
    yield from principal.attached
    if principal.boundary:
        yield principal.boundary
    groups: Iterable[str] = principal.groups
    for arn in groups:
        group = snapshot.estate.group(arn, principal.account)
        if group is not None:
            yield from (policy.id for policy in group.inline)
            yield from group.attached

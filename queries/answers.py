"""The answers to questions, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iam.escalation.actors import is_written
from iam.formula import tests
from iam.question import RESOURCE

if TYPE_CHECKING:
    import pandas as pd

    from iam.answer import Answer
    from iam.decision import Grant
    from iam.formula import Formula

WHO_CAN_COLUMNS = (
    "principal", "type", "name", "account", "action", "resource", "resources", "except_resources",
    "verdict", "conditions", "needs", "because",
)  # fmt: skip


LAYER_WORDS = {
    "identity": "identity policies",
    "resource": "resource policy",
    "boundary": "permissions boundary",
    "session": "session policy",
    "scp": "service control policies",
    "rcp": "resource control policies",
    "endpoint": "VPC endpoint policy",
    "trust": "trust policy",
}


ROOT_MAY = "the root user may do everything in its account"


def grant_words(grant: Grant) -> str:
    """A statement and how it is held: `through group engineers, policy payroll-read, statement 2`.

    Of a Deny that is open it says that it denies only then.
    """
    if is_written(grant):
        return "by every permission, which it has by then"
    via = grant.via
    policy = f"policy {grant.policy_name}"
    if via.startswith("group "):
        held = f"through {via}, {policy}"
    elif via in ("inline", "attached"):
        held = f"by {via} {policy}"
    elif via in ("resource policy", "trust policy", "identity policy"):
        held = f"by the {via}"
    elif via == "boundary":
        held = f"by the permissions boundary {grant.policy_name}"
    elif via in ("scp", "rcp"):
        held = f"by {via.upper()} {grant.policy_name}"
    else:
        held = f"{via} {policy}"
    sid = f" ({grant.statement.sid})" if grant.statement.sid else ""
    verb = f"denied{_only(grant.open)} " if grant.effect == "Deny" else ""
    return f"{verb}{held}, statement {grant.index}{sid}"


def _only(open_: Formula) -> str:
    """What a Deny is kept to by what it hangs on: a condition, a part of the resources asked about, or both."""
    keys = {key for test in tests(open_) for key in test.keys}
    kept = ["on some resources"] if RESOURCE in keys else []
    kept += ["on a condition"] if keys - {RESOURCE} else []
    return f" only {' and '.join(kept)}" if kept else ""


def statement_place(grant: Grant) -> str:
    """A statement by its place: `statement 2 (Deploy) of policy release`, or `of the trust policy`."""
    sid = f" ({grant.statement.sid})" if grant.statement.sid else ""
    of = "the trust policy" if grant.via == "trust policy" else f"policy {grant.policy_name}"
    return f"statement {grant.index}{sid} of {of}"


def because_words(answer: Answer) -> list[str]:
    """Why, one text per statement."""
    words = [grant_words(grant) for grant in answer.because]
    if answer.verdict == "denied" or any(grant.effect == "Allow" for grant in answer.because):
        return words
    if answer.principal.type == "root":
        return [ROOT_MAY, *words]
    return words or (["needs no permission"] if answer.verdict == "allowed" else [])


def blocked_words(answer: Answer) -> list[str]:
    """What stands in the way of a denied request, as one text."""
    blocked = answer.decision.blocked_by
    if answer.verdict != "denied" or not blocked:
        return []
    return [f"stopped by {', '.join(LAYER_WORDS[layer.value] for layer in blocked)}"]


def where_words(answer: Answer) -> str:
    """On which resources, in words, where the question left that open; else nothing."""
    scope = answer.scope
    if tuple(scope.resources) == (answer.resource,) and not scope.except_resources:
        return ""
    text = ", ".join(scope.resources)
    if scope.except_resources:
        text += f" except {', '.join(scope.except_resources)} (denied there, or only if more is met)"
    return text


@dataclass(frozen=True)
class WhoCanResult:
    """Who can: the question as asked, one answer per principal and action, and what is not loaded.

    `warnings` are about the question itself.
    """

    question: dict[str, Any]
    answers: tuple[Answer, ...]
    missing: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The result as `iamatlas who-can --format json` gives it."""
        return {
            "question": self.question,
            "answers": [answer.as_json() for answer in self.answers],
            "missing": list(self.missing),
        }

    def rows(self) -> list[list[Any]]:
        """One row per answer, columns as in `WHO_CAN_COLUMNS`; `because` holds one text per statement."""
        return [_row(answer) for answer in self.answers]

    def to_dataframe(self) -> pd.DataFrame:
        """One row per answer: principal (ARN), type, name, account, action, resource (as asked), resources
        and except_resources (lists of ARN patterns), verdict, conditions, needs and because (lists of text).
        """
        return frame(WHO_CAN_COLUMNS, self.rows())


@dataclass(frozen=True)
class CanResult:
    """Can: the question with its principal, one answer per action, and what is not loaded."""

    question: dict[str, Any]
    answers: tuple[Answer, ...]
    missing: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def answer(self) -> Answer:
        """The answer to a question about a single action."""
        (answer,) = self.answers
        return answer

    def as_json(self) -> dict[str, Any]:
        """The result as `iamatlas can --format json` gives it; of a wildcard action, one per action."""
        if len(self.answers) == 1:
            return {
                "question": self.question,
                **self.answer.layers_as_json(),
                "missing": list(self.missing),
            }
        return {
            "question": self.question,
            "answers": [{"action": each.action, **each.layers_as_json()} for each in self.answers],
            "missing": list(self.missing),
        }

    def rows(self) -> list[list[Any]]:
        """One row per action, columns as in `WHO_CAN_COLUMNS`."""
        return [_row(answer) for answer in self.answers]

    def to_dataframe(self) -> pd.DataFrame:
        """One row per action, columns as of `WhoCanResult.to_dataframe`."""
        return frame(WHO_CAN_COLUMNS, self.rows())


def _row(answer: Answer) -> list[Any]:
    principal = answer.principal
    return [
        principal.arn,
        principal.type.value,
        principal.name,
        principal.account,
        answer.action,
        answer.resource,
        list(answer.scope.resources),
        list(answer.scope.except_resources),
        answer.verdict.value,
        list(answer.conditions),
        list(answer.needs),
        because_words(answer),
    ]


def frame(columns: Iterable[str], rows: list[list[Any]]) -> pd.DataFrame:
    """Rows as a DataFrame; pandas is imported here, as it takes long and only notebooks and pages want it."""
    import pandas as pd

    return pd.DataFrame(rows, columns=list(columns))

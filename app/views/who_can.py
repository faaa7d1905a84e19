"""Who can: a question, everyone who may, the picture of how, and the proof of each answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import streamlit as st

from app.pictures import live
from app.pictures.who_can import who_can_picture
from app.views.frame import database, page, sequence
from app.views.markup import show
from app.views.proof import show_proof
from app.views.question import Asked, asked_in_address, show_bar
from app.views.tables import csv_button, table
from queries.answers import WHO_CAN_COLUMNS, because_words
from queries.errors import QuestionError
from queries.who import can, who_can

if TYPE_CHECKING:
    from graph.connection import Database
    from iam.asking import Answer
    from queries.answers import CanResult, WhoCanResult

FRESH_SECONDS = 300
"""Conditions on the time of day are decided for now; an answer older than this is asked for again."""
HEIGHT = 660
_EXAMPLES = (
    ("Who can read an object of the bucket payroll?", "s3:GetObject", "arn:aws:s3:::payroll/*"),
    ("Who can create access keys, on at least one user?", "iam:CreateAccessKey", ""),
    ("Who can pass a role?", "iam:PassRole", ""),
    ("Who can change who is trusted?", "iam:UpdateAssumeRolePolicy", ""),
)


@page
def who_can_page() -> None:
    """The page."""
    asked = asked_in_address()
    show_bar(asked, "who-can")
    if not asked.action:
        examples = [
            (words, f"who-can?{urlencode({'action': action} | ({'resource': on} if on else {}))}")
            for words, action, on in _EXAMPLES
        ]
        show("who_can_start", examples=examples)
        return
    try:
        with st.spinner("Asking …"):
            result = _who_can(database(), sequence(), asked)
    except QuestionError as wrong:
        show("trouble", title="This can't be asked as it stands", text=str(wrong))
        return
    _show_result(asked, result)


def _show_result(asked: Asked, result: WhoCanResult) -> None:
    answers = sorted(result.answers, key=_order)
    verdicts = [each.verdict.value for each in answers]
    principals = len({each.principal.arn for each in answers})
    show(
        "who_can",
        counted=f"{principals:,} principal{'s' * (principals != 1)}" if principals else "No principal",
        action=result.question["action"],
        resource=result.question["resource"] or "",
        allowed=f"{verdicts.count('allowed'):,}",
        depends=f"{verdicts.count('depends'):,}",
        context="; ".join(asked.context),
        warnings=result.warnings,
    )
    left, right = st.columns([11, 14], gap="medium")
    with left:
        _show_table(asked, answers)
    with right:
        _show_picture(asked, result, answers)
    if result.missing:
        with st.expander(f"Not loaded, or not evaluated: {len(result.missing)}"):
            show("missing", texts=result.missing)


def _show_table(asked: Asked, answers: list[Answer]) -> None:
    if not answers:
        return
    many_actions = len({each.action for each in answers}) > 1
    columns = ["verdict", "principal", *(["action"] if many_actions else []), "how", "hangs on", "account"]
    rows = [
        [
            each.verdict.value,
            _name(each),
            *([each.action] if many_actions else []),
            "; ".join(because_words(each)),
            "; ".join([*each.conditions, *(f"needs {text}" for text in each.needs)]),
            each.principal.account,
        ]
        for each in answers
    ]
    at = _chosen(answers)
    picked = table(
        columns,
        rows,
        key=f"who-can-{hash((asked, st.query_params.get('principal'), st.query_params.get('of')))}",
        height=HEIGHT,
        widths={"verdict": 72, "principal": 168, "how": 330, "hangs on": 220, "account": 108},
        chosen=at,
    )
    csv_button(WHO_CAN_COLUMNS, [_csv_row(each) for each in answers], "who-can", "who-can-csv")
    if picked != at:
        _put_into_address(asked, answers[picked] if picked is not None else None, many_actions=many_actions)


def _put_into_address(asked: Asked, answer: Answer | None, *, many_actions: bool) -> None:
    """What is chosen goes into the address, and the page is shown as that address says."""
    parameters = asked.parameters()
    if answer is not None:
        parameters["principal"] = answer.principal.arn
        if many_actions:
            parameters["of"] = answer.action
    st.query_params.from_dict(parameters)
    st.rerun()


def _chosen(answers: list[Answer]) -> int | None:
    """The place of the answer that the address names."""
    principal, action = st.query_params.get("principal"), st.query_params.get("of")
    for at, each in enumerate(answers):
        if each.principal.arn == principal and action in (None, each.action):
            return at
    return None


def _show_picture(asked: Asked, result: WhoCanResult, answers: list[Answer]) -> None:
    at = _chosen(answers)
    on = result.question["resource"] or result.question["action"]
    if at is not None:
        answer = answers[at]
        with st.spinner("Proving …"):
            proof = _can(database(), sequence(), asked, answer.principal.arn, answer.action).answer
        live.show(who_can_picture([proof], on), key="who-can-one", height=250, file="who-can-one")
        show_proof(proof, back=f"who-can?{urlencode(asked.parameters(), doseq=True)}")
        return
    if not answers:
        show(
            "trouble",
            title="Nobody may",
            text="No principal that is loaded may do this, as far as is loaded.",
        )
        return
    opened = st.session_state.setdefault("who-can-opened", set())
    picture = who_can_picture(answers, on, opened=opened)
    touched = live.show(picture, key="who-can-all", height=HEIGHT, file="who-can")
    if touched.opened:
        opened.add(touched.opened)
        st.rerun()


@st.cache_resource(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _who_can(_database: Database, number: int, asked: Asked) -> WhoCanResult:  # noqa: ARG001
    return who_can(_database, asked.action, asked.resource or None, asked.known)


@st.cache_resource(ttl=FRESH_SECONDS, max_entries=256, show_spinner=False)
def _can(_database: Database, number: int, asked: Asked, principal: str, action: str) -> CanResult:  # noqa: ARG001
    return can(_database, principal, action, asked.resource or None, asked.known)


def _order(answer: Answer) -> tuple[str, str, str, str]:
    """The certain ones first, then by account and name."""
    principal = answer.principal
    return answer.verdict.value, principal.account, principal.name.lower(), answer.action


def _name(answer: Answer) -> str:
    """A principal as people say it: `user alice`, `root user`, a service's name."""
    principal = answer.principal
    if principal.type.value in ("user", "role"):
        return f"{principal.type.value} {principal.name}"
    return "root user" if principal.type.value == "root" else principal.name or principal.arn


def _csv_row(answer: Answer) -> list[Any]:
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

"""Who can: a question, everyone who may, the picture of how, and the proof of each answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import streamlit as st

from app.pictures import live
from app.pictures.addresses import address
from app.pictures.picture import MOST_EVER, MOST_NODES
from app.pictures.who_can import who_can_picture
from app.views.background import FRESH_SECONDS, worked_out
from app.views.frame import database, page, sequence, show_wrong
from app.views.markup import clear, show
from app.views.proof import show_proof
from app.views.question import Asked, asked_in_address, show_bar
from app.views.tables import csv_button, table
from app.views.things import counted
from app.views.who_can_hops import hangs_words, kind_of_arn, name_of, over_hops, show_way, way_words
from queries.answers import WHO_CAN_COLUMNS, because_words
from queries.errors import QuestionError
from queries.who import can, who_can

if TYPE_CHECKING:
    from graph.connection import Database
    from iam.answer import Answer
    from queries.answers import CanResult, WhoCanResult
    from queries.paths import FoundPath, PathsResult

HEIGHT = 660
MOST_BUCKETS = 3
MOST_PROOFS = 10
_EXAMPLES = (
    ("Who can create access keys, on at least one user?", "iam:CreateAccessKey", ""),
    ("Who can pass a role?", "iam:PassRole", ""),
    ("Who can change who is trusted?", "iam:UpdateAssumeRolePolicy", ""),
)
_BUCKETS = (
    "MATCH (x:Resource {type: 'AWS::S3::Bucket'}) OPTIONAL MATCH (x)-[:ATTACHED]->(o:Policy) "
    "WITH x, count(o) AS policies RETURN x.arn AS arn, x.name AS name ORDER BY policies DESC, arn LIMIT $most"
)


@page
def who_can_page() -> None:
    """The page."""
    asked = asked_in_address()
    show_bar(asked, "who-can")
    if not asked.action:
        examples = [*_buckets(database(), sequence()), *_EXAMPLES]
        show(
            "who_can_start",
            examples=[
                (words, address("who-can", action=action, resource=on)) for words, action, on in examples
            ],
        )
        return
    try:
        result = _who_can(replace(asked, hops=False))
        hops = over_hops(asked) if asked.hops and result is not None else None
    except QuestionError as wrong:
        show_wrong("who-can", wrong)
        return
    if result is not None:
        _show_result(asked, result, hops)


def _show_result(asked: Asked, result: WhoCanResult, hops: PathsResult | None) -> None:
    answers = sorted(result.answers, key=_order)
    ways = list(hops.paths) if hops is not None else []
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
        ways=f"{len(ways):,}" if hops is not None else "",
        elsewhere="" if asked.hops else _address(replace(asked, hops=True)),
        warnings=result.warnings,
        hint=bool(answers or ways) and _chosen(answers, ways) is None,
    )
    left, right = st.columns([12, 13], gap="medium")
    with left:
        _show_table(asked, answers, hops)
        _ask_about_the_unlisted(asked)
    with right:
        _show_picture(asked, result, answers, hops)
    if result.missing:
        with st.expander(f"Not loaded, or not evaluated: {len(result.missing)}"):
            show("missing", texts=result.missing)


def _show_table(asked: Asked, answers: list[Answer], hops: PathsResult | None) -> None:
    ways = list(hops.paths) if hops is not None else []
    if not answers and not ways:
        return
    many_actions = len({each.action for each in answers}) > 1
    columns = ["verdict", "principal", *(["action"] if many_actions else []), "account", "on what, and how"]
    rows = [
        [
            each.verdict.value,
            _name(each),
            *([each.action] if many_actions else []),
            each.principal.account,
            "; ".join([*hangs_words(each), *because_words(each)]),
        ]
        for each in answers
    ]
    if hops is not None:
        rows += [_way_row(hops, way, many_actions=many_actions) for way in ways]
    at = _chosen(answers, ways)
    picked = table(
        columns,
        rows,
        key=f"who-can-{hash((asked, len(ways)))}",
        height=HEIGHT,
        widths={"verdict": 72, "principal": 170, "account": 104, "on what, and how": 330},
        chosen=at,
    )
    csv_columns, csv_rows = list(WHO_CAN_COLUMNS), [_csv_row(each) for each in answers]
    if hops is not None:
        csv_columns, csv_rows = (
            [*csv_columns, "hops"],
            [*([*row, ""] for row in csv_rows), *hops.answer_rows()],
        )
    csv_button(csv_columns, csv_rows, "who-can", "who-can-csv")
    if picked != at:
        _put_into_address(asked, answers, ways, picked, many_actions=many_actions)


def _way_row(hops: PathsResult, way: FoundPath, *, many_actions: bool) -> list[Any]:
    principal = hops.web.world.estate.principal(way.source)
    return [
        way.verdict.value,
        f"{kind_of_arn(way.source)} {name_of(way.source)}",
        *([way.answer.action if way.answer else ""] if many_actions else []),
        principal.account if principal is not None else "",
        "; ".join([*hangs_words(way), f"over {counted(way.length, 'hops')}: {way_words(hops, way)}"]),
    ]


def _put_into_address(
    asked: Asked, answers: list[Answer], ways: list[FoundPath], picked: int | None, *, many_actions: bool
) -> None:
    """What is chosen goes into the address, and the page is shown as that address says."""
    parameters = asked.parameters()
    if picked is not None and picked < len(answers):
        parameters["principal"] = answers[picked].principal.arn
        if many_actions:
            parameters["of"] = answers[picked].action
    elif picked is not None:
        parameters["way"] = ways[picked - len(answers)].source
    st.query_params.from_dict(parameters)
    st.rerun()


def _chosen(answers: list[Answer], ways: list[FoundPath]) -> int | None:
    """The place of the answer, or of the way behind the answers, that the address names."""
    principal, action, way = map(st.query_params.get, ("principal", "of", "way"))
    for at, each in enumerate(answers):
        if each.principal.arn == principal and action in (None, each.action):
            return at
    return next((len(answers) + at for at, each in enumerate(ways) if each.source == way), None)


def _address(asked: Asked) -> str:
    return f"who-can?{urlencode(asked.parameters(), doseq=True)}"


def _show_picture(
    asked: Asked, result: WhoCanResult, answers: list[Answer], hops: PathsResult | None
) -> None:
    at = _chosen(answers, list(hops.paths) if hops is not None else [])
    on = result.question["resource"] or result.question["action"]
    if hops is not None and at is not None and at >= len(answers):
        show_way(hops, hops.paths[at - len(answers)], asked, _address(asked))
        return
    if at is not None:
        answer = answers[at]
        (proof,) = _proof(asked, answer.principal.arn, answer.action)
        live.show(who_can_picture([proof], on), key="who-can-one", file="who-can-one")
        show_proof(proof, back=_address(asked))
        return
    if unlisted := st.query_params.get("principal"):
        _show_denial(asked, unlisted)
        return
    if not answers:
        show(
            "trouble",
            title="Nobody may",
            text="No principal that is loaded may do this, as far as is loaded.",
        )
        return
    opened = st.session_state.setdefault("who-can-opened", set())
    most = live.grown("who-can", asked, MOST_NODES, MOST_EVER)
    picture = who_can_picture(answers, on, opened=opened, most=most)
    touched = live.show(picture, key="who-can-all", file="who-can", grows=most < MOST_EVER)
    if touched.more:
        live.grow("who-can", asked, most)
    if touched.opened:
        opened.add(touched.opened)
        st.rerun()


def _proof(asked: Asked, principal: str, action: str) -> tuple[Answer, ...]:
    """One principal's answers, one per action. Raises QuestionError for a principal that isn't loaded."""
    with st.spinner("Proving …"):
        return _can(database(), sequence(), replace(asked, hops=False), principal, action).answers


def _ask_about_the_unlisted(asked: Asked) -> None:
    """A field for somebody who isn't among the answers; whoever it names goes into the address."""
    named = st.text_input(
        "Why can't somebody? A principal that isn't listed",
        placeholder="user/alice, role/app, or an ARN",
        key=f"who-can-unlisted-{hash(asked)}",
    ).strip()
    if named and named != st.session_state.get("who-can-named"):
        st.session_state["who-can-named"] = named
        st.query_params.from_dict({**asked.parameters(), "principal": named})
        st.rerun()


def _show_denial(asked: Asked, principal: str) -> None:
    """The proof that a principal may not, with the statements that came near."""
    try:
        proofs = _proof(asked, principal, st.query_params.get("of", asked.action))
    except QuestionError as wrong:
        show_wrong("who-can", wrong, "Nobody of that name is loaded")
        return
    for each in proofs[:MOST_PROOFS]:
        show_proof(each, back=_address(asked))


@st.cache_data(max_entries=2, show_spinner=False)
def _buckets(_database: Database, number: int) -> list[tuple[str, str, str]]:  # noqa: ARG001
    """Examples about buckets that are loaded, those with a policy of their own first."""
    return [
        (
            f"Who can read the objects of the bucket {clear(row['name'] or row['arn'], 80)}?",
            "s3:GetObject",
            f"{row['arn']}/*",
        )
        for row in _database.read(_BUCKETS, most=MOST_BUCKETS)
    ]


def _who_can(asked: Asked) -> WhoCanResult | None:
    on = database()
    return worked_out(
        ("who can", asked), lambda: who_can(on, asked.action, asked.resource or None, asked.known), "Asking …"
    )


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

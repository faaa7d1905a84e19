"""A policy: what it gives, to whom it is attached, what is doubtful about it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.pictures.addresses import address
from app.views.frame import database, page, sequence, titled
from app.views.lists import Row, show_list
from app.views.markup import show
from app.views.search import show_pick
from app.views.statements import show_statements
from app.views.things import page_of
from graph.entities import document_from
from iam import catalogue
from iam.document import PolicyKind
from iam.lint import lint
from queries.library import run_query

if TYPE_CHECKING:
    from graph.connection import Database
    from iam.document import Document

MOST_OF_TEXT = 60_000
MOST_PROBLEMS = 60
_KINDS = {
    "trust": PolicyKind.TRUST,
    "resource": PolicyKind.RESOURCE,
    "scp": PolicyKind.SERVICE_CONTROL,
    "rcp": PolicyKind.RESOURCE_CONTROL,
}
_LEVELS = ("Read", "Write", "Permissions management", "List", "Tagging")
_WORDS = {"scp": "service control policy (SCP)", "rcp": "resource control policy (RCP)"}
_POLICY = "MATCH (o:Policy {id: $id}) RETURN properties(o) AS found"
_HOLDERS = (
    "MATCH (o:Policy {id: $id})<-[a:ATTACHED]-(x) RETURN a.as AS via, labels(x) AS labels, "
    "coalesce(x.arn, x.id) AS id, x.name AS name, x.type AS type ORDER BY via, id"
)


@page
def policy_page() -> None:
    """The page."""
    ident = st.query_params.get("id", "")
    if not ident:
        show_pick("policy", ("policy",))
        return
    found = _properties(database(), sequence(), ident)
    if found is None:
        show_pick("policy", ("policy",), ident)
        return
    document = policy_document(database(), sequence(), ident)
    kind = found.get("kind", "")
    titled(str(found.get("name") or f"{kind} policy"))
    show(
        "policy",
        found=found,
        kind=_WORDS.get(kind, f"{kind} policy"),
        loaded=found.get("loaded") is not False,
    )
    left, right = st.columns([14, 9], gap="medium")
    with left:
        show("heading", text="What it says", more="")
        if document is None:
            show("missing", texts=["Its text is not loaded."])
        else:
            _show_statements(document)
            _show_problems(document, found)
    with right:
        _show_holders(ident, found)
        if document is not None:
            _show_gifts(document)
    if document is not None:
        with st.expander("The document as loaded, in JSON"):
            st.code(_pretty(found["document"]), language="json", wrap_lines=True)


def _show_statements(document: Document) -> None:
    """The statements; where the address names an action, what decides about it is marked."""
    given = st.query_params
    number, action = given.get("statement", ""), given.get("action", "")
    if action:
        on = given.get("resource", "")
        show("deciding", action=action, resource="" if on == "*" else on)
    show_statements(
        document,
        number=int(number) if number.isdecimal() and len(number) < 6 else None,
        action=action,
        resource=given.get("resource", ""),
    )


def _show_gifts(document: Document) -> None:
    """How many actions of each service and access level the statements name."""
    rows = []
    for effect in ("Allow", "Deny"):
        counts = named_actions(document, effect)
        for service in sorted(counts):
            levels = tuple(
                f"{counts[service][level]:,}" if counts[service][level] else "" for level in _LEVELS
            )
            rows.append(Row(effect.lower(), service, "", levels))
    show_list(
        "Actions that it names",
        ("service", "read", "write", "permissions", "list", "tagging"),
        rows,
        key="gifts",
        more="By service and access level; on what and on which conditions, the statements say.",
        empty="None that AWS knows.",
    )


def named_actions(document: Document, effect: str) -> dict[str, Counter[str]]:
    """By service and access level, how many actions the statements of an effect name."""
    named: set[str] = set()
    for statement in document.statements:
        if statement.effect != effect:
            continue
        for text in statement.actions:
            named.update(catalogue.expand(text))
        if statement.not_actions:
            left_out = {name for text in statement.not_actions for name in catalogue.expand(text)}
            named.update(name for name in catalogue.action_names() if name not in left_out)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for name in named:
        action = catalogue.find_action(name)
        if action is not None:
            found[action.service][action.access_level] += 1
    return found


def _show_problems(document: Document, found: dict[str, Any]) -> None:
    kind = _KINDS.get(found.get("kind", ""), PolicyKind.IDENTITY)
    problems = lint(document, kind, managed_by_aws=bool(found.get("managed_by_aws")))
    if problems:
        show("heading", text="Worth a second look", more="")
        show("missing", texts=[str(each) for each in problems[:MOST_PROBLEMS]])


def _show_holders(ident: str, found: dict[str, Any]) -> None:
    holders = _holders(database(), sequence(), ident)
    rows = []
    for each in holders:
        kind = _kind_of(each)
        words = {"permissions": "attached", "boundary": "as permissions boundary"}.get(
            each["via"], each["via"]
        )
        rows.append(
            Row(
                kind,
                each["name"] or each["id"],
                page_of(kind, each["id"]) if kind != "other" else "",
                (words,),
            )
        )
    show_list("Attached to", ("holder", "how"), rows, key="holders", empty="Nothing.")
    if found.get("kind") == "managed":
        people = run_query(database(), "policy-holders", {"policy": ident})
        at = {name: place for place, name in enumerate(people.columns)}
        through = [
            Row(
                row[at["type"]],
                row[at["name"]],
                address("principal", arn=row[at["principal"]]),
                (row[at["via"]],),
            )
            for row in people.rows
            if row[at["via"]].startswith("group ")
        ]
        if through:
            show_list("Held through groups", ("principal", "how"), through, key="through-groups")
        versions = run_query(database(), "policy-versions", {"policy": ident})
        if versions.rows:
            show(
                "missing",
                texts=[
                    f"Version {row[3]} of {row[4] or 'an unknown day'} is not in force."
                    for row in versions.rows
                ],
            )


def _kind_of(holder: dict[str, Any]) -> str:
    labels = holder["labels"]
    if "Principal" in labels:
        return str(holder["type"])
    return next((word.lower() for word in ("Group", "Resource", "Account") if word in labels), "other")


def _pretty(text: str) -> str:
    try:
        pretty = json.dumps(json.loads(text), indent=2, ensure_ascii=True)
    except ValueError:
        pretty = text
    return pretty if len(pretty) <= MOST_OF_TEXT else f"{pretty[:MOST_OF_TEXT]}\n… cut here"


@st.cache_data(max_entries=100, show_spinner=False)
def _properties(_database: Database, number: int, ident: str) -> dict[str, Any] | None:  # noqa: ARG001
    rows = _database.read(_POLICY, id=ident)
    return dict(rows[0]["found"]) if rows else None


@st.cache_data(max_entries=100, show_spinner=False)
def _holders(_database: Database, number: int, ident: str) -> list[dict[str, Any]]:  # noqa: ARG001
    return [row.data() for row in _database.read(_HOLDERS, id=ident)]


@st.cache_resource(max_entries=200, show_spinner=False)
def policy_document(_database: Database, number: int, ident: str) -> Document | None:  # noqa: ARG001
    """A policy's document, read; None where its text isn't loaded."""
    rows = _database.read("MATCH (o:Policy {id: $id}) RETURN o.document AS text, o.kind AS kind", id=ident)
    if not rows or not rows[0]["text"]:
        return None
    return document_from(rows[0]["text"], _KINDS.get(rows[0]["kind"], PolicyKind.IDENTITY))


def condition_words(on: Database, number: int, statement: str) -> str:
    """The condition of a statement, named by its id, as a person reads it; nothing where it has none."""
    policy, _, place = statement.rpartition("#")
    document = policy_document(on, number, policy)
    if document is None:
        return ""
    found = [each for each in document.statements if str(each.index) == place]
    return " and ".join(each.words() for one in found for each in one.conditions)

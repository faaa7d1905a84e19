"""Everything that is loaded and has a name: what is searched, and the page that each thing has."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.pictures.addresses import address
from iam.arn import is_account_id, parse_arn

if TYPE_CHECKING:
    from graph.connection import Database

MOST_THINGS = 50_000
"""More than these are not searched by name; the search page says so."""

OUTSIDE = "outside"
PLURALS = {
    "user": "users",
    "role": "roles",
    OUTSIDE: "of other accounts",
    "root": "root users",
    "service": "services",
    "federated": "identity providers",
    "account": "accounts",
    "anyone": "anyone",
    "administrator": "administrators of accounts",
    "group": "groups",
    "policy": "policies",
    "resource": "resources",
}
_QUERY = """
MATCH (x:{label}) WHERE {which}
RETURN {kind} AS kind, x.name AS name, x.{key} AS id, x.account AS account, x.tags AS tags,
x.loaded AS loaded ORDER BY id LIMIT $most
"""
_QUERIES = (
    *(
        _QUERY.format(label=label, which=which, kind=kind, key=key)
        for label, which, kind, key in (
            ("Principal", "true", "x.type", "arn"),
            ("Group", "true", "'group'", "arn"),
            ("Policy", "x.kind <> 'trust' AND x.kind <> 'resource'", "'policy'", "id"),
            ("Resource", "true", "'resource'", "arn"),
        )
    ),
    """
    MATCH (x:Account) WHERE x.loaded = true
    RETURN 'account' AS kind, coalesce(x.name, x.alias) AS name, x.id AS id, x.id AS account, null AS tags,
    true AS loaded
    ORDER BY id LIMIT $most
    """,
)


@dataclass(frozen=True)
class Thing:
    """A thing with a name: its kind (as pictures have it), name, id (an ARN mostly), account and tags."""

    kind: str
    name: str
    id: str
    account: str
    tags: dict[str, str]
    outside: bool = False
    """Whether it is a user or a role that isn't loaded: others refer to it."""

    @property
    def group(self) -> str:
        """What it is counted among."""
        return OUTSIDE if self.outside else self.kind

    @property
    def shown_name(self) -> str:
        """The name that people know it by."""
        return "root user" if self.kind == "root" else self.name or self.id

    @property
    def address(self) -> str:
        """The page that is about it."""
        return page_of(self.kind, self.id)

    @property
    def more(self) -> str:
        """What it is found by besides name and id, as one text."""
        return "; ".join(f"{key}={value}" for key, value in self.tags.items())

    def why(self, wanted: str) -> str:
        """By which part of it a text (in lower case) is found; nothing where it isn't."""
        if wanted in self.name.lower():
            return "name"
        if wanted in self.id.lower():
            return "ARN"
        if wanted in self.account:
            return "account"
        for key, value in self.tags.items():
            if wanted in f"{key}={value}".lower():
                return f"tag {key}={value}"
        return ""


def counted(number: int, plural: str) -> str:
    """A number of things in words: `1 policy`, `1,204 users`."""
    one = plural.removesuffix("ies") + "y" if plural.endswith("ies") else plural.removesuffix("s")
    return f"{number:,} {one if number == 1 else plural}"


def page_of(kind: str, ident: str) -> str:
    """The address of the page about a thing, by its kind and its ARN or id."""
    if kind == "group":
        return address("group", arn=ident)
    if kind == "policy":
        return address("policy", id=ident)
    if kind == "resource":
        return address("resource", arn=ident)
    if kind == "account" and is_account_id(ident):
        return address("search", find=ident)
    return address("principal", arn=ident)


def page_of_arn(arn: str) -> str:
    """The address of the page about whatever an ARN or id names; a statement's is that of its policy."""
    policy, mark, place = arn.rpartition("#")
    if mark and place.isdigit():
        return address("policy", id=policy, statement=place)
    if ":inline/" in arn or arn.endswith((":trust", ":policy")):
        return page_of("policy", arn)
    parsed = parse_arn(arn)
    if parsed is None or parsed.service not in ("iam", "sts"):
        return page_of("service" if parsed is None else "resource", arn)
    kind = parsed.resource_type
    return page_of(kind if kind in ("group", "policy") else "principal", arn)


@st.cache_resource(max_entries=2, show_spinner=False)
def things(_database: Database, number: int) -> list[Thing]:  # noqa: ARG001
    """All things, principals first, by kind and ARN."""
    found: list[Thing] = []
    for query in _QUERIES:
        for row in _database.read(query, most=MOST_THINGS):
            found.append(  # noqa: PERF401
                Thing(
                    row["kind"],
                    row["name"] or "",
                    row["id"],
                    row["account"] or "",
                    tags_of(row["tags"]),
                    row["kind"] in ("user", "role") and row["loaded"] is False,
                )
            )
    return found


@st.cache_resource(max_entries=2, show_spinner=False)
def things_by_id(_database: Database, number: int) -> dict[str, Thing]:
    """All things by ARN or id."""
    return {each.id: each for each in things(_database, number)}


@st.cache_resource(max_entries=2, show_spinner=False)
def _short_names(_database: Database, number: int) -> dict[str, str]:
    """Users and roles by ARN, as `user/alice`, where only one is called so."""
    named: dict[str, list[str]] = defaultdict(list)
    for each in things(_database, number):
        if each.kind in ("user", "role"):
            named[f"{each.kind}/{each.name}"].append(each.id)
    return {arns[0]: short for short, arns in named.items() if len(arns) == 1}


def called(database: Database, number: int, texts: Iterable[str]) -> dict[str, str]:
    """What people call some of these texts: `role/app` for an ARN, where only one is called so."""
    known = _short_names(database, number)
    return {text: known[text] for text in texts if text in known}


def tags_of(text: Any) -> dict[str, str]:
    """Tags as the graph keeps them, as a dict; nothing where it holds none."""
    try:
        read = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in read.items()} if isinstance(read, dict) else {}

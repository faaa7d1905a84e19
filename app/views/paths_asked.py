"""What the paths page is asked, as its address holds it, and the bar in which it is put."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from app.views.question import Asked, form
from queries.targets import ADMIN

_ACTION = re.compile(r"(?!(?:arn|administrator|marked):)[a-z0-9-]+:[a-z0-9*?]+", re.IGNORECASE)
_WORDS = {"which": ("all",), "certainty": ("allowed", "depends"), "accepted": ("hidden", "only")}


@dataclass(frozen=True)
class PathsAsked:
    """A question for paths: `source` and `target` as written, nothing for everybody and any administrator.

    `on` is the resource where the target is an action. `every` asks for all paths, `certain` leaves out what
    hangs on something.
    """

    source: str = ""
    target: str = ""
    on: str = ""
    context: tuple[str, ...] = ()
    every: bool = False
    certain: bool = False

    @property
    def is_action(self) -> bool:
        """Whether the target is whoever may do an action."""
        return _ACTION.fullmatch(self.target) is not None

    @property
    def known(self) -> dict[str, Any]:
        """What is known of requests. Raises QuestionError for what is no KEY=VALUE."""
        return Asked("", "", self.context).known

    def question(self) -> dict[str, Any]:
        """The question as `queries.paths.paths` takes it. Raises QuestionError."""
        goal = (
            {"action": self.target, "resource": self.on or None}
            if self.is_action
            else {"target": self.target or ADMIN}
        )
        return {
            "source": self.source or None,
            **goal,
            "every": self.every,
            "certain": self.certain,
            "context": self.known,
        }


@dataclass(frozen=True)
class Narrowed:
    """The filters: certainty, technique, account, what becomes of accepted risks, a statement's id."""

    certainty: str = ""
    technique: str = ""
    account: str = ""
    accepted: str = ""
    statement: str = ""


@dataclass(frozen=True)
class InAddress:
    """All that the page's address says: the question, the filters, and the path and hop that are open."""

    asked: PathsAsked
    narrowed: Narrowed
    path: str = ""
    hop: int = 0

    def address(self, *, path: str = "", hop: int = 0, **changed: str) -> str:
        """The address of the same question with another path and hop open, or with filters changed."""
        asked, narrowed = self.asked, self.narrowed
        given: dict[str, Any] = {
            "from": asked.source,
            "to": asked.target,
            "on": asked.on if asked.is_action else "",
            "which": "all" if asked.every else "",
            "certainty": narrowed.certainty,
            "technique": narrowed.technique,
            "account": narrowed.account,
            "accepted": narrowed.accepted,
            "statement": narrowed.statement,
            "context": list(asked.context),
            "path": path,
            "hop": str(hop) if hop else "",
            **changed,
        }
        found = {name: value for name, value in given.items() if value}
        return f"paths?{urlencode(found, doseq=True)}" if found else "paths"


def paths_in_address() -> InAddress:
    """What the page's address says; what makes no sense there counts as not said."""
    given = st.query_params

    def one_of(name: str) -> str:
        text = given.get(name, "")
        return text if text in _WORDS[name] else ""

    target = given.get("to", "").strip()
    narrowed = Narrowed(
        one_of("certainty"),
        given.get("technique", ""),
        given.get("account", ""),
        one_of("accepted"),
        given.get("statement", ""),
    )
    asked = PathsAsked(
        given.get("from", "").strip(),
        "" if target.lower() == ADMIN else target,
        given.get("on", "").strip(),
        tuple(each for each in given.get_all("context") if each.strip()),
        one_of("which") == "all",
        narrowed.certainty == "allowed",
    )
    hop = given.get("hop", "")
    return InAddress(
        asked, narrowed, given.get("path", ""), int(hop) if hop.isdecimal() and len(hop) < 4 else 0
    )


def show_paths_bar(
    at: InAddress,
    called: dict[str, str],
    techniques: Sequence[tuple[str, str]],
    accounts: Sequence[tuple[str, str]],
) -> None:
    """Show the bar. `called` are shorter names of what the address names by ARN; the others are choices."""
    asked, narrowed = at.asked, at.narrowed
    form("paths", "paths")(
        key="paths-bar",
        data={
            "from": called.get(asked.source, asked.source),
            "to": called.get(asked.target, asked.target),
            "on": asked.on,
            "which": "all" if asked.every else "",
            "certainty": narrowed.certainty,
            "technique": narrowed.technique,
            "account": narrowed.account,
            "accepted": narrowed.accepted,
            "context": "; ".join(asked.context),
            "techniques": list(techniques),
            "accounts": list(accounts),
        },
    )

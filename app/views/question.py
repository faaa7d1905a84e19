"""The bar in which a question is put, and the question as an address holds it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import streamlit as st

from app.arguments import context_of
from app.options import Problem
from app.views.frame import asset
from queries.errors import QuestionError


@dataclass(frozen=True)
class Asked:
    """A question as written: action, resource, `KEY=VALUE` texts of what is known of the request.

    `hops` asks also for those who get there by becoming somebody else.
    """

    action: str
    resource: str
    context: tuple[str, ...]
    hops: bool = False

    @property
    def known(self) -> dict[str, Any]:
        """What is known of the request. Raises QuestionError for what is no KEY=VALUE."""
        try:
            return dict(context_of(self.context))
        except Problem as wrong:
            raise QuestionError(str(wrong).replace("--context ", "")) from None

    def parameters(self) -> dict[str, str | list[str]]:
        """The question as parameters of an address."""
        found: dict[str, str | list[str]] = {}
        if self.action:
            found["action"] = self.action
        if self.resource:
            found["resource"] = self.resource
        if self.context:
            found["context"] = list(self.context)
        if self.hops:
            found["hops"] = "yes"
        return found


def asked_in_address() -> Asked:
    """The question that the page's address holds; empty texts where it holds none."""
    given = st.query_params
    return Asked(
        given.get("action", "").strip(),
        given.get("resource", "").strip(),
        tuple(each for each in given.get_all("context") if each.strip()),
        given.get("hops", "") == "yes",
    )


def show_bar(asked: Asked, page: str) -> None:
    """Show the bar. Asking puts the question into the address, so that every answer has one of its own."""
    form("question", "question")(
        key=f"{page}-question",
        data={
            "page": page,
            "action": asked.action,
            "resource": asked.resource,
            "context": "; ".join(asked.context),
            "hops": asked.hops,
        },
    )


@cache
def form(name: str, look: str) -> Any:
    """The component that is the form of this name, with fields that complete, styled by the file `look`."""
    return st.components.v2.component(
        f"iamatlas_{name}",
        html=asset(f"component/{name}.html"),
        css=asset("component/field.css") + asset(f"component/{look}.css"),
        js=asset("component/complete.js") + asset(f"component/{name}.js"),
    )

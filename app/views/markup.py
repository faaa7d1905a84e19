"""The one place where text becomes HTML on a page: templates that escape whatever is put into them."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st
from jinja2 import Environment, PackageLoader

from app.cells import terminal_text
from app.pictures.addresses import address
from app.pictures.kinds import kind_of, mark_icon
from app.pictures.text import shortened

MOST = 300


def show(template: str, **given: Any) -> None:
    """Show a template of `app/views/templates` (named without its ending) with values, all escaped.

    One that comes out blank shows nothing.
    """
    text = render(template, **given)
    if text.strip():
        st.html(text)


def render(template: str, **given: Any) -> str:
    """The HTML of a template with values."""
    return _templates().get_template(f"{template}.html").render(**given)


def clear(text: object, most: int = MOST) -> str:
    """Text of an account as one line, with nothing in it that hides, turns or overlays other text."""
    return shortened(terminal_text(str(text)[: most * 2]), most)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("app.views", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clear"] = clear
    environment.globals["address"] = address
    environment.globals["mark_icon"] = mark_icon
    environment.globals["icon"] = lambda kind, marks=(): kind_of(kind).marked(tuple(marks))
    return environment

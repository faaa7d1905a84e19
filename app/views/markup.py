"""The one place where text becomes HTML on a page: templates that escape whatever is put into them."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from jinja2 import Environment, PackageLoader, StrictUndefined

from app.cells import terminal_text
from app.pictures.kinds import KINDS
from app.pictures.text import shortened

MOST = 300


def show(template: str, **given: Any) -> None:
    """Show a template of `app/views/templates` (named without its ending) with values, all escaped."""
    st.html(render(template, **given))


def render(template: str, **given: Any) -> str:
    """The HTML of a template with values."""
    return _templates().get_template(f"{template}.html").render(**given)


def address(page: str, **given: str | None) -> str:
    """The address of a page, with what it is about; links to it are followed without loading all anew."""
    found = {key: value for key, value in given.items() if value}
    return f"{page}?{urlencode(found)}" if found else page


def clear(text: object, most: int = MOST) -> str:
    """Text of an account as one line, with nothing in it that hides, turns or overlays other text."""
    return shortened(terminal_text(str(text)[: most * 2]), most)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("app.views", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clear"] = clear
    environment.globals["address"] = address
    environment.globals["icon"] = lambda kind: KINDS[kind].icon
    return environment

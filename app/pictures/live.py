"""A picture within a page: shown by a Streamlit component that sends clicks and double clicks back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.pictures.files import page_of, part
from app.pictures.network import drawing

if TYPE_CHECKING:
    from app.pictures.picture import Picture


@dataclass(frozen=True)
class Touched:
    """What was done to a picture: the id of the node clicked last, and of one just double clicked."""

    selected: str | None
    opened: str | None


def show(
    picture: Picture, *, key: str, height: int = 640, selected: str | None = None, file: str = "picture"
) -> Touched:
    """Show the picture, with buttons that save it as a page (HTML) and as PNG.

    `selected` is the id of the node to be marked. `file` is the saved files' name without its ending.
    """
    dark = is_dark()
    with st.container(key=f"picture-{key}", gap="xsmall"):
        result = _component()(
            key=key,
            data={
                "drawing": {**drawing(picture, dark=dark), "file": file},
                "height": height,
                "selected": selected,
            },
            on_selected_change=_nothing,
            on_opened_change=_nothing,
        )
        st.download_button(
            "Save picture as HTML",
            data=lambda: page_of(picture, dark=dark),
            file_name=f"{file}.html",
            mime="text/html",
            on_click="ignore",
            key=f"{key}-html",
            type="tertiary",
        )
    return Touched(result.get("selected"), result.get("opened"))


def is_dark() -> bool:
    """Whether the page is shown in dark colours."""
    return st.context.theme.type == "dark"


def _nothing() -> None:
    """A click runs the page again, which reads what was clicked."""


@cache
def _component() -> Any:
    return st.components.v2.component(
        "iamatlas_picture",
        html=part("picture.html"),
        css=part("picture.css"),
        js=part("network.js") + part("live.js"),
    )

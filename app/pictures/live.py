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


HIGHEST = 2400
"""So high is a picture at most, in pixels: about as much as 150 nodes take."""


@dataclass(frozen=True)
class Touched:
    """What was done to a picture: the id of the node clicked last, and of one just double clicked.

    `more` is true where more nodes were just asked for.
    """

    selected: str | None
    opened: str | None
    more: bool = False


def show(
    picture: Picture,
    *,
    key: str,
    selected: str | None = None,
    file: str = "picture",
    grows: bool = False,
) -> Touched:
    """Show the picture, with buttons that save it as a page (HTML) and as PNG.

    It is as high as it takes to read all of it. `selected` is the id of the node to be marked. `file` is the
    saved files' name without its ending. Where it `grows` and not all is shown, a button asks for more.
    """
    dark = is_dark()
    with st.container(key=f"picture-{key}", gap="xsmall"):
        result = _component()(
            key=key,
            data={
                "drawing": {**drawing(picture, dark=dark), "file": file, "most": HIGHEST},
                "selected": selected,
                "grows": grows,
            },
            on_selected_change=_nothing,
            on_opened_change=_nothing,
            on_more_change=_nothing,
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
    return Touched(result.get("selected"), result.get("opened"), bool(result.get("more")))


def grown(key: str, picture: object, first: int, most: int) -> int:
    """How many nodes a visitor wants to see of this picture, at first `first`, at most `most`."""
    known: dict[object, int] = st.session_state.setdefault(f"{key}-grown", {})
    return min(known.get(picture, first), most)


def grow(key: str, picture: object, now: int) -> None:
    """More of this picture was asked for: show twice as much."""
    st.session_state.setdefault(f"{key}-grown", {})[picture] = now * 2
    st.rerun()


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

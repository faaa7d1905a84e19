"""A picture as one stand-alone HTML file, with everything in it: it asks no other host for anything."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from app.pictures.network import drawing

if TYPE_CHECKING:
    from app.pictures.picture import Picture

_START = (
    "drawPicture(document.querySelector('.picture'), "
    "JSON.parse(document.getElementById('drawing').textContent), {});"
)


@cache
def part(name: str) -> str:
    """A file of the component that shows pictures: `network.js`, `live.js`, `picture.css`, …"""
    return files("app.pictures").joinpath("component", name).read_text(encoding="utf-8")


@cache
def vis_network() -> str:
    """The drawing library, vis-network, as pyvis brings it along."""
    return files("pyvis").joinpath("lib", "vis-9.1.2", "vis-network.min.js").read_text(encoding="utf-8")


def page_of(picture: Picture, *, dark: bool = False) -> str:
    """The picture as a page. Its own policy lets a browser run the page's three scripts and fetch nothing."""
    scripts = [vis_network(), part("network.js"), _START]
    shown = drawing(picture, dark=dark)
    return (
        _pages()
        .get_template("page.html")
        .render(
            title=picture.title,
            colours=shown["colours"],
            allowed=" ".join(f"'sha256-{_digest(script)}'" for script in scripts),
            css=Markup(part("picture.css")),  # noqa: S704  our own file
            frame=Markup(part("picture.html")),  # noqa: S704  our own file
            drawing=Markup(script_json(shown)),  # noqa: S704  escaped for where it stands
            scripts=[Markup(script) for script in scripts],  # noqa: S704  ours and pyvis's own
        )
    )


def script_json(value: object) -> str:
    """JSON that may stand within a script element: no `<`, `>` or `&` is left in it."""
    text = json.dumps(value, ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@cache
def _pages() -> Environment:
    return Environment(
        loader=PackageLoader("app.pictures", "component"), autoescape=select_autoescape(default=True)
    )

"""The explorer: a browser's way to ask. `iamatlas explore` runs this file with Streamlit, on 127.0.0.1."""

from __future__ import annotations

import streamlit as st

from app.pictures.kinds import KINDS
from app.pictures.live import is_dark
from app.views.choke_points import choke_points_page
from app.views.cypher import cypher_page
from app.views.data import data_page, may_load
from app.views.frame import asset, sequence, show_away, titled
from app.views.gate import may_enter, show_sign_out
from app.views.group import group_page
from app.views.overview import overview_page
from app.views.paths import paths_page
from app.views.policy import policy_page
from app.views.principal import principal_page
from app.views.resource import resource_page
from app.views.search import search_page
from app.views.shell import show_shell
from app.views.who_can import who_can_page
from graph.connection import DatabaseUnavailable

LIGHT = (
    "--atlas-allowed: #00694a; --atlas-depends: #855600; --atlas-denied: #b3261e; --atlas-link: #0b5f8f; "
    "--atlas-paper: #ffffff;"
)
DARK = (
    "--atlas-allowed: #4fd1a5; --atlas-depends: #f0b94a; --atlas-denied: #ff9a8a; --atlas-link: #7cc4f0; "
    "--atlas-paper: #14181f;"
)


_AT_HOME = (
    '[data-testid="stTopNavLink"][href$="/overview"] '
    "{ background: rgb(157 173 190 / 25%); font-weight: 600; }"
)


def home() -> None:
    """The overview, at the address without a path."""
    st.html(f"<style>{_AT_HOME}</style>")
    overview_page()


def main() -> None:
    """Show the page that the address names."""
    st.set_page_config(page_title="IAM Atlas", page_icon=KINDS["role"].svg, layout="wide")
    st.html(f"<style>:root {{ {DARK if is_dark() else LIGHT} }}\n{asset('style.css')}</style>")
    entered = may_enter()
    chosen = st.navigation(
        [
            # Without a path of its own; what it shows has one, which links can name.
            st.Page(home, title="Overview", default=True, visibility="hidden"),
            st.Page(overview_page, title="Overview", url_path="overview"),
            st.Page(who_can_page, title="Who can", url_path="who-can"),
            st.Page(paths_page, title="Paths", url_path="paths"),
            st.Page(choke_points_page, title="Choke points", url_path="choke-points"),
            st.Page(search_page, title="Search", url_path="search"),
            st.Page(principal_page, title="Principal", url_path="principal"),
            st.Page(policy_page, title="Policy", url_path="policy"),
            st.Page(resource_page, title="Resource", url_path="resource"),
            st.Page(cypher_page, title="Cypher", url_path="cypher"),
            *([st.Page(data_page, title="Data", url_path="data")] if may_load() else []),
            st.Page(group_page, title="Group", url_path="group", visibility="hidden"),
        ],
        position="top" if entered else "hidden",
    )
    if not entered:
        return
    try:
        # Asked once: the driver tries for a while, and every further question would wait as long again.
        with st.spinner("Waiting for the database …"):
            sequence()
    except DatabaseUnavailable as away:
        show_away(away)
        return
    show_shell()
    titled(chosen.title)
    chosen.run()
    show_sign_out()


main()

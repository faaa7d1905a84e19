"""The explorer: a browser's way to ask. `iamatlas explore` runs this file with Streamlit, on 127.0.0.1."""

from __future__ import annotations

import streamlit as st

from app.pictures.kinds import KINDS
from app.pictures.live import is_dark
from app.views.frame import asset
from app.views.overview import overview_page
from app.views.shell import show_shell
from app.views.who_can import who_can_page

LIGHT = "--atlas-allowed: #00694a; --atlas-depends: #855600; --atlas-denied: #b3261e; --atlas-link: #0b5f8f;"
DARK = "--atlas-allowed: #4fd1a5; --atlas-depends: #f0b94a; --atlas-denied: #ff9a8a; --atlas-link: #7cc4f0;"


def main() -> None:
    """Show the page that the address names."""
    st.set_page_config(page_title="IAM Atlas", page_icon=KINDS["role"].svg, layout="wide")
    st.html(f"<style>:root {{ {DARK if is_dark() else LIGHT} }}\n{asset('style.css')}</style>")
    chosen = st.navigation(
        [
            st.Page(overview_page, title="Overview", url_path="overview", default=True),
            st.Page(who_can_page, title="Who can", url_path="who-can"),
        ],
        position="top",
    )
    show_shell()
    chosen.run()


main()

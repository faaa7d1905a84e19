"""The explorer: a browser's way to ask. `iamatlas explore` runs this file with Streamlit, on 127.0.0.1."""

from __future__ import annotations

import streamlit as st

from app.pages.frame import asset
from app.pages.shell import show_shell
from app.pages.who_can import who_can_page
from app.pictures.kinds import KINDS


def main() -> None:
    """Show the page that the address names."""
    st.set_page_config(page_title="IAM Atlas", page_icon=KINDS["role"].svg, layout="wide")
    st.html(f"<style>{asset('style.css')}</style>")
    chosen = st.navigation(
        [st.Page(who_can_page, title="Who can", url_path="who-can", default=True)], position="top"
    )
    show_shell()
    chosen.run()


main()

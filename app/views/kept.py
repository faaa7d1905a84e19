"""How much of who can become whom the graph holds: it says at once what it holds, and the rest is worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from loader.deriving import MOST_FOR_ALL, MOST_FOR_BEST
from loader.escalate import Kept

if TYPE_CHECKING:
    from graph.connection import Database

_USERS_AND_ROLES = (
    "MATCH (p:Principal) WHERE p.loaded = true AND p.type IN ['user', 'role'] RETURN count(p) AS number"
)


@st.cache_data(max_entries=2, show_spinner=False)
def kept(_database: Database, number: int) -> Kept:  # noqa: ARG001
    """What the last load has kept, which hangs on how many users and roles there are."""
    many = int(_database.read(_USERS_AND_ROLES)[0]["number"])
    return (
        Kept.ALL if many <= MOST_FOR_ALL else Kept.BEST_WAYS if many <= MOST_FOR_BEST else Kept.ADMINISTRATORS
    )

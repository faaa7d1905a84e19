"""Search everywhere: names, ARNs, tags, accounts, policies, resources and actions."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from app.pictures.addresses import address
from app.views.frame import database, page, sequence
from app.views.lists import Row, show_list
from app.views.markup import show
from app.views.things import PLURALS, Thing, things
from iam import catalogue

MOST_ACTIONS = 40
_BEST = ("name", "ARN", "account")
_COLUMNS = ("name", "kind", "account", "ARN or id")


@page
def search_page() -> None:
    """The page."""
    wanted = st.query_params.get("find", "").strip().lower()
    kind = st.query_params.get("kind", "")
    with st.spinner("Searching …"):
        known = things(database(), sequence())
        found = [(each, why) for each in known if (why := each.why(wanted) if wanted else "all")]
    counts = Counter(each.group for each, _ in found)
    show(
        "search",
        find=st.query_params.get("find", "").strip(),
        total=len(found),
        kind=kind,
        kinds=[
            (name, PLURALS.get(name, name), counts[name], address("search", find=wanted, kind=name))
            for name in sorted(counts, key=lambda name: [*PLURALS, name].index(name))
        ],
        everything=address("search", find=wanted),
    )
    chosen = [(each, why) for each, why in found if kind in ("", each.group)]
    chosen.sort(key=lambda pair: _rank(pair[0], pair[1], wanted))
    if wanted:
        rows = [_row(each, why) for each, why in chosen]
        show_list("", (*_COLUMNS, "found by"), rows, key="search", empty="Nothing.")
    else:
        show_list("", _COLUMNS, [_row(each) for each, _ in chosen], key="search", empty="Nothing.")
    if wanted and kind == "":
        _show_actions(wanted)


def show_pick(what: str, kinds: tuple[str, ...], unknown: str = "") -> None:
    """Let one choose the thing that a page is about, among those of some kinds; `unknown` is what isn't there."""
    show("pick", what=what, unknown=unknown)
    known = [each for each in things(database(), sequence()) if each.kind in kinds]
    known.sort(key=lambda each: (kinds.index(each.kind), each.shown_name.lower()))
    show_list("", _COLUMNS, [_row(each) for each in known], key="pick", empty="None is loaded.")


def _rank(thing: Thing, why: str, wanted: str) -> tuple[bool, int, str]:
    """Names that begin with what is wanted first, then other names, ARNs, accounts, tags."""
    place = _BEST.index(why) if why in _BEST else len(_BEST)
    return not thing.name.lower().startswith(wanted), place, thing.shown_name.lower()


def _row(thing: Thing, *why: str) -> Row:
    return Row(thing.kind, thing.shown_name, thing.address, (thing.kind, thing.account, thing.id, *why))


def _show_actions(wanted: str) -> None:
    """The actions that have the text in their names."""
    names = [name for name in catalogue.action_names() if wanted in name.lower()]
    if not names:
        return
    rows = [
        Row("action", name, address("who-can", action=name), (known.access_level,))
        for name in names[:MOST_ACTIONS]
        if (known := catalogue.find_action(name)) is not None
    ]
    many = f"{MOST_ACTIONS} of {len(names):,} shown." if len(names) > MOST_ACTIONS else ""
    show_list("Actions", ("who can …", "access level"), rows, key="actions", more=many)

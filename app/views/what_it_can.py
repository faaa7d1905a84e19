"""What a principal can do: how much by service and access level, then line by line, narrowed as one likes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import streamlit as st

from app.pictures.addresses import address
from app.views.background import worked_out
from app.views.frame import database
from app.views.lists import Row, show_list
from app.views.markup import show
from app.views.reach import LEVELS
from app.views.things import counted
from queries.what import what_can

if TYPE_CHECKING:
    from iam.what_can import Permission

MOST_ACTIONS = 5
FEW = 12
"""So many lines need no summary."""
_ORDER = {level: at for at, level in enumerate(LEVELS)}


@dataclass(frozen=True)
class Narrowed:
    """What of it is wanted: of an access level, of a service, with a text in an action or a resource."""

    level: str = ""
    service: str = ""
    find: str = ""

    def address(self, arn: str) -> str:
        """The address of the lines that it leaves."""
        return address(
            "principal", arn=arn, show="does", level=self.level, service=self.service, find=self.find
        )

    def of(self, each: Permission) -> list[str]:
        """The actions of a permission that are wanted; none where it isn't wanted."""
        if self.level not in ("", each.access_level) or self.service not in ("", each.service):
            return []
        wanted = self.find.lower()
        named = [name for name in each.actions if _has(name.lower(), wanted)]
        if named or not any(_has(text.lower(), wanted) for text in each.answer.scope.resources):
            return named
        return list(each.actions)


def show_what_it_can_do(arn: str) -> None:
    """Show it, as far as the address narrows it."""
    on = database()
    result = worked_out(("what can", arn), lambda: what_can(on, arn), "Working out what it can do …")
    if result is None:
        return
    given = st.query_params
    narrowed = Narrowed(*(given.get(name, "").strip() for name in ("level", "service", "find")))
    every = sorted(
        result.permissions,
        key=lambda each: (_ORDER.get(each.access_level, len(LEVELS)), each.service, each.actions),
    )
    rows = [_row(each, actions, arn) for each in every if (actions := narrowed.of(each))]
    if len(every) > FEW:
        show("what_it_can", **_summary(every, narrowed, arn))
        _ask_for_a_text(narrowed, arn)
        left, right = st.columns([9, 17], gap="medium")
        with left:
            _show_services(every, narrowed, arn)
    else:
        right = st.container()
    with right:
        show_list(
            "What it can do, on at least one resource",
            ("service and access level", "actions", "verdict", "on", "hangs on"),
            rows,
            key="what-can",
            more="Each leads to the proof of its first action. The CSV names all actions.",
            empty="Nothing, as far as is loaded." if not every else "Nothing of that kind.",
        )
    if result.missing:
        with st.expander(f"Not loaded, or not evaluated: {len(result.missing)}"):
            show("missing", texts=result.missing)


def _summary(every: Sequence[Permission], narrowed: Narrowed, arn: str) -> dict[str, object]:
    """How much it is in all, and the access levels, each with the address of its lines."""
    levels: Counter[str] = Counter()
    open_ = 0
    for each in every:
        levels[each.access_level] += len(each.actions)
        open_ += len(each.actions) * (each.answer.verdict == "depends")
    return {
        "actions": counted(levels.total(), "actions"),
        "services": counted(len({each.service for each in every}), "services"),
        "open": open_,
        "narrowed": narrowed,
        "everything": Narrowed().address(arn),
        "levels": [
            (
                level or "all",
                f"{number:,}",
                replace(narrowed, level=level).address(arn),
                level == narrowed.level,
            )
            for level, number in [
                ("", levels.total()),
                *((one, levels[one]) for one in LEVELS if levels[one]),
            ]
        ],
    }


def _show_services(every: Sequence[Permission], narrowed: Narrowed, arn: str) -> None:
    """The services, each with how many actions of each access level."""
    counts: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for each in every:
        counts[each.service][each.access_level][each.answer.verdict == "depends"] += len(each.actions)
    services = [
        {
            "name": name,
            "link": replace(narrowed, service="" if name == narrowed.service else name).address(arn),
            "chosen": name == narrowed.service,
            "cells": [tuple(counts[name][level]) for level in LEVELS],
        }
        for name in sorted(counts, key=lambda name: (name != narrowed.service, name))
    ]
    show("what_by_service", services=services)


def _ask_for_a_text(narrowed: Narrowed, arn: str) -> None:
    """A field that narrows the lines; what is written into it goes into the address."""
    wanted = st.text_input(
        "Only those with",
        value=narrowed.find,
        placeholder="a part of an action or a resource: PassRole, s3:Put*, payroll",
        key=f"what-can-find {arn} {narrowed.find}",
    ).strip()
    if wanted != narrowed.find:
        parameters = {"arn": arn, "show": "does", "level": narrowed.level, "service": narrowed.service}
        st.query_params.from_dict(
            {name: value for name, value in {**parameters, "find": wanted}.items() if value}
        )
        st.rerun()


def _row(each: Permission, actions: Sequence[str], arn: str) -> Row:
    answer = each.answer
    hangs = [*(f"if {text}" for text in answer.conditions), *(f"needs {text}" for text in answer.needs)]
    resources = answer.scope.resources
    return Row(
        "action",
        f"{each.service}: {each.access_level}",
        address("who-can", action=actions[0], resource=_single(each), principal=arn),
        (_some(actions), answer.verdict.value, _some(resources), "; ".join(hangs)),
        (list(actions), answer.verdict.value, list(resources), hangs),
    )


def _single(permission: Permission) -> str:
    """The one resource that a permission is about; nothing where it is about several, or any."""
    resources = permission.answer.scope.resources
    return resources[0] if len(resources) == 1 and resources[0] != "*" else ""


def _some(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - MOST_ACTIONS:,} more" if len(texts) > MOST_ACTIONS else ""
    return ", ".join(texts[:MOST_ACTIONS]) + more


def _has(text: str, wanted: str) -> bool:
    """Whether a text has another one in it, in which `*` and `?` stand for what they do in policies."""
    if not set("*?").isdisjoint(wanted):
        return fnmatchcase(text, wanted.replace("[", "[[]"))
    return wanted in text

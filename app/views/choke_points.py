"""Choke points: the few grants whose removal cuts most paths, what goes with each, and which paths it closes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import streamlit as st

from app.pictures import live
from app.pictures.addresses import address
from app.pictures.choke_points import DrawnPoint, choke_points_picture
from app.pictures.paths import Who
from app.pictures.picture import MOST_EVER, MOST_NODES
from app.views.background import worked_out
from app.views.found_paths import account_of
from app.views.frame import database, page, sequence, show_wrong
from app.views.marks import marks_by_arn
from app.views.markup import show
from app.views.paths_asked import InAddress, Narrowed, PathsAsked
from app.views.proof import statement_lines
from app.views.question import Asked, form
from app.views.statements import statement_words
from app.views.tables import csv_button
from app.views.things import called, page_of_arn, things_by_id
from graph.marks import Mark, read_marks
from queries.answers import statement_place
from queries.choke_points import CHOKE_POINT_COLUMNS, MOST, NOT_CUT_OFF, choke_points
from queries.errors import QuestionError
from queries.targets import ADMIN

if TYPE_CHECKING:
    from iam.escalation.choke import ChokePoint
    from queries.choke_points import ChokePointsResult

MOST_POINTS = 40
MOST_NAMED = 60
_FIRST = "The first question after a load works out all steps between principals; those after it are quick."


@dataclass(frozen=True)
class ChokeAsked:
    """The question: on the way to what (nothing: any administrator), what is known of requests, how many."""

    target: str
    context: tuple[str, ...]
    count: int

    def address(self, *, point: int = 0, count: int = 0) -> str:
        """The address of the question, with one of the choke points open, or with more of them."""
        given: dict[str, Any] = {
            "to": self.target,
            "context": list(self.context),
            "count": str(count or self.count) if (count or self.count) != MOST else "",
            "point": str(point) if point else "",
        }
        found = {name: value for name, value in given.items() if value}
        return f"choke-points?{urlencode(found, doseq=True)}" if found else "choke-points"


@page
def choke_points_page() -> None:
    """The page."""
    given = st.query_params
    target = given.get("to", "").strip()
    asked = ChokeAsked(
        "" if target.lower() == ADMIN else target,
        tuple(each for each in given.get_all("context") if each.strip()),
        min(_number(given.get("count", "")) or MOST, MOST_POINTS),
    )
    form("choke", "paths")(
        key="choke-bar",
        data={
            "to": called(database(), sequence(), [asked.target]).get(asked.target, asked.target),
            "context": "; ".join(asked.context),
        },
    )
    marks = read_marks(database())
    try:
        result = _asked(asked, marks)
    except QuestionError as wrong:
        show_wrong("choke-points", wrong)
        return
    if result is not None:
        _Answer(asked, result, marks_by_arn(marks), _number(given.get("point", ""))).show()


def _asked(asked: ChokeAsked, marks: Sequence[Mark]) -> ChokePointsResult | None:
    context = Asked("", "", asked.context).known
    held = tuple((mark.kind, mark.arn) for mark in marks)
    return worked_out(
        ("choke points", asked, held),
        lambda: choke_points(database(), target=asked.target or ADMIN, count=asked.count, context=context),
        "Looking for choke points …",
        _FIRST,
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 5 else 0


class _Answer:
    """An answer on the page."""

    def __init__(
        self, asked: ChokeAsked, result: ChokePointsResult, marks: Mapping[str, tuple[Mark, ...]], point: int
    ) -> None:
        self.asked = asked
        self.result = result
        self.points = result.choke_points
        self.marks = marks
        self.things = things_by_id(database(), sequence())
        self.open = point if 0 < point <= len(self.points) else 0

    def show(self) -> None:
        """The list beside the picture, or beside the one that is open."""
        points, sources = self.points, self.result.sources
        cut = sum(len(each.cuts) for each in points)
        show(
            "choke_head",
            points=len(points),
            cut=cut,
            sources=len(sources),
            target=self._target().name,
            more=self.asked.address(count=min(MOST_POINTS, 2 * self.asked.count))
            if len(points) == self.asked.count and cut < len(sources) and self.asked.count < MOST_POINTS
            else "",
            context="; ".join(self.asked.context),
            warnings=self.result.warnings,
        )
        if points:
            left, right = st.columns([11, 14], gap="medium")
            with left:
                show("choke_list", points=[self._line(at, each) for at, each in enumerate(points, 1)])
                csv_button(CHOKE_POINT_COLUMNS, self.result.rows, "choke-points", "choke-csv")
                self._show_minimum()
            with right:
                if self.open:
                    self._show_open(points[self.open - 1])
                self._show_picture(points if not self.open else points[self.open - 1 : self.open])
        elif sources:
            show(
                "trouble",
                title="No single grant cuts anybody off",
                text="Every way has a second one beside it.",
            )
        if self.result.missing:
            with st.expander(f"Not loaded, or not evaluated: {len(self.result.missing)}"):
                show("missing", texts=self.result.missing)

    def _line(self, at: int, point: ChokePoint) -> dict[str, Any]:
        return {
            "at": at,
            "link": self.asked.address(point=at),
            "open": at == self.open,
            "cuts": len(point.cuts),
            "share": round(100 * len(point.cuts) / max(1, len(self.result.sources))),
            "words": statement_place(point.grant),
            "holder": self._who(point.held.holder),
            "holder_link": page_of_arn(point.held.holder),
            "says": statement_words(point.grant.statement),
        }

    def _show_open(self, point: ChokePoint) -> None:
        members = _members(database(), sequence(), point.held.holder)
        show(
            "choke_point",
            cuts=len(point.cuts),
            before=self.open - 1,
            words=statement_place(point.grant),
            holder=self._who(point.held.holder),
            holder_link=page_of_arn(point.held.holder),
            members=members,
            policy=_policy_address(point),
            paths=self._paths("", point.held.statement_id),
            people=[(self._who(arn), self._paths(arn)) for arn in point.cuts[:MOST_NAMED]],
            takes=point.also_takes_away,
            lines=statement_lines(point.grant.statement),
            back=self.asked.address(),
        )

    def _paths(self, source: str, statement: str = "") -> str:
        """The address of the paths to the same target: of one source, or by one statement."""
        asked = PathsAsked(source, self.asked.target, context=self.asked.context)
        return InAddress(asked, Narrowed(statement=statement)).address()

    def _show_minimum(self) -> None:
        minimum = self.result.minimum
        if minimum:
            show(
                "choke_minimum",
                exact=self.result.exact,
                grants=[
                    (
                        statement_place(each.grant),
                        self._who(each.held.holder).name,
                        _policy_address(each),
                    )
                    for each in minimum
                ],
            )
        elif self.result.not_cut_off:
            show("choke_minimum", not_cut_off=NOT_CUT_OFF)

    def _show_picture(self, points: Sequence[ChokePoint]) -> None:
        opened = st.session_state.setdefault("choke-opened", set())
        drawn = [
            DrawnPoint(
                f"{each.held.statement_id} {each.held.holder}",
                "trust policy" if each.grant.via == "trust policy" else each.grant.policy_name,
                (statement_place(each.grant), f"on {each.held.holder}", f"cuts off {len(each.cuts)}"),
                self.asked.address(point=self.points.index(each) + 1),
                each.cuts,
            )
            for each in points
        ]
        most = live.grown("choke", self.asked, MOST_NODES, MOST_EVER)
        picture = choke_points_picture(drawn, self._target(), self._who, opened=opened, most=most)
        touched = live.show(
            picture,
            key="choke",
            file="choke-points",
            grows=most < MOST_EVER,
        )
        if touched.more:
            live.grow("choke", self.asked, most)
        if touched.opened:
            opened.add(touched.opened)
            st.rerun()

    def _target(self) -> Who:
        target = str(self.result.question["to"])
        if target == ADMIN:
            return Who("administrator", "any administrator")
        if target.startswith("marked:"):
            return Who("other", f"what is marked {target.removeprefix('marked:').replace('-', ' ')}")
        return self._who(target)

    def _who(self, arn: str) -> Who:
        kinds = tuple(mark.kind.value for mark in self.marks.get(arn, ()))
        if arn.startswith("administrator:"):
            return Who("administrator", f"admin of {account_of(arn)}", kinds)
        thing = self.things.get(arn)
        return Who(thing.kind, thing.shown_name, kinds) if thing else Who("other", arn, kinds)


def _policy_address(point: ChokePoint) -> str:
    return address("policy", id=point.grant.policy_id, statement=str(point.grant.index))


@st.cache_data(max_entries=100, show_spinner=False)
def _members(_database: Any, number: int, arn: str) -> int | None:  # noqa: ARG001
    """How many users are in a group; None for what is no group."""
    rows = _database.read(
        "MATCH (g:Group {arn: $arn}) OPTIONAL MATCH (u:User)-[:MEMBER_OF]->(g) RETURN count(u) AS number, "
        "count(g) AS groups",
        arn=arn,
    )
    return int(rows[0]["number"]) if rows and rows[0]["groups"] else None

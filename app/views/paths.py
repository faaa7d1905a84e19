"""Paths: from whom to what, the ways as a list beside their picture, and each hop with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.pictures import live
from app.pictures.addresses import address
from app.pictures.layout import height_of
from app.pictures.paths import DrawnHop, DrawnPath, Who, paths_picture
from app.views.background import worked_out
from app.views.data import may_load
from app.views.found_paths import FoundPaths, Shown, account_of, certain, is_accepted
from app.views.frame import database, page, sequence
from app.views.hop import hop_of, show_hop
from app.views.marks import marks_by_arn, show_marking
from app.views.markup import show
from app.views.paths_asked import InAddress, PathsAsked, paths_in_address, show_paths_bar
from app.views.tables import csv_button
from app.views.things import called
from graph.entities import principal_of
from graph.marks import Mark, MarkKind, read_marks
from queries.answers import grant_words
from queries.errors import QuestionError
from queries.paths import PATH_COLUMNS, paths

if TYPE_CHECKING:
    from iam.escalation.choke import Cause
    from queries.paths import FoundPath

MOST_LISTED = 150
MOST_DRAWN = 400
HEIGHT = 660
_FIRST = "The first question after a load works out all steps between principals; those after it are quick."


@page
def paths_page() -> None:
    """The page."""
    at = paths_in_address()
    marks = read_marks(database())
    try:
        found = _found(at.asked, marks)
    except QuestionError as wrong:
        show_paths_bar(at, called(database(), sequence(), (at.asked.source, at.asked.target)), (), ())
        show("trouble", title="This can't be asked as it stands", text=str(wrong))
        return
    show_paths_bar(
        at,
        called(database(), sequence(), (at.asked.source, at.asked.target)),
        found.techniques if found else (),
        found.accounts if found else (),
    )
    if found is not None:
        _Answer(at, found, marks).show()


def _found(asked: PathsAsked, marks: Sequence[Mark]) -> FoundPaths | None:
    question = asked.question()
    held = tuple((mark.kind, mark.arn) for mark in marks)
    return worked_out(
        ("paths", asked, held),
        lambda: FoundPaths(paths(database(), **question)),
        "Working out the paths …",
        _FIRST,
    )


class _Answer:
    """An answer on the page."""

    def __init__(self, at: InAddress, found: FoundPaths, marks: Sequence[Mark]) -> None:
        self.at = at
        self.found = found
        self.estate = found.result.web.world.estate
        self.marks = marks_by_arn(marks)
        self.accepted = frozenset(mark.arn for mark in marks if mark.kind is MarkKind.ACCEPTED_RISK)
        self.shown = found.narrowed(at.narrowed, self.accepted)
        self.open = found.names.get(at.path)

    def show(self) -> None:
        """The head, the list and the picture."""
        self._show_head()
        if not self.found.paths:
            self._show_nothing()
        elif not self.shown and self.open is None:
            show("trouble", title="No path passes these filters", text="Show all, or change a filter above.")
        else:
            left, right = st.columns([11, 14], gap="medium")
            with left:
                self._show_list()
            with right:
                if self.open is not None:
                    self._show_open(self.open)
                else:
                    self._show_picture()
        missing = self.found.result.missing
        if missing:
            with st.expander(f"Not loaded, or not evaluated: {len(missing)}"):
                show("missing", texts=missing)

    # ------------------------------------------------------------ what is said above

    def _show_head(self) -> None:
        result, at = self.found.result, self.at
        every, shown = self.found.paths, self.shown
        # Those of an outsider are all from outside, which then need not be said.
        main = [each for each in every if not each.outside] or every
        outside = len(every) - len(main)
        split = f"{certain(main):,} allowed, {len(main) - certain(main):,} depending on something"
        about = f"{self._from()} to {self._to()}"
        show(
            "paths",
            counted=f"{len(main):,} path{'s' * (len(main) != 1)}" if main else "No path",
            about=about + (f", and {outside:,} from outside" if outside else ""),
            split=split if main else "",
            narrowed=f"{len(shown):,} of {len(every):,}" if len(shown) < len(every) else "",
            everything=InAddress(at.asked, type(at.narrowed)()).address(),
            statement=at.narrowed.statement,
            context="; ".join(at.asked.context),
            quick=self._quick(),
            truncated=f"{len(result.paths):,}" if result.truncated else "",
            warnings=result.warnings,
        )

    def _quick(self) -> list[tuple[str, str]]:
        """Questions about what is marked, where something is: words and address."""
        kinds = {mark.kind for held in self.marks.values() for mark in held}
        owned, jewels = MarkKind.OWNED in kinds, MarkKind.CROWN_JEWEL in kinds
        start, goal = {"from": "marked:owned"}, {"to": "marked:crown-jewel"}
        return [
            *([("from what is owned", address("paths", **start))] if owned else []),
            *([("to crown jewels", address("paths", **goal))] if jewels else []),
            *(
                [("from what is owned to crown jewels", address("paths", **start, **goal))]
                if owned and jewels
                else []
            ),
        ]

    def _from(self) -> str:
        asked = self.found.result.question["from"]
        if asked is None:
            return "from everybody who is no administrator"
        if asked.startswith("marked:"):
            return f"from what is marked {asked.removeprefix('marked:').replace('-', ' ')}"
        return f"from {self._who(asked).name}"

    def _to(self) -> str:
        asked = self.at.asked
        if asked.is_action:
            return f"whoever may {asked.target}" + (f" on {asked.on}" if asked.on else "")
        target = str(self.found.result.question["to"])
        if target == "admin":
            return "an administrator"
        if target.startswith("marked:"):
            return f"what is marked {target.removeprefix('marked:').replace('-', ' ')}"
        return self._who(target).name

    def _show_nothing(self) -> None:
        result = self.found.result
        source = result.question["from"]
        if any(principal.arn == source for principal in result.administrators):
            text = f"{self._who(source).name} is an administrator already; administrators are no sources."
        else:
            text = "No way is known, as far as is loaded. What isn't loaded stands below."
        show("trouble", title="No path", text=text)

    # ------------------------------------------------------------ the list

    def _show_list(self) -> None:
        listed = self.shown[:MOST_LISTED]
        if self.open is not None and self.open not in listed:
            listed = [self.open, *listed]
        with st.container(key="paths-list"):
            show("path_list", groups=self._groups(listed), shown=len(listed), total=len(self.shown))
        csv_button(PATH_COLUMNS, lambda: self.found.only(self.shown).rows(), "paths", "paths-csv")

    def _groups(self, listed: Sequence[Shown]) -> list[dict[str, Any]]:
        groups: dict[object, dict[str, Any]] = {}
        for each in listed:
            key = "outside" if each.outside else each.cause
            if key not in groups:
                groups[key] = self._group(each)
            groups[key]["paths"].append(self._line(each))
        return list(groups.values())

    def _group(self, shown: Shown) -> dict[str, Any]:
        if shown.outside:
            return {"title": "From outside", "link": "", "paths": []}
        if shown.cause is None:
            title = "Each by a grant of its own" if self.found.causes else ""
            return {"title": title, "link": "", "paths": []}
        cause = self.found.causes[shown.cause]
        return {
            "title": self._cause_words(cause),
            "link": address("policy", id=cause.grant.policy_id),
            "paths": [],
        }

    def _cause_words(self, cause: Cause) -> str:
        grant = cause.grant
        sid = f" ({grant.statement.sid})" if grant.statement.sid else ""
        name = cause.held.holder.rsplit("/", 1)[-1]
        return (
            f"{len(cause.paths):,} share statement {grant.index}{sid} of policy {grant.policy_name} on {name}"
        )

    def _line(self, shown: Shown) -> dict[str, Any]:
        path = shown.path
        is_open = self.open is not None and shown.id == self.open.id
        source, target = self._who(path.source), self._who(path.target)
        accounts = [account for account in map(account_of, (path.source, path.target)) if account]
        line: dict[str, Any] = {
            "link": self.at.address(path=shown.id),
            "open": is_open,
            "source": source,
            "target": target,
            "verdict": path.verdict.value,
            "accounts": list(dict.fromkeys(accounts)),
            "length": path.length,
            "accepted": is_accepted(shown, self.accepted),
            "dim": is_accepted(shown, self.accepted) and not is_open,
        }
        if is_open:
            hop = self._hop(path)
            sentences = self.found.result.sentences(path)
            line["hops"] = [
                (text, self.at.address(path=shown.id, hop=number), number == hop)
                for number, text in enumerate(sentences, 1)
            ]
            line["end"] = _end_words(path)
            line["hangs"] = [f"if {text}" for text in path.conditions] + [
                f"needs {text}" for text in path.needs
            ]
        return line

    # ------------------------------------------------------------ pictures

    def _show_picture(self) -> None:
        opened = st.session_state.setdefault("paths-opened", set())
        picture = paths_picture(
            [self._drawn(each) for each in self.shown[:MOST_DRAWN]],
            self._who,
            f"Paths {self._from()} to {self._to()}",
            total=len(self.shown),
            opened=opened,
        )
        touched = live.show(picture, key="paths-all", height=height_of(picture, HEIGHT), file="paths")
        if touched.opened:
            opened.add(touched.opened)
            st.rerun()

    def _show_open(self, shown: Shown) -> None:
        path = shown.path
        hop = self._hop(path)
        source, target = self._who(path.source), self._who(path.target)
        head, mark = st.columns([5, 1], gap="small", vertical_alignment="center")
        with head:
            show(
                "path_head",
                back=self.at.address(),
                source={"arn": path.source, "name": source.name, "kind": source.kind},
                target={"arn": path.target, "name": target.name, "kind": target.kind},
                before=self.at.address(path=shown.id, hop=hop - 1) if hop > 1 else "",
                after=self.at.address(path=shown.id, hop=hop + 1) if hop < path.length else "",
            )
        if may_load():
            with mark:
                show_marking([(arn, self._who(arn).name) for arn in path.principals], self.marks)
        picture = paths_picture(
            [self._drawn(shown, strong=hop)], self._who, f"{source.name} to {target.name}", total=1
        )
        live.show(picture, key="paths-one", height=210, file="path")
        if path.parts:
            told = worked_out(
                ("hop", self.at.asked, shown.id, hop),
                lambda: hop_of(self.found, path, hop),
                "Proving the hop …",
            )
            if told is not None:
                show_hop(told)

    def _hop(self, path: FoundPath) -> int:
        return min(max(self.at.hop, 1), max(path.length, 1))

    def _drawn(self, shown: Shown, strong: int = 0) -> DrawnPath:
        path = shown.path
        sentences = self.found.result.sentences(path)
        hops = tuple(
            DrawnHop(
                part.source,
                part.target,
                part.technique.id,
                part.verdict.value,
                (
                    sentence,
                    *(f"if {text}" for text in part.conditions),
                    *(f"needs {text}" for text in part.needs),
                    "click: checks, statements, prevention",
                ),
                self.at.address(path=shown.id, hop=number),
                number == strong,
            )
            for number, (part, sentence) in enumerate(zip(path.parts, sentences, strict=True), 1)
        )
        dim = is_accepted(shown, self.accepted) and not strong and self.at.narrowed.accepted != "only"
        if path.answer is None:
            return DrawnPath(hops, dim=dim)
        return DrawnPath(hops, path.answer.resource, path.answer.verdict.value, dim)

    def _who(self, key: str) -> Who:
        arn = principal_of(key)
        marks = self.marks.get(arn, ())
        kinds = tuple(mark.kind.value for mark in marks)
        if arn.startswith("administrator:"):
            return Who("administrator", f"admin of {account_of(arn)}", kinds)
        principal = self.estate.principal(arn)
        if principal is None:
            return Who("other", arn, kinds)
        name = "root user" if principal.type.value == "root" else principal.name or principal.arn
        return Who(principal.type.value, name, kinds)


def _end_words(path: FoundPath) -> str:
    if path.answer is None:
        return ""
    because = "; ".join(grant_words(grant) for grant in path.answer.because)
    return f"There: {path.answer.action} on {path.answer.resource}{f', {because}' if because else ''}"

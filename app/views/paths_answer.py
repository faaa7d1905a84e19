"""An answer of the paths page, with what the page's address says about it, and who everybody is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.pictures.paths import Who
from app.views.found_paths import account_of
from app.views.marks import marks_by_arn
from graph.entities import principal_of
from graph.marks import Mark, MarkKind

if TYPE_CHECKING:
    from app.views.found_paths import FoundPaths
    from app.views.paths_asked import InAddress
    from queries.paths import FoundPath


class PathsAnswer:
    """What was found, which of it passes the filters (`shown`), and the path that is open, if one is."""

    def __init__(self, at: InAddress, found: FoundPaths, marks: Sequence[Mark]) -> None:
        self.at = at
        self.found = found
        self.marks = marks_by_arn(marks)
        self.accepted = frozenset(mark.arn for mark in marks if mark.kind is MarkKind.ACCEPTED_RISK)
        self.shown = found.narrowed(at.narrowed, self.accepted)
        # One path alone is looked at without having to be opened.
        self.open = found.paths[0] if len(found.paths) == 1 and not at.path else found.names.get(at.path)
        self._estate = found.result.web.world.estate

    def hop(self, path: FoundPath) -> int:
        """Which hop of the path that is open is looked at, from 1."""
        return min(max(self.at.hop, 1), max(path.length, 1))

    def who(self, key: str) -> Who:
        """Who an ARN, or a key of the web of steps, is."""
        arn = principal_of(key)
        marks = self.marks.get(arn, ())
        kinds = tuple(mark.kind.value for mark in marks)
        if arn.startswith("administrator:"):
            return Who("administrator", f"admin of {account_of(arn)}", kinds)
        principal = self._estate.principal(arn)
        if principal is None:
            return Who("other", arn, kinds)
        name = "root user" if principal.type.value == "root" else principal.name or principal.arn
        return Who(principal.type.value, name, kinds)

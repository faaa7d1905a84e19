"""Choke points: the few grants whose removal cuts most escalation paths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graph.marks import read_marks
from iam.escalation.choke import ChokePoint
from iam.escalation.choke import ChokePoints as Finder
from queries.answers import frame, grant_words
from queries.marked import find_marked_target
from queries.question import context_warnings
from queries.targets import ADMIN
from queries.webs import ask_web, not_followed

if TYPE_CHECKING:
    import pandas as pd

    from graph.connection import Database
    from queries.question import Context

MOST = 5
_ADMINISTRATORS = (
    "Whoever is or becomes administrator of an account can act as anybody in it; such ways are left out here: "
    "ask for what cuts the ways to administrator."
)
NOT_CUT_OFF = "No few grants were found that cut off everybody."
CHOKE_POINT_COLUMNS = ("holder", "grant", "statement", "cuts", "sources", "actions", "resources")


@dataclass(frozen=True)
class ChokePointsResult:
    """The question, the choke points (each cuts what those before it left), how many sources there are.

    `minimum` are the fewest grants that cut off every source from one target, `exact` whether that is proven;
    it is None where the question is about administrators in general, and empty where no few were found.
    """

    question: dict[str, Any]
    choke_points: tuple[ChokePoint, ...]
    sources: tuple[str, ...]
    minimum: tuple[ChokePoint, ...] | None
    exact: bool
    missing: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def not_cut_off(self) -> bool:
        """Whether no few grants were found that cut off everybody."""
        return self.minimum == () and not self.exact

    def as_json(self) -> dict[str, Any]:
        """The result as `iamatlas choke-points --format json` gives it."""
        found: dict[str, Any] = {
            "question": self.question,
            "sources": list(self.sources),
            "choke_points": [
                {
                    "grant": each.grant.as_json(),
                    "holder": each.held.holder,
                    "cuts": list(each.cuts),
                    "also_takes_away": each.also_takes_away,
                }
                for each in self.choke_points
            ],
        }
        if self.minimum is not None:
            found["minimum"] = {
                "grants": [
                    {"grant": each.grant.as_json(), "holder": each.held.holder} for each in self.minimum
                ],
                "exact": self.exact,
            }
        return {**found, "missing": list(self.missing)}

    def rows(self) -> list[list[Any]]:
        """One row per choke point, columns as in `CHOKE_POINT_COLUMNS`; `cuts` is how many sources."""
        return [
            [
                each.held.holder, grant_words(each.grant), each.held.statement_id, len(each.cuts),
                list(each.cuts), each.also_takes_away["actions"], each.also_takes_away["resources"],
            ]
            for each in self.choke_points
        ]  # fmt: skip

    def to_dataframe(self) -> pd.DataFrame:
        """One row per choke point.

        Columns: holder (ARN), grant (in words), statement (id), cuts (number of sources), sources (their
        ARNs), actions and resources (what the statement gives, which goes with it).
        """
        return frame(CHOKE_POINT_COLUMNS, self.rows())


def choke_points(
    database: Database, *, target: str = ADMIN, count: int = MOST, context: Context | None = None
) -> ChokePointsResult:
    """The grants (statement on holder) to remove, each the one that then cuts most sources from the target.

    `target` is `admin`, a principal, `administrator:ACCOUNT`, or `marked:KIND`; `count` how many at most. Raises
    `queries.errors.QuestionError`, `graph.connection.DatabaseUnavailable`.
    """
    given = dict(context or {})

    def answer(loaded: Any) -> ChokePointsResult:
        web = loaded.web(given)
        warnings = context_warnings(given)
        targets = find_marked_target(web, target, read_marks(database), warnings)
        finder = Finder(web, targets.nodes)
        one = targets.name != ADMIN
        if any(node not in web.administrator_nodes for node in targets.nodes):
            warnings.append(_ADMINISTRATORS)
        minimum, exact = finder.minimum() if one else ([], False)
        return ChokePointsResult(
            {"to": targets.name, "context": given},
            tuple(finder.greedy(count)),
            tuple(sorted(finder.sources)),
            tuple(minimum) if one else None,
            exact,
            (*loaded.missing, *not_followed(web)),
            tuple(warnings),
        )

    return ask_web(database, answer)

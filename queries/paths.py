"""Escalation paths: how principals become administrator, another principal, or one who may do something.

The engine in `iam.escalation` finds them over what is loaded; the graph's CAN_ASSUME and CAN_ESCALATE are the
same steps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from graph.entities import principal_of
from graph.marks import read_marks
from iam.decision import Verdict
from iam.escalation.choke import Cause, ChokePoints
from iam.escalation.explain import Explainer
from iam.escalation.web import Path
from queries.answers import because_words, frame, grant_words
from queries.entries import Entry, entries
from queries.marked import accepted, find_marked_target, find_sources
from queries.question import context_warnings
from queries.targets import ADMIN, Targets, find_acting
from queries.webs import ask_web, not_followed

if TYPE_CHECKING:
    import pandas as pd

    from graph.connection import Database
    from iam.answer import Answer
    from iam.entities import Principal
    from iam.escalation.steps import Step
    from iam.escalation.web import Web
    from queries.question import Context

MOST_HOPS = 6
MOST_PATHS = 1_000
"""How many paths `every` gives where no limit is set."""

PATH_COLUMNS = (
    "path", "hop", "source", "target", "path_verdict", "from", "to", "technique", "name", "verdict",
    "conditions", "needs", "because", "sentence", "accepted",
)  # fmt: skip


@dataclass(frozen=True)
class FoundPath:
    """One path: how it is entered from outside (or None), its steps, and what may be done at its end."""

    steps: tuple[Step, ...]
    entry: Entry | None = None
    answer: Answer | None = None

    @property
    def source(self) -> str:
        """Where it starts."""
        return self.entry.source if self.entry is not None else self.steps[0].source

    @property
    def target(self) -> str:
        """Where it ends: an ARN, or `administrator:ACCOUNT`."""
        if not self.steps and self.entry is not None:
            return self.entry.role
        return principal_of(self.steps[-1].target)

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """What it hangs on in the requests, each once."""
        return self._texts("conditions")

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """What must be there that the data doesn't show, each once."""
        return self._texts("needs")

    def _texts(self, name: str) -> tuple[str, ...]:
        parts = [self.entry, *self.steps, self.answer]
        there = (part for part in parts if part is not None)
        return tuple(dict.fromkeys(text for part in there for text in getattr(part, name)))

    @cached_property
    def verdict(self) -> Verdict:
        """Allowed if every part of it is."""
        parts = [self.entry, *self.steps, self.answer]
        certain = all(part is None or part.verdict is Verdict.ALLOWED for part in parts)
        return Verdict.ALLOWED if certain else Verdict.DEPENDS

    @property
    def parts(self) -> tuple[Step | Entry, ...]:
        """Its hops: how it is entered from outside, and its steps."""
        return (self.entry, *self.steps) if self.entry is not None else self.steps

    @cached_property
    def principals(self) -> tuple[str, ...]:
        """Whom it passes, from its source to its target, each once."""
        ends = (principal_of(end) for part in self.parts for end in (part.source, part.target))
        return tuple(dict.fromkeys(ends))

    @property
    def length(self) -> int:
        """How many hops it has."""
        return len(self.steps) + (self.entry is not None)

    @cached_property
    def order(self) -> tuple[int, int, str]:
        """Certain and short ones first."""
        points = sum(step.points for step in self.steps)
        points += self.entry.open_points if self.entry is not None else 0
        points += self.answer.open_points if self.answer is not None else 0
        return points, self.length, self.source


@dataclass(frozen=True)
class PathsResult:
    """Paths: the question, who is administrator, the paths, those of outsiders, and what is not loaded.

    `truncated` says that there are, or may be, more paths than are given; `accepted_risks` are ARNs marked so.
    """

    question: dict[str, Any]
    web: Web
    targets: Targets
    administrators: tuple[Principal, ...]
    paths: tuple[FoundPath, ...]
    external_paths: tuple[FoundPath, ...]
    truncated: bool
    missing: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    accepted_risks: frozenset[str] = frozenset()
    _hops: dict[int, dict[str, Any]] = field(default_factory=dict, compare=False)

    @cached_property
    def causes(self) -> list[Cause]:
        """The paths grouped by the grant that most of them share, then by the next among the rest."""
        choke = ChokePoints(self.web, self.targets.nodes)
        return choke.causes([Path(path.steps) for path in self.paths])

    def accepted(self, path: FoundPath) -> list[str]:
        """Whom of those that a path passes somebody has marked as an accepted risk."""
        return [arn for arn in path.principals if arn in self.accepted_risks]

    def as_json(self) -> dict[str, Any]:
        """The result as `iamatlas paths --format json` gives it."""
        return {
            "question": self.question,
            "administrators": [principal.arn for principal in self.administrators],
            "paths": [self.path_as_json(path) for path in self.paths],
            "external_paths": [self.path_as_json(path) for path in self.external_paths],
            "causes": [
                {
                    "grant": cause.grant.as_json(),
                    "holder": cause.held.holder,
                    "paths": len(cause.paths),
                    "sources": list(dict.fromkeys(path.source for path in cause.paths)),
                }
                for cause in self.causes
            ],
            "truncated": self.truncated,
            "missing": list(self.missing),
        }

    def path_as_json(self, path: FoundPath) -> dict[str, Any]:
        """One path as PATH."""
        found: dict[str, Any] = {
            "source": path.source,
            "target": path.target,
            "verdict": path.verdict.value,
            "conditions": list(path.conditions),
            "needs": list(path.needs),
            "hops": self.hops(path),
        }
        if path.answer is not None:
            found["answer"] = path.answer.as_json() | {"principal": path.target}
        marked = self.accepted(path)
        if marked:
            found["accepted_risk"] = marked
        return found

    def hops(self, path: FoundPath) -> list[dict[str, Any]]:
        """The hops of a path, each as HOP."""
        first = [path.entry.as_json()] if path.entry is not None else []
        return first + [self._hop(step) for step in path.steps]

    def _hop(self, step: Step) -> dict[str, Any]:
        known = self._hops.get(id(step))
        if known is None:
            hop = self.explainer.hop(step)
            arrival = {"to": principal_of(step.target), "sentence": self._sentence(step)}
            change = _change(step)
            known = self._hops[id(step)] = {
                **hop,
                "from": principal_of(step.source),
                **arrival,
                **({"with": change} if change else {}),
            }
        return known

    @cached_property
    def explainer(self) -> Explainer:
        """Tells the steps to people."""
        return Explainer(self.web)

    def sentences(self, path: FoundPath) -> list[str]:
        """What happens, one sentence per hop."""
        first = [path.entry.sentence] if path.entry is not None else []
        return first + [self._sentence(step) for step in path.steps]

    def _sentence(self, step: Step) -> str:
        change = _change(step)
        return (
            f"{self.explainer.sentence(step)} (gaining: {change})"
            if change
            else self.explainer.sentence(step)
        )

    def grants(self, step: Step | Entry) -> list[str]:
        """The statements behind a hop, in words."""
        found = self.web.finder.because(step) if not isinstance(step, Entry) else step.because
        return [grant_words(grant) for grant in found]

    def rows(self) -> list[list[Any]]:
        """One row per hop, columns as in `PATH_COLUMNS`; paths of outsiders come last."""
        rows = []
        for number, path in enumerate((*self.paths, *self.external_paths), 1):
            for hop, (part, sentence) in enumerate(zip(path.parts, self.sentences(path), strict=True), 1):
                rows.append(
                    [
                        number, hop, path.source, path.target, path.verdict.value,
                        principal_of(part.source), principal_of(part.target), part.technique.id,
                        part.technique.name, part.verdict.value, list(part.conditions), list(part.needs),
                        self.grants(part), sentence, self.accepted(path),
                    ]
                )  # fmt: skip
        return rows

    def answers_as_json(self) -> list[dict[str, Any]]:
        """The paths to whoever may do something, each as ANSWER with hops; `as` is who does it then."""
        return [
            {
                **answer.as_json(),
                "principal": path.source,
                "type": principal.type.value,
                "name": principal.name,
                "account": principal.account,
                "verdict": path.verdict.value,
                "conditions": list(path.conditions),
                "needs": list(path.needs),
                "as": path.target,
                "hops": self.hops(path),
            }
            for path, answer, principal in self._answered()
        ]

    def answer_rows(self) -> list[list[Any]]:
        """One row per path to whoever may do something: `WHO_CAN_COLUMNS`, then the hops in words."""
        return [
            [
                path.source, principal.type.value, principal.name, principal.account, answer.action,
                answer.resource, list(answer.scope.resources), list(answer.scope.except_resources),
                path.verdict.value, list(path.conditions), list(path.needs), because_words(answer),
                [f"{principal_of(step.target)} by {step.technique.id}" for step in path.steps],
            ]
            for path, answer, principal in self._answered()
        ]  # fmt: skip

    def _answered(self) -> Iterator[tuple[FoundPath, Answer, Principal]]:
        for path in self.paths:
            principal = self.web.world.estate.principal(path.source)
            if path.answer is not None and principal is not None:
                yield path, path.answer, principal

    def to_dataframe(self) -> pd.DataFrame:
        """One row per hop.

        Columns: path and hop (numbers from 1), source and target (ARNs, or `administrator:ACCOUNT`),
        path_verdict, from and to, technique (id), name, verdict, conditions, needs and because (lists of
        text), sentence, accepted (the ARNs on the path that are marked as accepted risk).
        """
        return frame(PATH_COLUMNS, self.rows())


def paths(
    database: Database,
    *,
    source: str | None = None,
    target: str = ADMIN,
    action: str | None = None,
    resource: str | None = None,
    every: bool = False,
    most_hops: int | None = None,
    limit: int | None = None,
    certain: bool = False,
    context: Context | None = None,
) -> PathsResult:
    """The ways by which principals come to a target: the best of each, or with `every` all simple ones.

    `source` is a principal or `marked:KIND` (all, if None); `target` is `admin`, a principal,
    `administrator:ACCOUNT` or `marked:KIND`; with `action` (and `resource`) it is whoever may do that. The
    best path has the fewest open points, then the fewest hops. `certain` leaves out what hangs on something.
    `most_hops` is 6 for `every`, else open; `limit` is 1,000 for `every`, else open. Raises
    `queries.errors.QuestionError`, `graph.connection.DatabaseUnavailable`.
    """
    given = dict(context or {})

    def answer(loaded: Any) -> PathsResult:
        marks = read_marks(database)
        warnings = context_warnings(given)
        name, starts = find_sources(loaded.estate, source, marks, warnings)
        inside = starts is not None and all(each.loaded for each in starts)
        web: Web = loaded.web(given, [each.arn for each in starts or ()] if inside else None)
        targets = (
            find_acting(web, action, resource)
            if action is not None
            else find_marked_target(web, target, marks, warnings)
        )
        finder = _Finder(web, targets, certain, most_hops or (MOST_HOPS if every else 1_000))
        sources = [each.arn for each in (web.world.sources if starts is None else starts)]
        most = limit or (MOST_PATHS if every else None)
        found = finder.every(sources, most) if every else finder.best(sources)
        outside = finder.external(
            None if starts is None else {each.arn for each in starts if not each.loaded}
        )
        asked: dict[str, Any] = {"from": name, "to": targets.name}
        if action is not None:
            asked |= {"to_action": action, "to_resource": resource}
        asked |= {"all": every, "max_hops": most_hops, "certain": certain, "context": given}
        return PathsResult(
            asked,
            web,
            targets,
            tuple(web.administrators),
            tuple(found[:most]),
            tuple(outside),
            web.truncated or (most is not None and len(found) > most),
            (*loaded.missing, *not_followed(web)),
            tuple(warnings),
            accepted(marks),
        )

    return ask_web(database, answer)


class _Finder:
    """Finds the paths to some targets."""

    def __init__(self, web: Web, targets: Targets, certain: bool, most_hops: int) -> None:
        self.web = web
        self.targets = targets
        self.only_certain = certain
        self.most_hops = most_hops
        self.nodes = targets.certain if certain else targets.nodes
        self.openings = {
            node: each for node, each in targets.openings.items() if not (certain and each.points)
        }

    def best(self, sources: list[str]) -> list[FoundPath]:
        """The best path of each source that isn't a target itself.

        A source that may do what was asked for under a condition only is given a path to someone who may for
        certain.
        """
        best: dict[str, FoundPath] = {}

        def found(path: FoundPath) -> None:
            if path.source not in best or path.order < best[path.source].order:
                best[path.source] = path

        for nodes in dict.fromkeys((self.targets.certain, self.nodes)):
            starts = [each for each in sources if each not in nodes]
            for path in self.web.best_paths(
                nodes, sources=starts, certain=self.only_certain, maximum=self.most_hops
            ):
                found(self._found(path))
        for points in sorted({opening.points for opening in self.openings.values()}):
            doors = frozenset(node for node, each in self.openings.items() if each.points == points)
            for arn in sources:
                if arn in doors:
                    found(self._through((), arn))
            starts = [each for each in sources if each not in doors]
            for path in self.web.best_paths(
                doors, sources=starts, certain=self.only_certain, maximum=self.most_hops - 1
            ):
                found(self._through(path.steps, path.target))
        for arn in [*best]:
            own = self.targets.answers.get(arn)
            if own is not None and best[arn].order[0] >= own.open_points:
                del best[arn]
        return sorted(best.values(), key=lambda path: path.order)

    def every(self, sources: list[str], most: int | None) -> list[FoundPath]:
        """All simple paths, at most one more than `most`."""

        def walk() -> Iterator[FoundPath]:
            for source in sources:
                if source not in self.nodes:
                    for path in self.web.all_paths(
                        source, self.nodes, maximum=self.most_hops, certain=self.only_certain
                    ):
                        yield self._found(path)
                    if source in self.openings:
                        yield self._through((), source)
                    doors = frozenset(self.openings) - self.nodes - {source}
                    for path in (
                        self.web.all_paths(
                            source, doors, maximum=self.most_hops - 1, certain=self.only_certain
                        )
                        if doors
                        else ()
                    ):
                        yield self._through(path.steps, path.target)

        found = islice(walk(), None if most is None else most + 1)
        return sorted(found, key=lambda path: path.order)

    def external(self, sources: Collection[str] | None) -> list[FoundPath]:
        """The best path by each role that an outsider comes in by; of these outsiders only, if given."""
        if sources is not None and not sources:
            return []
        best = self.web.next_steps(self.nodes, certain=self.only_certain, maximum=self.most_hops)
        found = []
        for entry in entries(self.web):
            if sources is not None and entry.source not in sources:
                continue
            if self.only_certain and entry.verdict is not Verdict.ALLOWED:
                continue
            steps: list[Step] = []
            at = entry.role
            while at not in self.nodes and at in best:
                steps.append(self.web.step(best[at]))
                at = best[at].target
            if at in self.nodes and len(steps) < self.most_hops:
                found.append(FoundPath(tuple(steps), entry, self.targets.answers.get(at)))
        return sorted(found, key=lambda path: (*path.order, path.target))

    def _through(self, steps: tuple[Step, ...], door: str) -> FoundPath:
        """A path that ends by letting itself in."""
        opening = self.openings[door]
        return FoundPath((*steps, opening.step), answer=opening.answer)

    def _found(self, path: Path) -> FoundPath:
        return FoundPath(path.steps, answer=self.targets.answers.get(path.target))


def _change(step: Step) -> str:
    """What a hop changes of the principal that it leads to; nothing where it leads to one as it is."""
    return step.target.partition(" with ")[2]

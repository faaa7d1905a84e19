"""Paths as the page shows them: each with a name for addresses, grouped by the grant that they share."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from graph.entities import principal_of
from iam.decision import Verdict
from queries.entries import Entry

if TYPE_CHECKING:
    from app.views.paths_asked import Narrowed
    from iam.decision import Grant
    from iam.escalation.choke import Cause
    from queries.paths import FoundPath, PathsResult


@dataclass(frozen=True)
class Shown:
    """A path, its name in addresses, and the place of the cause that it shares (None: it has its own)."""

    path: FoundPath
    id: str
    cause: int | None
    outside: bool = False

    @cached_property
    def techniques(self) -> frozenset[str]:
        """The ids of its hops' techniques."""
        return frozenset(part.technique.id for part in self.path.parts)

    @cached_property
    def accounts(self) -> frozenset[str]:
        """The ids of the accounts that it passes."""
        return frozenset(filter(None, map(account_of, self.path.principals)))


class FoundPaths:
    """An answer prepared for the page: what takes time is done here, once."""

    def __init__(self, result: PathsResult) -> None:
        self.result = result
        self.causes: list[Cause] = [cause for cause in result.causes if len(cause.paths) > 1]
        place = {
            tuple(map(id, path.steps)): at for at, cause in enumerate(self.causes) for path in cause.paths
        }
        inside = [Shown(path, _name(path), place.get(tuple(map(id, path.steps)))) for path in result.paths]
        # In the order of the list: by cause, those without one after them, those from outside last.
        inside.sort(key=lambda each: len(self.causes) if each.cause is None else each.cause)
        self.paths = [
            *inside,
            *(Shown(path, _name(path), None, outside=True) for path in result.external_paths),
        ]
        self.names = {each.id: each for each in reversed(self.paths)}

    @cached_property
    def techniques(self) -> list[tuple[str, str]]:
        """The techniques that occur, most often ones first: id, and words with the number of paths."""
        counts = Counter(name for each in self.paths for name in each.techniques)
        names = {part.technique.id: part.technique.name for each in self.paths for part in each.path.parts}
        return [(id_, f"{id_} ({number:,}): {names[id_]}") for id_, number in _most(counts)]

    @cached_property
    def accounts(self) -> list[tuple[str, str]]:
        """The accounts that paths pass: id, and id with the number of paths."""
        counts = Counter(name for each in self.paths for name in each.accounts)
        return [(id_, f"{id_} ({number:,})") for id_, number in _most(counts)]

    def narrowed(self, by: Narrowed, accepted: frozenset[str]) -> list[Shown]:
        """The paths that pass all filters."""
        return [
            each
            for each in self.paths
            if by.certainty in ("", each.path.verdict.value)
            and (not by.technique or by.technique in each.techniques)
            and (not by.account or by.account in each.accounts)
            and (not by.statement or self._goes_by(each, by.statement))
            and not (by.accepted == "hidden" and is_accepted(each, accepted))
            and not (by.accepted == "only" and not is_accepted(each, accepted))
        ]

    def _goes_by(self, shown: Shown, statement: str) -> bool:
        return any(
            grant.statement_id == statement for part in shown.path.parts for grant in self.grants(part)
        )

    def grants(self, part: object) -> Sequence[Grant]:
        """The statements behind a hop."""
        return part.because if isinstance(part, Entry) else self.result.web.finder.because(part)  # type: ignore[arg-type]

    def only(self, shown: Sequence[Shown]) -> PathsResult:
        """The answer with these paths alone."""
        return replace(
            self.result,
            paths=tuple(each.path for each in shown if not each.outside),
            external_paths=tuple(each.path for each in shown if each.outside),
        )


def is_accepted(shown: Shown, accepted: frozenset[str]) -> bool:
    """Whether somebody whom the path passes is marked as an accepted risk."""
    return not accepted.isdisjoint(shown.path.principals)


def certain(shown: Sequence[Shown]) -> int:
    """How many of the paths are allowed."""
    return sum(each.path.verdict is Verdict.ALLOWED for each in shown)


def account_of(key: str) -> str:
    """The account of an ARN or of `administrator:ACCOUNT`; nothing where it has none."""
    if key.startswith("administrator:"):
        return key.removeprefix("administrator:")
    parts = key.split(":", 5)
    return parts[4] if len(parts) == 6 else ""


def _name(path: FoundPath) -> str:
    """A short name that stays the same as long as the path's hops do."""
    hops = "\n".join(f"{principal_of(p.source)} {p.technique.id} {p.target}" for p in path.parts)
    return hashlib.sha256(hops.encode("utf-8", "replace")).hexdigest()[:12]


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))

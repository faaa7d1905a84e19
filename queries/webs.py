"""The web of escalation over all that is loaded, kept until the next load."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from graph.entities import read_estate
from graph.sequence import consistent_read, current
from iam.escalation.actors import Actor
from iam.escalation.web import Web
from iam.estate import Access, Estate
from queries.nothing import NOTHING_LOADED
from queries.watching import go_on, tell

if TYPE_CHECKING:
    from graph.connection import Database
    from iam.escalation.fans import Fan
    from iam.escalation.steps import Step
    from iam.techniques import Technique

T = TypeVar("T")
Context = Mapping[str, str | Sequence[str]]

_KEPT = 3
_MISSING = "MATCH (l:Load) RETURN l.id AS account, l.missing AS missing ORDER BY account"


class Loaded:
    """What is loaded at one load sequence number, with a web for each context that was asked about."""

    def __init__(self, database: Database, number: int) -> None:
        self.number = number
        self.guard = threading.RLock()
        self.estate = read_estate(database)
        self.missing = tuple(_missing(database, self.estate))
        self._webs: OrderedDict[tuple[object, frozenset[str] | None], Web] = OrderedDict()

    def web(self, context: Context, starts: Collection[str] | None = None) -> Web:
        """The web where this is known of requests, or the part of it that starts from some principals (ARNs).

        The last few are kept; a whole one serves for its parts.
        """
        given = tuple(sorted((name.lower(), _value(value)) for name, value in context.items()))
        key: tuple[object, frozenset[str] | None] = (given, None)
        if starts is not None and key not in self._webs:
            key = (given, frozenset(starts))
        if key not in self._webs:
            known = self.estate
            now = Estate(known.accounts, known.organization, known.outsiders)
            self._webs[key] = _ToldWeb(Access(now, context), key[1])
            if len(self._webs) > _KEPT:
                self._webs.popitem(last=False)
        self._webs.move_to_end(key)
        return self._webs[key]


class _ToldWeb(Web):
    """A web that tells how far it is, and ends where its question is stopped; what isn't whole is never kept."""

    def __init__(self, access: Access, starts: Collection[str] | None) -> None:
        self._begun = 0
        self._starts = starts
        super().__init__(access, starts=starts)

    def follow(self, first: Actor) -> None:
        """Find the fans of an actor, and of whom they make of a changed principal."""
        if not first.changes:
            self._begun += 1
            total = len(self.world.sources if self._starts is None else self._starts)
            tell("principals followed", min(self._begun, total), total)
        super().follow(first)

    def fans_of(self, actor: Actor) -> list[Fan]:
        """All that the techniques open to an actor lead to, whether it gives anything new or not."""
        go_on()
        return super().fans_of(actor)

    def by(self, technique: Technique, actor: Actor, about: Collection[str] | None) -> list[Step]:
        """The steps of an actor by one technique; with `about`, those about no other principals than these."""
        go_on()
        return super().by(technique, actor, about)


def not_followed(web: Web) -> list[str]:
    """What is said where there may be more ways than were followed."""
    if not web.truncated:
        return []
    return ["Changed principals were followed up to a limit of steps: there may be more ways than are shown."]


def _value(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _missing(database: Database, estate: Estate) -> list[str]:
    """What is not loaded and could change answers, one sentence each."""
    if not estate.accounts:
        return [NOTHING_LOADED]
    found = []
    if estate.organization is None:
        found.append("No organization is loaded: its SCPs and RCPs could take permissions away.")
    for row in database.read(_MISSING):
        found += [f"Account {row['account']}: {text}" for text in row["missing"] or ()]
    for account in estate.accounts.values():
        held = {arn for each in account.principals.values() for arn in (*each.attached, each.boundary)}
        held |= {arn for group in account.groups.values() for arn in group.attached}
        found += [
            f"Account {account.id}: the text of {arn} is not loaded."
            for arn in sorted(held - account.policies.keys() - {""})
        ]
    return list(dict.fromkeys(found))


_known: weakref.WeakKeyDictionary[Database, Loaded] = weakref.WeakKeyDictionary()
_guard = threading.Lock()


def ask_web(database: Database, question: Callable[[Loaded], T]) -> T:
    """What a question answers on what is loaded, read when first asked for after a load.

    One question at a time: what a web has found out is kept in it. Raises
    `graph.connection.DatabaseUnavailable`, and what the question raises.
    """

    def answer() -> T:
        number = current(database)
        with _guard:
            loaded = _known.get(database)
            if loaded is None or loaded.number != number:
                loaded = _known[database] = Loaded(database, number)
        with loaded.guard:
            return question(loaded)

    return consistent_read(database, answer)

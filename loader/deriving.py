"""What follows from all that is loaded, worked out in a thread of its own while the database is at work.

Writing waits for the server nearly all the time, and the server has a core of its own; so what Python works out
meanwhile costs a load no time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from concurrent.futures import Future
from itertools import chain
from threading import Thread
from typing import Self

from iam.administrators import administrators
from iam.escalation.web import Web
from iam.escalation.world import World
from iam.estate import Access, Estate
from loader.derive import Edge, assumptions
from loader.escalate import Escalations, best_ways, escalations, only_administrators
from loader.lint import Marks

MOST_FOR_ALL = 400
"""With more users and roles than this, only each one's best way to an administrator is kept in the graph."""

MOST_FOR_BEST = 6_000
"""With more than this, loading leaves escalation to those who ask for it."""


class _GivenUp(Exception):
    """Nobody waits for the rest any more."""


class Deriving:
    """What is derived: `administrators` (ARNs) at once, and then, one after the other in the order in which
    writing asks for them, what linting says (`marks`), who can assume which role, and who can become whom.

    A context manager: leaving it ends the work after the part under way. Each part raises, when its result is
    asked for, what went wrong in it or before it. `seconds` are those of `derive` and `escalation`.
    """

    def __init__(
        self, estate: Estate, concerned: Collection[str] | None, marks: Callable[[], Marks] = dict
    ) -> None:
        self._access = Access(estate)
        self._concerned = concerned
        self._lint = marks
        self._given_up = False
        self.seconds: dict[str, float] = {}
        self.administrators = {each.arn for each in administrators(self._access)}
        self.marks: Future[Marks] = Future()
        self.assumptions: Future[list[Edge]] = Future()
        self.escalations: Future[Escalations] = Future()
        # A daemon, so that an interrupted command doesn't wait for what nobody wants any more.
        self._thread = Thread(target=self._work, name="deriving", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._given_up = True

    def _work(self) -> None:
        results: tuple[Future[Marks], Future[list[Edge]], Future[Escalations]]
        results = self.marks, self.assumptions, self.escalations
        try:
            start = time.perf_counter()
            self.marks.set_result(self._lint())
            self._go_on()
            world = World(self._access)
            self.assumptions.set_result(self._edges(world))
            self.seconds["derive"] = time.perf_counter() - start
            self._go_on()
            start = time.perf_counter()
            self.escalations.set_result(self._escalations(world))
            self.seconds["escalation"] = time.perf_counter() - start
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
            for each in results:
                if not each.done():
                    each.set_exception(error)

    def _go_on(self) -> None:
        if self._given_up:
            raise _GivenUp

    def _edges(self, world: World) -> list[Edge]:
        found = chain.from_iterable(world.assumptions.values())
        return list(assumptions(found, self._access.estate, self._concerned))

    def _escalations(self, world: World) -> Escalations:
        if len(world.sources) > MOST_FOR_BEST:
            return only_administrators(self.administrators)
        web = Web(self._access, world)
        return best_ways(web) if len(world.sources) > MOST_FOR_ALL else escalations(web)

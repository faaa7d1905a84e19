"""Who may do everything, and who becomes such a one by assuming roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iam import administrators as deciding
from iam.document import PolicyKind
from iam.estate import Access
from queries.snapshot import Snapshot, ask

if TYPE_CHECKING:
    from graph.connection import Database
    from iam.entities import Principal

MOST_HOPS = 6

_ASSUMED_BY = """
UNWIND $roles AS arn
MATCH (r:Role {arn: arn})<-[c:CAN_ASSUME]-(p:Principal)
RETURN p.arn AS source, r.arn AS role, c.verdict AS verdict, c.conditions AS conditions, c.needs AS needs
"""


def administrators(database: Database) -> list[Principal]:
    """The principals that may do every action on every resource of their account, root users included.

    What SCPs take away does not count. In the order of accounts and ARNs.
    """

    def answer(snapshot: Snapshot) -> list[Principal]:
        snapshot.read_kind(database, PolicyKind.IDENTITY)
        return list(deciding.administrators(Access(snapshot.estate_now())))

    return ask(database, answer)


@dataclass(frozen=True)
class Chain:
    """The shortest way by which a principal comes to an administrator by assuming roles only.

    `arns` begins with the source and ends with the administrator; `conditions` and `needs` are those of all
    hops. Of ways as short the one with the fewest open points is kept.
    """

    arns: tuple[str, ...]
    conditions: tuple[str, ...]
    needs: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """`allowed`, or `depends` where a hop hangs on something."""
        return "depends" if self.conditions or self.needs else "allowed"

    @property
    def open_points(self) -> int:
        """How many conditions and needs it hangs on."""
        return len(self.conditions) + len(self.needs)


def chains_to(database: Database, targets: list[str]) -> list[Chain]:
    """The shortest chain of assumed roles from each principal that comes to one of the targets (ARNs).

    Walked breadth first from the targets, at most six hops; targets are no sources.
    """

    def answer(_: Snapshot) -> list[Chain]:
        best = {arn: Chain((arn,), (), ()) for arn in targets}
        frontier = list(targets)
        for _hop in range(MOST_HOPS):
            found: dict[str, Chain] = {}
            for row in database.read(_ASSUMED_BY, roles=frontier) if frontier else ():
                source = row["source"]
                if source not in best:
                    chain = _longer(best[row["role"]], row)
                    if source not in found or chain.open_points < found[source].open_points:
                        found[source] = chain
            best.update(found)
            frontier = list(found)
        return [chain for arn, chain in sorted(best.items()) if len(chain.arns) > 1]

    return ask(database, answer)


def _longer(chain: Chain, row: Any) -> Chain:
    return Chain(
        (row["source"], *chain.arns),
        tuple(dict.fromkeys((*(row["conditions"] or ()), *chain.conditions))),
        tuple(dict.fromkeys((*(row["needs"] or ()), *chain.needs))),
    )

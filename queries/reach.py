"""Whom a principal can become, and who can become it: over the graph's relationships, breadth first.

Relationships may be dense (thousands may assume thousands), so no walks are enumerated: each principal is
visited once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.sequence import consistent_read
from queries.names import find_principal
from queries.snapshot import snapshot_of

if TYPE_CHECKING:
    from graph.connection import Database

MOST_HOPS = 6

_ONWARD = """
UNWIND $frontier AS arn
MATCH (p:Principal {arn: arn})-[e:CAN_ASSUME|CAN_ESCALATE]->(t:Principal)
WHERE $uncertain OR e.verdict = 'allowed'
RETURN DISTINCT p.arn AS known, t.arn AS found, false AS administrator ORDER BY found, known
"""
_BACK = """
UNWIND $frontier AS arn
MATCH (t:Principal {arn: arn})<-[e:CAN_ASSUME|CAN_ESCALATE]-(p:Principal)
WHERE (p.loaded = true OR p:Administrator) AND ($uncertain OR e.verdict = 'allowed')
RETURN DISTINCT t.arn AS known, p.arn AS found, coalesce(p.distance_to_admin, 1) = 0 AS administrator
ORDER BY found, known
"""


@dataclass(frozen=True)
class Reached:
    """A principal that is reached, or that reaches: its key, the fewest hops, and the neighbour by which."""

    arn: str
    hops: int
    by: str


def reachable(
    database: Database, principal: str, *, most_hops: int = MOST_HOPS, uncertain: bool = True
) -> list[Reached]:
    """Whom a principal (however it is named) can become, nearest first; `by` is the one before.

    `uncertain` goes over what hangs on something too. Raises `queries.errors.QuestionError`,
    `graph.connection.DatabaseUnavailable`.
    """
    return _walk(database, _ONWARD, principal, most_hops, uncertain)


def reaching(
    database: Database, principal: str, *, most_hops: int = MOST_HOPS, uncertain: bool = True
) -> list[Reached]:
    """Who can become a principal (however it is named, or `administrator:ACCOUNT`); `by` is the next one.

    Administrators, who can become anybody in their account, are gone through and not listed.
    """
    return _walk(database, _BACK, principal, most_hops, uncertain)


def _walk(database: Database, cypher: str, principal: str, most_hops: int, uncertain: bool) -> list[Reached]:
    def answer() -> list[Reached]:
        start = principal
        if not principal.startswith("administrator:"):
            start = find_principal(snapshot_of(database).estate, principal).arn
        found = {start: Reached(start, 0, "")}
        frontier = [start]
        administrators = set()
        for hops in range(1, most_hops + 1):
            rows = database.read(cypher, frontier=frontier, uncertain=uncertain) if frontier else []
            frontier = []
            for row in rows:
                if row["found"] not in found:
                    found[row["found"]] = Reached(row["found"], hops, row["known"])
                    frontier.append(row["found"])
                if row["administrator"]:
                    administrators.add(row["found"])
        return [each for each in found.values() if each.hops and each.arn not in administrators]

    return consistent_read(database, answer)

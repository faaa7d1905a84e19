"""Who can become whom, as relationships, and how far every principal is from an administrator.

A step that only changes a principal (it joins a group, rewrites a policy) leads to no node of the graph. It
and the steps that become possible by it make one relationship, with all their techniques in order.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from graph.entities import ADMINISTRATOR_ITSELF, Standing, administrator_key, principal_of
from iam.decision import Verdict
from iam.escalation.steps import Step
from iam.escalation.web import Path, Web

Edge = tuple[str, str, Mapping[str, Any]]

_ASSUMING = "sts:assumerole"


class Kept(StrEnum):
    """How much of escalation is kept in the graph; of large estates not all of it."""

    ALL = "all"
    BEST_WAYS = "best ways"
    ADMINISTRATORS = "administrators"


@dataclass(frozen=True, slots=True)
class Escalations:
    """CAN_ESCALATE relationships, and by ARN how principals stand that are administrators or come to one.

    `kept` says how much of what was found is there; `truncated` says that there may be more of it.
    """

    edges: list[Edge]
    standings: dict[str, Standing]
    kept: Kept
    truncated: bool = False


def only_administrators(administrators: Collection[str]) -> Escalations:
    """Who is an administrator (ARNs), and nothing of who can become one."""
    standings = dict.fromkeys(administrators, ADMINISTRATOR_ITSELF)
    return Escalations([], standings, Kept.ADMINISTRATORS)


def best_ways(web: Web) -> Escalations:
    """Of what follows from all that is loaded, each principal's first hop on its best way to an administrator."""
    nodes = _nodes(web)
    ways = _best_ways(web, nodes)
    edges = [_edge(web, tuple(hops[0])) for hops in ways.values() if not all(map(_only_assumes, hops[0]))]
    return Escalations(edges, _standings(web, ways), Kept.BEST_WAYS, truncated=web.truncated)


def escalations(web: Web) -> Escalations:
    """What follows from all that is loaded."""
    nodes = _nodes(web)
    edges = [_edge(web, way) for source in web.steps if source in nodes for way in _ways(web, source, nodes)]
    return Escalations(edges, _standings(web, _best_ways(web, nodes)), Kept.ALL, truncated=web.truncated)


def _nodes(web: Web) -> set[str]:
    """The nodes of the graph between which CAN_ESCALATE runs."""
    nodes = {principal.arn for principal in web.world.estate.principals() if principal.loaded}
    return nodes | {administrator_key(account) for account in web.world.estate.accounts}


def _ways(web: Web, source: str, nodes: set[str]) -> Iterator[tuple[Step, ...]]:
    """The steps that lead from a principal to a node of the graph with nothing but changes in between.

    One step each where a step leads there at once; else the best way to a node that no single step reaches.
    """
    reached = {source}
    changing = False
    for step in web.steps[source]:
        if step.target in nodes:
            reached.add(step.target)
            if not _only_assumes(step):
                yield (step,)
        else:
            changing = True
    if changing:
        yield from _through_changes(web, source, nodes, reached)


def _through_changes(web: Web, source: str, nodes: set[str], reached: set[str]) -> Iterator[tuple[Step, ...]]:
    """The best way to each node that is reached by way of changed principals only."""
    heap: list[tuple[int, int, int, tuple[Step, ...]]] = []
    number = 0
    done: set[str] = set()

    def add(way: tuple[Step, ...]) -> None:
        nonlocal number
        number += 1
        heapq.heappush(heap, (sum(step.points for step in way), len(way), number, way))

    for step in web.steps[source]:
        if step.target not in nodes:
            add((step,))
    while heap:
        way = heapq.heappop(heap)[3]
        at = way[-1].target
        if at in done:
            continue
        done.add(at)
        whose = principal_of(at)
        if whose in nodes and whose not in reached:
            # Whoever acts as a changed principal can act as that principal.
            reached.add(whose)
            yield way
        if at not in nodes:
            for step in web.steps.get(at, ()):
                if step.target not in done:
                    add((*way, step))


def _only_assumes(step: Step) -> bool:
    """Whether assuming the role is all there is to a step: CAN_ASSUME says that already."""
    return all(used.action.lower() == _ASSUMING for used in step.rights)


def _edge(web: Web, way: tuple[Step, ...]) -> Edge:
    path = Path(way)
    because = dict.fromkeys(grant.statement_id for step in way for grant in web.finder.because(step))
    certain = all(step.open is True for step in way)
    properties = {
        "techniques": [step.technique.id for step in way],
        "verdict": Verdict.ALLOWED.value if certain else Verdict.DEPENDS.value,
        "conditions": None if certain else list(path.conditions) or None,
        "needs": None if certain else list(path.needs) or None,
        "because": list(because) or None,
    }
    return way[0].source, principal_of(way[-1].target), properties


def _best_ways(web: Web, nodes: set[str]) -> dict[str, list[list[Step]]]:
    """The hops of the best way to an administrator, for each principal that has one."""
    best = web.next_steps(web.administrator_nodes)
    steps: dict[str, Step] = {}
    ways = {}
    for principal in web.world.sources:
        way = []
        at = principal.arn
        while at in best:
            if at not in steps:
                steps[at] = web.step(best[at])
            way.append(steps[at])
            at = best[at].target
        if way:
            ways[principal.arn] = list(_hops(way, nodes))
    return ways


def _standings(web: Web, ways: Mapping[str, list[list[Step]]]) -> dict[str, Standing]:
    """The standings of administrators, and of the principals that come to one."""
    standings = {each.arn: ADMINISTRATOR_ITSELF for each in web.administrators}
    for source, hops in ways.items():
        certain = all(step.open is True for hop in hops for step in hop)
        standings[source] = Standing(
            distance=len(hops),
            next_hop=principal_of(hops[0][-1].target),
            techniques=tuple(step.technique.id for step in hops[0]),
            verdict=Verdict.ALLOWED.value if certain else Verdict.DEPENDS.value,
        )
    return standings


def _hops(steps: list[Step], nodes: set[str]) -> Iterator[list[Step]]:
    """The steps of a path as the graph's relationships have them: changes joined to what they lead to."""
    hop: list[Step] = []
    for step in steps:
        hop.append(step)
        whose = principal_of(step.target)
        if step.target in nodes or (whose in nodes and whose != principal_of(hop[0].source)):
            yield hop
            hop = []

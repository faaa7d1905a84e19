"""The web of steps: every actor's steps, followed until nothing new appears, and the paths through them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from iam.arn import account_of
from iam.decision import Verdict
from iam.entities import Principal
from iam.escalation.actors import ADMINISTRATOR, Actor, administrator
from iam.escalation.bindings import ACTING
from iam.escalation.crowd import bits_of, places
from iam.escalation.fans import Fan, Fans, Nodes, Part
from iam.escalation.loosening import Loosening
from iam.escalation.raising import Raising
from iam.escalation.steps import Step, Steps
from iam.escalation.world import World
from iam.estate import Access
from iam.formula import Formula
from iam.techniques import Technique

_MAXIMUM_CHANGES = 3
"""How many changes of one principal are followed one after another."""

_BY_ADMINISTRATORS = frozenset({"sts-001", "iam-003", "iam-012"})
"""How an administrator comes to act as others: it assumes roles that let it in, in other accounts too, rewrites
the trust of its account's roles, and makes itself access keys of users. What else it could do leads no further.
"""

_MAXIMUM_FOLLOWED = 20_000
"""How many changed principals are followed at most; beyond that `Web.truncated` says so."""


@dataclass(frozen=True, slots=True)
class Path:
    """Steps that lead from a source to a target, one after the other."""

    steps: tuple[Step, ...]

    @property
    def source(self) -> str:
        """Where it starts: the ARN of a principal."""
        return self.steps[0].source

    @property
    def target(self) -> str:
        """Where it ends: an ARN, or `administrator:ACCOUNT`."""
        return self.steps[-1].target

    @property
    def verdict(self) -> Verdict:
        """Allowed if every step is."""
        certain = all(step.verdict is Verdict.ALLOWED for step in self.steps)
        return Verdict.ALLOWED if certain else Verdict.DEPENDS

    @property
    def conditions(self) -> tuple[str, ...]:
        """What the steps hang on in their requests, each once."""
        return tuple(dict.fromkeys(text for step in self.steps for text in step.conditions))

    @property
    def needs(self) -> tuple[str, ...]:
        """What must be there that the data doesn't show, each once."""
        return tuple(dict.fromkeys(text for step in self.steps for text in step.needs))


@dataclass(frozen=True, slots=True)
class Lead:
    """The best way on from a node: the technique, where it leads, and what lies ahead.

    `points` are the open points and `hops` the steps from `source` to the end. `about` is the principal that the
    technique takes over, where that is not the target.
    """

    points: int
    hops: int
    source: str
    target: str
    technique: Technique
    about: str = ""

    @property
    def order(self) -> tuple[int, int]:
        """Better ways come first."""
        return self.points, self.hops


@dataclass(slots=True)
class _Standing:
    """An actor with its fans.

    Of the changed principals among their nodes, `left_out` are those that give nothing, and `idle` those from
    which no further step leads on: they are kept for what they allow. `enough` is what it hangs on that the
    actor makes itself administrator.
    """

    actor: Actor
    fans: list[Fan]
    left_out: int = 0
    idle: int = 0
    enough: frozenset[Formula] = frozenset()


@dataclass(slots=True)
class _Way:
    """A part of a fan, the nodes that count of it, and the numbers of the actors that have it.

    `taking_over`: these are administrators, and the nodes are other principals of their own account.
    """

    technique: Technique
    part: Part
    nodes: int
    actors: int = 0
    taking_over: bool = False


class Web:
    """All steps within one estate. Made once; asked for paths any number of times.

    With `starts` (ARNs) only the steps are found that lie on ways from these principals. `changed` are the
    principals that stand at the nodes of changed ones, and `truncated` says that there may be more.
    """

    def __init__(
        self,
        access: Access,
        world: World | None = None,
        *,
        starts: Collection[str] | None = None,
        loosen: bool = True,
    ) -> None:
        self.world = world or World(access)
        self.finder = Steps(self.world)
        self.nodes = Nodes(self.world.crowd)
        self.changed: dict[str, Principal] = {}
        self.truncated = False
        self._fans = Fans(self.finder, self.nodes)
        self._actors: dict[str, _Standing] = {}
        self._steps: dict[str, list[Step]] = {}
        self._added: dict[str, list[Step]] = {}
        self._followed = 0
        self._noted = self._taken = 0
        self.limited = starts is not None
        self._administrating = {self.nodes.number(each.key): each for each in self._administering()}
        self._spread_to = 0
        if self.limited:
            sources = self.nodes.crowd.bits(principal.arn for principal in self.world.sources)
            self._spread_to = sources | bits_of(self._administrating)
        for principal in self.world.sources:
            if starts is None or principal.arn in starts:
                self.follow(Actor(principal))
        for actor in self._administrating.values():
            if starts is None or actor.key in starts:
                self.follow(actor)
        Raising(self).add()
        if loosen:
            Loosening(self).add()

    def _administering(self) -> Iterator[Actor]:
        """Those who act at the nodes at which an attacker is administrator."""
        yield from map(administrator, self.world.estate.accounts.values())
        yield from (Actor(each) for each in self.administrators if self.nodes.crowd.bit(each.arn))

    def full(self) -> bool:
        """Whether as many changed principals are followed as are; it is noted that it is so."""
        self.truncated = self.truncated or self._followed > _MAXIMUM_FOLLOWED
        return self._followed > _MAXIMUM_FOLLOWED

    def put(self, step: Step) -> None:
        """Add a step, in place of a worse one by the same technique."""
        self._followed += 1
        self.__dict__.pop("_ways", None)  # found anew when they are next asked for
        self._steps.pop(step.source, None)
        others = self._added.setdefault(step.source, [])
        for place, other in enumerate(others):
            if other.target == step.target and other.technique is step.technique:
                if step.points < other.points:
                    others[place] = step
                return
        others.append(step)
        at = self.nodes.known(step.target)
        if at is not None and self._spread_to >> at & 1:
            self._spread_to &= ~(1 << at)
            self.follow(self._actor(at))

    def follow(self, first: Actor) -> None:
        """Find the fans of an actor, and of whom they make of a changed principal."""
        waiting = [first]
        while waiting:
            actor = waiting.pop()
            if actor.key in self._actors:
                continue
            if actor.changes:
                if self.full():
                    continue
                self._followed += 1
            self.__dict__.pop("_ways", None)
            standing = self._actors[actor.key] = self._stand(actor)
            for fan in standing.fans:
                kept = fan.changing & ~standing.left_out
                for at in places(kept & ~self._noted):
                    self.changed[self.nodes.name(at)] = fan.changed[at].principal
                self._noted |= kept
                onward = kept & ~standing.idle & ~self._taken
                self._taken |= onward
                waiting += [fan.changed[at] for at in reversed([*places(onward)])]
                if self._spread_to:
                    waiting += self._newly_reached(fan)

    def _newly_reached(self, fan: Fan) -> list[Actor]:
        """Those at the nodes that a fan leads to and that nothing before it did."""
        reached = 0
        for part in fan.parts:
            reached |= part.nodes & self._spread_to
        self._spread_to &= ~reached
        return [self._actor(at) for at in places(reached)]

    def _actor(self, number: int) -> Actor:
        """Who acts at a node that is a principal as it is, or an administrator."""
        found = self._administrating.get(number)
        return found if found is not None else Actor(self.nodes.crowd.members[number])

    def _stand(self, actor: Actor) -> _Standing:
        """The fans of an actor, and which changes of principals are not worth following."""
        if self.nodes.number(actor.key) in self._administrating:
            return _Standing(actor, self._fans.of(actor, _BY_ADMINISTRATORS))
        fans = self.fans_of(actor)
        top = 1 << self.nodes.number(ADMINISTRATOR + actor.principal.account)
        enough = set().union(*(fan.open_to(top) for fan in fans))
        if actor.changes and True in enough:
            # a changed actor is followed to see how far it gets: no further
            fan = next(f for f in fans if any(p.open is True and p.nodes & top for p in f.parts))
            part = next(p for p in fan.parts if p.open is True and p.nodes & top)
            return _Standing(actor, [Fan(fan.technique, [Part(top, 0, part.about, True)])])
        # who has been changed gains nothing by becoming what it was
        left_out = self.nodes.crowd.bit(actor.principal.arn) if actor.changes else 0
        idle = 0
        for fan in fans:
            for part in fan.parts if fan.changed else ():
                changing = part.nodes & fan.changing & ~left_out
                # Who becomes administrator has nothing to gain, on the same conditions, by a change in part.
                if True in enough or part.open in enough:
                    left_out |= changing
                    continue
                for at in places(changing & ~idle):
                    changed = fan.changed[at]
                    if len(changed.changes) > _MAXIMUM_CHANGES:
                        left_out |= 1 << at
                    elif not self.finder.outcomes.gains(actor, changed):
                        idle |= 1 << at
        return _Standing(actor, fans, left_out, idle, frozenset(enough))

    def enough_for(self, actor: Actor) -> frozenset[Formula]:
        """The conditions on which an actor makes itself administrator by one step, True among them."""
        return self._actors[actor.key].enough

    @property
    def actors(self) -> Iterator[Actor]:
        """Everyone whose steps were found: principals as they are, and as they are after changes."""
        return (standing.actor for standing in self._actors.values())

    def fans_of(self, actor: Actor) -> list[Fan]:
        """All that the techniques open to an actor lead to, whether it gives anything new or not."""
        return self._fans.of(actor)

    def count(self) -> tuple[int, int]:
        """How many steps there are from all actors, and how many of them are certain."""
        steps = certain = 0
        for standing in self._actors.values():
            for fan in standing.fans:
                for part in fan.parts:
                    found = (part.nodes & ~standing.left_out).bit_count()
                    steps += found
                    certain += found if part.points == 0 else 0
        added = [step for each in self._added.values() for step in each]
        return steps + len(added), certain + sum(step.open is True for step in added)

    @property
    def steps(self) -> Mapping[str, list[Step]]:
        """The steps that lead on from every node; each node's are worked out when they are asked for."""
        return _AllSteps(self._actors.keys() | self._added.keys(), self.steps_of)

    def steps_of(self, key: str) -> list[Step]:
        """All steps from one node, the best one to each target by each technique."""
        known = self._steps.get(key)
        if known is None:
            found: dict[tuple[str, str], Step] = {}
            standing = self._actors.get(key)
            steps = list(self._of_fans(standing)) if standing is not None else []
            for step in (*steps, *self._added.get(key, ())):
                way = (step.target, step.technique.id)
                if way not in found or step.points < found[way].points:
                    found[way] = step
            known = self._steps[key] = list(found.values())
        return known

    def _of_fans(self, standing: _Standing) -> Iterator[Step]:
        for fan in standing.fans:
            led = 0
            for part in fan.parts:
                led |= part.nodes
            led &= ~standing.left_out
            for step, _ in self.finder.by(fan.technique, standing.actor, self._taken_over(fan, led)):
                at = self.nodes.known(step.target)
                if at is not None and led >> at & 1:
                    yield step

    def _taken_over(self, fan: Fan, led: int) -> set[str] | None:
        """The principals that the ways of a fan are about; None where that is not kept."""
        if fan.technique.effect in ACTING:
            about = led
        elif all(part.about for part in fan.parts):
            about = 0
            for part in fan.parts:
                about |= part.about
        else:
            return None
        return {each.arn for each in self.nodes.crowd.of(about & self.nodes.crowd.everyone)}

    def by(self, technique: Technique, actor: Actor, about: Collection[str] | None) -> list[Step]:
        """The steps of an actor by one technique; with `about`, those about no other principals than these."""
        return [step for step, _ in self.finder.by(technique, actor, about)]

    def step(self, lead: Lead) -> Step:
        """The step by which a lead goes on, with its statements."""
        added = self._added.get(lead.source, [])
        steps = self._steps.get(lead.source)
        standing = self._actors.get(lead.source)
        if steps is None and standing is not None:
            about = lead.about or (lead.target if self.nodes.crowd.bit(lead.target) else None)
            steps = self.by(lead.technique, standing.actor, None if about is None else [about])
        fitting = [
            each
            for each in (*added, *(steps or ()))
            if each.target == lead.target and each.technique is lead.technique
        ]
        best: Step = min(fitting, key=lambda each: each.points)
        return best

    @cached_property
    def administrators(self) -> list[Principal]:
        """The principals that are administrators as things stand, root users among them."""
        return [each for each in self.world.estate.principals() if self.world.is_administrator(each)]

    @cached_property
    def administrator_nodes(self) -> frozenset[str]:
        """All nodes at which an attacker is administrator of some account."""
        accounts = (ADMINISTRATOR + account for account in self.world.estate.accounts)
        return frozenset([*accounts, *(principal.arn for principal in self.administrators)])

    # the way to somewhere

    @cached_property
    def _ways(self) -> list[_Way]:
        """All parts of all fans, each once, with the actors that have it."""
        found: dict[tuple[int, int, bool], _Way] = {}
        actors: dict[tuple[int, int, bool], list[int]] = {}
        for key, standing in self._actors.items():
            number = self.nodes.number(key)
            own = self._own_account(standing.actor) if number in self._administrating else 0
            for fan in standing.fans:
                for part in fan.parts:
                    every = part.nodes & ~standing.left_out
                    for nodes, taking_over in ((every & ~own, False), (every & own, True)):
                        if not nodes:
                            continue
                        place = (id(part), nodes, taking_over)
                        if place not in found:
                            found[place] = _Way(fan.technique, part, nodes, taking_over=taking_over)
                            actors[place] = []
                        actors[place].append(number)
        for place, way in found.items():
            way.actors = bits_of(actors[place])
        ways = list(found.values())
        for key, steps in self._added.items():
            source = 1 << self.nodes.number(key)
            for step in steps:
                nodes = 1 << self.nodes.number(step.target)
                ways.append(_Way(step.technique, Part(nodes, step.points), nodes, source))
        return sorted(ways, key=lambda way: way.technique.id)

    def _own_account(self, actor: Actor) -> int:
        """The principals of an actor's account."""
        account = self.world.estate.accounts[actor.principal.account]
        return self.nodes.crowd.bits(account.principals)

    def takes_over(self, step: Step) -> bool:
        """Whether it is an administrator who comes to act as another principal of its own account."""
        if self.nodes.known(step.source) not in self._administrating:
            return False
        return account_of(step.target) == step.actor.principal.account

    def next_steps(
        self,
        targets: Collection[str],
        *,
        certain: bool = False,
        taking_over: bool = True,
        maximum: int = 1_000,
    ) -> dict[str, Lead]:
        """For each node that reaches a target, the first step of its best path.

        Fewest open points first, then fewest hops. `certain` leaves out steps that hang on something, and
        `taking_over=False` those by which administrators act as others in their own account.
        """
        best: dict[str, Lead] = {}
        newly = bits_of(at for key in targets if (at := self.nodes.known(key)) is not None)
        settled = newly
        waiting = [
            way
            for way in self._ways
            if not (certain and way.part.points) and (taking_over or not way.taking_over)
        ]
        coming: dict[tuple[int, int], list[tuple[_Way, int]]] = {}
        points = hops = 0
        while True:
            if newly and hops < maximum:
                still = []
                for way in waiting:
                    hit = way.nodes & newly
                    if hit:
                        coming.setdefault((points + way.part.points, hops + 1), []).append((way, hit))
                    else:
                        still.append(way)
                waiting = still
            if not coming:
                return best
            points, hops = min(coming)
            newly = 0
            for way, hit in sorted(coming.pop((points, hops)), key=lambda each: each[0].technique.id):
                fresh = way.actors & ~settled
                settled |= fresh
                newly |= fresh
                if fresh:
                    target = self.nodes.name((hit & -hit).bit_length() - 1)
                    for number in places(fresh):
                        source = self.nodes.name(number)
                        about = self._about(way.part, number)
                        best[source] = Lead(points, hops, source, target, way.technique, about)

    def ways_from(self, key: str, wanted: int) -> dict[str, list[Lead]]:
        """The best way from a node to each of the wanted principals that it reaches, best first.

        Fewest open points first, then fewest hops. No way leads through being an administrator.
        """
        start = self.nodes.number(key)
        settled = 1 << start | bits_of(self._administrating)
        before: dict[int, Lead] = {}
        coming: dict[tuple[int, int], list[tuple[int, Technique, Part, int]]] = {}

        def go_on(number: int, points: int, hops: int) -> None:
            for technique, part, nodes in self._onward(number):
                place = (points + part.points, hops + 1)
                coming.setdefault(place, []).append((number, technique, part, nodes))

        go_on(start, 0, 0)
        found: dict[str, list[Lead]] = {}
        while coming and wanted & ~settled:
            points, hops = min(coming)
            newly = []
            for number, technique, part, nodes in coming.pop((points, hops)):
                for at in places(nodes & ~settled):
                    about = self._about(part, number)
                    source, target = self.nodes.name(number), self.nodes.name(at)
                    before[at] = Lead(points, hops, source, target, technique, about)
                    newly.append(at)
                settled |= nodes
            for at in newly:
                go_on(at, points, hops)
                if wanted >> at & 1:
                    way = [before[at]]
                    while way[-1].source != key:
                        way.append(before[self.nodes.number(way[-1].source)])
                    found[self.nodes.name(at)] = way[::-1]
        return found

    def _onward(self, number: int) -> Iterator[tuple[Technique, Part, int]]:
        """The parts of fans, and the steps added, that lead on from a node."""
        key = self.nodes.name(number)
        yield from self._of_standing(self._actors.get(key))
        for step in self._added.get(key, ()):
            nodes = 1 << self.nodes.number(step.target)
            yield step.technique, Part(nodes, step.points), nodes

    def _of_standing(self, standing: _Standing | None) -> Iterator[tuple[Technique, Part, int]]:
        if standing is None:
            return
        for fan in standing.fans:
            for part in fan.parts:
                yield fan.technique, part, part.nodes & ~standing.left_out

    # what would be if somebody held less

    def actor_at(self, key: str) -> Actor | None:
        """Who acts at a node; None where nobody does, or only by steps that somebody else has made possible."""
        standing = self._actors.get(key)
        return standing.actor if standing is not None else None

    def added_at(self, key: str) -> Sequence[Step]:
        """The steps from a node that somebody's changes, or something loosened, have made possible."""
        return self._added.get(key, ())

    def leading_on(self, actor: Actor) -> tuple[list[tuple[Technique, Part, int]], dict[str, Actor]]:
        """The techniques open to an actor with where they lead, and the changed actors who are among that.

        The actor is one of the web or holds less than that. Administrators who act as others in their own
        account are left out.
        """
        known = self._actors.get(actor.key)
        standing = known if known is not None and known.actor is actor else self._stand(actor)
        number = self.nodes.number(actor.key)
        own = self._own_account(actor) if number in self._administrating else 0
        ways = [
            (technique, part, nodes & ~own)
            for technique, part, nodes in self._of_standing(standing)
            if nodes & ~own
        ]
        made = {self.nodes.name(at): fan.changed[at] for fan in standing.fans for at in fan.changed}
        return ways, made

    def _about(self, part: Part, source: int) -> str:
        """The principal that a part takes over on the way, where it is not the node that it leads to."""
        among = part.about & ~(1 << source) if part.about else 0
        return self.nodes.name((among & -among).bit_length() - 1) if among else ""

    def best_paths(
        self, targets: Collection[str], *, sources: Collection[str] | None = None, certain: bool = False,
        maximum: int = 1_000,
    ) -> list[Path]:  # fmt: skip
        """The best path of each source that reaches a target, certain and short ones first."""
        best = self.next_steps(targets, certain=certain, maximum=maximum)
        starts = [p.arn for p in self.world.sources] if sources is None else list(sources)
        steps: dict[str, Step] = {}
        paths = []
        for start in starts:
            found = []
            node = start
            while node in best:
                if node not in steps:
                    steps[node] = self.step(best[node])
                found.append(steps[node])
                node = best[node].target
            if found:
                paths.append(Path(tuple(found)))
        return sorted(paths, key=lambda path: (best[path.source].order, path.source))

    def all_paths(
        self, source: str, targets: Collection[str], *, maximum: int = 6, certain: bool = False
    ) -> Iterator[Path]:
        """All simple paths of one source up to a number of hops, shorter ones not first.

        An administrator, who can act as anybody in its account, goes on to a target or out of the account.
        """
        reaches = self.next_steps(targets, certain=certain)
        shortest = any(lead.points for lead in reaches.values())
        steps: list[Step] = []
        seen = {source}

        def stays(step: Step) -> bool:
            """Whether an administrator acts as another principal of its account and leads out of it nowhere."""
            ahead = reaches.get(step.target)
            own = step.actor.principal.account
            return self.takes_over(step) and ahead is not None and account_of(ahead.target) == own

        def onward(node: str) -> Iterator[Path]:
            for step in self.steps_of(node):
                if step.target in seen or (certain and step.open is not True):
                    continue
                if step.target in targets:
                    yield Path((*steps, step))
                elif stays(step):
                    continue
                elif len(steps) + 1 < maximum and step.target in reaches:
                    # hops are only an upper bound where a way with fewer of them may have more open points
                    if len(steps) + 1 + reaches[step.target].hops > maximum and not shortest:
                        continue
                    steps.append(step)
                    seen.add(step.target)
                    yield from onward(step.target)
                    seen.discard(step.target)
                    steps.pop()

        yield from onward(source)


class _AllSteps(Mapping[str, list[Step]]):
    """The steps of all actors, worked out one actor at a time."""

    def __init__(self, keys: Collection[str], of: Callable[[str], list[Step]]) -> None:
        self._keys = keys
        self._of = of

    def __getitem__(self, key: str) -> list[Step]:
        if key not in self._keys:
            raise KeyError(key)
        return self._of(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

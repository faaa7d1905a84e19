"""Choke points: the few grants whose removal cuts most ways up, and the causes that paths share.

A grant is one statement on one holder: the user, role or group that holds its policy, or the role that the
trust policy is on. A step lives as long as each of its rights has a grant left; assuming a role takes one on
each side.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from iam.caller import Caller, Named
from iam.decision import Grant
from iam.escalation.actors import everything
from iam.escalation.steps import Step
from iam.escalation.uses import UsedRight
from iam.escalation.web import Path, Web

_TRUST = "trust policy"
_WRITTEN = everything().document.statements[0]
_MAXIMUM_CANDIDATES = 40
_SECONDS_FOR_EXACT = 2.0
_LARGEST_EXACT = 6


@dataclass(frozen=True, slots=True)
class HeldGrant:
    """A statement on a holder. Equal grants have the same statement and holder."""

    statement_id: str
    holder: str


@dataclass(frozen=True, slots=True)
class ChokePoint:
    """A grant to remove: the sources that it alone cuts off, after those chosen before it."""

    held: HeldGrant
    grant: Grant
    cuts: tuple[str, ...]

    @property
    def also_takes_away(self) -> dict[str, object]:
        """What else the statement gives, that removing it would take away."""
        statement = self.grant.statement
        return {
            "actions": list(statement.actions or [f"all but {text}" for text in statement.not_actions]),
            "resources": list(statement.resources or [f"all but {text}" for text in statement.not_resources]),
            "from": self.held.holder,
        }


@dataclass(frozen=True, slots=True)
class Cause:
    """A grant that paths share, with the paths that go by it."""

    held: HeldGrant
    grant: Grant
    paths: tuple[Path, ...]


_Key = tuple[str, str, str]


def _key(step: Step) -> _Key:
    """What tells a step from all others: one technique leads from a node to another in one way, the best."""
    return step.source, step.target, step.technique.id


class ChokePoints:
    """Finds choke points on the way to some targets.

    Administrators can act as anybody in their account; what cuts the ways to being one is a question of its own.
    So their steps within their account don't count as ways to a target.
    """

    def __init__(self, web: Web, targets: Collection[str], *, certain: bool = False) -> None:
        self.web = web
        self.targets = frozenset(targets)
        self._certain = certain
        self._grants: dict[HeldGrant, Grant] = {}
        self._granting: dict[object, tuple[Grant, ...]] = {}
        self._needed: dict[_Key, list[frozenset[HeldGrant]]] = {}

    @cached_property
    def _coming(self) -> frozenset[str]:
        """The nodes that reach a target, the targets among them."""
        reaching = self.web.next_steps(self.targets, certain=self._certain, taking_over=False)
        return self.targets.union(reaching)

    @cached_property
    def steps(self) -> list[Step]:
        """All steps on the way to the targets."""
        coming = self._coming
        return [
            step
            for node in coming
            for step in self.web.steps.get(node, ())
            if step.target in coming
            and not (self._certain and step.open is not True)
            and not self.web.takes_over(step)
        ]

    @cached_property
    def sources(self) -> list[str]:
        """The principals that reach a target."""
        every = (p.arn for p in self.web.world.sources)
        return [arn for arn in every if arn in self._coming and arn not in self.targets]

    def _rights(self, step: Step) -> list[frozenset[HeldGrant]]:
        """The grants of each of a step's rights (any one of a set is enough)."""
        key = _key(step)
        known = self._needed.get(key)
        if known is None:
            known = self._needed[key] = self._of(step)
        return known

    def _of(self, step: Step) -> list[frozenset[HeldGrant]]:
        needed: dict[tuple[int, int], set[HeldGrant]] = {}
        for used in step.rights:
            for side, grants in enumerate(self._sides(step, used)):
                if any(grant.statement is _WRITTEN for grant in grants):
                    continue  # there is nothing to remove of what an attacker has written
                for grant in grants:
                    held = HeldGrant(grant.statement_id, self._holder(step, grant))
                    self._grants.setdefault(held, grant)
                    needed.setdefault((used.number, side), set()).add(held)
        return [frozenset(held) for held in needed.values()]

    def _sides(self, step: Step, used: UsedRight) -> list[tuple[Grant, ...]]:
        """The Allows behind a right, by sides that must each keep one.

        A role's trust policy must let the caller in, and the caller's own policies must let it go, unless the
        trust policy names the caller itself, within the account:
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-cross-account.html
        """
        allows = self._allows(step, used)
        trust = tuple(grant for grant in allows if grant.via == _TRUST)
        own = tuple(grant for grant in allows if grant.via != _TRUST)
        if not trust or not own:
            return [allows]
        caller, role = step.actor.principal, step.binding.role
        naming: tuple[Grant, ...] = ()
        if role is not None and role.account == caller.account:
            naming = tuple(grant for grant in trust if _names(grant, Caller.of(caller.arn)))
        return [trust] if naming == trust else [trust, (*naming, *own)]

    def _allows(self, step: Step, used: UsedRight) -> tuple[Grant, ...]:
        """The Allows behind a right, the same for all steps of an actor that use it on the same thing."""
        role = step.binding.role
        assumed = role.arn if role is not None and used.action.lower() == "sts:assumerole" else ""
        key = (step.actor.key, used.action, used.target.arn, used.target.patterns, assumed)
        known = self._granting.get(key)
        if known is None:
            found = self.web.finder.granting(step, used)
            known = self._granting[key] = tuple(grant for grant in found if grant.effect == "Allow")
        return known

    def _holder(self, step: Step, grant: Grant) -> str:
        if grant.via == _TRUST and step.binding.role is not None:
            return step.binding.role.arn
        if grant.via == "resource policy":
            return grant.policy_id.rpartition(":")[0]  # such a policy's id begins with its owner's ARN
        if grant.via.startswith("group "):
            principal = step.actor.principal
            name = grant.via.removeprefix("group ")
            return next((arn for arn in principal.groups if arn.rsplit("/", 1)[-1] == name), principal.arn)
        return step.actor.principal.arn

    def _alive(self, step: Step, removed: frozenset[HeldGrant]) -> bool:
        return all(not held <= removed for held in self._rights(step)) if removed else True

    @cached_property
    def _pairs(self) -> dict[tuple[str, str], list[list[frozenset[HeldGrant]]]]:
        """From where to where steps lead, with the grants of each of the rights of each step."""
        pairs: dict[tuple[str, str], list[list[frozenset[HeldGrant]]]] = {}
        for step in self.steps:
            pairs.setdefault((step.source, step.target), []).append(self._rights(step))
        return pairs

    def _reaching(
        self, arriving: Mapping[str, Collection[str]], lost: Collection[tuple[str, str]]
    ) -> set[str]:
        """The sources that still reach a target where some pairs of nodes are lost."""
        reached = set(self.targets)
        waiting = list(self.targets)
        while waiting:
            target = waiting.pop()
            for source in arriving.get(target, ()):
                if source not in reached and (source, target) not in lost:
                    reached.add(source)
                    waiting.append(source)
        return reached.intersection(self.sources)

    def greedy(self, count: int = 5) -> list[ChokePoint]:
        """The grants to remove one after another, each the one that then cuts off most sources."""
        chosen: list[ChokePoint] = []
        removed: frozenset[HeldGrant] = frozenset()
        while len(chosen) < count:
            arriving, losing = self._without(removed)
            left = self._reaching(arriving, ())
            best: tuple[int, str, HeldGrant, set[str]] | None = None
            for held, lost in losing.items():
                after = self._reaching(arriving, lost) if lost else left
                key = (len(after), held.statement_id + held.holder)
                if best is None or key < best[:2]:
                    best = (*key, held, after)
            if not left or best is None or best[0] == len(left):
                break
            held, after = best[2], best[3]
            chosen.append(ChokePoint(held, self._grants[held], tuple(sorted(left - after))))
            removed |= {held}
        return chosen

    def _without(
        self, removed: frozenset[HeldGrant]
    ) -> tuple[dict[str, list[str]], dict[HeldGrant, set[tuple[str, str]]]]:
        """With some grants removed, from where one comes to each node, and what each further grant would cut.

        Looked at are the grants that are the only one left for some right, those of most steps.
        """
        uses: Counter[HeldGrant] = Counter()
        lost: dict[HeldGrant, set[tuple[str, str]]] = {}
        arriving: dict[str, list[str]] = {}
        for pair, steps in self._pairs.items():
            fatal: set[HeldGrant] | None = None
            for rights in steps:
                left = [held - removed for held in rights] if removed else rights
                if not all(left):
                    continue
                alone = {held for each in left if len(each) == 1 for held in each}
                uses.update(alone)
                fatal = alone if fatal is None else fatal & alone
            if fatal is not None:
                arriving.setdefault(pair[1], []).append(pair[0])
                for held in fatal:
                    lost.setdefault(held, set()).add(pair)
        first = sorted(uses.items(), key=lambda item: (-item[1], item[0].statement_id))[:_MAXIMUM_CANDIDATES]
        return arriving, {held: lost.get(held, set()) for held, _ in first}

    def causes(self, paths: Sequence[Path]) -> list[Cause]:
        """The paths grouped by the grant that most of them share, then by the next among the rest."""
        uses: dict[int, set[HeldGrant]] = {}
        for path in paths:
            held: set[HeldGrant] = set()
            for step in path.steps:
                held.update(*(only for only in self._rights(step) if len(only) == 1))
            uses[id(path)] = held
        left: list[Path] = list(paths)
        causes: list[Cause] = []
        while left:
            counted = Counter(held for path in left for held in uses[id(path)])
            if not counted:
                break
            best = min(counted, key=lambda held: (-counted[held], held.statement_id))
            group = tuple(path for path in left if best in uses[id(path)])
            causes.append(Cause(best, self._grants[best], group))
            left = [path for path in left if best not in uses[id(path)]]
        return causes

    def minimum(self) -> tuple[list[ChokePoint], bool]:
        """The fewest grants that cut off every source, and whether that is proven.

        Found by trying to cut one remaining path at a time, with one grant, then two, ...; past a time limit
        the greedy choice stands in, unproven.
        """
        deadline = time.monotonic() + _SECONDS_FOR_EXACT
        for size in range(1, _LARGEST_EXACT + 1):
            found = self._cut(frozenset(), size, deadline)
            if found is not None:
                return [ChokePoint(held, self._grants[held], ()) for held in sorted(found, key=str)], True
            if time.monotonic() > deadline:
                break
        return self.greedy(count=50), False

    def _cut(self, removed: frozenset[HeldGrant], left: int, deadline: float) -> frozenset[HeldGrant] | None:
        path = self._some_path(removed)
        if path is None:
            return removed
        if left == 0 or time.monotonic() > deadline:
            return None
        for step in path:
            for held in self._rights(step):
                rest = held - removed
                if len(rest) <= left:
                    found = self._cut(removed | rest, left - len(rest), deadline)
                    if found is not None:
                        return found
        return None

    def _some_path(self, removed: frozenset[HeldGrant]) -> list[Step] | None:
        """A shortest living path from some source to a target."""
        onward: dict[str, Step] = {}
        reached = set(self.targets)
        frontier = list(self.targets)
        arriving: dict[str, list[Step]] = {}
        for step in self.steps:
            if self._alive(step, removed):
                arriving.setdefault(step.target, []).append(step)
        wanted = set(self.sources)
        while frontier:
            following = []
            for node in frontier:
                for step in arriving.get(node, ()):
                    if step.source in reached:
                        continue
                    reached.add(step.source)
                    onward[step.source] = step
                    if step.source in wanted:
                        return _walk(step.source, onward, self.targets)
                    following.append(step.source)
            frontier = following
        return None


def _names(grant: Grant, caller: Caller) -> bool:
    """Whether a statement names the caller itself, not only its account."""
    found = (caller.named(kind, value) for kind, value in grant.statement.principals or ())
    return any(each is not None and each[0] is not Named.ACCOUNT for each in found)


def _walk(node: str, onward: dict[str, Step], targets: Collection[str]) -> list[Step]:
    steps = []
    while node not in targets:
        steps.append(onward[node])
        node = steps[-1].target
    return steps

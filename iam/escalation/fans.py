"""Fans: all the ways that one technique opens from an actor, found at once for all actors with the same rights.

A fan says which nodes a technique leads to and on how many open points each way hangs. It is shared by all
actors on whose rights the technique turns alike, and made from sets of principals rather than one by one;
the step itself, with its statements, is worked out for those who ask about it (`Steps.between`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from iam.entities import Principal, PrincipalType
from iam.escalation.actors import ADMINISTRATOR, Actor
from iam.escalation.bindings import ACTING, Binding, decided_by_trust, personal
from iam.escalation.choices import WRITING, Choice
from iam.escalation.crowd import Crowd, bits_of, places
from iam.escalation.rights import Partition, meet
from iam.escalation.steps import PLACEHOLDERS, Steps
from iam.formula import All, Formula, Test, all_of, any_of, substitute, tests
from iam.solve import simplify
from iam.techniques import Effect, On, Right, Subject, Technique
from iam.words import Need, open_points

_TARGETS = (On.TARGET_ROLE, On.TARGET_USER)
_BY_ASSUMING = {"role_trust_allows_caller", "target_is_caller_or_assumable"}
_ONE_BY_ONE = {"role_trust_allows_caller", "policy_version_slot_free"}
"""Facts of a role alone, or of a policy alone."""


class Nodes:
    """The places of a web as numbers: principals as in the crowd, then all others as they come up."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self._others: dict[str, int] = {}
        self._names: list[str] = []

    def number(self, key: str) -> int:
        """The number of a node, given when it is first asked for."""
        at = self.crowd.at(key)
        if at is None:
            at = self._others.get(key)
        if at is None:
            at = self._others[key] = len(self.crowd.members) + len(self._names)
            self._names.append(key)
        return at

    def known(self, key: str) -> int | None:
        """The number of a node, if it has come up."""
        at = self.crowd.at(key)
        return self._others.get(key) if at is None else at

    def name(self, number: int) -> str:
        """The node with a number."""
        count = len(self.crowd.members)
        return self.crowd.members[number].arn if number < count else self._names[number - count]


@dataclass(slots=True, eq=False)
class Part:
    """Nodes to which a technique leads on as many open points.

    `about` are the principals that it takes over on the way; empty where those are the nodes. `open` is what
    the ways hang on, where that is one formula.
    """

    nodes: int
    points: int
    about: int = 0
    open: Formula | None = None


@dataclass(eq=False)
class Fan:
    """All that one technique leads to. `changed` are the changed principals among the nodes."""

    technique: Technique
    parts: list[Part]
    changed: dict[int, Actor] = field(default_factory=dict)

    @cached_property
    def changing(self) -> int:
        """The nodes at which changed principals stand."""
        return bits_of(self.changed)

    def open_to(self, nodes: int) -> set[Formula]:
        """The formulas on any of which it leads to these nodes, as far as they are kept."""
        return {part.open for part in self.parts if part.nodes & nodes and part.open is not None}

    def without(self, itself: int) -> Fan | None:
        """The fan without the ways that are only about one principal, the actor itself; None if none is left."""
        kept = [part for part in self.parts if not part.about or part.about != itself]
        if len(kept) == len(self.parts):
            return self
        return Fan(self.technique, kept, self.changed) if kept else None


class _Asked(NamedTuple):
    """What is asked for a right of a technique: by which actions beside assuming the target, in lower case, and
    the context keys that a step fills in with the caller.
    """

    actions: tuple[str, ...]
    assumes: bool
    by_caller: tuple[str, ...]

    @classmethod
    def of(cls, right: Right) -> _Asked:
        lowered = [action.lower() for action in right.actions]
        assumes = decided_by_trust(right)
        return cls(
            tuple(action for action in lowered if not (assumes and _assumes(action))),
            assumes,
            tuple(key.lower() for key, value in right.context.items() if value == "{caller}"),
        )


class Fans:
    """Finds the fans of actors."""

    def __init__(self, steps: Steps, nodes: Nodes) -> None:
        self.steps = steps
        self.nodes = nodes
        self.crowd = nodes.crowd
        self._shared: dict[object, Fan | None] = {}
        self._same: dict[object, tuple[Formula, int]] = {}
        self._numbers: dict[object, int] = {}
        self._slots: dict[object, list[tuple[int, Formula, int]]] = {}
        self._principals_only: dict[tuple[str, str], bool] = {}
        self._bound: dict[tuple[str, str], list[Binding]] = {}
        self._assuming: dict[int, tuple[Actor, int, Partition]] = {}
        self._personal = {each.id: personal(each) for each in steps.looked_for}
        self._asked = {each.id: [_Asked.of(right) for right in each.rights] for each in steps.looked_for}
        self._by_assuming = {
            each.id: any(p.fact in _BY_ASSUMING for p in each.prerequisites) for each in steps.looked_for
        }

    def of(self, actor: Actor, by: Collection[str] | None = None) -> list[Fan]:
        """The fans of an actor, those that change the actor itself first; with `by`, of these techniques alone.

        A changed actor is followed to see how far it gets: of what hangs on conditions on which it is
        administrator already, nothing is looked for.
        """
        itself = self.crowd.bit(actor.principal.arn)
        administrator = 1 << self.nodes.number(ADMINISTRATOR + actor.principal.account)
        found = []
        enough: set[Formula] = set()
        for technique in self.steps.candidates(actor):
            if by is not None and technique.id not in by:
                continue
            if enough and not self.steps.worth(technique, actor, enough):
                continue
            fan = (
                self._own(technique, actor)
                if self._personal[technique.id]
                else self._common(technique, actor)
            )
            if fan is not None:
                fan = fan.without(itself)
            if fan is not None:
                found.append(fan)
                if actor.changes:
                    enough |= fan.open_to(administrator)
        return found

    # what is one actor's own

    def _own(self, technique: Technique, actor: Actor) -> Fan | None:
        if not self.steps.worth_binding(technique, actor):
            return None
        by_open: dict[Formula, Part] = {}
        changed: dict[int, Actor] = {}
        for binding in self.steps.bindings.of(technique, actor):
            for key, made, formula, _ in self.steps.leading(technique, actor, binding):
                at = self.nodes.number(key)
                part = by_open.get(formula)
                if part is None:
                    part = by_open[formula] = Part(0, open_points(formula), open=formula)
                part.nodes |= 1 << at
                if made is not None:
                    changed[at] = made
        return Fan(technique, list(by_open.values()), changed) if by_open else None

    # what is common to all with the same rights

    def _common(self, technique: Technique, actor: Actor) -> Fan | None:
        key = self._signature(technique, actor)
        if key is None:
            return None
        if key not in self._shared:
            self._shared[key] = self._made(technique, actor)
        return self._shared[key]

    def _signature(self, technique: Technique, actor: Actor) -> tuple[object, ...] | None:
        """All of an actor that a technique turns on; None where some right can't be had at all."""
        if not self.steps.prerequisites.caller_fits(technique, actor):
            return None
        rights = self.steps.rights
        found: list[object] = [technique.id, actor.principal.account]
        for number, (right, asked) in enumerate(
            zip(technique.rights, self._asked[technique.id], strict=True)
        ):
            if asked.assumes:
                found.append(self._assumed(actor)[0])
            had = [rights.right(actor, action) for action in asked.actions]
            ids = (*map(id, had), *self.steps.uses.tagging_rights(right, actor))
            if right.on in _TARGETS or not self.steps.alike_for_all(right, actor):
                found.append(ids)
            else:
                formula, at = self._same_right(technique, number, right, actor, ids)
                if formula is False:
                    return None
                found.append(at)
                if self.steps.uses.together[technique.id]:
                    found.append(ids)
            if asked.by_caller and any(key in each.keys for key in asked.by_caller for each in had):
                found.append(actor.principal.arn)
        if self._by_assuming[technique.id]:
            found.append(self._assumed(actor)[0])
        for each in technique.prerequisites:
            found += [id(rights.right(actor, action)) for action in each.or_rights]
        if technique.id in PLACEHOLDERS:
            found += [id(rights.right(actor, action)) for action in WRITING]
        return tuple(found)

    def _hangs_on(self, right: Right, actor: Actor, *placeholders: str) -> bool:
        """Whether the actor's right hangs on a key that a step fills in from these placeholders."""
        keys = [key.lower() for key, value in right.context.items() if value in placeholders]
        return bool(keys) and any(
            key in self.steps.rights.right(actor, action).keys for key in keys for action in right.actions
        )

    def _same_right(
        self, technique: Technique, number: int, right: Right, actor: Actor, ids: tuple[int, ...]
    ) -> tuple[Formula, int]:
        """What a right that is the same for all targets hangs on, and a number for it."""
        caller = actor.principal.arn if self._hangs_on(right, actor, "{caller}") else ""
        key = (technique.id, number, ids, actor.principal.account, caller)
        known = self._same.get(key)
        if known is None:
            formula = self.steps.uses.ways(right, actor, Binding(), {}, number)[0]
            known = self._same[key] = (formula, self._numbers.setdefault(formula, len(self._numbers)))
        return known

    def _assumed(self, actor: Actor) -> tuple[int, Partition]:
        """The roles that an actor can assume with what that hangs on, and a number for them."""
        known = self._assuming.get(id(actor.principal))
        if known is None:
            partition = self.steps.prerequisites.assumed(actor)
            number = self._numbers.setdefault(("assumes", frozenset(partition)), len(self._numbers))
            known = self._assuming[id(actor.principal)] = (actor, number, partition)
        return known[1], known[2]

    def _made(self, technique: Technique, actor: Actor) -> Fan | None:
        if self._at_once(technique, actor):
            return self._made_at_once(technique, actor)
        return self._made_singly(technique, actor)

    # by sets of targets

    def _at_once(self, technique: Technique, actor: Actor) -> bool:
        """Whether the targets of a technique can be told apart by what they are, and by nothing else."""
        if technique.effect not in ACTING and (
            technique.effect is not Effect.BECOMES_ADMINISTRATOR or technique.subject is not Subject.TARGET
        ):
            return False
        if any(each.fact == "target_is_caller_or_assumable" for each in technique.prerequisites):
            return False
        simple = all(
            right.on in _TARGETS or self.steps.alike_for_all(right, actor) for right in technique.rights
        )
        return simple and self._about_principals(technique, actor.principal.account)

    def _about_principals(self, technique: Technique, account: str) -> bool:
        """Whether a technique is about users or roles of an account, and nothing else of it."""
        key = (technique.id, account)
        known = self._principals_only.get(key)
        if known is None:
            known = self._principals_only[key] = all(
                not binding.policy and binding.resource is None and binding.target is not None
                for binding in self._bindings(technique, account)
            )
        return known

    def _made_at_once(self, technique: Technique, actor: Actor) -> Fan | None:
        whole = self._same_part(technique, actor)
        slots = self._grouped(technique, actor)
        universe = 0
        for bits, _, _ in slots:
            universe |= bits
        parts: Partition = ((universe, whole),)
        placeholder = PLACEHOLDERS.get(technique.id, "")
        choosing = any(self._hangs_on(right, actor, placeholder) for right in technique.rights)
        for right in technique.rights:
            if right.on in _TARGETS:
                parts = _both(parts, self._over(right, actor, universe, placeholder))
        if any(each.fact == "role_trust_allows_caller" for each in technique.prerequisites):
            parts = _both(parts, self._assumed(actor)[1])
        found: dict[tuple[Formula, int], int] = {}
        singly = 0
        for bits, formula in parts:
            for among, hangs_on, needs in slots:
                both = bits & among
                if not both:
                    continue
                open_ = simplify(all_of((formula, hangs_on)))
                if open_ is not True and choosing:
                    singly |= both
                elif open_ is not False:
                    found[open_, needs] = found.get((open_, needs), 0) | both
        fan = Fan(technique, [])
        for (open_, needs), bits in found.items():
            self._lead(fan, actor, bits, open_points(open_) + needs, open_)
        if singly:
            self._add_singly(fan, technique, actor, singly)
        return fan if fan.parts else None

    def _same_part(self, technique: Technique, actor: Actor) -> Formula:
        """What hangs on the rights that are the same for all targets."""
        parts: list[Formula] = []
        for number, right in enumerate(technique.rights):
            if right.on not in _TARGETS:
                had = (id(self.steps.rights.right(actor, action)) for action in right.actions)
                ids = (*had, *self.steps.uses.tagging_rights(right, actor))
                parts.append(self._same_right(technique, number, right, actor, ids)[0])
        nothing = Binding()
        parts += [
            self.steps.uses.jointly(technique, group, actor, nothing, {})
            for group in self.steps.uses.together[technique.id]
        ]
        return all_of(parts)

    def _over(
        self, right: Right, actor: Actor, universe: int, placeholder: str
    ) -> Sequence[tuple[int, Formula]]:
        """What a right hangs on, target by target."""
        found: list[tuple[int, Formula]] = [(universe, False)]
        for action in right.actions:
            if _assumes(action):
                assumed = self._assumed(actor)[1]
                rest = universe
                for bits, _ in assumed:
                    rest &= ~bits
                partition: Sequence[tuple[int, Formula]] = (*assumed, (rest, False))
            else:
                partition = self.steps.rights.over(
                    actor, action, self.crowd, self._requests(right, action, actor, universe, placeholder)
                )
            found = [
                (both, any_of((one, other)))
                for bits, one in found
                for among, other in partition
                if (both := bits & among)
            ]
        return found

    def _requests(
        self, right: Right, action: str, actor: Actor, universe: int, placeholder: str
    ) -> list[tuple[int, dict[str, str]]]:
        """The request of a right for sets of targets that it is the same for."""
        keys = self.steps.rights.right(actor, action).keys
        filled = {value for key, value in right.context.items() if key.lower() in keys}
        choice = {placeholder: self.steps.choices.best(placeholder, actor).arn} if placeholder else {}
        sets = [universe]
        if "{current_boundary}" in filled:
            sets = self.crowd.split(universe, lambda each: each.boundary)
        if filled & {"{target_role}", "{instance_profile}"}:
            sets = self.crowd.singly(universe)
        return [
            (bits, self.steps.uses.request(right, actor, _binding_of(self.crowd.first(bits)), choice))
            for bits in sets
            if bits
        ]

    def _grouped(self, technique: Technique, actor: Actor) -> list[tuple[int, Formula, int]]:
        """The targets of a technique by what they hang on beside rights: a formula, and a number of needs."""
        account = actor.principal.account
        nothing = Binding()
        brought = tuple(
            self.steps.uses.brought_about(each, actor, nothing)
            for each in technique.prerequisites
            if each.or_rights
        )
        key = (technique.id, account, brought)
        known = self._slots.get(key)
        if known is None:
            found: dict[tuple[Formula, int], list[str]] = {}
            for binding in self._bindings(technique, account):
                formula = self.steps.beside_rights(technique, actor, binding, skip=_BY_ASSUMING)
                if formula is not False and binding.target is not None:
                    # what a way up hangs on is kept, to be compared with that of others
                    shape = _shape(formula) if technique.effect in ACTING else (formula, 0)
                    found.setdefault(shape, []).append(binding.target.arn)
            known = self._slots[key] = [
                (self.crowd.bits(arns), formula, needs) for (formula, needs), arns in found.items()
            ]
        return known

    def _bindings(self, technique: Technique, account: str) -> list[Binding]:
        """What a technique may be about in an account, whoever acts."""
        key = (technique.id, account)
        known = self._bound.get(key)
        if known is None:
            bindings = self.steps.bindings.in_account(technique, account)
            known = self._bound[key] = [
                each
                for each in bindings
                if each.target is None or self.steps.may_be_touched(technique, each.target)
            ]
        return known

    def _lead(self, fan: Fan, actor: Actor, bits: int, points: int, open_: Formula) -> None:
        """Add to a fan where it leads when it takes over these principals."""
        technique = fan.technique
        if technique.effect in ACTING:
            if not technique.limited_to:
                fan.parts.append(Part(bits, points))
            return
        whole: dict[int, int] = {}
        choices = [self.steps.choices.best(PLACEHOLDERS.get(technique.id, ""), actor)]
        for at in places(bits):
            binding = _binding_of(self.crowd.members[at])
            for key, changed in self.steps.outcomes.of(technique, actor, binding, choices):
                node = self.nodes.number(key)
                if changed is None:
                    whole[node] = whole.get(node, 0) | 1 << at
                else:
                    fan.parts.append(Part(1 << node, points, 1 << at, open_))
                    fan.changed[node] = changed
        fan.parts += [Part(1 << node, points, about, open_) for node, about in whole.items()]

    # target by target

    def _made_singly(self, technique: Technique, actor: Actor) -> Fan | None:
        fan = Fan(technique, [])
        if self._about_policies(technique, actor):
            self._add_by_policy(fan, technique, actor)
        else:
            among = self.steps.within_reach(technique, actor, self.crowd)
            self._add_singly(fan, technique, actor, among)
        return fan if fan.parts else None

    def _about_policies(self, technique: Technique, actor: Actor) -> bool:
        """Whether a technique turns on a role and on a policy of the role's, each taken by itself."""
        return (
            technique.id not in PLACEHOLDERS
            and not self.steps.uses.together[technique.id]
            and any(right.on is On.POLICY_ATTACHED_TO_TARGET_ROLE for right in technique.rights)
            and all(
                right.on in (On.POLICY_ATTACHED_TO_TARGET_ROLE, On.TARGET_ROLE)
                and not self.steps.hangs_on_binding(right, actor)
                for right in technique.rights
            )
            and all(
                self.steps.prerequisites.is_settled(each) or each.fact in _ONE_BY_ONE
                for each in technique.prerequisites
            )
        )

    def _add_by_policy(self, fan: Fan, technique: Technique, actor: Actor) -> None:
        """Add the ways of a technique that is about roles and their policies, each asked about once."""
        bindings = self._bindings(technique, actor.principal.account)
        roles = self.crowd.bits(each.target.arn for each in bindings if each.target is not None)
        parts: Partition = ((roles, True),)
        for right in technique.rights:
            if right.on is On.TARGET_ROLE:
                parts = _both(parts, self._over(right, actor, roles, ""))
        if any(each.fact in _BY_ASSUMING for each in technique.prerequisites):
            parts = _both(parts, self._assumed(actor)[1])
        on_role = {at: formula for bits, formula in parts for at in places(bits)}
        on_policy: dict[str, Formula] = {}
        both: dict[tuple[Formula, Formula], Formula] = {}
        ways: dict[tuple[Formula, str], Part] = {}
        for binding in bindings:
            at = self.crowd.at(binding.target.arn) if binding.target is not None else None
            on_this_role = on_role.get(at, False) if at is not None else False
            if on_this_role is False:
                continue
            on_this_policy = on_policy.get(binding.policy)
            if on_this_policy is None:
                on_this_policy = on_policy[binding.policy] = self._on_policy(technique, actor, binding)
            if on_this_policy is False:
                continue
            key = (on_this_role, on_this_policy)
            formula = both.get(key)
            if formula is None:
                formula = both[key] = simplify(all_of(key))
            if formula is not False:
                self._add_way(fan, ways, technique, actor, binding, formula, [Choice("")])

    def _on_policy(self, technique: Technique, actor: Actor, binding: Binding) -> Formula:
        """What a technique hangs on that has to do with the policy alone."""
        rights = [
            self.steps.uses.ways(right, actor, binding, {}, number)[0]
            for number, right in enumerate(technique.rights)
            if right.on is On.POLICY_ATTACHED_TO_TARGET_ROLE
        ]
        return all_of((*rights, self.steps.beside_rights(technique, actor, binding, skip=_BY_ASSUMING)))

    def _add_singly(self, fan: Fan, technique: Technique, actor: Actor, among: int) -> None:
        by_open: dict[tuple[Formula, str], Part] = {}
        for binding in self._bindings_for(technique, actor):
            target = binding.target
            about = self.crowd.bit(target.arn) if target is not None else 0
            if target is not None and not about & among:
                continue
            for choices, formula in self.steps.decided_choices(technique, actor, binding):
                self._add_way(fan, by_open, technique, actor, binding, formula, choices)

    def _add_way(
        self,
        fan: Fan,
        parts: dict[tuple[Formula, str], Part],
        technique: Technique,
        actor: Actor,
        binding: Binding,
        formula: Formula,
        choices: list[Choice],
    ) -> None:
        acting = technique.effect in ACTING
        for key, made in self.steps.outcomes.of(technique, actor, binding, choices):
            at = self.nodes.number(key)
            # ways about one principal are kept apart from ways about another where they meet
            group = (formula, "" if acting else key)
            part = parts.get(group)
            if part is None:
                part = parts[group] = Part(0, open_points(formula), open=formula)
                fan.parts.append(part)
            part.nodes |= 1 << at
            if not acting and binding.target is not None:
                part.about |= self.crowd.bit(binding.target.arn)
            if made is not None:
                fan.changed[at] = made

    def _bindings_for(self, technique: Technique, actor: Actor) -> Iterator[Binding]:
        if any(each.fact in _BY_ASSUMING for each in technique.prerequisites):
            yield from self.steps.bindings.of(technique, actor)
        else:
            yield from self._bindings(technique, actor.principal.account)


def _both(parts: Sequence[tuple[int, Formula]], others: Sequence[tuple[int, Formula]]) -> Partition:
    """Where two partitions meet and both may hold."""
    return tuple(each for each in meet(parts, others, all_of) if each[1] is not False)


def _shape(formula: Formula) -> tuple[Formula, int]:
    """A formula for all that are like it but for what is needed: needs that must all be met are counted, others
    stand for each other by their order.
    """
    parts = formula.parts if type(formula) is All else (formula,)
    if all(isinstance(part, Need) for part in parts):
        return True, len(parts)
    needs = dict.fromkeys(test for test in tests(formula) if isinstance(test, Need))
    named: dict[Test, Formula] = {need: Need(f"need {number}") for number, need in enumerate(needs)}
    return substitute(formula, lambda test: named.get(test, test)), 0


def _binding_of(principal: Principal) -> Binding:
    return Binding(user=principal) if principal.type is PrincipalType.USER else Binding(role=principal)


def _assumes(action: str) -> bool:
    return action.lower() == "sts:assumerole"

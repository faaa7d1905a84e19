"""Steps: what each technique comes to for each actor, decided on its real targets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from iam.decision import Grant, Verdict
from iam.entities import Principal
from iam.escalation.actors import Actor
from iam.escalation.bindings import ACTING, Binding, Bindings, decided_by_trust
from iam.escalation.choices import WRITING, Choice, Choices
from iam.escalation.crowd import Crowd
from iam.escalation.outcomes import Outcomes
from iam.escalation.prerequisites import Prerequisites
from iam.escalation.rights import Rights
from iam.escalation.settling import Target
from iam.escalation.uses import TAGGING, UsedRight, UsedRights, Uses
from iam.escalation.world import World
from iam.formula import Formula, all_of, any_of, negate
from iam.solve import satisfiable, simplify
from iam.techniques import (
    CONTEXT_PLACEHOLDERS,
    Effect,
    On,
    Prerequisite,
    Right,
    Subject,
    Technique,
    techniques,
)
from iam.techniques.pathless import why_no_step
from iam.words import open_points, put_into_words

_CHANGING = {
    Effect.BECOMES_ADMINISTRATOR,
    Effect.GAINS_GROUP_RIGHTS,
    Effect.GAINS_POLICY_VERSION_RIGHTS,
    Effect.REMOVES_BOUNDARY,
    Effect.LOOSENS_BOUNDARY,
    Effect.REMOVES_DENY,
}
_MOST_SINGLY = 20
"""How many policies that deny something are tried, each by itself, where the attacker may attach many."""
_LOOSENING = {Effect.PASSES_MFA_CONDITION, Effect.REMOVES_SCP}
_BESIDE = {*_LOOSENING, Effect.OPENS_RESOURCE}
"""Effects of techniques that make their steps elsewhere, by the same rights."""
_REACH = "target_within_reach"
# Resources that trust policies name, whether or not there is an inventory.
_NAMED_BY_TRUST = frozenset({"AWS::IAM::OIDCProvider", "AWS::IAM::SAMLProvider"})

_ADDING = {Effect.BECOMES_ADMINISTRATOR, Effect.GAINS_GROUP_RIGHTS, Effect.GAINS_POLICY_VERSION_RIGHTS}
_SOME_RIGHTS = _ADDING - {Effect.BECOMES_ADMINISTRATOR}
_ON_TARGET = (On.TARGET_ROLE, On.TARGET_USER)
_ON_GROUP = (On.OWN_GROUP, On.TARGET_GROUP)
_ON_POLICY = (On.POLICY_ATTACHED_TO_CALLER, On.POLICY_ATTACHED_TO_TARGET_ROLE)
_SAME_FOR_ALL = {On.OWN_ROLE, On.OWN_USER, On.NEW_RESOURCE_OR_ANY, On.ANY}
# What the attacker chooses where a technique leaves it to choose. A new principal's boundary goes first: any
# policy can be attached to it.
PLACEHOLDERS = {
    each.id: placeholder
    for each in techniques()
    for placeholder in ("{admin_policy}", "{chosen_boundary}")
    if any(placeholder in right.context.values() for right in each.rights)
}
# What stands for something that a binding brings.
_BOUND = frozenset(CONTEXT_PLACEHOLDERS) - {"{caller}", "{chosen}", "{current_boundary}"}
_PASSING_ACTIONS = frozenset({"iam:passrole", "sts:assumerole"})


@dataclass(frozen=True, slots=True)
class Step:
    """One way from one actor to another by one technique.

    `target` is where it leads: a principal, a changed principal, or `administrator:ACCOUNT`. `open` is what
    it hangs on; `rights` are the rights used, each with its target.
    """

    source: str
    target: str
    technique: Technique
    open: Formula
    actor: Actor
    binding: Binding
    rights: UsedRights = field(default=(), compare=False)

    @property
    def verdict(self) -> Verdict:
        """Whether it works for certain."""
        return Verdict.ALLOWED if self.open is True else Verdict.DEPENDS

    @property
    def points(self) -> int:
        """On how many open points it hangs."""
        return open_points(self.open)

    @property
    def conditions(self) -> tuple[str, ...]:
        """The request context that it hangs on."""
        return put_into_words(self.open)[0]

    @property
    def needs(self) -> tuple[str, ...]:
        """What must be there that the data doesn't show."""
        return put_into_words(self.open)[1]


class Steps:
    """Finds the steps of actors."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.looked_for = [
            each
            for each in techniques()
            if each.looked_for and each.effect in ACTING | _CHANGING and not why_no_step(each)
        ]
        self.raises = [each for each in self.looked_for if any(p.fact == _REACH for p in each.prerequisites)]
        self.looked_for = [each for each in self.looked_for if each not in self.raises]
        # what changes the actor itself goes first: it mostly leads furthest
        self.looked_for.sort(key=lambda each: (each.effect in ACTING, each.subject is not Subject.CALLER))
        every = [*self.looked_for, *self.raises]
        actions = {action for each in every for right in each.rights for action in right.actions}
        actions |= {
            a for each in techniques() if each.effect in _BESIDE for r in each.rights for a in r.actions
        }
        actions |= {a for each in self.looked_for for p in each.prerequisites for a in p.or_rights}
        actions |= {*WRITING, *TAGGING.values()}
        self.rights = Rights(world.access, actions)
        self.choices = Choices(world, self.rights)
        self.prerequisites = Prerequisites(world, self.rights)
        self.bindings = Bindings(world, self.prerequisites)
        self.uses = Uses(world, self.rights, self.prerequisites)
        self.outcomes = Outcomes(world, self.rights, self.choices)
        self._masks = [
            (each, [self.rights.mask(right.actions) for right in each.rights if not decided_by_trust(right)])
            for each in self.looked_for
            if each.rights
        ]
        self._possible: dict[tuple[int, bool], list[Technique]] = {}
        # what is the same for many of the things that techniques are about, for one actor
        self._shared: tuple[Actor | None, dict[str, dict[tuple[int, str | None], Formula]]] = None, {}
        self._bound_keys = {
            id(right): [key.lower() for key, value in right.context.items() if value in _BOUND]
            for each in techniques()
            for right in each.rights
        }
        self._asking = {
            each.id: [p for p in each.prerequisites if not self.prerequisites.is_settled(p)]
            for each in techniques()
        }

    def of(self, actor: Actor) -> Iterator[tuple[Step, Actor | None]]:
        """The steps of an actor, each with whom it makes of a changed principal (None for one as it is)."""
        for technique in self.candidates(actor):
            if self.worth_binding(technique, actor):
                yield from self.by(technique, actor)

    def by(
        self, technique: Technique, actor: Actor, about: Collection[str] | None = None
    ) -> Iterator[tuple[Step, Actor | None]]:
        """The steps of an actor by one technique; with `about`, those about no other principals than these."""
        bindings = self.bindings
        every = bindings.of(technique, actor) if about is None else bindings.about(technique, actor, about)
        for binding in every:
            yield from self._decided(technique, actor, binding)

    def may_raise(self, actor: Actor) -> bool:
        """Whether an actor may have the rights by which it changes somebody else."""
        return bool(self._raises_of(actor))

    def _raises_of(self, actor: Actor, enough: Collection[Formula] = ()) -> list[Technique]:
        """The techniques by which an actor may change somebody else, as far as they are worth it."""
        possible = self.rights.possible(actor)
        return [
            each
            for each in self.raises
            if all(possible & self.rights.mask(right.actions) for right in each.rights)
            and (not enough or self.worth(each, actor, enough))
        ]

    def worth(self, technique: Technique, actor: Actor, enough: Collection[Formula]) -> bool:
        """Whether a technique may give something new to an actor that becomes administrator where it has what is
        `enough`: not where some right is had on no other terms, whatever it is used on.
        """
        without = negate(any_of(enough))
        return all(
            any(
                satisfiable(all_of((self.rights.right(actor, action).formula, without)))
                for action in right.actions
            )
            for right in technique.rights
            # a trust policy alone may let in one whose own policies, or boundary, would not
            if not decided_by_trust(right) or (actor.holds_everything and not actor.principal.boundary)
        )

    def raising(
        self, actor: Actor, targets: Iterable[Principal], enough: Collection[Formula]
    ) -> Iterator[tuple[Step, Actor]]:
        """The steps by which an actor changes one of those whom it comes to act as, and what it makes of it.

        Left out are those that hang on what is `enough` for the actor to become administrator anyway.
        """
        able = self._raises_of(actor, enough)
        for target in targets if able else ():
            found = [
                each
                for technique in able
                if self.may_be_touched(technique, target)
                for binding in self.bindings.raised(technique, target)
                for each in self._raised_by(technique, actor, binding, Actor(target), enough)
            ]
            # Whom every permission can be given, on the same conditions, has nothing to gain by some.
            every = {step.open for step, _ in found if step.technique.effect is Effect.BECOMES_ADMINISTRATOR}
            yield from (
                (step, changed)
                for step, changed in found
                if step.technique.effect not in _SOME_RIGHTS or not (True in every or step.open in every)
            )

    def raised(self, actor: Actor, crowd: Crowd, enough: Collection[Formula]) -> int:
        """The principals that an actor may be able to change; none is left out that it can, unless it takes what
        is `enough` for it to become administrator.
        """
        found = 0
        for technique in self._raises_of(actor, enough):
            found |= self.within_reach(technique, actor, crowd)
        return found

    def within_reach(self, technique: Technique, actor: Actor, crowd: Crowd) -> int:
        """The principals for which no right on them is out of the question, whatever else a step is about."""
        reached = crowd.everyone
        for right in technique.rights:
            if right.on in _ON_TARGET and not decided_by_trust(right):
                never = crowd.everyone
                for action in right.actions:
                    never &= self._denied(right, action, actor, crowd)
                reached &= ~never
        return reached

    def _denied(self, right: Right, action: str, actor: Actor, crowd: Crowd) -> int:
        """The principals on whom an action can't be had; nobody where that turns on what a step is about."""
        keys = self.rights.right(actor, action).keys
        if any(value.startswith("{") and key.lower() in keys for key, value in right.context.items()):
            return 0
        request = self.uses.request(right, actor, Binding(), {})
        denied = 0
        for bits, formula in self.rights.over(actor, action, crowd, [(crowd.everyone, request)]):
            if formula is False:
                denied |= bits
        return denied

    def _raised_by(
        self,
        technique: Technique,
        actor: Actor,
        binding: Binding,
        target: Actor,
        enough: Collection[Formula],
    ) -> Iterator[tuple[Step, Actor]]:
        for choices, formula in self.decided_choices(technique, actor, binding):
            if formula in enough:
                continue
            for changed in self.outcomes.changed(technique.effect, target, binding, choices):
                if self.outcomes.gains(target, changed):
                    used = self.used(technique, actor, binding, choices)
                    yield Step(actor.key, changed.key, technique, formula, actor, binding, used), changed

    def worth_binding(self, technique: Technique, actor: Actor) -> bool:
        """Whether the rights that are the same for every target can be had at all."""
        nothing = Binding()
        for right in technique.rights:
            if not self.same_for_all(right, actor):
                continue
            if self.uses.ways(right, actor, nothing, {}, 0)[0] is False:
                return False
        return True

    def same_for_all(self, right: Right, actor: Actor) -> bool:
        """Whether a right is asked on the same, whatever the target: nothing that is bound stands in it."""
        return not self._bound_keys[id(right)] and self.same_but_for_context(right, actor)

    def _about(self, right: Right, actor: Actor, binding: Binding) -> str | None:
        """What alone of a binding a right turns on: an ARN, or nothing (empty); None where it is more."""
        if self.hangs_on_binding(right, actor):
            return None
        on = right.on
        if on in _ON_TARGET:
            return binding.target.arn if binding.target is not None else None
        if on in _ON_GROUP:
            return binding.group.arn if binding.group is not None else None
        if on in _ON_POLICY:
            return binding.policy
        return "" if self.same_but_for_context(right, actor) else None

    def hangs_on_binding(self, right: Right, actor: Actor) -> bool:
        """Whether the actor's right hangs on a key that stands for something that the step is about."""
        keys = self._bound_keys[id(right)]
        return bool(keys) and any(
            key in self.rights.right(actor, action).keys for action in right.actions for key in keys
        )

    def alike_for_all(self, right: Right, actor: Actor) -> bool:
        """Whether what the actor's right hangs on is the same, whatever the target."""
        return not self.hangs_on_binding(right, actor) and self.same_but_for_context(right, actor)

    def same_but_for_context(self, right: Right, actor: Actor) -> bool:
        """Whether a right is asked on the same, whatever the target, except for what its request carries."""
        if right.type in _NAMED_BY_TRUST:
            return False
        if right.on is On.EXISTING_RESOURCE or right.type:
            return not (right.type and self.world.shows(self.world.account(actor.principal), right.type))
        return right.on in _SAME_FOR_ALL

    def candidates(self, actor: Actor) -> list[Technique]:
        """The techniques that an actor may have the rights for."""
        full = actor.holds_everything
        possible = self.rights.possible(actor)
        known = self._possible.get((possible, full))
        if known is None:
            known = self._possible[possible, full] = [
                each
                for each, masks in self._masks
                if all(possible & mask for mask in masks)
                # whose policies allow everything already has nothing to add to them
                and not (full and each.effect in _ADDING and each.subject is Subject.CALLER)
            ]
        return known

    # deciding

    def _decided(
        self, technique: Technique, actor: Actor, binding: Binding
    ) -> Iterator[tuple[Step, Actor | None]]:
        for key, changed, formula, choices in self.leading(technique, actor, binding):
            used = self.used(technique, actor, binding, choices)
            yield Step(actor.key, key, technique, formula, actor, binding, used), changed

    def leading(
        self, technique: Technique, actor: Actor, binding: Binding
    ) -> Iterator[tuple[str, Actor | None, Formula, list[Choice]]]:
        """Where a technique leads an actor: the node, whom it makes of a changed principal, on what it hangs,
        and what is chosen.
        """
        target = binding.target
        if target is not None and not self.may_be_touched(technique, target):
            return
        for choices, formula in self.decided_choices(technique, actor, binding):
            for key, changed in self.outcomes.of(technique, actor, binding, choices):
                if key != actor.key:
                    yield key, changed, formula, choices

    def decided_choices(
        self, technique: Technique, actor: Actor, binding: Binding
    ) -> Iterator[tuple[list[Choice], Formula]]:
        """What the attacker may choose, with what it then hangs on.

        A strong policy or no boundary at all is the best choice; where that doesn't pass, all those that
        pass alike are chosen together.
        """
        placeholder = PLACEHOLDERS.get(technique.id, "")
        first = self.choices.best(placeholder, actor)
        best = self._hangs_on(technique, actor, binding, self._chosen(technique, actor, first))
        if best is not False:
            yield [first], best
        if best is True or not placeholder:
            return
        open_choice = self._chosen(technique, actor, None)
        if self._hangs_on(technique, actor, binding, open_choice) not in (False, best):
            others = (each for each in self.choices.others(technique, actor) if each != first)
            yield from self._others(technique, actor, binding, best, others)
        open_choice = {"{chosen_boundary}": ""}
        if placeholder in open_choice and self._hangs_on(technique, actor, binding, open_choice) not in (
            False,
            best,
        ):
            attached = (Choice("", *each[1:3], each.arn) for each in self.choices.others(technique, actor))
            yield from self._others(technique, actor, binding, best, attached)

    def _others(
        self, technique: Technique, actor: Actor, binding: Binding, best: Formula, choices: Iterator[Choice]
    ) -> Iterator[tuple[list[Choice], Formula]]:
        """Other choices than the best one; those that it doesn't write go together where they pass alike."""
        alike: dict[Formula, list[Choice]] = {}
        for choice in choices:
            chosen = self._chosen(technique, actor, choice)
            formula = simplify(all_of((self._hangs_on(technique, actor, binding, chosen), choice.open)))
            if choice.written and formula not in (False, best):
                yield [choice], formula
            elif formula not in (False, best):
                alike.setdefault(formula, []).append(choice)
        account = actor.principal.account
        for formula, together in alike.items():
            denying = {each for each in together if self.world.denies(self.choices.text(each, account))}
            plain = [each for each in together if each not in denying]
            if plain:
                yield plain, formula
            # What a policy denies, it denies to whoever attaches it: such a one is taken by itself.
            if not plain or not actor.changes:
                singly = [each for each in together if each in denying and not (plain and _is_aws(each.arn))]
                yield from (([each], formula) for each in singly[:_MOST_SINGLY])

    def _chosen(self, technique: Technique, actor: Actor, choice: Choice | None) -> dict[str, str]:
        """What stands for the placeholders that the attacker chooses; None leaves its choice open."""
        placeholder = PLACEHOLDERS.get(technique.id)
        if placeholder is None:
            return {}
        chosen = {placeholder: choice.arn} if choice is not None else {}
        if (
            placeholder == "{chosen_boundary}"
        ):  # where a boundary is chosen, the policy is the strongest if it can be
            attached = choice.attached if choice is not None else ""
            chosen["{admin_policy}"] = attached or self.choices.best("{admin_policy}", actor).arn
        return chosen

    def used(
        self, technique: Technique, actor: Actor, binding: Binding, choices: Sequence[Choice]
    ) -> UsedRights:
        """The rights that a step uses, with what each must be allowed on."""
        choice = choices[0]
        chosen = self._chosen(technique, actor, choice)
        used = [
            each
            for number, right in enumerate(technique.rights)
            for each in self.uses.ways(right, actor, binding, chosen, number)[1]
        ]
        if choice.written:
            arn = choice.attached or choice.arn
            action = self.choices.writing_action(actor, arn)
            used.append(UsedRight(action, Target(arn), {}, len(technique.rights)))
        return tuple(used)

    def may_be_touched(self, technique: Technique, target: Principal) -> bool:
        """AWS keeps its own roles from being changed, and passes service-linked roles to nobody."""
        if target.service_linked:
            return False
        if ":role/aws-reserved/" not in target.arn:
            return True
        changes = (r.action.lower() for r in technique.rights if r.on in (On.TARGET_ROLE, On.TARGET_USER))
        return all(action in _PASSING_ACTIONS for action in changes)

    def _hangs_on(
        self, technique: Technique, actor: Actor, binding: Binding, choice: Mapping[str, str]
    ) -> Formula:
        """What a step hangs on, rights and prerequisites together."""
        if self._shared[0] is not actor:
            self._shared = actor, {}
        shared = self._shared[1].setdefault(technique.id, {})
        parts: list[Formula] = []
        for number, right in enumerate(technique.rights):
            about = self._about(right, actor, binding)
            key = (number, about)
            formula = shared.get(key) if about is not None else None
            if formula is None:
                formula = self.uses.ways(right, actor, binding, choice, number)[0]
                if about is not None:
                    shared[key] = formula
            if formula is False:
                return False
            if formula is not True:
                parts.append(formula)
        together = self.uses.together[technique.id]
        parts += [self.uses.jointly(technique, group, actor, binding, choice) for group in together]
        beside = self.beside_rights(technique, actor, binding)
        if not parts and isinstance(beside, bool):
            return beside
        return simplify(all_of((*parts, beside)))

    def beside_rights(
        self, technique: Technique, actor: Actor, binding: Binding, skip: Collection[str] = ()
    ) -> Formula:
        """What a step hangs on beside its rights; `skip` leaves out facts that are asked elsewhere."""
        parts: list[Formula] = [binding.needs]
        for prerequisite in self._asking[technique.id]:
            if prerequisite.fact in skip:
                continue
            formula = self.prerequisite(prerequisite, technique, actor, binding)
            if formula is False:
                return False
            parts.append(formula)
        return all_of(parts)

    def prerequisite(
        self, prerequisite: Prerequisite, technique: Technique, actor: Actor, binding: Binding
    ) -> Formula:
        """What a prerequisite comes to in one step, if need be brought about by the actor itself."""
        formula = self.prerequisites.formula(prerequisite, technique, actor, binding)
        if formula is True or not prerequisite.or_rights:
            return formula
        return any_of((formula, self.uses.brought_about(prerequisite, actor, binding)))

    # the statements behind a step

    def because(self, step: Step) -> tuple[Grant, ...]:
        """The statements that give the actor the rights of a step, each once."""
        found: dict[tuple[str, str], Grant] = {}
        for used in step.rights:
            for grant in self.granting(step, used):
                found.setdefault((grant.statement_id, grant.via), grant)
        return tuple(found.values())

    def certain(self, step: Step, used: UsedRight) -> bool:
        """Whether one right of a step hangs on nothing."""
        if used.action.lower() == "sts:assumerole" and step.binding.role is not None:
            return self.prerequisites.assumes(step.actor, step.binding.role) is True
        return self.rights.settled(step.actor, used.action, used.target, used.request) is True

    def granting(self, step: Step, used: UsedRight) -> tuple[Grant, ...]:
        """The statements that give the actor one right of a step."""
        if used.action.lower() == "sts:assumerole" and step.binding.role is not None:
            return self.prerequisites.assuming_grants(step.actor, step.binding.role)
        return self.rights.because(step.actor, used.action, used.target)


def _is_aws(arn: str) -> bool:
    return ":iam::aws:policy/" in arn

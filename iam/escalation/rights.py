"""The rights of actors: what each may do, found once with everything open and then settled target by target.

An actor's right to an action is a formula over the resource, its tags and the request. Putting a target's ARN
and tags in, and what the step implies of the request, leaves what the step hangs on. What the attacker writes
into the request is chosen in the attacker's favour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from iam import catalogue
from iam.condition import Condition
from iam.context import Context
from iam.decision import Grant, Layer
from iam.document import Document, Statement
from iam.entities import Principal
from iam.escalation.actors import Actor
from iam.estate import Access, resources_of
from iam.evaluate import weigh
from iam.formula import Formula, Test, all_of, any_of, negate, replace, substitute, tests
from iam.pattern import Pattern, arn_pattern
from iam.question import Asked, Question, ResourceTest
from iam.solve import Solver

_TAG_PREFIXES = ("aws:resourcetag/", "iam:resourcetag/", "ec2:resourcetag/", "ssm:resourcetag/")
# Keys of a service's own that the attacker does not write: what the target is like, or a secret shared.
_NOT_CHOSEN = frozenset({"sts:externalid", "iam:passedtoservice", "iam:policyarn"})
_ANYTHING = Asked(())


@dataclass(frozen=True, slots=True)
class Target:
    """What a right must hold on: one ARN with its tags, or (`arn` empty) some resource that `patterns` allow."""

    arn: str = ""
    tags: Mapping[str, str] | None = None
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Right:
    """What an actor's policies say to one action, everything open: the formula, and the statements in it."""

    formula: Formula
    allows: tuple[Grant, ...]


class Rights:
    """Finds the rights of actors. Actors that hold the same policies share them."""

    def __init__(self, access: Access, actions: Iterable[str]) -> None:
        self.access = access
        self._actions = sorted({action.lower() for action in actions})
        self._questions: dict[tuple[str, str], Question] = {}
        self._rights: dict[tuple[object, str], Right] = {}
        self._kinds: dict[int, tuple[Principal, object]] = {}
        self._concerned: dict[int, frozenset[str]] = {}
        self._settled: dict[object, Formula] = {}
        self._reaches: dict[int, tuple[tuple[Pattern, ...] | None]] = {}
        self._joint: dict[object, Formula] = {}
        self._all = frozenset(self._actions)
        self._by_pattern: dict[Pattern, frozenset[str]] = {}

    def possible(self, actor: Actor) -> frozenset[str]:
        """The actions, of those asked about, that some Allow statement of the actor's bears on."""
        found: frozenset[str] = frozenset()
        for holding in self.access.holdings(actor.principal):
            found |= self._concerns(holding.policy.document)
        return found

    def grants(self, actor: Actor) -> tuple[frozenset[int], frozenset[int]]:
        """What of the actor's policies could matter: the Allows that bear on an action, and the Denies."""
        allows: set[int] = set()
        denies: set[int] = set()
        for holding in self.access.holdings(actor.principal):
            document = holding.policy.document
            if self._concerns(document):
                allows.update(id(s) for s in document.statements if s.allows)
            denies.update(id(s) for s in document.statements if not s.allows)
        return frozenset(allows), frozenset(denies)

    def _concerns(self, document: Document) -> frozenset[str]:
        known = self._concerned.get(id(document))
        if known is None:
            known = frozenset[str]().union(*(self._of(s) for s in document.statements if s.allows))
            self._concerned[id(document)] = known
        return known

    def _of(self, statement: Statement) -> frozenset[str]:
        """The actions asked about that a statement's Action or NotAction takes in."""
        listed: frozenset[str] = frozenset()
        for pattern in statement.action_patterns:
            known = self._by_pattern.get(pattern)
            if known is None:
                known = self._by_pattern[pattern] = frozenset(filter(pattern.matches, self._actions))
            listed |= known
        return self._all - listed if statement.not_actions else listed

    def right(self, actor: Actor, action: str) -> Right:
        """The actor's right to an action on anything of its own account, whatever the request."""
        principal = actor.principal
        key = (self.kind(principal), action.lower())
        known = self._rights.get(key)
        if known is None:
            question = self._question(action.lower(), principal.account)
            allow, deny, layers = weigh(
                question,
                self.access.caller(principal),
                self.access.context(principal),
                self.access.policies(principal, question),
                self.access.circumstances(principal, question),
            )
            allows = tuple(
                grant
                for layer in layers
                if layer.layer is Layer.IDENTITY
                for grant in layer.because
                if grant.effect == "Allow"
            )
            known = self._rights[key] = Right(all_of((allow, negate(deny))), allows)
        return known

    def reach(self, actor: Actor, action: str) -> tuple[Pattern, ...] | None:
        """The resources that the actor's Allows of an action name; None where they name none in particular."""
        right = self.right(actor, action)
        known = self._reaches.get(id(right))
        if known is None:
            known = self._reaches[id(right)] = self._reach(actor, right)
        return known[0]

    def _reach(self, actor: Actor, right: Right) -> tuple[tuple[Pattern, ...] | None]:
        context = self.access.context(actor.principal)
        found: dict[Pattern, None] = {}
        for grant in right.allows:
            if grant.statement.not_resources:
                return (None,)
            for template in grant.statement.resource_templates:
                resolved = template.resolve(context)
                if resolved is not None and (resolved.pattern is None or resolved.pattern.matches_everything):
                    return (None,)
                if resolved is not None and resolved.pattern is not None:
                    found[resolved.pattern] = None
        return (tuple(found),)

    def kind(self, principal: Principal) -> object:
        """What principals with the same rights have in common."""
        known = self._kinds.get(id(principal))
        if known is None:
            access = self.access
            policies = [holding.policy for holding in access.holdings(principal)]
            every = [*policies, *(access.boundary(principal) or ())]
            every += [policy for level in access.scps(principal.account) for policy in level]
            personal = any(s.differs_by_caller for policy in every for s in policy.document.statements)
            shared = (principal.type, principal.account, frozenset(map(id, policies)), principal.boundary)
            known = self._kinds[id(principal)] = (principal, (shared, id(principal) if personal else 0))
        return known[1]

    def _question(self, action: str, account: str) -> Question:
        question = self._questions.get((action, account))
        if question is None:
            known = catalogue.find_action(action)
            level = known is None or known.resource_level
            question = Question(
                known.name if known else action,
                _ANYTHING if level else None,
                resource_level=level,
                resource_account=account,
            )
            self._questions[action, account] = question
        return question

    # settling

    def settled(
        self, actor: Actor, action: str, target: Target, request: Mapping[str, str] | None = None
    ) -> Formula:
        """What the actor's right to an action on a target hangs on, the request's keys put in.

        An empty value in `request` means that the key is absent.
        """
        right = self.right(actor, action)
        if isinstance(right.formula, bool):
            return right.formula
        # A right is one actor's, or that of actors of one kind; an ARN has one set of tags.
        key = (id(right), target.arn, target.patterns, tuple(request.items()) if request else ())
        known = self._settled.get(key)
        if known is None:
            account = actor.principal.account
            known = self._settled[key] = settle(right.formula, action, target, request or {}, account)
        return known

    def jointly(self, actor: Actor, requests: Sequence[tuple[tuple[str, ...], Mapping[str, str]]]) -> Formula:
        """What several rights hang on when they must hold on one and the same new resource.

        Each is a choice of actions with what its request carries.
        """
        key = (self.kind(actor.principal), tuple((a, tuple(request.items())) for a, request in requests))
        known = self._joint.get(key)
        if known is None:
            parts = [
                any_of(
                    chosen(_filled(self.right(actor, action).formula, Target(), request), action)
                    for action in actions
                )
                for actions, request in requests
            ]
            account = actor.principal.account
            known = self._joint[key] = _somewhere(all_of(parts), requests[0][0][0], Target(), account)
        return known

    def on_kind(self, actor: Actor, action: str, kind: str, request: Mapping[str, str]) -> Formula:
        """What the actor's right to an action hangs on for some resource of a kind (a pattern of ARNs).

        Tried on resources as the policies name them, and not on whatever text their patterns would match.
        """
        formula = _filled(self.right(actor, action).formula, Target(), request)
        if isinstance(formula, bool):
            return formula
        found = [test for test in dict.fromkeys(tests(formula)) if isinstance(test, ResourceTest)]
        settled = [(test, test.template.pattern) for test in found if test.template.pattern is not None]
        examples = _examples(Asked((arn_pattern(kind),)), tuple(pattern for _, pattern in settled))
        return any_of(
            chosen(replace(formula, {test: pattern.matches(each) for test, pattern in settled}), action)
            for each in examples
        )

    def because(self, actor: Actor, action: str, target: Target) -> tuple[Grant, ...]:
        """The statements by which the actor has a right on a target."""
        right = self.right(actor, action)
        return tuple(
            grant
            for grant in right.allows
            if settle(grant.open, action, target, {}, actor.principal.account) is not False
        )


def settle(
    formula: Formula, action: str, target: Target, request: Mapping[str, str], account: str
) -> Formula:
    """A right's formula for one target and request, with the attacker's choices made."""
    formula = _filled(formula, target, request)
    if isinstance(formula, bool):
        return formula
    if not target.arn:
        formula = _somewhere(formula, action, target, account)
    return chosen(formula, action)


def _filled(formula: Formula, target: Target, request: Mapping[str, str]) -> Formula:
    """A formula with all put in that is known of the target and the request."""
    if isinstance(formula, bool):
        return formula
    known = {key: value for key, value in request.items() if value}
    absent = [key for key, value in request.items() if not value]
    prefixes: tuple[str, ...] = ()
    if target.arn and target.tags is not None:
        for prefix in _TAG_PREFIXES:
            known.update({prefix + key: value for key, value in target.tags.items()})
        prefixes = _TAG_PREFIXES
    context = Context(known, absent=absent, complete_prefixes=prefixes)

    def answer(test: Test) -> Formula:
        if isinstance(test, ResourceTest):
            if not target.arn:
                return test
            resolved = test.template.resolve(context)
            if resolved is None:
                return False
            return resolved.pattern.matches(target.arn) if resolved.pattern is not None else test
        return test.decide(context) if isinstance(test, Condition) else test

    return substitute(formula, answer)


def chosen(formula: Formula, action: str) -> Formula:
    """The formula with all that the attacker writes into the request chosen as it suits.

    A key of the service's own that the action does not have is never there.
    """
    if isinstance(formula, bool):
        return formula
    known = catalogue.find_action(action)
    service = action.partition(":")[0].lower() + ":"
    for key in sorted({key for test in tests(formula) for key in test.keys}):
        if known is not None and key.startswith(service) and not catalogue.knows_condition_key(known, key):
            formula = _absent(formula, key)
        elif _is_chosen(key, service):
            formula = _some(formula, key)
    return formula


def _is_chosen(key: str, service: str) -> bool:
    if key.startswith("aws:requesttag/") or key == "aws:tagkeys":
        return True
    return key.startswith(service) and key not in _NOT_CHOSEN and not key.startswith(_TAG_PREFIXES)


def _absent(formula: Formula, key: str) -> Formula:
    """The formula for a request without the key."""
    context = Context(absent=[key])

    def answer(test: Test) -> Formula:
        return test.decide(context) if isinstance(test, Condition) and test.key == key else test

    return substitute(formula, answer)


def _some(formula: Formula, key: str) -> Formula:
    """The formula that holds when some value of the key makes this one hold."""
    if isinstance(formula, bool):
        return formula
    classes = Solver([formula]).classes(key)
    if classes is None:
        return formula
    return any_of(replace(formula, truths) for truths in classes)


def _somewhere(formula: Formula, action: str, target: Target, account: str) -> Formula:
    """The formula that holds when it does on some resource that the action takes."""
    if isinstance(formula, bool):
        return formula
    found = [test for test in dict.fromkeys(tests(formula)) if isinstance(test, ResourceTest)]
    settled = [test for test in found if test.template.pattern is not None]
    if not settled:
        return formula
    asked = _in_account(action.lower(), target.patterns, account)
    patterns = [test.template.pattern for test in settled if test.template.pattern is not None]
    for example in _examples(asked, tuple(patterns)):
        truths: dict[Test, bool] = dict(
            zip(settled, [pattern.matches(example) for pattern in patterns], strict=True)
        )
        if replace(formula, truths) is True:
            return True
    classes = asked.combinations(patterns)
    if classes is None:
        return formula
    return any_of(replace(formula, dict(zip(settled, truths, strict=True))) for truths in classes)


@lru_cache(maxsize=16384)
def _examples(asked: Asked, patterns: tuple[Pattern, ...]) -> tuple[str, ...]:
    """Some resources asked about, one for each pattern: mostly one of them shows what is looked for."""
    found: dict[str, None] = {}
    for within in asked.within:
        whole = str(within).split(":", 5)
        for pattern in (within, *patterns):
            parts = str(pattern).split(":", 5)
            parts = parts if len(parts) == 6 else whole
            if len(parts) < 6 or len(whole) < 6:
                continue
            head = [one if "*" not in one else other for one, other in zip(parts, whole, strict=True)][:5]
            rest = parts[5] if parts[5] != "*" else whole[5]
            example = ":".join([*head, rest]).replace("*", "example").replace("?", "e")
            if asked.includes(example):
                found[example] = None
    return tuple(found)


@lru_cache(maxsize=8192)
def _in_account(action: str, patterns: tuple[str, ...], account: str) -> Asked:
    """The resources of one account that an action takes, or those of them that are named."""
    if patterns:
        return Asked(tuple(map(arn_pattern, patterns)))
    asked = resources_of(action)
    own = []
    for pattern in asked.within:
        parts = str(pattern).split(":", 5)
        if len(parts) == 6 and parts[4] == "*":
            parts[4] = account
        own.append(arn_pattern(":".join(parts)))
    return Asked(tuple(own), asked.without)

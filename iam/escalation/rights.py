"""The rights of actors: what each may do, found once with everything open and then settled target by target.

An actor's right to an action is a formula over the resource, its tags and the request. Putting a target's ARN
and tags in, and what the step implies of the request, leaves what the step hangs on. What the attacker writes
into the request is chosen in the attacker's favour.

A right hangs on the statements that bear on the action, and on nothing else that a principal holds. So one
right serves all actors, and all actions, on which the same statements bear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from iam import catalogue
from iam.condition import Condition
from iam.decision import Grant, Holding, Layer, LayerResult, Policy
from iam.document import Document, PolicyKind, Statement, read_document
from iam.entities import Principal
from iam.escalation.actors import Actor
from iam.escalation.crowd import Crowd, refine
from iam.escalation.settling import TAG_PREFIXES, Home, Target, chosen, examples, filled, settle, somewhere
from iam.estate import Access
from iam.evaluate import Policies, weigh
from iam.formula import Formula, all_of, any_of, negate, tests
from iam.formula import replace as answered
from iam.pattern import Pattern, arn_pattern
from iam.question import Asked, Question, ResourceTest
from iam.template import Template

_PASSED = "iam:passedtoservice"
_ASSOCIATED = "iam:associatedresourcearn"
_NO_SERVICE = "no-service.amazonaws.com"
_ANYTHING = Asked(())
# Actions of these services are decided with a policy of the resource's, which differs by caller.
_GUARDED_SERVICES = frozenset({"kms", "sts"})
_ASSUME_ROLE = "sts:assumerole"
_OF_OWNERS = frozenset({"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"})

Partition = tuple[tuple[int, Formula], ...]
"""Sets of principals, apart from each other, each with the formula that holds for them."""


@dataclass(frozen=True, slots=True, eq=False)
class Right:
    """What policies say to an action, everything open. Equal formulas are one right.

    `keys` are all context keys that it hangs on, `patterns` the resources that it tells apart, `tags` the tags
    of the resource by which it does, in lower case. `singular` marks one that has to be put to each resource
    by itself.
    """

    formula: Formula
    keys: frozenset[str]
    patterns: tuple[Pattern, ...]
    tags: tuple[str, ...]
    singular: bool


@dataclass(frozen=True, slots=True)
class _Bearing:
    """A statement that bears on some of the actions: equal statements have one number."""

    number: int
    mask: int
    statement: Statement


@dataclass(slots=True)
class _Profile:
    """What bears on the rights of one principal: identity statements, boundary, SCPs and RCPs, and the rights
    found so far. `possible` are the actions for which all that is needed has some Allow.
    """

    principal: Principal
    identity: tuple[_Bearing, ...]
    boundary: tuple[_Bearing, ...] | None
    levels: tuple[tuple[_Bearing, ...], ...]
    controls: tuple[_Bearing, ...]
    possible: int
    rights: dict[str, Right] = field(default_factory=dict)


class Rights:
    """Finds the rights of actors to the actions that are asked about."""

    def __init__(self, access: Access, actions: Iterable[str]) -> None:
        self.access = access
        self._actions = sorted({action.lower() for action in actions})
        self._bits = {action: 1 << at for at, action in enumerate(self._actions)}
        self._all = (1 << len(self._actions)) - 1
        self._by_pattern: dict[Pattern, int] = {}
        self._numbers: dict[object, int] = {}
        self._bearing: dict[int, tuple[Document, tuple[_Bearing, ...]]] = {}
        self._parts: dict[tuple[int, ...], Policy] = {}
        self._profiles: dict[int, _Profile] = {}
        self._rights: dict[object, Right] = {}
        self._by_formula: dict[Formula, Right] = {}
        self._assuming: dict[str, Question] = {}
        self._told: dict[tuple[int, str], tuple[Principal, tuple[Grant, ...]]] = {}
        self._settled: dict[object, Formula] = {}
        self._passed: dict[object, str] = {}
        self._joint: dict[object, Formula] = {}
        self._over: dict[object, Partition] = {}
        self._covers: dict[tuple[int, int], bool] = {}

    def mask(self, actions: Iterable[str]) -> int:
        """The set of these actions."""
        found = 0
        for action in actions:
            found |= self._bits.get(action, 0) or self._bits.get(action.lower(), 0)
        return found

    def possible(self, actor: Actor) -> int:
        """The actions, of those asked about, that nothing takes from the actor altogether."""
        return self._profile(actor.principal).possible

    def grants(self, actor: Actor) -> tuple[frozenset[int], frozenset[int]]:
        """What of the actor's policies could matter: the Allows that bear on an action, and the Denies."""
        identity = self._profile(actor.principal).identity
        return (
            frozenset(each.number for each in identity if each.statement.allows),
            frozenset(each.number for each in identity if not each.statement.allows),
        )

    def alike(self, actor: Actor, action: str) -> object | None:
        """What actors have in common whose policies say the same to an action; None for one like no other."""
        return self._alike(self._profile(actor.principal), action.lower())

    def _alike(self, profile: _Profile, action: str) -> tuple[object, ...] | None:
        bit = self._bits[action]
        principal = profile.principal
        numbers: list[int] = []
        for part in (profile.identity, profile.boundary or (), *profile.levels, profile.controls):
            for each in part:
                if each.mask & bit:
                    if each.statement.differs_by_caller:
                        return None
                    numbers.append(each.number)
            numbers.append(-1)
        if self.access.boundary_unknown(principal):
            return None
        return (
            principal.account, principal.type, principal.service_linked, profile.boundary is None,
            tuple(numbers),
        )  # fmt: skip

    def covers(self, actor: Actor, other: Actor) -> bool:
        """Whether whatever another may do of the actions asked about, this one may on no worse terms."""
        key = (id(actor.principal), id(other.principal))  # profiles keep the principals
        known = self._covers.get(key)
        if known is None:
            known = self._covers[key] = self._covered(actor, other)
        return known

    def _covered(self, actor: Actor, other: Actor) -> bool:
        possible = self.possible(other)
        if possible & ~self.possible(actor):
            return False
        for action in self._actions:
            if possible & self._bits[action]:
                right = self.right(other, action)
                own = self.right(actor, action)
                if own is not right and own.formula is not True and right.formula is not False:
                    return False
        return True

    # who holds what

    def _profile(self, principal: Principal) -> _Profile:
        known = self._profiles.get(id(principal))
        if known is None:
            known = self._profiles[id(principal)] = self._made(principal)
        return known

    def _made(self, principal: Principal) -> _Profile:
        access = self.access
        held = [each for h in access.holdings(principal) for each in self._statements(h.policy.document)]
        boundary = access.boundary(principal)
        capped = None if boundary is None else self._of(boundary)
        levels = tuple(map(self._of, access.scps(principal.account)))
        controls = tuple(each for level in access.rcps(principal.account) for each in self._of(level))
        possible = _allowed(held)
        if capped is not None:
            possible &= _allowed(capped)
        return _Profile(principal, tuple(held), capped, levels, controls, possible)

    def _of(self, policies: Sequence[Policy]) -> tuple[_Bearing, ...]:
        return tuple(each for policy in policies for each in self._statements(policy.document))

    def _statements(self, document: Document) -> tuple[_Bearing, ...]:
        """The statements of a document that bear on an action."""
        known = self._bearing.get(id(document))
        if known is None:
            found = []
            for statement in document.statements:
                mask = self._bears_on(statement)
                if mask:
                    found.append(_Bearing(self._number(statement), mask, statement))
            known = self._bearing[id(document)] = (document, tuple(found))
        return known[1]

    def _number(self, statement: Statement) -> int:
        text = (
            statement.effect, statement.actions, statement.not_actions, statement.resources,
            statement.not_resources, statement.principals, statement.not_principals, statement.conditions,
            statement.variables,
        )  # fmt: skip
        return self._numbers.setdefault(text, len(self._numbers))

    def _bears_on(self, statement: Statement) -> int:
        """The actions asked about that a statement's Action or NotAction takes in."""
        listed = 0
        for pattern in statement.action_patterns:
            known = self._by_pattern.get(pattern)
            if known is None:
                matching = (
                    filter(pattern.matches, self._actions) if pattern.literal is None else [pattern.literal]
                )
                known = self._by_pattern[pattern] = self.mask(matching)
            listed |= known
        return self._all & ~listed if statement.not_actions else listed

    # what it comes to

    def right(self, actor: Actor, action: str) -> Right:
        """The actor's right to an action on anything of its own account, whatever the request."""
        action = action.lower()
        profile = self._profile(actor.principal)
        known = profile.rights.get(action)
        if known is None:
            key = self._key(profile, action)
            known = self._rights.get(key)
            if known is None:
                known = self._rights[key] = self._canonical(self._weighed(profile, action))
            profile.rights[action] = known
        return known

    def _key(self, profile: _Profile, action: str) -> object:
        """All that a right hangs on."""
        service = action.partition(":")[0]
        guarded = service in _GUARDED_SERVICES and action != _ASSUME_ROLE
        alike = None if guarded else self._alike(profile, action)
        if alike is None:
            return id(profile.principal), action
        supported = catalogue.rcp_supported(service) if profile.controls else None
        return alike, self._takes_resources(action), supported

    def _takes_resources(self, action: str) -> bool:
        known = catalogue.find_action(action)
        return known is None or known.resource_level

    def _weighed(self, profile: _Profile, action: str) -> Formula:
        """What the evaluator makes of the statements that bear on an action."""
        principal = profile.principal
        access = self.access
        bit = self._bits[action]
        question = self._question(action, principal.account)
        every = access.policies(principal, question)
        if action == _ASSUME_ROLE:
            # The caller's own side of assuming a role is what it is where the role trusts its account.
            every = replace(every, resource=_trusting(principal.account))
        return self._weighed_by(profile, bit, question, every)

    def assuming(self, actor: Actor, role: Principal) -> Formula:
        """On what it hangs that the actor assumes a role, its own side and the role's trust policy together."""
        principal = actor.principal
        profile = self._profile(principal)
        bit = self._bits[_ASSUME_ROLE]
        question = self._assuming.get(role.arn)
        if question is None:
            question = self.access.question(_ASSUME_ROLE, role.arn, owner=role.account)
            self._assuming[role.arn] = question
        every = self.access.policies(principal, question, resource_policy=role.trust)
        return self._weighed_by(profile, bit, question, every)

    def _weighed_by(self, profile: _Profile, bit: int, question: Question, every: Policies) -> Formula:
        """What policies come to, with nothing of the principal's own looked at but what bears on one action."""
        policies = replace(
            every,
            identity=[Holding(self._part(profile.identity, bit), "")],
            boundary=None if every.boundary is None else [self._part(profile.boundary or (), bit)],
            scps=[[self._part(level, bit)] for level in profile.levels],
        )
        allow, deny, _ = self._weigh(question, profile.principal, policies)
        return all_of((allow, negate(deny)))

    def owner_matters(self, actor: Actor) -> bool:
        """Whether it may matter to an actor's right to assume a role whose the role is."""
        profile = self._profile(actor.principal)
        bit = self._bits[_ASSUME_ROLE]
        return any(
            each.mask & bit and any(key in _OF_OWNERS for c in each.statement.conditions for key in c.keys)
            for part in (profile.identity, profile.boundary or (), *profile.levels)
            for each in part
        )

    def trust_alike(self, role: Principal, account: str) -> object:
        """What roles have in common that trust everyone of an account alike, guardrails between them too."""
        bit = self._bits[_ASSUME_ROLE]
        guardrails = [*self.access.scps(account), *self.access.rcps(role.account)]
        apart = any(
            each.mask & bit and not each.statement.on_everything
            for level in guardrails
            for each in self._of(level)
        )
        said = role.trust.document.statements if role.trust is not None else ()
        tags = tuple(sorted(role.tags.items()))
        return role.account, tuple(map(self._number, said)), tags, role.arn if apart else ""

    def _weigh(
        self, question: Question, principal: Principal, policies: Policies
    ) -> tuple[Formula, Formula, tuple[LayerResult, ...]]:
        access = self.access
        context = access.context(principal, access.resource_context(question, None))
        return weigh(
            question, access.caller(principal), context, policies, access.circumstances(principal, question)
        )

    def _part(self, bearing: Sequence[_Bearing], bit: int) -> Policy:
        """A policy of the statements that bear on one action."""
        statements = {each.number: each.statement for each in bearing if each.mask & bit}
        key = tuple(statements)
        known = self._parts.get(key)
        if known is None:
            document = Document("2012-10-17", tuple(statements.values()), ())
            known = self._parts[key] = Policy("", "", PolicyKind.IDENTITY, document)
        return known

    def _canonical(self, formula: Formula) -> Right:
        known = self._by_formula.get(formula)
        if known is None:
            known = self._by_formula[formula] = _told_apart(formula)
        return known

    def _question(self, action: str, account: str) -> Question:
        known = catalogue.find_action(action)
        level = known is None or known.resource_level
        return Question(
            known.name if known else action,
            _ANYTHING if level else None,
            resource_level=level,
            resource_account=account,
        )

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
        account = actor.principal.account
        asked = _asked(right, request or {})
        # an ARN has one set of tags
        key = (id(right), action, target.arn, target.patterns, tuple(asked.items()), account)
        known = self._settled.get(key)
        if known is None:
            known = self._settled[key] = settle(right.formula, action, target, asked, self._home(account))
        return known

    def _home(self, account: str) -> Home:
        return Home(self.access.estate.accounts[account].partition, account)

    def over(
        self, actor: Actor, action: str, crowd: Crowd, requests: Sequence[tuple[int, Mapping[str, str]]]
    ) -> Partition:
        """What the actor's right to an action hangs on for many principals as the target.

        `requests` are sets of principals, apart from each other, each with what the request then carries. All
        of their members are in what comes back.
        """
        right = self.right(actor, action)
        if isinstance(right.formula, bool):
            return tuple((bits, right.formula) for bits, _ in requests)
        account = actor.principal.account
        asked = [(bits, _asked(right, request)) for bits, request in requests]
        key = (id(right), action, account, tuple((bits, tuple(request.items())) for bits, request in asked))
        known = self._over.get(key)
        if known is None:
            found: dict[Formula, int] = {}
            home = self._home(account)
            for bits, request in asked:
                for part in _alike(right, crowd, bits):
                    one = crowd.first(part)
                    formula = settle(right.formula, action, Target(one.arn, one.tags), request, home)
                    found[formula] = found.get(formula, 0) | part
            known = self._over[key] = tuple((bits, formula) for formula, bits in found.items())
        return known

    def jointly(
        self,
        actor: Actor,
        requests: Sequence[tuple[tuple[str, ...], Mapping[str, str]]],
        patterns: tuple[str, ...] = (),
    ) -> Formula:
        """What several rights hang on when they must hold on one and the same new resource.

        Each is a choice of actions with what its request carries; `patterns` narrow what the resource may be.
        """
        account = actor.principal.account
        rights = [[self.right(actor, action) for action in actions] for actions, _ in requests]
        asked = tuple((actions, tuple(request.items())) for actions, request in requests)
        key = (tuple(tuple(map(id, each)) for each in rights), asked, patterns, account)
        known = self._joint.get(key)
        if known is None:
            parts = [
                any_of(
                    chosen(filled(right.formula, Target(), request), action)
                    for right, action in zip(found, actions, strict=True)
                )
                for found, (actions, request) in zip(rights, requests, strict=True)
            ]
            action = requests[0][0][0]
            target = Target(patterns=patterns)
            known = self._joint[key] = somewhere(all_of(parts), action, target, self._home(account))
        return known

    def on_kind(self, actor: Actor, action: str, kind: str, request: Mapping[str, str]) -> Formula:
        """What the actor's right to an action hangs on for some resource of a kind (a pattern of ARNs).

        Tried on resources as the policies name them, and not on whatever text their patterns would match.
        """
        formula = filled(self.right(actor, action).formula, Target(), request)
        if isinstance(formula, bool):
            return formula
        found = [test for test in dict.fromkeys(tests(formula)) if isinstance(test, ResourceTest)]
        settled = [(test, test.template.pattern) for test in found if test.template.pattern is not None]
        tried = examples(Asked((arn_pattern(kind),)), tuple(pattern for _, pattern in settled))
        return any_of(
            chosen(answered(formula, {test: pattern.matches(each) for test, pattern in settled}), action)
            for each in tried
        )

    def associated(self, actor: Actor, action: str, services: Sequence[str]) -> str:
        """A resource yet to be made, of one of these services, for which the actor may pass a role.

        One that its policies let pass where there is one; empty where they don't ask for what it is passed.
        """
        right = self.right(actor, action)
        if _ASSOCIATED not in right.keys:
            return ""
        found = [t for t in dict.fromkeys(tests(right.formula)) if isinstance(t, Condition)]
        values = [value for test in found if test.key == _ASSOCIATED for value in test.values]
        patterns = [
            each.pattern for each in values if isinstance(each, Template) and each.pattern is not None
        ]
        account = self.access.estate.accounts[actor.principal.account]
        within = tuple(
            arn_pattern(f"arn:{account.partition}:{service}:*:{account.id}:*") for service in services
        )
        tried = examples(Asked(within), tuple(patterns))
        fitting = (
            each for each in tried
            if filled(right.formula, Target(), {_ASSOCIATED: each}) is not False
        )  # fmt: skip
        return next(fitting, tried[0] if tried else "")

    def fitting(self, actor: Actor, action: str, key: str, values: Sequence[str]) -> str:
        """The value of a key, of those that the attacker may choose, with which it may have the right."""
        right = self.right(actor, action)
        if key.lower() not in right.keys:
            return values[0]
        fitting = (v for v in values if filled(right.formula, Target(), {key: v}) is not False)
        return next(fitting, values[0])

    def passed_to(self, actor: Actor, names: tuple[str, ...], *, certain: bool) -> str:
        """The service that a request to pass a role carries, of the names that it may have.

        The first one where that passes (and is `certain`), or where nothing hangs on it, or where none of them
        passes; else empty: a condition on it can't be decided.
        """
        right = self.right(actor, "iam:PassRole")
        if _PASSED not in right.keys:
            return names[0]
        key = (id(right), names, certain)
        known = self._passed.get(key)
        if known is None:
            found = [filled(right.formula, Target(), {_PASSED: name}) for name in (*names, _NO_SERVICE)]
            settled = certain and found[0] is not False
            alike = all(each == found[0] for each in found[:-1]) and found[0] in (False, found[-1])
            known = self._passed[key] = names[0] if settled or alike else ""
        return known

    def because(self, actor: Actor, action: str, target: Target) -> tuple[Grant, ...]:
        """The statements by which the actor has a right on a target."""
        home = self._home(actor.principal.account)
        return tuple(
            grant
            for grant in self._allows(actor.principal, action.lower())
            if settle(grant.open, action, target, {}, home) is not False
        )

    def _allows(self, principal: Principal, action: str) -> tuple[Grant, ...]:
        """The Allows of a principal that bear on an action, as it holds them."""
        known = self._told.get((id(principal), action))
        if known is None:
            question = self._question(action, principal.account)
            bit = self._bits[action]
            held = tuple(
                each
                for each in self.access.holdings(principal)
                if any(statement.mask & bit for statement in self._statements(each.policy.document))
            )
            policies = replace(self.access.policies(principal, question), identity=held)
            layers = self._weigh(question, principal, policies)[2]
            grants = (grant for each in layers if each.layer is Layer.IDENTITY for grant in each.because)
            allows = tuple(grant for grant in grants if grant.effect == "Allow")
            known = self._told[id(principal), action] = (principal, allows)
        return known[1]


@lru_cache(maxsize=256)
def _trusting(account: str) -> Policy:
    """The trust policy of a role that leaves it to an account who may assume it."""
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
    document = read_document({"Version": "2012-10-17", "Statement": statement}, PolicyKind.TRUST)
    return Policy("", "", PolicyKind.TRUST, document)


def meet(
    one: Sequence[tuple[int, Formula]],
    other: Sequence[tuple[int, Formula]],
    join: Callable[[tuple[Formula, Formula]], Formula],
) -> Partition:
    """Where two partitions meet, with what both hang on, joined by `all_of` or by `any_of`."""
    found: dict[Formula, int] = {}
    for bits, formula in one:
        for among, another in other:
            both = bits & among
            if both:
                joined = join((formula, another))
                found[joined] = found.get(joined, 0) | both
    return tuple((bits, formula) for formula, bits in found.items())


def _allowed(bearing: Iterable[_Bearing]) -> int:
    """The actions that some Allow bears on."""
    found = 0
    for each in bearing:
        if each.statement.allows:
            found |= each.mask
    return found


def _told_apart(formula: Formula) -> Right:
    """A right with what it tells apart."""
    found = list(dict.fromkeys(tests(formula)))
    keys = frozenset(key for test in found for key in test.keys)
    patterns: dict[Pattern, None] = {}
    singular = False
    for test in found:
        if isinstance(test, ResourceTest):
            if test.template.pattern is None:
                singular = True
            else:
                patterns[test.template.pattern] = None
    tags = {key.removeprefix(prefix) for key in keys for prefix in TAG_PREFIXES if key.startswith(prefix)}
    return Right(formula, keys, tuple(patterns), tuple(sorted(tags)), singular)


def _asked(right: Right, request: Mapping[str, str]) -> dict[str, str]:
    """The keys of a request on which a right hangs."""
    keys = right.keys
    return {key: value for key, value in request.items() if key.lower() in keys}


def _alike(right: Right, crowd: Crowd, within: int) -> list[int]:
    """A set of principals taken apart into those that a right can't tell from each other as its target."""
    if right.singular:
        return crowd.singly(within)
    parts = [within] if within else []
    for pattern in right.patterns:
        parts = refine(parts, crowd.matching(pattern))
    if right.tags:
        names = right.tags

        def values(principal: Principal) -> tuple[str | None, ...]:
            tags = {name.lower(): value for name, value in principal.tags.items()}
            return tuple(tags.get(name) for name in names)

        parts = [smaller for part in parts for smaller in crowd.split(part, values)]
    return parts

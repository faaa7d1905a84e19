"""The questions: who can do this, and can this one. Answered over an estate.

The shapes of answers are the product's public interface (`docs/reference/answers.md`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from iam import catalogue
from iam.arn import account_of, is_account_id, parse_arn
from iam.condition import Condition
from iam.context import OPEN, Context
from iam.decision import Decision, Grant, Layer, Policy, Verdict
from iam.entities import Principal, PrincipalType, Resource
from iam.estate import Access, resources_of
from iam.evaluate import ON_TRUST, UNSIGNED, free_for
from iam.formula import Formula, Test, any_of, tests
from iam.formula import replace as replace_tests
from iam.managed_policies import beyond_reference
from iam.misses import Miss, misses
from iam.nesting import beginning_inside
from iam.overlap import covers, without_lesser
from iam.pattern import Pattern, arn_form, arn_pattern
from iam.question import Asked, Question, ResourceTest
from iam.scope import Scope, joined, kept_to, scope_of
from iam.solve import equivalent, simplify
from iam.words import data, open_points, put_into_words


@dataclass(frozen=True, slots=True)
class Answer:
    """One principal's answer to one action.

    `resource` is what was asked. Where that leaves the resource open, the verdict is the best that some
    resource gets, and `scope` says on which resources that is. `missed` are, by layer, the Allows that came
    near; found for those who ask about one principal.
    """

    principal: Principal
    action: str
    resource: str
    scope: Scope
    decision: Decision
    missed: Mapping[Layer, tuple[Miss, ...]] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """Whether the principal may."""
        return self.scope.verdict

    @property
    def conditions(self) -> tuple[str, ...]:
        """The request context that it hangs on; all of it must hold."""
        return put_into_words(self.scope.open)[0]

    @property
    def needs(self) -> tuple[str, ...]:
        """What it needs that the data doesn't show."""
        return put_into_words(self.scope.open)[1]

    @property
    def open_points(self) -> int:
        """How many conditions and needs it hangs on."""
        return open_points(self.scope.open)

    @property
    def because(self) -> tuple[Grant, ...]:
        """The statements that make it."""
        return self.decision.because

    def as_json(self) -> dict[str, Any]:
        """The answer as `who-can` gives it."""
        principal = self.principal
        return {
            "principal": principal.arn,
            "type": principal.type.value,
            "name": principal.name,
            "account": principal.account,
            "action": self.action,
            "resource": self.resource,
            "resources": list(self.scope.resources),
            "except_resources": list(self.scope.except_resources),
            "verdict": self.verdict.value,
            "conditions": list(self.conditions),
            "condition": data(self.scope.open),
            "needs": list(self.needs),
            "because": [grant.as_json() for grant in self.because],
        }

    def layers_as_json(self) -> dict[str, Any]:
        """The answer as `can` gives it, without the question."""
        decision = self.decision
        return {
            "verdict": self.verdict.value,
            "blocked_by": [layer.value for layer in decision.blocked_by],
            "explicit": decision.explicitly_denied,
            "resources": list(self.scope.resources),
            "except_resources": list(self.scope.except_resources),
            "conditions": list(self.conditions),
            "condition": data(self.scope.open),
            "allow_condition": data(decision.allow),
            "deny_condition": data(decision.deny),
            "needs": list(self.needs),
            "because": [grant.as_json() for grant in self.because],
            "layers": [
                {
                    "layer": each.layer.value,
                    "result": each.result.value,
                    "because": [grant.as_json() for grant in each.because],
                    "missed": [
                        {**miss.grant.as_json(), "why": miss.why} for miss in self.missed.get(each.layer, ())
                    ],
                }
                for each in decision.layers
            ],
        }


class WrongResourceError(ValueError):
    """The question names a resource that the action never works on."""

    def __init__(self, action: str, resource: str) -> None:
        known = catalogue.find_action(action)
        kinds = [
            f"{each.name} ({kind.arn_pattern})"
            for each in (known.resource_types if known else ())
            if known and (kind := catalogue.find_resource_type(known.service, each.name))
        ]
        name = known.name if known else action
        super().__init__(f"{name} does not work on {resource}; it takes {' or '.join(kinds)}")


@dataclass(frozen=True, slots=True)
class Put:
    """A question put to an estate: with the resource it is about and the policy that guards it, if loaded.

    `text` is the resource as asked. `general` marks the part of a question on no resource in particular;
    `about` says which resources a part is about, where that is not `text`. `silent` marks a loaded resource
    whose policy says nothing of the action: its own account is let in as in general, and no other one is.
    """

    question: Question
    text: str
    context: Context
    resource: Resource | None = None
    role: Principal | None = None
    general: bool = False
    about: tuple[str, ...] = ()
    silent: bool = False

    @property
    def guard(self) -> Policy | None:
        """The policy on the resource's side."""
        if self.role is not None:
            return self.role.trust
        return self.resource.policy if self.resource is not None else None


def who_can(access: Access, action: str, resource: str | None) -> Iterator[Answer]:
    """Every principal that may do one action on a resource; those denied are left out.

    `action` is a full name in any case, `resource` an ARN, a pattern of ARNs, or None for "at least one
    resource". Principals come in the estate's order. Raises WrongResourceError.
    """
    asked = list(put(access, action, resource))
    for principal in access.estate.principals():
        answer = best(access, principal, asked)
        if answer is not None:
            yield answer


def can(access: Access, principal: Principal, action: str, resource: str | None) -> Answer:
    """One principal's answer, denied or not, with every layer in its decision."""
    asked = list(put(access, action, resource))
    if not asked:  # there is no role that could be assumed
        nothing = Decision(Verdict.DENIED, (), (Layer.TRUST,), (), False, False, False)
        return Answer(principal, action, resource or "*", Scope(Verdict.DENIED, False), nothing)
    answer = best(access, principal, asked)
    if answer is not None:
        return answer
    # of several denials the one that most nearly isn't any
    denials = [(each, _answer(access, principal, each)) for each in asked]
    told = [pair for pair in denials if pair[1].decision.blocked_by] or denials
    nearest = next((pair for pair in told if pair[1].decision.allow is not False), told[0])
    return _with_misses(access, *nearest)


def _with_misses(access: Access, asked: Put, answer: Answer) -> Answer:
    principal = answer.principal
    policies = access.policies(
        principal, asked.question, resource=asked.resource, resource_policy=asked.guard
    )
    context = access.context(principal, asked.context)
    missed = misses(answer.decision, asked.question, access.caller(principal), context, policies)
    return replace(answer, missed=missed)


def put(access: Access, action: str, resource: str | None) -> Iterator[Put]:
    """The questions that one question comes to.

    Raises WrongResourceError where the action never works on such a resource. An open resource is asked about
    in general, and once more for each loaded resource that may be meant and has a policy of its own, or for
    each role that may be meant. Where resources are named, those of several accounts are asked about even if
    they have no policy, since it takes one to let another account in.
    """
    known = catalogue.find_action(action)
    if known is not None and not known.resource_level:
        yield _put(access, access.question(action, None), "*")
        return
    if resource and not works_on(action, resource):
        raise WrongResourceError(action, resource)
    if resource is not None and "*" not in resource and "?" not in resource:
        yield _one(access, action, resource)
        return
    text = resource or "*"
    meant = _of_what_is_loaded(access, action, _meant(action, resource))
    if action.lower() in ON_TRUST:
        yield from (_one(access, action, arn) for arn in _roles(access, meant.within))
        # Own policies that let roles of accounts be assumed that aren't loaded hang on those roles' trust.
        loaded = [arn_form(f"arn:*:iam::{account}:role/*") for account in access.estate.accounts]
        elsewhere = Asked(meant.within, (*meant.without, *loaded), meant.kinds)
        if action.lower() not in UNSIGNED and elsewhere.combinations([]) != []:
            yield _put(access, access.question(action, elsewhere), text, general=True)
        return
    container = access.estate.resource(text) if resource else None
    if container is not None:
        yield _put(access, access.question(action, meant, owner=container.account), text, container)
        return
    parsed = parse_arn(text)
    owner = parsed.account if parsed is not None and is_account_id(parsed.account) else ""
    general = access.question(action, meant, owner=owner)
    yield _put(access, general, text, general=True)
    foreign = resource is not None and len(access.estate.accounts) > 1
    for account in access.estate.accounts.values():
        for each in account.resources.values():
            silent = not _speaks(each, general)
            if silent and not foreign:
                continue
            inside = _inside(each, meant)
            if inside.within:
                question = access.question(action, inside, owner=each.account)
                about = tuple(str(pattern) for pattern in inside.within)
                found = _put(access, question, text, each)
                yield replace(found, about=about, silent=silent and question.service != "kms")


def _speaks(resource: Resource, question: Question) -> bool:
    """Whether a resource's policy is about the action at all."""
    policy = resource.policy
    return policy is not None and bool(question.concerning(policy.document))


def works_on(action: str, resource: str) -> bool:
    """Whether an action can be done on a resource, an ARN or a pattern of ARNs.

    True for what the catalogue doesn't know, and for what is asked of all resources at once. The catalogue has
    gaps, so False only where it knows the resource as one of another type or service, and AWS's own policies
    don't say otherwise.
    """
    known = catalogue.find_action(action)
    if known is not None and not known.resource_level:
        return True
    if known is None or known.name.lower() in beyond_reference():
        return True
    if "*" in resource or "?" in resource:
        listed = _meant(action, resource).combinations([]) != []
    else:
        listed = resources_of(action.lower()).includes(resource)
    return listed or not (_of_another_service(action, resource) or catalogue.resource_types_for(resource))


def _of_another_service(action: str, resource: str) -> bool:
    parts = resource.split(":")
    services = {str(kind).split(":")[2] for kind in resources_of(action.lower()).within}
    return len(parts) > 2 and not set("*?") & set(parts[2]) and parts[2] not in services


def _meant(action: str, resource: str | None) -> Asked:
    within = (arn_pattern(resource),) if resource and resource != "*" else ()
    return resources_of(action.lower(), within)


def _of_what_is_loaded(access: Access, action: str, meant: Asked) -> Asked:
    """What is meant, in the partition of what is loaded, and of IAM in the one account that is.

    A Deny on `arn:aws:…`, or on all roles of the account, then leaves nothing of others over.
    """
    accounts = access.estate.accounts
    loaded = {account.partition for account in accounts.values()}
    if len(loaded) != 1:
        return meant
    head = f"arn:{loaded.pop()}:"
    within = []
    for text in map(str, meant.within):
        there = head + text[len("arn:*:") :] if text.startswith("arn:*:") else text
        if len(accounts) == 1 and action.lower().startswith("iam:"):
            there = there.replace(f"{head}iam::*:", f"{head}iam::{next(iter(accounts))}:", 1)
        within.append(arn_form(there) if there != text else arn_pattern(text))
    return replace(meant, within=tuple(within))


def _put(
    access: Access,
    question: Question,
    text: str,
    resource: Resource | None = None,
    *,
    role: Principal | None = None,
    general: bool = False,
) -> Put:
    return Put(question, text, access.resource_context(question, resource), resource, role, general)


def _one(access: Access, action: str, resource: str) -> Put:
    loaded = access.estate.resource(resource)
    role = access.estate.principal(resource) if action.lower() in ON_TRUST else None
    owner = loaded.account if loaded else account_of(resource)
    return _put(access, access.question(action, resource, owner=owner), resource, loaded, role=role)


def _roles(access: Access, patterns: tuple[Pattern, ...]) -> Iterator[str]:
    for account in access.estate.accounts.values():
        for role in account.principals.values():
            if role.trust is not None and any(pattern.matches(role.arn) for pattern in patterns):
                yield role.arn


def _inside(resource: Resource, meant: Asked) -> Asked:
    """A loaded resource and what lies in it, as far as they are asked about."""
    own = [resource.arn] if any(each.matches(resource.arn) for each in meant.within) else []
    beginning = beginning_inside(resource.arn)
    if beginning:
        own += [str(found) for each in meant.within for found in each.beginning_with(beginning)]
    kinds = meant.kinds or meant.within
    within = []
    for text in without_lesser(tuple(own)):
        taken = meant.includes(text.replace("*", "x").replace("?", "x"))
        # an example tells it of one resource and of all in it alike; else every form has to be walked
        if taken or (
            text not in (resource.arn, beginning + "*")
            and Asked((arn_pattern(text),), meant.without, kinds).combinations([]) != []
        ):
            within.append(arn_pattern(text))
    return Asked(tuple(within), meant.without, kinds)


def best(access: Access, principal: Principal, asked: list[Put]) -> Answer | None:
    """The best answer that a principal gets to several questions; None if all deny.

    Its resources are those of all questions that give it, and what the others are about is cut out of them.
    """
    answers = [
        (each, _answer(access, principal, each) if _may(access, principal, each) else None)
        for each in asked
        if not (each.silent and each.resource is not None and each.resource.account == principal.account)
    ]
    found = [answer for _, answer in answers if answer is not None and answer.verdict is not Verdict.DENIED]
    if not found:
        return None
    best = [answer for answer in found if answer.verdict is Verdict.ALLOWED] or found
    if len(answers) == 1:
        return best[0]
    open_ = simplify(any_of(answer.scope.open for answer in best))
    least = [each for each in best if each.scope.open == open_ or equivalent(each.scope.open, open_)]
    return _together(least or best, open_, answers, principal)


def _together(
    chosen: list[Answer], open_: Formula, answers: list[tuple[Put, Answer | None]], principal: Principal
) -> Answer:
    """The chosen of several answers, all of one verdict, as one answer that holds where one of them does.

    What the other answers are about is cut out. Resources of other accounts go without saying where the question
    named none.
    """
    general: list[Scope] = []
    loaded: list[Scope] = []
    left_out: list[str] = []
    for put_, answer in answers:
        meant = put_.text != "*" or (put_.resource and put_.resource.account == principal.account)
        if answer is None or not any(answer is each for each in chosen):
            left_out += put_.about if meant else ()
        elif put_.general:
            general.append(answer.scope)
        else:
            scope = kept_to(answer.scope, put_.about) if put_.about else answer.scope
            loaded.append(scope)
            # what is named in general, and lies in what is cut out here, speaks of other resources
            named = (each for one in general for each in one.resources)
            apart = any(covers(cut, each) for each in named for cut in scope.except_resources)
            left_out += [
                each
                for each in put_.about
                if general and (apart or not any(covers(wide, each) for wide in scope.resources))
            ]
    resources, excepted = joined(general, loaded, left_out)
    because = {(each.statement_id, each.via): each for answer in chosen for each in answer.because}
    first = chosen[0]
    decision = replace(first.decision, because=tuple(because.values()))
    scope = Scope(first.verdict, open_, tuple(sorted(resources)), tuple(sorted(excepted)))
    return Answer(first.principal, first.action, first.resource, scope, decision)


def _may(access: Access, principal: Principal, asked: Put) -> bool:
    """Whether it is worth deciding at all: something allows, on the caller's side or the resource's."""
    free = free_for(asked.question.lowered)
    if free and access.caller(principal).kind in free:
        return principal.loaded
    if principal.type is PrincipalType.ROOT or not principal.loaded:
        return not asked.general or principal.loaded
    if asked.guard is not None and _grants(asked.guard, asked.question):
        return True
    if principal.type not in (PrincipalType.USER, PrincipalType.ROLE):
        return False
    context = access.context(principal, asked.context)
    question = asked.question
    return any(
        statement.allows
        for holding in access.holdings(principal)
        for statement, _ in question.outcome(holding.policy.document, context)
    )


def _grants(policy: Policy, question: Question) -> bool:
    """Whether a policy allows the action to anybody."""
    return any(each.allows for each in question.concerning(policy.document))


def _answer(access: Access, principal: Principal, asked: Put) -> Answer:
    decision = access.decide(
        asked.question,
        principal,
        context=asked.context,
        resource=asked.resource,
        resource_policy=asked.guard,
    )
    if asked.general:
        decision = _beyond_loaded(access, principal, asked.question, decision)
        if not asked.question.resource_account:
            decision = _at_home(access, principal, decision)
    scope = scope_of(decision, asked.about or (asked.text,), open_resource=asked.question.open_resource)
    return Answer(principal, asked.question.action, asked.text, scope, decision)


def _beyond_loaded(access: Access, principal: Principal, question: Question, decision: Decision) -> Decision:
    """What a decision on resources in general comes to beyond the loaded ones that it names.

    Those whose policy is about the action are asked about by themselves, and those of other accounts let nobody
    in without that.
    """
    inside: dict[Test, bool] = {}
    for test in tests(decision.open):
        if isinstance(test, ResourceTest) and test.template.pattern is not None:
            found = access.estate.resource(test.text)
            if found is not None and (found.account != principal.account or _speaks(found, question)):
                inside[test] = False
    if not inside:
        return decision
    return _with_open(decision, simplify(replace_tests(decision.open, inside)))


def _at_home(access: Access, principal: Principal, decision: Decision) -> Decision:
    """A decision on resources in general as it is for those of the principal's own account, if it may there.

    On whose resources it holds is part of what such a question asks for. Elsewhere own policies are not enough.
    """
    known = Context(access.owner_keys(principal.account))
    told: dict[Test, bool] = {}
    for test in tests(decision.open):
        if isinstance(test, Condition) and all(known[key] is not OPEN for key in test.keys):
            answer = test.decide(known)
            if isinstance(answer, bool):
                told[test] = answer
    open_ = simplify(replace_tests(decision.open, told)) if told else decision.open
    return decision if open_ is False else _with_open(decision, open_)


def _with_open(decision: Decision, open_: Formula) -> Decision:
    verdict = Verdict.DENIED if open_ is False else Verdict.ALLOWED if open_ is True else Verdict.DEPENDS
    return replace(decision, verdict=verdict, open=open_)


def missing(access: Access, asked: list[Put]) -> list[str]:
    """What is not loaded and could change the answers, one sentence each."""
    found: list[str] = []
    estate = access.estate
    if estate.organization is None:
        found.append("No organization is loaded: its SCPs and RCPs could take permissions away.")
    unguarded = [
        each.text for each in asked if each.resource is None and each.role is None and not each.general
    ]
    service = asked[0].question.service if asked else ""
    if asked and asked[0].question.resource_level and asked[0].question.guarded:
        found += [
            f"The policy of {text} is not loaded: it could deny, or let others in."
            for text in dict.fromkeys(unguarded)
        ]
        if any(each.general for each in asked):
            found.append(
                "The question is about resources in general: policies of resources that are not loaded could "
                "deny, or let others in."
            )
    if service == "s3":
        found.append("Access control lists and access points of S3 are not evaluated.")
    if service == "kms":
        found.append("Grants on KMS keys are not in the data: they could let others in.")
    return found

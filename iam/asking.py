"""The questions: who can do this, and can this one. Answered over an estate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from iam.answer import Answer
from iam.condition import Condition
from iam.context import OPEN, Context
from iam.decision import Decision, Layer, Policy, Verdict
from iam.entities import Principal, PrincipalType
from iam.estate import Access
from iam.evaluate import free_for
from iam.formula import Formula, Test, any_of, tests
from iam.formula import replace as replace_tests
from iam.misses import misses
from iam.overlap import covers
from iam.put import Put, questions_put, speaks
from iam.question import Question, ResourceTest
from iam.scope import Scope, joined, kept_to, scope_of
from iam.solve import equivalent, simplify


def who_can(access: Access, action: str, resource: str | None) -> Iterator[Answer]:
    """Every principal that may do one action on a resource; those denied are left out.

    `action` is a full name in any case, `resource` an ARN, a pattern of ARNs, or None for "at least one
    resource". Principals come in the estate's order. Raises WrongResourceError.
    """
    asked = list(questions_put(access, action, resource))
    for principal in access.estate.principals():
        answer = best(access, principal, asked)
        if answer is not None:
            yield answer


def can(access: Access, principal: Principal, action: str, resource: str | None) -> Answer:
    """One principal's answer, denied or not, with every layer in its decision."""
    asked = list(questions_put(access, action, resource))
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
            if found is not None and (found.account != principal.account or speaks(found, question)):
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

"""Ways to what a resource holds by opening it: whoever may write its policy, or a grant, lets itself in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from iam import asking
from iam.answer import Answer
from iam.context import Context
from iam.decision import Policy
from iam.document import PolicyKind, read_document
from iam.entities import Principal, Resource
from iam.escalation.actors import Actor
from iam.escalation.bindings import Binding
from iam.escalation.settling import Target
from iam.escalation.steps import Step
from iam.escalation.uses import UsedRight
from iam.formula import Formula, all_of
from iam.put import questions_put
from iam.techniques import Effect, Technique, techniques
from iam.words import Need

if TYPE_CHECKING:
    from iam.escalation.web import Web
    from iam.estate import Access

_BUCKET = "AWS::S3::Bucket"
_GRANTING = "kms:CreateGrant"


@dataclass(frozen=True)
class Opening:
    """A step by which somebody lets itself in, and what it may do then."""

    step: Step
    answer: Answer

    @property
    def points(self) -> int:
        """How many open points it has."""
        return self.step.points + self.answer.open_points


def openings(web: Web, action: str, resource: str, who: Iterable[tuple[str, Principal]]) -> Iterator[Opening]:
    """How each of these, by node, may open a resource and then do an action on it, by each technique.

    `resource` is an ARN, or a pattern within one resource; nothing is found for others. A policy that the
    attacker writes takes the place of the one that is there; a grant stands beside it. In one account a policy
    that names the caller is enough:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-resource-rdp.html
    """
    access = web.world.access
    people = list(who)
    for technique in techniques():
        if technique.effect is not Effect.OPENS_RESOURCE or not technique.looked_for:
            continue
        right = technique.rights[0]
        opened = _opened(access, resource, right.type, action)
        if opened is None:
            continue
        may = list(questions_put(access, right.action, opened.arn))
        added = _with(access, _let_in(opened, right.action))
        put = list(questions_put(added, action, resource))
        for node, principal in people:
            if principal.account != opened.account or asking.best(access, principal, may) is None:
                continue
            step = _step(access, technique, node, principal, opened)
            answer = asking.best(added, principal, put) if step is not None else None
            if step is not None and answer is not None:
                yield Opening(step, answer)


def _opened(access: Access, resource: str, type_: str, action: str) -> Resource | None:
    """The one resource of a type that is asked about, or in which that lies; one that isn't loaded by its ARN."""
    if resource == "*" or action.partition(":")[0].lower() != type_.split("::")[1].lower():
        return None
    found = access.estate.resource(resource)
    if found is not None:
        return found if found.type == type_ else None
    arn = resource.partition("/")[0] if type_ == _BUCKET else resource
    accounts = [each for each in access.estate.accounts if f":{each}:" in arn] or [*access.estate.accounts]
    if "*" in arn or "?" in arn or len(accounts) != 1:
        return None
    return Resource(arn=arn, type=type_, name=arn.rsplit(":", 1)[-1], account=accounts[0])


def _let_in(resource: Resource, by: str) -> Resource:
    """The resource as it is when everybody of its account is let in."""
    service = resource.type.split("::")[1].lower()
    statement = {"Effect": "Allow", "Principal": "*", "Action": f"{service}:*", "Resource": "*"}
    document = read_document({"Version": "2012-10-17", "Statement": [statement]}, PolicyKind.RESOURCE)
    known = resource.policy
    if by == _GRANTING and known is not None:
        statements = (*known.document.statements, *document.statements)
        document = replace(known.document, statements=statements)
    return replace(resource, policy=Policy(f"{resource.arn}#policy", "policy", PolicyKind.RESOURCE, document))


def _with(access: Access, resource: Resource) -> Access:
    """The same over an estate with a resource as it would be."""
    account = access.estate.accounts[resource.account]
    changed = replace(account, resources={**account.resources, resource.arn: resource})
    return access.over(replace(access.estate, accounts={**access.estate.accounts, account.id: changed}))


def _step(
    access: Access, technique: Technique, node: str, principal: Principal, resource: Resource
) -> Step | None:
    """The step by which somebody opens a resource; None where it may not."""
    right = technique.rights[0]
    question = access.question(right.action, resource.arn, owner=resource.account)
    request = {key: principal.arn if v == "{caller}" else v for key, v in right.context.items()}
    loaded = access.estate.resource(resource.arn)
    context = access.resource_context(question, loaded)
    decision = access.decide(question, principal, context=Context(request, parent=context), resource=loaded)
    if decision.open is False:
        return None
    open_: Formula = decision.open
    if loaded is None and f":{resource.account}:" not in resource.arn:
        open_ = all_of((open_, Need(f"{resource.arn} belongs to account {resource.account}")))
    change = f"the policy of {resource.name}" if right.action != _GRANTING else f"a grant on {resource.name}"
    arn, _, changes = node.partition(" with ")
    actor = Actor(principal, (changes,) if changes else ())
    target = f"{arn} with {f'{changes}, ' if changes else ''}{change}"
    used = UsedRight(right.action, Target(resource.arn, resource.tags), request, 0)
    return Step(node, target, technique, open_, actor, Binding(resource=resource), (used,))

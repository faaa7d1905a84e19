"""What one question comes to: in general, and for each loaded thing that it may be about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from iam import catalogue
from iam.arn import account_of, is_account_id, parse_arn
from iam.context import Context
from iam.decision import Policy
from iam.entities import Principal, Resource
from iam.estate import Access, resources_of
from iam.evaluate import ON_TRUST, UNSIGNED
from iam.managed_policies import beyond_reference
from iam.nesting import beginning_inside
from iam.overlap import without_lesser
from iam.pattern import Pattern, arn_form, arn_pattern
from iam.question import Asked, Question


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


def questions_put(access: Access, action: str, resource: str | None) -> Iterator[Put]:
    """The questions that one question comes to.

    Raises WrongResourceError where the action never works on such a resource. An open resource is asked about
    in general, and once more for each loaded resource that may be meant and has a policy of its own, or for
    each role that may be meant. Where resources are named, those of several accounts are asked about even if
    they have no policy, since it takes one to let another account in.
    """
    known = catalogue.find_action(action)
    if known is not None and not known.resource_level:
        yield _made(access, access.question(action, None), "*")
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
            yield _made(access, access.question(action, elsewhere), text, general=True)
        return
    container = access.estate.resource(text) if resource else None
    if container is not None:
        yield _made(access, access.question(action, meant, owner=container.account), text, container)
        return
    parsed = parse_arn(text)
    owner = parsed.account if parsed is not None and is_account_id(parsed.account) else ""
    general = access.question(action, meant, owner=owner)
    yield _made(access, general, text, general=True)
    foreign = resource is not None and len(access.estate.accounts) > 1
    for account in access.estate.accounts.values():
        for each in account.resources.values():
            silent = not speaks(each, general)
            if silent and not foreign:
                continue
            inside = _inside(each, meant)
            if inside.within:
                question = access.question(action, inside, owner=each.account)
                about = tuple(str(pattern) for pattern in inside.within)
                found = _made(access, question, text, each)
                yield replace(found, about=about, silent=silent and question.service != "kms")


def speaks(resource: Resource, question: Question) -> bool:
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


def _made(
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
    return _made(access, access.question(action, resource, owner=owner), resource, loaded, role=role)


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

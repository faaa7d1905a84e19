"""A question as people put it, checked: which actions, on what, with what known of the request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iam import catalogue
from iam.catalogue_patterns import overlap
from iam.evaluate import ON_TRUST
from iam.put import works_on
from queries.errors import QuestionError
from queries.names import find_resource

if TYPE_CHECKING:
    from iam.estate import Estate

Context = Mapping[str, str | Sequence[str]]

MOST_ACTIONS = 1_000
"""A wildcard that stands for more actions is refused; the largest service has fewer."""


@dataclass(frozen=True)
class Asked:
    """A checked question. `action` is as asked, `actions` what it stands for, in AWS's own spelling.

    `resource` is an ARN, a pattern of ARNs, or None for "at least one resource".
    """

    action: str
    actions: tuple[str, ...]
    resource: str | None
    context: Context
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The question as answers repeat it."""
        shown = self.actions[0] if len(self.actions) == 1 else self.action
        return {"action": shown, "resource": self.resource, "context": dict(self.context)}


def check(estate: Estate, action: str, resource: str | None, context: Context | None = None) -> Asked:
    """Check a question. Raises QuestionError, with what is nearest, where AWS knows no such thing."""
    actions = actions_of(action)
    found = None
    if resource is not None:
        identities = any(each.lower() in ON_TRUST or each.startswith("iam:") for each in actions)
        found = find_resource(estate, resource, identities=identities)
        actions = _fitting(action, actions, found)
    if len(actions) > MOST_ACTIONS:
        raise QuestionError(
            f"{action} stands for {len(actions):,} actions, more than the {MOST_ACTIONS:,} of one question. "
            "Name a service, as s3:*, or a resource."
        )
    known = dict(context or {})
    return Asked(action, actions, found, known, tuple(context_warnings(known)))


def actions_of(text: str) -> tuple[str, ...]:
    """The actions that a text stands for, as AWS spells them: one, or all that a pattern matches.

    Raises QuestionError with the nearest actions where there is none.
    """
    wanted = text.strip()
    if "*" in wanted or "?" in wanted:
        found: tuple[str, ...] = catalogue.expand(wanted)
    else:
        known = catalogue.find_action(wanted)
        found = (known.name,) if known is not None else ()
    if found:
        return found
    near = catalogue.nearest_actions(wanted)
    hint = f"Did you mean {_or(near)}?" if near else "An action is service:Name, as s3:GetObject."
    raise QuestionError(
        f"AWS has no action '{wanted[:200]}' ({catalogue.version()}).", f" {hint}", given=wanted, near=near
    )


def _fitting(asked: str, actions: tuple[str, ...], resource: str) -> tuple[str, ...]:
    """The actions that can be done on a resource. Raises QuestionError where it is none of them."""
    if resource == "*":
        return actions
    fitting = tuple(each for each in actions if _fits(each, resource))
    if fitting:
        return fitting
    if len(actions) > 1:
        raise QuestionError(f"None of the {len(actions):,} actions of {asked} works on {resource}.")
    forms = _forms(actions[0])
    if not forms:
        raise QuestionError(
            f"{actions[0]} can't be limited to a resource: AWS asks it of all at once. "
            f"Leave the resource out."
        )
    shown = [form.replace("arn:*:", "arn:aws:", 1) for form in sorted(forms, key=len)[:4]]
    near = _near_form(actions[0], resource)
    hint = f" Did you mean {near} ?" if near else ""
    raise QuestionError(
        f"{actions[0]} does not work on {resource} but on {_or(shown)}.",
        hint,
        given=resource,
        near=[near] if near else [],
    )


def _fits(action: str, resource: str) -> bool:
    """Whether an action can be done on a resource."""
    forms = _forms(action, objects="/" in resource)
    return any(_overlapping(resource, form) for form in forms) and works_on(action, resource)


def _overlapping(resource: str, form: str) -> bool:
    """Whether an ARN, or a pattern of ARNs, may be of a form: part by part, where both have all six.

    As texts alone `arn:aws:s3:::payroll/*` and `arn:*:s3:*:*:access-grants/default` would meet beyond a colon.
    """
    parts, others = resource.split(":", 5), form.split(":", 5)
    if len(parts) == len(others) == 6:
        return all(map(overlap, parts, others))
    return overlap(resource, form)


def _forms(action: str, *, objects: bool = False) -> list[str]:
    """The forms of ARNs that an action works on; `objects` leaves out buckets, whose names hold no slash."""
    known = catalogue.find_action(action)
    if known is None:
        return ["*"]
    kinds = (catalogue.find_resource_type(known.service, each.name) for each in known.resource_types)
    return list(
        dict.fromkeys(
            kind.arn_pattern
            for kind in kinds
            if kind is not None and not (objects and kind.arn_template.endswith(":${BucketName}"))
        )
    )


def _near_form(action: str, resource: str) -> str:
    """The resource changed so that it fits: `payroll/*` for a bucket where objects are meant."""
    bucket, _, _ = resource.partition("/")
    for near in (resource.rstrip("/") + "/*", bucket):
        if ":s3:" in near and _fits(action, near):
            return near
    return ""


def context_warnings(context: Context) -> list[str]:
    """A warning for each context key that AWS doesn't have, with the nearest."""
    found = []
    for key in context:
        if catalogue.condition_key(key) is None:
            near = catalogue.nearest_condition_keys(key)
            hint = f" Did you mean {_or(near)}?" if near else ""
            found.append(f"AWS has no context key {key}.{hint} It is taken as given.")
    return found


def _or(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"

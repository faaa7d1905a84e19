"""Writes the page of all techniques: `python -m iam.techniques.page > docs/techniques.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from iam.techniques import (
    CONTEXT_PLACEHOLDERS,
    FACTS,
    SOURCES,
    Category,
    Effect,
    Prerequisite,
    Right,
    Status,
    Subject,
    Technique,
    techniques,
    tell,
)
from iam.techniques.pathless import why_no_step

_TITLES = {
    Category.SELF_ESCALATION: "Changing one's own policies",
    Category.PRINCIPAL_ACCESS: "Taking over another principal",
    Category.NEW_PASSROLE: "Passing a role to something new or changed",
    Category.EXISTING_PASSROLE: "Using what already runs with a role",
    Category.RESOURCE_POLICY: "Opening, reading or replacing what is stored",
    Category.GUARDRAIL_REMOVAL: "Taking guardrails away",
}
_STATUS = {
    Status.CLOSED_TO_NEW_CUSTOMERS: "AWS has closed it to new customers ({since}).",
    Status.RETIRED: "AWS has ended the service ({since}).",
}
_ON = {
    "target_role": "the target role",
    "own_role": "the caller's own role",
    "target_user": "the target user",
    "own_user": "the caller's own user",
    "own_group": "a group of the caller's",
    "target_group": "the target group",
    "policy_attached_to_caller": "a policy attached to the caller, or to a group of the caller's",
    "policy_attached_to_target_role": "a policy attached to the target role",
    "permission_set": "a permission set",
    "existing_resource": "an existing resource",
    "new_resource_or_any": "a new resource, or any",
    "any": "whatever it takes",
}
_SUBJECTS = {
    Subject.CALLER: "the caller's own",
    Subject.TARGET: "the target's",
    Subject.NEW: "the new principal's, as far as the grant makes the attacker set one",
    Subject.NONE: "",
}
_INTRODUCTION = """\
# Techniques of escalation

*Generated from `iam/techniques/data/` by `python -m iam.techniques.page > docs/techniques.md`; edit the
data.*

Every way known to IAM Atlas in which an AWS principal gains power: {all} techniques, of which {sought}
are described and {left} are left out, each with its reason. Of those described {steps} make steps of
paths; for the others stands [why not](#described-and-no-step-of-a-path).

A technique is possible only where **all of its rights** are allowed by everything that bears on the
caller (identity policies, permissions boundary, SCPs, resource policies, session policies), with the
request context that the step implies, and where **all that it presupposes** holds. What the loaded data
cannot show is neither yes nor no: the path then says what it needs.

- *Rights*: actions, and what each must be allowed on. "or" joins actions of which one is enough.
- *Presupposes*: facts that must hold besides; in brackets, the data that decides them.
- *Gains*: what follows. Whose permissions boundary caps it is said where it matters. How strong a target
  is, is never presupposed: it is computed.
- *CloudTrail*: event names as `service:EventName`. Those of Lambda may carry a date or version, and data
  events are recorded only where they are switched on. `iam:PassRole` is no call and has no event: the
  role stands in the request of the call that it is passed with.
- Commands are for a lab of one's own. All values are placeholders.
"""


def page() -> str:
    """The whole page, in Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    every = techniques()
    sought = [entry for entry in every if entry.looked_for]
    steps = sum(1 for entry in sought if not why_no_step(entry))
    left = len(every) - len(sought)
    yield _INTRODUCTION.format(all=len(every), sought=len(sought), left=left, steps=steps)
    yield "## Index"
    for category in Category:
        yield from ("", f"### {_TITLES[category]} (`{category}`)", "")
        yield "| id | name | rights | gain | needs |"
        yield "|---|---|---|---|---|"
        yield from (_row(entry) for entry in sought if entry.category is category)
    for category in Category:
        yield from ("", f"## {_TITLES[category]}")
        for entry in sought:
            if entry.category is category:
                yield from _entry(entry)
    yield from _without_step([entry for entry in sought if why_no_step(entry)])
    yield from _left_out([entry for entry in every if not entry.looked_for])
    yield from _vocabulary()


def _row(entry: Technique) -> str:
    rights = ", ".join(" or ".join(f"`{action}`" for action in right.actions) for right in entry.rights)
    needs = ", ".join(f"`{need}`" for need in entry.needs)
    gain = f"`{entry.gain}`: {_words(entry.effect)}"
    return f"| [{entry.id}](#{entry.id}) | {entry.name} | {rights or 'none'} | {gain} | {needs} |"


def _words(effect: Effect) -> str:
    return effect.value.replace("_", " ")


def _entry(entry: Technique) -> Iterator[str]:
    yield from ("", f"### {entry.id}", "", f"**{entry.name}.** {entry.how}", "")
    if entry.status is not Status.ACTIVE:
        yield from (_STATUS[entry.status].format(since=entry.status_since), "")
    if entry.variant_of:
        yield from (f"A variant of [{entry.variant_of}](#{entry.variant_of}).", "")
    yield "- Rights:" if entry.rights else "- Rights: none that policies of AWS decide."
    yield from (f"  - {_right(right)}" for right in entry.rights)
    if entry.prerequisites:
        yield "- Presupposes:"
        yield from (f"  - {_prerequisite(prerequisite)}" for prerequisite in entry.prerequisites)
    yield f"- Gains: {_gain(entry)}"
    if entry.optional:
        yield f"- Helpful, not needed: {', '.join(f'`{action}`' for action in entry.optional)}."
    yield f"- Prevention: {entry.prevention}"
    events = ", ".join(f"`{event}`" for event in entry.events)
    yield f"- CloudTrail: {events + '. ' if events else ''}{entry.detection}"
    yield f"- References: {', '.join(f'<{url}>' for url in entry.references)}"
    if entry.commands:
        yield from ("", "```sh", *entry.commands, "```")


def _right(right: Right) -> str:
    actions = " or ".join(f"`{action}`" for action in right.actions)
    if right.passed_to and right.on == "any":
        where = f"another role, which trusts and is passed to `{right.passed_to}`"
    elif right.passed_to:
        where = f"{_ON[right.on]}, passed to `{right.passed_to}`"
    else:
        where = _ON[right.on] + (f" of type `{right.type}`" if right.type else "")
    if right.arns:
        where = " or ".join(f"`{arn}`" for arn in right.arns)
    text = f"{actions} on {where}"
    if right.unsigned:
        text += "; no AWS principal signs the call, so only the trust policy decides"
    if right.or_passed_to:
        text += f" (or, as far as AWS says, to {' or '.join(f'`{each}`' for each in right.or_passed_to)})"
    if right.inferred:
        text += " (AWS documents no value of `iam:PassedToService` for this call)"
    context = {k: v for k, v in right.context.items() if not k.startswith(("iam:PassedTo", "iam:Associated"))}
    if context:
        said = (f"`{key}` = `{value}`" if value else f"no `{key}`" for key, value in context.items())
        text += "; with " + ", ".join(said)
    return f"{text}. {right.note}".rstrip()


def _prerequisite(prerequisite: Prerequisite) -> str:
    text = f"{tell(prerequisite)} (`{prerequisite.data}`)"
    if prerequisite.removed_by:
        kinds = (f"`{action}` for one in {_kind(kind)}" for action, kind in prerequisite.removed_by.items())
        text += f" It takes {', '.join(kinds)}."
    elif prerequisite.where:
        text += f" It stands in {_kind(prerequisite.where)}."
    if prerequisite.or_rights:
        actions = " and ".join(f"`{action}`" for action in prerequisite.or_rights)
        text += f" Or the caller brings it about by {actions}."
    return text


def _kind(where: str) -> str:
    words = where.replace("_", " ")
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _gain(entry: Technique) -> str:
    text = f"`{entry.gain}`. {entry.effect.meaning}"
    if entry.limited_to:
        text += f" Only {', '.join(f'`{action}`' for action in entry.limited_to)}."
    if _SUBJECTS[entry.subject]:
        text += f" The permissions boundary that caps it is {_SUBJECTS[entry.subject]}."
    return text


def _without_step(entries: list[Technique]) -> Iterator[str]:
    yield from ("", "## Described, and no step of a path", "", "| id | name | reason |", "|---|---|---|")
    yield from (f"| [{each.id}](#{each.id}) | {each.name} | {why_no_step(each)} |" for each in entries)


def _left_out(entries: list[Technique]) -> Iterator[str]:
    yield from ("", "## Known and not looked for", "", "| id | name | reason |", "|---|---|---|")
    yield from (f"| {entry.id} | {entry.name} | {entry.left_out} |" for entry in entries)


def _vocabulary() -> Iterator[str]:
    yield from ("", "## The words of the data", "", "### Facts", "", "| fact | meaning |", "|---|---|")
    yield from (f"| `{name}` | {fact.meaning} |" for name, fact in FACTS.items())
    yield from ("", "### Sources of data", "", "| source | what it holds |", "|---|---|")
    yield from (f"| `{name}` | {text} |" for name, text in SOURCES.items())
    yield from ("", "### Effects", "", "| effect | what follows |", "|---|---|")
    yield from (f"| `{effect}` | {effect.meaning} |" for effect in Effect)
    yield from ("", "### Values that a request carries", "", "| placeholder | stands for |", "|---|---|")
    yield from (f"| `{name}` | {text} |" for name, text in CONTEXT_PLACEHOLDERS.items())


if __name__ == "__main__":
    sys.stdout.write(page())

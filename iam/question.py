"""One question (an action on a resource) and what each policy says to it, found once and remembered.

Matching of Action and Resource:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from iam.arn import account_of, partition_of
from iam.catalogue import resource_types
from iam.combinations import combinations
from iam.condition import present_test
from iam.context import Context
from iam.document import Document, Statement
from iam.formula import Formula, all_of, any_of, negate
from iam.managed_policies import beyond_reference
from iam.pattern import Pattern, Wildcard, arn_form
from iam.template import Template
from iam.words import Need

_ALWAYS_THERE = {"aws:userid", "aws:username"}
"""Keys that every request has in whose policies they can be a variable: of users, or of everybody who signs."""

RESOURCE = "resource"
"""The name under which tests ask for the resource of a request that leaves it open."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The resources that an open question is about.

    They match one of `within`, one of `kinds` where there are any (what the action takes, where `within` is
    what somebody named), and none of `without`. With `within` empty nothing is known of the resource, and
    nothing is concluded yet.
    """

    within: tuple[Pattern, ...]
    without: tuple[Pattern, ...] = ()
    kinds: tuple[Pattern, ...] = ()

    def includes(self, resource: str) -> bool:
        """Whether an ARN is one of the resources asked about."""
        return (
            any(pattern.matches(resource) for pattern in self.within)
            and (not self.kinds or any(pattern.matches(resource) for pattern in self.kinds))
            and not any(pattern.matches(resource) for pattern in self.without)
        )

    def takes(self, part: str) -> bool:
        """Whether some of the resources have this text in their ARN."""
        return any(part in str(pattern) for pattern in self.kinds or self.within)

    def combinations(self, patterns: Sequence[Pattern]) -> list[tuple[bool, ...]] | None:
        """Which of `patterns` a resource asked about can match together; None where that can't be told."""
        return _combinations(self, tuple(patterns))


@lru_cache(maxsize=16384)
def _combinations(asked: Asked, patterns: tuple[Pattern, ...]) -> list[tuple[bool, ...]] | None:
    every = (*patterns, *asked.kinds, *asked.without)
    kinds = len(patterns)
    without = kinds + len(asked.kinds)
    found: dict[tuple[bool, ...], None] = {}
    # one form of resources at a time, with what can meet it: walked all together they are too entangled
    for within in asked.within or (None,):
        meeting = [at for at, each in enumerate(every) if within is None or _meet(each, within)]
        some = _walked(tuple(every[at] for at in meeting), within)
        if some is None:
            return None
        for truths in some:
            holding = {at for at, holds in zip(meeting, truths, strict=True) if holds}
            if not any(at >= without for at in holding) and (
                kinds == without or any(kinds <= at < without for at in holding)
            ):
                found[tuple(at in holding for at in range(kinds))] = None
    return list(found)


@lru_cache(maxsize=16384)
def _walked(patterns: tuple[Pattern, ...], within: Pattern | None) -> Mapping[tuple[bool, ...], str] | None:
    """Which of some patterns can hold together in one form: the same for all that don't meet that form."""
    return combinations(patterns, [within] if within is not None else ())


@lru_cache(maxsize=65536)
def _meet(one: Pattern, other: Pattern) -> bool:
    """Whether one text may match both patterns."""
    if _apart(one, other):
        return False
    found = combinations([one], [other])
    return found is None or (True,) in found


@dataclass(frozen=True, slots=True)
class ResourceTest:
    """Whether the resource matches a statement's pattern.

    `resource` is the literal ARN of the request, or empty where the resource is open too.
    """

    template: Template
    resource: str = ""
    asked: Asked | None = None

    def __hash__(self) -> int:
        """Tests that stand together ask about the same resources, so these tell nothing apart."""
        return hash((self.template, self.resource))

    @property
    def keys(self) -> frozenset[str]:
        """What it hangs on: the resource, where that is open, and the keys of variables."""
        own = () if self.resource else (RESOURCE,)
        return frozenset(own).union(self.template.keys if self.template.pattern is None else ())

    def holds(self, values: Mapping[str, object]) -> bool:
        """Whether the request with these values has a resource that matches."""
        resolved = self.template.resolve(Context(values, closed=True))
        resource = self.resource or str(values[RESOURCE])
        return resolved is not None and resolved.pattern is not None and resolved.pattern.matches(resource)

    def words(self, *, negated: bool = False) -> str:
        """The test in words."""
        verb = "does not match" if negated else "matches"
        return f"the resource {verb} {self.text}"

    @property
    def text(self) -> str:
        """The pattern as text."""
        return str(self.template.pattern) if self.template.pattern is not None else self.template.text

    def data(self, *, negated: bool = False) -> dict[str, object]:
        """The test for programs."""
        return {"key": RESOURCE, "operator": "ResourceLike", "values": [self.text], "negated": negated}


Outcome = tuple[tuple[Statement, Formula], ...]
"""The statements of a document that bear on the question, each with what it still hangs on."""


class Concerning:
    """The statements that take in one action (in lower case), whatever resource it is on; each found once."""

    def __init__(self, lowered: str) -> None:
        self.lowered = lowered
        self._service = lowered.partition(":")[0]
        self._documents: dict[int, tuple[Document, tuple[Statement, ...]]] = {}

    def of(self, document: Document) -> tuple[Statement, ...]:
        """The statements of a document whose Action or NotAction takes in the action."""
        known = self._documents.get(id(document))
        if known is None:
            found = tuple(each for each in document.statements if self.takes_in(each))
            known = self._documents[id(document)] = (document, found)
        return known[1]

    def takes_in(self, statement: Statement) -> bool:
        """Whether a statement's Action or NotAction takes in the action."""
        for pattern in statement.patterns_of(self._service):
            if pattern.matches(self.lowered):
                return not statement.not_actions
        return bool(statement.not_actions)


class Question:
    """An action on a resource.

    `resource` is an ARN, or says which resources are asked about; None or `*` for an action that takes no
    resource (`resource_level` False). `lowered` is the action in lower case. What it takes may be known
    `from_reference` only, AWS's list of actions, which has gaps. Statements that say the same to every caller
    are matched once; which of them are about the action, questions on many resources find out together.
    """

    def __init__(
        self,
        action: str,
        resource: str | Asked | None,
        *,
        resource_level: bool,
        resource_account: str = "",
        from_reference: bool = False,
        concerning: Concerning | None = None,
    ) -> None:
        self.action = action
        self.service = action.partition(":")[0].lower()
        self.resource_level = resource_level
        self.resource = resource if isinstance(resource, str) and resource_level else ""
        self.asked = resource if resource_level and isinstance(resource, Asked) else None
        self.from_reference = from_reference
        self.resource_account = resource_account or account_of(self.resource)
        within = self.asked.within if self.asked else ()
        partitions = {partition_of(each) for each in (self.resource, *map(str, within)) if each}
        self.partition = partitions.pop() if len(partitions) == 1 else ""
        """The one partition that all resources asked about are in; empty where that isn't said."""
        self.lowered = action.lower()
        self._concerning = concerning or Concerning(self.lowered)
        self._resources: dict[int, tuple[Template, Formula]] = {}
        self._outcomes: dict[int, tuple[Document, Outcome]] = {}

    @property
    def open_resource(self) -> bool:
        """Whether the question is about any resource of a kind rather than one."""
        return self.asked is not None

    @property
    def guarded(self) -> bool:
        """Whether what it is about may have a policy of its own. Of IAM's only roles have: for taking them.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html
        """
        return self.service != "iam"

    def takes(self, part: str) -> bool:
        """Whether the resource, or one of those asked about, has this text in its ARN."""
        return part in self.resource or (self.asked is not None and self.asked.takes(part))

    def outcome(self, document: Document, context: Context) -> Outcome:
        """The document's statements that bear on the question, Principal elements left aside."""
        remembered = self._outcomes.get(id(document))
        if remembered is not None:
            return remembered[1]
        found = []
        same_for_all = True
        for statement in self._concerning.of(document):
            if statement.differs_by_caller:
                same_for_all = False
            formula = self.matches_resource(statement, context)
            if formula is False:
                continue
            if statement.conditions:
                formula = all_of((formula, *(c.decide(context) for c in statement.conditions)))
                if formula is False:
                    continue
            found.append((statement, formula))
        outcome = tuple(found)
        if same_for_all:
            self._outcomes[id(document)] = (document, outcome)
        return outcome

    def concerning(self, document: Document) -> tuple[Statement, ...]:
        """The statements of a document whose Action or NotAction takes in the action."""
        return self._concerning.of(document)

    def concerns(self, statement: Statement) -> bool:
        """Whether the statement's Action or NotAction takes in the action."""
        return self._concerning.takes_in(statement)

    def matches_resource(self, statement: Statement, context: Context) -> Formula:
        """Whether the statement's Resource or NotResource takes in the resource, as far as the context tells."""
        templates = statement.resource_templates
        if not templates:
            return True
        if len(templates) == 1:
            listed = self._resource_matches(templates[0], context)
        else:
            listed = any_of(self._resource_matches(each, context) for each in templates)
        return negate(listed) if statement.not_resources else listed

    def _resource_matches(self, each: Template, context: Context) -> Formula:
        pattern = each.pattern
        if pattern is not None:
            if self.resource:
                return pattern.matches(self.resource)
            if self.asked is None:
                return pattern.matches_everything or self._beyond_reference(each)
            remembered = self._resources.get(id(each))
            if remembered is None:
                remembered = self._resources[id(each)] = (each, self._overlap(each, pattern, self.asked))
            return remembered[1]
        resolved = each.resolve(context)
        if resolved is None:
            return False
        if resolved.pattern is not None:
            return self._resource_matches(resolved, context)
        if not self.resource and self.asked is None:
            return False
        return self._with_variables(resolved, context)

    def _with_variables(self, each: Template, context: Context) -> Formula:
        """Whether the resource matches a pattern in which variables are left, as far as that can be told."""
        test = ResourceTest(each, self.resource, self.asked)
        if self.asked is None:
            return test if each.widest(context).matches(self.resource) else False
        if not self.asked.within:
            return test
        if self.asked.combinations([each.widest(context)]) == [(False,)]:
            return False
        # which resource is open, but without its key a variable stands for none
        present = (present_test(key) for key in each.needed if key.lower() not in _ALWAYS_THERE)
        return all_of((test, *present))

    def _overlap(self, each: Template, pattern: Pattern, asked: Asked) -> Formula:
        """Whether all, some or none of the resources asked about match a pattern."""
        if pattern.matches_everything:
            return True
        if not asked.within:
            return ResourceTest(each, "", asked)
        if all(_apart(pattern, within) for within in asked.within):
            return self._beyond_reference(each)
        found = asked.combinations([pattern])
        if found is not None and (False,) not in found:
            return bool(found)
        if (found is not None and (True,) not in found) or self._means_others(each, asked):
            return self._beyond_reference(each)
        return ResourceTest(each, "", asked)

    def _means_others(self, each: Template, asked: Asked) -> bool:
        """Whether a pattern is for resources that the action does not take, and would only fit by a `*` that
        runs on: the first one of `arn:aws:iam::*:role/*` is not meant to stand for `1:user/x`.
        """
        form = arn_form(each.text)
        if not self.from_reference or "${" in each.text or each.pattern == form:
            return False
        if asked.combinations([form]) != [(False,)]:
            return False
        kinds = (Asked((arn_form(kind.arn_pattern),)) for kind in resource_types(self.service))
        return any(kind.combinations([form]) != [(False,)] for kind in kinds)

    def _beyond_reference(self, each: Template) -> Formula:
        """What to make of a pattern on which the action does not work, by AWS's reference.

        It doesn't, unless AWS's own policies give the action on resources that the reference leaves out.
        """
        if not self.from_reference or each.text.split(":")[2:3] != [self.service]:
            return False
        if self.lowered not in beyond_reference():
            return False
        return Need(
            f"AWS applies {self.action} to such resources, which its reference of actions does not say"
        )


def _apart(one: Pattern, other: Pattern) -> bool:
    """Whether two patterns begin with literal text that can't be reconciled."""
    first, second = one.tokens[0], other.tokens[0]
    if isinstance(first, Wildcard) or isinstance(second, Wildcard):
        return False
    length = min(len(first), len(second))
    return first[:length] != second[:length]

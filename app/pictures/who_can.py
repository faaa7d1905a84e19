"""The picture of a who-can answer: principal, group, policy, statement, resource, from left to right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from app.pictures.addresses import address
from app.pictures.layout import layered
from app.pictures.picture import MOST_NODES, Edge, Node, Picture
from app.pictures.text import labels
from queries.answers import because_words

if TYPE_CHECKING:
    from iam.answer import Answer
    from iam.decision import Grant
    from iam.entities import Principal

ALONE_ABOVE = 3
"""A Deny before the resource, or over the account, that is about more than these isn't joined with each."""
GATHER_ABOVE = 12
"""With more principals than these, those who hold the very same statements stand as one node."""
_GUARDS = ("resource policy", "trust policy")
_OVER_ACCOUNTS = ("scp", "rcp")
_CAPS = ("boundary", *_OVER_ACCOUNTS)


def who_can_picture(
    answers: Sequence[Answer], resource: str, *, opened: Collection[str] = (), most: int = MOST_NODES
) -> Picture:
    """The picture of answers about one resource (as asked; the action where none was).

    `opened` holds ids of gathered nodes whose principals are to stand one by one. At most `most` nodes.
    """
    drawing = _Drawing(resource)
    ways: dict[object, list[Answer]] = defaultdict(list)
    for answer in answers:
        ways[_way(answer)].append(answer)
    gather = len({each.principal.arn for each in answers}) > GATHER_ABOVE
    shown: set[str] = set()
    for together in _in_order(ways.values()):
        principals = list({each.principal.arn: each for each in together}.values())
        one = not gather or len(principals) == 1 or _gathered_id(principals) in opened
        for part in [[each] for each in principals] if one else [principals]:
            if len(drawing.nodes) >= most - 4:
                break
            drawing.add(part)
            shown.update(each.principal.arn for each in part)
    drawing.let_guards_stand_alone()
    total = len({each.principal.arn for each in answers})
    return Picture(
        f"Who can: {resource}",
        tuple(drawing.nodes.values()),
        tuple(drawing.edges.values()),
        layered(
            drawing.columns,
            [(each.source, each.target) for each in drawing.edges.values()],
            labels(drawing.nodes.values()),
        ),
        len(shown),
        total,
        "principals",
    )


def _way(answer: Answer) -> object:
    """What makes two principals' ways look alike: the same statements, held alike, with the same result."""
    return (
        answer.principal.type,
        answer.principal.account,
        answer.verdict,
        tuple((each.statement_id, each.via) for each in answer.because),
        answer.conditions,
    )


def _in_order(ways: Iterable[list[Answer]]) -> list[list[Answer]]:
    """Those through groups first; who needs no statement (a root user) in the middle, straight on."""
    found = sorted(ways, key=_order)
    through = [each for each in found if any(grant.effect == "Allow" for grant in each[0].because)]
    middle = len(through) // 2
    return [*through[:middle], *(each for each in found if each not in through), *through[middle:]]


def _order(together: Sequence[Answer]) -> tuple[bool, bool, str]:
    first = together[0]
    through_group = any(each.via.startswith("group ") for each in first.because)
    return (not through_group, first.verdict == "depends", first.principal.name.lower())


def _gathered_id(answers: Sequence[Answer]) -> str:
    return f"many {answers[0].principal.arn} {len(answers)}"


@dataclass
class _Drawing:
    """Nodes, edges and columns as they come together."""

    resource: str
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[tuple[str, str], Edge] = field(default_factory=dict)
    columns: list[list[str]] = field(default_factory=lambda: [[], [], [], [], []])
    guarded: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By the policies that stand before the resource, or over accounts: whom their Denies are about."""

    def add(self, answers: Sequence[Answer]) -> None:
        """Add one principal, or several that stand as one, with the ways by which they may."""
        first = answers[0]
        who = self._principal(answers)
        goal = self._node(4, Node(f"resource {self.resource}", "resource", _short(self.resource),
                                  (self.resource,), strong=True))  # fmt: skip
        told = tuple(f"if {text}" for text in first.conditions) + tuple(
            f"needs {text}" for text in first.needs
        )
        grants = list(dict.fromkeys(first.because))
        for grant in grants:
            self._way(who, goal, grant, first, told)
        if not any(grant.effect == "Allow" for grant in grants):
            self._edge(who, goal, first.verdict.value, (*because_words(first)[:1], *told))

    def _principal(self, answers: Sequence[Answer]) -> str:
        principal = answers[0].principal
        if len(answers) == 1:
            kind = principal.type.value
            lines = (kind, principal.arn)
            return self._node(0, Node(f"principal {principal.arn}", kind, _name(principal), lines,
                                      address=address("principal", arn=principal.arn)))  # fmt: skip
        names = tuple(_name(each.principal) for each in answers)
        many = Node(
            _gathered_id(answers),
            principal.type.value,
            f"{len(answers)} with the same statements; double click shows them one by one",
            names,
            len(answers),
        )
        return self._node(0, many)

    def _way(self, who: str, goal: str, grant: Grant, answer: Answer, told: tuple[str, ...]) -> None:
        verdict = answer.verdict.value
        deny = grant.effect == "Deny"
        at = who
        if grant.via.startswith("group "):
            name = grant.via.removeprefix("group ")
            group = Node(f"group {answer.principal.account} {name}", "group", name, ("group",))
            at = self._step(at, self._node(1, group), verdict, told)
        own = grant.via in _GUARDS
        words = grant.via if own or grant.via in _CAPS else f"{grant.via} policy"
        policy = Node(
            f"policy {grant.policy_id}",
            "policy",
            grant.policy_name or grant.via,
            (words if not grant.via.startswith("group ") else "policy", grant.policy_id),
            address=address("policy", id=grant.policy_id),
        )
        if deny and (own or grant.via in _OVER_ACCOUNTS):
            self.guarded[policy.id].append(at)
        at = self._step(at, self._node(2, policy), verdict, told, deny=deny)
        name = f"{grant.index} {grant.statement.sid}" if grant.statement.sid else f"statement {grant.index}"
        statement = Node(
            f"statement {grant.statement_id}",
            "deny" if deny else "allow",
            name,
            (f"statement {grant.index} of {grant.policy_name}", f"{grant.effect}s", grant.policy_id),
            address=address("policy", id=grant.policy_id),
        )
        at = self._step(at, self._node(3, statement), "", (), deny=deny)
        self._step(at, goal, "", (), deny=deny)

    def let_guards_stand_alone(self) -> None:
        """Take away the lines to a Deny that is about many: they would hide what grants each of them."""
        for policy, sources in self.guarded.items():
            if len(set(sources)) > ALONE_ABOVE:
                for source in sources:
                    if (edge := self.edges.get((source, policy))) is not None and edge.deny:
                        del self.edges[source, policy]
                node = self.nodes[policy]
                told = f"its Deny is about {len(set(sources))} of those on the left"
                self.nodes[policy] = replace(node, lines=(*node.lines, told))

    def _node(self, column: int, node: Node) -> str:
        if node.id not in self.nodes:
            self.nodes[node.id] = node
            self.columns[column].append(node.id)
        return node.id

    def _step(
        self, source: str, target: str, verdict: str, told: tuple[str, ...], *, deny: bool = False
    ) -> str:
        self._edge(source, target, verdict, told, deny=deny)
        return target

    def _edge(
        self, source: str, target: str, verdict: str, told: tuple[str, ...] = (), *, deny: bool = False
    ) -> None:
        known = self.edges.get((source, target))
        grants = known is not None and known.deny and not deny
        if known is None or grants or (known.verdict == "depends" and verdict == "allowed" and not deny):
            self.edges[source, target] = Edge(source, target, verdict, "", told, deny)


def _name(principal: Principal) -> str:
    return "root user" if principal.type == "root" else principal.name or principal.arn


def _short(resource: str) -> str:
    """The part of an ARN that people know it by."""
    return resource.split(":", 5)[-1] if resource.startswith("arn:") else resource

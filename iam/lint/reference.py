"""The reference page of all warnings, written from the rules: `python -m iam.lint.reference`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from iam.document import PolicyKind
from iam.lint import GROUPS, Level, Rule

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "policy-warnings.md"

_INTRODUCTION = """\
# Policy warnings

What IAM Atlas says about policies that do not do what they seem to. Each warning has the name of its rule and
the place where it was found, such as `Statement[2].Action`; statements count from 1.

An **error** means that the policy does not do what it says: a part of it is refused by AWS, matches nothing,
or reaches further than intended. A **note** means that it works as written and is worth a look. Where AWS
would refuse the whole policy, it counts as granting nothing, and that is said. No other warning changes any
answer.

What exists is looked up in the catalogue (see [catalogue](../catalogue.md)), which has gaps. Where it is
known to have one, the rules are silent. Policies that AWS manages are spared what only AWS could change.

A load keeps the warnings in the graph, on the statement that they are about or else on the policy, as `lint`
with `lint_rules` and `lint_levels`. `iamatlas status` counts them, `iamatlas query policy-warnings` lists them.
Policies that AWS manages are not looked at. Whether a trusted account is a stranger's is known once an
organization is loaded; accounts that were loaded before it say so when they are loaded again.

This page is written by `python -m iam.lint.reference` from the rules themselves.
"""

_KINDS = {
    PolicyKind.IDENTITY: "a policy of an identity",
    PolicyKind.TRUST: "a trust policy",
    PolicyKind.RESOURCE: "the policy of a resource",
}


def page() -> str:
    """The whole page as Markdown."""
    parts = [_INTRODUCTION]
    for title, rules in GROUPS:
        parts += [f"## {title}\n", _table(rules)]
        parts += [_section(rule) for rule in rules]
    return "\n".join(parts)


def _table(rules: tuple[Rule, ...]) -> str:
    rows = ["| rule | level | what it says |", "|---|---|---|"]
    rows += [f"| [`{rule.name}`](#{rule.name}) | {rule.level} | {rule.meaning} |" for rule in rules]
    return "\n".join(rows) + "\n"


def _section(rule: Rule) -> str:
    level = "An error" if rule.level is Level.ERROR else "A note"
    lines = [f"### {rule.name}\n", f"{level}. {rule.meaning} {rule.why}\n"]
    if isinstance(rule.example, str):
        lines.append(f"For example: {rule.example}\n")
    else:
        example = json.dumps(rule.example, indent=2)
        lines.append(f"For example, in {_KINDS[rule.kind]}:\n\n```json\n{example}\n```\n")
    lines.append(f"See [AWS's documentation]({rule.source}).\n")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")

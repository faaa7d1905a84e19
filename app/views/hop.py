"""A hop of a path: what happens, what was checked, which statements let it, how to prevent and to see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.pictures.addresses import address
from app.views.markup import show
from app.views.proof import statement_lines
from queries.answers import grant_words
from queries.entries import Entry

if TYPE_CHECKING:
    from app.views.found_paths import FoundPaths
    from iam.decision import Grant
    from queries.paths import FoundPath

_SIGNS = {"pass": "✓", "fail": "✗", "unknown": "?"}


def hop_of(found: FoundPaths, path: FoundPath, number: int) -> dict[str, Any]:
    """All that is told of a hop (its place, from 1). Asks the web of steps: not to be called beside others."""
    part = path.parts[number - 1]
    hop = found.result.hops(path)[number - 1]
    technique = part.technique
    return {
        "number": number,
        "of": path.length,
        "sentence": hop["sentence"],
        "verdict": hop["verdict"],
        "hangs": [f"if {text}" for text in hop["conditions"]] + [f"needs {text}" for text in hop["needs"]],
        "technique": technique,
        "checks": [
            {**each, "sign": _SIGNS[each["result"]], "because": _places(each)} for each in hop["checks"]
        ],
        "grants": [_grant(grant, part) for grant in dict.fromkeys(found.grants(part))],
    }


def show_hop(hop: dict[str, Any]) -> None:
    """Show it."""
    show("hop", hop=hop)


def _places(check: dict[str, Any]) -> list[tuple[str, str]]:
    """The statements of a check: words, and the address of the policy."""
    places = (
        (
            f"{each['policy_name']}, statement {each['statement']}",
            address("policy", id=each["policy"], statement=str(each["statement"])),
        )
        for each in check["because"]
    )
    return list(dict.fromkeys(places))


def _grant(grant: Grant, part: Any) -> dict[str, Any]:
    rights = () if isinstance(part, Entry) else part.rights
    lines = statement_lines(grant.statement)
    for right in rights:
        decided = statement_lines(grant.statement, right.action, right.target.arn or "")
        lines = [(text, one or two) for (text, one), (_, two) in zip(lines, decided, strict=True)]
    # Where one statement gives several of a hop's rights, the policy's page marks what decides about the first.
    first = next(iter(rights), None)
    link = address(
        "policy",
        id=grant.policy_id,
        statement=str(grant.index),
        action=first.action if first is not None else None,
        resource=first.target.arn if first is not None else None,
    )
    return {"words": grant_words(grant), "link": link, "lines": lines}

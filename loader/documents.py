"""Policy documents as they come in: objects, JSON text or URL-encoded JSON text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from graph.entities import document_from, document_text
from iam.decision import Policy
from iam.document import PolicyKind, holds_repeated_keys, json_object, read_document
from loader.problems import shown
from loader.texts import without_lone_surrogates

MAXIMUM_CHARACTERS = 500_000
"""A longer document is not kept. AWS's own largest limit is 32 kB."""


@dataclass(frozen=True, slots=True)
class ReadPolicy:
    """A policy, its document's text as the graph keeps it, and why it grants nothing (empty if good)."""

    policy: Policy
    text: str
    problem: str


def read_policy(raw: object, policy_id: str, name: str, kind: PolicyKind) -> ReadPolicy:
    """Read a policy. Never raises: what is wrong with the document is its `problem`."""
    left_out = ""
    try:
        value = parsed(raw)
        text = document_text(value)
        if len(text) > MAXIMUM_CHARACTERS:
            left_out = f"{len(text):,} characters long, more than any policy of AWS: left out"
            text = document_text(None)
        document = document_from(text, kind)
        if not left_out and holds_repeated_keys(value):  # which the text, written anew, does not show
            document = read_document(value, kind)
    except RecursionError:
        left_out = "nested too deeply: left out"
        text = document_text(None)
        document = document_from(text, kind)
    fatal = [str(problem) for problem in document.problems if problem.fatal]
    return ReadPolicy(
        Policy(policy_id, name, kind, document), text, shown(left_out or "; ".join(fatal[:3]), 300)
    )


def parsed(raw: object) -> Any:
    """The value that a document's text stands for; what is no JSON stays text."""
    if not isinstance(raw, str) or len(raw) > 3 * MAXIMUM_CHARACTERS:
        return raw
    text = unquote(raw) if raw.lstrip()[:1] == "%" else raw
    try:
        return json.loads(without_lone_surrogates(text), object_pairs_hook=json_object)
    except (ValueError, RecursionError):
        return text

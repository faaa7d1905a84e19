"""Why some techniques that are looked for make no step of a path: what they gain is no principal, or nobody's
in particular.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from iam.techniques.model import Effect, Technique

UNTYING = frozenset(
    {
        "bucket_holds_code_or_terraform_state",
        "bucket_holds_templates_or_artifacts",
        "document_in_use",
        "image_used_by_workload",
        "launch_constraint_role",
        "user_pool_group_has_role",
        "vpc_workloads_trust_private_ca",
    }
)
"""Facts that no data shows and that alone tie a technique to its target: whose power is gained can't be said."""

_DATA = "It gains data, not a principal: `who-can` says who may, at once or with `--indirect` over hops."
_BY_EFFECT: Mapping[Effect, str] = MappingProxyType(
    {
        Effect.READS_DATA: _DATA,
        Effect.READS_SECRETS: "It gains secrets; whose, no data shows. `who-can` says who may read them.",
        Effect.OPENS_RESOURCE: (
            "It gains data, not a principal: it is the last hop of paths to what may be done on that resource "
            "(`paths --to-action`)."
        ),
        Effect.WEAKENS_PROTECTION: "It gains no permission; `who-can` says who may.",
        Effect.KEEPS_ACCESS: "It gains no permission.",
        Effect.INTERCEPTS_CALLS: "Whose calls pass, no data shows.",
        Effect.GAINS_PERMISSION_SET_RIGHTS: (
            "Which permission sets lead to which roles, and who is assigned, is not in the graph."
        ),
    }
)


def why_no_step(technique: Technique) -> str:
    """Why a technique makes no step from one principal to another; empty where it makes some."""
    facts = {each.fact for each in technique.prerequisites}
    if technique.effect in _BY_EFFECT:
        return _BY_EFFECT[technique.effect]
    if technique.limited_to:
        return "It gains some actions of the target only, and not the target."
    if not technique.rights or any(right.unsigned for right in technique.rights):
        return "It needs no principal of an account: such ways in stand in `external_paths`."
    if facts & UNTYING:
        return "Nothing in the data says whose power is gained."
    if any(each.where == "permission_set" for each in technique.prerequisites):
        return "What the policies of permission sets deny is in the data of Identity Center only."
    return ""

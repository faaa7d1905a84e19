"""Says in a sentence what a prerequisite asks for, for pages and for what a path still needs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from iam.techniques.facts import FACTS
from iam.techniques.model import Prerequisite


def tell(prerequisite: Prerequisite) -> str:
    """The sentence that says what this prerequisite asks for, its parameters filled in.

    Raises:
        KeyError: there is no such fact.
    """
    template = _TOLD.get((prerequisite.fact, prerequisite.who or prerequisite.kind), "")
    template = template or _TOLD.get((prerequisite.fact, ""), "")
    if not template:
        return FACTS[prerequisite.fact].meaning
    values = {name: _plain(value) for name, value in prerequisite.parameters.items()}
    return template.format_map(values) + _condition(prerequisite)


def _plain(value: object) -> str:
    return " or ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _condition(prerequisite: Prerequisite) -> str:
    """What must be true of the resource besides, as further sentences."""
    parts = []
    if prerequisite.state:
        parts.append(f" Its state is {prerequisite.state}.")
    if prerequisite.platform:
        parts.append(f" Its platform is {prerequisite.platform}.")
    if prerequisite.exec_enabled:
        parts.append(" It was started with commands by ECS Exec allowed.")
    if prerequisite.batch_config:
        parts.append(" It is set up for batches.")
    return "".join(parts)


_TOLD: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("caller_is", "role"): "The caller is a role.",
        ("caller_is", "user"): "The caller is a user.",
        ("customer_policy_attached_to", "caller"): "A customer managed policy is attached to the caller.",
        ("customer_policy_attached_to", "group_of_caller"): (
            "A customer managed policy is attached to a group of the caller's."
        ),
        ("customer_policy_attached_to", "boundary_of_caller"): (
            "The caller's permissions boundary is a customer managed policy."
        ),
        ("customer_policy_attached_to", "boundary"): (
            "The principal's permissions boundary is a customer managed policy."
        ),
        ("customer_policy_attached_to", "holder"): (
            "A customer managed policy is attached to the principal or to a group of its."
        ),
        ("customer_policy_attached_to", "target_role"): (
            "A customer managed policy is attached to the target role."
        ),
        ("deny_statement_in", ""): "A Deny statement holds back what other policies allow.",
        ("event_source_exists", ""): "An event source exists that the target role may read: {kinds}.",
        ("instance_reachable_on_port", ""): (
            "The attacker can reach the instance on port {port}, directly or by an endpoint."
        ),
        ("launch_template_used_by", ""): (
            "The launch template's default or latest version is used by one of these: {by}."
        ),
        ("resource_exists", ""): "There is an existing {type}.",
        ("resource_exists_with_role", ""): "An existing {type} runs as the target role.",
        ("role_name_matches", ""): "The target role's name matches {patterns}.",
        ("role_trusts_any_service", ""): "The target role's trust policy lets {services} assume it.",
        ("role_trusts_federated", ""): "The target role trusts an identity provider: {provider}.",
        ("role_trusts_service", ""): "The target role's trust policy lets {service} assume it.",
        ("role_trusts_service", "helper"): (
            "Some other role, which the caller may pass, has a trust policy that lets {service} assume it."
        ),
        ("user_access_key_count", ""): "The number of the target user's access keys is {op} {value}.",
    }
)

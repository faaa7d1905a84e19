"""Accounts and the graph: how `iam.entities` are written as nodes and relationships, and read back.

The loader writes with this, questions read with it, so that both mean the same by every label and property.

- `graph.entities_ids`: ids of policies without an ARN, of statements and versions
- `graph.entities_rows`: one node's properties to one entity and back, for readings that narrow first
- `graph.entities_read`: everything back as an `iam.estate.Estate`
- `graph.entities_write`: accounts and the organization into the graph, in one transaction
- `graph.entities_kept`: what stays of accounts that are loaded again
- `graph.entities_escalation`: how principals stand to administrators, and CAN_ESCALATE
- `graph.entities_catalogue`: the action catalogue, and what the wildcards stand for
"""

from __future__ import annotations

from graph.entities_catalogue import catalogue_is_current, write_catalogue
from graph.entities_escalation import (
    ADMINISTRATOR_ITSELF,
    Standing,
    administrator_key,
    principal_of,
    update_standings,
    write_escalations,
)
from graph.entities_ids import (
    inline_policy_id,
    policy_version_id,
    resource_policy_id,
    statement_id,
    trust_policy_id,
)
from graph.entities_read import read_aws_policies, read_estate, read_organization
from graph.entities_rows import (
    PRINCIPAL_DETAILS,
    Row,
    account_from,
    document_from,
    document_text,
    group_from,
    instance_profile_from,
    managed_policy_from,
    policy_from,
    principal_from,
    resource_from,
    statement_from,
    unit_from,
)
from graph.entities_write import Change, write_assumptions, write_change

__all__ = [
    "ADMINISTRATOR_ITSELF",
    "PRINCIPAL_DETAILS",
    "Change",
    "Row",
    "Standing",
    "account_from",
    "administrator_key",
    "catalogue_is_current",
    "document_from",
    "document_text",
    "group_from",
    "inline_policy_id",
    "instance_profile_from",
    "managed_policy_from",
    "policy_from",
    "policy_version_id",
    "principal_from",
    "principal_of",
    "read_aws_policies",
    "read_estate",
    "read_organization",
    "resource_from",
    "resource_policy_id",
    "statement_from",
    "statement_id",
    "trust_policy_id",
    "unit_from",
    "update_standings",
    "write_assumptions",
    "write_catalogue",
    "write_change",
    "write_escalations",
]

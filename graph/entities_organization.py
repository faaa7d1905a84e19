"""The organization in the graph: its tree, its control policies and what they are attached to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graph.entities_rows import policy_row
from graph.schema import (
    ACCOUNT,
    ATTACHED,
    IN,
    ORGANIZATION,
    ORGANIZATIONAL_UNIT,
    POLICY,
    RESOURCE_CONTROL_POLICY,
    SERVICE_CONTROL_POLICY,
)
from graph.write import Edge, create_nodes, create_relationships
from iam.document import PolicyKind

if TYPE_CHECKING:
    from neo4j import ManagedTransaction, Transaction

    from iam.entities import Organization

    AnyTransaction = Transaction | ManagedTransaction

_TAKE_OUT = (
    "MATCH (p:ServiceControl)-[:HAS_STATEMENT]->(s) DETACH DELETE s",
    "MATCH (p:ResourceControl)-[:HAS_STATEMENT]->(s) DETACH DELETE s",
    "MATCH (p:ServiceControl) DETACH DELETE p",
    "MATCH (p:ResourceControl) DETACH DELETE p",
    "MATCH (u:OrganizationalUnit) DETACH DELETE u",
    "MATCH (o:Organization) DETACH DELETE o",
)


def write_organization(
    transaction: AnyTransaction,
    organization: Organization,
    texts: Mapping[str, str],
    extras: Mapping[str, Mapping[str, Any]],
) -> None:
    """Write an organization in place of the one that is there; its accounts' nodes must stand.

    `texts` maps ids of policies to their documents, `extras` ids of units, of policies and of the organization
    to further properties. The statements of its policies are written with all others.
    """
    for statement in _TAKE_OUT:
        transaction.run(statement).consume()
    create_nodes(
        transaction,
        ORGANIZATION,
        [
            {
                "id": organization.id,
                "management_account": organization.management_account,
                "warnings": organization.warnings or None,
                **extras.get(organization.id, {}),
            }
        ],
    )
    units = organization.units.values()
    create_nodes(
        transaction,
        ORGANIZATIONAL_UNIT,
        [{"id": each.id, "name": each.name, **extras.get(each.id, {})} for each in units],
    )
    for kind, node in (
        (PolicyKind.SERVICE_CONTROL, SERVICE_CONTROL_POLICY),
        (PolicyKind.RESOURCE_CONTROL, RESOURCE_CONTROL_POLICY),
    ):
        rows = [
            {**policy_row(each, texts[each.id]), **extras.get(each.id, {})}
            for each in organization.policies.values()
            if each.kind is kind
        ]
        create_nodes(transaction, node, rows)
    _links(transaction, organization)


def _links(transaction: AnyTransaction, organization: Organization) -> None:
    units = organization.units
    under: list[Edge] = [(each.id, each.parent, {}) for each in units.values() if each.parent in units]
    roots: list[Edge] = [
        (each.id, organization.id, {}) for each in units.values() if each.parent not in units
    ]
    create_relationships(transaction, IN, ORGANIZATIONAL_UNIT, ORGANIZATIONAL_UNIT, under)
    create_relationships(transaction, IN, ORGANIZATIONAL_UNIT, ORGANIZATION, roots)
    accounts: list[Edge] = [
        (account, unit, {}) for account, unit in organization.parents.items() if unit in units
    ]
    create_relationships(transaction, IN, ACCOUNT, ORGANIZATIONAL_UNIT, accounts)
    kinds = {PolicyKind.SERVICE_CONTROL: "scp", PolicyKind.RESOURCE_CONTROL: "rcp"}
    for node, places in ((ORGANIZATIONAL_UNIT, units), (ACCOUNT, organization.parents)):
        edges: list[Edge] = [
            (place, policy, {"as": kinds[organization.policies[policy].kind]})
            for place, held in organization.targets.items()
            if place in places
            for policy in held
        ]
        create_relationships(transaction, ATTACHED, node, POLICY, edges)

"""Taking out what belongs to one account, so that loading it again replaces it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graph.batches import batches
from graph.relabel import change_labels
from graph.schema import EXTERNAL, PRINCIPAL, key_types

if TYPE_CHECKING:
    from neo4j import ManagedTransaction, Transaction

    AnyTransaction = Transaction | ManagedTransaction

_KEPT = ("arn", "type", "name", "account")


def delete_account(transaction: AnyTransaction, account: str) -> int:
    """Delete every node whose `account` is this one, with its relationships; returns how many are gone.

    A principal that a role of another account trusts stays as an `External` one with `loaded` false, and with
    that TRUSTS alone: the other account's policy still says so. Derived relationships go with either end, so
    those between this account and others have to be derived again. Shared nodes (actions, patterns, policies
    of AWS, the account itself) stay.
    """
    trusted = [
        record["arn"]
        for record in transaction.run(
            "MATCH (n:Principal {account: $account})<-[:TRUSTS]-(o:Principal) WHERE o.account <> $account "
            "RETURN DISTINCT n.arn AS arn",
            account=account,
        )
    ]
    for keys in batches(trusted):
        transaction.run(
            "UNWIND $keys AS key MATCH (n:Principal {arn: key})-[r]->() DELETE r", keys=keys
        ).consume()
        transaction.run(
            "UNWIND $keys AS key MATCH (n:Principal {arn: key})<-[r]-(o) "
            "WHERE type(r) <> 'TRUSTS' OR o.account = $account DELETE r",
            keys=keys,
            account=account,
        ).consume()
    change_labels(transaction, EXTERNAL, trusted, properties=_mentioned)
    deleted = 0
    for node in key_types():
        if not any(one.name == "account" for one in node.properties):
            continue
        kept = " AND NOT n.arn IN $trusted" if node is PRINCIPAL else ""
        record = transaction.run(
            f"MATCH (n:{node.label}) WHERE n.account = $account{kept} DETACH DELETE n "
            "RETURN count(*) AS gone",
            account=account,
            trusted=trusted,
        ).single(strict=True)
        deleted += record["gone"]
    return deleted


def delete_orphans(transaction: AnyTransaction) -> None:
    """Delete what nothing refers to any more, for the end of a load.

    That is: policies of AWS that are attached nowhere, with their statements, and principals that aren't
    loaded and that nothing names.
    """
    unused = "WHERE p.managed_by_aws AND NOT (p)<-[:ATTACHED]-()"
    for kind in ("HAS_STATEMENT", "HAS_VERSION"):
        transaction.run(f"MATCH (p:Policy)-[:{kind}]->(s) {unused} DETACH DELETE s").consume()
    transaction.run(f"MATCH (p:Policy) {unused} DETACH DELETE p").consume()
    transaction.run(
        "MATCH (n:Principal) WHERE n.loaded = false AND NOT (n)<-[:TRUSTS]-() AND NOT (n)-[:CAN_ASSUME]->() "
        "AND NOT (n)<-[:CAN_ASSUME]-() AND NOT (n)-[:CAN_ESCALATE]->() AND NOT (n)<-[:CAN_ESCALATE]-() "
        "DETACH DELETE n"
    ).consume()


def _mentioned(properties: dict[str, Any]) -> dict[str, Any]:
    """What is left of a principal that is only mentioned."""
    return {**{name: properties[name] for name in _KEPT if name in properties}, "loaded": False}

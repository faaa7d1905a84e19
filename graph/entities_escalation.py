"""How principals stand to administrators, and CAN_ESCALATE, within the transaction of a load."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graph.entities_rows import principal_node
from graph.relabel import change_labels
from graph.schema import ACCOUNT, ADMIN_LABEL, ADMINISTRATOR, CAN_ESCALATE, IN, PRINCIPAL, NodeType
from graph.write import Edge, create_nodes, create_relationships, set_properties

if TYPE_CHECKING:
    from neo4j import ManagedTransaction, Transaction

    from graph.entities_kept import Kept
    from iam.estate import Estate

    AnyTransaction = Transaction | ManagedTransaction


@dataclass(frozen=True, slots=True)
class Standing:
    """How a principal stands to administrators: whether it is one, or how it comes to one.

    `distance` counts the hops of the best path (0 for an administrator, None where there is no path),
    `next_hop` is the ARN, or `administrator:ACCOUNT`, to which its first hop leads by `techniques`, and
    `verdict` is that of the whole path.
    """

    admin: bool = False
    distance: int | None = None
    next_hop: str = ""
    techniques: tuple[str, ...] = ()
    verdict: str = ""

    def properties(self) -> dict[str, Any]:
        """The properties of the principal's node; None for one that it does not have."""
        return {
            "admin": self.admin or None,
            "distance_to_admin": self.distance,
            "next_hop": self.next_hop or None,
            "next_techniques": list(self.techniques) or None,
            "path_verdict": self.verdict or None,
        }


NOWHERE = Standing()
"""The standing of a principal that is no administrator and comes to none."""
ADMINISTRATOR_ITSELF = Standing(admin=True, distance=0)


def administrator_key(account: str) -> str:
    """The key of the node to which whoever makes itself administrator of an account comes."""
    return f"administrator:{account}"


def principal_of(actor: str) -> str:
    """The key of the node of an actor: a changed principal's is its ARN, followed by what was changed.

    No ARN holds a space, so nothing in a name can be taken for the change.
    """
    return actor.partition(" with ")[0]


def update_administrators(
    transaction: AnyTransaction, estate: Estate, accounts: Collection[str], administrators: Collection[str]
) -> None:
    """Give or take the label of administrators (ARNs) in all other accounts than these, where that changes.

    Before anything is written: nodes are put back with the relationships that they have.
    """
    marked: dict[tuple[NodeType, bool], list[str]] = defaultdict(list)
    for record in transaction.run(
        "MATCH (p:Principal) WHERE p.loaded = true RETURN p.arn AS arn, p.account AS account, p.admin AS admin"
    ):
        principal = estate.principal(record["arn"])
        if principal is None or not principal.loaded or record["account"] in accounts:
            continue
        admin = principal.arn in administrators
        if bool(record["admin"]) != admin:
            marked[principal_node(principal), admin].append(principal.arn)
    for (node, admin), arns in marked.items():
        change_labels(transaction, node, arns, (ADMIN_LABEL,) if admin else ())


def update_standings(transaction: AnyTransaction, standings: Mapping[str, Standing]) -> None:
    """Give all principals, by ARN, the properties of their standing, where they have changed.

    Last of all: the embedded server doesn't find the relationships of a node any more whose properties the
    transaction has set.
    """
    names = ", ".join(f"p.{name} AS {name}" for name in NOWHERE.properties())
    changed: list[dict[str, Any]] = []
    for record in transaction.run(f"MATCH (p:Principal) WHERE p.loaded = true RETURN p.arn AS arn, {names}"):
        properties = standings.get(record["arn"], NOWHERE).properties()
        if any(record[name] != value for name, value in properties.items()):
            changed.append({"arn": record["arn"], **properties})
    set_properties(transaction, PRINCIPAL, changed)


def write_escalations(
    transaction: AnyTransaction,
    accounts: Iterable[str],
    edges: list[Edge],
    kept: Kept,
    advance: Callable[[int], None] = lambda _: None,
) -> int:
    """Write CAN_ESCALATE, as far as they aren't kept: key of the principal, key of the target, properties.

    Those that are there and not among them go. Each of the accounts (all that are loaded) gets its
    `administrator:ACCOUNT` node. Returns how many are new.
    """
    stored = {
        record["account"] for record in transaction.run("MATCH (p:Administrator) RETURN p.account AS account")
    }
    new = [account for account in accounts if account not in stored]
    rows = [
        {
            "arn": administrator_key(account),
            "type": "administrator",
            "name": "administrator",
            "account": account,
            "distance_to_admin": 0,
        }
        for account in new
    ]
    create_nodes(transaction, ADMINISTRATOR, rows)
    belonging: list[Edge] = [(administrator_key(account), account, {}) for account in new]
    create_relationships(transaction, IN, ADMINISTRATOR, ACCOUNT, belonging)
    missing = kept.new_edges(CAN_ESCALATE, PRINCIPAL, PRINCIPAL, edges)
    kept.delete_leftovers(transaction, CAN_ESCALATE)
    return create_relationships(transaction, CAN_ESCALATE, PRINCIPAL, PRINCIPAL, missing, advance)

"""Everything in the graph back as an estate, and single parts of it that loads need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from graph.entities_rows import (
    Row,
    account_from,
    group_from,
    instance_profile_from,
    managed_policy_from,
    policy_from,
    principal_from,
    resource_from,
    unit_from,
)
from graph.sequence import consistent_read
from iam.decision import Policy
from iam.entities import Account, ManagedPolicy, Organization
from iam.estate import Estate

if TYPE_CHECKING:
    from graph.connection import Database


def read_estate(database: Database, *, without: Collection[str] = ()) -> Estate:
    """Everything that is loaded, or all but the accounts `without` (and, then, without outsiders).

    Accounts, principals and the rest come in the order of their ids. Reads again when a load commits
    meanwhile.
    """
    return consistent_read(database, lambda: _Reader(database, without).estate())


def read_aws_policies(database: Database) -> dict[str, ManagedPolicy]:
    """The managed policies of AWS whose text is in the graph, by ARN."""
    rows = database.read(
        "MATCH (p:Managed) WHERE p.managed_by_aws = true AND p.loaded = true RETURN properties(p) AS row"
    )
    versions = _versions(database, "v.account IS NULL", [])
    return {
        record["row"]["id"]: managed_policy_from(record["row"], versions[record["row"]["id"]])
        for record in rows
    }


def read_organization(database: Database) -> Organization | None:
    """The organization with its tree and its control policies; None where none is loaded."""
    return _Reader(database, ()).organization()


def _versions(database: Database, where: str, accounts: list[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for record in database.read(
        f"MATCH (v:PolicyVersion) WHERE {where} RETURN properties(v) AS row", accounts=accounts
    ):
        found[record["row"]["policy"]].append(record["row"])
    return found


class _Reader:
    def __init__(self, database: Database, without: Collection[str]) -> None:
        self.database = database
        self.without = set(without)
        self.ids: list[str] = []

    def rows(self, label: str, where: str = "n.account IN $ids") -> list[Row]:
        """Properties of the nodes of a label, sorted by their key."""
        records = self.database.read(
            f"MATCH (n:{label}) WHERE {where} RETURN properties(n) AS row", ids=self.ids
        )
        found: list[Row] = [record["row"] for record in records]
        return sorted(found, key=lambda row: row.get("arn") or row["id"])

    def pairs(self, cypher: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for record in self.database.read(cypher, ids=self.ids):
            found[record["a"]].append(record["b"])
        return found

    def estate(self) -> Estate:
        accounts = self.accounts()
        self.ids = list(accounts)
        self.fill(accounts)
        outsiders = {}
        if not self.without:
            outsiders = {
                row["arn"]: principal_from(row) for row in self.rows("Principal", "n.loaded = false")
            }
        return Estate(accounts=accounts, organization=self.organization(), outsiders=outsiders)

    def accounts(self) -> dict[str, Account]:
        loads = {record["row"]["id"]: record["row"] for record in self.database.read(
            "MATCH (l:Load) RETURN properties(l) AS row")}  # fmt: skip
        return {
            row["id"]: account_from(row, loads.get(row["id"], {}))
            for row in self.rows("Account", "n.loaded = true")
            if row["id"] not in self.without
        }

    def fill(self, accounts: dict[str, Account]) -> None:
        """Put into the accounts what belongs to them."""
        policies = self.rows("Policy", "n.account IN $ids OR n.managed_by_aws = true")
        read: dict[str, Policy] = {row["id"]: policy_from(row) for row in policies if row["loaded"]}
        versions = _versions(self.database, "v.account IN $accounts OR v.account IS NULL", self.ids)
        managed = {
            row["id"]: managed_policy_from(row, versions[row["id"]], policy=read[row["id"]])
            for row in policies
            if row["kind"] == "managed" and row["loaded"]
        }
        held = self.attachments()
        groups = self.pairs(
            "MATCH (u:User)-[:MEMBER_OF]->(g:Group) WHERE u.account IN $ids RETURN u.arn AS a, g.arn AS b"
        )
        for row in self.rows("Principal", "n.account IN $ids AND n.loaded = true"):
            policies_of = held[row["arn"]]
            boundary = [each for each, how in policies_of if how == "boundary"]
            trust = [read[each] for each, how in policies_of if how == "trust"]
            accounts[row["account"]].principals[row["arn"]] = principal_from(
                row,
                groups=groups[row["arn"]],
                inline=_inline(policies_of, read),
                attached=_attached(policies_of),
                boundary=boundary[0] if boundary else "",
                trust=trust[0] if trust else None,
            )
        for row in self.rows("Group"):
            policies_of = held[row["arn"]]
            accounts[row["account"]].groups[row["arn"]] = group_from(
                row, inline=_inline(policies_of, read), attached=_attached(policies_of)
            )
        roles = self.pairs(
            "MATCH (i:InstanceProfile)-[:HAS_ROLE]->(r:Role) WHERE i.account IN $ids "
            "RETURN i.arn AS a, r.arn AS b"
        )
        for row in self.rows("InstanceProfile"):
            profile = instance_profile_from(row, roles[row["arn"]])
            accounts[row["account"]].instance_profiles[row["arn"]] = profile
        for row in self.rows("Resource"):
            own = [read[each] for each, how in held[row["arn"]] if how == "resource"]
            accounts[row["account"]].resources[row["arn"]] = resource_from(row, own[0] if own else None)
        for account in accounts.values():
            used = _used(account)
            account.policies = {
                arn: policy
                for arn, policy in managed.items()
                if policy.account == account.id or (policy.managed_by_aws and arn in used)
            }

    def attachments(self) -> dict[str, list[tuple[str, str]]]:
        """What is attached to users, roles, groups and resources: id of the policy, and how."""
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for label in ("Principal", "Group", "Resource"):
            for record in self.database.read(
                f"MATCH (o:{label})-[r:ATTACHED]->(p:Policy) WHERE o.account IN $ids "
                "RETURN o.arn AS owner, p.id AS policy, r.as AS how",
                ids=self.ids,
            ):
                found[record["owner"]].append((record["policy"], record["how"]))
        return found

    def organization(self) -> Organization | None:
        head = self.rows("Organization", "true")
        if not head:
            return None
        above = self.pairs(
            "MATCH (a:OrganizationalUnit)-[:IN]->(b:OrganizationalUnit) RETURN a.id AS a, b.id AS b"
        )
        parents = self.pairs("MATCH (a:Account)-[:IN]->(b:OrganizationalUnit) RETURN a.id AS a, b.id AS b")
        names = self.pairs("MATCH (a:Account) RETURN a.id AS a, coalesce(a.name, '') AS b")
        units = [unit_from(row, *above[row["id"]][:1]) for row in self.rows("OrganizationalUnit", "true")]
        policies = [policy_from(row) for row in self.rows("Policy", "n.kind IN ['scp', 'rcp']")]
        targets: dict[str, list[str]] = defaultdict(list)
        for label in ("OrganizationalUnit", "Account"):
            for place, held in self.pairs(
                f"MATCH (a:{label})-[:ATTACHED]->(p:Policy) RETURN a.id AS a, p.id AS b"
            ).items():
                targets[place] += held
        return Organization(
            id=head[0]["id"],
            management_account=head[0]["management_account"],
            units={unit.id: unit for unit in units},
            parents={account: parents[account][0] for account in sorted(parents)},
            policies={policy.id: policy for policy in policies},
            targets={place: tuple(sorted(held)) for place, held in sorted(targets.items())},
            account_names={account: names[account][0] for account in sorted(parents)},
            warnings=list(head[0].get("warnings") or ()),
        )


def _inline(held: Iterable[tuple[str, str]], read: dict[str, Policy]) -> list[Policy]:
    return [read[each] for each, how in held if how == "permissions" and _is_inline(each)]


def _attached(held: Iterable[tuple[str, str]]) -> list[str]:
    return [each for each, how in held if how == "permissions" and not _is_inline(each)]


def _is_inline(policy: str) -> bool:
    return policy.rpartition(":")[2].startswith("inline/")


def _used(account: Account) -> set[str]:
    used = {arn for each in account.principals.values() for arn in each.attached}
    used |= {arn for each in account.groups.values() for arn in each.attached}
    return used | {each.boundary for each in account.principals.values() if each.boundary}

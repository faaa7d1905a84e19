"""Principals that policies name: finding them, and making those that no loaded account holds.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graph.entities import document_text, statement_id
from iam.arn import account_of, is_account_id, parse_arn, root_arn
from iam.decision import Policy
from iam.document import Statement
from iam.entities import Account, Principal, PrincipalType
from loader.fields import MAXIMUM_KEY_BYTES


@dataclass(frozen=True, slots=True)
class Mention:
    """A principal as a policy names it: its key in the graph, its type, and its account (may be empty)."""

    key: str
    type: PrincipalType
    account: str = ""


@dataclass(frozen=True, slots=True)
class Trust:
    """One principal that one statement of a role's trust policy allows."""

    role: str
    role_account: str
    mention: Mention
    properties: Mapping[str, Any]


def outsiders_of(accounts: Mapping[str, Account]) -> dict[str, Principal]:
    """The principals that trust and resource policies name and no account holds, by their key."""
    names = _Names(accounts)
    found: dict[str, Principal] = {}
    for account in accounts.values():
        for policy in _policies(account):
            for statement in policy.document.statements:
                for mention in names.mentions(statement, account.partition):
                    if mention.key not in found and names.holder(mention) is None:
                        found[mention.key] = _outsider(mention, mention.account in accounts)
    return dict(sorted(found.items()))


def trusts_of(accounts: Mapping[str, Account]) -> Iterator[Trust]:
    """What the Allow statements of all roles' trust policies say: one for each statement and principal."""
    names = _Names(accounts)
    for account in accounts.values():
        for role in account.principals.values():
            if role.trust is None:
                continue
            for statement in role.trust.document.statements:
                if not statement.allows:
                    continue
                properties = {
                    "statement": statement_id(role.trust.id, statement.index),
                    "actions": list(statement.actions),
                    "conditions": document_text(statement.condition) if statement.condition else None,
                }
                for mention in names.mentions(statement, account.partition):
                    yield Trust(role.arn, account.id, mention, properties)


def unknown_principals(policy: Policy) -> Iterator[str]:
    """What a policy names as principal and nobody can be: ids of deleted principals, misspelled ARNs."""
    for statement in policy.document.statements:
        for kind, value in (*(statement.principals or ()), *(statement.not_principals or ())):
            if kind == "AWS" and _mention(kind, value, "aws") is None:
                yield value


class _Names:
    """Finds the principals that names in policies mean."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self.accounts = accounts
        self.roles = {
            (account.id, principal.name.lower()): principal.arn
            for account in accounts.values()
            for principal in account.principals.values()
            if principal.type is PrincipalType.ROLE
        }

    def mentions(self, statement: Statement, partition: str) -> Iterator[Mention]:
        for kind, value in (*(statement.principals or ()), *(statement.not_principals or ())):
            mention = _mention(kind, value, partition)
            if mention is None:
                continue
            if mention.type is PrincipalType.ROLE:
                # Names of roles are unique in an account whatever their path and case.
                name = mention.key.rsplit("/", 1)[-1].lower()
                arn = self.roles.get((mention.account, name))
                mention = Mention(arn, mention.type, mention.account) if arn else mention
            if len(mention.key.encode()) <= MAXIMUM_KEY_BYTES:
                yield mention

    def holder(self, mention: Mention) -> Account | None:
        """The account that holds the principal."""
        account = self.accounts.get(mention.account)
        return account if account is not None and mention.key in account.principals else None


def _mention(kind: str, value: str, partition: str) -> Mention | None:
    if kind == "*":
        return Mention("*", PrincipalType.ANYONE)
    if kind == "Service":
        return Mention(value, PrincipalType.SERVICE) if value not in ("", "*") else None
    if kind == "Federated":
        return Mention(value, PrincipalType.FEDERATED, account_of(value)) if value not in ("", "*") else None
    # A canonical user id doesn't say whose it is.
    return _by_arn(value, partition) if kind == "AWS" else None


def _by_arn(value: str, partition: str) -> Mention | None:
    if is_account_id(value):
        return Mention(root_arn(value, partition), PrincipalType.ACCOUNT, value)
    arn = parse_arn(value)
    if arn is None or not arn.account:
        return None
    what, _, name = arn.resource.partition("/")
    if arn.service == "iam" and arn.resource == "root":
        return Mention(value, PrincipalType.ACCOUNT, arn.account)
    if arn.service == "iam" and what in ("user", "role") and name:
        type_ = PrincipalType.USER if what == "user" else PrincipalType.ROLE
        return Mention(value, type_, arn.account)
    if arn.service == "sts" and what == "assumed-role" and name:
        role = f"arn:{arn.partition}:iam::{arn.account}:role/{name.partition('/')[0]}"
        return Mention(role, PrincipalType.ROLE, arn.account)
    if arn.service == "sts" and what == "federated-user" and name:
        return Mention(value, PrincipalType.FEDERATED, arn.account)
    return None


def _outsider(mention: Mention, account_loaded: bool) -> Principal:
    arn = parse_arn(mention.key)
    name = mention.key
    if arn is not None:
        name = mention.account if mention.type is PrincipalType.ACCOUNT else arn.name
    warning = f"a policy names it, but account {mention.account} as loaded does not have it"
    missing = account_loaded and mention.type in (PrincipalType.USER, PrincipalType.ROLE)
    path = arn.path if arn is not None and mention.type in (PrincipalType.USER, PrincipalType.ROLE) else "/"
    return Principal(
        arn=mention.key,
        type=mention.type,
        name=name,
        account=mention.account,
        path=path,
        loaded=False,
        warnings=[warning] if missing else [],
    )


def _policies(account: Account) -> Iterable[Policy]:
    for principal in account.principals.values():
        if principal.trust is not None:
            yield principal.trust
    for resource in account.resources.values():
        if resource.policy is not None:
            yield resource.policy

"""Actors: principals as they are, and as they would be after a step that changes what they may do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from iam.decision import Grant, Policy
from iam.document import PolicyKind, read_document
from iam.entities import Account, Principal, PrincipalType

ADMINISTRATOR_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"


ADMINISTRATOR = "administrator:"
"""What the node begins with that stands for being administrator of an account."""


@lru_cache(maxsize=1)
def everything() -> Policy:
    """A policy that allows everything: what an attacker writes who may write a policy."""
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = read_document({"Version": "2012-10-17", "Statement": statement}, PolicyKind.IDENTITY)
    return Policy(ADMINISTRATOR_POLICY, "AdministratorAccess", PolicyKind.IDENTITY, document)


def is_written(grant: Grant) -> bool:
    """Whether a statement is one that an attacker has written, or that goes with being administrator by then."""
    return grant.statement is everything().document.statements[0]


@dataclass(frozen=True, slots=True, eq=False)
class Actor:
    """Whoever acts: a principal with its permissions now (`changes` empty), or after some changes.

    `key` names it within paths: the principal's ARN, followed by what was changed. Whoever has become
    administrator of an account stands at a `node` of its own, whatever principal it was.
    """

    principal: Principal
    changes: tuple[str, ...] = ()
    node: str = ""

    @property
    def key(self) -> str:
        """The node of this actor."""
        if self.node:
            return self.node
        arn = self.principal.arn
        return arn if not self.changes else f"{arn} with {', '.join(self.changes)}"

    @property
    def as_loaded(self) -> bool:
        """Whether it may do what the data says of its principal, no more and no less."""
        return not self.changes and not self.principal.removed

    def without(self, removed: frozenset[tuple[str, str]]) -> Actor:
        """The same actor without statements that it holds, by holder and id (`Principal.removed`)."""
        return replace(self, principal=replace(self.principal, removed=removed))

    @property
    def holds_everything(self) -> bool:
        """Whether nothing but a Deny, a boundary or a guardrail holds it back."""
        return any(policy is everything() for policy in self.principal.inline)

    def with_policies(self, change: str, policies: Iterable[Policy]) -> Actor:
        """The same principal holding more inline policies."""
        held = (*self.principal.inline, *policies)
        return self._changed(change, replace(self.principal, inline=held))

    def as_(self, change: str, principal: Principal) -> Actor:
        """The same principal after a change that leaves it as this one."""
        return self._changed(change, principal)

    def without_policy(self, change: str, policy: str) -> Actor:
        """The same principal without one of its own policies."""
        attached = tuple(arn for arn in self.principal.attached if arn != policy)
        inline = tuple(each for each in self.principal.inline if each.id != policy)
        return self._changed(change, replace(self.principal, attached=attached, inline=inline))

    def with_group(self, change: str, group: str) -> Actor:
        """The same user in one more group."""
        groups = (*self.principal.groups, group)
        return self._changed(change, replace(self.principal, groups=groups))

    def without_group(self, change: str, group: str) -> Actor:
        """The same user outside of one of its groups."""
        groups = tuple(arn for arn in self.principal.groups if arn != group)
        return self._changed(change, replace(self.principal, groups=groups))

    def with_boundary(self, change: str, boundary: str) -> Actor:
        """The same principal under another permissions boundary, or (empty) under none."""
        return self._changed(change, replace(self.principal, boundary=boundary))

    def _changed(self, change: str, principal: Principal) -> Actor:
        return Actor(principal, tuple(sorted({*self.changes, change})))


def administrator(account: Account) -> Actor:
    """Someone with every permission in an account, and no name that a policy could know."""
    principal = Principal(
        arn=f"arn:{account.partition}:iam::{account.id}:role/a-new-administrator", type=PrincipalType.ROLE,
        name=f"an administrator of account {account.id}", account=account.id, inline=(everything(),),
    )  # fmt: skip
    return Actor(principal, node=ADMINISTRATOR + account.id)

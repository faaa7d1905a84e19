"""Who makes a request, and which principals of a policy mean them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from iam.arn import is_account_id, parse_arn
from iam.document import Principals
from iam.formula import Formula, all_of, any_of


class CallerKind(StrEnum):
    """The kinds of caller that AWS treats differently."""

    USER = "user"
    ROLE = "role"
    ROOT = "root"
    FEDERATED_USER = "federated user"
    FEDERATED = "federated"
    SERVICE = "service"
    ACCOUNT = "account"
    ANONYMOUS = "anonymous"


class Named(StrEnum):
    """How a policy's principal means a caller; the kinds grant differently."""

    CALLER = "caller"
    ROLE = "role"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Fact:
    """An open test for something that is no context key: a session's name, an account's canonical id."""

    key: str
    value: str

    @property
    def keys(self) -> frozenset[str]:
        """The fact's name."""
        return frozenset({self.key})

    def holds(self, values: Mapping[str, object]) -> bool:
        """Whether the fact has this value in `values`."""
        return values.get(self.key) == self.value

    def words(self, *, negated: bool = False) -> str:
        """The fact in words."""
        return f"{self.key} is not {self.value}" if negated else f"{self.key} is {self.value}"

    def data(self, *, negated: bool = False) -> dict[str, object]:
        """The fact for programs, in the shape of a condition."""
        return {"key": self.key, "operator": "StringEquals", "values": [self.value], "negated": negated}


@dataclass(frozen=True)
class Caller:
    """A principal that makes requests.

    `arn` is the user's, role's, session's or provider's ARN, or a service's name. A role acts through
    sessions: with `session` empty any session of it is meant, and what hinges on the session's name is open.
    """

    kind: CallerKind
    arn: str
    account: str = ""
    session: str = ""
    service_linked: bool = False
    canonical_user: str = ""
    has_boundary: bool = False

    @classmethod
    def of(cls, principal: str, *, role_arn: str = "", has_boundary: bool = False) -> Caller:
        """The caller that an ARN, a service name or `anonymous` stands for.

        `role_arn` gives a session's role with its path, where it is known. Raises ValueError for anything else.
        """
        if principal in ("anonymous", "*"):
            return cls(CallerKind.ANONYMOUS, "*")
        arn = parse_arn(principal)
        if arn is None:
            if is_account_id(principal):
                return cls(CallerKind.ACCOUNT, principal, principal)
            if "." in principal and "/" not in principal and ":" not in principal and " " not in principal:
                return cls(CallerKind.SERVICE, principal)
            raise ValueError(f"{principal!r} is no ARN of a principal, no service and no account")
        kind, _, rest = arn.resource.partition("/")
        if not is_account_id(arn.account) or not (rest or arn.resource == "root"):
            raise ValueError(f"{principal!r} is no principal")
        if arn.service == "sts" and kind == "assumed-role":
            name, _, session = rest.partition("/")
            role = role_arn or f"arn:{arn.partition}:iam::{arn.account}:role/{name}"
            return cls._role(role, arn.account, session, has_boundary=has_boundary)
        if arn.service == "sts" and kind == "federated-user":
            return cls(CallerKind.FEDERATED_USER, principal, arn.account, has_boundary=has_boundary)
        if arn.service == "iam" and arn.resource == "root":
            return cls(CallerKind.ROOT, principal, arn.account)
        if arn.service == "iam" and kind == "user":
            return cls(CallerKind.USER, principal, arn.account, has_boundary=has_boundary)
        if arn.service == "iam" and kind == "role":
            return cls._role(principal, arn.account, "", has_boundary=has_boundary)
        if arn.service == "iam" and kind in ("saml-provider", "oidc-provider"):
            return cls(CallerKind.FEDERATED, principal, arn.account)
        raise ValueError(f"{principal!r} is no principal")

    @classmethod
    def _role(cls, arn: str, account: str, session: str, *, has_boundary: bool) -> Caller:
        linked = ":role/aws-service-role/" in arn
        return cls(CallerKind.ROLE, arn, account, session, service_linked=linked, has_boundary=has_boundary)

    @cached_property
    def _role_name(self) -> str:
        return self.arn.rsplit("/", 1)[-1].lower()

    @cached_property
    def signs(self) -> bool:
        """Whether the caller is an identity of an account, with policies of its own."""
        return self.kind in {CallerKind.USER, CallerKind.ROLE, CallerKind.ROOT, CallerKind.FEDERATED_USER}

    @cached_property
    def _has_account(self) -> bool:
        """Whether an account vouches for the caller; calls through identity providers are unsigned."""
        return self.signs or self.kind is CallerKind.ACCOUNT

    @cached_property
    def _partition(self) -> str:
        arn = parse_arn(self.arn)
        return arn.partition if arn else "aws"

    def named(self, kind: str, value: str) -> tuple[Named, Formula] | None:
        """How one principal of a policy means this caller, and on what that hangs; None if it doesn't."""
        if kind == "*":
            # Everyone, anonymous callers included; a service only where a policy says so by name or `*`.
            return Named.CALLER, True
        if kind == "Service":
            matches = self.kind is CallerKind.SERVICE and value in (self.arn, "*")
            return (Named.CALLER, True) if matches else None
        if kind == "Federated":
            matches = self.kind is CallerKind.FEDERATED and value in (self.arn, "*")
            return (Named.CALLER, True) if matches else None
        if kind == "CanonicalUser":
            return self._canonical(value)
        return self._named_by_arn(value)

    def _canonical(self, value: str) -> tuple[Named, Formula] | None:
        if not self._has_account:
            return None
        if self.canonical_user:
            return (Named.ACCOUNT, True) if self.canonical_user == value else None
        return Named.ACCOUNT, Fact(f"canonical user id of account {self.account}", value)

    def _named_by_arn(self, value: str) -> tuple[Named, Formula] | None:
        if not self._has_account:
            return None
        if is_account_id(value):
            return (Named.ACCOUNT, True) if value == self.account else None
        arn = parse_arn(value)
        if arn is None or arn.account != self.account or arn.partition != self._partition:
            return None
        if arn.service == "iam" and arn.resource == "root":
            return Named.ACCOUNT, True
        if self.kind is CallerKind.ROLE:
            kind, _, rest = arn.resource.partition("/")
            if arn.service == "iam" and kind == "role":
                # role names are unique in an account whatever their path and case
                return (Named.ROLE, True) if rest.rsplit("/", 1)[-1].lower() == self._role_name else None
            if arn.service == "sts" and kind == "assumed-role":
                name, _, session = rest.partition("/")
                if name.lower() != self._role_name or not session or "*" in session or "?" in session:
                    return None
                if self.session:
                    return (Named.CALLER, True) if session == self.session else None
                return Named.CALLER, Fact("sts:RoleSessionName", session)
            return None
        return (Named.CALLER, True) if value == self.arn else None

    def excepted(self, principals: Principals) -> Formula:
        """Whether NotPrincipal spares this caller.

        A user is spared if its ARN and its account are listed; a role's session if the session, the role
        and the account are. With a permissions boundary nobody is spared.
        """
        if self.has_boundary:  # "regardless of the values specified in the NotPrincipal element"
            return False
        if ("*", "*") in principals:
            return True
        found = [named for kind, value in principals if (named := self.named(kind, value)) is not None]
        by_kind = {kind: any_of(open_ for named, open_ in found if named is kind) for kind in Named}
        if not self.signs:
            return by_kind[Named.CALLER]
        if self.kind is CallerKind.ROOT:
            return by_kind[Named.ACCOUNT]
        needed = [Named.ACCOUNT, Named.CALLER]
        if self.kind is CallerKind.ROLE:
            needed.append(Named.ROLE)
        return all_of(by_kind[kind] for kind in needed)

"""Small accounts built in memory, with what steps of escalation turn on: each builder adds one thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from iam.decision import Policy, Verdict
from iam.document import PolicyKind, read_document
from iam.entities import (
    Account,
    Group,
    InstanceProfile,
    ManagedPolicy,
    Organization,
    OrganizationalUnit,
    PolicyVersion,
    Principal,
    PrincipalType,
    Resource,
)
from iam.escalation.actors import ADMINISTRATOR, Actor
from iam.escalation.steps import Step, Steps
from iam.escalation.web import Path, Web
from iam.escalation.world import World
from iam.estate import Access, Estate

HOME, OTHER, MANAGEMENT = "111111111111", "222222222222", "999999999999"
REGION = "eu-west-1"
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)

Json = dict[str, Any]


def allow(action: Any, resource: Any = "*", condition: Json | None = None, **elements: Any) -> Json:
    """An Allow statement; an element given as None is left out."""
    return _statement("Allow", action, resource, condition, elements)


def deny(action: Any, resource: Any = "*", condition: Json | None = None, **elements: Any) -> Json:
    """A Deny statement."""
    return _statement("Deny", action, resource, condition, elements)


def _statement(effect: str, action: Any, resource: Any, condition: Json | None, elements: Json) -> Json:
    made = {"Effect": effect, "Action": action, "Resource": resource, "Condition": condition, **elements}
    return {name: value for name, value in made.items() if value is not None}


def trusts(
    *names: str, condition: Json | None = None, effect: str = "Allow", action: str = "sts:AssumeRole"
) -> Json:
    """A statement of a trust policy. A name is a service, an identity provider, an ARN, an account or `*`."""
    kinds: dict[str, list[str]] = {}
    for name in names:
        kinds.setdefault(_kind(name), []).append(name)
    principal: Any = "*" if names == ("*",) else kinds
    made = {"Effect": effect, "Principal": principal, "Action": action, "Condition": condition}
    return {name: value for name, value in made.items() if value is not None}


def _kind(name: str) -> str:
    if "-provider/" in name or name == "cognito-identity.amazonaws.com":
        return "Federated"
    return "Service" if name.endswith(".amazonaws.com") else "AWS"


def text(*statements: Json) -> Json:
    """A policy's document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


EVERYTHING = allow("*")


@dataclass
class Built:
    """An estate in the making. Its builders return what they add; `web` looks at it as it then is."""

    estate: Estate = field(default_factory=lambda: Estate(now=NOW))
    home: str = HOME

    def account(self, id_: str = "", *, resources: bool = True) -> Account:
        """The account of this id, made on first use with its inventory loaded."""
        id_ = id_ or self.home
        found = self.estate.accounts.get(id_)
        if found is None:
            found = self.estate.accounts[id_] = Account(
                id=id_, has_resources=resources, has_credential_report=True
            )
        return found

    def user(self, name: str, *statements: Json, account: str = "", path: str = "/", **fields: Any) -> str:
        """A user with an inline policy of these statements, a password and one key; its ARN."""
        home = self.account(account)
        arn = f"arn:aws:iam::{home.id}:user{path}{name}"
        details = fields.pop(
            "details", {"console": True, "mfa": True, "access_keys": 1, "access_key_slots": 1}
        )
        home.principals[arn] = Principal(
            arn=arn, type=PrincipalType.USER, name=name, account=home.id, path=path, details=details,
            inline=self._inline(arn, statements), **_lists(fields),
        )  # fmt: skip
        return arn

    def role(
        self, name: str, *statements: Json, trust: Json | Sequence[Json] = (), account: str = "",
        path: str = "/", **fields: Any,
    ) -> str:  # fmt: skip
        """A role with an inline policy of these statements; its ARN."""
        home = self.account(account)
        arn = f"arn:aws:iam::{home.id}:role{path}{name}"
        listed = [trust] if isinstance(trust, dict) else list(trust)
        trusting = listed or [trusts("unused.amazonaws.com")]
        home.principals[arn] = Principal(
            arn=arn, type=PrincipalType.ROLE, name=name, account=home.id, path=path,
            inline=self._inline(arn, statements),
            trust=_read(f"{arn}#trust", "trust", PolicyKind.TRUST, text(*trusting)), **_lists(fields),
        )  # fmt: skip
        return arn

    def group(self, name: str, *statements: Json, account: str = "", **fields: Any) -> str:
        """A group with an inline policy of these statements; its ARN."""
        home = self.account(account)
        arn = f"arn:aws:iam::{home.id}:group/{name}"
        home.groups[arn] = Group(
            arn=arn, name=name, account=home.id, inline=self._inline(arn, statements), **_lists(fields)
        )
        return arn

    def policy(
        self, name: str, *statements: Json, older: Iterable[Json] = (), account: str = "", path: str = "/"
    ) -> str:
        """A customer's managed policy; `older` are documents of versions that are not its default."""
        home = self.account(account)
        arn = f"arn:aws:iam::{home.id}:policy{path}{name}"
        documents = [*older, text(*statements)]
        versions = tuple(
            PolicyVersion(version_id=f"v{n}", default=n == len(documents), created="2025-01-01", raw=raw)
            for n, raw in enumerate(documents, 1)
        )
        policy = _read(arn, name, PolicyKind.IDENTITY, documents[-1])
        home.policies[arn] = ManagedPolicy(policy=policy, account=home.id, path=path, versions=versions)
        return arn

    def aws_policy(self, arn: str, *statements: Json, account: str = "") -> str:
        """A policy that AWS manages, as the account's export shows one in use."""
        policy = _read(arn, arn.rsplit("/", 1)[-1], PolicyKind.IDENTITY, text(*statements))
        home = self.account(account)
        home.policies[arn] = ManagedPolicy(policy=policy, account="aws", managed_by_aws=True)
        return arn

    def profile(self, name: str, *roles: str, account: str = "") -> str:
        """An instance profile that holds these roles."""
        home = self.account(account)
        arn = f"arn:aws:iam::{home.id}:instance-profile/{name}"
        home.instance_profiles[arn] = InstanceProfile(arn=arn, name=name, account=home.id, roles=roles)
        return arn

    def resource(
        self, arn: str, type_: str, *, role: str = "", account: str = "",
        tags: Mapping[str, str] | None = None, policy: Json | None = None, **details: Any,
    ) -> str:  # fmt: skip
        """A loaded resource, running with a role if one is given."""
        home = self.account(account)
        guard = _read(f"{arn}#policy", "resource policy", PolicyKind.RESOURCE, policy) if policy else None
        home.resources[arn] = Resource(
            arn=arn, type=type_, name=arn.rsplit("/", 1)[-1], account=home.id, region=REGION, role=role,
            tags=tags or {}, policy=guard, details=details,
        )  # fmt: skip
        return arn

    def organization(self, *scp: Json, management: str = MANAGEMENT, accounts: Iterable[str] = ()) -> None:
        """An organization of all accounts so far, with one SCP of these statements beside FullAWSAccess."""
        full = _read("p-full", "FullAWSAccess", PolicyKind.SERVICE_CONTROL, text(EVERYTHING))
        own = _read("p-own", "own", PolicyKind.SERVICE_CONTROL, text(*scp)) if scp else None
        members = [*self.estate.accounts, *accounts]
        self.estate.organization = Organization(
            id="o-1", management_account=management,
            units={"r-1": OrganizationalUnit(id="r-1", name="Root")},
            parents=dict.fromkeys([*members, management], "r-1"),
            policies={policy.id: policy for policy in (full, own) if policy is not None},
            targets={
                "r-1": (full.id, *((own.id,) if own else ())),
                **dict.fromkeys([*members, management], (full.id,)),
            },
        )  # fmt: skip

    def _inline(self, holder: str, statements: Sequence[Json]) -> tuple[Policy, ...]:
        """Two inline policies where there are several statements, so that rights lie in more than one."""
        if not statements:
            return ()
        half = (len(statements) + 1) // 2
        parts = [part for part in (statements[:half], statements[half:]) if part]
        return tuple(
            _read(f"{holder}#inline-{n}", f"inline-{n}", PolicyKind.IDENTITY, text(*part))
            for n, part in enumerate(parts, 1)
        )

    def web(self, context: Mapping[str, str | Sequence[str]] | None = None) -> Web:
        """All steps in it."""
        return Web(Access(self.estate, context))

    def verdicts(self, context: Mapping[str, str | Sequence[str]] | None = None) -> dict[str, str]:
        """Who gets to be administrator, by name, and with which verdict."""
        return {_name(path.source): path.verdict.value for path in ways_up(self.web(context))}


def _lists(fields: Json) -> Json:
    """Fields of an entity with lists in place of single texts."""
    several = {"attached", "groups"}
    return {k: (v,) if k in several and isinstance(v, str) else v for k, v in fields.items()}


def _read(id_: str, name: str, kind: PolicyKind, document: Json) -> Policy:
    read = read_document(document, kind)
    assert read.valid, (id_, read.problems, document)
    return Policy(id_, name, kind, read)


def _name(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]


def ways_up(web: Web) -> list[Path]:
    """The best way of each source to some administrator."""
    return web.best_paths(web.administrator_nodes)


def way_up(web: Web, source: str) -> Path | None:
    """The best way of one source to some administrator."""
    return next((path for path in ways_up(web) if path.source == source), None)


def steps_by(
    built: Built, source: str, technique: str, context: Mapping[str, str | Sequence[str]] | None = None
) -> list[Step]:
    """A principal's own first steps by one technique."""
    access = Access(built.estate, context)
    principal = built.estate.principal(source)
    assert principal is not None
    return [step for step, _ in Steps(World(access)).of(Actor(principal)) if step.technique.id == technique]


def verdict_of(steps: Sequence[Step]) -> str:
    """The best verdict of some steps; `denied` where there is none."""
    if not steps:
        return Verdict.DENIED.value
    allowed = any(step.verdict is Verdict.ALLOWED for step in steps)
    return (Verdict.ALLOWED if allowed else Verdict.DEPENDS).value


def administrator_of(account: str = HOME) -> str:
    """The node at which someone has become administrator of an account."""
    return ADMINISTRATOR + account

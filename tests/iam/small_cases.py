"""Small requests for tests of single rules, and a small estate for those that need accounts around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from iam import catalogue
from iam.cases import read_case
from iam.decision import Decision, Policy
from iam.document import Document, PolicyKind, read_document
from iam.entities import Account, Organization, OrganizationalUnit, Principal, PrincipalType, Resource
from iam.estate import Access, Estate
from tests.iam import reference_evaluator

ALLOWED, IMPLICIT, EXPLICIT = "Allowed", "ImplicitlyDenied", "ExplicitlyDenied"

HOME, OTHER, MANAGEMENT = "111111111111", "222222222222", "999999999999"
ROOT = f"arn:aws:iam::{HOME}:root"
BOB = f"arn:aws:iam::{HOME}:user/Bob"
ALICE = f"arn:aws:iam::{HOME}:user/staff/alice"
ROLE = f"arn:aws:iam::{HOME}:role/team/App"
SESSION = f"arn:aws:sts::{HOME}:assumed-role/App/s1"
FEDERATED = f"arn:aws:sts::{HOME}:federated-user/Bob"
SAML = f"arn:aws:iam::{HOME}:saml-provider/idp"
GITHUB = f"arn:aws:iam::{HOME}:oidc-provider/token.actions.githubusercontent.com"
LINKED = f"arn:aws:sts::{HOME}:assumed-role/AWSServiceRoleForECS/ecs"
LINKED_ROLE = f"arn:aws:iam::{HOME}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
ANONYMOUS = {"type": "Anonymous"}

BUCKET = "arn:aws:s3:::bucket"
OBJECT = "arn:aws:s3:::bucket/a.txt"
KEY = f"arn:aws:kms:us-east-1:{HOME}:key/k-1"
TARGET = f"arn:aws:iam::{HOME}:role/Target"

Json = dict[str, Any]


def statement(effect: str, action: Any = "*", resource: Any = "*", **elements: Any) -> Json:
    """One statement; an element given as None is left out."""
    made = {"Effect": effect, "Action": action, "Resource": resource, **elements}
    return {name: value for name, value in made.items() if value is not None}


def allow(action: Any = "*", resource: Any = "*", **elements: Any) -> Json:
    return statement("Allow", action, resource, **elements)


def deny(action: Any = "*", resource: Any = "*", **elements: Any) -> Json:
    return statement("Deny", action, resource, **elements)


def grant(principal: Any, action: Any = "*", resource: Any = "*", **elements: Any) -> Json:
    """A statement of a resource policy; an ARN or account stands for `{"AWS": …}`."""
    return allow(action, resource, Principal=_principal(principal), **elements)


def refuse(principal: Any, action: Any = "*", resource: Any = "*", **elements: Any) -> Json:
    return deny(action, resource, Principal=_principal(principal), **elements)


def trust(principal: Any, action: Any = "sts:AssumeRole", **elements: Any) -> Json:
    """A statement of a trust policy."""
    return allow(action, None, Principal=_principal(principal), **elements)


def when(operator: str, key: str, values: Any, **more: Any) -> Json:
    """An Allow for everything under a condition; `more` goes into the statement."""
    return allow(Condition={operator: {key: values}}, **more)


def _principal(principal: Any) -> Any:
    return principal if isinstance(principal, dict) or principal == "*" else {"AWS": principal}


def policy(*statements: Json, version: str | None = "2012-10-17") -> Json:
    made: Json = {"Statement": list(statements)}
    return {"Version": version, **made} if version else made


def case(
    principal: Any,
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    *,
    owner: str = HOME,
    context: Mapping[str, Any] | None = None,
    identity: Sequence[Json] = (),
    group: Sequence[Json] = (),
    on_resource: Json | None = None,
    boundary: Json | None = None,
    session: Json | None = None,
    scps: Sequence[Sequence[Json]] = (),
    rcps: Sequence[Sequence[Json]] = (),
    endpoint: Json | None = None,
) -> Json:
    """A case in the neutral format. Policies are given as documents, levels from the root down."""
    known = catalogue.find_action(action)
    made: Json = {
        "id": "small",
        "request": {
            "principal": principal,
            "action": action,
            "resource": resource,
            "resourceAccount": owner,
            "context": dict(context or {}),
        },
        "wildcardOnlyAction": known is not None and not known.resource_level,
        "identityPolicies": _entries(identity),
        "resourcePolicy": on_resource,
        "sessionPolicy": session,
        "scps": [{"level": str(at), "policies": _entries(level)} for at, level in enumerate(scps)],
        "rcps": [{"level": str(at), "policies": _entries(level)} for at, level in enumerate(rcps)],
    }
    if group:
        made["groupPolicies"] = [{"name": "devs", "policies": _entries(group)}]
    if boundary:
        made["permissionBoundary"] = _entries([boundary])
    if endpoint:
        made["vpcEndpointPolicies"] = _entries([endpoint])
    return made


def _entries(documents: Sequence[Json]) -> list[Json]:
    return [{"name": f"p{at}", "policy": document} for at, document in enumerate(documents)]


def decided(*principal: Any, **given: Any) -> Decision:
    """The decision on a case with these parts."""
    return read_case(case(*principal, **given)).decide()


def answer(*principal: Any, **given: Any) -> str:
    """The answer to a case with these parts, on which the slow evaluator has to agree."""
    made = case(*principal, **given)
    result = read_case(made).decide().result
    assert reference_evaluator.decide(made) == result
    return result


def holds(
    condition: Json, context: Mapping[str, Any] | None = None, *, version: str | None = "2012-10-17"
) -> bool:
    """Whether a Condition block is met by a request with just this context."""
    document = policy(allow(Condition=condition), version=version)
    return answer(BOB, identity=[document], context=context) == ALLOWED


def matches(pattern: str, resource: str, action: str = "s3:GetObject") -> bool:
    """Whether a Resource element means a resource."""
    return answer(BOB, action, resource, identity=[policy(allow(resource=pattern))]) == ALLOWED


def read(document: object, kind: PolicyKind = PolicyKind.IDENTITY) -> Document:
    return read_document(document, kind)


def rules(document: object, kind: PolicyKind = PolicyKind.IDENTITY) -> set[str]:
    """The names of the rules that a document breaks while it is read."""
    return {problem.rule for problem in read(document, kind).problems}


# An estate: one account with a user, a role and a bucket, perhaps within an organization.


def held(name: str, document: Json, kind: PolicyKind = PolicyKind.IDENTITY) -> Policy:
    """A policy under a name, as an entity holds it."""
    return Policy(name, name, kind, read_document(document, kind))


def user(name: str = "Bob", account: str = HOME, **given: Any) -> Principal:
    arn = f"arn:aws:iam::{account}:user/{name}"
    return Principal(arn=arn, type=PrincipalType.USER, name=name, account=account, **given)


def role(name: str = "App", account: str = HOME, path: str = "/team/", **given: Any) -> Principal:
    arn = f"arn:aws:iam::{account}:role{path}{name}"
    return Principal(arn=arn, type=PrincipalType.ROLE, name=name, account=account, path=path, **given)


def bucket(document: Json | None = None, **given: Any) -> Resource:
    own = held("bucket policy", document, PolicyKind.RESOURCE) if document else None
    return Resource(arn=BUCKET, type="AWS::S3::Bucket", name="bucket", account=HOME, policy=own, **given)


def organization(**targets: Sequence[Policy]) -> Organization:
    """An organization with a root `r` and the unit `ou` below it; policies by the id that they hang on."""
    found = {each.id: each for each_target in targets.values() for each in each_target}
    return Organization(
        id="o-1",
        management_account=MANAGEMENT,
        units={
            "r": OrganizationalUnit(id="r", name="Root"),
            "ou": OrganizationalUnit(id="ou", name="Workloads", parent="r"),
        },
        parents={HOME: "ou", MANAGEMENT: "r"},
        policies=found,
        targets={name.strip("_"): tuple(each.id for each in policies) for name, policies in targets.items()},
    )


def access(
    *principals: Principal,
    resources: Sequence[Resource] = (),
    organized: Organization | None = None,
    context: Mapping[str, str | Sequence[str]] | None = None,
    **parts: Any,
) -> Access:
    """An estate of these principals and resources, ready to be asked."""
    account = Account(
        id=HOME,
        principals={each.arn: each for each in principals},
        resources={each.arn: each for each in resources},
        **parts,
    )
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Access(Estate(accounts={HOME: account}, organization=organized, now=now), context)

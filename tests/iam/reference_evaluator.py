"""A second evaluator, slow and obvious, to hold the product's own against.

Written from AWS's documentation alone and sharing no code with the package: raw JSON goes in, every
statement is looked at every time, nothing is remembered. It decides complete requests (a context key that
isn't given is absent) in the neutral case format; `wildcardOnlyAction` must be given. That it works in
another way than the package is deliberate: ARNs are matched part by part, and wildcards are marked by two
private characters so that variables can be put in as text.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

ALLOWED = "Allowed"
IMPLICIT = "ImplicitlyDenied"
EXPLICIT = "ExplicitlyDenied"

# Two characters for private use stand for the wildcards, so that `*` and `?` can stand for themselves.
STAR, MARK = "\ue000", "\ue001"

# Those used in tests of
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
RCP_SERVICES = {"s3", "sts", "kms", "sqs", "secretsmanager", "dynamodb", "logs"}

ASSUMING = {"sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"}

Json = Mapping[str, Any]


def decide(case: Json, canonical_users: Mapping[str, str] | None = None) -> str:
    """Allowed, ImplicitlyDenied or ExplicitlyDenied.

    `canonical_users` gives the canonical user id of accounts by account id.
    """
    return _Request(case, canonical_users or {}).decide()


class _Request:
    """One request with the policies around it."""

    def __init__(self, case: Json, canonical_users: Mapping[str, str]) -> None:
        request = case["request"]
        self.case = case
        self.action: str = request["action"].lower()
        self.resource: str = request["resource"]
        self.takes_resource = not case["wildcardOnlyAction"]
        self.context = {key.lower(): value for key, value in request["context"].items()}
        self.canonical_users = canonical_users
        self.identify(request["principal"])
        parts = self.resource.split(":", 5)
        self.owner = request.get("resourceAccount") or (parts[4] if len(parts) == 6 else "") or self.account

    def identify(self, principal: Any) -> None:
        """Tell what kind of caller it is: user, role, root, service, and so on."""
        self.account = self.role = self.session = ""
        self.arn = principal if isinstance(principal, str) else "*"
        self.linked = False
        if not isinstance(principal, str):
            self.kind = "anonymous"
        elif not principal.startswith("arn:"):
            self.kind = "service"
        else:
            _, _, service, _, self.account, rest = principal.split(":", 5)
            words = rest.split("/")
            if rest == "root":
                self.kind = "root"
            elif (service, words[0]) == ("sts", "assumed-role"):
                self.kind, self.role, self.session = "role", words[1], words[2]
                role_arn = self.context.get("aws:principalarn", "")
                self.linked = ":role/aws-service-role/" in role_arn
            elif (service, words[0]) == ("sts", "federated-user"):
                self.kind = "federated user"
            elif words[0] in ("saml-provider", "oidc-provider"):
                self.kind = "provider"
            else:
                self.kind = "user"

    # the decision

    def decide(self) -> str:  # noqa: C901, PLR0911, PLR0912 - one straight line, in AWS's order
        if self.action == "sts:getcalleridentity" and self.kind != "anonymous":
            return ALLOWED  # needs no permission, and no Deny stops it
        if self.action == "sts:getsessiontoken" and self.kind in ("user", "root"):
            return ALLOWED  # the same, for those who have long-term credentials
        case = self.case
        own_policies = self.kind in ("user", "role", "federated user")
        denied = False

        # what the caller's own policies say
        identity = [entry["policy"] for entry in case.get("identityPolicies") or ()]
        for group in case.get("groupPolicies") or ():
            identity += [entry["policy"] for entry in group["policies"]]
        granted_by_identity = self.kind == "root"
        boundary_passes = session_passes = True
        if own_policies:
            granted_by_identity = self.any_says("Allow", identity, "identity")
            denied |= self.any_says("Deny", identity, "identity")
            boundary = case.get("permissionBoundary")
            if boundary:
                limits = [entry["policy"] for entry in boundary]
                boundary_passes = self.any_says("Allow", limits, "identity")
                denied |= self.any_says("Deny", limits, "identity")
            session = case.get("sessionPolicy")
            if session is not None:
                session_passes = self.any_says("Allow", [session], "identity")
                denied |= self.any_says("Deny", [session], "identity")
            elif self.kind == "federated user":
                session_passes = False

        # what the resource's policy says
        resource_policy = case.get("resourcePolicy")
        by_name = by_role = by_account = False
        if resource_policy is not None:
            for statement in self.applying("Allow", resource_policy, "resource"):
                ways = self.ways_named(statement)
                by_name |= "name" in ways
                by_role |= "role" in ways
                by_account |= "account" in ways
            denied |= self.any_says("Deny", [resource_policy], "resource")

        # the guardrails of the organization and of the network
        if self.kind in ("user", "role", "federated user", "root") and not self.linked:
            passes_scps, scp_denies = self.levels("scps", "scp")
        else:
            passes_scps, scp_denies = True, False
        bound = self.action.split(":")[0] in RCP_SERVICES and self.action != "kms:retiregrant"
        if bound and not self.linked:
            passes_rcps, rcp_denies = self.levels("rcps", "rcp")
        else:
            passes_rcps, rcp_denies = True, False
        passes_endpoint = True
        endpoint = case.get("vpcEndpointPolicies")
        if endpoint:
            policies = [entry["policy"] for entry in endpoint]
            passes_endpoint = self.any_says("Allow", policies, "endpoint")
            denied |= self.any_says("Deny", policies, "endpoint")
        if denied or scp_denies or rcp_denies:
            return EXPLICIT
        if not (passes_scps and passes_rcps and passes_endpoint):
            return IMPLICIT
        if self.kind == "root" and self.action in ASSUMING:
            return IMPLICIT  # a root user can't assume roles
        if own_policies and self.action in ASSUMING - {"sts:assumerole"}:
            return IMPLICIT  # such calls are not signed by anybody
        if own_policies and self.action == "sts:getsessiontoken":
            return IMPLICIT  # temporary credentials give none
        if self.action == "sts:getfederationtoken" and self.kind in ("role", "federated user"):
            return IMPLICIT  # nor a federated user's

        # who has to say yes
        limits_pass = boundary_passes and session_passes
        own_grant = granted_by_identity and limits_pass
        if not own_policies and self.kind != "root":
            return ALLOWED if by_name else IMPLICIT
        if self.owner != self.account:
            return ALLOWED if own_grant and (by_name or by_role or by_account) else IMPLICIT
        if by_name or (by_role and limits_pass):
            return ALLOWED
        if self.needs_resource_side() and not by_account:
            return IMPLICIT
        return ALLOWED if own_grant else IMPLICIT

    def needs_resource_side(self) -> bool:
        """Roles and KMS keys let nobody in, not even their own account, unless their policy says so."""
        if self.action in ASSUMING:
            return True
        return self.action.startswith("kms:") and self.takes_resource and ":key/" in self.resource

    def levels(self, field: str, kind: str) -> tuple[bool, bool]:
        """Whether every level has an Allow, and whether any has a Deny."""
        passes, denies = True, False
        for level in self.case.get(field) or ():
            policies = [entry["policy"] for entry in level["policies"]]
            passes &= self.any_says("Allow", policies, kind)
            denies |= self.any_says("Deny", policies, kind)
        return passes, denies

    def any_says(self, effect: str, policies: list[Any], kind: str) -> bool:
        return any(True for policy in policies for _ in self.applying(effect, policy, kind))

    def applying(self, effect: str, policy: Any, kind: str) -> Iterator[Json]:
        """The statements with this effect that apply to the request, the caller included."""
        if refused(policy, kind):
            return
        variables = policy.get("Version") == "2012-10-17"
        for statement in _list(policy["Statement"]):
            if (
                statement["Effect"] == effect
                and self.action_applies(statement)
                and self.resource_applies(statement, variables=variables)
                and self.condition_applies(statement.get("Condition", {}), variables=variables)
                and (kind in ("identity", "scp") or self.principal_applies(statement))
            ):
                yield statement

    # Action and Resource

    def action_applies(self, statement: Json) -> bool:
        if "Action" in statement:
            return any(action_matches(text, self.action) for text in _list(statement["Action"]))
        return not any(action_matches(text, self.action) for text in _list(statement["NotAction"]))

    def resource_applies(self, statement: Json, *, variables: bool) -> bool:
        if "Resource" in statement:
            return any(self.resource_matches(t, variables=variables) for t in _list(statement["Resource"]))
        if "NotResource" in statement:
            texts = _list(statement["NotResource"])
            return not any(self.resource_matches(text, variables=variables) for text in texts)
        return True

    def resource_matches(self, text: str, *, variables: bool) -> bool:
        pattern = self.expand(text, variables=variables, wildcards=True)
        if pattern is None:
            return False
        if not self.takes_resource:
            return pattern != "" and pattern.strip(STAR) == ""
        return arn_parts_match(pattern.split(":", 5), self.resource)

    def expand(self, text: str, *, variables: bool, wildcards: bool) -> str | None:
        """A policy's text with variables put in and wildcards marked; None if a variable has no value."""
        made, at = "", 0
        while at < len(text):
            end = text.find("}", at)
            if variables and text.startswith("${", at) and end > 0:
                inside = text[at + 2 : end]
                if inside in ("*", "?", "$"):
                    made += inside
                else:
                    key, comma, default = inside.partition(",")
                    value = self.context.get(key.strip().lower())
                    if isinstance(value, list):
                        return None  # a key with several values is no variable
                    if value is not None:
                        made += _text(value)
                    elif comma:
                        made += default.strip()[1:-1]
                    else:
                        return None
                at = end + 1
                continue
            made += {"*": STAR, "?": MARK}.get(text[at], text[at]) if wildcards else text[at]
            at += 1
        return made

    # Principal

    def principal_applies(self, statement: Json) -> bool:
        return bool(self.ways_named(statement))

    def ways_named(self, statement: Json) -> set[str]:
        """The ways in which a statement means the caller: by name, by its role, by its account."""
        if "NotPrincipal" in statement:
            if statement["Effect"] == "Allow":
                return set()  # not supported
            return set() if self.spared(statement["NotPrincipal"]) else {"name"}
        return self.ways(statement["Principal"])

    def ways(self, principal: Any) -> set[str]:
        if principal == "*":
            return {"name"}
        found = set()
        for kind, values in principal.items():
            for value in _list(values):
                way = self.way(kind, value)
                if way:
                    found.add(way)
        return found

    def way(self, kind: str, value: str) -> str:
        if kind == "AWS" and value == "*":
            return "name"
        if kind == "Service":
            return "name" if self.kind == "service" and value == self.arn else ""
        if kind == "Federated":
            return "name" if self.kind == "provider" and value == self.arn else ""
        if self.kind in ("service", "provider", "anonymous"):
            return ""
        if kind == "CanonicalUser":
            return "account" if self.canonical_users.get(self.account) == value else ""
        if value in (self.account, f"arn:aws:iam::{self.account}:root"):
            return "account"
        if self.kind == "role":
            if value == f"arn:aws:sts::{self.account}:assumed-role/{self.role}/{self.session}":
                return "name"
            role = f"arn:aws:iam::{self.account}:role/"
            name = value.rsplit("/", maxsplit=1)[-1].lower()
            return "role" if value.startswith(role) and name == self.role.lower() else ""
        return "name" if value == self.arn else ""

    def spared(self, principals: Any) -> bool:
        """Whether NotPrincipal spares the caller: everything that it is must be listed."""
        if self.kind in ("user", "role", "federated user") and self.case.get("permissionBoundary"):
            return False
        if principals == "*" or "*" in _list(principals.get("AWS", [])):
            return True
        ways = self.ways(principals)
        needed = {"user": {"name", "account"}, "federated user": {"name", "account"}, "root": {"account"},
                  "role": {"name", "role", "account"}}.get(self.kind, {"name"})  # fmt: skip
        return needed <= ways

    # Condition

    def condition_applies(self, block: Json, *, variables: bool) -> bool:
        return all(
            self.test(operator, key, [_text(value) for value in _list(values)], variables=variables)
            for operator, keys in block.items()
            for key, values in keys.items()
        )

    def test(self, operator: str, key: str, wanted: list[str], *, variables: bool) -> bool:
        value = self.context.get(key.lower())
        if operator == "Null":
            absent = value is None or value in ("", [])
            return _text(absent) in [text.lower() for text in wanted]
        quantifier, _, rest = operator.rpartition(":")
        if_exists = rest.endswith("IfExists")
        name = rest.removesuffix("IfExists")
        negated = "Not" in name
        # no values: missing, an empty list, and for a set operator also an empty text
        if value is None or value == [] or (quantifier and value == ""):
            return if_exists or quantifier == "ForAllValues" or (negated and quantifier != "ForAnyValue")
        values = [_text(item) for item in _list(value)]
        like = COMPARISONS[name.replace("Not", "")]
        listed: list[str | None] = list(wanted)
        if name.startswith(("String", "Arn", "Bool")):
            wild = "Like" in name or name.startswith("Arn")
            listed = [self.expand(text, variables=variables, wildcards=wild) for text in wanted]
        matched = [any(like(want, item) for want in listed if want is not None) for item in values]
        if quantifier == "ForAllValues":
            return not any(matched) if negated else all(matched)
        if quantifier == "ForAnyValue":
            return not all(matched) if negated else any(matched)
        return any(matched) != negated


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def glob(pattern: str, text: str, *, across: str = ".") -> bool:
    """Whether a pattern with marked wildcards matches all of a text; `across` is what they may stand for."""
    made = "".join(
        across + "*" if character == STAR else across if character == MARK else re.escape(character)
        for character in pattern
    )
    return re.fullmatch(made, text, re.DOTALL) is not None


def action_matches(text: str, action: str) -> bool:
    """A lone `*` (or `*:*`) is everything; else the service is literal and the name may hold wildcards."""
    if text in ("*", "*:*"):
        return True
    if not text.isascii():
        return False
    service, _, name = text.lower().partition(":")
    wanted, _, bare = action.partition(":")
    return service == wanted and glob(name.replace("*", STAR).replace("?", MARK), bare)


def arn_parts_match(parts: list[str], text: str, part: int = 0) -> bool:
    """Resource matching: a wildcard stays in its part of the ARN, but a `*` that ends its part may run on."""
    first = parts[0]
    runs_on = first.endswith(STAR)
    if len(parts) == 1:
        if part == 5:
            return glob(first, text)  # the resource itself, where everything goes
        return _part_matches(first, text, runs_on=runs_on)
    for at, character in enumerate(text):
        if (
            character == ":"
            and _part_matches(first, text[:at], runs_on=runs_on)
            and arn_parts_match(parts[1:], text[at + 1 :], part + 1)
        ):
            return True
    return False


def _part_matches(pattern: str, text: str, *, runs_on: bool) -> bool:
    if not runs_on:
        return glob(pattern, text, across="[^:]")
    body = pattern.rstrip(STAR)
    return any(glob(body, text[:at], across="[^:]") for at in range(len(text) + 1))


# How values of a condition compare: the policy's first, the request's second.


def _arn_like(pattern: str, arn: str) -> bool:
    ours, theirs = pattern.split(":", 5), arn.split(":", 5)
    if len(ours) != 6 or len(theirs) != 6:
        return False
    return all(glob(one, other) for one, other in zip(ours, theirs, strict=True))


def _number(text: str) -> Decimal | None:
    return Decimal(text) if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", text) else None


def _moment(text: str) -> Decimal | None:
    """Seconds since 1970 of an ISO 8601 date, or of such seconds as they are."""
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) and not re.fullmatch("[0-9]{4}", text):
        return Decimal(text)  # four digits are a year
    for form in ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M%z"):
        try:
            return Decimal(int(datetime.strptime(text, form).timestamp()))  # noqa: DTZ007 - each has %z
        except ValueError:
            continue
    try:
        return Decimal(int(datetime.strptime(text + "+0000", "%Y-%m-%d%z").timestamp()))
    except ValueError:
        return None


def _inside(block: str, address: str) -> bool:
    try:
        network, host = ipaddress.ip_network(block, strict=False), ipaddress.ip_address(address)
    except ValueError:
        return False
    return host in network


def _same_bytes(wanted: str, given: str) -> bool:
    try:
        return base64.b64decode(wanted, validate=True) == base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        return False


def _ordered(
    read: Callable[[str], Decimal | None], holds: Callable[[Decimal, Decimal], bool]
) -> Callable[[str, str], bool]:
    def compare(wanted: str, given: str) -> bool:
        want, have = read(wanted), read(given)
        return want is not None and have is not None and holds(have, want)

    return compare


COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda want, have: want == have,
    "StringEqualsIgnoreCase": lambda want, have: want.lower() == have.lower(),
    "StringLike": glob,
    "Bool": lambda want, have: want.lower() == have.lower(),
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "IpAddress": _inside,
    "BinaryEquals": _same_bytes,
}
for _prefix, _read in (("Numeric", _number), ("Date", _moment)):
    COMPARISONS |= {
        f"{_prefix}Equals": _ordered(_read, lambda have, want: have == want),
        f"{_prefix}LessThan": _ordered(_read, lambda have, want: have < want),
        f"{_prefix}LessThanEquals": _ordered(_read, lambda have, want: have <= want),
        f"{_prefix}GreaterThan": _ordered(_read, lambda have, want: have > want),
        f"{_prefix}GreaterThanEquals": _ordered(_read, lambda have, want: have >= want),
    }
NEGATABLE = {"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress",
             "NumericEquals", "DateEquals"}  # fmt: skip


def refused(policy: Any, kind: str) -> bool:
    """Whether AWS would refuse the document, which then says nothing at all."""
    if not isinstance(policy, dict) or policy.keys() - {"Version", "Id", "Statement"}:
        return True
    if policy.get("Version", "2008-10-17") not in ("2012-10-17", "2008-10-17"):
        return True
    statements = _list(policy.get("Statement", []))
    return not statements or any(_refused_statement(statement, kind) for statement in statements)


def _refused_statement(statement: Any, kind: str) -> bool:
    known = {"Sid", "Effect", "Condition", "Action", "NotAction", "Resource", "NotResource", "Principal",
             "NotPrincipal"}  # fmt: skip
    if not isinstance(statement, dict) or statement.keys() - known:
        return True
    if (
        statement.get("Effect") not in ("Allow", "Deny")
        or len(statement.keys() & {"Action", "NotAction"}) != 1
    ):
        return True
    resources = len(statement.keys() & {"Resource", "NotResource"})
    if resources > 1 or (resources == 0 and kind in ("identity", "scp")):
        return True
    if len(statement.keys() & {"Principal", "NotPrincipal"}) != (kind in ("resource", "rcp", "endpoint")):
        return True
    actions = _list(statement.get("Action", statement.get("NotAction")))
    if not actions or any(text != "*" and not re.fullmatch("[^:]+:.*", text) for text in actions):
        return True
    return any(not known_operator(operator) for operator in statement.get("Condition", {}))


def known_operator(operator: str) -> bool:
    """Whether AWS has a condition operator of this name, set operator and IfExists included."""
    if operator == "Null":
        return True
    name = re.sub("^(ForAllValues|ForAnyValue):", "", operator).removesuffix("IfExists")
    positive = name.replace("Not", "", 1)
    return positive in COMPARISONS and (name == positive or positive in NEGATABLE)

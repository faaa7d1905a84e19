"""Random cases in the neutral format: every layer, every kind of caller, every operator, a small vocabulary.

The vocabulary is small so that statements match often; the same seed gives the same cases.
"""

from __future__ import annotations

from random import Random
from typing import Any

HOME, OTHER = "111111111111", "222222222222"
ACCOUNTS = (HOME, OTHER)
CANONICAL_USERS = {HOME: "c1" * 32, OTHER: "c2" * 32}

ROLE_PATHS = {"Deployer": "/service-path/Deployer", "reader": "/reader"}
LINKED_ROLE = "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"

# action, resource without account, and whether the action takes a resource at all
REQUESTS = (
    ("s3:GetObject", "arn:aws:s3:::bucket/team/a.txt", True),
    ("s3:GetObject", "arn:aws:s3:::bucket/Bob/${x}*?.txt", True),
    ("s3:ListBucket", "arn:aws:s3:::bucket", True),
    ("s3:ListAllMyBuckets", "*", False),
    ("sqs:SendMessage", "arn:aws:sqs:us-east-1:{account}:q1", True),
    ("sqs:SendMessage", "arn:aws:sqs:us-east-1:{account}:team-q1", True),
    ("sns:Publish", "arn:aws:sns:us-east-1:{account}:topic", True),
    ("kms:Decrypt", "arn:aws:kms:us-east-1:{account}:key/k-1", True),
    ("kms:CreateAlias", "arn:aws:kms:us-east-1:{account}:alias/a", True),
    ("kms:ListKeys", "*", False),
    ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:{account}:secret:dev-AbCdEf", True),
    ("logs:PutLogEvents", "arn:aws:logs:us-east-1:{account}:log-group:g1:log-stream:s1", True),
    ("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:{account}:function:app:PROD", True),
    ("iam:GetUser", "arn:aws:iam::{account}:user/Bob", True),
    ("sts:AssumeRole", "arn:aws:iam::{account}:role/target", True),
    ("sts:AssumeRole", "arn:aws:iam::{account}:role/target", True),
    ("sts:GetCallerIdentity", "*", False),
    ("ec2:DescribeVpcs", "*", False),
)

PRINCIPALS = (
    ("user", "arn:aws:iam::111111111111:user/Bob"),
    ("user", "arn:aws:iam::111111111111:user/staff/alice"),
    ("session", "arn:aws:sts::111111111111:assumed-role/Deployer/s1"),
    ("session", "arn:aws:sts::111111111111:assumed-role/reader/Bob"),
    ("linked", "arn:aws:sts::111111111111:assumed-role/AWSServiceRoleForECS/ecs"),
    ("root", "arn:aws:iam::111111111111:root"),
    ("federated", "arn:aws:sts::111111111111:federated-user/Bob"),
    ("service", "sns.amazonaws.com"),
    ("provider", "arn:aws:iam::111111111111:saml-provider/idp"),
    ("provider", "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"),
    ("anonymous", ""),
)
PRINCIPAL_WEIGHTS = (20, 8, 20, 10, 3, 6, 10, 8, 3, 3, 5)

NAMED = (
    "*", HOME, OTHER, f"arn:aws:iam::{HOME}:root", f"arn:aws:iam::{OTHER}:root",
    "arn:aws:iam::111111111111:user/Bob", "arn:aws:iam::111111111111:user/staff/alice",
    "arn:aws:iam::111111111111:user/*", "arn:aws:iam::222222222222:user/Bob",
    "arn:aws:iam::111111111111:role/service-path/Deployer", "arn:aws:iam::111111111111:role/DEPLOYER",
    "arn:aws:iam::111111111111:role/reader", "arn:aws:iam::111111111111:role/*",
    "arn:aws:sts::111111111111:assumed-role/Deployer/s1",
    "arn:aws:sts::111111111111:assumed-role/Deployer/s2",
    "arn:aws:sts::111111111111:assumed-role/reader/Bob", "arn:aws:sts::111111111111:federated-user/Bob",
    "AIDAEXAMPLEEXAMPLE",
)  # fmt: skip

# Values by context key. A key whose values are lists may hold several.
SINGLE = {
    "aws:PrincipalTag/team": ("red", "Red", "a*", "bucket"),
    "aws:PrincipalTag/cost-center": ("red", "blue"),
    "aws:ResourceTag/team": ("red", "blue", ""),
    "aws:username": ("Bob", "staff"),
    "aws:userid": ("AIDABOB", "AROAX:s1"),
    "aws:SourceIp": ("10.0.0.7", "203.0.113.9", "2001:db8::1", "2001:DB8:0:0:0:0:0:1", "nonsense"),
    "aws:VpcSourceIp": ("10.0.0.7", "10.1.0.1"),
    "aws:MultiFactorAuthPresent": ("true", "false", "True"),
    "aws:MultiFactorAuthAge": ("10", "300", "10abc", "299.5"),
    "aws:CurrentTime": ("2025-01-01T00:00:00Z", "2024-06-01T12:00:00Z", "2025-01-01T02:00:00+02:00"),
    "aws:EpochTime": ("1735689600", "1717243200"),
    "aws:SourceArn": ("arn:aws:sns:us-east-1:111111111111:topic", "arn:aws:s3:::bucket", "arn:aws:s3:::a:b"),
    "aws:PrincipalArn": ("arn:aws:iam::111111111111:user/Bob", "arn:aws:iam::111111111111:role/reader"),
    "s3:prefix": ("Bob/", "team/", "", "a*b", "a?b", "$"),
    "s3:max-keys": ("5", "10", "10.0", "-1"),
    "sts:ExternalId": ("ext-1", "EXT-1"),
    "x:Blob": ("QUJD", "QUJDRA==", "not base64"),
}
MULTIPLE = {
    "aws:TagKeys": ("team", "Team", "env", "a*"),
    "aws:CalledVia": ("athena.amazonaws.com", "cloudformation.amazonaws.com"),
    "dynamodb:LeadingKeys": ("Bob", "alice", "7", "10.0.0.7", "true", "arn:aws:s3:::bucket"),
}

TEXT_VALUES = ("*", "Bob", "bob", "red", "RED", "a*", "a?b", "r?d", "team*", "*/", "", "${*}",
               "a${*}b", "${$}",
               "${aws:username}", "${aws:username, 'Bob'}", "${aws:PrincipalTag/team}", "${aws:TagKeys}",
               "${aws:PrincipalTag/none,'red'}", "${s3:prefix}", "${aws:username}/", "${AWS:UserName}*",
               "${aws:PrincipalTag/none, ''}red", "${missing}", "athena*", "true")  # fmt: skip
ARN_VALUES = ("*", "arn:aws:sns:*:*:topic", "arn:aws:s3:::*", "arn:aws:s3:::b?cket", "arn:*:s3:::bucket",
              "arn:aws:sns:*:topic", "arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::1111*:role/*",
              "arn:aws:s3:::${s3:prefix}*")  # fmt: skip
NUMBER_VALUES = ("5", "10", "7.5", "-1", "300", "ten", "10abc", "0")
DATE_VALUES = ("2025-01-01T00:00:00Z", "2024-06-01", "1735689600", "2024-12-31T19:00:00-05:00", "1717243200",
               "yesterday")  # fmt: skip
ADDRESS_VALUES = ("10.0.0.0/8", "10.0.0.7", "10.0.0.9/24", "203.0.113.0/24", "2001:db8::/32", "2001:DB8::1",
                  "2001:0db8:0000:0000:0000:0000:0000:0001/128", "nowhere")  # fmt: skip
BINARY_VALUES = ("QUJD", "QUJDRA==", "xyz")
BOOL_VALUES = ("true", "false", "TRUE", "${aws:MultiFactorAuthPresent}")

FAMILIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "text": (("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase",
              "StringLike", "StringNotLike"), TEXT_VALUES),
    "arn": (("ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"), ARN_VALUES),
    "number": (("NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals",
                "NumericGreaterThan", "NumericGreaterThanEquals"), NUMBER_VALUES),
    "date": (("DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan",
              "DateGreaterThanEquals"), DATE_VALUES),
    "address": (("IpAddress", "NotIpAddress"), ADDRESS_VALUES),
    "binary": (("BinaryEquals",), BINARY_VALUES),
    "bool": (("Bool",), BOOL_VALUES),
    "null": (("Null",), ("true", "false")),
}  # fmt: skip
FAMILY_KEYS = {
    "text": ("aws:PrincipalTag/team", "aws:ResourceTag/team", "aws:username", "s3:prefix", "sts:ExternalId",
             "aws:userid", "aws:PrincipalTag/cost-center"),
    "arn": ("aws:SourceArn", "aws:PrincipalArn"),
    "number": ("aws:MultiFactorAuthAge", "s3:max-keys"),
    "date": ("aws:CurrentTime", "aws:EpochTime"),
    "address": ("aws:SourceIp", "aws:VpcSourceIp"),
    "binary": ("x:Blob",),
    "bool": ("aws:MultiFactorAuthPresent",),
}  # fmt: skip

ACTIONS = ("*", "{service}:*", "{action}", "{action}", "{upper}", "{service}:{start}*", "{service}:?{rest}",
           "s3:*", "sts:*", "kms:D*", "*:{name}", "*:*",
           "{service}:", "{action}?", "{service}: {name}")  # fmt: skip
RESOURCES = ("*", "*", "*", "{resource}", "{resource}", "{start}*", "{start}?{tail}",
             "arn:aws:s3:::*", "arn:aws:s3*",
             "arn:aws:*", "arn:*:{resource_service}:*", "arn:aws:sqs:*:q1", "arn:aws:sqs:*:*:*q1",
             "arn:aws:sqs:*q1",
             "arn:aws:s3:::${aws:PrincipalTag/team}/*", "arn:aws:s3:::bucket/${aws:username}/*",
             "arn:aws:s3:::bucket/${aws:username, 'team'}/*", "arn:aws:iam::*:user/${aws:username}",
             "arn:aws:s3:::bucket/Bob/$" + "{$}{x}${*}${?}.txt", "arn:aws-cn:s3:::bucket",
             "arn:aws:s3::111111111111:*",
             "arn:aws:logs:*:log-group:*", "arn:aws:logs:*:*:log-group:g?:*", "x${missing}*",
             "{up}")  # fmt: skip
BROKEN: tuple[dict[str, Any], ...] = (
    {"Effect": "allow"}, {"Effect": None}, {"Surprise": 1}, {"NotAction": "s3:*"}, {"NotResource": "x"},
    {"Action": []}, {"Condition": {"StringMatches": {"aws:username": "x"}}}, {"Action": "everything"},
)  # fmt: skip


class Maker:
    """Makes the parts of one case."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - repeatable, no secret

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def case(self) -> dict[str, Any]:
        """One case, `wildcardOnlyAction` given."""
        r = self.random
        kind, principal = r.choices(PRINCIPALS, PRINCIPAL_WEIGHTS)[0]
        self.action, self.resource, level = r.choice(REQUESTS)
        if kind == "provider":
            self.action = r.choice(("sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"))
            self.resource, level = "arn:aws:iam::{account}:role/target", True
        owner = OTHER if self.chance(0.35) else HOME
        self.resource = self.resource.replace("{account}", owner)
        self.kind = kind
        case: dict[str, Any] = {
            "request": {
                "principal": principal or {"type": "Anonymous"},
                "action": self.action if self.chance(0.9) else self.action.lower(),
                "resource": self.resource,
                "resourceAccount": owner,
                "context": self.context(kind, principal),
            },
            "wildcardOnlyAction": not level,
            "identityPolicies": self.policies(0, 3, 0.2) if kind not in ("service", "anonymous") else [],
            "resourcePolicy": None,
        }
        if self.chance(0.75 if ":role/target" in self.resource or owner != HOME else 0.5):
            case["resourcePolicy"] = self.policy("resource", 0.2)
        if kind == "user" and self.chance(0.3):
            case["groupPolicies"] = [{"name": "devs", "policies": self.policies(1, 2, 0.2)}]
        if kind in ("user", "session", "federated") and self.chance(0.25):
            case["permissionBoundary"] = [{"name": "boundary", "policy": self.policy("identity", 0.1)}]
        if self.chance({"session": 0.3, "federated": 0.8}.get(kind, 0)):
            case["sessionPolicy"] = self.policy("identity", 0.1)
        if kind not in ("service", "anonymous", "root") or self.chance(0.3):
            if self.chance(0.3):
                case["scps"] = self.levels("scp")
            if self.chance(0.2):
                case["rcps"] = self.levels("rcp")
        if self.chance(0.1):
            case["vpcEndpointPolicies"] = [{"name": "endpoint", "policy": self.policy("endpoint", 0.1)}]
        return case

    def context(self, kind: str, principal: str) -> dict[str, Any]:
        context: dict[str, Any] = {}
        for key, values in SINGLE.items():
            if self.chance(0.5):
                context[self.spelled(key, 0.05)] = self.random.choice(values)
        for key, values in MULTIPLE.items():
            if self.chance(0.5):
                context[key] = self.random.sample(values, self.random.choice((0, 1, 1, 2, 2)))
        for key in [key for key in context if key.lower() == "aws:principalarn"]:
            del context[key]
        if kind == "linked":
            context["aws:PrincipalArn"] = f"arn:aws:iam::{HOME}:role/{LINKED_ROLE}"
        elif kind == "session":
            context["aws:PrincipalArn"] = f"arn:aws:iam::{HOME}:role{ROLE_PATHS[principal.split('/')[1]]}"
        elif kind == "user":
            context["aws:PrincipalArn"] = principal
        return context

    def spelled(self, key: str, share: float) -> str:
        return self.random.choice((key.upper(), key.lower())) if self.chance(share) else key

    def levels(self, kind: str) -> list[dict[str, Any]]:
        levels = []
        for name in ("root", "ou-1", HOME)[: self.random.randint(1, 3)]:
            full: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
            if kind == "rcp":
                full["Principal"] = "*"
            policies: list[dict[str, Any]] = []
            if kind == "rcp" or self.chance(0.85):
                policies.append({"name": "full", "policy": {"Version": "2012-10-17", "Statement": [full]}})
            if self.chance(0.4):
                policies.append({"name": "own", "policy": self.policy(kind, 1.0 if kind == "rcp" else 0.4)})
            levels.append({"level": name, "policies": policies})
        return levels

    def policies(self, least: int, most: int, denying: float) -> list[dict[str, Any]]:
        return [
            {"name": f"p{at}", "policy": self.policy("identity", denying)}
            for at in range(self.random.randint(least, most))
        ]

    def policy(self, kind: str, denying: float) -> dict[str, Any]:
        statements = [self.statement(kind, denying) for _ in range(self.random.choice((1, 1, 2, 3)))]
        policy: dict[str, Any] = {"Statement": statements}
        if len(statements) == 1 and self.chance(0.3):
            policy["Statement"] = statements[0]
        if self.chance(0.9):
            policy["Version"] = "2012-10-17" if self.chance(0.9) else "2008-10-17"
        return policy

    def statement(self, kind: str, denying: float) -> dict[str, Any]:
        r = self.random
        deny = self.chance(denying)
        statement: dict[str, Any] = {"Effect": "Deny" if deny else "Allow"}
        statement["NotAction" if self.chance(0.08) else "Action"] = self.listed(self.action_text)
        if kind in ("identity", "scp") or (":role/target" not in self.resource and self.chance(0.9)):
            statement["NotResource" if self.chance(0.08) else "Resource"] = self.listed(self.resource_text)
        if kind == "rcp":
            statement["Principal"] = "*"
        elif kind in ("resource", "endpoint"):
            statement["NotPrincipal" if self.chance(0.3 if deny else 0.02) else "Principal"] = (
                self.principal()
            )
        if self.chance(0.55 if deny else 0.4):
            statement["Condition"] = self.condition()
        if self.chance(0.01):
            statement |= r.choice(BROKEN)
        return statement

    def listed(self, make: Any) -> Any:
        if self.chance(0.5):
            return make()
        return [make() for _ in range(self.random.choice((1, 1, 2, 3)))]

    def action_text(self) -> str:
        service, _, name = self.action.partition(":")
        text = self.random.choice(ACTIONS[:9] if self.chance(0.9) else ACTIONS)
        return text.format(service=service, action=self.action, upper=self.action.upper(), start=name[:3],
                           rest=name[1:], name=name)  # fmt: skip

    def resource_text(self) -> str:
        resource = self.resource
        half = len(resource) // 2
        text = self.random.choice(RESOURCES[:6] if self.chance(0.4) else RESOURCES)
        service = resource.split(":")[2] if resource != "*" else "s3"
        for name, value in (("{resource_service}", service), ("{resource}", resource),
                            ("{up}", resource.upper()),
                            ("{start}", resource[:half]), ("{tail}", resource[half + 1 :])):  # fmt: skip
            text = text.replace(name, value)
        return text

    def principal(self) -> Any:
        r = self.random
        if self.chance(0.2):
            return "*"
        principal: dict[str, Any] = {}
        if self.kind == "provider" and self.chance(0.7):
            principal["Federated"] = self.listed(lambda: r.choice(PRINCIPALS[8:10])[1])
        if self.kind == "service" and self.chance(0.7):
            principal["Service"] = self.listed(lambda: r.choice(("sns.amazonaws.com", "s3.amazonaws.com")))
        if self.chance(0.04):
            principal["CanonicalUser"] = r.choice((*CANONICAL_USERS.values(), "c3" * 32))
        if not principal or self.chance(0.5):
            names = r.choices(NAMED, k=r.choice((1, 1, 2, 5)))
            if self.kind in ("user", "session") and self.chance(0.5):
                names += [arn for kind, arn in PRINCIPALS if kind == self.kind]
                names += [NAMED[10], HOME, NAMED[11]]
            principal["AWS"] = names if len(names) > 1 or self.chance(0.3) else names[0]
        return principal

    def condition(self) -> dict[str, Any]:
        block: dict[str, Any] = {}
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            operator, key, values = self.test()
            block.setdefault(operator, {})[self.spelled(key, 0.05)] = values
        return block

    def test(self) -> tuple[str, str, Any]:
        r = self.random
        family = r.choices(list(FAMILIES), (8, 3, 3, 3, 3, 1, 2, 3))[0]
        operators, values = FAMILIES[family]
        operator = r.choice(operators)
        if family == "null":
            return operator, r.choice((*SINGLE, *MULTIPLE)), self.value(values, as_bool=True)
        listed = self.value(values, as_bool=family == "bool")
        if self.chance(0.25):
            operator = r.choice(("ForAllValues:", "ForAnyValue:")) + operator
            key = r.choice(tuple(MULTIPLE)) if self.chance(0.75) else r.choice(FAMILY_KEYS[family])
        else:
            # a key that may hold several values is sometimes asked without a set operator
            key = r.choice(tuple(MULTIPLE)) if self.chance(0.04) else r.choice(FAMILY_KEYS[family])
        if self.chance(0.25):
            operator += "IfExists"
        return operator, key, listed

    def value(self, values: tuple[str, ...], *, as_bool: bool) -> Any:
        r = self.random
        if self.chance(0.6):
            one = r.choice(values)
            if as_bool and one in ("true", "false") and self.chance(0.3):
                return one == "true"
            return int(one) if one.isdigit() and self.chance(0.3) else one
        return r.choices(values, k=r.choice((1, 2, 2, 3)))


def make_case(seed: int) -> dict[str, Any]:
    """The random case of this seed."""
    return {"id": f"seed-{seed}", **Maker(seed).case()}

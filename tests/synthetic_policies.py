"""Policy statements as real accounts hold them, for the synthetic accounts.

All that is drawn comes from one seeded generator, and all names from the team that a statement is for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

Json = dict[str, Any]
Texts = str | Sequence[str]

REGIONS = ("eu-west-1", "eu-central-1", "us-east-1")
ENVIRONMENTS = ("prod", "staging", "dev")
OFFICE = ("203.0.113.0/24", "198.51.100.0/25")
GLOBAL_SERVICES = ["iam:*", "sts:*", "organizations:*", "support:*", "cloudfront:*", "route53:*"]


@dataclass(frozen=True, slots=True)
class Place:
    """For whom a statement is written: the account, a team of it, an environment and a region."""

    account: str
    team: str
    environment: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """An ARN in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    @property
    def bucket(self) -> str:
        """The team's bucket in this environment."""
        return f"arn:aws:s3:::acme-{self.team}-{self.environment}-data"

    def roles(self, name: str) -> str:
        """The ARN of roles of this account, `name` with path and wildcards."""
        return f"arn:aws:iam::{self.account}:role/{name}"


def statement(effect: str, condition: Mapping[str, Any] | None = None, /, **elements: Any) -> Json:
    """One statement; the elements are AWS's (`Action`, `NotResource`, ...)."""
    made: Json = {"Effect": effect, **elements}
    if condition:
        made["Condition"] = dict(condition)
    return made


def allow(action: Texts, resource: Texts, condition: Mapping[str, Any] | None = None, sid: str = "") -> Json:
    """An Allow of actions on resources."""
    named = {"Sid": sid} if sid else {}
    return statement("Allow", condition, **named, Action=action, Resource=resource)


def deny(action: Texts, resource: Texts, condition: Mapping[str, Any] | None = None, sid: str = "") -> Json:
    """A Deny of actions on resources."""
    named = {"Sid": sid} if sid else {}
    return statement("Deny", condition, **named, Action=action, Resource=resource)


def document(*statements: Json, version: str = "2012-10-17") -> Json:
    """A policy document; a lone statement stands without a list, as AWS allows."""
    return {"Version": version, "Statement": list(statements) if len(statements) > 1 else statements[0]}


MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def require_mfa() -> Json:
    """The Deny that AWS's documentation shows: nothing without MFA but setting it up."""
    return document(
        statement(
            "Deny",
            {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
            Sid="DenyAllExceptListedIfNoMFA",
            NotAction=["iam:*MFADevice*", "iam:ListUsers", "iam:GetUser", "sts:GetSessionToken"],
            Resource="*",
        )
    )


def self_service(account: str) -> Json:
    """Users look after their own password, keys and home folder, by policy variables."""
    own = f"arn:aws:iam::{account}:user/*/${{aws:username}}"
    return document(
        allow(["iam:ChangePassword", "iam:*AccessKey*", "iam:GetUser"], own, sid="OwnKeys"),
        allow("s3:ListBucket", "arn:aws:s3:::acme-home", {"StringLike": {"s3:prefix": "${aws:username}/*"}}),
        allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::acme-home/${aws:username}/*"),
    )


def boundaries(account: str) -> dict[str, Json]:
    """The permissions boundaries of an account by name."""
    return {
        "boundary-developer": document(
            statement("Allow", Sid="AllButIdentity", NotAction=["iam:*", "organizations:*"], Resource="*"),
            allow(["iam:Get*", "iam:List*", "iam:PassRole"], "*"),
            deny(
                ["ec2:*", "rds:*", "lambda:*"],
                "*",
                {"StringNotEquals": {"aws:RequestedRegion": list(REGIONS)}},
            ),
        ),
        "boundary-workload": document(
            allow(["s3:*", "dynamodb:*", "sqs:*", "sns:*", "logs:*", "kms:*", "secretsmanager:Get*"], "*"),
            allow("sts:AssumeRole", f"arn:aws:iam::{account}:role/shared/*"),
            deny(["s3:DeleteBucket*", "kms:ScheduleKeyDeletion"], "*"),
        ),
        "boundary-everything": document(allow("*", "*")),
    }


def _read_bucket(r: Random, at: Place) -> Json:
    actions = r.choice((["s3:GetObject", "s3:ListBucket"], ["s3:Get*", "s3:List*"], "s3:Get*", "s3:*Object*"))
    return allow(actions, [at.bucket, at.bucket + "/*"])


def _read_many_buckets(r: Random, at: Place) -> Json:
    wide = (
        "arn:aws:s3:::acme-*",
        "arn:aws:s3:::acme-*-prod-data/exports/*",
        f"arn:aws:s3:::acme-{at.team}-*",
    )
    return allow(
        r.choice((["s3:GetObject", "s3:GetObjectTagging"], ["S3:getobject", "s3:List*"])), r.choice(wide)
    )


def _write_bucket(r: Random, at: Place) -> Json:
    encrypted = {"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
    return allow(["s3:PutObject", "s3:DeleteObject"], at.bucket + "/*", r.choice((None, None, encrypted)))


def _tables(r: Random, at: Place) -> Json:
    table = at.arn("dynamodb", f"table/{at.team}-*")
    actions = (
        ["dynamodb:GetItem", "dynamodb:Query"],
        "dynamodb:*Item",
        ["dynamodb:BatchGet*", "dynamodb:?can"],
    )
    return allow(r.choice(actions), [table, table + "/index/*"])


def _queues(r: Random, at: Place) -> Json:
    region = r.choice((at.region, "eu-*", "eu-west-?"))
    queue = f"arn:aws:sqs:{region}:{at.account}:{at.team}-{r.choice(('events', 'orders', '*'))}"
    return allow(r.choice(("sqs:*", ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"])), queue)


def _topics(_: Random, at: Place) -> Json:
    return allow("sns:Publish", at.arn("sns", f"{at.team}-*"))


def _functions(r: Random, at: Place) -> Json:
    actions = r.choice(("lambda:InvokeFunction", ["lambda:Get*", "lambda:List*"], "lambda:*"))
    return allow(actions, at.arn("lambda", f"function:{at.team}-*"))


def _logs(_: Random, at: Place) -> Json:
    group = at.arn("logs", f"log-group:/aws/lambda/{at.team}-*:*")
    return allow(["logs:CreateLogStream", "logs:PutLogEvents"], group)


def _key(r: Random, at: Place) -> Json:
    via = {"StringEquals": {"kms:ViaService": f"s3.{at.region}.amazonaws.com"}}
    key = at.arn("kms", f"key/{r.getrandbits(32):08x}-5b1c-4a0e-9d21-{r.getrandbits(48):012x}")
    return allow(["kms:Decrypt", "kms:GenerateDataKey*"], key, r.choice((None, via)))


def _secrets(r: Random, at: Place) -> Json:
    by_tag = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    secret = at.arn("secretsmanager", f"secret:{at.team}/{at.environment}/*")
    return r.choice(
        (allow("secretsmanager:GetSecretValue", "*", by_tag), allow("secretsmanager:Get*", secret))
    )


def _describe(r: Random, _: Place) -> Json:
    services = r.sample(("ec2", "rds", "ecs", "elasticloadbalancing", "autoscaling", "cloudwatch", "eks"), 3)
    return allow([f"{service}:Describe*" for service in services], "*")


def _instances(_: Random, at: Place) -> Json:
    tagged = {"StringEquals": {"ec2:ResourceTag/team": at.team}}
    return allow(["ec2:StartInstances", "ec2:StopInstances"], at.arn("ec2", "instance/*"), tagged)


def _run_instances(_: Random, __: Place) -> Json:
    return allow("ec2:RunInstances", "*", {"StringEquals": {"aws:RequestedRegion": list(REGIONS[:2])}})


def _pass_role(r: Random, at: Place) -> Json:
    service = r.choice(("lambda", "ecs-tasks", "ec2"))
    passed = {"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}}
    return allow("iam:PassRole", at.roles(f"service/{at.team}-*"), r.choice((passed, passed, None)))


def _from_office(_: Random, at: Place) -> Json:
    return allow(
        "ssm:StartSession", at.arn("ec2", "instance/*"), {"IpAddress": {"aws:SourceIp": list(OFFICE)}}
    )


def _with_mfa(r: Random, at: Place) -> Json:
    actions = r.choice((["ec2:TerminateInstances"], ["rds:DeleteDBInstance"], ["dynamodb:DeleteTable"]))
    return allow(actions, "*" if actions[0][:3] != "dyn" else at.arn("dynamodb", "table/*"), MFA)


def _not_action(_: Random, __: Place) -> Json:
    return statement("Allow", None, NotAction=[*GLOBAL_SERVICES, "s3:*", "kms:*"], Resource="*")


def _not_resource(_: Random, at: Place) -> Json:
    others = [f"arn:aws:s3:::acme-{at.team}-*", "arn:aws:s3:::acme-home/*"]
    return statement("Deny", None, Action=["s3:PutObject*", "s3:DeleteObject*"], NotResource=others)


def _allow_but_payroll(_: Random, __: Place) -> Json:
    return statement("Allow", None, Action="s3:GetObject", NotResource="arn:aws:s3:::acme-payroll*")


def _deny_payroll(_: Random, __: Place) -> Json:
    return deny("s3:*", ["arn:aws:s3:::acme-payroll-*", "arn:aws:s3:::acme-payroll-*/*"])


def _deny_regions(_: Random, __: Place) -> Json:
    elsewhere = {"StringNotEquals": {"aws:RequestedRegion": list(REGIONS)}}
    return statement("Deny", elsewhere, NotAction=GLOBAL_SERVICES, Resource="*")


def _deny_addresses(_: Random, __: Place) -> Json:
    outside = {"NotIpAddress": {"aws:SourceIp": list(OFFICE)}, "Bool": {"aws:ViaAWSService": "false"}}
    return deny(["s3:*", "dynamodb:*"], "*", outside)


def _deny_dangerous(r: Random, _: Place) -> Json:
    dangerous = (
        ["iam:Delete*", "iam:Put*"],
        ["cloudtrail:StopLogging", "cloudtrail:Delete*"],
        "s3:DeleteBucket",
    )
    return deny(r.choice(dangerous), "*")


Maker = Callable[[Random, Place], Json]

# How many of a hundred statements are of each kind, about.
KINDS: dict[Maker, float] = {
    _read_bucket: 12, _read_many_buckets: 4, _write_bucket: 7, _tables: 8, _queues: 7, _topics: 4,
    _functions: 6, _logs: 8, _key: 5, _secrets: 5, _describe: 9, _instances: 4, _run_instances: 3,
    _pass_role: 4, _from_office: 3, _with_mfa: 3, _not_action: 0.4, _not_resource: 1,
    _allow_but_payroll: 0.5, _deny_payroll: 1.5, _deny_regions: 0.7, _deny_addresses: 0.3,
    _deny_dangerous: 3,
}  # fmt: skip
_MAKERS, _WEIGHTS = list(KINDS), list(KINDS.values())


def drawn_document(r: Random, at: Place, most: int) -> Json:
    """A document of one to `most` statements of any kind; a few are of the old version."""
    makers = r.choices(_MAKERS, _WEIGHTS, k=r.randint(1, most))
    statements = [maker(r, at) for maker in dict.fromkeys(makers)]
    return document(*statements, version="2012-10-17" if r.random() < 0.97 else "2008-10-17")

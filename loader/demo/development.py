"""Development: a looser account, held by SCPs and boundaries, whose inventory could not be collected."""

from __future__ import annotations

from loader.demo import common, names
from loader.demo.aws import allow, doc, service, trust
from loader.demo.describe import Account
from loader.demo.names import BUCKETS


def account() -> Account:
    """The whole account."""
    made = Account(names.DEVELOPMENT, "tidewick-development")
    common.aws_managed(made)
    made.policy(
        "DeveloperBoundary",
        doc(
            allow("Data", ["dynamodb:*", "s3:*", "sqs:*", "sns:*"]),
            allow("Logs", ["logs:*", "cloudwatch:*", "xray:*"]),
        ),
        path="/boundaries/",
    )
    made.group("developers", ["ViewOnlyAccess"])
    for name in ("anders.holt", "chiara.bellini", "samir.azizi", "viktor.lund"):
        made.user(name, ["developers"], tags={"team": "booking"})
    made.user("ola.brekke", [], ["AdministratorAccess"], path="/admin/", keys=1)
    keys = allow("Rotate", "iam:CreateAccessKey", made.arn("user", "*", "/admin/"))
    made.user("tess.oakley", ["developers"], inline={"rotate": doc(keys)})
    made.role("sandbox-janitor", service("lambda"), ["AdministratorAccess"])
    infrastructure = f"arn:aws:iam::{names.TOOLING}:role/ci-infra"
    made.role("terraform-apply", doc(trust({"AWS": infrastructure})), ["AdministratorAccess"])
    for name in ("booking", "cargo", "loyalty", "pricing", "search", "website"):
        made.role(f"feature-{name}", service("ecs-tasks"), ["PowerUserAccess"], boundary="DeveloperBoundary")
    for name in ("booking-stub", "payment-stub", "weather-stub"):
        made.role(f"fn-{name}", service("lambda"), ["AWSLambdaBasicExecutionRole"])
    made.role("dev-box", service("ec2"), ["AmazonSSMManagedInstanceCore"], profile=True)
    same_organization = {"StringEquals": {"aws:PrincipalOrgID": names.ORGANIZATION}}
    cache = [f"{BUCKETS}tidewick-dev-cache", f"{BUCKETS}tidewick-dev-cache/*"]
    made.role(
        "shared-build-cache",
        doc(trust({"AWS": "*"}, condition=same_organization)),
        inline={"cache": doc(allow("Cache", ["s3:GetObject", "s3:ListBucket"], cache))},
    )
    common.administration(made)
    made.identity_center("PowerUserAccess", ["PowerUserAccess"])
    made.identity_center("ReadOnlyAccess", ["ReadOnlyAccess"])
    common.audit(made)
    common.service_linked(made, ("AWSServiceRoleForECS", "ecs.amazonaws.com", "AmazonECSServiceRolePolicy"))
    return made

"""Which resources lie in another one, so that the policy of that one is theirs.

AWS's list of resource types has the forms of ARNs, and not whose policy counts for what. So this is said here, of
the services whose policies speak of what lies in a resource:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html
https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html
https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-setting-up.html
https://docs.aws.amazon.com/vpc-lattice/latest/ug/auth-policies.html
"""

from __future__ import annotations

from iam.arn import parse_arn

# By service: how the last part of the ARN of what holds others begins, and what stands behind its name before the
# names of what it holds. A table's streams and a Kinesis stream's consumers have policies of their own.
_HOLDING = {
    "s3": ("", "/"),
    "lambda": ("function:", ":"),
    "dynamodb": ("table/", "/index/"),
    "es": ("domain/", "/"),
    "s3tables": ("bucket/", "/table/"),
    "vpc-lattice": ("service/", "/"),
}


def holder_of(arn: str) -> str:
    """The ARN of what a resource lies in (an object's bucket, a function's alias); empty where it is in none."""
    parsed = parse_arn(arn)
    if parsed is None or parsed.service not in _HOLDING:
        return ""
    prefix, between = _HOLDING[parsed.service]
    name, inside, _ = parsed.resource.removeprefix(prefix).partition(between)
    if not inside or not parsed.resource.startswith(prefix):
        return ""
    return str(parsed._replace(resource=prefix + name))


def beginning_inside(arn: str) -> str:
    """How the ARNs of all begin that lies in a resource; empty where nothing does."""
    parsed = parse_arn(arn)
    if parsed is None or parsed.service not in _HOLDING or holder_of(arn):
        return ""
    prefix, between = _HOLDING[parsed.service]
    return arn + between if parsed.resource.startswith(prefix) else ""

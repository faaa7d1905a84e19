"""Production: buckets, keys, secrets, and what runs with a role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loader.demo import names
from loader.demo.aws import Json, allow, deny, doc, hexadecimal, uuid
from loader.demo.names import BUCKETS
from loader.demo.production_services import FUNCTIONS, SERVICES

if TYPE_CHECKING:
    from loader.demo.describe import Account

LEDGER_KEY = uuid("key", "ledger-signing")
SECRETS_KEY = uuid("key", "payroll-secrets")


def _both(bucket: str) -> list[str]:
    return [f"{BUCKETS}{bucket}", f"{BUCKETS}{bucket}/*"]


def _tls_only(bucket: str) -> Json:
    return deny(
        "OnlyOverTls",
        "s3:*",
        _both(bucket),
        {"Bool": {"aws:SecureTransport": "false"}},
        Principal="*",
    )


def buckets(account: Account) -> None:
    """Buckets; the first one is what the demo asks about."""

    def bucket(name: str, policy: Json | None, **tags: str) -> None:
        details: Json = {
            "encryption": "AES256",
            "block_public_access": True,
            "object_ownership": "BucketOwnerEnforced",
        }
        account.resource("S3::Bucket", BUCKETS + name, name, policy=policy, tags=tags, **details)

    auditor = f"arn:aws:iam::{names.SECURITY}:role/audit/PayrollAuditor"
    bucket(
        "payroll",
        doc(
            _tls_only("payroll"),
            deny(
                "BoardPayStaysInside",
                "s3:GetObject",
                f"{BUCKETS}payroll/executive/*",
                {"StringNotEquals": {"aws:SourceVpce": "vpce-0a7be41c93d2f6058"}},
                Principal="*",
            ),
            allow(
                "PayrollAudit",
                ["s3:GetObject", "s3:ListBucket"],
                _both("payroll"),
                Principal={"AWS": auditor},
            ),
        ),
        data="payroll",
        owner="finance",
    )
    bucket(
        "tidewick-brochures",
        doc(
            allow(
                "WebsiteDistribution",
                "s3:GetObject",
                f"{BUCKETS}tidewick-brochures/*",
                {
                    "StringEquals": {
                        "AWS:SourceArn": f"arn:aws:cloudfront::{account.id}:distribution/E2TDWKDEMO01"
                    }
                },
                Principal={"Service": "cloudfront.amazonaws.com"},
            ),
            allow(
                "BrightquayLogos",
                "s3:GetObject",
                f"{BUCKETS}tidewick-brochures/logos/*",
                Principal={"AWS": f"arn:aws:iam::{names.PAYROLL_BUREAU}:root"},
            ),
        ),
    )
    workloads = f"{names.ORGANIZATION}/{names.ROOT}/{names.OU_WORKLOADS}/*"
    bucket(
        "tidewick-artifacts",
        doc(
            _tls_only("tidewick-artifacts"),
            allow(
                "Workloads",
                "s3:GetObject",
                f"{BUCKETS}tidewick-artifacts/*",
                {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": [workloads]}},
                Principal="*",
            ),
        ),
    )
    for name in ("analytics", "crew-rota", "scratch", "legacy-tickets", "vendor-feeds"):
        bucket(
            f"tidewick-{name}", _tls_only_document(f"tidewick-{name}") if name != "legacy-tickets" else None
        )


def _tls_only_document(bucket: str) -> Json:
    return doc(_tls_only(bucket))


def keys_and_secrets(account: Account) -> None:
    """Two keys (one whose policy leaves the account's administrators out) and the secrets they protect."""
    key = f"arn:aws:kms:eu-west-1:{account.id}:key/"
    account.resource(
        "KMS::Key",
        key + SECRETS_KEY,
        "alias/payroll-secrets",
        policy=doc(
            allow("Account", "kms:*", Principal={"AWS": account.root}),
            allow("Processor", "kms:Decrypt", Principal={"AWS": account.roles["payroll-processor"]["Arn"]}),
        ),
        tags={"data": "payroll"},
        key_state="Enabled",
        key_manager="CUSTOMER",
    )
    manage = [
        "kms:Describe*",
        "kms:GetKeyPolicy",
        "kms:PutKeyPolicy",
        "kms:EnableKeyRotation",
        "kms:TagResource",
    ]
    account.resource(
        "KMS::Key",
        key + LEDGER_KEY,
        "alias/ledger-signing",
        policy=doc(
            allow("Custodian", manage, Principal={"AWS": account.roles["key-custodian"]["Arn"]}),
            allow(
                "Use",
                ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
                Principal={"AWS": account.roles["payroll-processor"]["Arn"]},
            ),
        ),
        key_state="Enabled",
        key_manager="CUSTOMER",
    )
    for name, key_id in (
        ("payroll/database", SECRETS_KEY),
        ("booking/database", None),
        ("website/cms", None),
    ):
        full = f"prod/{name}-{hexadecimal(6, 'secret', name)}"
        account.resource(
            "SecretsManager::Secret",
            f"arn:aws:secretsmanager:eu-west-1:{account.id}:secret:{full}",
            f"prod/{name}",
            kms_key=key + key_id if key_id else None,
        )


def workloads(account: Account) -> None:
    """Functions, instances, tasks and stacks, each with the role it runs with."""
    lambda_arn = f"arn:aws:lambda:eu-west-1:{account.id}:function:"
    own = {"booking-user-sync": "booking-user-sync", "platform-automation": "platform-automation"}
    runs = {**{name: f"fn-{name}" for name in FUNCTIONS}, **own, "payroll-processor": "payroll-processor"}
    runs["key-rotation"] = "key-custodian"
    for name, role in runs.items():
        policy = None
        if name == "notifications":
            policy = doc(
                allow(
                    "FromTopic",
                    "lambda:InvokeFunction",
                    lambda_arn + name,
                    {"ArnLike": {"AWS:SourceArn": f"arn:aws:sns:eu-west-1:{account.id}:booking-events"}},
                    Principal={"Service": "sns.amazonaws.com"},
                )
            )
        runtime = "python3.13"
        account.resource(
            "Lambda::Function", lambda_arn + name, name, role=role, policy=policy, runtime=runtime
        )
    for name in ("bastion", "licence-server", "port-gateway"):
        instance = f"i-{hexadecimal(17, 'instance', name)}"
        account.resource(
            "EC2::Instance",
            f"arn:aws:ec2:eu-west-1:{account.id}:instance/{instance}",
            instance,
            role=name,
            tags={"Name": name, "role": name},
            state="running",
            instance_profile=account.arn("instance-profile", name),
            platform="Linux/UNIX",
            key_name=None,
            ssm_managed=name != "licence-server",
        )
    ecs = f"arn:aws:ecs:eu-west-1:{account.id}:"
    account.resource("ECS::Cluster", ecs + "cluster/live", "live", status="ACTIVE")
    for name in [*SERVICES, "payroll-export", "maintenance"]:
        definition = f"{ecs}task-definition/{name}:{3 + len(name)}"
        execution = account.roles["ecs-task-execution"]["Arn"]
        account.resource(
            "ECS::TaskDefinition", definition, name, role=name, execution_role=execution, status="ACTIVE"
        )
        if name in SERVICES:
            details: Json = {
                "cluster": ecs + "cluster/live",
                "task_definition": definition,
                "execute_command": False,
            }
            account.resource("ECS::Service", f"{ecs}service/live/{name}", name, role=name, **details)
    for name, role in (("network-core", "cfn-exec-platform"), ("website-assets", "cfn-exec-website")):
        arn = f"arn:aws:cloudformation:eu-west-1:{account.id}:stack/{name}/{uuid('stack', name)}"
        account.resource("CloudFormation::Stack", arn, name, role=role, status="UPDATE_COMPLETE")


def messages(account: Account) -> None:
    """Queues and topics."""
    topic = f"arn:aws:sns:eu-west-1:{account.id}:booking-events"
    account.resource(
        "SNS::Topic",
        topic,
        "booking-events",
        policy=doc(
            allow(
                "OwnAccount",
                ["SNS:Publish", "SNS:Subscribe"],
                topic,
                {"StringEquals": {"AWS:SourceOwner": account.id}},
                Principal={"AWS": "*"},
            ),
            version="2008-10-17",
        ),
    )
    queue = f"arn:aws:sqs:eu-west-1:{account.id}:invoicing"
    account.resource(
        "SQS::Queue",
        queue,
        "invoicing",
        policy=doc(
            allow(
                "FromBookings",
                "sqs:SendMessage",
                queue,
                {"ArnEquals": {"aws:SourceArn": topic}},
                Principal={"Service": "sns.amazonaws.com"},
            )
        ),
    )


def describe(account: Account) -> None:
    """All resources of the account."""
    buckets(account)
    keys_and_secrets(account)
    workloads(account)
    messages(account)

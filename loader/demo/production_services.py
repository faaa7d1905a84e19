"""Production: roles that AWS services use to run Tidewick's programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loader.demo.aws import Json, allow, deny, doc, service
from loader.demo.names import BUCKETS

if TYPE_CHECKING:
    from loader.demo.describe import Account

FUNCTIONS = [
    "cargo-labels",
    "loyalty-points",
    "notifications",
    "pricing-rules",
    "refunds",
    "search-index",
    "timetable-publish",
]
SERVICES = ["boarding", "booking", "cargo", "pricing", "search", "ticketing", "website"]


def _table(account: Account, name: str) -> list[str]:
    return [f"arn:aws:dynamodb:eu-west-1:{account.id}:table/{name}"]


def functions(account: Account) -> None:
    """Roles of Lambda functions; two of them have more than their function needs."""
    for name in FUNCTIONS:
        data = doc(allow("OwnTable", ["dynamodb:GetItem", "dynamodb:PutItem"], _table(account, name)))
        capped = name in ("pricing-rules", "search-index")
        account.role(
            f"fn-{name}",
            service("lambda"),
            ["AWSLambdaBasicExecutionRole"],
            {"data": data},
            boundary="AppDeveloperBoundary" if capped else None,
            tags={"service": name},
        )
    sync = doc(
        allow("Attach", ["iam:AttachUserPolicy", "iam:AttachRolePolicy"]),
        allow("Look", ["iam:ListUsers", "iam:ListRoles"]),
    )
    account.role("booking-user-sync", service("lambda"), ["AWSLambdaBasicExecutionRole"], {"sync": sync})
    payroll = doc(
        allow("Payslips", ["s3:GetObject", "s3:PutObject"], f"{BUCKETS}payroll/*"),
        allow(
            "Database",
            "secretsmanager:GetSecretValue",
            f"arn:aws:secretsmanager:eu-west-1:{account.id}:secret:prod/payroll/*",
        ),
    )
    account.role(
        "payroll-processor", service("lambda"), ["AWSLambdaVPCAccessExecutionRole"], {"payroll": payroll}
    )


def tasks(account: Account) -> None:
    """Roles of ECS tasks; `maintenance` may rewrite the policy that it holds itself."""
    account.role("ecs-task-execution", service("ecs-tasks"), ["AmazonECSTaskExecutionRolePolicy"])
    for name in SERVICES:
        data = doc(
            allow("OwnTables", ["dynamodb:Query", "dynamodb:UpdateItem"], _table(account, f"{name}*")),
            allow("Events", "sns:Publish", f"arn:aws:sns:eu-west-1:{account.id}:{name}-events"),
        )
        account.role(name, service("ecs-tasks"), ["AWSXRayDaemonWriteAccess"], {"data": data}, path="/task/")
    export = doc(
        allow("Payslips", "s3:GetObject", f"{BUCKETS}payroll/20??*"),
        deny("NotTheBoard", "s3:GetObject", f"{BUCKETS}payroll/executive/*"),
    )
    account.role("payroll-export", service("ecs-tasks"), inline={"export": export}, path="/task/")
    own = account.arn("policy", "MaintenanceJobs")
    account.policy(
        "MaintenanceJobs",
        doc(
            allow("Tables", ["dynamodb:UpdateTable", "dynamodb:DescribeTable"]),
            allow("KeepThisPolicyCurrent", "iam:CreatePolicyVersion", own),
        ),
    )
    account.role("maintenance", service("ecs-tasks"), ["MaintenanceJobs"], path="/task/")


def others(account: Account) -> None:
    """Roles of further services."""
    assets = doc(allow("Assets", "s3:*", [f"{BUCKETS}tidewick-brochures", f"{BUCKETS}tidewick-brochures/*"]))
    account.role("cfn-exec-website", service("cloudformation"), inline={"assets": assets})
    account.role("rds-monitoring", service("monitoring.rds"), ["AmazonRDSEnhancedMonitoringRole"])
    own_role = account.arn("role", "research-*")
    research = doc(
        allow("Data", "s3:GetObject", f"{BUCKETS}tidewick-analytics/*"),
        allow("Tune", "iam:PutRolePolicy", own_role),
    )
    account.role("research-notebook", service("sagemaker"), inline={"research": research})
    backup: Json = doc(allow("ReadAll", ["s3:Get*", "s3:List*"]), version="2008-10-17")
    account.role("backup-operator", service("backup"), inline={"read-all": backup})
    archive = allow(
        "OnlyArchived",
        ["s3:GetObject", "s3:GetObjectTagging"],
        f"{BUCKETS}payroll/*",
        {"StringEquals": {"s3:ExistingObjectTag/class": ["archive", "closed"]}},
    )
    account.role("payroll-archiver", service("batchoperations.s3"), inline={"archive": doc(archive)})
    keys = ["kms:Describe*", "kms:GetKeyPolicy", "kms:EnableKeyRotation", "kms:TagResource"]
    account.role("key-custodian", service("lambda"), inline={"keys": doc(allow("Keys", keys))}, path="/ops/")
    account.role("apigateway-logs", service("apigateway"), ["AmazonAPIGatewayPushToCloudWatchLogs"])
    account.role("config-recorder", service("config"), ["AWS_ConfigRole"])
    ended = allow(
        "UntilTheAudit",
        "s3:GetObject",
        f"{BUCKETS}payroll/*",
        {"DateLessThan": {"aws:CurrentTime": "2025-04-01T00:00:00Z"}},
    )
    slip = allow("Events", ["sqs:SendMesage", "sqs:SendMessage"], f"arn:aws:sqs:*:{account.id}:invoicing")
    account.role("invoicing-events", service("events"), inline={"send": doc(slip, ended)})

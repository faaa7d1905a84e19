"""Production: customer-managed policies, permissions boundaries and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loader.demo.aws import ADMINISTRATOR, Json, allow, deny, doc
from loader.demo.names import BUCKETS, OFFICE

if TYPE_CHECKING:
    from loader.demo.describe import Account

LOOK = [
    "cloudformation:Describe*",
    "cloudformation:List*",
    "cloudwatch:Get*",
    "cloudwatch:List*",
    "ec2:Describe*",
    "ecs:Describe*",
    "ecs:List*",
    "lambda:GetFunctionConfiguration",
    "lambda:ListFunctions",
    "logs:Describe*",
    "logs:FilterLogEvents",
    "logs:Get*",
]
PAYROLL = [f"{BUCKETS}payroll", f"{BUCKETS}payroll/*"]
PLAIN_DATA = ["dynamodb:*", "logs:*", "cloudwatch:PutMetricData", "sqs:*", "sns:Publish", "xray:Put*"]


def _own(account: Account, kind: str) -> str:
    return account.arn(kind, "${aws:username}")


def boundaries(account: Account) -> None:
    """Permissions boundaries; `SelfServiceBoundary` is careless (see docs/demo.md)."""
    account.policy(
        "AppDeveloperBoundary",
        doc(
            allow("ApplicationData", PLAIN_DATA),
            allow("ApplicationBuckets", "s3:*", [f"{BUCKETS}tidewick-*", f"{BUCKETS}tidewick-*/*"]),
            allow("Look", LOOK),
            deny("NeverIdentities", ["iam:*", "organizations:*", "sts:AssumeRole"]),
        ),
        path="/boundaries/",
    )
    account.policy(
        "VendorBoundary",
        doc(
            allow("VendorTables", "dynamodb:*", f"arn:aws:dynamodb:*:{account.id}:table/vendor-*"),
            allow("VendorBuckets", "s3:*", [f"{BUCKETS}tidewick-vendor-*", f"{BUCKETS}tidewick-vendor-*/*"]),
            allow("Logs", ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]),
        ),
        path="/boundaries/",
    )
    account.policy(
        "MigrationBoundary",
        doc(
            allow("OldBuckets", "s3:*", [f"{BUCKETS}tidewick-legacy-*", f"{BUCKETS}tidewick-legacy-*/*"]),
            allow("OldTables", ["dms:Describe*", "dynamodb:*"]),
        ),
        path="/boundaries/",
    )
    account.policy(
        "SelfServiceBoundary",
        doc(
            allow("Website", "s3:*", [f"{BUCKETS}tidewick-brochures", f"{BUCKETS}tidewick-brochures/*"]),
            allow("OwnUser", "iam:*User*", _own(account, "user")),
        ),
        path="/boundaries/",
    )


def managed_policies(account: Account) -> None:
    """Policies that groups and users hold."""
    policy_arn = account.arn("policy", "")
    account.policy(
        "SelfService",
        doc(
            allow(
                "OwnCredentials",
                ["iam:ChangePassword", "iam:GetUser", "iam:ListAccessKeys", "iam:CreateAccessKey"],
                _own(account, "user"),
            ),
            allow("OwnDevice", "iam:CreateVirtualMFADevice", _own(account, "mfa")),
            allow("EnrolOwnDevice", "iam:EnableMFADevice", _own(account, "user")),
        ),
    )
    account.policy(
        "EngineerBase",
        doc(
            allow("Look", LOOK),
            allow(
                "OwnFolder",
                ["s3:GetObject", "s3:PutObject"],
                f"{BUCKETS}tidewick-scratch/${{aws:username}}/*",
            ),
            allow("TeamBucket", "s3:GetObject", f"{BUCKETS}${{aws:PrincipalTag/team}}/*"),
            allow("OnCall", "sts:AssumeRole", account.arn("role", "oncall-*")),
        ),
    )
    account.policy(
        "PayrollDesk",
        doc(allow("ReadAndWrite", ["s3:GetObject", "s3:PutObject", "s3:ListBucket"], PAYROLL)),
    )
    account.policy(
        "PayrollMigration",
        doc(allow(None, ["s3:Get*", "s3:List*"], f"{BUCKETS}payroll*"), version=None),
        path="/projects/2024/",
    )
    account.policy(
        "AnalystData",
        doc(
            allow(
                "Athena", ["athena:GetQueryExecution", "athena:GetQueryResults", "athena:StartQueryExecution"]
            ),
            allow("AllButPayroll", ["s3:GetObject", "s3:GetObjects"], NotResource=PAYROLL),
            allow("Lists", "s3:ListBucket", f"{BUCKETS}tidewick-analytics/*"),
            allow("Sandbox", "sts:AssumeRole", account.arn("role", "data-sandbox-etl")),
        ),
    )
    account.policy(
        "DbaTools",
        doc(
            allow("Databases", ["rds:Describe*", "rds:ListTagsForResource", "pi:GetResourceMetrics"]),
            allow("KeepThisPolicyCurrent", "iam:CreatePolicyVersion", policy_arn + "DbaTools"),
        ),
        older=[doc(allow("Databases", "rds:Describe*"))],
    )
    account.policy(
        "TimetableTools",
        doc(
            allow("Timetables", "dynamodb:*", f"arn:aws:dynamodb:*:{account.id}:table/timetable*"),
            allow("KeepThisPolicyCurrent", "iam:CreatePolicyVersion", policy_arn + "TimetableTools"),
        ),
    )
    account.policy(
        "ChangeFreeze",
        doc(
            deny(
                "OnlyChangeManagersChangePolicies",
                ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"],
                "*",
                {"StringNotEquals": {"aws:PrincipalTag/change-manager": "true"}},
            )
        ),
    )
    account.policy(
        "ReportingAccess",
        doc(
            allow("Reports", "s3:GetObject", f"{BUCKETS}tidewick-analytics/reports/*"),
            allow("SwitchVersion", "iam:SetDefaultPolicyVersion", policy_arn + "ReportingAccess"),
        ),
        older=[ADMINISTRATOR, doc(allow("Reports", "s3:GetObject", f"{BUCKETS}tidewick-analytics/*"))],
    )
    account.policy(
        "FleetLaunch",
        doc(
            allow("Launch", ["ec2:RunInstances", "ec2:CreateTags", "ec2:TerminateInstances"]),
            allow(
                "PassFleetRole",
                "iam:PassRole",
                account.arn("role", "fleet-manager"),
                {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
            ),
        ),
    )


def groups(account: Account) -> None:
    """Groups; `payroll-migration` should have gone when its project ended."""
    account.group("administrators", ["AdministratorAccess"], path="/admin/")
    account.group("engineers", ["EngineerBase", "SelfService"])
    account.group(
        "release-engineers",
        ["SelfService"],
        {"use-deploy-runner": doc(allow("Release", "sts:AssumeRole", account.arn("role", "deploy-runner")))},
    )
    account.group(
        "dba",
        ["SelfService", "AmazonRDSReadOnlyAccess"],
        {
            "booking-secrets": doc(
                allow(
                    "BookingDatabase",
                    "secretsmanager:GetSecretValue",
                    f"arn:aws:secretsmanager:eu-west-1:{account.id}:secret:prod/booking/*",
                )
            )
        },
    )
    account.group("fleet-ops", ["FleetLaunch", "SelfService"])
    account.group("data-analysts", ["AnalystData", "SelfService"])
    without_mfa = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    sign_in = [
        "iam:ChangePassword",
        "iam:CreateVirtualMFADevice",
        "iam:EnableMFADevice",
        "sts:GetSessionToken",
    ]
    account.group(
        "payroll-team",
        ["PayrollDesk", "SelfService"],
        {"only-with-mfa": doc(deny("DenyWithoutMfa", None, "*", without_mfa, NotAction=sign_in))},
    )
    account.group("payroll-migration", ["PayrollMigration"])
    account.group(
        "web-contractors",
        ["SelfService"],
        {
            "website": doc(
                allow("Website", ["s3:GetObject", "s3:PutObject"], f"{BUCKETS}tidewick-brochures/*"),
                deny("KeepOutOfPayroll", "s3:*", f"{BUCKETS}payroll"),
            ),
            "no-identity-changes": doc(
                deny(
                    "NoIdentityChanges",
                    ["iam:Attach*", "iam:Put*", "iam:*PolicyVersion", "iam:AddUserToGroup"],
                )
            ),
        },
    )
    account.group(
        "finance",
        ["Billing", "SelfService"],
        {
            "payroll-from-the-office": doc(
                allow("FromTheOffice", "s3:GetObject", PAYROLL[1], {"IpAddress": {"aws:SourceIp": OFFICE}})
            )
        },
    )
    account.group("auditors", ["ReadOnlyAccess", "SecurityAudit"])
    account.group(
        "support",
        ["ViewOnlyAccess", "AWSSupportAccess", "SelfService"],
        {"port-gateways": doc(*sessions_on(account, "port-gateway"))},
    )
    account.group(
        "helpdesk",
        ["SelfService"],
        {
            "seasonal-staff": doc(
                allow(
                    "SeasonalStaff",
                    ["iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:*LoginProfile"],
                    account.arn("user", "*", "/seasonal/"),
                )
            )
        },
    )
    account.group(
        "seasonal-crew", [], {"rota": doc(allow("Rota", "s3:GetObject", f"{BUCKETS}tidewick-crew-rota/*"))}
    )


def sessions_on(account: Account, tagged: str) -> list[Json]:
    """Statements for Session Manager sessions on the instances tagged role=`tagged`."""
    return [
        allow(
            "Instances",
            "ssm:StartSession",
            f"arn:aws:ec2:*:{account.id}:instance/*",
            {"StringEquals": {"aws:ResourceTag/role": tagged}},
        ),
        allow(
            "SessionDocument",
            "ssm:StartSession",
            [
                f"arn:aws:ssm:*:{account.id}:document/SSM-SessionManagerRunShell",
                "arn:aws:ssm:*:*:document/AWS-StartSSHSession",
            ],
        ),
    ]

"""Production: roles that people and pipelines use, and every administrator's role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loader.demo import common, names
from loader.demo.aws import Json, allow, doc, service, trust
from loader.demo.names import BUCKETS
from loader.demo.production_people import NEW_FUNCTION

if TYPE_CHECKING:
    from loader.demo.describe import Account


def _role_of(account_id: str, name: str) -> str:
    return f"arn:aws:iam::{account_id}:role/{name}"


def administrators(account: Account) -> None:
    """Roles that may do everything, whatever their policies are called."""
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    sealed = [account.arn("user", f"break-glass-{number}", "/break-glass/") for number in (1, 2)]
    account.role(
        "BreakGlass", doc(trust({"AWS": sealed}, condition=mfa)), ["AdministratorAccess"], used=False
    )
    account.role("platform-automation", service("lambda"), ["AdministratorAccess"])
    rest = doc(allow("AllButIdentities", None, NotAction=["iam:*"]), allow("Identities", "iam:*"))
    account.role("cfn-exec-platform", service("cloudformation"), inline={"provision": rest})
    account.role("fleet-manager", service("ec2"), inline={"fleet": doc(allow(None, "*"))}, profile=True)
    account.role("image-baker", service("ec2"), ["AdministratorAccess"])
    account.role(
        "incident-commander",
        doc(
            trust({"AWS": account.arn("user", "hanne.vik", "/admin/")}),
            trust({"AWS": _role_of(names.SECURITY, "ir-responder")}),
        ),
        ["AdministratorAccess"],
        path="/ops/",
    )
    writer = account.arn("role", "ledger-writer", "/chain/")
    account.role("ledger-admin", doc(trust({"AWS": writer})), ["AdministratorAccess"], path="/chain/")
    on_call = {"StringEquals": {"aws:PrincipalTag/oncall": "true"}}
    account.role(
        "oncall-admin", doc(trust({"AWS": account.root}, condition=on_call)), ["AdministratorAccess"]
    )


def pipelines(account: Account) -> None:
    """`deploy-runner`, which many can become and which can become administrator, and a chain of roles."""
    release_team = {"StringEquals": {"aws:PrincipalTag/team": "release"}}
    release_manager = account.arn(
        "role", "AWSReservedSSO_ReleaseManager_*", "/aws-reserved/sso.amazonaws.com/*/"
    )
    tooling = [_role_of(names.TOOLING, "ci-deploy"), _role_of(names.TOOLING, "codebuild-release")]
    account.role(
        "deploy-runner",
        doc(
            trust({"AWS": tooling}, sid="Pipelines"),
            trust({"AWS": account.root}, condition=release_team, sid="ReleaseTeam"),
            trust(
                {"AWS": account.root},
                condition={"ArnLike": {"aws:PrincipalArn": release_manager}},
                sid="ReleaseManagers",
            ),
        ),
        inline={
            "deploy": doc(
                allow("Artifacts", "s3:GetObject", f"{BUCKETS}tidewick-artifacts/*"),
                allow("DeployFunctions", [*NEW_FUNCTION, "lambda:PublishVersion", "iam:PassRole"]),
                allow("Watch", ["cloudwatch:GetMetricData", "logs:FilterLogEvents"]),
            )
        },
    )
    reader, writer, admin = (
        account.arn("role", f"ledger-{name}", "/chain/") for name in ("reader", "writer", "admin")
    )
    for name, trusted, following in (
        ("ledger-reader", account.arn("user", "carla.mendes"), writer),
        ("ledger-writer", reader, admin),
    ):
        step = {"next": doc(allow("Next", "sts:AssumeRole", following))}
        account.role(name, doc(trust({"AWS": trusted})), inline=step, path="/chain/")


def people(account: Account) -> None:
    """Roles that people assume, and those of Identity Center."""
    account.role(
        "data-sandbox-etl",
        doc(trust({"AWS": account.root})),
        inline={"sandbox": doc(allow("Sandbox", "s3:*", f"{BUCKETS}tidewick-analytics/sandbox/*"))},
    )
    account.role(
        "legacy-migration",
        doc(trust({"AWS": account.arn("user", "hugo.laine")})),
        ["AdministratorAccess"],
        boundary="MigrationBoundary",
    )
    vendors = account.arn("role", "*", "/vendor/")
    capped = {"StringEquals": {"iam:PermissionsBoundary": account.policy_arn("VendorBoundary")}}
    account.role(
        "vendor-provisioner",
        doc(trust({"AWS": account.root})),
        inline={
            "vendors": doc(
                allow(
                    "OnlyCappedRoles",
                    ["iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy"],
                    vendors,
                    capped,
                ),
                allow("Functions", NEW_FUNCTION, f"arn:aws:lambda:*:{account.id}:function:vendor-*"),
                allow("PassVendorRoles", "iam:PassRole", vendors),
            )
        },
    )
    account.role(
        "legacy-feed",
        service("lambda"),
        ["AWSLambdaBasicExecutionRole"],
        path="/vendor/",
    )
    release = allow("Release", "sts:AssumeRole", account.arn("role", "deploy-runner"))
    account.identity_center("ReadOnlyAccess", ["ReadOnlyAccess"])
    account.identity_center("ReleaseManager", ["ViewOnlyAccess"], doc(release))
    analytics = allow("Analytics", ["s3:GetObject", "s3:ListBucket"], f"{BUCKETS}tidewick-analytics*")
    account.identity_center("DataReader", [], doc(analytics))
    account.identity_center("Support", ["AWSSupportAccess", "ViewOnlyAccess"])
    account.identity_center("Billing", ["Billing"])


def partners(account: Account) -> None:
    """Roles that trust accounts outside the organization, with and without an external id."""
    exports = allow("Exports", "s3:GetObject", f"{BUCKETS}payroll/exports/*")
    external_id = {"StringEquals": {"sts:ExternalId": "tidewick-7f21c9"}}
    account.role(
        "brightquay-payroll",
        doc(trust({"AWS": f"arn:aws:iam::{names.PAYROLL_BUREAU}:root"}, condition=external_id)),
        inline={"exports": doc(exports)},
        path="/partners/",
    )
    account.role(
        "lanternbug-monitoring",
        doc(trust({"AWS": f"arn:aws:iam::{names.MONITORING_VENDOR}:root"})),
        ["ReadOnlyAccess"],
        path="/partners/",
    )


def instances(account: Account) -> None:
    """Roles of EC2 instances: one may attach policies to itself, one of those has no SSM agent."""
    attach_own: dict[str, Json] = {
        name: doc(allow("Bootstrap", "iam:AttachRolePolicy", account.arn("role", name)))
        for name in ("bastion", "licence-server")
    }
    agent = "AmazonSSMManagedInstanceCore"
    account.role("bastion", service("ec2"), [agent], {"bootstrap": attach_own["bastion"]}, profile=True)
    account.role(
        "licence-server", service("ec2"), [], {"bootstrap": attach_own["licence-server"]}, profile=True
    )
    account.role("port-gateway", service("ec2"), [agent, "CloudWatchAgentServerPolicy"], profile=True)


def shared(account: Account) -> None:
    """Roles that every account has."""
    common.administration(account)
    common.audit(account)
    common.service_linked(
        account,
        ("AWSServiceRoleForECS", "ecs.amazonaws.com", "AmazonECSServiceRolePolicy"),
        (
            "AWSServiceRoleForElasticLoadBalancing",
            "elasticloadbalancing.amazonaws.com",
            "AWSElasticLoadBalancingServiceRolePolicy",
        ),
        ("AWSServiceRoleForRDS", "rds.amazonaws.com", "AmazonRDSServiceRolePolicy"),
        ("AWSServiceRoleForAmazonMacie", "macie.amazonaws.com", "AmazonMacieServiceRolePolicy"),
    )

"""Management: the organization's own account, kept nearly empty."""

from __future__ import annotations

from loader.demo import common, names
from loader.demo.aws import allow, doc, service, trust
from loader.demo.describe import Account


def account() -> Account:
    """The whole account."""
    made = Account(names.MANAGEMENT, "tidewick-management")
    common.aws_managed(made)
    made.group("billing", ["Billing"])
    for name in ("claudia.ricci", "henk.devries"):
        made.user(name, ["billing"], tags={"team": "finance"})
    break_glass = {"use": doc(allow("BreakGlass", "sts:AssumeRole", made.arn("role", "BreakGlass")))}
    made.user("break-glass-1", inline=break_glass, path="/break-glass/")
    made.user(
        "cost-exporter",
        inline={"costs": doc(allow(None, ["ce:GetCostAndUsage", "ce:GetCostForecast"]))},
        password=False,
        keys=1,
    )
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    sealed = made.arn("user", "break-glass-1", "/break-glass/")
    made.role("BreakGlass", doc(trust({"AWS": sealed}, condition=mfa)), ["AdministratorAccess"], used=False)
    member = f"arn:aws:iam::{names.DEVELOPMENT}:role/OrganizationAccountAccessRole"
    made.role(
        "sandbox-reset",
        service("lambda"),
        ["AWSLambdaBasicExecutionRole"],
        {"reset": doc(allow("ResetDevelopment", "sts:AssumeRole", member))},
    )
    look = ["organizations:Describe*", "organizations:List*"]
    made.role("org-inventory", service("lambda"), inline={"look": doc(allow("Look", look))})
    common.administration(made)
    made.identity_center("Billing", ["Billing"])
    made.identity_center("ReadOnlyAccess", ["ReadOnlyAccess"])
    common.audit(made)
    common.service_linked(
        made,
        (
            "AWSServiceRoleForOrganizations",
            "organizations.amazonaws.com",
            "AWSOrganizationsServiceTrustPolicy",
        ),
        ("AWSServiceRoleForCloudTrail", "cloudtrail.amazonaws.com", "CloudTrailServiceRolePolicy"),
    )
    for name in ("sandbox-reset", "org-inventory"):
        arn = f"arn:aws:lambda:eu-west-1:{made.id}:function:{name}"
        made.resource("Lambda::Function", arn, name, role=name, runtime="python3.13")
    return made

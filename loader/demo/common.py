"""What every account of the organization has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loader.demo import names
from loader.demo.aws import ADMINISTRATOR, allow, doc, managed, trust

if TYPE_CHECKING:
    from loader.demo.describe import Account


def aws_managed(account: Account) -> None:
    """Three AWS-managed policies with their text, as a real export holds all that are attached.

    The others are named only, so that the loader has to know their text.
    """
    account.policy("AdministratorAccess", ADMINISTRATOR, arn=managed("AdministratorAccess"))
    account.policy(
        "AWSLambdaBasicExecutionRole",
        doc(allow(None, ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"])),
        arn=managed("AWSLambdaBasicExecutionRole"),
        path="/service-role/",
    )
    account.policy(
        "AWSSupportAccess",
        doc(allow(None, ["support:*", "support-console:*"])),
        arn=managed("AWSSupportAccess"),
    )


def administration(account: Account) -> None:
    """The organization's and Identity Center's roles for administrators."""
    account.identity_center("AdministratorAccess", ["AdministratorAccess"])
    if account.id != names.MANAGEMENT:
        account.role(
            "OrganizationAccountAccessRole",
            doc(trust({"AWS": f"arn:aws:iam::{names.MANAGEMENT}:root"})),
            ["AdministratorAccess"],
            used=False,
        )


def audit(account: Account) -> None:
    """The role through which the security account inspects this one."""
    account.role(
        "security-audit",
        doc(trust({"AWS": f"arn:aws:iam::{names.SECURITY}:role/audit/security-audit-hub"})),
        ["SecurityAudit"],
    )


def service_linked(account: Account, *more: tuple[str, str, str]) -> None:
    """Service-linked roles: those of every account, and `more` as (name, host, policy)."""
    always = [
        ("AWSServiceRoleForSupport", "support.amazonaws.com", "AWSSupportServiceRolePolicy"),
        (
            "AWSServiceRoleForTrustedAdvisor",
            "trustedadvisor.amazonaws.com",
            "AWSTrustedAdvisorServiceRolePolicy",
        ),
    ]
    for name, host, policy in [*always, *more]:
        account.service_linked(name, host, policy)

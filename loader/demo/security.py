"""Security: auditors and incident responders, with hands in the other accounts."""

from __future__ import annotations

from loader.demo import common, names
from loader.demo.aws import Json, allow, deny, doc, service, trust
from loader.demo.describe import Account
from loader.demo.names import BUCKETS

PAYROLL = [f"{BUCKETS}payroll", f"{BUCKETS}payroll/*"]


def account() -> Account:
    """The whole account."""
    made = Account(names.SECURITY, "tidewick-security")
    common.aws_managed(made)
    responder = made.arn("role", "ir-responder")
    respond = doc(allow("Respond", "sts:AssumeRole", responder))
    made.group("responders", ["SecurityAudit"], {"respond": respond})
    for name in ("akira.tan", "marcus.febo", "zoe.lindahl"):
        made.user(name, ["responders"], tags={"team": "security"})
    inspect = allow("Inspect", "sts:AssumeRole", made.arn("role", "*", "/audit/"))
    made.group("auditors", ["SecurityAudit"], {"inspect": doc(inspect)})
    for name in ("david.okafor", "ines.holm"):
        made.user(name, ["auditors"], tags={"team": "audit"})
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    by_people = doc(trust({"AWS": made.root}, condition=mfa))
    commander = f"arn:aws:iam::{names.PRODUCTION}:role/ops/incident-commander"
    made.role(
        "ir-responder", by_people, inline={"command": doc(allow("Command", "sts:AssumeRole", commander))}
    )
    read = doc(allow("PayrollAudit", ["s3:GetObject", "s3:ListBucket"], PAYROLL))
    made.role("PayrollAuditor", by_people, inline={"payroll": read}, path="/audit/")
    # Holds the same grant, but the bucket's policy does not name it.
    made.role("FinanceAuditor", by_people, inline={"payroll": read}, path="/audit/")
    inspected = "arn:aws:iam::*:role/security-audit"
    made.role(
        "security-audit-hub",
        doc(trust({"Service": "lambda.amazonaws.com"}), trust({"AWS": made.root}, condition=mfa)),
        ["AWSLambdaBasicExecutionRole"],
        {"hub": doc(allow("InspectAccounts", "sts:AssumeRole", inspected))},
        path="/audit/",
    )
    over = {"DateLessThan": {"aws:CurrentTime": "2025-01-31T23:59:59Z"}}
    made.role(
        "pentest-2024",
        doc(trust({"AWS": f"arn:aws:iam::{names.PENTEST_VENDOR}:role/testers"}, condition=over)),
        ["SecurityAudit"],
        path="/partners/",
        used=False,
    )
    findings = allow("Findings", ["securityhub:BatchImportFindings", "sns:Publish"])
    for name in ("finding-enricher", "finding-forwarder"):
        made.role(name, service("lambda"), ["AWSLambdaBasicExecutionRole"], {"send": doc(findings)})
        arn = f"arn:aws:lambda:eu-west-1:{made.id}:function:{name}"
        made.resource("Lambda::Function", arn, name, role=name, runtime="python3.13")
    trail = [f"{BUCKETS}tidewick-trail", f"{BUCKETS}tidewick-trail/*"]
    logs = doc(allow("Trail", ["s3:GetObject", "s3:ListBucket"], trail))
    made.role("trail-reader", by_people, inline={"trail": logs}, path="/audit/")
    made.resource("S3::Bucket", trail[0], "tidewick-trail", policy=trail_policy(trail), encryption="AES256")
    common.administration(made)
    made.identity_center("SecurityAudit", ["SecurityAudit"])
    common.service_linked(
        made,
        ("AWSServiceRoleForSecurityHub", "securityhub.amazonaws.com", "AWSSecurityHubServiceRolePolicy"),
        ("AWSServiceRoleForConfig", "config.amazonaws.com", "AWSConfigServiceRolePolicy"),
    )
    return made


def trail_policy(trail: list[str]) -> Json:
    """The trail bucket's policy: CloudTrail writes, nobody deletes."""
    arn = f"arn:aws:cloudtrail:eu-west-1:{names.MANAGEMENT}:trail/tidewick"
    source = {"StringEquals": {"AWS:SourceArn": arn}}
    writer = {"Service": "cloudtrail.amazonaws.com"}
    return doc(
        allow("Check", "s3:GetBucketAcl", trail[0], source, Principal=writer),
        allow("Write", "s3:PutObject", f"{trail[0]}/AWSLogs/*", source, Principal=writer),
        deny("Keep", ["s3:DeleteObject*", "s3:PutLifecycleConfiguration"], trail, Principal="*"),
    )

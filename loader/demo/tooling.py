"""Tooling: builds and releases, reached by CI through OIDC."""

from __future__ import annotations

from loader.demo import common, names
from loader.demo.aws import Json, allow, doc, hexadecimal, service, trust
from loader.demo.describe import Account
from loader.demo.names import BUCKETS

CI_HOST = "token.actions.githubusercontent.com"


def _from_ci(account: Account, subject: str, operator: str = "StringEquals") -> Json:
    """A trust policy for workflows whose subject is, or is like, `subject`."""
    subjects = {f"{CI_HOST}:sub": subject}
    condition: Json = {"StringEquals": {f"{CI_HOST}:aud": "sts.amazonaws.com"}}
    if operator == "StringEquals":
        condition["StringEquals"].update(subjects)
    else:
        condition[operator] = subjects
    provider = f"arn:aws:iam::{account.id}:oidc-provider/{CI_HOST}"
    return doc(trust({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", condition))


def ci_roles(account: Account) -> None:
    """Roles that CI workflows assume; `ci-deploy` takes any repository whose name starts like Tidewick's."""
    runner = f"arn:aws:iam::{names.PRODUCTION}:role/deploy-runner"
    artifacts = allow("Artifacts", ["s3:GetObject", "s3:PutObject"], f"{BUCKETS}tidewick-builds/*")
    release = allow("Release", "sts:AssumeRole", runner)
    account.role(
        "ci-deploy",
        _from_ci(account, "repo:tidewick*", "StringLike"),
        inline={"release": doc(release, artifacts)},
    )
    website = doc(allow("Site", "s3:PutObject", f"{BUCKETS}tidewick-site-preview/*"))
    subject = "repo:tidewick-ferries/website:ref:refs/heads/main"
    account.role("ci-website", _from_ci(account, subject), inline={"site": website})
    apply = f"arn:aws:iam::{names.DEVELOPMENT}:role/terraform-apply"
    subject = "repo:tidewick-ferries/infrastructure:environment:development"
    infrastructure = doc(allow("Apply", "sts:AssumeRole", apply))
    account.role("ci-infra", _from_ci(account, subject), inline={"apply": infrastructure})


def build_roles(account: Account) -> None:
    """CodeBuild projects and their roles."""
    logs = allow("Logs", ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"])
    runner = f"arn:aws:iam::{names.PRODUCTION}:role/deploy-runner"
    more = {
        "release": [allow("Release", "sts:AssumeRole", runner)],
        "website": [allow("Site", "s3:PutObject", f"{BUCKETS}tidewick-site-preview/*")],
        "docs": [],
    }
    for name, statements in more.items():
        role = f"codebuild-{name}"
        account.role(role, service("codebuild"), inline={"build": doc(logs, *statements)})
        arn = f"arn:aws:codebuild:eu-west-1:{account.id}:project/{name}"
        account.resource("CodeBuild::Project", arn, name, role=role, source_type="GITHUB", privileged=False)


def people(account: Account) -> None:
    """The account's users."""
    project = f"arn:aws:codebuild:eu-west-1:{account.id}:project/"
    builds = ["codebuild:StartBuild", "codebuild:BatchGetBuilds"]
    for name, may_start in (("buildmaster", "release"), ("site-editor", "website")):
        account.user(name, inline={"builds": doc(allow("Builds", builds, project + may_start))})
    account.user("tooling-admin", [], ["AdministratorAccess"], path="/admin/", password=False, keys=2)
    first_password = allow("FirstPassword", "iam:CreateLoginProfile", account.arn("user", "*"))
    account.user("artifact-bot", inline={"accounts": doc(first_password)}, password=False, keys=1)
    account.group("tool-readers", ["ViewOnlyAccess"])
    for name in ("freya.moran", "hilde.aas", "mateo.ruiz", "oskar.lindh"):
        account.user(name, ["tool-readers"], tags={"team": "release"})


def account() -> Account:
    """The whole account."""
    made = Account(names.TOOLING, "tidewick-tooling")
    common.aws_managed(made)
    ci_roles(made)
    build_roles(made)
    people(made)
    made.role("jenkins-controller", service("ec2"), ["AmazonSSMManagedInstanceCore"], profile=True)
    made.role("artifact-scanner", service("lambda"), ["AWSLambdaBasicExecutionRole"])
    instance = f"i-{hexadecimal(17, 'instance', 'jenkins')}"
    made.resource(
        "EC2::Instance",
        f"arn:aws:ec2:eu-west-1:{made.id}:instance/{instance}",
        instance,
        role="jenkins-controller",
        tags={"Name": "jenkins"},
        state="running",
        instance_profile=made.arn("instance-profile", "jenkins-controller"),
        platform="Linux/UNIX",
        key_name=None,
        ssm_managed=True,
    )
    scanner = f"arn:aws:lambda:eu-west-1:{made.id}:function:artifact-scanner"
    made.resource(
        "Lambda::Function", scanner, "artifact-scanner", role="artifact-scanner", runtime="python3.13"
    )
    for name in ("tidewick-builds", "tidewick-site-preview"):
        made.resource("S3::Bucket", BUCKETS + name, name, encryption="AES256")
    common.administration(made)
    made.identity_center("ReadOnlyAccess", ["ReadOnlyAccess"])
    common.audit(made)
    common.service_linked(made)
    return made

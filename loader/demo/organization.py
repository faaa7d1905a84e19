"""The organization: its tree, SCPs and RCPs, Identity Center, and what the collector could not read."""

from __future__ import annotations

from loader.demo import development, names, production, security
from loader.demo.aws import ADMINISTRATOR, NOW, Json, allow, deny, doc, hexadecimal, number, uuid

_ACCOUNTS = {
    names.MANAGEMENT: ("Tidewick Management", names.ROOT, "management"),
    names.PRODUCTION: ("Tidewick Production", names.OU_PRODUCTION, "production"),
    names.DEVELOPMENT: ("Tidewick Development", names.OU_DEVELOPMENT, "development"),
    names.SECURITY: ("Tidewick Security", names.OU_SECURITY, "security"),
    names.TOOLING: ("Tidewick Tooling", names.OU_INFRASTRUCTURE, "tooling"),
}
_UNITS = {
    names.OU_SECURITY: ("Security", names.ROOT),
    names.OU_INFRASTRUCTURE: ("Infrastructure", names.ROOT),
    names.OU_WORKLOADS: ("Workloads", names.ROOT),
    names.OU_PRODUCTION: ("Production", names.OU_WORKLOADS),
    names.OU_DEVELOPMENT: ("Development", names.OU_WORKLOADS),
}
_BASE = f"arn:aws:organizations::{names.MANAGEMENT}:"
_EVERYWHERE = [names.ROOT, *_UNITS, *_ACCOUNTS]


def _policy(name: str, kind: str, content: Json, targets: list[str]) -> Json:
    made_by_aws = name in ("FullAWSAccess", "RCPFullAWSAccess")
    policy_id = f"p-{name}" if made_by_aws else f"p-{hexadecimal(8, 'policy', name)}"
    folder = "service_control_policy" if kind == "SERVICE_CONTROL_POLICY" else "resource_control_policy"
    owner = "arn:aws:organizations::aws:policy/" if made_by_aws else f"{_BASE}policy/{names.ORGANIZATION}/"
    return {
        "id": policy_id,
        "arn": f"{owner}{folder}/{policy_id}",
        "name": name,
        "type": kind,
        "aws_managed": made_by_aws,
        "content": content,
        "targets": targets,
    }


def _service_control() -> list[Json]:
    scp = "SERVICE_CONTROL_POLICY"
    access_role = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/OrganizationAccountAccessRole"}}
    abroad = {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}}
    anywhere = [
        "cloudfront:*",
        "health:*",
        "iam:*",
        "organizations:*",
        "route53:*",
        "s3:*",
        "sts:*",
        "support:*",
    ]
    root_user = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}
    trail = ["cloudtrail:DeleteTrail", "cloudtrail:StopLogging", "cloudtrail:UpdateTrail"]
    new_credentials = [
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:CreateUser",
        "iam:UpdateLoginProfile",
    ]
    tooling = ["codebuild:*", "ec2:*", "ecr:*", "iam:*", "lambda:*", "logs:*", "s3:*", "ssm:*", "sts:*"]
    return [
        _policy("FullAWSAccess", scp, ADMINISTRATOR, [t for t in _EVERYWHERE if t != names.TOOLING]),
        _policy(
            "StayInTheOrganization",
            scp,
            doc(deny("Stay", "organizations:LeaveOrganization")),
            [names.ROOT],
        ),
        _policy("ProtectTrail", scp, doc(deny("Trail", trail, "*", access_role)), [names.OU_WORKLOADS]),
        _policy(
            "NoNewCredentials",
            scp,
            doc(deny("NoNewCredentials", new_credentials), deny("NoRootUser", "*", "*", root_user)),
            [names.OU_DEVELOPMENT],
        ),
        _policy(
            "OnlyInEurope",
            scp,
            doc(deny("OnlyInEurope", None, "*", abroad, NotAction=anywhere)),
            [names.OU_SECURITY],
        ),
        _policy("ToolingServices", scp, doc(allow("Services", tooling)), [names.TOOLING]),
    ]


def _resource_control() -> list[Json]:
    rcp = "RESOURCE_CONTROL_POLICY"
    strangers = {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": names.ORGANIZATION},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    full = doc(allow(None, "*", Principal="*"))
    ours = doc(deny("OnlyOurOrganization", "s3:*", "*", strangers, Principal="*"))
    return [
        _policy("RCPFullAWSAccess", rcp, full, _EVERYWHERE),
        _policy("OnlyOurOrganization", rcp, ours, [names.OU_PRODUCTION]),
    ]


ORGANIZATION: Json = {
    "organization": {
        "id": names.ORGANIZATION,
        "arn": f"{_BASE}organization/{names.ORGANIZATION}",
        "management_account_id": names.MANAGEMENT,
        "feature_set": "ALL",
    },
    "roots": [
        {
            "id": names.ROOT,
            "arn": f"{_BASE}root/{names.ORGANIZATION}/{names.ROOT}",
            "name": "Root",
            "policy_types": ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"],
        }
    ],
    "organizational_units": [
        {"id": unit, "arn": f"{_BASE}ou/{names.ORGANIZATION}/{unit}", "name": name, "parent_id": parent}
        for unit, (name, parent) in _UNITS.items()
    ],
    "accounts": [
        {
            "id": account,
            "arn": f"{_BASE}account/{names.ORGANIZATION}/{account}",
            "name": name,
            "email": f"aws+{mailbox}@tidewick.example",
            "status": "ACTIVE",
            "parent_id": parent,
        }
        for account, (name, parent, mailbox) in _ACCOUNTS.items()
    ],
    "policies": [*_service_control(), *_resource_control()],
}


def _refused(account: str, service: str, operation: str, part: str) -> Json:
    error = f"AccessDeniedException: not authorized to perform: {service}:{operation}"
    return {"account": account, "service": service, "operation": operation, "part": part, "error": error}


MANIFEST: Json = {
    "collected_by": f"arn:aws:sts::{names.SECURITY}:assumed-role/security-audit-hub/iamatlas",
    "collected_at": NOW.isoformat(),
    "organization": names.ORGANIZATION,
    "accounts": list(_ACCOUNTS),
    "refused": [
        _refused(names.DEVELOPMENT, "iam", "GenerateCredentialReport", "credential-report.csv"),
        _refused(names.DEVELOPMENT, "lambda", "ListFunctions", "resources.json"),
        _refused(names.DEVELOPMENT, "ec2", "DescribeInstances", "resources.json"),
        _refused(names.PRODUCTION, "sagemaker", "ListNotebookInstances", "resources.json"),
    ],
}

_PEOPLE = {
    "platform-team": ["hanne.vik", "rafael.osei"],
    "release-managers": ["astrid.quell", "benno.haas"],
    "everyone": ["hanne.vik", "rafael.osei", "astrid.quell", "benno.haas", "ingrid.foss", "milo.sato"],
    "developers": ["ingrid.foss", "milo.sato"],
    "finance": ["claudia.ricci"],
    "security": ["akira.tan", "zoe.lindahl"],
}
_ASSIGNMENTS = [
    ("AdministratorAccess", "platform-team", list(_ACCOUNTS)),
    ("ReadOnlyAccess", "everyone", [a for a in _ACCOUNTS if a != names.SECURITY]),
    ("ReleaseManager", "release-managers", [names.PRODUCTION]),
    ("DataReader", "developers", [names.PRODUCTION]),
    ("PowerUserAccess", "developers", [names.DEVELOPMENT]),
    ("Support", "developers", [names.PRODUCTION]),
    ("Billing", "finance", [names.MANAGEMENT, names.PRODUCTION]),
    ("SecurityAudit", "security", [names.SECURITY]),
]


def _person_id(name: str) -> str:
    return f"{number(10**9, 'directory'):010d}-{uuid('person', name)}"


def identity_center() -> Json:
    """Permission sets as provisioned into the accounts, with who holds them."""
    provisioned = [module.account() for module in (production, development, security)]
    instance = "ssoins-" + hexadecimal(16, "sso", names.ORGANIZATION)
    arns = {
        name: f"arn:aws:sso:::permissionSet/{instance}/ps-{hexadecimal(16, 'set', name)}"
        for name, _, _ in _ASSIGNMENTS
    }
    sets = []
    for name, arn in arns.items():
        role = next(
            role
            for account in provisioned
            for role in account.roles.values()
            if role["RoleName"].startswith(f"AWSReservedSSO_{name}_")
        )
        inline = [policy["PolicyDocument"] for policy in role["RolePolicyList"]]
        sets.append(
            {
                "arn": arn,
                "name": name,
                "session_duration": "PT8H",
                "managed_policies": [policy["PolicyArn"] for policy in role["AttachedManagedPolicies"]],
                "inline_policy": inline[0] if inline else None,
                "customer_managed_policies": [],
                "permissions_boundary": None,
            }
        )
    people = sorted({person for members in _PEOPLE.values() for person in members})
    groups = {group: _person_id(f"group {group}") for group in _PEOPLE}
    return {
        "instance": {"arn": f"arn:aws:sso:::instance/{instance}", "account": names.MANAGEMENT},
        "permission_sets": sets,
        "assignments": [
            {
                "account": account,
                "permission_set": arns[name],
                "principal_type": "GROUP",
                "principal_id": groups[group],
            }
            for name, group, accounts in _ASSIGNMENTS
            for account in accounts
        ],
        "groups": [
            {"id": groups[group], "name": group, "members": [_person_id(person) for person in members]}
            for group, members in _PEOPLE.items()
        ],
        "people": [
            {
                "id": _person_id(person),
                "user_name": person,
                "display_name": person.replace(".", " ").title(),
                "email": f"{person}@tidewick.example",
            }
            for person in people
        ],
    }

"""Production: its users, most of them through groups, some with a story (told in docs/demo.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loader.demo.aws import Json, allow, deny, doc
from loader.demo.names import BUCKETS, OFFICE
from loader.demo.production_policies import PAYROLL, sessions_on

if TYPE_CHECKING:
    from loader.demo.describe import Account

NEW_FUNCTION = ["lambda:CreateFunction", "lambda:InvokeFunction"]

ENGINEERS = {
    "anders.holt": "booking",
    "chiara.bellini": "booking",
    "emma.thorsen": "timetable",
    "finn.osterman": "boarding",
    "idris.bello": "cargo",
    "lotte.meyer": "payroll",
    "lucas.brandao": "loyalty",
    "maja.kovac": "loyalty",
    "priya.nair": "pricing",
    "samir.azizi": "search",
    "theo.lambert": "website",
    "viktor.lund": "booking",
}


def members(account: Account) -> None:
    """People who hold what their group gives, and nothing else."""
    for name, team in ENGINEERS.items():
        account.user(name, ["engineers"], tags={"team": team, "employment": "staff"})
    for name in ("freya.moran", "hilde.aas", "mateo.ruiz", "oskar.lindh"):
        account.user(name, ["release-engineers"], tags={"team": "release", "employment": "staff"})
    by_group = {
        "dba": ["ayla.kaya", "gustav.reim"],
        "fleet-ops": ["ada.quist", "bruno.castell"],
        "data-analysts": ["anton.vaas", "ellen.rask", "milla.sand"],
        "payroll-team": ["birgit.stahl", "jana.novotna", "olu.adeyemi", "peer.holgersen"],
        "finance": ["claudia.ricci", "henk.devries"],
        "support": ["linus.berg", "tilda.eng"],
        "auditors": ["david.okafor", "ines.holm"],
        "helpdesk": ["marit.haugen"],
    }
    for group, people in by_group.items():
        for name in people:
            account.user(name, [group], tags={"team": group, "employment": "staff"})
    for name in ("ben.ashby", "cleo.marsh", "dana.pike", "eli.frost"):
        account.user(name, ["seasonal-crew"], path="/seasonal/", mfa=False, tags={"employment": "seasonal"})
    for name, keys in (("hanne.vik", 2), ("rafael.osei", 1)):
        account.user(name, ["administrators"], path="/admin/", keys=keys, tags={"team": "platform"})


def contractors(account: Account) -> None:
    """Contractors; joss.varga kept payroll access after moving from one project to another."""
    agency = {"employment": "contractor", "agency": "Saltline Studio"}
    account.user(
        "joss.varga",
        ["web-contractors", "payroll-migration"],
        inline={"payroll-export-2025": doc(allow("Export", "s3:GetObject", f"{BUCKETS}payroll/2025/*"))},
        tags={**agency, "project": "website"},
    )
    account.user(
        "tomas.reyl",
        ["web-contractors", "payroll-migration"],
        inline={"left-payroll-project": doc(deny("LeftPayrollProject", "s3:*", PAYROLL))},
        tags={**agency, "project": "website"},
    )
    account.user(
        "felix.arnaud",
        ["web-contractors"],
        inline={
            "onboarding": doc(allow("Own", "iam:AttachUserPolicy", account.arn("user", "${aws:username}")))
        },
        tags=agency,
    )
    account.user("rhea.lindgren", ["web-contractors"], tags=agency)


def machines(account: Account) -> None:
    """Users that are programs, and the sealed users for emergencies."""
    account.user(
        "onboarding-bot",
        inline={
            "attach-starter-policies": doc(allow("Attach", "iam:AttachUserPolicy", account.arn("user", "*")))
        },
        password=False,
        keys=1,
    )
    account.user(
        "legacy-backup",
        inline={
            "backup": doc(allow(None, "s3:*", f"{BUCKETS}${{aws:PrincipalTag/area}}/*"), version="2008-10-17")
        },
        tags={"area": "payroll"},
        password=False,
        keys=2,
    )
    account.user(
        "metrics-exporter",
        inline={"metrics": doc(allow(None, ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"]))},
        password=False,
        keys=1,
    )
    for name in ("break-glass-1", "break-glass-2"):
        use = doc(allow("BreakGlass", "sts:AssumeRole", account.arn("role", "BreakGlass")))
        account.user(name, inline={"break-glass": use}, path="/break-glass/")


def _one(account: Account, name: str, policy: str, *statements: Json, groups: tuple[str, ...] = ()) -> None:
    account.user(name, groups, inline={policy: doc(*statements)}, tags={"employment": "staff"})


def ways_up(account: Account) -> None:
    """People who can become administrator, knowingly or not."""
    role = account.arn("role", "")
    account.user("petra.lindqvist", ["dba"], ["DbaTools"], tags={"team": "dba"})
    account.user("wanda.kroll", [], ["ReportingAccess", "SelfService"], tags={"team": "reporting"})
    account.user("mira.solberg", ["engineers"], tags={"team": "booking", "oncall": "true"})
    sandbox = account.arn("role", "data-sandbox-*")
    tune = allow("TuneSandbox", "iam:PutRolePolicy", sandbox)
    _one(account, "kofi.adjei", "sandbox-owner", tune, groups=("data-analysts",))
    chain = allow("Ledger", "sts:AssumeRole", account.arn("role", "ledger-reader", "/chain/"))
    _one(account, "carla.mendes", "ledger", chain, groups=("data-analysts",))
    rewrite = allow("OpsTrust", "iam:UpdateAssumeRolePolicy", account.arn("role", "*", "/ops/"))
    _one(account, "lena.fischer", "ops-trust", rewrite)
    keys = allow("Rotate", ["iam:CreateAccessKey", "iam:ListAccessKeys"], account.arn("user", "*", "/admin/"))
    _one(account, "marlon.petit", "key-rotation-pilot", keys, groups=("helpdesk",))
    _one(account, "yusuf.demir", "team-lead", allow("Teams", "iam:AddUserToGroup", account.arn("group", "*")))
    account.user(
        "greta.novak",
        ["support"],
        inline={"bastion": doc(*sessions_on(account, "bastion"))},
        tags={"team": "support"},
    )
    function = f"arn:aws:lambda:eu-west-1:{account.id}:function:"
    ship = allow("Ship", ["lambda:UpdateFunctionCode", "lambda:InvokeFunction"], function + "booking-*")
    account.user("omar.haddad", ["engineers"], inline={"ship": doc(ship)}, tags={"team": "booking"})
    stack = f"arn:aws:cloudformation:eu-west-1:{account.id}:stack/"
    _one(
        account,
        "elif.aydin",
        "network",
        allow("Network", "cloudformation:UpdateStack", stack + "network-*/*"),
    )
    pass_task = allow(
        "PassTaskRoles",
        "iam:PassRole",
        account.arn("role", "*", "/task/"),
        {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    )
    tasks = allow("Tasks", ["ecs:RegisterTaskDefinition", "ecs:RunTask"])
    _one(account, "dario.conti", "batch-tasks", tasks, pass_task)
    own = account.arn("user", "dieter.kranz")
    office = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "IpAddress": {"aws:SourceIp": OFFICE}}
    _one(account, "dieter.kranz", "office-admin", allow("AtTheOffice", "iam:AttachUserPolicy", own, office))
    notebook = allow(
        "Notebooks",
        "sagemaker:CreatePresignedNotebookInstanceUrl",
        f"arn:aws:sagemaker:*:{account.id}:notebook-instance/*",
    )
    _one(account, "rosa.ibarra", "notebooks", notebook)
    account.user(
        "jonas.weil",
        [],
        ["AdministratorAccess"],
        boundary="SelfServiceBoundary",
        tags={"team": "website"},
    )
    # Looks like a release engineer, but the trust policy of deploy-runner asks for the tag.
    account.user("stefan.wolf", ["release-engineers"], tags={"team": "website"})
    _one(account, "hugo.laine", "migration", allow("Migrate", "sts:AssumeRole", role + "legacy-migration"))


def look_like_ways_up(account: Account) -> None:
    """People whose rights look dangerous and are not; docs/demo.md tells why."""
    role = account.arn("role", "")
    account.user("anneke.visser", [], ["TimetableTools", "ChangeFreeze"], tags={"team": "timetable"})
    own = doc(allow("Own", "iam:PutUserPolicy", account.arn("user", "selma.krause")))
    account.user(
        "selma.krause",
        ["engineers"],
        inline={"own": own},
        boundary="AppDeveloperBoundary",
        tags={"team": "booking"},
    )
    functions = allow("Functions", NEW_FUNCTION)
    to_rds = {"StringEquals": {"iam:PassedToService": "monitoring.rds.amazonaws.com"}}
    _one(
        account, "nils.berger", "monitoring", functions, allow("PassMonitoring", "iam:PassRole", "*", to_rds)
    )
    to_weak = allow("PassBasicRoles", "iam:PassRole", role + "fn-*")
    update = allow("Update", "lambda:UpdateFunctionCode", f"arn:aws:lambda:*:{account.id}:function:search-*")
    _one(account, "aisha.rahman", "functions", functions, to_weak, update)
    commander = account.arn("role", "incident-commander", "/ops/")
    run = allow("Run", "ec2:RunInstances")
    _one(account, "tariq.nasser", "drills", functions, run, allow("Pass", "iam:PassRole", commander))
    read_only = {
        "ArnEquals": {
            "iam:PolicyARN": [account.policy_arn("ReadOnlyAccess"), account.policy_arn("ViewOnlyAccess")]
        }
    }
    attach = allow("AttachReadOnly", "iam:AttachUserPolicy", account.arn("user", "*"), read_only)
    _one(account, "bea.tolhurst", "access-requests", attach)
    bake = allow("PassImageBaker", "iam:PassRole", role + "image-baker")
    _one(account, "sofie.dahl", "images", run, bake)
    licence = sessions_on(account, "licence-server")
    _one(account, "milan.horak", "licence-server", *licence, groups=("support",))
    reserved = [account.arn("role", "*", "/aws-reserved/"), account.arn("role", "*", "/aws-service-role/")]
    _one(account, "ronja.beck", "trusts", allow("Trusts", "iam:UpdateAssumeRolePolicy", reserved))
    _one(account, "pavel.sorin", "incidents", allow("Command", "sts:AssumeRole", commander))
    stack = f"arn:aws:cloudformation:eu-west-1:{account.id}:stack/website-*/*"
    _one(account, "bram.jansen", "website", allow("Website", "cloudformation:UpdateStack", stack))
    vendor = allow("Vendors", "sts:AssumeRole", role + "vendor-provisioner")
    _one(account, "sanne.dekker", "vendors", vendor)

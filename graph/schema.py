"""The graph's labels, relationship types and properties, declared once.

Constraints, the loader's writing, and `docs/schema.md` all come from the declarations in this file
(`python -m graph.schema > docs/schema.md` renders the page).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.connection import Database

SCHEMA_VERSION = 2

TEXT = "text"
NUMBER = "number"
FLAG = "true or false"
TEXTS = "list of text"
TIME = "text, ISO 8601 in UTC"
JSON = "text, JSON"


@dataclass(frozen=True)
class Property:
    """One property of a node or a relationship: its name, its type in words, and one line on what it says."""

    name: str
    type: str
    description: str


@dataclass(frozen=True)
class NodeType:
    """A kind of node. `labels[0]` is the label that carries the key and the uniqueness constraint.

    Further labels make it more special: `USER` has the labels `Principal` and `User`, keyed as `Principal`.
    `properties` holds everything but the key.
    """

    labels: tuple[str, ...]
    key: str
    description: str
    properties: tuple[Property, ...] = ()
    key_description: str = ""

    @property
    def label(self) -> str:
        """The label that carries the key."""
        return self.labels[0]

    @property
    def special(self) -> str:
        """The label that tells this kind from its siblings (`User` of `Principal:User`)."""
        return self.labels[-1]

    def also(self, label: str, description: str, *more: Property) -> NodeType:
        """The same kind of node with one label more, and perhaps with more properties."""
        return replace(
            self, labels=(*self.labels, label), description=description, properties=(*self.properties, *more)
        )


@dataclass(frozen=True)
class RelationshipType:
    """A kind of relationship. `ends` lists the (from, to) labels between which it may stand."""

    name: str
    ends: tuple[tuple[str, str], ...]
    description: str
    properties: tuple[Property, ...] = ()
    derived: bool = False


# ---------------------------------------------------------------- properties that several kinds share

_WARNINGS = Property("warnings", TEXTS, "What is wrong with it or could not be read, one sentence each")
_LINT = (
    Property("lint", TEXTS, "What does not do what it seems to, one sentence each, with its place"),
    Property("lint_rules", TEXTS, "The names of these warnings' rules, in the same order"),
    Property("lint_levels", TEXTS, "`error` or `note` of each of these warnings, in the same order"),
)
_ACCOUNT = Property(
    "account", TEXT, "The id of the account that it belongs to; loading that account replaces it"
)
_NAME = Property("name", TEXT, "Its name, without path")
_LOADED = Property(
    "loaded", FLAG, "False where something refers to it and its own account or text isn't loaded"
)
_ARN_PROPERTIES = (
    _NAME,
    _ACCOUNT,
    Property("path", TEXT, "Its IAM path, `/` by default"),
    Property("created", TIME, "When it was created"),
    Property("tag_keys", TEXTS, "The keys of its tags"),
    Property("tags", JSON, "Its tags, an object of key to value"),
    _LOADED,
    _WARNINGS,
)
_VERDICT = (
    Property("verdict", TEXT, "`allowed` or `depends`"),
    Property("conditions", TEXTS, "The request context it hangs on, one sentence each"),
    Property("needs", TEXTS, "What it needs and the data could not show"),
    Property("because", TEXTS, "The ids of the statements that make it"),
)

# ---------------------------------------------------------------- nodes

ORGANIZATION = NodeType(
    ("Organization",),
    "id",
    "An AWS organization",
    (
        Property("arn", TEXT, "Its ARN"),
        Property("management_account", TEXT, "The id of its management account"),
        Property("feature_set", TEXT, "`ALL` or `CONSOLIDATED_BILLING`"),
        _WARNINGS,
    ),
    "`o-…`",
)

ORGANIZATIONAL_UNIT = NodeType(
    ("OrganizationalUnit",),
    "id",
    "An organizational unit, or the root of an organization's tree",
    (
        Property("arn", TEXT, "Its ARN"),
        _NAME,
        Property("root", FLAG, "True for the root of the tree"),
        Property("org_path", TEXT, "Its path as `aws:PrincipalOrgPaths` writes it"),
        _WARNINGS,
    ),
    "`ou-…` or `r-…`",
)

ACCOUNT = NodeType(
    ("Account",),
    "id",
    "An AWS account",
    (
        Property("arn", TEXT, "The ARN of its root user, which also stands for the account"),
        _NAME,
        Property("alias", TEXT, "Its sign-in alias"),
        Property("email", TEXT, "The address of its root user"),
        Property("status", TEXT, "Its state in the organization: `ACTIVE`, `SUSPENDED`, …"),
        _LOADED,
        _WARNINGS,
    ),
    "Twelve digits",
)

PRINCIPAL = NodeType(
    ("Principal",),
    "arn",
    "Whoever can make a request",
    (
        Property(
            "type",
            TEXT,
            "`user`, `role`, `root`, `service`, `federated`, `account`, `anyone` or `administrator`",
        ),
        Property("unique_id", TEXT, "Its unique id (`AIDA…`, `AROA…`)"),
        *_ARN_PROPERTIES,
        Property(
            "distance_to_admin",
            NUMBER,
            "Hops of the best path to an administrator: fewest open points, then fewest hops; 0 for "
            "administrators, missing where none can be reached",
        ),
        Property("next_hop", TEXT, "The ARN of the next principal on that path"),
        Property("next_techniques", TEXTS, "The ids of the techniques of that path's first hop, in order"),
        Property("path_verdict", TEXT, "`allowed` or `depends`, of that path as a whole"),
        Property("admin", FLAG, "True where it may do every action on every resource of its account"),
    ),
    "Its ARN; a service's or a provider's name where it has none; `*` for anyone",
)
_CREDENTIALS = (
    Property("password_last_used", TIME, "When its password was last used"),
    Property("mfa", FLAG, "True where it has an MFA device; missing where that isn't known"),
    Property("access_keys", NUMBER, "How many active access keys it has; missing where that isn't known"),
    Property("console", FLAG, "True where it has a console password; missing where that isn't known"),
    Property(
        "access_key_slots",
        NUMBER,
        "How many access keys it has, inactive ones too; missing where that isn't known",
    ),
)
USER = PRINCIPAL.also("User", "An IAM user", *_CREDENTIALS)
ROLE = PRINCIPAL.also(
    "Role",
    "An IAM role",
    Property("service_linked", FLAG, "True for a role that AWS made for one of its services"),
    Property("max_session_duration", NUMBER, "Longest session, in seconds"),
    Property("last_used", TIME, "When it was last used"),
    Property("last_used_region", TEXT, "The region in which it was last used"),
)
ROOT = PRINCIPAL.also("Root", "The root user of an account", *_CREDENTIALS)
SERVICE = PRINCIPAL.also("Service", "An AWS service that a trust policy names, `lambda.amazonaws.com`")
FEDERATED = PRINCIPAL.also(
    "Federated", "An identity provider that a trust policy names (SAML, OIDC, web identity)"
)
EXTERNAL = PRINCIPAL.also("External", "A principal of an account that isn't loaded")
ANYONE = PRINCIPAL.also("Anyone", "Everyone, signed in or not: `*`")
ADMINISTRATOR = PRINCIPAL.also(
    "Administrator",
    "Full power over an account: where whoever makes itself administrator comes to; `administrator:ACCOUNT`",
)

GROUP = NodeType(("Group",), "arn", "A group of users; it is no principal", (
    Property("unique_id", TEXT, "Its unique id (`AGPA…`)"),
    *_ARN_PROPERTIES,
), "Its ARN")  # fmt: skip

INSTANCE_PROFILE = NodeType(("InstanceProfile",), "arn", "What hands a role to an EC2 instance", (
    Property("unique_id", TEXT, "Its unique id (`AIPA…`)"),
    *_ARN_PROPERTIES,
), "Its ARN")  # fmt: skip

POLICY = NodeType(
    ("Policy",),
    "id",
    "A policy document and where it comes from",
    (
        _NAME,
        Property("arn", TEXT, "Its ARN, where it has one"),
        _ACCOUNT,
        Property("kind", TEXT, "`managed`, `inline`, `trust`, `resource`, `scp` or `rcp`"),
        Property("path", TEXT, "Its IAM path, of a managed policy"),
        Property("description", TEXT, "Its description, of a managed policy"),
        Property("created", TIME, "When it was created"),
        Property("updated", TIME, "When it was last changed"),
        Property("tag_keys", TEXTS, "The keys of its tags"),
        Property("tags", JSON, "Its tags, an object of key to value"),
        Property("version", TEXT, "The policy language's version: `2012-10-17` or `2008-10-17`"),
        Property("version_id", TEXT, "The version that `document` holds, `v3`"),
        Property("default_version", TEXT, "The id of the version in force"),
        Property("document", JSON, "The document, as loaded"),
        Property("valid", FLAG, "False where AWS would refuse the document; it then grants nothing"),
        Property("managed_by_aws", FLAG, "True for a policy that AWS keeps"),
        _LOADED,
        _WARNINGS,
        *_LINT,
    ),
    "A managed policy's ARN; else its owner's ARN, a colon and its place: `OWNER-ARN:inline/NAME`, "
    "`ROLE-ARN:trust`, `RESOURCE-ARN:policy`",
)
MANAGED_POLICY = POLICY.also("Managed", "A managed policy, of the account or of AWS")
INLINE_POLICY = POLICY.also("Inline", "A policy that lives within a user, a group or a role")
TRUST_POLICY = POLICY.also("Trust", "The policy that says who may assume a role")
RESOURCE_POLICY = POLICY.also("ResourceBased", "A policy on a resource: a bucket, a key, a queue, …")
SERVICE_CONTROL_POLICY = POLICY.also("ServiceControl", "A service control policy (SCP)")
RESOURCE_CONTROL_POLICY = POLICY.also("ResourceControl", "A resource control policy (RCP)")

POLICY_VERSION = NodeType(
    ("PolicyVersion",),
    "id",
    "A version of a managed policy that is not in force",
    (
        Property("policy", TEXT, "The ARN of the policy"),
        Property("version_id", TEXT, "Its id, `v3`"),
        _ACCOUNT,
        Property("document", JSON, "The document, as loaded"),
        Property("default", FLAG, "True for the version in force"),
        Property("created", TIME, "When it was created"),
        _WARNINGS,
    ),
    "The policy's ARN, a colon, the version's id",
)

STATEMENT = NodeType(
    ("Statement",),
    "id",
    "One statement of a policy",
    (
        Property("index", NUMBER, "Its place in the policy, from 1"),
        Property("sid", TEXT, "Its Sid"),
        Property("effect", TEXT, "`Allow` or `Deny`"),
        _ACCOUNT,
        Property("actions", TEXTS, "`Action`, as written"),
        Property("not_actions", TEXTS, "`NotAction`, as written"),
        Property("resources", TEXTS, "`Resource`, as written"),
        Property("not_resources", TEXTS, "`NotResource`, as written"),
        Property("principals", JSON, "`Principal`"),
        Property("not_principals", JSON, "`NotPrincipal`"),
        Property("condition", JSON, "`Condition`"),
        Property("has_condition", FLAG, "True where it has a condition"),
        _WARNINGS,
        *_LINT,
    ),
    "The policy's id, `#`, its place from 1",
)

ACTION_PATTERN = NodeType(
    ("ActionPattern",),
    "pattern",
    "An action as statements write it, shared by all that do",
    (Property("wildcard", FLAG, "True where it holds `*` or `?`"),),
    "`s3:Get*`, in the case in which it was first met",
)

ACTION = NodeType(
    ("Action",),
    "name",
    "An action of the catalogue",
    (
        Property("service", TEXT, "Its prefix, `s3`"),
        Property("access_level", TEXT, "`List`, `Read`, `Write`, `Permissions management` or `Tagging`"),
        Property("description", TEXT, "What it does"),
    ),
    "`s3:GetObject`, in AWS's own case",
)

RESOURCE = NodeType(
    ("Resource",),
    "arn",
    "Something that actions work on",
    (
        Property("type", TEXT, "Its CloudFormation type, `AWS::S3::Bucket`"),
        *_ARN_PROPERTIES,
        Property("region", TEXT, "Its region"),
        Property("role", TEXT, "The ARN of the role it runs with"),
        Property("details", JSON, "What else is known of it"),
    ),
    "Its ARN",
)

LOAD = NodeType(
    ("Load",),
    "id",
    "The last load of one account",
    (
        _ACCOUNT,
        Property("when", TIME, "When it was loaded"),
        Property("source", TEXT, "The name of the file or folder it came from"),
        Property("counts", JSON, "How many of what, an object of name to number"),
        _WARNINGS,
        Property("missing", TEXTS, "What was not in the source and could change answers"),
        Property(
            "unread_services", TEXTS, "The services whose resources the collector was not allowed to list"
        ),
        Property("derivation", NUMBER, "The number of the rules by which its relationships were derived"),
    ),
    "The account's id",
)

CHANGE = NodeType(
    ("Change",),
    "id",
    "One load or removal of accounts, kept for the history; nothing else refers to it",
    (
        Property("when", TIME, "When it was done"),
        Property("what", TEXT, "`load` or `removal`"),
        Property("accounts", TEXTS, "The ids of the accounts that it wrote anew or took out"),
        Property("sources", TEXTS, "The names of the files and folders that were given"),
        Property("counts", JSON, "How many of what were loaded, an object of name to number"),
    ),
    "Its time and a random end",
)

MARK = NodeType(
    ("Mark",),
    "id",
    "What people hold a principal or a resource to be. It stands apart, without a relationship, so that loading "
    "an account again, or removing it, leaves it as it is: `MATCH (m:Mark), (p:Principal {arn: m.arn})`",
    (
        Property("kind", TEXT, "`owned`, `crown-jewel` or `accepted-risk`"),
        Property("arn", TEXT, "The ARN of what is marked, or `administrator:ACCOUNT`"),
        Property("note", TEXT, "Why, in the words of whoever marked it"),
        Property("by", TEXT, "Who marked it"),
        Property("when", TIME, "When it was marked"),
    ),
    "The kind, a space, the ARN",
)

META = NodeType(
    ("Meta",),
    "id",
    "What the database says of itself; there is one, and it is never written within a load's transaction",
    (
        Property(
            "sequence", NUMBER, "Odd while a load commits, even else; readers ask again when it changed"
        ),
        Property("loader", JSON, "The process that made the number odd: host, pid, started, at"),
        Property("catalogue_version", TEXT, "Version of the action catalogue that is written here"),
        Property("schema_version", NUMBER, "Version of these declarations"),
    ),
    "`atlas`",
)

NODE_TYPES: tuple[NodeType, ...] = (
    ORGANIZATION, ORGANIZATIONAL_UNIT, ACCOUNT,
    PRINCIPAL, USER, ROLE, ROOT, SERVICE, FEDERATED, EXTERNAL, ANYONE, ADMINISTRATOR,
    GROUP, INSTANCE_PROFILE,
    POLICY, MANAGED_POLICY, INLINE_POLICY, TRUST_POLICY, RESOURCE_POLICY,
    SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY, POLICY_VERSION,
    STATEMENT, ACTION_PATTERN, ACTION, RESOURCE, LOAD, CHANGE, MARK, META,
)  # fmt: skip

ADMIN_LABEL = "Admin"
"""Added to a principal that can do everything; it marks, it is no kind of its own."""

# ---------------------------------------------------------------- relationships

MEMBER_OF = RelationshipType("MEMBER_OF", (("User", "Group"),), "The user is in the group")
ATTACHED = RelationshipType(
    "ATTACHED",
    tuple(
        (owner, "Policy") for owner in ("User", "Group", "Role", "Resource", "Account", "OrganizationalUnit")
    ),
    "The policy bears on it",
    (Property("as", TEXT, "`permissions`, `boundary`, `trust`, `resource`, `scp` or `rcp`"),),
)
HAS_STATEMENT = RelationshipType(
    "HAS_STATEMENT", (("Policy", "Statement"),), "The policy holds the statement"
)
HAS_VERSION = RelationshipType(
    "HAS_VERSION", (("Policy", "PolicyVersion"),), "The policy has this version too; it isn't in force"
)
HAS_ACTION = RelationshipType(
    "HAS_ACTION", (("Statement", "ActionPattern"),), "It is in the statement's `Action`"
)
HAS_NOT_ACTION = RelationshipType(
    "HAS_NOT_ACTION", (("Statement", "ActionPattern"),), "It is in the statement's `NotAction`"
)
MATCHES = RelationshipType(
    "MATCHES", (("ActionPattern", "Action"),), "The wildcard, expanded once per pattern"
)
HAS_ROLE = RelationshipType(
    "HAS_ROLE", (("InstanceProfile", "Role"),), "The instance profile hands out the role"
)
TRUSTS = RelationshipType(
    "TRUSTS",
    (("Role", "Principal"), ("Role", "Account")),
    "The role's trust policy names it",
    (
        Property("conditions", JSON, "The statement's `Condition`"),
        Property("statement", TEXT, "The id of the statement"),
        Property("actions", TEXTS, "The actions it allows, as written"),
    ),
)
CAN_ASSUME = RelationshipType(
    "CAN_ASSUME",
    (("Principal", "Role"),),
    "It can assume the role: both sides evaluated",
    _VERDICT,
    derived=True,
)
CAN_ESCALATE = RelationshipType(
    "CAN_ESCALATE",
    (("Principal", "Principal"),),
    "It can gain the other's permissions; by more than assuming a role, which is CAN_ASSUME",
    (
        Property(
            "techniques",
            TEXTS,
            "The ids of the escalation techniques: one, or several where the first ones change a principal "
            "so that the next becomes possible",
        ),
        *_VERDICT,
    ),
    derived=True,
)
IN = RelationshipType(
    "IN",
    (
        *((label, "Account") for label in ("Principal", "Group", "InstanceProfile", "Policy", "Resource")),
        ("Account", "OrganizationalUnit"),
        ("OrganizationalUnit", "OrganizationalUnit"),
        ("OrganizationalUnit", "Organization"),
    ),
    "It belongs to it",
)

RELATIONSHIP_TYPES: tuple[RelationshipType, ...] = (
    MEMBER_OF, ATTACHED, HAS_STATEMENT, HAS_VERSION, HAS_ACTION, HAS_NOT_ACTION, MATCHES, HAS_ROLE,
    TRUSTS, CAN_ASSUME, CAN_ESCALATE, IN,
)  # fmt: skip


def key_types() -> tuple[NodeType, ...]:
    """The kinds of node that carry a key of their own, one per key label."""
    return tuple(node for node in NODE_TYPES if len(node.labels) == 1)


def constraints() -> list[str]:
    """One Cypher statement per key label; each makes a uniqueness constraint unless it is there already."""
    return [
        f"CREATE CONSTRAINT {node.label}_{node.key} IF NOT EXISTS FOR (n:{node.label}) "
        f"REQUIRE n.{node.key} IS UNIQUE"
        for node in key_types()
    ]


def ensure_schema(database: Database) -> None:
    """Make the constraints that are missing. Safe to repeat; raises `graph.connection.DatabaseUnavailable`.

    What the database already has is asked first: that is one query, where twenty constraints are twenty.
    """
    known = database.read("MATCH (m:Meta {id: 'atlas'}) RETURN m.schema_version AS version")
    if known and known[0]["version"] == SCHEMA_VERSION:
        return
    for statement in constraints():
        database.write(statement)
    database.write(
        "MERGE (m:Meta {id: 'atlas'}) SET m.schema_version = $version, m.sequence = coalesce(m.sequence, 0)",
        version=SCHEMA_VERSION,
    )


def schema_page() -> str:
    """The page `docs/schema.md`: a picture of the graph and one table per kind of node and relationship."""
    lines = [
        "# The graph",
        "",
        "Written by `python -m graph.schema > docs/schema.md` from the declarations in `graph/schema.py`;",
        "change those, not this page.",
        "",
        "Look nodes up by the label that carries the key: `MATCH (u:Principal {arn: $arn})`. The further",
        "labels narrow a search, but they carry no index of their own.",
        "",
        "```mermaid",
        "graph LR",
        *_picture(),
        "```",
        "",
        "## Nodes",
        "",
    ]
    for node in key_types():
        lines += _node_section(node)
    lines += ["## Relationships", ""]
    for relationship in RELATIONSHIP_TYPES:
        lines += _relationship_section(relationship)
    lines += [
        "## The label Admin",
        "",
        "`Admin` is added to a principal that can do every action on every resource of its account, not",
        "counting what service control policies take away.",
        "",
        "## Constraints",
        "",
        "```cypher",
        *(f"{statement};" for statement in constraints()),
        "```",
    ]
    return "\n".join(lines) + "\n"


def _picture() -> list[str]:
    """One arrow per pair of labels; a kind that inherits another's key is drawn as that one."""
    key_label = {node.special: node.label for node in NODE_TYPES}
    arrows: dict[str, None] = {}
    for relationship in RELATIONSHIP_TYPES:
        style = "-.->" if relationship.derived else "-->"
        for start, end in relationship.ends:
            arrows[f"    {key_label[start]} {style}|{relationship.name}| {key_label[end]}"] = None
    return list(arrows)


def _node_section(node: NodeType) -> list[str]:
    kinds = [one for one in NODE_TYPES if one.label == node.label and one is not node]
    lines = [
        f"### {node.label}",
        "",
        f"{node.description}. Key: `{node.key}` ({_lower(node.key_description)}).",
        "",
    ]
    if kinds:
        lines += ["| label | what it is |", "|---|---|"]
        lines += [f"| `{kind.special}` | {_cell(kind.description)} |" for kind in kinds]
        lines += [""]
    properties = list(node.properties)
    for kind in kinds:
        properties += [
            replace(one, description=f"{one.description} (`{kind.special}`)")
            for one in kind.properties
            if one not in node.properties
        ]
    return lines + _table(tuple(properties))


def _relationship_section(relationship: RelationshipType) -> list[str]:
    ends = ", ".join(f"`({start})` to `({end})`" for start, end in relationship.ends)
    derived = " Derived by the evaluator." if relationship.derived else ""
    return [
        f"### {relationship.name}",
        "",
        f"{ends}: {_lower(relationship.description)}.{derived}",
        "",
        *_table(relationship.properties),
    ]


def _table(properties: tuple[Property, ...]) -> list[str]:
    if not properties:
        return []
    rows = [f"| `{one.name}` | {one.type} | {_cell(one.description)} |" for one in properties]
    return ["| property | type | what it says |", "|---|---|---|", *rows, ""]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _lower(text: str) -> str:
    """A description within a sentence: its first letter small, unless its first word is a name."""
    return text if text.startswith(("IAM", "AWS")) else text[:1].lower() + text[1:]


if __name__ == "__main__":
    sys.stdout.write(schema_page())

"""One account's authorization details, as `aws iam get-account-authorization-details` prints them.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from graph.entities import inline_policy_id, trust_policy_id
from graph.entities_rows import version_order
from iam.arn import Arn, is_account_id, parse_arn
from iam.decision import Policy
from iam.document import PolicyKind
from iam.entities import Group, InstanceProfile, ManagedPolicy, PolicyVersion, Principal, PrincipalType
from loader.documents import ReadPolicy, parsed, read_policy
from loader.fields import MAXIMUM_NAME_BYTES, Fields
from loader.problems import BadInput, Report
from loader.texts import json_values, read_text, refuse_error_document, too_deep

LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
_WRAPPERS = ("GetAccountAuthorizationDetailsResponse", "GetAccountAuthorizationDetailsResult")
_CURE = "Give what `aws iam get-account-authorization-details` printed"

Entity = TypeVar("Entity", Principal, Group, ManagedPolicy)


@dataclass(slots=True)
class Details:
    """What files say of one account. `texts` maps ids of policies to their documents' texts, `memberships`
    ARNs of users to names of groups; `cut_off` is true where the last page says that more follow.
    """

    account: str = ""
    partition: str = "aws"
    principals: dict[str, Principal] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    policies: dict[str, ManagedPolicy] = field(default_factory=dict)
    profiles: dict[str, InstanceProfile] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    memberships: dict[str, list[str]] = field(default_factory=dict)
    cut_off: bool = False
    files: list[Path] = field(default_factory=list)

    def merge(self, other: Details, report: Report) -> None:
        """Take in what further files say of the same account. Raises `BadInput` for two that contradict."""
        self._merge(self.principals, other.principals, other, report)
        self._merge(self.groups, other.groups, other, report)
        self._merge(self.policies, other.policies, other, report)
        for profile in other.profiles.values():
            add_profile(self.profiles, profile)
        self.texts.update(other.texts)
        self.memberships.update(other.memberships)
        self.cut_off = self.cut_off and other.cut_off
        self.files += other.files

    def _merge(
        self, mine: dict[str, Entity], theirs: dict[str, Entity], other: Details, report: Report
    ) -> None:
        for arn in theirs.keys() & mine.keys():
            _same_or_refused(mine[arn], theirs[arn], self.texts, other.texts, other.files[0], "", report)
        mine.update(theirs)


def read_details(file: Path, expected_account: str, report: Report) -> Details:
    """Read a file of pages. `expected_account` is the folder's name where that is an account id, else empty.

    Raises `BadInput`, among others where entities of two accounts stand in the file.
    """
    reader = _Reader(file, report)
    pages = 0
    try:
        for page in _pages(file):
            pages += 1
            reader.page(page)
    except RecursionError:
        raise too_deep(file) from None
    details = reader.details
    if not details.account:
        if not expected_account:
            raise BadInput(
                file, "", "it holds no user, group, role or policy of an account, so no account id",
                "Export it again, with credentials that may call iam:GetAccountAuthorizationDetails",
            )  # fmt: skip
        details.account = expected_account
    if expected_account and details.account != expected_account:
        raise BadInput(
            file, "", f"holds account {details.account}, but lies in the folder of {expected_account}",
            "Put it into the folder of its account",
        )  # fmt: skip
    details.cut_off = reader.more
    return details


def _pages(file: Path) -> Iterator[Fields]:
    several = False
    for number, value in enumerate(json_values(file, read_text(file)), 1):
        several = several or number > 1
        listed = value if isinstance(value, list) else [value]
        if isinstance(value, list) and not value:
            raise BadInput(file, "", "an empty list, no export", _CURE)
        for index, each in enumerate(listed, 1):
            place = f"page {number}" if several else ""
            if isinstance(value, list):
                place = f"[{index}]"
            yield _page(file, place, each)


def _page(file: Path, place: str, value: object) -> Fields:
    found = value
    for name in _WRAPPERS:
        if isinstance(found, dict) and name in found:
            found = found[name]
    page = Fields.of(file, place, found)
    refuse_error_document(file, dict(page.value))
    if not any(name in page.value for name in LISTS):
        names = ", ".join(sorted(page.value)[:5]) or "nothing"
        raise BadInput(file, place, f"no export: it has none of {', '.join(LISTS)}, but {names}", _CURE)
    return page


class _Reader:
    """Reads the pages of one file."""

    def __init__(self, file: Path, report: Report) -> None:
        self.file = file
        self.report = report
        self.details = Details(files=[file])
        self.more = False

    def page(self, page: Fields) -> None:
        self.more = page.flag("IsTruncated")
        for each in page.consumed("UserDetailList"):
            self.user(each)
        for each in page.consumed("GroupDetailList"):
            self.group(each)
        for each in page.consumed("RoleDetailList"):
            self.role(each)
        for each in page.consumed("Policies"):
            self.policy(each)

    # entities

    def user(self, raw: Fields) -> None:
        arn = self.arn(raw, "user")
        warnings: list[str] = []
        inline, texts = self.inline(raw, "UserPolicyList", arn, warnings)
        user = Principal(
            arn=arn,
            type=PrincipalType.USER,
            name=raw.key("UserName", MAXIMUM_NAME_BYTES),
            account=self.details.account,
            path=raw.text("Path", "/"),
            unique_id=raw.text("UserId"),
            created=raw.text("CreateDate"),
            tags=raw.tags("Tags"),
            inline=inline,
            attached=self.attached(raw),
            boundary=self.boundary(raw),
            warnings=warnings,
        )
        last_used = raw.text("PasswordLastUsed")
        if last_used:
            user.details = {"password_last_used": last_used}
        if self.add(self.details.principals, arn, user, texts, raw):
            self.details.memberships[arn] = raw.texts("GroupList")

    def group(self, raw: Fields) -> None:
        arn = self.arn(raw, "group")
        warnings: list[str] = []
        inline, texts = self.inline(raw, "GroupPolicyList", arn, warnings)
        group = Group(
            arn=arn,
            name=raw.key("GroupName", MAXIMUM_NAME_BYTES),
            account=self.details.account,
            path=raw.text("Path", "/"),
            unique_id=raw.text("GroupId"),
            created=raw.text("CreateDate"),
            inline=inline,
            attached=self.attached(raw),
            warnings=warnings,
        )
        self.add(self.details.groups, arn, group, texts, raw)

    def role(self, raw: Fields) -> None:
        arn = self.arn(raw, "role")
        name = raw.key("RoleName", MAXIMUM_NAME_BYTES)
        warnings: list[str] = []
        inline, texts = self.inline(raw, "RolePolicyList", arn, warnings)
        trust: Policy | None = None
        if raw.value.get("AssumeRolePolicyDocument") is None:
            warnings.append(self.report.warn(arn, "has no trust policy in the export"))
        else:
            document = raw.value["AssumeRolePolicyDocument"]
            read = read_policy(document, trust_policy_id(arn), name, PolicyKind.TRUST)
            trust = self.note(read, "trust policy", arn, texts, warnings)
        role = Principal(
            arn=arn,
            type=PrincipalType.ROLE,
            name=name,
            account=self.details.account,
            path=raw.text("Path", "/"),
            unique_id=raw.text("RoleId"),
            created=raw.text("CreateDate"),
            tags=raw.tags("Tags"),
            inline=inline,
            attached=self.attached(raw),
            boundary=self.boundary(raw),
            trust=trust,
            details=_role_details(raw),
            warnings=warnings,
        )
        self.add(self.details.principals, arn, role, texts, raw)
        for each in raw.objects("InstanceProfileList"):
            self.profile(each, arn)

    def profile(self, raw: Fields, role: str) -> None:
        arn = self.arn(raw, "instance-profile")
        roles = {role, *(each.key("Arn") for each in raw.objects("Roles"))}
        profile = InstanceProfile(
            arn=arn,
            name=raw.key("InstanceProfileName", MAXIMUM_NAME_BYTES),
            account=self.details.account,
            roles=tuple(sorted(roles)),
            path=raw.text("Path", "/"),
        )
        add_profile(self.details.profiles, profile)

    def policy(self, raw: Fields) -> None:
        arn = raw.key("Arn")
        managed_by_aws = self.owner(raw, "policy", arn).account == "aws"
        name = raw.key("PolicyName", MAXIMUM_NAME_BYTES)
        default = raw.text("DefaultVersionId")
        versions = []
        for each in raw.objects("PolicyVersionList"):
            version = each.key("VersionId", 64)
            in_force = version == default if default else each.flag("IsDefaultVersion")
            versions.append(
                PolicyVersion(
                    version_id=version,
                    default=in_force,
                    created=each.text("CreateDate"),
                    raw=parsed(each.value.get("Document")),
                )
            )
        documents = [version.raw for version in versions if version.default]
        if len(documents) != 1:
            self.report.warn(
                arn, f"has {len(documents)} default versions in the export: its text is not known"
            )
            return
        warnings: list[str] = []
        texts: dict[str, str] = {}
        read = read_policy(documents[0], arn, name, PolicyKind.IDENTITY)
        policy = ManagedPolicy(
            policy=self.note(read, "policy", arn, texts, warnings),
            account="" if managed_by_aws else self.details.account,
            path=raw.text("Path", "/"),
            created=raw.text("CreateDate"),
            versions=tuple(sorted(versions, key=version_order)),
            managed_by_aws=managed_by_aws,
        )
        self.add(self.details.policies, arn, policy, texts, raw)

    # their parts

    def inline(
        self, raw: Fields, name: str, owner: str, warnings: list[str]
    ) -> tuple[tuple[Policy, ...], dict[str, str]]:
        texts: dict[str, str] = {}
        found: dict[str, Policy] = {}
        for each in raw.objects(name):
            called = each.key("PolicyName", MAXIMUM_NAME_BYTES)
            policy_id = inline_policy_id(owner, called)
            if policy_id in found:
                raise each.wrong("PolicyName", f"a second inline policy {called!r} of {owner}")
            read = read_policy(each.value.get("PolicyDocument"), policy_id, called, PolicyKind.IDENTITY)
            found[policy_id] = self.note(read, f"inline policy {called}", owner, texts, warnings)
        return tuple(found[policy_id] for policy_id in sorted(found)), texts

    def note(
        self, read: ReadPolicy, what: str, owner: str, texts: dict[str, str], warnings: list[str]
    ) -> Policy:
        """Keep a policy's text; mark the owner of one that grants nothing because it is broken."""
        texts[read.policy.id] = read.text
        if read.problem:
            marked = self.report.warn(owner, f"{what} is no valid policy and grants nothing: {read.problem}")
            warnings.append(marked)
        return read.policy

    def attached(self, raw: Fields) -> tuple[str, ...]:
        found = {each.key("PolicyArn") for each in raw.objects("AttachedManagedPolicies")}
        return tuple(sorted(found))

    def boundary(self, raw: Fields) -> str:
        boundary = raw.within("PermissionsBoundary")
        return boundary.key("PermissionsBoundaryArn") if boundary else ""

    def arn(self, raw: Fields, kind: str) -> str:
        text = raw.key("Arn")
        self.owner(raw, kind, text)
        return text

    def owner(self, raw: Fields, kind: str, text: str) -> Arn:
        """The parts of an entity's ARN, of the file's one account."""
        arn = parse_arn(text)
        if arn is None or arn.service != "iam" or not arn.resource.startswith(f"{kind}/"):
            raise raw.wrong("Arn", f"{text!r} is no ARN of a {kind.replace('-', ' ')}")
        if kind == "policy" and arn.account == "aws":
            return arn
        if not is_account_id(arn.account):
            raise raw.wrong("Arn", f"{text!r} holds no account id of twelve digits")
        if not self.details.account:
            self.details.account, self.details.partition = arn.account, arn.partition
        elif arn.account != self.details.account:
            raise raw.wrong(
                "Arn", f"the file mixes accounts {self.details.account} and {arn.account}",
                "Give one file for each account",
            )  # fmt: skip
        return arn

    def add(
        self, known: dict[str, Entity], arn: str, entity: Entity, texts: dict[str, str], raw: Fields
    ) -> bool:
        """Keep an entity; False where it has been there already, just the same."""
        if arn in known:
            _same_or_refused(known[arn], entity, self.details.texts, texts, self.file, raw.place, self.report)
            return False
        known[arn] = entity
        self.details.texts.update(texts)
        return True


def add_profile(known: dict[str, InstanceProfile], profile: InstanceProfile) -> None:
    """Keep an instance profile; it stands under every role that it hands out."""
    before = known.get(profile.arn)
    if before is not None:
        profile.roles = tuple(sorted({*before.roles, *profile.roles}))
    known[profile.arn] = profile


def _role_details(raw: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {}
    longest = raw.number("MaxSessionDuration")
    if longest is not None:
        found["max_session_duration"] = longest
    used = raw.within("RoleLastUsed")
    if used:
        for name, field_name in (("last_used", "LastUsedDate"), ("last_used_region", "Region")):
            if used.text(field_name):
                found[name] = used.text(field_name)
    return found


def _same_or_refused(
    known: Principal | Group | ManagedPolicy,
    other: Principal | Group | ManagedPolicy,
    texts: dict[str, str],
    other_texts: dict[str, str],
    file: Path,
    place: str,
    report: Report,
) -> None:
    """An entity may come twice when it is the same both times; else nobody knows which one holds."""
    if type(known) is not type(other) or _plain(known, texts) != _plain(other, other_texts):
        raise BadInput(
            file, place, f"{known.arn} stands there twice and differs", "Keep the newer one of the two"
        )
    report.warn(known.arn, "stands in the input twice, the same both times")


def _plain(entity: Principal | Group | ManagedPolicy, texts: dict[str, str]) -> list[object]:
    found: list[object] = []
    for each in fields(entity):
        value = getattr(entity, each.name)
        if isinstance(value, Policy):
            value = texts[value.id]
        elif each.name == "inline":
            value = [texts[policy.id] for policy in value]
        if each.name not in ("warnings", "groups", "details"):
            found.append(value)
    return found

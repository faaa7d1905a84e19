"""What a technique of escalation is: the rights it takes, what must hold besides, and what it gains.

A technique says what AWS lets happen, never who can do it: that the evaluator decides, right by right, on
the real targets of an account. All that a decision hangs on stands in typed fields; the texts are for people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Category(StrEnum):
    """The kinds of techniques, by what the attacker starts from."""

    SELF_ESCALATION = "self-escalation"
    PRINCIPAL_ACCESS = "principal-access"
    NEW_PASSROLE = "new-passrole"
    EXISTING_PASSROLE = "existing-passrole"
    RESOURCE_POLICY = "resource-policy"
    GUARDRAIL_REMOVAL = "guardrail-removal"


class On(StrEnum):
    """What a right must be allowed on.

    TARGET_ROLE and TARGET_USER are the principal whose power is gained; OWN_ROLE, OWN_USER and OWN_GROUP are
    the caller, or a group that it is in; TARGET_GROUP is a group that it is not in. EXISTING_RESOURCE is a
    resource of the right's `type`. NEW_RESOURCE_OR_ANY is one that the attacker makes or picks: one ARN on
    which the right is allowed is enough. ANY is the same for what the technique uses but does not make: some
    other role, or an action that takes no resource. Where AWS authorises an action on several resources (the
    catalogue's `required` types), the right names the one that matters, and the attacker picks the others.
    """

    TARGET_ROLE = "target_role"
    OWN_ROLE = "own_role"
    TARGET_USER = "target_user"
    OWN_USER = "own_user"
    OWN_GROUP = "own_group"
    TARGET_GROUP = "target_group"
    POLICY_ATTACHED_TO_CALLER = "policy_attached_to_caller"
    POLICY_ATTACHED_TO_TARGET_ROLE = "policy_attached_to_target_role"
    PERMISSION_SET = "permission_set"
    EXISTING_RESOURCE = "existing_resource"
    NEW_RESOURCE_OR_ANY = "new_resource_or_any"
    ANY = "any"


class Gain(StrEnum):
    """Whose power the attacker ends up with, which is what remains to be computed."""

    ROLE_PASSED_TO_SERVICE = "role_passed_to_service"
    ROLE_OF_EXISTING_WORKLOAD = "role_of_existing_workload"
    CREDENTIALS_OF_OTHER_PRINCIPAL = "credentials_of_other_principal"
    SELF_POLICY_CHANGE = "self_policy_change"
    GUARDRAIL_REMOVED = "guardrail_removed"
    DATA_OR_SECRET_ACCESS = "data_or_secret_access"  # noqa: S105 - no password


class Effect(StrEnum):
    """What exactly follows, so that nothing has to be read out of a technique's name."""

    BECOMES_ADMINISTRATOR = "becomes_administrator"
    GAINS_GROUP_RIGHTS = "gains_group_rights"
    GAINS_POLICY_VERSION_RIGHTS = "gains_policy_version_rights"
    GAINS_PERMISSION_SET_RIGHTS = "gains_permission_set_rights"
    ACTS_AS_ROLE = "acts_as_role"
    ACTS_AS_USER = "acts_as_user"
    CALLS_AS_ROLE = "calls_as_role"
    CALLS_AS_EXECUTION_ROLE = "calls_as_execution_role"
    USES_USER_FOR = "uses_user_for"
    REMOVES_BOUNDARY = "removes_boundary"
    LOOSENS_BOUNDARY = "loosens_boundary"
    REMOVES_DENY = "removes_deny"
    REMOVES_SCP = "removes_scp"
    PASSES_MFA_CONDITION = "passes_mfa_condition"
    WEAKENS_PROTECTION = "weakens_protection"
    READS_SECRETS = "reads_secrets"
    READS_DATA = "reads_data"
    OPENS_RESOURCE = "opens_resource"
    INTERCEPTS_CALLS = "intercepts_calls"
    KEEPS_ACCESS = "keeps_access"

    @property
    def meaning(self) -> str:
        """One sentence that says what to compute."""
        return _EFFECTS[self]


_EFFECTS = {
    Effect.BECOMES_ADMINISTRATOR: (
        "The subject is given every permission, as far as its permissions boundary and the SCPs reach; "
        "the attacker is the subject, or acts as it."
    ),
    Effect.GAINS_GROUP_RIGHTS: "The caller holds the target group's policies beside its own.",
    Effect.GAINS_POLICY_VERSION_RIGHTS: (
        "One of the caller's policies says what an older version of it said, in place of its default version."
    ),
    Effect.GAINS_PERMISSION_SET_RIGHTS: (
        "The attacker signs in with a permission set, as the role that Identity Center makes of it."
    ),
    Effect.ACTS_AS_ROLE: "The attacker runs code as the target role or holds its temporary credentials.",
    Effect.ACTS_AS_USER: "The attacker signs in or calls as the target user.",
    Effect.CALLS_AS_ROLE: (
        "A service makes calls of the attacker's choice as the target role, whose credentials the attacker "
        "never holds."
    ),
    Effect.CALLS_AS_EXECUTION_ROLE: (
        "CloudFormation makes calls of the attacker's choice as the execution role that the target, an "
        "administration role, may assume."
    ),
    Effect.USES_USER_FOR: "The attacker calls as the target user, but only some actions.",
    Effect.REMOVES_BOUNDARY: "The subject's permissions are no longer cut by its permissions boundary.",
    Effect.LOOSENS_BOUNDARY: "The subject's boundary becomes a policy that the attacker picks.",
    Effect.REMOVES_DENY: "The Deny statements of the policy that is taken away no longer bind the subject.",
    Effect.REMOVES_SCP: "Service control policies no longer bind the account, or bind it less.",
    Effect.PASSES_MFA_CONDITION: "The caller's own calls meet conditions on `aws:MultiFactorAuthPresent`.",
    Effect.WEAKENS_PROTECTION: "No permission is gained; a protection against another attack is gone.",
    Effect.READS_SECRETS: "Secrets are read; whose they are, the data does not show.",
    Effect.READS_DATA: "Data is read or changed past the policies that guard it.",
    Effect.OPENS_RESOURCE: "The resource's own policy lets in whoever the attacker names.",
    Effect.INTERCEPTS_CALLS: "Calls of other principals pass through a host of the attacker's.",
    Effect.KEEPS_ACCESS: "No permission is gained; access outlasts a clean-up.",
}


class Subject(StrEnum):
    """Whose permissions are used or changed, and so whose permissions boundary caps what is gained."""

    CALLER = "caller"
    TARGET = "target"
    NEW = "new"
    NONE = "none"


class Status(StrEnum):
    """Whether AWS still offers what the technique uses."""

    ACTIVE = "active"
    CLOSED_TO_NEW_CUSTOMERS = "closed_to_new_customers"
    RETIRED = "retired"


CONTEXT_PLACEHOLDERS: Mapping[str, str] = MappingProxyType(
    {
        "{admin_policy}": "a managed policy that the attacker picks, `AdministratorAccess` or one as strong",
        "{caller}": "the ARN of the principal that makes the call",
        "{chosen}": "a text that the attacker picks freely",
        "{chosen_boundary}": "a managed policy that the attacker picks as the permissions boundary, or none",
        "{cluster}": "the ARN of the ECS cluster that the resource is in, or of one that exists",
        "{current_boundary}": "the boundary that the user or role named has now; absent when it has none",
        "{instance_profile}": "the ARN of an instance profile that holds the target role",
        "{policy}": "the ARN of the policy that is taken away",
        "{resource}": "the ARN of the resource that the technique makes, changes or uses",
        "{target_role}": "the ARN of the target role",
    }
)
"""The placeholders that stand for values in `Right.context`, in braces, and what is put in their place."""

SENTENCE_PLACEHOLDERS = frozenset({"source", "target", "resource", "service", "policy", "group"})
"""The names that may stand in braces in `Technique.sentence`."""


@dataclass(frozen=True, slots=True)
class Right:
    """An action that must be allowed, and on what.

    `any_of` are actions of which one does in place of `action`, on the same thing. `type` is the
    CloudFormation type of the resource in question when `on` is EXISTING_RESOURCE, or NEW_RESOURCE_OR_ANY
    where an existing one does too. `arns` narrows what the action must be allowed on, where it is not that
    resource's own ARN: patterns of which one does (`{resource}` in them is the resource's ARN, `{account}` the
    caller's account; rights with the same ones are about one thing). `each_of` are patterns of the kinds of
    resource that AWS authorises the action on all at once, each of which must have one on which it is allowed
    (`{account}` is the caller's).

    `passed_to` is the service principal a role is passed to, with `on` ANY a role that only helps (any role
    that trusts the service). `or_passed_to` are other names that `iam:PassedToService` might have for the call:
    a condition that only they meet can't be decided. `inferred` says that AWS documents no value at all, so that
    neither can a condition that `passed_to` meets. `passed_for` are the services, as ARNs
    name them, whose resource the role is passed for.

    `context` is what the request carries because of the step itself: condition keys with values, of which
    `CONTEXT_PLACEHOLDERS` stand for what is known only of a real account, and an empty one says that the key is
    absent; those of `any_of` carry the keys that they know of. What else the caller may write into
    the request (names, tags, sizes) it chooses as it likes. `unsigned` marks calls that no AWS principal
    signs: only the target's trust policy decides.
    """

    action: str
    on: On
    any_of: tuple[str, ...] = ()
    type: str = ""
    arns: tuple[str, ...] = ()
    each_of: tuple[str, ...] = ()
    passed_to: str = ""
    or_passed_to: tuple[str, ...] = ()
    inferred: bool = False
    passed_for: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    unsigned: bool = False
    note: str = ""

    @property
    def actions(self) -> tuple[str, ...]:
        """The action and those that do in its place."""
        return (self.action, *self.any_of)


_NO_PARAMETERS = ("fact", "data", "or_rights")


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """A fact that must hold besides the rights. `iam.techniques.FACTS` says what each means.

    `data` names the source that decides it (`iam.techniques.SOURCES`; `none`: nothing that can be loaded).
    The other fields are the fact's parameters; `type` is the CloudFormation type of `resource`. `or_rights`
    are actions that, all allowed together on what the fact speaks of, let the caller bring it about itself,
    so that it need not hold beforehand.
    """

    fact: str
    data: str
    service: str = ""
    services: tuple[str, ...] = ()
    resource: str = ""
    type: str = ""
    state: str = ""
    platform: str = ""
    exec_enabled: bool | None = None
    batch_config: bool | None = None
    provider: str = ""
    who: str = ""
    where: str = ""
    removed_by: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    kind: str = ""
    kinds: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    op: str = ""
    value: int | None = None
    present: bool | None = None
    port: int | None = None
    patterns: tuple[str, ...] = ()
    or_rights: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters that are given, by name."""
        names = [name for name in self.__dataclass_fields__ if name not in _NO_PARAMETERS]
        empty: tuple[object, ...] = ("", (), None)
        values = {name: getattr(self, name) for name in names}
        return {name: v for name, v in values.items() if v not in empty and v != {}}


@dataclass(frozen=True, slots=True)
class Technique:
    """A way in which a principal gains power.

    `needs` are the sources of data that decide it, `existing` the CloudFormation types of workloads and other
    things that must exist. `limited_to` are the only actions gained, where it is not all that the target may
    do. `optional` are actions that help and are not needed. `sentence` is read out with its placeholders
    filled in; `how`, `prevention` and `detection` are texts, `events` the CloudTrail events
    (`service:EventName`), `commands` lab commands with placeholders in angle brackets. A technique with
    `left_out` is known and not looked for, for the reason it gives.
    """

    id: str
    name: str
    category: Category
    services: tuple[str, ...]
    rights: tuple[Right, ...]
    prerequisites: tuple[Prerequisite, ...]
    gain: Gain
    effect: Effect
    subject: Subject
    needs: tuple[str, ...]
    sentence: str
    how: str
    prevention: str
    detection: str
    events: tuple[str, ...]
    commands: tuple[str, ...]
    references: tuple[str, ...]
    existing: tuple[str, ...] = ()
    limited_to: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    variant_of: str = ""
    status: Status = Status.ACTIVE
    status_since: str = ""
    left_out: str = ""

    @property
    def looked_for(self) -> bool:
        """Whether it is to be decided; not when it is left out."""
        return not self.left_out

"""Accounts drawn from a seed, with ways up planted in them and decoys that look like them.

A way is a chain of up to four hops. Each hop says what its target must be like and what the one before it must
be allowed; a decoy is a single hop to an administrator with one thing wrong. Every principal has a number in
its name that no other has, so that patterns in policies mean just the one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from iam import catalogue
from tests.iam.escalation.accounts import (
    ADMINISTRATOR_ACCESS,
    EVERYTHING,
    HOME,
    OTHER,
    READ_ONLY,
    REGION,
    Built,
    Json,
    allow,
    deny,
    trusts,
)

_WORDS = ("build", "Data", "night.ly", "report+er", "web_app", "x=y", "Ops", "audit", "cache", "ledger")
_PATHS = ("/", "/", "/team/", "/Team/a/b/", "/z/")
_NEVER = {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


@dataclass
class Being:
    """A principal that is to be made: what it holds, and what others may do to it."""

    arn: str
    name: str
    path: str
    user: bool
    account: str
    rights: list[tuple[str, str]] = field(default_factory=list)
    statements: list[Json] = field(default_factory=list)
    denies: list[Json] = field(default_factory=list)
    trust: list[Json] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    attached: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    boundary: str = ""
    plain: bool = False
    details: Json = field(
        default_factory=lambda: {"console": True, "mfa": True, "access_keys": 1, "access_key_slots": 1}
    )


@dataclass
class Planted:
    """An account with what must be found in it: the verdict of each source that gets up, by ARN."""

    built: Built
    ways: dict[str, str] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hop:
    """One kind of step: the type of its target, whether it hangs on something, how it is laid out.

    `helpful` actions make it certain and are not needed; `flaws` are those of this kind alone.
    """

    name: str
    user: bool
    lay: Callable[[Garden, Being, Being], None]
    open: bool = False
    helpful: tuple[str, ...] = ()
    flaws: Sequence[tuple[str, Flaw]] = ()


@dataclass(frozen=True)
class End:
    """A last step, by which a principal makes itself administrator. `user` is None where either kind can."""

    name: str
    user: bool | None
    lay: Callable[[Garden, Being], None]
    open: bool = False


class Garden:
    """Plants one account."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - drawn again from the same seed
        self.built = Built(home=HOME)
        self.built.account()
        self.planted = Planted(self.built)
        self.number = 0
        self.built.aws_policy(ADMINISTRATOR_ACCESS, EVERYTHING)
        self.built.aws_policy(READ_ONLY, allow(["s3:Get*", "s3:List*", "iam:Get*", "iam:List*"]))

    # principals

    def being(self, *, user: bool, account: str = "") -> Being:
        """A principal of a name of its own, yet to be made."""
        account = account or HOME
        self.number += 1
        name = f"{self.random.choice(_WORDS)}-{self.number:03d}"
        path = self.random.choice(_PATHS)
        kind = "user" if user else "role"
        return Being(f"arn:aws:iam::{account}:{kind}{path}{name}", name, path, user, account)

    def make(self, being: Being) -> None:
        """Build a principal, its rights spread over policies of every kind."""
        statements = [*self.dressed(being), *being.statements]
        self.random.shuffle(statements)
        inline: list[Json] = []
        for statement in statements:
            inline += self.put(being, statement)
        for statement in being.denies:
            inline += self.put(being, statement)
        if self.random.random() < 0.5:
            inline.append(allow("s3:GetObject", f"arn:aws:s3:::{self.number}/*"))
        common: Json = {
            "account": being.account, "path": being.path, "tags": being.tags, "boundary": being.boundary,
            "attached": tuple(being.attached),
        }  # fmt: skip
        if being.user:
            self.built.user(being.name, *inline, details=being.details, groups=tuple(being.groups), **common)
        else:
            self.built.role(being.name, *inline, trust=being.trust, **common)

    def put(self, being: Being, statement: Json) -> list[Json]:
        """Put a statement where the principal holds it; what is returned goes inline."""
        where = self.random.randrange(4)
        self.number += 1
        if where == 0:
            being.attached.append(
                self.built.policy(f"held-{self.number}", statement, account=being.account, path="/p/")
            )
            return []
        if where == 1 and being.user:
            attached: tuple[str, ...] = ()
            if self.random.random() < 0.5:
                attached = (self.built.policy(f"held-{self.number}", statement, account=being.account),)
            own = () if attached else (statement,)
            group = self.built.group(f"group-{self.number}", *own, account=being.account, attached=attached)
            being.groups.append(group)
            return []
        return [statement]

    # rights in disguise

    def dressed(self, being: Being) -> list[Json]:
        """The principal's rights as statements, written in every way that says the same."""
        made = []
        for action, resource in being.rights:
            made += self.disguised(being, action, resource)
        return made

    def disguised(self, being: Being, action: str, resource: str) -> list[Json]:
        """One right as one or more statements."""
        draw = self.random.random()
        narrow = self.narrowed(resource)
        if draw < 0.15 and resource != "*":
            return [allow(self.spelled(action)), deny(action, None, NotResource=resource)]
        if draw < 0.25 and resource != "*" and ":iam:" not in resource and not being.plain:
            return [allow(None, narrow, NotAction=["s3:*", "ec2:Describe*"])]
        if draw < 0.4:
            key = self.random.choice(["aws:PrincipalTag/Team", "aws:principaltag/Team"])
            being.tags.setdefault("Team", self.random.choice(["blue", "red"]))
            block: Json = {"StringEquals": {key: [being.tags["Team"], "none"]}}
            return [allow(self.spelled(action), narrow, block)]
        if draw < 0.5:
            return [allow([self.spelled(action), "s3:ListAllMyBuckets"], narrow)]
        if draw < 0.6:
            block = {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
            return [allow(self.spelled(action), [narrow, "arn:aws:s3:::nothing"], block)]
        return [allow(self.spelled(action), narrow)]

    def narrowed(self, resource: str) -> str:
        """A pattern that means the one resource, since no other has its number."""
        draw = self.random.random()
        if resource == "*" or draw < 0.4 or "-" not in resource:
            return resource
        head, _, number = resource.rpartition("-")
        if not number.isdigit():
            return resource
        if draw < 0.6:
            return f"{head[:-1]}?-{number}"
        if draw < 0.8:
            return f"{head[: head.rfind(':') + 6]}*-{number}"
        return f"{head[:-2]}*{head[-1]}-{number}"

    def spelled(self, action: str) -> str:
        """The action in another case, or with a wildcard that means only it."""
        draw = self.random.random()
        if draw < 0.3:
            return action.swapcase() if draw < 0.15 else action.lower()
        if draw < 0.5:
            at = self.random.randrange(action.index(":") + 2, len(action))
            pattern = f"{action[:at]}?{action[at + 1 :]}"
            return pattern if list(catalogue.expand(pattern)) == [action] else action
        return action

    # resources

    def arn(self, service: str, kind: str) -> str:
        """The ARN of a new resource, with a number of its own."""
        self.number += 1
        return f"arn:aws:{service}:{REGION}:{HOME}:{kind}own-{self.number:03d}"

    # ways and decoys

    def way(self, length: int) -> None:
        """Plant a chain: everyone on it gets up."""
        random = self.random
        ends = random.random() < 0.5
        hops = [random.choice(HOPS) for _ in range(length - 1)]
        kinds = [hop.user for hop in hops]
        last: Hop | End = random.choice(HOPS + LAST_HOPS)
        if ends:
            last = random.choice([e for e in ENDS if not kinds or e.user in (None, kinds[-1])])
        first_user = random.random() < 0.7
        if isinstance(last, End) and not kinds and last.user is not None:
            first_user = last.user
        beings = [self.being(user=kind) for kind in [first_user, *kinds]]
        for hop, source, target in zip(hops, beings, beings[1:], strict=False):
            source.plain = hop.open
            hop.lay(self, source, target)
        if isinstance(last, End):
            last.lay(self, beings[-1])
        else:
            beings[-1].plain = last.open
            target = self.administrator(last)
            last.lay(self, beings[-1], target)
            self.make(target)
        every = [*hops, last]
        for at, being in enumerate(beings):
            self.make(being)
            self.planted.ways[being.arn] = "depends" if any(hop.open for hop in every[at:]) else "allowed"
            self.planted.told[being.arn] = " > ".join(hop.name for hop in every[at:])

    def administrator(self, hop: Hop) -> Being:
        """A new administrator of the kind that a hop leads to."""
        target = self.being(user=hop.user, account=OTHER if hop.name == "cross-account" else HOME)
        target.statements.append(EVERYTHING)
        return target

    def decoy(self) -> None:
        """A hop to an administrator, or a last step, with one thing wrong."""
        if self.random.random() < 0.35:
            name, lay = self.random.choice(FALSE_ENDS)
            being = self.being(user=name != "protected role" and self.random.random() < 0.6)
            being.plain = True
            lay(self, being)
            self.make(being)
            self.planted.told[being.arn] = f"decoy: {name}"
            return
        hop = self.random.choice([hop for hop in HOPS + LAST_HOPS if not hop.open])
        source, target = self.being(user=self.random.random() < 0.7), self.administrator(hop)
        source.plain = True
        hop.lay(self, source, target)
        flaws = [*FLAWS, *hop.flaws]
        self.random.shuffle(flaws)
        name, _ = next((name, flaw) for name, flaw in flaws if flaw(self, hop, source, target))
        self.make(target)
        self.make(source)
        self.planted.told[source.arn] = f"decoy: {hop.name}, {name}"


def planted(seed: int) -> Planted:
    """The account of a seed."""
    garden = Garden(seed)
    for length in [1, *garden.random.choices([1, 2, 3, 4], k=4)]:
        garden.way(length)
    for _ in range(12):
        garden.decoy()
    garden.built.organization(deny("account:CloseAccount"))
    return garden.planted


# hops


def _assume_named(_: Garden, source: Being, target: Being) -> None:
    target.trust.append(trusts(source.arn))


def _assume(_: Garden, source: Being, target: Being) -> None:
    target.trust.append(trusts(f"arn:aws:iam::{source.account}:root"))
    source.rights.append(("sts:AssumeRole", target.arn))


def _assume_tagged(garden: Garden, source: Being, target: Being) -> None:
    source.tags["dept"] = f"d{garden.random.randrange(3)}"
    block = {"StringEquals": {"aws:PrincipalTag/dept": source.tags["dept"]}}
    target.trust.append(trusts(f"arn:aws:iam::{HOME}:root", condition=block))
    source.rights.append(("sts:AssumeRole", target.arn))


def _assume_if(block: Json) -> Callable[[Garden, Being, Being], None]:
    def lay(_: Garden, source: Being, target: Being) -> None:
        target.trust.append(trusts(f"arn:aws:iam::{HOME}:root", condition=block))
        source.rights.append(("sts:AssumeRole", target.arn))

    return lay


def _pass_to(service: str, *actions: str, profile: bool = False) -> Callable[[Garden, Being, Being], None]:
    def lay(garden: Garden, source: Being, target: Being) -> None:
        target.trust.append(trusts(service))
        if garden.random.random() < 0.4 and not source.plain:
            block = {"StringEquals": {"iam:PassedToService": [service, "batch.amazonaws.com"]}}
            source.statements.append(allow("iam:PassRole", garden.narrowed(target.arn), block))
        else:
            source.rights.append(("iam:PassRole", target.arn))
        source.rights += [(action, "*") for action in actions]
        if profile:
            garden.number += 1
            garden.built.profile(f"profile-{garden.number}", target.arn)

    return lay


def _ecs(garden: Garden, source: Being, target: Being) -> None:
    cluster = f"arn:aws:ecs:{REGION}:{HOME}:cluster/main"
    garden.built.resource(cluster, "AWS::ECS::Cluster")
    _pass_to("ecs-tasks.amazonaws.com", "ecs:RegisterTaskDefinition", "ecs:RunTask")(garden, source, target)


def _workload(
    service: str, kind: str, type_: str, trust: str, *actions: str, agent: bool = False
) -> Callable[[Garden, Being, Being], None]:
    def lay(garden: Garden, source: Being, target: Being) -> None:
        arn = garden.arn(service, kind)
        details: Json = {"state": "running"} if type_ == "AWS::EC2::Instance" else {}
        garden.built.resource(arn, type_, role=target.arn, **details)
        target.trust.append(trusts(trust))
        if agent:
            target.statements.append(allow("ssm:UpdateInstanceInformation"))
        source.rights += [(action, arn) for action in actions]

    return lay


def _on_target(*actions: str, **details: object) -> Callable[[Garden, Being, Being], None]:
    def lay(_: Garden, source: Being, target: Being) -> None:
        if not target.user:
            target.trust.append(trusts("unused.amazonaws.com"))
        target.details = {**target.details, **details}
        source.rights += [(action, target.arn) for action in actions]

    return lay


# what makes a hop fail

Flaw = Callable[["Garden", "Hop", Being, Being], bool]


def _essential(garden: Garden, hop: Hop, source: Being) -> tuple[str, str] | None:
    rights = [right for right in source.rights if right[0] not in hop.helpful]
    return garden.random.choice(rights) if rights else None


def _missing(garden: Garden, hop: Hop, source: Being, _: Being) -> bool:
    right = _essential(garden, hop, source)
    if right is not None:
        source.rights.remove(right)
    return right is not None


def _denied(garden: Garden, hop: Hop, source: Being, target: Being) -> bool:
    right = _essential(garden, hop, source) or ("sts:AssumeRole", target.arn)
    resource = garden.random.choice([right[1], "*"])
    service = right[0].partition(":")[0]
    action = garden.random.choice([right[0], f"{service}:*", right[0].lower()])
    source.denies.append(deny(action, resource))
    return True


def _bounded(garden: Garden, hop: Hop, source: Being, _: Being) -> bool:
    right = _essential(garden, hop, source)
    if right is None:
        return False
    garden.number += 1
    others = [action for action, _ in source.rights if action != right[0]]
    narrow, wide = [allow(["s3:*", *others])], [EVERYTHING, deny(right[0])]
    inside = narrow if garden.random.random() < 0.5 else wide
    source.boundary = garden.built.policy(f"boundary-{garden.number}", *inside, account=source.account)
    return True


def _conditioned(block: Json) -> Flaw:
    def flaw(garden: Garden, hop: Hop, source: Being, _: Being) -> bool:
        right = _essential(garden, hop, source)
        if right is None:
            return False
        source.rights.remove(right)
        source.statements.append(allow(*right, condition=block))
        return True

    return flaw


def _elsewhere(change: Callable[[Garden, str, Being], str]) -> Flaw:
    def flaw(garden: Garden, hop: Hop, source: Being, target: Being) -> bool:
        right = _essential(garden, hop, source)
        if right is None:
            return False
        changed = change(garden, right[1], target)
        if changed == right[1]:
            return False
        source.rights.remove(right)
        source.statements.append(allow(right[0], changed))
        return True

    return flaw


def _other_case(_: Garden, arn: str, __: Being) -> str:
    head, slash, name = arn.rpartition("/")
    return f"{head}{slash}{name.swapcase()}"


def _other_account(_: Garden, arn: str, target: Being) -> str:
    return arn.replace(f":{target.account}:", ":333333333333:")


def _without_path(_: Garden, arn: str, target: Being) -> str:
    return arn.replace(target.path, "/", 1) if target.path in arn else arn


def _one_letter_more(_: Garden, arn: str, __: Being) -> str:
    return f"{arn}?" if arn != "*" else arn


def _harmless(_: Garden, __: Hop, ___: Being, target: Being) -> bool:
    target.statements.remove(EVERYTHING)
    return True


def _capped(garden: Garden, _: Hop, __: Being, target: Being) -> bool:
    """The target has every permission, under a boundary that leaves it harmless."""
    garden.number += 1
    inside = [allow(["s3:Get*", "ssm:UpdateInstanceInformation"])]
    target.boundary = garden.built.policy(f"boundary-{garden.number}", *inside, account=target.account)
    return True


def _trusts_another(_: Garden, ___: Hop, __: Being, target: Being) -> bool:
    target.trust[:] = [trusts("unused.amazonaws.com")]
    return True


def _trust_denied(_: Garden, __: Hop, ___: Being, target: Being) -> bool:
    target.trust.append({**target.trust[0], "Effect": "Deny"})
    return True


def _trust_ended(_: Garden, __: Hop, ___: Being, target: Being) -> bool:
    target.trust[0] = {**target.trust[0], "Condition": _NEVER}
    return True


def _profile_gone(garden: Garden, _: Hop, __: Being, target: Being) -> bool:
    profiles = garden.built.account().instance_profiles
    for arn in [arn for arn, profile in profiles.items() if target.arn in profile.roles]:
        del profiles[arn]
    return True


def _no_workload(garden: Garden, _: Hop, __: Being, target: Being) -> bool:
    for resource in garden.built.account().resources.values():
        if resource.role == target.arn:
            resource.role = ""
    return True


def _agent_off(garden: Garden, _: Hop, __: Being, target: Being) -> bool:
    for resource in garden.built.account().resources.values():
        if resource.role == target.arn:
            resource.details = {**resource.details, "ssm_managed": False}
    return True


def _credentials(**details: object) -> Flaw:
    def flaw(_: Garden, __: Hop, ___: Being, target: Being) -> bool:
        target.details = {**target.details, **details}
        return True

    return flaw


FLAWS: list[tuple[str, Flaw]] = [
    ("a right is missing", _missing),
    ("a right is denied", _denied),
    ("a boundary leaves out a right", _bounded),
    ("a tag is another", _conditioned({"StringEquals": {"aws:PrincipalTag/Team": "green"}})),
    ("a statement has ended", _conditioned(_NEVER)),
    ("a name is in another case", _elsewhere(_other_case)),
    ("another account is meant", _elsewhere(_other_account)),
    ("the path is left out", _elsewhere(_without_path)),
    ("a letter is too many", _elsewhere(_one_letter_more)),
    ("the target is harmless", _harmless),
    ("the target is capped by its boundary", _capped),
]
_TRUST: list[tuple[str, Flaw]] = [
    ("the target trusts another", _trusts_another),
    ("the target's trust is denied", _trust_denied),
    ("the target's trust has ended", _trust_ended),
]

HOPS = [
    Hop("assume, named", False, _assume_named, flaws=_TRUST),
    Hop("assume, by account", False, _assume, flaws=_TRUST),
    Hop("assume, by tag", False, _assume_tagged, flaws=_TRUST),
    Hop("assume, with MFA", False, _assume_if(_MFA), open=True),
    Hop("assume, with external id", False, _assume_if({"StringEquals": {"sts:ExternalId": "s3cret"}}), open=True),
    Hop("function", False,
        _pass_to("lambda.amazonaws.com", "lambda:CreateFunction", "lambda:InvokeFunction"), flaws=_TRUST),
    Hop("instance", False, _pass_to("ec2.amazonaws.com", "ec2:RunInstances", profile=True),
        flaws=[*_TRUST, ("no instance profile", _profile_gone)]),
    Hop("task", False, _ecs, flaws=_TRUST),
    Hop("stack", False, _pass_to("cloudformation.amazonaws.com", "cloudformation:CreateStack"), flaws=_TRUST),
    Hop("notebook", False, _pass_to("sagemaker.amazonaws.com", "sagemaker:CreateNotebookInstance"),
        flaws=_TRUST),
    Hop("code of a function", False,
        _workload("lambda", "function:", "AWS::Lambda::Function", "lambda.amazonaws.com",
                  "lambda:UpdateFunctionCode", "lambda:InvokeFunction"),
        helpful=("lambda:InvokeFunction",), flaws=[("it runs with no role", _no_workload)]),
    Hop("build", False,
        _workload("codebuild", "project/", "AWS::CodeBuild::Project", "codebuild.amazonaws.com",
                  "codebuild:StartBuild"),
        flaws=[("it runs with no role", _no_workload)]),
    Hop("session", False,
        _workload("ec2", "instance/", "AWS::EC2::Instance", "ec2.amazonaws.com", "ssm:StartSession",
                  agent=True),
        flaws=[("it runs with no role", _no_workload), ("no agent", _agent_off)]),
    Hop("trust policy", False, _on_target("iam:UpdateAssumeRolePolicy")),
    Hop("access key", True, _on_target("iam:CreateAccessKey"),
        flaws=[("no slot is free", _credentials(access_keys=2, access_key_slots=2))]),
    Hop("first password", True, _on_target("iam:CreateLoginProfile", console=False),
        flaws=[("there is a password", _credentials(console=True))]),
    Hop("new password", True, _on_target("iam:UpdateLoginProfile"),
        flaws=[("there is no password", _credentials(console=False))]),
]  # fmt: skip
LAST_HOPS = [Hop("cross-account", False, _assume, flaws=_TRUST)]


# last steps


def _own(action: str, role_action: str) -> Callable[[Garden, Being], None]:
    def lay(_: Garden, being: Being) -> None:
        being.rights.append((action if being.user else role_action, being.arn))

    return lay


def _attach(policy: str) -> Callable[[Garden, Being], None]:
    def lay(garden: Garden, being: Being) -> None:
        garden.number += 1
        own = garden.built.policy(f"strong-{garden.number}", EVERYTHING)
        block = {"ArnEquals": {"iam:PolicyARN": policy or own}}
        action = "iam:AttachUserPolicy" if being.user else "iam:AttachRolePolicy"
        being.statements.append(allow(action, garden.narrowed(being.arn), block))

    return lay


def _version(action: str, *older: Json, held: bool = True) -> Callable[[Garden, Being], None]:
    def lay(garden: Garden, being: Being) -> None:
        garden.number += 1
        name = f"own-{garden.number}"
        documents = [{"Version": "2012-10-17", "Statement": list(older)}] if older else []
        arn = garden.built.policy(name, allow(action, f"arn:aws:iam::{HOME}:policy/{name}"), older=documents)
        if held:
            being.attached.append(arn)

    return lay


def _group(action: str, *rights: Json, member: bool) -> Callable[[Garden, Being], None]:
    def lay(garden: Garden, being: Being) -> None:
        garden.number += 1
        group = garden.built.group(f"crew-{garden.number}", *rights)
        being.rights.append((action, group))
        if member and being.user:
            being.groups.append(group)

    return lay


def _new_role(boundary: bool) -> Callable[[Garden, Being], None]:
    def lay(garden: Garden, being: Being) -> None:
        garden.number += 1
        new = f"arn:aws:iam::{HOME}:role/new-{garden.number}-*"
        weak = garden.built.policy(f"boundary-{garden.number}", allow("s3:*"))
        block = {"StringEquals": {"iam:PermissionsBoundary": weak}} if boundary else None
        being.statements.append(allow(["iam:CreateRole", "iam:AttachRolePolicy"], new, block))

    return lay


def _unbind(removable: bool) -> Callable[[Garden, Being], None]:
    def lay(garden: Garden, being: Being) -> None:
        garden.number += 1
        more = ["iam:DeleteUserPermissionsBoundary"] if removable else []
        being.boundary = garden.built.policy(f"boundary-{garden.number}", allow(["s3:*", *more]))
        being.statements.append(EVERYTHING)

    return lay


def _undeny(removable: bool) -> Callable[[Garden, Being], None]:
    def lay(garden: Garden, being: Being) -> None:
        garden.number += 1
        stop = deny("iam:PutUserPolicy") if removable else deny(["iam:PutUserPolicy", "iam:DetachUserPolicy"])
        being.attached.append(garden.built.policy(f"stop-{garden.number}", stop))
        being.rights += [("iam:PutUserPolicy", being.arn), ("iam:DetachUserPolicy", being.arn)]

    return lay


def _strengthen(garden: Garden, being: Being) -> None:
    other = garden.being(user=False)
    other.trust.append(trusts(f"arn:aws:iam::{HOME}:root"))
    garden.make(other)
    being.rights += [("iam:PutRolePolicy", other.arn), ("sts:AssumeRole", other.arn)]


def _kept_small(garden: Garden, being: Being) -> None:
    """It writes its own policies, under a boundary that stays."""
    garden.number += 1
    action = "iam:PutUserPolicy" if being.user else "iam:PutRolePolicy"
    being.boundary = garden.built.policy(f"boundary-{garden.number}", allow(["s3:*", action]))
    being.rights.append((action, being.arn))


def _protected(garden: Garden, being: Being) -> None:
    path = garden.random.choice(["/aws-service-role/ecs.amazonaws.com/", "/aws-reserved/sso.amazonaws.com/"])
    garden.number += 1
    arn = garden.built.role(f"AWS{garden.number}", EVERYTHING, trust=trusts("ecs.amazonaws.com"), path=path)
    being.rights += [("iam:UpdateAssumeRolePolicy", arn), ("iam:PutRolePolicy", arn)]


def _passes_linked(garden: Garden, being: Being) -> None:
    garden.number += 1
    path = "/aws-service-role/lambda.amazonaws.com/"
    arn = garden.built.role(
        f"AWS{garden.number}", EVERYTHING, trust=trusts("lambda.amazonaws.com"), path=path
    )
    being.rights += [("iam:PassRole", arn), ("lambda:CreateFunction", "*"), ("lambda:InvokeFunction", "*")]


def _passes_elsewhere(garden: Garden, being: Being) -> None:
    """It may pass the role to a service that the role doesn't trust."""
    target = garden.being(user=False)
    target.statements.append(EVERYTHING)
    target.trust.append(trusts("lambda.amazonaws.com"))
    garden.make(target)
    block = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    being.statements.append(allow("iam:PassRole", target.arn, block))
    being.rights += [(a, "*") for a in ("lambda:CreateFunction", "lambda:InvokeFunction", "ec2:RunInstances")]


ENDS = [
    End("own inline policy", None, _own("iam:PutUserPolicy", "iam:PutRolePolicy")),
    End("own attached policy", None, _attach(ADMINISTRATOR_ACCESS)),
    End("own attached policy of the customer", None, _attach("")),
    End("new version", None, _version("iam:CreatePolicyVersion")),
    End("older version", None, _version("iam:SetDefaultPolicyVersion", EVERYTHING)),
    End("group's inline policy", True, _group("iam:PutGroupPolicy", member=True)),
    End("group's attached policy", True, _group("iam:AttachGroupPolicy", member=True)),
    End("joining a group", True, _group("iam:AddUserToGroup", EVERYTHING, member=False)),
    End("new role", None, _new_role(boundary=False)),
    End("boundary removed", True, _unbind(removable=True)),
    End("Deny removed", True, _undeny(removable=True)),
    End("another role made strong", None, _strengthen),
]

FALSE_ENDS: list[tuple[str, Callable[[Garden, Being], None]]] = [
    ("may attach ReadOnlyAccess only", _attach(READ_ONLY)),
    ("a version of a policy that it doesn't hold", _version("iam:CreatePolicyVersion", held=False)),
    ("older version is weak", _version("iam:SetDefaultPolicyVersion", allow("s3:*"))),
    ("no older version", _version("iam:SetDefaultPolicyVersion")),
    ("a group that nobody is in", _group("iam:PutGroupPolicy", member=False)),
    ("a weak group to join", _group("iam:AddUserToGroup", allow("s3:*"), member=False)),
    ("new role under a boundary", _new_role(boundary=True)),
    ("boundary that stays", _kept_small),
    ("protected role", _protected),
    ("service-linked role passed", _passes_linked),
    ("passed to another service", _passes_elsewhere),
]

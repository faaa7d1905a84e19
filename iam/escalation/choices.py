"""The managed policies that an attacker may choose, where a step leaves it to choose one.

The best choice is a policy that allows everything, or no boundary at all. Where conditions don't let that
pass, there are the policies of the account, those of AWS that the conditions let pass, and those that the
attacker writes: new ones, and existing ones in a new version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from iam.condition import Condition
from iam.decision import Policy
from iam.entities import Account
from iam.escalation.actors import ADMINISTRATOR_POLICY, Actor, everything
from iam.escalation.older import is_older
from iam.escalation.prerequisites import MOST_VERSIONS
from iam.escalation.rights import Rights
from iam.escalation.settling import Target
from iam.escalation.world import World, must_exist
from iam.formula import Formula, all_of, tests
from iam.managed_policies import managed_policy_arns
from iam.pattern import Pattern
from iam.techniques import Technique
from iam.template import Template

WRITING = ("iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicyVersion")
"""The actions by which an attacker writes a policy's text."""

# What to attach where AdministratorAccess is kept out: AWS's policies that allow every action of IAM, to pass
# roles, or to act on what runs with them, on everything.
_STRONG = (
    "IAMFullAccess", "AdministratorAccess-Amplify", "AdministratorAccess-AWSElasticBeanstalk",
    "AmazonElasticMapReduceFullAccess", "AWSLambda_FullAccess", "AmazonECS_FullAccess", "PowerUserAccess",
    "AmazonSageMakerFullAccess", "AmazonSSMFullAccess", "AmazonEC2FullAccess",
)  # fmt: skip
_KEYS = ("iam:policyarn", "iam:permissionsboundary")


class Choice(NamedTuple):
    """A managed policy chosen; `written` where the attacker writes its text, on what `open` hangs.

    Where the policy is the boundary of somebody new, `attached` is what is attached to it, if not the strongest.
    """

    arn: str
    written: bool = False
    open: Formula = True
    attached: str = ""


class Choices:
    """What policies there are to choose from, in one world."""

    def __init__(self, world: World, rights: Rights) -> None:
        self.world = world
        self.rights = rights

    def best(self, placeholder: str, actor: Actor) -> Choice:
        """The strongest choice: every permission, or no boundary."""
        if placeholder != "{admin_policy}":
            return Choice("")
        partition = self.world.account(actor.principal).partition
        return Choice(ADMINISTRATOR_POLICY.replace("arn:aws:", f"arn:{partition}:", 1))

    def others(self, technique: Technique, actor: Actor) -> Iterator[Choice]:
        """The policies worth trying where the best one doesn't pass."""
        account = self.world.account(actor.principal)
        named = list(dict.fromkeys(self._named(technique, actor)))
        literal = [pattern.literal for pattern in named if pattern.literal]
        wild = [pattern for pattern in named if pattern.literal is None]
        own_policies = (arn for arn in account.policies if not is_older(arn))
        known = dict.fromkeys([*own_policies, *literal, *self._strong(technique, account.partition)])
        if wild:
            own = (arn.replace("arn:aws:", f"arn:{account.partition}:", 1) for arn in managed_policy_arns())
            found = (arn for arn in own if any(pattern.matches(arn) for pattern in wild))
            known |= dict.fromkeys(arn for arn in found if "/aws-service-role/" not in arn)
        yield from (
            Choice(arn, False, open_) for arn in known if (open_ := self._there(arn, account)) is not False
        )
        for arn in dict.fromkeys([*known, *self._new(actor, named)]):
            open_ = self.writing(actor, arn)
            if open_ is not False:
                yield Choice(arn, True, open_)

    def _there(self, arn: str, account: Account) -> Formula:
        """On what it hangs that there is such a policy to choose: an export lists all that the account has.

        What a policy of AWS's says that is in no collection, as of one made since, isn't known.
        """
        if arn in account.policies:
            return True
        if not arn.startswith(f"arn:{account.partition}:iam::aws:policy/"):
            return False
        if self.world.policy(arn, account.id) is not None:
            return True
        return must_exist(f"AWS's policy {arn.rsplit('/', 1)[-1]}, whose text isn't known, allows enough")

    def _strong(self, technique: Technique, partition: str) -> list[str]:
        """AWS's own policies that lead on, where a technique attaches one."""
        values = {value for right in technique.rights for value in right.context.values()}
        if "{admin_policy}" not in values:
            return []
        return [f"arn:{partition}:iam::aws:policy/{name}" for name in _STRONG]

    def writing(self, actor: Actor, arn: str) -> Formula:
        """On what it hangs that an actor writes the text of a policy: a new one, or a version of one."""
        account = self.world.account(actor.principal)
        if not arn.startswith(f"arn:{account.partition}:iam::{account.id}:policy/"):
            return False
        right = self.rights.settled(actor, self.writing_action(actor, arn), Target(arn, None))
        return all_of((right, self.version_slot(actor, arn)))

    def writing_action(self, actor: Actor, arn: str) -> str:
        """The action by which an actor writes the text of a policy, one that is there or one yet to be made."""
        there = arn in self.world.account(actor.principal).policies
        return "iam:CreatePolicyVersion" if there else "iam:CreatePolicy"

    def version_slot(self, actor: Actor, arn: str) -> Formula:
        """On what it hangs that a policy takes one more version: it has less than five, or one is deleted."""
        managed = self.world.account(actor.principal).policies.get(arn)
        if managed is None or len(managed.versions) < MOST_VERSIONS:
            return True
        return self.rights.settled(actor, "iam:DeletePolicyVersion", Target(arn, None))

    def text(self, choice: Choice, account: str) -> Policy:
        """What a chosen policy says; everything, where that isn't known."""
        if choice.written or not choice.arn or choice.arn.endswith("::aws:policy/AdministratorAccess"):
            return everything()
        return self.world.policy(choice.arn, account) or everything()

    def _named(self, technique: Technique, actor: Actor) -> Iterator[Pattern]:
        """The policies that conditions on the technique's actions speak of."""
        for right in technique.rights:
            if not any(key.lower() in _KEYS for key in right.context):
                continue
            for action in right.actions:
                for test in tests(self.rights.right(actor, action).formula):
                    if isinstance(test, Condition) and test.key in _KEYS:
                        values = (value for value in test.values if isinstance(value, Template))
                        yield from (value.pattern for value in values if value.pattern is not None)

    def _new(self, actor: Actor, named: list[Pattern]) -> Iterator[str]:
        """Names for a policy yet to be made: one of no note, and such as conditions and grants speak of."""
        account = self.world.account(actor.principal)
        own = f"arn:{account.partition}:iam::{account.id}:policy/"
        yield own + "a-new-policy"
        for pattern in [*named, *self.rights.right(actor, "iam:CreatePolicy").patterns]:
            head, _, name = str(pattern).partition(":policy/")
            if name:
                name = name.replace("*", "new").replace("?", "n")
                if pattern.matches(own + name) or "*" in head:
                    yield own + name

"""Trust policies as real accounts hold them, for the synthetic accounts.

Of services, of the account, of single roles and users in chains, of other accounts and identity providers.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.synthetic_policies import MFA, Json, document

OTHER_ACCOUNTS = ("111122223333", "444455556666", "777788889999")

TRUSTS = {
    "lambda": 16, "ec2": 8, "ecs-tasks": 11, "codebuild": 3, "states": 3, "glue": 2, "events": 2,
    "account": 25, "chain": 13, "other": 6, "oidc": 6, "irsa": 2, "saml": 1, "linked": 2,
}  # fmt: skip
"""Kinds of trust (a service's name, or other principals), and how many of a hundred roles have each."""


class Trusting:
    """Draws roles: where they stand, what they are called, and whom they trust."""

    def __init__(self, r: Random, account: str, users: list[str]) -> None:
        self.r = r
        self.account = account
        self.users = users
        self.last: dict[str, str] = {}
        self.others: dict[str, Callable[[str, int], tuple[str, str, Json]]] = {
            "account": self.by_account,
            "chain": self.by_chain,
            "other": self.by_other_account,
            "oidc": self.by_pipeline,
            "irsa": self.by_cluster,
            "saml": self.by_sign_on,
            "linked": self.by_linked_service,
        }

    def role(self, kind: str, number: int, team: str, *, shared: bool) -> tuple[str, str, Json]:
        """Path, name and trust policy of a role; `shared` makes it one for everybody in the account."""
        if shared:
            return "/shared/", f"shared-{number}", _trusting({"AWS": f"arn:aws:iam::{self.account}:root"})
        if kind in self.others:
            return self.others[kind](team, number)
        condition = {"StringEquals": {"aws:SourceAccount": self.account}} if self.r.random() < 0.3 else None
        trust = _trusting({"Service": f"{kind}.amazonaws.com"}, condition)
        return "/service/", f"{team}-{kind}-{number}", trust

    def made(self, arn: str, team: str) -> None:
        """Remember the role as the one that the next link of a chain may trust."""
        self.last[team] = arn

    def by_account(self, team: str, number: int) -> tuple[str, str, Json]:
        r = self.r
        chance = r.random()
        condition: Json | None = None
        name = f"{r.choice(('read', 'deploy', 'operate', 'debug'))}-{number}"
        if chance < 0.15:
            condition = MFA
        elif chance < 0.25:
            condition = {"StringEquals": {"aws:PrincipalTag/team": team}}
        elif chance < 0.33:
            condition = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{self.account}:user/teams/{team}/*"}}
        elif chance < 0.38:
            name, condition = f"break-glass-{number}", MFA
        whole = r.choice((self.account, f"arn:aws:iam::{self.account}:root"))
        return f"/teams/{team}/", name, _trusting({"AWS": whole}, condition)

    def by_chain(self, team: str, number: int) -> tuple[str, str, Json]:
        named = self.r.sample(self.users, min(2, len(self.users)))
        if team in self.last:
            named[0] = self.last[team]
        trust = _trusting({"AWS": named[: self.r.randint(1, 2)]})
        return f"/teams/{team}/", f"chain-{number}", trust

    def by_other_account(self, _: str, number: int) -> tuple[str, str, Json]:
        r = self.r
        other = r.choice(OTHER_ACCOUNTS)
        external = {"StringEquals": {"sts:ExternalId": f"{r.getrandbits(64):016x}"}}
        named = r.choice((f"arn:aws:iam::{other}:root", f"arn:aws:iam::{other}:role/deploy"))
        condition = external if r.random() < 0.6 else None
        return "/partners/", f"partner-{number}", _trusting({"AWS": named}, condition)

    def by_pipeline(self, team: str, number: int) -> tuple[str, str, Json]:
        host = "token.actions.githubusercontent.com"
        condition = {
            "StringEquals": {f"{host}:aud": "sts.amazonaws.com"},
            "StringLike": {f"{host}:sub": f"repo:acme/{team}:ref:refs/heads/*"},
        }
        return "/ci/", f"{team}-pipeline-{number}", self.by_provider(f"oidc-provider/{host}", condition)

    def by_cluster(self, team: str, number: int) -> tuple[str, str, Json]:
        host = "oidc.eks.eu-west-1.amazonaws.com/id/5E9A1D3C7B2F4A6080C1D2E3F4A5B6C7"
        condition = {"StringEquals": {f"{host}:sub": f"system:serviceaccount:{team}:app-{number}"}}
        return "/", f"{team}-pod-{number}", self.by_provider(f"oidc-provider/{host}", condition)

    def by_provider(self, provider: str, condition: Json) -> Json:
        named = {"Federated": f"arn:aws:iam::{self.account}:{provider}"}
        return _trusting(named, condition, "sts:AssumeRoleWithWebIdentity")

    def by_sign_on(self, team: str, number: int) -> tuple[str, str, Json]:
        condition = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
        named = {"Federated": f"arn:aws:iam::{self.account}:saml-provider/corporate"}
        return "/", f"{team}-sign-on-{number}", _trusting(named, condition, "sts:AssumeRoleWithSAML")

    def by_linked_service(self, _: str, number: int) -> tuple[str, str, Json]:
        host = (
            self.r.choice(("autoscaling", "elasticloadbalancing", "rds", "ecs", "guardduty"))
            + ".amazonaws.com"
        )
        trust = _trusting({"Service": host})
        return f"/aws-service-role/{host}/", f"AWSServiceRoleFor{number}", trust


def _trusting(principal: Json, condition: Json | None = None, action: str = "sts:AssumeRole") -> Json:
    statement: Json = {"Effect": "Allow", "Principal": principal, "Action": action}
    if condition:
        statement["Condition"] = condition
    made = document(statement)
    return {**made, "Statement": [statement]}

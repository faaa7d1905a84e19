"""Warnings about whom a trust policy, or the policy of a resource, lets in.

https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
"""

from __future__ import annotations

import re

from iam.arn import account_of, is_account_id, parse_arn
from iam.condition import Condition
from iam.document import PolicyKind, Statement
from iam.lint.look import Look, listed, place, quoted, tested
from iam.lint.rules import GUIDE, Level, Rule

_OIDC_PAGE = GUIDE + "id_roles_create_for-idp_oidc.html"
_DEPUTY_PAGE = GUIDE + "confused-deputy.html"

TRUST_ANYONE = Rule(
    "trust-anyone", Level.ERROR,
    "A trust policy lets everybody assume the role, without any condition.",
    "Any principal of any AWS account can take the role if its own policies let it.",
    {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"},
    GUIDE + "reference_policies_elements_principal.html",
    PolicyKind.TRUST,
)  # fmt: skip
OIDC_NO_SUBJECT = Rule(
    "oidc-without-subject", Level.ERROR,
    "A role trusts an OpenID Connect provider without asking who the provider's user is.",
    "Everybody for whom the provider writes tokens can assume the role. With a provider that many share, "
    "such as that of GitHub Actions, this is everybody who has an account there.",
    {
        "Effect": "Allow",
        "Principal": {
            "Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
        },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}},
    },
    GUIDE + "id_roles_providers_oidc_secure-by-default.html",
    PolicyKind.TRUST,
)  # fmt: skip
OIDC_WIDE_SUBJECT = Rule(
    "oidc-wide-subject", Level.ERROR,
    "A role trusts an OpenID Connect provider and asks for its user's name with too wide a pattern.",
    "The pattern holds no organization, project or account of one's own, so strangers fit it.",
    {
        "Effect": "Allow",
        "Principal": {
            "Federated": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
        },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}},
    },
    _OIDC_PAGE,
    PolicyKind.TRUST,
)  # fmt: skip
NO_EXTERNAL_ID = Rule(
    "trust-without-external-id", Level.NOTE,
    "A role trusts another account without an external id.",
    "If the other account belongs to a company that works for many customers, one of them may talk it into "
    "using your role. Within one's own organization no external id is needed; a condition on "
    "aws:PrincipalOrgID says so.",
    "A role of account 111122223333 that trusts `arn:aws:iam::444455556666:root` without a condition on "
    "`sts:ExternalId` (said only where the accounts of one's own are known).",
    _DEPUTY_PAGE,
    PolicyKind.TRUST,
)  # fmt: skip
CONFUSED_DEPUTY = Rule(
    "confused-deputy", Level.NOTE,
    "An AWS service is let in, whoever it works for.",
    "Some services can be told by another account to use this resource or role. A condition on "
    "aws:SourceArn, aws:SourceAccount or aws:SourceOrgID keeps them out, where the service sends these keys.",
    {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sqs:us-east-1:111122223333:my-queue",
    },
    _DEPUTY_PAGE,
    PolicyKind.RESOURCE,
)  # fmt: skip

RULES = (TRUST_ANYONE, OIDC_NO_SUBJECT, OIDC_WIDE_SUBJECT, NO_EXTERNAL_ID, CONFUSED_DEPUTY)

# Conditions on one of these say for whom the service works.
_SOURCE_KEYS = {
    "aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner",
    "kms:calleraccount", "lambda:eventsourcetoken",
}  # fmt: skip
# These take a role from somebody of its account who may pass it, and run that account's own code with it.
_RUNS_YOUR_CODE = ("ec2.", "ecs-tasks.", "lambda.")
_OWN_KEYS = {"sts:externalid", "aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount"}
# Claims that say for whom a token is meant, or how its bearer signed in, and not who that is.
_NOT_WHO = {"aud", "azp", "amr", "oaud"}
# Providers that AWS knows by name. Whoever signs in there has a subject one can't know beforehand, and is
# told apart by the application:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
_OF_APPLICATIONS = {
    "accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com",
}  # fmt: skip
_GITHUB = "token.actions.githubusercontent.com"
# Words in subjects that belong to the provider's form: `repo:…`, `system:serviceaccount:…`.
_FORM_WORDS = {
    "branch", "context", "environment", "job_workflow_ref", "org", "organization", "owner", "pipeline",
    "project", "project_path", "pull_request", "ref", "ref_type", "repo", "repository", "run_phase",
    "serviceaccount", "system", "user", "workspace", "",
}  # fmt: skip


def check(statement: Statement, look: Look) -> None:
    """Look at whom a statement with principals lets in."""
    if not statement.allows or statement.principals is None:
        return
    keys = {condition.key for condition in statement.conditions}
    if look.kind is PolicyKind.TRUST:
        _check_trust(statement, look)
    if look.kind in (PolicyKind.TRUST, PolicyKind.RESOURCE) and not look.managed_by_aws:
        services = [text for kind, text in statement.principals if kind == "Service"]
        if look.kind is PolicyKind.TRUST:
            services = [text for text in services if not text.startswith(_RUNS_YOUR_CODE)]
        if services and not keys & _SOURCE_KEYS and not any(key.startswith("kms:encryption") for key in keys):
            look.say(
                CONFUSED_DEPUTY, place(statement, "Principal"), f"{listed(services)} may act for any account"
            )


def check_strangers(statement: Statement, look: Look) -> None:
    """Look whether a trust policy's statement lets in accounts that aren't one's own, without an external id."""
    if not statement.allows or not look.accounts or {c.key for c in statement.conditions} & _OWN_KEYS:
        return
    outside = [
        text
        for kind, text in statement.principals or ()
        if kind == "AWS"
        and is_account_id(account := text if is_account_id(text) else account_of(text))
        and account not in look.accounts
    ]
    if outside:
        verb = "is" if len(outside) == 1 else "are"
        look.say(
            NO_EXTERNAL_ID,
            place(statement, "Principal"),
            f"{listed(outside)} {verb} trusted without an external id",
        )


def _check_trust(statement: Statement, look: Look) -> None:
    where = place(statement, "Principal")
    for kind, text in statement.principals or ():
        if kind == "*" and not statement.conditions:
            look.say(TRUST_ANYONE, where, "every principal of every account may assume the role")
        elif kind == "Federated":
            _check_provider(text, statement, where, look)
    check_strangers(statement, look)


def _check_provider(provider: str, statement: Statement, where: str, look: Look) -> None:
    """Whether a trusted OpenID Connect provider's users are told apart."""
    arn = parse_arn(provider)
    if arn is not None and not arn.resource.startswith("oidc-provider/"):
        return
    host = (arn.resource.removeprefix("oidc-provider/") if arn else provider).lower()
    prefix = f"{host}:"
    tests = [c for c in statement.conditions if c.key.startswith(prefix) and not c.operator.negated]
    if host in _OF_APPLICATIONS:
        if not tests:
            look.say(OIDC_NO_SUBJECT, where, f"any application of {quoted(host)} may assume the role")
        return
    telling = [c for c in tests if c.key.removeprefix(prefix) not in _NOT_WHO and c.operator.family != "null"]
    if not telling:
        look.say(
            OIDC_NO_SUBJECT, where,
            f"everybody with a token of {quoted(host)} may assume the role: nothing asks for its subject",
        )  # fmt: skip
        return
    wide = [_wide_values(condition, host) for condition in telling]
    if all(wide):
        condition = telling[0]
        look.say(
            OIDC_WIDE_SUBJECT, tested(statement, condition),
            f"{listed(wide[0])} fits strangers' tokens of {quoted(host)} too",
        )  # fmt: skip


def _wide_values(condition: Condition, host: str) -> list[str]:
    """The values of a test that nearly any token meets."""
    if not condition.operator.wildcards:
        return []
    return [value.text for value in condition.values if _is_wide(value.text, host)]


def _is_wide(pattern: str, host: str) -> bool:
    if "*" not in pattern and "?" not in pattern:
        return False
    if host == _GITHUB and pattern.startswith("repo:"):
        # The owner stands between `repo:` and the first slash; half a name is anybody's to register.
        owner = pattern.removeprefix("repo:").partition("/")[0]
        return "*" in owner or "?" in owner
    pieces = re.split(r"[:/]", pattern)
    return all(piece.strip("*?").lower() in _FORM_WORDS for piece in pieces)

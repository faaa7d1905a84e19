"""How outsiders come in: what their way hangs on, and what nobody can know of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from queries.entries import entries
from tests.iam.escalation.exports import Export, Json, arn, trust, web_of, when

VENDOR = "arn:aws:iam::999988887777:root"
GITHUB = "token.actions.githubusercontent.com"
THEIRS = f"account 999988887777 lets {VENDOR} do sts:AssumeRole"
EXTERNAL = "the external id that the role's trust policy asks for (sts:ExternalId)"


@pytest.mark.parametrize(
    ("condition", "conditions", "needs"),
    [
        (None, (), (THEIRS,)),
        (when("StringEquals", "sts:ExternalId", "s3cret"), (), (EXTERNAL, THEIRS)),
        (when("StringLike", "sts:ExternalId", "*"), (), (THEIRS,)),
        (when("StringLike", "sts:RoleSessionName", "vendor-*"), (), (THEIRS,)),
        (when("IpAddress", "aws:SourceIp", "192.0.2.0/24"), ("aws:SourceIp is in 192.0.2.0/24",), (THEIRS,)),
    ],
)
def test_another_account_needs_its_own_side_and_a_secret_that_is_asked_for(
    tmp_path: Path, condition: Json | None, conditions: tuple[str, ...], needs: tuple[str, ...]
) -> None:
    export = Export()
    export.boss("shared", trust(VENDOR, condition))
    (entry,) = entries(web_of(tmp_path, export))
    assert (entry.conditions, entry.needs) == (conditions, needs)
    assert (entry.verdict, entry.technique.id) == ("depends", "sts-001")


@pytest.mark.parametrize(
    ("condition", "technique", "verdict"),
    [
        (None, "x-sts-01", "allowed"),
        (when("StringEquals", f"{GITHUB}:aud", "sts.amazonaws.com"), "x-sts-01", "depends"),
        (when("StringLike", f"{GITHUB}:sub", "repo:*"), "x-sts-01", "depends"),
        (when("StringLike", f"{GITHUB}:sub", "repo:acme/*"), "sts-001", "depends"),
        (when("StringEquals", f"{GITHUB}:sub", "repo:acme/app:ref:refs/heads/main"), "sts-001", "depends"),
    ],
)
def test_a_token_that_too_many_can_get_is_told_apart(
    tmp_path: Path, condition: Json | None, technique: str, verdict: str
) -> None:
    export = Export()
    provider = {"Federated": arn("oidc-provider", GITHUB)}
    export.boss("ci", trust(provider, condition, action="sts:AssumeRoleWithWebIdentity"))
    export.boss("not-by-token", trust(provider, condition))
    (entry,) = entries(web_of(tmp_path, export))
    assert entry.role == arn("role", "ci")
    assert (entry.technique.id, entry.verdict) == (technique, verdict)

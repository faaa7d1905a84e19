"""Whole accounts of people who may attach policies, but not those that one thinks of first.

What AWS's rules make of each was written down before it was ever run; `-` stands for no way up.
"""

from __future__ import annotations

from pathlib import Path

from tests.iam.escalation.exports import (
    ADMINISTRATOR,
    LAMBDA,
    ROOT,
    SELF,
    Export,
    Json,
    allow,
    arn,
    deny,
    like,
    people,
    trust,
    verdicts,
    web_of,
)

ATTACH, KEY = "iam:AttachUserPolicy", "iam:PolicyARN"
AWS = "arn:aws:iam::aws:policy/"


def test_the_strongest_policy_is_kept_out(tmp_path: Path) -> None:
    """AWS has others that come to the same; only a list of what may be attached holds."""
    export = Export()
    export.resources = []
    export.boss("boss", trust(LAMBDA))
    mine = allow(ATTACH, SELF)

    def kept_out(*names: str) -> Json:
        return deny(ATTACH, "*", like(KEY, [f"{AWS}{name}" for name in names]))

    everything_but = {"ArnNotLike": {KEY: [AWS + "ReadOnlyAccess", AWS + "job-function/*"]}}
    expected = people(
        export,
        ("denied-the-strongest", "allowed", mine, kept_out("AdministratorAccess")),
        ("allowed-all-but-it", "allowed", allow(ATTACH, SELF, {"ArnNotEquals": {KEY: ADMINISTRATOR}})),
        ("denied-two", "allowed", mine, kept_out("AdministratorAccess", "IAMFullAccess")),
        ("aws-only-and-denied-two", "allowed", allow(ATTACH, SELF, like(KEY, AWS + "*")),
         kept_out("AdministratorAccess", "IAMFull*")),
        ("lambda-only", "allowed", allow(ATTACH, SELF, like(KEY, AWS + "AWSLambda_FullAccess"))),
        ("read-only", "-", allow(ATTACH, SELF, like(KEY, AWS + "*ReadOnly*"))),
        ("job-functions-by-deny", "-", mine, deny(ATTACH, "*", everything_but)),
        ("one-that-denies", "-", allow(ATTACH, SELF, like(KEY, AWS + "AWSDenyAll"))),
        ("denied-all-of-aws", "-", mine, kept_out("*")),
    )  # fmt: skip
    assert verdicts(web_of(tmp_path, export)) == expected | {"boss": "admin"}


def test_policies_that_deny_among_those_to_attach(tmp_path: Path) -> None:
    """Whoever may attach many attaches none that denies what another one allows."""
    export = Export()
    export.resources = []
    shut = export.policy("team-shut", deny("*"))
    strong = export.policy("team-strong", allow("iam:*"))
    mixed = export.policy("lead-mixed", allow("*"), deny("cloudtrail:*"))
    assert shut != strong
    expected = people(
        export,
        ("attaches-the-team-s", "allowed", allow(ATTACH, SELF, like(KEY, arn("policy", "team-*")))),
        ("attaches-the-shut-one", "-", allow(ATTACH, SELF, like(KEY, shut))),
        ("attaches-the-mixed-one", "allowed", allow(ATTACH, SELF, like(KEY, mixed))),
        ("attaches-all-of-them", "allowed", allow(ATTACH, SELF, like(KEY, arn("policy", "*")))),
    )
    export.role("holder", trust(ROOT), attached=(shut,))
    assert verdicts(web_of(tmp_path, export)) == expected

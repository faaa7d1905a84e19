"""Where a layer allows nothing, the Allows that came near are told with what keeps them off."""

from __future__ import annotations

from iam.asking import can
from iam.decision import Layer
from tests.iam.small_cases import (
    BUCKET,
    OBJECT,
    OTHER,
    Json,
    access,
    allow,
    bucket,
    deny,
    grant,
    held,
    policy,
    user,
)


def near(*statements: Json, version: str = "2012-10-17", tags: dict[str, str] | None = None) -> list[str]:
    bob = user(inline=(held("own", policy(*statements, version=version)),), tags=tags or {})
    missed = can(access(bob), bob, "s3:GetObject", OBJECT).missed
    return [miss.why for miss in missed.get(Layer.IDENTITY, ())]


def test_what_keeps_an_allow_from_a_request_is_said() -> None:
    past = {"DateLessThan": {"aws:CurrentTime": "2020-01-01"}}
    assert near(allow(Condition=past)) == ["wants that aws:CurrentTime is before 2020-01-01T00:00:00Z"]
    assert near(allow(resource=BUCKET)) == ["is for other resources"]
    assert near(allow(None, None, NotAction="iam:*", NotResource=BUCKET + "/*")) == ["is for other resources"]
    own = BUCKET + "/${aws:PrincipalTag/dir}"
    assert near(allow(resource=own), version="2008-10-17", tags={"dir": "a.txt"}) == [
        f"is for other resources: without Version 2012-10-17 {own} has no variable"
    ]
    assert near(allow(resource=BUCKET), allow(Condition=past))[-1] == "is for other resources"


def test_nothing_is_said_of_other_actions_of_denies_and_where_something_allows() -> None:
    assert near(allow("iam:*"), deny()) == []
    assert near(allow(), allow(resource=BUCKET)) == []
    assert len(near(*[allow("s3:Get*", f"{BUCKET}{at}/*") for at in range(9)])) == 5


def test_a_boundary_and_a_resource_policy_tell_too() -> None:
    guarded = bucket(policy(grant(OTHER, "s3:GetObject")))
    eve = user("Eve", OTHER, inline=(held("own", policy(allow())),))
    answer = can(access(resources=[guarded]), eve, "s3:GetObject", OBJECT)
    assert [miss.why for miss in answer.missed.get(Layer.RESOURCE, ())] == []  # it names the account
    guarded = bucket(policy(grant(f"arn:aws:iam::{OTHER}:user/Ann", "s3:GetObject")))
    answer = can(access(resources=[guarded]), eve, "s3:GetObject", OBJECT)
    assert [miss.why for miss in answer.missed[Layer.RESOURCE]] == ["names others"]
    assert answer.missed[Layer.RESOURCE][0].grant.as_json()["via"] == "resource policy"
    [layer] = [each for each in answer.layers_as_json()["layers"] if each["layer"] == "resource"]
    assert [each["why"] for each in layer["missed"]] == ["names others"]

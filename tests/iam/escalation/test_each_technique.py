"""Each technique works in the account built for it, and in none of the twins that lack one thing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from iam.escalation.steps import Step
from iam.techniques import Effect, On, Technique, techniques
from iam.techniques.pathless import why_no_step
from tests.iam.escalation.accounts import Json, allow, deny, steps_by, trusts, verdict_of, way_up
from tests.iam.escalation.stages import (
    ARNS,
    BOSS_ROLE,
    UNSEEN_FACTS,
    UNTIED,
    Stage,
    caller_of,
    leads_to_the_right_place,
    making_steps,
    stage_of,
)

EACH = pytest.mark.parametrize("technique", making_steps(), ids=lambda each: each.id)


def _steps(stage: Stage) -> list[Step]:
    built, caller = stage.build()
    found = steps_by(built, caller, stage.technique.id)
    return [step for step in found if leads_to_the_right_place(step, stage.technique, caller)]


def _verdict(stage: Stage) -> str:
    return verdict_of(_steps(stage))


def _expected(technique: Technique) -> str:
    unseen = any(each.fact in UNSEEN_FACTS for each in technique.prerequisites)
    return "depends" if unseen else "allowed"


@EACH
def test_it_works_where_all_is_there(technique: Technique) -> None:
    steps = _steps(stage_of(technique))
    assert verdict_of(steps) == _expected(technique)
    if _expected(technique) == "depends":
        assert all(step.needs for step in steps), "what is unseen is named"
    assert not any(step.conditions for step in steps)


@EACH
def test_it_leads_to_an_administrator(technique: Technique) -> None:
    built, caller = stage_of(technique).build()
    web = built.web()
    path = way_up(web, caller)
    assert path is not None
    assert path.verdict.value in ("allowed", _expected(technique)), "another technique may be more certain"


@EACH
def test_it_fails_without_any_one_right(technique: Technique) -> None:
    stage = stage_of(technique)
    for number, granted in enumerate(stage.rights):
        without = stage.with_(rights=stage.rights[:number] + stage.rights[number + 1 :])
        if granted.action == "sts:AssumeRole" or _covered(technique, number):
            continue
        assert _verdict(without) == "denied", f"works without {granted}"


def _covered(technique: Technique, number: int) -> bool:
    """Whether another right of the stage gives this one as well: the same action on everything."""
    resources = [granted.resource for granted in stage_of(technique).rights]
    right = technique.rights[number]
    return any(
        n != number and each.action == right.action and resources[n] in ("*", resources[number])
        for n, each in enumerate(technique.rights)
    )


@EACH
def test_it_fails_on_other_resources(technique: Technique) -> None:
    """Every right that must hold on the target holds on something else of the same kind only."""
    stage = stage_of(technique)
    for number, (right, granted) in enumerate(zip(technique.rights, stage.rights, strict=True)):
        if granted.resource == "*" or right.action == "sts:AssumeRole" or right.arns:
            continue
        other = f"{granted.resource}-other"
        changed = [*stage.rights]
        changed[number] = type(granted)(granted.action, other)
        if any(g.action == granted.action and g.resource == "*" for g in changed):
            continue
        assert _verdict(stage.with_(rights=tuple(changed))) == "denied", f"{granted.action} on {other}"


@EACH
def test_a_deny_on_any_one_right_stops_it(technique: Technique) -> None:
    stage = stage_of(technique)
    for granted in stage.rights:
        stopped = stage.with_(more=(*stage.more, deny(granted.action, granted.resource)))
        if stage.technique.effect is Effect.REMOVES_DENY and _removes_all_denies(technique):
            continue
        assert _verdict(stopped) == "denied", f"works with {granted} denied"


def _removes_all_denies(technique: Technique) -> bool:
    return any(each.where == "inline_policy" for each in technique.prerequisites)


@EACH
def test_a_boundary_without_any_one_right_stops_it(technique: Technique) -> None:
    stage = stage_of(technique)
    actions = {granted.action for granted in stage.rights}
    for action in sorted(actions):
        others: tuple[Json, ...] = (allow(sorted(actions - {action}) or ["logs:PutLogEvents"]),)
        assert _verdict(stage.with_(boundary=others)) == "denied", f"works beyond the boundary: {action}"


@EACH
def test_conditions_that_tags_decide(technique: Technique) -> None:
    only_blue = {"StringEquals": {"aws:PrincipalTag/team": "blue"}}
    stage = stage_of(technique).with_(condition=only_blue)
    assert _verdict(stage) == "denied"
    assert _verdict(stage.with_(tags={"team": "red"})) == "denied"
    assert _verdict(stage.with_(tags={"team": "blue"})) == _expected(technique)


@EACH
def test_an_open_condition_makes_it_depend(technique: Technique) -> None:
    stage = stage_of(technique).with_(condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    steps = _steps(stage)
    assert verdict_of(steps) == "depends"
    assert any("aws:MultiFactorAuthPresent is true" in text for s in steps for text in s.conditions)


@EACH
def test_a_harmless_target_makes_nobody_administrator(technique: Technique) -> None:
    if technique.effect is Effect.BECOMES_ADMINISTRATOR:
        pytest.skip("what is gained is every permission, whoever the target is")
    weak = (allow(["logs:PutLogEvents", "ssm:UpdateInstanceInformation"]),)
    built, caller = stage_of(technique).with_(power=weak, more=()).build()
    path = way_up(built.web(), caller)
    assert path is None, [step.technique.id for step in path.steps]


def _passing() -> Iterator[Technique]:
    for each in making_steps():
        if any(fact.fact == "role_trusts_service" and fact.who != "helper" for fact in each.prerequisites):
            yield each


@pytest.mark.parametrize("technique", list(_passing()), ids=lambda each: each.id)
def test_a_target_that_trusts_another_service_is_not_reached(technique: Technique) -> None:
    trust = (trusts("unused.amazonaws.com"),)
    assert _verdict(stage_of(technique).with_(trust=trust)) == "denied"


@pytest.mark.parametrize("technique", list(_passing()), ids=lambda each: each.id)
def test_a_target_whose_trust_is_denied_is_not_reached(technique: Technique) -> None:
    stage = stage_of(technique)
    services = [service for each in stage.trust for service in each["Principal"].get("Service", [])]
    denied = trusts(*services, effect="Deny")
    assert _verdict(stage.with_(trust=(*stage.trust, denied))) == "denied"


def _by_profile() -> Iterator[Technique]:
    for each in making_steps():
        if any(fact.fact == "role_in_instance_profile" for fact in each.prerequisites):
            yield each


@pytest.mark.parametrize("technique", list(_by_profile()), ids=lambda each: each.id)
def test_without_an_instance_profile_one_must_be_made(technique: Technique) -> None:
    stage = stage_of(technique).with_(profile=False)
    assert _verdict(stage) == "denied"
    first = stage.with_(more=(allow("iam:CreateInstanceProfile"),))
    assert _verdict(first) == "denied"
    made = stage.with_(more=(allow(["iam:CreateInstanceProfile", "iam:AddRoleToInstanceProfile"]),))
    assert _verdict(made) == _expected(technique)


def _by_inventory() -> Iterator[Technique]:
    """Those that turn on a loaded resource. An identity provider is known by the trust that names it."""
    for each in making_steps():
        by_trust = any(fact.fact == "role_trusts_federated" for fact in each.prerequisites)
        own = any(right.on is On.EXISTING_RESOURCE and "Provider" in right.type for right in each.rights)
        if not (by_trust and own) and any(fact.type for fact in each.prerequisites):
            yield each


@pytest.mark.parametrize("technique", list(_by_inventory()), ids=lambda each: each.id)
def test_without_an_inventory_it_needs_the_workload(technique: Technique) -> None:
    stage = stage_of(technique)
    running = [fact for fact in technique.prerequisites if fact.fact == "resource_exists_with_role"]
    names = [fact.type.split("::")[1] for fact in running]
    services = [each for name in names for each in _RUNNING.get(name, [f"{name.lower()}.amazonaws.com"])]
    runs = (trusts(*services),) if services else ()
    steps = _steps(stage.with_(inventory=False, trust=(*stage.trust, *runs)))
    assert verdict_of(steps) == "depends"
    assert all(step.needs for step in steps)


# The principals that services act as where their name is not that of the type.
_RUNNING = {
    "AppRunner": ["tasks.apprunner.amazonaws.com"],
    "Batch": ["ecs-tasks.amazonaws.com"],
    "ApiGateway": ["apigateway.amazonaws.com"],
    "ECS": ["ecs-tasks.amazonaws.com"],
    "BedrockAgentCore": ["bedrock-agentcore.amazonaws.com"],
    "EMR": ["elasticmapreduce.amazonaws.com", "ec2.amazonaws.com"],
    "ElasticBeanstalk": ["ec2.amazonaws.com"],
    "CodeDeploy": ["ec2.amazonaws.com"],
    "MWAA": ["airflow-env.amazonaws.com"],
    "StepFunctions": ["states.amazonaws.com"],
    "IoT": ["credentials.iot.amazonaws.com"],
    "EKS": ["pods.eks.amazonaws.com"],
    "Cloud9": ["cloud9.amazonaws.com", "ec2.amazonaws.com"],
}


@pytest.mark.parametrize("technique", list(_by_inventory()), ids=lambda each: each.id)
def test_with_an_inventory_that_has_no_such_workload_it_fails(technique: Technique) -> None:
    stage = stage_of(technique)
    built, caller = stage.build()
    for fact in technique.prerequisites:
        if fact.type:
            kept = dict(built.account().resources)
            del built.account().resources[ARNS[fact.type]]
            steps = steps_by(built, caller, technique.id)
            assert not [s for s in steps if leads_to_the_right_place(s, technique, caller)], fact.type
            built.account().resources.update(kept)


@pytest.mark.parametrize("technique", list(_by_inventory()), ids=lambda each: each.id)
def test_a_workload_with_another_role_does_not_give_the_target(technique: Technique) -> None:
    if not any(fact.fact == "resource_exists_with_role" for fact in technique.prerequisites):
        pytest.skip("the role is passed, not taken from a workload")
    built, caller = stage_of(technique).build()
    for resource in built.account().resources.values():
        resource.role = built.role("clerk", allow("logs:PutLogEvents")) if resource.role else ""
    steps = steps_by(built, caller, technique.id)
    assert BOSS_ROLE not in {step.target for step in steps}


def _with_state() -> Iterator[Technique]:
    for each in making_steps():
        if any(
            fact.state or fact.platform or fact.exec_enabled is not None or fact.batch_config is not None
            for fact in each.prerequisites
        ):
            yield each


@pytest.mark.parametrize("technique", list(_with_state()), ids=lambda each: each.id)
def test_a_workload_in_another_state_does_not_do(technique: Technique) -> None:
    assert _verdict(stage_of(technique).with_(states=False)) == "denied"


def _by_report() -> Iterator[Technique]:
    for each in making_steps():
        if any(fact.data == "credential_report" for fact in each.prerequisites):
            yield each


@pytest.mark.parametrize("technique", list(_by_report()), ids=lambda each: each.id)
def test_without_a_credential_report_it_needs_the_credential(technique: Technique) -> None:
    steps = _steps(stage_of(technique).with_(report=False))
    assert verdict_of(steps) == "depends"
    assert any("boss" in text for step in steps for text in step.needs)


@pytest.mark.parametrize("technique", list(_by_report()), ids=lambda each: each.id)
def test_a_credential_that_is_not_free_stops_it(technique: Technique) -> None:
    stage = stage_of(technique)
    built, caller = stage.build()
    boss = next(p for p in built.account().principals.values() if p.name == "boss")
    fact = next(fact for fact in technique.prerequisites if fact.data == "credential_report")
    states: dict[str, Json] = {
        "user_access_key_count": {"access_key_slots": 2 if fact.op == "<" else 1},
        "user_login_profile": {"console": not fact.present},
        "user_has_inactive_access_key": {"access_keys": 1, "access_key_slots": 1},
    }
    boss.details = {**boss.details, **states[fact.fact]}
    steps = steps_by(built, caller, technique.id)
    assert not [s for s in steps if leads_to_the_right_place(s, technique, caller)]


def test_every_technique_is_tested_or_says_why_it_makes_no_step() -> None:
    tested = {each.id for each in making_steps()}
    # Those that make no step of their own by what is loaded: test_exports.py, test_loosening.py.
    following = {
        each.id
        for each in techniques()
        if any(fact.fact == "target_within_reach" for fact in each.prerequisites)
        or each.effect in (Effect.PASSES_MFA_CONDITION, Effect.REMOVES_SCP)
    }
    own = {Effect.GAINS_GROUP_RIGHTS, Effect.GAINS_POLICY_VERSION_RIGHTS}  # test_chains.py, test_exports.py
    for each in techniques():
        if each.looked_for and each.id not in tested | following and each.effect not in own:
            assert why_no_step(each), each.id
        if each.id in tested | following:
            assert not why_no_step(each), each.id


@pytest.mark.parametrize("name", sorted(UNTIED))
def test_what_no_data_ties_to_a_principal_makes_no_step(name: str) -> None:
    technique = next(each for each in techniques() if each.id == name)
    stage = stage_of(technique)
    built, caller = stage.build()
    assert steps_by(built, caller, name) == []


def test_own_rights_are_of_the_attacker() -> None:
    """The stages start from the kind of principal that the technique names."""
    for each in making_steps():
        own = {right.on for right in each.rights} & {On.OWN_ROLE, On.OWN_USER}
        if own:
            assert (":role/" in caller_of(each)) == (On.OWN_ROLE in own), each.id

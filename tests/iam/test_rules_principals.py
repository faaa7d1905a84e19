"""Who makes a request, and which principals of a policy mean them."""

from __future__ import annotations

from typing import Any

import pytest

from iam.asking import can
from iam.caller import Caller, CallerKind
from iam.decision import Verdict
from iam.document import PolicyKind
from tests.iam.small_cases import (
    ALICE,
    ALLOWED,
    ANONYMOUS,
    BOB,
    EXPLICIT,
    FEDERATED,
    GITHUB,
    HOME,
    IMPLICIT,
    OBJECT,
    OTHER,
    ROLE,
    ROOT,
    SAML,
    SESSION,
    TARGET,
    access,
    allow,
    answer,
    case,
    decided,
    deny,
    grant,
    policy,
    read,
    refuse,
    role,
    rules,
    trust,
)

ALL = policy(allow())
NOTHING = policy(allow("ec2:*"))
DENIED = policy(deny())


def test_a_role_acts_through_sessions_and_is_known_by_its_own_arn() -> None:
    caller = Caller.of(SESSION, role_arn=ROLE)
    assert (caller.kind, caller.arn, caller.session) == (CallerKind.ROLE, ROLE, "s1")
    known = access(role()).context(role())
    assert known["aws:principalarn"] == ROLE
    assert known["aws:principaltype"] == "AssumedRole"


@pytest.mark.parametrize(
    "named", [ROLE, f"arn:aws:iam::{HOME}:role/App", f"arn:aws:iam::{HOME}:role/team/APP"]
)
def test_a_session_belongs_to_the_role_of_its_account_and_name_in_any_case(named: str) -> None:
    assert answer(SESSION, on_resource=policy(grant(named))) == ALLOWED
    assert answer(SESSION, on_resource=policy(grant(named.replace(HOME, OTHER)))) == IMPLICIT


MEANT: list[tuple[Any, Any]] = [
    (BOB, BOB), (BOB, "*"), (SESSION, SESSION), (SESSION, ROLE), (SESSION, "*"), (FEDERATED, FEDERATED),
    ("sns.amazonaws.com", {"Service": "sns.amazonaws.com"}), (ANONYMOUS, "*"),
]  # fmt: skip
NOT_MEANT: list[tuple[Any, Any]] = [
    (BOB, ALICE), (BOB, {"Service": "sns.amazonaws.com"}), (SESSION,
    f"arn:aws:sts::{HOME}:assumed-role/App/s2"),
    (SESSION, f"arn:aws:iam::{HOME}:role/Other"), (FEDERATED, BOB), ("sns.amazonaws.com",
    {"Service": "sqs.amazonaws.com"}),
    ("sns.amazonaws.com", HOME), (ANONYMOUS, HOME), (BOB, f"arn:aws-cn:iam::{HOME}:user/Bob"),
    (SESSION, f"arn:aws-cn:iam::{HOME}:role/team/App"),
]  # fmt: skip


@pytest.mark.parametrize(("caller", "principal"), MEANT)
def test_each_class_of_principal_means_its_callers(caller: Any, principal: Any) -> None:
    assert answer(caller, on_resource=policy(grant(principal))) == ALLOWED


@pytest.mark.parametrize(("caller", "principal"), NOT_MEANT)
def test_no_class_of_principal_means_others(caller: Any, principal: Any) -> None:
    assert decided(caller, on_resource=policy(grant(principal))).result == IMPLICIT


@pytest.mark.parametrize("account", [HOME, ROOT])
def test_an_account_is_named_by_its_number_or_its_root(account: str) -> None:
    assert answer(BOB, owner=OTHER, identity=[ALL], on_resource=policy(grant(account))) == ALLOWED


@pytest.mark.parametrize(("provider", "action"), [
    (SAML, "sts:AssumeRoleWithSAML"), (GITHUB, "sts:AssumeRoleWithWebIdentity"),
])  # fmt: skip
def test_an_identity_provider_is_meant_by_federated_alone(provider: str, action: str) -> None:
    assert (
        answer(provider, action, TARGET, on_resource=policy(trust({"Federated": provider}, action)))
        == ALLOWED
    )
    assert answer(provider, action, TARGET, on_resource=policy(trust(HOME, "sts:*"))) == IMPLICIT
    assert answer(provider, action, TARGET, on_resource=policy(trust(ROOT, "sts:*"))) == IMPLICIT


def test_a_canonical_user_is_its_account() -> None:
    document = policy(grant({"CanonicalUser": "c1"}))
    decision = decided(BOB, owner=OTHER, identity=[ALL], on_resource=document)
    # which account has this id is in no policy
    assert decision.verdict is Verdict.DEPENDS
    assert decision.conditions == (f"canonical user id of account {HOME} is c1",)
    known = Caller(CallerKind.USER, BOB, HOME, canonical_user="c1")
    assert known.named("CanonicalUser", "c1") is not None
    assert known.named("CanonicalUser", "c2") is None


@pytest.mark.parametrize(("caller", "named"), [(BOB, BOB), (SESSION, SESSION), (SESSION, "*"), (BOB, "*")])
def test_a_grant_to_the_caller_itself_passes_a_silent_boundary_and_session_policy(
    caller: str, named: str
) -> None:
    document = policy(grant(named))
    assert answer(caller, on_resource=document, boundary=NOTHING) == ALLOWED
    assert answer(caller, on_resource=document, boundary=DENIED) == EXPLICIT
    if caller == SESSION:
        assert answer(caller, on_resource=document, session=NOTHING) == ALLOWED
        assert answer(caller, on_resource=document, session=DENIED) == EXPLICIT


def test_a_grant_to_a_federated_user_by_name_passes_its_session_policy() -> None:
    document = policy(grant(FEDERATED))
    assert answer(FEDERATED, on_resource=document, session=NOTHING) == ALLOWED
    assert answer(FEDERATED, on_resource=document) == ALLOWED
    assert answer(FEDERATED, on_resource=document, session=DENIED) == EXPLICIT


def test_a_grant_to_the_role_stays_within_boundary_and_session_policy() -> None:
    document = policy(grant(ROLE))
    assert answer(SESSION, on_resource=document) == ALLOWED
    assert answer(SESSION, on_resource=document, boundary=NOTHING) == IMPLICIT
    assert answer(SESSION, on_resource=document, session=NOTHING) == IMPLICIT


def test_everyone_with_a_condition_on_the_arn_grants_to_the_session_itself() -> None:
    document = policy(grant("*", Condition={"ArnEquals": {"aws:PrincipalArn": ROLE}}))
    context = {"aws:PrincipalArn": ROLE}
    assert answer(SESSION, on_resource=document, context=context, boundary=NOTHING) == ALLOWED


def test_a_grant_to_the_account_only_hands_on_to_its_own_policies() -> None:
    document = policy(grant(HOME))
    assert answer(BOB, on_resource=document) == IMPLICIT
    assert answer(BOB, on_resource=document, identity=[ALL]) == ALLOWED


@pytest.mark.parametrize("everyone", ["*", {"AWS": "*"}, {"AWS": [HOME, "*"]}])
def test_everyone_is_written_in_two_ways_and_includes_anonymous_calls(everyone: Any) -> None:
    assert answer(ANONYMOUS, on_resource=policy(grant(everyone))) == ALLOWED
    assert answer(BOB, on_resource=policy(grant(everyone))) == ALLOWED


@pytest.mark.parametrize("principal", [HOME, BOB, ROLE, {"Service": "sns.amazonaws.com"}])
def test_an_anonymous_call_is_meant_by_nothing_but_everyone(principal: Any) -> None:
    assert answer(ANONYMOUS, on_resource=policy(grant(principal))) == IMPLICIT


def test_the_id_of_a_deleted_principal_matches_nobody() -> None:
    for left in ("AIDACKCEVSQ6C2EXAMPLE", "AROACKCEVSQ6C2EXAMPLE"):
        assert answer(BOB, on_resource=policy(grant(left))) == IMPLICIT
        assert answer(SESSION, on_resource=policy(grant(left))) == IMPLICIT


@pytest.mark.parametrize("part", [
    f"arn:aws:iam::{HOME}:user/*", f"arn:aws:iam::{HOME}:role/*", f"arn:aws:iam::{HOME}:role/team/Ap?",
    f"arn:aws:sts::{HOME}:assumed-role/App/*", "arn:aws:iam::*:root", f"arn:aws:iam::{HOME}:*",
])  # fmt: skip
def test_a_wildcard_within_a_principal_is_no_pattern(part: str) -> None:
    assert answer(BOB, on_resource=policy(grant(part))) == IMPLICIT
    assert answer(SESSION, on_resource=policy(grant(part))) == IMPLICIT
    holder = access(role())
    asked = can(holder, role(), "s3:GetObject", OBJECT)
    assert asked.verdict is Verdict.DENIED


def test_a_service_needs_the_resource_policy_and_only_rcps_bind_it() -> None:
    service, document = "sns.amazonaws.com", policy(grant({"Service": "sns.amazonaws.com"}))
    everyone = policy(grant("*"))
    assert answer(service, identity=[ALL]) == IMPLICIT
    assert answer(service, on_resource=document) == ALLOWED
    assert answer(service, on_resource=document, scps=[[DENIED]]) == ALLOWED
    assert answer(service, on_resource=document, rcps=[[everyone, policy(refuse("*"))]]) == EXPLICIT


def test_a_federated_user_has_what_both_the_user_and_the_session_policy_allow() -> None:
    assert answer(FEDERATED, identity=[ALL], session=ALL) == ALLOWED
    assert answer(FEDERATED, identity=[ALL], session=NOTHING) == IMPLICIT
    assert answer(FEDERATED, identity=[NOTHING], session=ALL) == IMPLICIT


def test_a_federated_user_without_a_session_policy_has_nothing_of_its_own() -> None:
    assert answer(FEDERATED, identity=[ALL]) == IMPLICIT
    assert answer(FEDERATED, identity=[ALL], on_resource=policy(grant(HOME))) == IMPLICIT


def test_a_session_tag_replaces_the_roles_tag_of_the_same_key() -> None:
    tagged = role(tags={"team": "red", "cost": "7"})
    assert access(tagged).context(tagged)["aws:principaltag/team"] == "red"
    own = access(tagged, context={"aws:PrincipalTag/Team": "blue"}).context(tagged)
    assert own["aws:principaltag/team"] == "blue"
    assert own["aws:principaltag/cost"] == "7"


SPARED: list[tuple[str, list[str]]] = [
    (BOB, [BOB, ROOT]),
    (BOB, [BOB, HOME]),
    (SESSION, [SESSION, ROLE, HOME]),
]
NOT_SPARED: list[tuple[str, list[str]]] = [
    (BOB, [BOB]), (BOB, [HOME]), (BOB, [ALICE, HOME]), (SESSION, [ROLE, HOME]), (SESSION, [SESSION, ROLE]),
    (SESSION, [SESSION, HOME]),
]  # fmt: skip


@pytest.mark.parametrize(("caller", "listed"), SPARED)
def test_not_principal_spares_whoever_is_listed_with_all_that_it_is(caller: str, listed: list[str]) -> None:
    document = policy(deny(NotPrincipal={"AWS": listed}))
    assert answer(caller, identity=[ALL], on_resource=document) == ALLOWED
    # with a permissions boundary on the caller it always denies
    assert answer(caller, identity=[ALL], boundary=ALL, on_resource=document) == EXPLICIT


@pytest.mark.parametrize(("caller", "listed"), NOT_SPARED)
def test_not_principal_denies_whoever_is_listed_in_part(caller: str, listed: list[str]) -> None:
    document = policy(deny(NotPrincipal={"AWS": listed}))
    assert answer(caller, identity=[ALL], on_resource=document) == EXPLICIT


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}])
def test_not_principal_of_everyone_spares_everyone_but_those_with_a_boundary(principal: Any) -> None:
    document = policy(deny(NotPrincipal=principal))
    assert answer(BOB, identity=[ALL], on_resource=document) == ALLOWED
    assert answer(BOB, identity=[ALL], boundary=ALL, on_resource=document) == EXPLICIT


def test_not_principal_never_grants() -> None:
    assert answer(BOB, on_resource=policy(allow(NotPrincipal={"AWS": ALICE}))) == IMPLICIT
    assert answer(ANONYMOUS, on_resource=policy(allow(NotPrincipal={"AWS": ALICE}))) == IMPLICIT


@pytest.mark.parametrize("kind", [PolicyKind.IDENTITY, PolicyKind.SERVICE_CONTROL])
def test_policies_of_identities_and_of_organizations_have_no_principal(kind: PolicyKind) -> None:
    document = policy(deny(NotPrincipal={"AWS": BOB}))
    assert not read(document, kind).valid
    assert "prohibited-principal" in rules(document, kind)


@pytest.mark.parametrize("kind", [PolicyKind.TRUST, PolicyKind.RESOURCE_CONTROL])
def test_not_principal_is_reported_where_aws_takes_none(kind: PolicyKind) -> None:
    from iam.lint import lint

    document = policy(
        deny("sts:AssumeRole", None if kind is PolicyKind.TRUST else "*", NotPrincipal={"AWS": BOB})
    )
    found = read(document, kind)
    assert [each.rule for each in (*found.problems, *lint(found, kind))] != []


def test_cases_name_a_principal_that_exists() -> None:
    from iam.cases import CaseError, read_case

    with pytest.raises(CaseError, match="no principal"):
        read_case(case("arn:aws:iam::111111111111:group/devs"))

"""What loading writes of escalation: relationships, administrators, and the way to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from graph.entities import principal_of, read_estate
from iam.escalation.web import Web
from iam.estate import Access
from loader.demo import FOLDER
from loader.escalate import best_ways, escalations
from loader.load import load, remove_account
from loader.problems import Report
from loader.sources import read_sources
from tests.loader.support import (
    ACCOUNT,
    allow,
    arn,
    attached,
    export,
    group,
    inline,
    managed,
    policy_document,
    role,
    user,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from graph.connection import Database

PRODUCTION = "444455556666"


@pytest.fixture(scope="module")
def loaded(database: Database) -> Database:
    load(database, [FOLDER])
    return database


@pytest.fixture(scope="module")
def web(loaded: Database) -> Web:
    """The engine's own steps over what is loaded."""
    return Web(Access(read_estate(loaded)))


def edges(database: Database) -> list[dict[str, Any]]:
    return [
        dict(row)
        for row in database.read(
            "MATCH (p:Principal)-[e:CAN_ESCALATE]->(t:Principal) RETURN p.arn AS source, t.arn AS target, "
            "e.techniques AS techniques, e.verdict AS verdict, e.conditions AS conditions, "
            "e.needs AS needs, e.because AS because"
        )
    ]


def standings(database: Database) -> dict[str, tuple[Any, ...]]:
    rows = database.read(
        "MATCH (p:Principal) WHERE p.loaded = true RETURN p.arn AS arn, p.admin AS admin, p:Admin AS label, "
        "p.distance_to_admin AS distance, p.next_hop AS next_hop, p.next_techniques AS techniques, "
        "p.path_verdict AS verdict"
    )
    return {row["arn"]: tuple(row.values())[1:] for row in rows}


def test_every_step_of_the_engine_is_a_relationship_once(loaded: Database, web: Web) -> None:
    written = [(e["source"], e["target"], tuple(e["techniques"])) for e in edges(loaded)]
    assert len(written) == len(set(written))
    assumed = {
        (row["source"], row["target"])
        for row in loaded.read(
            "MATCH (p:Principal)-[:CAN_ASSUME]->(r:Role) RETURN p.arn AS source, r.arn AS target"
        )
    }
    plain = {s.arn for s in web.world.sources}
    checked = 0
    for source in plain:
        for step in web.steps[source]:
            if " with " not in step.target:
                checked += 1
                if step.technique.id == "sts-001":
                    assert (source, step.target) in assumed
                    assert (source, step.target, ("sts-001",)) not in written
                else:
                    assert (source, step.target, (step.technique.id,)) in written
    assert checked > 100


def test_every_relationship_leads_where_the_engine_finds_a_way(loaded: Database, web: Web) -> None:
    for edge in edges(loaded):
        nodes = {
            n for s in web.steps.values() for step in s if principal_of(n := step.target) == edge["target"]
        }
        (path,) = web.best_paths(nodes, sources=[edge["source"]])
        if edge["verdict"] == "allowed":
            assert path.verdict.value == "allowed"
            assert not edge["conditions"]
            assert not edge["needs"]
        else:
            assert edge["conditions"] or edge["needs"]


def test_the_statements_behind_a_relationship_are_in_the_graph(loaded: Database) -> None:
    named = {each for edge in edges(loaded) for each in edge["because"]}
    there = loaded.read("MATCH (s:Statement) WHERE s.id IN $ids RETURN count(s) AS n", ids=sorted(named))
    assert there[0]["n"] == len(named) > 20


def test_next_hops_lead_along_the_engine_s_best_path(loaded: Database, web: Web) -> None:
    stored = standings(loaded)
    best = {path.source: path for path in web.best_paths(web.administrator_nodes)}
    administrators = {principal.arn for principal in web.administrators}
    assert {arn for arn, each in stored.items() if each[2] is not None} == {*best, *administrators}
    for source, path in best.items():
        admin, label, distance, next_hop, techniques, verdict = stored[source]
        assert (admin, label, verdict) == (None, False, path.verdict.value)
        assert (next_hop, techniques) == (principal_of(path.steps[0].target), [path.steps[0].technique.id])
        at, hops = source, 0
        while at in best:
            at, hops = stored[at][3], hops + 1
        assert (at, hops) == (path.target, distance)


def test_administrators_carry_label_and_property(loaded: Database, web: Web) -> None:
    stored = standings(loaded)
    administrators = {principal.arn for principal in web.administrators}
    assert {arn for arn, each in stored.items() if each[1]} == administrators
    assert {arn for arn, each in stored.items() if each[:3] == (True, True, 0)} == administrators


def test_every_account_has_one_node_for_its_administrator(loaded: Database) -> None:
    rows = loaded.read(
        "MATCH (p:Administrator)-[:IN]->(a:Account) RETURN p.arn AS arn, a.id AS account, p.type AS type"
    )
    assert {(row["arn"], row["type"]) for row in rows} == {
        (f"administrator:{row['account']}", "administrator") for row in rows
    }
    assert {row["account"] for row in rows} == set(read_estate(loaded).accounts)


def test_one_account_again_changes_nothing_of_it(loaded: Database) -> None:
    def order(edge: dict[str, Any]) -> str:
        return f"{edge['source']} {edge['target']} {edge['techniques']}"

    before, stood = sorted(edges(loaded), key=order), standings(loaded)
    remove_account(loaded, PRODUCTION)
    assert all(PRODUCTION not in (edge["source"] + edge["target"]) for edge in edges(loaded))
    ci = "arn:aws:iam::555566667777:role/ci-deploy"
    assert standings(loaded)[ci] == (None, False, None, None, None, None)
    load(loaded, [FOLDER / "accounts" / PRODUCTION])
    assert sorted(edges(loaded), key=order) == before
    assert standings(loaded) == stood


def test_what_the_collector_could_not_list_makes_a_step_need_it(loaded: Database) -> None:
    account = read_estate(loaded).accounts[PRODUCTION]
    assert account.unread_services == ("sagemaker",)
    (found,) = [
        edge for edge in edges(loaded)
        if edge["source"].endswith("user/rosa.ibarra") and edge["techniques"] == ["sagemaker-004"]
    ]  # fmt: skip
    assert found["verdict"] == "depends"
    assert "notebook" in " ".join(found["needs"])


def test_one_account_of_a_collection_knows_what_was_refused() -> None:
    report = Report()
    loaded = read_sources([FOLDER / "accounts" / PRODUCTION], report)
    assert loaded.estate.accounts[PRODUCTION].unread_services == ("sagemaker",)
    assert any("sagemaker:ListNotebookInstances" in text for text in report.missing(PRODUCTION))
    assert not any("777788889999" in text for text in report.missing())


def test_a_refusal_without_an_account_counts_for_all(tmp_path: Path) -> None:
    write(tmp_path / "accounts" / ACCOUNT / "authorization-details.json", export(users=[user("ann")]))
    write(tmp_path / "accounts" / ACCOUNT / "resources.json", [])
    refused = [
        {"service": "stepfunctions", "operation": "ListStateMachines", "part": "resources.json"},
        {"service": "iam", "operation": "GenerateCredentialReport", "part": "credential-report.csv"},
    ]
    write(tmp_path / "manifest.json", {"refused": refused})
    assert read_sources([tmp_path], Report()).estate.accounts[ACCOUNT].unread_services == ("states",)


def test_steps_that_change_a_principal_join_what_they_lead_to(loaded: Database, tmp_path: Path) -> None:
    """Ann joins a group that may assume the administrator; neither alone is a relationship."""
    ann = user("ann", UserPolicyList=[inline("join", allow("iam:AddUserToGroup"))])
    climbers = group("climbers", GroupPolicyList=[inline("up", allow("sts:AssumeRole"))])
    top = role(
        "top", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, RolePolicyList=[inline("all", allow("*", "*"))]
    )
    load(loaded, [write(tmp_path / "account.json", export(users=[ann], groups=[climbers], roles=[top]))])
    try:
        (found,) = [edge for edge in edges(loaded) if edge["source"] == arn("user", "ann")]
        assert (found["target"], found["verdict"]) == (arn("role", "top"), "allowed")
        assert found["techniques"] == ["iam-013", "sts-001"]
        assert {each.rpartition(":")[2] for each in found["because"]} >= {"inline/join#1", "inline/up#1"}
        assert standings(loaded)[arn("user", "ann")][2:5] == (
            1, arn("role", "top"), ["iam-013", "sts-001"],
        )  # fmt: skip
    finally:
        remove_account(loaded, ACCOUNT)


def test_whoever_becomes_administrator_by_another_account_s_load_is_marked(
    loaded: Database, tmp_path: Path
) -> None:
    """The text of a managed policy of AWS comes with the second account; the first one's user holds it."""
    first, second = "123456789012", "210987654321"
    special = "arn:aws:iam::aws:policy/QuiteStrong"
    ann = user("ann", first, AttachedManagedPolicies=[attached(special)])
    load(loaded, [write(tmp_path / "first.json", export(users=[ann]))])
    try:
        assert standings(loaded)[ann["Arn"]][:3] == (None, False, None)
        text = managed("QuiteStrong", allow("*", "*")) | {"Arn": special}
        bob = user("bob", second, AttachedManagedPolicies=[attached(special)])
        load(loaded, [write(tmp_path / "second.json", export(users=[bob], policies=[text]))])
        assert standings(loaded)[ann["Arn"]][:3] == (True, True, 0)
        assert loaded.read("MATCH (u:User:Admin {arn: $arn}) RETURN u.name AS name", arn=ann["Arn"])
    finally:
        remove_account(loaded, first)
        remove_account(loaded, second)


def test_nothing_to_gain_is_no_relationship(loaded: Database, tmp_path: Path) -> None:
    quiet = policy_document(Effect="Deny", Action="iam:*", Resource="*")
    ann = user("ann", UserPolicyList=[inline("a", allow("iam:AttachUserPolicy")), inline("d", quiet)])
    load(loaded, [write(tmp_path / "account.json", export(users=[ann]))])
    try:
        assert not [edge for edge in edges(loaded) if edge["source"] == arn("user", "ann")]
        assert standings(loaded)[arn("user", "ann")][2] is None
    finally:
        remove_account(loaded, ACCOUNT)


def test_a_large_estate_keeps_the_first_hop_of_each_best_way(web: Web) -> None:
    every, best = escalations(web), best_ways(web)
    assert best.standings == every.standings
    kept = {(source, target): dict(properties) for source, target, properties in best.edges}
    assert kept
    for (source, target), properties in kept.items():
        assert any(
            (source, target, properties) == (other, end, dict(its)) for other, end, its in every.edges
        ), source
        assert best.standings[source].next_hop == target
    # all others begin by assuming a role, which CAN_ASSUME says
    for source, standing in best.standings.items():
        if not standing.admin and source not in {each for each, _ in kept}:
            assert standing.techniques == ("sts-001",)

"""Loading accounts again leaves the graph as loading them for the first time would make it."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from graph.entities import write_change
from graph.marks import MarkKind, set_mark
from graph.sequence import current
from loader.load import load, remove_account
from tests.loader.support import attached, export, inline, managed, role, user, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graph.connection import Database

HERE, THERE = "123456789012", "210987654321"
AWS = "arn:aws:iam::aws:policy/"
ACTIONS = ["s3:Get*", "S3:get*", "iam:CreateUser", "sts:AssumeRole", "ec2:*", "*", "s3:PutObject"]


def drawing(seed: int) -> Random:
    return Random(seed)  # noqa: S311


def drawn_export(random: Random, account: str, other: str) -> dict[str, Any]:
    """An account drawn from few names, so that two drawings have much in common and differ in every way."""

    def some(of: list[str], most: int = 2) -> list[str]:
        return sorted(random.sample(of, random.randint(0, min(most, len(of)))))

    def arn(kind: str, name: str, of: str = account) -> str:
        return f"arn:aws:iam::{of}:{kind}/{name}"

    def document() -> dict[str, Any]:
        statements = []
        for number in range(random.randint(1, 3)):
            element = random.choice(["Action", "Action", "Action", "NotAction"])
            statement: dict[str, Any] = {
                "Effect": random.choice(["Allow", "Allow", "Deny"]),
                element: random.sample(ACTIONS, random.randint(1, 2)),
                "Resource": random.choice(["*", "arn:aws:s3:::payroll/*", arn("role", "*")]),
            }
            if random.random() < 0.3:
                statement["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
            if random.random() < 0.5:
                statement["Sid"] = f"S{number}"
            statements.append(statement)
        return {"Version": "2012-10-17", "Statement": statements}

    names = ["one", "two", "three"]
    policies = [each for each in names if random.random() < 0.7]
    known = [arn("policy", each) for each in policies] + [
        f"{AWS}AdministratorAccess", f"{AWS}ReadOnlyAccess", arn("policy", "lost"),
    ]  # fmt: skip

    def holder(of: str) -> dict[str, Any]:
        held: dict[str, Any] = {"AttachedManagedPolicies": [attached(each) for each in some(known)]}
        held[f"{of}PolicyList"] = [inline(each, document()) for each in some(["a", "b"])]
        if of != "Group":
            held["Tags"] = [{"Key": each, "Value": random.choice(names)} for each in some(["team", "stage"])]
            if random.random() < 0.3:
                boundary = random.choice(known)
                held["PermissionsBoundary"] = {
                    "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary,
                }  # fmt: skip
        return held

    groups = [each for each in names if random.random() < 0.7]
    users = ["ann", "bob", "cem"]
    trusted: list[Any] = [
        {"Service": "ec2.amazonaws.com"}, {"AWS": f"arn:aws:iam::{account}:root"}, {"AWS": "*"},
        {"AWS": [arn("user", "ann"), arn("role", "ops", other)]}, {"AWS": arn("user", "ghost", other)},
        {"Federated": f"arn:aws:iam::{account}:saml-provider/okta"},
    ]  # fmt: skip
    roles = []
    for name in ("app", "ops", "ci"):
        if random.random() < 0.8:
            made = role(name, random.choice(trusted), account, **holder("Role"))
            made["RoleLastUsed"] = {"LastUsedDate": f"2026-0{random.randint(1, 9)}-01T00:00:00+00:00"}
            profile = {"InstanceProfileName": name, "Arn": arn("instance-profile", name), "Path": "/"}
            made["InstanceProfileList"] = [{**profile, "Roles": []}] if random.random() < 0.4 else []
            roles.append(made)
    versioned = []
    for name in policies:
        made = managed(name, document(), account)
        if random.random() < 0.5:
            made["PolicyVersionList"].append(
                {"VersionId": "v2", "IsDefaultVersion": False, "Document": document()}
            )
        versioned.append(made)
    return export(
        users=[
            user(each, account, GroupList=some(groups), **holder("User"))
            for each in users
            if random.random() < 0.8
        ],
        groups=[
            {"GroupName": each, "Arn": arn("group", each), "Path": "/", **holder("Group")} for each in groups
        ],
        roles=roles or [role("app", None, account)],
        policies=versioned,
    )


def everything(database: Database) -> tuple[dict[str, Any], Counter[str]]:
    """Every node by its key and every relationship, with labels and properties.

    Left out are the history, the catalogue with the patterns that stay, and what a load says of its time.
    """
    nodes = {}
    ids = {}
    for record in database.read(
        "MATCH (n) WHERE NOT n:Action AND NOT n:Change AND NOT n:Meta "
        "RETURN elementId(n) AS own, labels(n) AS labels, properties(n) AS properties"
    ):
        properties = dict(record["properties"])
        properties.pop("when", None)
        key = properties.get("id") or properties.get("arn") or properties["pattern"]
        key = ids[record["own"]] = f"{sorted(record['labels'])} {key}"
        if "ActionPattern" not in record["labels"]:
            nodes[key] = properties
    edges = Counter(
        f"{ids[record['a']]} {record['type']} {ids[record['b']]} "
        + json.dumps(record["properties"], sort_keys=True)
        for record in database.read(
            "MATCH (a)-[r]->(b) WHERE NOT b:Action "
            "RETURN elementId(a) AS a, type(r) AS type, elementId(b) AS b, properties(r) AS properties"
        )
    )
    return nodes, edges


@pytest.fixture(autouse=True)
def _without_accounts(database: Database) -> Iterator[None]:
    yield
    for account in (HERE, THERE):
        remove_account(database, account)


@pytest.mark.parametrize("seed", range(3))
def test_the_graph_is_the_one_that_a_first_load_makes(database: Database, tmp_path: Path, seed: int) -> None:
    random = drawing(seed)
    path = tmp_path / "accounts"
    for _ in range(3):
        for account, other in ((HERE, THERE), (THERE, HERE)):
            if random.random() < 0.8 or not path.exists():
                write(
                    path / "accounts" / account / "authorization-details.json",
                    drawn_export(random, account, other),
                )
        given = [each for each in path.rglob("*.json") if random.random() < 0.7] or [path]
        load(database, given)  # one of them, or both
    load(database, [path])
    again = everything(database)
    for account in (HERE, THERE):
        remove_account(database, account)
    load(database, [path])
    assert again == everything(database)


def test_what_is_the_same_is_not_written_again(database: Database, tmp_path: Path) -> None:
    random = drawing(7)
    first = drawn_export(random, HERE, THERE)
    path = write(tmp_path / "first.json", first)
    load(database, [path])
    own = "MATCH (n) WHERE n.account = $account RETURN collect(elementId(n)) AS ids"
    edges = "MATCH (a)-[r]->() WHERE a.account = $account RETURN collect(elementId(r)) AS ids"
    before = [set(database.read(each, account=HERE)[0]["ids"]) for each in (own, edges)]
    for each in first["RoleDetailList"]:
        each["RoleLastUsed"] = {"LastUsedDate": "2026-10-10T00:00:00+00:00", "Region": "eu-west-1"}
    write(path, first)
    load(database, [path])
    assert [set(database.read(each, account=HERE)[0]["ids"]) for each in (own, edges)] == before
    used = database.read("MATCH (r:Role) WHERE r.account = $account RETURN r.last_used AS at", account=HERE)
    assert {each["at"] for each in used} == {"2026-10-10T00:00:00+00:00"}


@pytest.mark.parametrize(
    "damage",
    [
        "MATCH (s:Statement)-[r:HAS_ACTION]->() WITH r LIMIT 1 DELETE r",
        "MATCH (:Policy)-[r:HAS_STATEMENT]->() WITH r LIMIT 1 DELETE r",
        "MATCH (:Principal)-[r:ATTACHED]->(:Trust) WITH r LIMIT 1 DELETE r",
        "MATCH (:Role)-[r:IN]->(:Account) WITH r LIMIT 1 DELETE r",
        "MATCH (s:Statement) WITH s LIMIT 1 DETACH DELETE s",
    ],
)
def test_loading_again_mends_a_graph_that_somebody_changed(
    database: Database, tmp_path: Path, damage: str
) -> None:
    path = write(tmp_path / "account.json", drawn_export(drawing(3), HERE, THERE))
    load(database, [path])
    whole = everything(database)
    database.write(damage)
    assert everything(database) != whole
    load(database, [path])
    assert everything(database) == whole


def test_older_rules_leave_nothing(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "account.json", drawn_export(drawing(3), HERE, THERE))
    load(database, [path])
    whole = everything(database)
    database.write("MATCH (l:Load {id: $id}) SET l.derivation = 1", id=HERE)
    database.write("MATCH (s:Statement) WHERE s.account = $id SET s.sid = 'old', s.effect = 'Deny'", id=HERE)
    load(database, [path])
    assert everything(database) == whole


def test_marks_stay(database: Database, tmp_path: Path) -> None:
    path = write(tmp_path / "account.json", drawn_export(drawing(3), HERE, THERE))
    load(database, [path])
    (first, *_) = database.read("MATCH (r:Role) WHERE r.account = $id RETURN r.arn AS arn", id=HERE)
    set_mark(database, MarkKind.OWNED, first["arn"], note="by us")
    write(path, drawn_export(drawing(4), HERE, THERE))
    load(database, [path])
    remove_account(database, HERE)
    load(database, [path])
    marks = database.read("MATCH (m:Mark) RETURN m.arn AS arn, m.note AS note")
    assert [(each["arn"], each["note"]) for each in marks] == [(first["arn"], "by us")]
    database.write("MATCH (m:Mark) DELETE m")


def test_a_load_that_another_one_overtakes_is_worked_out_anew(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write(tmp_path / "first.json", drawn_export(drawing(5), HERE, THERE))
    second = write(tmp_path / "second.json", drawn_export(drawing(6), THERE, HERE))
    load(database, [first])
    load(database, [second])
    wanted = everything(database)
    for account in (HERE, THERE):
        remove_account(database, account)
    before = current(database)
    inner: list[bool] = []

    def overtaken(*arguments: Any) -> Any:
        if not inner:
            inner.append(True)
            load(database, [first])
        return write_change(*arguments)

    monkeypatch.setattr("loader.load.write_change", overtaken)
    load(database, [second])
    assert current(database) == before + 4
    assert everything(database) == wanted

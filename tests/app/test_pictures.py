"""Pictures: what stands where, what is gathered, what is told, and that text stays text."""

from __future__ import annotations

import html
import itertools
import json
import re

import pytest

from app.pictures.answer import picture_of_answer
from app.pictures.files import page_of, script_json
from app.pictures.kinds import KINDS
from app.pictures.layout import layered
from app.pictures.network import drawing, network_of
from app.pictures.picture import Edge, Node, Picture
from app.pictures.text import hover, label
from app.pictures.who_can import who_can_picture
from graph.values import GraphNode, GraphPath, GraphRelationship
from iam.answer import Answer
from iam.asking import who_can
from iam.decision import Policy
from iam.document import PolicyKind, read_document
from iam.entities import Account, Group, Principal, PrincipalType, Resource
from iam.estate import Access, Estate

ACCOUNT = "123456789012"


def arn(kind: str, name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def policy(name: str, *statements: dict[str, object]) -> Policy:
    document = read_document({"Version": "2012-10-17", "Statement": list(statements)}, PolicyKind.IDENTITY)
    return Policy(f"{arn('policy', name)}", name, PolicyKind.IDENTITY, document)


def allow(**more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **more}


def estate(many: int = 3) -> Estate:
    """An account: so many users in one group, and a user with an inline policy of their own."""
    readers = Group(
        arn=arn("group", "readers"), name="readers", account=ACCOUNT, inline=(policy("read", allow()),)
    )
    account = Account(id=ACCOUNT, groups={readers.arn: readers})
    for at in range(many):
        name = f"user{at:03}"
        account.principals[arn("user", name)] = Principal(
            arn=arn("user", name), type=PrincipalType.USER, name=name, account=ACCOUNT, groups=(readers.arn,)
        )
    from_office = allow(Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
    account.principals[arn("user", "zoe")] = Principal(
        arn=arn("user", "zoe"), type=PrincipalType.USER, name="zoe", account=ACCOUNT,
        inline=(policy("own", from_office),),
    )  # fmt: skip
    return Estate(accounts={ACCOUNT: account})


def answers(many: int = 3) -> list[Answer]:
    return list(who_can(Access(estate(many)), "s3:GetObject", "arn:aws:s3:::b/k"))


def picture(many: int = 3, **more: object) -> Picture:
    return who_can_picture(answers(many), "arn:aws:s3:::b/k", **more)  # type: ignore[arg-type]


def test_who_can_goes_from_principal_over_group_policy_and_statement_to_the_resource() -> None:
    shown = picture()
    kinds = {node.id: node.kind for node in shown.nodes}
    column = {ident: x for ident, (x, _) in shown.places.items()}
    assert sorted({(column[ident], kind) for ident, kind in kinds.items()}) == [
        (column[next(i for i, k in kinds.items() if k == kind)], kind)
        for kind in ("user", "group", "policy", "allow", "resource")
    ]


def test_few_principals_stand_one_by_one_and_many_who_hold_the_same_as_one() -> None:
    assert sum(node.kind == "user" for node in picture(3).nodes) == 4
    many = picture(40)
    gathered = [node for node in many.nodes if node.stands_for > 1]
    assert [node.stands_for for node in gathered] == [40]
    opened = picture(40, opened={gathered[0].id})
    assert sum(node.kind == "user" for node in opened.nodes) == 41


def test_a_deny_before_the_resource_that_is_about_many_is_joined_with_the_resource_alone() -> None:
    guard = read_document(
        {"Version": "2012-10-17", "Statement": [
            {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*",
             "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}},
        ]},
        PolicyKind.RESOURCE,
    )  # fmt: skip
    for many, joined in ((1, 2), (9, 0)):
        known = estate(many)
        known.accounts[ACCOUNT].resources["arn:aws:s3:::b"] = Resource(
            arn="arn:aws:s3:::b", name="b", type="AWS::S3::Bucket", account=ACCOUNT,
            policy=Policy("guard", "guard", PolicyKind.RESOURCE, guard),
        )  # fmt: skip
        found = list(who_can(Access(known), "s3:GetObject", "arn:aws:s3:::b/k"))
        edges = who_can_picture(found, "arn:aws:s3:::b/k").edges
        assert len([edge for edge in edges if edge.target == "policy guard"]) == joined
        assert [edge.target for edge in edges if edge.source == "statement guard#1"]


def test_more_than_can_be_read_is_told_as_a_number() -> None:
    many = picture(400)
    opened = picture(400, opened={node.id for node in many.nodes if node.stands_for > 1})
    assert len(opened.nodes) <= 150
    assert re.fullmatch(r"\d+ of 401 principals", opened.note)
    assert many.note == ""


def test_an_edge_that_hangs_on_a_condition_is_dashed() -> None:
    edges = {(edge["from"], edge["to"]): edge for edge in drawing(picture())["edges"]}
    dashed = {source for (source, _), edge in edges.items() if edge["dashes"]}
    assert dashed == {f"principal {arn('user', 'zoe')}"}
    open_edge = next(edge for edge in edges.values() if edge["dashes"])
    assert "aws:SourceIp" in open_edge["title"]


def test_rows_never_overlap_and_what_is_joined_lies_level() -> None:
    columns = [["a", "b", "c"], ["x"], ["p", "q", "r"]]
    places = layered(columns, [("a", "p"), ("b", "q"), ("c", "r"), ("b", "x"), ("x", "q")], row=40)
    for column in columns:
        heights = sorted(places[node][1] for node in column)
        assert all(lower - upper >= 39.9 for upper, lower in itertools.pairwise(heights))
    assert places["a"][1] == pytest.approx(places["p"][1], abs=1)


def test_physics_is_off_and_every_node_has_its_place() -> None:
    shown = picture()
    network = network_of(shown)
    assert network.options["physics"] == {"enabled": False}
    assert all("x" in node and "y" in node for node in network.nodes)


def test_hover_texts_are_escaped_and_labels_short() -> None:
    hostile = "<img src=x onerror=alert(1)> href"
    assert "<" not in hover([hostile])
    assert hostile in html.unescape(hover([hostile]))
    assert len(label("x" * 10_000)) <= 22
    assert "\u202e" not in label("\u202eabc")
    assert len(hover(["y" * 10_000] * 100)) < 10_000


def test_nothing_in_a_name_ends_the_script_of_a_saved_page() -> None:
    hostile = "</script><script>alert(1)</script>"
    shown = Picture(hostile, (Node("n", "user", hostile, (hostile,)),), (), {"n": (0.0, 0.0)})
    page = page_of(shown)
    assert "<script>alert(1)" not in page
    assert json.loads(script_json({"a": hostile})) == {"a": hostile}


def test_a_saved_page_asks_no_host_for_anything() -> None:
    page = page_of(picture())
    assert not re.search(r"""(?:src|href)\s*=\s*["']?https?:""", page)
    assert "default-src 'none'" in page


def test_every_kind_looks_unlike_every_other() -> None:
    looks = {(kind.shape, kind.sign) for name, kind in KINDS.items()}
    assert len(looks) == len(KINDS)


def test_an_answer_in_cypher_is_drawn_from_its_nodes_relationships_and_paths() -> None:
    alice = GraphNode(
        "1", ("Principal", "User"), {"name": "alice", "type": "user", "arn": arn("user", "alice")}
    )
    devs = GraphNode("2", ("Group",), {"name": "devs", "arn": arn("group", "devs")})
    member = GraphRelationship("3", "MEMBER_OF", "1", "2", {})
    shown = picture_of_answer([[GraphPath((alice, devs), (member,)), 1], [alice, 2]])
    assert shown is not None
    assert [(node.name, node.kind) for node in shown.nodes] == [("alice", "user"), ("devs", "group")]
    assert [(edge.source, edge.target) for edge in shown.edges] == [("1", "2")]
    assert picture_of_answer([[1, "a"], [None, [2]]]) is None


def test_no_label_of_an_answer_lies_on_another_however_much_is_joined() -> None:
    many = [
        GraphNode(str(at), ("Principal", "User"), {"name": f"user-{at:03} of the staff", "type": "user"})
        for at in range(60)
    ]
    lines = [
        GraphRelationship(f"{a.id}-{b.id}", "KNOWS", a.id, b.id, {})
        for a, b in itertools.combinations(many, 2)
    ]
    shown = picture_of_answer([[*many, *lines]])
    assert shown is not None
    wide = len("user-000 of the staff") * 8
    for (x, y), (other_x, other_y) in itertools.combinations(shown.places.values(), 2):
        assert abs(x - other_x) >= wide or abs(y - other_y) >= 50
    assert max(x for x, _ in shown.places.values()) - min(x for x, _ in shown.places.values()) < 1500


def test_edges_know_their_certainty() -> None:
    verdicts = {edge.verdict for edge in picture().edges}
    assert verdicts == {"allowed", "depends", ""}
    assert Edge("a", "b").verdict == ""

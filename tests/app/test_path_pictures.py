"""Pictures of paths and choke points: layers, who stands together, marks, what stands back, labels with room."""

from __future__ import annotations

import itertools
import re

from app.pictures.choke_points import DrawnPoint, choke_points_picture
from app.pictures.layout import with_room
from app.pictures.network import drawing
from app.pictures.paths import DrawnHop, DrawnPath, Who, paths_picture
from app.pictures.picture import Picture


def who(key: str) -> Who:
    if key.startswith("administrator:"):
        return Who("administrator", key)
    return Who("role" if "role" in key else "user", key, ("owned",) if key == "owned-role" else ())


def path(*keys: str, technique: str = "sts-001", verdict: str = "allowed", dim: bool = False) -> DrawnPath:
    hops = [
        DrawnHop(source, target, technique, verdict, (f"{source} takes {target}",), f"paths?hop={at}")
        for at, (source, target) in enumerate(itertools.pairwise(keys), 1)
    ]
    return DrawnPath(tuple(hops), dim=dim)


def shown(*paths: DrawnPath, **more: object) -> Picture:
    return paths_picture(paths, who, "Paths", total=len(paths), **more)  # type: ignore[arg-type]


def test_targets_stand_on_the_right_and_each_hop_leads_one_column_on() -> None:
    picture = shown(path("a", "b-role", "c-role"), path("d", "c-role"))
    x = {ident: place[0] for ident, place in picture.places.items()}
    assert x["a"] < x["b-role"] == x["d"] < x["c-role"]
    assert [(edge.source, edge.target) for edge in picture.edges] == [
        ("a", "b-role"), ("b-role", "c-role"), ("d", "c-role"),
    ]  # fmt: skip


def test_those_who_start_alike_and_go_the_same_way_stand_as_one_until_opened() -> None:
    paths = [path(name, "t-role") for name in ("ann", "ben", "cleo", "dan")]
    picture = shown(*paths, path("other", "t-role", technique="iam-012"))
    (many,) = [node for node in picture.nodes if node.stands_for > 1]
    assert many.stands_for == 4
    assert {node.id for node in picture.nodes} == {many.id, "other", "t-role"}
    opened = shown(*paths, opened={many.id})
    assert {node.id for node in opened.nodes} == {"ann", "ben", "cleo", "dan", "t-role"}


def test_a_changed_principal_is_a_node_of_its_own() -> None:
    picture = shown(path("ann", "ann with group admins", "administrator:123456789012"))
    changed = next(node for node in picture.nodes if node.id == "ann with group admins")
    assert changed.name == "ann, changed"
    assert "changed: group admins" in changed.lines
    assert len(picture.edges) == 2


def test_what_may_be_done_at_the_end_is_drawn_behind_it() -> None:
    hops = path("ann", "t-role").hops
    picture = shown(DrawnPath(hops, "arn:aws:s3:::payroll/*", "depends"))
    end = next(node for node in picture.nodes if node.kind == "resource")
    assert end.name == "payroll/*"
    assert [(edge.target, edge.verdict) for edge in picture.edges] == [
        ("t-role", "allowed"), ("arn:aws:s3:::payroll/*", "depends"),
    ]  # fmt: skip


def test_accepted_paths_stand_back_but_not_what_others_share_with_them() -> None:
    picture = shown(path("a", "b-role", "c-role", dim=True), path("d", "c-role"))
    assert {node.id for node in picture.nodes if node.dim} == {"a", "b-role"}
    assert {(edge.source, edge.target) for edge in picture.edges if edge.dim} == {
        ("a", "b-role"), ("b-role", "c-role"),
    }  # fmt: skip
    drawn = drawing(picture)
    assert {node["id"] for node in drawn["nodes"] if node["opacity"] < 1} == {"a", "b-role"}


def test_marks_are_drawn_on_nodes_and_told_in_the_legend() -> None:
    marked, plain = drawing(shown(path("owned-role", "t-role"))), drawing(shown(path("a-role", "t-role")))
    assert [each["name"] for each in marked["marks"]] == ["owned"]
    assert plain["marks"] == []
    icons = {node["id"]: node["image"] for node in marked["nodes"]}
    assert icons["owned-role"] != icons["t-role"] == plain["nodes"][0]["image"]


def test_more_than_can_be_read_is_told_as_a_number_of_paths() -> None:
    many = [path(f"user{at}", f"role{at}") for at in range(200)]
    picture = paths_picture(many, who, "Paths", total=5_000)
    assert len(picture.nodes) <= 150
    assert re.fullmatch(r"\d+ of 5,000 paths", picture.note)


def test_a_hop_that_is_certain_by_one_technique_is_drawn_certain() -> None:
    picture = shown(path("a", "b-role", verdict="depends"), path("a", "b-role", technique="iam-012"))
    (edge,) = picture.edges
    assert (edge.verdict, edge.name) == ("allowed", "2 ways")


def test_a_label_that_has_no_room_is_left_out() -> None:
    places = {"a": (0.0, 0.0), "b": (0.0, 40.0), "x": (214.0, 20.0), "y": (214.0, 60.0)}
    edges = [("a", "y", "first"), ("b", "x", "second"), ("b", "y", "third")]
    assert with_room(edges, places, {}) == {0, 2}


def test_choke_points_stand_between_whom_they_cut_off_and_the_target() -> None:
    points = [
        DrawnPoint("p#1", "deploy", ("statement 1",), "choke-points?point=1", ("ann", "ben", "cleo")),
        DrawnPoint("q#1", "sync", ("statement 1",), "choke-points?point=2", ("dan",)),
    ]
    picture = choke_points_picture(points, Who("administrator", "any administrator"), who)
    x = {node.id: picture.places[node.id][0] for node in picture.nodes}
    assert x["dan"] < x["grant q#1"] < x["target"]
    assert [node.stands_for for node in picture.nodes if node.stands_for > 1] == [3]
    assert all(edge.address for edge in picture.edges)

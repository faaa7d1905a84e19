"""A notebook may read the loaded graph with py2neo, on every server."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from graph.connection import Database


@pytest.fixture
def graph(loaded: Database) -> Any:
    py2neo = pytest.importorskip("py2neo", reason="py2neo isn't installed (pip install 'iamatlas[notebook]')")
    login = loaded.login
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # py2neo has reached its end of life and warns of its own parts
        found = py2neo.Graph(login.uri, auth=(login.user, login.password), name=login.database)
        yield found
        found.service.connector.close()


@pytest.mark.filterwarnings("ignore")
def test_py2neo_runs_the_library_as_a_data_frame(graph: Any) -> None:
    from queries.library import find_query

    frame = graph.run(find_query("group-members").cypher, group="payroll-team").to_data_frame()
    assert set(frame["user"]) == {"birgit.stahl", "jana.novotna", "olu.adeyemi", "peer.holgersen"}


@pytest.mark.filterwarnings("ignore")
def test_py2neo_matches_nodes_and_relationships(graph: Any) -> None:
    from py2neo.matching import NodeMatcher, RelationshipMatcher

    user = NodeMatcher(graph).match("User", name="birgit.stahl").first()
    assert user["arn"] == "arn:aws:iam::444455556666:user/birgit.stahl"
    groups = {each.end_node["name"] for each in RelationshipMatcher(graph).match((user,), r_type="MEMBER_OF")}
    assert "payroll-team" in groups

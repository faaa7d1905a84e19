"""The image and the Compose file: reachable from this machine alone, no password inside, not run as root."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return document


def test_every_port_is_bound_to_this_machine(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service["ports"]]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_password_comes_from_the_environment_and_must_be_there(compose: dict[str, Any]) -> None:
    for service, key in (("neo4j", "NEO4J_AUTH"), ("app", "IAMATLAS_PASSWORD")):
        assert "${IAMATLAS_PASSWORD:?" in compose["services"][service]["environment"][key]


def test_the_app_waits_for_a_database_that_answers(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["app"]["depends_on"] == {"neo4j": {"condition": "service_healthy"}}
    assert "RETURN 1" in services["neo4j"]["healthcheck"]["test"][1]
    assert services["app"]["environment"]["IAMATLAS_URI"] == "bolt://neo4j:7687"


def test_data_is_kept_in_named_volumes_and_versions_are_pinned(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["neo4j"]["image"] == "neo4j:5.26-community"
    mounts = [mount.partition(":")[0] for service in services.values() for mount in service["volumes"]]
    assert sorted(mounts) == sorted(compose["volumes"])


def test_docker_compose_accepts_the_file() -> None:
    docker = shutil.which("docker")
    if (
        docker is None
        or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode
    ):
        pytest.skip("docker compose is not on this machine")
    command = [docker, "compose", "--project-directory", str(ROOT), "config", "--quiet"]
    env = {key: value for key, value in os.environ.items() if key != "IAMATLAS_PASSWORD"}
    given = {**env, "IAMATLAS_PASSWORD": "pa/ss$word"}
    accepted = subprocess.run(command, env=given, capture_output=True, text=True, timeout=60, check=False)
    assert accepted.returncode == 0, accepted.stderr
    refused = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode != 0
    assert "set IAMATLAS_PASSWORD" in refused.stderr


def test_the_image_runs_as_a_user_of_its_own_and_asks_the_page_whether_it_is_well() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert "USER iamatlas" in lines
    assert lines.index("USER iamatlas") < next(i for i, line in enumerate(lines) if line.startswith("CMD"))
    assert any("/_stcore/health" in line for line in lines)


def test_only_what_the_image_needs_reaches_its_builder() -> None:
    rules = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    assert "*" in rules
    assert let_in == {
        *("app", "graph", "iam", "loader", "queries"),
        *("LICENSE", "NOTICE", "README.md", "pyproject.toml", "requirements.lock"),
    }

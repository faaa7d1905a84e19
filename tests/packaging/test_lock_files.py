"""The lock files: complete for every supported Python, pinned by hash, and free of anybody's registry."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
RUN, DEV = "requirements.lock", "requirements-dev.lock"
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
MACHINES = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64")]


def entries(name: str) -> list[tuple[Requirement, list[str]]]:
    """Every requirement of a lock file with its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    lines = re.sub(r"(?m)^\s*#.*\n", "", text).replace("\\\n", " ").splitlines()
    found = []
    for line in filter(None, map(str.strip, lines)):
        requirement, *hashes = re.split(r"\s+--hash=", line)
        found.append((Requirement(requirement), hashes))
    return found


def environment(python: str, platform: str, machine: str) -> dict[str, str]:
    return {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "sys_platform": platform,
        "platform_system": platform.capitalize(),
        "platform_machine": machine,
        "os_name": "posix",
        "extra": "",
    }


def pins(name: str, env: dict[str, str]) -> dict[str, Version]:
    """Name to version of what a lock file installs in an environment; refuses two versions of one package."""
    chosen: dict[str, Version] = {}
    for requirement, _ in entries(name):
        if requirement.marker is None or requirement.marker.evaluate(env):
            key = canonicalize_name(requirement.name)
            assert key not in chosen, f"{key} is locked twice for {env}"
            (specifier,) = requirement.specifier
            assert specifier.operator == "==", str(requirement)
            chosen[key] = Version(specifier.version)
    return chosen


def declared(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for, with the named extras and those that they include."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project, found = document["project"], []
    waiting = [*project["dependencies"], *document["dependency-groups"]["build"]]
    for extra in extras:
        waiting += project["optional-dependencies"][extra]
    while waiting:
        requirement = Requirement(waiting.pop())
        if requirement.name == project["name"]:
            for extra in requirement.extras:
                waiting += project["optional-dependencies"][extra]
        else:
            found.append(requirement)
    return found


@pytest.mark.parametrize("name", [RUN, DEV])
def test_a_lock_file_names_no_registry(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"(?m)^\s*-", re.sub(r"(?m)^\s*--hash=sha256:[0-9a-f]{64}", "", text)), (
        "an option of pip's"
    )
    assert " @ " not in text


@pytest.mark.parametrize("name", [RUN, DEV])
def test_every_locked_package_has_hashes(name: str) -> None:
    locked = entries(name)
    assert len(locked) > 50
    for requirement, hashes in locked:
        assert hashes, f"{requirement} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each.strip()) for each in hashes), str(requirement)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("platform", "machine"), MACHINES)
@pytest.mark.parametrize(("name", "extras"), [(RUN, ()), (DEV, ("dev",))])
def test_a_lock_file_satisfies_pyproject(
    name: str, extras: tuple[str, ...], platform: str, machine: str, python: str
) -> None:
    env = environment(python, platform, machine)
    locked = pins(name, env)
    for requirement in declared(*extras):
        if requirement.marker is None or requirement.marker.evaluate(env):
            version = locked.get(canonicalize_name(requirement.name))
            assert version is not None, f"{requirement} is not in {name}: make lock"
            assert version in requirement.specifier, f"{requirement}, but {name} has {version}: make lock"


@pytest.mark.parametrize("python", PYTHONS)
def test_running_and_testing_use_the_same_versions(python: str) -> None:
    env = environment(python, "linux", "x86_64")
    assert pins(RUN, env).items() <= pins(DEV, env).items()


def test_the_image_and_the_set_up_install_from_the_lock_files() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert f"pip install --require-hashes -r {RUN}" in dockerfile
    set_up = (ROOT / "scripts" / "set-up").read_text(encoding="utf-8")
    assert RUN in set_up
    assert DEV in set_up

"""`make` on a machine that is not ready: what is said when Python or its virtual environments are missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ["sh", "make", "dirname", "cat", "cksum", "grep", "mkdir", "rm", "mv", "sed", "expand"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with no .venv, and beside it a `bin` of system tools without any Python."""
    folder = tmp_path / "check out"  # a space in a path must not matter
    (folder / "scripts").mkdir(parents=True)
    for name in [
        "Makefile",
        "pyproject.toml",
        "requirements.lock",
        "requirements-dev.lock",
        "scripts/set-up",
    ]:
        shutil.copy(ROOT / name, folder / name)
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        if found is None:
            pytest.skip(f"{tool} is not on this machine")
        (tools / tool).symlink_to(found)
    return folder


def python_that(checkout: Path, name: str, script: str) -> None:
    """Puts a stand-in for a Python on the checkout's PATH; `$PYTHON_HERE` is the real one."""
    path = checkout.parent / "bin" / name
    path.write_text(f"#!/bin/sh\nPYTHON_HERE='{sys.executable}'\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def make(checkout: Path, *goals: str) -> subprocess.CompletedProcess[str]:
    env = {
        key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "PYTHON", "IAMATLAS"))
    }
    return subprocess.run(
        ["make", *goals],
        cwd=checkout,
        env={**env, "PATH": str(checkout.parent / "bin"), "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_make_alone_lists_the_targets(checkout: Path) -> None:
    done = make(checkout)
    assert done.returncode == 0
    assert {"demo", "test", "explore", "lint"} <= {line.split()[0] for line in done.stdout.splitlines()}
    assert not (checkout / ".venv").exists()


def test_no_python_at_all_is_said_in_one_message(checkout: Path) -> None:
    done = make(checkout, "demo")
    assert done.returncode != 0
    assert "needs Python 3.11, 3.12, 3.13 or 3.14" in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_python_that_is_too_old_is_passed_over(checkout: Path) -> None:
    python_that(checkout, "python3", "exit 1")  # what the question for a supported version gets from a 3.10
    done = make(checkout, "demo")
    assert done.returncode != 0
    assert "needs Python 3.11, 3.12, 3.13 or 3.14" in done.stderr


def test_debian_without_its_venv_package_is_told_which_one_to_install(checkout: Path) -> None:
    python_that(checkout, "python3", 'case "$*" in *ensurepip*) exit 1 ;; esac; exec "$PYTHON_HERE" "$@"')
    done = make(checkout, "demo")
    assert done.returncode != 0
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"apt install python{version}-venv" in done.stderr
    assert "python3-venv" in done.stderr
    assert not (checkout / ".venv").exists()


def test_another_python_is_taken_when_the_first_cannot_make_environments(checkout: Path) -> None:
    python_that(checkout, "python3", 'case "$*" in *ensurepip*) exit 1 ;; esac; exec "$PYTHON_HERE" "$@"')
    python_that(
        checkout, "python3.12", 'case "$*" in "-m venv .venv") exit 9 ;; esac; exec "$PYTHON_HERE" "$@"'
    )
    done = make(checkout, "demo")
    assert done.returncode != 0
    assert "'python3.12 -m venv .venv' failed" in done.stderr


def test_a_folder_that_set_up_did_not_make_is_left_alone(checkout: Path) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "mine").touch()
    done = make(checkout, "demo")
    assert done.returncode != 0
    assert "was not made by this command" in done.stderr
    assert (checkout / ".venv" / "mine").exists()


def test_what_an_interrupted_set_up_left_is_made_anew(checkout: Path) -> None:
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / ".set-up-incomplete").touch()
    (checkout / ".venv" / "half").touch()
    python_that(checkout, "python3", 'case "$*" in "-m venv .venv") exit 9 ;; esac; exec "$PYTHON_HERE" "$@"')
    done = make(checkout, "demo")
    assert "Making .venv anew" in done.stdout
    assert "'python3 -m venv .venv' failed" in done.stderr
    assert not (checkout / ".venv" / "half").exists()

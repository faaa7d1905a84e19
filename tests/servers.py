"""Database servers for tests: the embedded one, and real Neo4j servers fetched with Maven.

Every server listens on the loopback address at a free port, with a random password, and is stopped by the
process id with which it was started. What a machine lacks is told in one line by `Missing`.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph import embedded
from graph.arcadedb import free_port
from graph.connection import DatabaseUnavailable, Settings
from graph.driver import import_driver

if TYPE_CHECKING:
    from collections.abc import Iterator

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "iamatlas-tests"
START_SECONDS = 180.0
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>iamatlas</groupId><artifactId>test-server</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.neo4j.app</groupId><artifactId>neo4j-server</artifactId><version>{version}</version>
    </dependency>
    <dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>{version}</version></dependency>
  </dependencies>
</project>
"""


class Missing(Exception):
    """Something that this machine lacks, in one line."""


@dataclass(frozen=True)
class Neo4jVersion:
    """A Neo4j version, the oldest Java it runs on, its main class."""

    name: str
    version: str
    java: int
    main: str


NEO4J_LTS = Neo4jVersion("neo4j-5.26", "5.26.30", 17, "org.neo4j.server.CommunityEntryPoint")
NEO4J_CURRENT = Neo4jVersion("neo4j-current", "2026.08.1", 21, "org.neo4j.server.Neo4jCommunity")
SERVERS = ("embedded", NEO4J_LTS.name, NEO4J_CURRENT.name)


@contextmanager
def server(name: str) -> Iterator[Settings]:
    """Run the server of this name (one of `SERVERS`) for the block; gives the settings that reach it.

    Raises `Missing` where the machine can't run it.
    """
    if name == "embedded":
        with embedded_server() as settings:
            yield settings
    else:
        with neo4j_server(NEO4J_LTS if name == NEO4J_LTS.name else NEO4J_CURRENT) as settings:
            yield settings


@contextmanager
def embedded_server() -> Iterator[Settings]:
    """An embedded server of its own in a fresh folder."""
    with tempfile.TemporaryDirectory(prefix="iamatlas-embedded-") as home:
        settings = Settings(home=Path(home), idle_seconds=120)
        try:
            yield settings
        finally:
            embedded.stop(settings.embedded_folder)


@contextmanager
def neo4j_server(version: Neo4jVersion) -> Iterator[Settings]:
    """A Neo4j Community server with an empty database."""
    java = find_java(version.java)
    if java is None:
        raise Missing(f"{version.name} needs a Java of {version.java} or later")
    jars = fetch_neo4j(version)
    with tempfile.TemporaryDirectory(prefix="iamatlas-neo4j-") as folder:
        home = Path(folder)
        port = free_port()
        _configure(home, port)
        with (home / "server.log").open("wb") as log:
            process = subprocess.Popen(
                [
                    str(java),
                    "-Xmx1g",
                    *(
                        f"--add-opens=java.base/{package}=ALL-UNNAMED"
                        for package in ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
                    ),
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    str(jars / "*"),
                    version.main,
                    f"--home-dir={home}",
                    f"--config-dir={home / 'conf'}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                **dies_with_us(),
            )
        try:
            password = secrets.token_urlsafe(16)
            uri = f"bolt://127.0.0.1:{port}"
            _set_password(uri, password, process, home / "server.log")
            yield Settings(uri=uri, user="neo4j", password=password, database="neo4j", home=home)
        finally:
            process.kill()  # its data goes with it
            process.wait()


def find_java(oldest: int) -> Path | None:
    """A Java of at least this version: the one of JAVA_HOME, of PATH, or of the usual folders."""
    found: dict[Path, int] = {}
    for java in _javas():
        version = _java_version(java)
        if version >= oldest:
            found[java] = version
    return min(found, key=lambda java: found[java]) if found else None


def fetch_neo4j(version: Neo4jVersion) -> Path:
    """The folder with the server's jars, fetched by Maven at the first time. Raises `Missing`."""
    folder = CACHE / f"neo4j-{version.version}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test processes may want it at once
        if folder.is_dir():
            return folder
        maven = shutil.which("mvn")
        if maven is None:
            raise Missing(f"{version.name} isn't in the cache and needs Maven to be fetched")
        with tempfile.TemporaryDirectory(dir=CACHE) as work:
            pom = Path(work) / "pom.xml"
            pom.write_text(_POM.format(version=version.version), encoding="utf-8")
            done = subprocess.run(
                [maven, "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", "-DoutputDirectory=lib"],
                cwd=work,
                capture_output=True,
                text=True,
                timeout=900,
                check=False,
            )
            if done.returncode:
                lines = (done.stdout + done.stderr).strip().splitlines() or ["no message"]
                raise Missing(f"{version.name} could not be fetched: {lines[0]}")
            (Path(work) / "lib").rename(folder)
    return folder


def dies_with_us() -> dict[str, Any]:
    """Options that let the kernel end a child when the tests die without having ended it (Linux)."""
    if not sys.platform.startswith("linux"):
        return {}
    import ctypes

    prctl = ctypes.CDLL(None).prctl

    def ask_kernel() -> None:
        prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG

    return {"preexec_fn": ask_kernel}


def _javas() -> list[Path]:
    homes = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    for folder in ("/usr/lib/jvm", "/usr/java", "/opt", "/Library/Java/JavaVirtualMachines"):
        if Path(folder).is_dir():
            homes += sorted(Path(folder).iterdir())
    javas = [home / inside / "bin" / "java" for home in homes for inside in ("", "Contents/Home")]
    on_path = shutil.which("java")
    return [java for java in [*javas, *([Path(on_path)] if on_path else [])] if java.is_file()]


def _java_version(java: Path) -> int:
    try:
        told = subprocess.run(
            [str(java), "-version"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    match = re.search(r'version "(\d+)', told.stderr + told.stdout)
    return int(match[1]) if match else 0


def _configure(home: Path, port: int) -> None:
    for folder in ("conf", "data", "logs", "import", "plugins"):
        (home / folder).mkdir()
    lines = [
        f"server.bolt.listen_address=127.0.0.1:{port}",
        "server.http.enabled=false",
        "server.https.enabled=false",
        f"server.directories.data={home / 'data'}",
        f"server.directories.logs={home / 'logs'}",
        f"server.directories.import={home / 'import'}",
        "server.memory.pagecache.size=256m",
        "dbms.usage_report.enabled=false",
    ]
    (home / "conf" / "neo4j.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _set_password(uri: str, password: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server takes its first password, and give it another one."""
    neo4j = import_driver()
    deadline = time.monotonic() + START_SECONDS
    while True:
        if process.poll() is not None or time.monotonic() > deadline:
            raise DatabaseUnavailable(f"Neo4j did not start: {log.read_text(errors='replace')[-2000:]}")
        try:
            with neo4j.GraphDatabase.driver(uri, auth=("neo4j", "neo4j")) as driver:
                driver.execute_query(
                    "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $password",
                    password=password,
                    database_="system",
                )
            with neo4j.GraphDatabase.driver(uri, auth=("neo4j", password)) as driver:
                driver.execute_query("RETURN 1", database_="neo4j")
                return
        except (neo4j.exceptions.ServiceUnavailable, neo4j.exceptions.SessionExpired):
            time.sleep(0.3)
        except neo4j.exceptions.AuthError as error:
            # Several refusals in a row make the server wait before it looks at a password again.
            if "RateLimit" not in str(error.code):
                raise
            time.sleep(1)
        except (neo4j.exceptions.ClientError, neo4j.exceptions.TransientError):
            time.sleep(0.3)

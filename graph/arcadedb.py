"""How ArcadeDB is run: finding the wheel, its command line, its users and their rights.

The wheel brings a Java runtime of its own. It is never imported (importing it would start Java within this
process, where signals abort it); its files are run as a child process.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import os
import platform
import secrets
import socket
import sys
from pathlib import Path

from graph.connection import DatabaseUnavailable
from graph.runtime import DATABASE, READER, WRITER, write_private

COMMAND_SECONDS = 120
"""The server's own limit for one statement. A question's limit is shorter and kept by our clock."""
_ROUNDS = 1_000
_GIB = 2**30


def locate() -> Path:
    """The folder of the wheel. Raises `DatabaseUnavailable` where there is none for this platform."""
    found = importlib.util.find_spec("arcadedb_embedded")
    if found is None or found.origin is None:
        raise DatabaseUnavailable(
            f"No embedded database exists for this platform ({platform.system()} {platform.machine()}), "
            "only for Linux x86_64 and aarch64, macOS arm64, Windows x86_64. Run a Neo4j server and set "
            "IAMATLAS_URI, IAMATLAS_USER and IAMATLAS_PASSWORD."
        )
    return Path(found.origin).parent


def command(wheel: Path, root: Path, bolt_port: int, http_port: int) -> list[str]:
    """The command line. It holds no secret: other users of the machine can read command lines."""
    java = wheel / "jre" / "bin" / ("java.exe" if sys.platform == "win32" else "java")
    settings = {
        "server.rootPath": root,
        "server.databaseDirectory": root / "databases",
        # "production" would keep the reason of every failure from the client; what else it sets is set here.
        "server.mode": "development",
        "studio.enabled": "false",
        "txWalFlush": 1,
        # For each record that it writes, the server looks through all records of the page.
        "bucketDefaultPageSize": 16 * 1024,
        "server.httpIncomingHost": "127.0.0.1",
        "server.httpIncomingPort": http_port,
        "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
        "server.defaultDatabases": f"{DATABASE}[{WRITER}]",
        "bolt.host": "127.0.0.1",
        "bolt.port": bolt_port,
        "bolt.defaultDatabase": DATABASE,
        "command.timeout": COMMAND_SECONDS * 1000,
        "queryMaxConcurrent": 64,  # its default of two per processor lets four endless queries block everyone
        "opencypher.loadCsv.allowFileUrls": "false",
        "opencypher.loadCsv.allowRemoteUrls": "false",
    }
    return [
        str(java),
        f"-Xmx{heap_bytes() // 2**20}m",
        "-XX:+ExitOnOutOfMemoryError",
        # The server lives for minutes. Java's second compiler would take more time than it saves until a load is
        # done, and the collector for one processor needs half the memory.
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-XX:-UsePerfData",
        f"-XX:ErrorFile={root / 'java-crash.log'}",
        "-Djava.awt.headless=true",
        "-cp",
        str(wheel / "jars" / "*"),
        "--add-modules=jdk.incubator.vector",
        "--enable-native-access=ALL-UNNAMED",
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
        *(f"-Darcadedb.{name}={value}" for name, value in settings.items()),
        "com.arcadedb.server.ArcadeDBServer",
    ]


def environment() -> dict[str, str]:
    """The environment for Java, without what would change its settings behind our back."""
    changing = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH")
    return {
        name: value
        for name, value in os.environ.items()
        if name not in changing and not name.lower().startswith("arcadedb")
    }


def write_users(root: Path, writer_password: str, reader_password: str) -> None:
    """Write the two users and their rights: one may do everything with data and schema, one may read data.

    The passwords are random and long, so the hash needs few rounds to keep them.
    """
    config = root / "config"
    config.mkdir(mode=0o700, parents=True, exist_ok=True)
    users = [_user(WRITER, writer_password, "admin"), _user(READER, reader_password, "reader")]
    write_private(config / "server-users.jsonl", "".join(json.dumps(user) + "\n" for user in users))
    every = ["createRecord", "readRecord", "updateRecord", "deleteRecord"]
    groups = {
        "admin": _group(["updateSecurity", "updateSchema", "updateDatabaseSettings"], every),
        "reader": _group([], ["readRecord"]),
        "*": _group([], []),
    }
    write_private(
        config / "server-groups.json", json.dumps({"databases": {"*": {"groups": groups}}, "version": 2})
    )


def free_port() -> int:
    """A port of the loopback address that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def heap_bytes() -> int:
    """Java's memory: a quarter of the machine's (or the container's), from 512 MiB to 4 GiB."""
    import psutil

    total = int(psutil.virtual_memory().total)
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            total = min(total, int(Path(limit).read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue  # no such limit on this system, or the word "max"
    return max(_GIB // 2, min(total // 4, 4 * _GIB))


def _user(name: str, password: str, group: str) -> dict[str, object]:
    salt = base64.b64encode(secrets.token_bytes(32)).decode("ascii")
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode("ascii"), _ROUNDS, 32)
    return {
        "name": name,
        "databases": {"*": [group]},
        "password": f"PBKDF2WithHmacSHA256${_ROUNDS}${salt}${base64.b64encode(digest).decode('ascii')}",
    }


def _group(rights: list[str], records: list[str]) -> dict[str, object]:
    return {"resultSetLimit": -1, "readTimeout": -1, "access": rights, "types": {"*": {"access": records}}}

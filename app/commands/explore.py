"""`iamatlas explore`: the explorer in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.options import Options, Problem, command
from app.output import say

PAGE = Path(__file__).parent.parent / "explorer.py"


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "explore", "Open the explorer in the browser")(explore)


def explore(
    options: Options,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port it is served on.")] = 8501,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address, open no browser.")
    ] = False,
) -> int:
    """Open the explorer in the browser. It is served on 127.0.0.1, until Ctrl-C.

    For example: iamatlas explore --port 8600 --no-browser
    """
    import os
    import signal
    import subprocess
    import sys

    if _taken(port):
        raise Problem(f"The port {port} is in use. Name another one: iamatlas explore --port {port + 1}")
    environment = {**os.environ, **_settings(options)}
    arguments = [
        sys.executable, "-m", "streamlit", "run", str(PAGE),
        # Served to others only where somebody says so, as the container image does.
        f"--server.address={os.environ.get('STREAMLIT_SERVER_ADDRESS', '127.0.0.1')}",
        f"--server.port={port}",
        f"--server.headless={'true' if no_browser else 'false'}",
        # The name by which others reach it: a browser's connection from elsewhere is refused.
        f"--browser.serverAddress={os.environ.get('STREAMLIT_BROWSER_SERVER_ADDRESS', '127.0.0.1')}",
        "--browser.gatherUsageStats=false",
        "--server.showEmailPrompt=false",
        "--server.fileWatcherType=none",
    ]  # fmt: skip
    # A database that can't be reached shows here, in one line, rather than on the page.
    options.connect().close()
    say(f"The explorer is at http://127.0.0.1:{port} (Ctrl-C ends it).")
    server = subprocess.Popen(arguments, env=environment)
    # Ended from outside, it takes the server along.
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        return 0 if server.wait() in (0, -15) else 2
    except KeyboardInterrupt:
        server.terminate()
        server.wait()
        return 0


def _taken(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _settings(options: Options) -> dict[str, str]:
    """The connection's options, handed on as the settings that they stand for."""
    given = {
        "IAMATLAS_URI": options.uri,
        "IAMATLAS_USER": options.user,
        "IAMATLAS_PASSWORD": options.password,
        "IAMATLAS_DATABASE": options.database,
        "IAMATLAS_HOME": str(options.home.absolute()) if options.home else None,
    }
    return {name: value for name, value in given.items() if value is not None}

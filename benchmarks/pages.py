"""The explorer's pages: how long a visitor waits until a page is up, and until what is worked out aside is there.

The page's own code runs in this process, without a browser; a browser's time comes on top, and is the same for
accounts of every size, since lists and pictures are cut to what can be read.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Iterator
from functools import cache
from unittest import mock

from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from benchmarks.accounts import export
from benchmarks.figures import Figure, Run, watched
from graph.connection import Settings, connect
from loader.load import load
from tests import servers
from tests.synthetic import ACCOUNT

UP_GOAL = 2.0
MOST_SECONDS = 120.0
"""So long it is waited for what is worked out aside."""
USER = f"arn:aws:iam::{ACCOUNT}:user"
BUCKET = "arn:aws:s3:::acme-payments-prod-data"
_SCRIPT = "from app.views.{module} import {page}\n{page}()\n"


def pages(run: Run) -> Iterator[Figure]:
    """Every page, at the largest size: the first visit after a load, and the next."""
    size = run.sizes[-1]
    # A server looks for components once, when it starts; the testing of pages does so for each of them.
    scan = cache(manifest_scanner.scan_component_manifests)
    with (
        servers.server(run.server) as settings,
        _known(settings),
        mock.patch.object(manifest_scanner, "scan_component_manifests", scan),
    ):
        with watched() as start:
            for module in (
                "overview",
                "search",
                "who_can",
                "principal",
                "paths",
                "choke_points",
                "policy",
                "data",
            ):
                importlib.import_module(f"app.views.{module}")
            AppTest.from_string("").run()
        yield start.figure("explorer: start of the process")
        with connect(settings) as database:
            load(database, [export(size)])
            rows = database.read(
                "MATCH (p:User) RETURN p.arn AS arn, 'user' AS kind ORDER BY arn LIMIT 1 UNION ALL "
                "MATCH (p:Role) RETURN p.arn AS arn, 'role' AS kind ORDER BY arn LIMIT 1 UNION ALL "
                "MATCH (p:Managed) WHERE p.loaded = true "
                "RETURN p.id AS arn, 'policy' AS kind ORDER BY arn LIMIT 1"
            )
            found = {row["kind"]: row["arn"] for row in rows}
        for name, module, given in (
            ("overview", "overview", {}),
            ("search", "search", {"find": "payments"}),
            ("who can", "who_can", {"action": "s3:GetObject", "resource": f"{BUCKET}/2026.csv"}),
            ("who can, over hops", "who_can",
             {"action": "s3:GetObject", "resource": f"{BUCKET}/2026.csv", "hops": "yes"}),
            ("principal", "principal", {"arn": found["role"]}),
            ("principal, what it can do", "principal", {"arn": found["user"], "show": "does"}),
            ("paths", "paths", {"from": found["user"]}),
            ("choke points", "choke_points", {}),
            ("policy", "policy", {"id": found["policy"]}),
            ("cypher", "cypher", {"query": "principals"}),
            ("data", "data", {}),
        ):  # fmt: skip
            yield from _visited(name, module, given, size)


def _visited(name: str, module: str, given: dict[str, str], size: int) -> Iterator[Figure]:
    """Two visits; of the first also the time until nothing is being worked out any more."""
    begun = time.perf_counter()
    with watched() as first:
        page = _open(module, given)
    while _waits(page) and time.perf_counter() - begun < MOST_SECONDS:
        # A browser looks by a small part of the page alone; the whole of it, as here, would slow the work down.
        time.sleep(max(0.3, 0.1 * (time.perf_counter() - begun)))
        page = _open(module, given)
    whole = time.perf_counter() - begun
    note = f"not yet whole after {whole:.0f} s" if _waits(page) else f"whole after {whole:.1f} s"
    with watched() as again:
        page = _open(module, given)
    if page.exception or _failed(page):
        raise RuntimeError(f"the page {name} failed")
    yield first.figure(f"page {name}: up, first visit", size, goal=UP_GOAL, note=note)
    yield again.figure(f"page {name}: up, next visit", size, goal=UP_GOAL)


def _open(module: str, given: dict[str, str]) -> AppTest:
    page = AppTest.from_string(
        _SCRIPT.format(module=module, page=f"{module}_page"), default_timeout=10 * MOST_SECONDS
    )
    for key, value in given.items():
        page.query_params[key] = value
    return page.run()


def _texts(page: AppTest) -> Iterator[str]:
    for each in page.get("html"):
        yield str(getattr(each.proto, "body", ""))


def _waits(page: AppTest) -> bool:
    return any('role="status"' in text for text in _texts(page))


def _failed(page: AppTest) -> bool:
    return any("This page failed" in text for text in _texts(page))


def _known(settings: Settings) -> mock._patch_dict:
    """The server's settings where the pages look for them."""
    return mock.patch.dict(
        os.environ,
        {
            "IAMATLAS_URI": settings.uri,
            "IAMATLAS_USER": settings.user,
            "IAMATLAS_PASSWORD": settings.password,
            "IAMATLAS_DATABASE": settings.database,
            "IAMATLAS_HOME": str(settings.home),
        },
    )

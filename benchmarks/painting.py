"""Pictures in the browser: from the moment a picture's data are there until its network is painted.

Chromium opens the page that the explorer saves: it draws by the same script as a picture within the explorer.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median

from app.pictures.files import page_of
from app.pictures.layout import layered
from app.pictures.picture import Edge, Node, Picture
from app.pictures.text import labels
from benchmarks.figures import Figure, Run

GOALS = {100: 0.25, 500: 0.5}
TIMES = 7
_KINDS = ("user", "group", "policy", "allow", "resource")
_PAINT = """async () => {
    const drawing = JSON.parse(document.getElementById('drawing').textContent);
    const root = document.querySelector('.picture');
    const begun = performance.now();
    const { network, close } = drawPicture(root, drawing, {});
    await new Promise((painted) => network.once('afterDrawing', () => requestAnimationFrame(painted)));
    const taken = performance.now() - begun;
    close();
    return taken / 1000;
}"""


def painting(run: Run) -> Iterator[Figure]:  # noqa: ARG001
    """A picture of 100 nodes, and one of 500."""
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        raise RuntimeError("no Chromium on this machine (Debian: apt-get install chromium)")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        for nodes, goal in GOALS.items():
            picture = _picture(nodes)
            file = Path(folder) / f"{nodes}.html"
            file.write_text(page_of(picture), encoding="utf-8")
            page.goto(file.as_uri())
            page.wait_for_selector("canvas")
            taken = median(page.evaluate(_PAINT) for _ in range(TIMES))
            note = f"{len(picture.nodes)} nodes, {len(picture.edges)} edges; median of {TIMES}"
            yield Figure(f"paint {nodes} nodes", taken, goal=goal, note=note)
        browser.close()


def _picture(nodes: int) -> Picture:
    """Five columns from users to resources, as pictures of who can have them."""
    high = nodes // len(_KINDS)
    columns = [[f"{kind} {at}" for at in range(high)] for kind in _KINDS]
    edges = [
        (source, after[(at * 7 + step) % high])
        for before, after in pairwise(columns)
        for at, source in enumerate(before)
        for step in (0, 1)
    ]
    drawn = [Node(name, name.partition(" ")[0], name, (name,)) for names in columns for name in names]
    return Picture(
        f"{nodes} nodes",
        tuple(drawn),
        tuple(Edge(source, target, "allowed") for source, target in edges),
        layered(columns, edges, labels(drawn)),
    )

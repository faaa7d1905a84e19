"""The built-in organization: a fictitious ferry company, Tidewick, told in AWS's own export formats.

The modules of this package describe the company account by account; ``python -m loader.demo.build``
writes them as the folder that ``load`` reads. `FOLDER` is that folder.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "organization"
"""The folder with the exports, ready for ``load``."""

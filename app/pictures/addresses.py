"""The addresses of the explorer's pages."""

from __future__ import annotations

from urllib.parse import urlencode


def address(page: str, **given: str | None) -> str:
    """The address of a page, with what it is about; links to it are followed without loading all anew."""
    found = {key: value for key, value in given.items() if value}
    return f"{page}?{urlencode(found)}" if found else page

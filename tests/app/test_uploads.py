"""The names under which uploads are written."""

from __future__ import annotations

import pytest

from app.views.data import file_name


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("account.json", "account.json"),
        ("account.json.gz", "account.json.gz"),
        ("../../../../etc/passwd", "passwd"),
        ("C:\\exports\\prod.json", "prod.json"),
        ("..", "upload.json"),
        ("", "upload.json"),
        (".hidden.json", "hidden.json"),
        ("<script>alert(1)</script>.json", "script-.json"),
        ("\u202egnp.json", "gnp.json"),
        ("a/\x00b.json", "b.json"),
        ("L" * 10_000 + ".json", "L" * 115 + ".json"),
    ],
)
def test_an_upload_is_written_under_a_plain_name_in_its_own_folder(given: str, expected: str) -> None:
    assert file_name(given) == expected

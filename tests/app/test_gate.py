"""Who is invited to an explorer that is served to others."""

from __future__ import annotations

from typing import Any

import pytest

from app.views.gate import is_invited, is_own_name


class User:
    """A user as Streamlit gives one."""

    def __init__(self, **claims: Any) -> None:
        self.claims = claims

    def to_dict(self) -> dict[str, Any]:
        return self.claims


@pytest.mark.parametrize(
    ("claims", "invited", "expected"),
    [
        ({"email": "ann@example.com"}, "", True),
        ({"email": "Ann@Example.com"}, "ann@example.com", True),
        ({"email": "ann@example.com"}, "bob@example.com, @example.com", True),
        ({"email": "ann@example.com.evil.org"}, "@example.com", False),
        ({"email": "ann@notexample.com"}, "@example.com", False),
        ({"email": "ann@example.com", "email_verified": False}, "@example.com", False),
        ({"email": "", "name": "ann@example.com"}, "ann@example.com", False),
        ({}, "@example.com", False),
    ],
)
def test_only_confirmed_addresses_that_are_named_are_invited(
    claims: dict[str, Any], invited: str, *, expected: bool
) -> None:
    assert is_invited(User(**claims), invited) is expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:8501", True),
        ("localhost:8501", True),
        ("[::1]:8501", True),
        ("192.168.1.7:8501", True),
        ("Atlas.Example.com", True),
        ("evil.example:8501", False),
        ("127.0.0.1.evil.example:8501", False),
        ("localhost.evil.example", False),
        ("atlas.example.com.evil.example", False),
    ],
)
def test_only_its_own_names_are_answered_where_nobody_signs_in(host: str, *, expected: bool) -> None:
    assert is_own_name(host, (None, "atlas.example.com")) is expected

"""What is known of a request: context keys with their values, keys known to be absent, and open ones.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

Value = str | tuple[str, ...]


class _Marker:
    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


ABSENT: Final = _Marker("ABSENT")
OPEN: Final = _Marker("OPEN")
Known = Value | _Marker


def text_of(value: object) -> str:
    """A context value as AWS compares it: booleans as `true` and `false`, numbers in digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def as_value(value: object) -> Value:
    """One value, or a tuple of values for a key that holds several."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return tuple(text_of(item) for item in value)
    return text_of(value)


class Context:
    """The context keys of one request. Key names are compared without regard to case.

    `closed` says that every key not given is absent (a complete request); otherwise such a key is open,
    unless it begins with one of `complete_prefixes` (all tags of a principal that has been loaded, say). Of an
    open key `beginnings` may tell how its value begins.
    """

    __slots__ = ("_absent", "_beginnings", "_closed", "_parent", "_prefixes", "_values")

    def __init__(
        self,
        values: Mapping[str, object] | None = None,
        *,
        absent: Iterable[str] = (),
        complete_prefixes: Sequence[str] = (),
        beginnings: Mapping[str, str] | None = None,
        closed: bool = False,
        parent: Context | None = None,
    ) -> None:
        self._values = {key.lower(): as_value(value) for key, value in (values or {}).items()}
        self._absent = frozenset(key.lower() for key in absent)
        self._prefixes = tuple(prefix.lower() for prefix in complete_prefixes)
        self._beginnings = {key.lower(): text for key, text in (beginnings or {}).items()}
        self._closed = closed
        self._parent = parent

    def beginning(self, key: str) -> str:
        """How the value of an open key (given in lower case) is known to begin; empty where nothing is known."""
        return self._beginnings.get(key, "")

    def __getitem__(self, key: str) -> Known:
        """The value of a key (given in lower case), ABSENT, or OPEN."""
        value = self._values.get(key)
        if value is not None:
            return value
        if self._closed or key in self._absent:
            return ABSENT
        # What was said of the request goes before what is known not to be there: a session may have more tags.
        found = self._parent[key] if self._parent is not None else OPEN
        if found is OPEN and self._prefixes and key.startswith(self._prefixes):
            return ABSENT
        return found

    def over(self, parent: Context) -> Context:
        """The same knowledge, with `parent` asked for what it leaves open."""
        made = Context.__new__(Context)
        made._values, made._absent, made._prefixes = self._values, self._absent, self._prefixes
        made._beginnings, made._closed, made._parent = self._beginnings, self._closed, parent
        return made

    def known(self) -> dict[str, Value]:
        """Every key with a value, in lower case."""
        inherited = self._parent.known() if self._parent is not None else {}
        return {**{k: v for k, v in inherited.items() if k not in self._absent}, **self._values}

"""Fields of JSON objects with their types checked; what is wrong is said with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iam.document import RepeatedKeys
from loader.problems import BadInput, shown

MAXIMUM_KEY_BYTES = 2_048
"""The longest ARN that AWS gives out; databases index no key of any length."""
MAXIMUM_NAME_BYTES = 512
MAXIMUM_TEXT = 100_000
"""The longest text of any other field."""


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object of a file, and the place where it stands there."""

    file: Path
    place: str
    value: Mapping[str, Any]

    @classmethod
    def of(cls, file: Path, place: str, value: object) -> Fields:
        """The object at a place. Raises `BadInput` when something else, or a field of it twice, stands there."""
        if not isinstance(value, dict):
            raise BadInput(file, place, f"should be an object, not {kind_of(value)}")
        if isinstance(value, RepeatedKeys):
            raise BadInput(file, place, f"holds the field {shown(value.twice)} twice", "Export it again")
        return cls(file, place, value)

    def wrong(self, name: str, problem: str, cure: str = "") -> BadInput:
        """The error for one field."""
        return BadInput(self.file, f"{self.place}.{name}" if self.place else name, problem, cure)

    def text(self, name: str, default: str | None = "") -> str:
        """A text; `default` where it is missing or null. With a default of None it must be there."""
        value = self.value.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self.wrong(
                name, "is missing" if name not in self.value else f"should be text, not {kind_of(value)}"
            )
        if default is None and not value:
            raise self.wrong(name, "is empty")
        if len(value) > MAXIMUM_TEXT:
            raise self.wrong(name, f"is longer than {MAXIMUM_TEXT:,} characters")
        return value

    def key(self, name: str, limit: int = MAXIMUM_KEY_BYTES) -> str:
        """A text that must be there and that becomes a key: an ARN, an id, a name."""
        value = self.text(name, None)
        if len(value) * 4 > limit and len(value.encode()) > limit:
            raise self.wrong(name, f"is longer than {limit:,} bytes, more than AWS allows")
        return value

    def flag(self, name: str) -> bool:
        """True or false; false where it is missing or null."""
        value = self.value.get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise self.wrong(name, f"should be true or false, not {kind_of(value)}")
        return value

    def number(self, name: str) -> int | None:
        """A whole number, or None."""
        value = self.value.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
            raise self.wrong(name, f"should be a whole number, not {kind_of(value)}")
        return value

    def items(self, name: str) -> list[Any]:
        """A list; empty where it is missing or null."""
        value = self.value.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(name, f"should be a list, not {kind_of(value)}")
        return value

    def objects(self, name: str) -> Iterator[Fields]:
        """The objects of a list; places count from 1."""
        place = f"{self.place}.{name}" if self.place else name
        for index, item in enumerate(self.items(name), 1):
            yield Fields.of(self.file, f"{place}[{index}]", item)

    def consumed(self, name: str) -> Iterator[Fields]:
        """The same, taking each object out of the list, so that a large file's memory is given back."""
        place = f"{self.place}.{name}" if self.place else name
        left = self.items(name)
        left.reverse()
        index = 0
        while left:
            index += 1
            yield Fields.of(self.file, f"{place}[{index}]", left.pop())

    def texts(self, name: str) -> list[str]:
        """The texts of a list."""
        found = self.items(name)
        for index, item in enumerate(found, 1):
            if not isinstance(item, str):
                raise self.wrong(f"{name}[{index}]", f"should be text, not {kind_of(item)}")
        return found

    def within(self, name: str) -> Fields | None:
        """The object in a field, or None where it is missing or null."""
        value = self.value.get(name)
        return None if value is None else Fields.of(self.file, f"{self.place}.{name}".lstrip("."), value)

    def tags(self, name: str) -> dict[str, str]:
        """Tags, as AWS lists them (`[{"Key", "Value"}]`) or as an object."""
        value = self.value.get(name)
        if isinstance(value, dict):
            held = Fields.of(self.file, f"{self.place}.{name}", value)
            return {key: held.text(key) for key in value}
        return {each.text("Key", None): each.text("Value") for each in self.objects(name)}


def kind_of(value: object) -> str:
    """What a JSON value is, in words, and the value itself where it is short."""
    names = {dict: "an object", list: "a list", type(None): "null", str: "text"}
    if type(value) in names:
        return names[type(value)]
    return shown(f"{'true' if value is True else 'false' if value is False else value}", 40)

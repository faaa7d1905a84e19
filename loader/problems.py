"""What can be wrong with what comes in: input that can't be loaded, and warnings where the rest is right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SHOWN_CHARACTERS = 200


class BadInput(Exception):
    """Input that can't be loaded; nothing is changed. Its text is one line: file, place, problem and cure.

    `file` is the path as it was given, `place` where in it (`UserDetailList[3].Arn`, `line 7`), empty for the
    whole file, and `cure` what to do, empty where there is nothing to say.
    """

    def __init__(self, file: str | Path, place: str, problem: str, cure: str = "") -> None:
        self.file = str(file)
        self.place = shown(place)
        self.problem = shown(problem, 3 * SHOWN_CHARACTERS).rstrip(".")
        self.cure = cure
        where = f"{shown(self.file, 400)}: {self.place}" if self.place else shown(self.file, 400)
        colon = "" if self.place and self.problem.startswith(("is ", "should ", "holds ")) else ":"
        super().__init__(" ".join(f"{where}{colon} {self.problem}. {self.cure}".split()).removesuffix("."))


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning: the entity it is about (an ARN, an account id or a file), and what is wrong with it."""

    entity: str
    text: str

    def __str__(self) -> str:
        return f"{self.entity}: {self.text}"


@dataclass(slots=True)
class Report:
    """What was noticed while reading: warnings in the order found, each once, and what was not there.

    `missing` names what the source lacks and could change answers.
    """

    _warnings: dict[Warned, None] = field(default_factory=dict)
    _missing: dict[tuple[str, str], None] = field(default_factory=dict)

    def warn(self, entity: str, text: str) -> str:
        """Note a warning; returns its text, cut and in one line, to mark the entity with."""
        warned = Warned(shown(entity, 400), shown(text, 2 * SHOWN_CHARACTERS))
        self._warnings[warned] = None
        return warned.text

    def lacks(self, account: str, text: str) -> None:
        """Note what is not there; `account` is empty for what concerns all of them."""
        self._missing[account, shown(text, 2 * SHOWN_CHARACTERS)] = None

    @property
    def warnings(self) -> list[Warned]:
        """All warnings."""
        return list(self._warnings)

    def missing(self, account: str | None = None) -> list[str]:
        """What is missing: of one account (with what concerns all), or of all."""
        return list(
            dict.fromkeys(
                text if account is not None or not of else f"account {of}: {text}"
                for of, text in self._missing
                if account is None or of in ("", account)
            )
        )

    def warnings_of(self, account: str) -> Iterator[str]:
        """The warnings about entities of an account."""
        return (str(one) for one in self._warnings if f":{account}:" in one.entity or one.entity == account)


def shown(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """Text from outside in one line of printable characters, cut where it is long."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "".join(character if character.isprintable() else " " for character in cut)

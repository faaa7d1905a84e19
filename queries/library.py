"""The library: ready-made questions in Cypher, one `.cypher` file each.

A file begins with a head of comment lines that say what the query answers:

    // Title: Members of groups
    // Question: Who is in a group?
    // Parameter: group (text, default "", example "engineers"): the group's name or ARN
    // Column: user: the user's name

A parameter without a default must be given. What follows the head is one reading statement, written so that
it gives the same rows on Neo4j and on the embedded server.
"""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from queries.errors import QuestionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.connection import Database, Table

FOLDER = Path(__file__).parent / "library"

_HEAD = re.compile(r"//\s*(Title|Question|Parameter|Column):\s*(.+)")
_PARAMETER = re.compile(r"(?P<name>[a-z_]+) \((?P<type>text|number|flag)(?P<more>[^)]*)\): (?P<meaning>.+)")
_MORE = re.compile(r", (default|example) (\"[^\"]*\"|-?\d+|true|false)")
_COLUMN = re.compile(r"(?P<name>[a-z_]+): (?P<meaning>.+)")
_USED = re.compile(r"\$([A-Za-z_]+)")


class LibraryFault(Exception):
    """A file of the library is not written as the library asks for. The text names file and line."""


@dataclass(frozen=True)
class Parameter:
    """A parameter: its name, its type (`text`, `number` or `flag`), what it means.

    `default` is None where it must be given; `example` is None where the default speaks for itself.
    """

    name: str
    type: str
    meaning: str
    default: str | int | bool | None = None
    example: str | int | bool | None = None

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is None

    def value_of(self, given: object) -> str | int | bool:
        """What was given as the parameter's type. Raises QuestionError where it isn't one."""
        if self.type == "text":
            return str(given)
        if self.type == "number":
            try:
                return int(str(given))
            except ValueError:
                raise QuestionError(f"The parameter {self.name} is a number, not {given!r}.") from None
        word = str(given).lower()
        if word not in ("true", "false"):
            raise QuestionError(f"The parameter {self.name} is true or false, not {given!r}.")
        return word == "true"


@dataclass(frozen=True)
class Column:
    """A column of the answer and what it means."""

    name: str
    meaning: str


@dataclass(frozen=True)
class LibraryQuery:
    """A ready-made question. `name` is the file's name without its ending; `cypher` has no head."""

    name: str
    title: str
    question: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    cypher: str

    def arguments(self, given: Mapping[str, object]) -> dict[str, str | int | bool]:
        """The value of every parameter, defaults filled in.

        Raises QuestionError for a parameter that is missing, unknown or of another type.
        """
        known = {each.name: each for each in self.parameters}
        for name in given:
            if name not in known:
                have = f"It has {', '.join(known)}." if known else "It has none."
                raise QuestionError(f"The query {self.name} has no parameter {name!r}. {have}")
        values: dict[str, str | int | bool] = {}
        for each in self.parameters:
            if each.name in given:
                values[each.name] = each.value_of(given[each.name])
            elif each.default is not None:
                values[each.name] = each.default
            else:
                raise QuestionError(
                    f"The query {self.name} needs the parameter {each.name}: {each.meaning}. "
                    f"Give it with --param {each.name}={each.example or '…'}"
                )
        return values


@cache
def library() -> dict[str, LibraryQuery]:
    """Every query of the library by its name, in the order of names. Raises LibraryFault."""
    return {path.stem: read_query(path) for path in sorted(FOLDER.glob("*.cypher"))}


def find_query(name: str) -> LibraryQuery:
    """The query of this name (any case, `_` as good as `-`). Raises QuestionError with the nearest names."""
    wanted = name.strip().lower().replace("_", "-").removesuffix(".cypher")
    found = library().get(wanted)
    if found is not None:
        return found
    near = difflib.get_close_matches(wanted, library(), n=3, cutoff=0.5)
    near += [each for each in library() if wanted and wanted in each and each not in near][:3]
    hint = f"Did you mean {' or '.join(near)}?" if near else "iamatlas query lists all."
    raise QuestionError(f"There is no query named {name!r}. {hint}")


def run_query(
    database: Database, query: LibraryQuery | str, parameters: Mapping[str, object] | None = None
) -> Table:
    """Run a query of the library; its columns are those that its head names, in that order.

    Raises QuestionError for an unknown name or wrong parameters, `graph.connection.DatabaseUnavailable`.
    """
    from graph.sequence import consistent_read

    known = find_query(query) if isinstance(query, str) else query
    arguments: dict[str, Any] = dict(known.arguments(parameters or {}))
    return consistent_read(database, lambda: database.table(known.cypher, **arguments))


def read_query(path: Path) -> LibraryQuery:
    """Read and check one file. Raises LibraryFault."""
    lines = path.read_text(encoding="utf-8").splitlines()
    texts: dict[str, str] = {}
    parameters: list[Parameter] = []
    columns: list[Column] = []
    head_lines = list(takewhile(lambda line: line.startswith("//"), lines))
    for number, line in enumerate(head_lines, 1):
        place = f"{path.name}, line {number}"
        head = _HEAD.fullmatch(line.strip())
        if head is None:
            raise LibraryFault(f"{place}: not Title, Question, Parameter or Column")
        kind, text = head.groups()
        if kind == "Parameter":
            parameters.append(_parameter(text, place))
        elif kind == "Column":
            column = _COLUMN.fullmatch(text)
            if column is None:
                raise LibraryFault(f"{place}: not `Column: name: meaning`")
            columns.append(Column(column["name"], column["meaning"]))
        elif kind in texts:
            raise LibraryFault(f"{place}: {kind} for the second time")
        else:
            texts[kind] = text
    cypher = "\n".join(lines[len(head_lines) :]).strip()
    _check(path.name, texts, columns, cypher, {each.name for each in parameters})
    return LibraryQuery(
        path.stem, texts["Title"], texts["Question"], tuple(parameters), tuple(columns), cypher
    )


def _check(name: str, texts: Mapping[str, str], columns: list[Column], cypher: str, have: set[str]) -> None:
    missing = {"Title", "Question"} - texts.keys()
    if missing:
        raise LibraryFault(f"{name}: no {' and no '.join(sorted(missing))}")
    if not columns or not cypher:
        raise LibraryFault(f"{name}: no {'Column' if not columns else 'statement'}")
    used = set(_USED.findall(cypher))
    if used != have:
        raise LibraryFault(f"{name}: the head names {sorted(have)}, the statement uses {sorted(used)}")


def _parameter(text: str, place: str) -> Parameter:
    match = _PARAMETER.fullmatch(text)
    more = match["more"] if match else ""
    if match is None or _MORE.sub("", more):
        raise LibraryFault(f"{place}: not `Parameter: name (type, default …, example …): meaning`")
    values = {kind: json.loads(value) for kind, value in _MORE.findall(more)}
    if not values:
        raise LibraryFault(f"{place}: {match['name']} has neither default nor example")
    return Parameter(
        match["name"], match["type"], match["meaning"], values.get("default"), values.get("example")
    )

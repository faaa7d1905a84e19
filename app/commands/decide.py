"""`iamatlas decide`: decide stand-alone cases, without a database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.options import BAD_INPUT, Options, Problem, command
from app.output import Format, say, write_csv, write_json_line, write_table

if TYPE_CHECKING:
    from typing import BinaryIO

LONGEST_LINE = 64 * 1024 * 1024
COLUMNS = ("id", "result", "blocked_by", "error")


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "decide", "Decide stand-alone cases, no database")(decide)


def decide(
    options: Options,
    cases: Annotated[
        str, typer.Argument(metavar="CASES.jsonl", help="A file of cases, plain or gzip; - for input.")
    ],
) -> int:
    """Decide stand-alone cases, one JSON object a line, without a database.

    Each line gives a request and its policies. The answer is one line a case, in order: id, result (Allowed,
    ImplicitlyDenied, ExplicitlyDenied) and blocked_by. A case that can't be decided gives id and error; the
    exit code is then 2 at the end.

    For example: iamatlas decide cases.jsonl
    """
    faults = 0

    def answers() -> Iterator[dict[str, Any]]:
        nonlocal faults
        for number, line in enumerate(_lines(cases), 1):
            if line.strip():
                answer = _answer(line, number)
                faults += "error" in answer
                yield answer

    if options.format in (None, Format.JSON):
        for at, answer in enumerate(answers()):
            if options.limit is None or at < options.limit:
                write_json_line(answer)
    else:
        rows = options.limited([[answer.get(column) for column in COLUMNS] for answer in answers()])
        (write_csv if options.format is Format.CSV else write_table)(COLUMNS, rows)
    if faults:
        say(f"{faults} cases could not be decided; each has its error in the output.")
        return BAD_INPUT
    return 0


def _answer(line: bytes, number: int) -> dict[str, Any]:
    import json

    from iam.cases import CaseError, read_case

    if len(line) > LONGEST_LINE:
        return {"id": None, "error": f"line {number} is longer than {LONGEST_LINE:,} bytes"}
    try:
        raw = json.loads(line)
    except RecursionError:
        return {"id": None, "error": f"line {number}: nested too deeply"}
    except ValueError as error:
        return {"id": None, "error": f"line {number}: not JSON: {error}"}
    try:
        case = read_case(raw)
        decision = case.decide()
    except CaseError as error:
        return {"id": _id(raw), "error": str(error)}
    left = (*decision.conditions, *decision.needs)
    if left:
        return {"id": case.id, "error": f"it depends on what the case does not say: {'; '.join(left)}"}
    return {
        "id": case.id,
        "result": decision.result,
        "blocked_by": [layer.value for layer in decision.blocked_by],
    }


def _id(raw: object) -> object:
    return raw.get("id") if isinstance(raw, dict) else None


def _lines(name: str) -> Iterator[bytes]:
    import sys

    if name == "-":
        yield from _bounded(sys.stdin.buffer)
        return
    path = Path(name)
    try:
        with path.open("rb") as file:
            if file.peek(2)[:2] == b"\x1f\x8b":
                import gzip

                with gzip.open(file) as inner:
                    yield from _bounded(inner)  # type: ignore[arg-type]
            else:
                yield from _bounded(file)
    except (OSError, EOFError) as error:
        raise Problem(f"{name}: {getattr(error, 'strerror', None) or error}") from error


def _bounded(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file; of one that is too long only as much is kept as shows that it is."""
    while line := file.readline(LONGEST_LINE + 1):
        yield line
        while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE + 1)
            if not line:
                break

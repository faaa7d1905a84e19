"""Files as text and JSON: plain or gzip, any Unicode encoding, several values one after the other, limits."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from iam.document import json_object
from loader.problems import BadInput, shown

MAXIMUM_BYTES = 1 << 30
"""Larger files are refused, also what a small gzip file would become. A real account stays below 100 MB."""

_GZIP = b"\x1f\x8b"
_LONE_SURROGATES = re.compile(r"\\u[dD][89abAB]|\\u[dD][c-fC-F]")
_ESCAPES = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\.",
    re.DOTALL,
)
_SPACE = re.compile(r"[ \t\r\n]*")
_EXPORT = "aws iam get-account-authorization-details"


def read_text(path: Path) -> str:
    """A file's text. Raises `BadInput` where it is missing, unreadable, empty, too large or no text."""
    data = _read_bytes(path)
    if not data.strip():
        raise BadInput(path, "", "the file is empty", f"Export it again with `{_EXPORT}`")
    try:
        text = data.decode(json.detect_encoding(data))
    except UnicodeDecodeError:
        raise BadInput(path, "", "not text but binary data", "Give the JSON file that AWS returned") from None
    if "\0" in text[:4096]:
        raise BadInput(path, "", "not text but binary data", "Give the JSON file that AWS returned")
    return text.removeprefix("\ufeff")


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAXIMUM_BYTES + 1)
        if data.startswith(_GZIP):
            with gzip.open(path) as packed:
                data = packed.read(MAXIMUM_BYTES + 1)
    except FileNotFoundError:
        raise BadInput(path, "", "there is no such file or folder", "Check the path") from None
    except IsADirectoryError:
        raise BadInput(path, "", "a folder, where a file should be", "Give the folder above it") from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise BadInput(path, "", "a gzip file that ends too early or is broken", "Copy it again") from None
    except OSError as error:
        raise BadInput(path, "", f"it can't be read: {error.strerror}", "Check its permissions") from None
    if len(data) > MAXIMUM_BYTES:
        raise BadInput(path, "", f"larger than {MAXIMUM_BYTES >> 20} MiB", "Export each account by itself")
    return data


def json_values(path: Path, text: str) -> Iterator[Any]:
    """The JSON values of a text, one after the other, as `aws` prints pages.

    Raises `BadInput` for what is no JSON: HTML, an error message, a file that ends too early, a nesting that
    nothing of AWS's has.
    """
    text = without_lone_surrogates(text)
    decoder = json.JSONDecoder(object_pairs_hook=json_object)
    at = _SPACE.match(text).end()  # type: ignore[union-attr]  # it matches anywhere, if nothing
    _refuse_other_formats(path, text, at)
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise _not_json(path, text, error) from None
        except (RecursionError, MemoryError):
            raise too_deep(path) from None
        except ValueError:  # Python's own limit
            raise BadInput(path, "", "it holds a number of thousands of digits", "Export it again") from None
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]
        if at == len(text):
            text = ""  # a large file's memory is needed for what is made of it
            at = 0
        yield value
        del value


def read_json(path: Path) -> Any:
    """The one JSON value of a file. Raises `BadInput`, also where there are several."""
    values = list(json_values(path, read_text(path)))
    if len(values) != 1:
        raise BadInput(path, "", f"{len(values)} JSON values where one is expected")
    return values[0]


def too_deep(path: Path) -> BadInput:
    """The error for a nesting deeper than any export's."""
    return BadInput(path, "", "nested too deeply to be an export of AWS", "Export it again")


def without_lone_surrogates(text: str) -> str:
    r"""JSON text in which escapes of half a character (`\ud800`) stand for no character any more.

    Such a half can't be sent to a database or printed.
    """
    if _LONE_SURROGATES.search(text) is None:
        return text
    return _ESCAPES.sub(lambda found: _whole(found.group()), text)


def _whole(escape: str) -> str:
    return r"\ufffd" if len(escape) == 6 and escape[1] == "u" else escape


def _refuse_other_formats(path: Path, text: str, at: int) -> None:
    head = text[at : at + 400]
    if head.startswith("<"):
        what = "HTML" if re.search(r"<(!doctype )?html", head, re.IGNORECASE) else "XML"
        raise BadInput(
            path, "", f"{what}, not JSON", f"Export with `{_EXPORT} --output json`, not from a web page"
        )
    found = re.search(r"An error occurred \((\w+)\)[^\n]*|(?:Unable to locate credentials)[^\n]*", head)
    if found:
        raise BadInput(
            path, "", f"an error of AWS, no export: {shown(found.group())}", _cure_of(found.group(1) or "")
        )


def _cure_of(code: str) -> str:
    if "denied" in code.lower() or "unauthorized" in code.lower():
        return "Export with credentials that may call iam:GetAccountAuthorizationDetails"
    return "Put that right and export again"


def refuse_error_document(path: Path, value: dict[str, Any]) -> None:
    """Raise `BadInput` for an error that AWS answered instead of data (`{"Error": {"Code": …}}`)."""
    error = value.get("Error", value.get("error"))
    if isinstance(error, dict):
        code, text = str(error.get("Code", "")), str(error.get("Message", ""))
    elif "__type" in value or ("message" in value and "Policies" not in value and len(value) <= 3):
        code, text = str(value.get("__type", "")), str(value.get("message", value.get("Message", "")))
    else:
        return
    raise BadInput(path, "", f"an error of AWS, no export: {code} {text}".strip(), _cure_of(code))


def _not_json(path: Path, text: str, error: json.JSONDecodeError) -> BadInput:
    place = f"line {error.lineno}, column {error.colno}"
    if not text[error.pos :].strip() or error.msg.startswith("Unterminated string"):
        return BadInput(
            path, place, "the JSON ends too early, as if it had been cut off", "Copy or export it again"
        )
    if error.pos <= len(text) - len(text.lstrip()):
        return BadInput(
            path, place, f"not JSON but {shown(text.strip(), 40)!r}", f"Export with `{_EXPORT} --output json`"
        )
    return BadInput(path, place, f"not JSON: {error.msg}", "Copy or export it again")

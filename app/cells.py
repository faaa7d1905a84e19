"""Text from accounts, made harmless for where it is shown: terminals, spreadsheets, JSON.

Names, tags, Sids and descriptions may have been written by an attacker. A terminal obeys escape sequences, a
spreadsheet runs what looks like a formula:
https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import json
import re
from typing import Any

# Control characters of both sets, the marks that turn the direction of text, line and paragraph separators,
# characters without width, and halves of pairs, which no encoding takes.
_HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
# What JSON leaves as it is although a terminal would obey it.
_HARMFUL_IN_JSON = re.compile(
    "[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]"
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Where a semicolon or a tab parts cells, as in much of Europe, quotes within a line hold nothing together: what
# stands behind one of these begins a cell of its own there.
_CELL_WITHIN = re.compile("([;\t\r\n][ \"']*)(?=[=+@＝＋－＠-])")


def terminal_text(value: object) -> str:
    """A value as one line of text in which nothing is left that a terminal would obey.

    Control characters and their like are written as backslash, `x` or `u`, and their code.
    """
    return _HARMFUL.sub(lambda found: _escaped(found.group()), str(value))


def spreadsheet_cell(value: Any) -> Any:
    """A value as a cell that no spreadsheet takes for a formula: such a part gets a `'` in front.

    Numbers, truth values and None come back as they are. Lists are joined by `; `, objects written as JSON.
    """
    if value is None or isinstance(value, (bool, int, float)):
        return value
    text = _HARMFUL_BUT_LINES.sub(lambda found: _escaped(found.group()), cell_text(value))
    text = _CELL_WITHIN.sub(r"\1'", text)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def cell_text(value: Any) -> str:
    """A value as text: lists joined by `; `, objects as JSON, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "; ".join(cell_text(each) for each in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def json_text(value: Any, *, indent: int | None = 2) -> str:
    """A value as JSON that may be shown on a terminal. What JSON does not know is written as text."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    return _HARMFUL_IN_JSON.sub(lambda found: _json_escaped(found.group()), text)


# A cell may hold several lines, and a leading tab is told apart above.
_HARMFUL_BUT_LINES = re.compile(_HARMFUL.pattern.replace("\x00-\x1f", "\x00-\x08\x0b\x0c\x0e-\x1f"))


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escaped(character: str) -> str:
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"

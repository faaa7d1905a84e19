"""What ad-hoc Cypher may not do though a READ session would let it through.

Decided from the statement's own words, outside strings, comments and back-quoted names. READ access on Neo4j
stops writes only: files and addresses (LOAD CSV), other people's transactions, settings and users stay
reachable, so they are refused here. What writes is left to the server, which refuses it for certain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PROCEDURES = frozenset(
    {
        "db.labels",
        "db.ping",
        "db.propertykeys",
        "db.relationshiptypes",
        "db.schema.nodetypeproperties",
        "db.schema.reltypeproperties",
        "db.schema.visualization",
    }
)
"""Procedures that tell what the graph holds and nothing else, in lower case."""

NAMESPACES = frozenset(
    {"date", "datetime", "duration", "localdatetime", "localtime", "point", "time", "vector"}
)
"""First parts of the functions with a dot that compute and reach nothing outside."""

OPERATORS = re.compile(
    r"LoadCSV|^Show|^Terminate|^SystemProcedure|^(Alter|Create|Drop|Grant|Deny|Revoke)", re.IGNORECASE
)
"""Operators of a Neo4j plan that no reading statement has."""

MAX_LENGTH = 100_000

_TOKEN = re.compile(
    r"""
      (?P<space> \s+ | //[^\r\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<string> '(?:[^'\\]|\\.)*(?:'|\Z) | "(?:[^"\\]|\\.)*(?:"|\Z) )
    | (?P<quoted> `(?:[^`]|``)*(?:`|\Z) )
    | (?P<word> [^\W\d]\w* )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\u+([0-9a-fA-F]{4})")
# fmt: off
_SHOWN = frozenset(
    {
        "ALIAS", "ALIASES", "ALL", "BTREE", "BUILT", "CONSTRAINT", "CONSTRAINTS", "CURRENT", "DATABASE",
        "DATABASES", "DEFAULT", "EXECUTABLE", "EXIST", "EXISTENCE", "EXISTS", "FULLTEXT", "FUNCTION",
        "FUNCTIONS", "HOME", "INDEX", "INDEXES", "KEY", "LOOKUP", "NODE", "POINT", "POPULATED",
        "PRIVILEGE", "PRIVILEGES", "PROCEDURE", "PROCEDURES", "PROPERTY", "RANGE", "REL", "RELATIONSHIP",
        "ROLE", "ROLES", "SERVER", "SERVERS", "SETTING", "SETTINGS", "SUPPORTED", "TEXT", "TRANSACTION",
        "TRANSACTIONS", "UNIQUE", "UNIQUENESS", "USER", "USERS", "VECTOR",
    }
)
# fmt: on
# After one of these a word is a name, whatever it says: n.call, (load:Show), [:CALL|SHOW], $use
_NAMING = frozenset({".", ":", "|", "&", "!", "$", "(", "[", ","})


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind == "word" else ""

    @property
    def name(self) -> str:
        return self.text.strip("`").replace("``", "`") if self.kind == "quoted" else self.text

    @property
    def is_name(self) -> bool:
        return self.kind in ("word", "quoted")


def refusal(cypher: str) -> str | None:
    r"""One line on what the statement does that is not reading the graph; None where it may be sent.

    Neo4j reads `\u0043` anywhere in a statement as the character it stands for, so the statement is looked
    at both as it is written and with those replaced.
    """
    if len(cypher) > MAX_LENGTH:
        return f"the statement is longer than {MAX_LENGTH:,} characters"
    readings = {cypher, _ESCAPE.sub(lambda match: chr(int(match[1], 16)), cypher)}
    for reading in sorted(readings, key=len):
        reason = _refusal([token for token in _tokens(reading) if token.kind != "space"])
        if reason:
            return reason
    return None


def refused_operator(plan: object) -> str | None:
    """The first operator of a Neo4j plan (as the driver gives it) that isn't reading, else None."""
    if not isinstance(plan, dict):
        return None
    name = str(plan.get("operatorType", "")).partition("@")[0]
    if OPERATORS.search(name):
        return name
    if name == "ProcedureCall":
        details = str((plan.get("args") or {}).get("Details", ""))
        called = details.partition("(")[0].strip().replace("`", "").lower()
        if called not in PROCEDURES:
            return f"{name} {called}"
    children = (refused_operator(child) for child in plan.get("children") or ())
    return next((found for found in children if found), None)


def _tokens(cypher: str) -> list[_Token]:
    return [_Token(str(match.lastgroup), match.group()) for match in _TOKEN.finditer(cypher)]


def _refusal(tokens: list[_Token]) -> str | None:
    if not tokens:
        return "the statement is empty"
    if tokens[0].upper in ("EXPLAIN", "PROFILE"):
        return f"{tokens[0].upper} is not needed: write the query itself"
    end = _Token("other", "")
    for at, token in enumerate(tokens):
        before = tokens[at - 1] if at else end
        after = tokens[at + 1] if at + 1 < len(tokens) else end
        if token.text == ";" and after is not end:
            return "there are several statements: ask one at a time"
        if not token.is_name:
            continue
        if before.text in _NAMING or before.upper == "AS":
            reason = None
        else:
            reason = _clause(token, after, tokens[at + 1 :], first=at == 0 or before.text == "{")
        reason = reason or _function(tokens, at)
        if reason:
            return reason
    return None


def _clause(token: _Token, after: _Token, rest: list[_Token], *, first: bool) -> str | None:
    """What is wrong with the clause that this word begins, if it begins one."""
    if token.upper == "LOAD" and after.upper == "CSV":
        return "LOAD CSV reads files and addresses outside the graph"
    if token.upper == "TERMINATE" and (first or after.upper in ("TRANSACTION", "TRANSACTIONS")):
        return "TERMINATE ends other people's transactions"
    if token.upper == "SHOW" and (first or after.upper in _SHOWN):
        return f"SHOW {after.upper} tells about the server, not about the graph"
    if token.upper == "USE" and (first or after.is_name):
        return "USE leaves the database that is asked"
    if token.upper == "CALL" and after.is_name:
        name = _dotted(rest)
        if name.lower() not in PROCEDURES:
            return (
                f"the procedure {name[:80]} is not among the reading ones ({', '.join(sorted(PROCEDURES))})"
            )
    return None


def _function(tokens: list[_Token], at: int) -> str | None:
    """What is wrong with the function called here by a name with dots, if one is (`apoc.load.json(...)`)."""
    if at and tokens[at - 1].text == ".":
        return None
    if at and tokens[at - 1].upper == "CALL":
        return None
    end = at
    while end + 2 < len(tokens) and tokens[end + 1].text == "." and tokens[end + 2].is_name:
        end += 2
    called = end > at and end + 1 < len(tokens) and tokens[end + 1].text == "("
    if called and tokens[at].name.lower() not in NAMESPACES:
        return f"the function {_dotted(tokens[at:])[:80]} is none of Cypher's own"
    return None


def _dotted(tokens: list[_Token]) -> str:
    """The name with dots at the beginning of these tokens."""
    parts = [tokens[0].name]
    for dot, part in zip(tokens[1::2], tokens[2::2], strict=False):
        if dot.text != "." or not part.is_name:
            break
        parts.append(part.name)
    return ".".join(parts)

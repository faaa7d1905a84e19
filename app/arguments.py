"""What people write on the command line, read: `--context KEY=VALUE`."""

from __future__ import annotations

from collections.abc import Sequence

from app.options import Problem


def context_of(given: Sequence[str] | None) -> dict[str, str | list[str]]:
    """`--context KEY=VALUE` as a context; a repeated key makes a list, `KEY=` says that it is absent.

    Raises Problem for what is no KEY=VALUE, and for a key that is both absent and given.
    """
    found: dict[str, list[str]] = {}
    spelled: dict[str, str] = {}
    for each in given or ():
        key, equals, value = each.partition("=")
        key = key.strip()
        if not equals or ":" not in key:
            raise Problem(f"--context {each!r} is not KEY=VALUE, as --context aws:SourceIp=203.0.113.7")
        key = spelled.setdefault(key.lower(), key)
        found.setdefault(key, []).append(value)
    for key, values in found.items():
        if "" in values and len(values) > 1:
            raise Problem(f"--context {key} is given a value and said to be absent ({key}=).")
    return {key: values if len(values) > 1 else values[0] for key, values in found.items()}

"""What people call principals and resources, resolved to ARNs; with the nearest names where there is none."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from iam.arn import parse_arn
from iam.entities import Principal, PrincipalType
from queries.errors import QuestionError
from queries.nothing import NOTHING_LOADED

if TYPE_CHECKING:
    from iam.estate import Estate

SHOWN = 5
_SHORT = (PrincipalType.USER, PrincipalType.ROLE)


def find_principal(estate: Estate, text: str) -> Principal:
    """The principal that a text means: an ARN, `user/alice`, `role/app`, or a name that only one has.

    A path may be given (`role/service/app`). Raises QuestionError with the candidates where several have the
    name, and with the nearest where none has.
    """
    wanted = text.strip()
    found = estate.principal(wanted)
    if found is not None:
        return found
    candidates = _candidates(estate.principals(), wanted)
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise _several(wanted, f"{len(candidates)} principals", [each.arn for each in candidates])
    raise _unknown(estate, wanted)


def _candidates(principals: Iterable[Principal], wanted: str) -> list[Principal]:
    kind, slash, rest = wanted.partition("/")
    every = list(principals)
    if slash and kind in ("user", "role"):
        own = [each for each in every if each.type == kind]
        suffix = f":{kind}/{rest}"
        return [each for each in own if each.arn.endswith(suffix)] or [
            each for each in own if each.name == rest
        ]
    exact = [each for each in every if each.name == wanted or each.arn.endswith(f"/{wanted}")]
    if wanted == "root":
        exact = [each for each in every if each.type is PrincipalType.ROOT]
    return exact or [each for each in every if each.name.lower() == wanted.lower()]


def _unknown(estate: Estate, wanted: str) -> QuestionError:
    if not estate.accounts:
        return QuestionError(f"There is no principal {_quoted(wanted)}. {NOTHING_LOADED}")
    parsed = parse_arn(wanted)
    if parsed is not None and parsed.account and parsed.account not in estate.accounts:
        return QuestionError(
            f"There is no principal {_quoted(wanted)}: the account {parsed.account} is not loaded. "
            "iamatlas load reads its export."
        )
    bare = wanted.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    near = nearest_principals(estate, bare)
    if not near:
        return QuestionError(f"There is no principal {_quoted(wanted)}. iamatlas query principals lists all.")
    arns = [each.arn for each in near]
    return QuestionError(f"There is no principal {_quoted(wanted)}.", _meant(arns), given=wanted, near=arns)


def nearest_principals(estate: Estate, name: str, limit: int = 3) -> list[Principal]:
    """Users and roles whose names are most like a name, best first."""
    by_name: dict[str, list[Principal]] = {}
    for each in estate.principals():
        if each.type in _SHORT:
            by_name.setdefault(each.name.lower(), []).append(each)
    wanted = name.lower()
    starting = [each for each in by_name if wanted and each.startswith(wanted)]
    like = difflib.get_close_matches(wanted, by_name, n=limit, cutoff=0.6)
    holding = [each for each in by_name if wanted and wanted in each]
    near = dict.fromkeys([*starting[:limit], *like, *holding])
    return [principal for each in near for principal in by_name[each]][:limit]


def find_resource(estate: Estate, text: str, *, identities: bool) -> str:
    """The ARN, or pattern of ARNs, that a text means: an ARN, `*`, or the name of something loaded.

    `identities` says that the question is about IAM's own: users, roles, groups, policies.
    Raises QuestionError for anything else, with the forms that are nearest.
    """
    wanted = text.strip()
    if wanted == "*" or parse_arn(wanted) is not None or (wanted.startswith("arn:") and "*" in wanted):
        return wanted
    if wanted.startswith("s3://"):
        near = f"arn:aws:s3:::{wanted[5:]}"
        raise QuestionError(
            f"{_quoted(text)} is no ARN.", f" Did you mean {near} ?", given=wanted, near=[near]
        )
    if wanted.startswith("arn:"):
        raise QuestionError(
            f"{_quoted(text)} is no whole ARN: it takes six parts, "
            "as arn:aws:s3:::bucket/key or arn:aws:iam::123456789012:role/app."
        )
    if identities:
        return _find_identity(estate, wanted)
    named = [
        resource.arn
        for account in estate.accounts.values()
        for resource in account.resources.values()
        if wanted and wanted in (resource.name, resource.arn.rsplit(":", 1)[-1])
    ]
    if len(named) == 1:
        return named[0]
    if named:
        raise _several(wanted, f"{len(named)} resources", named)
    names = {
        each.name: each.arn for account in estate.accounts.values() for each in account.resources.values()
    }
    arns = [names[each] for each in difflib.get_close_matches(wanted, names, n=3, cutoff=0.6)]
    reason = f"{_quoted(text)} is no ARN, and no loaded resource has that name."
    if not arns:
        raise QuestionError(f"{reason} A resource is an ARN, as arn:aws:s3:::bucket/key; * may stand in it.")
    raise QuestionError(reason, _meant(arns), given=wanted, near=arns)


def _find_identity(estate: Estate, wanted: str) -> str:
    """The ARN of a group, managed policy or instance profile as `group/engineers`, else of a principal."""
    kind, slash, name = wanted.rpartition("/")
    kind = kind.partition("/")[0]
    if slash and kind in ("group", "policy", "instance-profile"):
        every = [
            arn
            for account in estate.accounts.values()
            for arn in (*account.groups, *account.policies, *account.instance_profiles)
            if f":{kind}/" in arn
        ]
        found = [arn for arn in every if arn.endswith((f":{wanted}", f"/{name}"))]
        if len(found) == 1:
            return found[0]
        if found:
            raise _several(wanted, str(len(found)), found)
        names = {arn.rsplit("/", 1)[-1]: arn for arn in every}
        near = [names[each] for each in difflib.get_close_matches(name, names, n=3, cutoff=0.6)]
        reason = f"No {kind} named {_quoted(name)} is loaded."
        raise QuestionError(reason, _meant(near), given=wanted, near=near)
    return find_principal(estate, wanted).arn


def _several(wanted: str, what: str, arns: Sequence[str]) -> QuestionError:
    reason = f"{_quoted(wanted)} may mean {what}; name one by its ARN"
    return QuestionError(reason, ":\n" + _listed(arns), given=wanted, near=arns)


def _meant(arns: Sequence[str]) -> str:
    return " Did you mean:\n" + _listed(arns) if arns else ""


def _listed(arns: Iterable[str]) -> str:
    every = list(arns)
    lines = [f"  {arn}" for arn in every[:SHOWN]]
    if len(every) > SHOWN:
        lines.append(f"  and {len(every) - SHOWN} more")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return f"'{text if len(text) <= 200 else text[:197] + '...'}'"

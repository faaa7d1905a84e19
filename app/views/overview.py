"""Overview: what is loaded and when, what is missing, and the numbers from which questions start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.pictures.addresses import address
from app.pictures.kinds import KINDS
from app.views.background import worked_out
from app.views.found_paths import account_of
from app.views.frame import database, page, sequence
from app.views.kept import kept
from app.views.lists import Row, show_list
from app.views.marks import show_marked
from app.views.markup import show
from app.views.policy import condition_words
from app.views.things import PLURALS, counted, page_of, page_of_arn
from graph.marks import read_marks
from iam.techniques import techniques
from loader.escalate import Kept
from queries.administrators import administrators
from queries.answers import grant_words
from queries.choke_points import choke_points
from queries.library import run_query
from queries.paths import paths
from queries.status import status

if TYPE_CHECKING:
    from graph.connection import Database
    from queries.status import Status

MOST_CHOKE_POINTS = 10
_TRUSTING = {
    "outside": (
        "roles that trust accounts outside",
        "Accounts that aren't loaded. Who holds them may take these roles, on the conditions that stand here.",
    ),
    "providers": (
        "roles that trust identity providers",
        "Whoever signs in there may take these roles, on the conditions that stand here.",
    ),
}
_QUESTIONS = (
    ("Who can do something?", address("who-can")),
    ("How would somebody become administrator?", address("paths")),
    ("Which changes stop most paths?", address("choke-points")),
    ("Which roles trust accounts outside?", address("overview", list="outside")),
    ("Who is somebody, and what can they do?", address("search", kind="user")),
)
_STANDINGS = (
    "MATCH (p:Principal) WHERE p.distance_to_admin > 0 RETURN p.arn AS arn, p.path_verdict AS verdict, "
    "p.distance_to_admin AS hops, p.next_techniques AS techniques ORDER BY verdict, hops, arn"
)
_KINDS = ("user", "role", "root", "service", "federated")
_ADMINISTRATORS = (
    "They may do every action on every resource of their account, what SCPs take away not counted."
)
_BECOMING = {
    "allowed": "For certain, as far as is loaded. A click on a principal shows its best path, hop by hop.",
    "depends": "If a condition holds, or if there is something that the data doesn't show: the path says which.",
}


@dataclass(frozen=True)
class Becoming:
    """Who can become administrator.

    `sources` are ARN, verdict, number of hops, the first hop in words, what it hangs on; `grants` are the choke
    points: holder, grant in words, policy's id, how many sources it cuts off; None where they aren't known.
    """

    sources: tuple[tuple[str, str, int, str, str], ...]
    grants: tuple[tuple[str, str, str, int], ...] | None


@page
def overview_page() -> None:
    """The page."""
    with st.spinner("Reading what is loaded …"):
        stands = _status(database(), sequence())
        admins = _administrators(database(), sequence())
        trusting = {
            "outside": _outside(database(), sequence()),
            "providers": _providers(database(), sequence()),
        }
        counts = _counts(database(), sequence())
        marks = read_marks(database())
    which = st.query_params.get("list", "accounts")
    # The numbers on becoming an administrator take longer: the others don't wait for them.
    place = st.container()
    on = database()
    becoming = worked_out("becoming", lambda: _becoming(on), "Working out who can become administrator …")
    if becoming is None:
        becoming = _becoming_kept(on, sequence())
    with place:
        show(
            "overview",
            questions=_QUESTIONS,
            groups=_cards(stands, admins, trusting, counts, becoming, len(marks)),
            chosen=address("overview", list=which),
            outdated=", ".join(each.id for each in stands.accounts if each.outdated),
        )
    if which == "marks":
        show_marked(marks)
    else:
        _show_list(which, stands, admins, trusting, becoming)


def _cards(
    stands: Status,
    admins: list[tuple[str, str, str, str]],
    trusting: dict[str, list[list[Any]]],
    counts: dict[str, int],
    becoming: Becoming | None,
    marks: int,
) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The numbers in groups: title, and for each number its text, its words and the address of its list."""
    verdicts = [verdict for _, verdict, *_ in becoming.sources] if becoming else []
    grants = becoming.grants if becoming else None
    best = "…" if grants is None else f"{grants[0][3] if grants else 0:,}"
    at = {
        name: address("overview", list=name)
        for name in (*_TRUSTING, "accounts", "policy-warnings", "warnings", "missing", "choke-points")
    }
    return [
        (
            "Who there is",
            [
                _counted(len(stands.accounts), "accounts", at["accounts"]),
                *(
                    _counted(
                        counts[kind],
                        PLURALS[kind],
                        address("search", kind=kind),
                    )
                    for kind in _KINDS
                    if counts.get(kind)
                ),
            ],
        ),
        (
            "Who has power, and who can get it",
            [
                (f"{len(admins):,}", "administrators", address("overview", list="administrators")),
                (f"{verdicts.count('allowed'):,}" if becoming else "…", "can become one for certain",
                 address("overview", list="allowed")),
                (f"{verdicts.count('depends'):,}" if becoming else "…", "can become one if something holds",
                 address("overview", list="depends")),
                (best, "of those who can become one are stopped by one change", at["choke-points"]),
            ],
        ),
        (
            "Who is trusted, and what to look at",
            [
                *(
                    (f"{len({row[0] for row in rows}):,}", _TRUSTING[which][0], at[which])
                    for which, rows in trusting.items()
                ),
                (f"{marks:,}", "marks", address("overview", list="marks")),
                (f"{len(stands.policy_warnings):,}", "warnings on policies", at["policy-warnings"]),
                (f"{len(stands.warnings):,}", "warnings from loading", at["warnings"]),
                (f"{len(stands.missing):,}", "things not loaded", at["missing"]),
            ],
        ),
    ]  # fmt: skip


def _counted(number: int, plural: str, link: str) -> tuple[str, str, str]:
    many, _, words = counted(number, plural).partition(" ")
    return many, words, link


def _show_list(
    which: str,
    stands: Status,
    admins: list[tuple[str, str, str, str]],
    trusting: dict[str, list[list[Any]]],
    becoming: Becoming | None,
) -> None:
    """The list behind one of the numbers."""
    if which in trusting:
        rows = [
            Row("role", row[0].rsplit("/", 1)[-1], address("principal", arn=row[0]), tuple(row[1:]))
            for row in trusting[which]
        ]
        title, more = _TRUSTING[which]
        roles = len({row.address for row in rows})
        if roles < len(rows):
            more = f"{len(rows):,} statements of {counted(roles, 'roles')}. {more}"
        asked = ("role", "account", "trusts", "on condition that", "statement")
        show_list(title.capitalize(), asked, rows, key=which, more=more)
    elif which in _BECOMING:
        if becoming is not None:
            _show_becoming(which, becoming)
    elif which == "choke-points":
        if becoming is not None and becoming.grants is not None:
            _show_choke_points(becoming.grants)
    elif which == "warnings":
        _show_warnings(stands)
    elif which == "policy-warnings":
        _show_policy_warnings(stands)
    elif which == "missing":
        show("heading", text="Not loaded", more="What is not loaded and could change answers.")
        show("missing", texts=stands.missing)
    elif which == "administrators":
        admins_rows = [
            Row(
                kind,
                "root user" if kind == "root" else name or arn,
                address("principal", arn=arn),
                (account, arn),
            )
            for account, kind, name, arn in admins
        ]
        show_list(
            "Administrators",
            ("principal", "account", "ARN"),
            admins_rows,
            key="administrators",
            more=_ADMINISTRATORS,
        )
    else:
        columns = ("account", "name", "loaded", "from", "holds")
        show_list("Loaded", columns, _accounts(stands), key="accounts", more=_setting(stands))


def _show_becoming(verdict: str, becoming: Becoming) -> None:
    words = "for certain" if verdict == "allowed" else "if something holds"
    rows = [
        Row(
            "user" if ":user/" in arn else "role",
            arn.rsplit("/", 1)[-1],
            address("paths", **{"from": arn}),
            (account_of(arn), hops, first, hangs),
        )
        for arn, certainty, hops, first, hangs in becoming.sources
        if certainty == verdict
    ]
    title = f"Can become administrator {words}"
    columns = ("principal", "account", "hops", "first hop", "hangs on")
    show_list(title, columns, rows, key=f"becoming-{verdict}", more=_BECOMING[verdict], empty="Nobody.")


def _show_choke_points(grants: Sequence[tuple[str, str, str, int]]) -> None:
    rows = [
        Row("policy", grant, address("policy", id=policy), (holder, cuts))
        for holder, grant, policy, cuts in grants
    ]
    show_list(
        "The changes that stop most paths to an administrator",
        ("remove", "held by", "principals stopped"),
        rows,
        key="choke-points",
        more="Each stops the most of those that the ones above it left.",
        empty="There is no path to an administrator.",
    )
    show(
        "link", words="See what each of them stops, and what else it takes away", link=address("choke-points")
    )


def _show_warnings(stands: Status) -> None:
    rows = [
        Row(
            each.what if each.what in KINDS else "allow" if each.what == "statement" else "other",
            each.id,
            page_of_arn(each.id),
            (each.what, each.warning),
        )
        for each in stands.warnings
    ]
    more = "What is wrong with what was loaded, could not be read, or is probably not meant so."
    show_list("Warnings from loading", ("about", "kind", "warning"), rows, key="warnings", more=more)


def _show_policy_warnings(stands: Status) -> None:
    """What linting says of policies, errors first; each leads to the policy, with the statement open."""
    found = sorted(
        stands.policy_warnings, key=lambda each: (each.level, each.rule, each.account or "", each.policy)
    )
    rows = [
        Row(
            "policy",
            each.policy,
            page_of_arn(each.id) if "#" in each.id else page_of("policy", each.id),
            (each.account or "", each.level, each.rule, each.warning),
            (each.account or "", each.level, each.rule, each.warning, each.id),
        )
        for each in found
    ]
    more = "What policies say that does not do what it seems to. An error is surely not meant; a note may be."
    columns = ("policy", "account", "level", "rule", "warning")
    show_list("Warnings on policies", columns, rows, key="policy-warnings", more=more)


def _accounts(stands: Status) -> list[Row]:
    return [
        Row(
            "account",
            each.id,
            address("search", find=each.id),
            (each.name, each.loaded_at, each.source, _holds(each.counts)),
        )
        for each in stands.accounts
    ]


def _setting(stands: Status) -> str:
    """The organization, where all of it is kept, and of which day AWS's actions are."""
    organization = f"Organization {stands.organization}" if stands.organization else "No organization"
    where = "embedded database" if stands.uri == "embedded" else stands.uri
    return f"{organization} · {where} · actions as of {stands.catalogue}"


def _holds(counts: dict[str, Any]) -> str:
    return ", ".join(counted(number, name) for name, number in counts.items() if number)


def _becoming(on: Database) -> Becoming:
    found = paths(on)
    grants = choke_points(on, count=MOST_CHOKE_POINTS)
    return Becoming(
        tuple(
            (
                path.source,
                path.verdict.value,
                path.length,
                found.sentences(path)[0],
                "; ".join(
                    [*(f"if {text}" for text in path.conditions), *(f"needs {text}" for text in path.needs)]
                ),
            )
            for path in found.paths
        ),
        tuple(
            (each.held.holder, grant_words(each.grant), each.grant.policy_id, len(each.cuts))
            for each in grants.choke_points
        ),
    )


@st.cache_data(max_entries=2, show_spinner=False)
def _becoming_kept(_database: Database, number: int) -> Becoming | None:
    """What the graph holds of it from the load; None where it holds nothing, or what older rules derived."""
    if kept(_database, number) is Kept.ADMINISTRATORS or any(
        each.outdated for each in _status(_database, number).accounts
    ):
        return None
    names = {each.id: each.name for each in techniques()}
    return Becoming(
        tuple(
            (
                row["arn"],
                row["verdict"],
                row["hops"],
                ", then ".join(names.get(each, each) for each in row["techniques"]),
                "" if row["verdict"] == "allowed" else "…",
            )
            for row in _database.read(_STANDINGS)
        ),
        None,
    )


@st.cache_resource(max_entries=2, show_spinner=False)
def _status(_database: Database, number: int) -> Status:  # noqa: ARG001
    return status(_database)


@st.cache_resource(max_entries=2, show_spinner=False)
def _administrators(_database: Database, number: int) -> list[tuple[str, str, str, str]]:
    """Account, kind, name and ARN: as the graph holds them; decided anew where older rules derived them."""
    if any(each.outdated for each in _status(_database, number).accounts):
        return [(each.account, each.type.value, each.name, each.arn) for each in administrators(_database)]
    return [(row[0], row[1], row[2] or "", row[3]) for row in run_query(_database, "administrators").rows]


@st.cache_data(max_entries=2, show_spinner=False)
def _counts(_database: Database, number: int) -> dict[str, int]:  # noqa: ARG001
    """Principals by kind: users and roles that are loaded, and all services and providers that these trust."""
    rows = _database.read(
        "MATCH (p:Principal) WHERE p.loaded = true OR NOT p.type IN ['user', 'role'] "
        "RETURN p.type AS type, count(p) AS number"
    )
    return {row["type"]: row["number"] for row in rows}


@st.cache_data(max_entries=2, show_spinner=False)
def _outside(_database: Database, number: int) -> list[list[Any]]:
    """Roles that trust accounts that aren't loaded: role, its account, whom, on what condition, the statement."""
    found = run_query(_database, "trust-outside")
    at = {name: place for place, name in enumerate(found.columns)}
    return [
        _trust(_database, number, row[at["role"]], row[at["trusted"]], row[at["statement"]])
        for row in found.rows
        if not row[at["known"]]
    ]


@st.cache_data(max_entries=2, show_spinner=False)
def _providers(_database: Database, number: int) -> list[list[Any]]:
    """Roles that trust identity providers: role, its account, provider, on what condition, the statement."""
    found = run_query(_database, "trust-federated")
    at = {name: place for place, name in enumerate(found.columns)}
    return [
        _trust(_database, number, row[at["role"]], row[at["provider"]], row[at["statement"]])
        for row in found.rows
    ]


def _trust(on: Database, number: int, role: str, trusted: str, statement: str) -> list[Any]:
    place = statement.rpartition("#")[2]
    return [
        role,
        account_of(role),
        f"account {account_of(trusted)}" if trusted.endswith(":root") else trusted,
        condition_words(on, number, statement) or "nothing more is asked",
        f"trust policy, statement {place}",
    ]

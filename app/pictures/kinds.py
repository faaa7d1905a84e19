"""The kinds of things that pictures show: a shape, a colour and a sign for each.

Colours are those of Okabe and Ito, which people tell apart whatever their colour vision; shape and sign say
the same once more. https://jfly.uni-koeln.de/color/
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

BLUE, SKY, GREEN, YELLOW = "#0072B2", "#56B4E9", "#009E73", "#F0E442"
ORANGE, VERMILLION, PURPLE, GREY = "#E69F00", "#D55E00", "#CC79A7", "#6B7280"

_SHAPES = {
    "circle": '<circle cx="24" cy="24" r="21"/>',
    "hexagon": '<path d="M24 2 43 13v22L24 46 5 35V13z"/>',
    "octagon": '<path d="M15 3h18l12 12v18L33 45H15L3 33V15z"/>',
    "square": '<rect x="4" y="4" width="40" height="40" rx="9"/>',
    "diamond": '<path d="M24 1 47 24 24 47 1 24z"/>',
    "triangle": '<path d="M24 2 46 44H2z"/>',
    "page": '<path d="M9 3h21l10 10v32H9z"/>',
    "barrel": '<path d="M6 12c0-12 36-12 36 0v24c0 12-36 12-36 0z"/>',
}
_SIGNS = {
    "person": '<circle cx="24" cy="18" r="6"/><path d="M12 36c1-8 6-10 12-10s11 2 12 10"/>',
    "people": '<circle cx="18" cy="18" r="5"/><path d="M9 34c1-7 5-9 9-9s8 2 9 9"/>'
    '<path d="M28 14a5 5 0 1 1 2 9.500M31 25c5 0 7 3 8 9"/>',
    "key": '<circle cx="19" cy="19" r="6"/><path d="M23.500 23.500 35 35M30 30l4-4"/>',
    "crown": '<path d="M13 33h22l2-16-8 6-5-9-5 9-8-6z"/>',
    "gear": '<circle cx="24" cy="24" r="5"/><path d="M24 13v5M24 30v5M13 24h5M30 24h5M16 16l4 4M28 28l4 4'
    'M32 16l-4 4M20 28l-4 4"/>',
    "globe": '<path d="M15 33a9 9 0 1 1 18 0M15 33a9 9 0 0 0 18 0M15 33h18M24 24c-6 5-6 13 0 18'
    'M24 24c6 5 6 13 0 18"/>',
    "lines": '<path d="M16 20h14M16 28h17M16 36h11"/>',
    "check": '<path d="M15 25l6 6 12-14"/>',
    "cross": '<path d="M17 17l14 14M31 17 17 31"/>',
    "lid": '<path d="M6 12c0 9 36 9 36 0"/>',
    "house": '<path d="M12 24 24 13l12 11M15 22v13h18V22"/>',
    "bolt": '<path d="M26 11l-9 15h7l-2 11 9-15h-7z"/>',
    "star": '<path d="M24 12v24M13.500 18l21 12M34.500 18l-21 12"/>',
    "none": "",
}


_BADGES = {
    "owned": ("#B3261E", "#FFFFFF", '<path d="M35.500 15V4.500M35.500 5l7 2.500-7 2.500"/>'),
    "crown-jewel": ("#F0E442", "#111827", '<path d="M33 8l3-3h5l3 3-5.500 6.500zM33 8h11"/>'),
    "accepted-risk": ("#E5E7EB", "#111827", '<path d="M34 9.500l3.200 3.200 5.600-6.400"/>'),
}
"""The marks that people set: a small disc at the upper right, side by side where there are several."""


@dataclass(frozen=True)
class Kind:
    """A kind of thing: its name in legends, and how it looks."""

    name: str
    plural: str
    shape: str
    colour: str
    sign: str
    ink: str = "#FFFFFF"

    @property
    def icon(self) -> str:
        """The kind's picture as a data URI, which no browser has to fetch."""
        return f"data:image/svg+xml,{quote(self.svg, safe='')}"

    @property
    def svg(self) -> str:
        """The kind's picture as SVG."""
        return _drawn(self, ())

    def marked(self, marks: tuple[str, ...]) -> str:
        """The kind's picture with the signs of marks on it, as a data URI."""
        return f"data:image/svg+xml,{quote(_drawn(self, marks), safe='')}"


KINDS: dict[str, Kind] = {
    "user": Kind("user", "users", "circle", BLUE, "person"),
    "role": Kind("role", "roles", "hexagon", GREEN, "key"),
    "root": Kind("root user", "root users", "octagon", VERMILLION, "crown"),
    "service": Kind("service", "services", "diamond", GREY, "gear"),
    "federated": Kind("identity provider", "identity providers", "triangle", PURPLE, "globe", "#111827"),
    "account": Kind("account", "accounts", "square", PURPLE, "house", "#111827"),
    "anyone": Kind("anyone", "anyone", "circle", VERMILLION, "star"),
    "group": Kind("group", "groups", "square", SKY, "people", "#111827"),
    "policy": Kind("policy", "policies", "page", ORANGE, "lines", "#111827"),
    "allow": Kind("statement, Allow", "statements", "diamond", YELLOW, "check", "#111827"),
    "deny": Kind("statement, Deny", "statements", "diamond", VERMILLION, "cross"),
    "resource": Kind("resource", "resources", "barrel", GREY, "lid"),
    "action": Kind("action", "actions", "circle", GREY, "bolt"),
    "administrator": Kind("administrator", "administrators", "octagon", ORANGE, "star", "#111827"),
    "other": Kind("other", "others", "circle", GREY, "none"),
}


def kind_of(name: str) -> Kind:
    """The kind of this name; what has none of its own looks like `other`."""
    return KINDS.get(name, KINDS["other"])


def mark_icon(mark: str) -> str:
    """The sign of a mark by itself, as a data URI."""
    paper, ink, sign = _BADGES[mark]
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="48" height="48" viewBox="28 -1 21 21">'
        f"{_badge(paper, ink, sign, 0)}</svg>"
    )
    return f"data:image/svg+xml,{quote(svg, safe='')}"


def _badge(paper: str, ink: str, sign: str, left: float) -> str:
    return (
        f'<g transform="translate(-{left:.0f} 0)"><circle cx="38.500" cy="9.500" r="9" fill="{paper}" '
        f'stroke="#111827" stroke-width="1.2"/><g fill="none" stroke="{ink}" stroke-width="1.9" '
        f'stroke-linecap="round" stroke-linejoin="round">{sign}</g></g>'
    )


@cache
def _drawn(kind: Kind, marks: tuple[str, ...]) -> str:
    badges = "".join(_badge(*_BADGES[mark], 14 * at) for at, mark in enumerate(marks))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 48 48">'
        f'<g fill="{kind.colour}" stroke="#111827" stroke-opacity=".55" stroke-width="1.6" '
        f'stroke-linejoin="round">{_SHAPES[kind.shape]}</g>'
        f'<g fill="none" stroke="{kind.ink}" stroke-width="3" stroke-linecap="round" '
        f'stroke-linejoin="round">{_SIGNS[kind.sign]}</g>{badges}</svg>'
    )

"""Who gets there over hops: by becoming somebody else who may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.pictures import live
from app.pictures.addresses import address
from app.pictures.hops import Hop, hops_picture
from app.views.background import worked_out
from app.views.frame import database
from app.views.markup import show
from app.views.proof import show_proof
from queries.answers import because_words
from queries.paths import paths

if TYPE_CHECKING:
    from app.views.question import Asked
    from iam.answer import Answer
    from queries.paths import FoundPath, PathsResult

_KINDS = {":user/": "user", ":role/": "role", ":root": "root"}


def over_hops(asked: Asked) -> PathsResult | None:
    """The best way of each principal that may not itself; None while that is being worked out."""
    on = database()
    return worked_out(
        ("over hops", asked),
        lambda: paths(on, action=asked.action, resource=asked.resource or None, context=asked.known),
        "Working out who gets there over hops …",
        "Those who may at once are below already.",
    )


def way_words(found: PathsResult, path: FoundPath) -> str:
    """A way in words: hop by hop, then what lets the last one do it."""
    last = "; ".join(because_words(path.answer)) if path.answer is not None else ""
    return "; ".join([*found.sentences(path), *([f"{name_of(path.target)} may, {last}"] if last else [])])


def hangs_words(found: Answer | FoundPath) -> list[str]:
    """What an answer, or a way, hangs on."""
    return [*(f"if {text}" for text in found.conditions), *(f"needs {text}" for text in found.needs)]


def show_way(found: PathsResult, path: FoundPath, asked: Asked, back: str) -> None:
    """Show one way: picture, each hop with its statements, and the proof that the last one may."""
    hops = [
        Hop(
            hop["to"],
            kind_of_arn(hop["to"]),
            name_of(hop["to"]),
            hop["name"],
            hop["verdict"],
            (
                sentence,
                *(f"if {text}" for text in hop["conditions"]),
                *(f"needs {text}" for text in hop["needs"]),
            ),
        )
        for hop, sentence in zip(found.hops(path), found.sentences(path), strict=True)
    ]
    source = (path.source, kind_of_arn(path.source), name_of(path.source))
    picture = hops_picture(source, hops, asked.action, asked.resource)
    live.show(picture, key="who-can-way", file="who-can-over-hops")
    show(
        "way",
        name=name_of(path.source),
        arn=path.source,
        kind=source[1],
        verdict=path.verdict.value,
        hangs=[*(f"if {text}" for text in path.conditions), *(f"needs {text}" for text in path.needs)],
        hops=[_told(found, path, at) for at in range(path.length)],
        paths=address("paths", **{"from": path.source, "to": asked.action, "on": asked.resource}),
        last=name_of(path.target),
        back=back if path.answer is None else "",
    )
    if path.answer is not None:
        show_proof(path.answer, back=back)


def _told(found: PathsResult, path: FoundPath, at: int) -> dict[str, Any]:
    hop = found.hops(path)[at]
    return {
        "sentence": found.sentences(path)[at],
        "verdict": hop["verdict"],
        "grants": found.grants(path.parts[at]),
        "technique": hop["technique"],
        "to": address("principal", arn=hop["to"]),
        "name": name_of(hop["to"]),
    }


def kind_of_arn(arn: str) -> str:
    """The kind of a principal, by its ARN alone, as pictures have it."""
    if arn.startswith("administrator:"):
        return "administrator"
    return next((kind for part, kind in _KINDS.items() if part in arn), "other")


def name_of(arn: str) -> str:
    """What people call a principal."""
    if arn.startswith("administrator:"):
        return f"administrator of {arn.partition(':')[2]}"
    return "root user" if arn.endswith(":root") else arn.rsplit("/", 1)[-1]

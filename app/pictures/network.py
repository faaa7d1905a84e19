"""The pyvis network of a picture: the one thing that is shown live, saved as a page and saved as PNG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.pictures.kinds import KINDS, kind_of, mark_icon
from app.pictures.text import hover, label, labels

if TYPE_CHECKING:
    from pyvis.network import Network

    from app.pictures.picture import Edge, Picture

LIGHT = {"text": "#1F2937", "paper": "#FFFFFF", "edge": "#9AA3AF", "deny": "#B94700", "muted": "#4B5563"}
DARK = {"text": "#E5E7EB", "paper": "#14181F", "edge": "#6B7686", "deny": "#F08A4B", "muted": "#9CA3AF"}

DIM = 0.35
"""How much is left of what stands back."""

_FONT = "'Source Sans', 'Source Sans Pro', system-ui, 'Segoe UI', sans-serif"
_OPTIONS: dict[str, Any] = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False},
    "interaction": {
        "hover": True,
        "tooltipDelay": 120,
        "zoomSpeed": 0.6,
        "keyboard": {"enabled": True, "bindToWindow": False},
    },
    "nodes": {"shape": "image", "size": 12, "shapeProperties": {"interpolation": True}},
    "edges": {
        "width": 1.4,
        "selectionWidth": 1.6,
        "hoverWidth": 0.6,
        "arrows": {"to": {"enabled": True, "scaleFactor": 0.45}},
        "smooth": {"enabled": True, "type": "cubicBezier", "forceDirection": "horizontal", "roundness": 0.45},
        "arrowStrikethrough": False,
    },
}


def network_of(picture: Picture, *, dark: bool = False) -> Network:
    """The picture as a pyvis network: places fixed in Python, physics off, hover texts escaped."""
    from pyvis.network import Network

    colours = DARK if dark else LIGHT
    network = Network(
        directed=True, cdn_resources="in_line", bgcolor=colours["paper"], height="640px", width="100%"
    )
    network.options = _options(picture, colours)  # a dict is handed to vis-network as it is
    named = labels(picture.nodes)
    for node in picture.nodes:
        x, y = picture.places[node.id]
        network.add_node(
            node.id,
            label=named[node.id],
            title=hover((node.name, *node.lines)),
            shape="image",
            image=kind_of(node.kind).marked(node.marks),
            x=round(x, 1),
            y=round(y, 1),
            size=14 if node.stands_for > 1 or node.strong else 12,
            kind=node.kind,
            address=node.address,
            opacity=DIM if node.dim else 1,
        )
    for edge in picture.edges:
        network.add_edge(edge.source, edge.target, **_edge(edge, colours))
    return network


def _options(picture: Picture, colours: dict[str, str]) -> dict[str, Any]:
    many = len(picture.nodes) > 400
    return {
        **_OPTIONS,
        "interaction": {**_OPTIONS["interaction"], "hideEdgesOnDrag": many, "hideEdgesOnZoom": many},
        "nodes": {
            **_OPTIONS["nodes"],
            "font": {
                "face": _FONT,
                "size": 16,
                "color": colours["text"],
                "vadjust": -4,
                "strokeWidth": 4,
                "strokeColor": colours["paper"],
            },
        },
        "edges": {
            **_OPTIONS["edges"],
            "font": {
                "face": _FONT,
                "size": 13,
                "color": colours["muted"],
                "strokeWidth": 3,
                "strokeColor": colours["paper"],
            },
        },
    }


def _edge(edge: Edge, colours: dict[str, str]) -> dict[str, Any]:
    colour = colours["deny"] if edge.deny else colours["text"] if edge.strong else colours["edge"]
    found: dict[str, Any] = {
        "color": {
            "color": colour,
            "highlight": colours["text"],
            "hover": colours["text"],
            "opacity": DIM if edge.dim else 1,
        },
        "dashes": [6, 5] if edge.verdict == "depends" else False,
        "width": 2.8 if edge.strong else 1.4,
        "address": edge.address,
    }
    if edge.lines:
        found["title"] = hover(edge.lines)
    if edge.name:
        found["label"] = label(edge.name)
        if edge.dim:
            found["font"] = {"color": colours["edge"]}
    return found


def drawing(picture: Picture, *, dark: bool = False) -> dict[str, Any]:
    """What the pictures' script needs to draw it: the network's nodes, edges and options, and a legend."""
    network = network_of(picture, dark=dark)
    nodes, edges, _, _, _, _ = network.get_network_data()
    used = {node.kind if node.kind in KINDS else "other" for node in picture.nodes}
    verdicts = {edge.verdict for edge in picture.edges}
    lines = [word for word in ("allowed", "depends") if word in verdicts]
    return {
        "title": picture.title,
        "nodes": [{key: value for key, value in node.items() if key != "color"} for node in nodes],
        "edges": edges,
        "options": network.options,
        "legend": [{"name": KINDS[kind].name, "icon": KINDS[kind].icon} for kind in KINDS if kind in used],
        "lines": lines,
        "denies": any(edge.deny for edge in picture.edges),
        "marks": [
            {"name": mark.replace("-", " "), "icon": mark_icon(mark)}
            for mark in sorted({mark for node in picture.nodes for mark in node.marks})
        ],
        "note": picture.note,
        "colours": DARK if dark else LIGHT,
    }

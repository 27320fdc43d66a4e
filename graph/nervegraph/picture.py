"""The boundary around pyvis: the network as vis-network's data, and the library that draws it.

pyvis is the data model only. Its template loads from other hosts and puts text into the page unescaped, so none of
`show`, `write_html` and `save_graph` is ever called; the page has a template of its own.
"""

from __future__ import annotations

import importlib.util
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nervegraph.columns import people_radius
from nervegraph.errors import SurroundingsError

if TYPE_CHECKING:
    from nervegraph.network import EvidenceNetwork

SHAPES = {"study": "triangle", "regimen": "diamond", "people": "dot", "neuropathy": "square", "response": "star"}

# Okabe and Ito's palette (2008), told apart with every common colour blindness; shapes repeat what colours say.
COLOURS = {
    "study": "#6b7280",
    "regimen": "#0072B2",
    "people": "#56B4E9",
    "neuropathy": "#CC79A7",
    "better": "#009E73",
    "stable": "#E69F00",
    "worse": "#D55E00",
    "untold": "#8a8f98",
}
_FAMILIES = {
    "remission": "better",
    "improved": "better",
    "partly-improved": "better",
    "improved-or-stable": "stable",
    "stable": "stable",
    "not-improved": "worse",
    "worsened": "worse",
}
_OPTIONS = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False},
    "edges": {"smooth": False},
    "interaction": {"dragNodes": False, "hover": True, "tooltipDelay": 0, "multiselect": False, "keyboard": False},
}
_MARK_SIZE = 8
_LIBRARY = "templates/lib/vis-9.1.2/vis-network.min.js"


class MissingLibraryError(SurroundingsError):
    """The installed pyvis does not carry the drawing library that the page needs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"{path}: the drawing library that comes with pyvis 0.3.2 is missing or unfit. "
            "Install it again with: pip install --force-reinstall pyvis==0.3.2"
        )


def build_picture(network: EvidenceNetwork) -> dict[str, Any]:
    """The network as `nodes`, `edges` and `options` for vis-network; physics is off and every position given.

    Beside what vis-network reads, nodes carry `role` and `colour` (a name of the palette), edges `lines`.
    """
    from pyvis.network import Network

    picture = Network(directed=False)
    picture.set_options(json.dumps(_OPTIONS))
    for node, data in network.nodes(data=True):
        picture.add_node(
            node,
            label=data["label"],
            shape=SHAPES[data["role"]],
            x=data["x"],
            y=data["y"],
            height=data["height"],
            size=people_radius(data["people"], data["kind"]) if data["role"] == "people" else _MARK_SIZE,
            role=data["role"],
            colour=colour_name(node, data["role"]),
            hollow=data["depth"] > 0,
            uncertain=data["uncertain"],
        )
    # Filled directly: pyvis's add_edge walks all nodes and edges for each new one.
    picture.edges.extend(_drawn_edges(network))
    return {
        # pyvis names a node without a label by its id, and colours what we colour by role.
        "nodes": [
            {
                **{key: value for key, value in node.items() if key != "color"},
                "label": network.nodes[node["id"]]["label"],
            }
            for node in picture.nodes
        ],
        "edges": picture.edges,
        "options": dict(picture.options),
    }


def _drawn_edges(network: EvidenceNetwork) -> list[dict[str, Any]]:
    """One drawn edge for each pair of nodes, with the lines of treatment it stands for.

    Its width tells the largest group among them, never their sum, since groups may lie within each other. It is dashed
    if all of its lines are uncertain.
    """
    together: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for source, target, data in network.edges(data=True):
        together.setdefault((source, target), []).append(data)
    drawn = []
    for (source, target), edges in together.items():
        role = network.nodes[target]["role"]
        drawn.append(
            {
                "id": f"edge:{source} > {target}",
                "from": source,
                "to": target,
                "lines": sorted({edge["episode"] for edge in edges if edge["episode"]}),
                "colour": colour_name(target, role),
                "width": _edge_width(max((edge["people"] or 0 for edge in edges), default=0)),
                "part": any(edge["relation"] == "includes" for edge in edges),
                "uncertain": sorted({edge["episode"] for edge in edges if edge["uncertain"] and edge["episode"]}),
            }
        )
    return drawn


def colour_name(node: str, role: str) -> str:
    """The palette's name for a node: its role, or for a response whether it is better, stable, worse or untold."""
    return _FAMILIES.get(node.removeprefix("response:"), "untold") if role == "response" else role


def _edge_width(people: int) -> float:
    return round(min(7.0, 1 + 0.45 * math.pow(people, 0.75)), 2)


def read_drawing_library() -> str:
    """The JavaScript of vis-network 9.1.2 (Apache-2.0 or MIT), from the installed pyvis.

    :raises MissingLibraryError: it is not there, or holds text that would end an inline script early.
    """
    # Found without importing pyvis, which would import Jupyter's shell.
    found = importlib.util.find_spec("pyvis")
    path = Path(found.origin if found and found.origin else "pyvis").parent / _LIBRARY
    try:
        script = path.read_text(encoding="utf-8")
    except OSError as error:
        raise MissingLibraryError(path) from error
    if "</script" in script.lower() or "<!--" in script:
        raise MissingLibraryError(path)
    return script

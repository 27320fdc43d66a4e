"""Where the nodes of a layered network stand: an order in each column that lessens crossings, then pixels.

The order is found with the barycentre method (Sugiyama, Tagawa and Toda 1981): sweep to and fro, each time placing a
node at the mean of its neighbours in the column before. Everything is decided by position and then by id, so the same
network is always laid out alike.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

SWEEPS = 12
COLUMN_X = {"study": 0, "regimen": 190, "people": 480, "neuropathy": 680, "response": 960}
"""Pixels from the left; labels of the first column stand left of it, those of the others to the right."""
INDENT = 34
LINE_HEIGHT = 17
ROW_GAP = 11

Nodes = Mapping[str, dict[str, Any]]
Edges = Sequence[tuple[str, str]]
Order = dict[str, list[str]]


def place_in_columns(nodes: Nodes, edges: Edges, roles: Sequence[str], *, fixed_column: str) -> None:
    """Add `x`, `y`, `height` (pixels) and `depth` (how far under its top group) to each node.

    :param roles: the columns in order; a node's `role` is its column.
    :param fixed_column: the column whose order is told by the nodes' `rank`, not by their neighbours.
    """
    neighbours = _neighbours(edges)
    order = _starting_order(nodes, roles, fixed_column)
    best, fewest = order, _crossings(edges, order, roles)
    for sweep in range(SWEEPS):
        forwards = sweep % 2 == 0
        columns = list(pairwise(roles))
        for left, right in columns if forwards else columns[::-1]:
            fixed, moved = (left, right) if forwards else (right, left)
            if moved != fixed_column:
                order = {**order, moved: _by_barycentre(nodes, neighbours, order, moved=moved, fixed=fixed)}
        crossings = _crossings(edges, order, roles)
        if crossings < fewest:
            best, fewest = order, crossings
    _assign_pixels(nodes, best, roles)


def _neighbours(edges: Edges) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one, other in edges:
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return found


def _starting_order(nodes: Nodes, roles: Sequence[str], fixed_column: str) -> Order:
    order: Order = {}
    for role in roles:
        column = sorted(node for node, data in nodes.items() if data["role"] == role)
        if role == fixed_column:
            column.sort(key=lambda node: (nodes[node]["rank"], node))
        order[role] = list(_with_parts(nodes, column))
    return order


def _with_parts(nodes: Nodes, column: list[str]) -> Iterator[str]:
    """The nodes with each group's parts right after it, otherwise in their order."""
    parts: dict[str | None, list[str]] = {}
    for node in column:
        parts.setdefault(nodes[node].get("parent"), []).append(node)

    def walk(parent: str | None, depth: int) -> Iterator[str]:
        for node in parts.get(parent, ()):
            nodes[node]["depth"] = depth
            yield node
            yield from walk(node, depth + 1)

    return walk(None, 0)


def _by_barycentre(
    nodes: Nodes, neighbours: Mapping[str, list[str]], order: Order, *, moved: str, fixed: str
) -> list[str]:
    positions = {node: index / max(1, len(order[fixed]) - 1) for index, node in enumerate(order[fixed])}
    own = {node: index / max(1, len(order[moved]) - 1) for index, node in enumerate(order[moved])}
    centres: dict[str, float] = {}
    for node in order[moved]:
        found = [positions[other] for other in neighbours.get(node, ()) if other in positions]
        centres[node] = sum(found) / len(found) if found else own[node]
    return list(_with_parts(nodes, sorted(order[moved], key=lambda node: (centres[node], own[node], node))))


def _crossings(edges: Edges, order: Order, roles: Sequence[str]) -> int:
    """How many pairs of edges cross between neighbouring columns."""
    total = 0
    for left, right in pairwise(roles):
        at_left = {node: index for index, node in enumerate(order[left])}
        at_right = {node: index for index, node in enumerate(order[right])}
        ends = sorted((at_left[one], at_right[other]) for one, other in edges if one in at_left and other in at_right)
        before: list[int] = []
        for _, end in ends:
            total += len(before) - bisect_right(before, end)
            insort(before, end)
    return total


def _assign_pixels(nodes: Nodes, order: Order, roles: Sequence[str]) -> None:
    heights = {role: [_row_height(nodes[node]) for node in order[role]] for role in roles}
    tallest = max((sum(column) for column in heights.values()), default=0)
    for role in roles:
        spare = (tallest - sum(heights[role])) / (len(heights[role]) + 1)
        y = 0.0
        for node, height in zip(order[role], heights[role], strict=True):
            y += spare + height / 2
            data = nodes[node]
            data["x"] = COLUMN_X[role] + INDENT * data["depth"]
            data["y"] = round(y)
            data["height"] = height
            y += height / 2


def _row_height(data: dict[str, Any]) -> int:
    if data["role"] == "people":
        return 2 * people_radius(data["people"], data["kind"]) + 5
    lines = str(data["label"]).count("\n") + 1
    return LINE_HEIGHT * lines + ROW_GAP


def people_radius(size: int | None, kind: str) -> int:
    """The radius in pixels of a dot for people: its area grows with their number, within what can be placed."""
    if kind == "person":
        return 6
    return 9 if size is None else min(24, round(7 + 2.2 * size**0.5))

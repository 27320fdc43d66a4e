"""A study file as a plain tree of fields, lists and texts that knows where in the file each part stands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

from nervegraph.findings import Finding

Value: TypeAlias = "str | list[Value] | dict[str, Value]"
TreePath: TypeAlias = tuple[str | int, ...]


class Place(NamedTuple):
    """Where a value stands (line and column from 1), and where its fields or entries do."""

    line: int
    column: int
    keys: dict[str, tuple[int, int, Place]] | None
    items: list[Place] | None


@dataclass(frozen=True)
class Tree:
    """A study file as read: its fields, lists and texts, where each stands, and what is wrong with it as YAML.

    `root` is None if the file could not be read to its end. `refused` holds the paths of values that are left out of
    `root` because a finding says already what is wrong with them; an empty value is one of these.
    """

    path: Path
    root: dict[str, Value] | None
    findings: tuple[Finding, ...]
    refused: frozenset[TreePath]
    places: Place

    def position(self, path: TreePath) -> tuple[int, int]:
        """Line and column (from 1) of the value at `path`; of the nearest enclosing part if there is no such value."""
        place = self.places
        for step in path:
            inner = _step_into(place, step)
            if inner is None:
                break
            place = inner
        return place.line, place.column

    def key_position(self, path: TreePath) -> tuple[int, int]:
        """Line and column (from 1) of the field name at the end of `path`; of the value itself in a list."""
        if path:
            place: Place | None = self.places
            for step in path[:-1]:
                place = _step_into(place, step) if place else None
            if place and place.keys and path[-1] in place.keys:
                line, column, _ = place.keys[str(path[-1])]
                return line, column
        return self.position(path)


def _step_into(place: Place, step: str | int) -> Place | None:
    if isinstance(step, int):
        return place.items[step] if place.items is not None and 0 <= step < len(place.items) else None
    return place.keys[step][2] if place.keys is not None and step in place.keys else None

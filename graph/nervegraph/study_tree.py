"""A study file as a plain tree of fields, lists and texts that knows where in the file each part stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

from nervegraph.findings import Finding

Value: TypeAlias = "str | list[Value] | dict[str, Value]"
TreePath: TypeAlias = tuple[str | int, ...]


class Mark(Protocol):
    """A place in a text as the parser leaves it; line and column count from 0."""

    line: int
    column: int


Position: TypeAlias = tuple[int, int]
"""Line and column in a file, each counted from 1."""
Spot: TypeAlias = "Mark | Position | None"
"""Where something stands, as whoever read it has left it; None for the beginning of the file."""


@dataclass(slots=True)
class Place:
    """Where a list or a block of fields stands, and where its parts do. A text has its spot alone."""

    mark: Spot
    keys: dict[str, tuple[Spot, Place | Spot]] | None = None
    items: list[Place | Spot] | None = None


@dataclass(frozen=True)
class Advice:
    """How a person adds what is missing; `{name}` stands for the field's name, `{expected}` for what it holds."""

    add_value: str = "Add the line '{name}:' with {expected}."
    add_list: str = "Add the line '{name}:' with {expected}."
    add_entry: str = "Add what is missing, each entry with a dash of its own."


@dataclass(frozen=True)
class Tree:
    """A study file as read: its fields, lists and texts, where each stands, and what is wrong with it as YAML.

    `root` is None if the file could not be read to its end. `refused` holds the paths of values that are left out of
    `root` because a finding says already what is wrong with them; an empty value is one of these.
    `may_hold_placeholders` is False if no value can hold a `<`, so that nobody need look for one.
    """

    path: Path
    root: dict[str, Value] | None
    findings: tuple[Finding, ...]
    refused: frozenset[TreePath]
    places: Place = field(compare=False, repr=False)
    advice: Advice = Advice()
    may_hold_placeholders: bool = field(default=True, compare=False, repr=False)

    def position(self, path: TreePath) -> Position:
        """Line and column (from 1) of the value at `path`; of the nearest enclosing part if there is no such value."""
        place: Place | Spot = self.places
        for step in path:
            inner = _step_into(place, step)
            if inner is None:
                break
            place = inner
        return position_of(place)

    def key_position(self, path: TreePath) -> Position:
        """Line and column (from 1) of the field name at the end of `path`; of the value itself in a list."""
        place: Place | Spot = self.places
        for step in path[:-1]:
            place = _step_into(place, step)
        if path and isinstance(place, Place) and place.keys and path[-1] in place.keys:
            return position_of(place.keys[str(path[-1])][0])
        return self.position(path)


def position_of(place: Place | Spot) -> Position:
    """Line and column of a place, counted from 1; the beginning of the file for None."""
    mark = place.mark if isinstance(place, Place) else place
    if isinstance(mark, tuple):
        return mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _step_into(place: Place | Spot, step: str | int) -> Place | Spot:
    if not isinstance(place, Place):
        return None
    if isinstance(step, int):
        return place.items[step] if place.items is not None and 0 <= step < len(place.items) else None
    return place.keys[step][1] if place.keys is not None and step in place.keys else None

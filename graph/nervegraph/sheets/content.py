"""What is read from a workbook and what is written into one, without the library that does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "date", "logical", "error", "formula"]

# What Excel allows: characters in a cell, rows and columns of a sheet.
MOST_CHARACTERS = 32_767
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384


@dataclass(frozen=True, slots=True)
class Cell:
    """A filled cell; row and column count from 1. `text` is that of the value, empty for a formula.

    `is_plain` is False for a number that is shown otherwise than it is, such as 0.82 as 82%.
    """

    row: int
    column: int
    kind: Kind
    text: str
    is_plain: bool = True


@dataclass(frozen=True)
class ReadSheet:
    """A sheet as read: its filled cells by row and column; merged ranges as `A2:A5` with their first row and column."""

    name: str
    is_hidden: bool
    rows: Mapping[int, Mapping[int, Cell]]
    merged: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Choices:
    """Cells below each other on a sheet, offered as a drop-down list; other text may be typed all the same."""

    sheet: str
    column: int
    first_row: int
    last_row: int


@dataclass(frozen=True)
class WrittenColumn:
    """A column to be written: its header and its look; `comment` is shown where the pointer rests on the header."""

    header: str
    look: Literal["key", "needed", "optional"] = "optional"
    width: int = 20
    comment: str = ""
    choices: Choices | None = None


@dataclass(frozen=True)
class WrittenSheet:
    """A sheet to be written. The header row stays in view, and as many columns on the left as `frozen_columns` says."""

    name: str
    columns: Sequence[WrittenColumn]
    rows: Sequence[Sequence[str]] = ()
    frozen_columns: int = 0
    tab_color: str = "4472A8"

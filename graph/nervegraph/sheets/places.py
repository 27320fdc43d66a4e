"""Places in a workbook: the cell that a finding is about.

Trees place things by line and column. A cell's line is its row, counted on from sheet to sheet as if each had the most
rows that a sheet can have; from the line one can tell sheet and row, and findings sort as the sheets stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nervegraph.findings import Finding, Severity
from nervegraph.sheets.cells import Fault
from nervegraph.sheets.content import MOST_ROWS
from nervegraph.sheets.workbook import name_cell


@dataclass(slots=True)
class CellMark:
    """A cell as trees place it; line and column count from 0."""

    line: int
    column: int


@dataclass(frozen=True, order=True)
class CellFinding(Finding):
    """A finding about a workbook; `cell` is its place, as in `outcomes!D7`, and empty for the file as a whole."""

    cell: str = ""

    @property
    def place(self) -> str:
        """The workbook and the cell."""
        return f"{self.path}: {self.cell}" if self.cell else str(self.path)


@dataclass(frozen=True)
class BookPlaces:
    """The cells of one workbook, whose sheets are numbered from 0."""

    path: Path
    sheet_names: Sequence[str]

    def mark(self, sheet: int, row: int, column: int) -> CellMark:
        """The mark of a cell; row and column count from 1."""
        return CellMark(sheet * MOST_ROWS + row - 1, column - 1)

    def finding(self, sheet: int, row: int, column: int, fault: Fault, severity: Severity = "error") -> CellFinding:
        """The finding about a cell; row and column count from 1."""
        mark = self.mark(sheet, row, column)
        cell = f"{self.sheet_names[sheet]}!{name_cell(row, column)}"
        return CellFinding(self.path, mark.line + 1, mark.column + 1, *fault, severity, cell)

    def place(self, finding: Finding) -> CellFinding:
        """A finding about a tree of this workbook, put where its cell is, and worded for it."""
        sheet, row = divmod(finding.line - 1, MOST_ROWS)
        # The rules between fields speak of lines, as a study file has them.
        hint = finding.hint.replace("Delete the line", "Empty the cell").replace("delete the line", "empty the cell")
        fault = Fault(finding.rule, finding.message, hint)
        return self.finding(sheet, row + 1, finding.column, fault, finding.severity)

    @staticmethod
    def letter(column: int) -> str:
        """The letter of a column."""
        return name_cell(1, column).rstrip("1")

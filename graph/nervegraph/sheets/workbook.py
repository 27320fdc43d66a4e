"""Workbooks of Excel: their cells as texts, and texts as workbooks. The only module that imports openpyxl.

Nothing is computed and nothing is run. A formula is told as such, neither its text nor its last result is read.
openpyxl parses the XML inside with defusedxml, which refuses entities. Cells are read sheet by sheet, as a stream; for
that, and to see merged cells while doing so, a few names are used that openpyxl keeps to itself.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import openpyxl
from openpyxl.cell.cell import Cell as ExcelCell
from openpyxl.cell.cell import WriteOnlyCell
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import WorkSheetParser
from openpyxl.worksheet.datavalidation import DataValidation

from nervegraph.sheets.archive import WorkbookRefused, macros, read_archive, refuse_unsafe
from nervegraph.sheets.content import (
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    Choices,
    Kind,
    ReadSheet,
    WrittenColumn,
    WrittenSheet,
)

# All 54 shipped studies fill 12,000 cells with 0.2 million characters.
_MOST_CELLS = 100_000
_MOST_TEXT = 10_000_000

_WITH_MACROS = frozenset({".xlsm", ".xltm", ".xlam"})
# Number formats under which a cell shows the number that it holds.
_PLAIN_FORMATS = frozenset({"General", "@", "0"})
_KINDS: Mapping[str, Kind] = {"s": "text", "n": "number", "d": "date", "b": "logical", "e": "error", "f": "formula"}


def read_workbook(path: Path) -> list[ReadSheet]:
    """The sheets of the workbook at `path` in their order.

    :raises Misuse: there is no such file, or it is a directory or a device.
    :raises SurroundingsError: the file is there and cannot be opened or read.
    :raises WorkbookRefused: it is no workbook, or damaged, protected, too large, or holds macros.
    """
    data = read_archive(path)
    if path.suffix.lower() in _WITH_MACROS:
        raise macros()
    return parse_workbook(data)


def parse_workbook(data: bytes) -> list[ReadSheet]:
    """The sheets of the workbook that these bytes are.

    :raises WorkbookRefused: as for `read_workbook`.
    """
    refuse_unsafe(data)
    try:
        with warnings.catch_warnings():
            # openpyxl warns of drawings and extensions that it leaves out.
            warnings.simplefilter("ignore")
            return _read_sheets(data)
    except (WorkbookRefused, MemoryError):
        raise
    except Exception as error:
        # Whatever stops the parser, the file is not what Excel writes.
        raise WorkbookRefused(
            "damaged-workbook",
            "The file looks like a workbook, but cannot be read as one.",
            "Open it in Excel or LibreOffice and save it again as an Excel workbook (.xlsx).",
        ) from error


def name_cell(row: int, column: int) -> str:
    """The name of a cell as a spreadsheet shows it, such as `D7`."""
    return f"{get_column_letter(column)}{row}"


class _CellParser(WorkSheetParser):
    """openpyxl's parser of one sheet, which leaves formulas alone: following shared ones can cost hours."""

    def parse_formula(self, element: Element) -> str:
        return ""


def _read_sheets(data: bytes) -> list[ReadSheet]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    remaining = _Remaining(_MOST_CELLS, _MOST_TEXT)
    try:
        sheets = [_read_sheet(book, each, remaining) for each in book.worksheets]
    finally:
        book.close()
    if not sheets:
        raise WorkbookRefused("damaged-workbook", "The workbook has no sheets.", "Save it again in Excel (.xlsx).")
    return sheets


@dataclass
class _Remaining:
    """How many cells and characters may still be read; one text in many cells counts in each."""

    cells: int
    characters: int

    def take(self, text: str) -> None:
        self.cells -= 1
        self.characters -= len(text)
        if self.cells < 0 or self.characters < 0:
            raise WorkbookRefused(
                "too-large",
                f"The workbook holds more than {_MOST_CELLS:,} filled cells or {_MOST_TEXT:,} characters.",
                "Check that it is the right one; put studies into several workbooks if there are so many.",
            )


def _read_sheet(book: Any, sheet: Any, remaining: _Remaining) -> ReadSheet:
    rows: dict[int, dict[int, Cell]] = {}
    with sheet._get_source() as source:
        parser = _CellParser(
            source,
            sheet._shared_strings,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for _, found in parser.parse():
            for cell in _read_cells(sheet, found):
                remaining.take(cell.text)
                rows.setdefault(cell.row, {})[cell.column] = cell
    merged = parser.merged_cells.mergeCell if parser.merged_cells is not None else ()
    return ReadSheet(
        sheet.title,
        sheet.sheet_state != "visible",
        {number: dict(sorted(row.items())) for number, row in sorted(rows.items())},
        tuple((each.ref, each.min_row, each.min_col) for each in merged),
    )


def _read_cells(sheet: ReadOnlyWorksheet, found: Sequence[Mapping[str, Any]]) -> Iterator[Cell]:
    for raw in found:
        if raw["value"] is None or (raw["value"] == "" and raw["data_type"] != "f"):
            continue
        cell = ReadOnlyCell(sheet, **raw)
        if not (1 <= cell.row <= MOST_ROWS and 1 <= cell.column <= MOST_COLUMNS):
            raise ValueError(f"there is no cell in row {cell.row}, column {cell.column}")
        kind = _KINDS[cell.data_type]
        is_plain = kind != "number" or cell.number_format in _PLAIN_FORMATS
        yield Cell(cell.row, cell.column, kind, _text_of(cell.value), is_plain)


def _text_of(value: object) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, str | int | float | timedelta) else ""


# White on dark blue: must be filled in; black on light blue: may be; white on grey: says where the row belongs.
_HEADER_LOOKS = {"key": ("FFFFFF", "6B6F76"), "needed": ("FFFFFF", "1F4E79"), "optional": ("000000", "D6E4F0")}
_FONT = "Calibri"
_POINTS_OF_LINE = 15
_MOST_POINTS = 400  # Excel allows 409
_COMMENT_AUTHOR = "NerveGraph"
_COMMENT_WIDTH = 340


def write_workbook(sheets: Sequence[WrittenSheet]) -> bytes:
    """The bytes of a workbook in which every cell is text, whatever it looks like.

    Empty cells are formatted as text too, so that a spreadsheet keeps what is typed into them. No text may be longer
    than `MOST_CHARACTERS` or hold control characters.
    """
    book = Workbook(write_only=True)
    for sheet in sheets:
        _write_sheet(book, sheet)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def _write_sheet(book: Any, content: WrittenSheet) -> None:
    sheet = book.create_sheet(content.name)
    sheet.sheet_properties.tabColor = content.tab_color
    sheet.freeze_panes = f"{get_column_letter(content.frozen_columns + 1)}2"
    for number, column in enumerate(content.columns, start=1):
        letter = get_column_letter(number)
        dimension = sheet.column_dimensions[letter]
        dimension.width = column.width
        _format_as_text(dimension)
        if column.choices:
            offered = DataValidation("list", formula1=_reference(column.choices), allow_blank=True)
            # The lists help and do not judge: a word may be spelled in several ways; the import says what is wrong.
            offered.showErrorMessage = False
            offered.add(f"{letter}2:{letter}{MOST_ROWS}")
            sheet.data_validations.append(offered)
    widths = [column.width for column in content.columns]
    # The button that filters a column takes the room of some letters.
    names = _height_of([column.header for column in content.columns], [width - 4 for width in widths])
    sheet.row_dimensions[1] = {"ht": str(names)}
    sheet.append([_header_cell(sheet, column) for column in content.columns])
    # Formatting each cell anew takes longer than all the rest.
    pattern = _text_cell(sheet, "")
    _format_as_text(pattern)
    for number, row in enumerate(content.rows, start=2):
        # Without `customHeight`, which openpyxl would add, a row still grows while somebody writes in it.
        sheet.row_dimensions[number] = {"ht": str(_height_of(row, widths))}
        sheet.append([_text_cell(sheet, text, pattern) for text in row])
    if content.rows or content.frozen_columns:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(content.columns))}{len(content.rows) + 1}"


def _reference(choices: Choices) -> str:
    letter = get_column_letter(choices.column)
    return f"'{choices.sheet}'!${letter}${choices.first_row}:${letter}${choices.last_row}"


def _height_of(row: Sequence[str], widths: Sequence[int]) -> int:
    """The height of a row in points at which nothing in it is cut off, as far as can be told without the fonts."""
    most = 1
    for text, width in zip(row, widths, strict=True):
        most = max(most, sum(1 + len(line) // width for line in text.split("\n")))
    return min(_POINTS_OF_LINE * most, _MOST_POINTS)


def _header_cell(sheet: Any, column: WrittenColumn) -> ExcelCell:
    color, background = _HEADER_LOOKS[column.look]
    cell = _text_cell(sheet, column.header)
    _format_as_text(cell)
    cell.font = Font(name=_FONT, bold=True, color=color)
    cell.fill = PatternFill("solid", start_color=background)
    if column.comment:
        lines = sum(1 + len(line) // 50 for line in column.comment.splitlines())
        cell.comment = Comment(column.comment, _COMMENT_AUTHOR, height=24 + 17 * lines, width=_COMMENT_WIDTH)
    return cell


def _text_cell(sheet: Any, text: str, like: Any = None) -> ExcelCell:
    """A cell that is text, formatted as another one."""
    cell: Any = WriteOnlyCell(sheet, text or None)
    # openpyxl makes a formula of a text that begins with `=`, and an error value of `#N/A`.
    cell.data_type = "s"
    if like is not None:
        cell._style = like._style
    written: ExcelCell = cell
    return written


def _format_as_text(cell: Any) -> None:
    cell.number_format = "@"
    cell.alignment = Alignment(vertical="top", wrap_text=True)

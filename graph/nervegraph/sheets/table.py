"""One sheet of a workbook as a table: which column holds what, which rows are entries, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from nervegraph.findings import Finding, bare, did_you_mean, show_briefly
from nervegraph.sheets.cells import Fault, read_text
from nervegraph.sheets.content import Cell, ReadSheet
from nervegraph.sheets.layout import Column, Layout, Sheet
from nervegraph.sheets.places import BookPlaces

# What begins with it is a note for people, as in a study file.
NOTE_SIGN = "#"
README_SHEET = "read me"
WORDS_SHEET = "words"
_HEADER_ROW = 1


@dataclass(frozen=True)
class TableRow:
    """A row that holds an entry: its number in the sheet, and its filled cells by key and by field."""

    number: int
    keys: Mapping[str, Cell]
    fields: Mapping[Column, Cell]


@dataclass(eq=False)
class Table:
    """A sheet whose header was understood. `number` is the sheet's in the workbook; columns count from 1."""

    sheet: Sheet
    number: int
    key_columns: dict[str, int] = field(default_factory=dict)
    field_columns: dict[Column, int] = field(default_factory=dict)
    rows: list[TableRow] = field(default_factory=list)

    @property
    def missing(self) -> list[Column]:
        """The columns that every entry needs and that are not there."""
        return [column for column in self.sheet.columns if column.is_required and column not in self.field_columns]


def read_tables(layout: Layout, sheets: list[ReadSheet], places: BookPlaces) -> tuple[list[Table], list[Finding]]:
    """The tables of a workbook in the order of the layout, and what is wrong with its sheets and columns."""
    findings: list[Finding] = []
    tables: dict[str, Table] = {}
    known = {bare(sheet.title): sheet for sheet in layout.sheets}
    strangers: list[tuple[int, ReadSheet]] = []
    for number, read in enumerate(sheets):
        sheet = known.get(bare(read.name))
        if sheet is None:
            strangers.append((number, read))
        elif sheet.title in tables:
            findings.append(places.finding(number, 1, 1, _second(sheet.title)))
        else:
            reader = _TableReader(Table(sheet, number), read, places)
            tables[sheet.title] = reader.table
            findings += reader.findings
    findings += _find_strangers(layout, tables, strangers, places)
    return [tables[sheet.title] for sheet in layout.sheets if sheet.title in tables], findings


def _find_strangers(
    layout: Layout, tables: Mapping[str, Table], strangers: list[tuple[int, ReadSheet]], places: BookPlaces
) -> Iterator[Finding]:
    missing = [sheet.title for sheet in layout.sheets if sheet.title not in tables]
    others = [
        (number, read)
        for number, read in strangers
        if read.rows and read.name not in (README_SHEET, WORDS_SHEET) and not read.name.startswith(NOTE_SIGN)
    ]
    for number, read in others:
        meant = did_you_mean(read.name, missing)
        message = f"There is no kind of sheet called '{show_briefly(read.name)}', so that it is not read."
        if meant:
            hint = f"Did you mean '{meant}'? Rename the sheet."
        else:
            hint = f"If it is a note for yourself, let its name begin with {NOTE_SIGN}."
            hint += f" Sheets that are not there: {', '.join(missing)}." if missing else ""
        yield places.finding(number, 1, 1, Fault("unknown-sheet", message, hint))
    if layout.root.title in missing and not any(did_you_mean(read.name, missing) for _, read in others):
        hint = "Begin with a workbook that 'nervegraph sheet new' or 'nervegraph sheet export' has written."
        yield places.finding(0, 1, 1, Fault("missing-sheet", f"There is no sheet '{layout.root.title}'.", hint))


class _TableReader:
    """One pass over one sheet."""

    def __init__(self, table: Table, read: ReadSheet, places: BookPlaces) -> None:
        self.table = table
        self.findings: list[Finding] = []
        self._places = places
        self._notes: set[int] = set()
        self._unread: set[int] = set()
        content = [number for number in read.rows if number != _HEADER_ROW]
        if not content:
            return
        if read.is_hidden:
            self._add(_HEADER_ROW, 1, _HIDDEN)
        for name, row, column in read.merged:
            self._add(row, column, _merged(name))
        self._read_header(read.rows.get(_HEADER_ROW, {}))
        for number in content:
            self._read_row(number, read.rows[number])

    def _add(self, row: int, column: int, fault: Fault) -> None:
        self.findings.append(self._places.finding(self.table.number, row, column, fault))

    def _read_header(self, header: Mapping[int, Cell]) -> None:
        sheet = self.table.sheet
        keys = {bare(name): key for key, name in sheet.key_headers.items()}
        columns = {bare(column.name): column for column in sheet.columns}
        seen: dict[str, int] = {}
        unknown: list[Cell] = []
        for number, cell in header.items():
            name = read_text(cell)
            if isinstance(name, Fault):
                self._add(_HEADER_ROW, number, name)
                self._unread.add(number)
            elif name.startswith(NOTE_SIGN):
                self._notes.add(number)
            elif (plain := bare(name)) in seen:
                self._add(_HEADER_ROW, number, _twice(name, seen[plain], self._places))
                self._unread.add(number)
            elif plain in keys:
                self.table.key_columns[keys[plain]] = seen[plain] = number
            elif plain in columns:
                self.table.field_columns[columns[plain]] = seen[plain] = number
            elif name:
                unknown.append(cell)
                self._unread.add(number)
        self._judge_header(unknown)

    def _judge_header(self, unknown: list[Cell]) -> None:
        sheet, table = self.table.sheet, self.table
        free = [name for key, name in sheet.key_headers.items() if key not in table.key_columns]
        free += [column.name for column in sheet.columns if column not in table.field_columns]
        meant = {cell.column: did_you_mean(cell.text, free) for cell in unknown}
        for cell in unknown:
            self._add(_HEADER_ROW, cell.column, _unknown_column(cell.text, meant[cell.column], free))
        for column in table.missing:
            if column.name not in meant.values():
                self._add(_HEADER_ROW, 1, _missing_column(column.name))

    def _read_row(self, number: int, row: Mapping[int, Cell]) -> None:
        if 1 in row and row[1].text.startswith(NOTE_SIGN):
            return
        fields = {column: row[at] for column, at in self.table.field_columns.items() if at in row}
        keys = {key: row[at] for key, at in self.table.key_columns.items() if at in row}
        known = {*self.table.key_columns.values(), *self.table.field_columns.values(), *self._notes, *self._unread}
        for at, cell in row.items():
            if at not in known and (cell.kind != "text" or cell.text.strip()):
                self._add(number, at, _NO_HEADER)
        if any(cell.kind != "text" or cell.text.strip() for cell in (*fields.values(), *keys.values())):
            self.table.rows.append(TableRow(number, keys, fields))


_HIDDEN = Fault(
    "hidden-sheet",
    "This sheet is hidden and holds something, so that you do not see what would be read.",
    "Show it (right click on a tab, Unhide), or delete it.",
)
_NO_HEADER = Fault(
    "no-header",
    "This cell stands in a column without a name in the first row, so that it is not known what it is.",
    f"Write the column's name into the first row, or one that begins with {NOTE_SIGN} if it is a note for yourself.",
)


def _second(title: str) -> Fault:
    message = f"This is a second sheet '{title}', so that it is not read."
    return Fault("duplicate-sheet", message, "Move its rows to the other one, and delete it.")


def _merged(name: str) -> Fault:
    message = f"The cells {name} are merged; only the first of them holds what you see."
    return Fault("merged-cells", message, "Unmerge them, and write into each cell what belongs there.")


def _twice(name: str, first: int, places: BookPlaces) -> Fault:
    message = f"There is a second column '{show_briefly(name)}'; the first one is {places.letter(first)}."
    return Fault("duplicate-column", message, "Keep one of them.")


def _unknown_column(name: str, meant: str | None, free: list[str]) -> Fault:
    message = f"'{show_briefly(name)}' is not a column of this sheet."
    if meant:
        return Fault("unknown-column", message, f"Did you mean '{meant}'?")
    hint = f"A note for yourself has a name that begins with {NOTE_SIGN}."
    hint += f" Columns that are not there: {', '.join(free)}." if free else ""
    return Fault("unknown-column", message, hint)


def _missing_column(name: str) -> Fault:
    message = f"There is no column '{name}', which every row of this sheet needs."
    return Fault("missing-column", message, "Write its name into the first row of an empty column, and fill it in.")

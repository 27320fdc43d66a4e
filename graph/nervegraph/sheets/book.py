"""The workbook that a person opens: explained columns, lists of words, and a page that says how to use it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nervegraph.model import Part
from nervegraph.record_parts import expectation, rule_against
from nervegraph.sheets.content import Choices, WrittenColumn, WrittenSheet
from nervegraph.sheets.layout import Column, Layout, Sheet
from nervegraph.sheets.table import NOTE_SIGN, README_SHEET, WORDS_SHEET
from nervegraph.sheets.workbook import write_workbook
from nervegraph.vocabulary import Vocabulary

_YES_OR_NO = "yes or no"
# Widths in characters by what a field takes; else that of a list of words.
_WIDTHS = {
    None: 40,
    "bad-id": 18,
    "bad-duration": 14,
    "not-a-count": 11,
    "not-a-number": 11,
    "not-a-year": 9,
    "not-yes-or-no": 11,
}
_WIDTH_OF_WORDS = 24
_WIDTH_OF_KEYS = 18
# How far down a list of ids is offered; more may be typed.
_LAST_OFFERED_ROW = 2_000
_AIDS_COLOR = "A6A6A6"

_HOW_TO = (
    (
        "What this is",
        "Studies as tables: what publications say, in a fixed form. Each sheet is a list of one kind of thing.",
    ),
    (
        "Where to begin",
        "'study' and 'sources'. Then 'groups' (people known by numbers) or 'people' (described one by one), "
        "'treatments', 'drugs' and 'outcomes'. The other sheets stay empty where the source says nothing of the kind.",
    ),
    (
        "Colours of columns",
        "Dark blue: needed in every row. Light blue: where the source says it. Grey: what the row belongs to, by the "
        "ids that you chose; leave it empty where there is only one it can belong to. Rest the pointer on a column's "
        "name for an explanation.",
    ),
    ("Ids", "Short names of your own for groups, treatments and outcomes: lower-case letters, digits, hyphens."),
    (
        "Words",
        "Cells with a drop-down list offer the words that may stand there. Other spellings are understood; all words "
        f"and what they mean are on the sheet '{WORDS_SHEET}'.",
    ),
    ("Several in one cell", "One below the other: Alt and Enter begins a new line in a cell."),
    (
        "Not known",
        "Leave the cell empty, or write 'not read' or 'not reported' where a list offers it. Never guess, and never "
        "write 'no' for what the source does not say. Do not copy sentences; use your own words.",
    ),
    ("<Angle brackets>", "Still to be filled in. If the source does not say it, empty the cell."),
    (
        "Notes for yourself",
        f"A column whose name begins with {NOTE_SIGN}, a row whose first cell does, and a sheet whose name does are "
        "not read. Comments on cells are not read either.",
    ),
    (
        "Only text",
        "All cells are formatted as text, so that 0.50 stays 0.50. Formulas are not read. Do not merge cells, and keep "
        "the first row as it is; columns may be moved.",
    ),
    ("When you are done", "nervegraph sheet import THIS-FILE.xlsx -o studies"),
    ("", ""),
)


def build_book(layout: Layout, rows: Mapping[str, Sequence[Sequence[str]]], vocabulary: Vocabulary) -> bytes:
    """The bytes of a workbook with these rows (by sheet, cells as its headers stand) and all that explains them."""
    words = _Words(vocabulary)
    sheets = [_readme(layout)]
    for sheet in layout.sheets:
        columns = [
            *_key_columns(layout, sheet),
            *(_column(sheet, column, words, vocabulary) for column in sheet.columns),
        ]
        columns[0] = _with_meaning(sheet, columns[0])
        sheets.append(WrittenSheet(sheet.title, columns, rows[sheet.title], len(sheet.keys) + 1))
    return write_workbook([*sheets, words.sheet()])


def _readme(layout: Layout) -> WrittenSheet:
    columns = [WrittenColumn("Read me", "key", 24), WrittenColumn("How to fill in this workbook", "key", 110)]
    rows = [*_HOW_TO, *((f"Sheet '{sheet.title}'", _meaning(sheet.part)) for sheet in layout.sheets)]
    return WrittenSheet(README_SHEET, columns, rows, tab_color=_AIDS_COLOR)


def _meaning(part: type[Part]) -> str:
    return " ".join((part.__doc__ or "").split("\n\n")[0].split()).replace("`", "'")


def _with_meaning(sheet: Sheet, column: WrittenColumn) -> WrittenColumn:
    comment = f"Sheet '{sheet.title}', what a row is: {_meaning(sheet.part)}\n\n{column.comment}"
    return WrittenColumn(column.header, column.look, column.width, comment, column.choices)


def _key_columns(layout: Layout, sheet: Sheet) -> Iterator[WrittenColumn]:
    for at, key in enumerate(sheet.keys):
        named = [each for each in layout.sheets if each.entry_key == key and sheet is not each]
        owners = [each for each in named if key in sheet.keys and _may_own(each, sheet, at)]
        where = " or ".join(f"'{each.title}'" for each in owners)
        comment = f"What this row belongs to: the {key}, as it is called on the sheet {where}."
        if any(route.keys == sheet.keys[:at] for route in sheet.routes):
            comment += f"\nLeft empty, the row belongs to the {sheet.keys[at - 1]} as a whole."
        else:
            comment += "\nMay be left empty where there is only one."
        choices = _choices_of_ids(owners[0]) if len(owners) == 1 else None
        yield WrittenColumn(sheet.key_headers[key], "key", _WIDTH_OF_KEYS, comment, choices)


def _may_own(owner: Sheet, sheet: Sheet, depth: int) -> bool:
    """Whether the entries of `owner` stand on the way to those of `sheet`, as the key of this number."""
    ways = [route.path[:depth] for route in sheet.routes if len(route.keys) > depth]
    return any(route.path in ways for route in owner.routes)


def _choices_of_ids(sheet: Sheet) -> Choices:
    names = [column.name for column in sheet.columns]
    column = names.index(sheet.key_field) + len(sheet.keys) + 1
    return Choices(sheet.title, column, 2, _LAST_OFFERED_ROW)


def _column(sheet: Sheet, column: Column, words: _Words, vocabulary: Vocabulary) -> WrittenColumn:
    comment = "Needed in every row." if column.is_required else "Where the source says it."
    if column.content == "named texts":
        comment += "\nSeveral in one cell, each on a line of its own: name, colon, space, text."
    else:
        path = (*max((route.path for route in sheet.routes), key=len), *column.path)
        expected = expectation(path, vocabulary)
        comment += f"\n{expected[0].upper()}{expected[1:]}."
    if column.content == "texts":
        comment += "\nSeveral stand one below the other in the cell (Alt and Enter)."
    if column.rule == "not-a-count" and rule_against(column.part, column.field_name, "unknown", vocabulary) is None:
        comment += "\nWrite 'unknown' for a number that is not known."
    choices = words.choices(column.rule)
    if choices is not None:
        comment += (
            f"\nAll words and their meanings: sheet '{WORDS_SHEET}', rows {choices.first_row} to {choices.last_row}."
        )
    width = _WIDTHS.get(column.rule, _WIDTH_OF_WORDS)
    return WrittenColumn(column.name, "needed" if column.is_required else "optional", width, comment, choices)


class _Words:
    """The sheet of all words that fields may hold, and where on it those of a field stand."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._rows: list[tuple[str, str, str, str]] = [(_YES_OR_NO, "yes", "", ""), (_YES_OR_NO, "no", "", "")]
        self._ranges = {"not-yes-or-no": (2, 3)}
        for scheme in vocabulary.schemes:
            first = len(self._rows) + 2
            for concept in vocabulary.concepts(scheme):
                if not concept.is_grouping:
                    meaning = f"{concept.definition} {concept.not_for}".strip()
                    row = (scheme.replace("-", " "), concept.label, "; ".join(concept.synonyms), meaning)
                    self._rows.append(row)
            self._ranges[f"unknown-{scheme}"] = (first, len(self._rows) + 1)

    def choices(self, rule: str | None) -> Choices | None:
        """The cells with the words of a field that takes only words, by the rule that others break."""
        found = self._ranges.get(rule or "")
        return Choices(WORDS_SHEET, 2, *found) if found else None

    def sheet(self) -> WrittenSheet:
        """The sheet itself."""
        widths = (("list", 22), ("word", 40), ("also written", 50), ("meaning", 90))
        columns = [WrittenColumn(name, "key", width) for name, width in widths]
        return WrittenSheet(WORDS_SHEET, columns, self._rows, 2, _AIDS_COLOR)

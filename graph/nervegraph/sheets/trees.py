"""The tables of a workbook -> a tree for each study, as a study file would give it, in which each part knows its cell.

A row names what it belongs to in its key columns. A key may be left empty where there is only one that it can mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from nervegraph.findings import Finding, bare, did_you_mean, show_briefly
from nervegraph.record_types import Vocabularies
from nervegraph.sheets.cells import Fault, find_joined_words, read_field, read_text, split_named_texts, split_texts
from nervegraph.sheets.layout import Column, Layout, Sheet
from nervegraph.sheets.places import BookPlaces, CellMark
from nervegraph.sheets.rows import key_of
from nervegraph.sheets.table import Table, TableRow
from nervegraph.study_tree import Advice, Mark, Place, Tree, TreePath, Value

_ADVICE = Advice(
    add_value="Write into this cell {expected}.",
    add_list="Add a row to the sheet '{name}'.",
    add_entry="Add what is missing; several entries stand one below the other in the cell (Alt and Enter).",
)
_MOST_NAMES_SHOWN = 8
# After so many the workbook is something else; to find what was meant takes a while for each.
_MOST_STRAYS_TOLD = 200
_MOST_NAMES_COMPARED = 200
# What an id may be made of, so that no cell can name a file elsewhere.
_FILE_NAME = re.compile(r"[a-z0-9-]+")


@dataclass(eq=False)
class _Study:
    """One study while its tree grows: what is wrong in it, values that were refused, sheets of which a row was lost."""

    findings: set[Finding] = field(default_factory=set)
    refused: set[TreePath] = field(default_factory=set)
    lost: set[Sheet] = field(default_factory=set)


@dataclass(eq=False)
class _Entry:
    """One row that became an entry: its fields, where they stand, its path in the tree, and what belongs to it."""

    sheet: Sheet
    study: _Study
    path: TreePath
    fields: dict[str, Value]
    place: Place
    inside: dict[str, _Named] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What other rows call it."""
        return key_of(self.sheet, self.fields)


@dataclass
class _Named:
    """Entries that other rows can name, by their names as written and as spelled otherwise."""

    entries: list[_Entry] = field(default_factory=list)
    by_name: dict[str, _Entry] = field(default_factory=dict)
    by_spelling: dict[str, list[_Entry]] = field(default_factory=dict)

    def add(self, entry: _Entry) -> None:
        """Enter one more; of two with the same name the first is meant."""
        self.entries.append(entry)
        if self.by_name.setdefault(entry.key, entry) is entry:
            self.by_spelling.setdefault(bare(entry.key), []).append(entry)

    def find(self, name: str) -> _Entry | None:
        """The one of this name, in this spelling or else in another; without a name the only one there is."""
        if not name:
            return self.entries[0] if len(self.entries) == 1 else None
        others = self.by_spelling.get(bare(name), [])
        return self.by_name.get(name) or (others[0] if len(others) == 1 else None)


@dataclass(frozen=True)
class StudyTree:
    """The tree of one study in a workbook.

    It is not whole if a row of it could not be placed; then it would be wrong to say what does not fit together in it.
    """

    tree: Tree
    is_whole: bool


@dataclass(frozen=True)
class StudyTrees:
    """The studies of a workbook in their order, and what is wrong with rows that belong to none of them."""

    studies: list[StudyTree]
    findings: set[Finding]


def build_trees(
    layout: Layout, tables: Iterable[Table], places: BookPlaces, vocabulary: Vocabularies, directory: Path
) -> StudyTrees:
    """The trees of all studies; each is named after the study file in `directory` that it would become."""
    builder = _Builder(layout, places, vocabulary)
    for table in tables:
        builder.add(table)
    return StudyTrees(builder.trees(directory), builder.findings)


class _Builder:
    """All rows of all tables, outer entries before what belongs to them."""

    def __init__(self, layout: Layout, places: BookPlaces, vocabulary: Vocabularies) -> None:
        self.findings: set[Finding] = set()
        self._layout = layout
        self._places = places
        self._vocabulary = vocabulary
        self._studies = _Named()
        self._entries: list[_Entry] = []
        # Rows that name nothing there is, by table, key, name and what was found so far; told once for each.
        self._strays: dict[tuple[Table, str, str, _Entry | None], list[int]] = {}

    def add(self, table: Table) -> None:
        """Put the rows of a table where they belong."""
        for row in table.rows:
            if table.sheet is self._layout.root:
                self._add_study(table, row)
                continue
            owner = self._find_owner(table, row)
            if owner is not None:
                self._add_entry(table, row, owner)

    def trees(self, directory: Path) -> list[StudyTree]:
        """The trees of the studies."""
        self._tell_strays()
        # Whoever lacks a list of which a row could not be placed is not told that the list is missing.
        for entry in self._entries:
            for name, sheet in entry.sheet.lists.items():
                if sheet in entry.study.lost and name not in entry.fields:
                    entry.study.refused.add((*entry.path, name))
        return [StudyTree(_tree(entry, directory), not entry.study.lost) for entry in self._studies.entries]

    def _tell_strays(self) -> None:
        for (table, key, name, owner), rows in islice(self._strays.items(), _MOST_STRAYS_TOLD):
            choices = self._studies if owner is None else owner.inside.get(key, _Named())
            fault = _no_owner(key, name, [*choices.by_name], owner)
            if more := len(rows) - 1:
                hint = f"{fault.hint} The same in {more} more row{'s' * (more > 1)} of this sheet."
                fault = fault._replace(hint=hint)
            self._add_finding(table, rows[0], table.key_columns.get(key, 1), fault, owner)

    def _add_study(self, table: Table, row: TableRow) -> None:
        entry = self._read_entry(table, row, _Study(), ())
        same = self._studies.by_name.get(entry.key) if entry.key else None
        if same is not None:
            fault = Fault("study-twice", f"The study '{entry.key}' has a row already.", "Keep one of them.")
            at = row.fields[table.sheet.columns[0]]
            self._add_finding(table, at.row, at.column, fault, same)
            return
        self._studies.add(entry)

    def _add_entry(self, table: Table, row: TableRow, owner: _Entry) -> None:
        name = next(name for name, sheet in owner.sheet.lists.items() if sheet is table.sheet)
        entries = owner.fields.setdefault(name, [])
        assert isinstance(entries, list) and owner.place.keys is not None  # noqa: S101, PT018 - made so here
        if name not in owner.place.keys:
            mark = self._places.mark(table.number, row.number, 1)
            owner.place.keys[name] = (mark, Place(mark, None, []))
        entry = self._read_entry(table, row, owner.study, (*owner.path, name, len(entries)))
        items = owner.place.keys[name][1]
        assert isinstance(items, Place) and items.items is not None  # noqa: S101, PT018 - made so here
        items.items.append(entry.place)
        entries.append(entry.fields)
        owner.inside.setdefault(table.sheet.entry_key, _Named()).add(entry)

    def _find_owner(self, table: Table, row: TableRow) -> _Entry | None:
        """The entry that a row belongs to; None after a finding."""
        owner: _Entry | None = None
        known = tuple[str, ...]()
        for key in table.sheet.keys:
            name = self._read_key(table, row, key, owner)
            if name is None:
                self._lose_row(table, owner)
                return None
            if not name and owner is not None and any(route.keys == known for route in table.sheet.routes):
                return owner
            choices = self._studies if owner is None else owner.inside.get(key, _Named())
            found = choices.find(name)
            if found is None:
                self._lose_row(table, owner)
                # What belongs to a row that could not be placed itself is not told again.
                if owner is None or not any(sheet.entry_key == key for sheet in owner.study.lost):
                    self._strays.setdefault((table, key, name, owner), []).append(row.number)
                return None
            owner, known = found, (*known, key)
        return owner

    def _lose_row(self, table: Table, owner: _Entry | None) -> None:
        for study in [owner.study] if owner is not None else [entry.study for entry in self._studies.entries]:
            study.lost.add(table.sheet)

    def _read_key(self, table: Table, row: TableRow, key: str, owner: _Entry | None) -> str | None:
        cell = row.keys.get(key)
        if cell is None:
            return ""
        name = read_text(cell)
        if isinstance(name, Fault):
            self._add_finding(table, cell.row, cell.column, name, owner)
            return None
        return name

    def _read_entry(self, table: Table, row: TableRow, study: _Study, path: TreePath) -> _Entry:
        first = min((*table.field_columns.values(), *table.key_columns.values()))
        named = [at for column, at in table.field_columns.items() if column.name in ("id", table.sheet.key_field)]
        mark = self._places.mark(table.number, row.number, min(named, default=first))
        entry = _Entry(table.sheet, study, path, {}, Place(mark, {}))
        for column in table.sheet.columns:
            at = table.field_columns.get(column)
            if at is None:
                if column.is_required:
                    study.refused.add((*path, *column.path))
                continue
            cell_mark = self._places.mark(table.number, row.number, at)
            self._add_value(entry, column, self._read_value(table, row, column, entry), cell_mark)
        self._entries.append(entry)
        return entry

    def _read_value(self, table: Table, row: TableRow, column: Column, entry: _Entry) -> Value | None:
        """What stands in a cell; None if nothing does, or after a finding."""
        cell = row.fields.get(column)
        text = read_field(cell, column, self._vocabulary) if cell is not None else ""
        value: Value | Fault = text
        if isinstance(text, str) and text and column.content == "texts":
            texts = split_texts(text)
            joined = (find_joined_words(each, column, self._vocabulary) for each in texts)
            listed: Value = texts[0] if len(texts) == 1 and column.is_single_allowed else [*texts]
            value = next((fault for fault in joined if fault), listed)
        elif isinstance(text, str) and text and column.content == "named texts":
            named = split_named_texts(text)
            value = named if isinstance(named, Fault) else {**named}
        if isinstance(value, Fault):
            assert cell is not None  # noqa: S101 - a fault is about a cell
            self._add_finding(table, cell.row, cell.column, value, entry)
            entry.study.refused.add((*entry.path, *column.path))
            return None
        return value or None

    def _add_value(self, entry: _Entry, column: Column, value: Value | None, mark: CellMark) -> None:
        fields, place = entry.fields, entry.place
        for step in column.path[:-1]:
            assert place.keys is not None  # noqa: S101 - made so here
            place = place.keys.setdefault(step, (mark, Place(mark, {})))[1]  # type: ignore[assignment]
            if value is not None:
                fields = fields.setdefault(step, {})  # type: ignore[assignment]
        assert place.keys is not None  # noqa: S101 - made so here
        place.keys[column.field_name] = (mark, _place_of(value, mark))
        if value is not None:
            fields[column.field_name] = value

    def _add_finding(self, table: Table, row: int, column: int, fault: Fault, about: _Entry | None) -> None:
        # Kept like the findings of a study file; all are put at their cells together.
        mark = self._places.mark(table.number, row, column)
        finding = Finding(self._places.path, mark.line + 1, mark.column + 1, *fault)
        (self.findings if about is None else about.study.findings).add(finding)


def _tree(entry: _Entry, directory: Path) -> Tree:
    name = entry.key if _FILE_NAME.fullmatch(entry.key) else "unnamed"
    findings, refused = tuple(sorted(entry.study.findings)), frozenset(entry.study.refused)
    return Tree(directory / f"{name}.yaml", entry.fields, findings, refused, entry.place, _ADVICE)


def _place_of(value: Value | None, mark: Mark) -> Place | Mark:
    """All that stands in one cell stands in one place."""
    if isinstance(value, list):
        return Place(mark, None, [mark for _ in value])
    if isinstance(value, dict):
        return Place(mark, dict.fromkeys(value, (mark, mark)))
    return mark


def _no_owner(key: str, name: str, choices: list[str], owner: _Entry | None) -> Fault:
    names = [each for each in choices if each]
    whose = f" of '{show_briefly(owner.key)}'" if owner is not None else ""
    shown = ", ".join(show_briefly(each) for each in names[:_MOST_NAMES_SHOWN])
    shown += ", …" if len(names) > _MOST_NAMES_SHOWN else ""
    if not names:
        return Fault("unknown-owner", f"There is no {key}{whose} to which this row could belong.", "Add its row first.")
    if not name:
        message = f"It is not said to which {key}{whose} this row belongs."
        return Fault("which-owner", message, f"Write one of: {shown}.")
    meant = did_you_mean(name, names[:_MOST_NAMES_COMPARED])
    hint = f"Did you mean '{meant}'?" if meant else f"Write one of: {shown}."
    return Fault("unknown-owner", f"There is no {key} '{show_briefly(name)}'{whose}.", hint)

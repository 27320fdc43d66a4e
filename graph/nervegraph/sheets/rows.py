"""Study files -> the rows of the sheets, every value as the curator typed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nervegraph.findings import Finding
from nervegraph.sheets.cells import find_fault_of_text, join_named_texts, join_texts
from nervegraph.sheets.layout import Column, Layout, Sheet
from nervegraph.study_tree import Tree, TreePath, Value

# As many rows as all sheets have together; the key of a row is the chain of ids that it belongs to.
Keys = Mapping[str, str]


@dataclass(frozen=True)
class Rows:
    """The rows of each sheet by its title, their cells in the order of its headers, and what no cell can hold."""

    by_sheet: dict[str, list[list[str]]]
    findings: list[Finding] = field(default_factory=list)


def build_rows(layout: Layout, trees: Iterable[Tree]) -> Rows:
    """The rows of these study files, which have no errors; studies and entries keep their order."""
    rows = Rows({sheet.title: [] for sheet in layout.sheets})
    for tree in trees:
        if tree.root is not None:
            _Walk(tree, rows).add(layout.root, tree.root, {}, ())
    return rows


def key_of(sheet: Sheet, entry: Mapping[str, Value]) -> str:
    """What an entry is called in the key columns of others: its id, else its first field."""
    key = entry.get("id") or entry.get(sheet.key_field, "")
    return key.strip() if isinstance(key, str) else ""


class _Walk:
    """One way through one study file, from outside inwards."""

    def __init__(self, tree: Tree, rows: Rows) -> None:
        self._tree = tree
        self._rows = rows

    def add(self, sheet: Sheet, entry: Mapping[str, Value], keys: Keys, path: TreePath) -> None:
        """Enter the row of one entry, then those of the entries of its lists."""
        row = [keys.get(key, "") for key in sheet.keys]
        row += [self._cell(column, entry, path) for column in sheet.columns]
        self._rows.by_sheet[sheet.title].append(row)
        keys_inside = {**keys, sheet.entry_key: key_of(sheet, entry)}
        for name, inner in sheet.lists.items():
            entries = entry.get(name, [])
            for number, each in enumerate(entries if isinstance(entries, list) else []):
                if isinstance(each, dict):
                    self.add(inner, each, keys_inside, (*path, name, number))

    def _cell(self, column: Column, entry: Mapping[str, Value], path: TreePath) -> str:
        value: Value | None = dict(entry)
        for step in column.path:
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            return ""
        text = _as_cell(value)
        if fault := find_fault_of_text(text):
            position = self._tree.position((*path, *column.path))
            self._rows.findings.append(Finding(self._tree.path, *position, *fault))
        return text


def _as_cell(value: Value) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        return join_named_texts({name: text.strip() for name, text in value.items() if isinstance(text, str)})
    return join_texts(text.strip() for text in value if isinstance(text, str))

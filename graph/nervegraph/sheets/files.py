"""Study files -> a workbook, a workbook -> study files; what is written has been read back and found the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nervegraph.checked_studies import (
    collect_findings,
    parse_checked_study,
    read_checked_studies,
    read_checked_study,
    read_checked_tree,
    read_named_studies,
)
from nervegraph.errors import SurroundingsError
from nervegraph.findings import Finding, has_errors
from nervegraph.sheets.archive import WorkbookRefused
from nervegraph.sheets.book import build_book
from nervegraph.sheets.cells import Fault
from nervegraph.sheets.content import ReadSheet
from nervegraph.sheets.layout import Layout, build_layout
from nervegraph.sheets.places import BookPlaces, CellFinding
from nervegraph.sheets.rows import build_rows
from nervegraph.sheets.table import read_tables
from nervegraph.sheets.trees import build_trees
from nervegraph.sheets.workbook import parse_workbook, read_workbook
from nervegraph.study_file import Reading, read_record
from nervegraph.study_tree import Tree
from nervegraph.study_yaml import format_study_page
from nervegraph.template import build_template
from nervegraph.vocabulary import Vocabulary
from nervegraph.yaml_positions import parse_tree


@dataclass(frozen=True)
class ExportedBook:
    """A workbook of studies: its bytes, None if a finding is an error; the findings are about the study files."""

    content: bytes | None
    n_studies: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class ImportedStudy:
    """A study in a workbook: the file it becomes, its text, and whether that file says the same already."""

    path: Path
    text: str
    is_unchanged: bool


@dataclass(frozen=True)
class ImportedBook:
    """What came of reading a workbook; there are no studies if one finding is an error."""

    studies: tuple[ImportedStudy, ...]
    findings: tuple[Finding, ...]


def export_studies(paths: Sequence[Path], vocabulary: Vocabulary) -> ExportedBook:
    """A workbook that holds the studies of these files, in this order.

    :raises Misuse: a path is no file.
    :raises SurroundingsError: a file cannot be read.
    """
    layout = build_layout(vocabulary)
    checked = read_checked_studies(paths, vocabulary)
    if has_errors(checked.findings):
        return ExportedBook(None, len(checked.readings), checked.findings)
    rows = build_rows(layout, [reading.tree for reading in checked.readings])
    if rows.findings:
        return ExportedBook(None, len(checked.readings), tuple(rows.findings))
    content = build_book(layout, rows.by_sheet, vocabulary)
    readings, _ = _read_sheets(parse_workbook(content), layout, Path("book.xlsx"), Path(), vocabulary)
    for original, reading in zip(checked.readings, readings, strict=True):
        _refuse_difference(original, reading)
    return ExportedBook(content, len(readings), checked.findings)


def build_new_book(study_id: str, vocabulary: Vocabulary) -> bytes:
    """The bytes of a workbook for a new study, with what the template of a study file says is to be filled in."""
    layout = build_layout(vocabulary)
    template = parse_tree(build_template(study_id, vocabulary).encode(), Path(f"{study_id}.yaml"))
    return build_book(layout, build_rows(layout, [template]).by_sheet, vocabulary)


def import_book(path: Path, directory: Path, vocabulary: Vocabulary) -> ImportedBook:
    """The studies of a workbook as files for `directory`, which is looked at and not changed.

    :raises Misuse: there is no such workbook, or it is a directory or a device.
    :raises SurroundingsError: it cannot be opened or read.
    """
    try:
        sheets = read_workbook(path)
    except WorkbookRefused as refused:
        finding = CellFinding(path, 1, 1, refused.rule, refused.message, refused.hint)
        return ImportedBook((), (finding,))
    readings, findings = _read_sheets(sheets, build_layout(vocabulary), path, directory, vocabulary)
    if not readings and not findings:
        findings = [BookPlaces(path, [each.name for each in sheets]).finding(0, 1, 1, _NO_STUDY)]
    if has_errors(findings):
        return ImportedBook((), tuple(findings))
    return ImportedBook(tuple(_as_file(reading, vocabulary) for reading in readings), tuple(findings))


_NO_STUDY = Fault(
    "no-study",
    "There is no study in this workbook: no row of the sheet 'study' is filled in.",
    "Begin with a workbook that 'nervegraph sheet new' has written.",
)


def _read_sheets(
    sheets: list[ReadSheet], layout: Layout, path: Path, directory: Path, vocabulary: Vocabulary
) -> tuple[list[Reading], list[Finding]]:
    """What the sheets say of each study, and all findings, sorted as the sheets stand."""
    places = BookPlaces(path, [sheet.name for sheet in sheets])
    tables, findings = read_tables(layout, sheets, places)
    studies = build_trees(layout, tables, places, vocabulary, directory)
    readings = [
        (read_checked_tree if study.is_whole else read_record)(study.tree, vocabulary) for study in studies.studies
    ]
    found = collect_findings(readings, beside=read_named_studies(readings, vocabulary))
    findings += [places.place(finding) for finding in (*studies.findings, *found)]
    return readings, sorted(set(findings))


def _as_file(reading: Reading, vocabulary: Vocabulary) -> ImportedStudy:
    tree: Tree = reading.tree
    assert tree.root is not None  # noqa: S101 - a workbook gives a tree to each study
    text = format_study_page(tree.root)
    _refuse_difference(reading, parse_checked_study(text.encode(), tree.path, vocabulary))
    before = read_checked_study(tree.path, vocabulary) if tree.path.exists() else None
    return ImportedStudy(tree.path, text, before is not None and before.record == reading.record)


def _refuse_difference(original: Reading, copy: Reading) -> None:
    """Stop before anything is written that would not be read back as it was."""
    if original.record is None or original.record != copy.record:
        raise SurroundingsError(
            f"{original.path}: this study would not be read back the same, so that nothing was written. "
            "It is a mistake in NerveGraph; please report it with the file."
        )

"""Workbooks of studies for tests: of study files, changed as a person would change them, and read back."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl

from command_line import FIXTURE
from nervegraph.findings import Finding
from nervegraph.model import StudyFile
from nervegraph.sheets.files import ImportedBook, export_studies, import_book
from nervegraph.sheets.layout import Layout, build_layout
from nervegraph.vocabulary import Vocabulary
from nervegraph.yaml_positions import parse_tree

ALPHA = FIXTURE / "alpha-series-2001.yaml"
GAMMA = FIXTURE / "gamma-case-2003.yaml"
ZETA = FIXTURE / "zeta-review-2006.yaml"


_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHARED_TEXTS = (
    '<Override PartName="/xl/sharedStrings.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)
_TEXT_IN_CELL = re.compile(r'(?P<cell><c [^>]*?) t="inlineStr"><is>(?P<text><t.*?</t>)</is></c>', re.DOTALL)


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary.shipped()


@cache
def layout() -> Layout:
    return build_layout(vocabulary())


@cache
def book_of(*paths: Path) -> bytes:
    """The workbook of these study files."""
    content = export_studies(paths, vocabulary()).content
    assert content is not None
    return content


def column_of(sheet: Any, header: str) -> int:
    """The number of the column with this header, from 1."""
    return [cell.value for cell in sheet[1]].index(header) + 1


def changed(content: bytes, change: Callable[[Any], None]) -> bytes:
    """A workbook after `change` was done to it in a program that is not ours."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    change(book)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def with_shared_texts(content: bytes) -> bytes:
    """A workbook as Excel and LibreOffice save it: all texts in one table, to which the cells refer."""
    texts: list[str] = []

    def refer(found: re.Match[str]) -> str:
        texts.append(found["text"])
        return f'{found["cell"]} t="s"><v>{len(texts) - 1}</v></c>'

    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if name.startswith("xl/worksheets/"):
                text = _TEXT_IN_CELL.sub(refer, text)
            if name == "[Content_Types].xml":
                text = text.replace("</Types>", f"{_SHARED_TEXTS}</Types>")
            new.writestr(name, text)
        table = "".join(f"<si>{text}</si>" for text in texts)
        new.writestr("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}" count="{len(texts)}">{table}</sst>')
    return output.getvalue()


def with_cells(content: bytes, cells: Mapping[tuple[str, int, str], object]) -> bytes:
    """A workbook with other values in some cells, each by sheet, row and header."""

    def change(book: Any) -> None:
        for (sheet, row, header), value in cells.items():
            book[sheet].cell(row, column_of(book[sheet], header)).value = value

    return changed(content, change)


def read_book(content: bytes, directory: Path) -> ImportedBook:
    """What an import into `directory` gives; the workbook is called `book.xlsx`."""
    path = directory / "book.xlsx"
    path.write_bytes(content)
    return import_book(path, directory, vocabulary())


def rules_of(book: ImportedBook) -> list[str]:
    return [finding.rule for finding in book.findings if finding.severity == "error"]


def only_error(book: ImportedBook) -> Finding:
    """The one error in a workbook."""
    (error,) = [finding for finding in book.findings if finding.severity == "error"]
    assert book.studies == ()
    return error


def told(finding: Finding) -> str:
    """A finding as a person reads it, without the directory."""
    return str(finding).replace(str(finding.path), finding.path.name)


def records_of(book: ImportedBook) -> list[StudyFile]:
    """The records of the study files that an import writes."""
    trees = [parse_tree(study.text.encode(), study.path) for study in book.studies]
    assert [tree.findings for tree in trees] == [()] * len(trees)
    return [StudyFile.model_validate(tree.root, context={"vocabulary": vocabulary()}) for tree in trees]

"""Workbooks that are none, are broken, or were made to harm: each is refused in words, in bounded time and memory."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.chart import BarChart
from openpyxl.formatting.rule import FormulaRule

from nervegraph.errors import Misuse
from nervegraph.sheets.archive import MAX_BYTES, MAX_UNPACKED_BYTES, WorkbookRefused
from nervegraph.sheets.content import WrittenColumn, WrittenSheet
from nervegraph.sheets.files import import_book
from nervegraph.sheets.workbook import parse_workbook, read_workbook, write_workbook
from sheet_books import ALPHA, book_of, changed, told, vocabulary

SMALL = write_workbook([WrittenSheet("study", [WrittenColumn("study"), WrittenColumn("title")], [["a", "b"]])])
SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def with_file(content: bytes, name: str, data: bytes | Iterator[bytes]) -> bytes:
    """A workbook with another file in it; large ones are made piece by piece."""
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            if each != name:
                new.writestr(each, old.read(each))
        with new.open(name, "w") as file:
            for piece in [data] if isinstance(data, bytes) else data:
                file.write(piece)
    return output.getvalue()


def with_sheet_data(rows: bytes | Iterator[bytes], before: bytes = b"") -> bytes:
    pieces = [rows] if isinstance(rows, bytes) else rows

    def sheet() -> Iterator[bytes]:
        yield b'<?xml version="1.0"?>' + before + f"<worksheet {MAIN}><sheetData>".encode()
        yield from pieces
        yield b"</sheetData></worksheet>"

    return with_file(SMALL, SHEET, sheet())


def zip_of(files: dict[str, str]) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return output.getvalue()


BILLION_LAUGHS = b'<!DOCTYPE z [<!ENTITY a "ha">%s]>' % b"".join(
    b'<!ENTITY %c "%s">' % (ord("b") + at, b"&%c;" % (ord("a") + at) * 10) for at in range(8)
)
TEXT_CELL = b'<c r="A%d" t="inlineStr"><is><t>%s</t></is></c>'

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "an empty file": (lambda: b"", "no-workbook"),
    "a text": (lambda: b"study,title\na,b\n", "no-workbook"),
    "a study file": (ALPHA.read_bytes, "no-workbook"),
    "another archive": (lambda: zip_of({"word/document.xml": "<w/>"}), "no-workbook"),
    "OpenDocument": (lambda: zip_of({"mimetype": "application/vnd.oasis", "content.xml": "<w/>"}), "no-workbook"),
    "an old Excel": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old-format"),
    "a password": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
        "password",
    ),
    "macros": (lambda: with_file(SMALL, "xl/vbaProject.bin", b"x"), "macros"),
    "macros of the old kind": (lambda: with_file(SMALL, "xl/macrosheets/sheet1.xml", b"<x/>"), "macros"),
    "cut off": (lambda: SMALL[: len(SMALL) // 2], "damaged-workbook"),
    "a part that is missing": (lambda: zip_of({"xl/workbook.xml": "<workbook/>"}), "damaged-workbook"),
    "no XML": (lambda: with_file(SMALL, SHEET, b"hello"), "damaged-workbook"),
    "a cell that cannot be": (
        lambda: with_sheet_data(b'<row r="1"><c r="ZZZZ1"><v>1</v></c></row>'),
        "damaged-workbook",
    ),
    "a row that cannot be": (
        lambda: with_sheet_data(b"<row>%s</row>" % (TEXT_CELL % (2_000_000, b"x"))),
        "damaged-workbook",
    ),
    "a text that is not there": (
        lambda: with_sheet_data(b'<row r="1"><c r="A1" t="s"><v>7</v></c></row>'),
        "damaged-workbook",
    ),
    "entities that multiply": (
        lambda: with_sheet_data(b'<row r="1"><c r="A1" t="inlineStr"><is><t>&h;</t></is></c></row>', BILLION_LAUGHS),
        "damaged-workbook",
    ),
    "an entity that reads a file": (
        lambda: with_sheet_data(
            b"<row><c><v>&x;</v></c></row>", b'<!DOCTYPE z [<!ENTITY x SYSTEM "file:///etc/hosts">]>'
        ),
        "damaged-workbook",
    ),
    "a zip bomb": (lambda: with_file(SMALL, "xl/media/a.bin", (bytes(1 << 20) for _ in range(50))), "too-large"),
    "a zip bomb in a sheet": (lambda: with_sheet_data(b"<row/>" * 100_000 for _ in range(80)), "too-large"),
    "too many files": (lambda: zip_of({"xl/workbook.xml": "", **{f"x{at}": "" for at in range(1001)}}), "too-large"),
    "a large file": (lambda: b"PK" + bytes(MAX_BYTES), "too-large"),
    "one long text in many cells": (
        lambda: with_file(
            with_file(
                with_sheet_data(b"<row>%s</row>" % (b'<c t="s"><v>0</v></c>' * 200)),
                "xl/sharedStrings.xml",
                f"<sst {MAIN}><si><t>{'x' * 100_000}</t></si></sst>".encode(),
            ),
            "[Content_Types].xml",
            zipfile.ZipFile(io.BytesIO(SMALL))
            .read("[Content_Types].xml")
            .replace(
                b"</Types>",
                b'<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-'
                b'officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
            ),
        ),
        "too-large",
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_sound_workbook_is_refused_in_words(kind: str, tmp_path: Path) -> None:
    make, rule = HOSTILE[kind]
    path = tmp_path / "book.xlsx"
    path.write_bytes(make())
    book = import_book(path, tmp_path, vocabulary())
    (finding,) = book.findings
    assert (book.studies, finding.rule) == ((), rule)
    assert told(finding).startswith("book.xlsx: ")
    assert finding.hint


@pytest.mark.parametrize("name", ["book.xlsm", "BOOK.XLSM", "book.xltm"])
def test_a_name_that_promises_macros_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(SMALL)
    with pytest.raises(WorkbookRefused, match="macros"):
        read_workbook(tmp_path / name)


def test_what_is_no_file_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="no such file"):
        read_workbook(tmp_path / "none.xlsx")
    with pytest.raises(Misuse, match="not a file"):
        read_workbook(tmp_path)


def test_empty_rows_take_next_to_no_memory() -> None:
    def rows() -> Iterator[bytes]:
        yield b"<row>%s</row>" % (TEXT_CELL % (1, b"study"))
        for start in range(2, 50_000, 1000):
            yield b"".join(b'<row r="%d"/>' % at for at in range(start, start + 1000))

    content = with_sheet_data(rows())
    tracemalloc.start()
    try:
        (sheet,) = parse_workbook(content)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert list(sheet.rows) == [1]
    assert peak_bytes < 12_000_000


def test_more_cells_than_studies_need_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = with_sheet_data(b"<row>%s</row>" % (b"<c><v>1</v></c>" * 600) for _ in range(2))
    assert sum(len(row) for row in parse_workbook(content)[0].rows.values()) == 1200
    monkeypatch.setattr("nervegraph.sheets.workbook._MOST_CELLS", 1000)
    with pytest.raises(WorkbookRefused, match="more than 1,000 filled cells"):
        parse_workbook(content)


def test_formulas_that_share_one_text_are_not_followed() -> None:
    """Each would be rewritten for its own cell, which for a long one in many cells takes hours."""
    formula = b"A1+" * 20_000 + b"A1"
    first = b'<c r="A1"><f t="shared" ref="A1:A5000" si="0">%s</f><v>1</v></c>' % formula
    others = b"".join(
        b'<row r="%d"><c r="A%d"><f t="shared" si="0"/><v>1</v></c></row>' % (at, at) for at in range(2, 5001)
    )
    (sheet,) = parse_workbook(with_sheet_data(b'<row r="1">%s</row>%s' % (first, others)))
    assert {(cell.kind, cell.text) for row in sheet.rows.values() for cell in row.values()} == {("formula", "")}
    assert len(sheet.rows) == 5000


def test_openpyxl_reads_through_defusedxml() -> None:
    assert openpyxl.DEFUSEDXML


def test_pictures_drawings_and_links_are_left_alone() -> None:
    def decorate(book: Any) -> None:
        sheet = book["study"]
        sheet["B2"].hyperlink = "https://example.org"
        sheet.add_chart(BarChart(), "D2")
        sheet.conditional_formatting.add("A1", FormulaRule(formula=["A1=1"]))  # type: ignore[no-untyped-call]
        book.create_chartsheet("chart").add_chart(BarChart())

    plain, decorated = parse_workbook(SMALL), parse_workbook(changed(SMALL, decorate))
    assert [sheet.rows for sheet in decorated] == [sheet.rows for sheet in plain]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_bytes_that_were_changed_at_random_are_read_or_refused(data: st.DataObject) -> None:
    """Whatever a disk, a mail program or a person does to the parts of a workbook, no other error comes out."""
    with zipfile.ZipFile(io.BytesIO(SMALL)) as archive:
        name = data.draw(st.sampled_from(archive.namelist()))
        part = bytearray(archive.read(name))
    start = data.draw(st.integers(0, len(part) - 1))
    part[start : start + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=10))
    try:
        sheets = parse_workbook(with_file(SMALL, name, bytes(part)))
    except WorkbookRefused:
        return
    assert sheets


def test_the_shipped_studies_are_far_below_the_limits() -> None:
    content = book_of(ALPHA)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        unpacked = sum(file.file_size for file in archive.infolist())
    assert len(content) * 20 < MAX_BYTES
    assert unpacked * 20 < MAX_UNPACKED_BYTES

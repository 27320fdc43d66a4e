"""A workbook with mistakes in it: each is found at its cell, all in one run, in words for people who fill in tables."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from nervegraph.checked_studies import read_checked_study
from nervegraph.model import StudyFile
from nervegraph.sheets.files import build_new_book
from nervegraph.sheets.workbook import parse_workbook
from nervegraph.template import build_template
from sheet_books import (
    ALPHA,
    GAMMA,
    ZETA,
    book_of,
    changed,
    column_of,
    layout,
    only_error,
    read_book,
    records_of,
    rules_of,
    told,
    vocabulary,
    with_cells,
)


def record(path: Path) -> StudyFile:
    read = read_checked_study(path, vocabulary()).record
    assert read is not None
    return read


@pytest.mark.parametrize(
    ("sheet", "header", "value", "said"),
    [
        ("drugs", "drug", "IVGI", "drugs!D2: 'IVGI' is not a drug I know. Did you mean 'IVIG'?"),
        ("outcomes", "assessed", "many", "outcomes!I2: 'many' is not a whole number: write digits only, as in 19."),
        (
            "outcomes",
            "domain",
            None,
            "outcomes!E2: 'domain' is missing under 'outcomes'. Write into this cell one of: ",
        ),
        ("groups", "neuropathy", "", "groups!N2: 'neuropathy' is missing under 'groups'. Write into this cell a word"),
        ("groups", "where", "Results", "groups!Q2: 'Results' does not name a place: write the source's id, a comma"),
        ("groups", "neuropathy", "CIDP; ataxic", "groups!N2: 'CIDP; ataxic' are 2 entries on one line. Write each on"),
        ("treatments", "person or group", "al", "treatments!B2: There is no person or group 'al' of 'alpha-series-"),
        ("groups", "patients", "<number>", "groups!E2: 'patients' is still to be filled in: <number>. If the source"),
        ("study", "synthetic", "perhaps", "study!U2: 'perhaps' should be yes or no."),
        ("sources", "sentence digests", "no name", "sources!J2: A line in this cell has no name and text. Write each"),
        ("outcomes", "improved", "9999", "outcomes!"),
    ],
)
def test_a_mistake_is_found_at_its_cell(sheet: str, header: str, value: str | None, said: str, tmp_path: Path) -> None:
    content = with_cells(book_of(ALPHA), {(sheet, 2, header): value})
    book = read_book(content, tmp_path)
    assert book.studies == ()
    lines = [told(finding) for finding in book.findings]
    assert any(line.startswith(f"book.xlsx: {said}") for line in lines), lines


def test_all_mistakes_are_told_in_one_run_as_the_sheets_stand(tmp_path: Path) -> None:
    cells = {
        ("outcomes", 2, "domain"): "pian",
        ("study", 2, "year"): "'99",
        ("drugs", 2, "role"): "indx",
        ("treatments", 2, "composition"): "=1+1",
    }
    book = read_book(with_cells(book_of(ALPHA), cells), tmp_path)
    places = [line.split(": ")[1] for line in map(told, book.findings)]
    assert [place for place in places if place.split("!")[0] in {"study", "treatments", "drugs", "outcomes"}] == places
    assert places == ["study!E2", "treatments!G2", "drugs!F2", "outcomes!E2"]


def test_no_advice_speaks_of_lines_and_dashes(tmp_path: Path) -> None:
    """A study file has lines, dashes and indentation; a workbook has cells, rows and sheets."""
    cells: dict[tuple[str, int, str], object] = {}
    for sheet in layout().sheets:
        for column in sheet.columns:
            cells[sheet.title, 2, column.name] = "<x>"
    empty = {place: None for place in cells if place[2] not in ("id", "study")}
    told_lines = []
    for values in (cells, empty, {**cells, ("study", 2, "doi"): "10.1/x", ("study", 2, "synthetic"): "yes"}):
        told_lines += [told(finding) for finding in read_book(with_cells(book_of(ALPHA), values), tmp_path).findings]
    assert len(told_lines) > 50
    assert [line for line in told_lines if re.search(r"[Tt]he line|\bdash|indent|\.yaml", line)] == []


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (datetime(2003, 4, 5, 12, 30), "made-a-date"),  # noqa: DTZ001 - Excel knows no time zones
        (date(2003, 4, 5), "made-a-date"),
        (True, "made-a-truth-value"),
        (0.5, "made-a-number"),
        (7, "made-a-number"),
        ("=1+1", "formula"),
        ('=HYPERLINK("https://example.org")', "formula"),
        ("#N/A", "error-value"),
    ],
)
def test_what_excel_made_of_a_text_is_refused_with_what_to_do(value: object, rule: str, tmp_path: Path) -> None:
    error = only_error(read_book(with_cells(book_of(ALPHA), {("groups", 2, "note"): value}), tmp_path))
    assert (error.rule, error.hint != "") == (rule, True)
    assert told(error).startswith("book.xlsx: groups!P2: ")


@pytest.mark.parametrize(
    ("sheet", "header", "value", "is_certain"),
    [
        ("outcomes", "assessed", 5, True),  # a number of people has one spelling
        ("study", "year", 2001, True),
        ("outcomes", "assessed", 5.0, True),
        ("groups", "mean age", 60, False),  # 60 or 60.0
        ("groups", "mean age", 60.5, False),  # 60.5 or 60.50
        ("groups", "label", 7, False),  # 7 or 007
        ("sources", "id", 1, False),
    ],
)
def test_a_number_is_read_where_there_is_one_way_to_have_typed_it(
    sheet: str, header: str, value: object, is_certain: bool, tmp_path: Path
) -> None:
    book = read_book(with_cells(book_of(ALPHA), {(sheet, 2, header): value}), tmp_path)
    assert ("made-a-number" in rules_of(book)) == (not is_certain)
    if is_certain:
        as_text = with_cells(book_of(ALPHA), {(sheet, 2, header): str(int(str(value).removesuffix(".0")))})
        assert [study.text for study in book.studies] == [study.text for study in read_book(as_text, tmp_path).studies]


def test_a_number_that_is_shown_as_something_else_is_not_read(tmp_path: Path) -> None:
    def show_as_percent(book: Any) -> None:
        cell = book["outcomes"].cell(2, column_of(book["outcomes"], "assessed"))
        cell.value, cell.number_format = 1, "0%"

    assert only_error(read_book(changed(book_of(ALPHA), show_as_percent), tmp_path)).rule == "made-a-number"


def test_a_key_may_be_empty_where_there_is_only_one(tmp_path: Path) -> None:
    def empty_keys(book: Any) -> None:
        for sheet in layout().sheets:
            for key, header in sheet.key_headers.items():
                if key in ("study", "person or group"):
                    for row in range(2, book[sheet.title].max_row + 1):
                        book[sheet.title].cell(row, column_of(book[sheet.title], header)).value = None

    (study,) = records_of(read_book(changed(book_of(GAMMA), empty_keys), tmp_path))
    assert len([*record(GAMMA).people, *record(GAMMA).groups]) == 1
    assert study == record(GAMMA)


def test_a_key_may_not_be_empty_where_it_could_mean_several(tmp_path: Path) -> None:
    error = only_error(read_book(with_cells(book_of(ALPHA), {("treatments", 2, "person or group"): None}), tmp_path))
    names = ", ".join(group.id for group in record(ALPHA).groups)
    assert error.rule == "which-owner"
    assert error.hint == f"Write one of: {names}."


def test_a_row_that_belongs_to_nothing_hides_no_other_mistake_and_makes_up_none(tmp_path: Path) -> None:
    cells = {("drugs", 2, "treatment"): "firts", ("outcomes", 2, "assessed"): "x"}
    book = read_book(with_cells(book_of(ALPHA), cells), tmp_path)
    assert rules_of(book) == ["unknown-owner", "not-a-count"]


def test_an_id_that_was_changed_in_one_place_is_told_once_for_each_sheet(tmp_path: Path) -> None:
    book = read_book(with_cells(book_of(ALPHA), {("treatments", 2, "id"): "ivg"}), tmp_path)
    lines = [told(finding) for finding in book.findings]
    assert "book.xlsx: drugs!C2: There is no treatment 'ivig' of 'all'. Did you mean 'ivg'? " in lines[0]
    sheets = [line.split("!")[0] for line in lines]
    assert len(set(sheets)) == len(sheets) > 2


def test_keys_and_headers_may_be_spelled_otherwise_and_columns_moved(tmp_path: Path) -> None:
    def spell(book: Any) -> None:
        sheet = book["outcomes"]
        sheet["B2"].value = str(sheet["B2"].value).upper()
        sheet["E1"].value = "  Domain "
        book["adverse events"].title = "Adverse_Events"
        groups = book["groups"]
        groups.move_range(f"C1:C{groups.max_row}", cols=30)

    (study,) = records_of(read_book(changed(book_of(ALPHA), spell), tmp_path))
    assert study == record(ALPHA)


def test_notes_are_not_read(tmp_path: Path) -> None:
    def add_notes(book: Any) -> None:
        book.create_sheet("#scratch")["A1"] = "=1+1"
        book["groups"]["Z1"], book["groups"]["Z2"] = "# ask the author", "=TODAY()"
        row = book["groups"].max_row + 1
        book["groups"].cell(row, 1).value, book["groups"].cell(row, 2).value = "# not sure", "x"
        book["read me"]["A30"] = "whatever"

    (study,) = records_of(read_book(changed(book_of(ALPHA), add_notes), tmp_path))
    assert study == record(ALPHA)


def test_rows_may_have_gaps_between_them(tmp_path: Path) -> None:
    def add_gap(book: Any) -> None:
        book["outcomes"].insert_rows(3, 500)

    assert records_of(read_book(changed(book_of(ALPHA), add_gap), tmp_path)) == [record(ALPHA)]


CHANGES: dict[str, tuple[Any, str]] = {
    "unknown-column": (
        lambda book: book["outcomes"].__setitem__("E1", "domian"),
        "outcomes!E1: 'domian' is not a column of this sheet. Did you mean 'domain'?",
    ),
    "missing-column": (
        lambda book: book["outcomes"].delete_cols(5),
        "outcomes!A1: There is no column 'domain', which every row of this sheet needs.",
    ),
    "duplicate-column": (
        lambda book: book["outcomes"].__setitem__("H1", "instrument"),
        "outcomes!H1: There is a second column 'instrument'; the first one is F.",
    ),
    "no-header": (
        lambda book: book["outcomes"].__setitem__("AZ2", "what is this?"),
        "outcomes!AZ2: This cell stands in a column without a name in the first row",
    ),
    "unknown-sheet": (
        lambda book: setattr(book["outcomes"], "title", "outcome"),
        "outcome!A1: There is no kind of sheet called 'outcome', so that it is not read. Did you mean 'outcomes'?",
    ),
    "duplicate-sheet": (
        lambda book: book.create_sheet("adverse_events"),
        "adverse_events!A1: This is a second sheet 'adverse events', so that it is not read.",
    ),
    "missing-sheet": (
        lambda book: book.remove(book["study"]),
        "read me!A1: There is no sheet 'study'. Begin with a workbook that 'nervegraph sheet new'",
    ),
    "merged-cells": (
        lambda book: book["outcomes"].merge_cells("B2:B3"),
        "outcomes!B2: The cells B2:B3 are merged; only the first of them holds what you see.",
    ),
    "hidden-sheet": (
        lambda book: setattr(book["outcomes"], "sheet_state", "veryHidden"),
        "outcomes!A1: This sheet is hidden and holds something",
    ),
    "study-twice": (
        lambda book: [book["study"].cell(3, at).__setattr__("value", book["study"].cell(2, at).value) for at in (1, 3)],
        "study!A3: The study 'alpha-series-2001' has a row already. Keep one of them.",
    ),
    "no-study": (
        lambda book: [book.remove(sheet) for sheet in book.worksheets[2:]] and book["study"].delete_rows(2),
        "read me!A1: ",
    ),
    "hidden-character": (
        lambda book: book["groups"].__setitem__("P2", "pasted_x000D_\ntext"),
        "groups!P2: '_x000D_' stands in the text, which is how Excel writes a hidden character.",
    ),
    "invisible-character": (
        lambda book: book["groups"].__setitem__("P2", "zero\u200bwidth"),
        "groups!P2: There is an invisible character here (U+200B).",
    ),
}


@pytest.mark.parametrize("rule", sorted(CHANGES))
def test_what_was_done_to_the_workbook_is_told(rule: str, tmp_path: Path) -> None:
    change, said = CHANGES[rule]
    book = read_book(changed(book_of(ALPHA), change), tmp_path)
    found = [told(finding) for finding in book.findings if finding.rule == rule]
    assert len(found) == 1, [told(finding) for finding in book.findings]
    assert found[0].startswith(f"book.xlsx: {said}")
    assert book.studies == ()


def test_a_sheet_that_is_not_needed_may_be_deleted_or_be_a_stranger_without_content(tmp_path: Path) -> None:
    def delete(book: Any) -> None:
        for title in ("comparisons", "references", "words", "read me"):
            book.remove(book[title])
        book.create_sheet("Sheet1")

    assert records_of(read_book(changed(book_of(ALPHA), delete), tmp_path)) == [record(ALPHA)]


def test_studies_of_one_workbook_are_checked_against_each_other_and_their_neighbours(tmp_path: Path) -> None:
    alone = read_book(book_of(ZETA), tmp_path)
    assert {finding.rule for finding in alone.findings} >= {"evidence-study-unknown"}
    for path in ZETA.parent.glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    beside = read_book(book_of(ZETA), tmp_path)
    assert "evidence-study-unknown" not in {finding.rule for finding in beside.findings}
    assert [study.is_unchanged for study in beside.studies] == [True]


def test_the_workbook_of_a_new_study_asks_for_what_the_template_asks_for(tmp_path: Path) -> None:
    content = build_new_book("author-2020", vocabulary())
    book = read_book(content, tmp_path)
    assert set(rules_of(book)) == {"placeholder-left"}
    asked = re.findall(r"^ *(?:- )?[a-z ]+: (<.*>)$", build_template("author-2020", vocabulary()), re.MULTILINE)
    assert sorted(finding.message.partition(": ")[2].rstrip(".") for finding in book.findings) == sorted(asked)
    rows = {sheet.name: len(sheet.rows) - 1 for sheet in parse_workbook(content)}
    assert rows["study"] == rows["groups"] == rows["treatments"] == rows["drugs"] == rows["outcomes"] == 1
    assert rows["people"] == rows["claims"] == 0

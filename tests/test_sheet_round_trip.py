"""Study files to a workbook and back: nothing is lost, nothing is guessed, whatever the texts look like."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import Field

from command_line import FIXTURE
from nervegraph.checked_studies import parse_checked_study, read_checked_study
from nervegraph.model import Part, StudyFile
from nervegraph.record_parts import fields_of, is_list, part_of_field, type_of
from nervegraph.sheets.cells import find_fault_of_text, join_named_texts, join_texts, split_named_texts, split_texts
from nervegraph.sheets.content import WrittenColumn, WrittenSheet
from nervegraph.sheets.files import ImportedStudy, export_studies
from nervegraph.sheets.layout import Column, Layout, Sheet, build_layout
from nervegraph.sheets.places import BookPlaces
from nervegraph.sheets.rows import build_rows
from nervegraph.sheets.table import read_tables
from nervegraph.sheets.trees import build_trees
from nervegraph.sheets.workbook import parse_workbook, write_workbook
from nervegraph.study_tree import Place, Tree, Value
from nervegraph.study_yaml import format_study_page
from nervegraph.triples import build_study_lines
from nervegraph.yaml_positions import parse_tree
from sheet_books import ALPHA, book_of, changed, layout, read_book, records_of, vocabulary, with_shared_texts
from tracked_files import ROOT

SHIPPED = sorted((ROOT / "studies").glob("*.yaml"))
FIXTURES = sorted(FIXTURE.glob("*.yaml"))

# Each has been changed, hidden or computed by some spreadsheet program on some day.
TRICKY = [
    "0.50", "1.10", "007", "1E5", "2003-04-05", "3-4", "12:30", "TRUE", "no", "null", "~", "#N/A", "#REF!", "1,5",
    "50%", "=1+1", '=HYPERLINK("https://example.org","x")', "=", "+1", "-1", "-", "--", "---", "@SUM(A1)", "'quoted",
    '"', "%PATH%", "- a dash", "a: b", "a #b", "# a note?", "[x]", "{y}", "&a", "*a", "!t", "|", ">", "`", ",", "?",
    "? x", "x:", ": x", "first\nsecond", "first\n\nthird", "- one\n- two", "a\n  indented", "a\tb", "tab\t",
    "two  spaces", "a\u00a0b", "Sjögren’s – 髙橋 😀", "x" * 5_000, "word " * 400 + "end", "\u3000wide", "a\\b", "a\\nb",
    "<b>&amp;</b>", "]]>", "_x41_", "_x00", "\t=1",
]  # fmt: skip


def round_trip(tree: dict[str, Value], sheets: Layout) -> dict[str, Value]:
    """The tree that comes back from a workbook with the headers and nothing that explains them."""
    rows = build_rows(sheets, [Tree(Path("any.yaml"), tree, (), frozenset(), Place(None))])
    assert rows.findings == []
    written = [
        WrittenSheet(sheet.title, [WrittenColumn(header) for header in sheet.headers], rows.by_sheet[sheet.title])
        for sheet in sheets.sheets
    ]
    content = write_workbook(written)
    read = parse_workbook(content)
    assert read == parse_workbook(with_shared_texts(content))
    places = BookPlaces(Path("book.xlsx"), [sheet.name for sheet in read])
    tables, findings = read_tables(sheets, read, places)
    studies = build_trees(sheets, tables, places, vocabulary(), Path())
    assert [*findings, *studies.findings] == []
    (back,) = studies.studies
    assert back.is_whole
    assert back.tree.root is not None
    return back.tree.root


def record_of(tree: dict[str, Value]) -> StudyFile:
    return StudyFile.model_validate(tree, context={"vocabulary": vocabulary()})


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ImportedStudy]:
    """Every study as it is imported from a workbook that holds all shipped ones, or all of the fixture."""
    directory = tmp_path_factory.mktemp("imported")
    books = [read_book(book_of(*paths), directory) for paths in (SHIPPED, FIXTURES)]
    assert [[study.path.name for study in book.studies] for book in books] == [
        [path.name for path in paths] for paths in (SHIPPED, FIXTURES)
    ]
    return {study.path.name: study for book in books for study in book.studies}


@pytest.mark.parametrize("path", [*SHIPPED, *FIXTURES], ids=lambda path: path.stem)
def test_a_study_comes_back_as_it_was(path: Path, imported: dict[str, ImportedStudy]) -> None:
    original = read_checked_study(path, vocabulary())
    assert original.record is not None
    copy = parse_checked_study(imported[path.name].text.encode(), path, vocabulary())
    assert [finding.rule for finding in copy.findings] == [finding.rule for finding in original.findings]
    assert copy.record == original.record
    assert build_study_lines(copy.record) == build_study_lines(original.record)


def test_it_comes_back_after_another_program_has_saved_it(tmp_path: Path) -> None:
    saved = with_shared_texts(changed(book_of(ALPHA), lambda book: None))
    assert records_of(read_book(saved, tmp_path)) == [read_checked_study(ALPHA, vocabulary()).record]


def test_a_written_file_looks_as_if_written_by_hand(imported: dict[str, ImportedStudy]) -> None:
    """The shipped files are folded and spaced by hand; without their notes they hardly differ."""
    path = ROOT / "studies" / "rist-2011.yaml"
    by_hand = [line.partition(" #")[0] for line in path.read_text(encoding="utf-8").splitlines()]
    by_hand = [line for line in by_hand if not line.lstrip().startswith("#")]
    written = imported[path.name].text.splitlines()
    assert len(set(by_hand) ^ set(written)) < 15, sorted(set(by_hand) ^ set(written))
    assert [line for line in written if not line] == [line for line in by_hand if not line]
    assert max(len(line) for line in written) <= 120


@pytest.mark.parametrize("text", TRICKY)
def test_a_text_survives_whatever_it_looks_like(text: str) -> None:
    tree: dict[str, Value] = {
        "study": "any-2020",
        "title": text,
        "not read": [text, "another"],
        "sources": [{"id": "abstract", "sentence digests": {"1": text}}],
        "groups": [{"id": "all", "treatments": [{"id": "first", "note": text, "drugs": [{"drug": text}]}]}],
    }
    back = round_trip(tree, layout())
    stripped: dict[str, Value] = _stripped(tree)
    assert back == stripped
    from_yaml = parse_tree(format_study_page(back).encode(), Path("any.yaml"))
    assert from_yaml.findings == ()
    assert from_yaml.root == stripped


def _stripped(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        return {name: _stripped(inner) for name, inner in value.items()}
    return [_stripped(inner) for inner in value]


def test_openpyxl_would_make_a_formula_of_a_text_and_we_do_not() -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = "=1+1"
    assert book.active["A1"].data_type == "f"  # what must not happen to a text of a study
    content = write_workbook([WrittenSheet("one", [WrittenColumn("=header")], [["=1+1"], ["#N/A"]])])
    sheet = openpyxl.load_workbook(io.BytesIO(content))["one"]
    assert [(cell.value, cell.data_type, cell.number_format) for cell in sheet["A"]] == [
        ("=header", "s", "@"),
        ("=1+1", "s", "@"),
        ("#N/A", "s", "@"),
    ]


def test_every_cell_of_a_workbook_is_text_and_what_is_typed_below_will_be() -> None:
    book = openpyxl.load_workbook(io.BytesIO(book_of(*SHIPPED[:5])))
    cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
    assert len(cells) > 1000
    assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}
    for sheet in book:
        assert {column.number_format for column in sheet.column_dimensions.values()} == {"@"}


def texts() -> st.SearchStrategy[str]:
    characters = st.characters(exclude_categories=["Cs", "Cc"])
    free = st.text(st.one_of(characters, st.sampled_from("\n\t -=#:")), min_size=1, max_size=30)
    return st.one_of(free, st.sampled_from(TRICKY)).map(str.strip).filter(_fits_a_file)


def _fits_a_file(text: str) -> bool:
    return bool(text) and find_fault_of_text(text) is None


# What takes no free text: a few values of each kind, as typed.
VALUES: dict[str | None, list[str]] = {
    "not-a-count": ["0", "7", "19", "999999"],
    "not-a-number": ["0.50", "-73.4", "+1", "007", "60"],
    "not-a-year": ["1999", "2020"],
    "not-yes-or-no": ["yes", "no"],
    "bad-id": ["first", "2020", "007", "a-1"],
    "bad-doi": ["10.1002/acr.20495", "10.1000/(x)=1"],
    "bad-pmid": ["19168191"],
    "bad-pmcid": ["PMC2077613"],
    "bad-url": ["https://example.org/a?b=c#d"],
    "bad-duration": ["14 days", "0.50 months"],
    "bad-dose": ["0.40 g/kg", "10 to 20 mg", "at least 1 g/kg"],
    "bad-place": ["abstract, Results", "abstract, Results, sentence 5"],
}


def values(column: Column) -> st.SearchStrategy[Value]:
    if column.content == "named texts":
        return st.dictionaries(st.integers(1, 99).map(str), texts(), min_size=1, max_size=3)
    one = texts() if column.rule is None else st.sampled_from(_words(column.rule))
    if column.content == "text":
        return one
    return st.lists(one, min_size=2, max_size=3)


def _words(rule: str) -> list[str]:
    if rule in VALUES:
        return VALUES[rule]
    concepts = [each for each in vocabulary().concepts(rule.removeprefix("unknown-")) if not each.is_grouping]
    return [word for concept in concepts[:5] for word in concept.words]


@st.composite
def entries(draw: st.DrawFn, sheet: Sheet, number: int = 0) -> dict[str, Value]:
    """An entry as a curator may type it; its id is unlike all others of the list."""
    tree: dict[str, Value] = {}
    wanted = {column.path[0] for column in sheet.columns if draw(st.booleans())}
    for column in sheet.columns:
        fields, part = tree, sheet.part
        if column.is_required or column.path[0] in wanted:
            for step in column.path[:-1]:
                fields = fields.setdefault(step, {})  # type: ignore[assignment]
                part = part_of_field(type_of(fields_of(part)[step][1])) or part
            if len(column.path) == 1 or fields_of(part)[column.field_name][1].is_required() or draw(st.booleans()):
                fields[column.field_name] = draw(values(column))
    if "id" in fields_of(sheet.part):
        tree["id"] = f"{sheet.title.replace(' ', '-')}-{number}"
    for name, inner in sheet.lists.items():
        least = 1 if fields_of(sheet.part)[name][1].is_required() else 0
        if count := draw(st.integers(least, 2)):
            tree[name] = [draw(entries(inner, at)) for at in range(count)]
    return tree


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_record_comes_back_as_it_was(data: st.DataObject) -> None:
    tree = data.draw(entries(layout().root))
    record = record_of(tree)
    back = round_trip(tree, layout())
    assert record_of(back) == record
    from_yaml = parse_tree(format_study_page(back).encode(), Path("any.yaml"))
    assert from_yaml.findings == ()
    assert from_yaml.root == back


@given(st.lists(texts(), min_size=1, max_size=4))
@example(["- one\n- two", "a\n  b", "-"])
def test_several_texts_in_a_cell_are_told_apart(several: list[str]) -> None:
    assert split_texts(join_texts(several)) == several


@given(st.dictionaries(st.from_regex("[a-z0-9]{1,5}", fullmatch=True), texts(), min_size=1, max_size=4))
def test_named_texts_in_a_cell_are_told_apart(named: dict[str, str]) -> None:
    assert split_named_texts(join_named_texts(named)) == named


@pytest.mark.parametrize(
    ("text", "said"),
    [("a" * 33_000, "holds 32,767 at most"), ("a_x000D_b", "how Excel writes a hidden"), ("a\\rb", "carriage return")],
)
def test_what_no_cell_can_hold_is_not_exported(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / ALPHA.name
    lines = [f'country: "{text}"', *ALPHA.read_text(encoding="utf-8").splitlines()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    book = export_studies([path], vocabulary())
    assert book.content is None
    (finding,) = book.findings
    assert said in finding.message
    assert (finding.path, finding.line) == (path, 1)


def test_a_study_with_an_error_is_not_exported(tmp_path: Path) -> None:
    path = tmp_path / ALPHA.name
    path.write_text(ALPHA.read_text(encoding="utf-8").replace("design:", "desing:", 1), encoding="utf-8")
    book = export_studies([path], vocabulary())
    assert book.content is None
    assert [finding.rule for finding in book.findings] == ["unknown-field"]


class Remark(Part):
    """A remark."""

    text: str


class LargerStudy(StudyFile):
    """A study with a field and a list more than there are today."""

    mood: str | None = None
    remarks: list[Remark] = Field(default_factory=list)


def test_a_new_field_has_a_column_and_a_new_list_has_a_sheet() -> None:
    larger = build_layout(vocabulary(), LargerStudy)
    assert "mood" in larger.root.headers
    assert larger["remarks"].headers == ("study", "text")
    tree: dict[str, Value] = {"study": "any", "title": "t", "mood": "good", "remarks": [{"text": "=1"}, {"text": "2"}]}
    assert round_trip(tree, larger) == tree


def test_every_field_of_the_record_has_one_place_in_the_workbook() -> None:
    seen: set[tuple[type[Part], str]] = set()
    for sheet in layout().sheets:
        assert len(set(sheet.headers)) == len(sheet.headers)
        seen |= {(column.part, column.field_name) for column in sheet.columns}
        seen |= {(sheet.part, name) for name in sheet.lists}
    waiting: list[type[Part]] = [StudyFile]
    for part in waiting:
        for name, (_, field) in fields_of(part).items():
            inner = part_of_field(type_of(field))
            if inner is None or is_list(type_of(field)):
                assert (part, name) in seen, (part, name)
            if inner is not None and inner not in waiting:
                waiting.append(inner)

"""`nervegraph sheet`: what it writes, what it says, and what it leaves alone."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from nervegraph import cli
from nervegraph.check_command import run_check
from nervegraph.errors import Misuse, SurroundingsError
from nervegraph.sheet_command import run_export, run_import, run_new
from sheet_books import ALPHA, GAMMA, book_of, layout, vocabulary, with_cells

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A workbook of two studies in an empty directory that has room for their files."""
    path = tmp_path / "book.xlsx"
    path.write_bytes(book_of(ALPHA, GAMMA))
    (tmp_path / "studies").mkdir()
    return path


def test_export_and_import_say_what_they_wrote_and_what_comes_next(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "book.xlsx"
    assert run_export([ALPHA, GAMMA], path) == 0
    exported = capsys.readouterr()
    assert exported.out == f"{path}\n"
    assert exported.err == "Wrote 2 studies. Comments in the study files (behind #) are not in the workbook.\n"
    directory = tmp_path / "studies"
    directory.mkdir()
    assert run_import(path, directory) == 0
    imported = capsys.readouterr()
    assert imported.out == f"{directory / ALPHA.name}\n{directory / GAMMA.name}\n"
    assert imported.err == f"Wrote 2 studies. Read what was understood: nervegraph check {directory / 'NAME.yaml'}\n"
    assert run_check([directory], quiet=True) == 0


def test_a_directory_is_exported_as_check_reads_it(tmp_path: Path, capsys: Captured) -> None:
    assert run_export([ALPHA.parent], tmp_path / "book.xlsx") == 0
    assert f"Wrote {len([*ALPHA.parent.glob('*.yaml')])} studies." in capsys.readouterr().err


def test_a_file_that_says_the_same_keeps_its_comments(book: Path, capsys: Captured) -> None:
    directory = book.parent / "studies"
    (directory / GAMMA.name).write_bytes(GAMMA.read_bytes())
    assert run_import(book, directory) == 0
    said = capsys.readouterr()
    assert said.out == f"{directory / ALPHA.name}\n"
    assert "Wrote 1 study; 1 says the same already." in said.err
    assert (directory / GAMMA.name).read_bytes() == GAMMA.read_bytes()


def test_a_file_that_says_something_else_is_replaced_only_on_request(book: Path, capsys: Captured) -> None:
    directory = book.parent / "studies"
    other = GAMMA.read_text(encoding="utf-8").replace("age: 67", "age: 68")
    (directory / GAMMA.name).write_text(other, encoding="utf-8")
    with pytest.raises(Misuse, match=r"gamma-case-2003\.yaml: there already, and the workbook says something else"):
        run_import(book, directory)
    assert [path.name for path in directory.iterdir()] == [GAMMA.name]
    assert run_import(book, directory, replace=True) == 0
    assert "age: 67" in (directory / GAMMA.name).read_text(encoding="utf-8")
    assert f"The comments in {directory / GAMMA.name} are gone" in capsys.readouterr().err


def test_a_file_with_mistakes_is_in_the_way_too(book: Path) -> None:
    path = book.parent / "studies" / ALPHA.name
    path.write_text("study:", encoding="utf-8")
    with pytest.raises(Misuse, match="--replace"):
        run_import(book, path.parent)


def test_after_one_mistake_nothing_is_written(book: Path, capsys: Captured) -> None:
    book.write_bytes(with_cells(book_of(ALPHA, GAMMA), {("outcomes", 2, "domain"): "pian"}))
    assert run_import(book, book.parent / "studies") == 1
    said = capsys.readouterr()
    assert said.out == f"{book}: outcomes!E2: 'pian' is not a domain I know. Did you mean 'pain'?\n"
    assert said.err == "Nothing was written; correct these cells and import again.\n"
    assert list((book.parent / "studies").iterdir()) == []


def test_an_edited_cell_changes_one_line_of_a_file(book: Path) -> None:
    directory = book.parent / "studies"
    run_import(book, directory)
    before = (directory / ALPHA.name).read_text(encoding="utf-8").splitlines()
    book.write_bytes(with_cells(book.read_bytes(), {("groups", 2, "mean age"): "61.50"}))
    assert run_import(book, directory, replace=True) == 0
    after = (directory / ALPHA.name).read_text(encoding="utf-8").splitlines()
    assert [line for line in after if line not in before] == ["    mean age: 61.50"]
    assert [line for line in before if line not in after] in ([], ["    mean age: 60"])


def test_many_mistakes_are_cut_after_two_hundred(book: Path, capsys: Captured) -> None:
    cells: dict[tuple[str, int, str], object] = {("findings", row, "finding"): "x" for row in range(2, 302)}
    book.write_bytes(with_cells(book_of(GAMMA), cells))
    assert run_import(book, book.parent / "studies") == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 201
    assert lines[-1].startswith("… and ")


def test_a_study_file_with_a_mistake_is_not_exported(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / ALPHA.name
    path.write_text(ALPHA.read_text(encoding="utf-8").replace("year: ", "yaer: "), encoding="utf-8")
    assert run_export([path], tmp_path / "book.xlsx") == 1
    assert "'yaer' is not a field I know" in capsys.readouterr().out
    assert not (tmp_path / "book.xlsx").exists()


@pytest.mark.parametrize("name", ["book.xls", "book", "book.xlsm", "book.csv"])
def test_a_workbook_is_called_what_it_is(name: str, tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"ends in \.xlsx"):
        run_export([ALPHA], tmp_path / name)


def test_a_workbook_that_is_there_is_not_overwritten_unasked(book: Path) -> None:
    before = book.read_bytes()
    with pytest.raises(Misuse, match="there already"):
        run_export([ALPHA], book)
    with pytest.raises(Misuse, match="there already"):
        run_new("author-2020", book)
    assert book.read_bytes() == before
    assert run_new("author-2020", book, replace=True) == 0
    assert book.read_bytes() != before


def test_where_nothing_can_be_written_the_reason_is_told(book: Path) -> None:
    with pytest.raises(Misuse, match="no such directory"):
        run_import(book, book.parent / "none")
    with pytest.raises(SurroundingsError, match="cannot be written"):
        run_new("author-2020", book / "inside.xlsx")


def test_a_new_study_has_an_id_that_can_be_one(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="Did you mean 'rist-2011'"):
        run_new("Rist 2011", tmp_path / "book.xlsx")


def test_the_command_line_knows_the_commands(tmp_path: Path) -> None:
    runner = CliRunner()
    path = tmp_path / "book.xlsx"
    for arguments in (
        ["sheet", "new", "author-2020", "-o", str(path)],
        ["sheet", "export", str(ALPHA), "-o", str(path), "--replace"],
        ["sheet", "import", str(path), "-o", str(tmp_path), "--replace"],
    ):
        result = runner.invoke(cli.app, arguments)
        assert result.exit_code == 0, result.output
    assert (tmp_path / ALPHA.name).is_file()


def test_a_command_that_is_missing_or_misspelt_is_told_in_one_line(capsys: Captured) -> None:
    for arguments in (["sheet"], ["sheet", "exprot"]):
        assert cli.run(arguments) == 2
        assert capsys.readouterr().err.endswith(" See: nervegraph sheet --help\n")


def test_every_column_is_explained_and_offers_its_words() -> None:
    book = openpyxl.load_workbook(io.BytesIO(book_of(ALPHA)))
    assert book.sheetnames == ["read me", *(sheet.title for sheet in layout().sheets), "words"]
    words = [(row[0].value, row[1].value) for row in book["words"].iter_rows(min_row=2)]
    for sheet in layout().sheets:
        written = book[sheet.title]
        assert [cell.value for cell in written[1]] == list(sheet.headers)
        assert all(cell.comment is not None for cell in written[1]), sheet.title
        assert written.freeze_panes is not None
        offered = {
            str(each.sqref).split("2:")[0]: str(each.formula1)
            for each in written.data_validations.dataValidation
            if not each.showErrorMessage
        }
        for at, column in enumerate(sheet.columns, start=len(sheet.keys) + 1):
            scheme = (column.rule or "").removeprefix("unknown-")
            if scheme in vocabulary().schemes:
                cells = offered[openpyxl.utils.get_column_letter(at)].removeprefix("'words'!").replace("$", "")
                first, last = (int(cell[1:]) for cell in cells.split(":"))
                there = words[first - 2 : last - 1]
                assert [word for _, word in there] == vocabulary().labels(scheme)
                assert {name for name, _ in there} == {scheme.replace("-", " ")}


def test_a_key_column_offers_the_ids_of_the_sheet_it_refers_to() -> None:
    book = openpyxl.load_workbook(io.BytesIO(book_of(ALPHA)))
    offered = {str(each.sqref): each.formula1 for each in book["dose"].data_validations.dataValidation}
    assert offered["A2:A1048576"] == "'study'!$A$2:$A$2000"
    assert offered["C2:C1048576"] == "'treatments'!$C$2:$C$2000"
    assert offered["D2:D1048576"] == "'drugs'!$D$2:$D$2000"
    assert [book["treatments"]["C1"].value, book["drugs"]["D1"].value] == ["id", "drug"]

"""The commands `sheet new`, `sheet export` and `sheet import`: study files as spreadsheets, for those who prefer them.

`add_sheet_commands(app)` puts them on a typer application. Paths that were written go to standard output, findings too;
what to do next goes to standard error. What is slow to import is imported by the commands alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from nervegraph.durable_files import replace_file
from nervegraph.errors import Misuse, SurroundingsError
from nervegraph.findings import Finding, has_errors
from nervegraph.resources import find_files

_SUFFIX = ".xlsx"
# A workbook with more is something else than studies with mistakes in them.
_MOST_FINDINGS = 200

_BookOption = Annotated[Path, typer.Option("--output", "-o", metavar="BOOK", help="The workbook to write (.xlsx).")]
_ReplaceOption = Annotated[bool, typer.Option("--replace", help="Replace files that are there already.")]


def add_sheet_commands(app: typer.Typer) -> None:
    """Add the group `sheet` to a command line application."""
    sheet = typer.Typer(rich_markup_mode=None, help="Study files as spreadsheets, and back.")
    sheet.command("new")(_new)
    sheet.command("export")(_export)
    sheet.command("import")(_import)
    app.add_typer(sheet, name="sheet")


def _new(
    study: Annotated[str, typer.Argument(metavar="ID", help="The id of the study, as in rist-2011.")],
    output: _BookOption,
    replace: _ReplaceOption = False,
) -> int:
    """Write a workbook for a new study, with explained columns and lists of words."""
    return run_new(study, output, replace=replace)


def _export(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Study files, or directories of them.")],
    output: _BookOption,
    replace: _ReplaceOption = False,
) -> int:
    """Write study files into one workbook."""
    return run_export(paths, output, replace=replace)


def _import(
    book: Annotated[Path, typer.Argument(metavar="BOOK", help="The workbook to read (.xlsx).")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the study files go.")],
    replace: _ReplaceOption = False,
) -> int:
    """Check a workbook, and write a study file for each study in it."""
    return run_import(book, output, replace=replace)


def run_new(study_id: str, output: Path, *, replace: bool = False) -> int:
    """Write the workbook of a new study; its path goes to stdout; the exit code 0.

    :raises Misuse: the id cannot be one, or the workbook is there already, or it is not called `.xlsx`.
    :raises SurroundingsError: it cannot be written.
    """
    from nervegraph.check_command import refuse_bad_id
    from nervegraph.sheets.files import build_new_book
    from nervegraph.vocabulary import Vocabulary

    refuse_bad_id(study_id)
    _refuse_place(output, replace=replace)
    _write(output, build_new_book(study_id, Vocabulary.shipped()))
    typer.echo(output)
    typer.echo(
        "Open it in a spreadsheet program, begin with the sheet 'read me', and replace everything in <angle brackets>. "
        f"Then run: nervegraph sheet import {output} -o DIR",
        err=True,
    )
    return 0


def run_export(paths: Sequence[Path], output: Path, *, replace: bool = False) -> int:
    """Write study files into one workbook, its path to stdout; the exit code: 0 written, 1 a file has an error.

    :param paths: study files, and directories that are searched for `*.yaml`.
    :raises Misuse: a path does not exist, the workbook is there already, or it is not called `.xlsx`.
    :raises SurroundingsError: a file cannot be read or written.
    """
    from nervegraph.sheets.files import export_studies
    from nervegraph.vocabulary import Vocabulary

    _refuse_place(output, replace=replace)
    book = export_studies(find_files(paths), Vocabulary.shipped())
    if book.content is None:
        _tell([finding for finding in book.findings if finding.severity == "error"])
        typer.echo("Nothing was written; correct these first.", err=True)
        return 1
    _write(output, book.content)
    typer.echo(output)
    typer.echo(
        f"Wrote {_count(book.n_studies)}. Comments in the study files (behind #) are not in the workbook.", err=True
    )
    return 0


def run_import(book: Path, directory: Path, *, replace: bool = False) -> int:
    """Write a study file for each study of a workbook; the exit code: 0 written, 1 the workbook has errors.

    All findings go to stdout, and after an error nothing is written; else the paths of the files that were written. A
    file that says the same as the workbook already is left as it is.

    :raises Misuse: there is no such workbook or directory, or a file is there already that says something else.
    :raises SurroundingsError: a file cannot be read or written.
    """
    from nervegraph.sheets.files import import_book
    from nervegraph.vocabulary import Vocabulary

    if not directory.is_dir():
        raise Misuse(f"{directory}: there is no such directory. Make it first, or name another with -o.")
    read = import_book(book, directory, Vocabulary.shipped())
    _tell(read.findings)
    if has_errors(read.findings):
        typer.echo("Nothing was written; correct these cells and import again.", err=True)
        return 1
    changed = [study for study in read.studies if not study.is_unchanged]
    in_the_way = [study.path for study in changed if study.path.exists()]
    if in_the_way and not replace:
        raise Misuse(
            f"{_listed(in_the_way)}: there already, and the workbook says something else. Nothing was written; "
            "import into another directory, or replace what is there with --replace."
        )
    commented = [path for path in in_the_way if _has_comments(path)]
    for study in changed:
        _write(study.path, study.text.encode())
        typer.echo(study.path)
    unchanged = len(read.studies) - len(changed)
    said = f"Wrote {_count(len(changed))}" if changed else "Nothing to write"
    if unchanged:
        said += f"; {unchanged} {'says' if unchanged == 1 else 'say'} the same already"
    typer.echo(f"{said}. Read what was understood: nervegraph check {directory / 'NAME.yaml'}", err=True)
    if commented:
        typer.echo(f"The comments in {_listed(commented)} are gone, as a workbook holds none.", err=True)
    return 0


def _refuse_place(output: Path, *, replace: bool) -> None:
    if output.suffix.lower() != _SUFFIX:
        raise Misuse(f"{output}: the name of a workbook ends in {_SUFFIX}.")
    if output.exists() and (output.is_dir() or not replace):
        raise Misuse(f"{output}: there already; nothing was written. Name another, or replace it with --replace.")


def _write(path: Path, content: bytes) -> None:
    try:
        replace_file(path, content)
    except OSError as error:
        raise SurroundingsError(f"{path}: cannot be written ({error.strerror}). Check who may write there.") from error


def _tell(findings: Sequence[Finding]) -> None:
    from nervegraph.preview_words import shown

    for finding in findings[:_MOST_FINDINGS]:
        typer.echo(shown(str(finding)))
    if len(findings) > _MOST_FINDINGS:
        typer.echo(f"… and {len(findings) - _MOST_FINDINGS:,} more.")


def _has_comments(path: Path) -> bool:
    text = path.read_text(encoding="utf-8", errors="replace")
    return any(line.lstrip().startswith("#") or " # " in line for line in text.splitlines())


def _listed(paths: Sequence[Path]) -> str:
    shown_paths = ", ".join(str(path) for path in paths[:3])
    return shown_paths if len(paths) <= 3 else f"{shown_paths} and {len(paths) - 3} more"


def _count(n: int) -> str:
    return f"{n} {'study' if n == 1 else 'studies'}"

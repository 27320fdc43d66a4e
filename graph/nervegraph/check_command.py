"""What `nervegraph check` and `nervegraph new` do and show."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Literal

import typer
from rich.console import Console

from nervegraph.checked_studies import (
    check_studies,
    collect_findings,
    read_checked_study,
    read_named_studies,
    take_nothing,
)
from nervegraph.errors import Misuse, SurroundingsError
from nervegraph.findings import Finding, has_errors
from nervegraph.moves_text import format_moves, moves_as_json
from nervegraph.preview import Preview, render_preview, take_preview
from nervegraph.preview_words import shown
from nervegraph.record_types import parse_key
from nervegraph.resources import find_checkout, find_files
from nervegraph.study_moves import StudyMoves, find_study_moves
from nervegraph.study_schema import FILE_NAME
from nervegraph.template import build_template, suggest_study_id
from nervegraph.terms import RESERVED_IDS
from nervegraph.vocabulary import Vocabulary

Format = Literal["text", "json"]

_PLURALS = {"other study": "other studies"}
_MOST_NAMES = 5
_NARROWEST = 40


def run_check(
    paths: Sequence[Path], *, quiet: bool = False, moves: bool | None = None, output_format: Format = "text"
) -> int:
    """Check study files and show what is wrong, then what they say; the exit code: 0 no errors, 1 errors.

    Findings go to stdout, sorted, one a line; after them a preview of each file without errors: whole for a file that
    was named, one line for a file found in a directory. At the end the answers that each of them moves. A summary goes
    to stderr.

    :param paths: study files, and directories that are searched for `*.yaml`.
    :param quiet: neither previews nor moves.
    :param moves: whether to tell which answers move; None tells it where one file was named, as it takes a second each.
    :raises Misuse: a path does not exist, or a directory holds no study file.
    :raises SurroundingsError: a file cannot be read.
    """
    vocabulary = Vocabulary.shipped()
    named = frozenset(path for path in paths if not path.is_dir())
    take = take_nothing if quiet else partial(take_preview, whole=None if output_format == "json" else named)
    with closing(check_studies(find_files(paths), vocabulary, take)) as checked:
        studies = list(checked)
    findings = collect_findings(studies, beside=read_named_studies(studies, vocabulary))
    faulty = {finding.path for finding in findings if finding.severity == "error"}
    sound = [] if quiet else [study for study in studies if study.path not in faulty]
    previews = [study.taken for study in sound if study.taken is not None]
    if moves is None:
        moves = len(paths) == len(named) == 1
    moved = find_study_moves((read_checked_study(study.path, vocabulary) for study in sound if moves), vocabulary)
    if output_format == "json":
        typer.echo(_as_json(findings, previews, moved))
    else:
        for finding in findings:
            typer.echo(shown(str(finding)))
        _show_previews(previews, after_findings=bool(findings))
        for each in moved:
            for line in _moves_lines(each):
                typer.echo(line)
    typer.echo(_summary(len(studies), findings), err=True)
    return 1 if has_errors(findings) else 0


def run_new(study_id: str, studies: Path | None = None) -> int:
    """Write the template of a new study file, and say on stderr what to do next; its path goes to stdout.

    :param studies: the directory it goes to; by default `studies/` of the checkout, else the current directory.
    :raises Misuse: the id cannot be one, or there is such a file already, or no such directory.
    :raises SurroundingsError: the file cannot be written.
    """
    refuse_bad_id(study_id)
    checkout = find_checkout()
    directory = studies or (checkout / "studies" if checkout else Path())
    if not directory.is_dir():
        raise Misuse(f"{directory}: there is no such directory. Make it first, or name another with --studies.")
    path = directory / f"{study_id}.yaml"
    known = sorted(each for each in directory.rglob("*.yaml") if each.stem == study_id)
    if known:
        raise Misuse(f"{known[0]}: this study has a file already; nothing was written. Edit it, or choose another id.")
    text = build_template(study_id, Vocabulary.shipped(), _find_schema(directory))
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise Misuse(f"{path}: this file exists already; nothing was written.") from error
    except OSError as error:
        raise SurroundingsError(f"{path}: cannot be written ({error.strerror}). Check who may write there.") from error
    typer.echo(path)
    typer.echo(
        f"Open it in an editor and replace everything in <angle brackets>, then run: nervegraph check {path}", err=True
    )
    return 0


def _find_schema(directory: Path) -> str | None:
    """The path of the schema from a directory of the checkout; elsewhere None, as no path to it would last."""
    checkout = find_checkout()
    if checkout is None or not directory.resolve().is_relative_to(checkout):
        return None
    return Path(os.path.relpath(checkout / "ontology" / FILE_NAME, directory.resolve())).as_posix()


def refuse_bad_id(study_id: str) -> None:
    """:raises Misuse: this cannot be the id of a study."""
    if study_id in RESERVED_IDS:
        raise Misuse(f"'{study_id}' is reserved and cannot name a study. Use author-year, as in rist-2011.")
    try:
        parse_key(study_id)
    except ValueError as error:
        meant = suggest_study_id(study_id)
        hint = f"Did you mean '{meant}'?" if meant else "Use author-year, as in rist-2011."
        raise Misuse(
            f"'{shown(study_id)}' cannot be the id of a study: it is made of lower-case letters, digits and single "
            f"hyphens. {hint}"
        ) from error


def _show_previews(previews: Iterable[Preview | str], *, after_findings: bool) -> None:
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
    for preview in previews:
        if not isinstance(preview, Preview):
            typer.echo(preview)
            continue
        if after_findings:
            typer.echo("")
        after_findings = True
        with console.capture() as capture:
            console.print(render_preview(preview))
        for line in capture.get().splitlines():
            typer.echo(line.rstrip())


def _moves_lines(moves: StudyMoves) -> Iterator[str]:
    """What a study moves, as lines for a terminal, the first one empty."""
    yield ""
    others = f"the {_count(moves.beside, 'other study')} in {shown(moves.directory.name or str(moves.directory))}"
    yield f"  Answers without {moves.path.stem} → with it, beside {others}"
    if moves.left_out:
        names = ", ".join(shown(path.name) for path in moves.left_out[:_MOST_NAMES])
        more = f" and {rest} more" if (rest := len(moves.left_out) - _MOST_NAMES) > 0 else ""
        yield f"    left out on both sides, because of errors in them: {names}{more}"
    if moves.moved is None:
        yield f"    could not be compared: {shown(moves.failed)}"
        return
    width = shutil.get_terminal_size((100, 24)).columns
    yield from format_moves(moves.moved, indent="    ", width=max(width, _NARROWEST), brief=True)


def _moves_as_json(moves: StudyMoves) -> dict[str, Any]:
    told: dict[str, Any] = {
        "path": str(moves.path),
        "beside": {"directory": str(moves.directory), "studies": moves.beside},
        "left_out": [str(path) for path in moves.left_out],
    }
    return told | (moves_as_json(moves.moved) if moves.moved else {"failed": moves.failed})


def _as_json(findings: Sequence[Finding], previews: Iterable[Preview | str], moved: Iterable[StudyMoves]) -> str:
    told = {
        "findings": [{**asdict(finding), "path": str(finding.path)} for finding in findings],
        "previews": [asdict(preview) for preview in previews if isinstance(preview, Preview)],
        "moves": [_moves_as_json(moves) for moves in moved],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _summary(n_files: int, findings: Sequence[Finding]) -> str:
    errors = [finding for finding in findings if finding.severity == "error"]
    warnings = len(findings) - len(errors)
    files = len({finding.path for finding in errors})
    said = f"{_count(len(errors), 'error')} in {_count(files, 'file')}" if errors else "no errors"
    said += f", {_count(warnings, 'warning')}" if warnings else ""
    return f"Checked {_count(n_files, 'study file')}: {said}."


def _count(n: int, word: str) -> str:
    return f"{n} {word if n == 1 else _PLURALS.get(word, word + 's')}"

"""What `nervegraph diff` shows: which answers moved between two builds."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import typer

from nervegraph.build_moves import BuildMoves, find_moves_between, find_moves_of_build
from nervegraph.errors import Misuse
from nervegraph.freshness import staleness_note
from nervegraph.moves_text import format_moves, format_moves_markdown, moves_as_json
from nervegraph.preview_words import shown

Format = Literal["table", "json", "md"]
_NARROWEST = 40


def run_diff(old: Path | None, new: Path | None, build: Path | None, output_format: Format = "table") -> int:
    """Show which answers moved; the exit code, which is 0 whether any did or not: a moved answer is no mistake.

    The moves go to stdout; which builds were compared, and what else differs between them, to stderr.

    :param old: the build to begin from; without it, the one before the current build.
    :param new: the build to end with; without it, `build`.
    :raises Misuse: there is no such build, none before it, or `build` is named beside both others.
    """
    if new is not None and build is not None:
        raise Misuse("two builds were named already, so --build has no meaning here; leave it away.")
    directory = new or build or Path("build")
    found = find_moves_of_build(directory) if old is None else find_moves_between(old, directory)
    if output_format == "json":
        typer.echo(json.dumps(_as_json(found), ensure_ascii=False, indent=2))
    elif output_format == "md":
        typer.echo(format_moves_markdown(found.moved), nl=False)
    else:
        width = max(shutil.get_terminal_size((100, 24)).columns, _NARROWEST)
        for line in format_moves(found.moved, width=width):
            typer.echo(line)
    for line in (*_about(found), *found.notes):
        typer.echo(line, err=True)
    if (stale := staleness_note(directory)) is not None:
        typer.echo(stale, err=True)
    return 0


def _about(found: BuildMoves) -> Iterator[str]:
    old, new = found.old, found.new
    yield f"From {shown(str(old.folder))} to {shown(str(new.folder))}, both asked the questions of today."
    if found.files:
        yield f"Study files: {shown(', '.join(found.files))}."


def _as_json(found: BuildMoves) -> dict[str, object]:
    return {
        "from": str(found.old.folder),
        "to": str(found.new.folder),
        "study_files": list(found.files),
        "notes": list(found.notes),
        **moves_as_json(found.moved),
    }

"""What `nervegraph build` and `nervegraph explore` show on the terminal."""

from __future__ import annotations

import shutil
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from nervegraph.assembly import BuildFindings, Progress
from nervegraph.build import BuildResult, build
from nervegraph.errors import Misuse
from nervegraph.findings import did_you_mean, show_briefly
from nervegraph.freshness import staleness_note
from nervegraph.preview_words import shown
from nervegraph.published import open_version
from nervegraph.resources import resource_directory


def run_build(studies: list[Path] | None, output: Path) -> int:
    """Build from these directories, or from the shipped evidence; the exit code.

    Findings go to stdout, one a line; progress and the summary to stderr.
    """
    directories = studies or [resource_directory("studies")]
    try:
        with _progress_shown() as progress:
            result = build(directories, output, progress)
    except BuildFindings as error:
        for finding in (*error.in_files, *error.in_graph):
            typer.echo(shown(str(finding)))
        typer.echo(f"nervegraph: {error}", err=True)
        return error.exit_code
    typer.echo(summarise(result), err=True)
    if result.warnings:
        where = " ".join(map(str, directories))
        typer.echo(f"{len(result.warnings)} warnings; to see them: nervegraph check {where}", err=True)
    return 0


def summarise(result: BuildResult) -> str:
    """What was built, and where it is, in a few lines."""
    counts = ", ".join(_counted(number, what) for what, number in result.counts.items())
    directory, program = result.published.directory, _program()
    lines = [
        f"Built {counts}.",
        f"Page:    {directory / 'explorer.html'}  (open it with a double click, or: {program} explore)",
        f"Report:  {directory / 'report.html'}",
        f"Graph:   {directory / 'nervegraph.trig'}",
        f"Ask:     {program} questions",
    ]
    if result.published.unrefreshed:
        names = ", ".join(result.published.unrefreshed)
        lines.append(
            f"Not refreshed, because something has them open: {names}; the new ones are in {result.published.folder}."
        )
    return "\n".join(lines)


def _counted(number: int, plural: str) -> str:
    one = {"studies": "study"}.get(plural, plural.removesuffix("s"))
    return f"{number:,} {one if number == 1 else plural}"


def _program() -> str:
    """What to type for `nervegraph`: its name if the shell finds it, else where it lies, as after `make graph`."""
    beside = Path(sys.executable).with_name("nervegraph")
    if shutil.which("nervegraph") or not beside.is_file():
        return "nervegraph"
    return str(beside.relative_to(Path.cwd())) if beside.is_relative_to(Path.cwd()) else str(beside)


def show_report(directory: Path, part: str | None) -> None:
    """Print the report of the current build as Markdown, or one part of it.

    :param part: the key of a part; None for the whole report.
    :raises Misuse: there is no build, or no such part.
    """
    from nervegraph.report_parts import PARTS

    headings = {each.key: each.heading for each in PARTS}
    if part is not None and part not in headings:
        near = did_you_mean(part, headings)
        advice = f"Did you mean {near}?" if near else f"There are: {', '.join(headings)}."
        raise Misuse(f"the report has no part {show_briefly(part)}. {advice}")
    text = open_version(directory).path("report.md").read_text(encoding="utf-8")
    if (stale := staleness_note(directory)) is not None:
        typer.echo(stale, err=True)
    if part is not None:
        text = text[text.index(f"\n## {headings[part]}\n") + 1 :].split("\n## ", 1)[0]
    typer.echo(text.rstrip("\n"))


def open_page(directory: Path) -> None:
    """Open the explorer of the current build in the browser; where there is none, its path is printed all the same.

    :raises Misuse: there is no build.
    """
    page = open_version(directory).path("explorer.html").resolve()
    typer.echo(page)
    if (stale := staleness_note(directory)) is not None:
        typer.echo(stale, err=True)
    webbrowser.open(page.as_uri())


@contextmanager
def _progress_shown() -> Iterator[Progress]:
    """A progress display on a terminal; one line a step elsewhere, so that a log shows how far a build came."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Display

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Display(*columns, console=Console(stderr=True), transient=True) as display:
            task = display.add_task("starting", total=None)

            def show(step: str, done: int, total: int) -> None:
                display.update(task, description=step, completed=done, total=total or None)

            yield show
        return
    last = ""

    def log(step: str, done: int, total: int) -> None:
        nonlocal last
        if step != last:
            last = step
            typer.echo(f"{step} …", err=True)

    yield log

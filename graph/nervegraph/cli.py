"""The command line: it parses, calls, prints and ends with an exit code; whatever it does is done elsewhere.

Data goes to stdout, progress and messages to stderr. Exit codes: 0 fine, 1 findings, 2 wrong use, 3 the surroundings
failed. Slow imports stand in the commands that need them, so that `query` starts fast.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated, Literal, NoReturn

import typer

from nervegraph import __version__
from nervegraph.ask_command import add_ask_commands
from nervegraph.errors import NerveGraphError

app = typer.Typer(
    name="nervegraph",
    help="The published evidence on drugs for neuropathy as a knowledge graph.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

CheckFormat = Literal["text", "json"]
BuildOption = Annotated[Path, typer.Option("--build", help="The build to read.", show_default=True)]


def main() -> None:
    """Run the command line; the process ends with the exit code of the command."""
    for stream in (sys.stdout, sys.stderr):
        # A Windows console in a legacy code page must not stop an answer that holds an accented name.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app()
    except NerveGraphError as error:
        _end_with(error)
    except BrokenPipeError:
        # The reader of our output went away, as `head` does; there is nothing to say and nobody to say it to.
        sys.stderr.close()
        sys.exit(0)
    except KeyboardInterrupt:
        typer.echo("nervegraph: stopped.", err=True)
        sys.exit(130)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """A request to end is an interrupt, so that whatever was begun is cleaned up on the way out."""
    raise KeyboardInterrupt


def _end_with(error: NerveGraphError) -> NoReturn:
    typer.echo(f"nervegraph: {error}", err=True)
    sys.exit(error.exit_code)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and end.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Options of the program as a whole."""


@app.command()
def build(
    studies: Annotated[
        list[Path] | None,
        typer.Option(help="A directory of study files instead of the shipped evidence; repeat it to combine several."),
    ] = None,
    output: Annotated[Path, typer.Option(help="Where the build goes.")] = Path("build"),
) -> None:
    """Check the study files and build the graph, the store, the page and the report from them."""
    from nervegraph import build_command

    sys.exit(build_command.run_build(studies, output))


@app.command()
def explore(build: BuildOption = Path("build")) -> None:
    """Open the page of a build in the browser."""
    from nervegraph import build_command

    build_command.open_page(build)


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Study files, or directories of them.")],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only findings, no preview.")] = False,
    form: Annotated[CheckFormat, typer.Option("--format", help="How to write the findings.")] = "text",
) -> None:
    """Say what is wrong in study files, each finding with its place, and show what they say."""
    from nervegraph import check_command

    sys.exit(check_command.run_check(paths, quiet=quiet, output_format=form))


@app.command()
def new(
    study: Annotated[str, typer.Argument(help="The id of the study: first author and year, as in rist-2011.")],
    studies: Annotated[Path | None, typer.Option(help="The directory it goes to.")] = None,
) -> None:
    """Write the commented template of a new study file."""
    from nervegraph import check_command

    sys.exit(check_command.run_new(study, studies))


add_ask_commands(app)

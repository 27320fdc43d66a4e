"""The command line: it parses, calls, prints and ends with an exit code; whatever it does is done elsewhere.

Data goes to stdout, progress and messages to stderr. Exit codes: 0 fine, 1 findings, 2 wrong use, 3 the surroundings
failed; a program that a signal ended has 128 and the signal's number. Slow imports stand in the commands that need
them, so that `query` starts fast.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import traceback
from contextlib import nullcontext
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Literal, NoReturn

import typer
from typer.core import TyperGroup

from nervegraph import __version__
from nervegraph.ask_command import add_ask_commands
from nervegraph.asking import worker_ahead
from nervegraph.errors import Misuse, NerveGraphError, SurroundingsError
from nervegraph.findings import did_you_mean, show_briefly
from nervegraph.sheet_command import add_sheet_commands

# As shells report a program that a signal ended; the signal of a pipe without a reader has no name on Windows.
_ENDED_BY_SIGNAL = 128
_BROKEN_PIPE = 13


class _Ended(Exception):
    """The command did not come to its end, because a signal or the reader of its output stopped it."""

    def __init__(self, number: int) -> None:
        self.exit_code = _ENDED_BY_SIGNAL + number


class _Commands(TyperGroup):
    """The commands. An early end leaves as an error of our own; typer would end the process without a word."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise _Ended(_number_of(error)) from error
        except BrokenPipeError as error:
            raise _Ended(_BROKEN_PIPE) from error


app = typer.Typer(
    cls=_Commands,
    name="nervegraph",
    help="The published evidence on drugs for neuropathy as a knowledge graph.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

CheckFormat = Literal["text", "json"]
DiffFormat = Literal["table", "json", "md"]
SimulatedForm = Literal["files", "nquads"]
BuildOption = Annotated[Path, typer.Option("--build", help="The build to read.", show_default=True)]


def main() -> None:
    """Run the command line; the process ends with the exit code of the command."""
    _set_up_streams()
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(run(sys.argv[1:] or ["--help"]))


def run(arguments: list[str]) -> int:
    """The exit code of a command, after all that went wrong was told in words.

    :param arguments: what follows `nervegraph`; at least one.
    """
    try:
        # A query's own process gets ready while typer does, which takes as long.
        with worker_ahead() if arguments[0] == "query" else nullcontext():
            _refuse_unknown_command(arguments[0])
            exit_code: int | None = app(arguments, standalone_mode=False, prog_name="nervegraph")
        sys.stdout.flush()
    except NerveGraphError as error:
        return _tell(str(error), error.exit_code)
    except typer.TyperException as error:
        about = f"nervegraph {arguments[0]}" if arguments[0] in names_of_commands() else "nervegraph"
        reason = error.format_message().replace("Value error, ", "").rstrip(".")
        return _tell(f"{reason}. See: {about} --help", Misuse.exit_code)
    except (_Ended, BrokenPipeError, KeyboardInterrupt) as error:
        return _tell_end(error)
    except OSError as error:
        # Without a name it is nearly always our own output, as when `> answer.csv` fills the disk.
        where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else "output: "
        return _tell(f"{where}{error.strerror or error}. The command was not finished.", SurroundingsError.exit_code)
    except Exception as error:  # noqa: BLE001 - what nobody foresaw ends in words too, its details in a file
        return _tell_mistake(error)
    return exit_code or 0


def _set_up_streams() -> None:
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            # Closed by whoever started us; without a stand-in the next file opened would take its number.
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open as long as we are
        elif name != "stdin":
            # A Windows console in a legacy code page must not stop an answer that holds an accented name.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """A request to end is an interrupt, so that whatever was begun is cleaned up on the way out."""
    raise KeyboardInterrupt(number)


def _number_of(interrupt: KeyboardInterrupt) -> int:
    return interrupt.args[0] if interrupt.args else signal.SIGINT


def names_of_commands() -> set[str]:
    """What may stand after `nervegraph`."""
    return set(typer.main.get_group(app).commands)


def _refuse_unknown_command(name: str) -> None:
    names = names_of_commands()
    if name.startswith("-") or name in names:
        return
    near = did_you_mean(name, names)
    advice = f"Did you mean {near}?" if near else "See: nervegraph --help"
    raise Misuse(f"there is no command {show_briefly(name) or repr(name)}. {advice}")


def _tell(message: str, exit_code: int) -> int:
    # Names from outside may hold characters that would act on the terminal.
    plain = "".join(each if each.isprintable() or each == "\n" else f"\\u{ord(each):04x}" for each in message)
    typer.echo(f"nervegraph: {plain}", err=True)
    return exit_code


def _tell_end(error: BaseException) -> int:
    if isinstance(error, KeyboardInterrupt):
        error = _Ended(_number_of(error))
    if not isinstance(error, _Ended) or error.exit_code == _ENDED_BY_SIGNAL + _BROKEN_PIPE:
        # The reader of our output went away, as `head` does; there is nothing to say and nobody to say it to.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
        return _ENDED_BY_SIGNAL + _BROKEN_PIPE
    return _tell("stopped.", error.exit_code)


def _tell_mistake(error: Exception) -> int:
    with tempfile.NamedTemporaryFile(
        "w", prefix="nervegraph-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
    ) as details:
        traceback.print_exception(error, file=details)
    reason = show_briefly(f"{type(error).__name__}: {error}")
    return _tell(
        f"a mistake in NerveGraph itself ({reason}). Please report it with the file {details.name}.",
        SurroundingsError.exit_code,
    )


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
) -> int:
    """Check the study files and build the graph, the store, the page and the report from them."""
    from nervegraph import build_command

    return build_command.run_build(studies, output)


@app.command()
def explore(build: BuildOption = Path("build")) -> None:
    """Open the page of a build in the browser."""
    from nervegraph import build_command

    build_command.open_page(build)


@app.command()
def report(
    build: BuildOption = Path("build"),
    part: Annotated[
        str | None, typer.Option(help="One part, such as review, discrepancies, inclusion or gaps.")
    ] = None,
) -> None:
    """Print what the graph says about the literature itself: the review recomputed, contradictions, gaps, levels."""
    from nervegraph import build_command

    build_command.show_report(build, part)


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Study files, or directories of them.")],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only findings: no preview, no moves.")] = False,
    moves: Annotated[
        bool | None,
        typer.Option("--moves/--no-moves", help="Tell which answers move; the default where one file is named."),
    ] = None,
    form: Annotated[CheckFormat, typer.Option("--format", help="How to write the findings.")] = "text",
) -> int:
    """Say what is wrong in study files, each finding with its place, and show what they say."""
    from nervegraph import check_command

    return check_command.run_check(paths, quiet=quiet, moves=moves, output_format=form)


@app.command()
def diff(
    old: Annotated[
        Path | None, typer.Argument(metavar="OLD", help="The build to begin from; else the one before.")
    ] = None,
    new: Annotated[
        Path | None, typer.Argument(metavar="NEW", help="The build to end with; else that of --build.")
    ] = None,
    build: Annotated[Path | None, typer.Option("--build", help="The build to read.", show_default="build")] = None,
    form: Annotated[DiffFormat, typer.Option("--format", help="How to write the moves.")] = "table",
) -> int:
    """Say which answers moved between two builds, and by how much."""
    from nervegraph import diff_command

    return diff_command.run_diff(old, new, build, form)


@app.command()
def new(
    study: Annotated[
        str, typer.Argument(metavar="ID", help="The id of the study: first author and year, as in rist-2011.")
    ],
    studies: Annotated[Path | None, typer.Option(help="The directory it goes to.")] = None,
) -> int:
    """Write the commented template of a new study file."""
    from nervegraph import check_command

    return check_command.run_new(study, studies)


@app.command()
def simulate(
    patients: Annotated[int, typer.Option(metavar="N", help="How many people to make up.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="A new or empty directory.")],
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed gives the same cohort.")] = 1,
    studies: Annotated[
        int | None, typer.Option(metavar="M", help="In how many studies; by default one for every ten people.")
    ] = None,
    form: Annotated[SimulatedForm, typer.Option(help="Study files, or the graphs they give.")] = "files",
) -> int:
    """Write made-up studies for tests of scale; they say so everywhere and are never built with evidence."""
    from nervegraph import simulate_command

    return simulate_command.run_simulate(patients, seed, output, studies, form)


add_ask_commands(app)
add_sheet_commands(app)

"""The commands `questions` and `query`: from the words of the command line to an answer in a format.

`add_ask_commands(app)` puts both on a typer application. Errors are raised for the application to report; what a reader
must know beside the data goes to standard error.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Literal

import typer

from nervegraph.answers import Answer, Format, markdown_table, text_table
from nervegraph.asking import DEFAULT_TIMEOUT_SECONDS, Engine, ask_dataset, ask_store
from nervegraph.errors import Misuse, SurroundingsError
from nervegraph.freshness import staleness_note
from nervegraph.gate import MAX_BYTES
from nervegraph.published import with_current_version
from nervegraph.questions import (
    Question,
    find_question,
    get_question,
    get_valid_question,
    load_questions,
)
from nervegraph.resources import resource_directory

ListFormat = Literal["table", "json", "md"]

_STANDARD_INPUT = "-"
_TRIG_NAME = "nervegraph.trig"
_SUFFIXES: dict[str, Format] = {".tsv": "tsv", ".csv": "csv", ".json": "json", ".md": "md", ".ttl": "ttl"}


def answer_query(
    what: str,
    *,
    settings: Iterable[str] = (),
    build: Path = Path("build"),
    endpoint: str | None = None,
    engine: Engine = "oxigraph",
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    read_standard_input: Callable[[], bytes] = lambda: sys.stdin.buffer.read(MAX_BYTES + 1),
) -> Answer:
    """The answer to a shipped question, the query in a file, or the one on standard input (`-`).

    :param settings: `name=value` for parameters; a name given twice means either value.
    :raises Misuse: no such question or file, a wrong setting, options that exclude each other, a refused query.

    Further errors as `asking.ask_store` and `endpoint.query_endpoint`.
    """
    question, is_shipped = _find(what, read_standard_input)
    if engine == "rdflib" and endpoint is not None:
        raise Misuse("--engine chooses who reads the build, --endpoint asks elsewhere; use one of them.")
    if engine == "rdflib" and not is_shipped:
        raise Misuse(
            "--engine rdflib takes shipped questions only, because rdflib opens files and addresses that a query "
            "names. Leave it out, or give the name of a question."
        )
    # Unset parameters stay as the file has them, so that a file is asked exactly as it can be pasted elsewhere.
    values = parse_settings(settings)
    query = question.fill(**values) if values else question.text
    if endpoint is not None:
        from nervegraph.endpoint import query_endpoint

        return Answer(query_endpoint(endpoint, query, timeout_seconds=timeout_seconds), question, endpoint)
    if engine == "rdflib":
        return with_current_version(
            build,
            lambda version: Answer(
                ask_dataset(version.path(_TRIG_NAME), query, timeout_seconds=timeout_seconds), question
            ),
        )
    return with_current_version(
        build, lambda version: Answer(ask_store(version.store, query, timeout_seconds=timeout_seconds), question)
    )


def parse_settings(settings: Iterable[str]) -> dict[str, list[str]]:
    """The values of each parameter, from texts such as `drug=ivig`.

    :raises Misuse: a text is not of this form.
    """
    values: dict[str, list[str]] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise Misuse(f"--set {setting!r} is not of the form name=value, as in --set drug=ivig.")
        values.setdefault(name.strip(), []).append(value.strip())
    return values


def format_questions(questions: Iterable[Question], form: ListFormat, *, width: int = 100, color: bool = False) -> str:
    """The list of questions as text: name, what is asked, parameters with their defaults; as json with everything."""
    if form == "json":
        entries = [
            {
                "name": question.name,
                "summary": question.summary,
                "description": question.description,
                "columns": dict(question.columns),
                "keys": list(question.keys),
                "parameters": {
                    parameter.name: {"type": parameter.type, "about": parameter.about, "default": parameter.default}
                    for parameter in question.parameters.values()
                },
                "tags": list(question.tags),
            }
            for question in questions
        ]
        return json.dumps(entries, ensure_ascii=False, indent=2) + "\n"
    columns = ("question", "asks", "parameters and their defaults")
    rows = [
        (
            question.name,
            question.summary,
            ", ".join(f"{one.name}={one.default}" for one in question.parameters.values()),
        )
        for question in questions
    ]
    if form == "md":
        return markdown_table(columns, rows)
    return text_table(columns, rows, width=width, color=color)


def add_ask_commands(app: typer.Typer) -> None:
    """Add `questions` and `query` to a command line application."""
    app.command("questions")(_questions)
    app.command("query")(_query)


def _questions(
    form: Annotated[ListFormat, typer.Option("--format", help="How to write the list.")] = "table",
) -> None:
    """List the evidence questions that can be asked by name."""
    questions = load_questions(resource_directory("queries") / "questions")
    _write(format_questions(questions.values(), form, width=_width(), color=sys.stdout.isatty()), None)


def _query(
    what: Annotated[str, typer.Argument(metavar="NAME|FILE|-", help="A question's name, a file, or - to read one.")],
    settings: Annotated[list[str] | None, typer.Option("--set", help="A parameter, as drug=ivig; repeatable.")] = None,
    form: Annotated[Format | None, typer.Option("--format", help="How to write the answer.")] = None,
    build: Annotated[Path, typer.Option("--build", help="The build to ask.")] = Path("build"),
    endpoint: Annotated[str | None, typer.Option("--endpoint", help="Ask this SPARQL endpoint instead.")] = None,
    engine: Annotated[Engine, typer.Option("--engine", help="Who reads the build.")] = "oxigraph",
    timeout_seconds: Annotated[float, typer.Option("--timeout", help="Deadline in seconds.")] = DEFAULT_TIMEOUT_SECONDS,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")] = None,
) -> None:
    """Ask a question by its name, or any SPARQL query."""
    answer = answer_query(
        what,
        settings=settings or (),
        build=build,
        endpoint=endpoint,
        engine=engine,
        timeout_seconds=timeout_seconds,
    )
    is_terminal = output is None and sys.stdout.isatty()
    chosen = form or (_SUFFIXES.get(output.suffix.lower()) if output else None)
    chosen = chosen or answer.default_format(is_terminal=is_terminal)
    _write(answer.to_text(chosen, width=_width(), color=is_terminal), output)
    notes = answer.notes()
    if endpoint is None and (stale := staleness_note(build)) is not None:
        notes.append(stale)
    for note in notes:
        typer.echo(note, err=True)


def _find(what: str, read_standard_input: Callable[[], bytes]) -> tuple[Question, bool]:
    """The question or query that is meant, and whether it is a shipped one."""
    if what == _STANDARD_INPUT:
        return _parse_query(read_standard_input(), Path("standard input")), False
    if not what.strip():
        raise Misuse("give the name of a question, the path of a query file, or - for standard input.")
    directory = resource_directory("queries") / "questions"
    shipped = find_question(directory, what)
    if shipped is not None:
        return shipped, True
    path = Path(what)
    if not _is_there(path):
        return get_question(load_questions(directory), what), True
    if path.is_dir():
        raise Misuse(f"{what} is a directory; give the name of a question or the path of a query file.")
    try:
        with path.open("rb") as file:
            return _parse_query(file.read(MAX_BYTES + 1), path), False
    except OSError as error:
        raise SurroundingsError(f"{path}: the file cannot be read ({error.strerror}).") from error


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # what no path can be, such as a text longer than a file name may be
        return False


def _parse_query(data: bytes, path: Path) -> Question:
    """The query in the first bytes of a file; more than one byte over the limit need not have been read."""
    if len(data) > MAX_BYTES:
        raise Misuse(f"{path}: this is longer than a query may be ({MAX_BYTES:,} bytes).")
    try:
        return get_valid_question(data.decode("utf-8-sig"), path)
    except UnicodeDecodeError as error:
        raise Misuse(f"{path}: the query is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error


def _width() -> int:
    return shutil.get_terminal_size((100, 24)).columns


def _write(text: str, output: Path | None) -> None:
    if output is None:
        # Bytes keep the line ends of csv, and UTF-8, where the system would translate them.
        typer.echo(text if sys.stdout.isatty() else text.encode(), nl=False)
        return
    try:
        output.write_bytes(text.encode())
    except OSError as error:
        raise SurroundingsError(f"{output}: the answer cannot be written ({error.strerror}).") from error

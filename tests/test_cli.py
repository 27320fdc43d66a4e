"""The command line as a user types it: what it says, where it says it, and how it ends."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from command_line import FIXTURE, ask, program, run, start, told
from nervegraph import cli
from nervegraph.build import build as build_graph
from requirements_of_tests import need

COMMANDS = sorted(cli.names_of_commands())
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o . ?p ?q ?r }"
ASK_ANYTHING = b"ASK { ?s ?p ?o }"


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("published") / "build"
    build_graph([FIXTURE], directory)
    return directory


@pytest.fixture
def own_build(build: Path, tmp_path: Path) -> Path:
    """A copy of the build that a test may damage."""
    return shutil.copytree(build, tmp_path / "build")


@pytest.fixture
def place(build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current directory with a build, and things that are no query."""
    (tmp_path / "build").symlink_to(build, target_is_directory=True)
    (tmp_path / "binary.rq").write_bytes(b"ASK { ?s ?p ?o } # \xff\xfe\x00")
    (tmp_path / "zero.rq").write_bytes(b"ASK { ?s ?p \x00 }")
    (tmp_path / "long.rq").write_bytes(b"#" * 70_000)
    (tmp_path / "open.rq").write_text("SELECT * { ?s ?p ", encoding="utf-8")
    (tmp_path / "any.rq").write_bytes(ASK_ANYTHING)
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


QUESTION = "size_of_the_graph"
WRONG: list[tuple[list[str], str]] = [
    (["biuld"], "there is no command biuld. Did you mean build?"),
    (["frobnicate"], "there is no command frobnicate. See: nervegraph --help"),
    ([""], "there is no command ''."),
    (["--frob"], "No such option: --frob"),
    (["build", "--output"], "requires an argument. See: nervegraph build --help"),
    (["build", "more"], "unexpected extra argument"),
    (["build", "--studies", "none"], "none: there is no such directory"),
    (["check"], "Missing argument 'PATH…'. See: nervegraph check --help"),
    (["check", "none.yaml"], "none.yaml: there is no such file"),
    (["check", "folder"], "folder: there is no study file"),
    (["check", "folder", "--format", "xml"], "'xml' is not one of 'text', 'json'. See: nervegraph check --help"),
    (["new"], "Missing argument 'ID'"),
    (["new", "A B"], "Did you mean 'a-b'?"),
    (["explore", "--build", "none"], "no build in none: run `nervegraph build` first"),
    (["questions", "--format", "csv"], "'csv' is not one of 'table', 'json', 'md'"),
    (["query"], "Missing argument 'NAME|FILE|-'. See: nervegraph query --help"),
    (["query", ""], "give the name of a question"),
    (["query", "size_of_the_grahp"], "Did you mean size_of_the_graph?"),
    (["query", "none.rq"], "there is no question and no file called none.rq"),
    (["query", "a" * 5000], "there is no question and no file called aaaa"),
    (["query", "a\0b"], "there is no question and no file called a b"),
    (["query", "\x1b[31mred\udc80"], "there is no question and no file called [31mred"),
    (["query", "folder"], "folder is a directory"),
    (["query", "binary.rq"], "binary.rq: the query is not UTF-8 (byte 19)"),
    (["query", "zero.rq"], "line 1"),
    (["query", "open.rq"], "line 1"),
    (["query", "long.rq"], "long.rq: this is longer than a query may be (65,536 bytes)"),
    (["query", QUESTION, "--build", "none"], "no build in none: run `nervegraph build` first"),
    (["query", QUESTION, "--build", "any.rq"], "no build in any.rq"),
    (["query", QUESTION, "--build", "no\x1b[31mne"], r"no build in no\u001b[31mne"),
    (["query", QUESTION, "--format", "xml"], "'xml' is not one of 'table', 'tsv', 'csv', 'json', 'md', 'ttl'."),
    (["query", QUESTION, "--format", "ttl"], "ttl is for CONSTRUCT"),
    (["query", QUESTION, "--engine", "jena"], "'jena' is not one of 'oxigraph', 'rdflib'"),
    (["query", QUESTION, "--timeout", "soon"], "'--timeout': "),
    (["query", QUESTION, "--timeout", "-1"], "a deadline of -1 s is not possible"),
    (["query", QUESTION, "--timeout", "1e9"], "a deadline of 1e+09 s is not possible"),
    (["query", QUESTION, "--timeout", "nan"], "a deadline of nan s is not possible"),
    (["query", QUESTION, "--set", "drug"], "not of the form name=value"),
    (["query", QUESTION, "--set", "drug=ivig"], "has no parameters, so drug cannot be set"),
    (["query", "responses_by_drug", "--set", "drug=ivgi"], "ivgi"),
    (["query", "responses_by_drug", "--set", "durg=ivig"], "Did you mean drug?"),
    (["query", "any.rq", "--engine", "rdflib"], "--engine rdflib takes shipped questions only"),
    (["query", QUESTION, "--endpoint", "ftp://example.org"], "not the address of an endpoint"),
]


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(("arguments", "words"), WRONG, ids=lambda value: None)
def test_wrong_use_ends_with_2_and_one_line_on_stderr(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith("nervegraph: ")
    assert line.isprintable()
    assert words in line
    assert len(line) < 400


def test_wrong_use_of_the_installed_program_ends_the_same_way() -> None:
    for arguments, words in (WRONG[0], WRONG[12], WRONG[32]):
        result = run(program(), *arguments)
        assert (result.returncode, result.stdout) == (2, b"")
        (line,) = told(result.stderr)
        assert words in line


@pytest.mark.parametrize("path", ["manifest.json", "store/CURRENT", "store/*.sst", "store/nervegraph-store.json"])
def test_a_damaged_build_ends_with_3_and_says_how_to_make_a_new_one(
    path: str, own_build: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = own_build if path == "manifest.json" else next((own_build / "versions").iterdir())
    damaged = next(folder.glob(path))
    damaged.write_bytes(damaged.read_bytes()[: damaged.stat().st_size // 2])
    assert cli.run(["query", QUESTION, "--build", str(own_build)]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert f"Rebuild it from the study files with: nervegraph build --output {own_build}" in line


def test_what_nobody_foresaw_ends_with_3_and_its_details_in_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from nervegraph import check_command

    def fail(*given: object, **options: object) -> int:
        raise KeyError("some key")

    monkeypatch.setattr(check_command, "run_check", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert cli.run(["check", "x.yaml"]) == 3
    said = capsys.readouterr()
    assert said.out == ""
    found = re.fullmatch(
        r"nervegraph: a mistake in NerveGraph itself \(KeyError: 'some key'\)\. "
        r"Please report it with the file (.*)\.\n",
        said.err,
    )
    assert found is not None
    assert "Traceback" in Path(found[1]).read_text(encoding="utf-8")


# Help


def test_help_stands_on_stdout_and_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    alone = run(program())
    assert (alone.returncode, alone.stderr) == (0, b"")
    assert cli.run(["--help"]) == 0
    text = capsys.readouterr().out
    assert alone.stdout.decode().split() == text.split()
    assert all(re.search(rf"^  {name} ", text, re.MULTILINE) for name in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_that_names_its_options(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([command, "--help"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith(f"Usage: nervegraph {command} ")
    assert "--help" in said.out


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    from nervegraph import __version__

    assert cli.run(["--version"]) == 0
    assert capsys.readouterr() == (f"{__version__}\n", "")


# Data on stdout


@pytest.mark.parametrize("question", [QUESTION, "responses_by_drug"])
def test_every_format_gives_the_same_rows_from_either_engine(question: str, build: Path) -> None:
    answers = {form: ask(build, question, "--format", form) for form in ("json", "csv", "tsv", "md")}
    from_rdflib = ask(build, question, "--engine", "rdflib", "--format", "json")
    assert all(answer.returncode == 0 for answer in (*answers.values(), from_rdflib)), from_rdflib.stderr
    found = json.loads(answers["json"].stdout)
    columns, rows = found["head"]["vars"], found["results"]["bindings"]
    assert rows
    assert json.loads(from_rdflib.stdout) == found
    table = list(csv.reader(io.StringIO(answers["csv"].stdout.decode(), newline="")))
    assert table[0] == columns
    assert table[1:] == [[row[name]["value"] if name in row else "" for name in columns] for row in rows]
    lines = answers["tsv"].stdout.decode().splitlines()
    assert lines[0].split("\t") == [f"?{name}" for name in columns]
    assert len(lines) == len(rows) + 1
    assert {line.count("\t") for line in lines} == {len(columns) - 1}
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in answers["md"].stdout.decode().splitlines()]
    assert len(cells) == len(rows) + 2
    assert len({len(row) for row in cells}) == 1
    for answer in answers.values():
        assert f"{len(rows)} rows" in answer.stderr.decode()


def test_a_query_is_read_from_a_file_a_pipe_or_standard_input(build: Path, tmp_path: Path) -> None:
    query = b"\xef\xbb\xbfSELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s ?p ?o } }\r\n"
    (tmp_path / "count.rq").write_bytes(query)
    expected = b"n\r\n10\r\n"  # eight studies, what was derived, and the vocabulary
    from_file = ask(build, str(tmp_path / "count.rq"), "--format", "csv")
    assert (from_file.stdout, from_file.stderr) == (expected, b"1 row\n")
    given = run(program(), "query", "-", "--build", build, "--format", "csv", stdin=query)
    assert given.stdout == expected
    if Path("/dev/stdin").exists():
        piped = run(program(), "query", "/dev/stdin", "--build", build, "--format", "csv", stdin=query)
        assert piped.stdout == expected, piped.stderr


def test_triples_are_written_as_turtle(build: Path) -> None:
    import pyoxigraph

    query = b"CONSTRUCT { ?study a ?kind } WHERE { ?study a ?kind , <https://w3id.org/nervegraph/Study> }"
    result = run(program(), "query", "-", "--build", build, "--format", "ttl", stdin=query)
    assert (result.returncode, result.stderr) == (0, b"8 triples\n")
    assert len(list(pyoxigraph.parse(result.stdout, format=pyoxigraph.RdfFormat.TURTLE))) == 8


@pytest.mark.parametrize("stdin", [b"\xff\xfe\x00SELECT", b"", b"SELECT", b"DROP ALL", b"{" * 5000, b"#" * 100_000])
def test_anything_on_standard_input_is_answered_or_refused_in_one_line(
    stdin: bytes, build: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    assert cli.run(["query", "-", "--build", str(build)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith("nervegraph: ")


def test_a_query_that_never_ends_is_stopped_at_its_deadline_with_advice(build: Path, tmp_path: Path) -> None:
    (tmp_path / "endless.rq").write_text(ENDLESS, encoding="utf-8")
    began = time.perf_counter()
    result = ask(build, str(tmp_path / "endless.rq"), "--timeout", "1")
    assert 1 <= time.perf_counter() - began < 8  # one second and the start of a program on a busy machine
    assert (result.returncode, result.stdout) == (3, b"")
    (line,) = told(result.stderr)
    assert "stopped after 1 s, its deadline" in line
    assert "allow more with --timeout" in line


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_query_that_is_told_to_stop_takes_its_worker_along(
    number: signal.Signals, exit_code: int, build: Path, tmp_path: Path
) -> None:
    need(sys.platform == "linux", "who is whose child is read from Linux's /proc")
    (tmp_path / "endless.rq").write_text(ENDLESS, encoding="utf-8")
    process = start(program(), "query", tmp_path / "endless.rq", "--build", build)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 30
    while not (workers := children.read_text(encoding="ascii").split()):
        assert time.monotonic() < deadline
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (exit_code, b"")
    assert told(err) == ["nervegraph: stopped."]
    # Interrupted while it starts the worker, the program leaves it to see by itself that nobody is there any more.
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < deadline


# Streams


@pytest.mark.skipif(os.name != "posix", reason="shell and devices as POSIX has them")
def test_a_reader_that_has_enough_ends_the_command_without_a_word(build: Path) -> None:
    command = f'"{program()}" query shown_not_counted --build "{build}" --format json; echo "ended with $?" >&2'
    result = run("sh", "-c", f"({command}) | true")
    assert result.stderr.decode() in {"ended with 141\n"}, result.stderr
    assert result.stdout == b""


@pytest.mark.skipif(os.name != "posix", reason="shell and devices as POSIX has them")
def test_streams_that_are_closed_or_full_are_no_traceback(build: Path) -> None:
    need(Path("/dev/full").exists(), "this system has no /dev/full")
    query = f'"{program()}" query {QUESTION} --build "{build}"'
    full = run("sh", "-c", f"{query} > /dev/full")
    assert full.returncode == 3
    assert told(full.stderr) == ["nervegraph: output: No space left on device. The command was not finished."]
    closed = run("sh", "-c", f"{query} >&- 2>&-")
    assert (closed.returncode, closed.stdout, closed.stderr) == (0, b"", b"")
    without_input = run("sh", "-c", f'"{program()}" query - --build "{build}" <&-')
    assert without_input.returncode == 2
    assert len(told(without_input.stderr)) == 1


def test_no_escapes_are_written_to_a_pipe_even_where_colour_is_forced(build: Path) -> None:
    forced = {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "TERM": "xterm-256color"}
    commands = (("questions",), ("check", FIXTURE), ("query", QUESTION, "--build", build, "--format", "table"))
    for process in [start(program(), *command, more_environment=forced) for command in commands]:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert out
        assert b"\x1b" not in out + err, process.args


@pytest.mark.skipif(os.name != "posix", reason="a terminal as POSIX has it")
@pytest.mark.parametrize("is_plain", [True, False])
def test_a_terminal_gets_colour_unless_it_asks_for_none(is_plain: bool, build: Path) -> None:
    import pty
    import subprocess

    reader, terminal = pty.openpty()
    settings = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    settings |= {"TERM": "xterm-256color"} | ({"NO_COLOR": "1"} if is_plain else {})
    process = subprocess.Popen(
        [program(), "query", QUESTION, "--build", str(build)], stdout=terminal, stderr=terminal, env=settings
    )
    os.close(terminal)
    shown = b""
    try:
        while piece := os.read(reader, 4096):
            shown += piece
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(reader)
    assert process.wait(30) == 0
    assert b"studies" in shown
    assert (re.search(rb"\x1b\[[0-9;]*3\dm", shown) is None) if is_plain else (b"\x1b[" in shown)


def test_the_command_line_starts_without_what_only_some_commands_need() -> None:
    slow = ("nervegraph.model", "pydantic", "openpyxl", "scipy", "rdflib", "networkx", "rich")
    code = f"import sys, nervegraph.cli; print([name for name in {slow} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert result.stdout.strip() == "[]"

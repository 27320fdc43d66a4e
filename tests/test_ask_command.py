from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from nervegraph import ask_command
from nervegraph.ask_command import add_ask_commands, answer_query, parse_settings
from nervegraph.errors import DeadlineError, FindingsError, Misuse, SurroundingsError
from nervegraph.publication import building
from small_store import create_small_build

QUESTIONS = Path(__file__).parent / "data" / "questions"
TWO_ROWS = (
    "SELECT ?label ?value { ?item <https://w3id.org/nervegraph/value> ?value ; "
    "<http://www.w3.org/2000/01/rdf-schema#label> ?label FILTER (?value < 2) } ORDER BY ?value"
)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("published") / "build"
    with building(directory) as staging:
        create_small_build(staging.path, 12)
        staging.publish({})
    return directory


@pytest.fixture(autouse=True)
def _small_questions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copytree(QUESTIONS, tmp_path / "queries" / "questions")
    monkeypatch.setattr(ask_command, "resource_directory", lambda name: tmp_path / name)


def _run(*arguments: str, input_text: str = "") -> Result:
    app = typer.Typer()
    add_ask_commands(app)
    return CliRunner().invoke(app, arguments, input=input_text)


def test_a_question_is_asked_by_name(build: Path) -> None:
    result = _run("query", "values_by_group", "--build", str(build), "--set", "least=5")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "?item\t?label\t?value"
    assert len(result.stdout.splitlines()) == 3
    assert result.stderr == "2 rows\n"


def test_a_query_comes_from_a_file_or_from_standard_input(build: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.rq"
    path.write_text(TWO_ROWS, encoding="utf-8")
    from_file = _run("query", str(path), "--build", str(build), "--format", "csv")
    assert from_file.stdout_bytes == b"label,value\r\nitem 0,0\r\nitem 1,1\r\n"
    from_input = _run("query", "-", "--build", str(build), "--format", "csv", input_text=TWO_ROWS)
    assert from_input.stdout_bytes == from_file.stdout_bytes


def test_both_engines_answer_a_shipped_question_alike(build: Path) -> None:
    one = _run("query", "values_by_group", "--build", str(build), "--format", "json")
    other = _run("query", "values_by_group", "--build", str(build), "--format", "json", "--engine", "rdflib")
    assert json.loads(one.stdout) == json.loads(other.stdout)
    assert len(json.loads(one.stdout)["results"]["bindings"]) == 4


def test_an_empty_answer_has_a_header_and_the_questions_own_words(build: Path) -> None:
    result = _run("query", "values_by_group", "--build", str(build), "--set", "word=nothing of this name")
    assert result.exit_code == 0
    assert result.stdout == "?item\t?label\t?value\n"
    assert result.stderr.startswith("0 rows\nAn empty answer means that nothing was measured")


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.csv", b"label,value\r\n"), ("a.md", b"| label |"), ("a.JSON", b'{"head"'), ("a", b"?label\t")],
)
def test_the_files_name_chooses_the_format(build: Path, tmp_path: Path, name: str, start: bytes) -> None:
    result = _run("query", "-", "--build", str(build), "-o", str(tmp_path / name), input_text=TWO_ROWS)
    assert result.stdout == ""
    assert (tmp_path / name).read_bytes().startswith(start)


def test_triples_are_written_as_turtle_without_being_asked(build: Path) -> None:
    query = "CONSTRUCT { ?s <https://w3id.org/nervegraph/p> 1 } WHERE { ?s <https://w3id.org/nervegraph/value> 3 }"
    result = _run("query", "-", "--build", str(build), input_text=query)
    assert result.stdout.startswith("@prefix nvg:")
    assert result.stderr == "1 triple\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["values_by_grup"], "Did you mean values_by_group"),
        (["values_by_group", "--set", "group"], "not of the form name=value"),
        (["values_by_group", "--set", "gruop=red"], "Did you mean group"),
        (["-", "--engine", "rdflib"], "shipped questions only"),
        (["values_by_group", "--engine", "rdflib", "--endpoint", "http://127.0.0.1:9/"], "use one of them"),
        (["values_by_group", "--endpoint", "file:///etc/hostname"], "not the address of an endpoint"),
        (["values_by_group", "--format", "ttl"], "ttl is for CONSTRUCT"),
        (["values_by_group", "--timeout", "0"], "deadline"),
        ([str(QUESTIONS)], "is a directory"),
        (["-", "--set", "a=b"], "has no parameters"),
    ],
)
def test_wrong_use_is_told_in_words(build: Path, arguments: list[str], message: str) -> None:
    result = _run("query", *arguments, "--build", str(build), input_text="ASK { ?s ?p ?o }")
    assert isinstance(result.exception, Misuse)
    assert message in str(result.exception)
    assert result.stdout == ""


def test_there_is_no_build(tmp_path: Path) -> None:
    assert isinstance(_run("query", "values_by_group", "--build", str(tmp_path / "none")).exception, Misuse)


def test_front_matter_of_the_users_own_is_checked(build: Path) -> None:
    result = _run("query", "-", "--build", str(build), input_text="#+ summary: No question\nASK { ?s ?p ?o }")
    assert isinstance(result.exception, FindingsError)
    assert "standard input:1:" in str(result.exception)


def test_the_deadline_of_the_command_line_holds(build: Path) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o . ?p ?q ?r }"
    with pytest.raises(DeadlineError):
        answer_query("-", build=build, timeout_seconds=0.6, read_standard_input=query.encode)


def test_an_answer_that_cannot_be_written_is_an_error(build: Path, tmp_path: Path) -> None:
    result = _run("query", "-", "--build", str(build), "-o", str(tmp_path / "no" / "a.csv"), input_text="ASK {}")
    assert isinstance(result.exception, SurroundingsError)
    assert "cannot be written" in str(result.exception)


def test_settings_are_read() -> None:
    assert parse_settings(["a=1", "b = x=y", "a=2"]) == {"a": ["1", "2"], "b": ["x=y"]}


def test_the_questions_are_listed() -> None:
    table = _run("questions")
    assert table.exit_code == 0
    assert "values_by_group" in table.stdout
    assert "How many groups are there?" in table.stdout
    listed = json.loads(_run("questions", "--format", "json").stdout)
    assert [entry["name"] for entry in listed] == ["how_many_groups", "values_by_group"]
    assert listed[1]["parameters"]["group"] == {"type": "colour", "about": "the group asked about", "default": "red"}
    assert (
        "| values\\_by\\_group | Which values were measured in a group? |" in _run("questions", "--format", "md").stdout
    )

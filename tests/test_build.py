"""The main job as a user meets it: what a build gives, and what becomes of it when something goes wrong."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyoxigraph
import pytest
import rdflib

from command_line import FIXTURE, FROM_PYTHON, KILLS, ask, content_of, program, run, start, told
from nervegraph import assembly, cli, triples
from nervegraph.errors import Misuse
from nervegraph.manifest import input_digests
from nervegraph.model import StudyFile
from nervegraph.terms import BASE, graph
from requirements_of_tests import need
from tracked_files import ROOT

FILES = {"nervegraph.trig", "evidence.ttl", "explorer.html", "report.html", "report.md", "manifest.json"}
NAMES = sorted(path.name for path in FIXTURE.glob("*.yaml"))
DERIVED = pyoxigraph.NamedNode(graph("derived"))


def copy_fixture(folder: Path, names: list[str] = NAMES) -> Path:
    """The invented studies, one dose typed with a digit that says nothing and means much."""
    folder.mkdir(parents=True)
    for name in names:
        text = (FIXTURE / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace("amount: 0.4 g/kg", "amount: 0.40 g/kg"), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def built_twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str]:
    """The same studies built here and built elsewhere, all else being as different as can be; what the first said."""
    here = tmp_path_factory.mktemp("here")
    elsewhere = tmp_path_factory.mktemp("a place with spaces, ä and 中")
    copy_fixture(here / "studies")
    copy_fixture(elsewhere / "z" / "later files", NAMES[:3][::-1])
    copy_fixture(elsewhere / "earlier files", NAMES[3:][::-1])
    one = start(
        program(),
        *("build", "--studies", "studies"),
        cwd=here,
        more_environment={"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "UTC"},
    )
    other = start(
        *(sys.executable, ROOT / "build_graph.py", "--output", "out/deep"),
        *("--studies", "z", "--studies", elsewhere / "earlier files"),
        cwd=elsewhere,
        more_environment={"PYTHONHASHSEED": "2", "LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati"},
    )
    said = one.communicate(timeout=60)[1].decode()
    said_other = other.communicate(timeout=60)[1].decode()
    assert (one.returncode, other.returncode) == (0, 0), said + said_other
    return here / "build", elsewhere / "out" / "deep", said


@pytest.fixture(scope="module")
def build(built_twice: tuple[Path, Path, str]) -> Path:
    return built_twice[0]


@pytest.fixture
def own_build(build: Path, tmp_path: Path) -> Path:
    """A copy of the build that a test may do what it likes to."""
    return shutil.copytree(build, tmp_path / "build")


@pytest.fixture(scope="module")
def quads(build: Path) -> set[pyoxigraph.Quad]:
    return set(pyoxigraph.parse(path=build / "nervegraph.trig", format=pyoxigraph.RdfFormat.TRIG))


# What a build gives


def test_the_same_study_files_give_the_same_bytes_wherever_and_however_they_are_built(
    built_twice: tuple[Path, Path, str],
) -> None:
    one, other = content_of(built_twice[0]), content_of(built_twice[1])
    assert one.keys() >= FILES
    assert "previous.json" not in one
    assert {name: hashlib.sha256(data).hexdigest() for name, data in one.items()} == {
        name: hashlib.sha256(data).hexdigest() for name, data in other.items()
    }


def test_the_manifest_names_every_file_with_its_digest_and_says_what_it_was_made_from(build: Path) -> None:
    manifest = json.loads((build / "manifest.json").read_bytes())
    assert manifest["files"].keys() == FILES - {"manifest.json"}
    for name, facts in manifest["files"].items():
        data = (build / name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (facts["bytes"], facts["sha256"])
        assert (build / manifest["folder"] / name).read_bytes() == data
    assert manifest["inputs"] == input_digests((build.parent / "studies").glob("*.yaml"))


def test_the_data_hash_is_that_of_the_sorted_nquads_that_the_published_graph_gives(
    build: Path, quads: set[pyoxigraph.Quad]
) -> None:
    lines = sorted(f"{quad} .\n" for quad in quads)
    manifest = json.loads((build / "manifest.json").read_bytes())
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == manifest["data_sha256"]
    assert manifest["store"]["quads"] == len(lines)
    assert f"data <code>{manifest['data_sha256']}" in (build / "report.html").read_text(encoding="utf-8")


def test_both_libraries_read_the_same_quads_from_the_published_graph(
    build: Path, quads: set[pyoxigraph.Quad], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)  # or it would rewrite what was typed
    dataset = rdflib.Dataset()
    dataset.parse(build / "nervegraph.trig", format="trig")
    found = {(str(place), *map(_parts, (s, p, o))) for s, p, o, place in dataset.quads()}
    expected = {
        (each.graph_name.value, *map(_parts, (each.subject, each.predicate, each.object)))
        for each in quads
        if isinstance(each.graph_name, pyoxigraph.NamedNode)
    }
    assert len(expected) == len(quads)
    assert found == expected


def _parts(term: object) -> tuple[str, ...]:
    """What makes up a term, whichever library read it."""
    if isinstance(term, rdflib.Literal):
        plain = rdflib.RDF.langString if term.language else rdflib.XSD.string
        return ("literal", str(term), term.language or "", str(term.datatype or plain))
    if isinstance(term, pyoxigraph.Literal):
        return ("literal", term.value, term.language or "", term.datatype.value)
    assert isinstance(term, rdflib.URIRef | pyoxigraph.NamedNode), f"{term!r} is neither an IRI nor a literal"
    return ("iri", term.value if isinstance(term, pyoxigraph.NamedNode) else str(term))


def test_a_dose_keeps_the_digits_that_were_typed(build: Path, quads: set[pyoxigraph.Quad]) -> None:
    texts = {str(each.object) for each in quads if each.predicate.value == f"{BASE}doseText"}
    assert {text for text in texts if text.startswith('"0.4')} == {'"0.40 g/kg"'}
    query = f"ASK {{ ?step <{BASE}doseText> ?text FILTER (?text = '0.40 g/kg') }}"
    asked = run(program(), "query", "-", "--build", build, stdin=query.encode())
    assert b"true" in asked.stdout, asked.stderr


def test_the_evidence_alone_holds_all_graphs_but_the_derived_one(build: Path, quads: set[pyoxigraph.Quad]) -> None:
    evidence = {each.triple for each in pyoxigraph.parse(path=build / "evidence.ttl")}
    assert evidence == {each.triple for each in quads if each.graph_name != DERIVED}
    derived = {each.triple for each in quads if each.graph_name == DERIVED}
    assert derived
    assert not derived & evidence


def test_the_counts_that_a_build_prints_are_those_that_the_question_gives(
    built_twice: tuple[Path, Path, str],
) -> None:
    build, _, said = built_twice
    answer = ask(build, "size_of_the_graph", "--format", "csv")
    counts = dict(line.split(",") for line in answer.stdout.decode().splitlines()[1:])
    assert int(counts["studies"]) == len(NAMES)
    built = re.search(r"^Built (.*)\.$", said, re.MULTILINE)
    assert built is not None
    assert {pair.split(" ", 1)[1]: pair.split(" ", 1)[0].replace(",", "") for pair in built[1].split(", ")} == counts
    manifest = json.loads((build / "manifest.json").read_bytes())
    assert manifest["counts"] == {what: int(number) for what, number in counts.items()}


# What is refused, and leaves the last build as it was


def test_a_study_file_with_an_error_is_a_finding_with_its_place_and_nothing_is_published(
    own_build: Path, tmp_path: Path
) -> None:
    studies = copy_fixture(tmp_path / "studies")
    path = studies / "gamma-case-2003.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("sex: male", "sex: mael"), encoding="utf-8")
    before = content_of(own_build)
    result = run(program(), "build", "--studies", studies, "--output", own_build)
    assert result.returncode == 1
    (finding,) = result.stdout.decode().splitlines()
    assert re.fullmatch(re.escape(str(path)) + r":\d+:\d+: .*mael.*", finding)
    (line,) = told(result.stderr)
    assert line == "nervegraph: nothing was built: 1 error in 1 study file; the previous build is untouched."
    assert content_of(own_build) == before


def test_a_contradiction_in_the_graph_is_a_finding_and_nothing_is_published(
    own_build: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_lines = triples.build_study_lines

    def without_titles(record: StudyFile) -> list[str]:
        return [line for line in make_lines(record) if "<http://purl.org/dc/terms/title>" not in line]

    monkeypatch.setattr(triples, "build_study_lines", without_titles)
    before = content_of(own_build)
    assert cli.run(["build", "--studies", str(FIXTURE), "--output", str(own_build)]) == 1
    told_there = capsys.readouterr()
    assert f"{BASE}study/alpha-series-2001" in told_there.out
    assert "errors in the graph made from the study files; the previous build is untouched." in told_there.err
    assert content_of(own_build) == before


@pytest.mark.parametrize(("name", "words"), [("none", "there is no such directory"), ("empty", "no study files")])
def test_studies_that_are_not_there_are_wrong_use(name: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(Misuse, match=words):
        assembly.find_study_files([FIXTURE, tmp_path / name])


def test_synthetic_studies_beside_real_ones_are_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mixture = Path(__file__).parent / "invalid" / "corpus" / "synthetic-with-real"
    assert cli.run(["build", "--studies", str(mixture), "--output", str(tmp_path / "build")]) == 2
    assert "synthetic" in capsys.readouterr().err
    assert not (tmp_path / "build" / "manifest.json").exists()


def test_a_directory_named_twice_is_read_once_and_an_editors_lock_is_no_study(tmp_path: Path) -> None:
    studies = copy_fixture(tmp_path / "studies", NAMES[:2])
    (studies / ".#beta-overlapping-2002.yaml").write_text("somebody@somewhere", encoding="utf-8")
    (studies / "folder.yaml").mkdir()
    found = assembly.find_study_files([studies, tmp_path / "studies" / ".." / "studies"])
    assert [path.name for path in found] == NAMES[:2]


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_a_study_file_that_cannot_be_read_is_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    studies = copy_fixture(tmp_path / "studies", NAMES[:1])
    (studies / "gone.yaml").symlink_to(tmp_path / "nowhere")
    assert cli.run(["build", "--studies", str(studies), "--output", str(tmp_path / "build")]) == 3
    assert "gone.yaml: the study file cannot be read (No such file" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["a file", "/proc/nervegraph"])
def test_a_place_that_cannot_be_built_in_is_said_before_the_work_starts(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    need(place == "a file" or sys.platform == "linux", "only Linux has a /proc in which nobody can write")
    (tmp_path / "a file").write_text("mine", encoding="utf-8")
    assert cli.run(["build", "--studies", str(FIXTURE), "--output", str(tmp_path / place)]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "--output" in line
    assert (tmp_path / "a file").read_text(encoding="utf-8") == "mine"


def test_a_directory_that_holds_other_things_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "report.md").write_text("mine", encoding="utf-8")
    assert cli.run(["build", "--studies", str(FIXTURE), "--output", str(tmp_path)]) == 2
    assert "holds other files (report.md), no build" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]


# Builds that follow each other


def test_in_a_checkout_a_build_tells_when_it_is_older_than_the_study_files_and_keeps_the_one_before(
    tmp_path: Path,
) -> None:
    checkout = tmp_path / "checkout"
    for name in ("graph", "ontology", "queries"):
        shutil.copytree(ROOT / name, checkout / name)
    for name in ("build_graph.py", "pyproject.toml"):
        shutil.copy(ROOT / name, checkout)
    studies = copy_fixture(checkout / "studies")
    make = (sys.executable, "build_graph.py")
    there = {"PYTHONPATH": str(checkout / "graph")}

    def in_checkout(*command: str) -> tuple[int, bytes, str]:
        process = start(*command, cwd=checkout, more_environment=there)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err.decode()

    assert in_checkout(*make)[0] == 0
    first = (checkout / "build" / "manifest.json").read_bytes()
    assert json.loads(first)["made_from"] == "shipped evidence"
    code, _, said = in_checkout(*FROM_PYTHON, "query", "size_of_the_graph")
    assert (code, said) == (0, "7 rows\n")

    (studies / "gamma-case-2003.yaml").write_bytes((studies / "gamma-case-2003.yaml").read_bytes() + b"# read again\n")
    code, out, said = in_checkout(*FROM_PYTHON, "query", "size_of_the_graph")
    assert (code, out.count(b"\n")) == (0, 8)
    assert said.splitlines()[1:] == [
        "this build is older than the study files (gamma-case-2003.yaml was changed); "
        "to renew it: nervegraph build --output build"
    ]
    path = studies / "gamma-case-2003.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("age: 67", "age: 68"), encoding="utf-8")
    assert in_checkout(*make)[0] == 0
    assert (checkout / "build" / "previous.json").read_bytes() == first
    assert (checkout / "build" / json.loads(first)["folder"] / "report.html").is_file()
    assert in_checkout(*FROM_PYTHON, "query", "size_of_the_graph")[2] == "7 rows\n"


@pytest.mark.skipif(os.name != "posix", reason="processes are forked and killed as POSIX has it")
def test_a_build_killed_at_any_moment_leaves_the_old_or_the_new_graph_whole(tmp_path: Path) -> None:
    whole = copy_fixture(tmp_path / "whole")
    three = copy_fixture(tmp_path / "three", [*NAMES[:2], "gamma-case-2003.yaml"])
    output = tmp_path / "build"
    result = run(sys.executable, "-m", "command_line", output, whole, three, cwd=Path(__file__).parent)
    assert result.returncode == 0, result.stderr.decode()
    lines = [line.split("\t") for line in result.stdout.decode().splitlines()]
    assert [how for how, _, _ in lines] == ["killed"] * KILLS
    assert {answer.split()[1] for _, _, answer in lines} == {f"studies,{len(NAMES)}", "studies,3"}
    assert len({answer for _, _, answer in lines}) == 2
    for _, code, answer in lines:
        assert code == "0", answer
        assert re.fullmatch(r"what,number studies,\d patients,\d+ .* triples,\d+", answer)
    fresh = run(program(), "build", "--studies", whole, "--output", output)
    assert fresh.returncode == 0, fresh.stderr
    assert not list((output / "versions").glob(".*"))
    assert f"studies,{len(NAMES)}\r\n".encode() in ask(output, "size_of_the_graph", "--format", "csv").stdout


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize(
    ("number", "step", "exit_code"),
    [(signal.SIGTERM, "writing", 143), (signal.SIGINT, "checking the graph", 130)],
)
def test_a_build_that_is_told_to_stop_says_so_and_leaves_nothing_behind(
    number: signal.Signals, step: str, exit_code: int, own_build: Path
) -> None:
    before = content_of(own_build)
    process = start(program(), "build", "--studies", FIXTURE, "--output", own_build)
    assert process.stderr is not None
    while not process.stderr.readline().startswith(step.encode()):
        assert process.poll() is None
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (exit_code, b"")
    assert told(err) == ["nervegraph: stopped."]
    assert content_of(own_build) == before
    assert not list((own_build / "versions").glob(".*"))


def test_a_second_builder_is_told_who_is_building_before_it_starts_to_work(own_build: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-m", "builds_to_break", "hold", str(own_build)],
        cwd=Path(__file__).parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == b"building\n"
        began = time.perf_counter()
        assert run(program(), "--version").returncode == 0
        start_seconds = time.perf_counter() - began
        began = time.perf_counter()
        second = run(program(), "build", "--studies", FIXTURE, "--output", own_build)
        assert time.perf_counter() - began < start_seconds + 2
    finally:
        first.kill()
        first.communicate()
    assert (second.returncode, second.stdout) == (3, b"")
    assert second.stderr.decode().splitlines() == told(second.stderr)
    (line,) = told(second.stderr)
    assert f"another build is running here (process {first.pid})" in line


WITH_SMALL_FILES = """
import resource, sys
from nervegraph.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
main()
"""


@pytest.mark.skipif(os.name != "posix", reason="file size limits exist on POSIX only")
def test_a_file_that_may_not_grow_ends_the_build_in_words_and_the_old_one_answers(own_build: Path) -> None:
    before = content_of(own_build)
    command = (sys.executable, "-c", WITH_SMALL_FILES, "300000")
    result = run(*command, "build", "--studies", FIXTURE, "--output", own_build)
    assert (result.returncode, result.stdout) == (3, b"")
    (line,) = told(result.stderr)
    assert "a file grew larger than is allowed here" in line
    assert "The previous build is untouched." in line
    assert content_of(own_build) == before
    assert ask(own_build, "size_of_the_graph").returncode == 0


def test_a_disk_too_small_for_a_build_is_said_and_the_old_one_answers(build: Path, tmp_path: Path) -> None:
    need(shutil.which("unshare") is not None, "unshare (util-linux) is not there to mount a small disk")
    script = (
        'mount -t tmpfs -o size="$1" tmpfs "$0" && cp -r "$2" "$0/build" && old="$2" && shift 2 && "$@"; ended=$?; '
    )
    script += 'cmp "$old/manifest.json" "$0/build/manifest.json" && exit $ended'
    size = sum(path.stat().st_size for path in build.rglob("*") if path.is_file())
    on_a_small_disk = ("unshare", "-rm", "sh", "-c", script, tmp_path, str(size + 1_000_000), build)
    need(run(*on_a_small_disk, "true").returncode == 0, "this user may not mount a small disk")
    output = tmp_path / "build"
    result = run(*on_a_small_disk, program(), "build", "--studies", FIXTURE, "--output", output)
    assert (result.returncode, result.stdout) == (3, b""), result.stderr
    (line,) = told(result.stderr)
    assert re.search(r"[\d.]+ MB free on this disk, [\d.]+ MB needed|the disk is full", line)

"""The synthetic cohort: same seed, same bytes; sound as study files and as a graph; never taken for evidence."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from nervegraph import cli, model
from nervegraph.assembly import assemble, find_study_files
from nervegraph.build import build
from nervegraph.checked_studies import read_checked_studies
from nervegraph.checks import run_check, run_checks
from nervegraph.errors import Misuse, SurroundingsError
from nervegraph.resources import resource_directory
from nervegraph.simulate_command import run_simulate
from nervegraph.simulated_files import write_nquads, write_study_files
from nervegraph.simulation import CURATOR, Cohort, build_study_trees, study_id
from nervegraph.study_tree import Value
from nervegraph.study_yaml import format_study_yaml
from nervegraph.triples import build_study_lines
from nervegraph.vocabulary import Vocabulary
from nervegraph.yaml_positions import parse_tree

# Changes when the simulation does, and then figures measured before and after cannot be compared.
DIGEST_OF_COHORT_60_7 = "29c4ea7fa428a27a65ad4e45d9f6a2a1331d89a13c0dcd155e45f6af576c3704"


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary.shipped()


@cache
def records(patients: int, seed: int, studies: int | None = None) -> tuple[model.StudyFile, ...]:
    trees = build_study_trees(Cohort.of(patients, seed, studies))
    return tuple(model.StudyFile.model_validate(tree, context={"vocabulary": vocabulary()}) for tree in trees)


def people_of(record: model.StudyFile) -> Iterator[model.Person | model.Group]:
    yield from record.people
    yield from record.groups


def treatments_of(record: model.StudyFile) -> Iterator[model.Treatment]:
    for people in people_of(record):
        yield from people.treatments


def test_a_seed_gives_the_same_bytes_on_every_platform() -> None:
    text = "".join(format_study_yaml(tree) for tree in build_study_trees(Cohort.of(60, 7)))
    assert hashlib.sha256(text.encode()).hexdigest() == DIGEST_OF_COHORT_60_7


def test_another_seed_gives_another_cohort() -> None:
    first, second = (list(build_study_trees(Cohort.of(60, seed))) for seed in (7, 8))
    assert first != second


@pytest.mark.parametrize(("patients", "studies"), [(1, 1), (9, 9), (60, 6), (60, 59), (500, 2), (1000, None)])
def test_as_many_people_in_as_many_studies_as_were_asked_for(patients: int, studies: int | None) -> None:
    cohort = records(patients, 3, studies)
    assert len(cohort) == (studies or 100)
    outermost = [people for record in cohort for people in people_of(record) if people.part_of is None]
    sizes = [people.patients if isinstance(people, model.Group) else 1 for people in outermost]
    assert sum(size for size in sizes if size is not None) == patients


def test_every_study_says_that_it_is_made_up_and_has_no_name_of_a_real_one() -> None:
    for number, record in enumerate(records(1000, 7), start=1):
        assert record.synthetic
        assert record.study == study_id(number)
        assert record.title.startswith("Synthetic study ")
        assert "made-up" in record.title
        assert (record.curator, record.second_reader) == (CURATOR, "none")
        assert record.curator == "NerveGraph simulation"
        assert [record.authors, record.year, record.journal, record.doi, record.pmid, record.pmcid] == [None] * 6
        assert record.url is None
        for source in record.sources:
            assert [source.doi, source.pmid, source.pmcid, source.url] == [None] * 4
    real = {path.stem for path in resource_directory("studies").rglob("*.yaml")}
    assert not real & {record.study for record in records(1000, 7)}


def test_the_cohort_has_the_shapes_of_the_evidence() -> None:
    cohort = records(1000, 7)
    people = [one for record in cohort for one in people_of(record)]
    groups = [one for one in people if isinstance(one, model.Group)]
    lines = [line for record in cohort for line in treatments_of(record)]
    outcomes = [outcome for line in lines for outcome in line.outcomes]
    shapes = Counter(
        {
            "individuals": sum(isinstance(one, model.Person) for one in people),
            "individuals inside a group": sum(isinstance(one, model.Person) and bool(one.part_of) for one in people),
            "groups in disjoint parts": sum(group.parts == "disjoint" for group in groups),
            "combinations": sum(line.composition == "together" for line in lines),
            "drugs that part of a group had": sum(drug.extent == "part" for line in lines for drug in line.drugs),
            "successive lines": sum(line.order == 2 for line in lines),
            "rechallenge": sum(line.rechallenge_of is not None for line in lines),
            "read from the title": sum(record.sources[0].read == "title-only" for record in cohort),
            "several instruments": sum(len({each.instrument for each in line.outcomes}) > 1 for line in lines),
            "silent outcomes": sum(outcome.status != "reported" for outcome in outcomes),
            "unsplit counts": sum(outcome.improved_or_stable is not None for outcome in outcomes),
            "another condition": sum("idiopathic" in record.condition for record in cohort),
            "mixed conditions": sum("mixed-conditions" in record.condition for record in cohort),
            "retracted": sum(record.status == "retracted" for record in cohort),
            "possible overlap": sum(bool(record.may_overlap) for record in cohort),
            "doses": sum(bool(drug.dose) for line in lines for drug in line.drugs),
            "harms": sum(bool(line.adverse_events) for line in lines),
        }
    )
    assert [shape for shape, count in shapes.items() if count == 0] == []


def test_the_files_are_sound_and_say_the_same_as_the_nquads(tmp_path: Path) -> None:
    cohort = Cohort.of(400, 11)
    write_study_files(cohort, tmp_path / "files")
    nquads = write_nquads(cohort, tmp_path / "nquads").read_text(encoding="utf-8")
    studies = read_checked_studies(find_study_files([tmp_path / "files"]), vocabulary())
    assert [str(finding) for finding in studies.findings] == []
    assert len(studies.records) == cohort.studies
    assert [line for record in studies.records for line in build_study_lines(record)] == nquads.splitlines()
    assert list((tmp_path / "nquads").iterdir()) == [tmp_path / "nquads" / "synthetic.nq"]


def test_the_graph_breaks_no_check_and_builds_by_itself(tmp_path: Path) -> None:
    write_study_files(Cohort.of(60, 7), tmp_path / "cohort")
    result = build([tmp_path / "cohort"], tmp_path / "build")
    assert result.counts["studies"] == 6
    assert result.counts["patients"] == sum(len(record.people) for record in records(60, 7))


def test_made_up_studies_are_never_built_with_evidence(tmp_path: Path) -> None:
    write_study_files(Cohort.of(5, 7), tmp_path)
    with pytest.raises(Misuse, match="synthetic"):
        assemble(find_study_files([tmp_path, resource_directory("studies")]))


def test_a_check_on_the_graph_sees_made_up_studies_among_real_ones(tmp_path: Path) -> None:
    write_study_files(Cohort.of(5, 7), tmp_path)
    with assemble(find_study_files([tmp_path])).store as store:
        checks = resource_directory("queries") / "checks"
        assert run_checks(store, checks) == []
        case = next(path for path in find_study_files([resource_directory("studies")]) if path.stem == "noguchi-2003")
        (real,) = read_checked_studies([case], vocabulary()).records
        store.add_nquads(build_study_lines(real))
        findings = run_check(store, checks / "synthetic_among_evidence.rq")
    assert {finding.node.rpartition("/")[2] for finding in findings} == {study_id(1)}


def peak_bytes(cohort: Cohort) -> int:
    tracemalloc.start()
    try:
        for tree in build_study_trees(cohort):
            format_study_yaml(tree)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_number_of_studies() -> None:
    peak_bytes(Cohort.of(40, 1))
    assert peak_bytes(Cohort.of(2000, 1)) < 2 * peak_bytes(Cohort.of(400, 1))


@pytest.mark.parametrize("name", ["alpha-2001.yaml", "notes.txt", "build"])
def test_a_directory_that_holds_anything_is_left_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine", encoding="utf-8")
    for write in (write_study_files, write_nquads):
        with pytest.raises(Misuse, match="not empty"):
            write(Cohort.of(5, 1), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_place_of_the_shipped_evidence_is_refused() -> None:
    place = resource_directory("studies") / "cohort"
    with pytest.raises(Misuse, match="real evidence"):
        write_study_files(Cohort.of(5, 1), place)
    assert not place.exists()


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cohort").write_text("mine", encoding="utf-8")
    with pytest.raises(Misuse, match="is a file"):
        write_nquads(Cohort.of(5, 1), tmp_path / "cohort")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
@pytest.mark.parametrize("write", [write_study_files, write_nquads])
def test_what_was_broken_off_leaves_nothing(write: Any, error: BaseException, tmp_path: Path) -> None:
    def break_off(done: int, total: int) -> None:
        if done == 3:
            raise error

    expected = SurroundingsError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        write(Cohort.of(60, 1), tmp_path, break_off)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("patients", "seed", "studies", "said"),
    [
        (0, 1, None, "cannot be spread"),
        (5, 1, 6, "at least one patient"),
        (5, 1, 0, "cannot be spread"),
        (5, -1, 1, "a whole number from 0"),
        (20_001, 1, 2, "too many"),
    ],
)
def test_numbers_that_cannot_be_met_are_refused(patients: int, seed: int, studies: int | None, said: str) -> None:
    with pytest.raises(Misuse, match=said):
        Cohort.of(patients, seed, studies)


def test_the_command_says_where_it_wrote_and_that_it_is_no_evidence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_simulate(30, 7, tmp_path / "files") == 0
    captured = capsys.readouterr()
    assert captured.out == f"{tmp_path / 'files'}\n"
    assert "30 made-up patients in 3 synthetic studies, which are no evidence" in captured.err
    assert run_simulate(30, 7, tmp_path / "nquads", studies=5, form="nquads") == 0
    assert capsys.readouterr().out == f"{tmp_path / 'nquads' / 'synthetic.nq'}\n"


def test_the_command_line_knows_the_command(tmp_path: Path) -> None:
    arguments = ["simulate", "--patients", "12", "--seed", "4", "--studies", "3", "-o", str(tmp_path / "cohort")]
    result = CliRunner().invoke(cli.app, arguments)
    assert result.exit_code == 0, result.output
    assert sorted(path.stem for path in (tmp_path / "cohort").iterdir()) == [study_id(number) for number in (1, 2, 3)]


@pytest.mark.parametrize(
    "text",
    ["plain", "no", "null", "1.10", "a: b", "a #b", "- a", "%", "Sjögren's", 'say "so"', "a\\b", "[x]", "&a", "5,"],
)
def test_a_text_is_read_back_as_it_was_written(text: str) -> None:
    tree: dict[str, Value] = {"first": text, "list": [text, {"inner": text, "deep": [text]}], "block": {"last": text}}
    read = parse_tree(format_study_yaml(tree).encode(), Path("any.yaml"))
    assert read.findings == ()
    assert read.root == tree

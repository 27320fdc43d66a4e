"""Study files become records, or every mistake in them is reported at its place in plain words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nervegraph.model import StudyFile
from nervegraph.partial_record import build_partial_record
from nervegraph.study_file import Reading, parse_study_file, read_study_file
from nervegraph.vocabulary import Vocabulary

TESTS = Path(__file__).parent
FILE = Path("study.yaml")
WHOLE = (TESTS / "data" / "studies" / "alpha-series-2001.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.shipped()


def places(reading: Reading) -> list[tuple[int, str]]:
    return [(finding.line, finding.rule) for finding in reading.findings]


def line_of(text: str, piece: str) -> int:
    return text[: text.index(piece)].count("\n") + 1


@pytest.mark.parametrize("path", sorted((TESTS / "data" / "studies").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_sound_file_gives_its_record_and_no_finding(path: Path, vocabulary: Vocabulary) -> None:
    reading = read_study_file(path, vocabulary)
    assert reading.findings == ()
    assert isinstance(reading.record, StudyFile)
    assert reading.record is reading.partial
    assert reading.record.study == path.stem


@pytest.mark.parametrize("path", sorted((TESTS / "invalid" / "schema").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_faulty_file_is_reported_once_by_the_rule_it_is_named_after(path: Path, vocabulary: Vocabulary) -> None:
    reading = read_study_file(path, vocabulary)
    assert [finding.rule for finding in reading.findings] == [path.stem]
    assert reading.record is None
    assert reading.partial is not None
    (finding,) = reading.findings
    assert finding.line > 1
    assert finding.column > 1


@pytest.mark.parametrize("path", sorted((TESTS / "invalid" / "yaml").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_file_with_a_yaml_trap_gives_no_record(path: Path, vocabulary: Vocabulary) -> None:
    reading = read_study_file(path, vocabulary)
    assert reading.record is None
    assert path.stem in {finding.rule for finding in reading.findings}


def test_mistakes_of_yaml_and_of_the_schema_are_reported_in_one_run(vocabulary: Vocabulary) -> None:
    text = (
        WHOLE.replace("design: case series", "design: case sereis\ndesign: cohort")
        .replace("    patients: 6\n", "    patient: 6\n")
        .replace("year: 2001", "year: two")
        .replace("{drug: IVIG, role: index}", "{drug: IVIG}", 1)
    )
    design = line_of(text, "case sereis")
    assert places(parse_study_file(text.encode(), FILE, vocabulary)) == [
        (line_of(text, "year: two"), "not-a-year"),
        (design, "unknown-design"),
        (design + 1, "duplicate-key"),
        (line_of(text, "patient: 6"), "unknown-field"),
        (line_of(text, "{drug: IVIG}"), "missing-field"),
    ]


def test_a_misspelt_word_is_reported_with_the_word_that_was_meant(vocabulary: Vocabulary) -> None:
    reading = parse_study_file(WHOLE.replace("role: index", "role: idnex", 1).encode(), FILE, vocabulary)
    (finding,) = reading.findings
    assert "'idnex'" in finding.message
    assert finding.hint == "Did you mean 'index'?"


def test_a_word_that_is_near_none_is_reported_with_the_words_that_are_allowed(vocabulary: Vocabulary) -> None:
    reading = parse_study_file(WHOLE.replace("role: index", "role: zzz", 1).encode(), FILE, vocabulary)
    (finding,) = reading.findings
    assert all(label in finding.hint for label in vocabulary.labels("role"))


def test_a_field_in_the_wrong_place_is_told_where_it_belongs(vocabulary: Vocabulary) -> None:
    reading = parse_study_file(f"{WHOLE}assessed: 5\n".encode(), FILE, vocabulary)
    (finding,) = reading.findings
    assert finding.rule == "unknown-field"
    assert "'outcomes'" in finding.hint


def test_a_missing_field_is_reported_with_what_it_should_hold(vocabulary: Vocabulary) -> None:
    expected = {
        "study: alpha-series-2001\n": "an id",
        "design: case series\n": "one of: case report, case series",
        "timing: retrospective\n": "one of: retrospective",
        "curator: NerveGraph tests\n": "a text",
        "    patients: 6\n": "a whole number",
        "    where: abstract, Results\n": "the place in the source",
    }
    for line, words in expected.items():
        (finding,) = parse_study_file(WHOLE.replace(line, "", 1).encode(), FILE, vocabulary).findings
        assert finding.rule == "missing-field"
        assert words in finding.hint


def test_an_empty_required_field_is_reported_once(vocabulary: Vocabulary) -> None:
    reading = parse_study_file(WHOLE.replace("NerveGraph tests", "").encode(), FILE, vocabulary)
    assert [finding.rule for finding in reading.findings] == ["empty-value"]
    assert reading.record is None


def test_a_long_faulty_value_is_shown_in_one_short_line(vocabulary: Vocabulary) -> None:
    text = WHOLE.replace("year: 2001", "year: |\n  " + "many words\n  " * 500)
    (finding,) = parse_study_file(text.encode(), FILE, vocabulary).findings
    assert finding.rule == "not-a-year"
    assert len(str(finding)) < 300
    assert "\n" not in str(finding)


def test_a_partial_record_lacks_exactly_the_fields_that_could_not_be_read(vocabulary: Vocabulary) -> None:
    text = (
        WHOLE.replace("    patients: 6\n", "    patients: six\n")
        .replace("title: Invented series", "titel: Invented series")
        .replace("journal: Invented Journal 1:1-9", "journal:")
        .replace("assessed: 10, improved: 5", "assessed: 10, improvd: 5")
        .replace("  - id: sensorimotor\n", "  - sensorimotor\n  - id: sensorimotor\n")
    )
    partial = parse_study_file(text.encode(), FILE, vocabulary).partial
    assert partial is not None
    assert {"title", "journal"} == StudyFile.model_fields.keys() - vars(partial).keys()
    assert partial.study == "alpha-series-2001"
    whole, ataxic, no_block, sensorimotor = partial.groups
    assert "patients" not in vars(ataxic)
    assert ataxic.part_of == "all"
    assert vars(no_block) == {}
    assert sensorimotor.patients == 4
    outcome = whole.treatments[0].outcomes[0]
    assert "improved" not in vars(outcome)
    assert (outcome.assessed, outcome.stable, outcome.worsened) == (10, 3, 2)
    assert outcome.remission is None


def test_a_sound_file_is_read_the_same_way_part_by_part(vocabulary: Vocabulary) -> None:
    reading = parse_study_file(WHOLE.encode(), FILE, vocabulary)
    assert build_partial_record(reading.tree, vocabulary) == reading.record


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.data())
def test_no_damage_to_a_study_file_raises_an_error(vocabulary: Vocabulary, data: st.DataObject) -> None:
    lines = WHOLE.split("\n")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        cut = data.draw(st.integers(0, len(line)))
        piece = data.draw(st.sampled_from(["", "x", ": ", "[", "]", "{a: b}", '"', "- ", "  ", "~", "5", "é", "\n"]))
        lines[at] = line[:cut] + piece + line[cut + data.draw(st.integers(0, 3)) :]
    reading = parse_study_file("\n".join(lines).encode(), FILE, vocabulary)
    assert (reading.record is None) == any(finding.severity == "error" for finding in reading.findings)
    assert (reading.partial is None) == (reading.tree.root is None)

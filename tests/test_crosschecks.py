"""The second pass: each rule is seen to fire on a file that has this one defect, and on no sound file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nervegraph.checked_studies import collect_findings, parse_checked_study, read_checked_study
from nervegraph.crosschecks import RULES, corpus, find_contradictions, find_corpus_contradictions
from nervegraph.crosschecks import outcomes as outcome_rules
from nervegraph.crosschecks import people as people_rules
from nervegraph.crosschecks import treatments as treatment_rules
from nervegraph.findings import Finding
from nervegraph.study_file import Reading
from nervegraph.vocabulary import Vocabulary

TESTS = Path(__file__).parent
INVALID_STUDIES = sorted((TESTS / "invalid" / "study").glob("*.yaml"))
INVALID_CORPORA = sorted(path for path in (TESTS / "invalid" / "corpus").iterdir() if path.is_dir())
SOUND_STUDIES = sorted((TESTS / "data" / "studies").glob("*.yaml"))
CORPUS_RULES = {rule.id for rule in corpus.BOOK.rules}

SERIES = """\
study: series
title: Invented for tests
design: case series
timing: not read
condition: Sjögren disease
curator: NerveGraph tests
second reader: none
synthetic: yes
sources:
  - {id: abstract, kind: article, read: abstract}
groups:
  - id: all
    patients: 5
    parts: disjoint
    neuropathy: sensory neuropathy
    where: abstract, Results
    times:
      - {measure: follow-up, min: 1 month, max: 9 months, centre: 3 months}
    findings:
      - {finding: anti-Ro/SSA, status: present, n: 3}
    treatments:
      - id: ivig
        composition: together
        other immune drugs: not mentioned
        drugs:
          - {drug: IVIG, role: index, dose: [{amount: 0.4 g/kg, per: day, days: 5, n: 4}]}
          - {drug: glucocorticoid, role: background, n: 3}
        outcomes:
          - {id: global, domain: neuropathy overall, instrument: physician-global, assessed: 5, improved: 3, stable: 2}
          - {id: pain, domain: pain, instrument: VAS pain, percentage: {response: improved, percent: "60"}}
        adverse events:
          - {id: nausea, status: reported, event: nausea, n: 1, of: 5}
        stopped:
          - {id: nausea, reasons: adverse event, n: 1}
        course:
          - {id: relapse, event: relapse, after: 3 months, n: 2}
      - id: again
        rechallenge of: ivig
        order: 2
        composition: single
        other immune drugs: none stated
        drugs:
          - {drug: IVIG, role: index}
  - id: ataxic
    part of: all
    patients: 2
    neuropathy: ataxic sensory neuropathy
    where: abstract, Results
people:
  - id: p1
    part of: all
    age: 60
    neuropathy: painful sensory neuropathy
    where: abstract, Case
    treatments:
      - id: ivig
        composition: single
        other immune drugs: not mentioned
        drugs:
          - {drug: IVIG, role: index}
        outcomes:
          - {id: global, domain: neuropathy overall, instrument: authors' judgement, response: improved}
comparisons:
  - {id: parts, outcomes: [all.ivig.global, p1.ivig.global], where: "abstract, Results"}
claims:
  - id: benefit
    kind: effect
    drugs: IVIG
    direction: benefit
    neuropathy: sensory neuropathy
    where: abstract, Results
    evidence:
      - {id: own, direction: supports, items: ["series: all.ivig.global"], because: counts, drawn by: NerveGraph tests}
numbers:
  - {id: all, about: people, value: 5, where: "abstract, Results"}
  - {id: better, about: improved, value: 3, share of: all, percent: "60", where: "abstract, Results"}
may overlap:
  - {study: other-2001, because: shared authors}
"""


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.shipped()


def _rules(findings: list[Finding] | tuple[Finding, ...]) -> set[str]:
    return {finding.rule for finding in findings}


def _read(text: str, vocabulary: Vocabulary) -> Reading:
    return parse_checked_study(text.encode(), Path("series.yaml"), vocabulary)


@pytest.mark.parametrize("path", INVALID_STUDIES, ids=lambda path: path.stem)
def test_a_file_with_one_defect_is_refused_by_the_rule_it_is_named_after_and_no_other(
    path: Path, vocabulary: Vocabulary
) -> None:
    start = time.perf_counter()
    reading = read_checked_study(path, vocabulary)
    seconds = time.perf_counter() - start
    assert _rules(reading.findings) == {path.stem}
    assert seconds < 1
    for finding in reading.findings:
        assert finding.path == path
        assert 1 <= finding.line <= len(path.read_text("utf-8").splitlines())
        assert finding.message.endswith(".")


@pytest.mark.parametrize("directory", INVALID_CORPORA, ids=lambda path: path.name)
def test_files_that_do_not_fit_together_are_refused_by_the_rule_they_are_named_after(
    directory: Path, vocabulary: Vocabulary
) -> None:
    readings = [read_checked_study(path, vocabulary) for path in sorted(directory.rglob("*.yaml"))]
    assert not any(reading.findings for reading in readings)
    assert _rules(collect_findings(readings)) == {directory.name}


def test_every_rule_has_its_file_and_gives_its_reason() -> None:
    files = {path.stem for path in INVALID_STUDIES} | {path.name for path in INVALID_CORPORA}
    assert set(RULES) <= files
    assert {path.name for path in INVALID_CORPORA} == CORPUS_RULES
    assert all(rule.reason.endswith(".") for rule in RULES.values())


def test_there_are_at_least_forty_files_to_be_refused() -> None:
    assert len(INVALID_STUDIES) + len(list((TESTS / "invalid" / "yaml").glob("*"))) >= 40


@pytest.mark.parametrize("path", SOUND_STUDIES, ids=lambda path: path.stem)
def test_a_sound_study_has_no_contradictions(path: Path, vocabulary: Vocabulary) -> None:
    assert read_checked_study(path, vocabulary).findings == ()


def test_the_sound_studies_fit_together(vocabulary: Vocabulary) -> None:
    assert find_corpus_contradictions(read_checked_study(path, vocabulary).facts for path in SOUND_STUDIES) == []


def test_the_series_used_below_is_sound(vocabulary: Vocabulary) -> None:
    reading = _read(SERIES, vocabulary)
    assert reading.findings == ()
    assert reading.record is not None


def test_seven_of_five_is_found_beside_a_spelling_mistake(vocabulary: Vocabulary) -> None:
    text = SERIES.replace("improved: 3, stable: 2}", "improved: 7}").replace("VAS pain", "VAS pian")
    reading = _read(text, vocabulary)
    assert _rules(reading.findings) == {"unknown-instrument", "more-than-assessed"}
    assert reading.record is None
    (found,) = (finding for finding in reading.findings if finding.rule == "more-than-assessed")
    line = text.splitlines()[found.line - 1]
    assert line[found.column - 1] == "7"


def test_a_misspelt_field_brings_up_no_contradiction_of_its_own(vocabulary: Vocabulary) -> None:
    reading = _read(SERIES.replace("assessed: 5", "asessed: 5"), vocabulary)
    assert _rules(reading.findings) == {"unknown-field"}


def test_an_id_that_cannot_be_read_does_not_make_its_parts_orphans(vocabulary: Vocabulary) -> None:
    reading = _read(SERIES.replace("- id: all\n    patients", "- id: All!\n    patients"), vocabulary)
    assert _rules(reading.findings) == {"bad-id"}


def _damaged_series() -> Iterator[tuple[str, str]]:
    lines = SERIES.splitlines(keepends=True)
    for number, line in enumerate(lines):
        yield f"line {number + 1} deleted", "".join(lines[:number] + lines[number + 1 :])
        key, colon, value = line.partition(": ")
        if colon:
            yield f"line {number + 1} nonsense", "".join([*lines[:number], f"{key}: ?!\n", *lines[number + 1 :]])
            yield f"line {number + 1} list", "".join([*lines[:number], f"{key}: [[], {{}}]\n", *lines[number + 1 :]])
        for field, after in _flow_fields(value):
            nonsense = line.replace(f"{field}: {after}", f"{field}: ?!")
            yield f"line {number + 1} {field}", "".join([*lines[:number], nonsense, *lines[number + 1 :]])


def _flow_fields(value: str) -> Iterator[tuple[str, str]]:
    for piece in value.strip("{}[]\n").replace("{", ", ").replace("}", "").split(", "):
        field, colon, after = piece.partition(": ")
        if colon:
            yield field, after


def test_no_damage_to_a_file_makes_the_second_pass_fail(vocabulary: Vocabulary) -> None:
    damaged = dict(_damaged_series())
    assert len(damaged) > 150
    for text in damaged.values():
        reading = _read(text, vocabulary)
        assert reading.tree.root is None or reading.partial is not None


def test_a_value_that_cannot_be_read_is_named_once_where_it_stands(vocabulary: Vocabulary) -> None:
    """A secondary finding about the same mistake would send a curator looking for a second one."""
    noisy = {}
    for name, text in _damaged_series():
        if not name.endswith(("deleted", "list")):
            reading = _read(text, vocabulary)
            secondary = _rules(reading.findings) & set(RULES)
            if secondary:
                noisy[name] = secondary
    assert noisy == {}


def test_partly_improved_people_are_not_added_to_the_improved(vocabulary: Vocabulary) -> None:
    text = SERIES.replace("improved: 3, stable: 2}", "improved: 3, partly improved: 2, remission: 1, stable: 2}")
    assert _read(text, vocabulary).findings == ()
    assert outcome_rules.sum_of_counts({"improved": 3, "partly-improved": 2, "remission": 1, "stable": 2}) == 5
    assert outcome_rules.sum_of_counts({"partly-improved": 2, "remission": 1, "improved-or-stable": 2}) == 5


def test_a_printed_percentage_that_does_not_fit_its_count_is_evidence_and_no_finding(vocabulary: Vocabulary) -> None:
    assert (
        _read(SERIES.replace('share of: all, percent: "60"', 'share of: all, percent: "86"'), vocabulary).findings == ()
    )


def test_the_concepts_that_rules_name_are_in_the_vocabularies(vocabulary: Vocabulary) -> None:
    named = {
        "domain": {*outcome_rules.NOT_A_NERVE_RESPONSE, "neuropathy-overall", "disability"},
        "response": set(outcome_rules.PARTS_OF_IMPROVED),
        "design": {*people_rules.WITHOUT_PEOPLE, "case-report"},
        "drug": set(treatment_rules.NOT_A_DRUG),
        "role": {"index", "add-on", "symptomatic"},
        "composition": {"single", "together", "successive", "any-of"},
        "co-medication": {"none-stated", "some-unnamed"},
        "outcome-status": {"reported"},
        "adverse-status": {"reported", "none-stated", "not-reported"},
        "partition": {"disjoint"},
        "reading-depth": {"title-only"},
        "publication-status": {"registered"},
    }
    for scheme, slugs in named.items():
        assert slugs <= {concept.slug for concept in vocabulary.concepts(scheme)}, scheme


def test_domains_that_are_no_response_of_the_nerve_are_those_the_vocabulary_says(vocabulary: Vocabulary) -> None:
    assert set(vocabulary.narrower("domain", "not-a-nerve-response")) == outcome_rules.NOT_A_NERVE_RESPONSE


def test_findings_are_sorted_by_position(vocabulary: Vocabulary) -> None:
    text = (
        SERIES.replace("n: 3}", "n: 9}")
        .replace("improved: 3, stable", "improved: 9, stable")
        .replace("age: 60", "age: 160")
    )
    reading = _read(text, vocabulary)
    assert reading.partial is not None
    found = find_contradictions(reading.partial, reading.tree)
    assert len(found) >= 4
    assert [(each.line, each.column) for each in found] == sorted((each.line, each.column) for each in found)


def test_a_study_with_errors_still_counts_as_present(vocabulary: Vocabulary) -> None:
    other = parse_checked_study(
        SERIES.replace("study: series", "study: other-2001").replace("title:", "titel:").encode(),
        Path("other-2001.yaml"),
        vocabulary,
    )
    assert other.record is None
    assert find_corpus_contradictions([_read(SERIES, vocabulary).facts, other.facts]) == []
    assert _rules(find_corpus_contradictions([_read(SERIES, vocabulary).facts])) == {"overlap-study-unknown"}

"""The preview tells what a file says, and its verdicts are those of the shipped questions."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from nervegraph import terms
from nervegraph.assembly import assemble
from nervegraph.checked_studies import parse_checked_study, read_checked_study
from nervegraph.crosschecks.parts import PeopleAt, StudyParts
from nervegraph.model import StudyFile
from nervegraph.preview import Preview, build_preview, render_preview
from nervegraph.preview_counting import Counting, judged_drugs
from nervegraph.preview_words import shown
from nervegraph.questions import load_questions
from nervegraph.rdfterms import Iri, Literal, Term
from nervegraph.resources import resource_directory
from nervegraph.triples import study_label
from nervegraph.vocabulary import Vocabulary

TESTS = Path(__file__).parent
FIXTURE = sorted((TESTS / "data" / "studies").glob("*.yaml"))

HEAD = """\
study: series
title: Invented for tests
design: case series
timing: not read
condition: Sjögren disease
curator: NerveGraph tests
second reader: none
sources:
  - {id: abstract, kind: article, read: abstract}
  - {id: title, kind: reference list, read: title only}
"""
GROUP = """\
groups:
  - id: all
    patients: 19
    neuropathy: sensory neuropathy
    where: abstract, Results
    treatments:
      - id: first
        composition: together
        other immune drugs: listed
        drugs:
          - {drug: IVIG, role: index, dose: [{amount: 0.4 g/kg, per: day, days: 5}]}
          - {drug: glucocorticoid, role: background, n: 13}
        outcomes:
          - {id: global, domain: neuropathy overall, instrument: physician-global, assessed: 19, improved: 9, stable: 6, worsened: 4}
"""  # noqa: E501


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.shipped()


def _record(text: str, vocabulary: Vocabulary) -> StudyFile:
    reading = parse_checked_study(text.encode(), Path("series.yaml"), vocabulary)
    assert reading.record is not None, [str(finding) for finding in reading.findings]
    return reading.record


def _preview(text: str, vocabulary: Vocabulary) -> Preview:
    return build_preview(_record(text, vocabulary), vocabulary)


def _rendered(preview: Preview, width: int) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width, highlight=False).print(render_preview(preview))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def _verdicts(preview: Preview) -> dict[str, str]:
    return {
        outcome.key: outcome.verdict
        for people in preview.people
        for treatment in people.treatments
        for outcome in treatment.outcomes
    }


def test_a_series_is_told_with_its_regimen_its_counts_and_how_it_counts(vocabulary: Vocabulary) -> None:
    preview = _preview(HEAD + GROUP, vocabulary)
    (people,) = preview.people
    assert (people.who, people.n, people.neuropathy) == ("group", "19", "sensory neuropathy")
    (treatment,) = people.treatments
    assert treatment.text == "IVIG 0.4 g/kg per day on 5 days + glucocorticoid in 13 of 19 (background)"
    (outcome,) = treatment.outcomes
    assert outcome.text == "9 improved, 6 stable, 4 worsened of 19 – physician's global assessment, neuropathy overall"
    assert (outcome.is_counted, outcome.verdict) == (True, "counted once")
    assert outcome.place == "abstract, Results"
    assert preview.totals == ("IVIG: 19 treated, 9 improved, 6 stable, 4 worsened of 19, counted once",)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        (("condition: Sjögren disease", "condition: idiopathic"), "kept out: not Sjögren's disease"),
        (("timing:", "status: retracted\ntiming:"), "kept out: the study is retracted"),
        (("worsened: 4}", 'worsened: 4, where: "title, title"}'), "shown, not counted: read from a title only"),
        (
            ("domain: neuropathy overall", "domain: treatment sparing"),
            "shown, not counted: not a response of the nerve",
        ),
        (("assessed: 19", "assessed: unknown"), "shown, not counted: number of people assessed unknown"),
        (
            ("patients: 19", "patients: unknown\n    because: not told"),
            "shown, not counted: number of patients unknown",
        ),
        (("role: index", "role: index, n: 6"), "shown, not counted: no drug was given to all of them"),
        (
            ("assessed: 19, improved: 9, stable: 6, worsened: 4", "quantified: {quantifier: most, response: improved}"),
            "shown, not counted: no number of people",
        ),
        (
            ("assessed: 19, improved: 9, stable: 6, worsened: 4", "status: not read, because: the tables were cut off"),
            "nothing to count",
        ),
    ],
)
def test_what_is_not_counted_says_why(change: tuple[str, str], verdict: str, vocabulary: Vocabulary) -> None:
    text = HEAD + GROUP
    assert change[0] in text
    preview = _preview(text.replace(*change), vocabulary)
    (told,) = _verdicts(preview).values()
    assert told.startswith(verdict)
    assert preview.totals == ()
    assert "nobody is counted in default answers" in " ".join(_rendered(preview, 80))


def test_parts_are_counted_only_where_the_whole_is_not(vocabulary: Vocabulary) -> None:
    preview = build_preview(_fixture_record("alpha-series-2001", vocabulary), vocabulary)
    verdicts = _verdicts(preview)
    assert verdicts["all.ivig.global"] == "counted once"
    assert verdicts["all.ivig.mrs"] == "shown, not counted: 'global' speaks for these people"
    assert verdicts["ataxic.ivig.global"].startswith("part of 'all', which is counted")
    assert [people.id for people in preview.people] == ["all", "ataxic", "sensorimotor"]


def test_a_person_is_not_counted_again_for_a_rechallenge_or_a_later_line(vocabulary: Vocabulary) -> None:
    verdicts = _verdicts(build_preview(_fixture_record("gamma-case-2003", vocabulary), vocabulary))
    assert verdicts["p1.ivig.pain"] == "counted once"
    assert verdicts["p1.ivig-again.pain"].startswith("not counted again: repeats 'ivig'")
    assert verdicts["p1.rituximab.overall"] == "counted once"


def _fixture_record(study: str, vocabulary: Vocabulary) -> StudyFile:
    record = read_checked_study(TESTS / "data" / "studies" / f"{study}.yaml", vocabulary).record
    assert record is not None
    return record


def _counted_people(record: StudyFile, drug: str, vocabulary: Vocabulary) -> set[tuple[str, str]]:
    counting = Counting(record, vocabulary)
    return {
        (terms.study(record.study), _label(outcome.people, record))
        for outcome in counting.study.outcomes
        if counting.verdict(outcome).is_counted
        and any(vocabulary.is_a("drug", each, drug) for each in judged_drugs(outcome.treatment.part))
    }


def _label(people: PeopleAt, record: StudyFile) -> str:
    return people.part.label or f"{'one person' if people.is_person else people.part.id} in {study_label(record)}"


def _judged_drugs(record: StudyFile) -> set[str]:
    return {drug for treatment in StudyParts(record).treatments for drug in judged_drugs(treatment.part)}


def _value(term: Term | None) -> str:
    assert isinstance(term, Iri | Literal)
    return term.value


@pytest.mark.parametrize("directory", ["fixture", "evidence"])
def test_the_people_called_counted_are_those_whom_the_shipped_question_counts(
    directory: str, vocabulary: Vocabulary
) -> None:
    paths = FIXTURE if directory == "fixture" else sorted(resource_directory("studies").rglob("*.yaml"))
    records = [record for path in paths if (record := read_checked_study(path, vocabulary).record) is not None]
    assert len(records) == len(paths)
    question = load_questions(resource_directory("queries") / "questions")["responses_by_study"]
    drugs = sorted({drug for record in records for drug in _judged_drugs(record)})
    assert len(drugs) >= 3
    assembled = assemble(paths)
    try:
        for drug in drugs:
            answer = assembled.store.select(question.fill(vocabulary, drug=drug))
            columns = [answer.columns.index(name) for name in ("study", "people")]
            counted = {tuple(_value(row[column]) for column in columns) for row in answer.rows}
            assert counted == {each for record in records for each in _counted_people(record, drug, vocabulary)}, drug
    finally:
        assembled.store.close()


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_preview_fits_the_terminal(width: int, vocabulary: Vocabulary) -> None:
    lines = _rendered(_preview(HEAD + GROUP, vocabulary), width)
    assert max(map(len, lines)) <= width
    words = " ".join(" ".join(lines).split())
    assert "9 improved, 6 stable, 4 worsened of 19" in words
    assert "→ counted once" in words


def test_people_assessed_without_a_told_response_are_said_to_be_so(vocabulary: Vocabulary) -> None:
    preview = _preview((HEAD + GROUP).replace("improved: 9, stable: 6, worsened: 4", "improved: 9"), vocabulary)
    assert preview.people[0].treatments[0].outcomes[0].text.startswith("9 improved, 10 not told of 19")


def test_partly_improved_people_stand_inside_the_improved(vocabulary: Vocabulary) -> None:
    text = (HEAD + GROUP).replace("improved: 9,", "improved: 9, partly improved: 4, remission: 2,")
    preview = _preview(text, vocabulary)
    told = preview.people[0].treatments[0].outcomes[0].text
    assert told.startswith("9 improved (4 partly improved, 2 remission), 6 stable, 4 worsened of 19")
    assert preview.totals == ("IVIG: 19 treated, 9 improved, 6 stable, 4 worsened of 19, counted once",)


def test_control_characters_cannot_act_on_the_terminal(vocabulary: Vocabulary) -> None:
    assert shown("a\x1b[31mb\u202ec\ud800\U000e0001") == "a\\u001b[31mb\\u202ec\\ud800\\U000e0001"
    record = _record(HEAD + GROUP, vocabulary)
    preview = build_preview(record.model_copy(update={"title": "\x1b]0;owned\x07 [bold]title[/bold]"}), vocabulary)
    lines = "\n".join(_rendered(preview, 80))
    assert "\x1b" not in lines
    assert "\\u001b]0;owned\\u0007 [bold]title[/bold]" in lines


def test_what_a_review_says_and_prints_is_shown_apart_from_people(vocabulary: Vocabulary) -> None:
    preview = build_preview(_fixture_record("zeta-review-2006", vocabulary), vocabulary)
    assert (len(preview.people), len(preview.totals)) == (0, 0)
    assert "patients who received IVIG: 20 of 40 (50 % as printed)" in preview.numbers
    assert any(claim.startswith("effect: benefit, IVIG in sensory neuropathy; abstract") for claim in preview.claims)
    assert any(note.startswith("synthetic") for note in preview.notes)


@pytest.mark.parametrize("path", sorted(resource_directory("studies").rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_study_has_a_preview_that_fits(path: Path, vocabulary: Vocabulary) -> None:
    record = read_checked_study(path, vocabulary).record
    assert record is not None
    lines = _rendered(build_preview(record, vocabulary), 80)
    assert lines[0].startswith(record.study)
    assert max(map(len, lines)) <= 80


def test_a_design_that_was_not_read_is_told_apart_from_other_things_not_read(vocabulary: Vocabulary) -> None:
    record = read_checked_study(resource_directory("studies") / "takahashi-2003.yaml", vocabulary).record
    assert record is not None
    assert build_preview(record, vocabulary).about.startswith("design not read; ")


COURSE = """\
        adverse events:
          - {id: nausea, status: reported, event: nausea, n: 2, of: 18, serious: no}
          - {id: rash, status: reported, event: rash, where: "title, Table"}
          - {id: clot, status: none stated, event: thrombosis, of: 19}
          - {id: rest, status: not reported}
        stopped:
          - {id: nausea, reasons: [adverse event, patient's wish], n: 2}
          - {id: else, reasons: unknown}
        course:
          - {id: relapse, event: relapse, after: 4 months, n: 3}
        times:
          - {measure: follow-up, min: 2 months, max: 5 years, centre: 27 months, statistic: median}
          - {measure: time to response, max: 3 weeks}
    findings:
      - {finding: anti-Ro/SSA, status: present, n: 12}
      - {finding: cryoglobulins, status: not read}
"""


def test_harms_silence_stops_events_times_and_findings_are_told_with_their_places(vocabulary: Vocabulary) -> None:
    (people,) = _preview(HEAD + GROUP + COURSE, vocabulary).people
    assert people.findings == (
        "anti-Ro/SSA antibodies: present in 12; abstract, Results",
        "cryoglobulins: not read; abstract, Results",
    )
    assert people.treatments[0].course == (
        "harm: nausea in 2 of 18, not serious; abstract, Results",
        "harm: rash (number not told); title (title only), Table",
        "no harm, as the source says: thrombosis, looked for in 19; abstract, Results",
        "the source is silent about harms; abstract, Results",
        "stopped in 2: adverse event and patient's wish; abstract, Results",
        "stopped (number not told): unknown; abstract, Results",
        "relapse after 4 months in 3; abstract, Results",
        "follow-up: 2 months to 5 years, median 27 months; abstract, Results",
        "time to response: at most 3 weeks; abstract, Results",
    )


def test_the_course_of_one_person_is_told_without_numbers_of_people(vocabulary: Vocabulary) -> None:
    (person,) = build_preview(_fixture_record("gamma-case-2003", vocabulary), vocabulary).people
    assert person.findings[0] == "anti-Ro/SSA antibodies: present; text (full text), Case"
    assert [treatment.course for treatment in person.treatments] == [
        ("stopped: ineffective; text (full text), Case",),
        (
            "relapse after 4 months; text (full text), Case",
            "duration of response: 2 months to 4 months; text (full text), Case",
        ),
        (),
        (),
    ]

"""The template is valid as it stands, says what is left to fill in, and is a sound study once filled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nervegraph.checked_studies import parse_checked_study
from nervegraph.study_file import Reading
from nervegraph.template import build_template, suggest_study_id
from nervegraph.vocabulary import Vocabulary

FILLED = {
    "title of the article": "Invented for tests",
    "family name and initials of each author, as in Rist S, Sellam J": "Alpha A",
    "year of publication": "2001",
    "journal, volume and pages": "Invented Journal 1:1-9",
    "as in 10.1002/acr.20495": "10.5555/invented",
    "kind of study": "case series",
    "retrospective or prospective": "retrospective",
    "underlying condition": "Sjögren's syndrome",
    "your name": "NerveGraph tests",
    "kind of document": "article",
    "how much was read": "abstract",
    "number of patients": "5",
    "kind of neuropathy": "sensory neuropathy",
    "abstract, Results": "abstract, Results",
    "how the drugs belong together": "single drug",
    "none stated, not mentioned, all listed or some unnamed": "not mentioned",
    "drug": "IVIG",
    "role": "index",
    "what was looked at": "neuropathy overall",
    "how it was looked at": "physician's global assessment",
    "number of people assessed": "5",
    "number": "1",
}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.shipped()


@pytest.fixture(scope="module")
def template(vocabulary: Vocabulary) -> str:
    return build_template("alpha-2001", vocabulary)


def _read(text: str, vocabulary: Vocabulary) -> Reading:
    return parse_checked_study(text.encode(), Path("alpha-2001.yaml"), vocabulary)


def _fill(text: str) -> str:
    return re.sub("(: )<([^<>]*)>$", lambda found: found[1] + FILLED[found[2]], text, flags=re.MULTILINE)


def test_an_untouched_template_says_what_is_left_to_fill_in_and_nothing_else(
    template: str, vocabulary: Vocabulary
) -> None:
    reading = _read(template, vocabulary)
    assert {finding.rule for finding in reading.findings} == {"placeholder-left"}
    placeholders = [
        (number, line.index(": <") + 3)
        for number, line in enumerate(template.splitlines(), start=1)
        if ": <" in line and not line.lstrip().startswith("#")
    ]
    assert [(finding.line, finding.column) for finding in reading.findings] == placeholders
    assert len(placeholders) > 15
    assert reading.record is None


def test_a_filled_template_is_a_sound_study(template: str, vocabulary: Vocabulary) -> None:
    reading = _read(_fill(template), vocabulary)
    assert reading.findings == ()
    assert reading.record is not None
    assert reading.record.groups[0].treatments[0].outcomes[0].counts == {"improved": 1, "stable": 1, "worsened": 1}


def test_the_examples_in_comments_are_valid_when_the_comment_sign_is_taken_away(
    template: str, vocabulary: Vocabulary
) -> None:
    text = re.sub("^( *)# ", r"\1", _fill(template), flags=re.MULTILINE)
    # The second drug of the example makes it two drugs.
    reading = _read(
        text.replace("composition: single drug\n        ## Were", "composition: together\n        ## Were"), vocabulary
    )
    assert [str(finding) for finding in reading.findings] == []
    assert reading.record is not None
    assert len(reading.record.people) == len(reading.record.claims) == 1
    assert len(reading.record.groups[0].treatments[0].outcomes) == 3


def test_the_words_in_the_comments_are_those_of_the_vocabularies(template: str, vocabulary: Vocabulary) -> None:
    told = " ".join(line.strip().removeprefix("#").removeprefix("#").strip() for line in template.splitlines())
    for scheme in ("design", "timing", "reading-depth", "composition", "co-medication", "role", "response", "domain"):
        assert ", ".join(vocabulary.labels(scheme)) in told, scheme
    assert "[[" not in template


def test_a_template_in_the_checkout_leads_editors_to_the_schema_and_stays_the_same_otherwise(
    template: str, vocabulary: Vocabulary
) -> None:
    text = build_template("alpha-2001", vocabulary, "../ontology/study-file.schema.json")
    first, second, rest = text.split("\n", 2)
    assert first == "# yaml-language-server: $schema=../ontology/study-file.schema.json"
    assert second.startswith("## ")
    assert rest == template


def test_no_line_of_the_template_is_too_long_to_read(template: str) -> None:
    assert max(map(len, template.splitlines())) <= 120


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Rist 2011", "rist-2011"),
        ("Humă_2020", "huma-2020"),
        ("Rist--2011", "rist-2011"),
        ("??", ""),
        ("rist-2011", "rist-2011"),
    ],
)
def test_an_id_is_suggested_in_its_proper_form(typed: str, meant: str) -> None:
    assert suggest_study_id(typed) == meant

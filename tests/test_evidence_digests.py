"""The sentence numbers and digests of the review's abstract, against the abstract itself where it is at hand.

No sentence of the abstract is in this project: a place names its number, and the digest shows which text was meant.
"""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import pytest

from nervegraph import model
from nervegraph.record_types import Place
from nervegraph.resources import resource_directory
from nervegraph.study_file import read_study_file
from nervegraph.vocabulary import Vocabulary
from requirements_of_tests import need
from tracked_files import ROOT

ABSTRACT = Path(os.environ.get("NERVEGRAPH_SHARED", ROOT.parent / "shared")) / "evidence" / "seed-abstract.txt"
SECTIONS = ("Background", "Methods", "Results", "Conclusion")
WORKS_CITED = re.compile(r"^\s*• (?P<number>[0-9]+)\. ", re.MULTILINE)


class Sentence(NamedTuple):
    section: str
    text: str

    @property
    def digest(self) -> str:
        return "sha256:" + sha256(self.text.encode("utf-8")).hexdigest()


def number_sentences(page: str) -> dict[int, Sentence]:
    """The abstract's sentences by number, counted as the note of the study file's source says."""
    body = page[page.index(f"{SECTIONS[0]}. ") : WORKS_CITED.search(page).start()]  # type: ignore[union-attr]
    sentences: list[Sentence] = []
    section = ""
    for paragraph in re.split(r"\n\s*\n", body):
        text = " ".join(paragraph.split())
        for heading in SECTIONS:
            if text.startswith(f"{heading}. "):
                section, text = heading, text.removeprefix(f"{heading}. ")
        if section == SECTIONS[-1] and sentences and sentences[-1].section == section:
            break  # what follows the Conclusion's one paragraph belongs to the page, not to the abstract
        sentences += [Sentence(section, each) for each in re.split(r"(?<=\.) (?=[A-Z0-9])", text)]
    return dict(enumerate(sentences, start=1))


def find_places(part: model.Part) -> list[Place]:
    places: list[Place] = []
    for value in part.__dict__.values():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Place):
                places.append(each)
            elif isinstance(each, model.Part):
                places += find_places(each)
    return places


@pytest.fixture(scope="module")
def page() -> str:
    need(ABSTRACT.is_file(), "the review's abstract is not at hand (NERVEGRAPH_SHARED names the folder that has it)")
    return ABSTRACT.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def review() -> model.StudyFile:
    record = read_study_file(resource_directory("studies") / "huma-2020.yaml", Vocabulary.shipped()).record
    assert record is not None
    return record


def test_each_digest_is_that_of_the_sentence_with_its_number(page: str, review: model.StudyFile) -> None:
    [source] = review.sources
    assert source.sentence_digests == {str(n): sentence.digest for n, sentence in number_sentences(page).items()}


def test_a_changed_word_changes_the_digest_of_its_sentence_only(page: str, review: model.StudyFile) -> None:
    [source] = review.sources
    changed = number_sentences(page.replace("116", "117", 1))
    differing = [n for n, sentence in changed.items() if source.sentence_digests[str(n)] != sentence.digest]
    assert [changed[n].section for n in differing] == ["Results"]


def test_line_breaks_within_a_sentence_do_not_change_its_digest(page: str) -> None:
    assert number_sentences(page.replace("abstracts were", "abstracts\n  were", 1)) == number_sentences(page)


def test_each_place_names_the_section_that_holds_its_sentence(page: str, review: model.StudyFile) -> None:
    sentences = number_sentences(page)
    places = [place for place in find_places(review) if place.sentence is not None]
    assert places
    assert [place for place in places if sentences[place.sentence or 0].section != place.section] == []


def test_everything_the_review_says_names_its_sentence(review: model.StudyFile) -> None:
    places = find_places(review)
    assert len(places) == len(review.numbers) + len(review.claims)
    assert [place for place in places if place.sentence is None] == []


def test_each_number_stands_in_the_sentence_it_points_to(page: str, review: model.StudyFile) -> None:
    sentences = number_sentences(page)
    for number in review.numbers:
        digits = re.findall(r"[0-9]+(?:\.[0-9]+)?", sentences[number.where.sentence or 0].text)
        printed = [str(number.value), *([number.percent] if number.percent else [])]
        assert set(printed) <= set(digits), number.id


def test_the_references_are_those_printed_below_the_abstract(page: str, review: model.StudyFile) -> None:
    printed = [int(found["number"]) for found in WORKS_CITED.finditer(page)]
    assert [reference.number for reference in review.references] == printed
    lines = [" ".join(line.split()) for line in page.splitlines() if WORKS_CITED.match(line)]
    for reference, line in zip(review.references, lines, strict=True):
        assert line.endswith(f"{reference.title}. {reference.printed}."), reference.number
        assert reference.authors.split()[0].casefold() in line.casefold(), reference.number


def test_no_sentence_of_the_abstract_stands_in_a_study_file(page: str) -> None:
    studies = sorted(resource_directory("studies").glob("*.yaml"))
    assert studies
    for path in studies:
        text = " ".join(path.read_text(encoding="utf-8").split()).casefold()
        for n, sentence in number_sentences(page).items():
            assert sentence.text.rstrip(".").casefold() not in text, (path.name, n)

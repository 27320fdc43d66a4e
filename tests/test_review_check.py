"""The page on reviews tells the truth: each row it shows is a row of the answer to the command before it."""

from __future__ import annotations

import re

import pytest

from gold import QUESTIONS
from graphs import graph
from nervegraph.answers import Answer
from nervegraph.rdfterms import Literal
from nervegraph.record_parts import field_names
from nervegraph.results import Results
from nervegraph.vocabulary import Vocabulary
from tracked_files import ROOT

PAGE = (ROOT / "docs" / "review-check.md").read_text(encoding="utf-8")


def shown_rows() -> list[tuple[str, str]]:
    """Each row of a table of answers on the page, with the question of the command that stands before it."""
    rows, question = [], ""
    for line in PAGE.splitlines():
        if found := re.match(r"nervegraph query (\w+) --format md", line):
            question = found[1]
        elif line.startswith("## "):
            question = ""
        elif question and line.startswith("| "):
            rows.append((question, line))
    return rows


def answer_lines(question: str) -> list[str]:
    selection = graph("evidence").store.select(QUESTIONS[question].fill())
    return Answer(Results("rows", selection.columns, tuple(selection.rows))).to_text("md").splitlines()


@pytest.mark.parametrize("question", ["studies_inside_a_review", "studies_not_together", "review_against_studies"])
def test_each_row_on_the_page_is_a_row_of_the_answer(question: str) -> None:
    shown = [row for asked, row in shown_rows() if asked == question]
    assert len(shown) > 2
    assert [row for row in shown if row not in answer_lines(question)] == []


def test_every_assumption_is_explained_on_the_page() -> None:
    labels = {concept.label for concept in Vocabulary.shipped().concepts("inclusion-assumption")}
    table = PAGE.partition("## What the proofs take for granted")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| ([a-z ]+) \|", table, re.MULTILINE)) - {"assumption"} == labels


def test_the_order_on_the_page_is_that_of_the_rules() -> None:
    numbered = re.findall(r"^(\d)\. ", PAGE.partition("## Where they do not agree")[2], re.MULTILINE)
    store = graph("evidence").store
    query = "SELECT DISTINCT ?w { ?rule <https://w3id.org/nervegraph/clinicalWeight> ?w } ORDER BY ?w"
    assert numbered == [term.value for (term,) in store.select(query).rows if isinstance(term, Literal)]


def test_the_fields_on_the_page_are_those_of_a_number() -> None:
    block = PAGE.partition("```yaml\nnumbers:\n")[2].partition("```")[0]
    assert set(re.findall(r"^ +(?:- )?([a-z ]+):", block, re.MULTILINE)) <= set(field_names(("numbers", 0)))


def test_every_link_on_the_page_leads_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", PAGE):
        assert (ROOT / "docs" / target).exists(), target

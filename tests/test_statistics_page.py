"""The page for methodologists: each figure on it is the answer of a question today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gold import QUESTIONS
from graphs import graph
from nervegraph.pooling import FEWEST_PEOPLE, FEWEST_SERIES
from nervegraph.rdfterms import Iri, Literal

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "statistics.md").read_text("utf-8")
WORDS = {2: "Two", 8: "eight", 5: "five"}


def ask(name: str) -> list[dict[str, str]]:
    """The rows of a question on the shipped evidence, asked with its default parameters."""
    selection = graph("evidence").store.select(QUESTIONS[name].fill())
    return [
        {
            column: term.value
            for column, term in zip(selection.columns, row, strict=True)
            if isinstance(term, Iri | Literal)
        }
        for row in selection.rows
    ]


def flat(text: str) -> str:
    return " ".join(text.split())


def one(name: str, **wanted: str) -> dict[str, str]:
    (found,) = [row for row in ask(name) if wanted.items() <= row.items()]
    return found


def test_every_question_that_the_page_names_is_shipped() -> None:
    named = re.findall(r"nervegraph query (\w+)", PAGE)
    assert set(named) <= set(QUESTIONS)
    assert len(named) > 5


def test_every_share_on_the_page_is_an_answer_today() -> None:
    answers = {
        value
        for name in ("intervals_of_series", "intervals_of_review_numbers", "unpublished_failures")
        for row in ask(name)
        for value in row.values()
    }
    shares = re.findall(r"\b[01]\.\d{4}\b", PAGE)
    assert len(shares) > 8
    assert set(shares) <= answers


def test_each_share_stands_beside_its_own_counts() -> None:
    rist = one("intervals_of_series", study_label="Rist 2011", response="improved", n="9")
    assert flat(
        f"{rist['n']} of {rist['of']} improved in the physician's judgement: {rist['wilson_lower']} to "
        f"{rist['wilson_upper']} by Wilson, {rist['exact_lower']} to {rist['exact_upper']} exact"
    ) in flat(PAGE)
    all_improved = one("intervals_of_series", study_label="Morozumi 2009")
    assert all_improved["n"] == all_improved["of"]
    assert f"still the interval begins at {all_improved['wilson_lower']}" in flat(PAGE)
    review = one("intervals_of_review_numbers", response="improved")
    assert flat(
        f"{review['n']} of {review['of']} is {review['exact_lower']} to {review['exact_upper']} exact and "
        f"{review['wilson_lower']} to {review['wilson_upper']} by Wilson"
    ) in flat(PAGE)


def test_what_unpublished_failures_do_is_told_as_answered() -> None:
    shares = {int(row["added_failures"]): row for row in ask("unpublished_failures")}
    half = next(failures for failures, row in shares.items() if "reaches_half" in row)
    assert (
        f"Two of them make {shares[2]['share']} of 18 in 22, eight make {shares[8]['share']}, "
        f"and {half} bring it to a half."
    ) in flat(PAGE)


def test_the_verdict_on_pooling_is_told_as_answered() -> None:
    ivig = [row for row in ask("pooling") if row["drug_label"] == "intravenous immunoglobulin"]
    assert f"{ivig[0]['series']} series and {ivig[0]['single_patients']} people described one by one" in flat(PAGE)
    assert len({row["reason"] for row in ivig}) == 3
    assert "three conditions fail" in flat(PAGE)
    assert {row["verdict"] for row in ask("pooling")} == {"pooling refused"}
    assert WORDS[FEWEST_SERIES] == WORDS[FEWEST_PEOPLE] == "five"
    assert "at least five series with five or more people each" in flat(PAGE)


def test_as_many_analyses_are_refused_as_the_page_says() -> None:
    assert f"lists {len(ask('refused_analyses'))} analyses" in flat(PAGE)


def _rows_of_the_table() -> list[tuple[str, str, str]]:
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in PAGE.splitlines() if line[:1] == "|"]
    return [(design, ocebm, grade) for design, ocebm, grade in rows[2:]]


@pytest.mark.parametrize(("designs", "ocebm", "grade"), _rows_of_the_table())
def test_the_table_of_levels_is_what_the_rules_give(designs: str, ocebm: str, grade: str) -> None:
    for design in designs.split(", "):
        given = {
            row["grading"]: row["level"]
            for row in ask("levels_of_studies")
            if row["design"] == design and (grade == "no level" or not row["started"].startswith("not read"))
        }
        assert given == {"OCEBM 2011": ocebm, "GRADE": grade}, design

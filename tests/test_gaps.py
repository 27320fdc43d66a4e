"""The gaps agree with the counts: nobody is counted where a gap says so, and somebody is everywhere else."""

from __future__ import annotations

from collections import defaultdict

import pytest

from gold import QUESTIONS
from graphs import GraphName, graph
from nervegraph import terms
from nervegraph.rdfterms import Iri
from nervegraph.vocabulary import Vocabulary

VOCABULARY = Vocabulary.shipped()
# The only reason under which people are counted, though not for the drug by itself.
COUNTED_WITH_OTHERS = "only-in-combination"


def ask(name: GraphName, question: str, **values: str) -> list[dict[str, str]]:
    """Rows by column, with IRIs cut to their last part."""
    selection = graph(name).store.select(QUESTIONS[question].fill(VOCABULARY, **values))
    return [
        {
            column: term.value.rpartition("/")[2] if isinstance(term, Iri) else str(term)
            for column, term in zip(selection.columns, row, strict=True)
        }
        for row in selection.rows
    ]


@pytest.mark.parametrize("condition", ["sjogren-disease", "idiopathic"])
@pytest.mark.parametrize("name", ["fixture", "evidence"])
def test_people_are_counted_exactly_where_no_gap_says_otherwise(name: GraphName, condition: str) -> None:
    reasons: dict[str, dict[str, str]] = defaultdict(dict)
    for row in ask(name, "gaps", condition=condition):
        reasons[row["neuropathy"]][row["drug"]] = row["reason"]
    drugs = {drug for of_neuropathy in reasons.values() for drug in of_neuropathy}
    assert len(drugs) > 3
    for neuropathy, of_neuropathy in reasons.items():
        counted = {
            row["drug"]
            for row in ask(name, "responses_by_drug", drug="all", neuropathy=neuropathy, condition=condition)
        }
        nobody = {drug for drug, reason in of_neuropathy.items() if reason != COUNTED_WITH_OTHERS}
        assert drugs & counted == drugs - nobody, neuropathy


def test_every_reason_that_a_gap_can_have_is_a_concept_and_every_concept_a_reason() -> None:
    named = {
        concept.slug for concept in VOCABULARY.concepts("gap-reason") if f"<{concept.iri}>" in QUESTIONS["gaps"].text
    }
    assert named == {concept.slug for concept in VOCABULARY.concepts("gap-reason")}
    assert QUESTIONS["gaps"].text.count(f"<{terms.BASE}gap-reason/") == len(named)

"""Every question notices when the evidence is changed under it: small untruths in the fixture change its answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from changed_graphs import changed_graph
from further_mutations import FURTHER_MUTATIONS
from gold import QUESTIONS, as_tsv
from graphs import graph
from mutations import MUTATIONS, Mutation
from nervegraph.results import Results
from nervegraph.store import MemoryStore
from nervegraph.vocabulary import Vocabulary

ALL_MUTATIONS = (*MUTATIONS, *FURTHER_MUTATIONS)


def answer(store: MemoryStore, asked: str) -> str:
    """The answer to a question, with parameters after two hyphens as in the names of gold answers."""
    name, *settings = asked.split("--")
    query = QUESTIONS[name].fill(Vocabulary.shipped(), **dict(setting.split("=", 1) for setting in settings))
    selection = store.select(query)
    return as_tsv(Results("rows", selection.columns, tuple(selection.rows)))


def find_changed(mutation: Mutation) -> set[str]:
    """The questions, as the mutation asks them, whose answer is no longer the one of the sound fixture."""
    store = changed_graph("fixture", mutation.changes)
    return {asked for asked in mutation.questions if answer(store, asked) != answer(graph("fixture").store, asked)}


@pytest.mark.parametrize("mutation", ALL_MUTATIONS, ids=lambda mutation: mutation.defect)
def test_planted_untruth_changes_the_answers_it_bears_on(
    mutation: Mutation, record_property: Callable[[str, object], None]
) -> None:
    noticed = find_changed(mutation)
    record_property("answers changed", f"{len(noticed)} of {len(mutation.questions)} declared")
    assert noticed == set(mutation.questions)


def test_every_question_is_caught_by_at_least_one_untruth() -> None:
    declared = {asked.split("--")[0] for mutation in ALL_MUTATIONS for asked in mutation.questions}
    assert declared == set(QUESTIONS)


def test_graph_without_a_change_gives_the_same_answers() -> None:
    assert find_changed(Mutation("nothing", (), tuple(QUESTIONS))) == set()

"""Each shipped question gives its gold answer, on both graphs and on both engines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gold import ANSWERS, QUESTIONS, GoldAnswer, as_tsv, gold_answers
from graphs import GraphName, graph
from nervegraph.dataset import LoadedDataset
from nervegraph.store import write_trig
from nervegraph.terms import PREFIXES

BEGIN, END = "# counting: begin", "# counting: end"
# Blocks that several questions share, and two of the questions that hold each.
SHARED_BLOCKS = {"regimen": {"regimens", "failures"}, "result": {"told_in_words", "untreated"}}


def _name(gold: GoldAnswer) -> str:
    return f"{gold.graph_name}/{gold.path.stem}"


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> dict[GraphName, LoadedDataset]:
    """Both graphs as rdflib reads them from the files of a build."""
    folder: Path = tmp_path_factory.mktemp("trig")
    loaded: dict[GraphName, LoadedDataset] = {}
    names: tuple[GraphName, ...] = ("fixture", "evidence")
    for name in names:
        path = folder / f"{name}.trig"
        write_trig(path, graph(name).nquads, PREFIXES)
        loaded[name] = LoadedDataset(path)
    return loaded


@pytest.mark.parametrize("gold", gold_answers(), ids=_name)
def test_question_gives_its_gold_answer(gold: GoldAnswer) -> None:
    assert as_tsv(gold.ask()) == gold.path.read_text("utf-8")


@pytest.mark.parametrize("gold", gold_answers(), ids=_name)
def test_engines_give_equal_rows(gold: GoldAnswer, datasets: dict[GraphName, LoadedDataset]) -> None:
    ours, theirs = gold.ask(), datasets[gold.graph_name].query(gold.query)
    assert ours.columns == theirs.columns
    assert as_tsv(ours).splitlines() == as_tsv(theirs).splitlines()


@pytest.mark.parametrize("graph_name", ["fixture", "evidence"])
def test_every_question_has_a_gold_answer_and_every_answer_a_question(graph_name: str) -> None:
    answered = {path.stem.split("--")[0] for path in (ANSWERS / graph_name).glob("*.tsv")}
    assert answered == set(QUESTIONS)


def test_fixture_answers_every_question_with_at_least_one_row() -> None:
    empty = [
        name for name in QUESTIONS if len((ANSWERS / "fixture" / f"{name}.tsv").read_text("utf-8").splitlines()) < 2
    ]
    assert empty == []


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_columns_described_are_the_columns_answered(name: str) -> None:
    assert tuple(QUESTIONS[name].columns) == graph("fixture").store.select(QUESTIONS[name].fill()).columns


def test_counting_pattern_is_the_same_in_every_question_that_counts() -> None:
    texts = {name: question.text for name, question in QUESTIONS.items()}
    blocks = {name: text[text.index(BEGIN) : text.index(END)] for name, text in texts.items() if BEGIN in text}
    assert "responses_by_study" in blocks
    assert len(set(blocks.values())) == 1


@pytest.mark.parametrize("block", SHARED_BLOCKS)
def test_shared_block_is_the_same_in_every_question_but_for_its_indentation(block: str) -> None:
    pattern = re.compile(rf"# {block}: begin\n(.*?)# {block}: end", re.DOTALL)
    found = {
        name: ["\n".join(map(str.strip, text.splitlines())) for text in pattern.findall(question.text)]
        for name, question in QUESTIONS.items()
    }
    assert {name for name, texts in found.items() if texts} >= SHARED_BLOCKS[block]
    assert len({text for texts in found.values() for text in texts}) == 1

"""Gold answers: one TSV per question, parameters and graph, under `answers/fixture` and `answers/evidence`.

A file is named after its question; parameters follow after two hyphens, as in
`responses_by_study--neuropathy=ataxic-sensory-neuropathy.tsv`. `python tests/gold.py` writes what the questions answer
today: do that in a commit of its own, and read its difference as science.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from graphs import GraphName, graph
from nervegraph.answers import Answer
from nervegraph.questions import Question, load_questions
from nervegraph.resources import resource_directory
from nervegraph.results import Results
from nervegraph.vocabulary import Vocabulary

ANSWERS = Path(__file__).parent / "answers"
QUESTIONS: dict[str, Question] = load_questions(resource_directory("queries") / "questions")


@dataclass(frozen=True)
class GoldAnswer:
    """One question put to one graph, and the file that holds what it must answer."""

    graph_name: GraphName
    path: Path

    @property
    def question(self) -> Question:
        """The question that the file is named after."""
        return QUESTIONS[self.path.stem.split("--")[0]]

    @property
    def query(self) -> str:
        """The question, filled with the parameters in the file's name."""
        values = dict(pair.split("=", 1) for pair in self.path.stem.split("--")[1:])
        return self.question.fill(Vocabulary.shipped(), **values)

    def ask(self) -> Results:
        """What Oxigraph answers now."""
        selection = graph(self.graph_name).store.select(self.query)
        return Results("rows", selection.columns, tuple(selection.rows))


def gold_answers() -> list[GoldAnswer]:
    """Every gold answer there is."""
    names: tuple[GraphName, ...] = ("fixture", "evidence")
    return [GoldAnswer(name, path) for name in names for path in sorted((ANSWERS / name).glob("*.tsv"))]


def as_tsv(results: Results) -> str:
    """The answer in the form of the files."""
    return Answer(results).to_text("tsv")


def bless() -> None:
    """Write what the questions answer today, with new files for questions that have none."""
    for name in ("fixture", "evidence"):
        (ANSWERS / name).mkdir(parents=True, exist_ok=True)
        for question in QUESTIONS:
            (ANSWERS / name / f"{question}.tsv").touch()
    for gold in gold_answers():
        gold.path.write_text(as_tsv(gold.ask()), "utf-8", newline="\n")


if __name__ == "__main__":
    bless()

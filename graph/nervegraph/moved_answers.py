"""Which answers of the shipped questions moved between two graphs, asked with their defaults and where it matters.

The counting questions are asked again for each drug, and each drug in each neuropathy, that the studies in question
touch. What such a narrower question would only repeat is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from nervegraph.evidence import Askable, slug
from nervegraph.moves import AnswerMoves, RowMove, find_moves
from nervegraph.questions import Question, load_questions, read_question
from nervegraph.rdfterms import Iri
from nervegraph.resources import resource_directory
from nervegraph.results import Results
from nervegraph.vocabulary import Vocabulary

_COUNTING = "counting"
_LAST = "graph"


@dataclass(frozen=True)
class Asking:
    """A shipped question with what is set beyond its defaults."""

    question: Question
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Moved:
    """The answers that moved, those of the counting questions first, and how many questions were asked."""

    answers: tuple[AnswerMoves, ...]
    number_of_questions: int

    @property
    def number_unmoved(self) -> int:
        """How many questions answer as before, however they were asked."""
        return self.number_of_questions - len({moves.question.name for moves in self.answers})


def find_moved_answers(before: Askable, after: Askable, studies: Iterable[str]) -> Moved:
    """What moved between two graphs.

    :param studies: ids of the studies that came, went or were changed; their drugs and neuropathies are asked for.
    :raises NerveGraphError: a graph cannot be asked.
    """
    questions = load_questions(resource_directory("queries") / "questions")
    treated = sorted({*_find_treated(before, studies), *_find_treated(after, studies)})
    askings = list_askings(questions.values(), treated)
    vocabulary = Vocabulary.shipped()
    queries = [asking.question.fill(vocabulary, **asking.settings) for asking in askings]
    # The engine works outside the interpreter's lock, so the two graphs answer at the same time.
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda graph: [_ask(graph, query) for query in queries], (before, after))
        pairs = zip(askings, *answers, strict=True)
        return Moved(tuple(_collect(pairs)), len(questions))


def list_askings(questions: Iterable[Question], treated: Sequence[tuple[str, str]]) -> list[Asking]:
    """Every question with its defaults, each followed by what it is asked beyond them.

    :param treated: the slugs of drugs with a neuropathy that each was given for.
    """
    pairs = [{"drug": drug, "neuropathy": neuropathy} for drug, neuropathy in treated]
    askings = []
    for question in sorted(questions, key=_place):
        settings: list[Mapping[str, str]] = [{}]
        if _COUNTING in question.tags and "drug" in question.parameters:
            settings += [{"drug": pair["drug"]} for pair in pairs]
            settings += pairs if "neuropathy" in question.parameters else []
        once = {tuple(beyond.items()): beyond for each in settings for beyond in [_beyond_defaults(question, each)]}
        askings += [Asking(question, beyond) for beyond in once.values()]
    return askings


def _beyond_defaults(question: Question, settings: Mapping[str, str]) -> Mapping[str, str]:
    return {name: word for name, word in settings.items() if word != question.parameters[name].default}


def _place(question: Question) -> tuple[bool, bool, str]:
    """Counts first, the size of the graph last."""
    return (_COUNTING not in question.tags, _LAST in question.tags, question.name)


def _find_treated(graph: Askable, studies: Iterable[str]) -> Iterator[tuple[str, str]]:
    studies = [*studies]
    if not studies:
        return
    question = read_question(resource_directory("queries") / "moves" / "treated_neuropathies.rq")
    for drug, neuropathy in graph.select(question.fill(study=studies)).rows:
        if isinstance(drug, Iri) and isinstance(neuropathy, Iri):
            yield slug(drug.value), slug(neuropathy.value)


def _ask(graph: Askable, query: str) -> Results:
    selection = graph.select(query)
    return Results("rows", selection.columns, tuple(selection.rows))


def _collect(answered: Iterable[tuple[Asking, Results, Results]]) -> Iterator[AnswerMoves]:
    told: dict[str, set[RowMove]] = {}
    for asking, before, after in answered:
        question = asking.question
        seen = told.setdefault(question.name, set())
        rows = tuple(row for row in find_moves(question, before, after) if row not in seen)
        if rows:
            seen.update(rows)
            yield AnswerMoves(question, after.columns, rows, asking.settings)

"""Rows that no query gave, as an answer: so that whatever Python is told comes with the same ways to show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from nervegraph.answers import Answer
from nervegraph.questions import Question
from nervegraph.rdfterms import Literal
from nervegraph.results import Results
from nervegraph.terms import PREFIXES

_STRING, _INTEGER = PREFIXES["xsd"] + "string", PREFIXES["xsd"] + "integer"


def build_answer(
    name: str,
    summary: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[int | str | None]],
    description: str = "",
) -> Answer:
    """An answer of texts and whole numbers, with what is asked, and what a row and no row mean."""
    cells = tuple(tuple(map(_literal, row)) for row in rows)
    return Answer(Results("rows", tuple(columns), cells), Question(name, Path(name), "", summary, description))


def _literal(value: int | str | None) -> Literal | None:
    if value is None:
        return None
    return Literal(str(value), _INTEGER if isinstance(value, int) else _STRING)

"""What moved between two answers to one question: rows that came, rows that went, and cells that differ.

A row is known again by the question's key columns. Where several rows have the same key, which of them became which
cannot be told, so they count as gone and come unless all but one are the same. A question without keys has no changed
rows, only those that came and went.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal as OneOf

from nervegraph.errors import Misuse
from nervegraph.questions import Question
from nervegraph.rdfterms import Row, Term
from nervegraph.results import Results

MoveKind = OneOf["added", "removed", "changed"]


@dataclass(frozen=True)
class CellMove:
    """One cell of a row, before and after; None where it is empty."""

    column: str
    before: Term | None
    after: Term | None


@dataclass(frozen=True)
class RowMove:
    """A row that moved: the row as it stands now (as it stood, if it is gone), and the cells that differ."""

    kind: MoveKind
    row: Row
    cells: tuple[CellMove, ...] = ()


@dataclass(frozen=True)
class AnswerMoves:
    """A question, how it was asked beyond its defaults, its columns, and the rows that moved, in the answer's order."""

    question: Question
    columns: tuple[str, ...]
    rows: tuple[RowMove, ...]
    settings: Mapping[str, str] = field(default_factory=dict)


def find_moves(question: Question, before: Results, after: Results) -> tuple[RowMove, ...]:
    """The rows that moved: first those of the later answer in its order, then those that are gone.

    :raises Misuse: the two answers have different columns, so that they are no answers to one question.
    """
    if before.columns != after.columns:
        raise Misuse(f"{question.name}: the two answers have different columns and cannot be compared.")
    places = [after.columns.index(key) for key in question.keys if key in after.columns]
    earlier, later = Counter(before.rows), Counter(after.rows)
    gone, come = earlier - later, later - earlier
    gone_by_key = _by_key(gone, places)
    moves: list[RowMove] = []
    for key, rows in _by_key(come, places).items():
        partners = gone_by_key.get(key, [])
        if len(rows) == len(partners) == 1:
            del gone[partners[0]]
            moves.append(RowMove("changed", rows[0], _differing(after.columns, partners[0], rows[0])))
        else:
            moves += [RowMove("added", row) for row in rows]
    return (*moves, *(RowMove("removed", row) for row in gone.elements()))


def _by_key(rows: Mapping[Row, int], places: list[int]) -> dict[Row, list[Row]]:
    found: dict[Row, list[Row]] = {}
    for row, times in rows.items():
        key = tuple(row[place] for place in places) if places else row
        found.setdefault(key, []).extend([row] * times)
    return found


def _differing(columns: tuple[str, ...], before: Row, after: Row) -> tuple[CellMove, ...]:
    return tuple(
        CellMove(column, old, new) for column, old, new in zip(columns, before, after, strict=True) if old != new
    )

"""Moved answers in words: lines for a terminal, Markdown for the review of a change, JSON with everything."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from nervegraph.answers import markdown_table, show_term
from nervegraph.moved_answers import Moved
from nervegraph.moves import AnswerMoves, CellMove, RowMove
from nervegraph.python_values import PythonValue, python_value
from nervegraph.rdfterms import Iri, Literal, Term

_LIST_SEPARATOR = "; "
_LONGEST_CELL = 90
_LABEL = "_label"
_NEW_ROWS_SHOWN = 3
_KINDS = {"added": "new", "removed": "gone", "changed": ""}


def asked_words(moves: AnswerMoves) -> str:
    """The question's name, with what was set beyond its defaults as it is typed after `--set`."""
    return ", ".join([moves.question.name, *(f"{name}={word}" for name, word in moves.settings.items())])


def row_words(moves: AnswerMoves, row: RowMove) -> str:
    """What the row is about: its key cells, labels instead of IRIs; empty where the question has no keys."""
    cells = dict(zip(moves.columns, row.row, strict=True))
    names = dict.fromkeys(f"{key}{_LABEL}" if f"{key}{_LABEL}" in cells else key for key in moves.question.keys)
    return ", ".join(_shortened(show_term(cells[name])) for name in names if cells.get(name) is not None)


def move_words(moves: AnswerMoves, row: RowMove) -> str:
    """What moved: `treated 36 → 41, studies 14 → 15`; of a row that came or went, all that it says but zeros."""
    if row.kind == "changed":
        cells = [cell for cell in row.cells if _is_shown(moves, cell.column)]
        return ", ".join(_cell_words(cell) for cell in cells)
    keys = set(moves.question.keys)
    return ", ".join(
        f"{_name_of(column)} {_shortened(show_term(term))}"
        for column, term in zip(moves.columns, row.row, strict=True)
        if term is not None
        and _is_shown(moves, column)
        and not {column, column.removesuffix(_LABEL)} & keys
        and not (isinstance(term, Literal) and term.value == "0")
    )


def format_moves(moved: Moved, *, indent: str = "", width: int = 100, brief: bool = False) -> Iterator[str]:
    """Lines for a terminal: each answer with its rows below, then how many answers did not move.

    :param brief: of rows that are new, which a preview tells anyway, show a few in counts and else their number only.
    """
    only_new: list[str] = []
    for moves in moved.answers:
        shown = _without_most_new(moves) if brief else moves.rows
        rest = len(moves.rows) - len(shown)
        if not shown:
            only_new.append(f"{asked_words(moves)} ({rest})")
            continue
        yield f"{indent}{asked_words(moves)}"
        for row in shown:
            yield from _wrapped(_line(moves, row), f"{indent}  ", width)
        if rest:
            yield f"{indent}  and {rest} new {'row' if rest == 1 else 'rows'}"
    if only_new:
        yield from _wrapped(f"new rows only: {_LIST_SEPARATOR.join(only_new)}", indent, width)
    yield indent + unmoved_words(moved)


def _without_most_new(moves: AnswerMoves) -> list[RowMove]:
    """The rows that changed or are gone, and of a count the first that are new."""
    left = _NEW_ROWS_SHOWN if "counting" in moves.question.tags else 0
    new = [row for row in moves.rows if row.kind == "added"][:left]
    return [row for row in moves.rows if row.kind != "added" or row in new]


def _wrapped(text: str, indent: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=f"{indent}    ", break_on_hyphens=False)


def unmoved_words(moved: Moved) -> str:
    """How many of the questions answer as before."""
    if not moved.answers:
        return f"No answer moves; all {moved.number_of_questions} questions were asked."
    return f"{moved.number_unmoved} of {moved.number_of_questions} questions answer as before."


def format_moves_markdown(moved: Moved) -> str:
    """Markdown: a heading and a table for each answer."""
    parts = [
        f"### {asked_words(moves)}\n\n{moves.question.summary}\n\n"
        + markdown_table(("row", "moved"), (_markdown_row(moves, row) for row in moves.rows))
        for moves in moved.answers
    ]
    return "\n".join([*parts, unmoved_words(moved) + "\n"])


def moves_as_json(moved: Moved) -> dict[str, Any]:
    """Everything as plain values: numbers as numbers, IRIs whole, None where a cell is empty."""
    return {
        "questions": moved.number_of_questions,
        "unmoved": moved.number_unmoved,
        "answers": [
            {
                "question": moves.question.name,
                "set": dict(moves.settings),
                "rows": [_row_as_json(moves, row) for row in moves.rows],
            }
            for moves in moved.answers
        ],
    }


def _line(moves: AnswerMoves, row: RowMove) -> str:
    parts = (_KINDS[row.kind], row_words(moves, row), move_words(moves, row))
    return ": ".join(part for part in parts if part)


def _markdown_row(moves: AnswerMoves, row: RowMove) -> tuple[str, str]:
    told = (_KINDS[row.kind], move_words(moves, row))
    return row_words(moves, row), ": ".join(part for part in told if part)


def _row_as_json(moves: AnswerMoves, row: RowMove) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": row.kind, "row": _as_json(moves.columns, row.row)}
    if row.kind == "changed":
        said["before"] = {cell.column: _value(cell.before) for cell in row.cells}
        said["after"] = {cell.column: _value(cell.after) for cell in row.cells}
    return said


def _as_json(columns: Sequence[str], row: Iterable[Term | None]) -> dict[str, Any]:
    return {column: _value(term) for column, term in zip(columns, row, strict=True)}


def _value(term: Term | None) -> PythonValue:
    """IRIs whole, so that programs need no prefixes; a decimal in its digits, as JSON has no such number."""
    if isinstance(term, Iri):
        return term.value
    value = python_value(term)
    return str(value) if isinstance(value, Decimal) else value


def _is_shown(moves: AnswerMoves, column: str) -> bool:
    """Whether a person is shown this column: an IRI with its label beside it is not."""
    return f"{column}{_LABEL}" not in moves.columns


def _cell_words(cell: CellMove) -> str:
    name = _name_of(cell.column)
    before, after = (show_term(term) for term in (cell.before, cell.after))
    if _LIST_SEPARATOR in before + after:
        old, new = (text.split(_LIST_SEPARATOR) if text else [] for text in (before, after))
        come = [f"+ {_shortened(each)}" for each in new if each not in old]
        gone = [f"− {_shortened(each)}" for each in old if each not in new]
        if come or gone:
            return f"{name} {_LIST_SEPARATOR.join([*come, *gone])}"
    return f"{name} {_shortened(before) or 'nothing'} → {_shortened(after) or 'nothing'}"


def _name_of(column: str) -> str:
    return column.removesuffix(_LABEL).replace("_", " ")


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"

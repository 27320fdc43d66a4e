"""What moved between two answers, and how it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from gold import QUESTIONS
from graphs import graph
from nervegraph.errors import Misuse
from nervegraph.moved_answers import Moved, list_askings
from nervegraph.moves import AnswerMoves, CellMove, RowMove, find_moves
from nervegraph.moves_text import format_moves, format_moves_markdown, move_words, moves_as_json, row_words
from nervegraph.questions import Question
from nervegraph.rdfterms import Iri, Literal, Row, Term
from nervegraph.results import Results
from nervegraph.terms import BASE, PREFIXES

COLUMNS = ("drug", "drug_label", "treated", "which")
QUESTION = Question("by_drug", Path("by_drug.rq"), "", "How many?", keys=("drug",), tags=("counting",))
UNKEYED = Question("by_row", Path("by_row.rq"), "", "Which?")


def text(value: str) -> Literal:
    return Literal(value, PREFIXES["xsd"] + "string")


def number(value: int) -> Literal:
    return Literal(str(value), PREFIXES["xsd"] + "integer")


def row(drug: str, treated: int | None, which: str = "A") -> Row:
    return (Iri(f"{BASE}drug/{drug}"), text(drug.upper()), None if treated is None else number(treated), text(which))


def rows(*given: tuple[Term | None, ...]) -> Results:
    return Results("rows", COLUMNS, given)


def moved(before: Results, after: Results, question: Question = QUESTION) -> AnswerMoves:
    return AnswerMoves(question, after.columns, find_moves(question, before, after))


def told(moves: AnswerMoves) -> list[str]:
    return [line.strip() for line in format_moves(Moved((moves,), 3), width=300)]


def test_equal_answers_have_no_moves_in_whatever_order_their_rows_stand() -> None:
    assert find_moves(QUESTION, rows(row("ivig", 5), row("rtx", 2)), rows(row("rtx", 2), row("ivig", 5))) == ()


def test_a_row_that_is_known_again_is_changed_and_tells_only_the_cells_that_differ() -> None:
    moves = moved(rows(row("ivig", 36), row("rtx", 2)), rows(row("ivig", 41, "A; B"), row("rtx", 2)))
    (only,) = moves.rows
    assert only == RowMove(
        "changed",
        row("ivig", 41, "A; B"),
        (CellMove("treated", number(36), number(41)), CellMove("which", text("A"), text("A; B"))),
    )
    assert told(moves)[1] == "IVIG: treated 36 → 41, which + B"


def test_rows_that_come_and_go_are_told_with_what_they_say() -> None:
    moves = moved(rows(row("ivig", 5)), rows(row("rtx", 0)))
    assert [each.kind for each in moves.rows] == ["added", "removed"]
    assert told(moves)[1:3] == ["new: RTX: which A", "gone: IVIG: treated 5, which A"]


def test_an_empty_cell_is_nothing_and_not_zero() -> None:
    assert told(moved(rows(row("ivig", None)), rows(row("ivig", 0))))[1] == "IVIG: treated nothing → 0"


def test_a_list_tells_what_came_and_what_went() -> None:
    moves = moved(rows(row("ivig", 5, "A; B; C")), rows(row("ivig", 5, "B; D")))
    assert told(moves)[1] == "IVIG: which + D; − A; − C"
    reordered = moved(rows(row("ivig", 5, "A; B")), rows(row("ivig", 5, "B; A")))
    assert told(reordered)[1] == "IVIG: which A; B → B; A"


def test_of_several_rows_with_one_key_the_equal_ones_are_set_aside_first() -> None:
    before, after = rows(row("ivig", 1), row("ivig", 2)), rows(row("ivig", 1), row("ivig", 3))
    (only,) = find_moves(QUESTION, before, after)
    assert (only.kind, only.cells) == ("changed", (CellMove("treated", number(2), number(3)),))


def test_which_of_several_rows_became_which_is_never_guessed() -> None:
    before, after = rows(row("ivig", 1), row("ivig", 2)), rows(row("ivig", 3), row("ivig", 4))
    assert [move.kind for move in find_moves(QUESTION, before, after)] == ["added", "added", "removed", "removed"]


def test_a_row_that_stands_twice_now_came_once() -> None:
    (only,) = find_moves(QUESTION, rows(row("ivig", 1)), rows(row("ivig", 1), row("ivig", 1)))
    assert only.kind == "added"


def test_without_keys_a_row_is_known_by_all_of_it() -> None:
    moves = moved(rows(row("ivig", 1)), rows(row("ivig", 2)), UNKEYED)
    assert [each.kind for each in moves.rows] == ["added", "removed"]
    assert told(moves)[1] == "new: drug IVIG, treated 2, which A"


def test_answers_with_different_columns_are_not_compared() -> None:
    with pytest.raises(Misuse, match="different columns"):
        find_moves(QUESTION, Results("rows", ("a",), ()), Results("rows", ("b",), ()))


def test_a_row_is_named_by_labels_and_else_by_short_iris() -> None:
    keyed = Question("q", Path("q.rq"), "", "Q?", keys=("study", "drug"))
    columns = ("study", "drug", "drug_label", "n")
    values = (Iri(f"{BASE}study/a-2001"), Iri(f"{BASE}drug/ivig"), text("IVIG\x1b[31m"), number(1))
    moves = AnswerMoves(keyed, columns, (RowMove("added", values),))
    assert row_words(moves, moves.rows[0]) == "study/a-2001, IVIG\\u001b[31m"
    assert move_words(moves, moves.rows[0]) == "n 1"


def test_briefly_told_new_rows_are_counted_and_changed_ones_stay() -> None:
    many = rows(*(row(f"d{i}", i) for i in range(1, 8)))
    counted = moved(rows(row("d1", 9)), many)
    listed = AnswerMoves(UNKEYED, COLUMNS, tuple(RowMove("added", each) for each in many.rows))
    lines = [*format_moves(Moved((counted, listed), 5), width=200, brief=True)]
    assert lines[1:] == [
        "  D1: treated 9 → 1",
        "  new: D2: treated 2, which A",
        "  new: D3: treated 3, which A",
        "  new: D4: treated 4, which A",
        "  and 3 new rows",
        "new rows only: by_row (7)",
        "3 of 5 questions answer as before.",
    ]


def test_no_moves_are_said_in_words() -> None:
    assert [*format_moves(Moved((), 17))] == ["No answer moves; all 17 questions were asked."]


def test_markdown_takes_nothing_for_markup() -> None:
    moves = moved(rows(), rows((Iri(f"{BASE}drug/x"), text("<img src=x>|*"), number(1), text("A"))))
    table = format_moves_markdown(Moved((moves,), 1))
    assert "| \\<img src=x\\>\\|\\* | new: treated 1, which A |" in table


def test_json_holds_every_row_with_numbers_as_numbers() -> None:
    moves = moved(rows(row("ivig", 36)), rows(row("ivig", 41)))
    assert moves_as_json(Moved((moves,), 4)) == {
        "questions": 4,
        "unmoved": 3,
        "answers": [
            {
                "question": "by_drug",
                "set": {},
                "rows": [
                    {
                        "kind": "changed",
                        "row": {"drug": f"{BASE}drug/ivig", "drug_label": "IVIG", "treated": 41, "which": "A"},
                        "before": {"treated": 36},
                        "after": {"treated": 41},
                    }
                ],
            }
        ],
    }


def test_counting_questions_come_first_and_are_asked_for_what_was_touched() -> None:
    treated = [("ivig", "ataxic-sensory-neuropathy"), ("ivig", "peripheral-neuropathy")]
    askings = list_askings(QUESTIONS.values(), treated)
    asked = [(asking.question.name, dict(asking.settings)) for asking in askings]
    assert asked[:3] == [
        ("responses_by_drug", {}),
        ("responses_by_drug", {"drug": "ivig"}),
        ("responses_by_drug", {"drug": "ivig", "neuropathy": "ataxic-sensory-neuropathy"}),
    ]
    # What is the default already is not asked a second time.
    assert [settings for name, settings in asked if name == "responses_by_study"] == [
        {},
        {"neuropathy": "ataxic-sensory-neuropathy"},
    ]
    assert [settings for name, settings in asked if name == "harms"] == [{}]
    assert asked[-1][0] == "size_of_the_graph"
    assert {name for name, _ in asked} == set(QUESTIONS)


@pytest.mark.parametrize("name", sorted(QUESTIONS))
def test_by_the_keys_of_a_shipped_question_most_rows_are_told_apart(name: str) -> None:
    question = QUESTIONS[name]
    answer = graph("evidence").store.select(question.text)
    places = [answer.columns.index(key) for key in question.keys]
    keys = [tuple(each[place] for place in places) for each in answer.rows]
    assert not places or len(set(keys)) > 0.5 * len(keys)

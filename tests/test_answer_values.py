"""An answer as Python values, as a DataFrame and as HTML for a notebook."""

from __future__ import annotations

import sys
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pandas
import pytest

from nervegraph.answer_html import MOST_ROWS
from nervegraph.answers import Answer
from nervegraph.errors import SurroundingsError
from nervegraph.python_values import curie, python_value
from nervegraph.questions import Question
from nervegraph.rdfterms import BlankNode, Iri, Literal, Term
from nervegraph.results import TRIPLE_COLUMNS, Results, boolean_results
from nervegraph.terms import BASE, PREFIXES
from test_explorer_browser import PAYLOADS

XSD = PREFIXES["xsd"]
QUESTION = Question(
    "some", Path("some.rq"), "", "Some?", "One row. An empty answer means that none is known.", {"n": "people"}
)


def literal(value: str, kind: str = "string") -> Literal:
    return Literal(value, XSD + kind)


@pytest.mark.parametrize(
    ("term", "value"),
    [
        (literal("19", "integer"), 19),
        (literal("2011", "gYear"), 2011),
        (literal("0.50", "decimal"), Decimal("0.50")),
        (literal("1.5E0", "double"), 1.5),
        (literal("true", "boolean"), True),
        (literal("0", "boolean"), False),
        (literal("many", "integer"), "many"),
        (literal("x", "decimal"), "x"),
        (literal("007"), "007"),
        (Literal("Schmerz", PREFIXES["rdf"] + "langString", "de"), "Schmerz"),
        (Iri(BASE + "drug/ivig"), "nvg:drug/ivig"),
        (Iri(PREFIXES["skos"] + "broader"), "skos:broader"),
        (Iri("https://doi.org/10.1/x"), "https://doi.org/10.1/x"),
        (BlankNode("b0"), "_:b0"),
        (None, None),
    ],
)
def test_a_term_is_the_python_value_that_its_datatype_promises(term: Term | None, value: object) -> None:
    found = python_value(term)
    assert (found, type(found)) == (value, type(value))


def test_a_namespace_itself_has_no_curie() -> None:
    assert curie(BASE) == BASE


ROWS = (
    (Iri(BASE + "drug/ivig"), literal("36", "integer"), literal("0.50", "decimal"), literal("true", "boolean"), None),
    (Iri(BASE + "drug/x"), None, literal("2", "integer"), None, literal("word")),
)
MIXED = Answer(
    Results("rows", ("drug", "n", "share", "alone", "note"), ROWS), QUESTION, labels={BASE + "drug/ivig": "IVIG"}
)


def test_columns_of_a_dataframe_have_types_that_know_about_empty_cells() -> None:
    frame = MIXED.to_dataframe()
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "drug": "string",
        "drug_label": "string",
        "n": "Int64",
        "share": "Float64",
        "alone": "boolean",
        "note": "string",
    }
    assert frame["n"][0] == 36
    assert all(frame[name].isna()[1] for name in ("drug_label", "n", "alone"))
    assert list(frame["drug"]) == ["nvg:drug/ivig", "nvg:drug/x"]
    assert frame["drug_label"][0] == "IVIG"
    assert frame["n"].sum() == 36


def test_a_dataframe_keeps_what_was_asked_and_what_its_columns_mean() -> None:
    assert MIXED.to_dataframe().attrs == {
        "question": "some",
        "description": QUESTION.description,
        "empty_means": "An empty answer means that none is known.",
        "columns": {"n": "people"},
    }
    assert Answer(MIXED.results).to_dataframe().attrs == {}


def test_labels_that_stand_in_the_answer_are_not_repeated() -> None:
    results = Results("rows", ("drug", "drug_label"), ((Iri(BASE + "drug/ivig"), literal("IVIG")),))
    assert list(Answer(results, labels={BASE + "drug/ivig": "other"}).to_dataframe().columns) == ["drug", "drug_label"]


def test_a_column_of_words_and_numbers_keeps_both_as_texts() -> None:
    rows = tuple((each,) for each in (literal("3", "integer"), literal("many"), literal("true", "boolean"), None))
    frame = Answer(Results("rows", ("a",), rows)).to_dataframe()
    assert [*frame["a"][:3], frame["a"].isna()[3]] == ["3", "many", "true", True]


def test_an_empty_answer_is_a_dataframe_with_its_columns() -> None:
    frame = Answer(Results("rows", ("a", "b"), ()), QUESTION).to_dataframe()
    assert (list(frame.columns), len(frame)) == (["a", "b"], 0)
    assert frame.attrs["empty_means"] == "An empty answer means that none is known."
    pandas.testing.assert_frame_equal(Answer(boolean_results(True)).to_dataframe(), _yes())


def _yes() -> pandas.DataFrame:
    return pandas.DataFrame({"answer": pandas.array([True], dtype="boolean")})


def test_without_pandas_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(SurroundingsError, match=r"pip install 'nervegraph\[pandas\]'.*to_dicts\(\) gives the same"):
        MIXED.to_dataframe()
    assert MIXED.to_dicts()[1] == {"drug": "nvg:drug/x", "n": None, "share": 2, "alone": None, "note": "word"}


def test_an_answer_shows_itself_in_a_line_and_prints_as_a_table() -> None:
    assert repr(MIXED) == "<Answer to some: 2 rows>"
    assert repr(Answer(boolean_results(False))) == "<Answer: no>"
    assert str(MIXED).splitlines()[-1] == "2 rows"
    assert "drug/ivig" in str(MIXED)
    triple = (Iri(BASE + "a"), Iri(BASE + "b"), literal("c"))
    assert 'nvg:a nvg:b "c" .' in str(Answer(Results("triples", TRIPLE_COLUMNS, (triple,))))


class _Elements(HTMLParser):
    """Every element with its attributes, and all text, as a browser would find them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(name for name, _ in attrs)}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_text_becomes_markup_in_a_notebook(payload: str) -> None:
    question = Question("q", Path("q.rq"), "", payload, f"{payload} An empty answer means {payload}.")
    iri = Iri(BASE + "x\"'><script>")
    rows = ((literal(payload), iri, BlankNode(payload)),)
    full = Answer(Results("rows", (payload, "b", "c"), rows), question, labels={iri.value: payload})
    empty = Answer(Results("rows", (payload,), ()), question, endpoint=payload)
    triples = Answer(Results("triples", TRIPLE_COLUMNS, ((iri, iri, literal(payload)),)), question)
    allowed = {"details", "summary", "p", "table", "thead", "tbody", "tr", "th", "td", "pre", "title", "style"}
    for answer in (full, empty, triples):
        elements = _Elements(answer._repr_html_())
        assert elements.found <= allowed
    assert (
        payload.replace("\x00", "\\u0000").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        in _Elements(full._repr_html_()).text
    )


def test_a_notebook_shows_so_many_rows_and_counts_the_rest() -> None:
    rows = tuple((literal(str(number), "integer"),) for number in range(MOST_ROWS + 1500))
    html = Answer(Results("rows", ("n",), rows))._repr_html_()
    assert html.count("<tr>") == MOST_ROWS + 1
    assert "<p>1,500 more rows are not shown.</p>" in html
    assert "more rows" not in Answer(Results("rows", ("n",), rows[:MOST_ROWS]))._repr_html_()
    assert "yes" in Answer(boolean_results(True))._repr_html_()

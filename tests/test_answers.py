from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from nervegraph.answers import FORMATS, Answer, Format, format_term, show_text
from nervegraph.errors import Misuse
from nervegraph.questions import Question
from nervegraph.rdfterms import BlankNode, Iri, Literal, Term
from nervegraph.results import (
    TRIPLE_COLUMNS,
    NotResultsError,
    Results,
    boolean_results,
    format_rows,
    parse_results,
)
from nervegraph.terms import BASE, PREFIXES

XSD = PREFIXES["xsd"]
STRING = XSD + "string"


def _text(value: str) -> Literal:
    return Literal(value, STRING)


HOSTILE = "a\tb\n\x1b]0;title\x07\x9b31m|<img src=x onerror=alert(1)>\u202e\u2028[x](javascript:y)`_*"
ROWS: tuple[tuple[Term | None, ...], ...] = (
    (Iri(BASE + "study/rist-2011"), _text("Rist, 2011"), Literal("19", XSD + "integer"), None),
    (Iri("http://example.org/é"), Literal("Näme", PREFIXES["rdf"] + "langString", "de"), None, BlankNode("b0")),
    (None, _text(HOSTILE), Literal("7", XSD + "integer"), Literal("0.5", XSD + "decimal")),
    (None, _text('say "=1+1"'), None, Literal("2011", XSD + "gYear")),
)
SELECTED = Answer(Results("rows", ("study", "label", "people", "note"), ROWS))
TRIPLES = Answer(
    Results(
        "triples",
        TRIPLE_COLUMNS,
        (
            (Iri(BASE + "b"), Iri(BASE + "value"), Literal("2011", XSD + "gYear")),
            (Iri(BASE + "a"), Iri(PREFIXES["rdfs"] + "label"), _text('two\nlines "quoted"')),
            (Iri(BASE + "a"), Iri(BASE + "value"), Literal("3", XSD + "integer")),
            (Iri(BASE + "study/x"), Iri(PREFIXES["rdf"] + "type"), Iri(BASE + "Study")),
        ),
    )
)
QUESTION = Question("some", Path("some.rq"), "", "Some?", "One row. An empty answer means that none is known.")


def test_tsv_has_terms_in_full() -> None:
    lines = SELECTED.to_text("tsv").split("\n")
    assert lines[0] == "?study\t?label\t?people\t?note"
    assert lines[1] == f'<{BASE}study/rist-2011>\t"Rist, 2011"\t19\t'
    assert lines[2] == '<http://example.org/é>\t"Näme"@de\t\t_:b0'
    assert lines[3].startswith('\t"a\\tb\\n')
    assert lines[3].endswith("\t7\t0.5")
    assert lines[4] == f'\t"say \\"=1+1\\""\t\t"2011"^^<{XSD}gYear>'
    assert lines[5:] == [""]


def test_csv_has_plain_values_and_the_standards_line_ends() -> None:
    text = SELECTED.to_text("csv")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["study", "label", "people", "note"]
    assert rows[1] == [BASE + "study/rist-2011", "Rist, 2011", "19", ""]
    assert rows[2][3] == "_:b0"
    assert rows[3][1] == HOSTILE
    assert text.startswith("study,label,people,note\r\n")


def test_json_is_read_back_as_the_same_rows() -> None:
    text = SELECTED.to_text("json")
    assert json.loads(text)["results"]["bindings"][0]["people"] == {
        "type": "literal",
        "value": "19",
        "datatype": XSD + "integer",
    }
    assert parse_results(text.encode()) == SELECTED.results


def test_many_rows_and_no_rows_are_read_back_too() -> None:
    for count in (0, 1, 499, 500, 501, 1700):
        rows = tuple((Literal(str(number), XSD + "integer"),) for number in range(count))
        text = b"".join(format_rows(("n",), rows))
        assert parse_results(text).rows == rows


def test_a_table_shows_our_iris_short_and_numbers_at_the_right() -> None:
    text = SELECTED.to_text("table", width=200)
    lines = text.splitlines()
    assert lines[0].split() == ["study", "label", "people", "note"]
    assert "study/rist-2011" in text
    assert BASE not in text
    people_end = lines[0].index("people") + len("people")
    assert all(line[:people_end].rstrip().endswith(("19", "7")) for line in lines[2:] if " 19" in line or " 7 " in line)


def test_tables_for_people_show_labels_instead_of_iris_and_words_instead_of_names() -> None:
    results = Results("rows", ("drug", "drug_label", "n_treated"), ((Iri(BASE + "drug/ivig"), _text("IVIG"), None),))
    assert Answer(results).to_text("md").splitlines()[0] == "| drug | n treated |"
    assert Answer(results).to_text("table").splitlines()[0].split() == ["drug", "n", "treated"]
    assert Answer(results).to_text("tsv").splitlines()[0] == "?drug\t?drug_label\t?n_treated"


def test_a_table_too_wide_for_the_terminal_is_shown_in_blocks() -> None:
    columns = tuple(f"a_rather_long_name_{number}" for number in range(6))
    rows = ((_text("x\x1by"), None, _text("z" * 200), None, None, None), (None,) * 6)
    text = Answer(Results("rows", columns, rows)).to_text("table", width=80)
    lines = text.splitlines()
    assert lines[0] == "a rather long name 0  x\\u001by"
    assert lines[1] == "a rather long name 1"
    assert lines[2] == "a rather long name 2  " + "z" * 200
    assert lines[6] == ""
    assert len(lines) == 13
    empty = Answer(Results("rows", columns, ()))
    assert empty.to_text("table", width=80).split() == " ".join(columns).replace("_", " ").split()


def test_a_long_cell_is_folded_and_nothing_of_it_lost() -> None:
    answer = Answer(Results("rows", ("word", "number"), ((_text("long " * 60), Literal("7", XSD + "integer")),)))
    text = answer.to_text("table", width=60)
    assert all(len(line) <= 60 for line in text.splitlines())
    assert text.count("long") == 60


@pytest.mark.parametrize("form", ["table", "md"])
def test_nothing_in_a_cell_reaches_the_terminal_as_a_command(form: Format) -> None:
    text = SELECTED.to_text(form, width=300)
    assert all(character == "\n" or character.isprintable() for character in text)
    assert "\\u001b" in text.replace("\\\\", "\\")


def test_markdown_has_one_line_per_row_and_no_markup_of_a_cell() -> None:
    lines = SELECTED.to_text("md").splitlines()
    assert lines[1] == "| --- | --- | ---: | --- |"
    assert len(lines) == 6
    assert "\\<img" in lines[4]
    assert "\\[x\\](javascript:y)" in lines[4]
    assert lines[4].count(" | ") == 3


def test_a_markup_of_the_table_library_is_only_text() -> None:
    answer = Answer(Results("rows", ("[bold]x",), ((_text("[red]y[/red] [link=http://x]"),),)))
    assert "[red]y[/red] [link=http://x]" in answer.to_text("table")
    assert "[bold]x" in answer.to_text("table")


def test_triples_are_written_as_turtle_in_a_fixed_order() -> None:
    text = TRIPLES.to_text("ttl")
    assert text == (
        f"@prefix nvg: <{BASE}> .\n"
        f"@prefix rdf: <{PREFIXES['rdf']}> .\n"
        f"@prefix rdfs: <{PREFIXES['rdfs']}> .\n"
        f"@prefix xsd: <{XSD}> .\n"
        "\n"
        'nvg:a rdfs:label "two\\nlines \\"quoted\\"" ;\n'
        "    nvg:value 3 .\n"
        "\n"
        'nvg:b nvg:value "2011"^^xsd:gYear .\n'
        "\n"
        f"<{BASE}study/x> rdf:type nvg:Study .\n"
    )
    reversed_rows = Results("triples", TRIPLE_COLUMNS, TRIPLES.rows[::-1])
    assert Answer(reversed_rows).to_text("ttl") == text


def test_the_turtle_holds_the_same_triples() -> None:
    from nervegraph.dataset import parse_triples

    assert set(parse_triples(TRIPLES.to_text("ttl"), "turtle").rows) == set(TRIPLES.rows)


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "ttl"])
def test_triples_have_no_table_and_rows_no_turtle(form: Format) -> None:
    with pytest.raises(Misuse, match="use --format ttl"):
        TRIPLES.to_text(form)
    with pytest.raises(Misuse, match="ttl is for CONSTRUCT"):
        SELECTED.to_text("ttl")


def test_a_yes_or_no_in_each_format() -> None:
    yes, no = Answer(boolean_results(True)), Answer(boolean_results(False))
    assert (yes.to_text("table"), no.to_text("table")) == ("yes\n", "no\n")
    assert yes.to_text("tsv") == "?answer\ntrue\n"
    assert no.to_text("csv") == "answer\r\nfalse\r\n"
    assert json.loads(no.to_text("json")) == {"head": {}, "boolean": False}
    assert no.notes() == []


def test_an_empty_answer_has_its_header_and_says_what_it_means() -> None:
    empty = Answer(Results("rows", ("a", "b"), ()), QUESTION)
    assert empty.to_text("tsv") == "?a\t?b\n"
    assert empty.to_text("csv") == "a,b\r\n"
    assert empty.to_text("md") == "| a | b |\n| --- | --- |\n"
    assert empty.to_text("table").split()[:2] == ["a", "b"]
    assert empty.notes() == ["0 rows", "An empty answer means that none is known."]
    remote = Answer(Results("rows", ("a",), ()), None, "http://example.org/sparql")
    assert "http://example.org/sparql was reached and found nothing" in remote.notes()[1]


def test_rows_are_counted() -> None:
    assert SELECTED.notes() == ["4 rows"]
    assert TRIPLES.notes() == ["4 triples"]
    assert Answer(Results("rows", ("a",), ((None,),)), QUESTION).notes() == ["1 row"]


def test_the_format_follows_where_it_goes() -> None:
    assert SELECTED.default_format(is_terminal=True) == "table"
    assert SELECTED.default_format(is_terminal=False) == "tsv"
    assert TRIPLES.default_format(is_terminal=True) == "ttl"


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (Literal("007", XSD + "integer"), "007"),
        (Literal("x", XSD + "integer"), f'"x"^^<{XSD}integer>'),
        (Literal("1.50", XSD + "decimal"), "1.50"),
        (Literal("2", XSD + "decimal"), f'"2"^^<{XSD}decimal>'),
        (Literal("1.0E1", XSD + "double"), "1.0E1"),
        (Literal("true", XSD + "boolean"), "true"),
        (Literal("true", STRING), '"true"'),
        (Literal("back\\slash", STRING), '"back\\\\slash"'),
        (Iri('http://x/<">'), "<http://x/\\u003C\\u0022\\u003E>"),
        (None, ""),
    ],
)
def test_terms_keep_their_type_in_tsv(term: Term | None, text: str) -> None:
    assert format_term(term) == text


def test_ordinary_text_is_shown_as_it_is() -> None:
    assert show_text("Sjögren’s: 2 g/kg – 5 × 🙂") == "Sjögren’s: 2 g/kg – 5 × 🙂"
    assert show_text("a\x00\u200b\U000e0041") == "a\\u0000\\u200b\\U000e0041"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html></html>",
        b"[]",
        b"{}",
        b'{"head": {"vars": ["a"]}}',
        b'{"head": {"vars": ["a"]}, "results": {"bindings": [{"a": {"type": "uri"}}]}}',
        b'{"head": {"vars": ["a"]}, "results": {"bindings": [{"a": {"type": "magic", "value": "x"}}]}}',
        b'{"head": {"vars": ["a"]}, "results": {"bindings": [{"a": {"type": "uri", "value": 3}}]}}',
        b'{"head": {"vars": ["a"]}, "results": {"bindings": [{"b": {"type": "uri", "value": "x"}}]}}',
        b'{"head": {"vars": ["a", "a"]}, "results": {"bindings": []}}',
        b'{"head": {"vars": [1]}, "results": {"bindings": []}}',
        b'{"head": {"vars": ["a"]}, "results": {"bindings": [The SPARQL operation has been cancelled',
        b"[" * 100_000,
    ],
    ids=range(13),
)
def test_what_is_no_whole_result_is_an_error(text: bytes) -> None:
    with pytest.raises(NotResultsError):
        parse_results(text)


def test_typed_literals_of_older_servers_are_read() -> None:
    value = {"type": "typed-literal", "value": "1", "datatype": "d"}
    text = json.dumps({"head": {"vars": ["a"]}, "results": {"bindings": [{"a": value}]}}).encode()
    assert parse_results(text).rows == ((Literal("1", "d"),),)

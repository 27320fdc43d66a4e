from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest

from nervegraph.errors import Misuse
from nervegraph.gate import MAX_BYTES, MAX_NESTING, RefusedQuery, check_query

REFUSED = sorted((Path(__file__).parent / "invalid" / "queries").glob("*.rq"))
RULES = (
    "ambiguous-iri",
    "codepoint-escape",
    "empty",
    "foreign-graph",
    "service",
    "too-many-clauses",
    "too-many-patterns",
    "too-many-terms",
    "too-nested",
    "unclosed-string",
    "update",
)
NAMESPACE = "PREFIX nvg: <https://w3id.org/nervegraph/>\n"


def _refusal_of(query: str) -> RefusedQuery:
    with pytest.raises(RefusedQuery) as caught:
        check_query(query)
    return caught.value


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_each_query_of_the_corpus_is_refused_by_the_rule_in_its_name(path: Path) -> None:
    refusal = _refusal_of(path.read_text(encoding="utf-8"))
    assert path.stem.startswith(refusal.rule)
    assert refusal.exit_code == Misuse.exit_code
    assert str(refusal).startswith(f"line {refusal.line} of the query: ")
    assert "\n" not in str(refusal)


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_a_query_in_the_corpus(rule: str) -> None:
    assert any(path.stem.startswith(rule) for path in REFUSED)


@pytest.mark.parametrize(
    "query",
    [
        NAMESPACE
        + "SELECT ?s WHERE { ?s a nvg:Study ; nvg:design/nvg:label ?d , 'x'@en-GB . FILTER (?d != 'SERVICE') }",
        NAMESPACE + "SELECT ?service WHERE { ?service nvg:service ?x # SERVICE <http://x> {}\n }",
        "SELECT ?s WHERE { ?s ?p <https://example.org/service/LOAD#DROP> }",
        'SELECT ?s WHERE { ?s ?p """SERVICE "quoted" <x> {{{ # \\u0053""" }',
        "PREFIX u: <urn:x#y>\nSELECT ?s WHERE { ?s u:p <urn:a:b> , <mailto:a@b> }",
        "SELECT ?s WHERE { ?s ?p ?o FILTER (?o < 5 && ?o > 3 || ?o<=7) }",
        "SELECT * FROM <https://w3id.org/nervegraph/graph/derived> WHERE { ?s ?p ?o }",
        "PREFIX g: <https://w3id.org/nervegraph/graph/>\nSELECT * FROM g:a FROM NAMED g:b { ?s ?p ?o }",
        "SELECT ?x { VALUES ?x { " + "-1 " * 9_900 + "} }",
        "SELECT ?x { VALUES (?x ?y) { " + "(1 UNDEF) " * 4_900 + "} }",
        "SELECT ?x { ?s ?p ?x FILTER (?x IN (" + "1," * 9_900 + "1)) }",
        "SELECT ?x { " + "?s ?p ?o . " * 195 + "}",
        "SELECT ?x { ?s ?p ?x FILTER (" + "?x = 1 || " * 40 + "false) }",
        "ASK { ?s ?p '' , \"\" , ''' ''' }",
        "DESCRIBE <https://w3id.org/nervegraph/study/rist-2011>",
        "SELECT * { ?s ?p 'insert' ; <https://w3id.org/nervegraph/delete> ?load }",
    ],
)
def test_an_honest_query_passes(query: str) -> None:
    check_query(query)


@pytest.mark.parametrize("name", ["questions", "checks", "derive"])
def test_the_shipped_queries_pass(name: str) -> None:
    for path in sorted((Path(__file__).parents[1] / "queries" / name).glob("*.rq")):
        check_query(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * " + "{" * 20_000 + "}" * 20_000,
        "SELECT * { FILTER " + "(" * 20_000,
        "SELECT * { FILTER (" + "!" * 20_000,
        "SELECT * { FILTER (" + "1+" * 20_000,
        "SELECT * { ?s ?p " + "[ ?p " * 10_000,
        "SELECT * { " + "{}UNION" * 9_000 + "{}}",
        "SELECT * { ?s " + "(" * 20_000 + "<p>",
        "SELECT * { " + "<<" * 20_000,
        "SELECT * { ?s ?p '" + "a\\'" * 20_000,
        'SELECT * { ?s ?p """' + 'a"' * 30_000,
        "SELECT * { ?a" + "<b:c " * 12_000,
        "SELECT * { " + "?s ?p 1." * 8_000,
        "{}" * 32_000,
        "#" * 65_000,
        '"' * 65_000,
        "a:" * 32_000,
    ],
    ids=lambda query: query[9:28],
)
def test_hostile_text_is_judged_in_a_tenth_of_a_second_or_so(query: str) -> None:
    start = time.process_time()
    with contextlib.suppress(RefusedQuery):
        check_query(query)
    # Ten times what it takes here: quadratic work on 64 kB would take minutes.
    assert time.process_time() - start < 1.5


def test_the_limits_are_where_they_are_said_to_be() -> None:
    check_query("ASK {}" + " " * (MAX_BYTES - 6))
    assert _refusal_of("ASK {}" + " " * (MAX_BYTES - 5)).rule == "too-long"
    check_query("ASK " + "{" * MAX_NESTING + "}" * MAX_NESTING)
    assert _refusal_of("ASK " + "{" * (MAX_NESTING + 1)).rule == "too-nested"
    check_query("ASK { " + "?s ?p ?o . " * 200 + "}")
    assert _refusal_of("ASK { " + "?s ?p ?o . " * 201 + "}").rule == "too-many-patterns"


def test_bytes_are_counted_not_characters() -> None:
    assert _refusal_of("ASK { ?s ?p '" + "ö" * 40_000 + "' }").rule == "too-long"


def test_half_a_character_is_refused() -> None:
    refusal = _refusal_of("ASK {\n ?s ?p '\ud800' }")
    assert (refusal.rule, refusal.line) == ("not-unicode", 2)


def test_the_refusal_names_the_line() -> None:
    assert _refusal_of("SELECT *\nWHERE {\n  SERVICE <http://x> {}\n}").line == 3


def test_a_query_for_a_remote_endpoint_may_name_its_graphs_and_services_but_not_update() -> None:
    check_query("SELECT * FROM <http://example.org/g> { SERVICE <http://example.org/> { ?s ?p ?o } }", remote=True)
    with pytest.raises(RefusedQuery, match="INSERT changes data"):
        check_query("INSERT DATA { <a> <b> <c> }", remote=True)

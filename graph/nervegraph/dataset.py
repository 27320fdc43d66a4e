"""The boundary around rdflib: asking the TriG file of a build with an engine that is not the store's.

A second engine is there to agree with the first, so values are brought into the form the store keeps them in. rdflib
reads files and calls servers when a query asks it to (FROM, LOAD, SERVICE); both are switched off here, but it expands
escapes before it parses, so text from outside is not given to it: only shipped questions are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import rdflib
import rdflib.plugins.sparql
from pyparsing import ParseException
from rdflib.namespace import SH
from rdflib.plugins.sparql import prepareQuery, prepareUpdate
from rdflib.plugins.sparql.sparql import Query, Update

from nervegraph.errors import DamagedBuildError, EndpointError, FindingsError, Misuse
from nervegraph.rdfterms import BlankNode, Iri, Literal, Term
from nervegraph.results import TRIPLE_COLUMNS, Results, boolean_results
from nervegraph.shapes import ShapeFinding
from nervegraph.store_seal import build_directory_of
from nervegraph.terms import PREFIXES

_XSD = PREFIXES["xsd"]
_STRING = _XSD + "string"
_LANGUAGE_STRING = PREFIXES["rdf"] + "langString"
# XML Schema part 2, 3.3: the types derived from integer. The store keeps them all as integers.
_INTEGERS = frozenset(
    {
        _XSD + "integer",
        _XSD + "int",
        _XSD + "long",
        _XSD + "short",
        _XSD + "byte",
        _XSD + "nonNegativeInteger",
        _XSD + "positiveInteger",
        _XSD + "nonPositiveInteger",
        _XSD + "negativeInteger",
        _XSD + "unsignedInt",
        _XSD + "unsignedLong",
        _XSD + "unsignedShort",
        _XSD + "unsignedByte",
    }
)
_INTEGER_FORM = re.compile(r"[+-]?[0-9]+")


_NO_SERVICE = "nervegraph: no SERVICE"


class _ServiceRefused(Exception):
    """A query asked rdflib to call a server."""


class LoadedDataset:
    """The graphs of a TriG file as rdflib reads them; the default graph is the union of all.

    For queries shipped with NerveGraph, never for text from outside.
    """

    def __init__(self, trig_path: Path) -> None:
        self._dataset = rdflib.Dataset(default_union=True)
        self._dataset.parse(trig_path, format="trig")

    def query(self, query: str) -> Results:
        """What rdflib answers.

        :raises Misuse: the query is not valid SPARQL, calls SERVICE, or is an update.
        """
        with _nothing_fetched():
            result = self._dataset.query(query)
            if result.type == "ASK":
                return boolean_results(bool(result.askAnswer))
            if result.type == "SELECT":
                columns = tuple(str(name) for name in result.vars or ())
                rows = tuple(tuple(map(_optional_term, row)) for row in _rows_of(result))
                return Results("rows", columns, rows)
            return Results("triples", TRIPLE_COLUMNS, tuple(tuple(map(_term, triple)) for triple in _rows_of(result)))


class LocalDataset(rdflib.Dataset):
    """A Dataset whose queries and updates stay with what is in it: nothing they name is read or called.

    What would fetch something is refused instead of finding nothing: FROM, LOAD and SERVICE.
    """

    def query(self, query_object: str | Query, *arguments: Any, **options: Any) -> rdflib.query.Result:
        """As rdflib's own, with all rows computed before they are given.

        :raises Misuse: the query is not valid SPARQL, or has FROM or SERVICE.
        """
        with _nothing_fetched():
            if isinstance(query_object, str):
                query_object = prepareQuery(query_object, *self._reading(options))
            if query_object.algebra.datasetClause:
                raise Misuse("FROM would read what it names; choose a graph of this build with GRAPH <…> { … }.")
            result = super().query(query_object, *arguments, **options)
            if result.type == "SELECT":
                # rdflib computes rows when they are walked, and would call servers then.
                result.bindings = list(result.bindings)
            return result

    def update(self, update_object: str | Update, *arguments: Any, **options: Any) -> None:
        """As rdflib's own; it changes this copy and never the build.

        :raises Misuse: the update is not valid SPARQL, or has LOAD or SERVICE.
        """
        with _nothing_fetched():
            if isinstance(update_object, str):
                update_object = prepareUpdate(update_object, *self._reading(options))
            if any(step.name == "Load" for step in update_object.algebra):
                raise Misuse("LOAD would read what it names; read the file yourself with parse().")
            super().update(update_object, *arguments, **options)

    def _reading(self, options: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
        """The prefixes and the base with which rdflib reads a text."""
        return options.get("initNs") or dict(self.namespaces()), options.get("base")


def load_local_dataset(trig_path: Path) -> LocalDataset:
    """The graphs of a TriG file as a Dataset; its default graph is the union of all.

    :raises DamagedBuildError: the file is missing or no TriG.
    """
    dataset = LocalDataset(default_union=True)
    try:
        dataset.parse(trig_path, format="trig")
    except (OSError, SyntaxError, ValueError, rdflib.exceptions.ParserError) as error:
        raise DamagedBuildError(build_directory_of(trig_path), f"{trig_path.name} is missing or damaged") from error
    return dataset


@contextmanager
def _nothing_fetched() -> Iterator[None]:
    """FROM, LOAD and SERVICE switched off in rdflib, and its errors in words."""
    loads = rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS
    rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS = False
    rdflib.plugins.sparql.CUSTOM_EVALS[_NO_SERVICE] = _refuse_service
    try:
        yield
    except _ServiceRefused:
        raise Misuse("SERVICE would call another server; ask that server itself with --endpoint URL") from None
    except ParseException as error:
        raise Misuse(f"rdflib cannot read the query, line {error.lineno}, column {error.column}") from error
    finally:
        rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS = loads
        rdflib.plugins.sparql.CUSTOM_EVALS.pop(_NO_SERVICE, None)


def query_dataset(trig_path: Path, query: str) -> Results:
    """What rdflib answers to `query` on the graphs of a TriG file; see `LoadedDataset`."""
    return LoadedDataset(trig_path).query(query)


def parse_triples(text: str, format_name: str) -> Results:
    """The triples of a Turtle (`turtle`) or N-Triples (`nt`) text from a remote endpoint.

    :raises EndpointError: the text is not valid, or nested too deeply to be read.
    """
    graph = rdflib.Graph()
    try:
        graph.parse(data=text, format=format_name)
    except (SyntaxError, ValueError, RecursionError, rdflib.exceptions.ParserError) as error:
        raise EndpointError(f"the endpoint's triples cannot be read as {format_name}: {error}") from error
    return Results("triples", TRIPLE_COLUMNS, tuple(tuple(map(_term, triple)) for triple in graph))


def _refuse_service(context: Any, part: Any) -> Any:
    if part.name == "ServiceGraphPattern":
        raise _ServiceRefused
    # rdflib's way of saying that this evaluator is not the one for this part.
    raise NotImplementedError


def _rows_of(result: Iterable[Any]) -> Iterator[tuple[rdflib.term.Node, ...]]:
    for row in result:
        yield tuple(row)


def _optional_term(term: rdflib.term.Node | None) -> Term | None:
    return None if term is None else _term(term)


def _term(term: rdflib.term.Node) -> Term:
    if isinstance(term, rdflib.URIRef):
        return Iri(str(term))
    if isinstance(term, rdflib.BNode):
        return BlankNode(str(term))
    if not isinstance(term, rdflib.Literal):
        raise Misuse(f"the answer holds {term.n3()}, which is neither an IRI, a literal nor a blank node")
    if term.language:
        return Literal(str(term), _LANGUAGE_STRING, term.language.lower())
    return _as_stored(str(term), str(term.datatype or _STRING))


def _as_stored(lexical: str, datatype: str) -> Literal:
    """The literal in the form that the store gives it: whole numbers as integers, no idle zeros."""
    if datatype in _INTEGERS and _INTEGER_FORM.fullmatch(lexical):
        return Literal(str(int(lexical)), _XSD + "integer")
    if datatype == _XSD + "decimal":
        return Literal(_plain_decimal(lexical), datatype)
    if datatype == _XSD + "boolean":
        return Literal({"1": "true", "0": "false"}.get(lexical, lexical), datatype)
    return Literal(lexical, datatype)


def _plain_decimal(lexical: str) -> str:
    try:
        plain = format(Decimal(lexical), "f")
    except InvalidOperation:
        return lexical
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "") else plain


def validate_shapes(data: Path | bytes, shapes_path: Path) -> list[ShapeFinding]:
    """What in the data breaks the shapes by the standard validator, sorted; empty if all is well.

    A build asks its store instead (`shapes.find_broken_shapes`), with the same findings in a fraction of the time; this
    is for tests, and for whoever wants the word of pySHACL.

    :param data: an RDF file whose suffix tells its format, or N-Quads; all graphs are looked at as one.
    :raises FindingsError: the data or the shapes are not valid RDF, or the shapes are not valid SHACL.
    """
    # Imported here because it takes longer to import than most commands take to run.
    import pyshacl

    shapes = _read_as_one_graph(shapes_path)
    try:
        # The data is thrown away afterwards, so it need not be copied before.
        _, report, explanation = pyshacl.validate(_read_as_one_graph(data), shacl_graph=shapes, inplace=True)
    except pyshacl.errors.ReportableRuntimeError as error:
        report, explanation = None, error
    if not isinstance(report, rdflib.Graph):
        raise FindingsError(
            f"{shapes_path}: these shapes are not valid SHACL: {' '.join(str(explanation).split())[:200]}"
        )
    return sorted(_finding(report, result) for result in report.subjects(rdflib.RDF.type, SH.ValidationResult))


def find_contradictions(*data: Path | bytes) -> list[str]:
    """What the data and the ontology given with it contradict each other in, by the OWL 2 RL rules; empty if nothing.

    :param data: RDF files or N-Quads, put together and expanded in memory; for thousands of triples, not for millions.
    """
    import owlrl

    merged = rdflib.Graph()
    for one in data:
        _add_to(merged, one)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(merged)
    return sorted(str(message) for message in merged.objects(None, owlrl.Namespaces.ERRNS.error))


def _finding(report: rdflib.Graph, result: rdflib.term.Node) -> ShapeFinding:
    def fact(name: rdflib.URIRef) -> str:
        term = report.value(result, name)
        if isinstance(term, rdflib.Literal):
            return _as_stored(str(term), str(term.datatype or _STRING)).value
        return "" if term is None else str(term)

    return ShapeFinding(
        shape=fact(SH.sourceShape).rpartition("/")[2],
        node=fact(SH.focusNode),
        property=fact(SH.resultPath),
        value=fact(SH.value),
        message=fact(SH.resultMessage),
        severity="error" if fact(SH.resultSeverity) == str(SH.Violation) else "warning",
    )


def _read_as_one_graph(data: Path | bytes) -> rdflib.Graph:
    merged = rdflib.Graph()
    _add_to(merged, data)
    return merged


def _add_to(merged: rdflib.Graph, data: Path | bytes) -> None:
    try:
        if isinstance(data, Path) and data.suffix == ".ttl":
            merged.parse(data, format="turtle")
            return
        dataset = rdflib.Dataset(default_union=True)
        if isinstance(data, Path):
            dataset.parse(data)
        else:
            dataset.parse(data=data, format="nquads")
    except (SyntaxError, ValueError, rdflib.exceptions.ParserError) as error:
        name = data if isinstance(data, Path) else "N-Quads"
        raise FindingsError(f"{name}: this is not valid RDF: {str(error)[:200]}") from error
    for subject, predicate, value, _ in dataset.quads():
        merged.add((subject, predicate, value))

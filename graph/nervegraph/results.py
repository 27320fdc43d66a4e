"""SPARQL 1.1 Query Results JSON (W3C Recommendation, 21 March 2013): rows to text and text to rows, engine neutral.

Triples of a CONSTRUCT travel as rows too, with the columns of `TRIPLE_COLUMNS`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal as OneOf

from nervegraph.rdfterms import BlankNode, Iri, Literal, Row, Term
from nervegraph.terms import PREFIXES

Kind = OneOf["rows", "boolean", "triples"]
TRIPLE_COLUMNS = ("subject", "predicate", "object")
BOOLEAN_COLUMNS = ("answer",)

_STRING = PREFIXES["xsd"] + "string"
_BOOLEAN = PREFIXES["xsd"] + "boolean"
_YES = Literal("true", _BOOLEAN)
_NO = Literal("false", _BOOLEAN)
_LANGUAGE_STRING = PREFIXES["rdf"] + "langString"
_ROWS_PER_PIECE = 500
# One encoder for all pieces: json.dumps would make a new one each time.
_encode = json.JSONEncoder(ensure_ascii=False).encode


class NotResultsError(ValueError):
    """A text that should be SPARQL Results JSON is something else; `str()` says in what way."""


@dataclass(frozen=True)
class Results:
    """What a query answered: column names without `?`, and rows in the engine's order.

    A yes or no is one row with one xsd:boolean; triples are rows of subject, predicate and object.
    """

    kind: Kind
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def is_true(self) -> bool:
        """Whether this is the yes of an ASK query."""
        return self.rows == ((_YES,),)


def boolean_results(value: bool) -> Results:
    """The results of an ASK query."""
    return Results("boolean", BOOLEAN_COLUMNS, ((_YES if value else _NO,),))


def format_rows(columns: tuple[str, ...], rows: Iterable[Row]) -> Iterator[bytes]:
    """SPARQL Results JSON in pieces, so that a caller can stop when it grows too large."""
    yield f'{{"head": {{"vars": {_encode(list(columns))}}}, "results": {{"bindings": ['.encode()
    remaining = iter(rows)
    separator = "\n"
    while piece := list(islice(remaining, _ROWS_PER_PIECE)):
        bindings = [
            {name: _to_json(term) for name, term in zip(columns, row, strict=True) if term is not None} for row in piece
        ]
        yield (separator + _encode(bindings)[1:-1]).encode()
        separator = ",\n"
    yield b"\n]}}\n"


def format_boolean(value: bool) -> bytes:
    """SPARQL Results JSON of an ASK query."""
    return json.dumps({"head": {}, "boolean": value}).encode() + b"\n"


def parse_results(data: bytes) -> Results:
    """The results that SPARQL Results JSON text describes.

    :raises NotResultsError: the text is not whole, not JSON, or not of this form.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotResultsError("it is not whole JSON") from error
    if not isinstance(document, dict):
        raise NotResultsError("it is JSON, but not a SPARQL result")
    if isinstance(document.get("boolean"), bool):
        return boolean_results(document["boolean"])
    try:
        columns = tuple(document["head"]["vars"])
        bindings = document["results"]["bindings"]
        if len(set(columns)) != len(columns) or not all(isinstance(name, str) for name in columns):
            raise NotResultsError("its column names are not distinct names")
        known = set(columns)
        for binding in bindings:
            if not known.issuperset(binding):
                raise NotResultsError(f"a row has the column {min(set(binding) - known)}, which the head does not name")
        rows = tuple(
            tuple(_from_json(binding[name]) if name in binding else None for name in columns) for binding in bindings
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise NotResultsError("it is JSON, but not a SPARQL result") from error
    return Results("rows", columns, rows)


def _to_json(term: Term) -> dict[str, str]:
    if isinstance(term, Iri):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.label}
    if term.language:
        return {"type": "literal", "value": term.value, "xml:lang": term.language}
    if term.datatype == _STRING:
        return {"type": "literal", "value": term.value}
    return {"type": "literal", "value": term.value, "datatype": term.datatype}


def _from_json(value: dict[str, str]) -> Term:
    kind, text = value["type"], value["value"]
    if not isinstance(text, str):
        raise NotResultsError(f"a value is {text!r}, not a text")
    if kind == "uri":
        return Iri(text)
    if kind == "bnode":
        return BlankNode(text)
    # "typed-literal" is what older servers such as Virtuoso still write.
    if kind not in ("literal", "typed-literal"):
        raise NotResultsError(f"a value is of the type {kind!r}, which is neither uri, literal nor bnode")
    language = value.get("xml:lang")
    if language:
        return Literal(text, _LANGUAGE_STRING, language.lower())
    return Literal(text, value.get("datatype", _STRING))

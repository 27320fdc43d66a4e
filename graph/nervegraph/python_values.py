"""RDF terms as Python's own values, for rows that a program goes on with."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from nervegraph.rdfterms import BlankNode, Iri, Literal, Term
from nervegraph.terms import PREFIXES

PythonValue: TypeAlias = bool | int | float | Decimal | str | None

_XSD = PREFIXES["xsd"]
_TYPES: dict[str, type[int] | type[float] | type[Decimal]] = {
    _XSD + "integer": int,
    _XSD + "gYear": int,
    _XSD + "decimal": Decimal,
    _XSD + "double": float,
    _XSD + "float": float,
}
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def python_value(term: Term | None) -> PythonValue:
    """The value of a term: a number, a yes or no, a text; an IRI as its CURIE; None for an empty cell.

    A literal that does not hold what its datatype promises stays the text it is.
    """
    if term is None:
        return None
    if isinstance(term, Iri):
        return curie(term.value)
    if isinstance(term, BlankNode):
        return f"_:{term.label}"
    return _literal_value(term)


def curie(iri: str) -> str:
    """The IRI shortened by one of our prefixes, such as `nvg:drug/ivig`; whole where none fits."""
    for name, namespace in PREFIXES.items():
        if iri.startswith(namespace) and iri != namespace:
            return f"{name}:{iri.removeprefix(namespace)}"
    return iri


def _literal_value(literal: Literal) -> PythonValue:
    if literal.datatype == _XSD + "boolean":
        return _BOOLEANS.get(literal.value, literal.value)
    kind = _TYPES.get(literal.datatype)
    if kind is None:
        return literal.value
    try:
        return kind(literal.value)
    except (ValueError, ArithmeticError):
        return literal.value

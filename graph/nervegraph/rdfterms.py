"""RDF terms as plain values that belong to no library, so that engines can be exchanged and answers compared."""

from __future__ import annotations

from dataclasses import dataclass

_XSD = "http://www.w3.org/2001/XMLSchema#"
XSD_STRING = f"{_XSD}string"
XSD_INTEGER = f"{_XSD}integer"
XSD_DECIMAL = f"{_XSD}decimal"
XSD_DOUBLE = f"{_XSD}double"
XSD_BOOLEAN = f"{_XSD}boolean"
RDF_LANG_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"


@dataclass(frozen=True, slots=True)
class Iri:
    """An absolute IRI."""

    value: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal: its lexical form, the IRI of its datatype, and its language tag in lower case, or None."""

    value: str
    datatype: str = XSD_STRING
    language: str | None = None


@dataclass(frozen=True, slots=True)
class BlankNode:
    """A blank node; its label means something only within one answer."""

    value: str


Term = Iri | Literal | BlankNode

"""RDF terms as plain values, so that rows of an answer name no engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Iri:
    """An IRI, absolute."""

    value: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal: its text, the IRI of its datatype, and its language tag in lower case (None without one)."""

    value: str
    datatype: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class BlankNode:
    """A node without a name; its label means nothing outside the answer it came in."""

    label: str


Term: TypeAlias = Iri | Literal | BlankNode
Row: TypeAlias = tuple[Term | None, ...]
"""One row of an answer, in the order of its columns; None where a variable is unbound."""

Triple: TypeAlias = tuple[Iri | BlankNode, Iri, Term]

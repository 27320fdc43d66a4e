"""N-Quads text: terms and lines, engine neutral (W3C N-Quads 1.1, canonical form of RDF 1.2 N-Quads §3).

The record is written as N-Quads because that text is the product everything else is made from: sorted it gives the data
hash, and it keeps literals as the curator typed them where a store would normalise them.
"""

from __future__ import annotations

from nervegraph.terms import PREFIXES

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"})
_INTEGER = f"^^<{PREFIXES['xsd']}integer>"
_DECIMAL = f"^^<{PREFIXES['xsd']}decimal>"
_BOOLEAN = f"^^<{PREFIXES['xsd']}boolean>"
_YEAR = f"^^<{PREFIXES['xsd']}gYear>"


def iri(address: str) -> str:
    """An IRI term; the caller vouches for its characters (ids and checked links only)."""
    return f"<{address}>"


def text(value: str) -> str:
    """A plain string literal."""
    return f'"{value.translate(_ESCAPES)}"'


def integer(value: int) -> str:
    """An xsd:integer literal."""
    return f'"{value}"{_INTEGER}'


def decimal(lexical: str) -> str:
    """An xsd:decimal literal with the digits as typed."""
    return f'"{lexical}"{_DECIMAL}'


def boolean(value: bool) -> str:
    """An xsd:boolean literal."""
    return f'"{"true" if value else "false"}"{_BOOLEAN}'


def year(value: int) -> str:
    """An xsd:gYear literal."""
    return f'"{value:04d}"{_YEAR}'


class GraphLines:
    """The lines of one named graph, collected in any order; `lines()` gives them sorted and without repeats."""

    def __init__(self, graph: str) -> None:
        self._end = f" <{graph}> ."
        self._lines: set[str] = set()

    def add(self, subject: str, predicate: str, obj: str | None) -> None:
        """Add one triple: subject and predicate are IRIs, `obj` is a term; nothing is added for an `obj` of None."""
        if obj is not None:
            self._lines.add(f"<{subject}> <{predicate}> {obj}{self._end}")

    def lines(self) -> list[str]:
        """The N-Quads lines in code point order, without line ends."""
        return sorted(self._lines)

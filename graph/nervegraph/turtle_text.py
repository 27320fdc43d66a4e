"""Triples as Turtle (W3C Recommendation, 25 February 2014), sorted: the same triples give the same text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from nervegraph.answers import format_term
from nervegraph.rdfterms import Iri, Literal, Row, Term
from nervegraph.terms import PREFIXES

_XSD = PREFIXES["xsd"]
_LOCAL_NAME = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")


def format_turtle(rows: Iterable[Row]) -> str:
    """Sorted Turtle, one block per subject; the same triples give the same text."""
    used: dict[str, str] = {}
    blocks: dict[str, list[tuple[str, str]]] = {}
    for subject, predicate, value in sorted(rows, key=lambda row: tuple(map(format_term, row))):
        blocks.setdefault(_short(subject, used), []).append((_short(predicate, used), _short(value, used)))
    lines = [f"@prefix {name}: <{iri}> ." for name, iri in sorted(used.items())]
    for subject_text, pairs in blocks.items():
        lines.append("")
        last = len(pairs) - 1
        for number, (predicate_text, value_text) in enumerate(pairs):
            start = subject_text if number == 0 else "   "
            lines.append(f"{start} {predicate_text} {value_text} {'.' if number == last else ';'}")
    return "".join(line + "\n" for line in lines)


def _short(term: Term | None, used: dict[str, str]) -> str:
    """The term with a prefix where one fits, which is noted in `used`."""
    if isinstance(term, Iri):
        for name, iri in PREFIXES.items():
            local = term.value.removeprefix(iri)
            if local != term.value and _LOCAL_NAME.fullmatch(local):
                used[name] = iri
                return f"{name}:{local}"
    if isinstance(term, Literal) and term.datatype.startswith(_XSD):
        text, mark, datatype = format_term(term).rpartition("^^")
        if mark and datatype == f"<{term.datatype}>":
            return f"{text}^^{_short(Iri(term.datatype), used)}"
    return format_term(term)

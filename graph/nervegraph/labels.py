"""The names of things, looked up in a store by their IRIs."""

from __future__ import annotations

from collections.abc import Iterable

from nervegraph import nquads
from nervegraph.evidence import Askable
from nervegraph.rdfterms import Iri, Literal
from nervegraph.results import Results
from nervegraph.terms import BASE, PREFIXES

_AT_A_TIME = 500


def find_unlabelled(results: Results) -> list[str]:
    """Our own IRIs in columns that have no column of labels beside them, each once."""
    places = [index for index, name in enumerate(results.columns) if f"{name}_label" not in results.columns]
    terms = (row[index] for row in results.rows for index in places)
    return [*dict.fromkeys(term.value for term in terms if isinstance(term, Iri) and term.value.startswith(BASE))]


def find_labels(store: Askable, iris: Iterable[str]) -> dict[str, str]:
    """The label of each IRI that has one; of several the first by code point.

    :raises NerveGraphError: the store cannot be asked.
    """
    either = f"{nquads.iri(PREFIXES['skos'] + 'prefLabel')}|{nquads.iri(PREFIXES['rdfs'] + 'label')}"
    labels: dict[str, str] = {}
    wanted = [*iris]
    for start in range(0, len(wanted), _AT_A_TIME):
        values = " ".join(map(nquads.iri, wanted[start : start + _AT_A_TIME]))
        query = f"SELECT ?thing ?label {{ VALUES ?thing {{ {values} }} ?thing {either} ?label }} ORDER BY ?thing ?label"
        for thing, label in store.select(query).rows:
            if isinstance(thing, Iri) and isinstance(label, Literal):
                labels.setdefault(thing.value, label.value)
    return labels

"""The evidence as the page needs it, read from a store by the queries in `queries/page/` and by nothing else.

Each of those queries answers with rows of owner, node, property and value, so that a part with several values of one
kind never multiplies another's rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from nervegraph import terms
from nervegraph.rdfterms import Iri, Literal, Row, Term
from nervegraph.resources import resource_directory


class Selected(Protocol):
    """Columns and rows of an answer."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, without `?`."""

    @property
    def rows(self) -> Iterator[Row]:
        """The rows, which can be walked once."""


class Askable(Protocol):
    """A store that answers SELECT queries over the union of its graphs."""

    def select(self, query: str) -> Selected:
        """The answer of a SELECT query."""


@dataclass(frozen=True)
class Node:
    """A thing of the graph with its facts; keys are the ontology's names, other vocabularies' as `rdfs:label`."""

    iri: str
    facts: Mapping[str, tuple[str, ...]]

    @property
    def key(self) -> str:
        """The part of the IRI that tells this thing from others of the graph, such as `rist-2011/group/all`."""
        return self.iri.removeprefix(terms.BASE).removeprefix("study/")

    def texts(self, name: str) -> tuple[str, ...]:
        """All values of a property, sorted; empty where nothing is said."""
        return self.facts.get(name, ())

    def text(self, name: str) -> str | None:
        """The value of a property that has one, or None where nothing is said."""
        return next(iter(self.texts(name)), None)

    def integer(self, name: str) -> int | None:
        """A whole number, or None where nothing is said."""
        value = self.text(name)
        return None if value is None else int(value)


Parts = Mapping[str, tuple[Node, ...]]
"""The parts of each owner, by the owner's IRI, in the order of the parts' IRIs."""


@dataclass(frozen=True)
class Curation:
    """Who made a study's record and who read it a second time."""

    curator: str
    second_reader: str


@dataclass(frozen=True)
class Place:
    """Where something was read: a section of a source, and how deeply that source was read (the id of the depth)."""

    section: str
    sentence: int | None
    source: Node
    depth: str


@dataclass(frozen=True)
class Evidence:
    """Everything the page shows. Names of concepts fall back on their ids where the graph holds no vocabularies."""

    studies: tuple[Node, ...]
    people: Parts
    episodes: Parts
    exposures: Parts
    doses: Parts
    outcomes: Parts
    counts: Parts
    course: Parts
    sources: Parts
    places: Mapping[str, Place]
    curation: Mapping[str, Curation]
    names: Mapping[str, str]
    synonyms: Mapping[str, tuple[str, ...]]
    broader: Mapping[str, tuple[str, ...]]

    def name(self, concept: str | None) -> str:
        """What a concept is called; empty for None."""
        if concept is None:
            return ""
        return self.names.get(concept) or slug(concept).replace("-", " ")

    def short_name(self, concept: str) -> str:
        """The abbreviation that a concept has its id from (IVIG), else its name."""
        own = slug(concept)
        return next((word for word in self.synonyms.get(concept, ()) if word.lower() == own), self.name(concept))

    def with_ancestors(self, concept: str) -> tuple[str, ...]:
        """The concept itself and everything it lies under, sorted."""
        found: set[str] = set()
        waiting = [concept]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting += self.broader.get(current, ())
        return tuple(sorted(found))

    def place_of(self, node: Node) -> Place | None:
        """Where a fact was read; None where the graph does not say."""
        return self.places.get(node.text("locatedAt") or "")


def slug(iri: str) -> str:
    """The last part of an IRI, by which a vocabulary's concept is known."""
    return iri.rsplit("/", 1)[-1]


def read_evidence(store: Askable) -> Evidence:
    """The evidence of a store.

    :raises NerveGraphError: the store cannot be asked.
    """
    sources = _read_parts(store, "sources")
    source_nodes = {node.iri: node for nodes in sources.values() for node in nodes}
    names, synonyms = _read_words(store)
    return Evidence(
        studies=tuple(node for nodes in _read_parts(store, "studies").values() for node in nodes),
        people=_read_parts(store, "people"),
        episodes=_read_parts(store, "episodes"),
        exposures=_read_parts(store, "exposures"),
        doses=_read_parts(store, "doses"),
        outcomes=_read_parts(store, "outcomes"),
        counts=_read_parts(store, "counts"),
        course=_read_parts(store, "course"),
        sources=sources,
        places=_read_places(store, source_nodes),
        curation=_read_curation(store),
        names=names,
        synonyms=synonyms,
        broader=_read_broader(store),
    )


def _rows(store: Askable, name: str) -> Iterator[Row]:
    query = (resource_directory("queries") / "page" / f"{name}.rq").read_text(encoding="utf-8")
    return store.select(query).rows


def _value(term: Term | None) -> str:
    return term.value if isinstance(term, Iri | Literal) else ""


def _property_key(iri: str) -> str:
    for prefix, namespace in terms.PREFIXES.items():
        if iri.startswith(namespace):
            name = iri.removeprefix(namespace)
            return name if prefix == "nvg" else f"{prefix}:{name}"
    return iri


def _read_parts(store: Askable, name: str) -> dict[str, tuple[Node, ...]]:
    found: dict[str, dict[str, dict[str, set[str]]]] = {}
    for row in _rows(store, name):
        owner, node, key, value = (_value(term) for term in row)
        found.setdefault(owner, {}).setdefault(node, {}).setdefault(_property_key(key), set()).add(value)
    return {
        owner: tuple(
            Node(iri, {key: tuple(sorted(values)) for key, values in sorted(facts.items())})
            for iri, facts in sorted(nodes.items())
        )
        for owner, nodes in sorted(found.items())
    }


def _read_places(store: Askable, sources: Mapping[str, Node]) -> dict[str, Place]:
    places = {}
    for owner, nodes in _read_parts(store, "places").items():
        source = sources.get(owner)
        if source is None:
            continue
        for node in nodes:
            depth = slug(source.text("readingDepth") or "")
            places[node.iri] = Place(node.text("section") or "", node.integer("sentence"), source, depth)
    return places


def _read_curation(store: Askable) -> dict[str, Curation]:
    found: dict[str, Curation] = {}
    for row in _rows(store, "curators"):
        study, curator, second_reader = (_value(term) for term in row)
        found.setdefault(study, Curation(curator, second_reader or "none"))
    return found


def _read_words(store: Askable) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    names: dict[str, str] = {}
    synonyms: dict[str, tuple[str, ...]] = {}
    for row in _rows(store, "words"):
        concept, word, preferred = (_value(term) for term in row)
        if preferred == "true":
            names.setdefault(concept, word)
        else:
            synonyms[concept] = (*synonyms.get(concept, ()), word)
    return names, synonyms


def _read_broader(store: Askable) -> dict[str, tuple[str, ...]]:
    broader: dict[str, tuple[str, ...]] = {}
    for row in _rows(store, "broader"):
        concept, parent = (_value(term) for term in row)
        broader[concept] = (*broader.get(concept, ()), parent)
    return broader

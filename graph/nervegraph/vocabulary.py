"""The vocabularies: which words name which concept, and what is broader than what (SKOS, W3C Recommendation 2009).

They are edited as Turtle in `ontology/vocabularies/`. A concept's IRI is made of its scheme and its slug; people write
a label, a synonym or the slug, in any spelling that differs only in capitals, accents, spaces and punctuation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from nervegraph import terms
from nervegraph.errors import FindingsError
from nervegraph.findings import did_you_mean
from nervegraph.resources import resource_directory
from nervegraph.store import parse_turtle, read_turtle

_SKOS = terms.PREFIXES["skos"]
_TYPE_OF_CONCEPT = terms.PREFIXES["dcterms"] + "type"
_IN_SCHEME = _SKOS + "inScheme"
_SCHEMES = terms.BASE + "scheme/"
_HAS_BLANK_NODE = re.compile(r"_:|<[^>]*> <[^>]*> _:")


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept of a vocabulary. `broader` holds slugs of the same scheme; a grouping is a heading, never chosen."""

    scheme: str
    slug: str
    label: str
    synonyms: tuple[str, ...]
    definition: str
    not_for: str
    broader: tuple[str, ...]
    is_grouping: bool

    @property
    def iri(self) -> str:
        """The IRI of the concept."""
        return terms.concept(self.scheme, self.slug)

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that names the concept: label, synonyms, slug."""
        return (self.label, *self.synonyms, self.slug)


class Vocabulary:
    """All concepts of all schemes, in the order of the files, and the words that name them."""

    def __init__(self, concepts: Iterable[Concept]) -> None:
        """:raises FindingsError: a word names two concepts of a scheme, or a concept stands above itself."""
        self._schemes: dict[str, dict[str, Concept]] = {}
        for concept in concepts:
            if self._schemes.setdefault(concept.scheme, {}).setdefault(concept.slug, concept) is not concept:
                raise FindingsError(f"vocabulary '{concept.scheme}': {concept.slug} stands there twice; merge the two")
        self._words = {scheme: _index_words(members.values()) for scheme, members in self._schemes.items()}
        self._narrower: dict[str, dict[str, list[str]]] = {}
        for scheme, members in self._schemes.items():
            self._narrower[scheme] = _index_narrower(scheme, members)

    @classmethod
    def load(cls, directory: Path) -> Vocabulary:
        """The vocabularies of all Turtle files in a directory.

        :raises FindingsError: there is none, one is not valid Turtle, a concept lacks its label, definition or scheme,
            or the vocabulary as a whole is refused.
        """
        paths = sorted(directory.glob("*.ttl"))
        if not paths:
            raise FindingsError(f"{directory}: no vocabulary (*.ttl) is here; name the directory that holds them")
        return cls(concept for path in paths for concept in _read_concepts(path))

    @classmethod
    def shipped(cls) -> Vocabulary:
        """The vocabularies that belong to this code."""
        return cls.load(resource_directory("ontology") / "vocabularies")

    @property
    def schemes(self) -> tuple[str, ...]:
        """The ids of the schemes, in the order of the files."""
        return tuple(self._schemes)

    def concepts(self, scheme: str) -> list[Concept]:
        """The concepts of a scheme in its own order, groupings included; KeyError for an unknown scheme."""
        return list(self._schemes[scheme].values())

    def get(self, scheme: str, slug: str) -> Concept:
        """The concept with this slug; KeyError if there is none."""
        return self._schemes[scheme][slug]

    def find(self, scheme: str, word: str) -> str | None:
        """The slug of the concept that `word` names in `scheme` (slug, label or synonym), or None."""
        return self._words[scheme].get(_bare(word))

    def find_any(self, word: str) -> list[Concept]:
        """The concepts that `word` names in any scheme, in the order of the schemes; empty if none."""
        found = ((scheme, words.get(_bare(word))) for scheme, words in self._words.items())
        return [self._schemes[scheme][slug] for scheme, slug in found if slug is not None]

    def suggest(self, scheme: str, word: str) -> str | None:
        """The known word of the scheme nearest to `word`, or None if none is near."""
        return did_you_mean(word, (known for concept in self._choices(scheme) for known in concept.words))

    def labels(self, scheme: str) -> list[str]:
        """The preferred labels that may be chosen in a scheme, in its own order."""
        return [concept.label for concept in self._choices(scheme)]

    def label(self, scheme: str, slug: str) -> str:
        """The preferred label of a concept; KeyError if there is none."""
        return self.get(scheme, slug).label

    def broader(self, scheme: str, slug: str) -> list[str]:
        """The slugs of all concepts above this one, nearest first, each once, without itself."""
        return _walk(slug, lambda one: self._schemes[scheme][one].broader)

    def narrower(self, scheme: str, slug: str) -> list[str]:
        """The slugs of all concepts below this one, nearest first, each once, without itself."""
        self.get(scheme, slug)
        return _walk(slug, lambda one: self._narrower[scheme].get(one, ()))

    def is_a(self, scheme: str, slug: str, ancestor: str) -> bool:
        """True if the two are the same concept or `ancestor` is above `slug`."""
        return slug == ancestor or ancestor in self.broader(scheme, slug)

    def _choices(self, scheme: str) -> list[Concept]:
        return [concept for concept in self._schemes[scheme].values() if not concept.is_grouping]


def vocabulary_quads(ontology: Path | None = None) -> list[str]:
    """Ontology and vocabularies as sorted N-Quads lines of the vocabulary graph, without blank nodes.

    :param ontology: the directory that holds `nervegraph.ttl`, `cube.ttl` and `vocabularies/`; the shipped one if None.
    :raises FindingsError: a file is not valid Turtle or has a blank node.
    """
    directory = ontology or resource_directory("ontology")
    lines: set[str] = set()
    terms_and_cube = (directory / "nervegraph.ttl", directory / "cube.ttl")
    for path in (*terms_and_cube, *sorted((directory / "vocabularies").glob("*.ttl"))):
        for line in parse_turtle(path, terms.graph("vocabulary")):
            if _HAS_BLANK_NODE.match(line):
                raise FindingsError(f"{path}: a node without IRI stands here; give each node an IRI of its own")
            lines.add(line)
    return sorted(lines)


# The same few words name the concepts of thousands of study files.
@lru_cache(maxsize=4096)
def _bare(word: str) -> str:
    """The letters and digits of a word without capitals and accents: `Sjögren's` and `sjogrens` are the same word."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in decomposed if character.isalnum())


def _read_concepts(path: Path) -> list[Concept]:
    facts_by_subject = read_turtle(path)
    return [_concept(path, subject, facts) for subject, facts in facts_by_subject.items() if _IN_SCHEME in facts]


def _concept(path: Path, address: str, facts: dict[str, list[str]]) -> Concept:
    scheme = facts[_IN_SCHEME][0].removeprefix(_SCHEMES)
    start = terms.concept(scheme, "")
    labels = facts.get(_SKOS + "prefLabel", [])
    definitions = facts.get(_SKOS + "definition", [])
    above = facts.get(_SKOS + "broader", [])
    if not address.startswith(start) or len(labels) != 1 or len(definitions) != 1:
        raise FindingsError(
            f"{path}: <{address}> needs an IRI under its scheme ({start}…), one skos:prefLabel and one skos:definition"
        )
    return Concept(
        scheme=scheme,
        slug=address.removeprefix(start),
        label=labels[0],
        synonyms=tuple(facts.get(_SKOS + "altLabel", ())),
        definition=definitions[0],
        not_for=" ".join(facts.get(_SKOS + "scopeNote", ())),
        broader=tuple(one.removeprefix(start) for one in above),
        is_grouping="grouping" in facts.get(_TYPE_OF_CONCEPT, ()),
    )


def _index_words(concepts: Iterable[Concept]) -> dict[str, str]:
    index: dict[str, str] = {}
    for concept in concepts:
        for word in () if concept.is_grouping else concept.words:
            known = index.setdefault(_bare(word), concept.slug)
            if known != concept.slug:
                raise FindingsError(
                    f"vocabulary '{concept.scheme}': '{word}' names both {known} and {concept.slug}; "
                    "take the word away from one of them"
                )
    return index


def _index_narrower(scheme: str, members: dict[str, Concept]) -> dict[str, list[str]]:
    below: dict[str, list[str]] = {}
    for concept in members.values():
        for above in concept.broader:
            if above not in members:
                raise FindingsError(f"vocabulary '{scheme}': {concept.slug} stands below {above}, which does not exist")
            below.setdefault(above, []).append(concept.slug)
    for slug in members:
        if slug in _walk(slug, lambda one: members[one].broader):
            raise FindingsError(f"vocabulary '{scheme}': {slug} stands above itself; take one skos:broader away")
    return below


def _walk(start: str, next_of: Callable[[str], Iterable[str]]) -> list[str]:
    """Everything reached from `start`, level by level; `start` itself only if a cycle leads back to it."""
    reached: dict[str, None] = {}
    level = [start]
    while level:
        level = [one for slug in level for one in next_of(slug) if one not in reached]
        reached.update(dict.fromkeys(level))
    return list(reached)

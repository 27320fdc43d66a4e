"""The parameters of a question: what a person writes for one -> terms of SPARQL, escaped.

Text of a user enters a query only here. Each kind of value has a narrow form, and what does not have it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from nervegraph import nquads, terms
from nervegraph.errors import Misuse

if TYPE_CHECKING:
    from nervegraph.vocabulary import Vocabulary

ALL = "all"
"""The value of a parameter that leaves it open."""

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?")
# A backslash could be read twice: some engines expand \u escapes before they look for the end of a string.
_NOT_IN_TEXT = re.compile(r"[\\\x00-\x1f\x7f\ud800-\udfff]")
_LONGEST_TEXT = 1000


@dataclass(frozen=True)
class Parameter:
    """One thing that can be set in a question.

    `type` is a scheme of the vocabulary (drug, neuropathy, …), `concept` (the scheme named by `scheme`, else by the
    parameter), or `study`, `text`, `integer`, `decimal`, `boolean`. `default` is a word, or `all`.
    """

    name: str
    type: str
    about: str
    default: str
    scheme: str = ""


class ConceptLookup:
    """Concepts by name; the shipped vocabulary is read when the first one is needed and none was given."""

    def __init__(self, vocabulary: Vocabulary | None) -> None:
        self._given = vocabulary

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        if self._given is not None:
            return self._given
        from nervegraph.vocabulary import Vocabulary

        return Vocabulary.shipped()

    def get_iri(self, parameter: Parameter, scheme: str, word: str) -> str:
        """The IRI of the concept that `word` names; Misuse if there is none."""
        if scheme not in self._vocabulary.schemes:
            raise Misuse(
                f"the parameter {parameter.name} is of the type {scheme}, which is neither a vocabulary nor known."
            )
        name = word.strip().removeprefix("<").removesuffix(">").removeprefix(terms.BASE).removeprefix("nvg:")
        name = name.removeprefix(f"{scheme}/").removeprefix(f"{scheme}:")
        slug = self._vocabulary.find(scheme, name)
        if slug is not None:
            return terms.concept(scheme, slug)
        # Headings are never chosen in a study, but a question may well be about all that stands below one.
        for concept in self._vocabulary.concepts(scheme):
            if concept.is_grouping and name.casefold() in (known.casefold() for known in concept.words):
                return concept.iri
        near = self._vocabulary.suggest(scheme, name)
        advice = f"Did you mean {near}?" if near else "Write 'all' to leave it open."
        raise Misuse(f"{parameter.name}: {word!r} is not a known {scheme.replace('-', ' ')}. {advice}")


def format_values(parameter: Parameter, words: Sequence[str], lookup: ConceptLookup) -> str:
    """The words as terms of SPARQL, to stand between the braces of the parameter's VALUES line.

    :raises Misuse: a word does not fit the parameter, names no concept, or there is none.
    """
    if not words:
        raise Misuse(f"{parameter.name}: no value was given. Write 'all' to leave it open.")
    if ALL in words:
        if len(words) > 1:
            raise Misuse(f"{parameter.name}: 'all' cannot stand beside other values.")
        return "UNDEF"
    return " ".join(dict.fromkeys(_format_word(parameter, word, lookup) for word in words))


def _format_word(parameter: Parameter, word: str, lookup: ConceptLookup) -> str:
    literal = _LITERALS.get(parameter.type)
    if literal is not None:
        return literal(parameter, word)
    scheme = (parameter.scheme or parameter.name) if parameter.type == "concept" else parameter.type
    return nquads.iri(lookup.get_iri(parameter, scheme, word))


def _study(parameter: Parameter, word: str) -> str:
    name = word.removeprefix("<").removesuffix(">").removeprefix(terms.study("")).removeprefix("study/")
    if not _SLUG.fullmatch(name):
        _refuse(parameter, word, "a study id such as rist-2011")
    return nquads.iri(terms.study(name))


def _text(parameter: Parameter, word: str) -> str:
    if _NOT_IN_TEXT.search(word) or len(word) > _LONGEST_TEXT:
        _refuse(parameter, word, f"text of one line without backslashes, at most {_LONGEST_TEXT} characters")
    return nquads.text(word)


def _integer(parameter: Parameter, word: str) -> str:
    if not _INTEGER.fullmatch(word):
        _refuse(parameter, word, "a whole number")
    return str(int(word))


def _decimal(parameter: Parameter, word: str) -> str:
    if not _DECIMAL.fullmatch(word):
        _refuse(parameter, word, "a number such as 0.5")
    return nquads.decimal(word)


def _boolean(parameter: Parameter, word: str) -> str:
    if word not in ("true", "false"):
        _refuse(parameter, word, "true or false")
    return word


_LITERALS: dict[str, Callable[[Parameter, str], str]] = {
    "study": _study,
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
}


def _refuse(parameter: Parameter, word: str, wanted: str) -> NoReturn:
    raise Misuse(f"{parameter.name}: {word[:60]!r} does not fit; it must be {wanted}, or 'all'.")

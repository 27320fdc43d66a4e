"""The verdicts on inclusion as nodes of the derived graph, with the discrepancies that follow from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nervegraph import terms
from nervegraph.derivation import DERIVED_GRAPH
from nervegraph.evidence import Askable, slug
from nervegraph.inclusion.constraints import Breach, CitedStudy, Review, Total
from nervegraph.inclusion.facts import read_reviews
from nervegraph.inclusion.search import Pair, Search, Verdict, find_pairs, judge
from nervegraph.nquads import GraphLines, integer, iri, text

METHOD_VERSION = 1
"""Raised when the method may give another verdict on the same studies."""

_RDF_TYPE = terms.PREFIXES["rdf"] + "type"
_LABEL = terms.PREFIXES["rdfs"] + "label"
_PROV = terms.PREFIXES["prov"]
_METHOD = terms.derived("method", f"inclusion-{METHOD_VERSION}")
# Design and timing have a rule of their own, which names the statements that differ.
_ABOUT_PEOPLE = frozenset({"eligible-people", "people", "people-with-drug", "responses"})


def build_inclusion_lines(store: Askable) -> list[str]:
    """What can be said on which cited studies are inside which printed totals, as sorted N-Quads lines.

    The store holds the studies and what the rules derived from them; it is only read.

    :raises NerveGraphError: the store cannot be asked.
    """
    writer = _InclusionWriter()
    for review in read_reviews(store):
        writer.add_review(review)
    return writer.graph.lines()


class _InclusionWriter:
    """Writes verdicts, pairs and discrepancies; keys of nodes are those of the review, the total and the studies."""

    def __init__(self) -> None:
        self.graph = GraphLines(DERIVED_GRAPH)

    def add_review(self, review: Review) -> None:
        """Add everything about one review."""
        self.graph.add(_METHOD, _RDF_TYPE, iri(_PROV + "Activity"))
        self.graph.add(_METHOD, _LABEL, text(f"studies inside a review's totals, method {METHOD_VERSION}"))
        for total in review.totals:
            verdicts, search = judge(review, total)
            self._add_search(total, search)
            for verdict in verdicts:
                self._add_verdict(review, verdict)
        for pair in find_pairs(review):
            self._add_pair(review, pair)

    def _add_search(self, total: Total, search: Search) -> None:
        for name, number in (("compatibleSets", search.compatible_sets), ("largestCompatibleSet", search.largest)):
            self.graph.add(total.iri, terms.term(name), None if number is None else integer(number))

    def _add_verdict(self, review: Review, verdict: Verdict) -> None:
        key = _key(review, verdict.total, [verdict.study])
        node = self._node("InclusionVerdict", "inclusion", key)
        self.graph.add(node, _PROV + "wasGeneratedBy", iri(_METHOD))
        self._link(node, "onStatistic", verdict.total.iri)
        self._link(node, "onStudy", verdict.study.iri)
        self._concept(node, "verdict", "inclusion-verdict", verdict.verdict)
        self._add_breaches(node, key, verdict.breaches)
        for assumption in verdict.falls_without:
            self._concept(node, "fallsWithout", "inclusion-assumption", assumption)
        for relaxed in verdict.relaxed:
            possible = self._node("RelaxedInclusion", "relaxed", ".".join([key, *relaxed.names]))
            self._link(node, "madePossibleBy", possible)
            for name in relaxed.names:
                self._concept(possible, "relaxation", "inclusion-relaxation", name)
            if relaxed.largest_part is not None:
                self.graph.add(possible, terms.term("largestPart"), integer(relaxed.largest_part))
        for number in verdict.unknown:
            self.graph.add(node, terms.term("unknownNumber"), text(number))
        self._add_witness(node, verdict)
        for breach in verdict.breaches:
            if breach.constraint in _ABOUT_PEOPLE:
                self._add_discrepancy(review, breach, verdict.study)

    def _add_witness(self, node: str, verdict: Verdict) -> None:
        for study in verdict.witness:
            self._link(node, "witness", study.iri)
        if verdict.witness:
            others = [study.label for study in verdict.witness if study != verdict.study]
            self.graph.add(
                node, terms.term("inWords"), text(", ".join(others) or "no other study that is possible alone")
            )

    def _add_pair(self, review: Review, pair: Pair) -> None:
        key = _key(review, pair.total, pair.studies)
        node = self._node("IncompatiblePair", "pair", key)
        self.graph.add(node, _PROV + "wasGeneratedBy", iri(_METHOD))
        self._link(node, "onStatistic", pair.total.iri)
        for study in pair.studies:
            self._link(node, "onStudy", study.iri)
        self._add_breaches(node, key, pair.breaches)

    def _add_breaches(self, owner: str, key: str, breaches: Iterable[Breach]) -> None:
        for breach in breaches:
            node = self._node("ConstraintBreach", "breach", f"{key}.{breach.constraint}.{slug(breach.total.iri)}")
            self._link(owner, "brokenBy", node)
            self._link(node, "onStatistic", breach.total.iri)
            self._concept(node, "constraint", "inclusion-constraint", breach.constraint)
            self.graph.add(node, terms.term("inWords"), text(breach.words))
            for assumption in breach.assumes:
                self._concept(node, "assumes", "inclusion-assumption", assumption)

    def _add_discrepancy(self, review: Review, breach: Breach, study: CitedStudy) -> None:
        key = f"{_key(review, breach.total, [study])}.{breach.constraint}"
        node = self._node("Discrepancy", "discrepancy", f"group-cannot-hold-study.{key}")
        self._concept(node, "firedRule", "discrepancy-rule", "group-cannot-hold-study")
        self._link(node, "inReview", review.iri)
        self._link(node, "saidByReview", breach.total.iri)
        self.graph.add(node, terms.term("reviewText"), text(f"{breach.total.about}: {breach.total.value}"))
        self._link(node, "onStudy", study.iri)
        self._link(node, "setAgainst", study.place)
        words = f"not wholly inside, under stated assumptions: {breach.words}"
        self.graph.add(node, terms.term("againstText"), text(words))

    def _node(self, class_name: str, kind: str, key: str) -> str:
        node = terms.derived(kind, key)
        self.graph.add(node, _RDF_TYPE, iri(terms.term(class_name)))
        return node

    def _link(self, subject: str, name: str, target: str) -> None:
        self.graph.add(subject, terms.term(name), iri(target))

    def _concept(self, subject: str, name: str, scheme: str, concept: str) -> None:
        self._link(subject, name, terms.concept(scheme, concept))


def _key(review: Review, total: Total, studies: Sequence[CitedStudy]) -> str:
    return ".".join(slug(each) for each in (review.iri, total.iri, *(study.iri for study in studies)))

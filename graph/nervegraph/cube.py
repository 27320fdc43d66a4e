"""The evidence cube: how many people were counted in each scope, worked out once (W3C RDF Data Cube).

Each roll-up is a data set of `ontology/cube.ttl`, each of its cells an observation with a value for every dimension.
Numbers are distinct people within a cell. A person stands in many cells, so cells are never added up.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from nervegraph import terms
from nervegraph.counting import CountedPeople, CountingFacts, Likeness, People, Scope
from nervegraph.derivation import DERIVED_GRAPH
from nervegraph.evidence import Askable, slug
from nervegraph.network import LinkedThings
from nervegraph.nquads import GraphLines, integer, iri

DEFAULT_CONDITION = terms.concept("condition", "sjogren-disease")
DEFAULT_RULE = terms.concept("rule", "curator-global-disability")

_QB = terms.PREFIXES["qb"]
_ALONE_STATED = terms.concept("aloneness", "alone-stated")
_SEVERAL = terms.concept("aloneness", "several-of-the-class")
_ALL_READINGS = terms.concept("reading-scope", "all-that-count")
_FIRST_HAND = terms.concept("reading-scope", "first-hand")
_SCOPE_DIMENSIONS = ("cellDrug", "cellNeuropathy", "cellCondition", "cellRule")
_RESPONSE_MEASURES = (
    "peopleImproved",
    "peopleImprovedOrStable",
    "peopleStable",
    "peopleWorsened",
    "peopleNotImproved",
)

Cells = dict[tuple[str, ...], People]
"""The people of each cell, by the values of its dimensions."""

Breakdown = Callable[[Scope, Likeness], tuple[str, ...]]
"""The values of the dimensions that a roll-up has beyond the scope's."""


def build_cube_lines(store: Askable) -> list[str]:
    """The observations of every roll-up as sorted N-Quads lines of the derived graph.

    The store holds the studies and what the rules derived from them; it is only read.

    :raises NerveGraphError: the store cannot be asked.
    """
    facts = CountingFacts(store)
    counted, first_hand = facts.count(), facts.count(with_secondary=False)
    writer = _CubeWriter(counted.links)
    writer.add_roll_up("responses", (), spread(counted, lambda scope, likeness: ()))
    writer.add_roll_up("by-design", ("cellDesign",), _by_default(counted, lambda scope, alike: (alike.design,)))
    writer.add_roll_up("by-companions", ("cellAloneness",), _by_default(counted, _aloneness))
    readings = {
        **_by_default(counted, lambda scope, likeness: (_ALL_READINGS,)),
        **_by_default(first_hand, lambda scope, likeness: (_FIRST_HAND,)),
    }
    writer.add_roll_up("by-reading", ("cellReading",), readings)
    return writer.graph.lines()


def spread(
    counted: CountedPeople, breakdown: Breakdown, *, condition: str | None = None, rule: str | None = None
) -> Cells:
    """Everybody in every cell that they belong to; a cell's values are those of its scope, then of the breakdown.

    :param condition: the only condition that is wanted; every one if None.
    :param rule: the only rule that is wanted; every one if None.
    """
    cells: Cells = {}
    for likeness, people in counted.by_likeness.items():
        alone_as = {drug for drug, aloneness in likeness.companions if aloneness == _ALONE_STATED}
        for scope in likeness.scopes(condition, rule):
            cell = cells.setdefault((*scope, *breakdown(scope, likeness)), People())
            cell.add(people)
            if scope.drug in alone_as:
                cell.alone_stated += people.treated
    return cells


def _by_default(counted: CountedPeople, breakdown: Breakdown) -> Cells:
    return spread(counted, breakdown, condition=DEFAULT_CONDITION, rule=DEFAULT_RULE)


def _aloneness(scope: Scope, likeness: Likeness) -> tuple[str]:
    return (next((alone for drug, alone in likeness.companions if drug == scope.drug), _SEVERAL),)


class _CubeWriter:
    """Writes cells as observations."""

    def __init__(self, links: Collection[tuple[str, str]]) -> None:
        self.graph = GraphLines(DERIVED_GRAPH)
        self._linked = LinkedThings(links)

    def add_roll_up(self, name: str, more_dimensions: tuple[str, ...], cells: Cells) -> None:
        """Add the cells of a roll-up that has these dimensions besides the scope's."""
        for values, people in cells.items():
            cell = terms.derived("cell", ".".join([name, *map(slug, values)]))
            self.graph.add(cell, terms.PREFIXES["rdf"] + "type", iri(_QB + "Observation"))
            self.graph.add(cell, _QB + "dataSet", iri(terms.data_set(name)))
            for dimension, value in zip((*_SCOPE_DIMENSIONS, *more_dimensions), values, strict=True):
                self.graph.add(cell, terms.term(dimension), iri(value))
            for measure, number in self._measures(people).items():
                self.graph.add(cell, terms.term(measure), integer(number))

    def _measures(self, people: People) -> dict[str, int]:
        linked = people.treated_by_linked_study
        at_least = people.treated - sum(linked.values()) + self._linked.largest_unlinked_total(linked)
        return {
            "peopleTreated": people.treated,
            "peopleTreatedAtLeast": at_least,
            "peopleAssessed": people.assessed,
            **dict(zip(_RESPONSE_MEASURES, people.responses, strict=True)),
            "peopleDescribedSingly": people.described_singly,
            "peopleAloneStated": people.alone_stated,
            "studiesCounted": people.number_of_studies(),
        }

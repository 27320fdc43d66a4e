"""The boundary around networkx: the evidence as a network in five columns, and where each node stands.

The columns are study, regimen, people, neuropathy, response. A path through them is one line of treatment; every edge
carries the id of its line, so that a filter or a selection follows lines, not nodes. Sub-groups hang on their parent
in the column of people: they are the same people, looked at more closely.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import networkx as nx

from nervegraph import evidence_details as details
from nervegraph import evidence_words as words
from nervegraph.columns import place_in_columns
from nervegraph.evidence import Evidence, Node, slug
from nervegraph.evidence_lines import DEFAULT_RULE, Line, build_lines, is_nerve_response, people_by_iri

EvidenceNetwork: TypeAlias = "nx.MultiDiGraph[str]"

ROLES = ("study", "regimen", "people", "neuropathy", "response")
"""The columns from left to right."""

_LABEL_WIDTHS = {"study": 18, "regimen": 26, "people": 40, "neuropathy": 22, "response": 22}
_DRUGS_IN_LABEL = 3
_IN_WORDS, _NO_COUNTS, _NO_NERVE_OUTCOME = "in-words-only", "figures-without-counts", "no-nerve-outcome"
_STAND_INS = {
    _IN_WORDS: "told in words only",
    _NO_COUNTS: "figures without counts",
    _NO_NERVE_OUTCOME: "nerve not assessed",
    "not-read": "not read",
    "not-reported": "not reported",
    "not-broken-down": "not broken down",
}
"""What stands in the column of responses where no response was counted, in its order."""


def build_network(evidence: Evidence, lines: Iterable[Line] | None = None) -> nx.MultiDiGraph[str]:
    """The evidence network with positions; the same evidence gives the same network, node by node.

    Nodes have `role`, `label`, `title`, `facts`, `links`, `synonyms`, `uncertain`, `people` (how many, or None), `x`
    and `y` (in pixels, y downwards), `depth` (how many groups they lie in) and, in a group, its node as `parent`.
    Edges have `relation`, `episode` (None between a group and its part), `facts`, `people` and `uncertain`.
    """
    by_episode: dict[str, list[Line]] = {}
    for line in build_lines(evidence) if lines is None else lines:
        by_episode.setdefault(line.episode.iri, []).append(line)
    writer = _NetworkWriter(evidence, _regimens_of(evidence, by_episode.values()))
    for episode_lines in by_episode.values():
        writer.add_episode(episode_lines)
    nodes: dict[str, dict[str, Any]] = dict(writer.graph.nodes.items())
    place_in_columns(nodes, list(writer.graph.edges()), ROLES, fixed_column="response")
    return writer.graph


def is_stand_in(response: str) -> bool:
    """Whether a node in the column of responses stands where none was counted, and is no concept."""
    return response in _STAND_INS


@dataclass
class _NetworkWriter:
    evidence: Evidence
    regimens: dict[str, set[str]]
    graph: nx.MultiDiGraph[str] = field(default_factory=nx.MultiDiGraph)

    def __post_init__(self) -> None:
        self.people = people_by_iri(self.evidence)

    def add_episode(self, lines: list[Line]) -> None:
        """Add one line of treatment, from its study to its responses."""
        line = lines[0]
        episode_id = f"line:{line.episode.key}"
        shown = _shown_outcomes(self.evidence, lines)
        uncertain = any(each.doubts for each in lines)
        common: dict[str, Any] = {
            "episode": episode_id,
            "facts": details.episode_facts(self.evidence, lines),
            "people": line.people.integer("size"),
            "uncertain": uncertain,
        }
        study = self._study(line.study)
        people = self._people(line.people)
        regimen = self._regimen(line)
        self._edge(study, regimen, "studied", **common)
        parent = self.people.get(line.people.text("partOf") or "")
        if parent is not None and self._regimen_words(line) in self.regimens.get(parent.iri, ()):
            # The same treatment of the same people, looked at more closely: the path runs through the whole group.
            whole = self._people(parent)
            self._edge(regimen, whole, "was given to", **common)
            self._edge(whole, people, "includes", **common)
        else:
            self._edge(regimen, people, "was given to", **common)
        for target in line.episode.texts("targetsNeuropathy"):
            neuropathy = self._concept("neuropathy", target)
            self._edge(people, neuropathy, "had, as the target", **common)
            for response, n in _responses(self.evidence, shown):
                self._edge(neuropathy, self._response(response), "response", **{**common, "people": n})

    def _edge(self, source: str, target: str, relation: str, **attributes: Any) -> None:
        key = f"{attributes['episode']} {source} {target}"
        self.graph.add_edge(source, target, key=key, relation=relation, **attributes)

    def _node(self, role: str, key: str, label: str, title: str, **attributes: Any) -> str:
        node = f"{role}:{key}"
        if node not in self.graph:
            wrapped = "\n".join(textwrap.wrap(_kept_together(label), _LABEL_WIDTHS[role])) or label
            given: dict[str, Any] = {
                "facts": [],
                "links": [],
                "synonyms": [],
                "uncertain": False,
                "people": None,
                "kind": "",
            }
            self.graph.add_node(node, role=role, label=wrapped, title=title, **{**given, **attributes})
        return node

    def _study(self, study: Node) -> str:
        label = study.text("rdfs:label") or study.key
        return self._node(
            "study",
            study.key,
            label,
            label,
            facts=details.study_facts(self.evidence, study),
            links=words.safe_links(study.texts("rdfs:seeAlso")),
            synonyms=[study.key, *study.texts("alias"), *study.texts("dcterms:identifier")],
            uncertain=bool(study.texts("mayOverlap")),
        )

    def _people(self, people: Node) -> str:
        parent = self.people.get(people.text("partOf") or "")
        title = people.text("rdfs:label") or people.key
        size = people.integer("size")
        node = self._node(
            "people",
            people.key,
            "" if words.is_person(people) else "?" if size is None else str(size),
            title,
            facts=details.people_facts(self.evidence, people, parent),
            synonyms=[people.key, *people.texts("authorsWords")],
            uncertain=size is None,
            people=size,
            kind="person" if words.is_person(people) else "group",
        )
        if parent is not None and "parent" not in self.graph.nodes[node]:
            parent_node = self._people(parent)
            self.graph.nodes[node]["parent"] = parent_node
            self.graph.add_edge(
                parent_node,
                node,
                key=f"part {people.key}",
                relation="includes",
                episode=None,
                facts=[],
                people=size,
                uncertain=False,
            )
        return node

    def _regimen(self, line: Line) -> str:
        whole = self._regimen_words(line)
        label = words.regimen_words(self.evidence, line.episode, line.people, most=_DRUGS_IN_LABEL)
        exposures = words.judged_exposures(self.evidence, line.episode)
        drugs = sorted({drug for exposure in exposures for drug in exposure.texts("ofDrug")})
        synonyms = sorted({word for drug in drugs for word in self._names(drug)})
        facts = [("Regimen", whole), *((f"Drug: {self.evidence.name(drug)}", drug) for drug in drugs)]
        return self._node("regimen", whole, label, whole, facts=facts, synonyms=synonyms)

    def _regimen_words(self, line: Line) -> str:
        return words.regimen_words(self.evidence, line.episode, line.people)

    def _concept(self, role: str, concept: str) -> str:
        name = self.evidence.name(concept)
        facts = details.concept_facts(self.evidence, concept)
        return self._node(role, slug(concept), name, name, facts=facts, synonyms=list(self._names(concept)))

    def _response(self, response: str) -> str:
        if response not in _STAND_INS:
            node = self._concept("response", response)
            self.graph.nodes[node]["rank"] = words.response_rank(response)
        else:
            told = _STAND_INS[response]
            node = self._node("response", response, told, told)
            self.graph.nodes[node]["rank"] = 100 + list(_STAND_INS).index(response)
        return node

    def _names(self, concept: str) -> tuple[str, ...]:
        return (self.evidence.name(concept), *self.evidence.synonyms.get(concept, ()), slug(concept))


def _regimens_of(evidence: Evidence, episodes: Iterable[list[Line]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in (lines[0] for lines in episodes):
        regimen = words.regimen_words(evidence, line.episode, line.people)
        found.setdefault(line.people.iri, set()).add(regimen)
    return found


def _shown_outcomes(evidence: Evidence, lines: list[Line]) -> list[Node]:
    """The outcomes that the picture shows: those the default rule takes, else whatever speaks of the nerve."""
    outcomes = [line.outcome for line in lines if line.outcome is not None]
    of_the_nerve = [outcome for outcome in outcomes if is_nerve_response(evidence, outcome)]
    primary = [outcome for outcome in of_the_nerve if DEFAULT_RULE in outcome.texts("primaryUnder")]
    counted = [outcome for outcome in of_the_nerve if evidence.counts.get(outcome.iri)]
    return primary or counted or of_the_nerve or outcomes


def _responses(evidence: Evidence, outcomes: list[Node]) -> list[tuple[str, int | None]]:
    found: dict[str, int | None] = {}
    for outcome in outcomes:
        # A systemic response, a test result or a saved dose never stands under a response of the nerve.
        counts = words.response_counts(evidence, outcome) if is_nerve_response(evidence, outcome) else ()
        for response, n in counts:
            if n:
                found[response] = max(n, found.get(response) or 0)
        if not counts:
            found.setdefault(_stand_in(evidence, outcome), None)
    return list(found.items()) or [("not-read", None)]


def _stand_in(evidence: Evidence, outcome: Node) -> str:
    if not is_nerve_response(evidence, outcome):
        return _NO_NERVE_OUTCOME
    if outcome.text("quantifier") or outcome.text("groupResult"):
        return _IN_WORDS
    if outcome.text("percentageText") or outcome.text("changeText"):
        return _NO_COUNTS
    status = slug(outcome.text("outcomeStatus") or "not-read")
    return status if status in _STAND_INS else "not-read"


def _kept_together(label: str) -> str:
    """The label with unbreakable spaces inside its brackets, so that `(13 of 19)` stays on one line."""
    return re.sub(r"\([^()]{1,20}\)", lambda found: found[0].replace(" ", "\u00a0"), label)


class LinkedThings:
    """Things of which pairs are linked, such as studies that may share people."""

    def __init__(self, links: Iterable[tuple[str, str]]) -> None:
        self._graph: nx.Graph[str] = nx.Graph()
        self._graph.add_edges_from(links)
        self._clusters = [frozenset(cluster) for cluster in nx.connected_components(self._graph)]
        self._known: dict[frozenset[tuple[str, int]], int] = {}

    def largest_unlinked_total(self, totals: Mapping[str, int]) -> int:
        """The largest sum of totals over things of which no two are linked: a maximum weight independent set, exact.

        Of studies that may share people this is what is certain: whoever is linked may be the same people told twice.

        :param totals: positive numbers by thing; a thing without links counts wholly.
        """
        found = sum(total for thing, total in totals.items() if thing not in self._graph)
        for cluster in self._clusters:
            if held := frozenset((thing, totals[thing]) for thing in cluster & totals.keys()):
                if held not in self._known:
                    self._known[held] = self._largest_in_cluster(dict(held))
                found += self._known[held]
        return found

    def _largest_in_cluster(self, totals: dict[str, int]) -> int:
        # Things of which no two are linked are all linked to each other in the complement.
        unlinked = nx.complement(self._graph.subgraph(totals))
        nx.set_node_attributes(unlinked, totals, "total")
        return int(nx.max_weight_clique(unlinked, "total")[1])

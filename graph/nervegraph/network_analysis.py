"""The second half of the boundary around networkx: networks for analysis, and what their shape tells.

`network` lays the evidence out for the page; here the same evidence is a graph with plain attributes, so that every
tool of networkx takes it. Numbers of people are bounds (`drug_uses`), never rates, and nothing is ranked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import networkx as nx

from nervegraph import terms
from nervegraph.drug_uses import DrugUse, PeopleBounds, count_people_by_study
from nervegraph.evidence import Evidence, slug
from nervegraph.network import EvidenceNetwork, build_network, is_stand_in

Things = Mapping[str, Sequence[str]]
"""Lines of treatment, each with the things that it joins."""


def build_plain_network(evidence: Evidence) -> EvidenceNetwork:
    """The evidence network without positions: study, regimen, people, neuropathy, response.

    Nodes have `role` and `label`, what they have of `iri`, `people` (how many) and `kind` (person or group), and
    regimens their `drugs` (slugs with blanks between them). Edges have `relation`, `uncertain`, and what they have of
    `people` and `line` (the line of treatment; parts of groups have none). Attributes are numbers, texts and yes or no,
    so that GraphML can hold them; what is not known is left out.
    """
    drawn = build_network(evidence)
    plain: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node, data in drawn.nodes(data=True):
        facts = {"iri": _iri_of(node), "people": data["people"], "kind": data["kind"], "drugs": _drugs_of(data)}
        plain.add_node(node, role=data["role"], label=data["title"], uncertain=data["uncertain"], **_known(facts))
    for source, target, key, data in drawn.edges(keys=True, data=True):
        facts = {"people": data["people"], "line": data["episode"]}
        plain.add_edge(source, target, key=key, relation=data["relation"], uncertain=data["uncertain"], **_known(facts))
    return plain


def build_use_network(uses: Iterable[DrugUse], evidence: Evidence) -> nx.Graph[str]:
    """Which drugs were ever given for which neuropathy (`given for`), and which together (`given together`).

    Nodes have `role` (drug or neuropathy), `label` and `iri`. Edges have `relation`, `studies` and `lines` (how many),
    `people_at_least` and, where it is known, `people_at_most`; a drug given for a neuropathy also tells in how many
    lines it was alone: `lines_alone_stated`, `lines_only_this_drug_named`, `lines_with_others`.
    """
    uses = [*uses]
    graph: nx.Graph[str] = nx.Graph()
    given_for: dict[tuple[str, str], list[DrugUse]] = {}
    together: dict[tuple[str, str], list[DrugUse]] = {}
    by_line: dict[str, list[DrugUse]] = {}
    for use in uses:
        by_line.setdefault(use.episode.iri, []).append(use)
        for target in use.episode.texts("targetsNeuropathy"):
            given_for.setdefault((use.drug, target), []).append(use)
    for line in by_line.values():
        if slug(line[0].episode.text("composition") or "") == "together":
            for one, other in combinations(sorted(line, key=lambda use: use.drug), 2):
                # Of two drugs that each a part of the group had, nobody need have had both.
                if one.whole or other.whole:
                    together.setdefault((one.drug, other.drug), []).append(other if one.whole else one)
    for (drug, target), found in sorted(given_for.items()):
        alone = [use.aloneness for use in found]
        _add_use_edge(
            graph, evidence, (drug, target), found, "given for",
            lines_alone_stated=alone.count("alone-stated"),
            lines_only_this_drug_named=alone.count("only-this-drug-named"),
            lines_with_others=alone.count("with-others") + alone.count("some-with-others"),
        )  # fmt: skip
    for pair, found in sorted(together.items()):
        _add_use_edge(graph, evidence, pair, found, "given together")
    return graph


def find_overlap_clusters(evidence: Evidence) -> list[list[str]]:
    """The studies (IRIs) that may share people, directly or through others, cluster by cluster; none stands alone."""
    return sorted(sorted(cluster) for cluster in nx.connected_components(_overlaps(evidence)) if len(cluster) > 1)


def find_chain(lines: Things, start: str, end: str) -> list[str]:
    """The shortest way from one thing to another: thing, line of treatment, thing, … ; empty if there is none.

    Which of several equally short ways it is depends on the order of the lines only.
    """
    graph: nx.Graph[tuple[str, str]] = nx.Graph()
    for line, things in lines.items():
        graph.add_edges_from((("line", line), ("thing", thing)) for thing in things)
    ends = ("thing", start), ("thing", end)
    if not all(each in graph for each in ends) or not nx.has_path(graph, *ends):
        return []
    return [name for _, name in nx.shortest_path(graph, *ends)]


def add_over_studies(by_study: Mapping[str, PeopleBounds], evidence: Evidence) -> PeopleBounds:
    """People over studies: at least the largest sum over studies that share nobody, at most the sum over all.

    The largest sum is exact: the heaviest clique of the studies that are pairwise unlinked (networkx
    `max_weight_clique`), cluster by cluster.
    """
    overlaps = _overlaps(evidence)
    overlaps.add_nodes_from(by_study)
    linked = overlaps.subgraph(by_study)
    at_least = 0
    for cluster in nx.connected_components(linked):
        unlinked = nx.complement(linked.subgraph(cluster))
        for study in cluster:
            unlinked.nodes[study]["weight"] = by_study[study].at_least
        at_least += nx.max_weight_clique(unlinked, weight="weight")[1]
    known = [bounds.at_most for bounds in by_study.values() if bounds.at_most is not None]
    return PeopleBounds(at_least, sum(known) if len(known) == len(by_study) else None)


def _overlaps(evidence: Evidence) -> nx.Graph[str]:
    graph: nx.Graph[str] = nx.Graph()
    for study in evidence.studies:
        graph.add_edges_from((study.iri, other) for other in study.texts("mayOverlap"))
    return graph


def _add_use_edge(
    graph: nx.Graph[str],
    evidence: Evidence,
    ends: tuple[str, str],
    uses: list[DrugUse],
    relation: str,
    **more: int,
) -> None:
    by_study = count_people_by_study(uses, evidence)
    people = add_over_studies(by_study, evidence)
    for iri in ends:
        role = iri.removeprefix(terms.BASE).partition("/")[0]
        graph.add_node(f"{role}:{slug(iri)}", role=role, label=evidence.name(iri), iri=iri)
    one, other = (f"{iri.removeprefix(terms.BASE).partition('/')[0]}:{slug(iri)}" for iri in ends)
    graph.add_edge(
        one,
        other,
        relation=relation,
        studies=len(by_study),
        lines=len({use.episode.iri for use in uses}),
        people_at_least=people.at_least,
        **_known({"people_at_most": people.at_most}),
        **more,
    )


def _iri_of(node: str) -> str | None:
    role, _, key = node.partition(":")
    match role:
        case "study":
            return terms.study(key)
        case "people":
            return f"{terms.study('')}{key}"
        case "regimen":
            return None
        case _:
            return None if is_stand_in(key) else terms.concept(role, key)


def _drugs_of(data: Mapping[str, Any]) -> str:
    return " ".join(slug(value) for name, value in data["facts"] if name.startswith("Drug: "))


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value not in (None, "")}

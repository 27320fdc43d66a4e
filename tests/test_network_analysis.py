"""Networks for analysis: what they hold, who is counted in them, and how things hang together."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from nervegraph import terms
from nervegraph.drug_uses import PeopleBounds, count_people_by_study, read_drug_uses
from nervegraph.errors import Misuse
from nervegraph.evidence import Evidence, read_evidence
from nervegraph.evidence_lines import SJOGREN
from nervegraph.explanations import COLUMNS, explain
from nervegraph.network_analysis import (
    add_over_studies,
    build_plain_network,
    build_use_network,
    find_chain,
    find_overlap_clusters,
)
from nervegraph.store import MemoryStore
from page_fixture import CASE, IVIG, SERIES, TRIAL, page_store, shipped_store, small_store, study_lines, treatment

STEROID = {"drug": "glucocorticoid", "role": "index"}


@cache
def small_evidence() -> Evidence:
    return read_evidence(small_store())


def use_network(store: MemoryStore, condition: str | None = None) -> nx.Graph[str]:
    evidence = read_evidence(store)
    return build_use_network(read_drug_uses(store, evidence, condition), evidence)


def told(*explained: tuple[int | str, ...]) -> list[dict[str, int | str]]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in explained]


# --- the evidence network --------------------------------------------------------------------------------------------


def test_the_plain_network_has_the_nodes_and_edges_of_the_drawn_one_with_iris() -> None:
    network = build_plain_network(small_evidence())
    assert network.nodes["study:miller-2011"]["iri"] == terms.study("miller-2011")
    group = network.nodes["people:miller-2011/group/all-patients"]
    assert group == {
        "role": "people",
        "label": "all treated patients",
        "uncertain": False,
        "iri": terms.part("miller-2011", "group", "all-patients"),
        "people": 19,
        "kind": "group",
    }
    assert network.nodes["regimen:IVIG + glucocorticoid (13 of 19)"]["drugs"] == "glucocorticoid ivig"
    assert network.nodes["response:improved"]["iri"] == terms.concept("response", "improved")
    assert "iri" not in network.nodes["response:in-words-only"]
    edges = network.get_edge_data("neuropathy:peripheral-neuropathy", "response:improved").values()
    assert [(edge["relation"], edge["people"]) for edge in edges] == [("response", 9)]


def test_every_iri_of_the_network_is_a_subject_of_the_graph() -> None:
    network = build_plain_network(read_evidence(shipped_store()))
    iris = {data["iri"] for _, data in network.nodes(data=True) if "iri" in data}
    assert len(iris) > 100
    assert [iri for iri in sorted(iris) if not shipped_store().ask(f"ASK {{ <{iri}> ?p ?o }}")] == []


def test_graphml_can_hold_both_networks_and_nothing_unknown_is_written(tmp_path: Path) -> None:
    store = shipped_store()
    for network in (build_plain_network(read_evidence(store)), use_network(store)):
        path = tmp_path / "network.graphml"
        nx.write_graphml(network, path)
        again = nx.read_graphml(path, force_multigraph=network.is_multigraph())
        assert list(again.nodes(data=True)) == list(network.nodes(data=True))
        assert again.number_of_edges() == network.number_of_edges()
        assert "None" not in path.read_text(encoding="utf-8")


# --- drugs and neuropathies ------------------------------------------------------------------------------------------


def test_a_group_and_its_part_are_the_same_people() -> None:
    series = copy.deepcopy(SERIES)
    series["groups"][1]["neuropathy"] = "peripheral-neuropathy"
    edge = use_network(page_store(*study_lines(series))).edges["drug:ivig", "neuropathy:peripheral-neuropathy"]
    assert (edge["people_at_least"], edge["people_at_most"], edge["lines"], edge["studies"]) == (19, 19, 2, 1)


def test_a_drug_that_part_of_a_group_had_is_counted_for_that_part() -> None:
    edge = use_network(small_store()).edges["drug:glucocorticoid", "neuropathy:peripheral-neuropathy"]
    assert (edge["people_at_least"], edge["people_at_most"]) == (13, 13)


def test_where_a_number_is_unknown_there_is_somebody_and_no_upper_bound() -> None:
    edge = use_network(small_store()).edges["drug:rituximab", "neuropathy:small-fibre-neuropathy"]
    assert edge["people_at_least"] == 1
    assert "people_at_most" not in edge


def test_only_people_with_the_condition_are_taken_unless_all_are_asked_for() -> None:
    place = ("drug:ivig", "neuropathy:small-fibre-neuropathy")
    assert place not in use_network(small_store(), SJOGREN).edges
    assert use_network(small_store(), None).edges[place]["people_at_least"] == 30


def parts(partition: str) -> dict[str, Any]:
    """A series whose two parts had IVIG for one neuropathy, and whose whole had something else."""
    series = copy.deepcopy(SERIES)
    whole, one = series["groups"][:2]
    whole |= {"parts": partition, "treatments": []}
    other = copy.deepcopy(one) | {"id": "other", "label": "other", "patients": "7"}
    series["groups"] = [whole, one, other]
    return series


@pytest.mark.parametrize(
    ("partition", "bounds"), [("disjoint", (16, 16)), ("overlapping", (9, 16)), ("unknown", (9, 16))]
)
def test_parts_are_added_up_only_where_they_are_disjoint(partition: str, bounds: tuple[int, int]) -> None:
    network = use_network(page_store(*study_lines(parts(partition))))
    edge = network.edges["drug:ivig", "neuropathy:ataxic-sensory-neuropathy"]
    assert (edge["people_at_least"], edge["people_at_most"]) == bounds


def test_studies_that_may_share_people_widen_the_bounds() -> None:
    case = copy.deepcopy(CASE)
    case["people"][0]["neuropathy"] = "peripheral-neuropathy"
    place = ("drug:ivig", "neuropathy:peripheral-neuropathy")
    linked = use_network(page_store(*study_lines(SERIES, case))).edges[place]
    alone = copy.deepcopy(SERIES)
    del alone["may overlap"]
    unlinked = use_network(page_store(*study_lines(alone, case))).edges[place]
    assert (linked["people_at_least"], linked["people_at_most"], linked["studies"]) == (19, 20, 2)
    assert (unlinked["people_at_least"], unlinked["people_at_most"]) == (20, 20)


def test_over_studies_the_lower_bound_is_the_largest_sum_of_unlinked_ones() -> None:
    records = []
    for name, linked in (("a-1", ["b-1"]), ("b-1", ["c-1"]), ("c-1", [])):
        record = copy.deepcopy(CASE) | {"study": name, "doi": f"10.1002/{name}"}
        record["may overlap"] = [{"study": other, "because": "shared-authors"} for other in linked]
        records.append(record)
    evidence = read_evidence(page_store(*study_lines(*records)))
    people = {terms.study(f"{name}-1"): PeopleBounds(n, n) for name, n in (("a", 3), ("b", 5), ("c", 4))}
    # a and c are not linked with each other, so their sum is certain and larger than b alone.
    assert add_over_studies(people, evidence) == PeopleBounds(7, 12)
    assert add_over_studies({**people, terms.study("b-1"): PeopleBounds(9, None)}, evidence) == PeopleBounds(9, None)


def test_drugs_are_together_only_where_one_of_them_was_given_to_all() -> None:
    case = copy.deepcopy(CASE)
    case["people"][0]["treatments"] = [
        treatment("both", [IVIG, STEROID, {"drug": "rituximab", "role": "background"}], [], order="1")
    ]
    assert use_network(page_store(*study_lines(case))).edges["drug:glucocorticoid", "drug:ivig"]["people_at_most"] == 1
    series = copy.deepcopy(SERIES)
    drugs = [{"drug": "ivig", "role": "index", "n": "13"}, {"drug": "glucocorticoid", "role": "index", "n": "6"}]
    series["groups"][0]["treatments"][0]["drugs"] = drugs
    assert ("drug:glucocorticoid", "drug:ivig") not in use_network(page_store(*study_lines(series))).edges
    del drugs[0]["n"]
    edge = use_network(page_store(*study_lines(series))).edges["drug:glucocorticoid", "drug:ivig"]
    assert (edge["relation"], edge["people_at_least"], edge["people_at_most"]) == ("given together", 6, 6)


def test_successive_drugs_are_not_together() -> None:
    case = copy.deepcopy(CASE)
    case["people"][0]["treatments"] = [treatment("row", [IVIG, STEROID], [], order="1", composition="successive")]
    assert ("drug:glucocorticoid", "drug:ivig") not in use_network(page_store(*study_lines(case))).edges


def test_alone_is_told_as_the_source_states_it() -> None:
    case = copy.deepcopy(CASE)
    case["people"][0]["treatments"][1]["drugs"] = [IVIG]
    case["people"][0]["treatments"][1]["other immune drugs"] = "none-stated"
    edge = use_network(page_store(*study_lines(case))).edges["drug:ivig", "neuropathy:painful-sensory-neuropathy"]
    alone = [edge[f"lines_{how}"] for how in ("alone_stated", "only_this_drug_named", "with_others")]
    assert alone == [1, 0, 0]
    steroid = use_network(small_store()).edges["drug:glucocorticoid", "neuropathy:painful-sensory-neuropathy"]
    assert (steroid["lines_alone_stated"], steroid["lines_only_this_drug_named"]) == (0, 1)


def test_bounds_hold_on_the_shipped_evidence_what_the_counting_question_counts() -> None:
    evidence = read_evidence(shipped_store())
    uses = read_drug_uses(shipped_store(), evidence, SJOGREN)
    ivig = [use for use in uses if use.drug == terms.concept("drug", "ivig") and use.whole]
    bounds = add_over_studies(count_people_by_study(ivig, evidence), evidence)
    # Whom responses_by_drug counts had the drug; others had it too, without an outcome that can be counted.
    assert bounds.at_least >= 36
    assert all(
        one.at_most is None or one.at_least <= one.at_most for one in count_people_by_study(uses, evidence).values()
    )


# --- overlap ---------------------------------------------------------------------------------------------------------


def test_overlap_clusters_join_studies_that_are_linked_through_others() -> None:
    clusters = find_overlap_clusters(read_evidence(shipped_store()))
    names = [[iri.rpartition("/")[2] for iri in cluster] for cluster in clusters]
    assert ["kizawa-2006", "mori-2005", "morozumi-2009"] in names
    assert all(len(cluster) > 1 for cluster in names)
    assert find_overlap_clusters(read_evidence(page_store(*study_lines(TRIAL)))) == []


# --- explanations ----------------------------------------------------------------------------------------------------


def test_two_things_of_one_line_of_treatment_are_explained_by_all_such_lines_counted_ones_first() -> None:
    rows = told(*explain(small_evidence(), "IVIG", "worsened"))
    assert [(row["step"], row["people"], row["response"]) for row in rows] == [
        (1, "all treated patients", "9 improved, 6 stable, 4 worsened of 19"),
        (1, "ataxic", "2 improved, 3 stable, 4 worsened of 9"),
    ]
    assert rows[0]["counted"] == "counted"
    assert str(rows[1]["counted"]).startswith("not counted: counted within")
    assert (rows[0]["begins_with"], rows[0]["leads_to"]) == ("intravenous immunoglobulin", "worsened")


def test_neighbours_in_the_picture_that_share_no_line_are_joined_by_a_chain_and_never_directly() -> None:
    # Rituximab and placebo were both given for small fibre neuropathy, in different people.
    rows = told(*explain(small_evidence(), "rituximab", "placebo"))
    assert [(row["step"], row["study"], row["begins_with"], row["leads_to"]) for row in rows] == [
        (1, "Miller 2011", "rituximab", "small fibre neuropathy"),
        (2, "Jansen 2021", "small fibre neuropathy", "placebo"),
    ]


def test_what_nothing_joins_has_no_rows() -> None:
    store = page_store(*study_lines(CASE, TRIAL))
    assert explain(read_evidence(store), "glucocorticoid", "placebo") != []
    series = copy.deepcopy(CASE)
    series["people"][0]["treatments"] = [treatment("first", [STEROID], [], order="1")]
    assert explain(read_evidence(page_store(*study_lines(series, TRIAL))), "glucocorticoid", "placebo") == []


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("ivgi", "worsened", "nothing in the evidence is called ivgi. Did you mean ivig?"),
        ("", "worsened", "nothing in the evidence is called ''"),
        ("\x1b[31m", "worsened", "Name a study, drug"),
        ("ivig", "IVIG", "are the same thing"),
    ],
)
def test_what_cannot_be_explained_is_wrong_use(one: str, other: str, words: str) -> None:
    with pytest.raises(Misuse) as caught:
        explain(small_evidence(), one, other)
    assert words in str(caught.value)


def test_a_chain_is_the_shortest_and_empty_where_there_is_none() -> None:
    lines = {"x": ["a", "b"], "y": ["b", "c"], "z": ["c", "d"], "short": ["a", "c"], "island": ["e", "f"]}
    assert find_chain(lines, "a", "d") == ["a", "short", "c", "z", "d"]
    assert find_chain(lines, "a", "e") == []
    assert find_chain(lines, "a", "nowhere") == []

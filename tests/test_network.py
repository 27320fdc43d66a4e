"""The evidence as lines and as a network in columns."""

from __future__ import annotations

import copy
from functools import cache
from itertools import pairwise

import networkx as nx
import pytest

from nervegraph.columns import place_in_columns
from nervegraph.evidence import Evidence, read_evidence
from nervegraph.evidence_lines import build_lines
from nervegraph.evidence_words import outcome_words
from nervegraph.network import ROLES, EvidenceNetwork, build_network
from nervegraph.questions import load_questions
from nervegraph.rdfterms import Literal
from nervegraph.resources import resource_directory
from page_fixture import CASE, SERIES, TRIAL, page_store, shipped_store, small_store, study_lines


@cache
def small_evidence() -> Evidence:
    return read_evidence(small_store())


@cache
def small_network() -> EvidenceNetwork:
    return build_network(small_evidence())


def reasons() -> dict[str, str]:
    return {line.key: line.reason for line in build_lines(small_evidence())}


def edges_between(source: str, target: str) -> list[dict[str, object]]:
    return list((small_network().get_edge_data(source, target) or {}).values())


# --- lines -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("miller-2011/outcome/all-patients.ivig.global", ""),
        ("miller-2011/outcome/all-patients.ivig.rankin", "another outcome of this treatment is taken"),
        ("miller-2011/outcome/ataxic.ivig.global", "counted within “all treated patients”"),
        ("miller-2011/outcome/no-count.rtx.words", "no counted people"),
        ("case-2006/outcome/p1.first.pain", ""),
        ("case-2006/outcome/p1.second.pain", ""),
        ("trial-2021/outcome/ivig.ivig.pain", "indirect evidence: no underlying disease"),
    ],
)
def test_each_line_says_whether_it_counts_and_why_not(key: str, reason: str) -> None:
    found = reasons()[key]
    assert found.startswith(reason) if reason else found == ""


def test_every_line_of_treatment_has_a_line_of_evidence() -> None:
    told = {line.episode.iri for line in build_lines(small_evidence())}
    assert told == {episode.iri for episodes in small_evidence().episodes.values() for episode in episodes}


def test_a_treatment_without_outcome_stays_in_the_table() -> None:
    silent = copy.deepcopy(CASE)
    silent["people"][0]["treatments"][0]["outcomes"] = []
    lines = build_lines(read_evidence(page_store(*study_lines(silent))))
    assert [(line.outcome, line.reason) for line in lines if line.outcome is None] == [(None, "no outcome recorded")]


def test_a_narrower_response_is_told_as_part_of_its_broader_one() -> None:
    series = copy.deepcopy(SERIES)
    series["groups"][0]["treatments"][0]["outcomes"][0]["remission"] = "2"
    evidence = read_evidence(page_store(*study_lines(series)))
    line = next(line for line in build_lines(evidence) if line.key.endswith("all-patients.ivig.global"))
    assert line.outcome is not None
    told = outcome_words(evidence, line.outcome, person=False)
    assert told == "9 improved (of these 2 remission), 6 stable, 4 worsened of 19"


def test_a_rechallenge_does_not_count_the_person_again() -> None:
    case = copy.deepcopy(CASE)
    case["people"][0]["treatments"][1]["rechallenge of"] = "first"
    lines = build_lines(read_evidence(page_store(*study_lines(case))))
    assert [line.reason for line in lines] == ["", "rechallenge of people already counted"]


def test_a_later_treatment_with_the_same_drug_does_not_count_the_person_again() -> None:
    twice = copy.deepcopy(CASE)
    twice["people"][0]["treatments"][0]["drugs"] = [{"drug": "ivig", "role": "index"}]
    lines = build_lines(read_evidence(page_store(*study_lines(twice))))
    assert [line.reason for line in lines] == ["", "later treatment of people counted for an earlier one"]


def test_parts_that_may_share_people_do_not_count() -> None:
    series = copy.deepcopy(SERIES)
    series["groups"][0] |= {"parts": "overlapping", "treatments": []}
    lines = build_lines(read_evidence(page_store(*study_lines(series))))
    part = next(line for line in lines if line.key.endswith("ataxic.ivig.global"))
    assert part.reason == "the parts of “all treated patients” are not known to be disjoint"


def test_a_line_known_from_a_title_only_does_not_count_and_is_uncertain() -> None:
    case = copy.deepcopy(CASE)
    case["sources"][0]["read"] = "title-only"
    lines = build_lines(read_evidence(page_store(*study_lines(case))))
    assert {line.reason for line in lines} == {"outcome read from a title only"}
    assert all("known from a title only" in line.doubts for line in lines)


def test_without_derived_triples_every_counted_outcome_is_a_candidate() -> None:
    lines = build_lines(read_evidence(page_store(*study_lines(SERIES), derived=False)))
    assert "miller-2011/outcome/all-patients.ivig.rankin" in {line.key for line in lines if line.counted}


@pytest.mark.parametrize("which", ["small", "shipped"])
def test_the_page_counts_whom_the_question_counts(which: str) -> None:
    store = small_store() if which == "small" else shipped_store()
    question = load_questions(resource_directory("queries") / "questions")["responses_by_study"]
    evidence = read_evidence(store)
    lines = build_lines(evidence)
    drugs = {
        drug.removeprefix("https://w3id.org/nervegraph/drug/")
        for exposures in evidence.exposures.values()
        for exposure in exposures
        for drug in exposure.texts("ofDrug")
    }
    asked = set()
    for drug in sorted(drugs):
        answer = store.select(question.fill(drug=drug, neuropathy="peripheral-neuropathy"))
        wanted = [answer.columns.index(name) for name in ("study_label", "people", "assessed", "domain")]
        for row in answer.rows:
            cells = [row[index] for index in wanted]
            asked.add(tuple(cell.value for cell in cells if isinstance(cell, Literal)))
    shown = {
        (
            line.study.text("rdfs:label"),
            line.people.text("rdfs:label"),
            line.outcome.text("nAssessed"),
            evidence.name(line.outcome.text("domain")),
        )
        for line in lines
        if line.counted and line.outcome is not None
    }
    assert asked
    assert shown == asked


# --- network ---------------------------------------------------------------------------------------------------------


def test_a_combination_is_a_node_of_its_own() -> None:
    labels = {data["title"] for _, data in small_network().nodes(data=True) if data["role"] == "regimen"}
    assert labels == {"IVIG", "IVIG + glucocorticoid (13 of 19)", "glucocorticoid", "rituximab", "placebo"}


def test_a_background_drug_is_no_part_of_the_regimen() -> None:
    assert edges_between("study:case-2006", "regimen:IVIG")


def test_one_person_with_two_treatments_is_one_node() -> None:
    persons = [node for node, data in small_network().nodes(data=True) if data["kind"] == "person"]
    assert persons == ["people:case-2006/patient/p1"]
    assert small_network().in_degree(persons[0]) == 2


def test_a_part_hangs_on_its_group_and_stands_right_below_it() -> None:
    parent, part = "people:miller-2011/group/all-patients", "people:miller-2011/group/ataxic"
    network = small_network()
    assert [edge["relation"] for edge in edges_between(parent, part)] == ["includes"]
    assert network.nodes[part]["parent"] == parent
    assert network.nodes[part]["depth"] == 1
    people = sorted((d["y"], node) for node, d in network.nodes(data=True) if d["role"] == "people")
    order = [node for _, node in people]
    assert order.index(part) == order.index(parent) + 1


def test_a_part_with_its_groups_regimen_is_reached_through_the_group() -> None:
    series = copy.deepcopy(SERIES)
    series["groups"][0]["treatments"][0]["drugs"] = [{"drug": "ivig", "role": "index"}]
    network = build_network(read_evidence(page_store(*study_lines(series))))
    part = "people:miller-2011/group/ataxic"
    assert {source for source, _ in network.in_edges(part)} == {"people:miller-2011/group/all-patients"}
    line = "line:miller-2011/episode/ataxic.ivig"
    steps = {(u.split(":")[0], v.split(":")[0]) for u, v, d in network.edges(data=True) if d["episode"] == line}
    assert ("study", "regimen") in steps
    assert ("people", "people") in steps


def test_the_response_is_that_of_the_default_rule() -> None:
    edges = edges_between("neuropathy:peripheral-neuropathy", "response:improved")
    assert [edge["people"] for edge in edges] == [9]


@pytest.mark.parametrize("stand_in", ["in-words-only", "figures-without-counts", "not-reported"])
def test_what_was_not_counted_has_a_node_of_its_own(stand_in: str) -> None:
    assert small_network().in_degree(f"response:{stand_in}") == 1


def test_each_edge_tells_its_origin_and_curator() -> None:
    for _, _, data in small_network().edges(data=True):
        if data["episode"] is not None:
            names = [name for name, _ in data["facts"]]
            assert {"Study", "Design", "Number of people", "Regimen", "Curator", "Second reader"} <= set(names)
            outcomes = [telling for name, telling in data["facts"] if name.startswith("Outcome:")]
            assert outcomes
            assert all("Read in: Results; " in telling or "Read in: " in telling for telling in outcomes)


def test_doubt_is_marked() -> None:
    edges = edges_between("people:miller-2011/group/ataxic", "neuropathy:ataxic-sensory-neuropathy")
    assert [edge["uncertain"] for edge in edges] == [True]
    assert not any(edge["uncertain"] for edge in edges_between("study:trial-2021", "regimen:placebo"))


def test_every_node_has_a_place_in_the_column_of_its_role() -> None:
    network = small_network()
    columns = [
        {data["x"] for _, data in network.nodes(data=True) if data["role"] == role and data["depth"] == 0}
        for role in ROLES
    ]
    assert all(len(column) == 1 for column in columns)
    xs = [min(column) for column in columns]
    assert xs == sorted(xs)


def test_responses_stand_from_better_to_worse_to_untold() -> None:
    responses = sorted((d["y"], node) for node, d in small_network().nodes(data=True) if d["role"] == "response")
    assert [node.removeprefix("response:") for _, node in responses] == [
        "improved",
        "stable",
        "not-improved",
        "worsened",
        "in-words-only",
        "figures-without-counts",
        "not-reported",
    ]


def test_nodes_of_a_column_do_not_overlap() -> None:
    network = build_network(read_evidence(shipped_store()))
    for role in ROLES:
        ys = sorted(data["y"] for _, data in network.nodes(data=True) if data["role"] == role)
        assert all(below - above >= 15 for above, below in pairwise(ys))


def test_the_same_evidence_gives_the_same_network_in_any_order_of_its_lines() -> None:
    forwards = page_store(*study_lines(SERIES, CASE, TRIAL))
    backwards = page_store(*reversed(study_lines(TRIAL, CASE, SERIES)))
    one, other = (build_network(read_evidence(store)) for store in (forwards, backwards))
    assert list(one.nodes(data=True)) == list(other.nodes(data=True))
    assert list(one.edges(data=True, keys=True)) == list(other.edges(data=True, keys=True))


def test_ordering_undoes_crossings_that_can_be_undone() -> None:
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for index in range(6):
        graph.add_node(f"study:{index}", role="study", label="a")
        graph.add_node(f"regimen:{5 - index}{index}", role="regimen", label="a")
        graph.add_edge(f"study:{index}", f"regimen:{5 - index}{index}")
    place_in_columns(
        {node: graph.nodes[node] for node in graph}, list(graph.edges()), ("study", "regimen"), fixed_column=""
    )
    places = graph.nodes
    assert all(places[one]["y"] == places[other]["y"] for one, other in graph.edges())


def test_an_empty_graph_is_an_empty_network() -> None:
    assert build_network(read_evidence(page_store())).number_of_nodes() == 0


def test_a_systemic_response_stands_under_no_response_of_the_nerve() -> None:
    network = build_network(read_evidence(shipped_store()))
    episode = "gottenberg-2013-air/episode/all.rituximab"
    ends = {end for _, end, data in network.edges(data=True) if data["episode"] and episode in data["episode"]}
    assert "response:no-nerve-outcome" in ends
    assert not any(end.startswith("response:") and end != "response:no-nerve-outcome" for end in ends)

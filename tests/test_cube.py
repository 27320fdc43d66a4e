"""The evidence cube holds what the questions' counting pattern counts, in every cell; it is a well-formed data cube."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changed_graphs import Change, changed_graph
from gold import QUESTIONS
from graphs import GraphName, graph
from nervegraph import model, terms
from nervegraph.assembly import joined
from nervegraph.counting import RESPONSES
from nervegraph.derived import DERIVING
from nervegraph.network import LinkedThings
from nervegraph.rdfterms import Iri, Literal
from nervegraph.simulation import Cohort, build_study_trees
from nervegraph.store import MemoryStore, memory_store
from nervegraph.triples import build_study_lines
from nervegraph.vocabulary import Vocabulary, vocabulary_quads

GRAPHS: tuple[GraphName, ...] = ("fixture", "evidence")
PREFIXES = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in terms.PREFIXES.items())
MEASURES = ("peopleImproved", "peopleImprovedOrStable", "peopleStable", "peopleWorsened", "peopleNotImproved")
DEFAULT = (terms.concept("condition", "sjogren-disease"), terms.concept("rule", "curator-global-disability"))
Cells = dict[tuple[str, ...], Counter[str]]


def rows(store: MemoryStore, query: str) -> list[tuple[str, ...]]:
    found = store.select(PREFIXES + query).rows
    return [tuple(term.value if isinstance(term, Iri | Literal) else "" for term in row) for row in found]


def cells_of(store: MemoryStore, roll_up: str) -> Cells:
    """The observations of a roll-up by the values of their dimensions, these in the order of the alphabet."""
    dimensions: dict[str, dict[str, str]] = defaultdict(dict)
    measures: dict[str, Counter[str]] = defaultdict(Counter)
    query = f"SELECT ?cell ?name ?value {{ ?cell qb:dataSet <{terms.data_set(roll_up)}> ; ?name ?value }}"
    for cell, name, value in rows(store, query):
        short = name.removeprefix(terms.BASE)
        if short.startswith("cell"):
            assert short not in dimensions[cell], cell
            dimensions[cell][short] = value
        elif short in terms.PROPERTIES:
            measures[cell][short] = int(value)
    found = {tuple(dimensions[cell][name] for name in sorted(dimensions[cell])): measures[cell] for cell in dimensions}
    assert len(found) == len(dimensions), "two cells have the same values"
    return found


@cache
def pattern() -> str:
    text = QUESTIONS["responses_by_study"].text
    return text[text.index("# counting: begin") : text.index("# counting: end")]


def count_person_by_person(store: MemoryStore) -> Cells:
    """What the questions' pattern counts with everything open: one step a group, added up here."""
    numbers: dict[str, Counter[str]] = defaultdict(Counter)
    names = dict(zip(RESPONSES, MEASURES, strict=True))
    by_outcome: dict[str, dict[str, int]] = defaultdict(dict)
    told = "SELECT ?o ?r ?n { ?o nvg:hasResponseCount ?c . ?c nvg:response ?r ; nvg:nWithResponse ?n }"
    for outcome, response, n in rows(store, told):
        by_outcome[outcome][response.rpartition("/")[2]] = int(n)
    for outcome, counts in by_outcome.items():
        if "improved" not in counts:
            counts["improved"] = counts.pop("partly-improved", 0) + counts.pop("remission", 0)
        numbers[outcome] = Counter({names[slug]: n for slug, n in counts.items() if slug in names})
    persons = {person for (person,) in rows(store, "SELECT ?p { ?p a nvg:Patient }")}
    alone = set(
        rows(
            store,
            "SELECT ?e ?d { ?u nvg:inEpisode ?e ; nvg:useOf ?d ; nvg:aloneness/skos:prefLabel 'alone, as stated'@en }",
        )
    )
    cells: Cells = defaultdict(Counter)
    studies: dict[tuple[str, ...], set[str]] = defaultdict(set)
    columns = "?condition ?drug ?neuropathy ?rule ?study ?group ?episode ?outcome ?treated ?assessed"
    for *scope, study, group, episode, outcome, treated, assessed in rows(
        store, f"SELECT DISTINCT {columns} WHERE {{ {pattern()} }}"
    ):
        cell = cells[tuple(scope)]
        cell["peopleTreated"] += int(treated)
        cell["peopleAssessed"] += int(assessed)
        cell["peopleDescribedSingly"] += int(treated) if group in persons else 0
        cell["peopleAloneStated"] += int(treated) if (episode, scope[1]) in alone else 0
        cell.update(numbers[outcome])
        studies[tuple(scope)].add(study)
    for scope_values, found in studies.items():
        cells[scope_values]["studiesCounted"] = len(found)
    return cells


def without_lower_ends(cells: Cells) -> Cells:
    return {
        values: Counter({name: n for name, n in cell.items() if name != "peopleTreatedAtLeast"})
        for values, cell in cells.items()
    }


def simulated(seed: int, patients: int) -> MemoryStore:
    context = {"vocabulary": Vocabulary.shipped()}
    trees = build_study_trees(Cohort.of(patients, seed))
    lines = [
        line for tree in trees for line in build_study_lines(model.StudyFile.model_validate(tree, context=context))
    ]
    store = memory_store(joined([*lines, *vocabulary_quads()]))
    for step in DERIVING.values():
        store.add_nquads([*step(store)])
    return store


@pytest.mark.parametrize("name", GRAPHS)
def test_every_cell_holds_what_the_pattern_counts_person_by_person(name: GraphName) -> None:
    cells = without_lower_ends(cells_of(graph(name).store, "responses"))
    assert len(cells) > 100
    assert cells == count_person_by_person(graph(name).store)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(1, 10_000), patients=st.integers(5, 60))
def test_every_cell_of_a_random_cohort_holds_what_the_pattern_counts(seed: int, patients: int) -> None:
    with simulated(seed, patients) as store:
        assert without_lower_ends(cells_of(store, "responses")) == count_person_by_person(store)


@pytest.mark.parametrize("roll_up", ["by-design", "by-companions"])
@pytest.mark.parametrize("name", GRAPHS)
def test_a_breakdown_divides_the_people_of_each_cell(name: GraphName, roll_up: str) -> None:
    whole = {
        cell: people for cell, people in cells_of(graph(name).store, "responses").items() if set(DEFAULT) < {*cell}
    }
    extra = {"by-design": f"{terms.BASE}design/", "by-companions": f"{terms.BASE}aloneness/"}[roll_up]
    added: Cells = defaultdict(Counter)
    for values, people in cells_of(graph(name).store, roll_up).items():
        added[tuple(value for value in values if not value.startswith(extra))].update(people)
    assert set(added) == set(whole)
    for cell, people in whole.items():
        for measure in ("peopleTreated", "peopleAssessed", *MEASURES, "peopleDescribedSingly", "peopleAloneStated"):
            assert added[cell][measure] == people[measure], (cell, measure)


def by_reading(name: GraphName, *slugs: str) -> dict[str, Counter[str]]:
    wanted = {*DEFAULT, terms.concept("drug", slugs[0]), terms.concept("neuropathy", slugs[1])}
    cells = cells_of(graph(name).store, "by-reading")
    return {
        value.rpartition("/")[2]: people
        for values, people in cells.items()
        if wanted < {*values}
        for value in values
        if "/reading-scope/" in value
    }


def test_with_all_readings_the_cells_are_those_of_the_whole() -> None:
    kind = terms.concept("reading-scope", "all-that-count")
    cells = cells_of(graph("evidence").store, "by-reading")
    every = {tuple(v for v in values if v != kind): people for values, people in cells.items() if kind in values}
    whole = cells_of(graph("evidence").store, "responses")
    assert every == {cell: people for cell, people in whole.items() if set(DEFAULT) < {*cell}}


def test_the_nine_with_ataxia_known_from_retellings_only_do_not_count_first_hand() -> None:
    found = by_reading("evidence", "ivig", "ataxic-sensory-neuropathy")
    assert found["all-that-count"]["peopleTreated"] - found["first-hand"]["peopleTreated"] == 9
    assert found["first-hand"]["peopleWorsened"] == 0
    assert found["all-that-count"]["peopleWorsened"] == 4


def test_studies_that_may_share_people_lower_the_certain_total() -> None:
    cell = (DEFAULT[0], terms.concept("drug", "ivig"), terms.concept("neuropathy", "peripheral-neuropathy"), DEFAULT[1])
    now = cells_of(graph("evidence").store, "responses")[cell]
    assert now["peopleTreated"] - now["peopleTreatedAtLeast"] == 1  # Kizawa's one may be one of Morozumi's five
    apart = changed_graph("evidence", [Change(r"/overlaps> ")])
    freed = cells_of(apart, "responses")[cell]
    assert freed["peopleTreatedAtLeast"] == freed["peopleTreated"] == now["peopleTreated"]


def test_a_planted_untruth_in_the_cube_is_noticed() -> None:
    cells = cells_of(graph("fixture").store, "responses")
    cell = next(iter(cells))
    cells[cell]["peopleImproved"] += 1
    assert without_lower_ends(cells) != count_person_by_person(graph("fixture").store)


# --- well-formed, as the W3C recommendation asks (its constraints IC-1, IC-2, IC-3, IC-11, IC-12, IC-14) --------------


@pytest.mark.parametrize("name", GRAPHS)
def test_each_observation_has_each_component_of_its_structure_and_no_other(name: GraphName) -> None:
    store = graph(name).store
    structures: dict[str, set[str]] = defaultdict(set)
    for data_set, component in rows(
        store,
        "SELECT ?d ?p { ?d a qb:DataSet ; qb:structure ?s . ?s a qb:DataStructureDefinition ; qb:component ?c ."
        " ?c qb:dimension|qb:measure ?p }",
    ):
        structures[data_set].add(component)
    assert set(structures) == {
        terms.data_set(roll_up) for roll_up in ("responses", "by-design", "by-companions", "by-reading")
    }
    found: dict[str, list[str]] = defaultdict(list)
    of: dict[str, str] = {}
    for cell, data_set, name_of in rows(
        store,
        "SELECT ?cell ?d ?p { ?cell a qb:Observation ; qb:dataSet ?d ; ?p ?v ."
        " FILTER (?p NOT IN (rdf:type, qb:dataSet)) }",
    ):
        assert of.setdefault(cell, data_set) == data_set
        found[cell].append(name_of)
    assert found
    for cell, names in found.items():
        assert sorted(names) == sorted(structures[of[cell]]), cell


def test_every_dimension_and_measure_is_declared_as_one() -> None:
    declared = rows(
        graph("fixture").store, "SELECT ?p { { ?p a qb:DimensionProperty } UNION { ?p a qb:MeasureProperty } }"
    )
    used = rows(
        graph("fixture").store, "SELECT DISTINCT ?p { ?c a qb:ComponentSpecification ; qb:dimension|qb:measure ?p }"
    )
    assert set(used) == set(declared)
    assert len(used) == 18


# --- the lower end of a total -----------------------------------------------------------------------------------------

NAMES = "abcdefg"


@given(
    totals=st.dictionaries(st.sampled_from(NAMES), st.integers(1, 50)),
    links=st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] < pair[1])),
)
def test_largest_total_of_unlinked_things_is_the_best_of_all_choices(
    totals: dict[str, int], links: set[tuple[str, str]]
) -> None:
    choices = [choice for size in range(len(totals) + 1) for choice in combinations(sorted(totals), size)]
    allowed = [choice for choice in choices if not any(pair in links for pair in combinations(choice, 2))]
    best = max(sum(totals[thing] for thing in choice) for choice in allowed)
    assert LinkedThings(links).largest_unlinked_total(totals) == best

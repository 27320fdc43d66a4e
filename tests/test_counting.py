"""Nobody is counted twice and nobody is lost, whatever is asked; counting by hand from the files gives equal sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest

from changed_graphs import Change, changed_graph
from gold import QUESTIONS
from graphs import FIXTURE, GraphName, graph
from nervegraph import model, terms
from nervegraph.assembly import find_study_files
from nervegraph.checked_studies import read_checked_studies
from nervegraph.rdfterms import Iri, Literal
from nervegraph.resources import resource_directory
from nervegraph.store import MemoryStore
from nervegraph.vocabulary import Vocabulary

GRAPHS: tuple[GraphName, ...] = ("fixture", "evidence")
RULES = {
    "curator-global-disability": ("neuropathy-overall", "disability"),
    "global-first": ("neuropathy-overall", "disability"),
    "disability-first": ("disability", "neuropathy-overall"),
}
CONDITIONS = ("sjogren-disease", "idiopathic", "mixed-conditions")
RESPONSES = ("improved", "improved-or-stable", "stable", "worsened", "not-improved")
VOCABULARY = Vocabulary.shipped()
PREFIX = f"PREFIX nvg: <{terms.BASE}>\n"


class Scope(NamedTuple):
    """What is asked: concepts by their ids."""

    drug: str
    neuropathy: str
    condition: str
    rule: str


def short_rows(store: MemoryStore, query: str) -> Iterator[tuple[str, ...]]:
    """Rows with IRIs cut to what follows the name of their scheme or of `study`."""
    for row in store.select(query).rows:
        yield tuple(
            term.value.removeprefix(terms.BASE).partition("/")[2] if isinstance(term, Iri) else str(term)
            for term in row
        )


@cache
def asked(name: GraphName) -> dict[str, list[str]]:
    """Every drug and neuropathy in use with all that they lie under, the conditions, and the rules."""
    store = graph(name).store
    return {
        "drug": sorted({drug for (drug,) in short_rows(store, PREFIX + "SELECT DISTINCT ?d { ?u nvg:useOf ?d }")}),
        "neuropathy": sorted(
            {target for (target,) in short_rows(store, PREFIX + "SELECT DISTINCT ?n { ?e nvg:targetsWithin ?n }")}
        ),
        "condition": [*CONDITIONS],
        "rule": [*RULES],
    }


def values_lines(name: GraphName) -> str:
    return "\n".join(
        f"VALUES ?{scheme} {{ {' '.join(f'<{terms.concept(scheme, slug)}>' for slug in slugs)} }}"
        for scheme, slugs in asked(name).items()
    )


@cache
def find_counted(name: GraphName) -> dict[Scope, list[tuple[str, str]]]:
    """Groups and lines of treatment that the questions' counting pattern counts, by what is asked."""
    text = QUESTIONS["responses_by_study"].text
    block = text[text.index("# counting: begin") : text.index("# counting: end")]
    found: dict[Scope, list[tuple[str, str]]] = {}
    columns = "?drug ?neuropathy ?condition ?rule ?group ?episode"
    query = f"{PREFIX} SELECT {columns} WHERE {{ {values_lines(name)}\n{block} }}"
    for *scope, group, episode in short_rows(graph(name).store, query):
        found.setdefault(Scope(*scope), []).append((group, episode))
    return found


@cache
def find_explained(name: GraphName) -> dict[Scope, set[str]]:
    """Lines of treatment that have at least one reason in `shown_not_counted`, by what is asked."""
    question = QUESTIONS["shown_not_counted"]
    query = question.fill(VOCABULARY, **asked(name))
    columns = "SELECT DISTINCT ?drug ?neuropathy ?condition ?rule ?episode"
    for old in (
        "SELECT ?study ?study_label ?people ?line ?treated ?target ?reason ?told",
        "SELECT DISTINCT ?episode ?study",
    ):
        assert query.count(old) == 1
        query = query.replace(old, columns if old.startswith("SELECT ?study") else f"{columns} ?study")
    query = query[: query.rindex("ORDER BY")]
    found: dict[Scope, set[str]] = {}
    for *scope, episode in short_rows(graph(name).store, query):
        found.setdefault(Scope(*scope), set()).add(episode)
    return found


@cache
def find_in_scope(name: GraphName) -> dict[Scope, set[str]]:
    """Every line of treatment with a drug and a target, for each condition and rule."""
    query = (
        PREFIX
        + "SELECT ?drug ?target ?episode { ?u nvg:useOf ?drug ; nvg:inEpisode ?episode . "
        + ("?episode nvg:targetsWithin ?target }")
    )
    found: dict[Scope, set[str]] = {}
    for drug, neuropathy, episode in short_rows(graph(name).store, query):
        for condition in CONDITIONS:
            for rule in RULES:
                found.setdefault(Scope(drug, neuropathy, condition, rule), set()).add(episode)
    return found


@cache
def find_wholes(name: GraphName) -> set[tuple[str, str]]:
    return {
        (part, whole)
        for part, whole in short_rows(graph(name).store, PREFIX + "SELECT ?p ?w { ?p nvg:withinGroup ?w }")
    }


@cache
def records(name: GraphName) -> list[model.StudyFile]:
    folder = FIXTURE if name == "fixture" else resource_directory("studies")
    return read_checked_studies(find_study_files([Path(folder)]), VOCABULARY).records


# --- the same count by hand, from the files, without the graph -------------------------------------------------------


def elect(outcomes: Iterable[model.Outcome], rule: str) -> model.Outcome | None:
    """The one outcome that speaks for a line of treatment under a rule; None where none or several would."""
    first, second = RULES[rule]

    def rank(outcome: model.Outcome) -> int:
        if rule == "curator-global-disability" and outcome.curators_choice:
            return 0
        return {first: 1, second: 2}.get(outcome.domain, 3)

    candidates = [one for one in outcomes if one.counts and VOCABULARY.is_a("domain", one.domain, "nerve-response")]
    best = min(map(rank, candidates), default=None)
    elected = [one for one in candidates if rank(one) == best]
    return elected[0] if len(elected) == 1 else None


def count_line(
    record: model.StudyFile, people: model.People, treatment: model.Treatment, scope: Scope
) -> Counter[str] | None:
    """What a line of treatment adds to the counts; None where it is outside what is asked or may not be counted."""
    size = 1 if isinstance(people, model.Person) else people.patients if isinstance(people, model.Group) else None
    conditions = people.condition or record.condition
    had = [
        drug.drug
        for drug in treatment.drugs
        if drug.extent == "whole" and drug.role not in ("background", "symptomatic")
    ]
    targets = treatment.target or people.neuropathy
    outcome = elect(treatment.outcomes, scope.rule)
    if size is None or outcome is None or treatment.rechallenge_of is not None:
        return None
    if not any(VOCABULARY.is_a("condition", one, scope.condition) for one in conditions):
        return None
    if not any(VOCABULARY.is_a("drug", one, scope.drug) for one in had):
        return None
    if not any(VOCABULARY.is_a("neuropathy", one, scope.neuropathy) for one in targets):
        return None
    place = outcome.where or treatment.where or people.where
    depth = {source.id: source.read for source in record.sources}[place.source]
    assessed = 1 if isinstance(people, model.Person) else outcome.assessed
    if depth == "title-only" or assessed is None:
        return None
    counts = Counter({"treated": size, "assessed": assessed})
    for response in RESPONSES:
        counts[response] = outcome.counts.get(response, 0)
    if "improved" not in outcome.counts:
        counts["improved"] = outcome.counts.get("partly-improved", 0) + outcome.counts.get("remission", 0)
    return counts


def count_people(record: model.StudyFile, people: model.People, scope: Scope) -> Counter[str]:
    """The counts of some people: for themselves if they may be counted, else for their parts if these are disjoint."""
    lines = sorted(people.treatments, key=lambda treatment: treatment.order or 0)
    own = (count_line(record, people, treatment, scope) for treatment in lines)
    counted = next((counts for counts in own if counts is not None), None)
    if counted is not None:
        return counted
    if isinstance(people, model.Group) and people.parts == "disjoint":
        parts = [part for part in [*record.groups, *record.people] if part.part_of == people.id]
        return sum((count_people(record, part, scope) for part in parts), Counter[str]())
    return Counter()


def count_by_hand(name: GraphName, scope: Scope) -> Counter[str]:
    total: Counter[str] = Counter()
    for record in records(name):
        if record.status != "retracted":
            wholes = [people for people in [*record.groups, *record.people] if people.part_of is None]
            total += sum((count_people(record, people, scope) for people in wholes), Counter[str]())
    return +total


def count_by_question(name: GraphName, neuropathy: str, rule: str, **more: str) -> dict[str, Counter[str]]:
    query = QUESTIONS["responses_by_drug"].fill(VOCABULARY, neuropathy=neuropathy, rule=rule, **more)
    selection = graph(name).store.select(query)
    found = {}
    for row in selection.rows:
        cells = dict(zip(selection.columns, row, strict=True))
        drug = cells["drug"]
        assert isinstance(drug, Iri)
        numbers: Counter[str] = Counter()
        for column in ("treated", "assessed", *RESPONSES):
            cell = cells[column.replace("-", "_")]
            assert isinstance(cell, Literal)
            numbers[column] = int(cell.value)
        found[drug.value.rpartition("/")[2]] = +numbers
    return found


@pytest.mark.parametrize("name", GRAPHS)
def test_no_two_counted_groups_share_a_person(name: GraphName) -> None:
    assert find_counted(name)
    for scope, counted in find_counted(name).items():
        groups = [group for group, _ in counted]
        assert len(groups) == len(set(groups)), scope
        for one, other in combinations(groups, 2):
            assert (one, other) not in find_wholes(name), scope
            assert (other, one) not in find_wholes(name), scope


@pytest.mark.parametrize("name", GRAPHS)
def test_every_line_of_treatment_is_either_counted_or_explained_and_never_both(name: GraphName) -> None:
    counted, explained = find_counted(name), find_explained(name)
    assert len(find_in_scope(name)) > 100
    for scope, lines in find_in_scope(name).items():
        in_count = {episode for _, episode in counted.get(scope, [])}
        shown = explained.get(scope, set())
        assert in_count | shown == lines, scope
        assert in_count & shown == set(), scope
    assert set(counted) | set(explained) <= set(find_in_scope(name))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", GRAPHS)
def test_a_count_by_hand_from_the_files_gives_the_same_sums(name: GraphName, rule: str) -> None:
    for neuropathy in asked(name)["neuropathy"]:
        answered = count_by_question(name, neuropathy, rule)
        for drug in asked(name)["drug"]:
            by_hand = count_by_hand(name, Scope(drug, neuropathy, "sjogren-disease", rule))
            assert answered.get(drug, Counter()) == by_hand, (drug, neuropathy)


def test_the_count_by_hand_is_the_one_a_reader_would_make() -> None:
    every = Scope("ivig", "peripheral-neuropathy", "sjogren-disease", "curator-global-disability")
    # Rist 19, Morozumi 5, and one each of twelve reports, of whom nine improved.
    assert count_by_hand("evidence", every) == Counter(
        {"treated": 36, "assessed": 36, "improved": 9 + 5 + 9, "stable": 6, "worsened": 4 + 1, "not-improved": 2}
    )
    assert count_by_hand("evidence", every._replace(neuropathy="ataxic-sensory-neuropathy")) == Counter(
        {"treated": 9 + 6, "assessed": 9 + 6, "improved": 2 + 4, "stable": 3, "worsened": 4, "not-improved": 2}
    )
    assert count_by_hand("evidence", every._replace(neuropathy="sensory-neuropathy")) == Counter(
        {
            "treated": 26,
            "assessed": 26,
            "improved": 2 + 5 + 6,
            "improved-or-stable": 4,
            "stable": 3,
            "worsened": 4,
            "not-improved": 2,
        }
    )


def improved_of_the_nineteen(changes: Iterable[Change], added: Iterable[str]) -> list[str]:
    store = changed_graph("evidence", changes, added)
    query = QUESTIONS["responses_by_study"].fill()
    selection = store.select(query)
    place = selection.columns.index("improved")
    return [str(getattr(row[place], "value", "")) for row in selection.rows if "rist-2011" in str(row[0])]


def partly_improved(n: int) -> list[str]:
    """Lines that give the nineteen one more response: partly improved, in n people."""
    outcome = terms.part("rist-2011", "outcome", "all.ivig.global")
    count = terms.part("rist-2011", "count", "all.ivig.global.partly-improved")
    end = f"<{terms.graph('rist-2011')}> ."
    number = f'"{n}"^^<{terms.PREFIXES["xsd"]}integer>'
    return [
        f"<{outcome}> <{terms.term('hasResponseCount')}> <{count}> {end}",
        f"<{count}> <{terms.PREFIXES['rdf']}type> <{terms.term('ResponseCount')}> {end}",
        f"<{count}> <{terms.term('response')}> <{terms.concept('response', 'partly-improved')}> {end}",
        f"<{count}> <{terms.term('nWithResponse')}> {number} {end}",
    ]


def test_four_partly_improved_among_nine_improved_are_nine() -> None:
    assert improved_of_the_nineteen([], partly_improved(4)) == ["9"]


def test_partly_improved_and_in_remission_without_a_common_number_are_added_up() -> None:
    to_remission = Change(
        r"(/count/all\.ivig\.global\.improved> <[^>]*/response> <[^>]*/response/)improved>", r"\1remission>"
    )
    assert improved_of_the_nineteen([to_remission], partly_improved(4)) == ["13"]

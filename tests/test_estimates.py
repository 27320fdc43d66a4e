"""Which numbers are computed of a graph, which are refused, and what each says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphs import GraphName, graph
from nervegraph.assembly import assemble
from nervegraph.pooling import Observed, Verdict, judge_pooling
from nervegraph.rdfterms import Iri, Literal
from nervegraph.resources import resource_directory
from nervegraph.statistics import PooledShare, clopper_pearson, wilson
from nervegraph.store import MemoryStore

PREFIX = "PREFIX nvg: <https://w3id.org/nervegraph/>\n"
SERIES = """\
study: series-{number}-2001
title: Invented for tests
authors: Series{number} A
year: 2001
design: case series
timing: retrospective
condition: Sjögren disease
curator: NerveGraph tests
second reader: none
synthetic: yes
sources:
  - {{id: abstract, kind: article, read: abstract}}
{more}groups:
  - id: all
    patients: {of}
    neuropathy: sensory neuropathy
    where: abstract, Results
    treatments:
      - id: ivig
        composition: single
        other immune drugs: none stated
        drugs:
          - {{drug: IVIG, role: index}}
        outcomes:
          - {{id: main, domain: {domain}, instrument: not stated, assessed: {of}, improved: {n}, not improved: {rest}}}
"""
EVERYBODY = """\
appraisal:
  - {item: selection, answer: yes, because: all are told, by: NerveGraph tests, where: "abstract, Methods"}
"""
COUNTS = ((3, 6), (9, 12), (5, 9), (8, 20), (4, 7))


def rows(store: MemoryStore, query: str) -> Iterator[tuple[str, ...]]:
    for row in store.select(PREFIX + query).rows:
        yield tuple(term.value if isinstance(term, Iri | Literal) else "" for term in row)


def last(text: str) -> str:
    return text.rpartition("/")[2]


def observed(n: int | None, of: int, number: int = 1, **facts: object) -> Observed:
    given: dict[str, object] = {"domain": "pain", "is_series": True, "tells_everybody": False, **facts}
    return Observed(outcome=f"outcome-{number}", study=f"study-{number}", n=n, of=of, **given)  # type: ignore[arg-type]


def five(**facts: object) -> list[Observed]:
    return [observed(n, of, number, **facts) for number, (n, of) in enumerate(COUNTS)]


# --- the gate ------------------------------------------------------------------------------------------------------


def test_series_that_meet_every_condition_are_pooled() -> None:
    verdict = judge_pooling(five(tells_everybody=True), [])
    assert verdict.reasons == ()
    assert isinstance(verdict.pooled, PooledShare)
    assert verdict.counts == list(COUNTS)


@pytest.mark.parametrize(
    ("people", "overlaps", "reasons"),
    [
        (five(tells_everybody=True)[:4], [], ("too-few-series",)),
        ([*five(tells_everybody=True)[:4], observed(4, 4, 9)], [], ("too-few-series",)),
        ([*five(tells_everybody=True)[:4], observed(None, 9, 9)], [], ("too-few-series",)),
        ([*five(tells_everybody=True)[:4], observed(9, 9, 9, is_series=False)], [], ("too-few-series",)),
        ([*five(tells_everybody=True), observed(5, 9, 9, domain="ataxia")], [], ("instruments-differ",)),
        (five(tells_everybody=True), [("study-3", "study-1")], ("overlap-unresolved",)),
        (five(), [], ("no-consecutive-series",)),
        ([observed(5, 5, number, tells_everybody=True) for number in range(5)], [], ("no-maximum",)),
        ([], [], ("too-few-series", "no-consecutive-series")),
        (
            [observed(3, 5, 1), observed(3, 5, 2, domain="ataxia")],
            [("study-1", "study-2")],
            ("too-few-series", "instruments-differ", "overlap-unresolved", "no-consecutive-series"),
        ),
    ],
)
def test_each_condition_that_fails_is_a_reason(
    people: list[Observed], overlaps: list[tuple[str, str]], reasons: tuple[str, ...]
) -> None:
    verdict = judge_pooling(people, overlaps)
    assert verdict.reasons == reasons
    assert verdict.pooled is None


def test_overlap_with_what_is_not_pooled_hinders_nothing() -> None:
    report = observed(1, 1, 9, is_series=False)
    verdict = judge_pooling([*five(tells_everybody=True), report], [("study-9", "study-1"), ("study-8", "study-7")])
    assert verdict == Verdict((), tuple(five(tells_everybody=True)), (report,), verdict.pooled)
    assert verdict.pooled is not None


# --- in the graph --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pooled_store(tmp_path_factory: pytest.TempPathFactory) -> MemoryStore:
    """Five invented series on one drug that may be pooled."""
    folder = tmp_path_factory.mktemp("series")
    paths: list[Path] = []
    for number, (n, of) in enumerate(COUNTS):
        path = folder / f"series-{number}-2001.yaml"
        more = EVERYBODY if number == 0 else ""
        text = SERIES.format(number=number, n=n, of=of, rest=of - n, domain="neuropathy overall", more=more)
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return assemble(paths).store


def test_a_pooled_share_stands_in_the_graph_with_its_spread_and_without_each_series(pooled_store: MemoryStore) -> None:
    question = (resource_directory("queries") / "questions" / "pooling.rq").read_text("utf-8")
    selection = pooled_store.select(question)
    (row,) = selection.rows
    answer = {
        column: term.value
        for column, term in zip(selection.columns, row, strict=True)
        if isinstance(term, Iri | Literal)
    }
    ours = judge_pooling(five(tells_everybody=True), []).pooled
    assert ours is not None
    assert answer["verdict"] == "pooling allowed"
    assert "reason" not in answer
    assert answer["pooled_share"] == f"{ours.interval.share:.4f}"
    assert answer["pooled_lower"] == f"{ours.interval.lower:.4f}"
    assert answer["tau_squared"] == f"{ours.tau_squared:.4f}"
    lowest, highest = int(answer["lowest_without_one"]), int(answer["highest_without_one"])
    assert lowest <= int(answer["pooled_share"].replace(".", "")) <= highest
    left = rows(pooled_store, "SELECT ?one ?n ?of { ?e nvg:leavesOut ?one ; nvg:numerator ?n ; nvg:denominator ?of }")
    total = sum(n for n, _ in COUNTS), sum(of for _, of in COUNTS)
    assert sorted((int(n), int(of)) for _, n, of in left) == sorted((total[0] - n, total[1] - of) for n, of in COUNTS)


@pytest.mark.parametrize("name", ["fixture", "evidence"])
def test_nothing_is_pooled_that_fails_a_condition(name: GraphName) -> None:
    store = graph(name).store
    assert list(rows(store, "SELECT ?v { ?v nvg:verdict <https://w3id.org/nervegraph/pooling-verdict/refused> }"))
    query = "SELECT ?e { ?v nvg:verdict <https://w3id.org/nervegraph/pooling-verdict/refused> . ?e nvg:estimateOf ?v }"
    assert list(rows(store, query)) == []


@pytest.mark.parametrize("name", ["fixture", "evidence"])
def test_every_interval_is_that_of_its_own_counts(name: GraphName) -> None:
    query = """SELECT ?method ?n ?of ?lower ?upper ?lowerTenThousandth ?upperTenThousandth
        { ?e nvg:method ?method ; nvg:numerator ?n ; nvg:denominator ?of ; nvg:lowerText ?lower ; nvg:upperText ?upper ;
             nvg:lowerPerTenThousand ?lowerTenThousandth ; nvg:upperPerTenThousand ?upperTenThousandth }"""
    seen = set()
    for method, n, of, lower, upper, *whole in rows(graph(name).store, query):
        seen.add(last(method))
        assert [int(lower.replace(".", "")), int(upper.replace(".", ""))] == [int(bound) for bound in whole]
        compute = {"clopper-pearson": clopper_pearson, "wilson": wilson}.get(last(method))
        if compute is not None:
            interval = compute(int(n), int(of))
            assert (f"{interval.lower:.4f}", f"{interval.upper:.4f}") == (lower, upper)
    assert seen == {"clopper-pearson", "wilson", "jeffreys"}


@pytest.mark.parametrize("name", ["fixture", "evidence"])
def test_every_number_says_what_it_is_not_and_who_made_it(name: GraphName) -> None:
    query = """SELECT ?e { ?e a nvg:Estimate
        FILTER NOT EXISTS { ?e nvg:caveat ?caveat ; nvg:methodVersion ?version ; nvg:confidencePercent 95 } }"""
    assert list(rows(graph(name).store, query)) == []


def test_the_parts_of_a_series_and_single_people_have_no_interval() -> None:
    of_what = {last(of) for (of,) in rows(graph("fixture").store, "SELECT ?of { ?e nvg:estimateOf ?of }")}
    assert "all.ivig.global" in of_what
    assert not [key for key in of_what if re.match(r"(ataxic|sensorimotor|p1|sjogren)\.", key)]


def test_case_reports_are_listed_and_counted_beside_the_series_of_a_drug() -> None:
    query = """SELECT ?series ?people (COUNT(DISTINCT ?listed) AS ?n)
        { ?v nvg:poolingOf <https://w3id.org/nervegraph/drug/ivig> ; nvg:nSeries ?series ; nvg:nSinglePatients ?people ;
             nvg:listsOnly ?listed } GROUP BY ?series ?people"""
    assert list(rows(graph("evidence").store, query)) == [("2", "12", "12")]


# --- levels --------------------------------------------------------------------------------------------------------


def levels(store: MemoryStore, pattern: str) -> set[tuple[str, ...]]:
    query = f"SELECT ?about ?level {{ ?l nvg:levelOf ?about ; nvg:startLevel ?start ; nvg:level ?level . {pattern} }}"
    return {(about.partition("/study/")[2], last(level)) for about, level in rows(store, query)}


def test_every_study_and_claim_has_one_level_in_each_grading() -> None:
    store = graph("evidence").store
    counted = rows(
        store,
        """SELECT ?about ?grading (COUNT(?level) AS ?n)
        { { ?about a nvg:Study } UNION { ?about a nvg:Claim }
          ?grading nvg:ofGrading?/a <http://www.w3.org/2004/02/skos/core#Concept> .
          FILTER (STRSTARTS(STR(?grading), "https://w3id.org/nervegraph/grading/"))
          OPTIONAL { ?l nvg:startPolicy ?policy ; nvg:levelOf ?about ; nvg:ofGrading ?grading ; nvg:level ?level } }
        GROUP BY ?about ?grading""",
    )
    assert {int(n) > 0 for _, _, n in counted} == {True}
    several = "SELECT ?l { ?l nvg:startPolicy ?p ; nvg:level ?one , ?other FILTER (?one != ?other) }"
    assert list(rows(store, several)) == []


@pytest.mark.parametrize(
    ("study", "expected"),
    [
        ("kizawa-2006", {"ocebm-4", "grade-very-low"}),
        ("rist-2011", {"ocebm-4", "grade-very-low"}),
        ("gorson-2007", {"ocebm-4", "grade-very-low"}),
        ("wu-2023", {"ocebm-4", "grade-low"}),
        ("gottenberg-2013-air", {"ocebm-4", "grade-low"}),
        ("geerts-2021", {"ocebm-2", "grade-high"}),
        ("nct03700138", {"none"}),
        ("huma-2020", {"none"}),
        ("eular-2019-guidance", {"none"}),
        ("takahashi-2003", {"none"}),
    ],
)
def test_each_design_starts_where_its_policy_says(study: str, expected: set[str]) -> None:
    found = {level for about, level in levels(graph("evidence").store, "") if about == study}
    assert found == expected


def test_no_claim_of_the_guidance_rises_above_the_reports_it_rests_on() -> None:
    found = levels(graph("evidence").store, "?start nvg:levelRank ?rank")
    of_guidance = {level for about, level in found if about.startswith("eular-2019-guidance/claim/")}
    assert of_guidance == {"ocebm-4", "grade-very-low"}


def test_a_claim_known_from_a_title_only_has_no_level() -> None:
    found = levels(graph("evidence").store, "")
    assert {level for about, level in found if about == "huma-2020/claim/glucocorticoids-autonomic"} == {"none"}

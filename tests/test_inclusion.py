"""Which cited studies can be inside a review's totals: the proofs hold, and each falls with what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from changed_graphs import Change, changed_graph
from graphs import GraphName, graph
from nervegraph.counting import RESPONSES
from nervegraph.inclusion import search as inclusion_search
from nervegraph.inclusion.constraints import (
    ASSUMPTIONS,
    RELAXATIONS,
    CitedStudy,
    DesignLimit,
    Range,
    Review,
    Total,
    find_breaches,
    find_largest_part,
)
from nervegraph.inclusion.facts import read_reviews
from nervegraph.inclusion.people import GroupOfStudy, Use, count_people, count_users
from nervegraph.inclusion.responses import Told, fit_together, fits, largest_fitting
from nervegraph.inclusion.search import Verdict, find_pairs, judge, judge_study, search_sets
from nervegraph.vocabulary import Vocabulary


def review_of(name: GraphName) -> Review:
    (review,) = read_reviews(graph(name).store)
    return review


@pytest.fixture(scope="module")
def huma() -> Review:
    return review_of("evidence")


def total_of(review: Review, value: int) -> Total:
    (total,) = [each for each in review.totals if each.value == value]
    return total


def study_of(review: Review, label: str) -> CitedStudy:
    (study,) = [each for each in review.cited if each.label == label]
    return study


def verdict_on(review: Review, value: int, label: str) -> Verdict:
    return judge_study(review, total_of(review, value), study_of(review, label))


# --- the review of Humă 2020 ----------------------------------------------------------------------------------------


def test_what_the_review_prints_is_read_from_the_graph(huma: Review) -> None:
    assert {total.value: (total.drug, dict(total.parts)) for total in huma.totals} == {
        62: ("", {}),
        22: ("intravenous immunoglobulin", {"improved": 18, "stable": 4}),
        8: ("rituximab", {}),
        7: ("cyclophosphamide", {}),
        5: ("only glucocorticoid", {}),
    }
    assert huma.studies_analysed == 13
    assert (huma.reports.most, huma.others.most) == (10, 3)
    assert huma.reports.timings == huma.others.timings == {"retrospective"}


@pytest.mark.parametrize("value", [22, 62])
def test_rist_cannot_be_wholly_inside_by_either_instrument(huma: Review, value: int) -> None:
    verdict = verdict_on(huma, value, "Rist 2011")
    (breach,) = verdict.breaches
    assert verdict.verdict == "impossible"
    assert breach.constraint == "responses"
    assert set(breach.assumes) == {"all-people-taken", "responses-kept"}
    for words in ("4 worse where the review has nobody (physician's global", "10 stable where there is room for 4"):
        assert words in breach.words


def test_rist_falls_with_one_assumption_and_better_plus_stable_is_18_on_the_rankin_scale(huma: Review) -> None:
    verdict = verdict_on(huma, 22, "Rist 2011")
    assert set(verdict.falls_without) == {"all-people-taken", "responses-kept"}
    rankin = next(told for told in verdict.study.responses[verdict.total.iri] if told.by == "modified Rankin scale")
    assert rankin.counts[RESPONSES.index("improved")] + rankin.counts[RESPONSES.index("stable")] == 18
    assert {(each.names, each.largest_part) for each in verdict.relaxed} == {
        (("part-of-people",), 13),
        (("stable-as-improved", "worse-as-stable"), None),
        (("stable-as-improved", "worse-left-out"), None),
    }


def test_rist_and_morozumi_are_more_than_the_22(huma: Review) -> None:
    (pair,) = find_pairs(huma)
    assert {study.label for study in pair.studies} == {"Morozumi 2009", "Rist 2011"}
    (breach,) = pair.breaches
    assert (pair.total.value, breach.constraint) == (22, "people-with-drug")
    assert "together 24" in breach.words


def test_mori_is_more_than_the_62_and_at_most_50_of_it_could_be_inside(huma: Review) -> None:
    verdict = verdict_on(huma, 62, "Mori 2005")
    assert [breach.constraint for breach in verdict.breaches] == ["people"]
    assert [(each.names, each.largest_part) for each in verdict.relaxed] == [(("part-of-people",), 50)]


@pytest.mark.parametrize("label", ["Font 2003", "Gorson 2007"])
def test_a_study_that_looks_forward_is_not_among_studies_that_all_look_back(huma: Review, label: str) -> None:
    verdict = verdict_on(huma, 62, label)
    assert [breach.constraint for breach in verdict.breaches] == ["timing"]
    assert verdict.falls_without == ("timing-as-said",)
    assert [each.names for each in verdict.relaxed] == [("timing-of-most",)]


@pytest.mark.parametrize("label", ["Dupond 1999", "Mekinian 2012", "Molina 1996", "Pascual 1998", "Takahashi 2003"])
def test_of_a_study_without_numbers_nothing_is_decided(huma: Review, label: str) -> None:
    verdict = verdict_on(huma, 62, label)
    assert verdict.verdict == "not-decidable"
    assert "eligible people (not told)" in verdict.unknown


def test_of_levy_and_gorson_one_person_counts(huma: Review) -> None:
    for label in ("Levy 2003", "Gorson 2007"):
        assert study_of(huma, label).people == Range(1, 1)


def test_a_witness_fits_and_nothing_possible_can_be_added_to_it(huma: Review) -> None:
    for total in huma.totals:
        verdicts, search = judge(huma, total)
        possible = [each for each in verdicts if each.verdict == "possible"]
        assert max((len(each.witness) for each in possible), default=0) == (search.largest or 0)
        for verdict in possible:
            assert verdict.study in verdict.witness
            assert not find_breaches(huma, total, verdict.witness)


@pytest.mark.parametrize(
    ("change", "value", "label"),
    [
        (Change(r"statistic/case-(series|reports)> <\S*countedTiming>"), 62, "Font 2003"),
        (Change(r'(statistic/patients> <\S*statisticValue> )"62"', r'\1"104"'), 104, "Mori 2005"),
    ],
)
def test_a_proof_falls_with_the_very_statement_it_rests_on(change: Change, value: int, label: str) -> None:
    (review,) = read_reviews(changed_graph("evidence", [change]))
    assert verdict_on(review, value, label).breaches == ()


def test_the_parts_of_a_group_whose_size_is_not_told_prove_the_same() -> None:
    (review,) = read_reviews(changed_graph("evidence", [Change(r"mori-2005/group/all> <\S*/size>")]))
    assert [breach.constraint for breach in verdict_on(review, 62, "Mori 2005").breaches] == ["people"]


# --- each assumption and each relaxation does what its definition says ------------------------------------------------

EVERYBODY = Total("patients", "patients", 20)
IVIG = Total("ivig", "patients on IVIG", 10, "IVIG", {"improved": 7, "stable": 3})


def told(improved: int = 0, unsplit: int = 0, stable: int = 0, worsened: int = 0, not_improved: int = 0) -> Told:
    return Told("a scale", (improved, unsplit, stable, worsened, not_improved))


def study(name: str, people: int, *ways: Told, design: str = "case-series", timing: str = "not-read") -> CitedStudy:
    users = sum(ways[0].counts) if ways else 0
    return CitedStudy(
        name, name, Range(people, people), {"ivig": Range(users, users)}, {"ivig": ways} if ways else {}, design, timing
    )


def review(*cited: CitedStudy, analysed: int | None = 4) -> Review:
    back = frozenset({"retrospective"})
    return Review(
        "review",
        (EVERYBODY, IVIG),
        cited,
        analysed,
        DesignLimit("case reports", 2, back),
        DesignLimit("series", 2, back),
    )


SINGLE = {
    "all-people-taken": study("large", 30),
    "each-study-has-people": study("nearly all", 18),
    "responses-kept": study("worse", 5, told(improved=4, worsened=1)),
    "timing-as-said": study("forward", 3, timing="prospective"),
    "eligible-people-only": replace(study("others", 0), people=Range(0, 0)),
}


@pytest.mark.parametrize("assumption", sorted(SINGLE))
def test_a_proof_falls_with_the_assumption_it_rests_on_and_with_no_unrelated_one(assumption: str) -> None:
    one = SINGLE[assumption]
    asked = review(one)
    assert find_breaches(asked, EVERYBODY, [one])
    falls = {name for name in ASSUMPTIONS if not find_breaches(asked, EVERYBODY, [one], frozenset({name}))}
    # Whoever takes only a part of the people escapes each proof by people.
    also = {"each-study-has-people": {"all-people-taken"}, "responses-kept": {"all-people-taken"}}
    assert falls == {assumption} | also.get(assumption, set())


def test_two_studies_of_the_same_people_escape_a_proof_by_their_sum() -> None:
    one, other = study("one", 6, told(improved=6)), study("other", 6, told(improved=6))
    asked = review(one, other)
    assert {breach.constraint for breach in find_breaches(asked, IVIG, [one, other])} == {
        "people-with-drug",
        "responses",
    }
    assert not find_breaches(asked, IVIG, [one, other], frozenset({"each-person-once"}))


def test_designs_bind_only_as_long_as_they_are_called_as_here() -> None:
    three = [study(name, 1) for name in ("a", "b", "c")]
    asked = review(*three)
    assert {breach.constraint for breach in find_breaches(asked, EVERYBODY, three)} == {"designs"}
    assert not find_breaches(asked, EVERYBODY, three, frozenset({"designs-as-here"}))
    assert not find_breaches(asked, EVERYBODY, [*three[:2], replace(three[2], design="case-report")])


def test_no_more_studies_are_inside_than_were_analysed_whatever_is_assumed() -> None:
    two = [study("a", 1), study("b", 1)]
    asked = review(*two, analysed=1)
    for dropped in (frozenset[str](), frozenset(ASSUMPTIONS)):
        assert [each.constraint for each in find_breaches(asked, EVERYBODY, two, dropped)] == ["number-of-studies"]


@pytest.mark.parametrize(
    ("one", "names"),
    [
        (study("stable", 6, told(improved=2, stable=4)), {("stable-as-improved",), ("part-of-people",)}),
        (
            study("worse", 5, told(improved=4, worsened=1)),
            {("worse-as-stable",), ("worse-left-out",), ("part-of-people",)},
        ),
        (
            study("both", 9, told(improved=3, stable=5, worsened=1)),
            {("part-of-people",), ("stable-as-improved", "worse-as-stable"), ("stable-as-improved", "worse-left-out")},
        ),
        (study("forward", 3, timing="prospective"), {("timing-of-most",)}),
        (study("forward and large", 30, timing="prospective"), {("part-of-people", "timing-of-most")}),
    ],
)
def test_the_smallest_choices_of_relaxations_are_found(one: CitedStudy, names: set[tuple[str, ...]]) -> None:
    assert {each.names for each in judge_study(review(one), EVERYBODY, one).relaxed} == names


def test_a_design_called_otherwise_makes_room_where_a_kind_is_not_printed() -> None:
    one = study("a series", 3)
    asked = replace(review(one), others=DesignLimit("series", 0))
    assert [each.names for each in judge_study(asked, EVERYBODY, one).relaxed] == [("design-called-otherwise",)]


def test_a_range_whose_upper_end_does_not_fit_is_not_decided() -> None:
    one = replace(study("open", 3), with_drug={"ivig": Range(2, 12)})
    assert judge_study(review(one), IVIG, one).unknown == ("people with IVIG (2 to 12)",)
    narrow = replace(one, with_drug={"ivig": Range(2, 3)}, responses={"ivig": (told(improved=3),)})
    assert judge_study(review(narrow), IVIG, narrow).verdict == "possible"


def test_people_of_whom_nothing_is_told_leave_it_open() -> None:
    one = replace(study("half told", 4, told(improved=2)), with_drug={"ivig": Range(4, 4)})
    assert judge_study(review(one), IVIG, one).unknown == ("what became of 2 of 4 people with IVIG",)


def test_assumptions_relaxations_and_constraints_are_those_of_the_vocabulary() -> None:
    vocabulary = Vocabulary.shipped()
    slugs = {
        scheme: {concept.slug for concept in vocabulary.concepts(f"inclusion-{scheme}")}
        for scheme in ("assumption", "relaxation", "constraint", "verdict")
    }
    assert slugs["assumption"] == set(ASSUMPTIONS)
    assert slugs["relaxation"] == set(RELAXATIONS)
    assert slugs["verdict"] == {"impossible", "possible", "not-decidable"}
    assert slugs["constraint"] == {
        "designs",
        "eligible-people",
        "number-of-studies",
        "people",
        "people-with-drug",
        "responses",
        "timing",
    }


# --- against brute force ----------------------------------------------------------------------------------------------

PRINTED = st.dictionaries(st.sampled_from(RESPONSES), st.integers(0, 4), min_size=1)
COUNTS = st.tuples(*[st.integers(0, 2)] * len(RESPONSES))
ALLOWED = {
    "improved": ("improved", "improved-or-stable"),
    "improved-or-stable": ("improved", "stable", "improved-or-stable"),
    "stable": ("stable", "improved-or-stable", "not-improved"),
    "worsened": ("worsened", "not-improved"),
    "not-improved": ("stable", "worsened", "not-improved"),
}


def places_found(people: Sequence[str], room: Mapping[str, int]) -> int:
    """The largest number of people who find a place, each tried in each place or none."""
    if not people:
        return 0
    best = places_found(people[1:], room)
    for place in ALLOWED[people[0]]:
        if room.get(place, 0):
            best = max(best, 1 + places_found(people[1:], {**room, place: room[place] - 1}))
    return best


@given(counts=COUNTS.filter(lambda counts: sum(counts) <= 6), parts=PRINTED)
def test_whether_and_how_many_fit_is_what_trying_every_place_finds(
    counts: tuple[int, ...], parts: dict[str, int]
) -> None:
    people = list(chain.from_iterable([name] * n for name, n in zip(RESPONSES, counts, strict=True)))
    found = places_found(people, parts)
    assert largest_fitting(counts, parts) == found
    assert fits(counts, parts) == (found == len(people))


@st.composite
def studies(draw: st.DrawFn) -> CitedStudy:
    ways = draw(st.lists(COUNTS, min_size=1, max_size=2, unique=True))
    users = max(map(sum, ways))
    people = users + draw(st.integers(0, 3))
    name = draw(st.text("abcdef", min_size=6, max_size=6))
    return CitedStudy(
        name,
        name,
        Range(max(people, 1), max(people, 1)),
        {"ivig": Range(users, users)},
        {"ivig": tuple(Told("a scale", counts) for counts in ways)},
        draw(st.sampled_from(["case-report", "case-series", "cohort"])),
        draw(st.sampled_from(["retrospective", "prospective", "not-read"])),
    )


def fit_by_hand(asked: Review, total: Total, chosen: Sequence[CitedStudy]) -> bool:
    """The constraints again, written from their definitions and without the search's shortcuts."""
    drug = asked.totals[1]
    counted = [each.people_in(total).at_least for each in chosen]
    left = (asked.studies_analysed or 0) - len(chosen)
    if sum(max(n, 1) for n in counted) + max(left, 0) > asked.totals[0].value:
        return False
    if sum(each.people_in(drug).at_least for each in chosen) > drug.value:
        return False
    reports = [each for each in chosen if each.design == "case-report"]
    if len(reports) > (asked.reports.most or 0) or len(chosen) - len(reports) > (asked.others.most or 0):
        return False
    if any(each.timing == "prospective" for each in chosen):
        return False
    for ways in product(*(each.responses["ivig"] for each in chosen)):
        together = [sum(way.counts[at] for way in ways) for at in range(len(RESPONSES))]
        people = list(chain.from_iterable([name] * n for name, n in zip(RESPONSES, together, strict=True)))
        if len(people) <= drug.value and places_found(people, drug.parts) == len(people):
            return True
    return not chosen


@settings(max_examples=60, deadline=None)
@given(
    cited=st.lists(studies(), min_size=1, max_size=4, unique_by=lambda each: each.iri),
    improved=st.integers(0, 5),
    stable=st.integers(0, 4),
    everybody=st.integers(5, 14),
    of_the_drug=st.booleans(),
)
def test_compatible_sets_are_those_of_all_subsets(
    cited: list[CitedStudy], improved: int, stable: int, everybody: int, of_the_drug: bool
) -> None:
    drug = replace(IVIG, value=improved + stable, parts={"improved": improved, "stable": stable})
    asked = replace(review(*cited), totals=(replace(EVERYBODY, value=everybody), drug))
    total = asked.totals[1 if of_the_drug else 0]
    subsets = chain.from_iterable(combinations(cited, size) for size in range(1, len(cited) + 1))
    fitting = [chosen for chosen in subsets if fit_by_hand(asked, total, chosen)]
    search = search_sets(asked, total, cited)
    assert search.compatible_sets == len(fitting)
    assert search.largest == max(map(len, fitting), default=0)
    for each in cited:
        holding = [chosen for chosen in fitting if each in chosen]
        assert len(search.witnesses.get(each.iri, ())) == max(map(len, holding), default=0)


@settings(max_examples=60, deadline=None)
@given(cited=st.lists(studies(), min_size=2, max_size=4, unique_by=lambda each: each.iri))
def test_what_breaks_a_constraint_breaks_it_with_more_studies_too(cited: list[CitedStudy]) -> None:
    asked = review(*cited)
    for total in asked.totals:
        if find_breaches(asked, total, cited[:-1]):
            assert find_breaches(asked, total, cited)


def parts_of(one: CitedStudy) -> Iterator[CitedStudy]:
    """Every part of a study of which everybody had the drug, by each way in which it is told."""
    for way in one.responses["ivig"]:
        for counts in product(*(range(n + 1) for n in way.counts)):
            yield study("part", sum(counts), Told(way.by, counts))


@given(ways=st.lists(COUNTS, min_size=1, max_size=2), everybody=st.integers(4, 12))
def test_the_largest_part_is_the_largest_of_all_parts_that_fit(ways: list[tuple[int, ...]], everybody: int) -> None:
    alike = [counts for counts in ways if sum(counts) == sum(ways[0])]
    one = study("one", sum(ways[0]), *(Told("a scale", counts) for counts in alike))
    asked = replace(review(one), totals=(replace(EVERYBODY, value=everybody), IVIG))
    fitting = [
        sum(part.responses["ivig"][0].counts) for part in parts_of(one) if not find_breaches(asked, IVIG, [part])
    ]
    assert find_largest_part(asked, IVIG, one) == max(fitting, default=0)


def test_above_the_stated_number_sets_are_not_counted_and_a_witness_still_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [study(f"s{at}", 1, design="case-report" if at % 2 else "case-series") for at in range(6)]
    asked = review(*many, analysed=None)
    monkeypatch.setattr(inclusion_search, "MOST_STUDIES_SEARCHED", 5)
    search = search_sets(asked, EVERYBODY, many)
    assert (search.compatible_sets, search.largest) == (None, None)
    for each in many:
        assert each in search.witnesses[each.iri]
        assert not find_breaches(asked, EVERYBODY, search.witnesses[each.iri])


def test_two_instruments_need_not_fit_both() -> None:
    good, bad = told(improved=3), told(worsened=3)
    assert fit_together([[bad, good]], {"improved": 3})
    assert not fit_together([[bad]], {"improved": 3})


# --- how many people a study has --------------------------------------------------------------------------------------


def group(iri: str, size: int | None, whole: str = "", *uses: Use, **marks: bool) -> GroupOfStudy:
    told_of = {"parts_disjoint": True, "eligible": True, "open": True, **marks}
    return GroupOfStudy(iri, Range(size or 1, size), whole, uses=uses, **told_of)


def test_of_a_mixed_group_only_the_eligible_part_counts() -> None:
    mixed = group("all", 6, eligible=False)
    assert count_people([mixed, group("sjogren", 1, "all")]) == Range(1, 1)
    assert count_people([mixed]) == Range(0, None)
    assert count_people([group("all", 6, eligible=False, open=False)]) == Range(0, 0)


def test_parts_that_may_overlap_are_not_added_up() -> None:
    parts = [group("one", 3, "all"), group("other", 2, "all")]
    assert count_people([group("all", 6, eligible=False), *parts]).at_least == 5
    assert count_people([group("all", 6, eligible=False, parts_disjoint=False), *parts]).at_least == 3


def test_a_drug_that_part_of_a_group_had_counts_that_part_and_an_unknown_part_nobody_for_certain() -> None:
    def users(treated: int | None, *, wholly: bool) -> Range:
        use = Use("line", "ivig", treated, wholly=wholly, aloneness="")
        return count_users([group("all", 15, "", use)], "ivig", only_this_drug=False)

    assert users(4, wholly=False) == Range(4, 4)
    assert users(None, wholly=False) == Range(0, 15)
    assert users(None, wholly=True) == Range(15, 15)


def test_only_a_drug_stated_to_be_alone_in_the_only_line_counts_for_certain_as_the_only_drug() -> None:
    def users(aloneness: str, *more: Use) -> Range:
        use = Use("first", "steroid", 2, wholly=True, aloneness=aloneness)
        return count_users([group("all", 2, "", use, *more)], "steroid", only_this_drug=True)

    assert users("alone-stated") == Range(2, 2)
    assert users("only-this-drug-named") == Range(0, 2)
    assert users("with-others") == Range(0, 0)
    assert users("alone-stated", Use("second", "ivig", 2, wholly=True, aloneness="alone-stated")) == Range(0, 2)


def test_untold_treatment_leaves_every_drug_open() -> None:
    assert count_users([group("all", 92)], "ivig", only_this_drug=False) == Range(0, None)

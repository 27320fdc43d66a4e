"""Which cited studies can be wholly inside a review's printed totals: constraints, assumptions, relaxations.

A set of studies is refused when what is told of them cannot be reconciled with what the review prints, under named
assumptions (vocabulary `inclusion-assumption`). Every constraint is monotone: a set that breaks one stays impossible
whatever is added. Where a source leaves something unsplit, or two instruments disagree, the reading most favourable to
inclusion is taken. Why all this is as it is stands in docs/decisions/0014.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from nervegraph.inclusion.responses import Told, explain_misfit, fit_together, largest_fitting

ALL_TAKEN = "all-people-taken"
DESIGNS_AS_HERE = "designs-as-here"
EACH_HAS_PEOPLE = "each-study-has-people"
ELIGIBLE_ONLY = "eligible-people-only"
ONCE = "each-person-once"
RESPONSES_KEPT = "responses-kept"
TIMING_AS_SAID = "timing-as-said"
ASSUMPTIONS = (ALL_TAKEN, DESIGNS_AS_HERE, EACH_HAS_PEOPLE, ELIGIBLE_ONLY, ONCE, RESPONSES_KEPT, TIMING_AS_SAID)

CASE_REPORT = "case-report"
TIMINGS = frozenset({"retrospective", "prospective"})
"""The timings that exclude each other; a single case report has none of them."""
NONE_DROPPED: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Range:
    """A number of people as far as it is told; `at_most` is None where nothing bounds it."""

    at_least: int
    at_most: int | None

    @property
    def words(self) -> str:
        """The range as a reader would write it."""
        if self.at_most is None:
            return "not told"
        return f"{self.at_least} to {self.at_most}" if self.at_least < self.at_most else str(self.at_least)


@dataclass(frozen=True)
class Total:
    """A printed number of people: all of them, or those who had a drug (`drug` names it).

    `parts` holds the printed number of each response where they are complete and disjoint, else nothing.
    """

    iri: str
    about: str
    value: int
    drug: str = ""
    parts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DesignLimit:
    """How many studies of a kind the review analysed (None if not told), and the timings it gives to all of them."""

    words: str
    most: int | None = None
    timings: frozenset[str] = frozenset()

    def refuses_timing(self, study: CitedStudy) -> bool:
        """Whether all studies of this kind are said to have another timing than this one."""
        return study.timing in TIMINGS and bool(self.timings) and study.timing not in self.timings


@dataclass(frozen=True)
class CitedStudy:
    """What is told of a cited study; numbers and responses of people with a drug are by the IRI of its total.

    `responses` holds what became of them in each way in which a rule of election tells it, `place` is the group that
    stands for its people.
    """

    iri: str
    label: str
    people: Range
    with_drug: Mapping[str, Range] = field(default_factory=dict)
    responses: Mapping[str, tuple[Told, ...]] = field(default_factory=dict)
    design: str = "case-series"
    timing: str = "not-read"
    place: str = ""

    def people_in(self, total: Total) -> Range:
        """Its people whom this total is about: all of them, or those who had the drug."""
        return self.with_drug.get(total.iri, Range(0, 0)) if total.drug else self.people


@dataclass(frozen=True)
class Review:
    """What a review prints, and the studies it cites."""

    iri: str
    totals: tuple[Total, ...]
    cited: tuple[CitedStudy, ...]
    studies_analysed: int | None = None
    reports: DesignLimit = DesignLimit("case reports")
    others: DesignLimit = DesignLimit("studies that are no case reports")

    def drugs_within(self, total: Total) -> tuple[Total, ...]:
        """The totals of drugs that bind whoever is wholly inside this one: all of them for people in all."""
        return (total,) if total.drug else tuple(each for each in self.totals if each.drug)

    def limit_of(self, study: CitedStudy) -> DesignLimit:
        """The limit that a study falls under: that of case reports, or that of all others."""
        return self.reports if study.design == CASE_REPORT else self.others

    def about(self, total: Total) -> tuple[CitedStudy, ...]:
        """The cited studies that may have people of whom this total is told."""
        return tuple(study for study in self.cited if not total.drug or study.people_in(total).at_most != 0)


@dataclass(frozen=True)
class Breach:
    """A constraint that studies break, on which printed total, in words, and the assumptions on which this rests."""

    constraint: str
    total: Total
    words: str
    assumes: tuple[str, ...]


def find_breaches(
    review: Review, total: Total, studies: Sequence[CitedStudy], dropped: frozenset[str] = NONE_DROPPED
) -> list[Breach]:
    """Every constraint that these studies break if they are wholly inside this total together; none if they fit.

    :param dropped: assumptions that are not made.
    """
    several = len(studies) > 1
    found = [*_eligible_people(total, studies), *_designs(review, total, studies), *_timing(review, total, studies)]
    found += _people(review, total, studies, dropped)
    for drug_total in review.drugs_within(total):
        found += _people_with_drug(drug_total, studies, dropped)
        found += _responses(drug_total, studies, apart=not several or ONCE not in dropped)
    # The number of people a study adds, and whether people are counted once, change numbers and not whether to count.
    only_numbers = {EACH_HAS_PEOPLE, ONCE}
    return [breach for breach in found if not dropped & set(breach.assumes) - only_numbers]


def _eligible_people(total: Total, studies: Sequence[CitedStudy]) -> Iterator[Breach]:
    for study in studies:
        if study.people.at_most == 0:
            words = f"nobody in {study.label} has the review's condition"
            yield Breach("eligible-people", total, words, (ELIGIBLE_ONLY,))


def _designs(review: Review, total: Total, studies: Sequence[CitedStudy]) -> Iterator[Breach]:
    if review.studies_analysed is not None and len(studies) > review.studies_analysed:
        yield Breach(
            "number-of-studies", total, f"{len(studies)} studies, the review has {review.studies_analysed}", ()
        )
    for limit in (review.reports, review.others):
        held = sum(review.limit_of(study) == limit for study in studies)
        if limit.most is not None and held > limit.most:
            yield Breach("designs", total, f"{held} {limit.words}, the review has {limit.most}", (DESIGNS_AS_HERE,))


def _timing(review: Review, total: Total, studies: Sequence[CitedStudy]) -> Iterator[Breach]:
    for study in studies:
        limit = review.limit_of(study)
        if limit.refuses_timing(study):
            said = " or ".join(sorted(limit.timings))
            words = f"{study.label} is {study.timing}, the review calls all its {limit.words} {said}"
            by_design = not (review.reports.refuses_timing(study) and review.others.refuses_timing(study))
            yield Breach("timing", total, words, (TIMING_AS_SAID, *([DESIGNS_AS_HERE] if by_design else [])))


def _people(review: Review, total: Total, studies: Sequence[CitedStudy], dropped: frozenset[str]) -> Iterator[Breach]:
    numbers = [study.people_in(total).at_least for study in studies]
    others = 0
    if review.studies_analysed is not None and EACH_HAS_PEOPLE not in dropped:
        numbers = [max(number, 1) for number in numbers]
        others = max(review.studies_analysed - len(studies), 0)
    for everybody in review.totals:
        held = _summed(numbers, dropped)
        if not everybody.drug and held + others > everybody.value:
            words = _sum_in_words(studies, numbers, held)
            if others:
                words += f" and at least one for each of {others} other studies make {held + others}"
            words += f", more than {everybody.value} {everybody.about}"
            yield Breach("people", everybody, words, _taken(studies, *([EACH_HAS_PEOPLE] if others else [])))


def _people_with_drug(total: Total, studies: Sequence[CitedStudy], dropped: frozenset[str]) -> Iterator[Breach]:
    numbers = [study.people_in(total).at_least for study in studies]
    held = _summed(numbers, dropped)
    if held > total.value:
        words = f"{_sum_in_words(studies, numbers, held)} had {total.drug}, more than {total.value} {total.about}"
        yield Breach("people-with-drug", total, words, _taken(studies))


def _responses(total: Total, studies: Sequence[CitedStudy], *, apart: bool) -> Iterator[Breach]:
    told = [ways for study in studies if (ways := study.responses.get(total.iri))]
    if total.parts and not fit_together(told, total.parts, apart=apart):
        words = f"of {total.value} {total.about}: {explain_misfit(told, total.parts, apart=apart)}"
        yield Breach("responses", total, words, _taken(studies, RESPONSES_KEPT))


def _taken(studies: Sequence[CitedStudy], *more: str) -> tuple[str, ...]:
    return (ALL_TAKEN, *more, *([ONCE] if len(studies) > 1 else []))


def _summed(numbers: Sequence[int], dropped: frozenset[str]) -> int:
    return max(numbers, default=0) if ONCE in dropped else sum(numbers)


def _sum_in_words(studies: Sequence[CitedStudy], numbers: Sequence[int], held: int) -> str:
    named = " and ".join(f"{n} people of {study.label}" for n, study in zip(numbers, studies, strict=True) if n)
    return f"{named}, together {held}," if len(studies) > 1 else named


# --- relaxations ------------------------------------------------------------------------------------------------------


def _told_otherwise(study: CitedStudy, source: str, target: str) -> Iterator[CitedStudy]:
    responses = {iri: tuple(way.moved(source, target) for way in ways) for iri, ways in study.responses.items()}
    yield replace(study, responses=responses)


def _without_the_worse(study: CitedStudy) -> Iterator[CitedStudy]:
    """The study without those who became worse, once for each way in which it is told."""
    for iri, ways in study.responses.items():
        for way in ways:
            kept = way.moved("worsened", None)
            left_out = sum(way.counts) - sum(kept.counts)
            yield replace(
                study,
                people=_fewer(study.people, left_out),
                with_drug={key: _fewer(number, left_out) for key, number in study.with_drug.items()},
                responses={**study.responses, iri: (kept,)},
            )


def _fewer(number: Range, by: int) -> Range:
    return Range(max(number.at_least - by, 0), None if number.at_most is None else max(number.at_most - by, 0))


def _part_of_it(study: CitedStudy) -> Iterator[CitedStudy]:
    if study.people.at_most != 0:
        yield replace(study, people=Range(1, study.people.at_most), with_drug={}, responses={})


def _called_otherwise(study: CitedStudy) -> Iterator[CitedStudy]:
    yield replace(study, design="case-series" if study.design == CASE_REPORT else CASE_REPORT)


PART_OF_PEOPLE = "part-of-people"
RELAXATIONS: Mapping[str, Callable[[CitedStudy], Iterator[CitedStudy]]] = {
    # Told without a split a response may stand under either of its parts, and so under the one that is relaxed to.
    "stable-as-improved": lambda study: _told_otherwise(study, "stable", "improved-or-stable"),
    "worse-as-stable": lambda study: _told_otherwise(study, "worsened", "not-improved"),
    "worse-left-out": _without_the_worse,
    PART_OF_PEOPLE: _part_of_it,
    "design-called-otherwise": _called_otherwise,
    "timing-of-most": lambda study: iter([replace(study, timing="not-read")]),
}
"""For each relaxation (vocabulary `inclusion-relaxation`) the study as the review may have seen it."""


def find_relaxations(review: Review, total: Total, study: CitedStudy) -> list[tuple[str, ...]]:
    """The relaxations that make an impossible study possible: each that does alone, and pairs of which neither does."""
    single = [name for name in RELAXATIONS if _possible_with(review, total, study, (name,))]
    rest = [name for name in RELAXATIONS if name not in single]
    pairs = [pair for pair in combinations(rest, 2) if _possible_with(review, total, study, pair)]
    return [*((name,) for name in single), *pairs]


def _possible_with(review: Review, total: Total, study: CitedStudy, names: Sequence[str]) -> bool:
    if PART_OF_PEOPLE in names and find_largest_part(review, total, study) < 1:
        return False
    seen = [study]
    for name in names:
        seen = [changed for each in seen for changed in RELAXATIONS[name](each)]
    return any(not find_breaches(review, total, [each]) for each in seen)


def find_largest_part(review: Review, total: Total, study: CitedStudy) -> int:
    """How many of the people that the total is about could be inside it, if the review took only a part of them."""
    part = study.people_in(total).at_least
    left_out = 0
    for drug_total in review.drugs_within(total):
        held = study.people_in(drug_total).at_least
        ways = study.responses.get(drug_total.iri, ()) if drug_total.parts else ()
        fitting = max(
            (held - sum(way.counts) + largest_fitting(way.counts, drug_total.parts) for way in ways), default=held
        )
        left_out = max(left_out, held - min(fitting, drug_total.value))
    others = max((review.studies_analysed or 1) - 1, 0)
    room = min((each.value - others for each in review.totals if not each.drug), default=part)
    return max(min(part - left_out, room), 0)

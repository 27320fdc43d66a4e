"""The verdict on each cited study and printed total, with witnesses, pairs and the number of compatible sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from nervegraph.inclusion.constraints import (
    ASSUMPTIONS,
    PART_OF_PEOPLE,
    Breach,
    CitedStudy,
    Range,
    Review,
    Total,
    find_breaches,
    find_largest_part,
    find_relaxations,
)

IMPOSSIBLE, POSSIBLE, NOT_DECIDABLE = "impossible", "possible", "not-decidable"
MOST_STUDIES_SEARCHED = 12
"""Above this number of possible studies sets are not counted: each further study may double the work."""


@dataclass(frozen=True)
class Relaxed:
    """Relaxations that together make a study possible; with only a part of its people, how many that could be."""

    names: tuple[str, ...]
    largest_part: int | None


@dataclass(frozen=True)
class Verdict:
    """What can be said of one study and one total, and why; `witness` is a set that fits, this study among it."""

    total: Total
    study: CitedStudy
    verdict: str
    breaches: tuple[Breach, ...] = ()
    falls_without: tuple[str, ...] = ()
    relaxed: tuple[Relaxed, ...] = ()
    unknown: tuple[str, ...] = ()
    witness: tuple[CitedStudy, ...] = ()


@dataclass(frozen=True)
class Pair:
    """Two studies that each keep a constraint alone, and break it together."""

    total: Total
    studies: tuple[CitedStudy, CitedStudy]
    breaches: tuple[Breach, ...]


@dataclass(frozen=True)
class Search:
    """Which sets of possible studies fit into a total; the numbers are None where there are too many to try."""

    compatible_sets: int | None
    largest: int | None
    witnesses: dict[str, tuple[CitedStudy, ...]]


def judge(review: Review, total: Total) -> tuple[list[Verdict], Search]:
    """The verdict on each study that the total is about, and the search among those that are possible alone."""
    verdicts = [judge_study(review, total, study) for study in review.about(total)]
    search = search_sets(review, total, [each.study for each in verdicts if each.verdict == POSSIBLE])
    return [replace(each, witness=search.witnesses.get(each.study.iri, ())) for each in verdicts], search


def judge_study(review: Review, total: Total, study: CitedStudy) -> Verdict:
    """What can be said of one study alone, without a witness."""
    breaches = find_breaches(review, total, [study])
    if breaches:
        falls = [name for name in ASSUMPTIONS if not find_breaches(review, total, [study], frozenset({name}))]
        relaxed = [
            Relaxed(names, find_largest_part(review, total, study) if PART_OF_PEOPLE in names else None)
            for names in find_relaxations(review, total, study)
        ]
        return Verdict(total, study, IMPOSSIBLE, tuple(breaches), tuple(falls), tuple(relaxed))
    unknown = tuple(_unknown_numbers(review, total, study))
    return Verdict(total, study, NOT_DECIDABLE if unknown else POSSIBLE, unknown=unknown)


def _unknown_numbers(review: Review, total: Total, study: CitedStudy) -> Iterator[str]:
    """The numbers in words on which it depends whether the study fits."""
    if not total.drug and _is_open(review, total, study, study.people):
        yield f"eligible people ({study.people.words})"
    for each in review.drugs_within(total):
        number = study.people_in(each)
        if _is_open(review, each, study, number):
            yield f"people with {each.drug} ({number.words})"
        elif each.parts:
            # Told people of another line or part would be a misreading, so that more than everybody cannot be told.
            told = max((sum(way.counts) for way in study.responses.get(each.iri, ())), default=0)
            if told < (number.at_most or 0):
                yield f"what became of {(number.at_most or 0) - told} of {number.at_most} people with {each.drug}"


def _is_open(review: Review, total: Total, study: CitedStudy, number: Range) -> bool:
    """Whether the number is not told, or told as a range of which the upper end does not fit."""
    if number.at_most is None:
        return True
    upper = Range(number.at_most, number.at_most)
    most = replace(study, with_drug={total.iri: upper}) if total.drug else replace(study, people=upper, with_drug={})
    return number.at_least < number.at_most and bool(find_breaches(review, total, [replace(most, responses={})]))


def find_pairs(review: Review) -> list[Pair]:
    """Every pair of cited studies that breaks a constraint on a total which neither of them breaks alone."""
    pairs = []
    for total in review.totals:
        studies = review.about(total)
        alone = {study.iri: {each.constraint for each in _on(review, total, [study])} for study in studies}
        for one, other in combinations(studies, 2):
            broken = alone[one.iri] | alone[other.iri]
            breaches = [each for each in _on(review, total, [one, other]) if each.constraint not in broken]
            if breaches:
                pairs.append(Pair(total, (one, other), tuple(breaches)))
    return pairs


def _on(review: Review, total: Total, studies: Sequence[CitedStudy]) -> list[Breach]:
    """The breaches on this very total: what binds people in all because of a drug stands with the drug's total."""
    return [breach for breach in find_breaches(review, total, studies) if breach.total == total]


def search_sets(review: Review, total: Total, studies: Sequence[CitedStudy]) -> Search:
    """All sets of these studies that fit together, depth first; a set that does not fit is not added to."""
    if len(studies) > MOST_STUDIES_SEARCHED:
        return Search(None, None, {study.iri: _grown(review, total, study, studies) for study in studies})
    witnesses: dict[str, tuple[CitedStudy, ...]] = {}
    compatible = 0
    for chosen in _compatible_sets(review, total, (), studies):
        compatible += 1
        for study in chosen:
            if len(chosen) > len(witnesses.get(study.iri, ())):
                witnesses[study.iri] = chosen
    return Search(compatible, max(map(len, witnesses.values()), default=0), witnesses)


def _compatible_sets(
    review: Review, total: Total, chosen: tuple[CitedStudy, ...], rest: Sequence[CitedStudy]
) -> Iterator[tuple[CitedStudy, ...]]:
    for at, study in enumerate(rest, start=1):
        larger = (*chosen, study)
        if not find_breaches(review, total, larger):
            yield larger
            yield from _compatible_sets(review, total, larger, rest[at:])


def _grown(review: Review, total: Total, study: CitedStudy, studies: Sequence[CitedStudy]) -> tuple[CitedStudy, ...]:
    """A set that fits and to which none of the studies can be added, this one among it; larger ones may exist."""
    grown: tuple[CitedStudy, ...] = (study,)
    for other in studies:
        if other != study and not find_breaches(review, total, (*grown, other)):
            grown = (*grown, other)
    return grown

"""Whether what became of people fits into the responses that a review prints as all there are.

Told counts stand in the order of `counting.RESPONSES`. What a study leaves unsplit may stand under either of its parts;
what the study splits keeps its response. Whether everybody finds a place is decided by Hall's condition: people of some
responses must not be more than the places of all printed responses that they could stand under.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from nervegraph.counting import RESPONSES

_STANDS_UNDER = {
    "improved": {"improved", "improved-or-stable"},
    "improved-or-stable": {"improved", "stable", "improved-or-stable"},
    "stable": {"stable", "improved-or-stable", "not-improved"},
    "worsened": {"worsened", "not-improved"},
    "not-improved": {"stable", "worsened", "not-improved"},
}
_IN_WORDS = {
    "improved": "improved",
    "improved-or-stable": "improved or stable",
    "stable": "stable",
    "worsened": "worse",
    "not-improved": "not improved",
}
_SUBSETS = tuple(each for size in range(1, len(RESPONSES) + 1) for each in combinations(range(len(RESPONSES)), size))

Counts = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """How many people had each response, and by which instruments in words."""

    by: str
    counts: Counts

    def moved(self, source: str, target: str | None) -> Told:
        """The same people with one response told as another, or without those who had it."""
        counts = list(self.counts)
        moved, counts[RESPONSES.index(source)] = counts[RESPONSES.index(source)], 0
        if target is not None:
            counts[RESPONSES.index(target)] += moved
        return Told(self.by, tuple(counts))


def fit_together(told: Iterable[Sequence[Told]], parts: Mapping[str, int], *, apart: bool = True) -> bool:
    """Whether the people of several studies find a place, each study by one of the ways in which it is told.

    :param apart: whether no person stands in two of the studies; otherwise only the largest number of each response is
        certain.
    """
    sums = {(0,) * len(RESPONSES)}
    for ways in told:
        sums = {added for each in sums for way in ways if fits(added := _added(each, way.counts, apart=apart), parts)}
    return bool(sums)


def fits(counts: Counts, parts: Mapping[str, int]) -> bool:
    """Whether these people find a place among the printed responses."""
    return all(sum(counts[at] for at in subset) <= _room(subset, parts) for subset in _SUBSETS)


def largest_fitting(counts: Counts, parts: Mapping[str, int]) -> int:
    """How many of these people find a place at most (a maximum flow, which is a minimum cut)."""
    everybody = sum(counts)
    return min(everybody, *(everybody - sum(counts[at] for at in s) + _room(s, parts) for s in _SUBSETS))


def explain_misfit(told: Sequence[Sequence[Told]], parts: Mapping[str, int], *, apart: bool = True) -> str:
    """Which responses have more people than places, for each combination of the ways in which the studies are told."""
    words = []
    for ways in product(*told):
        counts: Counts = (0,) * len(RESPONSES)
        for way in ways:
            counts = _added(counts, way.counts, apart=apart)
        failing = [s for s in _SUBSETS if sum(counts[at] for at in s) > _room(s, parts) and all(counts[at] for at in s)]
        least = [s for s in failing if not any(set(other) < set(s) for other in failing)]
        by = " and ".join(dict.fromkeys(way.by for way in ways))
        words.append(f"{', '.join(_misfit(subset, counts, parts) for subset in least)} ({by})")
    return "; ".join(words)


def _misfit(subset: tuple[int, ...], counts: Counts, parts: Mapping[str, int]) -> str:
    names = " and ".join(f"{counts[at]} {_IN_WORDS[RESPONSES[at]]}" for at in subset)
    room = _room(subset, parts)
    return f"{names} where there is room for {room}" if room else f"{names} where the review has nobody"


def _room(subset: tuple[int, ...], parts: Mapping[str, int]) -> int:
    places = {place for at in subset for place in _STANDS_UNDER[RESPONSES[at]]}
    return sum(printed for response, printed in parts.items() if response in places)


def _added(one: Counts, other: Counts, *, apart: bool) -> Counts:
    return tuple(a + b if apart else max(a, b) for a, b in zip(one, other, strict=True))

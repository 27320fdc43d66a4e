"""The gate before pooling: whether the series on one drug may be pooled, and every condition that fails.

The conditions were written before any result was looked at (`docs/statistics.md`). Case reports and small series are
listed and counted, and never pooled.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from nervegraph.statistics import Counts, NoMaximum, PooledShare, pool

FEWEST_SERIES = 5
FEWEST_PEOPLE = 5
VERSION = "1"
"""Stored with every verdict; it changes whenever the conditions do."""


@dataclass(frozen=True)
class Observed:
    """The outcome that counts for some people under a drug, and what the gate has to know of them.

    `n` people improved of `of` assessed; `n` is None where the source does not tell them apart. `is_series` is False
    for one person and for case reports. `domain` is what was judged, and stands for the family of the instrument.
    `tells_everybody` is True where a reader answered that the study tells all people that its centre saw.
    """

    outcome: str
    study: str
    domain: str
    n: int | None
    of: int
    is_series: bool
    tells_everybody: bool

    @property
    def counts(self) -> Counts | None:
        """The counts to be pooled; None if these people are only listed."""
        if not self.is_series or self.n is None or self.of < FEWEST_PEOPLE:
            return None
        return self.n, self.of


@dataclass(frozen=True)
class Verdict:
    """What the gate says: slugs of the failed conditions in a fixed order, and the pooled share if none failed.

    `series` would be pooled, `listed` never.
    """

    reasons: tuple[str, ...]
    series: tuple[Observed, ...]
    listed: tuple[Observed, ...]
    pooled: PooledShare | None

    @property
    def counts(self) -> list[Counts]:
        """The counts of the series, in their order."""
        return [counts for each in self.series if (counts := each.counts) is not None]


def judge_pooling(observed: Sequence[Observed], overlaps: Collection[tuple[str, str]]) -> Verdict:
    """The verdict on one drug.

    :param overlaps: pairs of studies that may share people, in either direction.
    """
    series = tuple(each for each in observed if each.counts is not None)
    listed = tuple(each for each in observed if each.counts is None)
    reasons = []
    if len(series) < FEWEST_SERIES:
        reasons.append("too-few-series")
    if len({each.domain for each in series}) > 1:
        reasons.append("instruments-differ")
    pairs = {frozenset(pair) for pair in overlaps}
    if any(frozenset((one.study, other.study)) in pairs for one, other in combinations(series, 2)):
        reasons.append("overlap-unresolved")
    if not any(each.tells_everybody for each in series):
        reasons.append("no-consecutive-series")
    verdict = Verdict(tuple(reasons), series, listed, None)
    if reasons:
        return verdict
    result = pool(verdict.counts)
    if isinstance(result, NoMaximum):
        return Verdict(("no-maximum",), series, listed, None)
    return Verdict((), series, listed, result)

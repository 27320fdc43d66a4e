"""The statistics agree with what others published, and keep the laws that hold for every count."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nervegraph import statistics
from nervegraph.statistics import Interval, NoMaximum, PooledShare

DATA = Path(__file__).parent / "data" / "statistics"
POOLED: dict[str, dict[str, Any]] = json.loads((DATA / "pooled.json").read_text("utf-8"))
MILLER: dict[str, Any] = json.loads((DATA / "miller-1978.json").read_text("utf-8"))
METHODS: tuple[Callable[[int, int], Interval], ...] = (
    statistics.clopper_pearson,
    statistics.wilson,
    statistics.jeffreys,
)
METHOD_NAMES = [method.__name__ for method in METHODS]
INTERVALS = [
    line.split("\t")
    for line in (DATA / "intervals.tsv").read_text("utf-8").splitlines()
    if not line.startswith(("#", "n\t"))
]

# How long an example takes says nothing: the machine may be busy.
PATIENT = settings(deadline=None)
FEWER = settings(max_examples=25, deadline=None)

counts = st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))
small_counts = st.integers(1, 30).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))


def series_of(oracle: dict[str, Any]) -> list[tuple[int, int]]:
    return list(zip(oracle["n"], oracle["of"], strict=True))


def pooled(series: Sequence[tuple[int, int]], points: int = 21) -> PooledShare:
    result = statistics.pool(series, points=points)
    assert isinstance(result, PooledShare)
    return result


# --- one proportion ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "of", "method", "lower", "upper"), INTERVALS)
def test_interval_is_the_published_one_to_its_last_digit(n: str, of: str, method: str, lower: str, upper: str) -> None:
    interval: Interval = getattr(statistics, method)(int(n), int(of))
    for bound, published in ((interval.lower, lower), (interval.upper, upper)):
        digits = len(published.partition(".")[2])
        assert round(bound, digits) == float(published)


def test_the_oracles_cover_every_method() -> None:
    assert {method for _, _, method, _, _ in INTERVALS} == set(METHOD_NAMES)


@pytest.mark.parametrize("method", METHODS, ids=METHOD_NAMES)
@PATIENT
@given(counts)
def test_interval_holds_the_share_and_lies_within_0_and_1(
    method: Callable[[int, int], Interval], given_counts: tuple[int, int]
) -> None:
    interval = method(*given_counts)
    assert 0 <= interval.lower <= interval.share <= interval.upper <= 1
    assert interval.share == given_counts[0] / given_counts[1]


@pytest.mark.parametrize("method", METHODS, ids=METHOD_NAMES)
@PATIENT
@given(counts)
def test_failures_mirror_successes(method: Callable[[int, int], Interval], given_counts: tuple[int, int]) -> None:
    n, of = given_counts
    one, other = method(n, of), method(of - n, of)
    assert one.lower == pytest.approx(1 - other.upper, abs=1e-9)
    assert one.upper == pytest.approx(1 - other.lower, abs=1e-9)


@pytest.mark.parametrize("method", METHODS, ids=METHOD_NAMES)
@PATIENT
@given(counts)
def test_one_more_success_never_lowers_a_bound(
    method: Callable[[int, int], Interval], given_counts: tuple[int, int]
) -> None:
    n, of = given_counts
    if n < of:
        fewer, more = method(n, of), method(n + 1, of)
        assert fewer.lower <= more.lower
        assert fewer.upper <= more.upper


@PATIENT
@given(counts)
def test_exact_interval_is_no_shorter_than_jeffreys(given_counts: tuple[int, int]) -> None:
    exact, other = statistics.clopper_pearson(*given_counts), statistics.jeffreys(*given_counts)
    assert exact.lower <= other.lower + 1e-12
    assert exact.upper >= other.upper - 1e-12


@PATIENT
@given(st.integers(1, 60), st.floats(0.001, 0.999))
def test_exact_interval_covers_any_true_share_at_least_95_times_in_100(of: int, true: float) -> None:
    covered = 0.0
    for n in range(of + 1):
        interval = statistics.clopper_pearson(n, of)
        if interval.lower <= true <= interval.upper:
            covered += math.comb(of, n) * true**n * (1 - true) ** (of - n)
    assert covered >= 0.95 - 1e-9


@pytest.mark.parametrize("method", METHODS, ids=METHOD_NAMES)
@pytest.mark.parametrize(("n", "of"), [(0, 0), (1, 0), (3, 2), (-1, 5)])
def test_what_is_no_proportion_is_refused(method: Callable[[int, int], Interval], n: int, of: int) -> None:
    with pytest.raises(ValueError, match=f"{n} of {of} is no proportion"):
        method(n, of)


# --- several -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", POOLED)
def test_pooled_share_is_the_published_one_in_all_printed_digits(name: str) -> None:
    oracle = POOLED[name]
    ours = pooled(series_of(oracle), points=7)
    assert (ours.logit, ours.standard_error, ours.tau_squared) == pytest.approx(
        (oracle["logit"], oracle["standard_error"], oracle["tau_squared"]), abs=0.00005
    )
    interval = ours.interval
    assert (interval.share, interval.lower, interval.upper) == pytest.approx(
        (oracle["share"], oracle["lower"], oracle["upper"]), abs=0.00005
    )


@pytest.mark.parametrize("name", POOLED)
def test_more_points_of_quadrature_change_nothing_any_more(name: str) -> None:
    series = series_of(POOLED[name])
    usual, finer = pooled(series), pooled(series, points=61)
    assert (usual.logit, usual.standard_error, usual.tau_squared) == pytest.approx(
        (finer.logit, finer.standard_error, finer.tau_squared), abs=0.00001
    )


def test_series_that_agree_perfectly_have_no_spread_and_the_plain_interval() -> None:
    ours = pooled([(5, 10), (5, 10), (5, 10)])
    assert ours.tau_squared == 0
    assert ours.interval.share == pytest.approx(0.5)
    assert ours.standard_error == pytest.approx(1 / math.sqrt(30 * 0.25), rel=1e-5)


def test_pooling_reports_among_series_gives_the_absurd_result_for_which_it_is_refused() -> None:
    absurd = pooled([(8, 19), (5, 5), (1, 1), (1, 1)])
    assert absurd.interval.share > 15 / 26 + 0.3
    assert absurd.interval.upper - absurd.interval.lower > 0.9


@pytest.mark.parametrize("series", [[(1, 1)] * 10, [(0, 3), (0, 5)], [(0, 4), (5, 5)]])
def test_series_of_all_or_none_have_no_pooled_share(series: list[tuple[int, int]]) -> None:
    assert statistics.pool(series) == NoMaximum()


@FEWER
@given(st.lists(small_counts, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_pooled_share_does_not_depend_on_the_order_and_mirrors(series: list[tuple[int, int]], random: Any) -> None:
    ours = statistics.pool(series)
    shuffled = random.sample(series, len(series))
    assert statistics.pool(shuffled) == ours
    mirrored = statistics.pool([(of - n, of) for n, of in series])
    assert isinstance(mirrored, NoMaximum) == isinstance(ours, NoMaximum)
    if isinstance(ours, PooledShare) and isinstance(mirrored, PooledShare):
        assert 0 <= ours.interval.lower <= ours.interval.share <= ours.interval.upper <= 1
        assert ours.tau_squared >= 0
        assert mirrored.logit == pytest.approx(-ours.logit, abs=max(0.01, 0.02 * ours.standard_error))


def test_leaving_one_out_is_pooling_the_others() -> None:
    series = series_of(POOLED["pritz-1997"])
    left = statistics.leave_one_out(series)
    assert len(left) == len(series)
    assert left[0] == statistics.pool(series[1:])
    assert left[-1] == statistics.pool(series[:-1])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: statistics.pool([]), "at least two series"),
        (lambda: statistics.pool([(3, 5)]), "at least two series"),
        (lambda: statistics.pool([(3, 5), (6, 5)]), "6 of 5 is no proportion"),
        (lambda: statistics.pool([(3, 5), (0, 0)]), "0 of 0 is no proportion"),
        (lambda: statistics.leave_one_out([(3, 5), (2, 5)]), "at least three series"),
        (lambda: statistics.add_failures(3, 5, -1), "-1 more failures cannot be"),
    ],
)
def test_what_cannot_be_computed_is_refused_in_words(call: Callable[[], object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


# --- why the double arcsine is refused -------------------------------------------------------------------------------


def double_arcsine(n: int, of: int) -> float:
    return (math.asin(math.sqrt(n / (of + 1))) + math.asin(math.sqrt((n + 1) / (of + 1)))) / 2


def back_transformed(mean: float, of: float) -> float:
    """Miller's inverse, for a number of people that one has to choose."""
    sine = math.sin(2 * mean)
    root = math.sqrt(1 - (sine + (sine - 1 / sine) / of) ** 2)
    return (1 - math.copysign(1, math.cos(2 * mean)) * root) / 2


def test_double_arcsine_is_written_here_as_published() -> None:
    series = series_of(MILLER)
    transformed = [double_arcsine(n, of) for n, of in series]
    variances = [1 / (4 * of + 2) for _, of in series]
    assert transformed == pytest.approx(MILLER["transformed"], abs=0.00005)
    assert variances == pytest.approx(MILLER["variance"], abs=0.00005)
    harmonic = len(series) / sum(1 / of for _, of in series)
    weighted = sum(y / v for y, v in zip(transformed, variances, strict=True)) / sum(1 / v for v in variances)
    plain = sum(transformed) / len(transformed)
    assert back_transformed(weighted, harmonic) == pytest.approx(MILLER["weighted_mean_back_transformed"], abs=0.00005)
    assert back_transformed(plain, harmonic) == pytest.approx(MILLER["unweighted_mean_back_transformed"], abs=0.00005)


def test_double_arcsine_gives_another_share_for_each_choice_of_people_and_is_therefore_not_offered() -> None:
    series = series_of(POOLED["pritz-1997"])
    mean = sum(double_arcsine(n, of) for n, of in series) / len(series)
    assert back_transformed(mean, 5) - back_transformed(mean, 100) > 0.03
    assert not [name for name in vars(statistics) if "arcsine" in name or "freeman" in name.lower()]


# --- unpublished failures ------------------------------------------------------------------------------------------


@PATIENT
@given(counts)
def test_so_many_failures_and_no_fewer_bring_the_share_to_a_half(given_counts: tuple[int, int]) -> None:
    n, of = given_counts
    failures = statistics.failures_to_half(n, of)
    assert statistics.add_failures(n, of, failures).share <= 0.5
    assert failures == 0 or statistics.add_failures(n, of, failures - 1).share > 0.5


@PATIENT
@given(counts, st.integers(0, 50))
def test_each_further_failure_lowers_the_share(given_counts: tuple[int, int], failures: int) -> None:
    n, of = given_counts
    fewer, more = statistics.add_failures(n, of, failures), statistics.add_failures(n, of, failures + 1)
    assert more.share < fewer.share or n == 0
    assert more.upper <= fewer.upper


# --- where it is loaded --------------------------------------------------------------------------------------------


def test_asking_never_loads_scipy() -> None:
    code = "import sys, nervegraph, nervegraph.cli, nervegraph.asking, nervegraph.ask_command, nervegraph.report\n"
    code += "sys.exit('scipy' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0

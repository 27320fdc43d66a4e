"""The statistics of a build: intervals for one proportion, pooling of several, and what unpublished failures would do.

The boundary around scipy. Pure functions of counts: nothing here knows a study, a graph or RDF. Counts are whole
numbers, shares lie between 0 and 1, intervals are two-sided at 95 %. Whether a number may be computed at all is not
decided here but in `pooling.py` and by the queries in `queries/estimates/`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from scipy.special import betaincinv, expit, logit, ndtri, roots_hermite

CONFIDENCE_PERCENT = 95
VERSION = "1"
"""Stored with every number; it changes whenever a method here may give another result."""

_TAIL = (100 - CONFIDENCE_PERCENT) / 200
_Z = float(ndtri(1 - _TAIL))
# Moved to each series' own mode, more points than these change nothing in the first five digits.
_POINTS = 21
_STEP = 1e-3
"""Step of the numeric second derivatives, on the logit scale."""
_NO_SPREAD = 1e-3
"""A standard deviation between series below this is the boundary at zero, which the search only comes near."""

Counts = tuple[int, int]
"""Number with the response, and number looked at."""


@dataclass(frozen=True)
class Interval:
    """A share with its 95 % interval, all between 0 and 1."""

    share: float
    lower: float
    upper: float


@dataclass(frozen=True)
class PooledShare:
    """A pooled share of several series by a random effects model on the logit scale.

    `logit` is the mean of the series' logits with its `standard_error`; `tau_squared` is the variance between them.
    """

    interval: Interval
    logit: float
    standard_error: float
    tau_squared: float


@dataclass(frozen=True)
class NoMaximum:
    """The likelihood has no maximum, so that there is no pooled share: every series is all or none."""


def clopper_pearson(n: int, of: int) -> Interval:
    """The exact interval of Clopper and Pearson (1934): never less than 95 % coverage, at the price of length.

    0 of N begins at 0, N of N ends at 1.

    :raises ValueError: not 0 <= n <= of, or `of` is 0.
    """
    _check(n, of)
    lower = 0.0 if n == 0 else float(betaincinv(n, of - n + 1, _TAIL))
    upper = 1.0 if n == of else float(betaincinv(n + 1, of - n, 1 - _TAIL))
    return Interval(n / of, lower, upper)


def wilson(n: int, of: int) -> Interval:
    """The score interval of Wilson (1927) without continuity correction, recommended for small N by Brown et al. 2001.

    :raises ValueError: as `clopper_pearson`.
    """
    _check(n, of)
    share, spread = n / of, _Z**2 / of
    centre = (share + spread / 2) / (1 + spread)
    half = _Z / (1 + spread) * math.sqrt(share * (1 - share) / of + spread / (4 * of))
    # At the ends the formula is exact in the reals and off by a rounding error in floating point.
    lower = 0.0 if n == 0 else centre - half
    upper = 1.0 if n == of else centre + half
    return Interval(share, lower, upper)


def jeffreys(n: int, of: int) -> Interval:
    """The equal-tailed interval of Jeffreys' prior Beta(½, ½) as Brown et al. 2001 give it, whole at 0 of N and N of N.

    :raises ValueError: as `clopper_pearson`.
    """
    _check(n, of)
    lower = 0.0 if n == 0 else float(betaincinv(n + 0.5, of - n + 0.5, _TAIL))
    upper = 1.0 if n == of else float(betaincinv(n + 0.5, of - n + 0.5, 1 - _TAIL))
    return Interval(n / of, lower, upper)


def pool(series: Sequence[Counts], *, points: int = _POINTS) -> PooledShare | NoMaximum:
    """A pooled share by the logistic-normal model and maximum likelihood (Stijnen et al. 2010; Lin and Chu 2020).

    The number with the response is binomial given the series' logit, and the logits are normal. The integral over a
    logit is by adaptive Gauss–Hermite quadrature, the interval is Wald's on the logit scale with the standard error
    from the joint second derivatives. No correction is added to series of 0 % or 100 %.

    :param series: two or more, in any order; the order changes nothing.
    :param points: of the quadrature; published fits often used 7, which moves the fourth digit.
    :returns: NoMaximum where every series is 0 % or 100 %, since any share fits better still with more spread.
    :raises ValueError: fewer than two series, or counts as in `clopper_pearson`.
    """
    if len(series) < 2:
        raise ValueError("pooling needs at least two series")
    for n, of in series:
        _check(n, of)
    if all(n in (0, of) for n, of in series):
        return NoMaximum()
    mean, spread, error = _fit(sorted(series), points)
    bounds = (float(expit(mean - _Z * error)), float(expit(mean + _Z * error)))
    return PooledShare(Interval(float(expit(mean)), *bounds), mean, error, spread**2)


def leave_one_out(series: Sequence[Counts]) -> list[PooledShare | NoMaximum]:
    """The pooled share without the first series, without the second, and so on, in the order given; raises as `pool`.

    :raises ValueError: fewer than three series, so that less than two would be left.
    """
    if len(series) < 3:
        raise ValueError("leaving one out needs at least three series")
    return [pool([*series[:at], *series[at + 1 :]]) for at in range(len(series))]


def add_failures(n: int, of: int, failures: int) -> Interval:
    """The share and its exact interval if so many more people had been treated without success and not been published.

    :raises ValueError: counts as in `clopper_pearson`, or `failures` is negative.
    """
    _check(n, of)
    if failures < 0:
        raise ValueError(f"{failures} more failures cannot be")
    return clopper_pearson(n, of + failures)


def failures_to_half(n: int, of: int) -> int:
    """The smallest number of unpublished failures with which no more than half would have had the response.

    0 where it is no more than half already.

    :raises ValueError: as `clopper_pearson`.
    """
    _check(n, of)
    return max(0, 2 * n - of)


def _check(n: int, of: int) -> None:
    if of < 1:
        raise ValueError(f"{n} of {of} is no proportion: nobody was looked at")
    if not 0 <= n <= of:
        raise ValueError(f"{n} of {of} is no proportion: the number lies outside 0 to {of}")


def _fit(series: Sequence[Counts], points: int) -> tuple[float, float, float]:
    """The mean logit, the standard deviation between series, and the standard error of the mean, at the maximum."""
    from scipy.optimize import fmin  # slow to import, and only needed where pooling is allowed

    def misfit(mean: float, spread: float) -> float:
        return -math.fsum(_log_likelihood(n, of, mean, abs(spread), points) for n, of in series)

    def at_point(point: Any) -> float:
        return misfit(float(point[0]), float(point[1]))

    crude = sum(n for n, _ in series) / sum(of for _, of in series)
    # The simplex search of Nelder and Mead: it needs no derivatives, and a spread of zero is no wall for it.
    start = [float(logit(crude)), 0.5]
    found = fmin(at_point, start, xtol=1e-7, ftol=1e-11, maxiter=4000, maxfun=4000, disp=False)
    mean, spread = float(found[0]), abs(float(found[1]))
    if spread < _NO_SPREAD:
        spread = 0.0
    return mean, spread, _standard_error(misfit, mean, spread)


@cache
def _quadrature(points: int) -> tuple[tuple[float, float], ...]:
    """Nodes and weights for integrals of exp(-x²) times a smooth function."""
    nodes, weights = roots_hermite(points)
    return tuple(zip(map(float, nodes), map(float, weights), strict=True))


def _log_likelihood(n: int, of: int, mean: float, spread: float, points: int) -> float:
    """The log-likelihood of one series, up to a constant that depends on its counts only."""
    if spread == 0:
        return _log_binomial(n, of, mean)
    # The mode of the integrand in u, where the logit is mean + spread * u, by Newton's method; it is concave.
    at = 0.0
    for _ in range(100):
        share = float(expit(mean + spread * at))
        step = (spread * (n - of * share) - at) / (spread**2 * of * share * (1 - share) + 1)
        at += max(-2.0, min(2.0, step))
        if abs(step) < 1e-10:
            break
    share = float(expit(mean + spread * at))
    scale = math.sqrt(2 / (spread**2 * of * share * (1 - share) + 1))
    peak = _log_binomial(n, of, mean + spread * at) - at**2 / 2
    integral = 0.0
    for node, weight in _quadrature(points):
        u = at + scale * node
        integral += weight * math.exp(_log_binomial(n, of, mean + spread * u) - u**2 / 2 - peak + node**2)
    return peak + math.log(integral * scale / math.sqrt(2 * math.pi))


def _log_binomial(n: int, of: int, at_logit: float) -> float:
    """The logarithm of share^n (1 - share)^(of - n), safe at any logit."""
    softplus = max(at_logit, 0.0) + math.log1p(math.exp(-abs(at_logit)))
    return n * at_logit - of * softplus


def _standard_error(misfit: Callable[[float, float], float], mean: float, spread: float) -> float:
    """The standard error of the mean logit; without spread that of the model without it."""

    def around(by_mean: float, by_spread: float) -> float:
        return misfit(mean + by_mean * _STEP, spread + by_spread * _STEP)

    centre = around(0, 0)
    by_mean = (around(1, 0) - 2 * centre + around(-1, 0)) / _STEP**2
    if spread == 0:
        return 1 / math.sqrt(by_mean)
    by_spread = (around(0, 1) - 2 * centre + around(0, -1)) / _STEP**2
    by_both = (around(1, 1) - around(1, -1) - around(-1, 1) + around(-1, -1)) / (4 * _STEP**2)
    return math.sqrt(by_spread / (by_mean * by_spread - by_both**2))

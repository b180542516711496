"""What a run's summary stands on: means with their intervals, percentiles, and the bands of luck and of knowledge.

Replicas of one world share its draw of what is not known, so they are not independent: several worlds are a sample of
clusters. All sums are exact (`math.fsum`), so that no result depends on how the replicas were put together.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NAN = math.nan


@dataclass(frozen=True)
class Estimate:
    """What replicas say about one measure; every number nan where they say nothing.

    mean; low, high: interval of the mean; p5, p50, p95: percentiles over all replicas; n: replicas with a value
    luck: p5 and p95 of what would differ tomorrow, in an average world; knowledge: p5 and p95 of the worlds' means,
    without the luck that is left in them
    """

    mean: float
    low: float
    high: float
    p5: float
    p50: float
    p95: float
    n: int
    luck: tuple[float, float]
    knowledge: tuple[float, float]


def estimate(x: Floats, world: Ints, confidence: float = 0.95) -> Estimate:
    """Mean with its interval, percentiles and bands.

    x: (n,) a measure by replica, nan where it has none, which leaves the replica out; world: (n,) whose draw it shares
    confidence: of the interval, in (0, 1)

    One world: Student's t over replicas. Several: Student's t with one degree of freedom less than worlds, on the
    cluster-robust variance of a ratio of sums, which allows for unequal worlds. One replica has no interval.
    Knowledge is the worlds' means drawn together until their variance is the unbiased one between worlds (the
    analysis-of-variance estimator, variance of the means less the mean of s**2 / n, at least 0); luck is each replica
    less its world's mean, widened by sqrt(n / (n - 1)) because that mean was made of the same replicas, put around the
    overall mean and kept within what was seen (a count does not fall below zero). Where each of several worlds has one
    replica the two cannot be told apart and both bands are nan.
    Source: textbook (Cochran, Sampling Techniques, ratio estimator; one-way random effects).
    """
    x, world = np.asarray(x, dtype=np.float64), np.asarray(world)
    has_value = ~np.isnan(x)
    x, world = x[has_value], world[has_value]
    n = len(x)
    if n == 0:
        return Estimate(NAN, NAN, NAN, NAN, NAN, NAN, 0, (NAN, NAN), (NAN, NAN))
    worlds = [x[world == w] for w in np.unique(world)]
    mean = _mean(x)
    half = _half_width(x, worlds, mean, confidence)
    p5, p50, p95 = (float(p) for p in np.quantile(x, [0.05, 0.5, 0.95]))
    luck, knowledge = ((p5, p95), (mean, mean)) if len(worlds) == 1 else _bands(worlds, mean)
    return Estimate(mean, mean - half, mean + half, p5, p50, p95, n, luck, knowledge)


def _mean(x: Floats) -> float:
    """The mean, exact for a constant: taken from the least value, so that equal values leave nothing to round."""
    least = float(np.min(x))
    return least + math.fsum((x - least).tolist()) / len(x)


def _variance(x: Floats) -> float:
    """Unbiased variance; nan for one value."""
    return math.fsum(((x - _mean(x)) ** 2).tolist()) / (len(x) - 1) if len(x) > 1 else NAN


def _half_width(x: Floats, worlds: list[Floats], mean: float, confidence: float) -> float:
    n, n_worlds = len(x), len(worlds)
    if n_worlds == 1:
        freedom, variance = n - 1, _variance(x) / n
    else:
        left = [math.fsum((own - mean).tolist()) for own in worlds]
        freedom = n_worlds - 1
        variance = n_worlds / freedom * math.fsum(e * e for e in left) / n**2
    if freedom == 0:
        return NAN
    return _t(freedom, confidence) * math.sqrt(variance)


def _bands(worlds: list[Floats], mean: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Luck and knowledge, from several worlds."""
    means = np.array([_mean(own) for own in worlds])
    sizes = np.array([len(own) for own in worlds])
    freedom = int(np.sum(sizes - 1))
    if freedom == 0:
        return (NAN, NAN), (NAN, NAN)
    pooled = math.fsum((len(own) - 1) * _variance(own) for own in worlds if len(own) > 1) / freedom
    own_variance = [_variance(own) if len(own) > 1 else pooled for own in worlds]
    of_luck = math.fsum(v / len(own) for v, own in zip(own_variance, worlds, strict=True)) / len(worlds)
    of_means = _variance(means)
    share = max(0.0, 1.0 - of_luck / of_means) if of_means > 0.0 else 0.0
    by_world = mean + (means - mean) * math.sqrt(share)
    by_replica = np.concatenate(
        [
            mean + (own - m) * math.sqrt(len(own) / (len(own) - 1))
            for own, m in zip(worlds, means, strict=True)
            if len(own) > 1
        ]
    )
    every = np.concatenate(worlds)
    return _p5_p95(np.clip(by_replica, every.min(), every.max())), _p5_p95(by_world)


def _p5_p95(x: Floats) -> tuple[float, float]:
    low, high = np.quantile(x, [0.05, 0.95])
    return float(low), float(high)


TIE = 1e-9
"""Values that differ by less than this part of the greater are the same: sums of another order differ by as much."""


@dataclass(frozen=True)
class Paired:
    """What pairs of replicas say about the difference of a measure, second (b) less first (a).

    mean_a, mean_b: over the pairs, those replicas that have a value in both; difference: mean of b - a;
    low, high: its interval; n: pairs; n_only_a, n_only_b: replicas with a value in one alone, left out;
    n_clusters: what is independent (pairs of one world, or worlds); spread: standard deviation of one of them, so that
    the interval is t * spread / sqrt(n_clusters) to either side; confidence: of the interval
    Every number but the counts is nan where the pairs do not say.
    """

    mean_a: float
    mean_b: float
    difference: float
    low: float
    high: float
    n: int
    n_only_a: int
    n_only_b: int
    n_clusters: int
    spread: float
    confidence: float


def paired_difference(a: Floats, b: Floats, world: Ints, confidence: float = 0.95) -> Paired:
    """Mean of b - a over replicas that share their luck and their world, with its interval.

    a, b: (n,) the same measure by replica in two plans, nan where it has none; world: (n,) whose draw both share
    confidence: of the interval, in (0, 1)
    The interval is that of `estimate` on b - a. Equal values give a difference of exactly 0 without width.
    Source: textbook (paired t; common random numbers).
    """
    a, b, world = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64), np.asarray(world)
    in_a, in_b = ~np.isnan(a), ~np.isnan(b)
    both = in_a & in_b
    n, only_a, only_b = (int(np.count_nonzero(x)) for x in (both, in_a & ~in_b, in_b & ~in_a))
    if n == 0:
        return Paired(NAN, NAN, NAN, NAN, NAN, 0, only_a, only_b, 0, NAN, confidence)
    a, b, world = a[both], b[both], world[both]
    x = b - a
    worlds = [x[world == w] for w in np.unique(world)]
    n_clusters = len(worlds) if len(worlds) > 1 else n
    mean = _mean(x)
    half = _half_width(x, worlds, mean, confidence)
    spread = half * math.sqrt(n_clusters) / _t(n_clusters - 1, confidence) if n_clusters > 1 else NAN
    return Paired(
        _mean(a), _mean(b), mean, mean - half, mean + half, n, only_a, only_b, n_clusters, spread, confidence
    )  # fmt: skip


def _t(freedom: int, confidence: float) -> float:
    return float(stdtrit(freedom, 0.5 + 0.5 * confidence))


def clusters_to_tell(found: Paired, difference: float) -> int | None:
    """Fewest clusters (pairs of one world, or worlds of as many replicas as now) whose interval would leave out 0.

    difference: that they would show, at the spread found. Where it is what was seen, half of such runs fall short.
    Returns at least 2; None where nothing tells: no difference, or a spread that is not known.
    """
    size = abs(difference)
    if not (size > 0.0 and math.isfinite(found.spread)):
        return None

    def tells(k: int) -> bool:
        return _t(k - 1, found.confidence) * found.spread / math.sqrt(k) < size

    most = 2
    while not tells(most):
        most *= 2
        if most > 1 << 60:
            return None
    least = most // 2  # tells(least) is False, or least is 1
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if tells(middle) else (middle, most)
    return most


def order(a: Floats, b: Floats) -> tuple[int, int, int]:
    """How many pairs have b below a, b equal to a (see `TIE`), b above a; pairs with a nan are left out.

    a, b: (n,); inf is a value like others
    """
    known = ~(np.isnan(a) | np.isnan(b))
    a, b = np.asarray(a, dtype=np.float64)[known], np.asarray(b, dtype=np.float64)[known]
    is_tie = np.isclose(a, b, rtol=TIE, atol=0.0)
    below, above = np.count_nonzero((b < a) & ~is_tie), np.count_nonzero((b > a) & ~is_tie)
    return int(below), int(np.count_nonzero(is_tie)), int(above)


def tail_parts(x: Floats, share: float = 0.05) -> Floats:
    """Each replica's part in the mean of the highest values (conditional value at risk): their mean is that mean.

    x: (n,) without nan; share: of the replicas that count as the tail, in (0, 1]; the value at its edge counts in part
    Returns (n,) v + max(x - v, 0) / share, v the least value of the tail. To first order the mean of these parts varies
    as a mean of independent numbers does, v held fixed, so that an interval of it serves a long enough tail.
    Source: Rockafellar and Uryasev, Optimization of Conditional Value-at-Risk (2000), the minimum that v solves.
    """
    if not len(x):
        return np.empty(0)
    k = max(1, math.ceil(len(x) * share - TIE))
    v = float(np.partition(x, len(x) - k)[len(x) - k])
    return np.asarray(v + np.maximum(x - v, 0.0) / share, dtype=np.float64)

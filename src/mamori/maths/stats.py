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
    return float(stdtrit(freedom, 0.5 + 0.5 * confidence)) * math.sqrt(variance)


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

"""Estimates against hand-computed numbers, SciPy's t quantile, coverage of a known mean and a known mixture."""

import math
from dataclasses import astuple

import numpy as np
import pytest
from scipy.special import stdtrit

from mamori.maths.luck import normal_quantile, uniform
from mamori.maths.stats import estimate

SEEDS = 400
STAGE = 1


def draws(seed, n, entity=0):
    return np.array([uniform(seed, replica, STAGE, entity, 0) for replica in range(n)])


def flat(found):
    return [x for item in astuple(found) for x in (item if isinstance(item, tuple) else (item,))]


def test_one_world_by_hand():
    # Mean 3, variance 2.5, n 5; t(0.975, 4) = 2.776445 (any printed table).
    found = estimate(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.zeros(5, dtype=np.int64))
    assert (found.mean, found.p5, found.p50, found.p95, found.n) == (3.0, 1.2, 3.0, 4.8, 5)
    assert found.high - found.mean == pytest.approx(2.776445 * math.sqrt(2.5 / 5.0), rel=1e-6)
    assert found.mean - found.low == pytest.approx(found.high - found.mean)
    assert found.luck == (found.p5, found.p95)
    assert found.knowledge == (3.0, 3.0)


def test_unequal_worlds_by_hand():
    # Sums less n * mean: (1 + 3) - 2 * 4 = -4 and 8 - 4 = 4; variance 2 / 1 * (16 + 16) / 9; t(0.975, 1) = 12.7062.
    found = estimate(np.array([1.0, 3.0, 8.0]), np.array([0, 0, 1]))
    assert found.mean == 4.0
    assert found.high - found.mean == pytest.approx(12.7062 * math.sqrt(64.0 / 9.0), rel=1e-5)
    # Between: var(2, 8) = 18 less mean of 2 / 2 and, for the world of one replica, the pooled 2 / 1: 18 - 1.5 = 16.5.
    share = math.sqrt(16.5 / 18.0)
    low, high = 4.0 - 2.0 * share, 4.0 + 4.0 * share
    assert found.knowledge == pytest.approx((low + 0.05 * (high - low), high - 0.05 * (high - low)))
    # Luck: only the world with two replicas says anything, 4 -+ 1 * sqrt(2).
    assert found.luck == pytest.approx((4.0 - 0.9 * math.sqrt(2.0), 4.0 + 0.9 * math.sqrt(2.0)))


def test_other_confidence():
    x = draws(3, 30)
    found = estimate(x, np.zeros(30, dtype=np.int64), confidence=0.8)
    assert found.high - found.mean == pytest.approx(stdtrit(29, 0.9) * np.std(x, ddof=1) / math.sqrt(30.0))


def test_nothing():
    for x in (np.array([]), np.array([math.nan, math.nan])):
        found = estimate(x, np.zeros(len(x), dtype=np.int64))
        assert found.n == 0
        assert np.isnan([value for value in flat(found) if value != 0]).all()


def test_one_replica_has_a_mean_and_no_interval():
    found = estimate(np.array([math.nan, 7.0]), np.array([0, 1]))
    assert (found.mean, found.p5, found.p50, found.p95, found.n) == (7.0, 7.0, 7.0, 7.0, 1)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.luck == found.knowledge == (7.0, 7.0)


def test_one_replica_a_world_cannot_tell_luck_from_knowledge():
    found = estimate(np.array([1.0, 2.0, 6.0]), np.array([0, 1, 2]))
    assert found.mean == 3.0
    assert found.high - found.mean == pytest.approx(stdtrit(2, 0.975) * math.sqrt(7.0 / 3.0))
    assert np.isnan([*found.luck, *found.knowledge]).all()


@pytest.mark.parametrize("value", [0.1, 0.0, 3.0, -1e9, 1.0 / 3.0])
def test_a_constant_has_no_width(value):
    for world in (np.zeros(17, dtype=np.int64), np.arange(17) % 3):
        found = estimate(np.full(17, value), world)
        assert set(flat(found)) == {value, 17}


def test_nan_leaves_the_replica_out():
    x, world = draws(1, 40), np.arange(40) % 4
    with_gaps = np.insert(x, [0, 7, 40], math.nan)
    assert estimate(with_gaps, np.insert(world, [0, 7, 40], [0, 9, 1])) == estimate(x, world)


def test_the_order_of_replicas_changes_no_bit():
    x, world = draws(2, 60) * 1e6, np.arange(60) % 5
    order = np.argsort(draws(5, 60))
    assert estimate(x[order], world[order]) == estimate(x, world)


def coverage(x_of_seed, world, mean):
    inside = 0
    for seed in range(SEEDS):
        found = estimate(x_of_seed(seed), world)
        inside += found.low <= mean <= found.high
    return inside / SEEDS


def test_interval_covers_the_mean_of_one_world():
    world = np.zeros(40, dtype=np.int64)
    assert 0.93 <= coverage(lambda seed: draws(seed, 40), world, 0.5) <= 0.97


def test_interval_covers_the_mean_over_worlds():
    world = np.repeat(np.arange(10), 20)

    def x_of_seed(seed):
        return draws(seed, 200) + draws(seed, 10, entity=1)[world]

    assert 0.93 <= coverage(x_of_seed, world, 1.0) <= 0.97
    # Taking the replicas as independent would be wrong, which is why worlds are clusters.
    assert coverage(x_of_seed, np.zeros(200, dtype=np.int64), 1.0) < 0.75


def test_bands_part_a_known_mixture():
    n_worlds, n_each = 200, 10
    world = np.repeat(np.arange(n_worlds), n_each)
    luck = np.array([normal_quantile(u) for u in draws(11, n_worlds * n_each)])
    knowledge = np.array([normal_quantile(u) for u in draws(11, n_worlds, entity=1)])
    z = 2.0 * normal_quantile(0.95)  # width of p5 to p95 of a standard normal
    found = estimate(3.0 * luck + 2.0 * knowledge[world], world)
    assert found.luck[1] - found.luck[0] == pytest.approx(3.0 * z, rel=0.05)
    assert found.knowledge[1] - found.knowledge[0] == pytest.approx(2.0 * z, rel=0.12)
    nothing_unknown = estimate(3.0 * luck, world)
    assert nothing_unknown.luck[1] - nothing_unknown.luck[0] == pytest.approx(3.0 * z, rel=0.05)
    assert nothing_unknown.knowledge[1] - nothing_unknown.knowledge[0] < 0.25 * 3.0 * z / math.sqrt(n_each)


def test_bands_stay_within_what_was_seen():
    """Skewed luck around means that differ: residuals put around the overall mean would fall below zero."""
    world = np.repeat([0, 1], 50)
    u = np.array(draws(5, 100))
    found = estimate(np.where(world == 0, 0.0, 20.0) * u**4, world)
    assert found.luck[0] >= 0.0
    assert found.luck[1] > found.mean

"""Paired differences against hand-worked pairs, coverage of known differences, and how many pairs would tell."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import stdtrit

from mamori.maths.luck import normal_quantile, uniform
from mamori.maths.stats import clusters_to_tell, estimate, order, paired_difference, tail_parts

SEEDS = 200
STAGE = 1
ONE = np.zeros(400, dtype=np.int64)
NAN = math.nan


def draws(seed, n, entity=0):
    return np.array([uniform(seed, replica, STAGE, entity, 0) for replica in range(n)])


def normals(seed, n, entity=0):
    return np.array([normal_quantile(u) for u in draws(seed, n, entity)])


def test_one_world_by_hand():
    # b - a = 1, 2, 3, 2: mean 2, variance 2 / 3; t(0.975, 3) = 3.182446 (any printed table).
    found = paired_difference(np.array([10.0, 20, 30, 40]), np.array([11.0, 22, 33, 42]), ONE[:4])
    assert (found.mean_a, found.mean_b, found.difference) == (25.0, 27.0, 2.0)
    half = 3.182446 * math.sqrt(2.0 / 3.0 / 4.0)
    assert (found.low, found.high) == pytest.approx((2.0 - half, 2.0 + half), rel=1e-6)
    assert (found.n, found.n_clusters, found.n_only_a, found.n_only_b) == (4, 4, 0, 0)
    assert found.spread == pytest.approx(math.sqrt(2.0 / 3.0))


def test_unequal_worlds_by_hand():
    # b - a = 1, 3 | 8, as in test_stats: mean 4, half width 12.7062 * sqrt(64 / 9).
    found = paired_difference(np.array([5.0, 5, 5]), np.array([6.0, 8, 13]), np.array([0, 0, 1]))
    assert found.difference == 4.0
    assert found.high - 4.0 == pytest.approx(12.7062 * math.sqrt(64.0 / 9.0), rel=1e-5)
    assert found.n_clusters == 2


def test_is_the_estimate_of_the_difference():
    a, b, world = draws(1, 30), draws(2, 30), np.arange(30) % 4
    found, alone = paired_difference(a, b, world), estimate(b - a, world)
    assert (found.difference, found.low, found.high) == (alone.mean, alone.low, alone.high)


@pytest.mark.parametrize("n_worlds", [1, 3])
def test_identical_plans_differ_by_exactly_nothing(n_worlds):
    a = draws(4, 50) * 1e7 / 3.0
    found = paired_difference(a, a.copy(), np.arange(50) % n_worlds)
    assert (found.difference, found.low, found.high, found.spread) == (0.0, 0.0, 0.0, 0.0)
    assert order(a, a.copy()) == (0, 50, 0)
    assert clusters_to_tell(found, found.difference) is None


def test_replicas_with_a_value_in_one_alone_are_left_out_and_counted():
    a, b = np.array([1.0, NAN, 3.0, NAN, 5.0]), np.array([2.0, 9.0, NAN, NAN, 8.0])
    found = paired_difference(a, b, ONE[:5])
    assert (found.mean_a, found.mean_b, found.difference) == (3.0, 5.0, 2.0)
    assert (found.n, found.n_only_a, found.n_only_b) == (2, 1, 1)


def test_nothing_and_one_pair():
    nothing = paired_difference(np.array([NAN]), np.array([1.0]), ONE[:1])
    assert (nothing.n, nothing.n_only_b) == (0, 1)
    assert np.isnan([nothing.difference, nothing.low, nothing.spread]).all()
    one = paired_difference(np.array([1.0]), np.array([3.0]), ONE[:1])
    assert one.difference == 2.0
    assert np.isnan([one.low, one.high, one.spread]).all()
    assert clusters_to_tell(one, one.difference) is None


def test_order_counts_ties_apart():
    inf = math.inf
    a, b = [1.0, 2.0, 3.0, inf, inf, 5.0, NAN, 0.0], [0.5, 2.0 * (1 + 1e-12), 4.0, inf, 7.0, inf, 1.0, 0.0]
    assert order(np.array(a), np.array(b)) == (2, 3, 2)


def coverage(pair_of_seed, world, difference):
    inside = 0
    for seed in range(SEEDS):
        found = paired_difference(*pair_of_seed(seed), world)
        inside += found.low <= difference <= found.high
    return inside / SEEDS


def test_interval_covers_a_known_difference_of_plans_that_share_their_luck():
    def pair_of_seed(seed):
        a = 50.0 + 20.0 * normals(seed, 30)
        return a, a + 1.0 + normals(seed, 30, entity=1)

    assert 0.91 <= coverage(pair_of_seed, ONE[:30], 1.0) <= 0.985
    # Pairs tell what two separate samples of a spread of 20 could not: the interval is as narrow as the difference is.
    found = paired_difference(*pair_of_seed(0), ONE[:30])
    assert found.high - found.low < 1.0


def test_interval_covers_a_known_difference_over_worlds():
    world = np.repeat(np.arange(8), 10)

    def pair_of_seed(seed):
        a = normals(seed, 80)
        return a, a + 1.0 + normals(seed, 8, entity=1)[world] + 0.5 * normals(seed, 80, entity=2)

    assert 0.91 <= coverage(pair_of_seed, world, 1.0) <= 0.985
    assert coverage(pair_of_seed, ONE[:80], 1.0) < 0.75  # worlds are clusters


def test_clusters_to_tell_is_the_fewest_that_do():
    a = 20.0 * normals(5, 12)
    found = paired_difference(a, a + 1.0 + 4.0 * normals(6, 12), ONE[:12])
    for difference in (0.01, -1.0, 3.0, 50.0):
        k = clusters_to_tell(found, difference)
        half = [stdtrit(n - 1, 0.975) * found.spread / math.sqrt(n) for n in (k - 1, k) if n > 1]
        assert half[-1] < abs(difference)
        assert k == 2 or half[0] >= abs(difference)
    assert clusters_to_tell(found, 0.0) is None
    assert clusters_to_tell(found, NAN) is None
    assert clusters_to_tell(replace(found, spread=0.0), 1.0) == 2


def test_so_many_replicas_do_tell():
    """The number asked for at one spread leaves the half width just under the difference."""
    x = normals(8, 10)
    x = (x - x.mean()) / x.std(ddof=1)
    found = paired_difference(np.zeros(10), 0.2 + x, ONE[:10])
    k = clusters_to_tell(found, 0.2)
    assert found.low < 0.0
    assert k == pytest.approx((1.96 / 0.2) ** 2, rel=0.05)


def test_tail_by_hand():
    x = np.arange(1.0, 41.0)
    assert tail_parts(x).mean() == pytest.approx((40.0 + 39.0) / 2.0)
    assert tail_parts(x[:30]).mean() == pytest.approx((30.0 + 0.5 * 29.0) / 1.5)  # one and a half replicas
    assert tail_parts(x[:5]).mean() == pytest.approx(5.0)  # less than one replica: the worst
    assert tail_parts(x, 1.0).mean() == pytest.approx(x.mean())
    assert len(tail_parts(np.array([]))) == 0


def test_tail_interval_covers_a_known_difference():
    """Of an exponential the worst 5 % have the mean 1 + ln 20; 20 of 400 replicas are the tail."""

    def pair_of_seed(seed):
        a = -np.log(draws(seed, 400))
        return tail_parts(a), tail_parts(1.5 * a)

    assert 0.88 <= coverage(pair_of_seed, ONE, 0.5 * (1.0 + math.log(20.0))) <= 0.985

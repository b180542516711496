"""Shares of plots against a count of every possibility, assignment against SciPy, mixing against its formula."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from mamori.tracking.plots import association, kernels


def joint(first, plot_i, weight, missed, n_plots):
    """Chance of each pair and of each plot to be nobody's, by listing all ways to share out the plots."""
    n_tracks = len(first) - 1
    p, free, total = np.zeros(len(plot_i)), np.zeros(n_plots), 0.0
    for way in itertools.product(*([None, *range(first[t], first[t + 1])] for t in range(n_tracks))):
        taken = [plot_i[e] for e in way if e is not None]
        if len(set(taken)) < len(taken):
            continue
        chance = np.prod([missed[t] if e is None else weight[e] for t, e in enumerate(way)])
        total += chance
        for e in way:
            if e is not None:
                p[e] += chance
        for b in set(range(n_plots)) - set(taken):
            free[b] += chance
    return p / total, free / total


@pytest.mark.parametrize("function", [association.marginals, association.marginals.py_func])
def test_marginals_are_exact_without_loops(function):
    first, plot_i = np.array([0, 2, 4, 5]), np.array([0, 1, 1, 2, 2])
    weight, missed = np.array([2.0, 0.5, 3.0, 0.2, 1.5]), np.array([0.1, 0.3, 0.5])
    p, p_new = np.empty(5), np.empty(4)
    function(first, plot_i, weight, missed, 4, p, p_new)
    expected, free = joint(first, plot_i, weight, missed, 4)
    assert p == pytest.approx(expected, abs=1e-5)
    assert p_new == pytest.approx(free, abs=1e-5)


def test_marginals_stand_weights_of_any_size():
    first, plot_i = np.array([0, 2, 4]), np.array([0, 1, 1, 2])
    weight, missed = np.array([1e33, 1e30, 1e33, 1e12]), np.array([0.1, 0.1])
    p, p_new = np.empty(4), np.empty(3)
    association.marginals(first, plot_i, weight, missed, 3, p, p_new)
    assert p == pytest.approx(joint(first, plot_i, weight, missed, 3)[0], abs=1e-6)


def test_marginals_with_a_loop_come_near():
    first, plot_i = np.array([0, 2, 4]), np.array([0, 1, 0, 1])
    weight, missed = np.array([1.0, 0.4, 0.6, 1.2]), np.array([0.2, 0.2])
    p, p_new = np.empty(4), np.empty(2)
    association.marginals(first, plot_i, weight, missed, 2, p, p_new)
    assert p == pytest.approx(joint(first, plot_i, weight, missed, 2)[0], abs=0.12)


@pytest.mark.parametrize("seed", range(12))
def test_assignment_costs_as_little_as_can_be(seed):
    rng = np.random.default_rng(seed)
    n_rows, n_columns = rng.integers(1, 9, 2)
    dense = np.where(rng.random((n_rows, n_columns)) < 0.6, rng.normal(size=(n_rows, n_columns)), 1e6)
    alone = rng.normal(size=n_rows)
    rows, columns = np.nonzero(dense < 1e5)
    first = np.searchsorted(rows, np.arange(n_rows + 1))
    chosen = np.empty(n_rows, np.int64)
    for function in (association.assign, association.assign.py_func):
        function(first, columns, dense[rows, columns], alone, n_columns, chosen)
        cost = sum(alone[r] if c < 0 else dense[r, c] for r, c in enumerate(chosen))
        taken = chosen[chosen >= 0]
        assert len(set(taken)) == len(taken)
        square = np.concatenate([dense, np.where(np.eye(n_rows) > 0, alone[:, None], 1e6)], axis=1)
        i, j = linear_sum_assignment(square)
        assert cost == pytest.approx(square[i, j].sum())


def test_nearest_gives_one_plot_to_one_track():
    first, plot_i = np.array([0, 2, 4]), np.array([0, 1, 0, 1])
    p, p_new = np.empty(4), np.empty(2)
    association.nearest(first, plot_i, np.array([9.0, 8.0, 9.0, 0.1]), np.array([0.1, 0.1]), 2, p, p_new)
    assert (p > 0.5).tolist() == [False, True, True, False]
    assert p_new == pytest.approx(1.0 - np.array([p[2], p[1]]))


@pytest.mark.parametrize("mix", [kernels.mix, kernels.mix.py_func])
def test_mixing_keeps_mean_and_covariance(mix):
    rng = np.random.default_rng(4)
    x, p = rng.normal(size=(3, 7)), np.array([0.5, 0.3, 0.2])
    x[:, 6] = 1.0
    cov = np.array([np.diag(rng.uniform(1.0, 2.0, 7)) for _ in range(3)])
    change = np.full((3, 3), 0.1) + 0.7 * np.eye(3)

    def overall(x, cov, p):
        mean = p @ x[:, :6]
        apart = x[:, :6] - mean
        return mean, np.einsum("m,mab->ab", p, cov[:, :6, :6]) + np.einsum("m,ma,mb->ab", p, apart, apart)

    mean, wide = overall(x, cov, p)
    mix(x, cov, p, change, np.empty((3, 7)), np.empty((3, 7, 7)), np.empty(3))
    mean_after, wide_after = overall(x, cov, p)
    assert p.sum() == pytest.approx(1.0)
    assert mean_after == pytest.approx(mean)
    assert wide_after == pytest.approx(wide)

import numpy as np
import pytest

from mamori.grid.relief.kernels import price_factor, settle


@pytest.mark.parametrize("run", [settle, settle.py_func])
def test_settling_takes_errors_out_of_shares_and_prices(run):
    # a ring of three buses: 90 MW from bus 0, 60 from bus 1, half of the industry of bus 2 shed, line 0-2 full
    slope, price = np.array([1e-3, 1e-4]), np.array([0.0, 1.0])
    size = np.array([[300.0, 0.0], [60.0, 0.0], [0.0, 100.0]])
    share = np.array([[0.3, 0.0], [1.0, 0.0], [0.0, 0.5]])
    is_free = np.array([[True, False], [False, False], [False, True]])
    relief = np.array([[-2.0 / 3.0, -1.0 / 3.0, 0.0]])
    energy = 1.0 + 1e-4 * 0.5
    y = np.array([energy, 1.5 * (energy - 1e-3 * 0.3)])
    right_share, right_y = share.copy(), y.copy()

    share[0, 0] += 0.01  # 3 MW too much in all, 2 MW too much on the line
    share[2, 1] -= 0.02  # 2 MW too little
    y += [2e-6, -1e-6]
    here = y[0] + relief[0] * y[1]
    off = np.array([-1.0, 2.0])
    members, matrix, basis = np.arange(3), np.empty((2, 2)), np.empty((2, 3))
    assert run(members, 0, 3, 1, relief, size, price, slope, y, off, share, is_free, matrix, basis, here)
    assert share == pytest.approx(right_share, abs=1e-12)
    assert y == pytest.approx(right_y, abs=1e-14)
    assert here == pytest.approx(right_y[0] + relief[0] * right_y[1], abs=1e-14)


def test_the_factor_tells_rows_that_say_the_same():
    relief = np.array([[0.1, 0.2, 0.3], [0.3, 0.4, 0.5]])  # the second is the first and a constant
    size, slope, is_free = np.ones((3, 1)), np.array([0.5]), np.ones((3, 1), bool)
    matrix, basis = np.zeros((3, 3)), np.empty((3, 3))
    assert price_factor(np.arange(3), 0, 3, 2, relief, size, slope, is_free, matrix, basis) == 2
    relief[1, 0] = 0.9
    assert price_factor(np.arange(3), 0, 3, 2, relief, size, slope, is_free, matrix, basis) == 3
    rows = np.vstack([np.ones(3), relief])
    assert np.tril(matrix) @ np.tril(matrix).T == pytest.approx(2.0 * rows @ rows.T)

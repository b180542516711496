"""Julier and Uhlmann's re-entry problem, corrected form.

Source: Julier and Uhlmann, Unscented filtering and nonlinear estimation, Proceedings of the IEEE 92(3), 2004, with the
corrections of 92(12): the mean over 100 runs of each run's position RMSE is 0.0084 km, EKF and UKF alike.
"""

import numpy as np
import pytest

from mamori.tracking.plots import batched

BETA0, H0_KM, GM0, R0_KM = -0.59783, 13.406, 3.9860e5, 6374.0
DT_S, N_STEPS, N_RUNS = 0.1, 2000, 100
TRUTH = np.array([6500.4, 349.14, -1.8093, -6.7967, 0.6932])
START = np.diag([1e-6, 1e-6, 1e-6, 1e-6, 1.0])
STEP_NOISE = np.array([2.4064e-5, 2.4064e-5])
SIGMA = np.array([1e-3, 0.17e-3])


def step(x):
    r = np.hypot(x[..., 0], x[..., 1])
    v = np.hypot(x[..., 2], x[..., 3])
    drag = BETA0 * np.exp(x[..., 4] + (R0_KM - r) / H0_KM) * v
    pull = -GM0 / r**3
    ax, ay = drag * x[..., 2] + pull * x[..., 0], drag * x[..., 3] + pull * x[..., 1]
    rate = np.stack([x[..., 2], x[..., 3], ax, ay, np.zeros_like(ax)], axis=-1)
    return x + DT_S * rate


def see(x):
    dx, dy = x[..., 0] - R0_KM, x[..., 1]
    return np.stack([np.hypot(dx, dy), np.arctan2(dy, dx)], axis=-1)


def filtered(predict, update, seed=2004):
    """Mean over the runs of each run's position RMSE, km."""
    rng = np.random.default_rng(seed)
    spread = np.sqrt([1e-6] * 4 + [0.0])
    x = TRUTH + spread * rng.standard_normal((N_RUNS, 5))
    m = np.tile([*TRUTH[:4], 0.0], (N_RUNS, 1))
    cov = np.tile(START, (N_RUNS, 1, 1))
    noise = np.diag([0.0, 0.0, *STEP_NOISE, 1e-6])
    squares = np.zeros(N_RUNS)
    for _ in range(N_STEPS):
        x = step(x)
        x[:, 2:4] += np.sqrt(STEP_NOISE) * rng.standard_normal((N_RUNS, 2))
        z = see(x) + SIGMA * rng.standard_normal((N_RUNS, 2))
        m, cov = predict(step, m, cov, noise)
        m, cov = update(see, m, cov, z, np.diag(SIGMA**2))
        squares += np.sum((m[:, :2] - x[:, :2]) ** 2, axis=1)
    return np.sqrt(squares / N_STEPS).mean()


def test_extended_filter_follows_the_reentry_as_published():
    assert filtered(batched.predict_extended, batched.update_extended) == pytest.approx(0.0084, rel=0.05)


def test_unscented_filter_follows_the_reentry_as_published():
    assert filtered(batched.predict_unscented, batched.update_unscented) == pytest.approx(0.0084, rel=0.05)

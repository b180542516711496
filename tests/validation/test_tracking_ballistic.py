"""Tracking of a falling object: Farina, Ristic and Benvenuti's problem with known ballistic coefficient.

Source: Farina, Ristic and Benvenuti, Tracking a ballistic target: comparison of several nonlinear filters, IEEE Trans.
AES 38(3), 2002. Their numbers stand in a plot; those below are its recursion worked out again, with the two points
that the filter starts from as the first information.
"""

import numpy as np
import pytest

from mamori.tracking.plots import batched

T_S, N_STEPS, Q = 2.0, 60, 1.0
G_M_S2, BETA = 9.81, 40_000.0
SIGMA_M, SIGMA_RAD = 100.0, 0.017
COURSE = np.radians(190.0)
START = np.array([232e3, 2290.0 * np.cos(COURSE), 88e3, 2290.0 * np.sin(COURSE)])
BOUND_M = {10: (743, 1808), 20: (472, 1067), 40: (205, 373), 59: (43.0, 46.0)}
ONE = np.array([[T_S**3 / 3.0, T_S**2 / 2.0], [T_S**2 / 2.0, T_S]])
NOISE = Q * np.kron(np.eye(2), ONE)
SEEN = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]])
INSIDE_95 = 5.991  # chi-square, 2 degrees of freedom
N_RUNS = 1000
KAPPA = 2.0


def acceleration(x):
    y = x[..., 2]
    low, high = 1.227 * np.exp(-1.093e-4 * y), 1.754 * np.exp(-1.49e-4 * y)
    drag = 0.5 * G_M_S2 / BETA * np.where(y < 9144.0, low, high) * np.hypot(x[..., 1], x[..., 3])
    return -drag * x[..., 1], -drag * x[..., 3] - G_M_S2


def step(x, dt_s=T_S):
    ax, ay = acceleration(x)
    moved = [x[..., 0] + dt_s * x[..., 1] + 0.5 * dt_s**2 * ax, x[..., 1] + dt_s * ax]
    return np.stack([*moved, x[..., 2] + dt_s * x[..., 3] + 0.5 * dt_s**2 * ay, x[..., 3] + dt_s * ay], axis=-1)


def converted_noise(range_m, elevation_rad):
    """Covariance (..., 2, 2) of x and y found from range and elevation."""
    c, s = np.cos(elevation_rad), np.sin(elevation_rad)
    turned = np.stack([np.stack([c, -range_m * s], -1), np.stack([s, range_m * c], -1)], -2)
    return turned @ np.diag([SIGMA_M**2, SIGMA_RAD**2]) @ np.swapaxes(turned, -1, -2)


def noise_at(x):
    return converted_noise(np.hypot(x[..., 0], x[..., 2]), np.arctan2(x[..., 2], x[..., 0]))


SHRINK = np.exp(-0.5 * SIGMA_RAD**2)
"""What the error of the elevation takes from the mean of a converted measurement: 35 m of range at 240 km, which would
outweigh the error of the range after a few measurements."""


def unbiased_noise_at(x):
    """Covariance (..., 2, 2) of x and y converted without bias from range and elevation, at the place x (..., 4).

    Source: Longbin, Xiaoquan, Yiyu, Kang and Bar-Shalom, IEEE Trans. AES 34(3), 1998: exact moments.
    """
    r, e = np.hypot(x[..., 0], x[..., 2]), np.arctan2(x[..., 2], x[..., 0])
    c, s, wide = np.cos(e), np.sin(e), 0.5 * (r**2 + SIGMA_M**2) / SHRINK**2
    xx = wide * (1.0 + SHRINK**4 * np.cos(2.0 * e)) - (r * c) ** 2
    yy = wide * (1.0 - SHRINK**4 * np.cos(2.0 * e)) - (r * s) ** 2
    xy = wide * SHRINK**4 * np.sin(2.0 * e) - r**2 * s * c
    return np.stack([np.stack([xx, xy], -1), np.stack([xy, yy], -1)], -2)


def two_points(noise_now, noise_before):
    """Covariance (..., 4, 4) of a state by the difference of two points."""
    cov = np.zeros((*noise_now.shape[:-2], 4, 4))
    for i, a in enumerate((0, 2)):
        for j, b in enumerate((0, 2)):
            cov[..., a, b] = noise_now[..., i, j]
            cov[..., a, b + 1] = cov[..., b + 1, a] = noise_now[..., i, j] / T_S
            cov[..., a + 1, b + 1] = (noise_now + noise_before)[..., i, j] / T_S**2
    return cov


def bounds():
    """Root of the bound of x and y, m, at each step, along the path without noise."""
    path = [START]
    for _ in range(N_STEPS):
        path.append(step(path[-1]))
    cov = two_points(noise_at(path[1]), noise_at(path[0]))
    found = {}
    for k in range(2, N_STEPS):
        slope = batched.jacobian(step, path[k - 1][None])[0]
        foreseen = slope @ cov @ slope.T + NOISE
        cov = np.linalg.inv(np.linalg.inv(foreseen) + SEEN.T @ np.linalg.inv(noise_at(path[k])) @ SEEN)
        found[k] = np.sqrt([cov[0, 0], cov[2, 2]])
    return found


def see(x):
    return np.stack([np.hypot(x[..., 0], x[..., 2]), np.arctan2(x[..., 2], x[..., 0])], axis=-1)


def place_of(x):
    return x[..., [0, 2]]


@pytest.fixture(scope="module")
def truth():
    """(K, R, 4), until the last has come down."""
    rng = np.random.default_rng(2002)
    root = np.linalg.cholesky(NOISE)
    path = [np.tile(START, (N_RUNS, 1))]
    while len(path) < N_STEPS or np.any(path[-1][:, 2] > 0.0):
        path.append(step(path[-1]) + rng.standard_normal((N_RUNS, 4)) @ root.T)
    return np.array(path)


@pytest.fixture(scope="module")
def measured(truth):
    """(K, R, 2) range and elevation."""
    rng = np.random.default_rng(59)
    return see(truth[:N_STEPS]) + np.array([SIGMA_M, SIGMA_RAD]) * rng.standard_normal((N_STEPS, N_RUNS, 2))


def converted(z):
    """Places (..., 2) without bias from range and elevation."""
    return np.stack([z[..., 0] * np.cos(z[..., 1]), z[..., 0] * np.sin(z[..., 1])], axis=-1) / SHRINK


def start(measured):
    """State and covariance by the first two points."""
    before, now = converted(measured[0]), converted(measured[1])
    speed = (now - before) / T_S
    m = np.stack([now[:, 0], speed[:, 0], now[:, 1], speed[:, 1]], axis=-1)
    noise = [unbiased_noise_at(np.stack([p[:, 0], 0 * p[:, 0], p[:, 1], 0 * p[:, 0]], -1)) for p in (now, before)]
    return m, two_points(*noise)


def test_recursion_gives_the_bound_as_given():
    found = bounds()
    for k, expected in BOUND_M.items():
        assert found[k] == pytest.approx(expected, rel=0.01)


def test_extended_filter_comes_near_the_bound(truth, measured):
    bound = bounds()
    m, cov = start(measured)
    for k in range(2, N_STEPS):
        m, cov = batched.predict_extended(step, m, cov, NOISE)
        # The error of a measurement at the place foreseen: at the place measured it would hang on the error itself.
        m, cov = batched.update_extended(place_of, m, cov, converted(measured[k]), unbiased_noise_at(m))
        if k in BOUND_M:
            error = np.sqrt(np.mean((m - truth[k])[:, [0, 2]] ** 2, axis=0))
            assert np.all(error < 1.15 * bound[k]), (k, error, bound[k])
            assert np.all(error > 0.85 * bound[k]), (k, error, bound[k])


def landed(truth):
    """Place and time (R, 2) of the impacts."""
    last = np.argmax(truth[:, :, 2] <= 0.0, axis=0)
    run = np.arange(N_RUNS)
    above, below = truth[last - 1, run], truth[last, run]
    share = above[:, 2] / (above[:, 2] - below[:, 2])
    return np.stack([above[:, 0] + share * (below[:, 0] - above[:, 0]), T_S * (last - 1 + share)], axis=-1)


def coming_down(m, cov, time_s):
    """Place and time (R, 2) of the impact and their covariance, by the unscented prediction, step by step."""
    place, wide = np.zeros((len(m), 2)), np.zeros((len(m), 2, 2))
    is_down = np.zeros(len(m), bool)
    while not is_down.all():
        before = m
        m, cov = batched.predict_unscented(step, m, cov, NOISE)
        time_s += T_S
        here = ~is_down & (m[:, 2] <= 0.0)
        vx, vy = ((m - before)[here][:, [0, 2]] / T_S).T
        back = m[here, 2] / vy
        place[here] = np.stack([m[here, 0] - back * vx, time_s - back], axis=-1)
        onto = np.zeros((here.sum(), 2, 4))
        onto[:, 0, 0], onto[:, 0, 2], onto[:, 1, 2] = 1.0, -vx / vy, -1.0 / vy
        wide[here] = onto @ cov[here] @ np.swapaxes(onto, 1, 2)
        is_down |= here
    return place, wide


def test_impact_ellipse_holds_the_truth_as_often_as_it_says(truth, measured):
    """By the unscented filter on range and elevation themselves: converted measurements bend the ellipse's long axis,
    and the extended filter's holds the truth in 91 %."""
    m, cov = start(measured)
    for k in range(2, 41):
        m, cov = batched.predict_unscented(step, m, cov, NOISE, KAPPA)
        m, cov = batched.update_unscented(see, m, cov, measured[k], np.diag([SIGMA_M**2, SIGMA_RAD**2]), KAPPA)
    place, wide = coming_down(m, cov, 40 * T_S)
    error = landed(truth) - place
    far = np.sum(error * np.linalg.solve(wide, error[..., None])[..., 0], axis=1)
    assert 0.93 <= np.mean(far < INSIDE_95) <= 0.97

"""Compiled unscented transform: a state and its covariance carried by points through motion and measurement.

The points are the state and, for each column of the covariance's root, two at sqrt(7) times it; the two weigh 1 / 14
each and the middle nothing (kappa = 0), so that no covariance can lose its sign.
Source: Julier and Uhlmann, Proceedings of the IEEE 92(3), 2004, section III.
"""

import math

from numba import njit

from mamori.records import Floats
from mamori.tracking.plots.motion import N_STATES, add_noise, step_state
from mamori.tracking.plots.radar import expected, inverse, wrapped

N_POINTS = 2 * N_STATES
SMALLEST_SHARE = 1e-12


@njit(cache=True, nogil=True, error_model="numpy")
def lower_root(cov: Floats, root: Floats) -> None:
    """Fill root (N, N), lower triangular, with root root' = cov; directions without spread get none (Cholesky)."""
    n = cov.shape[0]
    root[:] = 0.0
    for j in range(n):
        left = cov[j, j]
        for k in range(j):
            left -= root[j, k] * root[j, k]
        if left <= SMALLEST_SHARE * cov[j, j]:
            continue
        root[j, j] = math.sqrt(left)
        for i in range(j + 1, n):
            total = cov[i, j]
            for k in range(j):
                total -= root[i, k] * root[j, k]
            root[i, j] = total / root[j, j]


@njit(cache=True, nogil=True, error_model="numpy")
def points_of(x: Floats, cov: Floats, root: Floats, points: Floats) -> None:
    """Fill points (2 N, N) of a state (N,) and its covariance (N, N). root (N, N): scratch."""
    n = x.size
    lower_root(cov, root)
    for k in range(n):
        for a in range(n):
            points[2 * k, a] = x[a] + math.sqrt(n) * root[a, k]
            points[2 * k + 1, a] = x[a] - math.sqrt(n) * root[a, k]


@njit(cache=True, nogil=True, error_model="numpy")
def gather(points: Floats, x: Floats, cov: Floats) -> None:
    """Fill x (N,) and cov (N, N) with the mean and covariance of points (P, N)."""
    n_points, n = points.shape
    for a in range(n):
        x[a] = 0.0
        for p in range(n_points):
            x[a] += points[p, a] / n_points
    for a in range(n):
        for b in range(a, n):
            total = 0.0
            for p in range(n_points):
                total += (points[p, a] - x[a]) * (points[p, b] - x[b])
            cov[a, b] = total / n_points
            cov[b, a] = cov[a, b]


@njit(cache=True, nogil=True, error_model="numpy")
def move_points(
    model: int, x: Floats, cov: Floats, dt_s: float, noise: float, own_noise: float, is_earth: bool,
    vectors: Floats, slope: Floats, root: Floats, points: Floats,
) -> None:  # fmt: skip
    """Predict a state (7,) and its covariance (7, 7) in place; arguments as in `motion.move`.

    vectors (4, 3), slope (3, 7), root (7, 7), points (14, 7): scratch
    """
    points_of(x, cov, root, points)
    for p in range(N_POINTS):
        step_state(model, points[p], dt_s, is_earth, vectors, slope, root[0])
    gather(points, x, cov)
    add_noise(cov, dt_s, noise, own_noise)


@njit(cache=True, nogil=True, error_model="numpy")
def foresee_points(
    x: Floats, cov: Floats, place: Floats, axes: Floats, noise: Floats, z: Floats, gain: Floats, weight: Floats,
    sigma: Floats, by_place: Floats, spread: Floats, root: Floats, points: Floats, seen: Floats,
) -> float:  # fmt: skip
    """What a state lets expect of a plot, as `radar.foresee`; gain (7, 3): the covariance of state and plot.

    root (7, 7), points (14, 7), seen (14, 3): scratch
    """
    points_of(x, cov, root, points)
    expected(x, place, axes, z, by_place)
    middle = z[1]
    for p in range(N_POINTS):
        expected(points[p], place, axes, seen[p], by_place)
        seen[p, 1] = wrapped(seen[p, 1] - middle)  # a mean of bearings would break where they wrap
    gather(seen, z, spread)
    for a in range(N_STATES):
        for k in range(3):
            total = 0.0
            for p in range(N_POINTS):
                total += (points[p, a] - x[a]) * (seen[p, k] - z[k])
            gain[a, k] = total / N_POINTS
    z[1] = wrapped(z[1] + middle)
    for k in range(3):
        for m in range(3):
            spread[k, m] += noise[k, m]
        sigma[k] = math.sqrt(spread[k, k])
    return 1.0 / math.sqrt((2.0 * math.pi) ** 3 * inverse(spread, weight))

"""Extended and unscented Kalman filters of any model, many runs at once, in plain NumPy.

What published benchmarks are repeated with, and what the compiled filters are held against. R runs, N numbers of a
state, Z of a measurement. Functions take states (..., N) and give states or measurements in the same leading shape.
"""

from collections.abc import Callable

import numpy as np

from mamori.records import Floats

Function = Callable[[Floats], Floats]
STEP = 1e-6


def jacobian(function: Function, x: Floats) -> Floats:
    """Derivative (R, Z, N) of a function at states x (R, N), by central differences.

    Steps are a millionth of each number, or of one where it is smaller.
    """
    n = x.shape[1]
    h = STEP * np.maximum(np.abs(x), 1.0)
    ahead = x[:, None, :] + np.eye(n) * h[:, None, :]
    behind = x[:, None, :] - np.eye(n) * h[:, None, :]
    slope: Floats = np.swapaxes((function(ahead) - function(behind)) / (2.0 * h[:, :, None]), 1, 2)
    return slope


def predict_extended(function: Function, x: Floats, cov: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """State (R, N) and covariance (R, N, N) after a step. noise: (N, N) or (R, N, N)."""
    step = jacobian(function, x)
    return function(x), step @ cov @ np.swapaxes(step, 1, 2) + noise


def update_extended(function: Function, x: Floats, cov: Floats, z: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """State and covariance after measurements z (R, Z) with covariance noise (Z, Z) or (R, Z, Z)."""
    seen = jacobian(function, x)
    crossed = cov @ np.swapaxes(seen, 1, 2)
    return _corrected(x, cov, crossed, seen @ crossed + noise, z - function(x))


def sigma_points(x: Floats, cov: Floats, kappa: float) -> tuple[Floats, Floats]:
    """Points (R, 2 N + 1, N) and their weights (2 N + 1,); N + kappa must be above 0.

    Source: Julier and Uhlmann, Proceedings of the IEEE 92(3), 2004, equation 12.
    """
    n = x.shape[1]
    root = np.linalg.cholesky((n + kappa) * cov)
    columns = np.swapaxes(root, 1, 2)
    points = np.concatenate([x[:, None, :], x[:, None, :] + columns, x[:, None, :] - columns], axis=1)
    weight = np.full(2 * n + 1, 0.5 / (n + kappa))
    weight[0] = kappa / (n + kappa)
    return points, weight


def spread(points: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Mean (R, N) and covariance (R, N, N) of weighed points (R, P, N)."""
    mean = np.einsum("p,rpa->ra", weight, points)
    apart = points - mean[:, None, :]
    return mean, np.einsum("p,rpa,rpb->rab", weight, apart, apart)


def predict_unscented(
    function: Function, x: Floats, cov: Floats, noise: Floats, kappa: float = 0.0
) -> tuple[Floats, Floats]:
    """As `predict_extended`, by sigma points."""
    points, weight = sigma_points(x, cov, kappa)
    mean, wide = spread(function(points), weight)
    return mean, wide + noise


def update_unscented(
    function: Function, x: Floats, cov: Floats, z: Floats, noise: Floats, kappa: float = 0.0
) -> tuple[Floats, Floats]:
    """As `update_extended`, by sigma points."""
    points, weight = sigma_points(x, cov, kappa)
    seen = function(points)
    middle, wide = spread(seen, weight)
    crossed = np.einsum("p,rpa,rpz->raz", weight, points - x[:, None, :], seen - middle[:, None, :])
    return _corrected(x, cov, crossed, wide + noise, z - middle)


def _corrected(x: Floats, cov: Floats, crossed: Floats, wide: Floats, shift: Floats) -> tuple[Floats, Floats]:
    gain = np.swapaxes(np.linalg.solve(wide, np.swapaxes(crossed, 1, 2)), 1, 2)
    after = cov - gain @ wide @ np.swapaxes(gain, 1, 2)
    return x + (gain @ shift[..., None])[..., 0], 0.5 * (after + np.swapaxes(after, 1, 2))

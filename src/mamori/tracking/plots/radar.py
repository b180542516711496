"""Compiled measurement of a sensor that gives elevation, bearing and range: what it should see, and a start from it.

A sensor stands at `place` (3,) m and has `axes` (3, 3), its own axes as rows; elevation is above the plane of the first
two, bearing from the first towards the second.
"""

import math

import numpy as np
from numba import njit

from mamori.records import Floats

LEAST_M = 1e-3


@njit(cache=True, nogil=True, error_model="numpy")
def wrapped(angle_rad: float) -> float:
    """The same angle in [-pi, pi)."""
    return angle_rad - 2.0 * math.pi * math.floor((angle_rad + math.pi) / (2.0 * math.pi))


@njit(cache=True, nogil=True, error_model="numpy")
def expected(x: Floats, place: Floats, axes: Floats, z: Floats, by_place: Floats) -> None:
    """Fill z (3,), elevation, bearing, range, and by_place (3, 3), its derivative by the position."""
    dx, dy, dz = x[0] - place[0], x[1] - place[1], x[2] - place[2]
    a = axes[0, 0] * dx + axes[0, 1] * dy + axes[0, 2] * dz
    b = axes[1, 0] * dx + axes[1, 1] * dy + axes[1, 2] * dz
    c = axes[2, 0] * dx + axes[2, 1] * dy + axes[2, 2] * dz
    flat2 = max(a * a + b * b, LEAST_M)
    flat, far2 = math.sqrt(flat2), flat2 + c * c
    far = math.sqrt(far2)
    z[0], z[1], z[2] = math.atan2(c, flat), math.atan2(b, a), far
    for k in range(3):
        ka, kb, kc = axes[0, k], axes[1, k], axes[2, k]
        by_place[0, k] = (-a * c * ka - b * c * kb) / (far2 * flat) + flat / far2 * kc
        by_place[1, k] = (-b * ka + a * kb) / flat2
        by_place[2, k] = (a * ka + b * kb + c * kc) / far


@njit(cache=True, nogil=True, error_model="numpy")
def inverse(s: Floats, found: Floats) -> float:
    """Fill found (3, 3) with the inverse of a symmetric matrix; returns its determinant."""
    a, b, c, d, e, f = s[0, 0], s[0, 1], s[0, 2], s[1, 1], s[1, 2], s[2, 2]
    first, second, third = d * f - e * e, c * e - b * f, b * e - c * d
    determinant = a * first + b * second + c * third
    found[0, 0], found[0, 1], found[0, 2] = first / determinant, second / determinant, third / determinant
    found[1, 0], found[1, 1], found[1, 2] = found[0, 1], (a * f - c * c) / determinant, (b * c - a * e) / determinant
    found[2, 0], found[2, 1], found[2, 2] = found[0, 2], found[1, 2], (a * d - b * b) / determinant
    return float(determinant)


@njit(cache=True, nogil=True, error_model="numpy")
def foresee(
    x: Floats, cov: Floats, place: Floats, axes: Floats, noise: Floats, z: Floats, gain: Floats, weight: Floats,
    sigma: Floats, by_place: Floats, spread: Floats,
) -> float:  # fmt: skip
    """What a state lets expect of a plot: z (3,), gain (7, 3) = cov H', weight (3, 3) = the inverse of the innovation's
    covariance, sigma (3,) the roots of its diagonal. Returns the density of an innovation of zero.

    noise: (3, 3) covariance of the measurement; by_place, spread (3, 3): scratch
    """
    expected(x, place, axes, z, by_place)
    for i in range(cov.shape[0]):
        for k in range(3):
            gain[i, k] = cov[i, 0] * by_place[k, 0] + cov[i, 1] * by_place[k, 1] + cov[i, 2] * by_place[k, 2]
    for k in range(3):
        for m in range(3):
            spread[k, m] = (
                noise[k, m] + by_place[k, 0] * gain[0, m] + by_place[k, 1] * gain[1, m] + by_place[k, 2] * gain[2, m]
            )
        sigma[k] = math.sqrt(spread[k, k])
    return 1.0 / math.sqrt((2.0 * math.pi) ** 3 * inverse(spread, weight))


@njit(cache=True, nogil=True, error_model="numpy")
def innovation(plot: Floats, z: Floats, found: Floats, weight: Floats, sigma: Floats, gate: float) -> float:
    """Fill found (3,) with plot - z, bearing wrapped; returns its squared Mahalanobis length.

    Where one element alone puts it outside the gate, that is a lower bound; most pairs end so, at the first element.
    """
    found[2] = plot[2] - z[2]
    if abs(found[2]) > gate * sigma[2]:
        return float((found[2] / sigma[2]) ** 2)
    found[1] = wrapped(plot[1] - z[1])
    if abs(found[1]) > gate * sigma[1]:
        return float((found[1] / sigma[1]) ** 2)
    found[0] = plot[0] - z[0]
    length = 0.0
    for i in range(3):
        length += weight[i, i] * found[i] * found[i]
    for i in range(3):
        for k in range(i):
            length += 2.0 * weight[i, k] * found[i] * found[k]
    return length


@njit(cache=True, nogil=True, error_model="numpy")
def start(plot: Floats, place: Floats, axes: Floats, noise: Floats, x: Floats, cov: Floats) -> None:
    """A state from one plot: its place and what that is uncertain by; velocity and the rest are the caller's.

    noise: (3, 3) covariance of the measurement
    """
    sin_e, cos_e = math.sin(plot[0]), math.cos(plot[0])
    sin_b, cos_b = math.sin(plot[1]), math.cos(plot[1])
    far = plot[2]
    own = np.empty((3, 4))  # columns: by elevation, by bearing, by range; the place itself
    own[0, 0], own[0, 1], own[0, 2] = -far * sin_e * cos_b, -far * cos_e * sin_b, cos_e * cos_b
    own[1, 0], own[1, 1], own[1, 2] = -far * sin_e * sin_b, far * cos_e * cos_b, cos_e * sin_b
    own[2, 0], own[2, 1], own[2, 2] = far * cos_e, 0.0, sin_e
    for k in range(3):
        own[k, 3] = far * own[k, 2]
    turned = np.zeros((3, 4))
    for k in range(3):
        for m in range(4):
            turned[k, m] = axes[0, k] * own[0, m] + axes[1, k] * own[1, m] + axes[2, k] * own[2, m]
    x[:] = 0.0
    cov[:] = 0.0
    for a in range(3):
        x[a] = place[a] + turned[a, 3]
        for b in range(3):
            for m in range(3):
                for k in range(3):
                    cov[a, b] += turned[a, m] * noise[m, k] * turned[b, k]

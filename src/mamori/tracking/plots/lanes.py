"""Compiled six-state extended Kalman filter, many tracks side by side: for whoever has the plots of each track already.

Tracks lie in blocks of `LANES`, the last index, so that the compiler fills its vector registers with tracks: x (B, 6,
LANES) position and velocity, cov (B, 6, 6, LANES), z (B, 3, LANES) elevation, bearing, range. The sensor stands at the
origin of axes with z up. Held against `radar.foresee` and `kernels.update` by a test.
"""

import math

import numpy as np
from numba import njit

from mamori.records import Floats

LANES = 16


@njit(cache=True, nogil=True, error_model="numpy")
def straight_steps(x: Floats, cov: Floats, z: Floats, dt_s: float, noise: float, variance: Floats) -> None:
    """Predict all tracks by dt_s at constant velocity and update each by its plot, in place.

    noise: white acceleration, m2/s3; variance: (3,) of elevation and bearing, rad2, and range, m2
    """
    long, middle, short = noise * dt_s**3 / 3.0, noise * dt_s**2 / 2.0, noise * dt_s
    slope, gain = np.empty((3, 3, LANES)), np.empty((6, 3, LANES))
    spread, weight, shift = np.empty((6, LANES)), np.empty((6, LANES)), np.empty((3, LANES))
    for b in range(x.shape[0]):
        here, wide = x[b], cov[b]
        for i in range(3):
            for t in range(LANES):
                here[i, t] += dt_s * here[i + 3, t]
            for j in range(3):
                for t in range(LANES):
                    fast = wide[i + 3, j + 3, t]
                    wide[i, j, t] += dt_s * (wide[i, j + 3, t] + wide[j, i + 3, t] + dt_s * fast)
            for t in range(LANES):
                wide[i, i, t] += long
        for i in range(3):
            for j in range(3):
                for t in range(LANES):
                    wide[i, j + 3, t] += dt_s * wide[i + 3, j + 3, t]
            for t in range(LANES):
                wide[i, i + 3, t] += middle
                wide[i + 3, i + 3, t] += short
        for t in range(LANES):
            px, py, pz = here[0, t], here[1, t], here[2, t]
            flat2 = px * px + py * py
            flat, far2 = math.sqrt(flat2), flat2 + pz * pz
            far = math.sqrt(far2)
            shift[0, t], shift[1, t], shift[2, t] = flat, far, 0.0
            up = -pz / (far2 * flat)
            slope[0, 0, t], slope[0, 1, t], slope[0, 2, t] = px * up, py * up, flat / far2
            slope[1, 0, t], slope[1, 1, t], slope[1, 2, t] = -py / flat2, px / flat2, 0.0
            slope[2, 0, t], slope[2, 1, t], slope[2, 2, t] = px / far, py / far, pz / far
        for t in range(LANES):
            flat, far = shift[0, t], shift[1, t]
            shift[0, t] = z[b, 0, t] - math.atan2(here[2, t], flat)
            turn = z[b, 1, t] - math.atan2(here[1, t], here[0, t])
            shift[1, t] = turn - 2.0 * math.pi * math.floor((turn + math.pi) / (2.0 * math.pi))
            shift[2, t] = z[b, 2, t] - far
        for i in range(6):
            for k in range(3):
                for t in range(LANES):
                    if i < 3:
                        gain[i, k, t] = (
                            wide[i, 0, t] * slope[k, 0, t] + wide[i, 1, t] * slope[k, 1, t]
                            + wide[i, 2, t] * slope[k, 2, t]
                        )  # fmt: skip
                    else:
                        gain[i, k, t] = (
                            wide[0, i, t] * slope[k, 0, t] + wide[1, i, t] * slope[k, 1, t]
                            + wide[2, i, t] * slope[k, 2, t]
                        )  # fmt: skip
        row = 0
        for k in range(3):
            for m in range(k, 3):
                own = variance[k] if k == m else 0.0
                for t in range(LANES):
                    spread[row, t] = (
                        own + slope[k, 0, t] * gain[0, m, t] + slope[k, 1, t] * gain[1, m, t]
                        + slope[k, 2, t] * gain[2, m, t]
                    )  # fmt: skip
                row += 1
        for t in range(LANES):
            s00, s01, s02 = spread[0, t], spread[1, t], spread[2, t]
            s11, s12, s22 = spread[3, t], spread[4, t], spread[5, t]
            w00, w01, w02 = s11 * s22 - s12 * s12, s02 * s12 - s01 * s22, s01 * s12 - s02 * s11
            part = 1.0 / (s00 * w00 + s01 * w01 + s02 * w02)
            weight[0, t], weight[1, t], weight[2, t] = w00 * part, w01 * part, w02 * part
            weight[3, t] = (s00 * s22 - s02 * s02) * part
            weight[4, t] = (s01 * s02 - s00 * s12) * part
            weight[5, t] = (s00 * s11 - s01 * s01) * part
        for i in range(6):
            for t in range(LANES):
                g0, g1, g2 = gain[i, 0, t], gain[i, 1, t], gain[i, 2, t]
                k0 = g0 * weight[0, t] + g1 * weight[1, t] + g2 * weight[2, t]
                k1 = g0 * weight[1, t] + g1 * weight[3, t] + g2 * weight[4, t]
                k2 = g0 * weight[2, t] + g1 * weight[4, t] + g2 * weight[5, t]
                here[i, t] += k0 * shift[0, t] + k1 * shift[1, t] + k2 * shift[2, t]
                spread[0, t], spread[1, t], spread[2, t] = k0, k1, k2
            for j in range(i, 6):
                for t in range(LANES):
                    wide[i, j, t] -= (
                        spread[0, t] * gain[j, 0, t] + spread[1, t] * gain[j, 1, t] + spread[2, t] * gain[j, 2, t]
                    )  # fmt: skip
        for i in range(6):
            for j in range(i):
                for t in range(LANES):
                    wide[i, j, t] = wide[j, i, t]


def into_lanes(values: Floats) -> Floats:
    """Rows of tracks (T, ...) as blocks (B, ..., LANES); what fills the last block repeats the last track."""
    n_blocks = -(-len(values) // LANES)
    rows = np.minimum(np.arange(n_blocks * LANES), len(values) - 1)
    blocks = values[rows].reshape(n_blocks, LANES, *values.shape[1:])
    return np.ascontiguousarray(np.moveaxis(blocks, 1, -1))


def out_of_lanes(blocks: Floats, n_tracks: int) -> Floats:
    """The first n_tracks rows of what `into_lanes` made."""
    return np.moveaxis(blocks, -1, 1).reshape(-1, *blocks.shape[1:-1])[:n_tracks]

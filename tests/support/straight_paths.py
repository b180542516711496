"""Paths that run straight between two places, for tests of what sees them."""

import math

import numpy as np

from mamori.maths.earth import ecef
from mamori.records import Trajectories


def straight(start_deg, end_deg, height_m, speed_m_s, *, start_s=0.0, step_s=20.0):
    """Rows of a path between two (latitude, longitude), its height a number or a function of the share flown."""
    a, b = np.radians(start_deg), np.radians(end_deg)
    length_m = 6371e3 * math.hypot(b[0] - a[0], (b[1] - a[1]) * math.cos(a[0]))
    share = np.linspace(0.0, 1.0, max(2, round(length_m / speed_m_s / step_s)))
    height = np.array([height_m(f) for f in share]) if callable(height_m) else np.full(share.size, float(height_m))
    place = ecef(a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]), height)
    time_s = start_s + share * length_m / speed_m_s
    return time_s, place, np.gradient(place, time_s, axis=0), height


def paths(*rows):
    return Trajectories(
        first=np.cumsum([0, *[len(r[0]) for r in rows]]).astype(np.int64),
        time_s=np.concatenate([r[0] for r in rows]) if rows else np.zeros(0),
        position_m=np.concatenate([r[1] for r in rows]) if rows else np.zeros((0, 3)),
        velocity_m_s=np.concatenate([r[2] for r in rows]) if rows else np.zeros((0, 3)),
        height_m=np.concatenate([r[3] for r in rows]) if rows else np.zeros(0),
        impact_s=np.array([r[0][-1] for r in rows], dtype=np.float64),
        status=np.zeros(len(rows), dtype=np.int64),
    )


FLY_BY = paths(straight((34.0, -151.5), (34.6, -148.5), 300.0, 240.0, step_s=5.0))
"""A cruise missile that passes by."""


def one(kind):
    """Kind, cross-section and key of one threat."""
    return np.array([kind], dtype=np.int64), np.array([0.1]), np.array([7], dtype=np.int64)

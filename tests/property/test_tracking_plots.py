"""What a tracker's answer must not hang on: the order of plots in a scan, the direction that bearings count from."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mamori.tracking.plots.model import Plots, Sensors
from mamori.tracking.plots.tracker import track

N_SCANS = 8
SENSORS = Sensors(
    np.zeros((1, 3)), np.eye(3)[None], np.diag([1e-6, 1e-6, 900.0])[None], np.array([0.9]), np.array([1e-5]),
    np.array([[0.0, 1e9, -2.0, 2.0]]),
)  # fmt: skip


def scene(seed):
    """Plots of five targets and of nothing."""
    rng = np.random.default_rng(seed)
    x = rng.uniform([-6e4, -6e4, 3e3, -200, -200, 0], [6e4, 6e4, 9e3, 200, 200, 1], (5, 6))
    z = []
    for _ in range(N_SCANS):
        r = np.linalg.norm(x[:, :3], axis=1)
        seen = np.stack([np.arcsin(x[:, 2] / r), np.arctan2(x[:, 1], x[:, 0]), r], axis=-1)
        false = rng.uniform([0.0, -3.0, 1e4], [0.3, 3.0, 1.2e5], (rng.poisson(3), 3))
        z.append(np.concatenate([seen + [1e-3, 1e-3, 30.0] * rng.standard_normal((5, 3)), false]))
        x = x + np.concatenate([x[:, 3:], np.zeros((5, 3))], axis=1)
    return z


def followed(z):
    first = np.concatenate([[0], np.cumsum([len(rows) for rows in z])]).astype(np.int64)
    plots = Plots(np.arange(len(z), dtype=float), np.zeros(len(z), np.int64), first, np.concatenate(z))
    found = track(plots, SENSORS)
    order = np.lexsort((found.x[:, 2], found.scan))
    return found.scan[order], found.x[order], found.cov[order], found.exists[order]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_plots_in_a_scan_changes_nothing(seed):
    z = scene(seed)
    rng = np.random.default_rng(seed)
    for a, b in zip(followed(z), followed([rows[rng.permutation(len(rows))] for rows in z]), strict=True):
        np.testing.assert_array_equal(a, b)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-math.pi, math.pi))
def test_a_turned_scene_gives_turned_tracks(seed, angle):
    z = scene(seed)
    scan, x, _, exists = followed(z)
    other_scan, other, _, other_exists = followed([rows + np.array([0.0, angle, 0.0]) for rows in z])
    np.testing.assert_array_equal(scan, other_scan)
    np.testing.assert_allclose(exists, other_exists, atol=1e-6)
    turned = x[:, :2] @ np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    np.testing.assert_allclose(turned, other[:, :2], atol=0.1)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_covariances_are_positive_and_chances_are_chances(seed):
    _, _, cov, exists = followed(scene(seed))
    scale = np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
    even = cov / (scale[:, :, None] * scale[:, None, :])
    assert np.all(np.linalg.eigvalsh(even) > 0.0)
    assert np.all((exists >= 0.0) & (exists <= 1.0))

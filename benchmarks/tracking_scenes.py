"""Scenes for trackers, made from a seed: crowded with false plots, crossing in pairs, falling, and very many at once.

    python benchmarks/tracking_scenes.py FOLDER [--seed 1]

Each is an NPZ as `mamori track` reads it, with the truth (K, N, 6): x, vx, y, vy, z, vz, nan where a target is no more.
One radar at the origin, a scan a second, errors of 1 mrad, 1 mrad and 30 m.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SIGMA = np.array([1e-3, 1e-3, 30.0])
DT_S = 1.0
LOW, NEAR, FAR, WIDE = np.radians(20.0), 10e3, 150e3, 2.0 * np.pi


def measured(
    truth: np.ndarray,
    p_detect: float,
    false_plots: float,
    rng: np.random.Generator,
    high: float = LOW,
    far: float = FAR,
) -> dict[str, Any]:
    """Plots of a truth, shuffled within each scan."""
    plots, scan = [], []
    for k, state in enumerate(truth):
        is_seen = (rng.random(len(state)) < p_detect) & np.isfinite(state[:, 0])
        place = state[is_seen][:, [0, 2, 4]]
        r = np.linalg.norm(place, axis=1)
        z = np.stack([np.arcsin(place[:, 2] / r), np.arctan2(place[:, 1], place[:, 0]), r], axis=-1)
        n = rng.poisson(false_plots)
        false = rng.uniform([0.0, -np.pi, NEAR], [high, np.pi, far], (n, 3))
        both = np.concatenate([z + SIGMA * rng.standard_normal(z.shape), false])
        plots.append(both[rng.permutation(len(both))])
        scan.append(np.full(len(both), k))
    z = np.concatenate(plots)
    z[:, 1] = (z[:, 1] + np.pi) % WIDE - np.pi
    return {
        "truth": truth, "meas": z, "meas_scan": np.concatenate(scan), "R": np.diag(SIGMA**2), "dt": DT_S,
        "pd": p_detect, "clutter_rate": false_plots, "clutter_volume": high * WIDE * (far - NEAR),
    }  # fmt: skip


def flown(x: np.ndarray, n_scans: int, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Paths (K, N, 6) at nearly constant velocity from states x (N, 6). noise: white acceleration, m2/s3."""
    one = noise * np.array([[DT_S**3 / 3.0, DT_S**2 / 2.0], [DT_S**2 / 2.0, DT_S]])
    step, root = np.kron(np.eye(3), [[1.0, DT_S], [0.0, 1.0]]), np.linalg.cholesky(np.kron(np.eye(3), one))
    path = [x]
    for _ in range(n_scans - 1):
        path.append(path[-1] @ step.T + rng.standard_normal(x.shape) @ root.T)
    return np.array(path)


def strewn(n: int, rng: np.random.Generator) -> np.ndarray:
    """States (N, 6) of aircraft, 40 to 120 km away."""
    far, bearing = rng.uniform(40e3, 120e3, n), rng.uniform(-np.pi, np.pi, n)
    speed, course = rng.uniform(150.0, 300.0, n), rng.uniform(-np.pi, np.pi, n)
    flat = [far * np.cos(bearing), speed * np.cos(course), far * np.sin(bearing), speed * np.sin(course)]
    return np.stack([*flat, rng.uniform(2e3, 12e3, n), np.zeros(n)], axis=-1)


def crowded(seed: int) -> dict[str, Any]:
    """50 aircraft, chance of detection 0.75, 60 false plots a scan."""
    rng = np.random.default_rng(seed)
    return measured(flown(strewn(50, rng), 120, 1.0, rng), 0.75, 60.0, rng)


def crossing(seed: int) -> dict[str, Any]:
    """15 pairs of aircraft that meet half-way at 2 to 8 degrees and within some 100 m."""
    rng = np.random.default_rng(seed)
    middle = strewn(15, rng)
    speed, course = np.hypot(middle[:, 1], middle[:, 3]), np.arctan2(middle[:, 3], middle[:, 1])
    pairs = []
    for side in (1.0, -1.0):
        way = course + side * np.radians(rng.uniform(1.0, 4.0, 15))
        v = np.stack([speed * np.cos(way), speed * np.sin(way), np.zeros(15)], axis=-1)
        place = middle[:, [0, 2, 4]] + rng.normal(0.0, 60.0, (15, 3)) - 60.0 * v
        pairs.append(np.stack([place, v], axis=-1).reshape(15, 6))
    return measured(flown(np.concatenate(pairs), 120, 0.1, rng), 0.9, 20.0, rng)


def falling(seed: int) -> dict[str, Any]:
    """20 objects that fall from 60 to 110 km of height with unknown drag; on the ground their truth ends."""
    rng = np.random.default_rng(seed)
    n, n_steps = 20, 20
    far, bearing = rng.uniform(80e3, 140e3, n), rng.uniform(-np.pi, np.pi, n)
    speed, climb = rng.uniform(900.0, 1800.0, n), np.radians(rng.uniform(-25.0, 15.0, n))
    course = bearing + np.pi + rng.normal(0.0, 0.3, n)
    beta = np.exp(rng.uniform(np.log(2e3), np.log(20e3), n))
    p = np.stack([far * np.cos(bearing), far * np.sin(bearing), rng.uniform(60e3, 110e3, n)], axis=-1)
    level = speed * np.cos(climb)
    v = np.stack([level * np.cos(course), level * np.sin(course), speed * np.sin(climb)], axis=-1)

    def pull(p: np.ndarray, v: np.ndarray) -> np.ndarray:
        density = 1.225 * np.exp(-np.maximum(p[:, 2], 0.0) / 7200.0)
        drag = 0.5 * density * np.linalg.norm(v, axis=1) / beta
        gravity = 9.8 * (6371e3 / (6371e3 + p[:, 2])) ** 2
        found: np.ndarray = -drag[:, None] * v - gravity[:, None] * np.array([0.0, 0.0, 1.0])
        return found

    path = np.empty((90, n, 6))
    for k in range(len(path)):
        path[k][:, ::2], path[k][:, 1::2] = p, v
        path[k][p[:, 2] <= 0.0] = np.nan
        for _ in range(n_steps):
            h = DT_S / n_steps
            half = p + 0.5 * h * v, v + 0.5 * h * pull(p, v)
            p, v = p + h * half[1], v + h * pull(*half)
    return measured(path, 0.9, 20.0, rng, high=np.radians(70.0), far=250e3)


def many(seed: int) -> dict[str, Any]:
    """1,000 aircraft with 200 false plots a scan."""
    rng = np.random.default_rng(seed)
    return measured(flown(strewn(1000, rng), 60, 1.0, rng), 0.9, 200.0, rng)


SCENES: dict[str, Callable[[int], dict[str, Any]]] = {
    "crowded": crowded, "crossing": crossing, "falling": falling, "many": many,
}  # fmt: skip


def main() -> None:
    """Write all scenes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    for name, make in SCENES.items():
        scene = make(given.seed)
        np.savez_compressed(given.folder / f"{name}.npz", **scene)
        print(f"{given.folder / name}.npz: {len(scene['meas'])} plots")


if __name__ == "__main__":
    main()

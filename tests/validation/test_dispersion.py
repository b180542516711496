"""Miss distances of a circular normal distribution follow Rayleigh's, whose median is the circular error probable."""

import numpy as np
import pytest

from mamori.damage.model import MunitionTable, impacts
from mamori.maths.earth import distance_m
from mamori.maths.luck import entity_key
from mamori.records import Threats, Trajectories

N = 4000
CEP_M = 120.0


def misses(drift: float | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Miss distances, m, and where they came down."""
    zero, index = np.zeros(N), np.zeros(N, dtype=np.int64)
    ids = tuple(f"t{i}" for i in range(N))
    key = np.array([entity_key(name) for name in ids], dtype=np.int64)
    aim = np.full(N, np.deg2rad(60.0))
    threats = Threats(ids, key, index, ("c",), index, zero, zero, zero, aim, aim, index)
    path = Trajectories(
        np.zeros(N + 1, dtype=np.int64), np.zeros(0), np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0), zero, index
    )
    one = np.ones(1)
    munitions = MunitionTable(
        p_works=one, cep_m=CEP_M * one, effect_radius_m=one, severity=one, drift=None if drift is None else drift * one
    )
    landed = impacts(threats, path, np.full(N, np.inf), munitions, 1, 0)
    miss = distance_m(aim, aim, landed.latitude_rad, landed.longitude_rad)
    return miss, landed.latitude_rad, landed.longitude_rad


def test_errors_of_navigation_grow_with_the_way_and_add_in_squares() -> None:
    way_m = float(distance_m(*np.deg2rad([0.0, 0.0, 60.0, 60.0])))
    cep_m = np.hypot(CEP_M, 2e-5 * way_m)
    assert cep_m > 1.5 * CEP_M
    assert np.mean(misses(2e-5)[0] < cep_m) == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(N))


def test_miss_distances_follow_rayleigh() -> None:
    miss, latitude, longitude = misses()
    aim = np.deg2rad(60.0)
    # Half inside the CEP; 1 - (1/2)^(k^2) inside k CEP: 93.75 % inside two, exact.
    assert np.mean(miss < CEP_M) == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(N))
    assert np.mean(miss < 2 * CEP_M) == pytest.approx(0.9375, abs=4 * np.sqrt(0.9375 * 0.0625 / N))
    # Kolmogorov-Smirnov against Rayleigh's distribution at the 0.1 % level.
    ordered = np.sort(miss)
    rayleigh = 1.0 - 0.5 ** ((ordered / CEP_M) ** 2)
    step = np.arange(N) / N
    assert max(np.abs(rayleigh - step).max(), np.abs(rayleigh - step - 1 / N).max()) < 1.95 / np.sqrt(N)
    # No direction is preferred: each quadrant holds a quarter.
    east, north = longitude > aim, latitude > aim
    for quadrant in (east & north, east & ~north, ~east & north):
        assert np.mean(quadrant) == pytest.approx(0.25, abs=4 * np.sqrt(0.1875 / N))

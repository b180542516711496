"""Where pieces of stopped threats come down, against closed forms, and that they harm less than the whole."""

import math

import numpy as np
import pytest

from mamori.damage.debris import STANDARD_GRAVITY_M_S2, debris, together
from mamori.damage.model import DebrisTable
from mamori.maths.earth import SEMI_MAJOR_M
from mamori.maths.luck import entity_key
from mamori.records import Impacts, Threats, Trajectories

N = 2000
HEIGHT_M, SPEED_M_S = 500.0, 50.0


def flying(n: int = N) -> tuple[Threats, Trajectories]:
    """n threats at 500 m, 50 m/s east along the equator, for 100 s."""
    zeros = np.zeros(n)
    ids = tuple(f"t{i}" for i in range(n))
    threats = Threats(
        id=ids, key=np.array([entity_key(name) for name in ids]), kind=np.full(n, 2), classes=("d",),
        class_i=np.zeros(n, np.int64), launch_s=zeros, launch_latitude_rad=zeros, launch_longitude_rad=zeros,
        aim_latitude_rad=zeros, aim_longitude_rad=zeros, aim_i=np.full(n, -1),
    )  # fmt: skip
    height = np.full(2, HEIGHT_M)
    one = np.stack([SEMI_MAJOR_M + height, [-2500.0, 2500.0], [0.0, 0.0]], axis=-1)
    paths = Trajectories(
        first=2 * np.arange(n + 1), time_s=np.tile([0.0, 100.0], n), position_m=np.tile(one, (n, 1)),
        velocity_m_s=np.zeros((2 * n, 3)), height_m=np.tile(height, n), impact_s=np.full(n, 100.0),
        status=np.zeros(n, np.int64),
    )  # fmt: skip
    return threats, paths


def table(p: float = 1.0, drag_s: float = 1e9, spread: float = 0.0) -> DebrisTable:
    return DebrisTable(*(np.array([x]) for x in (p, drag_s, spread, 7.0, 0.1)))


def east_m(pieces: Impacts) -> np.ndarray:
    return pieces.longitude_rad * SEMI_MAJOR_M


def test_without_air_a_piece_falls_as_a_stone_does():
    threats, paths = flying(3)
    pieces = debris(threats, paths, np.array([50.0, np.inf, 60.0]), table(), 1, 0)
    fall_s = math.sqrt(2.0 * HEIGHT_M / STANDARD_GRAVITY_M_S2)
    assert pieces.threat_i.tolist() == [0, 2]
    assert pieces.time_s == pytest.approx([50.0 + fall_s, 60.0 + fall_s], abs=1e-6)
    # On a sphere of the mean radius: half a per cent more or less than on the ellipsoid's equator.
    assert east_m(pieces) == pytest.approx([50.0 * fall_s, 500.0 + 50.0 * fall_s], rel=0.005)
    assert pieces.effect_radius_m.tolist() == [7.0, 7.0]


def test_the_air_stops_it_after_speed_times_its_time():
    threats, paths = flying(1)
    near = debris(threats, paths, np.array([50.0]), table(drag_s=2.0), 1, 0)
    assert east_m(near)[0] == pytest.approx(50.0 * 2.0 * (1.0 - math.exp(-10.098 / 2.0)), rel=0.005)


def test_how_often_and_how_wide():
    threats, paths = flying()
    p, spread = 0.3, 0.2
    pieces = debris(threats, paths, np.full(N, 50.0), table(p, spread=spread), 1, 0)
    assert pieces.threat_i.size / N == pytest.approx(p, abs=3.29 * math.sqrt(p * (1 - p) / N))
    way_m = 50.0 * math.sqrt(2.0 * HEIGHT_M / STANDARD_GRAVITY_M_S2)
    n = pieces.threat_i.size
    for offset_m in (east_m(pieces) - way_m, pieces.latitude_rad * SEMI_MAJOR_M):
        # The standard error of a standard deviation is sigma / sqrt(2 n).
        assert offset_m.std() == pytest.approx(spread * way_m, rel=3.29 / math.sqrt(2 * n) + 0.01)
    assert debris(threats, paths, np.full(N, 50.0), table(0.0), 1, 0).threat_i.size == 0


def test_impacts_and_pieces_in_order_of_time():
    def of(times, is_debris):
        t = np.array(times)
        return Impacts(np.arange(t.size), t, t, t, t, is_debris)

    both = together(of([10.0, 30.0], None), of([10.0, 20.0], np.ones(2, np.bool_)))
    assert both.time_s.tolist() == [10.0, 10.0, 20.0, 30.0]
    assert both.is_debris.tolist() == [False, True, True, False]

"""Level flight and boats: length, speed, height and corners of the path."""

import math

import numpy as np
import pytest
from pyproj import Geod

from mamori.flight.level.paths import level_paths
from mamori.maths.earth import ecef, geodetic_point

LAUNCH_DEG = (34.0, 150.0)
AIM_DEG = (37.0, 154.0)
DRONE = {"speed_m_s": 50.0, "height_m": 500.0, "climb_rad": math.radians(10.0), "dive_rad": math.radians(30.0)}


def fly(launch_deg=LAUNCH_DEG, aim_deg=AIM_DEG, step_s=20.0, **numbers):
    place = np.radians(np.array([*launch_deg, *aim_deg]))[:, None]
    columns = {name: np.array([number]) for name, number in (DRONE | numbers).items()}
    return level_paths(place, **columns, step_s=np.array([step_s]))


def geodesic_m(launch_deg=LAUNCH_DEG, aim_deg=AIM_DEG):
    return Geod(ellps="WGS84").inv(launch_deg[1], launch_deg[0], aim_deg[1], aim_deg[0])[2]


def test_boat_takes_the_geodesic_time():
    boat = fly(height_m=0.0)
    assert boat.duration_s[0] == pytest.approx(geodesic_m() / 50.0, rel=1e-5)
    np.testing.assert_array_equal(boat.height_m, 0.0)
    np.testing.assert_allclose(np.linalg.norm(boat.velocity_m_s, axis=1), 50.0, rtol=6e-3)


@pytest.mark.parametrize("far", [(-80.0, 10.0), (60.0, -120.0), (34.0, 151.0)])
def test_length_is_the_ellipsoids_on_long_ways_too(far):
    assert fly(aim_deg=far, height_m=0.0, step_s=600.0).duration_s[0] == pytest.approx(
        geodesic_m(aim_deg=far) / 50.0, rel=1e-4
    )


def test_ends_and_heights():
    one = fly()
    np.testing.assert_allclose(one.position_m[0], ecef(*np.radians(np.array(LAUNCH_DEG))), atol=1e-6)
    np.testing.assert_allclose(one.position_m[-1], ecef(*np.radians(np.array(AIM_DEG))), atol=1e-6)
    assert one.height_m[0] == one.height_m[-1] == 0.0
    assert one.height_m.max() == pytest.approx(500.0, rel=1e-12)
    exact = [geodetic_point(*p)[2] for p in one.position_m]
    np.testing.assert_allclose(one.height_m, exact, atol=1e-6)


def test_corners_are_rows_and_the_time_is_that_of_three_legs():
    one = fly()
    climb_s, dive_s = 500.0 / math.sin(DRONE["climb_rad"]) / 50.0, 500.0 / math.sin(DRONE["dive_rad"]) / 50.0
    assert np.abs(one.time_s - climb_s).min() < 1e-9
    assert np.abs(one.time_s - (one.duration_s[0] - dive_s)).min() < 1e-6
    assert (np.diff(one.time_s) > 0.0).all()
    level_m = geodesic_m() - 500.0 / math.tan(DRONE["climb_rad"]) - 500.0 / math.tan(DRONE["dive_rad"])
    assert one.duration_s[0] == pytest.approx(climb_s + level_m / 50.0 + dive_s, rel=1e-5)


def test_velocity_is_the_derivative_of_position():
    one = fly(step_s=1.0)
    legs = np.array([one.time_s > 100.0, one.time_s < one.duration_s[0] - 100.0]).all(axis=0)
    central = (one.position_m[2:] - one.position_m[:-2]) / (one.time_s[2:] - one.time_s[:-2])[:, None]
    np.testing.assert_allclose(central[legs[1:-1]], one.velocity_m_s[1:-1][legs[1:-1]], atol=1e-4)
    up = one.position_m[-1] / np.linalg.norm(one.position_m[-1])
    assert one.velocity_m_s[-1] @ up == pytest.approx(-50.0 * math.sin(DRONE["dive_rad"]), rel=0.01)
    assert np.linalg.norm(one.velocity_m_s[-1]) == pytest.approx(50.0, rel=6e-3)


def test_a_short_way_is_flown_lower():
    near = (34.0 + 1e-3, 150.0)
    one = fly(aim_deg=near, step_s=1.0)
    way = geodesic_m(aim_deg=near)
    highest = way / (1.0 / math.tan(DRONE["climb_rad"]) + 1.0 / math.tan(DRONE["dive_rad"]))
    assert one.height_m.max() == pytest.approx(highest, rel=1e-5)
    assert (one.height_m >= 0.0).all()


def test_no_way_at_all_is_one_row():
    one = fly(aim_deg=LAUNCH_DEG)
    assert one.time_s.tolist() == [0.0]
    np.testing.assert_array_equal(one.velocity_m_s, 0.0)
    assert np.isfinite(one.position_m).all()


def test_none_at_all_is_legal():
    columns = dict.fromkeys(DRONE, np.zeros(0))
    none = level_paths(np.zeros((4, 0)), **columns, step_s=np.zeros(0))
    assert none.first.tolist() == [0]
    assert none.velocity_m_s.shape == (0, 3)

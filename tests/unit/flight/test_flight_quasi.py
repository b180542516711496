"""The quasi-ballistic profile: its ends, its height, its speed; in raids beside ballistic paths."""

import numpy as np
import pytest

from mamori.flight.model import FlightStatus, trajectories
from mamori.flight.quasi import profile_m, quasi_ballistic_paths
from mamori.flight.schema import BallisticFlight, QuasiBallisticFlight, flight_classes
from mamori.maths.earth import ecef
from mamori.records import Threats

PLACE = np.radians([[34.0, 34.0], [150.0, 150.0], [40.0, 41.0], [152.0, 152.0]])


@pytest.fixture(scope="module")
def paths():
    two = np.ones(2)
    return quasi_ballistic_paths(
        PLACE, apogee_m=50e3 * two, burn_s=70 * two, pull_up_m=25e3 * two, lift_to_drag=3.5 * two,
        impact_speed_m_s=900.0 * two,
    )  # fmt: skip


def test_ends_where_it_should(paths):
    np.testing.assert_array_equal(paths.status, 0)
    last = paths.first[1:] - 1
    aims = ecef(PLACE[2], PLACE[3])
    assert np.linalg.norm(paths.position_m[last] - aims, axis=1).max() < 0.01
    np.testing.assert_array_equal(paths.height_m[last], 0.0)
    np.testing.assert_allclose(np.linalg.norm(paths.velocity_m_s[last], axis=1), 900.0, rtol=1e-9)
    launches = ecef(PLACE[0], PLACE[1])
    assert np.linalg.norm(paths.position_m[paths.first[:-1]] - launches, axis=1).max() < 0.01


def test_height_is_that_of_the_profile(paths):
    own = slice(paths.first[0], paths.first[1])
    assert paths.height_m[own].max() == pytest.approx(50e3, abs=20.0)
    assert paths.apogee_m[0] == pytest.approx(50e3, abs=1.0)
    turned = np.flatnonzero(np.diff(np.sign(np.diff(paths.height_m[own]))) != 0)
    assert len(turned) >= 3  # up, down, up again, down


def test_velocity_is_the_derivative_of_position(paths):
    own = slice(paths.first[0], paths.first[1])
    time, position, velocity = paths.time_s[own], paths.position_m[own], paths.velocity_m_s[own]
    central = (position[2:-1] - position[:-3]) / (time[2:-1] - time[:-3])[:, None]
    late = time[1:-2] > 75.0
    assert np.linalg.norm(central - velocity[1:-2], axis=1)[late].max() < 15.0


def test_speed_falls_by_what_lift_and_height_take(paths):
    own = slice(paths.first[0], paths.first[1])
    speed, height, time = np.linalg.norm(paths.velocity_m_s[own], axis=1), paths.height_m[own], paths.time_s[own]
    a, b = np.searchsorted(time, [100.0, 500.0])
    way = np.linalg.norm(np.diff(paths.position_m[own][a : b + 1], axis=0), axis=1).sum()
    lost = 0.5 * (speed[a] ** 2 - speed[b] ** 2) + 9.8 * (height[a] - height[b])
    assert lost == pytest.approx(9.8 / 3.5 * way, rel=2e-3)


def test_profile_turns_where_it_says():
    share = np.array([0.0, 0.3, 0.6, 0.75, 1.0])
    np.testing.assert_allclose(profile_m(share, 50e3, 25e3), [0.0, 50e3, 25e3, 31_250.0, 0.0], atol=1e-6)


def test_stands_in_a_raid_beside_a_ballistic_class():
    sections = {
        "a": QuasiBallisticFlight(
            kind="quasi-ballistic", max_range_m=1000e3, burn_s=70.0, apogee_m=50e3, pull_up_m=25e3, lift_to_drag=3.5,
            impact_speed_m_s=900.0,
        ),
        "b": BallisticFlight(
            kind="ballistic", max_range_m=1000e3, burn_s=65.0, apogee_to_range_ratio=0.25,
            ballistic_coefficient_kg_m2=7000.0,
        ),
    }  # fmt: skip
    n = 3
    threats = Threats(
        id=("x", "y", "z"), key=np.arange(n), kind=np.zeros(n, dtype=np.int64), classes=("a", "b"),
        class_i=np.array([1, 0, 1]), launch_s=np.array([0.0, 10.0, 20.0]), launch_latitude_rad=np.full(n, 0.6),
        launch_longitude_rad=np.full(n, 2.6), aim_latitude_rad=np.full(n, 0.68), aim_longitude_rad=np.full(n, 2.6),
        aim_i=np.zeros(n, dtype=np.int64),
    )  # fmt: skip
    traj = trajectories(threats, flight_classes(sections, ["a", "b"]))
    np.testing.assert_array_equal(traj.status, FlightStatus.FOUND)
    last = traj.first[1:] - 1
    aims = ecef(threats.aim_latitude_rad, threats.aim_longitude_rad)
    assert np.linalg.norm(traj.position_m[last] - aims, axis=1).max() < 1.0
    np.testing.assert_array_equal(traj.time_s[traj.first[:-1]], threats.launch_s)
    top = [traj.height_m[traj.first[i] : traj.first[i + 1]].max() for i in range(n)]
    assert top[1] == pytest.approx(50e3, abs=20.0)
    assert top[0] == pytest.approx(top[2], abs=1e-6)
    assert top[0] > 100e3

"""The record of all paths: every kind in its place, statuses, no threats."""

from dataclasses import replace

import numpy as np
import pytest

from mamori.flight.model import FlightStatus, lifts_off, status_text, trajectories
from mamori.maths.earth import ecef

MIXED = (
    (2, 100.0, 34.0, 150.0, 35.0, 152.0),
    (0, 4000.0, 34.0, 150.0, 36.0, 152.0),
    (3, 0.0, 34.0, 150.0, 34.5, 150.5),
    (1, 200.0, 34.0, 150.0, 36.0, 153.0),
    (0, 4060.0, 34.1, 150.0, 36.5, 152.0),
)


def test_every_threat_ends_at_its_aim(raid, classes):
    threats = raid(*MIXED)
    traj = trajectories(threats, classes)
    np.testing.assert_array_equal(traj.status, FlightStatus.FOUND)
    last = traj.first[1:] - 1
    aims = ecef(threats.aim_latitude_rad, threats.aim_longitude_rad)
    assert np.linalg.norm(traj.position_m[last] - aims, axis=1).max() < 10.0
    np.testing.assert_array_equal(traj.height_m[last], 0.0)
    np.testing.assert_allclose(traj.time_s[last], traj.impact_s, rtol=1e-15)


def test_rows_stand_with_their_threat(raid, classes):
    threats = raid(*MIXED)
    traj = trajectories(threats, classes)
    launches = ecef(threats.launch_latitude_rad, threats.launch_longitude_rad)
    np.testing.assert_allclose(traj.position_m[traj.first[:-1]], launches, atol=1e-5)
    np.testing.assert_array_equal(traj.time_s[traj.first[:-1]], threats.launch_s)
    for i in range(len(MIXED)):
        own = slice(traj.first[i], traj.first[i + 1])
        assert (np.diff(traj.time_s[own]) > 0.0).all()
        assert (traj.height_m[own] >= 0.0).all()
    assert traj.time_s.flags.c_contiguous
    assert traj.position_m.flags.c_contiguous


def test_order_of_the_raid_changes_no_path(raid, classes):
    forward, back = trajectories(raid(*MIXED), classes), trajectories(raid(*MIXED[::-1]), classes)
    n = len(MIXED)
    for i in range(n):
        a = slice(forward.first[i], forward.first[i + 1])
        b = slice(back.first[n - 1 - i], back.first[n - i])
        assert forward.position_m[a].tobytes() == back.position_m[b].tobytes()
        assert forward.velocity_m_s[a].tobytes() == back.velocity_m_s[b].tobytes()


def test_statuses(raid, classes):
    threats = raid(
        (0, 0.0, 34.0, 150.0, 34.2, 150.0), (0, 0.0, 34.0, 150.0, 44.0, 150.0), (0, 5.0, 34.0, 150.0, 36.0, 150.0)
    )
    traj = trajectories(threats, classes)
    np.testing.assert_array_equal(traj.status, [FlightStatus.TOO_NEAR, FlightStatus.TOO_FAR, FlightStatus.FOUND])
    np.testing.assert_array_equal(traj.first[:3], 0)
    assert np.isinf(traj.impact_s[:2]).all()
    assert np.isfinite(traj.impact_s[2])


def test_a_ballistic_threat_without_a_path_says_so(raid, classes):
    from dataclasses import replace

    low = replace(classes, apogee_ratio=np.full(4, 1e-3))
    traj = trajectories(raid(*MIXED), low)
    np.testing.assert_array_equal(traj.status, [0, FlightStatus.STILL_BURNING, 0, 0, FlightStatus.STILL_BURNING])
    assert traj.first[1] == traj.first[2]


@pytest.mark.parametrize("status", list(FlightStatus))
def test_every_status_has_a_text(status):
    assert len(status_text(int(status))) > 10


def test_no_threats_are_legal(raid, classes):
    traj = trajectories(raid(), classes)
    assert traj.first.tolist() == [0]
    assert traj.position_m.shape == (0, 3)
    assert traj.impact_s.shape == traj.status.shape == (0,)


def test_launches_fail_as_often_as_their_class_says(classes):
    base = replace(classes, p_launch=np.array([1.0, 0.8, 0.8, 0.8]))
    class_i, key = np.array([0, 1, 2]), np.array([1, 2, 3])
    nights = np.array([lifts_off(base, class_i, key, 1, replica) for replica in range(3000)])
    assert nights[:, 0].all()
    assert nights[:, 1:].mean() == pytest.approx(0.8, abs=4.5 * (0.16 / 6000) ** 0.5)
    alone = np.array([lifts_off(base, class_i[1:], key[1:], 1, replica) for replica in range(50)])
    assert np.array_equal(alone, nights[:50, 1:])

"""Sensors other than radars, and nights on which they fail."""

import math

import numpy as np
import pytest

from mamori.sensing.model import Conditions, SensorKind, detections, ready, recognised_s, watch
from sensors import radars, signatures
from straight_paths import FLY_BY, paths, straight


def test_microphones_hear_what_flies_low_over_their_net():
    net = radars(
        1, kind=SensorKind.ACOUSTIC, max_range_m=40e3, per_m2=1.0 / 5e3**2, min_range_m=0.0, place_sigma_m=800.0,
        range_sigma_m=800.0, angle_sigma_rad=0.0,
    )  # fmt: skip
    watched = watch(net, signatures([0.1], sound_db=110.0), Conditions(noise_db=40.0))
    det = detections(FLY_BY, np.array([2]), np.array([0]), np.array([7]), net, watched, is_whole=True)
    hearing_m = watched.half_range_m[0, 0]
    assert det.range_m.max() <= 40e3
    assert det.p_detect == pytest.approx(1.0 - math.exp(-math.pi * (hearing_m**2 - 300.0**2) / 5e3**2), rel=1e-3)
    assert det.sigma_m[0] == pytest.approx(800.0)
    silent = watch(net, signatures([0.1]), Conditions())
    assert detections(FLY_BY, np.array([2]), np.array([0]), np.array([7]), net, silent).time_s.size == 0


def test_eyes_see_less_far_in_the_dark_and_nothing_above_the_clouds():
    eyes = radars(1, kind=SensorKind.OPTICAL, reference_range_m=8e3, sees_at_night=0.5, max_range_m=30e3, p_look=0.9,
                  latitude_rad=math.radians(34.28), longitude_rad=math.radians(-150.1))  # fmt: skip

    def looks(**air):
        watched = watch(eyes, signatures([0.1], visual_m2=2.0), Conditions(**air))
        return detections(FLY_BY, np.array([1]), np.array([0]), np.array([7]), eyes, watched, is_whole=True)

    day, night = looks(), looks(is_dark=True)
    assert 0 < night.time_s.size < day.time_s.size
    assert day.p_detect.max() <= 0.9
    assert looks(cloud_base_m=200.0).time_s.size == 0
    assert looks(visibility_m=2e3).range_m.max() < day.range_m.max()


def test_a_launch_is_seen_from_space_above_the_clouds_while_it_burns():
    traj = paths(straight((37.0, -150.0), (34.02, -150.0), lambda f: 4 * 90e3 * f * (1 - f), 1300.0, step_s=2.0))
    space = radars(1, kind=SensorKind.LAUNCH, p_look=0.9, interval_s=2.0, latency_s=30.0, range_sigma_m=2e3,
                   place_sigma_m=2e3, angle_sigma_rad=0.0)  # fmt: skip
    watched = watch(space, signatures([0.1]), Conditions(cloud_top_m=8e3))
    args = (np.array([0]), np.array([0]), np.array([7]), space, watched)
    det = detections(traj, *args, burn_end_s=np.array([60.0]))
    breaks_s = float(np.interp(8e3, traj.height_m[: len(traj.height_m) // 2], traj.time_s[: len(traj.height_m) // 2]))
    assert breaks_s <= det.time_s[0] <= breaks_s + 2.0
    assert det.last_look_s[0] <= 60.0 < det.last_look_s[0] + 2.0
    assert det.latency_s.tolist() == [30.0]
    assert np.all(det.p_detect == 0.9)
    assert detections(traj, *args).time_s.size == 0


def test_readiness_is_the_share_of_nights():
    sensors = radars(3, readiness=[1.0, 0.7, 0.0])
    nights = np.array([ready(sensors, 1, replica) for replica in range(2000)])
    assert nights[:, 0].all()
    assert not nights[:, 2].any()
    assert nights[:, 1].mean() == pytest.approx(0.7, abs=4.5 * math.sqrt(0.21 / 2000))


def test_the_mistaken_are_recognised_some_time_before_they_come_down():
    seen = signatures([0.1, 0.1], p_mistaken=[0.0, 0.3], recognised_s=[0.0, 200.0])
    class_i, impact_s = np.array([0, 1, 1]), np.array([1000.0, 2000.0, 3000.0])
    drawn = np.array([recognised_s(seen, class_i, np.array([1, 2, 3]), impact_s, 1, r) for r in range(2000)])
    assert np.all(drawn[:, 0] == -np.inf)
    assert set(np.unique(drawn[:, 2])) == {-np.inf, 2800.0}
    assert np.mean(drawn[:, 1:] > 0.0) == pytest.approx(0.3, abs=4.5 * math.sqrt(0.21 / 4000))


def test_false_plots_are_chance_times_cells():
    """199.5 km in cells of 150 m, 360 degrees in beams of 1.5, 30 degrees in beams of 3: 1,330 * 240 * 10 cells."""
    sensors = radars(
        2, max_range_m=200e3, resolution_m=[150.0, 0.0], beam_rad=math.radians(1.5), beam_up_rad=math.radians(3.0),
        min_elevation_rad=0.0, max_elevation_rad=math.radians(30.0),
    )  # fmt: skip
    assert sensors.false_plots == pytest.approx([1330 * 240 * 10 * 1e-6, 0.0])

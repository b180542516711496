import dataclasses
import math

import numpy as np
import pytest

from mamori.maths.earth import MEAN_RADIUS_M, ecef
from mamori.records import ThreatKind, Tracks, Trajectories
from mamori.tracking import model
from mamori.tracking.kernels import foresee, ground_velocity, line_variance
from mamori.tracking.model import TrackingRules, predictions

LAT, LON = math.radians(34.0), math.radians(-150.0)
RULES = TrackingRules(3, 5, memory_looks=20)


def northward(speed_m_s, duration_s, fall=0.0, n=50):
    """One threat flying north from (34 N, 150 W); `fall` is its downward speed over that along the ground."""
    time_s = np.linspace(0.0, duration_s, n)
    height_m = (duration_s - time_s) * speed_m_s * fall
    place = ecef(LAT + time_s * speed_m_s / MEAN_RADIUS_M, np.full(n, LON), height_m)
    velocity = np.gradient(place, time_s, axis=0)
    return Trajectories(
        first=np.array([0, n]), time_s=time_s, position_m=place, velocity_m_s=velocity, height_m=height_m,
        impact_s=time_s[-1:], status=np.zeros(1, dtype=np.int64),
    )  # fmt: skip


def tracked(*pairs):
    """Tracks of threat 0, one a sensor: (sigma_m, interval_s, last_look_s)."""
    q = len(pairs)
    sigma_m, interval_s, last_s = np.array(pairs, dtype=np.float64).reshape(q, 3).T.copy()
    return Tracks(
        threat_i=np.zeros(q, dtype=np.int64), sensor_i=np.arange(q), key=np.arange(q), time_s=np.zeros(q),
        first=np.arange(q + 1), p_confirmed=np.ones(q), last_look_s=last_s, sigma_m=sigma_m, interval_s=interval_s,
        latency_s=np.zeros(q),
    )  # fmt: skip


def predict(traj, kind, trk, confirm_s, *, alive_s=None, end_s=None, replica=0, rules=RULES):
    confirm_s = np.array([confirm_s], dtype=np.float64)
    return predictions(
        traj, np.array([kind], dtype=np.int64), np.array([77]), trk, confirm_s=confirm_s,
        alive_until_s=np.full(confirm_s.shape[1], np.inf) if alive_s is None else np.array(alive_s, dtype=np.float64),
        end_s=traj.impact_s if end_s is None else np.array([end_s]), rules=rules, seed=4, replica=replica,
    )  # fmt: skip


@pytest.mark.parametrize(("n", "ahead_s"), [(3, 200.0), (10, 60.0), (40, 0.0)])
def test_line_variance_is_that_of_simulated_least_squares(n, ahead_s):
    interval_s, sigma_m, n_draws = 5.0, 100.0, 20_000
    times = interval_s * np.arange(n)
    noise = np.random.default_rng(n).normal(0.0, sigma_m, (n, n_draws))
    slope, level = np.polyfit(times, noise, 1)
    error = level + slope * (times[-1] + ahead_s)
    assert sigma_m**2 * line_variance(n, interval_s, ahead_s) == pytest.approx(np.var(error), rel=0.05)
    assert line_variance(n, interval_s, ahead_s) == pytest.approx(line_variance.py_func(n, interval_s, ahead_s))


def test_ballistic_errors_are_drawn_from_their_covariance_and_belong_together():
    traj = northward(1000.0, 300.0, fall=1.0)
    trk = tracked((200.0, 4.0, 1e4))
    n = 4000
    drawn = [predict(traj, ThreatKind.BALLISTIC, trk, [100.0], replica=r) for r in range(n)]
    sigma = drawn[0].sigma_cross_m[0]
    impact_lat = LAT + 300.0 * 1000.0 / MEAN_RADIUS_M
    cross = np.array([(p.longitude_rad[0] - LON) * MEAN_RADIUS_M * math.cos(impact_lat) for p in drawn])
    along = np.array([(p.latitude_rad[0] - impact_lat) * MEAN_RADIUS_M for p in drawn])
    assert np.std(cross, axis=0) == pytest.approx(sigma, rel=0.05)
    assert np.std(along, axis=0) == pytest.approx(drawn[0].sigma_along_m[0], rel=0.05)
    assert np.abs(np.mean(cross, axis=0) / sigma).max() < 4.0 / math.sqrt(n)
    # Falling at 45 degrees, an error upwards is an error along: sqrt(1 + 1).
    assert drawn[0].sigma_along_m[0] / sigma == pytest.approx(np.full(12, math.sqrt(2.0)), rel=0.03)
    # Least squares from growing data: the covariance of two estimates is the variance of the later one.
    correlation = np.corrcoef(cross[:, 3], cross[:, 8])[0, 1]
    assert correlation == pytest.approx(sigma[8] / sigma[3], abs=0.05)


def test_ballistic_sigma_by_hand_and_two_sensors_add_their_information():
    traj = northward(1000.0, 300.0, fall=1.0)
    one = predict(traj, ThreatKind.BALLISTIC, tracked((200.0, 4.0, 1e4)), [100.0])
    # At the confirmation: 3 looks, 4 s apart, 200 s to go: 1/3 + (204)^2 / (16 * 2).
    assert one.sigma_cross_m[0, 0] == pytest.approx(200.0 * math.sqrt(1.0 / 3.0 + 204.0**2 / 32.0))
    assert np.all(np.diff(one.sigma_cross_m[0]) <= 0.0)
    two = predict(traj, ThreatKind.BALLISTIC, tracked((200.0, 4.0, 1e4), (200.0, 4.0, 1e4)), [100.0, 100.0])
    assert two.sigma_cross_m[0] == pytest.approx(one.sigma_cross_m[0] / math.sqrt(2.0))
    assert two.time_s[0] == pytest.approx(100.0 + 200.0 * (np.arange(12) / 12.0) ** 2)
    assert two.until_s[0] == pytest.approx([*two.time_s[0, 1:], 300.0])


def test_a_ballistic_prediction_stays_as_it_is_once_its_sensors_are_lost():
    traj = northward(1000.0, 300.0, fall=1.0)
    pred = predict(traj, ThreatKind.BALLISTIC, tracked((200.0, 4.0, 1e4)), [100.0], alive_s=[150.0])
    after = pred.time_s[0] > 150.0
    assert np.ptp(pred.sigma_cross_m[0, after]) == pytest.approx(0.0, abs=1e-6)
    assert np.ptp(pred.latitude_rad[0, after]) == pytest.approx(0.0, abs=1e-12)


def test_an_air_breather_has_place_course_and_speed_with_their_errors():
    traj = northward(50.0, 6000.0)
    trk = tracked((100.0, 10.0, 1e5))
    n = 1500
    drawn = [predict(traj, ThreatKind.DRONE, trk, [1000.0], replica=r) for r in range(n)]
    first = drawn[0]
    # 3 looks, 10 s apart: sigma_v = 100 * sqrt(12 / (100 * 3 * 8)) = 7.07 m/s; later 20 looks: sqrt(12 / (100 * 7980)).
    assert first.sigma_bearing_rad[0, 0] == pytest.approx(7.0711 / 50.0, rel=5e-3)
    assert first.sigma_bearing_rad[0, -1] == pytest.approx(100.0 * math.sqrt(12.0 / 798e3) / 50.0, rel=5e-3)
    bearing = np.array([p.bearing_rad[0] for p in drawn])
    assert np.std(bearing, axis=0) == pytest.approx(first.sigma_bearing_rad[0], rel=0.1)
    assert np.std([p.speed_m_s[0, -1] for p in drawn]) == pytest.approx(100.0 * math.sqrt(12.0 / 798e3), rel=0.1)
    true_lat = LAT + first.time_s[0] * 50.0 / MEAN_RADIUS_M
    north = np.array([(p.latitude_rad[0] - true_lat) * MEAN_RADIUS_M for p in drawn])
    assert np.std(north, axis=0) == pytest.approx(first.sigma_along_m[0], rel=0.1)
    assert np.abs(np.mean(north, axis=0)).max() < 15.0


def test_an_air_breather_out_of_coverage_has_no_updates():
    traj = northward(50.0, 6000.0)
    pred = predict(traj, ThreatKind.DRONE, tracked((100.0, 10.0, 2500.0)), [1000.0])
    held = np.isfinite(pred.time_s[0])
    assert held.tolist() == (1000.0 + 5000.0 * (np.arange(12) / 12.0) ** 2 <= 2510.0).tolist()
    last = np.flatnonzero(held)[-1]
    assert pred.until_s[0, last] == 2510.0
    assert pred.until_s[0, 0] == pred.time_s[0, 1]
    assert not pred.speed_m_s[0, ~held].any()


def test_sensors_that_were_lost_before_confirming_and_threats_that_ended_give_nothing():
    traj = northward(50.0, 6000.0)
    trk = tracked((100.0, 10.0, 1e5))
    assert np.isinf(predict(traj, ThreatKind.DRONE, trk, [1000.0], alive_s=[999.0]).time_s).all()
    assert np.isinf(predict(traj, ThreatKind.DRONE, trk, [1000.0], end_s=900.0).time_s).all()
    assert np.isinf(predict(traj, ThreatKind.DRONE, trk, [np.inf]).time_s).all()
    killed = predict(traj, ThreatKind.DRONE, trk, [1000.0], end_s=1500.0)
    assert np.isfinite(killed.time_s).sum() == 4
    assert killed.until_s[0, 3] == 1500.0
    whole = predict(traj, ThreatKind.DRONE, trk, [1000.0])
    assert np.array_equal(killed.bearing_rad[0, :4], whole.bearing_rad[0, :4])


def test_a_sensor_lost_before_it_confirms_does_not_start_the_track():
    traj = northward(50.0, 6000.0)
    trk = tracked((100.0, 10.0, 1e5), (100.0, 10.0, 1e5))
    pred = predict(traj, ThreatKind.DRONE, trk, [1000.0, 2000.0], alive_s=[900.0, np.inf])
    assert pred.time_s[0, 0] == 2000.0


def test_one_look_has_no_course():
    traj = northward(50.0, 6000.0)
    pred = predict(traj, ThreatKind.DRONE, tracked((100.0, 10.0, 1e5)), [1000.0], rules=TrackingRules(1, 1))
    assert np.isinf(pred.time_s[0, 0])
    assert np.isfinite(pred.time_s[0, 1:]).all()


def test_nothing_to_foresee_is_legal():
    none = np.zeros(0, dtype=np.int64)
    empty = Trajectories(
        np.zeros(1, dtype=np.int64), np.zeros(0), np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0), np.zeros(0), none
    )
    pred = predictions(
        empty, none, none, tracked(), confirm_s=np.zeros((0, 0)), alive_until_s=np.zeros(0), end_s=np.zeros(0),
        rules=RULES, seed=1, replica=0,
    )  # fmt: skip
    assert pred.time_s.shape == (0, 12)
    blind = predictions(
        northward(50.0, 600.0), np.array([2]), np.array([7]), tracked(), confirm_s=np.zeros((1, 0)),
        alive_until_s=np.zeros(0), end_s=np.array([600.0]), rules=RULES, seed=1, replica=0,
    )  # fmt: skip
    assert np.isinf(blind.time_s).all()


def test_velocity_over_the_ground_by_hand():
    place = ecef(np.array([LAT, LAT]), np.array([LON, LON + 1e-6]))
    east, north, up = ground_velocity(LAT, LON, place[1] - place[0])
    assert east == pytest.approx(
        1e-6 * math.cos(LAT) * 6378137.0 / math.sqrt(1 - 0.00669438 * math.sin(LAT) ** 2), rel=1e-5
    )
    assert (north, up) == pytest.approx((0.0, 0.0), abs=1e-5)


@pytest.mark.parametrize("kind", [ThreatKind.BALLISTIC, ThreatKind.CRUISE])
def test_compiled_and_plain_agree(monkeypatch, kind):
    traj = northward(240.0, 800.0, fall=0.5)
    trk = tracked((100.0, 5.0, 700.0), (300.0, 10.0, 500.0))
    compiled = predict(traj, kind, trk, [100.0, 210.0])
    monkeypatch.setattr(model, "foresee", foresee.py_func)
    with np.errstate(over="ignore"):
        plain = predict(traj, kind, trk, [100.0, 210.0])
    for field in dataclasses.fields(plain):
        assert getattr(compiled, field.name) == pytest.approx(getattr(plain, field.name), rel=1e-12), field.name

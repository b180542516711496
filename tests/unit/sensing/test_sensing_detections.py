import dataclasses
import math

import numpy as np
import pytest

from mamori.maths.earth import ecef
from mamori.maths.luck import Stage, pair_key, uniform
from mamori.records import ThreatKind
from mamori.sensing import model
from mamori.sensing.sightline import horizon_m
from sensors import radars, see
from straight_paths import FLY_BY, one, paths, straight


def probability(sensors, s, range_m, rcs_m2):
    """Of one look at a Swerling 1 target, one pulse: the closed form."""
    snr = sensors.reference_snr[s] * rcs_m2 * (sensors.reference_range_m[s] / range_m) ** 4
    return sensors.p_false_alarm[s] ** (1.0 / (1.0 + snr))


def brute_force(traj, t, sensors, s, *, threat_key, rcs_m2):
    """Every look of one sensor at one threat that the envelope allows: times, probabilities, ranges."""
    rows = slice(traj.first[t], traj.first[t + 1])
    phase = uniform(0, 0, int(Stage.SENSING), pair_key(threat_key, int(sensors.key[s])), 0)
    step = sensors.interval_s[s]
    times = (np.arange(-10, math.ceil(traj.impact_s[t] / step) + 1) + phase) * step
    times = times[(times >= traj.time_s[rows][0]) & (times < traj.impact_s[t])]
    range_m, seen = in_view(traj, t, sensors, s, times)
    p = probability(sensors, s, range_m, rcs_m2)
    seen &= p >= model.P_LEAST
    return times[seen], p[seen], range_m[seen]


def in_view(traj, t, sensors, s, times):
    """Slant ranges at times, and whether the envelope and the horizon allow a look."""
    rows = slice(traj.first[t], traj.first[t + 1])
    place = np.stack([np.interp(times, traj.time_s[rows], traj.position_m[rows, i]) for i in range(3)], axis=1)
    height = np.interp(times, traj.time_s[rows], traj.height_m[rows])
    ahead, right, up = line(sensors, s, place)
    range_m = np.sqrt(ahead**2 + right**2 + up**2)
    elevation = np.arcsin(up / range_m)
    off = np.arctan2(right, ahead)
    horizon = horizon_m(sensors.height_m[s]) + np.array([horizon_m(h) for h in height])
    seen = (range_m <= sensors.max_range_m[s]) & (range_m >= sensors.min_range_m[s]) & (range_m <= horizon)
    seen &= (elevation >= sensors.min_elevation_rad[s]) & (elevation <= sensors.max_elevation_rad[s])
    return range_m, seen & (np.abs(off) <= 0.5 * sensors.sector_rad[s])


def line(sensors, s, place):
    """Places (n, 3) along a sensor's boresight, to its right and above it."""
    lat, lon, bearing = sensors.latitude_rad[s], sensors.longitude_rad[s], sensors.boresight_rad[s]
    way = place - ecef(lat, lon, sensors.height_m[s])
    east = way @ [-math.sin(lon), math.cos(lon), 0.0]
    north = way @ [-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)]
    up = way @ [math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)]
    ahead = north * math.cos(bearing) + east * math.sin(bearing)
    return ahead, east * math.cos(bearing) - north * math.sin(bearing), up


RAID = paths(
    straight((34.0, -146.0), (34.05, -150.05), 60.0, 240.0),
    straight((32.0, -151.0), (36.0, -149.0), 300.0, 50.0, start_s=333.0, step_s=60.0),  # flies over and away
    straight((37.0, -150.0), (34.02, -150.0), lambda f: 4 * 90e3 * f * (1 - f), 1300.0, step_s=2.0),
    straight((34.4, -149.6), (34.02, -149.98), 0.0, 18.0, step_s=100.0),
    straight((33.0, -150.0), (33.0, -130.0), 100.0, 240.0),  # flies away
)
KIND = np.array([1, 2, 0, 3, 1], dtype=np.int64)
RCS_M2 = np.array([0.1, 0.05, 0.2, 1.0, 0.1])
KEY = np.array([11, 12, 13, 14, 15], dtype=np.int64)
SENSORS = radars(
    4,
    interval_s=[5.0, 10.0, 2.0, 7.0],
    sector_rad=np.radians([360.0, 360.0, 120.0, 300.0]),
    boresight_rad=np.radians([0.0, 0.0, 45.0, 200.0]),
    min_elevation_rad=np.radians([-5.0, 0.2, -2.0, -5.0]),
    max_elevation_rad=np.radians([80.0, 60.0, 60.0, 20.0]),
    reference_range_m=[70e3, 200e3, 90e3, 45e3],
    min_range_m=[0.0, 2e3, 500.0, 500.0],
    height_m=[30.0, 300.0, 10.0, 100.0],
)


def test_looks_are_those_of_brute_force_until_the_track_is_sure():
    det = see(RAID, KIND, RCS_M2, KEY, SENSORS, m=3, n=5)
    pair = {(t, s): q for q, (t, s) in enumerate(zip(det.threat_i, det.sensor_i, strict=True))}
    n_cut = 0
    for t in range(5):
        for s in range(4):
            times, p, range_m = brute_force(RAID, t, SENSORS, s, threat_key=int(KEY[t]), rcs_m2=RCS_M2[t])
            assert ((t, s) in pair) == (times.size >= 3)
            if (t, s) not in pair:
                continue
            q = pair[t, s]
            rows = slice(det.first[q], det.first[q + 1])
            n = rows.stop - rows.start
            assert det.time_s[rows] == pytest.approx(times[:n], abs=1e-6)
            assert det.p_detect[rows] == pytest.approx(p[:n], abs=1e-5)
            assert det.range_m[rows] == pytest.approx(range_m[:n], abs=1e-3)
            assert det.last_look_s[q] == pytest.approx(times[-1], abs=1e-6)
            assert det.interval_s[q] == SENSORS.interval_s[s]
            rms = math.sqrt(np.mean(range_m[:n] ** 2))
            assert det.sigma_m[q] == pytest.approx(math.sqrt((30.0**2 + 2 * (0.003 * rms) ** 2) / 3), rel=1e-9)
            if n < times.size:
                n_cut += 1
                assert np.prod(1.0 - p[:n]) < 1e-4
    assert n_cut >= 3
    assert len(pair) >= 7


def test_pairs_are_sorted_by_threat_then_sensor():
    det = see(RAID, KIND, RCS_M2, KEY, SENSORS)
    assert np.all(np.diff(det.threat_i * 10 + det.sensor_i) > 0)
    assert det.first[-1] == det.time_s.size


def test_a_sensor_looks_only_for_its_kinds():
    sees = SENSORS.sees.copy()
    sees[:, ThreatKind.DRONE] = False
    det = see(RAID, KIND, RCS_M2, KEY, dataclasses.replace(SENSORS, sees=sees))
    assert 1 not in det.threat_i
    assert 0 in det.threat_i


def test_a_boat_is_seen_to_the_horizon_of_the_antenna_and_no_farther():
    sensors = radars(1, reference_range_m=1e6, height_m=50.0)
    det = see(paths(straight((34.0, -148.0), (34.0, -149.99), 0.0, 18.0, step_s=60.0)), *one(ThreatKind.BOAT), sensors)
    assert det.range_m[0] == pytest.approx(horizon_m(50.0), abs=18.0 * 5.0 + 1.0)
    assert det.range_m[0] <= horizon_m(50.0)


def test_a_rising_threat_is_seen_from_where_its_height_clears_the_horizon():
    traj = paths(straight((40.0, -150.0), (34.02, -150.0), lambda f: 4 * 150e3 * f * (1 - f), 1500.0, step_s=2.0))
    sensors = radars(1, reference_range_m=1e7, max_range_m=1e7, height_m=30.0, interval_s=1.0)
    det = see(traj, *one(ThreatKind.BALLISTIC), sensors)
    height_m, before_m = (np.interp(det.time_s[0] - back_s, traj.time_s, traj.height_m) for back_s in (0.0, 1.0))
    assert 5e3 < height_m < 140e3
    assert det.range_m[0] <= horizon_m(30.0) + horizon_m(height_m)
    assert det.range_m[0] + 1500.0 > horizon_m(30.0) + horizon_m(before_m)  # a look sooner it was still below
    times, _, _ = brute_force(traj, 0, sensors, 0, threat_key=7, rcs_m2=0.1)
    assert det.time_s[0] == pytest.approx(times[0], abs=1e-6)


def test_a_pair_with_fewer_than_m_looks_is_left_out():
    traj = paths(straight((34.1, -150.2), (34.1, -149.8), 300.0, 50.0))
    sensors = radars(1, interval_s=200.0)
    times, _, _ = brute_force(traj, 0, sensors, 0, threat_key=7, rcs_m2=0.1)
    n = times.size
    assert 2 <= n <= 7
    assert see(traj, *one(ThreatKind.DRONE), sensors, m=n, n=8).time_s.size == n
    assert see(traj, *one(ThreatKind.DRONE), sensors, m=n + 1, n=8).time_s.size == 0


def test_room_for_looks_grows_as_needed(monkeypatch):
    """A weak radar never is sure, so that it keeps all its looks: more than the first room of 200 a pair."""
    sensors = radars(1, interval_s=1.0, p_false_alarm=0.02, reference_range_m=500.0)
    traj = paths(straight((34.1, -150.2), (34.1, -149.8), 300.0, 10.0))
    det = see(traj, *one(ThreatKind.DRONE), sensors, m=5, n=5)
    times, _, _ = brute_force(traj, 0, sensors, 0, threat_key=7, rcs_m2=0.1)
    assert det.time_s.size > 200
    assert det.time_s == pytest.approx(times[: det.time_s.size], abs=1e-6)
    assert det.last_look_s[0] == pytest.approx(times[-1])


def test_no_threats_and_no_sensors_are_legal():
    none = np.zeros(0, dtype=np.int64)
    assert see(paths(), none, np.zeros(0), none, SENSORS).first.tolist() == [0]
    assert see(RAID, KIND, RCS_M2, KEY, radars(0)).time_s.size == 0
    assert see(paths(), none, np.zeros(0), none, radars(0)).threat_i.size == 0


def test_a_turning_antenna_looks_where_it_points():
    """Every look falls where the antenna, at its own phase and one turn an interval, points at the threat."""
    sensors = radars(1, interval_s=10.0, is_turning=True, height_m=200.0)
    det = see(FLY_BY, *one(ThreatKind.CRUISE), sensors, is_whole=True)
    assert det.time_s.size > 50
    place = np.stack([np.interp(det.time_s, FLY_BY.time_s, FLY_BY.position_m[:, i]) for i in range(3)], axis=1)
    north, east, _ = line(sensors, 0, place)
    turns = det.time_s / 10.0 - uniform(0, 0, int(Stage.SENSING), int(sensors.key[0]), 0)
    off = (turns - np.arctan2(east, north) / (2.0 * math.pi) + 0.5) % 1.0 - 0.5
    assert np.abs(off).max() < 0.02  # it moves on between the guess and the look: a few degrees when overhead
    assert np.all(np.diff(det.time_s) > 5.0)
    assert np.median(np.diff(det.time_s)) == pytest.approx(10.0, abs=0.1)


def test_no_look_falls_into_an_outage():
    kind = one(ThreatKind.CRUISE)
    whole = see(FLY_BY, *kind, radars(1, height_m=200.0), is_whole=True)
    middle = float(np.median(whole.time_s))
    off = [(0, -100.0, 10.0), (0, middle - 60.0, middle + 60.0)]
    cut = see(FLY_BY, *kind, radars(1, height_m=200.0, off=off), is_whole=True)
    is_on = np.abs(whole.time_s - middle) > 60.0
    assert (~is_on).sum() > 0
    assert cut.time_s == pytest.approx(whole.time_s[is_on & (whole.time_s >= 10.0)])
    never = [(0, -1e6, 1e6)]
    assert see(FLY_BY, *kind, radars(1, height_m=200.0, off=never)).time_s.size == 0


def test_slow_changes_of_range_are_filtered_out_with_the_ground():
    """It flies past: where it neither nears nor recedes fast enough there are no looks."""
    kind = one(ThreatKind.CRUISE)
    all_looks = see(FLY_BY, *kind, radars(1, height_m=200.0), is_whole=True)
    kept = see(FLY_BY, *kind, radars(1, height_m=200.0, least_radial_m_s=100.0), is_whole=True)
    speed = np.abs(np.gradient(all_looks.range_m, all_looks.time_s))
    clear = np.abs(speed - 100.0) > 5.0
    assert np.array_equal(np.isin(all_looks.time_s, kept.time_s)[clear], (speed > 100.0)[clear])
    assert kept.time_s.size < all_looks.time_s.size


def test_clutter_hides_what_flies_low_and_not_what_flies_high():
    """Echo of the ground as by hand: signal over noise and clutter in beam times cell."""
    beam = {"resolution_m": 75.0, "beam_rad": 0.03, "beam_up_rad": 0.1, "height_m": 200.0}
    kind = one(ThreatKind.CRUISE)
    free = see(FLY_BY, *kind, radars(1, **beam), is_whole=True)
    lost = see(FLY_BY, *kind, radars(1, clutter=1e-7, **beam), is_whole=True)
    at = np.searchsorted(free.time_s, lost.time_s[(lost.range_m > 25e3) & (lost.range_m < 40e3)][0])
    range_m = free.range_m[at]
    echo = 20.0 * (70e3 / range_m) ** 4
    snr = echo * 0.1 / (1.0 + echo * 1e-7 * range_m * 0.03 * 75.0)
    p = lost.p_detect[lost.time_s == free.time_s[at]][0]
    assert p == pytest.approx(1e-6 ** (1.0 / (1.0 + snr)), abs=1e-4)
    assert 0.01 < p < free.p_detect[at] - 0.05
    high = paths(straight((34.0, -151.5), (34.6, -148.5), 12e3, 240.0, step_s=5.0))
    free, same = (see(high, *kind, radars(1, clutter=c, **beam), is_whole=True) for c in (0.0, 1e-7))
    far = same.range_m < 12e3 / 0.1  # beyond, the beam touches the ground below it
    near = np.isin(free.time_s, same.time_s[far])
    assert free.p_detect[near] == pytest.approx(same.p_detect[far])


def test_errors_of_a_look_follow_the_signal():
    sensors = radars(1, resolution_m=150.0, beam_rad=0.02, n_pulses=4, height_m=200.0)
    det = see(FLY_BY, *one(ThreatKind.CRUISE), sensors, is_whole=True)
    snr = 4.0 * 20.0 * 0.1 * (70e3 / det.range_m) ** 4
    assert det.sigma_range_m == pytest.approx(np.sqrt(30.0**2 + 150.0**2 / (2.0 * snr)), rel=1e-6)
    assert det.sigma_angle_rad == pytest.approx(np.sqrt(0.003**2 + (0.02 / 1.6) ** 2 / (2.0 * snr)), rel=1e-6)
    spread = np.mean((det.sigma_range_m**2 + 2.0 * (det.range_m * det.sigma_angle_rad) ** 2) / 3.0)
    assert det.sigma_m[0] == pytest.approx(math.sqrt(spread), rel=1e-6)

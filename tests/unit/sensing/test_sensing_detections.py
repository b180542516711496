import dataclasses
import math

import numpy as np
import pytest

from mamori.maths.earth import ecef
from mamori.maths.luck import Stage, pair_key, uniform
from mamori.records import ThreatKind, Trajectories
from mamori.sensing import model, radar
from mamori.sensing.kernels import fill_looks
from mamori.sensing.model import SensorTable, detections

LAT, LON = math.radians(34.0), math.radians(-150.0)


def straight(start_deg, end_deg, height_m, speed_m_s, *, start_s=0.0, step_s=20.0):
    """Rows of a path between two (latitude, longitude), its height a number or a function of the share flown."""
    a, b = np.radians(start_deg), np.radians(end_deg)
    length_m = 6371e3 * math.hypot(b[0] - a[0], (b[1] - a[1]) * math.cos(a[0]))
    share = np.linspace(0.0, 1.0, max(2, round(length_m / speed_m_s / step_s)))
    height = np.array([height_m(f) for f in share]) if callable(height_m) else np.full(share.size, float(height_m))
    place = ecef(a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]), height)
    time_s = start_s + share * length_m / speed_m_s
    return time_s, place, np.gradient(place, time_s, axis=0), height


def paths(*rows):
    return Trajectories(
        first=np.cumsum([0, *[len(r[0]) for r in rows]]).astype(np.int64),
        time_s=np.concatenate([r[0] for r in rows]) if rows else np.zeros(0),
        position_m=np.concatenate([r[1] for r in rows]) if rows else np.zeros((0, 3)),
        velocity_m_s=np.concatenate([r[2] for r in rows]) if rows else np.zeros((0, 3)),
        height_m=np.concatenate([r[3] for r in rows]) if rows else np.zeros(0),
        impact_s=np.array([r[0][-1] for r in rows], dtype=np.float64),
        status=np.zeros(len(rows), dtype=np.int64),
    )


def radars(n, **fields):
    """n sensors 0.3 degrees apart around (34 N, 150 W); fields replace the columns."""
    base = {
        "latitude_rad": LAT + 0.005 * np.arange(n), "longitude_rad": LON + 0.005 * np.arange(n), "height_m": 30.0,
        "reference_range_m": 70e3, "reference_snr": 20.0, "p_false_alarm": 1e-6, "interval_s": 5.0,
        "min_range_m": 500.0, "max_range_m": 300e3, "min_elevation_rad": -0.1, "max_elevation_rad": 1.5,
        "boresight_rad": 0.0, "sector_rad": 2.0 * math.pi, "range_sigma_m": 30.0, "angle_sigma_rad": 0.003,
    }  # fmt: skip
    columns = {k: np.broadcast_to(np.asarray(v, dtype=np.float64), (n,)).copy() for k, v in (base | fields).items()}
    return SensorTable(
        id=tuple(f"s{i}" for i in range(n)),
        key=np.arange(1000, 1000 + n, dtype=np.int64),
        sees=np.ones((n, len(ThreatKind)), dtype=np.bool_),
        **columns,
    )


def brute_force(traj, t, sensors, s, *, threat_key, rcs_m2):
    """Every look of one sensor at one threat that the envelope allows: times, probabilities, ranges."""
    rows = slice(traj.first[t], traj.first[t + 1])
    phase = uniform(0, 0, int(Stage.SENSING), pair_key(threat_key, int(sensors.key[s])), 0)
    step = sensors.interval_s[s]
    times = (np.arange(-10, math.ceil(traj.impact_s[t] / step) + 1) + phase) * step
    times = times[(times >= traj.time_s[rows][0]) & (times < traj.impact_s[t])]
    place = np.stack([np.interp(times, traj.time_s[rows], traj.position_m[rows, i]) for i in range(3)], axis=1)
    height = np.interp(times, traj.time_s[rows], traj.height_m[rows])
    lat, lon = sensors.latitude_rad[s], sensors.longitude_rad[s]
    line = place - ecef(lat, lon, sensors.height_m[s])
    range_m = np.linalg.norm(line, axis=1)
    east = line @ [-math.sin(lon), math.cos(lon), 0.0]
    north = line @ [-math.sin(lat) * math.cos(lon), -math.sin(lat) * math.sin(lon), math.cos(lat)]
    up = line @ [math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)]
    elevation = np.arcsin(up / range_m)
    off = (np.arctan2(east, north) - sensors.boresight_rad[s] + math.pi) % (2.0 * math.pi) - math.pi
    horizon = radar.horizon_m(sensors.height_m[s]) + np.array([radar.horizon_m(h) for h in height])
    p = np.array([
        radar.detection_probability(
            radar.signal_to_noise(r, rcs_m2, sensors.reference_range_m[s], sensors.reference_snr[s]),
            sensors.p_false_alarm[s],
        )
        for r in range_m
    ])  # fmt: skip
    seen = (range_m <= sensors.max_range_m[s]) & (range_m >= sensors.min_range_m[s]) & (range_m <= horizon)
    seen &= (elevation >= sensors.min_elevation_rad[s]) & (elevation <= sensors.max_elevation_rad[s])
    seen &= (np.abs(off) <= 0.5 * sensors.sector_rad[s]) & (p >= model.P_LEAST)
    return times[seen], p[seen], range_m[seen]


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
    det = detections(RAID, KIND, RCS_M2, KEY, SENSORS, m=3, n=5)
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
            assert det.p_detect[rows] == pytest.approx(p[:n], rel=1e-9)
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
    det = detections(RAID, KIND, RCS_M2, KEY, SENSORS)
    assert np.all(np.diff(det.threat_i * 10 + det.sensor_i) > 0)
    assert det.first[-1] == det.time_s.size


def test_a_sensor_looks_only_for_its_kinds():
    sees = SENSORS.sees.copy()
    sees[:, ThreatKind.DRONE] = False
    det = detections(RAID, KIND, RCS_M2, KEY, dataclasses.replace(SENSORS, sees=sees))
    assert 1 not in det.threat_i
    assert 0 in det.threat_i


def test_a_boat_is_seen_to_the_horizon_of_the_antenna_and_no_farther():
    sensors = radars(1, reference_range_m=1e6, height_m=50.0)
    det = detections(
        paths(straight((34.0, -148.0), (34.0, -149.99), 0.0, 18.0, step_s=60.0)), *_one(ThreatKind.BOAT), sensors
    )
    assert det.range_m[0] == pytest.approx(radar.horizon_m(50.0), abs=18.0 * 5.0 + 1.0)
    assert det.range_m[0] <= radar.horizon_m(50.0)


def test_a_rising_threat_is_seen_from_where_its_height_clears_the_horizon():
    traj = paths(straight((40.0, -150.0), (34.02, -150.0), lambda f: 4 * 150e3 * f * (1 - f), 1500.0, step_s=2.0))
    sensors = radars(1, reference_range_m=1e7, max_range_m=1e7, height_m=30.0, interval_s=1.0)
    det = detections(traj, *_one(ThreatKind.BALLISTIC), sensors)
    height_m = np.interp(det.time_s[0], traj.time_s, traj.height_m)
    assert 5e3 < height_m < 140e3
    assert det.range_m[0] == pytest.approx(radar.horizon_m(30.0) + radar.horizon_m(height_m), abs=15e3)
    times, _, _ = brute_force(traj, 0, sensors, 0, threat_key=7, rcs_m2=0.1)
    assert det.time_s[0] == pytest.approx(times[0], abs=1e-6)


def test_a_pair_with_fewer_than_m_looks_is_left_out():
    traj = paths(straight((34.1, -150.2), (34.1, -149.8), 300.0, 50.0))
    sensors = radars(1, interval_s=200.0)
    times, _, _ = brute_force(traj, 0, sensors, 0, threat_key=7, rcs_m2=0.1)
    n = times.size
    assert 2 <= n <= 7
    assert detections(traj, *_one(ThreatKind.DRONE), sensors, m=n, n=8).time_s.size == n
    assert detections(traj, *_one(ThreatKind.DRONE), sensors, m=n + 1, n=8).time_s.size == 0


def test_room_for_looks_grows_as_needed(monkeypatch):
    """A weak radar never is sure, so that it keeps all its looks: more than the first room of 200 a pair."""
    sensors = radars(1, interval_s=1.0, p_false_alarm=0.02, reference_range_m=500.0)
    traj = paths(straight((34.1, -150.2), (34.1, -149.8), 300.0, 10.0))
    det = detections(traj, *_one(ThreatKind.DRONE), sensors, m=5, n=5)
    times, _, _ = brute_force(traj, 0, sensors, 0, threat_key=7, rcs_m2=0.1)
    assert det.time_s.size > 200
    assert det.time_s == pytest.approx(times[: det.time_s.size], abs=1e-6)
    assert det.last_look_s[0] == pytest.approx(times[-1])


def test_no_threats_and_no_sensors_are_legal():
    none = np.zeros(0, dtype=np.int64)
    assert detections(paths(), none, np.zeros(0), none, SENSORS).first.tolist() == [0]
    assert detections(RAID, KIND, RCS_M2, KEY, radars(0)).time_s.size == 0
    assert detections(paths(), none, np.zeros(0), none, radars(0)).threat_i.size == 0


def test_compiled_and_plain_agree(monkeypatch):
    traj = paths(straight((34.0, -149.5), (34.05, -150.05), 60.0, 240.0))
    compiled = detections(traj, *_one(ThreatKind.CRUISE), SENSORS)
    monkeypatch.setattr(model, "fill_looks", fill_looks.py_func)
    with np.errstate(over="ignore"):
        plain = detections(traj, *_one(ThreatKind.CRUISE), SENSORS)
    assert compiled.time_s.size > 5
    for field in dataclasses.fields(compiled):
        assert getattr(compiled, field.name) == pytest.approx(getattr(plain, field.name), rel=1e-12), field.name


def _one(kind):
    return np.array([kind], dtype=np.int64), np.array([0.1]), np.array([7], dtype=np.int64)

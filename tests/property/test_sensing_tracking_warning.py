"""What must hold of detections, tracks and alarms whatever the numbers."""

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mamori.maths.earth import ecef
from mamori.records import Detections, Predictions, Trajectories
from mamori.tracking.model import TrackingRules, confirm, tracks
from mamori.warning.kernels import merge
from mamori.warning.model import WarningRules, warnings
from mamori.world.districts import DistrictTable
from sensors import see, sensor_rows

SOME = settings(max_examples=30, deadline=None)
CHANCES = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12)
RULES = st.integers(1, 6).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n)))


def confirmed(p, rules):
    n = len(p)
    zero = np.zeros(1, dtype=np.int64)
    det = Detections(
        threat_i=zero, sensor_i=zero, key=zero, first=np.array([0, n]), time_s=np.arange(n) * 5.0, p_detect=np.array(p),
        range_m=np.ones(n), sigma_range_m=np.ones(n), sigma_angle_rad=np.ones(n), last_look_s=np.ones(1),
        sigma_m=np.ones(1), interval_s=np.full(1, 5.0), latency_s=np.zeros(1),
    )  # fmt: skip
    return tracks(det, TrackingRules(*rules)).p_confirmed


@SOME
@given(CHANCES, RULES)
def test_more_looks_never_lower_the_chance_of_a_track(p, rules):
    chance = confirmed(p, rules)
    assert np.all(np.diff(chance) >= 0.0)
    assert np.all((chance >= 0.0) & (chance <= 1.0))
    assert np.all(chance[: rules[0] - 1] == 0.0)


@SOME
@given(CHANCES, RULES, st.data())
def test_a_better_look_never_lowers_the_chance_of_a_track(p, rules, data):
    better = list(p)
    i = data.draw(st.integers(0, len(p) - 1))
    better[i] = data.draw(st.floats(p[i], 1.0))
    assert np.all(confirmed(better, rules) >= confirmed(p, rules) - 1e-12)


def raid(n):
    """n threats that fly to one place from around it, drones and cruise missiles in turn."""
    share = np.linspace(0.0, 1.0, 40)
    turn = np.linspace(0.0, 6.0, n, endpoint=False) if n else np.zeros(0)
    place = [
        ecef(0.6 + 0.03 * np.cos(a) * (1 - share), -2.6 + 0.03 * np.sin(a) * (1 - share), np.full(40, 150.0))
        for a in turn
    ]
    time_s = np.tile(share * 3000.0, n)
    return Trajectories(
        first=40 * np.arange(n + 1), time_s=time_s, position_m=np.concatenate([np.zeros((0, 3)), *place]),
        velocity_m_s=np.zeros((40 * n, 3)), height_m=np.full(40 * n, 150.0), impact_s=np.full(n, 3000.0),
        status=np.zeros(n, dtype=np.int64),
    )  # fmt: skip


def sensors(order):
    """Four different radars, in an order."""
    order = np.array(order, dtype=np.int64)

    def column(*values):
        return np.array(values, dtype=np.float64)[order]

    return sensor_rows(
        *(f"s{i}" for i in order), latitude_rad=column(0.6, 0.601, 0.605, 0.595),
        longitude_rad=column(-2.6, -2.605, -2.595, -2.6), height_m=column(20.0, 50.0, 100.0, 300.0),
        reference_range_m=column(4e4, 6e4, 9e4, 2e4), reference_snr=column(20.0, 20.0, 10.0, 20.0),
        p_false_alarm=column(1e-6, 1e-5, 1e-6, 1e-4), interval_s=column(5.0, 10.0, 4.0, 2.5),
        is_turning=column(0, 1, 0, 1).astype(np.bool_), min_range_m=column(0.0, 500.0, 0.0, 0.0),
        max_range_m=column(1e5, 2e5, 8e4, 5e4), max_elevation_rad=column(1.0, 0.5, 1.5, 1.0),
        boresight_rad=column(0.0, 1.0, 2.0, 0.0), sector_rad=column(7.0, 2.0, 3.0, 7.0),
        range_sigma_m=column(30.0, 40.0, 20.0, 60.0), angle_sigma_rad=column(1e-3, 2e-3, 3e-3, 1e-3),
    )  # fmt: skip


def drawn(order, n_threats=5):
    kind = np.tile([1, 2], n_threats)[:n_threats].astype(np.int64)
    det = see(raid(n_threats), kind, np.full(n_threats, 0.1), np.arange(n_threats), sensors(order))
    trk = tracks(det, TrackingRules(3, 5))
    return confirm(trk, n_threats=n_threats, n_sensors=len(order), seed=3, replica=8)


@SOME
@given(st.permutations(range(4)), st.integers(0, 4))
def test_the_order_and_the_number_of_sensors_change_nobody_elses_luck(order, n):
    everyone = drawn([0, 1, 2, 3])
    assert np.isfinite(everyone).any()
    assert np.array_equal(drawn(order[:n]), everyone[:, order[:n]])


@SOME
@given(st.integers(0, 5))
def test_threats_that_are_left_out_change_nobody_elses_luck(n):
    kind = np.array([1, 2, 1, 2, 1], dtype=np.int64)
    traj = raid(5)
    fewer = Trajectories(
        first=traj.first[: n + 1], time_s=traj.time_s[: 40 * n], position_m=traj.position_m[: 40 * n].copy(),
        velocity_m_s=traj.velocity_m_s[: 40 * n].copy(), height_m=traj.height_m[: 40 * n], impact_s=traj.impact_s[:n],
        status=traj.status[:n],
    )  # fmt: skip
    det = see(fewer, kind[:n], np.full(n, 0.1), np.arange(n), sensors([0, 1, 2, 3]))
    part = confirm(tracks(det, TrackingRules(3, 5)), n_threats=n, n_sensors=4, seed=3, replica=8)
    assert np.array_equal(part, drawn([0, 1, 2, 3])[:n])


@SOME
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 15)), max_size=25))
def test_merged_intervals_are_the_union_sorted_and_apart(intervals):
    starts, ends = np.zeros(30), np.zeros(30)
    n = 0
    for start, length in intervals:
        n = merge(float(start), float(start + length), starts, ends, n)
    assert np.all(ends[:n] >= starts[:n])
    assert np.all(starts[1:n] > ends[:n][:-1])
    for x in np.arange(0.0, 80.0, 0.5):
        inside = any(a <= x <= a + length for a, length in intervals)
        assert bool(np.any((starts[:n] <= x) & (x <= ends[:n]))) == inside


@SOME
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 0.9), st.floats(0.01, 0.9))
def test_alarms_of_a_district_are_apart_and_a_lower_threshold_never_warns_less(seed, p, q):
    rng = np.random.default_rng(seed)
    t, u, d = 6, 3, 5
    time_s = np.sort(rng.uniform(0.0, 900.0, (t, u)), axis=1)
    end_s = time_s[:, -1] + rng.uniform(0.0, 300.0, t)
    pred = Predictions(
        time_s=time_s, until_s=np.column_stack([time_s[:, 1:], end_s]), latitude_rad=rng.normal(0.0, 0.003, (t, u)),
        longitude_rad=rng.normal(0.0, 0.003, (t, u)), sigma_along_m=rng.uniform(1.0, 2e4, (t, u)),
        sigma_cross_m=rng.uniform(1.0, 2e4, (t, u)), bearing_rad=rng.uniform(-3.0, 3.0, (t, u)),
        sigma_bearing_rad=rng.uniform(0.0, 0.3, (t, u)), speed_m_s=rng.uniform(20.0, 300.0, (t, u)),
    )  # fmt: skip
    kind = rng.integers(0, 4, t)
    table = DistrictTable(
        tuple("abcde"), np.arange(d), rng.normal(0.0, 0.003, d), rng.normal(0.0, 0.003, d), rng.uniform(1e3, 9e3, d),
        np.ones(d),
    )  # fmt: skip
    rules = WarningRules(max(p, q), max(p, q), 300.0, 0.2, 15.0, 60.0, 0.8, 60.0, 0.5, 0.1)
    strict = warnings(pred, kind, end_s, table, rules)
    timid = warnings(
        pred, kind, end_s, table, dataclasses.replace(rules, p_ballistic=min(p, q), p_air_breathing=min(p, q))
    )
    for out in (strict, timid):
        same = np.diff(out.district_i) == 0
        assert np.all(np.diff(out.district_i) >= 0)
        assert np.all(out.start_s[1:][same] > out.end_s[:-1][same])
        assert np.all(out.end_s >= out.start_s)
    for i, start, end in zip(strict.district_i, strict.start_s, strict.end_s, strict=True):
        holds = (timid.district_i == i) & (timid.start_s <= start) & (timid.end_s >= end)
        assert holds.any()

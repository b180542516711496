import dataclasses
import itertools

import numpy as np
import pytest

from mamori.errors import ScenarioError
from mamori.records import Detections, ThreatKind, Tracks
from mamori.tracking import model
from mamori.tracking.kernels import confirm_chain, draw_confirm, take_turns
from mamori.tracking.model import TrackingRules, confirm, kept_until, tracks

INTERVAL_S = 5.0


def looks(*pairs, times=None):
    """Detections of threat i by sensor 0, one for each list of probabilities."""
    first = np.cumsum([0, *[len(p) for p in pairs]]).astype(np.int64)
    p = np.concatenate([np.asarray(p, dtype=np.float64) for p in pairs]) if pairs else np.zeros(0)
    when = np.concatenate([INTERVAL_S * np.arange(len(p)) for p in pairs]) if pairs else np.zeros(0)
    q = len(pairs)
    return Detections(
        threat_i=np.arange(q), sensor_i=np.zeros(q, dtype=np.int64), key=np.arange(100, 100 + q), first=first,
        time_s=when if times is None else np.asarray(times, dtype=np.float64), p_detect=p, range_m=np.ones(p.size),
        sigma_range_m=np.ones(p.size), sigma_angle_rad=np.ones(p.size), last_look_s=np.full(q, 1e3), sigma_m=np.ones(q),
        interval_s=np.full(q, INTERVAL_S), latency_s=np.zeros(q),
    )  # fmt: skip


def enumerated(p, m, n):
    """Chance of confirmation at or before each look, by going through every pattern of hits and misses."""
    total = np.zeros(len(p))
    for pattern in itertools.product((0, 1), repeat=len(p)):
        chance = np.prod(np.where(pattern, p, 1.0 - np.asarray(p)))
        done = [sum(pattern[max(0, r - n + 1) : r + 1]) >= m for r in range(len(p))]
        total += chance * np.maximum.accumulate(done)
    return total


@pytest.mark.parametrize(("m", "n"), [(1, 1), (1, 3), (2, 2), (2, 3), (3, 5), (5, 5), (4, 8), (8, 8)])
def test_m_of_n_agrees_with_every_pattern_gone_through(m, n):
    p = np.random.default_rng(m * 10 + n).uniform(0.0, 1.0, 10)
    trk = tracks(looks(p), TrackingRules(m, n))
    assert trk.p_confirmed == pytest.approx(enumerated(p, m, n), abs=1e-12)


def test_looks_that_were_skipped_are_misses():
    p = np.array([0.8, 0.7, 0.0, 0.0, 0.6, 0.0, 0.9, 0.5])
    seen = p > 0.0
    times = 1234.5 + INTERVAL_S * np.flatnonzero(seen)
    trk = tracks(looks(p[seen], times=times), TrackingRules(2, 3))
    assert trk.p_confirmed == pytest.approx(enumerated(p, 2, 3)[seen], abs=1e-12)
    far = tracks(looks([0.8, 0.7], times=[0.0, 1e6]), TrackingRules(2, 3))
    assert far.p_confirmed.tolist() == [0.0, 0.0]


def test_m_of_n_agrees_with_simulation():
    p = np.linspace(0.1, 0.7, 25)
    hits = np.random.default_rng(3).uniform(size=(40_000, p.size)) < p
    window = np.cumsum(np.pad(hits, ((0, 0), (5, 0))), axis=1)
    done = np.maximum.accumulate((window[:, 5:] - window[:, :-5]) >= 3, axis=1).mean(axis=0)
    assert tracks(looks(p), TrackingRules(3, 5)).p_confirmed == pytest.approx(done, abs=0.011)


def test_by_hand_two_of_two():
    trk = tracks(looks([0.5, 0.5, 0.5]), TrackingRules(2, 2))
    assert trk.p_confirmed == pytest.approx([0.0, 0.25, 0.375])


def test_drawn_times_follow_the_distribution():
    trk = tracks(looks([0.3] * 12, [0.0, 0.9, 0.9, 0.2]), TrackingRules(2, 3))
    n = 8000
    drawn = np.array([confirm(trk, n_threats=2, n_sensors=2, seed=5, replica=r)[:, 0] for r in range(n)])
    for q in range(2):
        rows = slice(trk.first[q], trk.first[q + 1])
        share = (drawn[:, q, None] <= trk.time_s[rows]).mean(axis=0)
        assert share == pytest.approx(trk.p_confirmed[rows], abs=0.02)
        assert np.isin(drawn[:, q], [*trk.time_s[rows], np.inf]).all()
    together = np.mean((drawn[:, 0] <= 20.0) & (drawn[:, 1] <= 5.0))
    apart = np.mean(drawn[:, 0] <= 20.0) * np.mean(drawn[:, 1] <= 5.0)
    assert together == pytest.approx(apart, abs=0.02)


def test_pairs_without_a_track_are_never_confirmed():
    trk = tracks(looks([1.0, 1.0, 1.0]), TrackingRules(2, 3))
    confirm_s = confirm(trk, n_threats=3, n_sensors=2, seed=1, replica=0)
    assert confirm_s[0, 0] == INTERVAL_S
    assert np.isinf(np.delete(confirm_s.ravel(), 0)).all()


def test_nothing_to_track_is_legal():
    trk = tracks(looks(), TrackingRules(3, 5))
    assert trk.p_confirmed.size == 0
    assert confirm(trk, n_threats=0, n_sensors=0, seed=1, replica=0).shape == (0, 0)
    assert np.isinf(confirm(trk, n_threats=2, n_sensors=1, seed=1, replica=0)).all()


@pytest.mark.parametrize(("m", "n"), [(0, 3), (4, 3), (3, 9)])
def test_rules_out_of_bounds_are_refused(m, n):
    with pytest.raises(ScenarioError, match=f"{m} of {n}"):
        tracks(looks([0.5]), TrackingRules(m, n))


def test_compiled_and_plain_agree(monkeypatch):
    det = looks(np.linspace(0.1, 0.9, 9), [0.4] * 5)
    compiled = tracks(det, TrackingRules(3, 5))
    drawn = [confirm(compiled, n_threats=2, n_sensors=1, seed=9, replica=r) for r in range(20)]
    monkeypatch.setattr(model, "confirm_chain", confirm_chain.py_func)
    monkeypatch.setattr(model, "draw_confirm", draw_confirm.py_func)
    plain = tracks(det, TrackingRules(3, 5))
    for field in dataclasses.fields(plain):
        assert getattr(compiled, field.name) == pytest.approx(getattr(plain, field.name), rel=1e-13), field.name
    with np.errstate(over="ignore"):
        assert np.array_equal(drawn, [confirm(plain, n_threats=2, n_sensors=1, seed=9, replica=r) for r in range(20)])


def certain(*begins, last_s, sensor_i=None, latency_s=0.0):
    """Tracks that are confirmed for sure at one look each; of threat i by sensor 0 or sensor_i."""
    q = len(begins)
    return Tracks(
        threat_i=np.arange(q), sensor_i=np.zeros(q, dtype=np.int64) if sensor_i is None else np.array(sensor_i),
        key=np.arange(q), first=np.arange(q + 1), time_s=np.array(begins, dtype=np.float64), p_confirmed=np.ones(q),
        last_look_s=np.array(last_s, dtype=np.float64), sigma_m=np.ones(q), interval_s=np.full(q, INTERVAL_S),
        latency_s=np.full(q, latency_s),
    )  # fmt: skip


def test_others_learn_of_a_track_the_latency_later():
    trk = certain(100.0, 200.0, last_s=[500.0, 600.0], latency_s=30.0)
    assert confirm(trk, n_threats=2, n_sensors=1, seed=1, replica=0)[:, 0].tolist() == [130.0, 230.0]


def test_who_is_mistaken_is_known_when_recognised_if_anybody_still_looks():
    trk = certain(100.0, 200.0, 300.0, last_s=[500.0, 600.0, 400.0])
    when = confirm(
        trk, n_threats=3, n_sensors=1, seed=1, replica=0, not_before_s=np.array([-np.inf, 550.0, 450.0])
    )  # fmt: skip
    assert when[:, 0].tolist() == [100.0, 550.0, np.inf]


def test_a_full_sensor_takes_the_next_when_another_leaves_its_sight():
    """Room for two: the third waits for the first to leave, the fourth is gone before there is room."""
    trk = certain(100.0, 110.0, 120.0, 130.0, last_s=[200.0, 400.0, 500.0, 190.0])
    when = confirm(trk, n_threats=4, n_sensors=1, seed=1, replica=0, capacity=np.array([2]))
    assert when[:, 0].tolist() == [100.0, 110.0, 200.0, np.inf]
    free = confirm(trk, n_threats=4, n_sensors=1, seed=1, replica=0, capacity=np.array([4]))
    assert free[:, 0].tolist() == [100.0, 110.0, 120.0, 130.0]
    assert take_turns.py_func(np.array([1.0, 2.0]), np.array([5.0, 9.0]), np.array([-np.inf])).tolist() == [1.0, 5.0]


def test_tracks_of_what_may_turn_are_lost_some_time_after_the_last_look():
    trk = certain(100.0, 200.0, last_s=[500.0, 600.0], sensor_i=[1, 0], latency_s=10.0)
    kind = np.array([ThreatKind.DRONE, ThreatKind.BALLISTIC])
    kept = kept_until(trk, kind, TrackingRules(3, 5, coast_s=60.0), 2)
    assert kept.tolist() == [[-np.inf, 570.0], [np.inf, -np.inf]]

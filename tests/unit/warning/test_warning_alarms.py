import dataclasses
import math

import numpy as np
import pytest

from mamori.maths.earth import MEAN_RADIUS_M
from mamori.records import Predictions, ThreatKind
from mamori.warning import model
from mamori.warning.kernels import alarm, frames_of, is_crossed, merge, p_in_disc
from mamori.warning.model import WarningRules, warnings
from mamori.world.districts import DistrictTable

RULES = WarningRules(
    p_ballistic=0.05, p_air_breathing=0.5, horizon_s=300.0, course_sigma_rad=0.05, latency_s=20.0, all_clear_s=100.0,
    shelter_share=0.8, shelter_median_s=60.0, shelter_log_sigma=0.5, shelter_exposure=0.1,
)  # fmt: skip


def districts(*places):
    """Districts at (km east, km north) of (0 N, 0 E) with a radius in km and 1,000 people each."""
    east, north, radius = np.array(places, dtype=np.float64).reshape(len(places), 3).T.copy() * 1e3
    return DistrictTable(
        id=tuple(f"d{i}" for i in range(len(places))), key=np.arange(len(places)), latitude_rad=north / MEAN_RADIUS_M,
        longitude_rad=east / MEAN_RADIUS_M, radius_m=radius, people=np.full(len(places), 1000.0),
    )  # fmt: skip


def foreseen(*updates):
    """Predictions of one threat, one row an update: time, until, km east, km north, sigma km, bearing deg, speed."""
    rows = np.array(updates, dtype=np.float64).reshape(len(updates), 7).T[:, None, :].copy()
    time_s, until_s, east, north, sigma, bearing, speed = rows
    return Predictions(
        time_s=time_s, until_s=until_s, latitude_rad=north * 1e3 / MEAN_RADIUS_M, speed_m_s=speed,
        longitude_rad=east * 1e3 / MEAN_RADIUS_M, sigma_along_m=sigma * 1e3, sigma_cross_m=sigma * 1e3,
        bearing_rad=np.radians(bearing), sigma_bearing_rad=np.zeros_like(bearing),
    )  # fmt: skip


def alarms_of(pred, kind, end_s, table, rules=RULES):
    out = warnings(pred, np.array([kind], dtype=np.int64), np.array([end_s]), table, rules)
    return [tuple(row) for row in zip(out.district_i, out.start_s, out.end_s, strict=True)]


@pytest.mark.parametrize(
    ("along", "cross", "radius", "sigma_along", "sigma_cross"),
    [(0, 0, 5, 5, 5), (3, 4, 5, 2, 6), (0, 0, 8, 0.1, 0.1), (10, -5, 4, 20, 9), (6, 0, 5, 0.5, 3), (0, 5, 5, 4, 0.1)],
)
def test_chance_of_a_disc_agrees_with_simulation(along, cross, radius, sigma_along, sigma_cross):
    draw = np.random.default_rng(1).standard_normal((2, 100_000))
    inside = np.hypot(draw[0] * sigma_along - along, draw[1] * sigma_cross - cross) < radius
    assert p_in_disc(along, cross, radius, sigma_along, sigma_cross) == pytest.approx(inside.mean(), abs=0.006)


def test_chance_of_a_disc_around_the_prediction_has_a_closed_form():
    for radius in (0.5, 1.0, 3.0):
        assert p_in_disc(0.0, 0.0, radius, 1.0, 1.0) == pytest.approx(1.0 - math.exp(-0.5 * radius**2), abs=1e-4)
    assert p_in_disc(100.0, 0.0, 1.0, 1.0, 1.0) == 0.0
    assert p_in_disc.py_func(3.0, 4.0, 5.0, 2.0, 6.0) == pytest.approx(p_in_disc(3.0, 4.0, 5.0, 2.0, 6.0), rel=1e-12)


def test_a_course_that_just_covers_the_disc_crosses_it_by_the_normal_integral():
    """A disc of 10 at 20 covers 30 degrees to each side; with a spread of 30 degrees that is one sigma: 0.6827."""
    sigma = math.radians(30.0)
    assert is_crossed(20.0, 0.0, 10.0, 0.0, sigma, 0.682, -0.473)
    assert not is_crossed(20.0, 0.0, 10.0, 0.0, sigma, 0.683, -0.476)
    assert is_crossed(0.0, 5.0, 10.0, 0.0, sigma, 1.0, -math.inf)
    # 60 degrees aside, the near edge is one sigma off and the far one three: 0.1587 - 0.0013.
    x, y = 20.0 * math.cos(math.radians(60.0)), 20.0 * math.sin(math.radians(60.0))
    assert is_crossed(x, y, 10.0, 0.0, sigma, 0.157, 1.007)
    assert not is_crossed(x, -y, 10.0, 0.0, sigma, 0.158, 1.003)


def test_a_drone_that_flies_at_a_district_by_hand():
    """30 km ahead, 3 km radius, 50 m/s: 300 s before its edge at 540 s, heard 20 s later; past it at 660 s."""
    pred = foreseen((0.0, 1000.0, 0.0, 0.0, 0.0, 0.0, 50.0))
    assert alarms_of(pred, ThreatKind.DRONE, 1000.0, districts((0, 30, 3))) == [
        (0, pytest.approx(260.0, abs=0.01), pytest.approx(760.0, abs=0.01))
    ]


def test_a_drone_killed_on_its_way_ends_the_danger():
    pred = foreseen((0.0, 400.0, 0.0, 0.0, 0.0, 0.0, 50.0))
    assert alarms_of(pred, ThreatKind.DRONE, 400.0, districts((0, 30, 3))) == [
        (0, pytest.approx(260.0, abs=0.01), 500.0)
    ]
    early = foreseen((0.0, 200.0, 0.0, 0.0, 0.0, 0.0, 50.0))
    assert alarms_of(early, ThreatKind.DRONE, 200.0, districts((0, 30, 3))) == []


def test_a_track_that_is_lost_alarms_no_further_ahead_but_holds_until_the_threat_is_past():
    lost = foreseen((0.0, 200.0, 0.0, 0.0, 0.0, 0.0, 50.0))
    assert alarms_of(lost, ThreatKind.DRONE, 5000.0, districts((0, 30, 3))) == []
    later = foreseen((0.0, 250.0, 0.0, 0.0, 0.0, 0.0, 50.0))
    assert alarms_of(later, ThreatKind.DRONE, 5000.0, districts((0, 30, 3))) == [
        (0, pytest.approx(260.0, abs=0.01), pytest.approx(760.0, abs=0.01))
    ]


def test_the_horizon_is_measured_to_the_district_not_along_the_path():
    """20 degrees aside at 30 km, so that 28.2 km lie along the path: the near edge comes within 300 s at 240 s."""
    rules = dataclasses.replace(RULES, course_sigma_rad=0.3, p_air_breathing=0.01)
    table = districts((30 * math.sin(0.349), 30 * math.cos(0.349), 3))
    lost = foreseen((0.0, 230.0, 0.0, 0.0, 0.0, 0.0, 50.0))
    assert alarms_of(lost, ThreatKind.DRONE, 5000.0, table, rules) == []
    later = foreseen((0.0, 250.0, 0.0, 0.0, 0.0, 0.0, 50.0))
    assert [row[1] for row in alarms_of(later, ThreatKind.DRONE, 5000.0, table, rules)] == [
        pytest.approx(260.0, abs=0.01)
    ]


def test_districts_aside_or_behind_are_not_alarmed():
    pred = foreseen((0.0, 1000.0, 0.0, 0.0, 0.0, 90.0, 50.0))
    table = districts((0, 30, 3), (-20, 0, 3), (20, 0, 3), (0, -1, 3))
    assert [row[0] for row in alarms_of(pred, ThreatKind.CRUISE, 1000.0, table)] == [2, 3]


def test_a_turn_ends_the_danger_of_one_district_and_begins_that_of_another():
    pred = foreseen((0.0, 300.0, 0.0, 0.0, 0.0, 0.0, 50.0), (300.0, 900.0, 0.0, 15.0, 0.0, 90.0, 50.0))
    out = alarms_of(pred, ThreatKind.DRONE, 900.0, districts((0, 30, 3), (12, 15, 3)))
    assert out == [
        (0, pytest.approx(260.0, abs=0.01), pytest.approx(400.0, abs=0.01)),
        (1, pytest.approx(320.0, abs=0.01), pytest.approx(300.0 + 15e3 / 50.0 + 100.0, abs=0.01)),
    ]


def test_a_ballistic_threat_alarms_at_the_first_update_that_is_sure_enough():
    """A disc of 5 km around the expected place: 1 - exp(-(5 / 40)^2 / 2) = 0.0078, then (5 / 10): 0.1175."""
    pred = foreseen((50.0, 80.0, 0.0, 10.0, 40.0, 0.0, 1.0), (80.0, 300.0, 0.0, 10.0, 10.0, 0.0, 1.0))
    assert alarms_of(pred, ThreatKind.BALLISTIC, 300.0, districts((0, 10, 5))) == [(0, 100.0, 400.0)]
    brave = dataclasses.replace(RULES, p_ballistic=0.118)
    assert alarms_of(pred, ThreatKind.BALLISTIC, 300.0, districts((0, 10, 5)), brave) == []
    timid = dataclasses.replace(RULES, p_ballistic=0.0077)
    assert alarms_of(pred, ThreatKind.BALLISTIC, 300.0, districts((0, 10, 5)), timid) == [(0, 70.0, 400.0)]


def test_an_alarm_that_comes_too_late_still_is_heard():
    pred = foreseen((290.0, 300.0, 0.0, 10.0, 0.1, 0.0, 1.0))
    rules = dataclasses.replace(RULES, all_clear_s=5.0)
    assert alarms_of(pred, ThreatKind.BALLISTIC, 300.0, districts((0, 10, 5)), rules) == [(0, 310.0, 310.0)]


def test_alarms_of_several_threats_merge_by_district():
    one = foreseen((50.0, 200.0, 0.0, 10.0, 1.0, 0.0, 1.0))
    pred = Predictions(*(np.concatenate([getattr(one, f.name)] * 3) for f in dataclasses.fields(one)))
    pred.time_s[:, 0] = [250.0, 50.0, 900.0]
    table = districts((0, 10, 5), (100, 100, 5), (3, 10, 5))
    out = warnings(pred, np.zeros(3, dtype=np.int64), np.array([300.0, 200.0, 950.0]), table, RULES)
    assert out.district_i.tolist() == [0, 0, 2, 2]
    assert out.start_s.tolist() == [70.0, 920.0] * 2
    assert out.end_s.tolist() == [400.0, 1050.0] * 2


def test_more_alarms_than_the_first_room_are_all_kept():
    one = foreseen((0.0, 1.0, 0.0, 10.0, 1.0, 0.0, 1.0))
    pred = Predictions(*(np.concatenate([getattr(one, f.name)] * 40) for f in dataclasses.fields(one)))
    pred.time_s[:, 0] = 1000.0 * np.arange(40)
    out = warnings(pred, np.zeros(40, dtype=np.int64), pred.time_s[:, 0] + 10.0, districts((0, 10, 5)), RULES)
    assert out.start_s.tolist() == (1000.0 * np.arange(40) + 20.0).tolist()


def test_merge_by_hand():
    starts, ends = np.zeros(8), np.zeros(8)
    n = 0
    for interval, left in (
        ((10, 20), [(10, 20)]),
        ((40, 50), [(10, 20), (40, 50)]),
        ((30, 35), [(10, 20), (30, 35), (40, 50)]),
        ((0, 5), [(0, 5), (10, 20), (30, 35), (40, 50)]),
        ((20, 32), [(0, 5), (10, 35), (40, 50)]),
        ((12, 13), [(0, 5), (10, 35), (40, 50)]),
        ((4, 60), [(0, 60)]),
    ):
        assert merge.py_func(*interval, starts.copy(), ends.copy(), n) == len(left)
        n = merge(float(interval[0]), float(interval[1]), starts, ends, n)
        assert list(zip(starts[:n], ends[:n], strict=True)) == left


def test_nothing_to_warn_of_is_legal():
    none = foreseen()
    empty = Predictions(*(np.zeros((0, 12)) for _ in dataclasses.fields(none)))
    out = warnings(empty, np.zeros(0, dtype=np.int64), np.zeros(0), districts((0, 10, 5)), RULES)
    assert out.start_s.size == 0
    pred = foreseen((50.0, 80.0, 0.0, 10.0, 40.0, 0.0, 1.0))
    assert alarms_of(pred, ThreatKind.BALLISTIC, 300.0, districts()) == []


def test_compiled_and_plain_agree(monkeypatch):
    pred = foreseen((0.0, 300.0, 0.0, 0.0, 0.1, 0.0, 50.0), (300.0, 900.0, 0.0, 15.0, 0.1, 90.0, 50.0))
    table = districts((0, 30, 3), (12, 15, 3), (1, 1, 2))
    compiled = [alarms_of(pred, kind, 900.0, table) for kind in (ThreatKind.DRONE, ThreatKind.BALLISTIC)]
    monkeypatch.setattr(model, "alarm", alarm.py_func)
    monkeypatch.setattr(model, "frames_of", frames_of.py_func)
    plain = [alarms_of(pred, kind, 900.0, table) for kind in (ThreatKind.DRONE, ThreatKind.BALLISTIC)]
    assert sum(len(rows) for rows in plain) >= 4
    for a, b in zip(compiled, plain, strict=True):
        assert np.array(a) == pytest.approx(np.array(b), rel=1e-12)

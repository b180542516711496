"""What a class of battery may say: envelope by kind, times of fly-out, ease of a shot, conditions, cues."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from mamori.defence.model import track_times
from mamori.defence.schema import BatteryClass, DefencePart, battery_table
from mamori.records import ThreatKind
from one_battery import OPEN, battery, meet, path

INBOUND = path((0, 1000), (100e3, 0), (0, 0), (50, 50))


def under(conditions, **change):
    part = {"batteries": [{"id": "b", "class": "x", "latitude_deg": 0, "longitude_deg": 0}], "conditions": conditions}
    return battery_table(DefencePart.model_validate(part), {"x": BatteryClass.model_validate({**OPEN, **change})})


def test_an_envelope_of_its_own_by_kind():
    table = battery(envelope={"drone": {"max_range_m": 5e3, "min_range_m": 2e3, "max_height_m": 100.0}})
    for kind, reach_m in ((ThreatKind.DRONE, (5e3, 2e3)), (ThreatKind.CRUISE, (50e3, 0.0))):
        at = 100e3 - 100.0 * meet(INBOUND, table, kind).intercept_s[[0, -1]]
        assert at == pytest.approx(reach_m, abs=60.0)  # the base lies 50 m below the path
    high = path((0, 1000), (100e3, 0), (0, 0), (200, 200))
    assert meet(high, table, ThreatKind.DRONE).battery_i.size == 0


def test_a_table_of_fly_out_times():
    table = battery(
        interceptor_speed_m_s=None,
        fly_out=[{"range_m": 10e3, "time_s": 20.0}, {"range_m": 30e3, "time_s": 30.0}],
    )
    opp = meet(INBOUND, table)
    range_m = np.hypot(100e3 - 100.0 * opp.intercept_s, 50.0)
    # Beyond the last row it goes on as fast as between the last two.
    expected = np.interp(range_m, [0, 10e3, 30e3, 50e3], [0, 20, 30, 40])
    assert opp.intercept_s - opp.launch_by_s == pytest.approx(expected, abs=1e-9)


def test_a_drone_must_climb_and_come_back():
    low = meet(path((0, 1000), (100e3, 0), (0, 0), (3000, 3000)), battery(climb_m_s=10.0))
    assert np.min(low.intercept_s - low.launch_by_s) == pytest.approx(300.0)
    # 40 s out, 40 s back at 1,000 m/s: no farther than 40 km, or 80 km if it need not come back.
    for returns, reach_m in ((True, 40e3), (False, 50e3)):
        opp = meet(INBOUND, battery(endurance_s=80.0, returns=returns))
        assert 100e3 - 100.0 * opp.intercept_s[0] == pytest.approx(reach_m, abs=1.0)


def test_the_ease_of_a_shot():
    far = meet(INBOUND, battery(p_kill_at_range=0.5))
    range_m = 100e3 - 100.0 * far.intercept_s
    assert far.ease == pytest.approx(1.0 - 0.5 * (range_m / 50e3) ** 2, abs=1e-5)
    assert meet(INBOUND, battery(p_kill_crossing=0.2)).ease[0] == pytest.approx(1.0, abs=1e-5)
    passing = meet(path((0, 2000), (-100e3, 100e3), (30e3, 30e3), (0, 0)), battery(p_kill_crossing=0.2))
    along = -100e3 + 100.0 * passing.intercept_s
    assert passing.ease == pytest.approx(1.0 - 0.8 * 30e3**2 / (along**2 + 30e3**2), abs=1e-6)
    fall = meet(path((0, 100), (20e3, 20e3), (0, 0), (100e3, 0), rows=2), battery(p_kill_at_height=0.4))
    assert fall.ease == pytest.approx(1.0 - 0.6 * ((100e3 - 1e3 * fall.intercept_s) / 30e3) ** 2, abs=1e-9)
    assert np.all(meet(INBOUND, battery()).ease == 1.0)


def test_night_weather_and_sea():
    change = {"p_kill_at_night": 0.8, "p_kill_bad_weather": 0.5, "max_sea_state": 4, "slower_by_sea_state": 0.1}
    assert under({}, **change).p_kill[0, 2] == pytest.approx(0.5)
    worst = under({"is_night": True, "is_bad_weather": True, "sea_state": 3}, **change)
    assert worst.p_kill[0, 2] == pytest.approx(0.2)
    assert worst.fly_out[0, 1, 1] / worst.fly_out[0, 0, 1] == pytest.approx(1.0 / 700.0)
    assert worst.engages.any()
    assert not under({"sea_state": 5}, **change).engages.any()


def test_a_coarse_track_cues_nobody_who_needs_a_fine_one():
    seen_s, sigma_m = np.array([[10.0, 50.0]]), np.array([[2000.0, 100.0]])
    three = replace(
        battery(), id=("a", "b", "c"), own_sensor=np.zeros((3, 2), np.bool_), post_i=np.zeros(3, np.int64),
        needs_radar=np.zeros(3, np.bool_), needs_sigma_m=np.array([np.inf, 500.0, 50.0]),
    )  # fmt: skip
    available_s, _ = track_times(
        seen_s, np.full(2, np.inf), np.zeros(2, np.bool_), three, np.array([np.inf]), 0.0, sigma_m
    )
    assert available_s.tolist() == [[10.0, 50.0, np.inf]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"interceptor_speed_m_s": None}, "either interceptor_speed_m_s or fly_out"),
        ({"fly_out": [{"range_m": 1.0, "time_s": 1.0}]}, "either interceptor_speed_m_s or fly_out"),
        (
            {
                "interceptor_speed_m_s": None,
                "fly_out": [{"range_m": 2.0, "time_s": 2.0}, {"range_m": 3.0, "time_s": 1.0}],
            },
            "must rise",
        ),
        ({"envelope": {"drone": {"min_range_m": 60e3}}}, "min_range_m must be less than max_range_m"),
        ({"p_kill_unseen": 1.2}, "at most 1"),
        ({"attempts": 0}, "at least 1"),
        ({"doctrine": "pray"}, "shoot-look-shoot"),
        ({"layer": "roof"}, "guns"),
    ],
)
def test_a_class_that_cannot_be(change, words):
    with pytest.raises(ValidationError, match=words):
        BatteryClass.model_validate({**OPEN, **change})

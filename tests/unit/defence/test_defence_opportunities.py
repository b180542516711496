"""Intercept geometry, on paths whose answer is known in closed form."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from mamori.defence import kernels
from mamori.defence.model import Opportunities, opportunities
from mamori.defence.schema import DefencePart, battery_table
from mamori.maths.earth import MEAN_RADIUS_M
from mamori.records import ThreatKind
from one_battery import battery, meet, path


def test_slant_range_of_a_path_that_passes_by():
    # 100 m/s eastwards, 30 km north: within 50 km while |east| is at most 40 km, so from 600 s to 1400 s.
    opp = meet(path((0, 2000), (-100e3, 100e3), (30e3, 30e3), (0, 0)), battery())
    assert opp.intercept_s[[0, -1]] == pytest.approx([600.0, 1400.0], abs=1e-4)
    assert opp.launch_by_s[[0, -1]] == pytest.approx([550.0, 1350.0], abs=1e-4)
    east = -100e3 + 100.0 * opp.intercept_s
    assert opp.launch_by_s == pytest.approx(opp.intercept_s - np.hypot(east, 30e3) / 1000.0, abs=1e-9)
    assert np.all(np.diff(opp.launch_by_s) > 0.0)
    assert opp.is_joined.tolist() == [False] + [True] * (len(opp.is_joined) - 1)


def test_nearest_range_makes_two_windows():
    # Straight over the battery: a hole of 5 km radius between 950 s and 1050 s.
    opp = meet(path((0, 2000), (-100e3, 100e3), (0, 0), (0, 0)), battery(min_range_m=5e3))
    (start,) = np.flatnonzero(~opp.is_joined[1:]) + 1
    assert opp.intercept_s[[0, start - 1, start, -1]] == pytest.approx([500, 950, 1050, 1500], abs=1e-4)


def test_height_band_of_a_steep_path():
    # Falls from 100 km to the ground in 100 s, 20 km away: between 10 and 30 km of height from 70 s to 90 s.
    opp = meet(path((0, 100), (20e3, 20e3), (0, 0), (100e3, 0), rows=2), battery(min_height_m=10e3))
    assert opp.intercept_s[[0, -1]] == pytest.approx([70.0, 90.0], abs=1e-6)


def test_short_window_of_a_fast_target():
    # 2 km/s through a band of 200 m: 0.1 s, far below the step of the path.
    opp = meet(
        path((0, 50), (10e3, 10e3), (0, 0), (100e3, 0), rows=2), battery(min_height_m=9.9e3, max_height_m=10.1e3)
    )
    assert opp.intercept_s[[0, -1]] == pytest.approx([44.95, 45.05], abs=1e-6)


def test_threat_that_outruns_the_interceptor():
    # Straight away from the battery at 2 km/s, the interceptor makes 1 km/s: the earliest launch is the only one.
    opp = meet(path((0, 20), (1e3, 41e3), (0, 0), (0, 0)), battery())
    assert opp.intercept_s == pytest.approx([0.0])
    assert opp.launch_by_s == pytest.approx([-1.0])


def test_sector():
    # North of the battery from west to east, the sector 90 deg wide about north: |east| at most 20 km.
    passing = path((0, 2000), (-100e3, 100e3), (20e3, 20e3), (0, 0))
    opp = meet(passing, battery(boresight_deg=0.0, sector_deg=90.0))
    assert opp.intercept_s[[0, -1]] == pytest.approx([800.0, 1200.0], abs=1e-3)
    assert meet(passing, battery(boresight_deg=180.0, sector_deg=90.0)).battery_i.size == 0
    # A sector across south, where the bearing jumps from 180 to -180 deg.
    south = path((0, 2000), (-100e3, 100e3), (-20e3, -20e3), (0, 0))
    assert meet(south, battery(boresight_deg=-180.0, sector_deg=90.0)).intercept_s[[0, -1]] == pytest.approx(
        [800.0, 1200.0], abs=1e-3
    )


def test_horizon():
    # Sights at 20 m see something at 50 m out to sqrt(2 * 4/3 R * 20) + sqrt(2 * 4/3 R * 50) = 18.4 + 29.1 km.
    inbound = path((0, 1000), (100e3, 0), (0, 0), (50, 50))
    reach_m = math.sqrt(8.0 / 3.0 * MEAN_RADIUS_M * 20.0) + math.sqrt(8.0 / 3.0 * MEAN_RADIUS_M * 50.0)
    opp = meet(inbound, battery(height_m=20.0, needs_line_of_sight=True))
    assert reach_m == pytest.approx(47.6e3, abs=100.0)
    assert 100e3 - 100.0 * opp.intercept_s[0] == pytest.approx(reach_m, abs=1.0)
    free = meet(inbound, battery(height_m=20.0))
    assert 100e3 - 100.0 * free.intercept_s[0] == pytest.approx(50e3, abs=1.0)


def test_range_against_ballistic_missiles_is_its_own():
    table = battery(envelope={"ballistic": {"max_range_m": 20e3}})
    inbound = path((0, 1000), (100e3, 0), (0, 0), (50, 50))
    for kind, range_m in ((ThreatKind.BALLISTIC, 20e3), (ThreatKind.CRUISE, 50e3)):
        assert 100e3 - 100.0 * meet(inbound, table, kind).intercept_s[0] == pytest.approx(range_m, abs=1.0)


def test_kinds_that_are_not_listed_are_not_engaged():
    assert meet(path((0, 1000), (100e3, 0), (0, 0), (0, 0)), battery(), ThreatKind.BOAT).battery_i.size == 0


def test_rows_of_the_path_do_not_matter():
    ends = ((0, 2000), (-100e3, 100e3), (30e3, 30e3), (100, 100))
    coarse, fine = (meet(path(*ends, rows=rows), battery()) for rows in (2, 500))
    launch_s = np.linspace(coarse.launch_by_s[0], coarse.launch_by_s[-1], 200)
    meets = [np.interp(launch_s, opp.launch_by_s, opp.intercept_s) for opp in (coarse, fine)]
    assert meets[0] == pytest.approx(meets[1], abs=0.5)


def test_nothing_to_meet():
    table = battery()
    none = replace(
        path((0, 1), (0, 0), (0, 0), (0, 0), rows=2), first=np.zeros(1, np.int64), time_s=np.empty(0),
        position_m=np.empty((0, 3)), velocity_m_s=np.empty((0, 3)), height_m=np.empty(0), impact_s=np.empty(0),
        status=np.empty(0, np.int64),
    )  # fmt: skip
    opp = opportunities(none, np.empty(0, np.int64), table)
    assert opp.pair_first.tolist() == [0]
    assert opp.first.tolist() == [0]
    no_batteries = battery_table(DefencePart(), {})
    opp = meet(path((0, 1000), (100e3, 0), (0, 0), (0, 0)), no_batteries)
    assert opp.pair_first.tolist() == [0, 0]
    # A threat without a path (its flight found none) has no rows, or a single one.
    lost = replace(none, first=np.array([0, 0]))
    assert opportunities(lost, np.array([ThreatKind.DRONE], np.int64), table).battery_i.size == 0


def test_compiled_and_plain_python_agree(monkeypatch):
    passing = path((0, 2000), (-100e3, 100e3), (20e3, 20e3), (1e3, 0), rows=70)
    tables = [
        battery(boresight_deg=10.0, sector_deg=120.0, min_range_m=22e3, needs_line_of_sight=True, height_m=30.0),
        battery(interceptor_speed_m_s=90.0),
    ]
    compiled = [meet(passing, table) for table in tables]
    names = ("bounding_boxes", "_intercept", "_box_is_far", "_pieces", "_edge", "sample_intercepts")
    functions = {name: getattr(kernels, name).py_func for name in names}
    for name, function in functions.items():
        monkeypatch.setattr(kernels, name, function)
    for table, expected in zip(tables, compiled, strict=True):
        plain = meet(passing, table)
        for field in fields(Opportunities):
            assert getattr(plain, field.name) == pytest.approx(getattr(expected, field.name), abs=1e-9), field.name
        assert expected.battery_i.size == 1

"""What hills hide."""

import dataclasses
import math

import numpy as np
import pytest

from mamori.records import ThreatKind
from mamori.sensing import kernels, model
from mamori.sensing.looks import kernels as looks_kernels
from mamori.sensing.model import detections, hills, watch
from mamori.world.terrain import Terrain
from sensors import LAT, LON, radars, see, signatures
from straight_paths import one, paths, straight

# A table mountain of 1,000 m from 149.50 to 149.45 W and 33 to 35 N, with slopes of one cell of 0.05 degrees.
RIDGE = Terrain(
    south_rad=math.radians(33.0), west_rad=math.radians(-149.55), latitude_step_rad=math.radians(0.05),
    longitude_step_rad=math.radians(0.05), height_m=np.repeat([[0.0, 1000.0, 1000.0, 0.0]], 41, axis=0),
)  # fmt: skip


def test_a_ridge_hides_what_lies_low_behind_it():
    """From 30 m its edge, 46 km off, stands at a slope of 0.0182; so a threat 92 km off must fly above 2.27 km.

    By hand: 970 / 46.2 km less 46.2 km / (2 * 8495 km) is 0.01828; times 92.3 km, and 92.3^2 / (2 * 8495 km)
    and 30 m more.
    """
    sensors = radars(1, height_m=30.0, reference_range_m=300e3)
    hidden = hills(sensors, RIDGE)
    kind = one(ThreatKind.CRUISE)
    for height_m, is_seen in ((2100.0, False), (2450.0, True)):
        traj = paths(straight((33.9, -149.0), (34.1, -149.0), height_m, 240.0, step_s=5.0))
        det = see(traj, *kind, sensors, hidden=hidden, is_whole=True)
        assert (det.time_s.size > 0) == is_seen, height_m
        assert see(traj, *kind, sensors, is_whole=True).time_s.size > 0
    west = paths(straight((33.9, -150.8), (34.1, -150.8), 300.0, 240.0, step_s=5.0))
    assert see(west, *kind, sensors, hidden=hidden, is_whole=True).time_s.size > 0


def test_legs_skipped_behind_hills_lose_no_look(monkeypatch):
    """The same looks as when every single one is tried."""
    sensors = radars(
        3, height_m=[30.0, 300.0, 10.0], reference_range_m=200e3, sector_rad=[7.0, 7.0, 2.0], boresight_rad=1.5,
        is_turning=[False, True, False],
    )  # fmt: skip
    hidden = hills(sensors, RIDGE)
    traj = paths(
        straight((34.9, -148.0), (33.2, -150.9), lambda f: 100.0 + 1500.0 * np.sin(9.0 * f) ** 2, 240.0, step_s=7.0),
        straight((33.4, -148.9), (34.3, -149.6), 400.0, 50.0, step_s=40.0),
    )
    args = (traj, np.array([1, 2]), np.array([0.5, 0.2]), np.array([3, 4]), sensors)
    quick = see(*args, hidden=hidden, is_whole=True)
    monkeypatch.setattr(looks_kernels, "hidden_until", lambda *given: given[3])
    monkeypatch.setattr(looks_kernels, "fill_looks", looks_kernels.fill_looks.py_func)
    slow = see(*args, hidden=hidden, is_whole=True)
    assert quick.time_s.size > 100
    assert quick.time_s == pytest.approx(slow.time_s, abs=1e-9)
    assert quick.p_detect == pytest.approx(slow.p_detect, abs=1e-9)
    assert quick.sensor_i.tolist() == slow.sensor_i.tolist()


def test_hills_of_sensors_that_stand_where_others_stood_are_taken_over():
    sensors = radars(3, height_m=[30.0, 300.0, 10.0])
    all_hills = hills(sensors, RIDGE)
    marked = dataclasses.replace(all_hills, slope=all_hills.slope + 1.0)
    fewer = radars(2, height_m=[30.0, 40.0])
    taken = hills(fewer, RIDGE, (sensors, marked))
    anew = hills(fewer, RIDGE)
    assert np.array_equal(taken.slope[0], anew.slope[0] + 1.0)
    assert np.array_equal(taken.slope[1], anew.slope[1])
    more = radars(4, height_m=[30.0, 40.0, 2000.0, 10.0])
    assert np.array_equal(hills(more, RIDGE, (fewer, anew)).slope, hills(more, RIDGE).slope)
    assert hills(sensors, Terrain(0.0, 0.0, 1.0, 1.0, np.zeros((2, 2)))).slope.shape[2] == 0


def test_compiled_and_plain_agree(monkeypatch):
    traj = paths(straight((34.0, -149.5), (34.05, -150.05), 60.0, 240.0))
    sensors = radars(
        4, kind=[0, 1, 2, 0], is_turning=[False, False, False, True], max_range_m=[3e5, 4e4, 2e4, 3e5], per_m2=4e-8,
        clutter=1e-5, resolution_m=75.0, beam_rad=0.03, beam_up_rad=0.1, sector_rad=[2.0, 7.0, 7.0, 7.0],
        boresight_rad=1.0, off=[(0, 10.0, 40.0)], latitude_rad=LAT, longitude_rad=LON,
    )  # fmt: skip
    kind, _, key = one(ThreatKind.CRUISE)
    watched = watch(sensors, signatures([0.1], sound_db=120.0, visual_m2=1.0), None, hills(sensors, RIDGE))
    args = (traj, kind, np.array([0]), key, sensors, watched)
    compiled = detections(*args)
    for room, names in (
        (kernels, ("look_at", "chance_of_look", "bearing", "detected")),
        (looks_kernels, ("off_until_s", "row_at", "place_at", "turn_at", "look_of", "hidden_until", "seen_from",
                         "last_look_s", "fill_looks", "fill_horizons")),
    ):  # fmt: skip
        for name in names:
            plain = getattr(room, name).py_func
            for other in (kernels, looks_kernels):
                if hasattr(other, name):
                    monkeypatch.setattr(other, name, plain)
    with np.errstate(over="ignore"):
        plain = detections(*args)
    assert compiled.sensor_i.tolist() == [0, 1, 2, 3]
    for field in dataclasses.fields(compiled):
        assert getattr(compiled, field.name) == pytest.approx(getattr(plain, field.name), rel=1e-9), field.name


def test_hills_compiled_and_plain_agree():
    sensors = radars(1)
    axes = model._axes(sensors)[0]
    compiled, plain = np.zeros((12, 30), np.float32), np.zeros((12, 30), np.float32)
    kernels.fill_hills(axes, 30.0, 300e3, *RIDGE, 2e3, compiled)
    kernels.fill_hills.py_func(axes, 30.0, 300e3, *RIDGE, 2e3, plain)
    assert compiled.max() > 0.0
    assert compiled == pytest.approx(plain, rel=1e-6)

"""Areas that sensors see: circles of closed form, hills by hand, and what must hold whatever the numbers are."""

import math
from itertools import pairwise

import numpy as np
import pytest
from shapely import contains_xy, union_all

from mamori.maths.earth import MEAN_RADIUS_M
from mamori.maths.equal_area import Plane
from mamori.records import ThreatKind
from mamori.sensing.cover import kernels
from mamori.sensing.cover.model import Approach, areas, chances, lowest_seen_m, reaches_m, spans_m
from mamori.sensing.kernels import horizon_m
from mamori.sensing.model import hills, watch
from mamori.sensing.schema import RadarClass, Sensor, SignatureClass
from mamori.sensing.table import sensor_table, signature_table
from mamori.world.outline import Grid
from mamori.world.terrain import SEA, Terrain

RADAR = {
    "type": "radar", "reference_range_m": 5e6, "reference_snr_db": 20, "p_false_alarm": 1e-6, "scan_interval_s": 5,
    "min_range_m": 0, "max_range_m": 2e6, "min_elevation_deg": -20, "max_elevation_deg": 90, "latency_s": 0,
    "range_sigma_m": 30, "angle_sigma_deg": 0.2, "sees": ["ballistic", "cruise", "drone", "boat"], "height_m": 20,
}  # fmt: skip
"""A radar so strong that nothing but the horizon limits it."""
DRONE = Approach(0, ThreatKind.DRONE, 300.0, 50.0)


def country(*places, terrain=SEA, fields=None, **sensor):
    """Sensors at (latitude, longitude) in degrees, their watch, and the plane amid them."""
    known = {name: RADAR[name] for name in RADAR if name in RadarClass.model_fields}
    classes = {"r": RadarClass(**(known | (fields or {}))), "d": SignatureClass(type="signature", rcs_m2=1.0)}
    sensors = [
        Sensor(**{"id": f"s{i}", "class": "r", "latitude_deg": a, "longitude_deg": b, **sensor})
        for i, (a, b) in enumerate(places)
    ]
    table = sensor_table(sensors, classes, terrain)
    watched = watch(table, signature_table(("d",), classes), hidden=hills(table, terrain))
    return table, watched, Plane.amid(table.latitude_rad, table.longitude_rad)


def seen(table, watched, plane, approach, *, step_m=2000.0, p=0.5, terrain=SEA):
    reach = reaches_m(watched, table, approach, float(terrain.height_m.max()))
    east, north, half = spans_m(plane, table, reach)
    at = np.stack([east, north])
    box = (*(at - half).min(axis=1), *(at + half).max(axis=1))
    found = chances(watched, table, approach, Grid.over(plane, box, step_m), terrain)
    return areas(watched, approach, found, p, terrain)


def circle_m2(range_m, low_m, high_m):
    """Area below a circle of slant range between two heights: the chord at sea level, squared, times pi (a cap)."""
    rise = (1.0 + low_m / MEAN_RADIUS_M) * (1.0 + high_m / MEAN_RADIUS_M)
    return math.pi * (range_m**2 - (high_m - low_m) ** 2) / rise


@pytest.mark.parametrize("latitude", [0.0, 35.0, -80.0, 90.0])
@pytest.mark.parametrize("height_m", [60.0, 3000.0])
def test_a_radar_over_the_sea_sees_the_circle_of_both_horizons(latitude, height_m):
    radar = country((latitude, 179.9))
    (shape,) = seen(*radar, Approach(0, ThreatKind.DRONE, height_m, 50.0))
    expected = circle_m2(horizon_m(20.0) + horizon_m(height_m), 20.0, height_m)
    # The ellipsoid's curvature differs from the mean sphere's by 0.7 % at most, which bends the area by that times
    # (d / r)^2 / 12; chords between the lines of the grid lose (step / radius)^2 / 6 at most, 0.02 % at 49 km.
    assert shape.area == pytest.approx(expected, rel=4e-4)
    assert len(shape.geoms) == 1 if shape.geom_type == "MultiPolygon" else not shape.interiors


def test_radars_a_quarter_of_the_earth_apart_see_as_much_as_each_alone():
    radars = country((0.0, 0.0), (0.0, 75.0), (60.0, -40.0))
    expected = circle_m2(horizon_m(20.0) + horizon_m(10e3), 20.0, 10e3)
    # Steps of 20 km against a circle of 430 km, stretched by up to 1.2 on the plane: (step / radius)^2 / 6 is 0.04 %.
    for shape in seen(*radars, Approach(0, ThreatKind.CRUISE, 10e3, 240.0), step_m=20e3):
        assert shape.area == pytest.approx(expected, rel=2e-3)


def test_the_range_of_detection_ends_the_circle_where_the_horizon_does_not():
    radar = country((10.0, 20.0), fields={"reference_range_m": 40e3, "reference_snr_db": 12.772})
    (shape,) = seen(*radar, Approach(0, ThreatKind.DRONE, 3000.0, 50.0))
    # Swerling 1 needs 12.772 dB for p 0.5 at 1e-6, so that 1 m2 is seen as far as the reference range; a hundredth
    # of a dB is 0.06 % of range, 0.12 % of area.
    assert shape.area == pytest.approx(circle_m2(40e3, 20.0, 3000.0), rel=2e-3)


def test_what_is_too_near_is_a_hole():
    radar = country((35.0, 170.0), fields={"min_range_m": 20e3})
    (shape,) = seen(*radar, DRONE)
    whole = circle_m2(horizon_m(20.0) + horizon_m(300.0), 20.0, 300.0)
    (hole,) = shape.interiors
    assert shape.area == pytest.approx(whole - circle_m2(20e3, 20.0, 300.0), rel=1e-3)
    assert not contains_xy(shape, 0.0, 0.0)
    assert len(hole.coords) > 20


def test_a_ridge_hides_what_lies_behind_it():
    step = math.radians(0.01)
    height = np.zeros((201, 301))
    height[:, 219:222] = 500.0  # from 21.3 km to the east of the radar on, from north to south
    terrain = Terrain(math.radians(-1.0), math.radians(-2.0), step, step, height)
    radar = country((0.0, -0.0018), terrain=terrain)  # 0.2 km west of the node, on the sea
    # By hand: the crest rises by 480 m in 21.3 km, and the Earth of 4/3 falls by 27 m there: slope 0.0212. At 45 km
    # that ray is 956 m above the radar's plane and the Earth 119 m below it: it passes 1,095 m above the sea.
    for height_m, is_seen in ((900.0, False), (1200.0, True)):
        (shape,) = seen(*radar, Approach(0, ThreatKind.DRONE, height_m, 50.0), step_m=1000.0, terrain=terrain)
        assert contains_xy(shape, 45e3, 0.0) == is_seen
        assert contains_xy(shape, -45e3, 0.0)
        assert contains_xy(shape, 15e3, 0.0)
    table, watched, _ = radar
    at = np.array([0.0, 0.0]), np.array([45e3, -45e3]) / MEAN_RADIUS_M
    lowest, by = lowest_seen_m(watched, table, DRONE, 0.5, *at, terrain)
    assert lowest[0] == pytest.approx(
        1095.0, abs=30.0
    )  # the ring that finds the crest lies up to 0.56 km behind its edge
    assert lowest[1] < 60.0
    assert by.tolist() == [0, 0]


def test_more_height_never_sees_less_over_the_sea():
    radar = country((35.0, 170.0))
    shapes = [
        seen(*radar, Approach(0, ThreatKind.CRUISE, height_m, 240.0), step_m=4000.0)[0]
        for height_m in (10.0, 60.0, 300.0, 3000.0, 10e3)
    ]
    for low, high in pairwise(shapes):
        assert low.difference(high).area == 0.0
        assert high.area > low.area


def test_all_together_see_at_least_what_each_sees():
    shapes = seen(*country((35.0, 170.0), (35.2, 170.4), (38.0, 175.0)), DRONE)
    together = union_all(shapes)
    assert all(shape.difference(together).area < 1.0 for shape in shapes)
    assert together.area < sum(shape.area for shape in shapes)
    assert together.area > max(shape.area for shape in shapes)


def test_a_sector_and_a_slow_threat():
    (half,) = seen(*country((35.0, 170.0), boresight_deg=90.0, sector_deg=180.0), DRONE)
    (whole,) = seen(*country((35.0, 170.0)), DRONE)
    assert half.area == pytest.approx(
        0.5 * whole.area, rel=1e-3
    )  # the straight edge lies between two lines of the grid
    assert contains_xy(half, 20e3, 0.0)
    assert not contains_xy(half, -20e3, 0.0)
    slow = country((35.0, 170.0), fields={"min_radial_speed_m_s": 60.0})
    assert seen(*slow, DRONE)[0].is_empty
    assert not seen(*slow, Approach(0, ThreatKind.CRUISE, 300.0, 240.0))[0].is_empty


def test_a_boat_is_seen_on_the_sea_alone():
    step = math.radians(0.05)
    terrain = Terrain(math.radians(34.0), math.radians(170.0), step, step, np.full((41, 41), 10.0))
    radar = country((35.0, 169.9), terrain=terrain)
    (shape,) = seen(*radar, Approach(0, ThreatKind.BOAT, 0.0, 20.0), terrain=terrain)
    assert contains_xy(shape, -10e3, 0.0)
    assert not contains_xy(shape, 10e3 + 5e3, 0.0)


def test_kernels_compiled_and_plain_agree():
    table, watched, plane = country((35.0, 170.0))
    steps, where = np.geomspace(1.0, 1e4, 12), np.radians([[35.2, 35.9], [170.1, 170.9]])
    for terrain in (SEA, Terrain(0.6, 2.95, 0.01, 0.01, np.full((9, 9), 50.0))):
        out = []
        for fill in (kernels.fill_lowest, kernels.fill_lowest.py_func):
            lowest, by = np.empty(2), np.empty(2, dtype=np.int64)
            fill(watched, np.array([0]), 0, terrain, *where, steps, 50.0, 0.5, lowest, by)
            out.append((lowest, by))
        np.testing.assert_allclose(out[0][0], out[1][0], rtol=1e-9)
        np.testing.assert_array_equal(out[0][1], out[1][1])
        inside, outside = np.array([[0.0], [1e3]]), np.array([[400e3], [1e3]])
        edge = [np.empty((2, 1)), np.empty((2, 1))]
        for fill, into in zip((kernels.fill_edges, kernels.fill_edges.py_func), edge, strict=True):
            fill(watched, 0, 0, terrain, plane, 300.0, 50.0, False, 0.5, inside, outside, into)
        np.testing.assert_allclose(edge[0], edge[1], rtol=1e-9)
    grid = Grid.over(plane, (-60e3, -60e3, 60e3, 60e3), 20e3)
    compiled = chances(watched, table, DRONE, grid).p[0]
    latitude, longitude = grid.places_rad()
    for i, j in ((0, 0), (3, 4), (5, 2)):
        args = (watched, 0, 0, SEA, latitude[i, j], longitude[i, j], 300.0, 50.0, False)
        assert kernels.chance_over.py_func(*args) == pytest.approx(compiled[i, j], abs=1e-9)
